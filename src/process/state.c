/*-------------------------------------------------------------------------
 *
 * state.c
 *	  The shared memory itself, what a worker publishes of itself, and what
 *	  the views read.
 *
 * Allocation of slots is in slots.c, waking in notify.c, requests to the
 * launcher in requests.c.  Nothing here raises.  A spinlock is held
 * for the copy of one struct and for nothing else, not even to look at the
 * clock; the lock for a walk over the slots, and that of a slot's ring while
 * it is added to or added up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "postmaster/bgworker_internals.h"
#include "ingest/clip.h"
#include "ingest/crash_record.h"
#include "process/process.h"
#include "process/shared.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
#include "utils/elog.h"
#include "utils/timestamp.h"

#define STATE_NAME "analytics"

/* Slots beyond max_worker_processes, for what waits or cannot run. */
#define STATE_SPARE_SLOTS 64

SharedState *shared = NULL;
SupervisorSlot *shared_supervisors = NULL;
WorkerSlot *shared_workers = NULL;

/* The slot of this process; NULL unless it is a worker. */
static WorkerSlot *state_own = NULL;

static int
state_slot_count(void)
{
	return max_worker_processes + STATE_SPARE_SLOTS;
}

static Size
state_size(void)
{
	Size size = MAXALIGN(sizeof(SharedState));

	size = add_size(
		size, MAXALIGN(mul_size(sizeof(SupervisorSlot), state_slot_count())));
	return add_size(
		size, MAXALIGN(mul_size(sizeof(WorkerSlot), state_slot_count())));
}

void
state_request(void)
{
	crash_record_create(state_slot_count());
	RequestAddinShmemSpace(state_size());
	RequestNamedLWLockTranche(STATE_NAME, 1 + state_slot_count());
}

static void
state_initialize(void)
{
	LWLockPadded *locks = GetNamedLWLockTranche(STATE_NAME);

	memset(shared, 0, state_size());
	shared->lock = &locks[0].lock;
	shared->recent_locks = &locks[1];
	shared->slot_count = state_slot_count();
}

static void
state_initialize_slots(void)
{
	for (int i = 0; i < shared->slot_count; i++)
	{
		SpinLockInit(&shared_supervisors[i].mutex);
		pg_atomic_init_u32(&shared_supervisors[i].changes, 0);
		SpinLockInit(&shared_workers[i].mutex);
		pg_atomic_init_u32(&shared_workers[i].changes, 0);
		/* A worker that has read nothing yet is at 0: behind. */
		pg_atomic_init_u64(&shared_workers[i].config_told, 1);
	}
}

void
state_startup(void)
{
	bool found;
	char *memory;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	memory = ShmemInitStruct(STATE_NAME, state_size(), &found);
	shared = (SharedState *) memory;
	if (!found)
		state_initialize();
	memory += MAXALIGN(sizeof(SharedState));
	shared_supervisors = (SupervisorSlot *) memory;
	memory += MAXALIGN(sizeof(SupervisorSlot) * shared->slot_count);
	shared_workers = (WorkerSlot *) memory;
	if (!found)
	{
		state_initialize_slots();
		crash_record_collect();
	}
	LWLockRelease(AddinShmemInitLock);
}

bool
state_available(void)
{
	return shared != NULL;
}

LWLock *
shared_recent_lock(const WorkerSlot *slot)
{
	return &shared->recent_locks[slot - shared_workers].lock;
}

void
shared_copy_text(char *field, size_t size, const char *text)
{
	clip_text(field, text, size);
}

/* --- a worker about itself --- */

/* Runs after the process has left the list of processes of its database. */
static void
state_worker_detach(int code, Datum arg)
{
	WorkerSlot *slot = state_own;
	TimestampTz now = GetCurrentTimestamp();
	Oid database;

	state_own = NULL;
	SpinLockAcquire(&slot->mutex);
	slot->report.pid = 0;
	slot->report.state = WORKER_STOPPED;
	slot->report.state_since = now;
	memset(&slot->report.gauges, 0, sizeof(slot->report.gauges));
	slot->report.gauges.queue_depth = -1;
	database = slot->report.database;
	SpinLockRelease(&slot->mutex);

	/* For who did not start us and gets no signal of our end. */
	shared_tell_database(database, 0);
	requests_wake_launcher();
}

bool
state_worker_attach(int index, Oid *database, char *consumer, int *number,
					Oid *role)
{
	WorkerSlot *slot;
	bool ours;

	if (!state_available() || index < 0 || index >= shared->slot_count)
		return false;
	slot = &shared_workers[index];

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	ours = slot->in_use && slot->generation == process_generation() &&
		   slot->report.pid == 0;
	if (ours)
	{
		TimestampTz now = GetCurrentTimestamp();

		*database = slot->report.database;
		strlcpy(consumer, slot->report.consumer, NAMEDATALEN);
		*number = slot->report.number;
		*role = slot->role;
		SpinLockAcquire(&slot->mutex);
		slot->report.pid = MyProcPid;
		slot->report.state = WORKER_STARTING;
		slot->report.state_since = now;
		slot->report.started_at = now;
		slot->report.left = false;
		SpinLockRelease(&slot->mutex);
	}
	LWLockRelease(shared->lock);

	if (ours)
	{
		state_own = slot;
		on_shmem_exit(state_worker_detach, (Datum) 0);
	}
	return ours;
}

/* Caller holds the mutex; `now` is taken before it. */
static void
state_set(WorkerReport *report, WorkerState state, TimestampTz now)
{
	if (report->state != state)
		report->state_since = now;
	report->state = state;
}

static void
state_report(WorkerSlot *slot, WorkerState state, const char *reason,
			 const char *hint, int attempts)
{
	char reason_text[STATE_REASON_LENGTH];
	char hint_text[STATE_HINT_LENGTH];
	TimestampTz now = GetCurrentTimestamp();

	shared_copy_text(reason_text, sizeof(reason_text), reason);
	shared_copy_text(hint_text, sizeof(hint_text), hint);
	SpinLockAcquire(&slot->mutex);
	state_set(&slot->report, state, now);
	memcpy(slot->report.reason, reason_text, sizeof(reason_text));
	memcpy(slot->report.hint, hint_text, sizeof(hint_text));
	slot->report.attempts = attempts;
	SpinLockRelease(&slot->mutex);
}

void
state_worker_report(WorkerState state, const char *reason, const char *hint,
					int attempts)
{
	state_report(state_own, state, reason, hint, attempts);
}

void
slots_worker_report(int index, WorkerState state, const char *reason,
					const char *hint, int attempts)
{
	state_report(&shared_workers[index], state, reason, hint, attempts);
}

void
state_worker_leaves(void)
{
	SpinLockAcquire(&state_own->mutex);
	state_own->report.left = true;
	SpinLockRelease(&state_own->mutex);
}

void
state_worker_error(int sqlstate, const char *message)
{
	char text[STATE_REASON_LENGTH];
	TimestampTz now = GetCurrentTimestamp();
	const char *code = unpack_sql_state(sqlstate);

	shared_copy_text(text, sizeof(text), message);
	SpinLockAcquire(&state_own->mutex);
	memcpy(state_own->report.last_error, text, sizeof(text));
	strlcpy(state_own->report.last_error_sqlstate, code,
			sizeof(state_own->report.last_error_sqlstate));
	state_own->report.last_error_at = now;
	SpinLockRelease(&state_own->mutex);
}

void
state_worker_gauges(const WorkerGauges *gauges)
{
	SpinLockAcquire(&state_own->mutex);
	state_own->report.gauges = *gauges;
	SpinLockRelease(&state_own->mutex);
}

uint64
state_worker_config_told(void)
{
	return pg_atomic_read_u64(&state_own->config_told);
}

void
state_worker_work(const char *platform, const RecentWork *work)
{
	LWLock *lock = shared_recent_lock(state_own);
	TimestampTz now = GetCurrentTimestamp();

	LWLockAcquire(lock, LW_EXCLUSIVE);
	recent_add(&state_own->recent, now, platform, work);
	LWLockRelease(lock);
}

void
state_worker_bar_scorer(uint64 version, TimestampTz until)
{
	SpinLockAcquire(&state_own->mutex);
	state_own->barred_scorer = version;
	state_own->barred_until = until;
	SpinLockRelease(&state_own->mutex);
}

static TimestampTz
state_slot_bar(WorkerSlot *slot, uint64 version)
{
	TimestampTz until = 0;

	SpinLockAcquire(&slot->mutex);
	if (slot->barred_scorer == version)
		until = slot->barred_until;
	SpinLockRelease(&slot->mutex);
	return until;
}

TimestampTz
state_worker_scorer_barred(uint64 version)
{
	const WorkerReport *own = &state_own->report;
	TimestampTz until = 0;

	LWLockAcquire(shared->lock, LW_SHARED);
	for (int i = 0; i < shared->slot_count; i++)
	{
		WorkerSlot *slot = &shared_workers[i];

		if (slot->in_use && slot->report.database == own->database &&
			strcmp(slot->report.consumer, own->consumer) == 0)
			until = Max(until, state_slot_bar(slot, version));
	}
	LWLockRelease(shared->lock);
	return until > GetCurrentTimestamp() ? until : 0;
}

static bool
state_take_change(uint32 change)
{
	return (pg_atomic_fetch_and_u32(&state_own->changes, ~change) & change) !=
		   0;
}

bool
state_worker_config_changed(void)
{
	return state_take_change(CHANGED_CONFIG);
}

bool
state_worker_rules_changed(void)
{
	return state_take_change(CHANGED_RULES);
}

bool
state_worker_queue_changed(void)
{
	return state_take_change(CHANGED_QUEUE);
}

bool
state_worker_change_pending(void)
{
	return pg_atomic_read_u32(&state_own->changes) != 0;
}

/* --- the views --- */

int
state_worker_slots(void)
{
	return state_available() ? shared->slot_count : 0;
}

bool
state_worker_read(int index, WorkerReport *report)
{
	WorkerSlot *slot = &shared_workers[index];
	bool in_use;

	LWLockAcquire(shared->lock, LW_SHARED);
	in_use = slot->in_use;
	if (in_use)
	{
		SpinLockAcquire(&slot->mutex);
		*report = slot->report;
		SpinLockRelease(&slot->mutex);
		report->config_told = pg_atomic_read_u64(&slot->config_told);
	}
	LWLockRelease(shared->lock);
	return in_use;
}

void
state_worker_recent(int index, TimestampTz now, int seconds,
					char (*platforms)[RECENT_PLATFORM_LENGTH],
					RecentWork *sums)
{
	const WorkerSlot *slot = &shared_workers[index];
	LWLock *lock = shared_recent_lock(slot);

	LWLockAcquire(lock, LW_SHARED);
	memcpy(platforms, slot->recent.platforms, sizeof(slot->recent.platforms));
	recent_sum(&slot->recent, now, seconds, sums);
	LWLockRelease(lock);
}

static bool
state_read_supervisor_slot(Oid database, SupervisorReport *report)
{
	for (int i = 0; i < shared->slot_count; i++)
	{
		SupervisorSlot *slot = &shared_supervisors[i];

		if (!slot->in_use || slot->report.database != database)
			continue;
		SpinLockAcquire(&slot->mutex);
		*report = slot->report;
		SpinLockRelease(&slot->mutex);
		return true;
	}
	return false;
}

bool
state_supervisor_read(Oid database, SupervisorReport *report)
{
	bool found;

	if (!state_available())
		return false;
	LWLockAcquire(shared->lock, LW_SHARED);
	found = state_read_supervisor_slot(database, report);
	if (!found && shared->launcher_problem[0] != '\0')
	{
		memset(report, 0, sizeof(*report));
		report->database = database;
		memcpy(report->problem, shared->launcher_problem,
			   sizeof(report->problem));
		memcpy(report->hint, shared->launcher_hint, sizeof(report->hint));
		found = true;
	}
	LWLockRelease(shared->lock);
	return found;
}

const char *
worker_state_name(WorkerState state)
{
	switch (state)
	{
		case WORKER_STOPPED:
			return "stopped";
		case WORKER_STARTING:
			return "starting";
		case WORKER_CONNECTING:
			return "connecting";
		case WORKER_IDLE:
			return "idle";
		case WORKER_RUNNING:
			return "running";
		case WORKER_PAUSED:
			return "paused";
		case WORKER_BLOCKED:
			return "blocked";
		case WORKER_MISCONFIGURED:
			return "misconfigured";
	}
	return "unknown";
}
