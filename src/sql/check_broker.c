/*-------------------------------------------------------------------------
 *
 * check_broker.c
 *	  Checks of a broker, and of a consumer's exchange and queue there.
 *
 * Whatever AMQP tells is asked (io/broker_probe.c), and nothing is declared,
 * bound or taken.  What it does not tell, the policies of a queue and the
 * broker's consumer_timeout, is reported as unknown with the command that
 * tells it, and never guessed.
 *
 * A consumer that is not passive declares exchange and queue itself: for it
 * a thing that is missing is no error, and one that differs is.  For one that
 * is passive it is the other way round.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "ingest/connections.h"
#include "ingest/retry.h"
#include "io/broker_probe.h"
#include "sql/check.h"

/* Deliveries after which we give up an event that crashes its worker. */
#define DELIVERIES_OF_OURS 3

/* Since these versions quorum queues have a limit of deliveries anyhow, and
 * queues a consumer timeout of their own: before, the argument is ignored. */
#define LIMIT_BY_DEFAULT_VERSION 400
#define QUEUE_TIMEOUT_VERSION 312

typedef struct BrokerCheck
{
	CheckReport *report;
	const ConsumerConfig *config;
	BrokerOptions options;
	BrokerProbe *probe;
	int64 deadline_ms;
	bool queue_is_known; /* it is there, and as the consumer says */
} BrokerCheck;

static void
add(BrokerCheck *check, const char *name, CheckStatus status,
	const char *finding, const char *hint)
{
	check_add(check->report, name, check->config->name, status, finding, hint);
}

static void
add_error(BrokerCheck *check, const char *name, CheckStatus status,
		  const BrokerFinding *finding)
{
	check_add_error(check->report, name, check->config->name, status,
					&finding->error);
}

/* As one word for a shell. */
static char *
quoted_for_shell(const char *text)
{
	StringInfoData word;

	initStringInfo(&word);
	appendStringInfoChar(&word, '\'');
	for (const char *c = text; *c != '\0'; c++)
		if (*c == '\'')
			appendStringInfoString(&word, "'\\''");
		else
			appendStringInfoChar(&word, *c);
	appendStringInfoChar(&word, '\'');
	return word.data;
}

/* A command for rabbitmqctl about the consumer's vhost. */
static char *
command(const BrokerCheck *check, const char *action, const char *columns)
{
	const char *vhost = check->options.vhost;

	return psprintf("rabbitmqctl %s -p %s %s", action,
					quoted_for_shell(vhost[0] != '\0' ? vhost : "/"), columns);
}

static const BrokerArgument *
find_argument(const BrokerCheck *check, const char *name)
{
	const BrokerTopology *topology = &check->config->topology;

	for (int i = 0; i < topology->argument_count; i++)
		if (strcmp(topology->arguments[i].name, name) == 0)
			return &topology->arguments[i];
	return NULL;
}

static bool
is_quorum(const BrokerCheck *check)
{
	return strcmp(check->config->topology.queue_type, "quorum") == 0;
}

/* ---- the exchange ---- */

static void
tell_missing_exchange(BrokerCheck *check, const BrokerFinding *finding)
{
	if (check->config->topology.passive)
		add_error(check, "exchange", CHECK_ERROR, finding);
	else
		add(check, "exchange", CHECK_WARNING,
			psprintf("exchange \"%s\" is not there yet: a worker declares it "
					 "when it connects",
					 check->config->topology.exchange),
			"If the consumer has workers, see analytics.status.");
}

/* It is there; *finding tells what it is like. */
static void
tell_exchange(BrokerCheck *check, const BrokerFinding *finding)
{
	const BrokerTopology *topology = &check->config->topology;
	bool is_refused = finding->answer == BROKER_ANSWER_REFUSED;
	bool is_other_type = finding->answer == BROKER_ANSWER_DIFFERENT &&
						 strcmp(finding->field, "type") == 0;

	if (finding->answer == BROKER_ANSWER_YES)
		add(check, "exchange", CHECK_OK,
			psprintf("exchange \"%s\" is a durable topic exchange",
					 topology->exchange),
			NULL);
	else if (!topology->passive)
		add_error(check, "exchange", CHECK_ERROR, finding);
	else if (is_refused)
		add(check, "exchange", CHECK_UNKNOWN,
			psprintf("exchange \"%s\" is there; of what type is not told to "
					 "user \"%s\"",
					 topology->exchange, check->options.user),
			command(check, "list_exchanges", "name type durable"));
	else if (is_other_type)
		add(check, "exchange", CHECK_WARNING,
			psprintf("exchange \"%s\" is of type %s, not a topic exchange",
					 topology->exchange, finding->current),
			psprintf("See that its bindings let \"%s\" through: %s",
					 topology->routing_key,
					 command(check, "list_bindings",
							 "source_name destination_name routing_key")));
	else
		add(check, "exchange", CHECK_OK,
			psprintf("exchange \"%s\" is there (%s is %s)", topology->exchange,
					 finding->field, finding->current),
			NULL);
}

static void
check_exchange(BrokerCheck *check)
{
	BrokerFinding finding;

	broker_probe_has_exchange(check->probe, check->config->topology.exchange,
							  check->deadline_ms, &finding);
	if (finding.answer == BROKER_ANSWER_YES)
		broker_probe_match_exchange(check->probe, check->deadline_ms,
									&finding);
	if (finding.answer == BROKER_ANSWER_MISSING)
		tell_missing_exchange(check, &finding);
	else if (finding.answer == BROKER_ANSWER_FAILED)
		add_error(check, "exchange", CHECK_ERROR, &finding);
	else
		tell_exchange(check, &finding);
}

/* ---- the queue ---- */

static void
tell_queue(BrokerCheck *check, const BrokerFinding *seen)
{
	const BrokerTopology *topology = &check->config->topology;

	add(check, "queue", CHECK_OK,
		psprintf("%s \"%s\" is there%s: %u messages ready, %u consumers",
				 topology->passive  ? "queue"
				 : is_quorum(check) ? "quorum queue"
									: "classic queue",
				 topology->queue,
				 topology->passive ? "" : ", with the consumer's arguments",
				 seen->messages, seen->consumers),
		NULL);
}

static void
check_queue(BrokerCheck *check)
{
	const BrokerTopology *topology = &check->config->topology;
	BrokerFinding seen;
	BrokerFinding finding;

	broker_probe_has_queue(check->probe, check->deadline_ms, &seen);
	finding = seen;
	if (seen.answer == BROKER_ANSWER_YES && !topology->passive)
		broker_probe_match_queue(check->probe, check->deadline_ms, &finding);
	check->queue_is_known =
		!topology->passive && finding.answer == BROKER_ANSWER_YES;
	if (finding.answer == BROKER_ANSWER_YES)
		tell_queue(check, &seen);
	else if (finding.answer == BROKER_ANSWER_MISSING && !topology->passive)
		add(check, "queue", CHECK_WARNING,
			psprintf("queue \"%s\" is not there yet: a worker declares it "
					 "when it connects",
					 topology->queue),
			"If the consumer has workers, see analytics.status.");
	else
		add_error(check, "queue", CHECK_ERROR, &finding);
}

/* ---- what a queue does with a message that comes back ---- */

static char *
policy_hint(const BrokerCheck *check)
{
	return command(check, "list_queues",
				   "name type arguments policy effective_policy_definition");
}

static void
tell_delivery_limit(BrokerCheck *check, const BrokerArgument *limit)
{
	bool is_low = limit->kind == BROKER_ARGUMENT_INTEGER &&
				  limit->integer >= 0 && limit->integer < DELIVERIES_OF_OURS;

	add(check, "delivery_limit", is_low ? CHECK_WARNING : CHECK_OK,
		psprintf("the delivery limit of queue \"%s\" is %lld%s",
				 check->config->topology.queue, (long long) limit->integer,
				 is_low ? ": a few lost connections, and an event is taken "
						  "away unread"
						: ""),
		is_low ? psprintf("Give it an x-delivery-limit of %d or more: then "
						  "an event that crashes its worker becomes a dead "
						  "letter of ours before.",
						  DELIVERIES_OF_OURS)
			   : NULL);
}

/* 312 for RabbitMQ 3.12.x; 0: another product, or none said. */
static int
server_version(const BrokerCheck *check)
{
	static const char product[] = "RabbitMQ ";
	const char *server = broker_probe_server(check->probe);
	char *rest;
	long major;

	if (strncmp(server, product, strlen(product)) != 0)
		return 0;
	major = strtol(server + strlen(product), &rest, 10);
	if (*rest != '.' || major < 0 || major > 1000)
		return 0;
	return (int) (major * 100 + Min(strtol(rest + 1, NULL, 10), 99));
}

static void
check_delivery_limit(BrokerCheck *check)
{
	const BrokerArgument *limit = find_argument(check, "x-delivery-limit");

	if (!is_quorum(check) && !check->config->topology.passive)
		add(check, "delivery_limit", CHECK_SKIPPED,
			"a classic queue has none: it delivers a message again for ever",
			NULL);
	else if (limit != NULL && check->queue_is_known)
		tell_delivery_limit(check, limit);
	else if (server_version(check) >= LIMIT_BY_DEFAULT_VERSION)
		add(check, "delivery_limit", CHECK_UNKNOWN,
			psprintf("%s takes a message of a quorum queue away after 20 "
					 "deliveries, unless a policy says otherwise, which AMQP "
					 "does not tell",
					 broker_probe_server(check->probe)),
			policy_hint(check));
	else
		add(check, "delivery_limit", CHECK_UNKNOWN,
			"whether a policy sets a delivery limit is not told through AMQP",
			policy_hint(check));
}

static void
tell_dead_letter_exchange(BrokerCheck *check, const char *exchange)
{
	BrokerFinding finding = {.answer = BROKER_ANSWER_YES};

	/* "" is the default exchange, which is always there. */
	if (exchange[0] != '\0')
		broker_probe_has_exchange(check->probe, exchange, check->deadline_ms,
								  &finding);
	if (finding.answer == BROKER_ANSWER_YES)
		add(check, "dead_letter_exchange", CHECK_OK,
			psprintf("what the broker takes away goes to exchange \"%s\"",
					 exchange),
			NULL);
	else if (finding.answer == BROKER_ANSWER_MISSING)
		add(check, "dead_letter_exchange", CHECK_ERROR,
			psprintf("exchange \"%s\" is not there: what the broker takes "
					 "away is lost",
					 exchange),
			"Create the exchange, and bind a queue to it.");
	else
		add_error(check, "dead_letter_exchange", CHECK_ERROR, &finding);
}

static void
check_dead_letter_exchange(BrokerCheck *check)
{
	const BrokerArgument *exchange =
		find_argument(check, "x-dead-letter-exchange");

	if (exchange != NULL && exchange->kind == BROKER_ARGUMENT_TEXT &&
		check->queue_is_known)
		tell_dead_letter_exchange(check, exchange->text);
	else if (is_quorum(check) || check->config->topology.passive)
		add(check, "dead_letter_exchange", CHECK_UNKNOWN,
			"whether a policy sets a dead letter exchange is not told "
			"through AMQP; without one, what a delivery limit takes away is "
			"lost",
			policy_hint(check));
	else
		add(check, "dead_letter_exchange", CHECK_SKIPPED,
			"the consumer gives its queue none, and needs none: what cannot "
			"be processed is in analytics.dead_letters",
			NULL);
}

static void
check_consumer_timeout(BrokerCheck *check)
{
	const BrokerArgument *timeout = find_argument(check, "x-consumer-timeout");
	long long held = (long long) hold_longest_ms();

	if (timeout != NULL && timeout->kind == BROKER_ARGUMENT_INTEGER &&
		check->queue_is_known &&
		server_version(check) >= QUEUE_TIMEOUT_VERSION)
		add(check, "consumer_timeout",
			timeout->integer > held ? CHECK_OK : CHECK_ERROR,
			psprintf("the consumer timeout of queue \"%s\" is %lld ms, and a "
					 "delivery is held for %lld ms at most",
					 check->config->topology.queue,
					 (long long) timeout->integer, held),
			timeout->integer > held
				? NULL
				: psprintf("Give it an x-consumer-timeout of more than %lld.",
						   held));
	else
		add(check, "consumer_timeout", CHECK_UNKNOWN,
			psprintf("the broker's consumer_timeout (30 minutes unless set) "
					 "is not told through AMQP; a delivery is held for %lld "
					 "ms at most",
					 held),
			psprintf("It has to be more than that: rabbitmqctl eval "
					 "'application:get_env(rabbit, consumer_timeout).'"));
}

/* ---- the broker ---- */

static void
tell_broker(BrokerCheck *check)
{
	const BrokerOptions *options = &check->options;
	const char *server = broker_probe_server(check->probe);

	check_add(check->report, "broker", check->config->broker_name, CHECK_OK,
			  psprintf("%s at \"%s:%d\" lets user \"%s\" into vhost \"%s\"%s",
					   server[0] != '\0' ? server : "a broker", options->host,
					   options->port, options->user,
					   options->vhost[0] != '\0' ? options->vhost : "/",
					   options->tls ? ", over TLS" : ""),
			  NULL);
}

static void
add_not_asked(BrokerCheck *check)
{
	add(check, "exchange", CHECK_SKIPPED, "the broker cannot be asked", NULL);
	add(check, "queue", CHECK_SKIPPED, "the broker cannot be asked", NULL);
}

static void
ask(BrokerCheck *check, AskedBefore before)
{
	check_note_asked(check->report, check->config->broker_name,
					 check->config->role, true);
	if (before == ASKED_NEVER)
		tell_broker(check);
	check_exchange(check);
	check_queue(check);
	check_delivery_limit(check);
	check_dead_letter_exchange(check);
	check_consumer_timeout(check);
}

static void
converse(BrokerCheck *check, AskedBefore before)
{
	BrokerStatus status;
	IoError error;

	check->probe = broker_probe_open(&check->options, &check->config->topology,
									 &check_waiter, &status, &error);
	CHECK_FOR_INTERRUPTS();
	if (check->probe != NULL)
	{
		ask(check, before);
		CHECK_FOR_INTERRUPTS();
		return;
	}
	check_add_error(check->report, "broker", check->config->broker_name,
					CHECK_ERROR, &error);
	add_not_asked(check);
}

void
check_broker(CheckReport *report, const ConsumerConfig *config)
{
	BrokerCheck *check = palloc0(sizeof(BrokerCheck));
	AskedBefore before =
		check_is_asked(report, config->broker_name, config->role);
	int allowed_ms;

	check->report = report;
	check->config = config;
	if (before == ASKED_IN_VAIN)
	{
		add_not_asked(check);
		return;
	}
	check_note_asked(report, config->broker_name, config->role, false);
	connection_load_broker(config->broker_name, config->role, &check->options);
	allowed_ms = check_time(report, "broker", config->broker_name);
	if (allowed_ms == 0)
		return;
	check->deadline_ms = io_now_ms() + allowed_ms;
	check->options.connect_timeout_ms =
		Min(check->options.connect_timeout_ms, allowed_ms);
	check->options.connection_name = "analytics check";
	PG_TRY();
	{
		converse(check, before);
	}
	PG_FINALLY();
	{
		broker_probe_close(check->probe);
	}
	PG_END_TRY();
}
