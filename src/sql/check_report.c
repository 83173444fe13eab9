/*-------------------------------------------------------------------------
 *
 * check_report.c
 *	  The rows of analytics.check(), and what becomes of a check that fails.
 *
 * A check that cannot be done is a finding like any other: each runs in a
 * subtransaction, and what it raises becomes a row.  Nothing is checked here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/procsignal.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "process/wait_events.h"
#include "sql/check.h"

#define CHECK_COLUMNS 5

/* One conversation with a server, in milliseconds; less is not worth a try. */
#define CONVERSATION_MS 5000
#define SHORTEST_CONVERSATION_MS 250

/* For the checks that come after those of servers, and some to spare. */
#define REST_MS 2000

typedef struct AskedServer
{
	const char *name;
	Oid role;
	bool answered;
} AskedServer;

static const char *const status_names[] = {[CHECK_OK] = "ok",
										   [CHECK_WARNING] = "warning",
										   [CHECK_ERROR] = "error",
										   [CHECK_UNKNOWN] = "unknown",
										   [CHECK_SKIPPED] = "skipped"};

/* "" is shown as NULL */
static void
set_text(Datum *value, bool *is_null, const char *text)
{
	*is_null = text == NULL || text[0] == '\0';
	if (!*is_null)
		*value = CStringGetTextDatum(text);
}

void
check_add(CheckReport *report, const char *name, const char *subject,
		  CheckStatus status, const char *finding, const char *hint)
{
	Datum values[CHECK_COLUMNS] = {0};
	bool nulls[CHECK_COLUMNS];

	if (report->result->setDesc->natts != CHECK_COLUMNS)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("analytics.check() must return %d columns",
							   CHECK_COLUMNS),
						errhint("ALTER EXTENSION analytics UPDATE;")));
	set_text(&values[0], &nulls[0], name);
	set_text(&values[1], &nulls[1], subject);
	set_text(&values[2], &nulls[2], status_names[status]);
	set_text(&values[3], &nulls[3], finding);
	set_text(&values[4], &nulls[4], hint);
	tuplestore_putvalues(report->result->setResult, report->result->setDesc,
						 values, nulls);
}

void
check_add_error(CheckReport *report, const char *name, const char *subject,
				CheckStatus status, const IoError *error)
{
	check_add(report, name, subject, status, error->message, error->hint);
}

/* Is this no failure of a check, but the wish to end them all? */
static bool
ends_all(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
		   ERRCODE_TO_CATEGORY(error->sqlerrcode) ==
			   ERRCODE_OPERATOR_INTERVENTION;
}

/* A lock is not waited for: who holds it up, then? */
static const char *
hint_of(const ErrorData *error)
{
	if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE || error->hint != NULL)
		return error->hint;
	return "Somebody has locked a table, or waits to: SELECT pid, "
		   "l.relation::regclass, l.granted, pg_blocking_pids(pid), "
		   "a.usename, a.state, a.xact_start, a.query FROM pg_locks AS l "
		   "JOIN pg_stat_activity AS a USING (pid) WHERE l.mode = "
		   "'AccessExclusiveLock' AND a.datname = current_database();";
}

bool
check_guarded(CheckReport *report, const char *name, const char *subject,
			  CheckBody body, void *argument)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool done = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		body(report, argument);
		ReleaseCurrentSubTransaction();
		done = true;
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		/* Also before raising on: nobody else ends this subtransaction. */
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (ends_all(error))
			ReThrowError(error);
		check_add(report, name, subject, CHECK_ERROR,
				  psprintf("%s (SQLSTATE %s)", error->message,
						   unpack_sql_state(error->sqlerrcode)),
				  hint_of(error));
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return done;
}

/* ---- time ---- */

int64
check_deadline(int64 longest_ms)
{
	int64 now = io_now_ms();
	int64 left;

	if (!get_timeout_active(STATEMENT_TIMEOUT))
		return now + longest_ms;
	left = TimestampDifferenceMilliseconds(
		GetCurrentTimestamp(), get_timeout_finish_time(STATEMENT_TIMEOUT));
	return now + Max(Min(left - REST_MS, longest_ms), 0);
}

int
check_time(CheckReport *report, const char *name, const char *subject)
{
	int64 left = report->deadline_ms - io_now_ms();

	if (left >= SHORTEST_CONVERSATION_MS)
		return (int) Min(left, CONVERSATION_MS);
	check_add(report, name, subject, CHECK_SKIPPED,
			  "the time for talking to servers was used up by those before",
			  "Mend those that do not answer, and call it again.");
	return 0;
}

/*
 * Barriers are absorbed here, since other sessions wait for them.  A
 * cancellation is not acted on: io frees what it has, and then we raise.
 */
static int
session_wait(void *context, int fd, bool for_write, int timeout_ms)
{
	int64 end = io_now_ms() + timeout_ms;
	int wanted = for_write ? WL_SOCKET_WRITEABLE : WL_SOCKET_READABLE;
	int events = WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH;

	if (fd >= 0)
		events |= wanted;
	for (;;)
	{
		int woken;

		if (QueryCancelPending || ProcDiePending)
			return -1;
		woken = WaitLatchOrSocket(
			MyLatch, events, fd < 0 ? PGINVALID_SOCKET : fd,
			Max(end - io_now_ms(), 0), process_wait_event(WAIT_CHECK));
		if (woken & WL_LATCH_SET)
			ResetLatch(MyLatch);
		if (ProcSignalBarrierPending)
			ProcessProcSignalBarrier();
		if (QueryCancelPending || ProcDiePending)
			return -1;
		if (woken & wanted)
			return 1;
		if (io_now_ms() >= end)
			return 0;
	}
}

const IoWaiter check_waiter = {.wait = session_wait};

/* ---- servers that were asked before ---- */

static AskedServer *
find_asked(const CheckReport *report, const char *server, Oid role)
{
	ListCell *cell;

	foreach (cell, report->asked)
	{
		AskedServer *asked = lfirst(cell);

		if (asked->role == role && strcmp(asked->name, server) == 0)
			return asked;
	}
	return NULL;
}

AskedBefore
check_is_asked(const CheckReport *report, const char *server, Oid role)
{
	const AskedServer *asked = find_asked(report, server, role);

	if (asked == NULL)
		return ASKED_NEVER;
	return asked->answered ? ASKED_AND_ANSWERED : ASKED_IN_VAIN;
}

void
check_note_asked(CheckReport *report, const char *server, Oid role,
				 bool answered)
{
	AskedServer *asked = find_asked(report, server, role);

	if (asked == NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(report->context);

		asked = palloc(sizeof(AskedServer));
		asked->name = pstrdup(server);
		asked->role = role;
		report->asked = lappend(report->asked, asked);
		MemoryContextSwitchTo(before);
	}
	asked->answered = answered;
}
