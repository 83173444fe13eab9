/*-------------------------------------------------------------------------
 *
 * launcher.c
 *	  The launcher: one process without a database that sees to it that each
 *	  database with the extension has a supervisor.
 *
 * It can read shared catalogs only, so whether a database has the extension
 * is found out by a supervisor started there.  What state each database is in,
 * and how it gets to another, is in database.c; this file knows which
 * databases there are, chooses which to look at next, and sleeps.
 *
 * The launcher must never connect to a database, never wait for one database
 * while others need it, and never start two supervisors in one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "process/database.h"
#include "process/process.h"
#include "process/requests.h"
#include "process/restart.h"
#include "process/slots.h"
#include "process/wait_events.h"
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

static HTAB *launcher_databases = NULL;
static bool launcher_reread = true;        /* read pg_database */
static RestartTimer launcher_reread_timer; /* after a failure to */
static RestartTimer launcher_slot_timer;   /* when there was no slot */
static bool launcher_out_of_slots = false;

/* --- worker slots --- */

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
						 "supervisor of database \"%s\"",
						 entry->name),
				  errhint("%s", hint)));
	requests_launcher_problem(
		"no free background worker slot for a supervisor", hint);
}

static void
launcher_has_slots(void)
{
	if (!launcher_out_of_slots)
		return;
	launcher_out_of_slots = false;
	requests_launcher_problem(NULL, NULL);
}

/* --- the list of databases --- */

static DatabaseEntry *
launcher_entry(Oid oid)
{
	bool found;
	DatabaseEntry *entry =
		hash_search(launcher_databases, &oid, HASH_ENTER, &found);

	if (!found)
		database_initialize(entry, oid);
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
launcher_want(Form_pg_database database)
{
	DatabaseEntry *entry = launcher_entry(database->oid);

	entry->wanted = true;
	strlcpy(entry->name, NameStr(database->datname), NAMEDATALEN);
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
			launcher_want(database);
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
		entry =
			hash_search(launcher_databases, &databases[i], HASH_FIND, NULL);
		if (entry != NULL)
			entry->look_again = true;
	}
	if (count > 0)
		return;
	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
		entry->look_again = true;
}

static bool
launcher_is_probing(void)
{
	HASH_SEQ_STATUS status;
	DatabaseEntry *entry;
	bool probing = false;

	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
		probing = probing || entry->state == DATABASE_PROBING;
	return probing;
}

/*
 * The database that has waited longest for its probe; NULL: none is due.  A
 * block may have come, and been settled, after the state was set: what was
 * promised to that session counts.
 */
static DatabaseEntry *
launcher_next_probe(void)
{
	HASH_SEQ_STATUS status;
	DatabaseEntry *entry;
	DatabaseEntry *next = NULL;
	TimestampTz first = GetCurrentTimestamp() + 1;

	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		TimestampTz due = database_probe_due(entry);

		if (due < first && !requests_is_blocked(entry->oid))
		{
			first = due;
			next = entry;
		}
	}
	return next;
}

static void
launcher_advance(DatabaseEntry *entry)
{
	bool ran = database_runs(entry);

	database_advance(entry);
	if (database_runs(entry))
		return;
	/* It may have ended since its database is gone. */
	if (ran && entry->state == DATABASE_BACKOFF)
		launcher_reread = true;
	if (!entry->wanted)
		(void) hash_search(launcher_databases, &entry->oid, HASH_REMOVE, NULL);
}

static void
launcher_advance_all(void)
{
	HASH_SEQ_STATUS status;
	DatabaseEntry *entry;

	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
		launcher_advance(entry);
}

static bool
launcher_nothing_runs(Oid database)
{
	DatabaseEntry *entry =
		hash_search(launcher_databases, &database, HASH_FIND, NULL);

	return (entry == NULL || !database_runs(entry)) &&
		   !slots_database_busy(database);
}

/*
 * Milliseconds until something is due by the clock, -1: nothing is.  While one
 * database is probed no other can be: only its own deadline counts then.
 */
static long
launcher_wait_time(void)
{
	TimestampTz due = launcher_reread ? launcher_reread_timer.due : DT_NOEND;
	TimestampTz slots_due =
		launcher_out_of_slots ? launcher_slot_timer.due : 0;
	bool probing = launcher_is_probing();
	HASH_SEQ_STATUS status;
	DatabaseEntry *entry;

	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->state == DATABASE_PROBING)
			due = Min(due, entry->probe_deadline);
		else if (!probing)
			due = Min(due, Max(database_probe_due(entry), slots_due));
	}
	return restart_wait(due);
}

/* One at a time. */
static void
launcher_start_probe(void)
{
	DatabaseEntry *next;

	if (launcher_is_probing() ||
		(launcher_out_of_slots && !restart_is_due(&launcher_slot_timer)))
		return;
	next = launcher_next_probe();
	if (next != NULL && !database_probe(next))
		launcher_no_slot(next);
	else
		launcher_has_slots(); /* or nobody asks for one any more */
}

static void
launcher_turn(void)
{
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
	launcher_start_probe();
	requests_set_probing(launcher_is_probing());
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

		if (!OidIsValid(database))
			continue;
		if (slots_supervisor_pid(i) == 0)
			slots_supervisor_free(i);
		else
			database_take_over(launcher_entry(database), i);
	}
}

/* Does a supervisor still run? */
static bool
launcher_reap(void)
{
	HASH_SEQ_STATUS status;
	DatabaseEntry *entry;
	bool running = false;

	hash_seq_init(&status, launcher_databases);
	while ((entry = hash_seq_search(&status)) != NULL)
		running = !database_dismissed(entry) || running;
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
		database_dismiss(entry);
	while (launcher_reap())
	{
		long left =
			TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);

		if (left <= 0 ||
			(WaitLatch(MyLatch,
					   WL_LATCH_SET | WL_TIMEOUT | WL_POSTMASTER_DEATH, left,
					   process_wait_event(WAIT_WORKERS_END)) &
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
