/*-------------------------------------------------------------------------
 *
 * replay_batch.c
 *	  replay_batch(): queue a processed event again.
 *
 * The event is the one that the ledger keeps, or is given by the caller and
 * must then have the ledger's hash; so what a worker finds in the queue is the
 * event that was processed, and it may let it take its row of the ledger over.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "ingest/event.h"
#include "ingest/replay.h"
#include "process/version.h"
#include "sql/replay_queue.h"

PG_FUNCTION_INFO_V1(analytics_replay_batch);

#define LEDGER_STATEMENT                                                      \
	"SELECT event_body, body_hash, event_time, consumer,"                     \
	" to_char(event_time AT TIME ZONE 'UTC',"                                 \
	" 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"                                   \
	" FROM analytics.batches WHERE key = $1"

#define QUEUE_STATEMENT                                                       \
	"INSERT INTO analytics.local_queue"                                       \
	" (consumer, body, replay_key, enqueued_by) VALUES ($1, $2, $3, $4)"      \
	" ON CONFLICT (replay_key) WHERE replay_key IS NOT NULL DO NOTHING"       \
	" RETURNING id"

#define QUEUED_STATEMENT                                                      \
	"SELECT id FROM analytics.local_queue WHERE replay_key = $1"

/* What the ledger says of the event. */
typedef struct Known
{
	const char *key;
	char *body; /* NULL: none */
	size_t length;
	bytea *hash;
	TimestampTz time;
	char *time_text;
	char *consumer; /* NULL: none */
} Known;

static void
read_ledger(Known *known)
{
	Oid types[1] = {TEXTOID};
	Datum values[1] = {CStringGetTextDatum(known->key)};
	HeapTuple row;
	Datum body;
	bool is_null;

	if (replay_run(LEDGER_STATEMENT, 1, types, values, NULL, SPI_OK_SELECT) ==
		0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no event of key \"%s\" was processed", known->key),
				 errhint("analytics.batches holds the events of the last "
						 "days, as many as the setting "
						 "retention.ledger_days says; submit() queues an "
						 "event that is not there.")));
	row = SPI_tuptable->vals[0];
	body = SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &is_null);
	if (!is_null)
	{
		known->body = text_to_cstring(DatumGetTextPP(body));
		known->length = strlen(known->body);
	}
	known->hash = DatumGetByteaPP(
		SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &is_null));
	known->time = DatumGetTimestampTz(
		SPI_getbinval(row, SPI_tuptable->tupdesc, 3, &is_null));
	known->consumer = replay_column(4);
	known->time_text = replay_column(5);
}

static void
take_body(FunctionCallInfo fcinfo, Known *known)
{
	if (!PG_ARGISNULL(1))
	{
		known->body = text_to_cstring(PG_GETARG_TEXT_PP(1));
		known->length = strlen(known->body);
	}
	if (known->body == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the ledger does not hold the event \"%s\" itself",
						known->key),
				 errdetail("Bodies of more than %d bytes are not kept.",
						   REPLAY_BODY_LIMIT),
				 errhint("Give it along, as it was sent: "
						 "analytics.replay_batch(%s, event => '{...}').",
						 quote_literal_cstr(known->key))));
}

/* Is the body the event that the ledger knows?  Does it have a time? */
static bool
check_body(const Known *known)
{
	/* the time that it gets if it has none */
	TimestampTz other_time = known->time + 1;
	Event event = {0};
	Rejection rejection = {0};

	if (!event_parse(known->body, known->length, other_time, &event,
					 &rejection))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid event: %s", rejection.message)));
	if (strcmp(event.event_id, known->key) != 0 ||
		VARSIZE_ANY_EXHDR(known->hash) != EVENT_HASH_LENGTH ||
		memcmp(event.hash, VARDATA_ANY(known->hash), EVENT_HASH_LENGTH) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("this is not the event that was processed under key "
						"\"%s\"",
						known->key),
				 errhint("Give it as it was sent; of inline items each byte "
						 "counts.")));
	return event.timestamp != other_time;
}

/*
 * An event without a time would now get that of its second receipt, and what
 * it says would pass for a newer crawl: give it the time of the first.
 */
static void
add_time(Known *known)
{
	char *end = strrchr(known->body, '}');

	Assert(end != NULL);
	*end = '\0';
	known->body =
		psprintf("%s, \"timestamp\": \"%s\"}", known->body, known->time_text);
	known->length = strlen(known->body);
}

static int64
queue_batch(FunctionCallInfo fcinfo, const Known *known)
{
	Oid types[4] = {TEXTOID, BYTEAOID, TEXTOID, NAMEOID};
	char nulls[4] = {' ', ' ', ' ', ' '};
	Datum key = CStringGetTextDatum(known->key);
	const char *consumer = replay_consumer(
		fcinfo, 2, known->consumer, psprintf("event \"%s\"", known->key));
	Datum values[4] = {
		replay_text(consumer, &nulls[0]),
		PointerGetDatum(cstring_to_text_with_len(known->body, known->length)),
		key, replay_caller()};
	bool is_null;

	if (replay_run(QUEUE_STATEMENT, 4, types, values, nulls,
				   SPI_OK_INSERT_RETURNING) == 0)
	{
		ereport(NOTICE,
				(errmsg("event \"%s\" is queued already", known->key)));
		if (replay_run(QUEUED_STATEMENT, 1, &types[0], &key, NULL,
					   SPI_OK_SELECT) == 0)
			return 0; /* it has just been processed */
	}
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
									   SPI_tuptable->tupdesc, 1, &is_null));
}

/* Arguments: event_key text, event text, consumer text.  Its id in the queue. */
SERVED_FUNCTION(analytics_replay_batch)
{
	Known known = {0};
	int64 id;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"event_key\" must not be null")));
	known.key = text_to_cstring(PG_GETARG_TEXT_PP(0));
	replay_connect();
	read_ledger(&known);
	take_body(fcinfo, &known);
	if (!check_body(&known))
		add_time(&known);
	id = queue_batch(fcinfo, &known);
	SPI_finish();
	if (id == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(id);
}
