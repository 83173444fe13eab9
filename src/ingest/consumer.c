/*-------------------------------------------------------------------------
 *
 * consumer.c
 *	  Load one row of analytics.consumers and the connections it names.
 *
 * The fingerprints let a worker see, without comparing field by field, whether
 * it must connect anew; they include the secrets, also those read from files,
 * and live in this process's memory alone.  The row was checked when it was
 * written (src/sql/consumer_check.c); here it is only read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/snapmgr.h"

#include "ingest/connections.h"
#include "ingest/consumer.h"
#include "ingest/limits.h"

/* Within this time all that is held must have been through a scorer. */
#define SCORER_HOLD_MS (120 * 1000)

#define CONSUMER_QUERY                                                        \
	"SELECT broker, store, exchange, routing_key, queue, queue_type,"         \
	" queue_arguments, passive, workers, prefetch, max_fetches,"              \
	" (EXTRACT(epoch FROM commit_delay) * 1000)::integer, role, enabled,"     \
	" paused, pause_reason, scorer, scorer_by,"                               \
	" (EXTRACT(epoch FROM scorer_timeout) * 1000)::integer, log_level"        \
	" FROM analytics.consumers WHERE name = $1"

enum
{
	COLUMN_BROKER = 1,
	COLUMN_STORE,
	COLUMN_EXCHANGE,
	COLUMN_ROUTING_KEY,
	COLUMN_QUEUE,
	COLUMN_QUEUE_TYPE,
	COLUMN_QUEUE_ARGUMENTS,
	COLUMN_PASSIVE,
	COLUMN_WORKERS,
	COLUMN_PREFETCH,
	COLUMN_MAX_FETCHES,
	COLUMN_COMMIT_DELAY,
	COLUMN_ROLE,
	COLUMN_ENABLED,
	COLUMN_PAUSED,
	COLUMN_PAUSE_REASON,
	COLUMN_SCORER,
	COLUMN_SCORER_BY,
	COLUMN_SCORER_TIMEOUT,
	COLUMN_LOG_LEVEL
};

/* A column of the one row found, NULL for NULL, in the current context. */
static char *
text_column(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

/* One that is NOT NULL. */
static Datum
value_column(int column)
{
	bool is_null;

	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column,
						 &is_null);
}

static uint64
hash_bytes_into(uint64 hash, const void *bytes, size_t length)
{
	return hash_bytes_extended(bytes, (int) length, hash);
}

/* NULL and "" differ, and so do ("ab", "c") and ("a", "bc"). */
static uint64
hash_text(uint64 hash, const char *text)
{
	return hash_bytes_into(hash, text != NULL ? text : "\1",
						   text != NULL ? strlen(text) + 1 : 1);
}

static uint64
hash_number(uint64 hash, int64 number)
{
	return hash_bytes_into(hash, &number, sizeof(number));
}

static uint64
broker_hash(const BrokerOptions *broker, const BrokerTopology *topology)
{
	uint64 hash = hash_text(1, broker->host);

	hash = hash_number(hash, broker->port);
	hash = hash_text(hash, broker->vhost);
	hash = hash_text(hash, broker->user);
	hash = hash_text(hash, broker->password);
	hash = hash_number(hash, broker->tls);
	hash = hash_number(hash, broker->tls_verify);
	hash = hash_text(hash, broker->tls_ca_file);
	hash = hash_text(hash, broker->tls_cert_file);
	hash = hash_text(hash, broker->tls_key_file);
	hash = hash_number(hash, broker->heartbeat_seconds);
	hash = hash_number(hash, broker->connect_timeout_ms);
	hash = hash_number(hash, topology->passive);
	hash = hash_text(hash, topology->exchange);
	hash = hash_text(hash, topology->routing_key);
	hash = hash_text(hash, topology->queue);
	hash = hash_text(hash, topology->queue_type);
	hash = hash_number(hash, topology->prefetch);
	hash = hash_number(hash, (int64) limit_event_bytes());
	for (int i = 0; i < topology->argument_count; i++)
	{
		hash = hash_text(hash, topology->arguments[i].name);
		hash = hash_number(hash, topology->arguments[i].kind);
		hash = hash_number(hash, topology->arguments[i].integer);
		hash = hash_text(hash, topology->arguments[i].text);
	}
	return hash;
}

static uint64
store_hash(const StoreOptions *store)
{
	uint64 hash = hash_text(2, store->endpoint);

	hash = hash_text(hash, store->region);
	hash = hash_text(hash, store->access_key);
	hash = hash_text(hash, store->secret_key);
	hash = hash_text(hash, store->session_token);
	hash = hash_number(hash, store->path_style);
	hash = hash_number(hash, store->buckets != NULL);
	for (int i = 0; store->buckets != NULL && i < store->bucket_count; i++)
		hash = hash_text(hash, store->buckets[i]);
	hash = hash_number(hash, store->tls_verify);
	hash = hash_text(hash, store->tls_ca_file);
	hash = hash_text(hash, store->tls_cert_file);
	hash = hash_text(hash, store->tls_key_file);
	hash = hash_number(hash, store->connect_timeout_ms);
	hash = hash_number(hash, store->stall_timeout_s);
	hash = hash_number(hash, store->total_timeout_s);
	hash = hash_number(hash, (int64) store->max_bytes);
	return hash_number(hash, store->max_fetches);
}

/* A scalar of queue_arguments; the trigger let no other kind in. */
static void
read_argument(BrokerArgument *argument, const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvBool:
			argument->kind = BROKER_ARGUMENT_BOOLEAN;
			argument->integer = value->val.boolean;
			break;
		case jbvNumeric:
			argument->kind = BROKER_ARGUMENT_INTEGER;
			argument->integer = DatumGetInt64(DirectFunctionCall1(
				numeric_int8, NumericGetDatum(value->val.numeric)));
			break;
		case jbvString:
			argument->kind = BROKER_ARGUMENT_TEXT;
			argument->text =
				pnstrdup(value->val.string.val, value->val.string.len);
			break;
		default:
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("queue argument \"%s\" is neither text, "
								   "number nor boolean",
								   argument->name)));
	}
}

static void
load_arguments(BrokerTopology *topology, Jsonb *jsonb)
{
	JsonbIterator *iterator = JsonbIteratorInit(&jsonb->root);
	BrokerArgument *arguments =
		palloc0(sizeof(BrokerArgument) * (JB_ROOT_COUNT(jsonb) + 1));
	JsonbIteratorToken token;
	JsonbValue value;
	int count = 0;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			arguments[count].name =
				pnstrdup(value.val.string.val, value.val.string.len);
		else if (token == WJB_VALUE)
			read_argument(&arguments[count++], &value);
	}
	topology->arguments = arguments;
	topology->argument_count = count;
}

/*
 * A scorer may take long for each batch: so few are held that the last one's
 * turn comes in time.
 */
static int
load_prefetch(void)
{
	int prefetch = DatumGetInt32(value_column(COLUMN_PREFETCH));
	int timeout_ms = DatumGetInt32(value_column(COLUMN_SCORER_TIMEOUT));

	if (text_column(COLUMN_SCORER) == NULL)
		return prefetch;
	return Max(Min(prefetch, SCORER_HOLD_MS / Max(timeout_ms, 1)), 1);
}

static void
load_topology(BrokerTopology *topology)
{
	topology->passive = DatumGetBool(value_column(COLUMN_PASSIVE));
	topology->exchange = text_column(COLUMN_EXCHANGE);
	topology->routing_key = text_column(COLUMN_ROUTING_KEY);
	topology->queue = text_column(COLUMN_QUEUE);
	topology->queue_type = text_column(COLUMN_QUEUE_TYPE);
	topology->prefetch = (uint16) load_prefetch();
	load_arguments(topology,
				   DatumGetJsonbP(value_column(COLUMN_QUEUE_ARGUMENTS)));
}

static Oid
load_role(const char *consumer)
{
	const char *name = text_column(COLUMN_ROLE);
	Oid role = get_role_oid(name, true);

	if (!OidIsValid(role))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role \"%s\" of consumer \"%s\" does not exist", name,
						consumer),
				 errhint("SELECT analytics.alter_consumer(%s, role => '...');",
						 quote_literal_cstr(consumer))));
	return role;
}

static void
load_connections(ConsumerConfig *config)
{
	if (config->has_broker)
	{
		connection_load_broker(config->broker_name, config->role,
							   &config->broker);
		config->broker_fingerprint =
			broker_hash(&config->broker, &config->topology);
	}
	if (config->has_store)
	{
		connection_load_store(config->store_name, config->role,
							  &config->store);
		config->store.max_fetches = config->max_fetches;
		config->store_fingerprint = store_hash(&config->store);
	}
}

static void
load_row(ConsumerConfig *config, const char *name)
{
	config->name = pstrdup(name);
	config->role = load_role(name);
	config->enabled = DatumGetBool(value_column(COLUMN_ENABLED));
	config->paused = DatumGetBool(value_column(COLUMN_PAUSED));
	config->pause_reason = text_column(COLUMN_PAUSE_REASON);
	config->workers = DatumGetInt32(value_column(COLUMN_WORKERS));
	config->prefetch = load_prefetch();
	config->max_fetches = DatumGetInt32(value_column(COLUMN_MAX_FETCHES));
	config->commit_delay_ms = DatumGetInt32(value_column(COLUMN_COMMIT_DELAY));
	config->scorer = text_column(COLUMN_SCORER);
	config->scorer_by = text_column(COLUMN_SCORER_BY);
	config->scorer_timeout_ms =
		DatumGetInt32(value_column(COLUMN_SCORER_TIMEOUT));
	load_topology(&config->topology);
	config->broker_name = text_column(COLUMN_BROKER);
	config->has_broker = config->broker_name != NULL;
	config->store_name = text_column(COLUMN_STORE);
	config->has_store = config->store_name != NULL;
	if (!log_level_find(text_column(COLUMN_LOG_LEVEL), &config->log_level))
		config->log_level = LOG_LEVEL_LOG;
}

/* False: no such row.  Leaves it in SPI_tuptable. */
static bool
find_row(const char *name)
{
	Oid types[1] = {TEXTOID};
	Datum values[1] = {CStringGetTextDatum(name)};
	int result =
		SPI_execute_with_args(CONSUMER_QUERY, 1, types, values, NULL, true, 1);

	if (result != SPI_OK_SELECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not read analytics.consumers: %s",
							   SPI_result_code_string(result))));
	return SPI_processed == 1;
}

/*
 * The new context hangs below SPI's own until all is loaded: an error on the
 * way frees it with the transaction.
 */
static ConsumerConfig *
load(MemoryContext parent, const char *name, bool with_connections)
{
	ConsumerConfig *config = NULL;

	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(
			ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("could not connect to SPI to read analytics.consumers")));
	PushActiveSnapshot(GetTransactionSnapshot());
	if (find_row(name))
	{
		MemoryContext context = AllocSetContextCreate(
			CurrentMemoryContext, "analytics consumer", ALLOCSET_SMALL_SIZES);
		MemoryContext before = MemoryContextSwitchTo(context);

		config = palloc0(sizeof(ConsumerConfig));
		config->context = context;
		load_row(config, name);
		if (with_connections)
			load_connections(config);
		MemoryContextSwitchTo(before);
		MemoryContextSetParent(context, parent);
	}
	PopActiveSnapshot();
	SPI_finish();
	return config;
}

ConsumerConfig *
consumer_load(MemoryContext parent, const char *name)
{
	return load(parent, name, true);
}

ConsumerConfig *
consumer_load_row(MemoryContext parent, const char *name)
{
	return load(parent, name, false);
}
