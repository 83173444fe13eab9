/*-------------------------------------------------------------------------
 *
 * group_posts.c
 *	  The posts of a group that is being written.
 *
 * Sorted by their key, so that two writers never wait for each other in a
 * circle.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/group_posts.h"
#include "ingest/statements.h"

static int
compare_texts(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
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

void
posts_stage(Staged *staging)
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

void
posts_fold(Staged *staging)
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

void
posts_write(Staged *staging)
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
			find_post(staging, statement_text(row, 1), statement_text(row, 2));

		if (post == NULL)
			elog(ERROR, "a post that was not staged");
		post->superseded = true;
		post->owner->skipped_count++;
	}
}
