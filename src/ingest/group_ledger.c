/*-------------------------------------------------------------------------
 *
 * group_ledger.c
 *	  The ledger rows of a group that is being written.
 *
 * The unique key decides which batches are new; what somebody else holds is
 * compared with what came, and judged a duplicate or a conflict.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "portability/instr_time.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "ingest/group_ledger.h"
#include "ingest/replay.h"
#include "ingest/statements.h"

/* --- the keys of a group --- */

static int
compare_batches(const void *a, const void *b)
{
	const GroupBatch *first = *(GroupBatch *const *) a;
	const GroupBatch *second = *(GroupBatch *const *) b;

	int order =
		strcmp(first->batch->event.event_id, second->batch->event.event_id);

	if (order == 0) /* of the same event, the first that came */
		order = first < second ? -1 : first > second;
	return order;
}

/* The batch of this key among `count` sorted ones, or NULL. */
static GroupBatch *
find_batch(GroupBatch **batches, int count, const char *key)
{
	int low = 0;
	int high = count - 1;

	while (low <= high)
	{
		int middle = (low + high) / 2;
		int order = strcmp(key, batches[middle]->batch->event.event_id);

		if (order == 0)
			return batches[middle];
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return NULL;
}

/* The verdict over a batch whose key somebody else holds. */
static Verdict
judge_repeated(const Batch *batch, const uint8 *known_hash)
{
	return memcmp(batch->event.hash, known_hash, EVENT_HASH_LENGTH) == 0
			   ? VERDICT_DUPLICATE
			   : VERDICT_CONFLICT;
}

int
ledger_fold(BatchGroup *group, GroupBatch **sorted)
{
	int count = 0;
	int kept = 0;

	for (int i = 0; i < group->batch_count; i++)
	{
		if (group->batches[i].replayed)
			continue;
		group->batches[i].verdict = VERDICT_PROCESSED;
		group->batches[i].skipped_count = 0;
		sorted[count++] = &group->batches[i];
	}
	qsort(sorted, count, sizeof(GroupBatch *), compare_batches);
	for (int i = 0; i < count; i++)
	{
		if (kept > 0 && strcmp(sorted[kept - 1]->batch->event.event_id,
							   sorted[i]->batch->event.event_id) == 0)
			sorted[i]->verdict = judge_repeated(
				sorted[i]->batch, sorted[kept - 1]->batch->event.hash);
		else
			sorted[kept++] = sorted[i];
	}
	return kept;
}

/* --- taking them --- */

/* Every batch of this event, folded ones too, against the ledger's hash. */
static void
judge_event(const BatchGroup *group, const char *key, const uint8 *known_hash)
{
	for (int i = 0; i < group->batch_count; i++)
		if (!group->batches[i].replayed &&
			strcmp(group->batches[i].batch->event.event_id, key) == 0)
			group->batches[i].verdict =
				judge_repeated(group->batches[i].batch, known_hash);
}

/* Compare the batches whose key the ledger holds with what it says of them. */
static void
judge_known(const BatchGroup *group, GroupBatch **sorted, int count,
			const bool *claimed, int unclaimed)
{
	const char **keys = palloc(unclaimed * sizeof(char *));
	int key_count = 0;
	uint64 rows;
	Datum argument;

	for (int i = 0; i < count; i++)
		if (!claimed[i])
			keys[key_count++] = sorted[i]->batch->event.event_id;
	argument = statement_texts(keys, key_count);
	rows = statement_run(STATEMENT_KNOWN, &argument, NULL);
	for (uint64 row = 0; row < rows; row++)
	{
		bytea *hash = statement_bytes(row, 2);

		if (VARSIZE_ANY_EXHDR(hash) != EVENT_HASH_LENGTH)
			elog(ERROR, "ledger row without a valid hash");
		judge_event(group, statement_text(row, 1),
					(uint8 *) VARDATA_ANY(hash));
	}
	if (rows != key_count)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("ledger rows of a running group went away"),
				 errhint("This happens when retention deletes them at the "
						 "same moment; the group is tried again.")));
}

void
ledger_claim(Staged *staging)
{
	GroupBatch **sorted = staging->batches;
	int count = staging->batch_count;
	bool *claimed = palloc0(Max(count, 1) * sizeof(bool));
	uint64 rows;
	int kept = 0;

	if (count == 0)
		return;
	rows = statement_run(STATEMENT_CLAIM, NULL, NULL);
	for (uint64 row = 0; row < rows; row++)
	{
		GroupBatch *batch = find_batch(sorted, count, statement_text(row, 1));

		if (batch == NULL)
			elog(ERROR, "the ledger returned a key that was not staged");
		for (int i = 0; i < count; i++)
			if (sorted[i] == batch)
				claimed[i] = true;
	}
	if (rows < count)
		judge_known(staging->group, sorted, count, claimed, count - rows);
	for (int i = 0; i < count; i++)
		if (claimed[i])
			sorted[kept++] = sorted[i];
	staging->batch_count = kept;
}

/* --- the end --- */

/*
 * The event, for replay_batch().  It is not handed over with the claim: there
 * it would be for nothing if it is a duplicate.
 */
static Datum
event_body(const GroupBatch *batch, bool *isnull)
{
	const Delivery *delivery = &batch->batch->delivery;

	*isnull = batch->replayed || delivery->body_length > REPLAY_BODY_LIMIT;
	if (*isnull)
		return (Datum) 0;
	return PointerGetDatum(
		cstring_to_text_with_len(delivery->body, delivery->body_length));
}

void
ledger_complete(Staged *staging, instr_time started)
{
	int count = staging->batch_count;
	const char **keys = palloc(Max(count, 1) * sizeof(char *));
	Datum *skipped = palloc(Max(count, 1) * sizeof(Datum));
	Datum *times = palloc(Max(count, 1) * sizeof(Datum));
	Datum *bodies = palloc(Max(count, 1) * sizeof(Datum));
	bool *no_body = palloc(Max(count, 1) * sizeof(bool));
	int64 items = 0;
	instr_time now;
	int lower = 1;
	Datum values[4];

	if (count == 0)
		return;
	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, started);
	for (int i = 0; i < count; i++)
		items += staging->batches[i]->batch->item_count;
	for (int i = 0; i < count; i++)
	{
		const GroupBatch *owner = staging->batches[i];
		double share = items > 0 ? (double) owner->batch->item_count / items
								 : 1.0 / count;

		keys[i] = owner->batch->event.event_id;
		skipped[i] = Int32GetDatum(owner->skipped_count);
		times[i] =
			Float8GetDatum(share * INSTR_TIME_GET_MICROSEC(now) / 1000.0);
		bodies[i] = event_body(owner, &no_body[i]);
	}
	values[0] = statement_texts(keys, count);
	values[1] = PointerGetDatum(construct_array(
		skipped, count, INT4OID, sizeof(int32), true, TYPALIGN_INT));
	values[2] = PointerGetDatum(
		construct_array(times, count, FLOAT8OID, sizeof(float8),
						FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[3] =
		PointerGetDatum(construct_md_array(bodies, no_body, 1, &count, &lower,
										   BYTEAOID, -1, false, TYPALIGN_INT));
	statement_run(STATEMENT_COMPLETE, values, NULL);
}
