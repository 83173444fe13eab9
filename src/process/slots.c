/*-------------------------------------------------------------------------
 *
 * slots.c
 *	  Allocation of the slots of supervisors and workers.
 *
 * Which slot belongs to whom changes only here, under the lock.  Nothing
 * here starts, ends or waits for a process.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "process/process.h"
#include "process/requests.h"
#include "process/shared.h"
#include "process/slots.h"
#include "storage/ipc.h"
#include "utils/timestamp.h"

/* The slot of this process; NULL unless it is a supervisor. */
static SupervisorSlot *slots_own = NULL;

/* --- supervisors, for the launcher --- */

int
slots_supervisor_allocate(Oid database)
{
	int index = -1;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < shared->slot_count && index < 0; i++)
	{
		SupervisorSlot *slot = &shared_supervisors[i];

		if (slot->in_use)
			continue;
		slot->in_use = true;
		SpinLockAcquire(&slot->mutex);
		memset(&slot->report, 0, sizeof(slot->report));
		slot->report.database = database;
		SpinLockRelease(&slot->mutex);
		index = i;
	}
	LWLockRelease(shared->lock);
	return index;
}

void
slots_supervisor_free(int index)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	shared_supervisors[index].in_use = false;
	shared_supervisors[index].generation++;
	LWLockRelease(shared->lock);
}

uint32
slots_supervisor_renew(int index)
{
	SupervisorSlot *slot = &shared_supervisors[index];
	uint32 generation;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	generation = ++slot->generation;
	SpinLockAcquire(&slot->mutex);
	slot->verdict = PROBE_PENDING;
	slot->report.pid = 0;
	SpinLockRelease(&slot->mutex);
	pg_atomic_write_u32(&slot->changes, 0);
	LWLockRelease(shared->lock);
	return generation;
}

SupervisorVerdict
slots_supervisor_verdict(int index)
{
	SupervisorVerdict verdict;

	SpinLockAcquire(&shared_supervisors[index].mutex);
	verdict = shared_supervisors[index].verdict;
	SpinLockRelease(&shared_supervisors[index].mutex);
	return verdict;
}

int
slots_supervisor_pid(int index)
{
	int pid;

	SpinLockAcquire(&shared_supervisors[index].mutex);
	pid = shared_supervisors[index].report.pid;
	SpinLockRelease(&shared_supervisors[index].mutex);
	return pid;
}

Oid
slots_supervisor_database(int index)
{
	Oid database;

	LWLockAcquire(shared->lock, LW_SHARED);
	database = shared_supervisors[index].in_use
				   ? shared_supervisors[index].report.database
				   : InvalidOid;
	LWLockRelease(shared->lock);
	return database;
}

bool
slots_database_busy(Oid database)
{
	bool busy = false;

	LWLockAcquire(shared->lock, LW_SHARED);
	for (int i = 0; i < shared->slot_count && !busy; i++)
		busy = shared_workers[i].in_use &&
			   shared_workers[i].report.database == database &&
			   slots_worker_pid(i) != 0;
	LWLockRelease(shared->lock);
	return busy;
}

/* --- a supervisor about itself --- */

/* Runs after the process has left the list of processes of its database. */
static void
slots_supervisor_detach(int code, Datum arg)
{
	SpinLockAcquire(&slots_own->mutex);
	slots_own->report.pid = 0;
	SpinLockRelease(&slots_own->mutex);
	slots_own = NULL;

	/* For a launcher that did not start us and gets no signal of our end. */
	requests_wake_launcher();
}

bool
slots_supervisor_attach(int index, Oid *database)
{
	SupervisorSlot *slot;
	bool ours;

	if (!state_available() || index < 0 || index >= shared->slot_count)
		return false;
	slot = &shared_supervisors[index];

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	ours = slot->in_use && slot->generation == process_generation() &&
		   slot->report.pid == 0;
	if (ours)
	{
		TimestampTz now = GetCurrentTimestamp();

		*database = slot->report.database;
		SpinLockAcquire(&slot->mutex);
		slot->report.pid = MyProcPid;
		slot->report.started_at = now;
		SpinLockRelease(&slot->mutex);
	}
	LWLockRelease(shared->lock);

	if (ours)
	{
		slots_own = slot;
		on_shmem_exit(slots_supervisor_detach, (Datum) 0);
	}
	return ours;
}

void
slots_supervisor_report_verdict(SupervisorVerdict verdict)
{
	bool news;

	SpinLockAcquire(&slots_own->mutex);
	news = slots_own->verdict != verdict;
	slots_own->verdict = verdict;
	SpinLockRelease(&slots_own->mutex);
	if (news)
		requests_wake_launcher();
}

void
slots_supervisor_problem(const char *problem, const char *hint)
{
	char problem_text[STATE_REASON_LENGTH];
	char hint_text[STATE_HINT_LENGTH];

	shared_copy_text(problem_text, sizeof(problem_text), problem);
	shared_copy_text(hint_text, sizeof(hint_text), hint);
	SpinLockAcquire(&slots_own->mutex);
	memcpy(slots_own->report.problem, problem_text, sizeof(problem_text));
	memcpy(slots_own->report.hint, hint_text, sizeof(hint_text));
	SpinLockRelease(&slots_own->mutex);
}

bool
slots_supervisor_change_pending(void)
{
	return pg_atomic_read_u32(&slots_own->changes) != 0;
}

bool
slots_supervisor_config_changed(void)
{
	return pg_atomic_exchange_u32(&slots_own->changes, 0) != 0;
}

/* --- workers, for their supervisor --- */

int
slots_worker_pid(int index)
{
	int pid;

	SpinLockAcquire(&shared_workers[index].mutex);
	pid = shared_workers[index].report.pid;
	SpinLockRelease(&shared_workers[index].mutex);
	return pid;
}

bool
slots_worker_left(int index)
{
	bool left;

	SpinLockAcquire(&shared_workers[index].mutex);
	left = shared_workers[index].report.left;
	SpinLockRelease(&shared_workers[index].mutex);
	return left;
}

/* Caller holds the lock. */
static bool
slots_database_supervised(Oid database)
{
	for (int i = 0; i < shared->slot_count; i++)
	{
		if (shared_supervisors[i].in_use &&
			shared_supervisors[i].report.database == database)
			return true;
	}
	return false;
}

/*
 * A slot is free too when its supervisor went without giving it back, which
 * it does when it could not wait for the worker's end.  Caller holds the lock.
 */
static bool
slots_worker_is_free(int index)
{
	WorkerSlot *slot = &shared_workers[index];

	if (!slot->in_use)
		return true;
	return slots_worker_pid(index) == 0 &&
		   !slots_database_supervised(slot->report.database);
}

static void
slots_worker_assign(WorkerSlot *slot, Oid database, const char *consumer,
					int number)
{
	TimestampTz now = GetCurrentTimestamp();

	slot->in_use = true;
	slot->generation++;
	slot->role = InvalidOid;
	LWLockAcquire(shared_recent_lock(slot), LW_EXCLUSIVE);
	memset(&slot->recent, 0, sizeof(slot->recent));
	LWLockRelease(shared_recent_lock(slot));
	SpinLockAcquire(&slot->mutex);
	slot->barred_until = 0;
	memset(&slot->report, 0, sizeof(slot->report));
	slot->report.database = database;
	strlcpy(slot->report.consumer, consumer, NAMEDATALEN);
	slot->report.number = number;
	slot->report.state = WORKER_STOPPED;
	slot->report.state_since = now;
	slot->report.gauges.queue_depth = -1;
	SpinLockRelease(&slot->mutex);
}

int
slots_worker_allocate(Oid database, const char *consumer, int number)
{
	int index = -1;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < shared->slot_count && index < 0; i++)
	{
		if (!slots_worker_is_free(i))
			continue;
		slots_worker_assign(&shared_workers[i], database, consumer, number);
		index = i;
	}
	LWLockRelease(shared->lock);
	return index;
}

void
slots_worker_free(int index)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	shared_workers[index].in_use = false;
	shared_workers[index].generation++;
	LWLockRelease(shared->lock);
}

uint32
slots_worker_renew(int index, Oid role)
{
	WorkerSlot *slot = &shared_workers[index];
	uint32 generation;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	generation = ++slot->generation;
	slot->role = role;
	pg_atomic_write_u32(&slot->changes, 0);
	LWLockRelease(shared->lock);
	return generation;
}

int
slots_worker_find(Oid database, int from)
{
	int found = -1;

	LWLockAcquire(shared->lock, LW_SHARED);
	for (int i = from; i < shared->slot_count && found < 0; i++)
	{
		if (shared_workers[i].in_use &&
			shared_workers[i].report.database == database)
			found = i;
	}
	LWLockRelease(shared->lock);
	return found;
}
