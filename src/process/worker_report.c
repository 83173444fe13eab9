/*-------------------------------------------------------------------------
 *
 * worker_report.c
 *	  What a worker says of itself in shared memory.
 *
 * Each turn, and in long ones meanwhile, it says one state, the first that
 * holds: what an operator must know first.  Only reads; nothing is decided
 * here.  drain() believes what stands there, so nothing may be taken that a
 * report did not announce by saying that something is taken.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "process/worker.h"

/* Between two reports of one turn, while nothing was taken or settled. */
#define REPORT_INTERVAL_MS 100

static int64 reported_ms;

/* Nothing is asked of the broker any more, either. */
static bool
takes_nothing(void)
{
	return (worker->config->paused || worker->config_attempts > 0) &&
		   (worker->link.broker == NULL ||
			broker_is_suspended(worker->link.broker));
}

static void
report_gauges(const PipelineStatus *status)
{
	WorkerGauges *gauges = &worker->gauges;

	gauges->broker_connected = worker->link.broker != NULL;
	gauges->takes_nothing = takes_nothing();
	gauges->config_generation = worker->config_generation;
	gauges->active_batches = status->entries;
	gauges->unacknowledged = status->broker_entries;
	gauges->fetching = status->fetching;
	gauges->bytes_in_flight = status->bytes;
	gauges->queue_depth =
		worker->link.broker ? broker_depth(worker->link.broker) : -1;
	gauges->reconnects = worker->link.reconnects;
	gauges->oldest_unacknowledged_at = status->oldest_received_at;
	state_worker_gauges(gauges);
}

static void
report_link(void)
{
	const WorkerLink *link = &worker->link;

	if (link->attempts == 0)
		state_worker_report(WORKER_CONNECTING, "connecting to the broker",
							NULL, 0);
	else
		state_worker_report(
			link->status == BROKER_MISCONFIGURED ? WORKER_MISCONFIGURED
												 : WORKER_CONNECTING,
			link->error.message, link->error.hint, link->attempts);
}

static void
report_failure(const CommitFailure *failure, bool misconfigured, int attempts)
{
	state_worker_report(misconfigured ? WORKER_MISCONFIGURED : WORKER_BLOCKED,
						failure->message, failure->hint, attempts);
}

/*
 * There is no configuration yet: nothing is taken, and nothing in hand.  What
 * will be read is the newest.
 */
static void
report_unconfigured(void)
{
	worker->gauges.takes_nothing = true;
	worker->gauges.config_generation = state_worker_config_told();
	state_worker_gauges(&worker->gauges);
	report_failure(&worker->config_failure, true, worker->config_attempts);
}

/* For last_error. */
static void
report_fetch_failure(const PipelineStatus *status)
{
	if (status->fetch_failures == worker->fetch_failures)
		return;
	worker->fetch_failures = status->fetch_failures;
	state_worker_error(
		status->failure_refused
			? ERRCODE_SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION
			: ERRCODE_CONNECTION_FAILURE,
		status->failure->message);
}

void
worker_report(void)
{
	PipelineStatus status;

	if (worker->config == NULL)
	{
		report_unconfigured();
		return;
	}
	reported_ms = io_now_ms();
	pipeline_status(worker->pipeline, &status);
	report_gauges(&status);
	report_fetch_failure(&status);
	if (worker->config_attempts > 0)
		report_failure(&worker->config_failure, true, worker->config_attempts);
	else if (worker->commit_attempts > 0)
		report_failure(&worker->commit_failure,
					   worker->commit_failure.kind == FAILURE_CONFIGURATION,
					   worker->commit_attempts);
	else if (worker->config->paused)
		state_worker_report(WORKER_PAUSED, worker->config->pause_reason,
							"Resume with analytics.resume().", 0);
	else if (worker->config->has_broker && worker->link.broker == NULL)
		report_link();
	else if (status.store_down)
		state_worker_report(
			status.store_misconfigured ? WORKER_MISCONFIGURED : WORKER_BLOCKED,
			status.problem.message, status.problem.hint, status.attempts);
	else if (status.memory_short)
		state_worker_report(WORKER_BLOCKED, status.problem.message,
							status.problem.hint, status.attempts);
	else if (status.objects_waiting > 0 &&
			 status.objects_waiting == status.entries)
		state_worker_report(
			status.objects_refused ? WORKER_MISCONFIGURED : WORKER_BLOCKED,
			status.problem.message, status.problem.hint, status.attempts);
	else if (status.store_refuses && status.entries == 0)
		state_worker_report(WORKER_MISCONFIGURED, status.failure->message,
							status.failure->hint, 0);
	else
		state_worker_report(status.entries > 0 ? WORKER_RUNNING : WORKER_IDLE,
							NULL, NULL, 0);
}

void
worker_report_meanwhile(void)
{
	if (pipeline_count(worker->pipeline) != worker->gauges.active_batches ||
		takes_nothing() != worker->gauges.takes_nothing ||
		io_now_ms() - reported_ms >= REPORT_INTERVAL_MS)
		worker_report();
}
