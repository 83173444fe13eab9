/*-------------------------------------------------------------------------
 *
 * isolate.c
 *	  Find the items of a batch that the table refuses.
 *
 * Each item is tried alone, in a subtransaction that is rolled back whatever
 * comes of it; the caller rolls back the rest.  A time-out or an internal error
 * is held against an item only while others can be stored: a disk that stands
 * still fails them all.  Nothing here decides what
 * happens to the batch: commit.c does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "ingest/group.h"
#include "ingest/retry.h"
#include "ingest/staging.h"
#include "ingest/statements.h"

/* Turn an item into the crawl error that tells why it could not be stored. */
static void
item_failed(Batch *batch, BatchItem *item, const ErrorData *error)
{
	MemoryContext old = MemoryContextSwitchTo(batch->context);
	JsonbBuilder builder = {0};
	const char *names[] = {"sqlstate", "message"};
	const char *texts[] = {unpack_sql_state(error->sqlerrcode),
						   error->message ? error->message : ""};
	Jsonb *details;

	compat_jsonb_push(&builder, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < lengthof(names); i++)
	{
		JsonbValue value;

		value.type = jbvString;
		value.val.string.val = pstrdup(names[i]);
		value.val.string.len = strlen(names[i]);
		compat_jsonb_push(&builder, WJB_KEY, &value);
		value.val.string.val = pstrdup(texts[i]);
		value.val.string.len = strlen(texts[i]);
		compat_jsonb_push(&builder, WJB_VALUE, &value);
	}
	details = compat_jsonb_end(&builder, WJB_END_OBJECT);

	item->kind = ITEM_ERROR;
	item->error_code = "INTERNAL_ERROR";
	item->error_message = pstrdup(texts[1]);
	item->error_details =
		JsonbToCString(NULL, &details->root, VARSIZE(details));
	batch->success_count--;
	batch->error_count++;
	MemoryContextSwitchTo(old);
}

/* What became of an item that was tried alone. */
typedef enum Trial
{
	TRIAL_STORED,
	TRIAL_BAD,    /* it is a crawl error now */
	TRIAL_SUSPECT /* it failed as a system in trouble does, too */
} Trial;

/* The limit is that of one item then, and not spent by an earlier one. */
static void
restart_time_limit(const BatchGroup *group)
{
	if (group->suspect_data && group->time_limit_ms > 0)
		enable_timeout_after(STATEMENT_TIMEOUT, group->time_limit_ms);
}

/* Raises what can be no fault of the item. */
static Trial
judge_failure(const BatchGroup *group, Batch *batch, BatchItem *item,
			  ErrorData *error)
{
	if (failure_classify(error->sqlerrcode) == FAILURE_DATA)
	{
		item_failed(batch, item, error);
		return TRIAL_BAD;
	}
	if (!group->suspect_data ||
		failure_classify_repeated(error->sqlerrcode) != FAILURE_DATA)
		ReThrowError(error);
	return TRIAL_SUSPECT;
}

/*
 * What is deferred to the commit would be found out by none of these
 * transactions.  In a session's own it may be deferred for what is still to
 * come, and is left alone.
 */
static void
fire_deferred(const BatchGroup *group)
{
	if (group->worker > 0)
		statement_run(STATEMENT_FIRE_DEFERRED, NULL, NULL);
}

/*
 * Can this one item be stored?  Leaves no trace but a used subtransaction.
 * *failure is why it is a suspect.
 */
static Trial
try_item(BatchGroup *group, Batch *batch, BatchItem *item, ErrorData **failure)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	StagedItem post = {batch, item, NULL};
	Staged staging = {.group = group,
					  .posts = &post,
					  .post_count = 1,
					  .now = GetCurrentTimestamp()};
	const Staged *outer = staged; /* a trigger may call ingest() */
	ErrorData *volatile error = NULL;

	restart_time_limit(group);
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		staged = &staging;
		statement_run(STATEMENT_POSTS, NULL, NULL);
		fire_deferred(group);
		staged = outer;
	}
	PG_CATCH();
	{
		staged = outer;
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	*failure = error;
	return error != NULL ? judge_failure(group, batch, item, error)
						 : TRIAL_STORED;
}

/* Items tried so far in the transaction, and how many of them are bad. */
typedef struct Trials
{
	int tried;
	int bad;
} Trials;

/*
 * Can another item of the batch be stored just now?  Also when there is none
 * to ask.
 */
static bool
another_is_stored(BatchGroup *group, Batch *batch, const BatchItem *suspect,
				  Trials *trials)
{
	for (int i = 0; i < batch->item_count; i++)
	{
		BatchItem *item = &batch->items[i];
		ErrorData *failure;
		Trial trial;

		if (item == suspect || item->kind != ITEM_POST)
			continue;
		if (trials->tried++ > GROUP_ISOLATE_ITEMS)
			return false;
		trial = try_item(group, batch, item, &failure);
		if (trial != TRIAL_BAD)
			return trial == TRIAL_STORED;
		trials->bad++;
	}
	return true;
}

/*
 * What has failed as a system in trouble does is the item's fault only if,
 * right then, another can be stored, and it cannot once more.
 */
static void
confirm_suspect(BatchGroup *group, Batch *batch, BatchItem *item,
				ErrorData *failure, Trials *trials)
{
	if (!another_is_stored(group, batch, item, trials))
		ReThrowError(failure);
	if (try_item(group, batch, item, &failure) != TRIAL_SUSPECT)
		return;
	item_failed(batch, item, failure);
	trials->bad++;
}

int
group_isolate_items(BatchGroup *group, Batch *batch, int first, int *found)
{
	Trials trials = {0};

	for (int i = first; i < batch->item_count; i++)
	{
		BatchItem *item = &batch->items[i];
		ErrorData *failure;
		Trial trial;

		if (item->kind != ITEM_POST)
			continue;
		if (trials.tried++ == GROUP_ISOLATE_ITEMS)
		{
			*found += trials.bad;
			return i;
		}
		trial = try_item(group, batch, item, &failure);
		if (trial == TRIAL_BAD)
			trials.bad++;
		if (trial == TRIAL_SUSPECT)
		{
			/* that takes long: on with the next in another transaction */
			confirm_suspect(group, batch, item, failure, &trials);
			*found += trials.bad;
			return i + 1;
		}
	}
	*found += trials.bad;
	return -1;
}
