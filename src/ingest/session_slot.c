/*-------------------------------------------------------------------------
 *
 * session_slot.c
 *	  Under which number a session counts.
 *
 * A counter is a row for each who counts, so that no two wait for each other.
 * Workers have numbers.  Sessions that call ingest() come and go, and rows of
 * their own for each would stay for ever, so a transaction takes the least
 * number that is free, by a lock that is held to its end as the rows' locks
 * are: there are no more numbers than there were such transactions at once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lock.h"

#include "compat.h"
#include "ingest/session_slot.h"

/* Advisory locks of SQL have 1 or 2 in the last field. */
#define SLOT_LOCK_CLASS 0x616e6c79
#define SLOT_LOCK_KIND 3

/* No more transactions are ever open at once. */
#define SLOT_COUNT 262144

static bool
slot_take(int slot)
{
	LOCKTAG tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, SLOT_LOCK_CLASS, slot,
						 SLOT_LOCK_KIND);
	return LockAcquire(&tag, ExclusiveLock, false, true) !=
		   LOCKACQUIRE_NOT_AVAIL;
}

int
session_slot(void)
{
	static LocalTransactionId transaction = InvalidLocalTransactionId;
	static int taken = 0;

	/*
	 * Under a snapshot that is kept, the rows of a number that others have
	 * counted under since are a conflict: these sessions share theirs with
	 * none that runs at the same time.
	 */
	if (IsolationUsesXactSnapshot())
		return SLOT_COUNT + compat_backend_number();

	/* A subtransaction that was rolled back has given it up. */
	if (transaction == compat_local_transaction() && slot_take(taken))
		return taken;
	for (int slot = 1; slot <= SLOT_COUNT; slot++)
		if (slot_take(slot))
		{
			transaction = compat_local_transaction();
			taken = slot;
			return slot;
		}
	elog(ERROR, "all numbers for sessions that count are taken");
}
