/*-------------------------------------------------------------------------
 *
 * worker_log.c
 *	  What a worker writes to the server's log of the events it settles.
 *
 * One line for an event, when it is settled, and only if the consumer's
 * log_level asks for it.  The lines name event, job and batch, and never hold
 * anything of what was collected.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "ingest/log_level.h"
#include "process/worker.h"

void
worker_log_processed(const Batch *batch, int skipped_count)
{
	const BatchTimes *times = &batch->times;
	char name[LOG_EVENT_LENGTH];

	if (log_level < LOG_LEVEL_DEBUG)
		return;
	ereport(LOG,
			(errmsg("analytics worker \"%s\": %s is processed: %d posts "
					"(%d skipped) and %d errors of " INT64_FORMAT " bytes",
					worker->name, log_event(name, sizeof(name), &batch->event),
					batch->success_count, skipped_count, batch->error_count,
					batch->bytes_fetched),
			 errdetail("It took %.1f ms to fetch, %.1f ms to parse and %.1f "
					   "ms to analyse.",
					   times->fetch / 1000.0, times->parse / 1000.0,
					   times->analyse / 1000.0)));
}

void
worker_log_duplicate(const Batch *batch)
{
	char name[LOG_EVENT_LENGTH];

	if (log_level < LOG_LEVEL_DEBUG)
		return;
	ereport(
		LOG,
		(errmsg("analytics worker \"%s\": %s had been processed before",
				worker->name, log_event(name, sizeof(name), &batch->event))));
}

void
worker_log_letter(const Batch *batch, const char *reason)
{
	char name[LOG_EVENT_LENGTH];

	if (log_level < LOG_LEVEL_LOG)
		return;
	ereport(LOG,
			(errmsg("analytics worker \"%s\": %s is a dead letter: %s",
					worker->name, log_event(name, sizeof(name), &batch->event),
					reason)));
}

void
worker_log_parked(const Batch *batch, TimestampTz due_at)
{
	char name[LOG_EVENT_LENGTH];

	if (log_level < LOG_LEVEL_DEBUG)
		return;
	ereport(LOG,
			(errmsg("analytics worker \"%s\": %s waits in the local queue "
					"until %s",
					worker->name, log_event(name, sizeof(name), &batch->event),
					timestamptz_to_str(due_at))));
}
