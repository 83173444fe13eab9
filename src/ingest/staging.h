/*-------------------------------------------------------------------------
 *
 * staging.h
 *	  Rows of this process's memory, as set-returning functions.
 *
 * group.c puts pointers to what it wants written here and runs
 * INSERT ... SELECT FROM analytics.staged_...(): the rows go to the executor
 * typed, never as text to be parsed again.  In any process that stages
 * nothing the functions return no row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_STAGING_H
#define ANALYTICS_STAGING_H

#include "ingest/counters.h"
#include "ingest/group.h"

typedef struct StagedItem
{
	const Batch *batch;
	BatchItem *item;
	GroupBatch *owner;
	bool superseded; /* a post that was not written, for a newer crawl of it */
} StagedItem;

typedef struct Staged
{
	const BatchGroup *group;
	GroupBatch **batches; /* sorted by key */
	int batch_count;
	StagedItem *posts; /* sorted by key, no key twice */
	int post_count;
	StagedItem *errors;
	int error_count;
	DeadLetter **letters; /* sorted by key, no key twice */
	int letter_count;
	const CounterSet *counters;
	TimestampTz now; /* completed_at, analyzed_at, created_at */
} Staged;

/* What the functions return; NULL: nothing.  Reset it after each write. */
extern const Staged *staged;

/*
 * Add up what the staged group has done and write it to the counters, in the
 * caller's transaction.  Part of group_write().
 */
extern void group_count(BatchGroup *group, Staged *staging);

#endif /* ANALYTICS_STAGING_H */
