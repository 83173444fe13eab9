/*-------------------------------------------------------------------------
 *
 * pipeline_entries.c
 *	  The entries of a pipeline, each in one list by its stage.
 *
 * The only file that changes a list or one of the figures over it.  It moves
 * entries as it is told, and decides nothing about them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "ingest/clip.h"
#include "ingest/pipeline_internal.h"

/* Decoded batches that may wait for their commit before fetching stops. */
#define READY_BYTES_LIMIT (64 * 1024 * 1024)

Entry *
entry_create(Pipeline *pipeline, const Delivery *delivery, const uint8 *key)
{
	MemoryContext context = AllocSetContextCreate(
		pipeline->context, "analytics batch", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Entry *entry = palloc0(sizeof(Entry));
	Batch *batch = palloc0(sizeof(Batch));
	char *body = MemoryContextAllocHuge(context, delivery->body_length + 1);

	memcpy(body, delivery->body, delivery->body_length);
	body[delivery->body_length] = '\0';
	batch->context = context;
	batch->delivery = *delivery;
	batch->delivery.body = body;
	batch->delivery.headers =
		pstrdup(delivery->headers ? delivery->headers : "{}");
	batch->expected_count = -1;
	entry->batch = batch;
	entry->attempts = delivery->attempts;
	entry->accepted_ms = io_now_ms();
	memcpy(entry->key, key, EVENT_HASH_LENGTH);
	batch->delivery.event_key = entry->key;
	MemoryContextSwitchTo(old);
	return entry;
}

static bool
stage_is_settled(EntryStage stage)
{
	return stage == ENTRY_READY || stage == ENTRY_REJECTED ||
		   stage == ENTRY_PARKED;
}

int64
entry_bytes(const Entry *entry)
{
	return entry->batch->bytes_decoded + entry->batch->delivery.body_length;
}

bool
entry_needs_fetch(const Entry *entry)
{
	return entry->batch->event.items == NULL;
}

void
entry_leave(Pipeline *pipeline, Entry *entry)
{
	dlist_delete(&entry->node);
	pipeline->bytes -= entry_bytes(entry);
	if (entry->stage == ENTRY_WAITING)
		pipeline->waiting_count--;
	else if (entry->stage == ENTRY_FETCHING)
		pipeline->fetching_count--;
	else
	{
		pipeline->settled_count--;
		pipeline->settled_items -= entry->batch->item_count;
		pipeline->settled_bytes -= entry_bytes(entry);
	}
}

void
entry_enter(Pipeline *pipeline, Entry *entry, EntryStage stage)
{
	entry->stage = stage;
	pipeline->bytes += entry_bytes(entry);
	if (stage == ENTRY_WAITING)
	{
		dlist_push_tail(&pipeline->waiting, &entry->node);
		pipeline->waiting_count++;
	}
	else if (stage == ENTRY_FETCHING)
	{
		dlist_push_tail(&pipeline->fetching, &entry->node);
		pipeline->fetching_count++;
	}
	else
	{
		dlist_push_tail(&pipeline->settled, &entry->node);
		pipeline->settled_count++;
		pipeline->settled_items += entry->batch->item_count;
		pipeline->settled_bytes += entry_bytes(entry);
	}
}

void
entry_weigh(Pipeline *pipeline, Entry *entry, int64 bytes_decoded)
{
	pipeline->bytes += bytes_decoded - entry->batch->bytes_decoded;
	entry->batch->bytes_decoded = bytes_decoded;
}

void
entry_move(Pipeline *pipeline, Entry *entry, EntryStage stage)
{
	entry_leave(pipeline, entry);
	if (stage_is_settled(stage))
		entry->settled_ms = io_now_ms();
	entry_enter(pipeline, entry, stage);
}

void
entry_reject(Pipeline *pipeline, Entry *entry, const char *reason,
			 const char *message)
{
	entry->rejection.reason = reason;
	entry->batch->delivery.attempts = entry->attempts;
	clip_text(entry->rejection.message, message,
			  sizeof(entry->rejection.message));
	entry_move(pipeline, entry, ENTRY_REJECTED);
}

void
entry_park(Pipeline *pipeline, Entry *entry, int64 delay_ms)
{
	entry->due_at =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), delay_ms);
	entry_move(pipeline, entry, ENTRY_PARKED);
}

void
pipeline_forget(Pipeline *pipeline, Entry *entry)
{
	MemoryContextDelete(entry->batch->context);
}

void
pipeline_return(Pipeline *pipeline, Entry *entry)
{
	entry_enter(pipeline, entry, entry->stage);
}

int
pipeline_count(const Pipeline *pipeline)
{
	return pipeline->waiting_count + pipeline->fetching_count +
		   pipeline->settled_count;
}

int64
pipeline_bytes(const Pipeline *pipeline)
{
	return pipeline->bytes;
}

bool
pipeline_is_full(const Pipeline *pipeline)
{
	return pipeline->settled_bytes >= READY_BYTES_LIMIT ||
		   pipeline->settled_items >= GROUP_ITEMS;
}
