/*-------------------------------------------------------------------------
 *
 * shared.h
 *	  Layout of the shared memory.  Only for state.c, slots.c, requests.c
 *	  and notify.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SHARED_H
#define ANALYTICS_SHARED_H

#include "process/recent.h"
#include "process/requests.h"
#include "process/slots.h"
#include "process/state.h"
#include "port/atomics.h"
#include "storage/lwlock.h"
#include "storage/spin.h"

/* Bits of SupervisorSlot.changes and WorkerSlot.changes */
#define CHANGED_CONFIG 0x01
#define CHANGED_RULES 0x02
#define CHANGED_QUEUE 0x04
#define CHANGED_ALL (CHANGED_CONFIG | CHANGED_RULES | CHANGED_QUEUE)

#define BLOCK_COUNT 64

/*
 * in_use, generation and the identity (database, consumer, number, role) are
 * written under the lock, exclusively; the ring under its own lock; the rest
 * under the mutex.
 */
typedef struct SupervisorSlot
{
	bool in_use;
	uint32 generation;
	pg_atomic_uint32 changes;
	slock_t mutex;
	SupervisorVerdict verdict;
	SupervisorReport report;
} SupervisorSlot;

typedef struct WorkerSlot
{
	bool in_use;
	uint32 generation;
	Oid role;
	pg_atomic_uint32 changes;
	pg_atomic_uint64 config_told; /* never falls, whoever has the slot */
	slock_t mutex;
	uint64 barred_scorer; /* its version */
	TimestampTz barred_until;
	RecentRing
		recent; /* of all workers that had the slot since it was given */
	WorkerReport report;
} WorkerSlot;

/* A session that needs a database to itself. */
typedef struct DatabaseBlock
{
	Oid database; /* InvalidOid: free */
	int pid;
	bool settled; /* the launcher: nothing of ours runs there */
} DatabaseBlock;

typedef struct SharedState
{
	LWLock *lock; /* in shared memory: the same address everywhere */
	LWLockPadded *recent_locks; /* likewise: of each worker slot's ring */
	int slot_count;             /* of supervisors, and of workers */
	int launcher_pid;
	bool launcher_probing; /* it still looks for databases to supervise */
	char launcher_problem[STATE_REASON_LENGTH];
	char launcher_hint[STATE_HINT_LENGTH];

	int request_count;     /* in requests[] */
	bool request_overflow; /* look at every database */
	Oid requests[REQUESTS_MAX];
	DatabaseBlock blocks[BLOCK_COUNT];
} SharedState;

extern SharedState *shared;
extern SupervisorSlot *shared_supervisors; /* shared->slot_count of them */
extern WorkerSlot *shared_workers;         /* likewise */

/* Of the ring of this slot; taken behind shared->lock, if with it. */
extern LWLock *shared_recent_lock(const WorkerSlot *slot);

/* Copy text (NULL: "") into a field, cut at the edge of a character. */
extern void shared_copy_text(char *field, size_t size, const char *text);

/* Set bits for the supervisor and the workers of database, and wake them. */
extern void shared_tell_database(Oid database, uint32 changes);

/* The same in all databases. */
extern void shared_tell_all(uint32 changes);

#endif /* ANALYTICS_SHARED_H */
