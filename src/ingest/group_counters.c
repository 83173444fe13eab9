/*-------------------------------------------------------------------------
 *
 * group_counters.c
 *	  What a group that is being written adds to the durable counters.
 *
 * The one place that names the metrics.  All of it is derived from what the
 * group has written, in the same transaction, so that every counter, but that
 * of a scorer's failures, equals its recomputation from the tables.  A
 * platform that is not listed counts as "unknown", so that producers cannot
 * make label sets at will.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/counters.h"
#include "ingest/group.h"
#include "ingest/staging.h"
#include "ingest/statements.h"

static const char *
number_label(int number)
{
	return psprintf("%d", number);
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
	counters_observe(set, "batch_processing_duration", platform,
					 Max(now - batch->delivery.received_at, 0) / 1e6);
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
					 number_label(batch->item_count), 1);
}

static void
count_letter(CounterSet *set, const BatchGroup *group,
			 const DeadLetter *letter)
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

void
group_count(BatchGroup *group, Staged *staging)
{
	CounterSet *set = counters_create();

	count_deliveries(set, group);
	for (int i = 0; i < staging->batch_count; i++)
		count_batch(set, group, staging->batches[i], staging->now);
	for (int i = 0; i < staging->error_count; i++)
	{
		const StagedItem *error = &staging->errors[i];

		if (error->owner->replayed)
			continue;
		counters_add(
			set, "processing_errors",
			rules_platform(group->rules, error->batch->event.platform)->name,
			rules_error_category(group->rules, error->item->error_code), "",
			1);
	}
	for (int i = 0; i < staging->letter_count; i++)
		count_letter(set, group, staging->letters[i]);
	if (set->count == 0)
		return;
	counters_sort(set);
	staging->counters = set;
	statement_run(STATEMENT_COUNTERS, NULL, NULL);
}
