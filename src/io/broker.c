/*-------------------------------------------------------------------------
 *
 * broker.c
 *	  One AMQP 0-9-1 connection that consumes one queue.
 *
 * The life of a connection: dial (broker_dial.c), TLS (broker_tls.c), login
 * (broker_login.c), topology (broker_topology.c), consume; then this file's
 * pump takes single frames (broker_wire.c), puts deliveries together
 * (amqp_frames.c) and keeps them in a queue until they are asked for.  The
 * first failure ends it: from then on every call answers with that failure,
 * and the library is not called again, since it aborts the process when it
 * is used out of turn.
 *
 * Only the files named broker_*.c and amqp_*.c include rabbitmq-c.
 *
 *-------------------------------------------------------------------------
 */
#include "io/broker.h"
#include "io/amqp_frames.h"
#include "io/broker_dial.h"
#include "io/broker_login.h"
#include "io/broker_options.h"
#include "io/broker_tls.h"
#include "io/delivery_queue.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Frames that one broker_pump() takes at most: 128 MB. */
#define FRAMES_PER_PUMP 1000

/* How long a polite goodbye may take, and between two looks. */
#define GOODBYE_MS 500
#define GOODBYE_LOOK_MS 50

struct BrokerConnection
{
	BrokerWire wire;
	AmqpAssembly assembly;
	char *texts[6]; /* what wire.names point to */

	DeliveryQueue ready; /* until they are taken */
	int prefetch;
	bool more; /* the last pump left frames behind */

	char consumer_tag[32];
	unsigned consumer_number;
	bool suspended;
	int64_t depth; /* -1: not known */
	bool depth_asked;

	BrokerStatus state; /* the first failure, for good */
	IoError failure;
};

/* Remember a failure, and answer it. */
static BrokerStatus
settle(BrokerConnection *broker, BrokerStatus status, const IoError *error)
{
	if (status != BROKER_OK && broker->state == BROKER_OK)
	{
		broker->state = status;
		broker->failure = *error;
	}
	return status;
}

/* True if an earlier failure is the answer to this call too. */
static bool
has_failed(const BrokerConnection *broker, IoError *error)
{
	if (broker->state == BROKER_OK)
		return false;
	*error = broker->failure;
	return true;
}

static BrokerStatus
send_method(BrokerConnection *broker, amqp_method_number_t method,
			void *request, IoError *error)
{
	BrokerCall call = {
		.channel = BROKER_CHANNEL, .method = method, .request = request};

	if (has_failed(broker, error))
		return broker->state;
	return settle(broker, broker_wire_send(&broker->wire, &call, error),
				  error);
}

/* ---- opening ---- */

static BrokerStatus
out_of_memory(IoError *error)
{
	io_error_set(error, "NO_MEMORY", "", "out of memory");
	return BROKER_UNREACHABLE;
}

/* Copies of the names: they are needed for as long as we live. */
static bool
copy_names(BrokerConnection *broker, const BrokerOptions *options,
		   const BrokerTopology *topology)
{
	const char *vhost = options->vhost[0] != '\0' ? options->vhost : "/";
	const char *sources[6] = {options->host,         vhost,
							  options->user,         topology->exchange,
							  topology->routing_key, topology->queue};

	for (int i = 0; i < 6; i++)
	{
		broker->texts[i] = strdup(sources[i]);
		if (broker->texts[i] == NULL)
			return false;
	}
	broker->wire.names = (BrokerNames){.host = broker->texts[0],
									   .port = options->port,
									   .vhost = broker->texts[1],
									   .user = broker->texts[2],
									   .exchange = broker->texts[3],
									   .routing_key = broker->texts[4],
									   .queue = broker->texts[5]};
	return true;
}

static void
free_connection(BrokerConnection *broker)
{
	delivery_queue_clear(&broker->ready);
	amqp_assembly_reset(&broker->assembly);
	if (broker->wire.amqp != NULL)
		amqp_destroy_connection(broker->wire.amqp);
	for (int i = 0; i < 6; i++)
		free(broker->texts[i]);
	free(broker);
}

static BrokerConnection *
new_connection(const BrokerOptions *options, const BrokerTopology *topology,
			   size_t max_body, const IoWaiter *waiter)
{
	BrokerConnection *broker = calloc(1, sizeof(*broker));

	if (broker == NULL)
		return NULL;
	broker->depth = -1;
	broker->prefetch = topology->prefetch;
	broker->assembly.max_body = max_body;
	broker->wire.waiter = *waiter;
	broker->wire.last_sent_ms = io_now_ms();
	broker->wire.amqp = amqp_new_connection();
	if (broker->wire.amqp != NULL && copy_names(broker, options, topology))
		return broker;
	free_connection(broker);
	return NULL;
}

/* Give the library a connected socket, in TLS if wanted. */
static BrokerStatus
attach_socket(BrokerConnection *broker, const BrokerOptions *options,
			  int64_t deadline, IoError *error)
{
	BrokerStatus status;
	amqp_socket_t *socket;
	int fd = broker_dial(options->host, options->port, deadline,
						 &broker->wire.waiter, &status, error);

	if (fd < 0)
		return status;
	if (options->tls)
		return broker_tls_attach(broker->wire.amqp, fd, options, deadline,
								 &broker->wire.waiter, error);
	socket = amqp_tcp_socket_new(broker->wire.amqp);
	if (socket == NULL)
	{
		close(fd);
		return out_of_memory(error);
	}
	amqp_tcp_socket_set_sockfd(socket, fd);
	return BROKER_OK;
}

/* Each consumer of a connection has a tag of its own. */
static void
next_tag(BrokerConnection *broker)
{
	broker->consumer_number++;
	snprintf(broker->consumer_tag, sizeof(broker->consumer_tag),
			 "analytics-%u", broker->consumer_number);
}

static amqp_basic_consume_t
consume_request(const BrokerConnection *broker)
{
	amqp_basic_consume_t request = {
		.queue = amqp_cstring_bytes(broker->wire.names.queue),
		.consumer_tag = amqp_cstring_bytes(broker->consumer_tag)};

	return request;
}

static BrokerStatus
start_consumer(BrokerConnection *broker, int64_t deadline, IoError *error)
{
	amqp_basic_consume_t request;
	BrokerCall call = {.channel = BROKER_CHANNEL,
					   .method = AMQP_BASIC_CONSUME_METHOD,
					   .request = &request};
	amqp_frame_t frame;

	broker->wire.step = BROKER_STEP_CONSUME;
	next_tag(broker);
	request = consume_request(broker);
	return broker_wire_call(&broker->wire, &call, AMQP_BASIC_CONSUME_OK_METHOD,
							deadline, &frame, error);
}

static BrokerStatus
establish(BrokerConnection *broker, const BrokerOptions *options,
		  const BrokerTopology *topology, IoError *error)
{
	int64_t deadline = io_now_ms() + options->connect_timeout_ms;
	BrokerStatus status = attach_socket(broker, options, deadline, error);

	if (status == BROKER_OK)
	{
		status = broker_log_in(&broker->wire, options, deadline, error);
		if (status == BROKER_LOST && options->tls &&
			broker->wire.step <= BROKER_STEP_LOGIN &&
			broker_tls_certificate_refused(broker->wire.amqp, options, error))
			status = BROKER_MISCONFIGURED;
	}
	if (status == BROKER_OK)
		status = broker_set_topology(&broker->wire, topology, deadline,
									 &broker->depth, error);
	if (status == BROKER_OK && !topology->suspended)
		status = start_consumer(broker, deadline, error);
	broker->suspended = topology->suspended;
	broker->wire.step = BROKER_STEP_RUNNING;
	broker_wire_release(&broker->wire);
	return status;
}

BrokerConnection *
broker_open(const BrokerOptions *options, const BrokerTopology *topology,
			size_t max_body, const IoWaiter *waiter, BrokerStatus *status,
			IoError *error)
{
	BrokerConnection *broker;

	memset(error, 0, sizeof(*error));
	*status = broker_options_check(options, topology, error);
	if (*status != BROKER_OK)
		return NULL;
	broker = new_connection(options, topology, max_body, waiter);
	if (broker == NULL)
	{
		*status = out_of_memory(error);
		return NULL;
	}
	*status = establish(broker, options, topology, error);
	if (*status == BROKER_OK)
	{
		broker->more = true; /* deliveries may have come with consume-ok */
		return broker;
	}
	if (*status == BROKER_LOST || *status == BROKER_CANCELLED)
		*status = BROKER_UNREACHABLE;
	free_connection(broker);
	return NULL;
}

/* ---- what arrives ---- */

static BrokerStatus
keep(BrokerConnection *broker, BrokerDelivery *delivery, IoError *error)
{
	if (delivery_queue_put(&broker->ready, delivery))
		return BROKER_OK;
	broker_delivery_free(delivery);
	return broker_error_library(&broker->wire.names, broker->wire.step,
								AMQP_STATUS_NO_MEMORY, error);
}

static BrokerStatus
take_flow(BrokerConnection *broker, const amqp_channel_flow_t *flow,
		  IoError *error)
{
	amqp_channel_flow_ok_t answer = {.active = flow->active};

	return send_method(broker, AMQP_CHANNEL_FLOW_OK_METHOD, &answer, error);
}

/* A method that is no delivery. */
static BrokerStatus
take_method(BrokerConnection *broker, const amqp_frame_t *frame,
			IoError *error)
{
	const amqp_method_t *method = &frame->payload.method;

	switch (method->id)
	{
		case AMQP_BASIC_CANCEL_METHOD:
			return broker_error_cancelled(&broker->wire.names, error);
		case AMQP_CHANNEL_FLOW_METHOD:
			return take_flow(broker, method->decoded, error);
		case AMQP_QUEUE_DECLARE_OK_METHOD:
			broker->depth =
				((amqp_queue_declare_ok_t *) method->decoded)->message_count;
			broker->depth_asked = false;
			return BROKER_OK;
		case AMQP_BASIC_CONSUME_OK_METHOD:
		case AMQP_BASIC_CANCEL_OK_METHOD:
			return BROKER_OK;
		default:
			return broker_error_library(&broker->wire.names, broker->wire.step,
										AMQP_STATUS_UNKNOWN_METHOD, error);
	}
}

static BrokerStatus
take_frame(BrokerConnection *broker, const amqp_frame_t *frame, IoError *error)
{
	BrokerDelivery delivery;
	BrokerStatus status = broker_wire_check_close(&broker->wire, frame, error);

	if (status != BROKER_OK)
		return status;
	if (frame->channel == 0)
		return BROKER_OK; /* connection.blocked, for those who publish */
	if (frame->channel != BROKER_CHANNEL)
		return broker_error_lost(
			&broker->wire.names, broker->wire.step, "UNEXPECTED_FRAME",
			"a frame for a channel that is not open", error);
	switch (amqp_assembly_take(&broker->assembly, frame, &delivery, error))
	{
		case AMQP_PROGRESS_PARTIAL:
			return BROKER_OK;
		case AMQP_PROGRESS_COMPLETE:
			return keep(broker, &delivery, error);
		case AMQP_PROGRESS_OTHER:
			return take_method(broker, frame, error);
		default:
			return BROKER_LOST;
	}
}

/* Frames until there is none, or enough. */
static BrokerStatus
take_frames(BrokerConnection *broker, IoError *error)
{
	for (int i = 0; i < FRAMES_PER_PUMP; i++)
	{
		amqp_frame_t frame;
		bool arrived;
		BrokerStatus status;

		if (broker->ready.count > broker->prefetch)
			break;
		status = broker_wire_receive(&broker->wire, &frame, &arrived, error);
		if (status != BROKER_OK)
			return status;
		if (!arrived)
		{
			broker->more = false;
			return BROKER_OK;
		}
		status = take_frame(broker, &frame, error);
		if (status != BROKER_OK)
			return status;
		broker_wire_release(&broker->wire);
	}
	broker->more = true;
	return BROKER_OK;
}

BrokerStatus
broker_pump(BrokerConnection *broker, IoError *error)
{
	BrokerStatus status;

	if (has_failed(broker, error))
		return broker->state;
	status = broker_wire_keep_alive(&broker->wire, error);
	if (status == BROKER_OK)
		status = take_frames(broker, error);
	return settle(broker, status, error);
}

int
broker_timeout_ms(const BrokerConnection *broker)
{
	return broker->more || broker->state != BROKER_OK
			   ? 0
			   : broker_wire_due_ms(&broker->wire);
}

int
broker_socket(const BrokerConnection *broker)
{
	return amqp_get_sockfd(broker->wire.amqp);
}

bool
broker_next_delivery(BrokerConnection *broker, BrokerDelivery *delivery)
{
	return delivery_queue_take(&broker->ready, delivery);
}

/* ---- what we send ---- */

BrokerStatus
broker_acknowledge(BrokerConnection *broker, uint64_t tag, IoError *error)
{
	amqp_basic_ack_t request = {.delivery_tag = tag};

	return send_method(broker, AMQP_BASIC_ACK_METHOD, &request, error);
}

/*
 * Not basic.nack: newer brokers do not count it against a quorum queue's
 * limit of deliveries, which is what takes a poisonous message away.
 */
BrokerStatus
broker_release(BrokerConnection *broker, uint64_t tag, IoError *error)
{
	amqp_basic_reject_t request = {.delivery_tag = tag, .requeue = 1};

	return send_method(broker, AMQP_BASIC_REJECT_METHOD, &request, error);
}

BrokerStatus
broker_suspend(BrokerConnection *broker, IoError *error)
{
	amqp_basic_cancel_t request = {
		.consumer_tag = amqp_cstring_bytes(broker->consumer_tag), .nowait = 1};

	if (broker->suspended && broker->state == BROKER_OK)
		return BROKER_OK;
	broker->suspended = true;
	return send_method(broker, AMQP_BASIC_CANCEL_METHOD, &request, error);
}

BrokerStatus
broker_resume(BrokerConnection *broker, IoError *error)
{
	amqp_basic_consume_t request;

	if (!broker->suspended && broker->state == BROKER_OK)
		return BROKER_OK;
	broker->suspended = false;
	next_tag(broker);
	request = consume_request(broker);
	request.nowait = 1;
	return send_method(broker, AMQP_BASIC_CONSUME_METHOD, &request, error);
}

bool
broker_is_suspended(const BrokerConnection *broker)
{
	return broker->suspended;
}

int64_t
broker_depth(const BrokerConnection *broker)
{
	return broker->depth;
}

BrokerStatus
broker_ask_depth(BrokerConnection *broker, IoError *error)
{
	amqp_queue_declare_t request = {
		.queue = amqp_cstring_bytes(broker->wire.names.queue), .passive = 1};

	if (broker->depth_asked && broker->state == BROKER_OK)
		return BROKER_OK;
	broker->depth_asked = true;
	return send_method(broker, AMQP_QUEUE_DECLARE_METHOD, &request, error);
}

/* ---- the end ---- */

/*
 * Take what comes until the broker has sent this method.  Not through the
 * waiter: when the process is asked to stop is just when this is called.
 */
static bool
await_answer(BrokerConnection *broker, amqp_method_number_t answer,
			 int64_t deadline)
{
	while (io_now_ms() < deadline)
	{
		struct pollfd poller = {.fd = broker_socket(broker), .events = POLLIN};
		amqp_frame_t frame;
		bool arrived;
		bool answered;
		IoError ignored;

		if (broker_wire_receive(&broker->wire, &frame, &arrived, &ignored) !=
			BROKER_OK)
			return false;
		if (!arrived)
		{
			(void) poll(&poller, 1, GOODBYE_LOOK_MS);
			continue;
		}
		answered = frame.frame_type == AMQP_FRAME_METHOD &&
				   frame.payload.method.id == answer;
		broker_wire_release(&broker->wire);
		if (answered)
			return true;
	}
	return false;
}

/*
 * RabbitMQ forgets acknowledgements that it has received and not yet worked
 * off: all kinds of queue when the socket goes away, and quorum queues, which
 * take them in portions, also when the channel is closed.  So the cancel goes
 * first and is waited for (also when there is no consumer: it is answered all
 * the same), and then the close.
 */
static void
say_goodbye(BrokerConnection *broker)
{
	int64_t deadline = io_now_ms() + GOODBYE_MS;
	amqp_basic_cancel_t cancel = {
		.consumer_tag = amqp_cstring_bytes(broker->consumer_tag)};
	amqp_connection_close_t closing = {.reply_code = AMQP_REPLY_SUCCESS,
									   .reply_text =
										   amqp_cstring_bytes("goodbye")};
	BrokerCall calls[2] = {{.channel = BROKER_CHANNEL,
							.method = AMQP_BASIC_CANCEL_METHOD,
							.request = &cancel},
						   {.channel = 0,
							.method = AMQP_CONNECTION_CLOSE_METHOD,
							.request = &closing}};

	broker_wire_try_send(&broker->wire, &calls[0]);
	if (!await_answer(broker, AMQP_BASIC_CANCEL_OK_METHOD, deadline))
		return;
	broker_wire_try_send(&broker->wire, &calls[1]);
	(void) await_answer(broker, AMQP_CONNECTION_CLOSE_OK_METHOD, deadline);
}

void
broker_close(BrokerConnection *broker, bool politely)
{
	if (broker == NULL)
		return;
	if (politely && broker->state == BROKER_OK)
		say_goodbye(broker);
	free_connection(broker);
}
