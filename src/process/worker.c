/*-------------------------------------------------------------------------
 *
 * worker.c
 *	  One worker of a consumer: the loop that ties broker, store, pipeline
 *	  and commit together.
 *
 * Each turn: take up changes of configuration and rules; connect if need be;
 * accept deliveries; move fetches along; commit what is due and acknowledge
 * it; say in shared memory what is going on; sleep until something happens.
 * What the configuration lets it take is said there before it is taken.
 * Each transaction is opened and ended within one step of a turn, and none of
 * them touches the network.  A delivery is acknowledged only after the
 * transaction that holds its effect has committed.
 *
 * The worker never restarts itself: it ends (exit code 0 or 1) and its
 * supervisor starts it again if it is still wanted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "ingest/consumer.h"
#include "ingest/crash_point.h"
#include "ingest/crash_record.h"
#include "ingest/local_queue.h"
#include "ingest/log_level.h"
#include "ingest/pipeline.h"
#include "process/commit.h"
#include "process/process.h"
#include "process/state.h"
#include "process/txn.h"
#include "process/wait_events.h"
#include "process/worker.h"
#include "process/worker_counters.h"

/* Between two looks into the queue that no change has asked for. */
#define QUEUE_INTERVAL_MS 1000

Worker *worker;

/* The extension is gone or of another version: the supervisor knows why. */
void
worker_leave(const char *why)
{
	ereport(LOG,
			(errmsg("analytics worker \"%s\" ends: %s", worker->name, why)));
	broker_close(worker->link.broker, true);
	state_worker_leaves();
	proc_exit(0);
}

/* Called between items of a batch: heartbeats must not wait for them. */
static void
worker_tick(void)
{
	/* A stop must not wait for a large batch either. */
	if (process_stop_requested)
		CHECK_FOR_INTERRUPTS();
	link_pump(&worker->link, WORKER_PUMP_INTERVAL_MS);
	worker_report_meanwhile();
}

/* ------------------------------------------------------------------ */
/* Deliveries                                                         */
/* ------------------------------------------------------------------ */

static bool
wants_deliveries(void)
{
	return worker_has_room() && !worker->config->paused &&
		   worker->commit_attempts == 0 && worker->config_attempts == 0 &&
		   !worker->rules_stale && !pipeline_is_blocked(worker->pipeline);
}

static void
accept_delivery(BrokerDelivery *message)
{
	Delivery delivery = {.source = DELIVERY_BROKER,
						 .tag = message->tag,
						 .generation = worker->link.generation,
						 .redelivered = message->redelivered,
						 .body = message->body ? message->body : "",
						 .body_length = message->body_length,
						 .refused_length =
							 message->oversized ? message->declared_length : 0,
						 .headers = message->headers,
						 .received_at = GetCurrentTimestamp()};

	worker->gauges.received++;
	worker->gauges.last_delivery_at = delivery.received_at;
	worker_accept(&delivery);
}

/*
 * What the broker sent goes into the pipeline; what still arrives while
 * nothing is wanted goes back.  Where the queue has been deleted there is
 * nowhere to go back to: all that it had delivered is kept, no more than
 * `prefetch`, and worked on.
 */
static void
receive(void)
{
	BrokerDelivery message;
	bool wanted = wants_deliveries();

	link_flow(&worker->link, wanted);
	link_pump(&worker->link, 0);
	while (worker->link.broker != NULL &&
		   broker_next_delivery(worker->link.broker, &message))
	{
		if (worker->link.cancelled || (wanted && worker_bytes_left() > 0))
			accept_delivery(&message);
		else
			link_release(&worker->link, worker->link.generation, message.tag);
		broker_delivery_free(&message);
	}
	if (worker->link.cancelled)
	{
		pipeline_keep_broker(worker->pipeline, worker->link.generation);
		link_drop_cancelled(&worker->link);
	}
}

/*
 * Milliseconds until the queue should be looked into for what is due then.  A
 * time that has passed belongs to what somebody else has just taken.
 */
static int64
queue_wait_ms(TimestampTz due)
{
	int64 left = (due - GetCurrentTimestamp()) / 1000 + 1;

	return left > 0 ? left : QUEUE_INTERVAL_MS;
}

static int
lease_in_transaction(int limit, Delivery **deliveries, TimestampTz *next_due)
{
	const char *problem;
	int count;

	if (!txn_begin("taking events from the local queue", &problem))
		worker_leave(problem ? problem : "the extension is not installed");
	if (!worker->leases_released)
		local_queue_release(worker->name);
	count =
		local_queue_lease(worker->turn, worker->consumer, worker->name, limit,
						  worker_bytes_left(), deliveries, next_due);
	txn_commit();
	worker->leases_released = true;
	return count;
}

static void
lease_failed(MemoryContext caller)
{
	memset(&worker->commit_failure, 0, sizeof(worker->commit_failure));
	commit_failure_from_error(&worker->commit_failure, caller);
	txn_abort();
	worker->queue_failed = true;
	worker_database_failed();
	worker_leave_if_outdated();
}

/* May the queue be looked into again, after a failure, once it is time to? */
static bool
may_lease_again(void)
{
	return !worker->config->paused && worker->config_attempts == 0 &&
		   !pipeline_is_blocked(worker->pipeline);
}

static bool
may_lease(void)
{
	if (worker->queue_failed)
		return io_now_ms() >= worker->commit_retry_ms && may_lease_again();
	return wants_deliveries();
}

/* Is there anything to try again at commit_retry_ms? */
static bool
retry_will_act(void)
{
	int ignored = -1;

	return !worker->queue_failed ||
		   pipeline_commit_due(worker->pipeline, 0, &ignored) ||
		   (worker->queue_stale && worker_has_room() &&
			pipeline_count(worker->pipeline) < worker->config->prefetch &&
			may_lease_again());
}

static void
lease(void)
{
	MemoryContext caller = CurrentMemoryContext;
	int room = worker->config->prefetch - pipeline_count(worker->pipeline);
	Delivery *deliveries = NULL;
	TimestampTz next_due = 0;
	volatile int count = -1;

	if (worker->queue_ms > 0 && io_now_ms() >= worker->queue_ms)
	{
		worker->queue_stale = true;
		worker->queue_ms = 0;
	}
	if (!worker->queue_stale || room <= 0 || !worker_has_room() ||
		!may_lease())
		return;
	PG_TRY();
	{
		count = lease_in_transaction(room, &deliveries, &next_due);
	}
	PG_CATCH();
	{
		lease_failed(caller);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	if (count < 0)
		return;
	if (worker->queue_failed)
	{
		worker->queue_failed = false;
		worker->commit_attempts = 0;
	}
	for (int i = 0; i < count; i++)
		crash_point("leased", &deliveries[i]);
	for (int i = 0; i < count; i++)
		worker_accept(&deliveries[i]);
	worker->queue_stale = count == room || worker_bytes_left() <= 0;
	worker->queue_ms = 0;
	if (next_due > 0)
		worker->queue_ms = io_now_ms() + queue_wait_ms(next_due);
}

/* ------------------------------------------------------------------ */
/* Sleep                                                              */
/* ------------------------------------------------------------------ */

static void
lower(int *timeout_ms, int64 candidate_ms)
{
	if (candidate_ms >= 0 && (*timeout_ms < 0 || candidate_ms < *timeout_ms))
		*timeout_ms = (int) Min(candidate_ms, 24 * 3600 * 1000);
}

static bool
credentials_are_refused(void)
{
	if (worker->config == NULL)
		return false;
	if (worker->link.broker == NULL &&
		worker->link.status == BROKER_MISCONFIGURED)
		return true;
	return pipeline_is_refused(worker->pipeline);
}

static int
sleep_timeout(int wait_ms)
{
	int64 now = io_now_ms();

	if (worker->config != NULL)
	{
		lower(&wait_ms, pipeline_timeout_ms(worker->pipeline));
		if (worker->config->has_broker)
			lower(&wait_ms, link_timeout_ms(&worker->link));
		if (worker->queue_stale && wants_deliveries() &&
			pipeline_count(worker->pipeline) < worker->config->prefetch)
			lower(&wait_ms, 0);
		if (worker->queue_ms > 0 && wants_deliveries())
			lower(&wait_ms, Max(worker->queue_ms - now, 0));
		if (worker->commit_attempts > 0 && retry_will_act())
			lower(&wait_ms, Max(worker->commit_retry_ms - now, 0));
		if (worker->is_full && worker_has_room())
			lower(&wait_ms, 0); /* let deliveries flow again */
		if (worker->link.broker != NULL &&
			broker_is_suspended(worker->link.broker) == wants_deliveries())
			lower(&wait_ms,
				  0); /* and say so, or the opposite, to the broker */
	}
	if (credentials_are_refused())
		lower(&wait_ms, Max(worker->credentials_ms - now, 0));
	if (worker->config_attempts > 0)
		lower(&wait_ms, Max(worker->config_retry_ms - now, 0));
	return wait_ms;
}

/*
 * The wait set lives as long as the two sockets in it stay the same; it is
 * made anew when one changes.
 */
static WaitEventSet *
wait_set(void)
{
	static WaitEventSet *set = NULL;
	static int broker_fd = -1;
	static int store_fd = -1;
	int broker = worker->link.broker ? broker_socket(worker->link.broker) : -1;
	int store = worker->store ? store_socket(worker->store) : -1;
	static uint32 generation = 0;
	static const StoreClient *client = NULL;

	if (set != NULL && broker == broker_fd && store == store_fd &&
		generation == worker->link.generation && client == worker->store)
		return set;
	if (set != NULL)
		FreeWaitEventSet(set);
	set = compat_wait_event_set(4);
	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	if (broker >= 0)
		AddWaitEventToSet(set, WL_SOCKET_READABLE, broker, NULL, NULL);
	if (store >= 0)
		AddWaitEventToSet(set, WL_SOCKET_READABLE, store, NULL, NULL);
	broker_fd = broker;
	store_fd = store;
	generation = worker->link.generation;
	client = worker->store;
	return set;
}

/* What it waits for first of all, for pg_stat_activity. */
static ProcessWait
current_wait(void)
{
	if (worker->commit_attempts > 0)
		return WAIT_COMMIT;
	if (worker->gauges.fetching > 0)
		return WAIT_STORE;
	if (worker->config != NULL && worker->config->has_broker &&
		worker->link.broker == NULL)
		return WAIT_BROKER;
	return WAIT_EVENTS;
}

static void
wait_for_something(int timeout_ms)
{
	WaitEvent event;

	Assert(!txn_is_open);

	/* One that came during the turn, whose wake-up a lock wait swallowed. */
	if (state_worker_change_pending() || ConfigReloadPending ||
		process_interrupt_waits())
		timeout_ms = 0;
	if (!process_stop_requested)
		(void) WaitEventSetWait(wait_set(), timeout_ms, &event, 1,
								process_wait_event(current_wait()));
	ResetLatch(MyLatch);
	if (!process_stop_requested)
		CHECK_FOR_INTERRUPTS();
}

/* ------------------------------------------------------------------ */
/* The loop                                                           */
/* ------------------------------------------------------------------ */

/*
 * Refused credentials may be mended where no catalog tells of it, in a
 * password_file or secret_key_file: read them again now and then.
 */
static bool
credentials_are_due(void)
{
	int64 now = io_now_ms();

	if (now < worker->credentials_ms || !credentials_are_refused())
		return false;
	worker->credentials_ms = now + CREDENTIALS_INTERVAL_MS;
	return true;
}

/* What has been asked for since the last turn, or is to be tried again. */
static void
take_changes(void)
{
	worker->config_stale |= state_worker_config_changed();
	worker->rules_stale |= state_worker_rules_changed();
	worker->queue_stale |= state_worker_queue_changed();
	worker->config_stale |= process_reload_configuration();
	worker->config_stale |= credentials_are_due();
	if (worker->config_stale)
		worker_settings_changed();
	worker_refresh_if_changed();
}

static void
connect_if_due(void)
{
	if (!worker->config->has_broker || worker->config_attempts > 0 ||
		worker->link.broker != NULL)
		return;
	worker_report();
	/* That may take seconds: what came over it is for the newest configuration. */
	if (link_connect(&worker->link, worker->config, worker->name,
					 wants_deliveries()))
		take_changes();
}

/* What a lost connection had delivered will be delivered again. */
static void
drop_lost(void)
{
	if (!link_take_lost(&worker->link))
		return;
	if (worker->commit_attempts > 0)
		(void) pipeline_keep_probe(worker->pipeline);
	pipeline_drop_broker(worker->pipeline, link_generation(&worker->link));
}

static void
turn(void)
{
	int wait_ms = -1;

	MemoryContextReset(worker->turn);
	MemoryContextSwitchTo(worker->turn);
	take_changes();
	if (worker->config == NULL)
	{
		worker_report();
		wait_for_something(sleep_timeout(wait_ms));
		return;
	}
	connect_if_due();
	receive();
	worker_report_meanwhile();
	lease();
	worker_report_meanwhile();
	drop_lost();
	pipeline_run(worker->pipeline);
	worker_commit_due(&wait_ms);
	worker_counters_flush(&wait_ms);
	worker_report();
	wait_for_something(sleep_timeout(wait_ms));
}

static void
worker_start(Datum arg)
{
	Oid database;
	char application_name[NAMEDATALEN + 32];

	worker = MemoryContextAllocZero(TopMemoryContext, sizeof(Worker));
	if (!state_worker_attach(DatumGetInt32(arg), &database, worker->consumer,
							 &worker->number, &worker->role))
		proc_exit(0);
	snprintf(worker->name, sizeof(worker->name), "%s/%d", worker->consumer,
			 worker->number);
	snprintf(application_name, sizeof(application_name), "analytics worker %s",
			 worker->name);
	log_set_worker(worker->name);
	state_worker_report(WORKER_STARTING, NULL, NULL, 0);
	crash_record_attach(DatumGetInt32(arg));
	txn_connect(database, worker->role, application_name);

	/* Workers of one moment must not all try again at the same moment. */
	pg_prng_seed(&pg_global_prng_state,
				 (uint64) MyProcPid ^ (uint64) GetCurrentTimestamp());
	worker->turn = AllocSetContextCreate(
		TopMemoryContext, "analytics worker turn", ALLOCSET_DEFAULT_SIZES);
	worker->pipeline = pipeline_create(TopMemoryContext, worker_tick);
	worker->rules_stale = true;
	worker->queue_stale = true;
	worker->attempts_exist = true; /* of our predecessors */
	worker_check_writable();
}

void
analytics_worker_main(Datum arg)
{
	process_install_signal_handlers();
	worker_start(arg);
	while (!process_stop_requested)
		turn();

	broker_close(worker->link.broker, true);
	proc_exit(0);
}
