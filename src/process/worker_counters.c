/*-------------------------------------------------------------------------
 *
 * worker_counters.c
 *	  What a worker counts that no group's transaction holds.
 *
 * A lost connection or a fetch that failed writes no row, so there is no
 * transaction to count it in.  It is gathered in memory and goes along with
 * the next group that commits; where none comes, it is written by itself,
 * every few seconds at most.  A failure keeps it for later.  A worker that
 * ends does not wait for this: what it gathered in its last seconds is lost
 * with it.
 *
 * An idle worker, with nothing to add, is never woken for this.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "process/process.h"
#include "process/worker.h"
#include "process/worker_counters.h"

/* So long may it wait for a group to take it along. */
#define FLUSH_DELAY_MS 3000

static CounterSet *gathered = NULL;
static int64 reconnects_gathered = 0;
static int64 flush_ms = 0; /* 0: nothing waits */
static int flush_failures = 0;

static CounterSet *
gathered_set(void)
{
	if (gathered == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

		gathered = counters_create();
		MemoryContextSwitchTo(old);
	}
	return gathered;
}

static void
gather(const char *metric, const char *label, int64 value)
{
	if (value > 0)
		counters_add(gathered_set(), metric, "", label, "", value);
}

void
worker_counters_retry(RetryStage stage)
{
	gather("retries", tally_stage_name(stage), 1);
}

CounterSet *
worker_counters_pending(void)
{
	PipelineTally tally;

	pipeline_take_tally(worker->pipeline, &tally);
	for (int i = 0; i < RETRY_STAGES; i++)
		gather("retries", tally_stage_name(i), tally.retries[i]);
	for (int i = 0; i < STORE_FAULTS; i++)
		gather("minio_connection_errors", tally_fault_name(i),
			   tally.store_faults[i]);
	gather("rabbitmq_reconnects", "",
		   worker->link.reconnects - reconnects_gathered);
	reconnects_gathered = worker->link.reconnects;
	return gathered != NULL && gathered->count > 0 ? gathered : NULL;
}

static void
flush_failed(const CommitFailure *failure)
{
	/* The first may be of a role that is about to lose its consumer. */
	if (flush_failures++ == 1)
		ereport(LOG,
				(errmsg("analytics worker \"%s\" cannot write counters: %s",
						worker->name, failure->message),
				 failure->hint[0] ? errhint("%s", failure->hint) : 0));
	flush_ms =
		io_now_ms() + Max(retry_delay_ms(flush_failures), FLUSH_DELAY_MS);
}

static void
flush(CounterSet *set)
{
	BatchGroup group = {.consumer = worker->consumer,
						.worker = worker->number,
						.worker_name = worker->name,
						.rules = worker->rules,
						.outside = set};
	CommitFailure failure;

	if (!commit_group(&group, &failure))
	{
		flush_failed(&failure);
		return;
	}
	flush_ms = 0;
	flush_failures = 0;
}

void
worker_counters_flush(int *wait_ms)
{
	CounterSet *set = worker_counters_pending();
	int64 left;

	if (set == NULL)
	{
		flush_ms = 0;
		return;
	}
	if (flush_ms == 0)
		flush_ms = io_now_ms() + FLUSH_DELAY_MS;

	/* What the database refuses otherwise it would refuse this, too. */
	if (process_stop_requested || worker->commit_attempts > 0 ||
		worker->config_attempts > 0)
		return;
	if (io_now_ms() >= flush_ms)
		flush(set);
	if (flush_ms == 0)
		return;
	left = Max(flush_ms - io_now_ms(), 0);
	if (*wait_ms < 0 || left < *wait_ms)
		*wait_ms = (int) left;
}
