/*-------------------------------------------------------------------------
 *
 * group_queue.h
 *	  The local queue and the attempts, of a group that is being written.
 *
 * Parts of group_write(), all in the caller's transaction.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_GROUP_QUEUE_H
#define ANALYTICS_GROUP_QUEUE_H

#include "ingest/staging.h"

/* The parked events, into the local queue or with a new time there. */
extern void queue_park(BatchGroup *group);

/* Batches and letters that came from the local queue are done with it. */
extern void queue_delete_settled(const BatchGroup *group);

/*
 * No worker died over what is settled here, this time.  Fills
 * group->attempts_left.
 */
extern void queue_forget_attempts(BatchGroup *group);

#endif /* ANALYTICS_GROUP_QUEUE_H */
