/*-------------------------------------------------------------------------
 *
 * drain.c
 *	  drain(): pause a consumer, and wait until its workers hold nothing.
 *
 * A procedure, since it commits: the pause before it waits, and then again at
 * each look, so that while it waits no snapshot, no lock and no old
 * transaction is held.  What the workers hold is read from shared memory, and
 * believed of those alone that have taken note of the pause.  It can be
 * cancelled like any statement; the consumer stays paused then.
 *
 * Who may call it needs no right to the table, as with pause().  A procedure
 * that is SECURITY DEFINER cannot commit, so that it becomes its owner here,
 * for its own statements and nothing else.
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
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "process/state.h"
#include "process/version.h"
#include "process/wait_events.h"
#include "sql/consumer_names.h"
#include "sql/function_owner.h"

PG_FUNCTION_INFO_V1(analytics_drain);

/* Between two looks. */
#define LOOK_MS 100

/* Workers named in the error. */
#define SHOWN_WORKERS 5

/* Who paused it before, and why, stays. */
#define PAUSE_STATEMENT                                                       \
	"UPDATE analytics.consumers SET paused = true,"                           \
	" pause_reason = CASE WHEN paused THEN pause_reason"                      \
	" ELSE 'drain()' END"                                                     \
	" WHERE name OPERATOR(pg_catalog.=) $1"

#define PAUSED_STATEMENT                                                      \
	"SELECT paused FROM analytics.consumers"                                  \
	" WHERE name OPERATOR(pg_catalog.=) $1"

/* What the workers of a consumer have in hand. */
typedef struct Left
{
	int workers;
	int unaware; /* of these, have not taken note of the pause */
	int64 events;
	StringInfoData list; /* the first of them, for people */
} Left;

typedef struct Drain
{
	const char *consumer;
	Datum name; /* the same, a text */
	Oid owner;  /* of the procedure */
	TimestampTz deadline;
	bool paused; /* by us, and committed */
	Left left;
} Drain;

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

/* -1: the deadline has passed. */
static long
ms_left(const Drain *drain)
{
	TimestampTz now = GetCurrentTimestamp();

	return now < drain->deadline
			   ? TimestampDifferenceMilliseconds(now, drain->deadline)
			   : -1;
}

/* A lock is waited for no longer than there is time; for this transaction. */
static void
limit_lock_waits(const Drain *drain)
{
	long left = Max(ms_left(drain), 1);
	char value[32];

	if (LockTimeout > 0 && LockTimeout <= left)
		return;
	snprintf(value, sizeof(value), "%ldms", left);
	(void) set_config_option("lock_timeout", value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

static void
raise_locked(const Drain *drain)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
		 errmsg("consumer \"%s\" is not drained: another transaction that "
				"has changed it is open",
				drain->consumer),
		 drain->paused ? errdetail("It stays paused.")
					   : errdetail("It could not be paused."),
		 errhint("pg_blocking_pids() and pg_stat_activity tell whose that is; "
				 "CALL analytics.drain() again when it has ended.")));
}

/* The names of those that there are take a right to the table, too. */
static void
raise_unknown(const Drain *drain)
{
	Oid user;
	int security;

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(drain->owner,
						   security | SECURITY_LOCAL_USERID_CHANGE);
	consumer_raise_unknown(drain->consumer);
}

/* As the owner, whose rights end with the statement. */
static int
execute(const Drain *drain, const char *statement)
{
	Oid types[1] = {TEXTOID};
	Datum values[1] = {drain->name};
	Oid user;
	int security;
	int result;

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(drain->owner,
						   security | SECURITY_LOCAL_USERID_CHANGE);
	result =
		SPI_execute_with_args(statement, 1, types, values, NULL, false, 0);
	SetUserIdAndSecContext(user, security);
	return result;
}

/* Rows touched or returned. */
static uint64
run(const Drain *drain, const char *statement, int expected)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile int result = 0;

	limit_lock_waits(drain);
	/* what the statement fires runs as the owner, too */
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	PG_TRY();
	{
		result = execute(drain, statement);
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_LOCK_NOT_AVAILABLE)
			PG_RE_THROW();
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		raise_locked(drain);
	}
	PG_END_TRY();
	if (result != expected)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not read or write analytics.consumers: "
							   "%s",
							   SPI_result_code_string(result))));
	return SPI_processed;
}

static void
pause_it(Drain *drain)
{
	if (run(drain, PAUSE_STATEMENT, SPI_OK_UPDATE) == 0)
		raise_unknown(drain);
	SPI_commit();
	drain->paused = true;
}

/* Somebody may resume or drop it meanwhile: then there is no end to wait for. */
static void
require_pause(const Drain *drain)
{
	bool is_null;
	bool paused;

	if (run(drain, PAUSED_STATEMENT, SPI_OK_SELECT) == 0)
		raise_unknown(drain);
	paused = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0],
										SPI_tuptable->tupdesc, 1, &is_null));
	SPI_freetuptable(SPI_tuptable);
	if (!paused)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("consumer \"%s\" was resumed while it was drained",
						drain->consumer)));
	SPI_commit();
}

/* What it says of itself may be of a time before the pause. */
static bool
is_unaware(const WorkerReport *report)
{
	return report->gauges.config_generation < report->config_told;
}

static bool
holds_something(const WorkerReport *report)
{
	return report->pid != 0 &&
		   (is_unaware(report) || !report->gauges.takes_nothing ||
			report->gauges.active_batches > 0 ||
			report->gauges.unacknowledged > 0);
}

static void
add_worker(Left *left, const WorkerReport *report)
{
	left->workers++;
	left->unaware += is_unaware(report);
	left->events += report->gauges.active_batches;
	if (left->workers > SHOWN_WORKERS)
		return;
	appendStringInfo(
		&left->list, "%sworker \"%s/%d\" %sholds %d events and is %s%s%s",
		left->workers > 1 ? "; " : "", report->consumer, report->number,
		is_unaware(report) ? "has not taken note of the pause yet, " : "",
		report->gauges.active_batches, worker_state_name(report->state),
		report->reason[0] != '\0' ? ": " : "", report->reason);
}

/* False: nothing is left. */
static bool
look(Drain *drain)
{
	Left *left = &drain->left;

	left->workers = 0;
	left->unaware = 0;
	left->events = 0;
	resetStringInfo(&left->list);
	for (int i = 0; i < state_worker_slots(); i++)
	{
		WorkerReport report;

		if (state_worker_read(i, &report) && report.database == MyDatabaseId &&
			strcmp(report.consumer, drain->consumer) == 0 &&
			holds_something(&report))
			add_worker(left, &report);
	}
	return left->workers > 0;
}

static void
raise_left(const Drain *drain)
{
	const Left *left = &drain->left;

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 left->unaware > 0
				 ? errmsg("consumer \"%s\" is not drained: %d workers have "
						  "not taken note of the pause yet",
						  drain->consumer, left->unaware)
				 : errmsg("consumer \"%s\" is not drained: " INT64_FORMAT
						  " events are in flight in %d workers",
						  drain->consumer, left->events, left->workers),
			 errdetail("%s.", left->list.data),
			 errhint("It stays paused. CALL analytics.drain() again to wait "
					 "on, or give back what it holds: SELECT "
					 "analytics.restart(%s);",
					 quote_literal_cstr(drain->consumer))));
}

static void
wait_a_little(void)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					 LOOK_MS, process_wait_event(WAIT_DRAIN));
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/*
 * The workers are given one moment to take note of the pause, even when there
 * is no time left for it.
 */
static void
wait_until_drained(Drain *drain)
{
	bool waited = false;

	while (look(drain))
	{
		if (waited && ms_left(drain) < 0)
			raise_left(drain);
		wait_a_little();
		require_pause(drain);
		waited = true;
	}
}

/* Arguments: name text, timeout interval. */
SERVED_FUNCTION(analytics_drain)
{
	Drain drain = {0};

	require_commits(fcinfo);
	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"name\" must not be null")));
	drain.name = PG_GETARG_DATUM(0);
	drain.consumer = TextDatumGetCString(drain.name);
	drain.owner = function_owner(fcinfo->flinfo->fn_oid);
	drain.deadline =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), timeout_ms(fcinfo));
	initStringInfo(&drain.left.list);
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	pause_it(&drain);
	wait_until_drained(&drain);
	SPI_finish();
	PG_RETURN_VOID();
}
