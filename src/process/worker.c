/*-------------------------------------------------------------------------
 *
 * worker.c
 *	  One worker of a consumer: the loop that ties broker, store, pipeline
 *	  and commit together.
 *
 * Each turn: take up changes of configuration and rules; connect if need be;
 * accept deliveries; move fetches along; commit what is due and acknowledge
 * it; say in shared memory what is going on; sleep until something happens.
 * A transaction is only ever open inside refresh, lease and commit, none of
 * which touches the network.  A delivery is acknowledged only after the
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
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "ingest/consumer.h"
#include "ingest/local_queue.h"
#include "ingest/pipeline.h"
#include "process/commit.h"
#include "process/process.h"
#include "process/state.h"
#include "process/txn.h"
#include "process/worker_link.h"

/* Between two looks at the socket while long work runs. */
#define PUMP_INTERVAL_MS 1000

/* A held group of deliveries is given back to the broker after this long. */
#define COMMIT_HOLD_LIMIT_MS (4 * 60 * 1000)

typedef struct Worker
{
	char consumer[NAMEDATALEN];
	int number;
	char name[NAMEDATALEN + 16]; /* consumer/number */
	Oid role;
	MemoryContext turn; /* reset each turn of the loop */

	ConsumerConfig *config; /* NULL: could not be loaded yet */
	IngestRules *rules;
	Pipeline *pipeline;
	StoreClient *store;
	WorkerLink link;

	/* what went wrong last when loading the configuration */
	CommitFailure config_failure;
	int config_attempts; /* 0: it is loaded */
	int64 config_retry_ms;
	bool rules_stale;

	CommitFailure commit_failure;
	int commit_attempts; /* in a row that failed; 0: none */
	int64 commit_retry_ms;
	int64 commit_failed_ms; /* since when */

	bool queue_stale;     /* there may be due events in local_queue */
	bool queue_failed;    /* commit_failure is of a look into it */
	bool leases_released; /* those of our predecessor */
	int64 queue_ms;       /* when the next one will be due; 0: none */

	WorkerGauges gauges;
} Worker;

static Worker *worker;

/* Called between items of a batch: heartbeats must not wait for them. */
static void
worker_tick(void)
{
	link_pump(&worker->link, PUMP_INTERVAL_MS);
}

/* ------------------------------------------------------------------ */
/* Configuration and rules                                            */
/* ------------------------------------------------------------------ */

static void leave(const char *why) pg_attribute_noreturn();

/* The extension is gone or of another version: the supervisor knows why. */
static void
leave(const char *why)
{
	ereport(LOG,
			(errmsg("analytics worker \"%s\" ends: %s", worker->name, why)));
	broker_close(worker->link.broker, true);
	proc_exit(0);
}

/*
 * Read the consumer and, if they are stale, the rules.  False, with
 * worker->config_failure filled, when that raises.
 */
static bool
load(bool with_rules, ConsumerConfig **config, IngestRules **rules)
{
	MemoryContext caller = CurrentMemoryContext;
	CommitFailure *failure = &worker->config_failure;
	volatile bool loaded = false;
	bool present = true;

	memset(failure, 0, sizeof(*failure));
	PG_TRY();
	{
		present = txn_begin("loading configuration", &failure->problem);
		if (present)
		{
			*config = consumer_load(TopMemoryContext, worker->consumer);
			if (with_rules)
				*rules = rules_load(TopMemoryContext);
			txn_commit();
		}
		loaded = true;
	}
	PG_CATCH();
	{
		commit_failure_from_error(failure, caller);
		txn_abort();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	if (!present)
		leave(failure->problem ? failure->problem
							   : "the extension is not installed");
	return loaded;
}

static void
use_store(const ConsumerConfig *config)
{
	StoreOptions options = config->store;
	StoreClient *store = NULL;
	IoError error;

	/* How many fetches run at once is the pipeline's to say. */
	options.max_fetches = 256;
	if (config->has_store)
	{
		store = store_create(&options, &error);
		if (store == NULL)
			ereport(ERROR, (errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
							errmsg("%s", error.message),
							error.hint[0] ? errhint("%s", error.hint) : 0));
	}
	pipeline_set_store(worker->pipeline, store, config->max_fetches,
					   config->store.endpoint);
	store_destroy(worker->store);
	worker->store = store;
}

/* Put a freshly loaded configuration to use; what changed is begun anew. */
static void
use_config(ConsumerConfig *config)
{
	ConsumerConfig *old = worker->config;

	if (old == NULL || old->store_fingerprint != config->store_fingerprint ||
		old->has_store != config->has_store)
		use_store(config);
	else
		pipeline_set_store(worker->pipeline, worker->store,
						   config->max_fetches, config->store.endpoint);
	if (old == NULL || old->broker_fingerprint != config->broker_fingerprint ||
		old->has_broker != config->has_broker)
		link_close(&worker->link);
	worker->config = config;
	if (old != NULL)
		MemoryContextDelete(old->context);
}

static bool
use_config_guarded(ConsumerConfig *config)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool used = false;

	PG_TRY();
	{
		use_config(config);
		used = true;
	}
	PG_CATCH();
	{
		commit_failure_from_error(&worker->config_failure, caller);
		MemoryContextDelete(config->context);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return used;
}

static void
config_failed(void)
{
	const CommitFailure *failure = &worker->config_failure;

	if (worker->config_attempts++ == 0)
		ereport(LOG, (errmsg("analytics worker \"%s\" cannot use its "
							 "configuration: %s",
							 worker->name, failure->message),
					  failure->hint[0] ? errhint("%s", failure->hint) : 0));
	worker->config_retry_ms =
		io_now_ms() + retry_delay_ms(worker->config_attempts);
	state_worker_error(failure->sqlstate, failure->message);
}

static void
refresh(bool with_rules)
{
	ConsumerConfig *config = NULL;
	IngestRules *rules = NULL;

	if (!load(with_rules, &config, &rules))
	{
		config_failed();
		return;
	}
	if (rules != NULL)
	{
		IngestRules *old = worker->rules;

		worker->rules = rules;
		pipeline_set_rules(worker->pipeline, rules);
		if (old != NULL)
			MemoryContextDelete(old->context);
		worker->rules_stale = false;
	}
	if (config == NULL || !config->enabled ||
		worker->number > config->workers || config->role != worker->role)
		leave("its consumer does not want it any more");
	if (!use_config_guarded(config))
	{
		config_failed();
		return;
	}
	worker->config_attempts = 0;
}

/*
 * Rules change between batches, never under those that wait for their
 * commit: these are committed first, as made by the rules they name.
 */
static void
refresh_if_changed(void)
{
	bool changed = state_worker_config_changed();
	int ignored = -1;

	worker->rules_stale |= state_worker_rules_changed();
	if (worker->config_attempts > 0 && io_now_ms() >= worker->config_retry_ms)
		changed = true;
	if (worker->rules_stale && worker->rules != NULL &&
		pipeline_commit_due(worker->pipeline, 0, &ignored))
	{
		if (changed)
			refresh(false);
		return;
	}
	if (changed || worker->rules_stale || worker->config == NULL)
		refresh(worker->rules_stale || worker->rules == NULL);
}

/* ------------------------------------------------------------------ */
/* Deliveries                                                         */
/* ------------------------------------------------------------------ */

static bool
wants_deliveries(void)
{
	return !worker->config->paused && worker->commit_attempts == 0 &&
		   worker->config_attempts == 0 && !worker->rules_stale &&
		   !pipeline_is_blocked(worker->pipeline);
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
	pipeline_accept(worker->pipeline, &delivery);
}

/*
 * What the broker sent goes into the pipeline; what still arrives while
 * nothing is wanted goes back.
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
		if (wanted)
			accept_delivery(&message);
		else
			link_release(&worker->link, worker->link.generation, message.tag);
		broker_delivery_free(&message);
	}
}

static int
lease_in_transaction(int limit, Delivery **deliveries, TimestampTz *next_due)
{
	const char *problem;
	int count;

	if (!txn_begin("taking events from the local queue", &problem))
		leave(problem ? problem : "the extension is not installed");
	if (!worker->leases_released)
		local_queue_release(worker->name);
	count = local_queue_lease(worker->turn, worker->consumer, worker->name,
							  limit, deliveries, next_due);
	txn_commit();
	worker->leases_released = true;
	return count;
}

/* The database refuses: log it once, and wait before the next try. */
static void
database_failed(void)
{
	const CommitFailure *failure = &worker->commit_failure;

	if (worker->commit_attempts++ == 0)
	{
		worker->commit_failed_ms = io_now_ms();
		ereport(LOG, (errmsg("analytics worker \"%s\" cannot commit: %s",
							 worker->name, failure->message),
					  failure->hint[0] ? errhint("%s", failure->hint) : 0));
	}
	worker->commit_retry_ms =
		io_now_ms() + retry_delay_ms(worker->commit_attempts);
	state_worker_error(failure->sqlstate, failure->message);
}

static void
lease_failed(MemoryContext caller)
{
	memset(&worker->commit_failure, 0, sizeof(worker->commit_failure));
	commit_failure_from_error(&worker->commit_failure, caller);
	txn_abort();
	worker->queue_failed = true;
	database_failed();
}

/* May the queue be looked into now?  After a failure, when it is time to. */
static bool
may_lease(void)
{
	if (worker->queue_failed)
		return io_now_ms() >= worker->commit_retry_ms;
	return wants_deliveries();
}

static void
lease(void)
{
	MemoryContext caller = CurrentMemoryContext;
	int room = worker->config->prefetch - pipeline_count(worker->pipeline);
	Delivery *deliveries = NULL;
	TimestampTz next_due = 0;
	volatile int count = -1;

	worker->queue_stale |= state_worker_queue_changed();
	if (worker->queue_ms > 0 && io_now_ms() >= worker->queue_ms)
		worker->queue_stale = true;
	if (!worker->queue_stale || room <= 0 || !may_lease())
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
		pipeline_accept(worker->pipeline, &deliveries[i]);
	worker->queue_stale = count == room;
	worker->queue_ms = 0;
	if (next_due > 0)
		worker->queue_ms = io_now_ms() + 1 +
						   Max((next_due - GetCurrentTimestamp()) / 1000, 0);
}

/* ------------------------------------------------------------------ */
/* Commit                                                             */
/* ------------------------------------------------------------------ */

/* Where in the group's arrays each entry went. */
typedef struct GroupMember
{
	GroupBatch *batch;
	DeadLetter *letter;
	ParkedEvent *parked;
} GroupMember;

static void
add_member(BatchGroup *group, Entry *entry, GroupMember *member)
{
	const Delivery *delivery = &entry->batch->delivery;
	const Event *event = &entry->batch->event;

	switch (entry->stage)
	{
		case ENTRY_READY:
			member->batch = &group->batches[group->batch_count++];
			member->batch->batch = entry->batch;
			break;
		case ENTRY_REJECTED:
			member->letter = &group->letters[group->letter_count++];
			member->letter->delivery = delivery;
			member->letter->event_id = event->event_id;
			member->letter->platform =
				entry->event_valid ? event->platform : NULL;
			member->letter->reason = entry->rejection.reason;
			member->letter->message = entry->rejection.message;
			member->letter->batch_failed = entry->event_valid;
			break;
		case ENTRY_PARKED:
			member->parked = &group->parked[group->parked_count++];
			member->parked->delivery = delivery;
			member->parked->attempts = entry->attempts;
			member->parked->due_at = entry->due_at;
			break;
		case ENTRY_WAITING:
		case ENTRY_FETCHING:
			elog(ERROR, "an event that is not settled was to be committed");
	}
}

static bool
member_committed(const GroupMember *member)
{
	if (member->batch != NULL)
		return member->batch->committed;
	if (member->letter != NULL)
		return member->letter->committed;
	return member->parked->committed;
}

static void
count_member(const Entry *entry, const GroupMember *member)
{
	WorkerGauges *gauges = &worker->gauges;

	if (member->batch != NULL && member->batch->verdict == VERDICT_PROCESSED)
	{
		gauges->committed_batches++;
		gauges->committed_items += entry->batch->item_count;
	}
	else if (member->batch != NULL &&
			 member->batch->verdict == VERDICT_DUPLICATE)
		gauges->duplicates++;
	else if (member->letter != NULL || member->batch != NULL)
	{
		gauges->dead_lettered++;
		ereport(LOG, (errmsg("analytics: event \"%s\" is a dead letter: %s",
							 entry->batch->event.event_id
								 ? entry->batch->event.event_id
								 : "(unreadable)",
							 member->letter ? member->letter->reason
											: "KEY_CONFLICT")));
	}
}

/* Acknowledge and forget what is durable; the rest goes back. */
static void
settle(Entry **entries, GroupMember *members, int count)
{
	for (int i = 0; i < count; i++)
	{
		const Delivery *delivery = &entries[i]->batch->delivery;

		if (!member_committed(&members[i]))
		{
			pipeline_return(worker->pipeline, entries[i]);
			continue;
		}
		if (delivery->source == DELIVERY_BROKER)
			link_acknowledge(&worker->link, delivery->generation,
							 delivery->tag);
		if (members[i].parked != NULL)
			worker->queue_stale = true;
		count_member(entries[i], &members[i]);
		pipeline_forget(worker->pipeline, entries[i]);
	}
}

static void
commit_failed(void)
{
	const CommitFailure *failure = &worker->commit_failure;

	if (failure->extension_gone)
		leave(failure->problem ? failure->problem
							   : "the extension is not installed");
	database_failed();
}

/* Commit one group.  False: it failed, and is held. */
static bool
commit_some(void)
{
	Entry *entries[PIPELINE_GROUP_ENTRIES];
	GroupMember members[PIPELINE_GROUP_ENTRIES] = {0};
	BatchGroup group = {.consumer = worker->consumer,
						.worker = worker->number,
						.worker_name = worker->name,
						.rules = worker->rules};
	int count = pipeline_take(worker->pipeline, entries);
	bool committed;

	group.batches = palloc0(PIPELINE_GROUP_ENTRIES * sizeof(GroupBatch));
	group.letters = palloc0(PIPELINE_GROUP_ENTRIES * sizeof(DeadLetter));
	group.parked = palloc0(PIPELINE_GROUP_ENTRIES * sizeof(ParkedEvent));
	for (int i = 0; i < count; i++)
		add_member(&group, entries[i], &members[i]);

	committed = commit_group(&group, &worker->commit_failure);
	settle(entries, members, count);
	if (committed)
	{
		worker->commit_attempts = 0;
		worker->gauges.last_commit_at = GetCurrentTimestamp();
	}
	else
		commit_failed();
	return committed;
}

/*
 * The database has refused for so long that the broker would soon take the
 * deliveries back by closing the channel: return them in good order.
 */
static void
give_back_if_held_too_long(void)
{
	if (worker->commit_attempts == 0 ||
		io_now_ms() - worker->commit_failed_ms < COMMIT_HOLD_LIMIT_MS)
		return;
	link_close(&worker->link);
	worker->commit_failed_ms = io_now_ms();
}

/* Commit what is due; *wait_ms is lowered to when something will be. */
static void
commit_due(int *wait_ms)
{
	int delay = worker->rules_stale ? 0 : worker->config->commit_delay_ms;

	if (worker->commit_attempts > 0 && io_now_ms() < worker->commit_retry_ms)
	{
		give_back_if_held_too_long();
		return;
	}
	if (worker->commit_attempts > 0 && !worker->queue_failed &&
		!pipeline_commit_due(worker->pipeline, 0, wait_ms))
	{
		/* what failed is no longer held: the next transaction will tell */
		worker->commit_attempts = 0;
		return;
	}
	while (!process_stop_requested &&
		   pipeline_commit_due(worker->pipeline, delay, wait_ms))
	{
		if (!commit_some())
			return;
		MemoryContextReset(worker->turn);
		link_pump(&worker->link, PUMP_INTERVAL_MS);
	}
}

/* ------------------------------------------------------------------ */
/* Report                                                             */
/* ------------------------------------------------------------------ */

static void
report_gauges(const PipelineStatus *status)
{
	WorkerGauges *gauges = &worker->gauges;

	gauges->broker_connected = worker->link.broker != NULL;
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

/* One state, the first that holds: what an operator must know first. */
static void
report(void)
{
	PipelineStatus status;

	pipeline_status(worker->pipeline, &status);
	report_gauges(&status);
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
	else if (status.objects_waiting > 0 &&
			 status.objects_waiting == status.entries)
		state_worker_report(WORKER_BLOCKED, status.problem.message,
							status.problem.hint, status.attempts);
	else
		state_worker_report(status.entries > 0 ? WORKER_RUNNING : WORKER_IDLE,
							NULL, NULL, 0);
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
		if (worker->commit_attempts > 0)
			lower(&wait_ms, Max(worker->commit_retry_ms - now, 0));
	}
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

static void
wait_for_something(int timeout_ms)
{
	WaitEvent event;

	Assert(!txn_is_open);
	if (!process_stop_requested)
		(void) WaitEventSetWait(wait_set(), timeout_ms, &event, 1,
								PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	if (!process_stop_requested)
		CHECK_FOR_INTERRUPTS();
	process_reload_configuration();
}

/* ------------------------------------------------------------------ */
/* The loop                                                           */
/* ------------------------------------------------------------------ */

static void
turn(void)
{
	int wait_ms = -1;

	MemoryContextReset(worker->turn);
	MemoryContextSwitchTo(worker->turn);
	refresh_if_changed();
	if (worker->config == NULL)
	{
		report_failure(&worker->config_failure, true, worker->config_attempts);
		wait_for_something(sleep_timeout(wait_ms));
		return;
	}
	if (worker->config->has_broker && worker->config_attempts == 0 &&
		worker->link.broker == NULL)
	{
		report();
		link_connect(&worker->link, worker->config, worker->name);
	}
	receive();
	lease();
	if (link_take_lost(&worker->link))
		pipeline_drop_broker(worker->pipeline);
	pipeline_run(worker->pipeline);
	commit_due(&wait_ms);
	report();
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
	state_worker_report(WORKER_STARTING, NULL, NULL, 0);
	txn_connect(database, worker->role, application_name);

	/* Workers of one moment must not all try again at the same moment. */
	pg_prng_seed(&pg_global_prng_state,
				 (uint64) MyProcPid ^ (uint64) GetCurrentTimestamp());
	worker->turn = AllocSetContextCreate(
		TopMemoryContext, "analytics worker turn", ALLOCSET_DEFAULT_SIZES);
	worker->pipeline = pipeline_create(TopMemoryContext, worker_tick);
	worker->rules_stale = true;
	worker->queue_stale = true;
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
