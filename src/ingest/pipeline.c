/*-------------------------------------------------------------------------
 *
 * pipeline.c
 *	  From a delivery to a batch that is ready to commit.
 *
 * What the worker's loop asks of it: take a delivery, go on with all that is in
 * flight, say when there is something to do, hand over what can be committed.
 * When the store does not work (store_health.c) or memory is short,
 * pipeline_is_blocked() tells the worker to take no more deliveries.  Nothing
 * in the files pipeline*.c opens a transaction, talks to the broker or waits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "ingest/crash_point.h"
#include "ingest/crash_record.h"
#include "ingest/event.h"
#include "ingest/pipeline_internal.h"
#include "ingest/retry.h"

Pipeline *
pipeline_create(MemoryContext parent, void (*tick)(void))
{
	MemoryContext context = AllocSetContextCreate(parent, "analytics pipeline",
												  ALLOCSET_DEFAULT_SIZES);
	Pipeline *pipeline = MemoryContextAllocZero(context, sizeof(Pipeline));

	pipeline->context = context;
	pipeline->tick = tick;
	store_health_init(&pipeline->health, context);
	pipeline->decompressor = decompressor_create();
	if (pipeline->decompressor == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
						errmsg("could not create a zstd decoder")));
	dlist_init(&pipeline->waiting);
	dlist_init(&pipeline->fetching);
	dlist_init(&pipeline->settled);
	return pipeline;
}

void
pipeline_set_store(Pipeline *pipeline, StoreClient *store, int max_fetches,
				   const char *store_name)
{
	bool is_another = store != pipeline->store;
	dlist_mutable_iter iter;

	if (is_another)
	{
		dlist_foreach_modify (iter, &pipeline->fetching)
			entry_move(pipeline, dlist_container(Entry, node, iter.cur),
					   ENTRY_WAITING);
		dlist_foreach_modify (iter, &pipeline->waiting)
			dlist_container(Entry, node, iter.cur)->retry_ms = 0;
	}
	pipeline->store = store;
	pipeline->max_fetches = max_fetches;
	store_health_set_store(&pipeline->health, store_name ? store_name : "",
						   is_another);
}

void
pipeline_set_rules(Pipeline *pipeline, const IngestRules *rules)
{
	pipeline->rules = rules;
}

void
pipeline_keep_texts(Pipeline *pipeline, bool keep)
{
	pipeline->keep_texts = keep;
}

/* --- taking deliveries --- */

bool
pipeline_is_blocked(const Pipeline *pipeline)
{
	return pipeline->health.is_down || io_now_ms() < pipeline->memory_ms;
}

bool
pipeline_is_refused(const Pipeline *pipeline)
{
	return pipeline->health.refuses ||
		   (pipeline->health.is_down && pipeline->health.is_misconfigured);
}

/* False: *rejection says why.  The entry's event is then not, or half, read. */
static bool
entry_read(Entry *entry, Rejection *rejection)
{
	Batch *batch = entry->batch;
	const Delivery *delivery = &batch->delivery;
	MemoryContext old;
	bool valid;

	if (delivery->refused_length > 0)
	{
		rejection->reason = "EVENT_TOO_LARGE";
		snprintf(rejection->message, sizeof(rejection->message),
				 "the body of the event has " UINT64_FORMAT
				 " bytes, which is more than is taken",
				 delivery->refused_length);
		return false;
	}
	crash_record_hold((const uint8 *[]){entry->key}, 1);
	crash_point("parse", delivery);
	old = MemoryContextSwitchTo(batch->context);
	valid = event_parse(delivery->body, delivery->body_length,
						delivery->received_at, &batch->event, rejection);
	MemoryContextSwitchTo(old);
	crash_record_release();
	return valid;
}

void
pipeline_accept(Pipeline *pipeline, const Delivery *delivery, const uint8 *key,
				bool suspect)
{
	Entry *entry = entry_create(pipeline, delivery, key);
	Rejection rejection = {0};

	entry->suspect = suspect;
	entry->event_valid = entry_read(entry, &rejection);
	entry_enter(pipeline, entry, ENTRY_WAITING);
	if (!entry->event_valid)
		entry_reject(pipeline, entry, rejection.reason, rejection.message);
}

void
pipeline_refuse(Pipeline *pipeline, const Delivery *delivery, const uint8 *key,
				const char *reason, const char *message)
{
	Entry *entry = entry_create(pipeline, delivery, key);

	entry->suspect = true;
	entry_enter(pipeline, entry, ENTRY_WAITING);
	entry_reject(pipeline, entry, reason, message);
}

/* --- a turn, and when the next is due --- */

/*
 * How long the entry may be held before it waits in the local queue, so that
 * its delivery does not run into the broker's consumer_timeout.
 */
static int64
hold_limit_ms(const Pipeline *pipeline, const Entry *entry)
{
	if (pipeline->health.is_down && entry_needs_fetch(entry))
		return hold_outage_ms();
	return entry->retry_ms > 0 ? hold_object_ms() : hold_longest_ms();
}

/* A transfer may take longer than the broker waits: begin it anew, parked. */
static void
park_slow_fetches(Pipeline *pipeline)
{
	int64 now = io_now_ms();
	dlist_mutable_iter iter;

	dlist_foreach_modify (iter, &pipeline->fetching)
	{
		Entry *entry = dlist_container(Entry, node, iter.cur);

		if (entry->batch->delivery.source != DELIVERY_BROKER ||
			now - entry->accepted_ms < hold_longest_ms())
			continue;
		store_cancel(pipeline->store, entry);
		entry_park(pipeline, entry, 0);
	}
}

/* What has been held too long waits in the local queue instead. */
static void
park_old(Pipeline *pipeline)
{
	int64 now = io_now_ms();
	dlist_mutable_iter iter;

	park_slow_fetches(pipeline);
	dlist_foreach_modify (iter, &pipeline->waiting)
	{
		Entry *entry = dlist_container(Entry, node, iter.cur);

		if (now - entry->accepted_ms >= hold_limit_ms(pipeline, entry))
			entry_park(pipeline, entry, park_outage_ms());
	}
}

void
pipeline_run(Pipeline *pipeline)
{
	park_old(pipeline);
	if (pipeline->store != NULL)
	{
		store_run(pipeline->store);
		pipeline_take_results(pipeline);
		if (pipeline->health.is_down)
			store_health_start_probe(&pipeline->health, pipeline->store);
	}
	pipeline_start_fetches(pipeline);
	if (pipeline->store != NULL)
	{
		store_run(pipeline->store);
		pipeline_take_results(pipeline);
	}
}

static int
lower_timeout(int timeout_ms, int64 at_ms, int64 now)
{
	int64 left = Max(at_ms - now, 0);

	return timeout_ms < 0 || left < timeout_ms ? (int) left : timeout_ms;
}

/* When the entry, left alone, has something to do: a fetch, or to be parked. */
static int64
entry_due_ms(const Pipeline *pipeline, const Entry *entry)
{
	int64 parked_ms = entry->accepted_ms + hold_limit_ms(pipeline, entry);

	if (pipeline_is_full(pipeline))
		return parked_ms;
	if (entry_needs_fetch(entry) &&
		(pipeline->health.is_down ||
		 pipeline->fetching_count >= pipeline->max_fetches))
		return parked_ms;
	return Min(entry->retry_ms, parked_ms);
}

int
pipeline_timeout_ms(Pipeline *pipeline)
{
	int64 now = io_now_ms();
	int timeout = -1;
	dlist_iter iter;

	if (pipeline->store != NULL && !pipeline_is_full(pipeline))
		timeout = store_timeout_ms(pipeline->store);
	if (pipeline->health.is_down && !pipeline->health.is_probing)
		timeout = lower_timeout(timeout, pipeline->health.probe_ms, now);
	if (now < pipeline->memory_ms)
		timeout = lower_timeout(timeout, pipeline->memory_ms, now);
	dlist_foreach (iter, &pipeline->waiting)
	{
		const Entry *entry = dlist_container(Entry, node, iter.cur);

		timeout = lower_timeout(timeout, entry_due_ms(pipeline, entry), now);
	}
	return timeout;
}

/* --- groups to commit --- */

bool
pipeline_commit_due(Pipeline *pipeline, int commit_delay_ms, int *wait_ms)
{
	Entry *oldest;
	int64 age;

	if (pipeline->settled_count == 0)
		return false;
	if (pipeline_is_full(pipeline) ||
		pipeline->settled_count >= PIPELINE_GROUP_ENTRIES ||
		pipeline->fetching_count == 0)
		return true;
	oldest = dlist_container(Entry, node, dlist_head_node(&pipeline->settled));
	age = io_now_ms() - oldest->settled_ms;
	if (age >= commit_delay_ms)
		return true;
	if (*wait_ms < 0 || commit_delay_ms - age < *wait_ms)
		*wait_ms = commit_delay_ms - age;
	return false;
}

int
pipeline_take(Pipeline *pipeline, Entry **entries)
{
	int count = 0;
	int items = 0;

	while (count < PIPELINE_GROUP_ENTRIES && items < GROUP_ITEMS &&
		   !dlist_is_empty(&pipeline->settled))
	{
		Entry *entry =
			dlist_container(Entry, node, dlist_head_node(&pipeline->settled));

		if (entry->suspect && count > 0)
			break;
		entry_leave(pipeline, entry);
		items += entry->batch->item_count;
		entries[count++] = entry;
		if (entry->suspect)
			break;
	}
	return count;
}
