/*-------------------------------------------------------------------------
 *
 * replay.h
 *	  What is different when a group holds replays.
 *
 * Parts of group_write(), all in the caller's transaction.  They run no
 * statement for a group without replays.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_REPLAY_H
#define ANALYTICS_REPLAY_H

#include "ingest/staging.h"

/* A longer body of an event is not kept in the ledger. */
#define REPLAY_BODY_LIMIT 8192

/*
 * Pick out the batches that are to take their row of the ledger over: queued
 * by replay_batch(), and the row is there.  They are marked `replayed`, and
 * put into picked[] (room for all batches of the group) in the order of their
 * keys; another of the same key is judged a duplicate.  Returns how many.
 */
extern int replay_pick(BatchGroup *group, GroupBatch **picked);

/*
 * Rewrite their rows in the ledger, record that in batch_replays, and remove
 * the crawl errors of the run before.  They join staging->batches, sorted.
 */
extern void replay_take_over(Staged *staging, GroupBatch **picked, int count);

/*
 * Dead letters are written: those that had been replayed are pending again.
 */
extern void replay_failed_again(const Staged *staging);

#endif /* ANALYTICS_REPLAY_H */
