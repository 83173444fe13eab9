/*-------------------------------------------------------------------------
 *
 * supervisor.c
 *	  The supervisor of one database: starts and ends its workers, to match
 *	  analytics.consumers.
 *
 * It first looks whether the extension is there.  If not, it says so to the
 * launcher and ends with exit code 0; so it does when the extension has been
 * dropped.  Where its session is read-only but a new one would not be, it ends
 * to be started anew.  If it is there in a version that this library does not serve, it
 * keeps no workers, says what is wrong, and waits for that to change.
 *
 * It is woken by the sessions that change something, by the ends of its
 * workers, and by the clock when a start is due, and else sleeps.  When it
 * ends, in whatever way, its workers end with it.  Now and then it also deletes
 * what is older than it is to be kept (retention.c).  It never processes
 * events and never talks to the network.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "process/crew.h"
#include "process/process.h"
#include "process/read_only.h"
#include "process/requests.h"
#include "process/restart.h"
#include "process/retention.h"
#include "process/roster.h"
#include "process/slots.h"
#include "process/txn.h"
#include "process/version.h"
#include "storage/ipc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* At its start, a supervisor lets those of other databases go first. */
#define SUPERVISOR_GIVE_WAY_MS 2000

/* A worker is to end within two seconds; one may have to be started first. */
#define SUPERVISOR_EXIT_WAIT_MS 4000

typedef enum Extension
{
	EXTENSION_SERVED,
	EXTENSION_OTHER_VERSION,
	EXTENSION_ABSENT,
	EXTENSION_SERVED_ANEW /* in a new session, which can write */
} Extension;

static MemoryContext supervisor_turn_context = NULL;
static TimestampTz supervisor_started_at;
static bool supervisor_must_read = true;             /* the tables, again */
static RestartTimer supervisor_retry;                /* after an error */
static char supervisor_problem[STATE_REASON_LENGTH]; /* of its version */

/* Runs before this process leaves its database. */
static void
supervisor_at_exit(int code, Datum arg)
{
	crew_dismiss(SUPERVISOR_EXIT_WAIT_MS);
}

static void
supervisor_report_crew(void)
{
	const char *hint;
	const char *problem = crew_problem(&hint);

	slots_supervisor_problem(problem, hint);
}

/* Once in the log, whatever the views of that version may show. */
static void
supervisor_note_problem(const char *problem)
{
	if (strcmp(supervisor_problem, problem) == 0)
		return;
	strlcpy(supervisor_problem, problem, sizeof(supervisor_problem));
	ereport(LOG, (errmsg("%s: no worker runs in this database", problem),
				  errhint("%s", version_hint())));
}

static Extension
supervisor_read_roster(void)
{
	const char *problem;
	List *roster;
	bool outdated;

	if (!txn_begin("reading consumers", &problem))
	{
		crew_want(NIL);
		slots_supervisor_problem(problem, version_hint());
		if (problem == NULL)
			return EXTENSION_ABSENT;
		supervisor_note_problem(problem);
		return EXTENSION_OTHER_VERSION;
	}
	roster = roster_read(supervisor_turn_context);
	outdated = read_only_is_over();
	txn_commit();
	supervisor_problem[0] = '\0';
	crew_want(roster);
	return outdated ? EXTENSION_SERVED_ANEW : EXTENSION_SERVED;
}

/* The extension is not there (any more), or needs another: end, in peace. */
static void
supervisor_leave(SupervisorVerdict verdict)
{
	crew_dismiss(SUPERVISOR_EXIT_WAIT_MS);
	slots_supervisor_report_verdict(verdict);
	proc_exit(0);
}

/*
 * Where worker slots are few, supervisors go first: a worker that waits for a
 * slot can be seen in analytics.status, a database without a supervisor has
 * nobody to say so.  A fresh supervisor therefore starts no worker while the
 * launcher still looks into other databases, for a short time.
 */
static bool
supervisor_gives_way(void)
{
	return requests_is_probing() &&
		   !TimestampDifferenceExceeds(supervisor_started_at,
									   GetCurrentTimestamp(),
									   SUPERVISOR_GIVE_WAY_MS);
}

static void
supervisor_work(void)
{
	static Extension extension = EXTENSION_SERVED;

	if (supervisor_must_read)
	{
		extension = supervisor_read_roster();
		if (extension == EXTENSION_ABSENT)
			supervisor_leave(PROBE_ABSENT);
		if (extension == EXTENSION_SERVED_ANEW)
			supervisor_leave(PROBE_ANEW);
		slots_supervisor_report_verdict(PROBE_PRESENT);
		retention_soon();
		supervisor_must_read = false;
	}
	if (!supervisor_gives_way())
		crew_advance();
	if (extension == EXTENSION_SERVED)
	{
		supervisor_report_crew();
		retention_advance();
	}
	else
	{
		retention_pause();
		/* in pg_stat_activity, as what this process was last at */
		pgstat_report_activity(STATE_IDLE, supervisor_problem);
	}
}

/*
 * The database is in the way: say so and try again later.  Workers go on as
 * they are.
 */
static void
supervisor_failed(MemoryContext context)
{
	ErrorData *error;

	HOLD_INTERRUPTS();
	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	EmitErrorReport();
	FlushErrorState();
	txn_abort();
	MemoryContextSwitchTo(context);
	slots_supervisor_report_verdict(PROBE_PRESENT);
	slots_supervisor_problem(error->message, error->hint);
	supervisor_must_read = true;
	(void) restart_ended(&supervisor_retry);
	RESUME_INTERRUPTS();
}

static void
supervisor_turn(void)
{
	if (process_reload_configuration() || slots_supervisor_config_changed())
		supervisor_must_read = true;
	if (!restart_is_due(&supervisor_retry))
		return;
	MemoryContextReset(supervisor_turn_context);
	MemoryContextSwitchTo(supervisor_turn_context);
	restart_started(&supervisor_retry);
	PG_TRY();
	{
		supervisor_work();
		memset(&supervisor_retry, 0, sizeof(supervisor_retry));
	}
	PG_CATCH();
	{
		supervisor_failed(supervisor_turn_context);
	}
	PG_END_TRY();
}

/* Milliseconds; -1 stands for no limit. */
static long
shorter_wait(long a, long b)
{
	if (a < 0 || b < 0)
		return Max(a, b);
	return Min(a, b);
}

static long
supervisor_wait_time(void)
{
	/* One that came during the turn, whose wake-up a lock wait swallowed. */
	if (slots_supervisor_change_pending())
		return 0;
	if (supervisor_gives_way())
		return SUPERVISOR_GIVE_WAY_MS; /* or until probing ends */
	if (!restart_is_due(&supervisor_retry))
		return restart_wait(supervisor_retry.due);
	return shorter_wait(crew_wait_time(), retention_wait_time());
}

void
analytics_supervisor_main(Datum arg)
{
	Oid database;

	process_install_signal_handlers();
	if (!slots_supervisor_attach(DatumGetInt32(arg), &database))
		proc_exit(0);
	supervisor_started_at = GetCurrentTimestamp();
	txn_connect(database, InvalidOid, SUPERVISOR_TYPE);
	supervisor_turn_context = AllocSetContextCreate(
		TopMemoryContext, "analytics supervisor turn", ALLOCSET_DEFAULT_SIZES);
	crew_initialize(database);
	before_shmem_exit(supervisor_at_exit, (Datum) 0);

	while (!process_stop_requested)
	{
		supervisor_turn();
		process_wait(supervisor_wait_time());
	}
	proc_exit(0);
}
