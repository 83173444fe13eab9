/*-------------------------------------------------------------------------
 *
 * drain.c
 *	  drain(): pause a consumer, and wait until its workers hold nothing.
 *
 * A procedure, since it commits: the pause before it waits, and then again at
 * each look, so that while it waits no snapshot, no lock and no old
 * transaction is held.  What the workers hold is read from shared memory.  It
 * can be cancelled like any statement; the consumer stays paused then.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/latch.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "process/state.h"
#include "process/version.h"
#include "process/wait_events.h"
#include "sql/consumer_names.h"

PG_FUNCTION_INFO_V1(analytics_drain);

/* Between two looks. */
#define LOOK_MS 100

/* Workers named in the error. */
#define SHOWN_WORKERS 5

/* Who paused it before, and why, stays. */
#define PAUSE_STATEMENT                                                       \
	"UPDATE analytics.consumers SET paused = true,"                           \
	" pause_reason = CASE WHEN paused AND pause_reason IS NOT NULL"           \
	" THEN pause_reason ELSE 'drain()' END"                                   \
	" WHERE name OPERATOR(pg_catalog.=) $1"

#define PAUSED_STATEMENT                                                      \
	"SELECT paused FROM analytics.consumers"                                  \
	" WHERE name OPERATOR(pg_catalog.=) $1"

/* What the workers of a consumer have in hand. */
typedef struct Left
{
	int workers;
	int64 events;
	StringInfoData list; /* the first of them, for people */
} Left;

static void
require_commits(FunctionCallInfo fcinfo)
{
	if (fcinfo->context != NULL && IsA(fcinfo->context, CallContext) &&
		!((CallContext *) fcinfo->context)->atomic)
		return;
	ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
					errmsg("drain() cannot run inside a transaction block"),
					errdetail("It commits the pause before it waits."),
					errhint("CALL analytics.drain() by itself.")));
}

static int64
timeout_ms(FunctionCallInfo fcinfo)
{
	Interval *timeout = PG_ARGISNULL(1) ? NULL : PG_GETARG_INTERVAL_P(1);
	int64 time = -1;

	if (timeout != NULL && timeout->month == 0 && timeout->day >= 0 &&
		timeout->day <= 1)
		time = timeout->time + timeout->day * USECS_PER_DAY;
	if (time < 0 || time > USECS_PER_DAY)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid value for argument \"timeout\""),
						errhint("An interval of 0 to 24 hours is expected.")));
	return time / 1000;
}

/* Rows touched or returned; name: the consumer's, a text. */
static uint64
run(const char *statement, Datum name, int expected)
{
	Oid types[1] = {TEXTOID};
	int result =
		SPI_execute_with_args(statement, 1, types, &name, NULL, false, 0);

	if (result != expected)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not read or write analytics.consumers: "
							   "%s",
							   SPI_result_code_string(result))));
	return SPI_processed;
}

/* Somebody may resume or drop it meanwhile: then there is no end to wait for. */
static void
require_pause(const char *consumer, Datum name)
{
	bool is_null;
	bool paused;

	if (run(PAUSED_STATEMENT, name, SPI_OK_SELECT) == 0)
		consumer_raise_unknown(consumer);
	paused = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0],
										SPI_tuptable->tupdesc, 1, &is_null));
	SPI_freetuptable(SPI_tuptable);
	if (!paused)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("consumer \"%s\" was resumed while it was drained",
						consumer)));
}

static bool
holds_something(const WorkerReport *report)
{
	return report->pid != 0 && (!report->gauges.takes_nothing ||
								report->gauges.active_batches > 0 ||
								report->gauges.unacknowledged > 0);
}

static void
add_worker(Left *left, const WorkerReport *report)
{
	left->workers++;
	left->events += report->gauges.active_batches;
	if (left->workers > SHOWN_WORKERS)
		return;
	appendStringInfo(
		&left->list, "%sworker \"%s/%d\" holds %d events and is %s%s%s",
		left->workers > 1 ? "; " : "", report->consumer, report->number,
		report->gauges.active_batches, worker_state_name(report->state),
		report->reason[0] != '\0' ? ": " : "", report->reason);
}

/* False: nothing is left. */
static bool
look(const char *consumer, Left *left)
{
	left->workers = 0;
	left->events = 0;
	resetStringInfo(&left->list);
	for (int i = 0; i < state_worker_slots(); i++)
	{
		WorkerReport report;

		if (state_worker_read(i, &report) && report.database == MyDatabaseId &&
			strcmp(report.consumer, consumer) == 0 && holds_something(&report))
			add_worker(left, &report);
	}
	return left->workers > 0;
}

static void
raise_left(const char *consumer, const Left *left)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("consumer \"%s\" is not drained: " INT64_FORMAT
					" events are in flight in %d workers",
					consumer, left->events, left->workers),
			 errdetail("%s.", left->list.data),
			 errhint("It stays paused. CALL analytics.drain() again to wait "
					 "on, or give back what it holds: SELECT "
					 "analytics.restart(%s);",
					 quote_literal_cstr(consumer))));
}

static void
wait_a_little(void)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					 LOOK_MS, process_wait_event(WAIT_DRAIN));
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/* Arguments: name text, timeout interval. */
SERVED_FUNCTION(analytics_drain)
{
	TimestampTz deadline;
	char *consumer;
	Datum name;
	Left left;

	require_commits(fcinfo);
	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"name\" must not be null")));
	name = PG_GETARG_DATUM(0);
	consumer = TextDatumGetCString(name);
	deadline =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), timeout_ms(fcinfo));
	initStringInfo(&left.list);
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	if (run(PAUSE_STATEMENT, name, SPI_OK_UPDATE) == 0)
		consumer_raise_unknown(consumer);
	SPI_commit();
	while (look(consumer, &left))
	{
		if (GetCurrentTimestamp() >= deadline)
			raise_left(consumer, &left);
		wait_a_little();
		require_pause(consumer, name);
		SPI_commit();
	}
	SPI_finish();
	PG_RETURN_VOID();
}
