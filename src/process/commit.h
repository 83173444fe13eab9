/*-------------------------------------------------------------------------
 *
 * commit.h
 *	  Commit a group, whatever its data.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_COMMIT_H
#define ANALYTICS_COMMIT_H

#include "ingest/group.h"
#include "ingest/retry.h"

/* Why a group, or a part of it, did not commit. */
typedef struct CommitFailure
{
	bool extension_gone; /* or of another version: *problem */
	const char *problem; /* see txn_begin(); may be NULL */
	FailureKind kind;
	int sqlstate;
	char message[320];
	char hint[240];
} CommitFailure;

/*
 * Write and commit the group in transactions of its own.  When a row is at
 * fault the group is halved until the batch is found, the batch's items are
 * tried one by one, and what cannot be stored becomes a crawl error; a batch
 * that cannot be stored at all becomes a dead letter (WRITE_FAILED).
 *
 * True: all of it is committed.  False: *failure says why; those parts whose
 * `committed` is set are durable nevertheless, the others are not.
 */
extern bool commit_group(BatchGroup *group, CommitFailure *failure);

/*
 * In a PG_CATCH: take the error into *failure and clear it; `context` becomes
 * the current memory context.
 */
extern void commit_failure_from_error(CommitFailure *failure,
									  MemoryContext context);

#endif /* ANALYTICS_COMMIT_H */
