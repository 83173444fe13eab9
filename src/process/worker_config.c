/*-------------------------------------------------------------------------
 *
 * worker_config.c
 *	  How a worker takes up its configuration and its rules.
 *
 * Both are loaded in one short transaction and put to use as a whole or not
 * at all: when loading fails the worker goes on with what it has, takes no
 * deliveries, and says why.  Only what has really changed is begun anew.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "foreign/fdwapi.h"
#include "utils/memutils.h"

#include "process/txn.h"
#include "process/worker.h"

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
		if (*config != NULL)
			MemoryContextDelete((*config)->context);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	if (!present)
		worker_leave(failure->problem ? failure->problem
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
	pipeline_keep_texts(worker->pipeline, config->scorer != NULL);
	worker->scorer_sqlstate = 0; /* it may be another */
	log_level = config->log_level;
	if (log_level >= LOG_LEVEL_DEBUG)
		ereport(LOG,
				(errmsg("analytics worker \"%s\" uses a new configuration",
						worker->name)));
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

	/*
	 * Not at the first failure: a consumer that is dropped takes the rights
	 * of its role along, just before its worker is ended.
	 */
	if (worker->config_attempts++ == 1)
		ereport(LOG, (errmsg("analytics worker \"%s\" cannot use its "
							 "configuration: %s",
							 worker->name, failure->message),
					  failure->hint[0] ? errhint("%s", failure->hint) : 0));
	worker->config_retry_ms =
		io_now_ms() +
		Min(retry_delay_ms(worker->config_attempts), CREDENTIALS_INTERVAL_MS);
	state_worker_error(failure->sqlstate, failure->message);
}

static void
take_up(bool with_rules)
{
	ConsumerConfig *config = NULL;
	IngestRules *rules = NULL;

	worker->config_generation = state_worker_config_told();
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
		worker_leave("its consumer does not want it any more");
	if (!use_config_guarded(config))
	{
		config_failed();
		return;
	}
	worker->config_attempts = 0;
}

/* Said before anything is taken by it. */
static void
refresh(bool with_rules)
{
	take_up(with_rules);
	worker_report();
}

/*
 * Rules change between batches, never under those that wait for their
 * commit: these are committed first, as made by the rules they name.
 */
void
worker_refresh_if_changed(void)
{
	bool told = worker->config_stale;
	bool changed =
		told || worker->config == NULL || worker->config_attempts > 0;
	int ignored = -1;

	worker->config_stale = false;
	/* What was told may be what mends it. */
	if (worker->config_attempts > 0 && !told &&
		io_now_ms() < worker->config_retry_ms)
		return;
	if (worker->rules_stale && worker->rules != NULL &&
		pipeline_commit_due(worker->pipeline, 0, &ignored))
	{
		if (changed)
			refresh(false);
		return;
	}
	if (changed || worker->rules_stale)
		refresh(worker->rules_stale || worker->rules == NULL);
}
