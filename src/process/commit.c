/*-------------------------------------------------------------------------
 *
 * commit.c
 *	  Transactions around group_write(), and what follows when one fails.
 *
 * A failure that lies in the data is narrowed down: halves of the group, then
 * the items of the one batch.  A failure that lies in the database stops the
 * search at once and is handed to the worker, which waits.  Nothing here
 * touches the network.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "ingest/clip.h"
#include "ingest/crash_point.h"
#include "ingest/log_level.h"
#include "process/commit.h"
#include "process/txn.h"

#define CONFLICT_TRIES 3

void
commit_failure_from_error(CommitFailure *failure, MemoryContext context)
{
	ErrorData *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	failure->sqlstate = error->sqlerrcode;
	failure->kind = failure_classify(error->sqlerrcode);
	clip_text(failure->message, error->message, sizeof(failure->message));
	clip_text(failure->hint,
			  error->hint ? error->hint : failure_hint(error->sqlerrcode),
			  sizeof(failure->hint));
	FreeErrorData(error);
}

/* Run work(group, argument) in one transaction; keep says commit or not. */
static bool
in_transaction(BatchGroup *group, void (*work)(BatchGroup *, void *),
			   void *argument, bool keep, CommitFailure *failure)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool done = false;

	PG_TRY();
	{
		if (!txn_begin("writing a group of batches", &failure->problem))
			failure->extension_gone = true;
		else
		{
			work(group, argument);
			if (keep)
				txn_commit();
			else
				txn_abort();
			done = true;
		}
	}
	PG_CATCH();
	{
		commit_failure_from_error(failure, context);
		if (group->suspect_data)
			failure->kind = failure_classify_repeated(failure->sqlstate);
		txn_abort();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	return done;
}

static void
write_work(BatchGroup *group, void *argument)
{
	group_write(group);
	for (int i = 0; i < group->batch_count; i++)
		crash_point("written", &group->batches[i].batch->delivery);
	for (int i = 0; i < group->letter_count; i++)
		crash_point("letter", group->letters[i].delivery);
	for (int i = 0; i < group->parked_count; i++)
		crash_point("parked", group->parked[i].delivery);
}

static void
mark_committed(BatchGroup *group)
{
	for (int i = 0; i < group->batch_count; i++)
		group->batches[i].committed = true;
	for (int i = 0; i < group->letter_count; i++)
		group->letters[i].committed = true;
	for (int i = 0; i < group->parked_count; i++)
		group->parked[i].committed = true;
	if (group->outside != NULL)
		counters_clear(group->outside);
}

static bool
commit_whole(BatchGroup *group, CommitFailure *failure)
{
	for (int try = 1;; try++)
	{
		if (in_transaction(group, write_work, NULL, true, failure))
		{
			mark_committed(group);
			return true;
		}
		if (failure->extension_gone || failure->kind != FAILURE_CONFLICT ||
			try == CONFLICT_TRIES)
			return false;
	}
}

/* ------------------------------------------------------------------ */
/* One batch                                                          */
/* ------------------------------------------------------------------ */

typedef struct Isolation
{
	int next; /* item to go on with; -1: all were tried */
	int found;
} Isolation;

static void
isolate_work(BatchGroup *group, void *argument)
{
	Isolation *isolation = argument;

	isolation->next = group_isolate_items(group, group->batches[0].batch,
										  isolation->next, &isolation->found);
}

/* Find the items that cannot be stored, in transactions that are undone. */
static bool
isolate_items(BatchGroup *group, int *found, CommitFailure *failure)
{
	Isolation isolation = {0};

	while (isolation.next >= 0)
		if (!in_transaction(group, isolate_work, &isolation, false, failure))
			return false;
	*found = isolation.found;
	return true;
}

/* The batch cannot be stored whatever its items: the event is a letter. */
static bool
commit_as_letter(BatchGroup *group, CommitFailure *failure)
{
	Batch *batch = group->batches[0].batch;
	CommitFailure cause = *failure;
	DeadLetter letter = {.delivery = &batch->delivery,
						 .event_id = batch->event.event_id,
						 .event_hash = batch->event.hash,
						 .platform = batch->event.platform,
						 .reason = "WRITE_FAILED",
						 .sqlstate = unpack_sql_state(cause.sqlstate),
						 .message = cause.message,
						 .batch_failed = true};
	BatchGroup single = *group;

	single.batch_count = 0;
	single.letters = &letter;
	single.letter_count = 1;
	if (!commit_whole(&single, failure))
		return false;
	group->batches[0].verdict = VERDICT_FAILED;
	group->batches[0].committed = true;
	return true;
}

static bool
commit_batch(BatchGroup *group, CommitFailure *failure)
{
	char name[LOG_EVENT_LENGTH];
	int found = 0;

	if (!isolate_items(group, &found, failure))
		return false;
	if (found > 0 && log_level >= LOG_LEVEL_LOG)
		ereport(
			LOG,
			(errmsg("%s: %d of %d items of %s could not be stored and "
					"became crawl errors",
					log_speaker(), found, group->batches[0].batch->item_count,
					log_event(name, sizeof(name),
							  &group->batches[0].batch->event))));
	if (commit_whole(group, failure))
		return true;
	return !failure->extension_gone && failure->kind == FAILURE_DATA &&
		   commit_as_letter(group, failure);
}

/*
 * A dead letter that the table refuses as it is, for its headers or for a
 * constraint of somebody's own on the message: keep at least the body.
 */
static bool
commit_bare_letter(BatchGroup *group, CommitFailure *failure)
{
	CommitFailure cause = *failure;
	Delivery delivery = *group->letters[0].delivery;
	DeadLetter letter = group->letters[0];
	BatchGroup single = *group;

	delivery.headers = "{}";
	letter.delivery = &delivery;
	letter.message = cause.message;
	single.letters = &letter;
	if (!commit_whole(&single, failure))
		return false;
	group->letters[0].known = letter.known;
	group->letters[0].committed = true;
	return true;
}

/* A single member that failed for its data. */
static bool
commit_member(BatchGroup *group, CommitFailure *failure)
{
	if (group->batch_count == 1)
		return commit_batch(group, failure);
	return group->letter_count == 1 && commit_bare_letter(group, failure);
}

/* ------------------------------------------------------------------ */
/* Halves                                                             */
/* ------------------------------------------------------------------ */

static int
group_size(const BatchGroup *group)
{
	return group->batch_count + group->letter_count + group->parked_count;
}

/*
 * Members `from` up to `to` of the group, counted through batches, letters
 * and parked events in this order.  The slice points into the group.
 */
static BatchGroup
group_slice(const BatchGroup *group, int from, int to)
{
	BatchGroup slice = *group;
	int letters = group->batch_count;
	int parked = letters + group->letter_count;

#define SLICE_MIN(member, base) Max(from - (base), 0)
#define SLICE_LENGTH(count, base)                                             \
	Max(Min(to - (base), (count)) - Max(from - (base), 0), 0)

	slice.batches = group->batches + SLICE_MIN(batches, 0);
	slice.batch_count = SLICE_LENGTH(group->batch_count, 0);
	slice.letters = group->letters + SLICE_MIN(letters, letters);
	slice.letter_count = SLICE_LENGTH(group->letter_count, letters);
	slice.parked = group->parked + SLICE_MIN(parked, parked);
	slice.parked_count = SLICE_LENGTH(group->parked_count, parked);
	return slice;
#undef SLICE_MIN
#undef SLICE_LENGTH
}

/* Recursion is as deep as the logarithm of a group's size. */
bool
commit_group(BatchGroup *group, CommitFailure *failure)
{
	int size = group_size(group);
	BatchGroup left;
	BatchGroup right;

	memset(failure, 0, sizeof(*failure));
	if ((size == 0 && group->outside == NULL) || commit_whole(group, failure))
		return true;
	if (size == 0 || failure->extension_gone || failure->kind != FAILURE_DATA)
		return false;
	if (size == 1)
		return commit_member(group, failure);

	left = group_slice(group, 0, size / 2);
	right = group_slice(group, size / 2, size);
	return commit_group(&left, failure) && commit_group(&right, failure);
}
