/*-------------------------------------------------------------------------
 *
 * group.c
 *	  Write a group: ledger, posts, crawl errors, dead letters, queue,
 *	  counters.
 *
 * Exactly once in effect rests on one order.  The ledger comes first: the
 * unique key makes a second writer of the same event wait here for the first
 * and then see a duplicate.  Each table is then written in the order of its
 * key, and the tables in one order, so that two writers never wait for each
 * other in a circle.  What is counted lies in group_counters.c, dead letters in
 * group_letters.c; this file opens no transaction and catches no error:
 * commit.c does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "portability/instr_time.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "ingest/alerts.h"
#include "ingest/group.h"
#include "ingest/group_letters.h"
#include "ingest/replay.h"
#include "ingest/staging.h"
#include "ingest/statements.h"
#include "ingest/submissions.h"

/* ------------------------------------------------------------------ */
/* Order                                                              */
/* ------------------------------------------------------------------ */

static int
compare_texts(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

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

static int
compare_post_keys(const StagedItem *a, const StagedItem *b)
{
	int order = strcmp(a->item->id, b->item->id);

	if (order == 0)
		order = compare_texts(a->batch->event.project_id,
							  b->batch->event.project_id);
	return order;
}

/* By key, and of the same post the newest crawl first. */
static int
compare_posts(const void *a, const void *b)
{
	const StagedItem *first = a;
	const StagedItem *second = b;
	int order = compare_post_keys(first, second);

	if (order == 0 && first->item->crawled_at != second->item->crawled_at)
		order = first->item->crawled_at > second->item->crawled_at ? -1 : 1;
	if (order == 0)
		order = strcmp(second->batch->event.event_id,
					   first->batch->event.event_id);
	if (order == 0)
		order = second->item->index - first->item->index;
	return order;
}

/* ------------------------------------------------------------------ */
/* Ledger                                                             */
/* ------------------------------------------------------------------ */

static Datum
text_array(const char *const *texts, int count)
{
	Datum *values = palloc(Max(count, 1) * sizeof(Datum));

	for (int i = 0; i < count; i++)
		values[i] = CStringGetTextDatum(texts[i]);
	return PointerGetDatum(
		construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT));
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

static char *
result_text(int row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						column);
}

/* The verdict over a batch whose key somebody else holds. */
static Verdict
judge_repeated(const Batch *batch, const uint8 *known_hash)
{
	return memcmp(batch->event.hash, known_hash, EVENT_HASH_LENGTH) == 0
			   ? VERDICT_DUPLICATE
			   : VERDICT_CONFLICT;
}

/*
 * Sort the batches, but those that replay.c picked; of those with the same key
 * only the first stays in sorted[], the others are judged against it.  Returns
 * how many stay.
 */
static int
fold_batches(BatchGroup *group, GroupBatch **sorted)
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
	argument = text_array(keys, key_count);
	rows = statement_run(STATEMENT_KNOWN, &argument, NULL);
	for (uint64 row = 0; row < rows; row++)
	{
		bool isnull;
		bytea *hash = DatumGetByteaPP(SPI_getbinval(
			SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 2, &isnull));

		if (VARSIZE_ANY_EXHDR(hash) != EVENT_HASH_LENGTH)
			elog(ERROR, "ledger row without a valid hash");
		judge_event(group, result_text(row, 1), (uint8 *) VARDATA_ANY(hash));
	}
	if (rows != key_count)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("ledger rows of a running group went away"),
				 errhint("This happens when retention deletes them at the "
						 "same moment; the group is tried again.")));
}

/*
 * Take the keys in the ledger.  Leaves in staging->batches those that are
 * ours to process.
 */
static void
claim_batches(Staged *staging)
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
		GroupBatch *batch = find_batch(sorted, count, result_text(row, 1));

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

/* ------------------------------------------------------------------ */
/* Posts and crawl errors                                             */
/* ------------------------------------------------------------------ */

static void
stage_items(Staged *staging)
{
	int posts = 0;
	int errors = 0;

	for (int i = 0; i < staging->batch_count; i++)
	{
		posts += staging->batches[i]->batch->success_count;
		errors += staging->batches[i]->batch->error_count;
	}
	staging->posts = palloc(Max(posts, 1) * sizeof(StagedItem));
	staging->errors = palloc(Max(errors, 1) * sizeof(StagedItem));
	staging->post_count = staging->error_count = 0;
	for (int i = 0; i < staging->batch_count; i++)
	{
		GroupBatch *owner = staging->batches[i];
		Batch *batch = owner->batch;

		for (int j = 0; j < batch->item_count; j++)
		{
			StagedItem staged_item = {batch, &batch->items[j], owner};

			if (batch->items[j].kind == ITEM_POST)
				staging->posts[staging->post_count++] = staged_item;
			else
				staging->errors[staging->error_count++] = staged_item;
		}
	}
	Assert(staging->post_count == posts && staging->error_count == errors);
}

/* One statement may not touch a row twice: keep the newest of each post. */
static void
fold_posts(Staged *staging)
{
	StagedItem *posts = staging->posts;
	int kept = 0;

	qsort(posts, staging->post_count, sizeof(StagedItem), compare_posts);
	for (int i = 0; i < staging->post_count; i++)
	{
		if (kept > 0 && compare_post_keys(&posts[kept - 1], &posts[i]) == 0)
			posts[i].owner->skipped_count++;
		else
			posts[kept++] = posts[i];
	}
	staging->post_count = kept;
}

static StagedItem *
find_post(Staged *staging, const char *id, const char *project_id)
{
	int low = 0;
	int high = staging->post_count - 1;

	while (low <= high)
	{
		int middle = (low + high) / 2;
		StagedItem *post = &staging->posts[middle];
		int order = strcmp(id, post->item->id);

		if (order == 0)
			order = compare_texts(project_id, post->batch->event.project_id);
		if (order == 0)
			return post;
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return NULL;
}

static void
write_posts(Staged *staging)
{
	uint64 rows;

	if (staging->post_count == 0)
		return;
	if (statement_run(STATEMENT_POSTS, NULL, NULL) == staging->post_count)
		return;

	/* Some posts were there already from a newer crawl: which? */
	rows = statement_run(STATEMENT_SUPERSEDED, NULL, NULL);
	for (uint64 row = 0; row < rows; row++)
	{
		StagedItem *post =
			find_post(staging, result_text(row, 1), result_text(row, 2));

		if (post == NULL)
			elog(ERROR, "a post that was not staged");
		post->superseded = true;
		post->owner->skipped_count++;
	}
}

/* ------------------------------------------------------------------ */
/* Local queue                                                        */
/* ------------------------------------------------------------------ */

static void
write_parked(BatchGroup *group)
{
	for (int i = 0; i < group->parked_count; i++)
	{
		const ParkedEvent *parked = &group->parked[i];
		const Delivery *delivery = parked->delivery;
		Datum values[5];

		if (delivery->source == DELIVERY_LOCAL_QUEUE)
		{
			values[0] = Int64GetDatum(delivery->queue_id);
			values[1] = Int32GetDatum(parked->attempts);
			values[2] = TimestampTzGetDatum(parked->due_at);
			statement_run(STATEMENT_PARK_AGAIN, values, NULL);
			continue;
		}
		values[0] = CStringGetTextDatum(group->consumer);
		values[1] = PointerGetDatum(
			cstring_to_text_with_len(delivery->body, delivery->body_length));
		values[2] = DirectFunctionCall1(
			jsonb_in,
			CStringGetDatum(delivery->headers ? delivery->headers : "{}"));
		values[3] = Int32GetDatum(parked->attempts);
		values[4] = TimestampTzGetDatum(parked->due_at);
		statement_run(STATEMENT_PARK, values, NULL);
	}
}

static int
add_queue_id(Datum *ids, int count, const Delivery *delivery)
{
	if (delivery->source == DELIVERY_LOCAL_QUEUE)
		ids[count++] = Int64GetDatum(delivery->queue_id);
	return count;
}

/* Batches and letters that came from the local queue are done with it. */
static void
delete_settled(const BatchGroup *group)
{
	Datum *ids =
		palloc((group->batch_count + group->letter_count + 1) * sizeof(Datum));
	int count = 0;
	Datum argument;

	for (int i = 0; i < group->batch_count; i++)
		count = add_queue_id(ids, count, &group->batches[i].batch->delivery);
	for (int i = 0; i < group->letter_count; i++)
		count = add_queue_id(ids, count, group->letters[i].delivery);
	if (count == 0)
		return;
	argument = PointerGetDatum(construct_array(
		ids, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	statement_run(STATEMENT_UNQUEUE, &argument, NULL);
}

static int
add_event_key(Datum *keys, int count, const Delivery *delivery)
{
	bytea *key = palloc(VARHDRSZ + EVENT_HASH_LENGTH);

	if (delivery->event_key == NULL)
		return count;
	SET_VARSIZE(key, VARHDRSZ + EVENT_HASH_LENGTH);
	memcpy(VARDATA(key), delivery->event_key, EVENT_HASH_LENGTH);
	keys[count] = PointerGetDatum(key);
	return count + 1;
}

/* What is settled here: no worker died over it this time. */
static void
forget_attempts(BatchGroup *group)
{
	Datum *keys =
		palloc((group->batch_count + group->letter_count) * sizeof(Datum));
	Datum values[2];
	int count = 0;

	for (int i = 0; i < group->batch_count; i++)
		count = add_event_key(keys, count, &group->batches[i].batch->delivery);
	for (int i = 0; i < group->letter_count; i++)
		count = add_event_key(keys, count, group->letters[i].delivery);
	values[0] = PointerGetDatum(
		construct_array(keys, count, BYTEAOID, -1, false, TYPALIGN_INT));
	values[1] = CStringGetTextDatum(group->consumer);
	if (count > 0)
		statement_run(STATEMENT_FORGET_ATTEMPTS, values, NULL);
	group->attempts_left =
		statement_run(STATEMENT_ATTEMPTS_LEFT, &values[1], NULL) > 0;
}

/* ------------------------------------------------------------------ */
/* The whole                                                          */
/* ------------------------------------------------------------------ */

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

/*
 * What was only known at the end: skipped posts, and the time it took.  The
 * body of the event goes along.
 */
static void
complete_ledger(Staged *staging, instr_time started)
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
	values[0] = text_array(keys, count);
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

static void
write_staged(BatchGroup *group, Staged *staging)
{
	GroupBatch **picked = palloc(Max(group->batch_count, 1) * sizeof(void *));
	int picked_count;
	instr_time started;

	INSTR_TIME_SET_CURRENT(started);
	staging->batches = palloc(Max(group->batch_count, 1) * sizeof(void *));
	picked_count = replay_pick(group, picked);
	staging->batch_count = fold_batches(group, staging->batches);
	claim_batches(staging);
	replay_take_over(staging, picked, picked_count);
	stage_items(staging);
	fold_posts(staging);
	write_posts(staging);
	alerts_notify(group, staging);
	if (staging->error_count > 0)
		statement_run(STATEMENT_CRAWL_ERRORS, NULL, NULL);
	letters_settle(staging);
	letters_write(group, staging);
	write_parked(group);
	delete_settled(group);
	if (group->forget_attempts)
		forget_attempts(group);
	submissions_count(group, staging->now);
	group_count(group, staging);
	complete_ledger(staging, started);
}

void
group_write(BatchGroup *group)
{
	Staged staging = {.group = group, .now = GetCurrentTimestamp()};
	const Staged *outer = staged; /* a trigger may call ingest() */

	staged = &staging;
	PG_TRY();
	{
		write_staged(group, &staging);
	}
	PG_FINALLY();
	{
		staged = outer;
	}
	PG_END_TRY();
}
