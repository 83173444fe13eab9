/*-------------------------------------------------------------------------
 *
 * requests.c
 *	  What sessions ask of the launcher.
 *
 * DROP DATABASE, CREATE DATABASE ... TEMPLATE, ALTER DATABASE ... RENAME and
 * ... SET TABLESPACE need that nobody else is connected, and our supervisor
 * and workers are.  A session about to do one blocks the database; the
 * launcher then ends our processes there, marks the block as settled and
 * wakes the session.  The block lasts until the session's transaction ends,
 * so that nothing starts again before the outcome can be seen.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "process/process.h"
#include "process/requests.h"
#include "process/shared.h"
#include "process/wait_events.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/procarray.h"
#include "utils/timestamp.h"

/* How long a session waits for our processes to leave. */
#define BLOCK_WAIT_MS 5000

/*
 * The launcher wakes the session when it may go on; this is for a launcher
 * that ended meanwhile.
 */
#define BLOCK_RECHECK_MS 250

static bool requests_exit_registered = false;
static bool requests_have_blocks = false;

void
requests_wake_launcher(void)
{
	process_wake(shared->launcher_pid);
}

void
requests_look_at(Oid database)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	if (OidIsValid(database) && shared->request_count < REQUESTS_MAX)
		shared->requests[shared->request_count++] = database;
	else
		shared->request_overflow = true;
	LWLockRelease(shared->lock);
	requests_wake_launcher();
}

/* --- blocks, the session's side --- */

static void
requests_unblock_at_exit(int code, Datum arg)
{
	requests_unblock_all();
}

/* Without a launcher: is anything of ours left in database? */
static bool
requests_nothing_attached(Oid database)
{
	for (int i = 0; i < shared->slot_count; i++)
	{
		if (shared_supervisors[i].in_use &&
			shared_supervisors[i].report.database == database &&
			shared_supervisors[i].report.pid != 0)
			return false;
		if (shared_workers[i].in_use &&
			shared_workers[i].report.database == database &&
			shared_workers[i].report.pid != 0)
			return false;
	}
	return true;
}

static DatabaseBlock *
requests_add_block(Oid database)
{
	DatabaseBlock *block = NULL;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < BLOCK_COUNT && block == NULL; i++)
	{
		if (!OidIsValid(shared->blocks[i].database))
			block = &shared->blocks[i];
	}
	if (block != NULL)
	{
		block->database = database;
		block->pid = MyProcPid;
		block->settled = false;
		requests_have_blocks = true;
	}
	LWLockRelease(shared->lock);
	return block;
}

static bool
requests_is_settled(DatabaseBlock *block)
{
	bool settled;

	LWLockAcquire(shared->lock, LW_SHARED);
	settled = block->settled;
	if (!settled && shared->launcher_pid == 0)
		settled = requests_nothing_attached(block->database);
	LWLockRelease(shared->lock);
	return settled;
}

static void
requests_wait_settled(DatabaseBlock *block)
{
	TimestampTz deadline =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), BLOCK_WAIT_MS);

	while (!requests_is_settled(block))
	{
		long left =
			TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);

		if (left <= 0)
			break;
		(void) WaitLatch(
			MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
			Min(left, BLOCK_RECHECK_MS), process_wait_event(WAIT_DATABASE));
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

void
requests_block(Oid database)
{
	DatabaseBlock *block;

	if (!requests_exit_registered)
	{
		before_shmem_exit(requests_unblock_at_exit, (Datum) 0);
		requests_exit_registered = true;
	}
	block = requests_add_block(database);
	/* With no room the statement itself says whether somebody is in its way. */
	if (block == NULL)
		return;
	requests_wake_launcher();
	requests_wait_settled(block);
}

void
requests_unblock_all(void)
{
	if (!requests_have_blocks)
		return;
	requests_have_blocks = false;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < BLOCK_COUNT; i++)
	{
		if (shared->blocks[i].pid == MyProcPid)
			memset(&shared->blocks[i], 0, sizeof(DatabaseBlock));
	}
	LWLockRelease(shared->lock);
	requests_wake_launcher();
}

/* --- the launcher's side --- */

static void
requests_launcher_detach(int code, Datum arg)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	shared->launcher_pid = 0;
	shared->launcher_probing = false;
	LWLockRelease(shared->lock);
}

void
requests_set_probing(bool probing)
{
	bool ended;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	ended = shared->launcher_probing && !probing;
	shared->launcher_probing = probing;
	LWLockRelease(shared->lock);
	if (ended)
		shared_tell_all(0);
}

bool
requests_is_probing(void)
{
	bool probing;

	LWLockAcquire(shared->lock, LW_SHARED);
	probing = shared->launcher_probing;
	LWLockRelease(shared->lock);
	return probing;
}

void
requests_launcher_attach(void)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	shared->launcher_pid = MyProcPid;
	shared->launcher_probing = true;
	shared->launcher_problem[0] = '\0';
	shared->launcher_hint[0] = '\0';
	LWLockRelease(shared->lock);
	on_shmem_exit(requests_launcher_detach, (Datum) 0);
}

int
requests_take(Oid *databases)
{
	int count;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	count = shared->request_count;
	memcpy(databases, shared->requests, sizeof(Oid) * count);
	if (shared->request_overflow)
		count = -1;
	shared->request_count = 0;
	shared->request_overflow = false;
	LWLockRelease(shared->lock);
	return count;
}

bool
requests_is_blocked(Oid database)
{
	bool blocked = false;

	LWLockAcquire(shared->lock, LW_SHARED);
	for (int i = 0; i < BLOCK_COUNT && !blocked; i++)
		blocked = shared->blocks[i].database == database;
	LWLockRelease(shared->lock);
	return blocked;
}

/* Unless the block has become another's meanwhile. */
static void
requests_settle(DatabaseBlock *block, const DatabaseBlock *seen)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	if (block->database == seen->database && block->pid == seen->pid)
		block->settled = true;
	LWLockRelease(shared->lock);
	process_wake(seen->pid);
}

void
requests_settle_blocks(bool (*nothing_runs)(Oid database))
{
	for (int i = 0; i < BLOCK_COUNT; i++)
	{
		DatabaseBlock *block = &shared->blocks[i];
		DatabaseBlock copy;

		LWLockAcquire(shared->lock, LW_EXCLUSIVE);
		if (block->pid != 0 && BackendPidGetProc(block->pid) == NULL)
			memset(block, 0, sizeof(*block));
		copy = *block;
		LWLockRelease(shared->lock);

		if (OidIsValid(copy.database) && !copy.settled &&
			nothing_runs(copy.database))
			requests_settle(block, &copy);
	}
}

void
requests_launcher_problem(const char *problem, const char *hint)
{
	char problem_text[STATE_REASON_LENGTH];
	char hint_text[STATE_HINT_LENGTH];

	shared_copy_text(problem_text, sizeof(problem_text), problem);
	shared_copy_text(hint_text, sizeof(hint_text), hint);
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	memcpy(shared->launcher_problem, problem_text, sizeof(problem_text));
	memcpy(shared->launcher_hint, hint_text, sizeof(hint_text));
	LWLockRelease(shared->lock);
}
