/*-------------------------------------------------------------------------
 *
 * isolate.c
 *	  Find the items of a batch that the table refuses.
 *
 * Each item is tried alone, in a subtransaction that is rolled back whatever
 * comes of it; the caller rolls back the rest.  Nothing here decides what
 * happens to the batch: commit.c does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
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
	JsonbParseState *state = NULL;
	const char *names[] = {"sqlstate", "message"};
	const char *texts[] = {unpack_sql_state(error->sqlerrcode),
						   error->message ? error->message : ""};
	JsonbValue *object;
	Jsonb *details;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < lengthof(names); i++)
	{
		JsonbValue value;

		value.type = jbvString;
		value.val.string.val = pstrdup(names[i]);
		value.val.string.len = strlen(names[i]);
		(void) pushJsonbValue(&state, WJB_KEY, &value);
		value.val.string.val = pstrdup(texts[i]);
		value.val.string.len = strlen(texts[i]);
		(void) pushJsonbValue(&state, WJB_VALUE, &value);
	}
	object = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	details = JsonbValueToJsonb(object);

	item->kind = ITEM_ERROR;
	item->error_code = "INTERNAL_ERROR";
	item->error_message = pstrdup(texts[1]);
	item->error_details =
		JsonbToCString(NULL, &details->root, VARSIZE(details));
	batch->success_count--;
	batch->error_count++;
	MemoryContextSwitchTo(old);
}

/* Can this one item be stored?  Leaves no trace but a used subtransaction. */
static bool
try_item(BatchGroup *group, Batch *batch, BatchItem *item)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	StagedItem post = {batch, item, NULL};
	Staged staging = {.group = group,
					  .posts = &post,
					  .post_count = 1,
					  .now = GetCurrentTimestamp()};
	volatile bool stored = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		staged = &staging;
		statement_run(STATEMENT_POSTS, NULL, NULL);
		staged = NULL;
	}
	PG_CATCH();
	{
		ErrorData *error;

		staged = NULL;
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if ((group->suspect_data
				 ? failure_classify_repeated(error->sqlerrcode)
				 : failure_classify(error->sqlerrcode)) != FAILURE_DATA)
			PG_RE_THROW();
		FlushErrorState();
		stored = false;
		item_failed(batch, item, error);
		FreeErrorData(error);
	}
	PG_END_TRY();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return stored;
}

int
group_isolate_items(BatchGroup *group, Batch *batch, int first, int *found)
{
	int tried = 0;

	for (int i = first; i < batch->item_count; i++)
	{
		if (batch->items[i].kind != ITEM_POST)
			continue;
		if (tried++ == GROUP_ISOLATE_ITEMS)
			return i;
		if (!try_item(group, batch, &batch->items[i]))
			(*found)++;
	}
	return -1;
}
