/*-------------------------------------------------------------------------
 *
 * replay.c
 *	  What is different when a group holds replays.
 *
 * A replayed dead letter is an event like any other until it fails again:
 * then its letter is pending again.  A batch that was processed and is
 * replayed must not be taken for a duplicate: it takes its row of the ledger
 * over.  Posts replace themselves by the rule of the newest crawl, the crawl
 * errors of the earlier run are removed.
 *
 * The rows taken over are locked in the order of their keys, and behind the
 * rows that the group claims anew, as everybody does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "ingest/replay.h"
#include "ingest/statements.h"

static const char *
batch_key(const GroupBatch *batch)
{
	return batch->batch->event.event_id;
}

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(batch_key(*(GroupBatch *const *) a),
				  batch_key(*(GroupBatch *const *) b));
}

static Datum
key_array(GroupBatch **batches, int count)
{
	Datum *keys = palloc(count * sizeof(Datum));

	for (int i = 0; i < count; i++)
		keys[i] = CStringGetTextDatum(batch_key(batches[i]));
	return PointerGetDatum(
		construct_array(keys, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* ------------------------------------------------------------------ */
/* Batches                                                            */
/* ------------------------------------------------------------------ */

/* Mark those whose key is in the ledger. */
static void
mark_known(GroupBatch **candidates, int count)
{
	Datum keys = key_array(candidates, count);
	uint64 rows = statement_run(STATEMENT_KNOWN, &keys, NULL);

	for (uint64 row = 0; row < rows; row++)
	{
		const char *key = statement_text(row, 1);

		for (int i = 0; i < count; i++)
			if (strcmp(batch_key(candidates[i]), key) == 0)
				candidates[i]->replayed = true;
	}
}

int
replay_pick(BatchGroup *group, GroupBatch **picked)
{
	int candidates = 0;
	int kept = 0;

	for (int i = 0; i < group->batch_count; i++)
	{
		group->batches[i].replayed = false;
		if (group->batches[i].batch->delivery.replays_batch)
			picked[candidates++] = &group->batches[i];
	}
	if (candidates == 0)
		return 0;
	mark_known(picked, candidates);
	qsort(picked, candidates, sizeof(GroupBatch *), compare_keys);
	for (int i = 0; i < candidates; i++)
	{
		if (!picked[i]->replayed)
			continue; /* retention was faster: a new event */
		picked[i]->skipped_count = 0;
		picked[i]->verdict = VERDICT_PROCESSED;
		if (kept > 0 && compare_keys(&picked[kept - 1], &picked[i]) == 0)
			picked[i]->verdict = VERDICT_DUPLICATE;
		else
			picked[kept++] = picked[i];
	}
	return kept;
}

void
replay_take_over(Staged *staging, GroupBatch **picked, int count)
{
	GroupBatch **claimed = staging->batches;
	int claimed_count = staging->batch_count;
	Datum keys;

	if (count == 0)
		return;
	keys = key_array(picked, count);
	staging->batches = picked;
	staging->batch_count = count;
	if (statement_run(STATEMENT_RECORD_REPLAYS, &keys, NULL) != count)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("ledger rows of a running group went away"),
				 errhint("This happens when retention deletes them at the "
						 "same moment; the group is tried again.")));
	statement_run(STATEMENT_TAKE_OVER, NULL, NULL);
	statement_run(STATEMENT_FORGET_CRAWL_ERRORS, &keys, NULL);

	memcpy(claimed + claimed_count, picked, count * sizeof(GroupBatch *));
	staging->batches = claimed;
	staging->batch_count = claimed_count + count;
	qsort(claimed, staging->batch_count, sizeof(GroupBatch *), compare_keys);
}

/* ------------------------------------------------------------------ */
/* Dead letters                                                       */
/* ------------------------------------------------------------------ */

static Datum
letter_hash(const DeadLetter *letter)
{
	bytea *hash = palloc(VARHDRSZ + EVENT_HASH_LENGTH);

	SET_VARSIZE(hash, VARHDRSZ + EVENT_HASH_LENGTH);
	memcpy(VARDATA(hash), letter->body_hash, EVENT_HASH_LENGTH);
	return PointerGetDatum(hash);
}

/*
 * A letter that was there already and had been replayed: pending again, if
 * this is its replay, or if nothing else is going to process the event.
 */
static void
reopen(const DeadLetter *letter)
{
	Datum values[6] = {CStringGetTextDatum(letter->reason),
					   letter_hash(letter),
					   Int64GetDatum(letter->replays_letter),
					   Int32GetDatum(letter->delivery->attempts),
					   CStringGetTextDatum(letter->message),
					   letter->sqlstate ? CStringGetTextDatum(letter->sqlstate)
										: (Datum) 0};

	statement_run(STATEMENT_REOPEN, values,
				  letter->sqlstate ? "      " : "     n");
}

/* It failed for another reason than before: that is another letter. */
static void
tell_old_letter(const DeadLetter *letter)
{
	Datum values[2] = {Int64GetDatum(letter->replays_letter),
					   CStringGetTextDatum(letter->reason)};

	statement_run(STATEMENT_FAILED_OTHERWISE, values, NULL);
}

static void
mark_batch_letter(const DeadLetter *letter)
{
	Datum values[2] = {CStringGetTextDatum(letter->reason),
					   letter_hash(letter)};

	statement_run(STATEMENT_LETTER_OF_BATCH, values, NULL);
}

void
replay_failed_again(const Staged *staging)
{
	for (int i = 0; i < staging->letter_count; i++)
	{
		const DeadLetter *letter = staging->letters[i];

		if (!letter->inserted)
			reopen(letter);
		if (letter->replays_letter != 0)
			tell_old_letter(letter);
		if (letter->replays_batch)
			mark_batch_letter(letter);
	}
}
