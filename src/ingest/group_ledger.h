/*-------------------------------------------------------------------------
 *
 * group_ledger.h
 *	  The ledger rows of a group that is being written.
 *
 * Parts of group_write(), all in the caller's transaction.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_GROUP_LEDGER_H
#define ANALYTICS_GROUP_LEDGER_H

#include "postgres.h"

#include "portability/instr_time.h"

#include "ingest/staging.h"

/*
 * Sort the batches, but those that replay.c picked; of those with the same key
 * only the first stays in sorted[] (room for all batches of the group), the
 * others are judged against it.  Returns how many stay.
 */
extern int ledger_fold(BatchGroup *group, GroupBatch **sorted);

/*
 * Take the keys of staging->batches in the ledger.  Leaves there those that
 * are ours to process.
 */
extern void ledger_claim(Staged *staging);

/*
 * What was only known at the end: skipped posts, and the time it took since
 * `started`, shared out by items.  The body of the event goes along.
 */
extern void ledger_complete(Staged *staging, instr_time started);

#endif /* ANALYTICS_GROUP_LEDGER_H */
