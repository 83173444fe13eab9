/*-------------------------------------------------------------------------
 *
 * pipeline_status.c
 *	  What a pipeline holds, waits for and has counted.
 *
 * Only looks, but for the tally, which it hands over.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/pipeline_internal.h"

static void
report_list(const dlist_head *list, PipelineStatus *status)
{
	dlist_iter iter;

	dlist_foreach (iter, unconstify(dlist_head *, list))
	{
		const Entry *entry = dlist_container(Entry, node, iter.cur);
		TimestampTz received_at = entry->batch->delivery.received_at;

		status->entries++;
		status->bytes += entry_bytes(entry);
		if (entry->batch->delivery.source == DELIVERY_BROKER && !entry->orphan)
			status->broker_entries++;
		if (status->oldest_received_at == 0 ||
			received_at < status->oldest_received_at)
			status->oldest_received_at = received_at;
		if (entry->stage == ENTRY_WAITING && entry->retry_ms > 0)
		{
			status->objects_waiting++;
			status->attempts = Max(status->attempts, entry->failures);
		}
	}
}

void
pipeline_status(const Pipeline *pipeline, PipelineStatus *status)
{
	memset(status, 0, sizeof(*status));
	report_list(&pipeline->waiting, status);
	report_list(&pipeline->fetching, status);
	report_list(&pipeline->settled, status);
	status->fetching = pipeline->fetching_count;
	status->store_down = pipeline->health.is_down;
	status->store_misconfigured = pipeline->health.is_misconfigured;
	status->memory_short = io_now_ms() < pipeline->memory_ms;
	status->store_refuses = pipeline->health.refuses;
	status->fetch_failures = pipeline->health.fetch_failures;
	status->failure_refused = pipeline->health.failure_refused;
	status->failure = &pipeline->health.failure;
	if (pipeline->health.is_down)
	{
		status->attempts = pipeline->health.attempts;
		status->problem = pipeline->health.error;
	}
	else if (status->objects_waiting > 0 || status->memory_short)
	{
		status->problem = pipeline->object_error;
		status->objects_refused = pipeline->object_refused;
	}
}

void
pipeline_take_tally(Pipeline *pipeline, PipelineTally *tally)
{
	*tally = pipeline->tally;
	memset(&pipeline->tally, 0, sizeof(pipeline->tally));
}
