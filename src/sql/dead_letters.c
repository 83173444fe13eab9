/*-------------------------------------------------------------------------
 *
 * dead_letters.c
 *	  replay(), replay_all(), discard(): what becomes of dead letters.
 *
 * A replayed letter is an entry of the local queue that names it, made in the
 * caller's transaction; a worker takes it like any event.  The functions are
 * SECURITY DEFINER, so that who may call them needs no right to the tables.
 * Who changed a state, and when, is recorded by the table's own trigger
 * (dead_letter_state.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "process/version.h"
#include "sql/consumer_names.h"
#include "sql/replay_queue.h"

PG_FUNCTION_INFO_V1(analytics_replay);
PG_FUNCTION_INFO_V1(analytics_replay_all);
PG_FUNCTION_INFO_V1(analytics_discard);

/* Of a letter of this reason there is no body. */
#define WITHOUT_BODY "EVENT_TOO_LARGE"

#define LOCK_STATEMENT                                                        \
	"SELECT state, consumer, reason, state_changed_by, state_changed_at,"     \
	" event_id FROM analytics.dead_letters WHERE id = $1 FOR UPDATE"

#define QUEUED_STATEMENT                                                      \
	"SELECT q.id FROM analytics.local_queue q WHERE q.dead_letter = $1"       \
	" UNION ALL"                                                              \
	" SELECT q.id FROM analytics.local_queue q"                               \
	" JOIN analytics.dead_letters d ON d.event_id = q.replay_key"             \
	" WHERE d.id = $1 AND d.replays_batch LIMIT 1"

#define MOVED_COLUMNS                                                         \
	"d.id, d.consumer, d.body, d.headers,"                                    \
	" CASE WHEN d.replays_batch THEN d.event_id END AS replay_key"

#define QUEUE_COLUMNS                                                         \
	"(consumer, body, headers, dead_letter, replay_key, enqueued_by)"

#define REPLAY_STATEMENT                                                      \
	"WITH moved AS (UPDATE analytics.dead_letters d"                          \
	" SET state = 'replayed', state_note = NULL WHERE d.id = $1"              \
	" RETURNING " MOVED_COLUMNS ")"                                           \
	" INSERT INTO analytics.local_queue " QUEUE_COLUMNS                       \
	" SELECT $2, m.body, m.headers, m.id, m.replay_key, $3 FROM moved m"      \
	" ON CONFLICT DO NOTHING RETURNING id"

/* Those that are asked for: $1 reason, $2 since, $3 consumer, each or null. */
#define CHOSEN                                                                \
	"d.state = 'pending' AND ($1 IS NULL OR d.reason = $1)"                   \
	" AND ($2 IS NULL OR d.last_delivered_at >= $2)"                          \
	" AND ($3 IS NULL OR d.consumer = $3)"

#define CAN_BE_QUEUED                                                         \
	"d.reason <> '" WITHOUT_BODY "' AND (d.consumer IS NULL OR EXISTS"        \
	" (SELECT FROM analytics.consumers c WHERE c.name = d.consumer))"

/*
 * Bodies pass from one table to the other one by one; what the executor keeps
 * of them it keeps on disk, from work_mem on.
 */
#define REPLAY_ALL_STATEMENT                                                  \
	"WITH chosen AS MATERIALIZED (SELECT d.id FROM analytics.dead_letters d"  \
	" WHERE " CHOSEN " AND " CAN_BE_QUEUED " ORDER BY d.id FOR UPDATE OF d)," \
	" moved AS (UPDATE analytics.dead_letters d"                              \
	" SET state = 'replayed', state_note = NULL"                              \
	" FROM chosen WHERE d.id = chosen.id"                                     \
	" RETURNING " MOVED_COLUMNS ")"                                           \
	" INSERT INTO analytics.local_queue " QUEUE_COLUMNS                       \
	" SELECT m.consumer, m.body, m.headers, m.id, m.replay_key, $4"           \
	" FROM moved m ON CONFLICT DO NOTHING"

#define LEFT_STATEMENT                                                        \
	"SELECT count(*) FILTER (WHERE d.reason = '" WITHOUT_BODY "'),"           \
	" count(*) FILTER (WHERE d.reason <> '" WITHOUT_BODY "')"                 \
	" FROM analytics.dead_letters d"                                          \
	" WHERE " CHOSEN " AND NOT (" CAN_BE_QUEUED ")"

#define DISCARD_STATEMENT                                                     \
	"UPDATE analytics.dead_letters SET state = 'discarded', state_note = $2"  \
	" WHERE id = $1"

pg_noreturn static void raise_settled(int64 id, const char *state);

static int64
id_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"id\" must not be null")));
	return PG_GETARG_INT64(0);
}

/* Lock the letter; its row is then the result of SPI.  Its state. */
static const char *
lock_letter(int64 id)
{
	Oid types[1] = {INT8OID};
	Datum values[1] = {Int64GetDatum(id)};

	if (replay_run(LOCK_STATEMENT, 1, types, values, NULL, SPI_OK_SELECT) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("dead letter %lld does not exist", (long long) id),
				 errhint("SELECT id, reason, message FROM "
						 "analytics.dead_letters WHERE state = 'pending';")));
	return replay_column(1);
}

/* For a letter that is no longer pending.  Its row is the result of SPI. */
static void
raise_settled(int64 id, const char *state)
{
	const char *by = replay_column(4);
	const char *at = replay_column(5);
	const char *key = replay_column(6);
	bool was_replayed = strcmp(state, "replayed") == 0;

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("dead letter %lld was %s", (long long) id, state),
			 errdetail("By role \"%s\", at %s.", by ? by : "", at ? at : ""),
			 was_replayed
				 ? errhint("If its event is in analytics.batches, "
						   "analytics.replay_batch(%s) processes it again; "
						   "else UPDATE analytics.dead_letters SET state = "
						   "'pending' WHERE id = %lld first.",
						   key ? quote_literal_cstr(key) : "event_id",
						   (long long) id)
				 : errhint("UPDATE analytics.dead_letters SET state = "
						   "'pending' WHERE id = %lld first.",
						   (long long) id)));
}

/* ------------------------------------------------------------------ */
/* replay()                                                           */
/* ------------------------------------------------------------------ */

/* Is the letter in the queue?  0: no. */
static int64
queued_id(int64 id)
{
	Oid types[1] = {INT8OID};
	Datum values[1] = {Int64GetDatum(id)};
	bool is_null;

	if (replay_run(QUEUED_STATEMENT, 1, types, values, NULL, SPI_OK_SELECT) ==
		0)
		return 0;
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
									   SPI_tuptable->tupdesc, 1, &is_null));
}

static int64
say_queued(int64 id, int64 queued)
{
	ereport(NOTICE,
			(errmsg("dead letter %lld is queued already", (long long) id)));
	return queued;
}

static int64
queue_letter(FunctionCallInfo fcinfo, int64 id)
{
	Oid types[3] = {INT8OID, TEXTOID, NAMEOID};
	char nulls[3] = {' ', ' ', ' '};
	Datum values[3] = {Int64GetDatum(id), 0, replay_caller()};
	const char *consumer = replay_column(2);
	bool is_null;

	if (strcmp(replay_column(3), WITHOUT_BODY) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("dead letter %lld has no body", (long long) id),
				 errdetail("The event was too large to be taken."),
				 errhint("Let whoever published it publish it again, with its "
						 "items in an object.")));
	consumer = replay_consumer(fcinfo, 1, consumer,
							   psprintf("dead letter %lld", (long long) id));
	values[1] = replay_text(consumer, &nulls[1]);
	if (replay_run(REPLAY_STATEMENT, 3, types, values, nulls,
				   SPI_OK_INSERT_RETURNING) == 0)
		return say_queued(id, queued_id(id));
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
									   SPI_tuptable->tupdesc, 1, &is_null));
}

/* Arguments: id bigint, consumer text.  The id in the queue. */
SERVED_FUNCTION(analytics_replay)
{
	int64 id = id_argument(fcinfo);
	const char *state;
	int64 queued;

	replay_connect();
	state = lock_letter(id);
	if (strcmp(state, "pending") == 0)
		queued = queue_letter(fcinfo, id);
	else
	{
		queued = strcmp(state, "replayed") == 0 ? queued_id(id) : 0;
		if (queued == 0)
		{
			(void) lock_letter(id);
			raise_settled(id, state);
		}
		say_queued(id, queued);
	}
	SPI_finish();
	PG_RETURN_INT64(queued);
}

/* ------------------------------------------------------------------ */
/* replay_all()                                                       */
/* ------------------------------------------------------------------ */

/* Say what was asked for and could not be queued. */
static void
warn_of_left(Oid *types, Datum *values, const char *nulls)
{
	long long without_body;
	long long without_consumer;

	replay_run(LEFT_STATEMENT, 3, types, values, nulls, SPI_OK_SELECT);
	without_body = strtoll(replay_column(1), NULL, 10);
	without_consumer = strtoll(replay_column(2), NULL, 10);
	if (without_body > 0)
		ereport(WARNING,
				(errmsg_plural("%lld dead letter stays pending, for it has no "
							   "body",
							   "%lld dead letters stay pending, for they have "
							   "no body",
							   (unsigned long) without_body, without_body),
				 errhint("Discard them, and let whoever published the events "
						 "publish them again.")));
	if (without_consumer > 0)
		ereport(
			WARNING,
			(errmsg_plural("%lld dead letter stays pending, for its "
						   "consumer does not exist any more",
						   "%lld dead letters stay pending, for their "
						   "consumers do not exist any more",
						   (unsigned long) without_consumer, without_consumer),
			 errhint("SELECT analytics.replay(id, consumer => '...') FROM "
					 "analytics.dead_letters WHERE ...;")));
}

/* Arguments: reason text, since timestamptz, consumer text.  Their number. */
SERVED_FUNCTION(analytics_replay_all)
{
	Oid types[4] = {TEXTOID, TIMESTAMPTZOID, TEXTOID, NAMEOID};
	Datum values[4] = {0};
	char nulls[4] = {' ', ' ', ' ', ' '};
	uint64 queued;

	for (int i = 0; i < 3; i++)
	{
		values[i] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	values[3] = replay_caller();
	replay_connect();
	if (!PG_ARGISNULL(2))
	{
		const char *consumer = text_to_cstring(PG_GETARG_TEXT_PP(2));

		if (!consumer_exists(consumer))
			consumer_raise_unknown(consumer);
	}
	queued = replay_run(REPLAY_ALL_STATEMENT, 4, types, values, nulls,
						SPI_OK_INSERT);
	warn_of_left(types, values, nulls);
	SPI_finish();
	PG_RETURN_INT64((int64) queued);
}

/* ------------------------------------------------------------------ */
/* discard()                                                          */
/* ------------------------------------------------------------------ */

/* Arguments: id bigint, note text. */
SERVED_FUNCTION(analytics_discard)
{
	Oid types[2] = {INT8OID, TEXTOID};
	Datum values[2] = {Int64GetDatum(id_argument(fcinfo)), 0};
	const char *state;

	if (PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"note\" must not be null"),
						errhint("Say why the event is given up; it is kept in "
								"analytics.dead_letter_history.")));
	values[1] = PG_GETARG_DATUM(1);
	replay_connect();
	state = lock_letter(PG_GETARG_INT64(0));
	if (strcmp(state, "pending") != 0)
		raise_settled(PG_GETARG_INT64(0), state);
	replay_run(DISCARD_STATEMENT, 2, types, values, NULL, SPI_OK_UPDATE);
	SPI_finish();
	PG_RETURN_VOID();
}
