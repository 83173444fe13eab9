/*-------------------------------------------------------------------------
 *
 * group_counters.c
 *	  What a group that is being written adds to the durable counters.
 *
 * All of it is derived from what the group has written, in the same
 * transaction, so that every counter, but that of a scorer's failures, equals
 * its recomputation from the tables.  A platform that is not listed counts as
 * "unknown", a crawl error's code as "other", and so do sizes of batches beyond
 * a bound, so that producers cannot make label sets at will.  That is for good:
 * what is told apart later begins at 0.  What the worker has counted outside of any group
 * (worker_counters.c) goes along.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "datatype/timestamp.h"

#include "ingest/counters.h"
#include "ingest/group.h"
#include "ingest/size_labels.h"
#include "ingest/staging.h"
#include "ingest/statements.h"

static const char *
number_label(int number)
{
	return psprintf("%d", number);
}

/* Seconds from then to now, which a clock that was set may put later. */
static double
seconds_since(TimestampTz then, TimestampTz now)
{
	return Max(now - then, 0) / 1e6;
}

/* What the stages of a batch took. */
static void
observe_batch(CounterSet *set, const Batch *batch, const char *platform,
			  TimestampTz now)
{
	double seconds = seconds_since(batch->delivery.received_at, now);

	counters_observe(set, "batch_processing_duration", platform, seconds);
	counters_observe(set, "event_processing_duration", platform, seconds);
	counters_observe_age(set, "event_lag", platform,
						 seconds_since(batch->event.timestamp, now));
	counters_observe(set, "batch_parse_duration", platform,
					 batch->times.parse / 1e6);
	if (batch->event.minio_path == NULL ||
		batch->delivery.source == DELIVERY_SESSION)
		return; /* the items came along */
	counters_add(set, "batches_fetched", platform, "", "", 1);
	counters_observe(set, "batch_fetch_duration", platform,
					 batch->times.fetch / 1e6);
}

static void
count_batch(CounterSet *set, const BatchGroup *group, const GroupBatch *owner,
			TimestampTz now)
{
	const Batch *batch = owner->batch;
	const char *platform =
		rules_platform(group->rules, batch->event.platform)->name;

	if (batch->scorer_failed)
		counters_add(set, "scorer_failures", "", "", "", 1);

	/* All else counts what is processed for the first time. */
	if (owner->replayed)
	{
		counters_add(set, "replays", "", "batch", "processed", 1);
		return;
	}
	if (batch->delivery.dead_letter != 0)
		counters_add(set, "replays", "", "dead_letter", "processed", 1);
	counters_add(set, "events_processed", platform, "", "", 1);
	counters_add(set, "batch_processing", platform, "success", "", 1);
	observe_batch(set, batch, platform, now);
	counters_add(set, "items_processed", platform, "success", "",
				 batch->success_count);
	counters_add(set, "items_processed", platform, "error", "",
				 batch->error_count);
	counters_add(set, "items_processed", platform, "skipped", "",
				 owner->skipped_count);
	if (batch->expected_count >= 0 &&
		batch->expected_count != batch->item_count)
		counters_add(set, "batch_size_mismatch", platform,
					 number_label(batch->expected_count),
					 size_label(group, platform, batch->expected_count,
								batch->item_count),
					 1);
}

static void
count_error(CounterSet *set, const IngestRules *rules, const StagedItem *error)
{
	const char *platform =
		rules_platform(rules, error->batch->event.platform)->name;
	const char *code = error->item->error_code;

	if (error->owner->replayed)
		return;
	counters_add(set, "processing_errors", platform,
				 rules_error_category(rules, code), "", 1);
	counters_add(set, "errors_by_code", platform,
				 rules_error_code(rules, code), "", 1);
}

static void
count_letter(CounterSet *set, const BatchGroup *group,
			 const DeadLetter *letter, TimestampTz now)
{
	const char *platform = "unknown";

	if (letter->platform != NULL)
		platform = rules_platform(group->rules, letter->platform)->name;
	if (letter->replays_batch || letter->replays_letter != 0)
		counters_add(set, "replays", "",
					 letter->replays_batch ? "batch" : "dead_letter", "failed",
					 1);
	if (!letter->inserted)
	{
		counters_add(set, "duplicates_skipped", "", "", "",
					 letter->deliveries);
		return;
	}
	counters_add(set, "dead_letters", "", letter->reason, "", 1);
	counters_add(set, "events_failed", platform, "", "", 1);
	counters_observe(set, "event_processing_duration", platform,
					 seconds_since(letter->delivery->received_at, now));
	if (letter->batch_failed)
		counters_add(set, "batch_processing", platform, "failed", "", 1);
	if (letter->deliveries > 1)
		counters_add(set, "duplicates_skipped", "", "", "",
					 letter->deliveries - 1);
}

static void
count_deliveries(CounterSet *set, const BatchGroup *group)
{
	for (int i = 0; i < group->batch_count; i++)
	{
		const Batch *batch = group->batches[i].batch;

		counters_add(set, "events_received",
					 rules_platform(group->rules, batch->event.platform)->name,
					 "", "", 1);
		if (batch->delivery.redelivered)
			counters_add(set, "redeliveries", "", "", "", 1);
		if (group->batches[i].verdict == VERDICT_DUPLICATE)
			counters_add(set, "duplicates_skipped", "", "", "", 1);
	}
	for (int i = 0; i < group->letter_count; i++)
	{
		const DeadLetter *letter = &group->letters[i];
		const char *platform = "unknown";

		if (letter->platform != NULL)
			platform = rules_platform(group->rules, letter->platform)->name;
		counters_add(set, "events_received", platform, "", "", 1);
		if (letter->delivery->redelivered)
			counters_add(set, "redeliveries", "", "", "", 1);
		if (letter->known)
			counters_add(set, "duplicates_skipped", "", "", "", 1);
	}
}

/* When the consumer last settled anything for good. */
static void
note_commit(CounterSet *set, const BatchGroup *group, TimestampTz now)
{
	const TimestampTz epoch =
		(int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;

	if (group->consumer[0] != '\0' &&
		group->batch_count + group->letter_count > 0)
		counters_add(set, COUNTER_LAST_COMMIT, "", "", "", now + epoch);
}

void
group_count(BatchGroup *group, Staged *staging)
{
	CounterSet *set = counters_create();

	if (group->outside != NULL)
		counters_add_all(set, group->outside);
	note_commit(set, group, staging->now);
	count_deliveries(set, group);
	for (int i = 0; i < staging->batch_count; i++)
		count_batch(set, group, staging->batches[i], staging->now);
	for (int i = 0; i < staging->error_count; i++)
		count_error(set, group->rules, &staging->errors[i]);
	for (int i = 0; i < staging->letter_count; i++)
		count_letter(set, group, staging->letters[i], staging->now);
	if (set->count == 0)
		return;
	counters_sort(set);
	staging->counters = set;
	statement_run(STATEMENT_COUNTERS, NULL, NULL);
}
