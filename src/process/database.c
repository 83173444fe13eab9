/*-------------------------------------------------------------------------
 *
 * database.c
 *	  One database, as the launcher sees it: its states and transitions.
 *
 * Each database is in one state, and there is one function for each
 * transition:
 *
 *	UNKNOWN     nobody has looked yet, or it is time to look again
 *	  probe:      a supervisor is started                       -> PROBING
 *	PROBING     the supervisor has not said yet what it found; there is one
 *	            such database at a time, so that thousands without the
 *	            extension do not take all worker slots
 *	  found:      it says that the extension is there           -> SUPERVISED
 *	  absent:     it says that it is not, and has ended         -> ABSENT
 *	  anew:       it says that it must begin anew, and has ended -> UNKNOWN
 *	  died:       it has ended without a word                   -> BACKOFF
 *	ABSENT      nothing runs, until somebody asks to look
 *	  look:       CREATE EXTENSION has committed there          -> UNKNOWN
 *	SUPERVISED  the supervisor works
 *	  anew:       it has ended to begin anew                    -> UNKNOWN
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
 * Nothing here waits, opens a transaction or knows of other databases.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "process/database.h"
#include "process/process.h"
#include "process/requests.h"
#include "process/slots.h"
#include "utils/timestamp.h"

/* A probe that has not answered by then is left to itself. */
#define PROBE_TIMEOUT_MS 30000

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

/* UNKNOWN, BACKOFF -> PROBING; stays when there is no slot. */
bool
database_probe(DatabaseEntry *entry)
{
	char name[BGW_MAXLEN];

	entry->slot = slots_supervisor_allocate(entry->oid);
	if (entry->slot >= 0)
	{
		snprintf(name, sizeof(name), SUPERVISOR_TYPE " %s", entry->name);
		entry->handle =
			process_start(SUPERVISOR_TYPE, name, "analytics_supervisor_main",
						  entry->slot, slots_supervisor_renew(entry->slot));
	}
	if (entry->handle == NULL)
	{
		database_release_slot(entry);
		return false;
	}
	entry->look_again = false;
	entry->probe_deadline =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), PROBE_TIMEOUT_MS);
	restart_started(&entry->restart);
	database_set(entry, DATABASE_PROBING);
	return true;
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

/* PROBING, SUPERVISED -> UNKNOWN */
static void
database_anew(DatabaseEntry *entry)
{
	database_release_slot(entry);
	database_look(entry);
}

/* PROBING, SUPERVISED -> BACKOFF */
static void
database_died(DatabaseEntry *entry)
{
	int delay = restart_ended(&entry->restart);

	database_release_slot(entry);
	database_set(entry, DATABASE_BACKOFF);
	ereport(LOG, (errmsg("the analytics supervisor of database \"%s\" ended "
						 "unexpectedly, it starts again in %d s",
						 entry->name, delay)));
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

bool
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
	else if (slots_supervisor_verdict(entry->slot) == PROBE_ANEW)
		database_anew(entry);
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
	else if (entry->state == DATABASE_PROBING &&
			 database_probe_answered(entry))
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

void
database_advance(DatabaseEntry *entry)
{
	if (database_runs(entry))
		database_advance_running(entry);
	if (!database_runs(entry))
		database_advance_idle(entry);
}

TimestampTz
database_probe_due(const DatabaseEntry *entry)
{
	if (entry->state != DATABASE_UNKNOWN && entry->state != DATABASE_BACKOFF)
		return DT_NOEND;
	return entry->restart.due;
}

/* --- from and to other launchers --- */

void
database_initialize(DatabaseEntry *entry, Oid oid)
{
	memset(entry, 0, sizeof(*entry));
	entry->oid = oid;
	entry->slot = -1;
	database_look(entry);
}

void
database_take_over(DatabaseEntry *entry, int slot)
{
	entry->slot = slot;
	process_terminate_pid(slots_supervisor_pid(slot));
	database_set(entry, DATABASE_STOPPING);
}

void
database_dismiss(DatabaseEntry *entry)
{
	if (entry->handle != NULL)
		TerminateBackgroundWorker(entry->handle);
}

bool
database_dismissed(DatabaseEntry *entry)
{
	if (entry->slot < 0)
		return true;
	if (!database_process_ended(entry))
		return false;
	database_release_slot(entry);
	return true;
}
