/*-------------------------------------------------------------------------
 *
 * worker_link.c
 *	  The broker connection of one worker.
 *
 * Turns the broker client's statuses into one rule: a connection that failed
 * in any way is closed and never used again, and the next one is tried after
 * a growing delay.  It knows nothing of batches.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/procsignal.h"
#include "utils/wait_event.h"

#include "ingest/limits.h"
#include "ingest/log_level.h"
#include "ingest/retry.h"
#include "process/process.h"
#include "process/state.h"
#include "process/wait_events.h"
#include "process/worker_link.h"

/* A connection that held so long was a good one: its loss starts anew. */
#define HEALTHY_MS 30000

/* Ask for the length of the queue so often, if the worker is awake anyway. */
#define DEPTH_INTERVAL_MS 10000

/*
 * IoWaiter of broker_open().  Barriers are absorbed here, since other
 * sessions (DROP DATABASE) wait for them.
 */
static int
link_wait(void *context, int fd, bool for_write, int timeout_ms)
{
	int64 end = io_now_ms() + timeout_ms;
	int wanted = for_write ? WL_SOCKET_WRITEABLE : WL_SOCKET_READABLE;
	int events = WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH;

	if (fd >= 0)
		events |= wanted;
	for (;;)
	{
		long left = Max(end - io_now_ms(), 0);
		int woken;

		if (process_stop_requested)
			return -1;
		woken =
			WaitLatchOrSocket(MyLatch, events, fd < 0 ? PGINVALID_SOCKET : fd,
							  left, process_wait_event(WAIT_BROKER));
		if (woken & WL_LATCH_SET)
			ResetLatch(MyLatch);
		if (ProcSignalBarrierPending)
			ProcessProcSignalBarrier();
		if (process_stop_requested)
			return -1;
		if (woken & wanted)
			return 1;
		if (io_now_ms() >= end)
			return 0;
	}
}

static void
link_drop(WorkerLink *link, BrokerStatus status)
{
	bool was_connected = link->broker != NULL;

	if (was_connected && io_now_ms() - link->connected_ms >= HEALTHY_MS)
		link->attempts = 0;
	broker_close(link->broker, false);
	link->broker = NULL;
	link->cancelled = false;
	link->status = status;
	link->attempts++;
	link->connect_ms = io_now_ms() + retry_delay_ms(link->attempts);
	link->lost |= was_connected;
	state_worker_error(
		status == BROKER_MISCONFIGURED
			? ERRCODE_SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION
			: ERRCODE_CONNECTION_FAILURE,
		link->error.message);
	if (was_connected || link->attempts == 1)
		ereport(LOG,
				(errmsg("%s: %s", log_speaker(), link->error.message),
				 link->error.hint[0] ? errhint("%s", link->error.hint) : 0));
}

bool
link_connect(WorkerLink *link, const ConsumerConfig *config,
			 const char *worker_name, bool wants_deliveries)
{
	const IoWaiter waiter = {.wait = link_wait};
	BrokerOptions options = config->broker;
	BrokerTopology topology = config->topology;
	char name[128];

	if (link->broker != NULL || io_now_ms() < link->connect_ms)
		return link->broker != NULL;
	snprintf(name, sizeof(name), "analytics worker %s", worker_name);
	options.connection_name = name;
	topology.suspended = !wants_deliveries;
	link->broker = broker_open(&options, &topology, limit_event_bytes(),
							   &waiter, &link->status, &link->error);
	link->generation++;
	link->connected_ms = link->pumped_ms = link->asked_ms = io_now_ms();
	if (link->broker == NULL)
	{
		if (link->status != BROKER_INTERRUPTED)
			link_drop(link, link->status);
		return false;
	}
	if (link->had_connection)
		link->reconnects++;
	link->had_connection = true;
	return true;
}

/* Every call on a connection ends here. */
static void
link_check(WorkerLink *link, BrokerStatus status)
{
	if (status == BROKER_CANCELLED)
		link->cancelled = true;
	else if (status != BROKER_OK)
		link_drop(link, status);
}

void
link_drop_cancelled(WorkerLink *link)
{
	if (link->broker != NULL && link->cancelled)
		link_drop(link, BROKER_CANCELLED);
}

void
link_pump(WorkerLink *link, int idle_ms)
{
	int64 now = io_now_ms();

	if (link->broker == NULL || now - link->pumped_ms < idle_ms)
		return;
	link->pumped_ms = now;
	link_check(link, broker_pump(link->broker, &link->error));
	if (link->broker != NULL && now - link->asked_ms >= DEPTH_INTERVAL_MS)
	{
		link->asked_ms = now;
		link_check(link, broker_ask_depth(link->broker, &link->error));
	}
}

void
link_acknowledge(WorkerLink *link, uint32 generation, uint64 tag)
{
	if (link->broker != NULL && generation == link->generation)
		link_check(link, broker_acknowledge(link->broker, tag, &link->error));
}

void
link_release(WorkerLink *link, uint32 generation, uint64 tag)
{
	if (link->broker != NULL && generation == link->generation)
		link_check(link, broker_release(link->broker, tag, &link->error));
}

void
link_flow(WorkerLink *link, bool wanted)
{
	if (link->broker == NULL || broker_is_suspended(link->broker) != wanted)
		return;
	link_check(link, wanted ? broker_resume(link->broker, &link->error)
							: broker_suspend(link->broker, &link->error));
}

void
link_close(WorkerLink *link)
{
	/*
	 * The last word of the broker may be that the queue is gone: then it is
	 * dropped anyway, once all that it has brought is taken.
	 */
	link_pump(link, 0);
	if (link->cancelled)
		return;
	if (link->broker != NULL)
	{
		broker_close(link->broker, true);
		link->lost = true;
	}
	link->broker = NULL;
	link->attempts = 0;
	link->connect_ms = 0;
}

bool
link_take_lost(WorkerLink *link)
{
	bool lost = link->lost;

	link->lost = false;
	return lost;
}

uint32
link_generation(const WorkerLink *link)
{
	return link->broker != NULL ? link->generation : 0;
}

int
link_timeout_ms(const WorkerLink *link)
{
	if (link->broker != NULL)
		return broker_timeout_ms(link->broker);
	return (int) Max(link->connect_ms - io_now_ms(), 0);
}
