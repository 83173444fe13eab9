/*-------------------------------------------------------------------------
 *
 * submit.c
 *	  submit(): put an event into the local queue.
 *
 * The event itself is not looked into: a worker treats it as it treats what a
 * broker delivers, dead letters and all, but for one that is larger than what
 * is taken from a broker.  The function is SECURITY DEFINER,
 * so that who may submit needs no right to touch the queue otherwise.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "ingest/limits.h"
#include "process/version.h"
#include "sql/consumer_names.h"

PG_FUNCTION_INFO_V1(analytics_submit);

/*
 * While events of a consumer wait, what is submitted for it belongs to their
 * run; the first after them begins another.
 */
#define SUBMIT_STATEMENT                                                      \
	"INSERT INTO analytics.local_queue (consumer, body, enqueued_by,"         \
	" submitted_run) VALUES ($1, $2, $3, coalesce("                           \
	"(SELECT submitted_run FROM analytics.local_queue"                        \
	" WHERE submitted_run IS NOT NULL"                                        \
	" AND coalesce(consumer, '') = coalesce($1, '')"                          \
	" ORDER BY id DESC LIMIT 1), clock_timestamp())) RETURNING id"

static void
check_consumer(FunctionCallInfo fcinfo)
{
	char *consumer;

	if (PG_ARGISNULL(1))
		return;
	consumer = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (!consumer_exists(consumer))
		consumer_raise_unknown(consumer);
}

/* The event as text in UTF-8, which is the encoding of the database. */
static bytea *
event_body(Jsonb *event)
{
	StringInfoData text;
	bytea *body;

	initStringInfo(&text);
	(void) JsonbToCString(&text, &event->root, VARSIZE(event));
	if (text.len > limit_event_bytes())
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the event has %d bytes, more than the %zu that one "
						"may have",
						text.len, limit_event_bytes()),
				 errhint("Split it, or put its items into an object and name "
						 "that in payload.minio_path; the limit is the "
						 "setting analytics.max_event_size.")));
	body = palloc(VARHDRSZ + text.len);
	SET_VARSIZE(body, VARHDRSZ + text.len);
	memcpy(VARDATA(body), text.data, text.len);
	pfree(text.data);
	return body;
}

/* Arguments: event jsonb, consumer text.  The id in the queue. */
SERVED_FUNCTION(analytics_submit)
{
	Oid types[3] = {TEXTOID, BYTEAOID, NAMEOID};
	Datum values[3];
	char nulls[3] = {PG_ARGISNULL(1) ? 'n' : ' ', ' ', ' '};
	char *user = GetUserNameFromId(GetOuterUserId(), false);
	bool is_null;
	int64 id;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"event\" must not be null")));
	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	check_consumer(fcinfo);
	values[0] = PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1);
	values[1] = PointerGetDatum(event_body(PG_GETARG_JSONB_P(0)));
	values[2] = DirectFunctionCall1(namein, CStringGetDatum(user));
	/* No row limit: it would end the statement before its triggers. */
	if (SPI_execute_with_args(SUBMIT_STATEMENT, 3, types, values, nulls, false,
							  0) != SPI_OK_INSERT_RETURNING ||
		SPI_processed != 1)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not write analytics.local_queue")));
	id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
									 SPI_tuptable->tupdesc, 1, &is_null));
	SPI_finish();
	PG_RETURN_INT64(id);
}
