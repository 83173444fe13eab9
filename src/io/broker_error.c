/*-------------------------------------------------------------------------
 *
 * broker_error.c
 *	  What a broker's refusal, or the loss of it, means and who can mend it.
 *
 * Three kinds are told apart: what mends itself (the caller tries again),
 * what somebody has to mend (the caller says so and waits long), and the
 * queue having gone (the caller declares it anew).  The same reply code can
 * be any of them, depending on what was asked.  Nothing here speaks to the
 * broker, and no secret reaches it.
 *
 *-------------------------------------------------------------------------
 */
#include "io/broker_error.h"
#include "io/amqp_library.h"
#include "io/store_text.h"

#include <stdio.h>
#include <string.h>

#define NAME_SIZE 64

#define HINT_LOGIN                                                            \
	"Check the options \"user\" and \"password\" of the user mapping for "    \
	"the broker's server."
#define HINT_VHOST                                                            \
	"Check the option \"vhost\" of the broker's server, and that the vhost "  \
	"exists and its user may enter it."
#define HINT_PERMISSION                                                       \
	"Let the broker's user configure, write and read there (rabbitmqctl "     \
	"set_permissions), or set the consumer to \"passive\"."
#define HINT_MISSING                                                          \
	"Create it, or set the consumer's \"passive\" to false so that it is "    \
	"declared."
#define HINT_QUEUE                                                            \
	"Set the consumer's \"queue_type\" and \"queue_arguments\" to those of "  \
	"the queue, or \"passive\" to true, or delete the queue."
#define HINT_EXCHANGE                                                         \
	"The consumer declares a durable topic exchange: name another, or set "   \
	"\"passive\" to true."
#define HINT_PEER                                                             \
	"Check the options \"host\", \"port\" and \"tls\" of the broker's "       \
	"server."
#define HINT_MESSAGE                                                          \
	"If it comes back after each reconnect, a message at the head of the "    \
	"queue has headers that cannot be decoded: remove it from the queue."

#define AMQP_CLASS_EXCHANGE 40
#define AMQP_CLASS_QUEUE 50

typedef struct ReplyName
{
	int code;
	const char *name;
} ReplyName;

static const ReplyName reply_names[] = {
	{AMQP_CONTENT_TOO_LARGE, "CONTENT_TOO_LARGE"},
	{AMQP_NO_CONSUMERS, "NO_CONSUMERS"},
	{AMQP_CONNECTION_FORCED, "CONNECTION_FORCED"},
	{AMQP_INVALID_PATH, "INVALID_PATH"},
	{AMQP_ACCESS_REFUSED, "ACCESS_REFUSED"},
	{AMQP_NOT_FOUND, "NOT_FOUND"},
	{AMQP_RESOURCE_LOCKED, "RESOURCE_LOCKED"},
	{AMQP_PRECONDITION_FAILED, "PRECONDITION_FAILED"},
	{AMQP_FRAME_ERROR, "FRAME_ERROR"},
	{AMQP_SYNTAX_ERROR, "SYNTAX_ERROR"},
	{AMQP_COMMAND_INVALID, "COMMAND_INVALID"},
	{AMQP_CHANNEL_ERROR, "CHANNEL_ERROR"},
	{AMQP_UNEXPECTED_FRAME, "UNEXPECTED_FRAME"},
	{AMQP_RESOURCE_ERROR, "RESOURCE_ERROR"},
	{AMQP_NOT_ALLOWED, "NOT_ALLOWED"},
	{AMQP_NOT_IMPLEMENTED, "NOT_IMPLEMENTED"},
	{AMQP_INTERNAL_ERROR, "INTERNAL_ERROR"},
};

/* Into out, a PG-style quoted name with what it is: queue "posts". */
static void
name_thing(char *out, size_t size, const char *kind, const char *name)
{
	char clean[NAME_SIZE];

	store_text_clean(clean, sizeof(clean), name, strlen(name));
	snprintf(out, size, "%s \"%s\"", kind, clean);
}

static void
describe_step(char *out, size_t size, const BrokerNames *names,
			  BrokerStep step)
{
	char first[NAME_SIZE + 32];
	char second[NAME_SIZE + 32];

	switch (step)
	{
		case BROKER_STEP_GREETING:
		case BROKER_STEP_LOGIN:
			name_thing(first, sizeof(first), "login of user", names->user);
			snprintf(out, size, "%s", first);
			return;
		case BROKER_STEP_EXCHANGE:
			name_thing(first, sizeof(first), "exchange", names->exchange);
			break;
		case BROKER_STEP_BINDING:
			name_thing(first, sizeof(first), "binding of queue", names->queue);
			name_thing(second, sizeof(second), "to exchange", names->exchange);
			snprintf(out, size, "%s %s", first, second);
			return;
		case BROKER_STEP_VHOST:
		case BROKER_STEP_CHANNEL:
			name_thing(first, sizeof(first), "vhost", names->vhost);
			snprintf(out, size, "%s", first);
			return;
		default:
			name_thing(first, sizeof(first), "queue", names->queue);
			break;
	}
	name_thing(second, sizeof(second), "in vhost", names->vhost);
	snprintf(out, size, "%s %s", first, second);
}

static const char *
reply_name(int code)
{
	for (size_t i = 0; i < sizeof(reply_names) / sizeof(reply_names[0]); i++)
	{
		if (reply_names[i].code == code)
			return reply_names[i].name;
	}
	return "BROKER_ERROR";
}

/* Words of RabbitMQ for what comes back by itself. */
static bool
is_down_for_now(const char *text)
{
	return strstr(text, "is down") != NULL ||
		   strstr(text, "is reached") != NULL; /* a limit of connections */
}

/* A refusal of what we ask when opening. */
static BrokerStatus
judge_opening(BrokerStep step, const BrokerRefusal *refusal)
{
	if (is_down_for_now(refusal->text))
		return BROKER_LOST;
	switch (refusal->code)
	{
		case AMQP_INVALID_PATH:
		case AMQP_ACCESS_REFUSED:
		case AMQP_NOT_FOUND:
		case AMQP_PRECONDITION_FAILED:
		case AMQP_NOT_ALLOWED:
			return BROKER_MISCONFIGURED;
		case AMQP_NOT_IMPLEMENTED: /* an argument that its queues lack */
			return step == BROKER_STEP_QUEUE ? BROKER_MISCONFIGURED
											 : BROKER_LOST;
		default:
			return BROKER_LOST;
	}
}

/*
 * A refusal while consuming.  404 answers a question about the queue, or the
 * restart of its consumer: it is gone.  406 answers an acknowledgement, or
 * none in time: the connection is spoilt, not the configuration.
 */
static BrokerStatus
judge_running(const BrokerRefusal *refusal)
{
	if (is_down_for_now(refusal->text))
		return BROKER_LOST;
	switch (refusal->code)
	{
		case AMQP_NOT_FOUND:
			return BROKER_CANCELLED;
		case AMQP_ACCESS_REFUSED:
		case AMQP_NOT_ALLOWED:
			return BROKER_MISCONFIGURED;
		case AMQP_PRECONDITION_FAILED:
			return refusal->class_id == AMQP_CLASS_EXCHANGE ||
						   refusal->class_id == AMQP_CLASS_QUEUE
					   ? BROKER_MISCONFIGURED
					   : BROKER_LOST;
		default:
			return BROKER_LOST;
	}
}

static const char *
find_hint(BrokerStep step, int code)
{
	if (step <= BROKER_STEP_LOGIN)
		return HINT_LOGIN;
	if (step <= BROKER_STEP_CHANNEL)
		return HINT_VHOST;
	switch (code)
	{
		case AMQP_NOT_FOUND:
			return HINT_MISSING;
		case AMQP_PRECONDITION_FAILED:
		case AMQP_NOT_IMPLEMENTED:
			return step == BROKER_STEP_EXCHANGE ? HINT_EXCHANGE : HINT_QUEUE;
		default:
			return HINT_PERMISSION;
	}
}

BrokerStatus
broker_error_refused(const BrokerNames *names, BrokerStep step,
					 const BrokerRefusal *refusal, IoError *error)
{
	bool running = step == BROKER_STEP_RUNNING;
	BrokerStatus status =
		running ? judge_running(refusal) : judge_opening(step, refusal);
	const char *code = reply_name(refusal->code);
	char thing[2 * NAME_SIZE + 64];

	describe_step(thing, sizeof(thing), names, step);
	if (status == BROKER_MISCONFIGURED)
		io_error_set(error, code, find_hint(step, refusal->code),
					 "broker refused %s: %s", thing, refusal->text);
	else if (running)
		io_error_set(error, code, "", "broker stopped delivering from %s: %s",
					 thing, refusal->text);
	else
		io_error_set(error, code, "", "broker could not give us %s: %s", thing,
					 refusal->text);
	return status;
}

BrokerStatus
broker_error_cancelled(const BrokerNames *names, IoError *error)
{
	char thing[2 * NAME_SIZE + 64];

	describe_step(thing, sizeof(thing), names, BROKER_STEP_RUNNING);
	io_error_set(error, "CANCELLED", "",
				 "broker stopped delivering from %s: the queue was deleted, "
				 "or its node went down",
				 thing);
	return BROKER_CANCELLED;
}

BrokerStatus
broker_error_lost(const BrokerNames *names, BrokerStep step, const char *code,
				  const char *reason, IoError *error)
{
	char host[NAME_SIZE];

	store_text_clean(host, sizeof(host), names->host, strlen(names->host));
	io_error_set(error, code, step == BROKER_STEP_GREETING ? HINT_PEER : "",
				 step == BROKER_STEP_RUNNING
					 ? "lost connection to broker \"%s:%d\": %s"
					 : "could not connect to broker \"%s:%d\": %s",
				 host, names->port, reason);
	return BROKER_LOST;
}

/* What came cannot be read: the peer, or a message, is not what we think. */
static BrokerStatus
unreadable(const BrokerNames *names, BrokerStep step, IoError *error)
{
	bool greeting = step == BROKER_STEP_GREETING;

	broker_error_lost(names, step, greeting ? "NOT_AMQP" : "BAD_FRAME",
					  greeting ? "the peer does not speak AMQP 0-9-1"
							   : "the broker sent a frame that cannot be read",
					  error);
	if (step == BROKER_STEP_RUNNING)
		snprintf(error->hint, sizeof(error->hint), "%s", HINT_MESSAGE);
	return greeting ? BROKER_MISCONFIGURED : BROKER_LOST;
}

BrokerStatus
broker_error_library(const BrokerNames *names, BrokerStep step,
					 int library_status, IoError *error)
{
	switch (library_status)
	{
		case AMQP_STATUS_BAD_AMQP_DATA:
		case AMQP_STATUS_UNKNOWN_CLASS:
		case AMQP_STATUS_UNKNOWN_METHOD:
			return unreadable(names, step, error);
		case AMQP_STATUS_NO_MEMORY:
			return broker_error_lost(names, step, "NO_MEMORY", "out of memory",
									 error);
		case AMQP_STATUS_HEARTBEAT_TIMEOUT:
			return broker_error_lost(names, step, "HEARTBEAT_TIMEOUT",
									 "nothing heard for two heartbeats",
									 error);
		case AMQP_STATUS_CONNECTION_CLOSED:
		case AMQP_STATUS_SOCKET_CLOSED:
			return broker_error_lost(names, step, "CONNECTION_CLOSED",
									 "connection was closed", error);
		default:
			return broker_error_lost(names, step, "NETWORK_ERROR",
									 amqp_error_string2(library_status),
									 error);
	}
}

BrokerStatus
broker_error_interrupted(const BrokerNames *names, BrokerStep step,
						 IoError *error)
{
	broker_error_lost(names, step, "INTERRUPTED", "asked to stop", error);
	error->hint[0] = '\0';
	return BROKER_INTERRUPTED;
}
