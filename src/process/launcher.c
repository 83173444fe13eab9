/*-------------------------------------------------------------------------
 *
 * launcher.c
 *	  The launcher: one process without a database that sees to it that each
 *	  database with the extension has a supervisor.
 *
 * It can read shared catalogs only, so whether a database has the extension
 * is found out by a supervisor started there.  Each database is in one state,
 * and there is one function for each transition:
 *
 *	UNKNOWN     nobody has looked yet, or it is time to look again
 *	  probe:      a supervisor is started                       -> PROBING
 *	PROBING     the supervisor has not said yet what it found; there is one
 *	            such database at a time, so that thousands without the
 *	            extension do not take all worker slots
 *	  found:      it says that the extension is there           -> SUPERVISED
 *	  absent:     it says that it is not, and has ended         -> ABSENT
 *	  died:       it has ended without a word                   -> BACKOFF
 *	ABSENT      nothing runs, until somebody asks to look
 *	  look:       CREATE EXTENSION has committed there          -> UNKNOWN
 *	SUPERVISED  the supervisor works
 *	  absent:     it has ended after DROP EXTENSION             -> ABSENT
 *	  died:       it has ended otherwise                        -> BACKOFF
 *	BACKOFF     to be probed again when the delay is over, which doubles with
 *	            each death and begins anew after a healthy minute
 *	  probe:      as from UNKNOWN                               -> PROBING
 *	STOPPING    was told to end, since a session blocks the database (see
 *	            requests.c), it is not wanted any more, or the supervisor is
 *	            of an earlier launcher; from PROBING or SUPERVISED
 *	  stopped:    it has ended                         -> UNKNOWN or HELD
 *	HELD        blocked by a session; nothing runs; from any state in which
 *	            nothing runs
 *	  release:    the block has ended                           -> UNKNOWN
 *
 * A database that is dropped, made a template, closed to connections or not
 * named by analytics.databases is forgotten once nothing runs there.
 *
 * The launcher must never connect to a database, never wait for one database
 * while others need it, and never start two supervisors in one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "process/process.h"
#include "process/requests.h"
#include "process/restart.h"
#include "process/slots.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#define LAUNCHER_RESTART_SECONDS 5
#define LAUNCHER_EXIT_WAIT_MS 5000

/* A probe that has not answered by then is left to itself. */
#define PROBE_TIMEOUT_MS 30000

typedef enum DatabaseState
{
	DATABASE_UNKNOWN,
	DATABASE_PROBING,
	DATABASE_ABSENT,
	DATABASE_SUPERVISED,
	DATABASE_BACKOFF,
	DATABASE_STOPPING,
	DATABASE_HELD
} DatabaseState;

typedef struct DatabaseEntry
{
	Oid oid; /* hash key */
	DatabaseState state;
	bool wanted; /* may have a supervisor */
	bool look_again; /* asked for while a supervisor ran */
	int slot; /* -1: none */
	BackgroundWorkerHandle *handle; /* NULL: none, or not started by us */
	RestartTimer restart; /* due: also when UNKNOWN wants its probe */
	TimestampTz probe_deadline;
} DatabaseEntry;

static HTAB *launcher_databases = NULL;
static bool launcher_reread = true; /* read pg_database */
static RestartTimer launcher_reread_timer; /* after a failure to */
static RestartTimer launcher_slot_timer; /* when there was no slot */
static bool launcher_out_of_slots = false;

/* --- transitions --- */

static void
database_set(DatabaseEntry *entry, DatabaseState state)
{
	entry->state = state;
}

static void
database_release_slot(DatabaseEntry *entry)
{
	if (entry->slot >= 0)
		slots_supervisor_free(entry->slot);
	entry->slot = -1;
	if (entry->handle != NULL)
		pfree(entry->handle);
	entry->handle = NULL;
}

/* Said once until one is to be had again. */
static void
launcher_no_slot(const DatabaseEntry *entry)
{
	const char *hint = "Raise max_worker_processes (needs a restart of the "
					   "server).";

	restart_no_slot(&launcher_slot_timer);
	if (launcher_out_of_slots)
		return;
	launcher_out_of_slots = true;
	ereport(LOG, (errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				  errmsg("no free background worker slot for the analytics "
						 "supervisor of database %u",
						 entry->oid),
				  errhint("%s", hint)));
	requests_launcher_problem("no free background worker slot for a supervisor",
							  hint);
}

static void
launcher_has_slots(void)
{
	if (!launcher_out_of_slots)
		return;
	launcher_out_of_slots = false;
	requests_launcher_problem(NULL, NULL);
}

/* UNKNOWN, BACKOFF -> PROBING; stays when there is no slot. */
static void
database_probe(DatabaseEntry *entry)
{
	char name[BGW_MAXLEN];

	entry->slot = slots_supervisor_allocate(entry->oid);
	if (entry->slot >= 0)
	{
		snprintf(name, sizeof(name), SUPERVISOR_TYPE " %u", entry->oid);
		entry->handle =
			process_start(SUPERVISOR_TYPE, name, "analytics_supervisor_main",
						  entry->slot, slots_supervisor_renew(entry->slot));
	}
	if (entry->handle == NULL)
	{
		database_release_slot(entry);
		launcher_no_slot(entry);
		return;
	}
	launcher_has_slots();
	entry->look_again = false;
	entry->probe_deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
														PROBE_TIMEOUT_MS);
	restart_started(&entry->restart);
	database_set(entry, DATABASE_PROBING);
}

/* PROBING -> SUPERVISED */
static void
database_found(DatabaseEntry *entry)
{
	database_set(entry, DATABASE_SUPERVISED);
}

/* to UNKNOWN, from any state in which nothing runs */
static void
database_look(DatabaseEntry *entry)
{
	entry->look_again = false;
	entry->restart.due = GetCurrentTimestamp();
	database_set(entry, DATABASE_UNKNOWN);
}

/* PROBING, SUPERVISED -> ABSENT, or UNKNOWN when it came back meanwhile */
static void
database_absent(DatabaseEntry *entry)
{
	database_release_slot(entry);
	memset(&entry->restart, 0, sizeof(entry->restart));
	if (entry->look_again)
		database_look(entry);
	else
		database_set(entry, DATABASE_ABSENT);
}

/* PROBING, SUPERVISED -> BACKOFF */
static void
database_died(DatabaseEntry *entry)
{
	int delay = restart_ended(&entry->restart);

	database_release_slot(entry);
	database_set(entry, DATABASE_BACKOFF);
	/* It may have died since its database is gone. */
	launcher_reread = true;
	ereport(LOG, (errmsg("the analytics supervisor of database %u ended "
						 "unexpectedly, it starts again in %d s",
						 entry->oid, delay)));
}

/* PROBING, SUPERVISED -> STOPPING */
static void
database_stop(DatabaseEntry *entry)
{
	TerminateBackgroundWorker(entry->handle);
	database_set(entry, DATABASE_STOPPING);
}

/* nothing runs -> HELD */
static void
database_hold(DatabaseEntry *entry)
{
	database_set(entry, DATABASE_HELD);
}

/* STOPPING -> HELD, UNKNOWN */
static void
database_stopped(DatabaseEntry *entry)
{
	database_release_slot(entry);
	if (requests_is_blocked(entry->oid))
		database_hold(entry);
	else
		database_look(entry);
}

/* --- what moves a database --- */

static bool
database_runs(const DatabaseEntry *entry)
{
	return entry->state == DATABASE_PROBING ||
		   entry->state == DATABASE_SUPERVISED ||
		   entry->state == DATABASE_STOPPING;
}

static bool
database_process_ended(const DatabaseEntry *entry)
{
	if (entry->handle != NULL)
		return process_ended(entry->handle);
	return slots_supervisor_pid(entry->slot) == 0;
}

static void
database_process_has_ended(DatabaseEntry *entry)
{
	if (entry->state == DATABASE_STOPPING)
		database_stopped(entry);
	else if (slots_supervisor_verdict(entry->slot) == PROBE_ABSENT)
		database_absent(entry);
	else
		database_died(entry);
}

/*
 * A supervisor that cannot get into its database (somebody holds a lock on
 * it) must not keep us from the others.
 */
static bool
database_probe_answered(const DatabaseEntry *entry)
{
	return slots_supervisor_verdict(entry->slot) == PROBE_PRESENT ||
		   entry->probe_deadline <= GetCurrentTimestamp();
}

static void
database_advance_running(DatabaseEntry *entry)
{
	bool unwanted = !entry->wanted || requests_is_blocked(entry->oid);

	if (database_process_ended(entry))
		database_process_has_ended(entry);
	else if (entry->state == DATABASE_STOPPING)
		return;
	else if (unwanted)
		database_stop(entry);
	else if (entry->state == DATABASE_PROBING && database_probe_answered(entry))
		database_found(entry);
}

static void
database_advance_idle(DatabaseEntry *entry)
{
	bool blocked = requests_is_blocked(entry->oid);

	if (blocked && entry->state != DATABASE_HELD)
		database_hold(entry);
	else if (!blocked && entry->state == DATABASE_HELD)
		database_look(entry);
	else if (entry->look_again && entry->state == DATABASE_ABSENT)
		database_look(entry);
}

static void
database_advance(DatabaseEntry *entry)
{
	if (database_runs(entry))
		database_advance_running(entry);
	if (!database_runs(entry))
		database_advance_idle(entry);
	if (!database_runs(entry) && !entry->wanted)
		(void) hash_search(launcher_databases, &entry->oid, HASH_REMOVE, NULL);
}

/* --- the list of databases --- */

static DatabaseEntry *
launcher_entry(Oid oid)
{
	bool found;
	DatabaseEntry *entry =
		hash_search(launcher_databases, &oid, HASH_ENTER, &found);

	if (!found)
	{
		memset(entry, 0, sizeof(*entry));
		entry->oid = oid;
		entry->slot = -1;
		database_look(entry);
	}
	return entry;
}

/* Is database `name` named by analytics.databases? */
static bool
launcher_is_named(const char *name)
{
	char *copy = pstrdup(analytics_databases);
	List *names = NIL;
	ListCell *cell;

	/* The setting's check has seen to it that this parses. */
	(void) SplitIdentifierString(copy, ',', &names);
	if (names == NIL)
		return true;
	foreach (cell, names)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	}
	return false;
}

static bool
launcher_may_supervise(Form_pg_database database)
{
	return database->datallowconn && !database->datistemplate &&
		   database->datconnlimit != DATCONNLIMIT_INVALID_DB &&
		   launcher_is_named(NameStr(database->datname));
}

static void
launcher_mark_wanted(void)
{
	Relation relation = table_open(DatabaseRelationId, AccessShareLock);
	TableScanDesc scan = table_beginscan_catalog(relation, 0, NULL);
	HeapTuple tuple;

	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);

		if (launcher_may_supervise(database))
			launcher_entry(database->oid)->wanted = true;
	}
	table_endscan(scan);
	table_close(relation, AccessShareLock);
}

static void
launcher_read_databases(void)
{
	HASH_SEQ_STATUS status;
	DatabaseEntry *entry;

	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
		entry->wanted = false;
	launcher_mark_wanted();
	CommitTransactionCommand();
	pgstat_report_stat(true);
}

/* An error leaves the list as far as it got, to be read again soon. */
static void
launcher_refresh(void)
{
	PG_TRY();
	{
		launcher_read_databases();
		launcher_reread = false;
		memset(&launcher_reread_timer, 0, sizeof(launcher_reread_timer));
	}
	PG_CATCH();
	{
		HOLD_INTERRUPTS();
		EmitErrorReport();
		FlushErrorState();
		AbortCurrentTransaction();
		(void) restart_ended(&launcher_reread_timer);
		RESUME_INTERRUPTS();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(TopMemoryContext);
}

/* --- the loop --- */

static void
launcher_take_requests(void)
{
	Oid databases[REQUESTS_MAX];
	int count = requests_take(databases);
	HASH_SEQ_STATUS status;
	DatabaseEntry *entry;

	if (count == 0)
		return;
	launcher_reread = true;
	for (int i = 0; i < count; i++)
	{
		entry = hash_search(launcher_databases, &databases[i], HASH_FIND, NULL);
		if (entry != NULL)
			entry->look_again = true;
	}
	if (count > 0)
		return;
	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
		entry->look_again = true;
}

/*
 * A block may have come, and been settled, after the state was set: what was
 * promised to that session counts.
 */
static bool
database_probe_is_due(const DatabaseEntry *entry)
{
	return (entry->state == DATABASE_UNKNOWN ||
			entry->state == DATABASE_BACKOFF) &&
		   restart_is_due(&entry->restart) && !requests_is_blocked(entry->oid);
}

/* The database that has waited longest for its probe; NULL: none is due. */
static DatabaseEntry *
launcher_next_probe(void)
{
	HASH_SEQ_STATUS status;
	DatabaseEntry *entry;
	DatabaseEntry *next = NULL;

	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->state == DATABASE_PROBING)
		{
			hash_seq_term(&status);
			return NULL;
		}
		if (database_probe_is_due(entry) &&
			(next == NULL || entry->restart.due < next->restart.due))
			next = entry;
	}
	return next;
}

static void
launcher_advance_all(void)
{
	HASH_SEQ_STATUS status;
	DatabaseEntry *entry;

	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
		database_advance(entry);
}

static bool
launcher_nothing_runs(Oid database)
{
	DatabaseEntry *entry =
		hash_search(launcher_databases, &database, HASH_FIND, NULL);

	return (entry == NULL || !database_runs(entry)) &&
		   !slots_database_busy(database);
}

/* Milliseconds until something is due by the clock, -1: nothing is. */
static long
launcher_wait_time(void)
{
	long wait = -1;
	HASH_SEQ_STATUS status;
	DatabaseEntry *entry;

	if (launcher_reread)
		wait = restart_wait(&launcher_reread_timer, wait);
	if (launcher_out_of_slots)
		return restart_wait(&launcher_slot_timer, wait);
	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		RestartTimer probe = {.due = entry->probe_deadline};

		if (entry->state == DATABASE_BACKOFF)
			wait = restart_wait(&entry->restart, wait);
		else if (entry->state == DATABASE_PROBING)
			wait = restart_wait(&probe, wait);
	}
	return wait;
}

static void
launcher_turn(void)
{
	DatabaseEntry *next;

	if (process_reload_configuration())
		launcher_reread = true;
	launcher_take_requests();
	launcher_advance_all();
	if (launcher_reread && restart_is_due(&launcher_reread_timer))
	{
		launcher_refresh();
		launcher_advance_all();
	}
	requests_settle_blocks(launcher_nothing_runs);
	if (launcher_out_of_slots && !restart_is_due(&launcher_slot_timer))
		return;
	next = launcher_next_probe();
	if (next != NULL)
		database_probe(next);
}

/* --- start and end --- */

/*
 * Supervisors of a launcher that could not wait for them to end: they end
 * now, and come back under our care.  One that has not begun finds its slot
 * taken back.
 */
static void
launcher_take_over(void)
{
	for (int i = 0; i < state_worker_slots(); i++)
	{
		Oid database = slots_supervisor_database(i);
		int pid;

		if (!OidIsValid(database))
			continue;
		pid = slots_supervisor_pid(i);
		if (pid == 0)
			slots_supervisor_free(i);
		else
		{
			DatabaseEntry *entry = launcher_entry(database);

			entry->slot = i;
			database_set(entry, DATABASE_STOPPING);
			process_terminate_pid(pid);
		}
	}
}

static bool
launcher_reap(void)
{
	HASH_SEQ_STATUS status;
	DatabaseEntry *entry;
	bool running = false;

	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->slot >= 0 && database_process_ended(entry))
			database_release_slot(entry);
		running = running || entry->slot >= 0;
	}
	return running;
}

/* Nobody would look after the supervisors: they end with us. */
static void
launcher_at_exit(int code, Datum arg)
{
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													   LAUNCHER_EXIT_WAIT_MS);
	HASH_SEQ_STATUS status;
	DatabaseEntry *entry;

	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->handle != NULL)
			TerminateBackgroundWorker(entry->handle);
	}
	while (launcher_reap())
	{
		long left =
			TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);

		if (left <= 0 ||
			(WaitLatch(MyLatch,
					   WL_LATCH_SET | WL_TIMEOUT | WL_POSTMASTER_DEATH, left,
					   PG_WAIT_EXTENSION) &
			 WL_POSTMASTER_DEATH))
			break;
		ResetLatch(MyLatch);
	}
}

static void
launcher_initialize(void)
{
	HASHCTL control = {.keysize = sizeof(Oid),
					   .entrysize = sizeof(DatabaseEntry)};

	launcher_databases = hash_create("analytics databases", 64, &control,
									 HASH_ELEM | HASH_BLOBS);
	requests_launcher_attach();
	before_shmem_exit(launcher_at_exit, (Datum) 0);
	launcher_take_over();
}

void
analytics_launcher_main(Datum arg)
{
	process_install_signal_handlers();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	pgstat_report_appname(MyBgworkerEntry->bgw_name);
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextSwitchTo(TopMemoryContext);
	launcher_initialize();

	while (!process_stop_requested)
	{
		launcher_turn();
		process_wait(launcher_wait_time());
	}

	/* With 0 the postmaster would never start us again. */
	proc_exit(1);
}

void
launcher_register(void)
{
	BackgroundWorker worker = {0};

	strlcpy(worker.bgw_name, LAUNCHER_TYPE, BGW_MAXLEN);
	strlcpy(worker.bgw_type, LAUNCHER_TYPE, BGW_MAXLEN);
	worker.bgw_flags =
		BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	/* Never on a standby; on a promoted one when its recovery has ended. */
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = LAUNCHER_RESTART_SECONDS;
	strlcpy(worker.bgw_library_name, "analytics", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "analytics_launcher_main", BGW_MAXLEN);
	RegisterBackgroundWorker(&worker);
}
