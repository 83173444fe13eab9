/*-------------------------------------------------------------------------
 *
 * group.h
 *	  A group of batches and dead letters that commit together, and how it is
 *	  written.
 *
 * Who owns what: the pipeline owns the batches and the deliveries; a Group
 * only points to them while it is being written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_GROUP_H
#define ANALYTICS_GROUP_H

#include "ingest/counters.h"
#include "ingest/rules.h"
#include "ingest/types.h"

/* What became of a batch in the transaction that wrote it. */
typedef enum Verdict
{
	VERDICT_PROCESSED, /* ledger row and all rows are written */
	VERDICT_DUPLICATE, /* its event was processed before */
	VERDICT_FAILED,    /* it could not be stored: dead letter */
	VERDICT_CONFLICT   /* ... with another body: dead letter */
} Verdict;

typedef struct GroupBatch
{
	Batch *batch;
	Verdict verdict;   /* filled by group_write() */
	int skipped_count; /* likewise: posts not stored, since a newer
								 * one is there */
	bool replayed;     /* likewise: it was processed before, and took its row
						* of the ledger over */
	bool committed;    /* filled by commit_group(): durable */
} GroupBatch;

typedef struct DeadLetter
{
	const Delivery *delivery;
	const char *event_id;    /* NULL: unreadable */
	const uint8 *event_hash; /* of event.h; NULL: unreadable, or in conflict
							  * with the ledger */
	const char *platform;    /* NULL: unreadable */
	const char *reason;
	const char *sqlstate; /* NULL: none */
	const char *message;
	bool batch_failed; /* the event was fine, its batch was not */
	int deliveries;    /* equal letters of the group, folded */
	bool inserted;     /* filled by group_write(): it is a new one */
	bool known; /* likewise: no letter is written, since the event had been
				 * processed before */
	int64 replays_letter; /* likewise: the letter of which one of these was
						   * the replay; 0: none */
	bool replays_batch; /* likewise: one of these was to be processed again */
	uint8 body_hash[EVENT_HASH_LENGTH]; /* filled likewise */
	bool committed;                     /* filled by commit_group(): durable */
} DeadLetter;

/* An event that waits for itself alone: back to the local queue. */
typedef struct ParkedEvent
{
	const Delivery *delivery;
	int attempts;
	TimestampTz due_at;
	bool committed; /* filled by commit_group(): durable */
} ParkedEvent;

typedef struct BatchGroup
{
	const char *consumer; /* "" for ingest() */
	int worker;           /* number; negative for a session */
	const char *worker_name;
	const IngestRules *rules;
	GroupBatch *batches;
	int batch_count;
	DeadLetter *letters;
	int letter_count;
	ParkedEvent *parked;
	int parked_count;
	CounterSet *outside;  /* counted outside of any group, to be written along;
						  * empty once it is committed; NULL: none */
	bool forget_attempts; /* workers may have died over some of it: those are
						   * settled now */
	bool attempts_left;   /* filled by group_write() then: there are others */
	int time_limit_ms;    /* of a statement, by STATEMENT_TIMEOUT, which the
						   * caller has armed; 0: none */
	bool suspect_data; /* it has failed in the same way again and again: what
						* may be the fault of a row is taken for one */
} BatchGroup;

/*
 * Write the whole group in the caller's open transaction (SPI connected):
 * ledger, posts, crawl errors, dead letters, parked events, local queue,
 * counters, in this order and each sorted by key, so that two writers cannot
 * deadlock, but for one that fails an event which the other processes.  Fills
 * the verdicts.  Raises what the server raises; nothing of
 * the group is then written once the transaction is rolled back.
 */
extern void group_write(BatchGroup *group);

/*
 * After a data error: find the items of the batch that cannot be stored, in
 * the caller's open transaction, of which nothing is kept (the caller rolls
 * back).  Each is tried in a subtransaction of its own, from item `first`
 * on and at most GROUP_ISOLATE_ITEMS; one that fails for its data becomes an
 * ITEM_ERROR with code INTERNAL_ERROR.  Any other failure is raised.  Returns
 * the item to go on with in another transaction, or -1 at the end; adds the
 * number of items turned to *found.
 */
#define GROUP_ISOLATE_ITEMS 60
extern int group_isolate_items(BatchGroup *group, Batch *batch, int first,
							   int *found);

#endif /* ANALYTICS_GROUP_H */
