/*-------------------------------------------------------------------------
 *
 * pipeline_fetch.c
 *	  Fetches of a pipeline: which begin, and what their ends mean.
 *
 * A failure may be the event's, the object's for now, or the store's: here it
 * is decided what it costs the event.  What it says of the store is told to
 * store_health.c.  Nothing here waits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/log_level.h"
#include "ingest/pipeline_internal.h"
#include "ingest/retry.h"

/* --- their ends --- */

/* Another try of the entry has failed: does it count? */
static void
count_failure(Entry *entry, FetchFailure failure)
{
	entry->failures++;
	if (!fetch_costs_attempt(failure))
		return;
	/* More tries than this kind allows were of another kind: begin anew. */
	if (entry->attempts >= event_tries(failure))
		entry->attempts = 0;
	entry->attempts++;
}

/* The object is at fault: the entry waits, here or parked, or is given up. */
static void
entry_retry_later(Pipeline *pipeline, Entry *entry, const StoreResult *result)
{
	FetchFailure failure = fetch_classify(result);
	char name[LOG_EVENT_LENGTH];
	int64 now = io_now_ms();
	EventRetry retry;

	count_failure(entry, failure);
	if (log_level >= LOG_LEVEL_DEBUG && entry->failures == 1 &&
		entry->attempts <= 1)
		ereport(LOG,
				(errmsg("%s: %s waits for its object: %s", log_speaker(),
						log_event(name, sizeof(name), &entry->batch->event),
						result->error.message)));
	pipeline->object_error = result->error;
	pipeline->object_refused = failure == FETCH_CONFIGURATION;
	retry = event_retry(failure, entry->attempts, entry->failures,
						now - entry->accepted_ms);
	entry->retry_ms = now + retry.delay_ms;
	if (retry.give_up != NULL)
		entry_reject(pipeline, entry, retry.give_up, result->error.message);
	else if (retry.park)
		entry_park(pipeline, entry, retry.delay_ms);
	else
		entry_move(pipeline, entry, ENTRY_WAITING);
}

/*
 * Would this failure be the event's last although nothing shows that the store
 * works, by a good answer for another object shortly before this fetch, which
 * may have taken long itself?  Then it may be the store's, and the event is
 * not given up for it.
 */
static bool
store_is_doubtful(const Pipeline *pipeline, const Entry *entry,
				  FetchFailure failure, const StoreResult *result)
{
	int64 started_ms = io_now_ms() - result->elapsed_us / 1000;

	return failure == FETCH_OBJECT &&
		   entry->attempts + 1 >= event_tries(failure) &&
		   !store_health_is_proven(&pipeline->health, started_ms);
}

/*
 * A fetch failed.  What fails together with the store costs the event no
 * attempt; it is simply tried again when the store is back.
 */
static void
fetch_failed(Pipeline *pipeline, Entry *entry, const StoreResult *result)
{
	const Event *event = &entry->batch->event;
	FetchFailure failure = fetch_classify(result);

	store_health_note_failure(&pipeline->health, failure, &result->error);
	if (store_health_is_answer(result))
		store_health_up(&pipeline->health);
	if (failure == FETCH_PERMANENT)
		entry_reject(pipeline, entry, fetch_rejection(result->outcome),
					 result->error.message);
	else if (pipeline->health.is_down)
		entry_move(pipeline, entry, ENTRY_WAITING);
	else if (failure != FETCH_AMBIGUOUS && failure != FETCH_SYSTEM &&
			 (store_health_count_failure(&pipeline->health, event->bucket,
										 event->key, failure) ||
			  store_is_doubtful(pipeline, entry, failure, result)))
	{
		entry_move(pipeline, entry, ENTRY_WAITING);
		store_health_down(&pipeline->health, &result->error,
						  failure == FETCH_CONFIGURATION, event->bucket,
						  event->key);
	}
	else
		entry_retry_later(pipeline, entry, result);
	if (entry->stage != ENTRY_REJECTED)
		pipeline->tally.retries[RETRY_FETCH]++;
}

static void
fetch_succeeded(Pipeline *pipeline, Entry *entry, const StoreResult *result)
{
	const Event *event = &entry->batch->event;

	store_health_fetched(&pipeline->health, event->bucket, event->key);
	pipeline_decode(pipeline, entry, result);
}

/* Where it is the turn of what waits: each has its own. */
static void
choose_probe(Pipeline *pipeline)
{
	Entry *entry;

	if (store_health_choose_probe(&pipeline->health) ||
		dlist_is_empty(&pipeline->waiting))
		return;
	entry = dlist_container(Entry, node, dlist_head_node(&pipeline->waiting));
	/* to the end, so that the next is another */
	entry_move(pipeline, entry, ENTRY_WAITING);
	if (entry->batch->event.key != NULL)
		store_health_probe_for(&pipeline->health, entry->batch->event.bucket,
							   entry->batch->event.key);
}

static void
probe_ended(Pipeline *pipeline, const StoreResult *result)
{
	if (!store_health_probe_ended(&pipeline->health, result))
		choose_probe(pipeline);
}

void
pipeline_take_results(Pipeline *pipeline)
{
	StoreResult result;

	while (!pipeline_is_full(pipeline) && store_next(pipeline->store, &result))
	{
		tally_store_result(&pipeline->tally, &result);
		if (result.owner == &pipeline->health)
			probe_ended(pipeline, &result);
		else if (result.outcome == STORE_OK)
			fetch_succeeded(pipeline, result.owner, &result);
		else
			fetch_failed(pipeline, result.owner, &result);
		store_result_free(&result);
	}
}

/* --- their beginnings --- */

/*
 * Begin the fetch of one waiting entry.  Inline items need none; a consumer
 * without a store can only take these.  False: nothing more can be begun.
 */
static bool
start_entry(Pipeline *pipeline, Entry *entry)
{
	const Event *event = &entry->batch->event;

	if (!entry_needs_fetch(entry))
		pipeline_decode(pipeline, entry, NULL);
	else if (pipeline->store == NULL)
		entry_reject(pipeline, entry, "NO_STORE",
					 "the event names an object, and its consumer has no "
					 "store to fetch it from");
	else if (!pipeline->health.is_down)
	{
		if (pipeline->fetching_count >= pipeline->max_fetches ||
			!store_start(pipeline->store, event->bucket, event->key, entry))
			return false;
		entry_move(pipeline, entry, ENTRY_FETCHING);
	}
	return true;
}

void
pipeline_start_fetches(Pipeline *pipeline)
{
	int64 now = io_now_ms();
	bool fetches_left = true;
	dlist_mutable_iter iter;

	dlist_foreach_modify (iter, &pipeline->waiting)
	{
		Entry *entry = dlist_container(Entry, node, iter.cur);

		if (pipeline_is_full(pipeline))
			break;
		if (entry->retry_ms <= now &&
			(fetches_left || !entry_needs_fetch(entry)))
			fetches_left &= start_entry(pipeline, entry);
	}
}
