/*-------------------------------------------------------------------------
 *
 * broker_probe.c
 *	  Questions about a broker's exchanges and queues, which change nothing.
 *
 * AMQP has no question "what is this exchange like?".  A passive declaration
 * tells whether a name is taken; a declaration that differs from what is
 * there is refused, in words that name the first difference.  So we declare,
 * and see to it that nothing can come of it:
 *
 * - An exchange is declared with an alternate exchange that is a number.
 *   That is compared last, so a refusal for any other reason comes first; and
 *   where there is no such exchange it is refused as invalid before one is
 *   made.
 * - A queue's arguments are compared in an order of the broker's own, so none
 *   can be planted behind the others.  It is asked for only when it has just
 *   been found, and with the very declaration of a worker.
 *
 * Nothing is bound, consumed, got or deleted here.  A refusal closes the
 * channel, and the next question opens it again.
 *
 *-------------------------------------------------------------------------
 */
#include "io/broker_probe.h"
#include "io/broker_dial.h"
#include "io/broker_login.h"
#include "io/broker_options.h"
#include "io/broker_tls.h"
#include "io/store_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct BrokerProbe
{
	BrokerWire wire;
	const BrokerTopology *topology;
	bool channel_is_open;
	bool has_failed;
	IoError failure;
};

/* ---- opening and closing ---- */

static BrokerStatus
out_of_memory(IoError *error)
{
	io_error_set(error, "NO_MEMORY", "", "out of memory");
	return BROKER_UNREACHABLE;
}

static BrokerStatus
attach_socket(BrokerProbe *probe, const BrokerOptions *options,
			  int64_t deadline, IoError *error)
{
	BrokerStatus status;
	amqp_socket_t *socket;
	int fd = broker_dial(options->host, options->port, deadline,
						 &probe->wire.waiter, &status, error);

	if (fd < 0)
		return status;
	if (options->tls)
		return broker_tls_attach(probe->wire.amqp, fd, options, deadline,
								 &probe->wire.waiter, error);
	socket = amqp_tcp_socket_new(probe->wire.amqp);
	if (socket == NULL)
	{
		close(fd);
		return out_of_memory(error);
	}
	amqp_tcp_socket_set_sockfd(socket, fd);
	return BROKER_OK;
}

static BrokerStatus
establish(BrokerProbe *probe, const BrokerOptions *options, IoError *error)
{
	int64_t deadline = io_now_ms() + options->connect_timeout_ms;
	BrokerStatus status = attach_socket(probe, options, deadline, error);

	if (status != BROKER_OK)
		return status;
	status = broker_log_in(&probe->wire, options, deadline, error);
	if (status == BROKER_LOST && options->tls &&
		probe->wire.step <= BROKER_STEP_LOGIN &&
		broker_tls_certificate_refused(probe->wire.amqp, options, error))
		status = BROKER_MISCONFIGURED;
	return status == BROKER_LOST || status == BROKER_CANCELLED
			   ? BROKER_UNREACHABLE
			   : status;
}

static void
set_names(BrokerProbe *probe, const BrokerOptions *options,
		  const BrokerTopology *topology)
{
	probe->topology = topology;
	probe->wire.names =
		(BrokerNames){.host = options->host,
					  .port = options->port,
					  .vhost = options->vhost[0] ? options->vhost : "/",
					  .user = options->user,
					  .exchange = topology->exchange,
					  .routing_key = topology->routing_key,
					  .queue = topology->queue};
}

BrokerProbe *
broker_probe_open(const BrokerOptions *options, const BrokerTopology *topology,
				  const IoWaiter *waiter, BrokerStatus *status, IoError *error)
{
	BrokerProbe *probe;

	memset(error, 0, sizeof(*error));
	*status = broker_options_check(options, topology, error);
	if (*status != BROKER_OK)
		return NULL;
	probe = calloc(1, sizeof(*probe));
	if (probe != NULL)
		probe->wire.amqp = amqp_new_connection();
	if (probe == NULL || probe->wire.amqp == NULL)
	{
		free(probe);
		*status = out_of_memory(error);
		return NULL;
	}
	set_names(probe, options, topology);
	probe->wire.waiter = *waiter;
	probe->wire.last_sent_ms = io_now_ms();
	*status = establish(probe, options, error);
	probe->channel_is_open = *status == BROKER_OK;
	if (*status == BROKER_OK)
		return probe;
	amqp_destroy_connection(probe->wire.amqp);
	free(probe);
	return NULL;
}

/*
 * The broker logs a connection that just goes away as an error, so it is
 * told; its answer is not waited for.
 */
void
broker_probe_close(BrokerProbe *probe)
{
	amqp_connection_close_t closing = {.reply_code = AMQP_REPLY_SUCCESS,
									   .reply_text =
										   amqp_cstring_bytes("goodbye")};
	BrokerCall call = {.method = AMQP_CONNECTION_CLOSE_METHOD,
					   .request = &closing};

	if (probe == NULL)
		return;
	if (!probe->has_failed)
		broker_wire_try_send(&probe->wire, &call);
	amqp_destroy_connection(probe->wire.amqp);
	free(probe);
}

const char *
broker_probe_server(const BrokerProbe *probe)
{
	return probe->wire.server;
}

/* ---- asking ---- */

/* The part of text between two words, or behind the first when end is NULL. */
static void
cut_between(char *out, size_t size, const char *text, const char *begin,
			const char *end)
{
	const char *from = strstr(text, begin);
	const char *to = NULL;

	out[0] = '\0';
	if (from == NULL)
		return;
	from += strlen(begin);
	to = end != NULL ? strstr(from, end) : from + strlen(from);
	if (to != NULL)
		store_text_clean(out, size, from, (size_t) (to - from));
}

/*
 * RabbitMQ's words: inequivalent arg 'type' for exchange 'e' in vhost '/':
 * received 'topic' but current is 'direct'
 */
static void
read_difference(BrokerFinding *finding, const char *text)
{
	cut_between(finding->field, sizeof(finding->field), text,
				"inequivalent arg '", "' for ");
	cut_between(finding->current, sizeof(finding->current), text,
				"but current is ", NULL);
}

/* The broker has closed the channel: agree to that, and read why. */
static void
take_refusal(BrokerProbe *probe, const amqp_channel_close_t *closing,
			 BrokerFinding *finding)
{
	amqp_channel_close_ok_t agreed = {0};
	BrokerCall call = {.channel = BROKER_CHANNEL,
					   .method = AMQP_CHANNEL_CLOSE_OK_METHOD,
					   .request = &agreed};
	char text[256] = "";
	IoError ignored;

	if (closing->reply_text.bytes != NULL)
		store_text_clean(text, sizeof(text), closing->reply_text.bytes,
						 closing->reply_text.len);
	probe->channel_is_open = false;
	finding->answer = closing->reply_code == AMQP_NOT_FOUND
						  ? BROKER_ANSWER_MISSING
					  : closing->reply_code == AMQP_PRECONDITION_FAILED
						  ? BROKER_ANSWER_DIFFERENT
						  : BROKER_ANSWER_REFUSED;
	if (finding->answer == BROKER_ANSWER_DIFFERENT)
		read_difference(finding, text);
	if (broker_wire_send(&probe->wire, &call, &ignored) != BROKER_OK)
		probe->has_failed = true;
}

/* finding->error tells why there is no answer, now and from now on. */
static void
fail(BrokerProbe *probe, BrokerFinding *finding)
{
	if (!probe->has_failed)
		probe->failure = finding->error;
	probe->has_failed = true;
	finding->error = probe->failure;
	finding->answer = BROKER_ANSWER_FAILED;
}

static bool
open_channel(BrokerProbe *probe, int64_t deadline, BrokerFinding *finding)
{
	amqp_channel_open_t request = {{0, NULL}};
	BrokerCall call = {.channel = BROKER_CHANNEL,
					   .method = AMQP_CHANNEL_OPEN_METHOD,
					   .request = &request};
	amqp_frame_t frame;

	if (!probe->channel_is_open && !probe->has_failed)
		probe->channel_is_open =
			broker_wire_call(&probe->wire, &call, AMQP_CHANNEL_OPEN_OK_METHOD,
							 deadline, &frame, &finding->error) == BROKER_OK;
	if (probe->channel_is_open && !probe->has_failed)
		return true;
	fail(probe, finding);
	return false;
}

/* True: answered as expected, by the method in *frame. */
static bool
ask(BrokerProbe *probe, BrokerStep step, amqp_method_number_t method,
	void *request, amqp_method_number_t expected, int64_t deadline,
	amqp_frame_t *frame, BrokerFinding *finding)
{
	BrokerCall call = {
		.channel = BROKER_CHANNEL, .method = method, .request = request};

	memset(finding, 0, sizeof(*finding));
	memset(frame, 0, sizeof(*frame));
	if (!open_channel(probe, deadline, finding))
		return false;
	probe->wire.step = step;
	if (broker_wire_call(&probe->wire, &call, expected, deadline, frame,
						 &finding->error) == BROKER_OK)
		return true;
	if (frame->frame_type == AMQP_FRAME_METHOD &&
		frame->payload.method.id == AMQP_CHANNEL_CLOSE_METHOD)
		take_refusal(probe, frame->payload.method.decoded, finding);
	else
		fail(probe, finding);
	return false;
}

/* ---- exchanges ---- */

void
broker_probe_has_exchange(BrokerProbe *probe, const char *exchange,
						  int64_t deadline, BrokerFinding *finding)
{
	amqp_exchange_declare_t request = {.exchange =
										   amqp_cstring_bytes(exchange),
									   .type = amqp_cstring_bytes("topic"),
									   .passive = 1};
	const char *before = probe->wire.names.exchange;
	amqp_frame_t frame;

	probe->wire.names.exchange = exchange;
	(void) ask(probe, BROKER_STEP_EXCHANGE, AMQP_EXCHANGE_DECLARE_METHOD,
			   &request, AMQP_EXCHANGE_DECLARE_OK_METHOD, deadline, &frame,
			   finding);
	probe->wire.names.exchange = before;
}

/*
 * All but the planted argument agrees: that is the answer wished for.  An
 * exchange that has an alternate exchange of its own differs in truth; that
 * goes unnoticed where names of 100 bytes leave no room for the broker's last
 * words.
 */
static void
judge_exchange(BrokerFinding *finding)
{
	if (finding->answer != BROKER_ANSWER_DIFFERENT)
		return;
	if (finding->field[0] == '\0')
		finding->answer = BROKER_ANSWER_MISSING;
	else if (strcmp(finding->field, "alternate-exchange") == 0 &&
			 (finding->current[0] == '\0' ||
			  strcmp(finding->current, "none") == 0))
		finding->answer = BROKER_ANSWER_YES;
}

void
broker_probe_match_exchange(BrokerProbe *probe, int64_t deadline,
							BrokerFinding *finding)
{
	amqp_table_entry_t planted = {
		.key = amqp_cstring_bytes("alternate-exchange")};
	amqp_exchange_declare_t request = {
		.exchange = amqp_cstring_bytes(probe->topology->exchange),
		.type = amqp_cstring_bytes("topic"),
		.durable = 1};
	amqp_frame_t frame;

	planted.value.kind = AMQP_FIELD_KIND_I32;
	planted.value.value.i32 = 0;
	request.arguments.num_entries = 1;
	request.arguments.entries = &planted;
	(void) ask(probe, BROKER_STEP_EXCHANGE, AMQP_EXCHANGE_DECLARE_METHOD,
			   &request, AMQP_EXCHANGE_DECLARE_OK_METHOD, deadline, &frame,
			   finding);
	judge_exchange(finding);
}

/* ---- queues ---- */

static void
ask_queue(BrokerProbe *probe, amqp_queue_declare_t *request, int64_t deadline,
		  BrokerFinding *finding)
{
	amqp_frame_t frame;

	request->queue = amqp_cstring_bytes(probe->topology->queue);
	request->durable = 1;
	if (ask(probe, BROKER_STEP_QUEUE, AMQP_QUEUE_DECLARE_METHOD, request,
			AMQP_QUEUE_DECLARE_OK_METHOD, deadline, &frame, finding))
	{
		amqp_queue_declare_ok_t *answer = frame.payload.method.decoded;

		finding->messages = answer->message_count;
		finding->consumers = answer->consumer_count;
	}
}

void
broker_probe_has_queue(BrokerProbe *probe, int64_t deadline,
					   BrokerFinding *finding)
{
	amqp_queue_declare_t request = {.passive = 1};

	ask_queue(probe, &request, deadline, finding);
}

void
broker_probe_match_queue(BrokerProbe *probe, int64_t deadline,
						 BrokerFinding *finding)
{
	amqp_queue_declare_t request = {
		.arguments = broker_queue_arguments(probe->topology)};

	if (request.arguments.entries == NULL)
	{
		memset(finding, 0, sizeof(*finding));
		(void) out_of_memory(&finding->error);
		fail(probe, finding);
		return;
	}
	ask_queue(probe, &request, deadline, finding);
	free(request.arguments.entries);
}
