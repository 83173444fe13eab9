/*-------------------------------------------------------------------------
 *
 * notify.c
 *	  Telling our processes of what a transaction changes, once it commits.
 *
 * What is to be told is only collected while the transaction runs; nothing
 * happens when it aborts.  A subtransaction's abort takes nothing back: being
 * woken for nothing costs a look, not being woken would cost a change.
 *
 * It is sent last of all, when the locks are released: at the event of the
 * commit itself the invalidation messages are not out yet, and a process woken
 * then would read old rows from its caches, and never look again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "process/notify.h"
#include "process/process.h"
#include "process/requests.h"
#include "process/shared.h"
#include "utils/resowner.h"

#define NOTIFY_DATABASES 16

typedef struct NotifyPending
{
	uint32 here;       /* CHANGED_ bits for this database */
	uint32 everywhere; /* and for all */
	bool unblock;
	int database_count; /* beyond NOTIFY_DATABASES: look at all */
	Oid databases[NOTIFY_DATABASES];
} NotifyPending;

static NotifyPending notify_pending;
static NotifyPending notify_ended; /* to be sent when locks are released */
static bool notify_registered = false;

/* --- at once --- */

static void
notify_supervisor(SupervisorSlot *slot, uint32 changes)
{
	if (changes & CHANGED_CONFIG)
		pg_atomic_fetch_or_u32(&slot->changes, CHANGED_CONFIG);
	if ((changes & CHANGED_CONFIG) || changes == 0)
		process_wake(slot->report.pid);
}

static void
notify_worker(WorkerSlot *slot, uint32 changes)
{
	if (changes == 0)
		return;
	if (changes & CHANGED_CONFIG)
		pg_atomic_fetch_add_u64(&slot->config_told, 1);
	pg_atomic_fetch_or_u32(&slot->changes, changes);
	process_wake(slot->report.pid);
}

/* changes 0 wakes supervisors alone. */
static void
notify_slots(Oid database, bool all, uint32 changes)
{
	LWLockAcquire(shared->lock, LW_SHARED);
	for (int i = 0; i < shared->slot_count; i++)
	{
		SupervisorSlot *supervisor = &shared_supervisors[i];
		WorkerSlot *worker = &shared_workers[i];

		if (supervisor->in_use &&
			(all || supervisor->report.database == database))
			notify_supervisor(supervisor, changes);
		if (worker->in_use && (all || worker->report.database == database))
			notify_worker(worker, changes);
	}
	LWLockRelease(shared->lock);
}

void
shared_tell_database(Oid database, uint32 changes)
{
	notify_slots(database, false, changes);
}

void
shared_tell_all(uint32 changes)
{
	notify_slots(InvalidOid, true, changes);
}

/* --- at commit --- */

static void
notify_databases(const NotifyPending *pending)
{
	/* InvalidOid stands for every database. */
	int count = Min(pending->database_count, NOTIFY_DATABASES);

	for (int i = 0; i < count; i++)
		requests_look_at(pending->databases[i]);
	if (pending->database_count > NOTIFY_DATABASES)
		requests_look_at(InvalidOid);
}

static void
notify_send(const NotifyPending *pending)
{
	notify_databases(pending);
	if (pending->here != 0)
		shared_tell_database(MyDatabaseId, pending->here);
	if (pending->everywhere != 0)
		shared_tell_all(pending->everywhere);
}

/*
 * At PREPARE all is forgotten but the blocks, which end: the locks of a
 * prepared ALTER DATABASE ... RENAME keep us away by themselves.
 */
static void
notify_at_end(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			break;
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			return;
	}
	memset(&notify_ended, 0, sizeof(notify_ended));
	if (event == XACT_EVENT_COMMIT)
		notify_ended = notify_pending;
	notify_ended.unblock = notify_pending.unblock;
	memset(&notify_pending, 0, sizeof(notify_pending));
}

/* Called once for each resource owner; the first call finds what there is. */
static void
notify_at_release(ResourceReleasePhase phase, bool is_commit,
				  bool is_top_level, void *arg)
{
	NotifyPending ended = notify_ended;

	if (phase != RESOURCE_RELEASE_AFTER_LOCKS || !is_top_level)
		return;
	memset(&notify_ended, 0, sizeof(notify_ended));
	notify_send(&ended);
	if (ended.unblock)
		requests_unblock_all();
}

static NotifyPending *
notify_prepare(void)
{
	if (!notify_registered)
	{
		RegisterXactCallback(notify_at_end, NULL);
		RegisterResourceReleaseCallback(notify_at_release, NULL);
		notify_registered = true;
	}
	return &notify_pending;
}

static void
notify_here(uint32 changes)
{
	if (state_available())
		notify_prepare()->here |= changes;
}

void
state_config_changed_at_commit(void)
{
	notify_here(CHANGED_CONFIG);
}

void
state_rules_changed_at_commit(void)
{
	notify_here(CHANGED_RULES);
}

void
state_queue_changed_at_commit(void)
{
	notify_here(CHANGED_QUEUE);
}

void
notify_everything_here(void)
{
	notify_here(CHANGED_ALL);
	notify_look_at_database(MyDatabaseId);
}

void
notify_config_everywhere(void)
{
	if (state_available())
		notify_prepare()->everywhere |= CHANGED_CONFIG;
}

void
notify_look_at_database(Oid database)
{
	NotifyPending *pending;

	if (!state_available())
		return;
	pending = notify_prepare();
	for (int i = 0; i < Min(pending->database_count, NOTIFY_DATABASES); i++)
	{
		if (pending->databases[i] == database)
			return;
	}
	if (pending->database_count < NOTIFY_DATABASES)
		pending->databases[pending->database_count] = database;
	pending->database_count++;
}

void
notify_unblock_at_end(void)
{
	notify_prepare()->unblock = true;
}
