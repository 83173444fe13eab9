/*-------------------------------------------------------------------------
 *
 * broker_wire.c
 *	  Single frames to and from the broker, without blocking.
 *
 * rabbitmq-c is used for its frames alone: none of its calls that wait for
 * an answer is made, since they wait in a poll() that no signal ends.  We ask
 * it for a frame with a timeout of nothing, and wait, where we must, through
 * the caller's waiter.
 *
 * It blocks in two places that cannot be avoided: a send that the socket
 * does not take, and (in broker_tls.c) the TLS handshake.  Sends are made
 * only when the socket has room, which frames as small as ours never fill,
 * and heartbeats are sent before the library sees a need for one.  For what
 * is left, broker_interrupt() shuts the socket down under it.
 *
 *-------------------------------------------------------------------------
 */
#include "io/broker_wire.h"
#include "io/store_text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* A little more than TCP_USER_TIMEOUT, which ends it with a better error. */
#define SEND_TIMEOUT_MS 3500

/* With no heartbeats, look in this often. */
#define IDLE_MS 60000

static volatile sig_atomic_t blocking_fd = -1;

bool
broker_wire_block_begin(const IoWaiter *waiter, int fd)
{
	blocking_fd = fd;
	/* A signal that came before the line above has left its word here. */
	if (waiter->wait(waiter->context, -1, false, 0) >= 0)
		return true;
	blocking_fd = -1;
	return false;
}

void
broker_wire_block_end(void)
{
	blocking_fd = -1;
}

void
broker_interrupt(void)
{
	int saved_errno = errno;
	int fd = blocking_fd;

	if (fd >= 0)
		(void) shutdown(fd, SHUT_RDWR);
	errno = saved_errno;
}

static bool
stop_asked(const BrokerWire *wire)
{
	return wire->waiter.wait(wire->waiter.context, -1, false, 0) < 0;
}

static bool
is_writable(const BrokerWire *wire)
{
	struct pollfd poller = {.fd = amqp_get_sockfd(wire->amqp),
							.events = POLLOUT};

	return poller.fd >= 0 && poll(&poller, 1, 0) > 0;
}

static BrokerStatus
lost(const BrokerWire *wire, const char *code, const char *reason,
	 IoError *error)
{
	return broker_error_lost(&wire->names, wire->step, code, reason, error);
}

static BrokerStatus
library_failed(const BrokerWire *wire, int library_status, IoError *error)
{
	if (stop_asked(wire))
		return broker_error_interrupted(&wire->names, wire->step, error);
	return broker_error_library(&wire->names, wire->step, library_status,
								error);
}

/* Wait until the socket has room for a frame. */
static BrokerStatus
await_room(BrokerWire *wire, IoError *error)
{
	int64_t deadline = io_now_ms() + SEND_TIMEOUT_MS;

	while (!is_writable(wire))
	{
		int fd = amqp_get_sockfd(wire->amqp);
		int64_t left = deadline - io_now_ms();

		if (fd < 0)
			return library_failed(wire, AMQP_STATUS_SOCKET_CLOSED, error);
		if (left <= 0)
			return lost(wire, "STALLED", "broker takes no data", error);
		if (wire->waiter.wait(wire->waiter.context, fd, true, (int) left) < 0)
			return broker_error_interrupted(&wire->names, wire->step, error);
	}
	return BROKER_OK;
}

/* Send into a socket that has room. */
static int
send_now(BrokerWire *wire, const BrokerCall *call)
{
	int result;

	blocking_fd = amqp_get_sockfd(wire->amqp);
	result = amqp_send_method(wire->amqp, call->channel, call->method,
							  call->request);
	blocking_fd = -1;
	if (result == AMQP_STATUS_OK)
		wire->last_sent_ms = io_now_ms();
	return result;
}

BrokerStatus
broker_wire_send(BrokerWire *wire, const BrokerCall *call, IoError *error)
{
	BrokerStatus status = await_room(wire, error);
	int result;

	if (status != BROKER_OK)
		return status;
	result = send_now(wire, call);
	return result == AMQP_STATUS_OK ? BROKER_OK
									: library_failed(wire, result, error);
}

void
broker_wire_try_send(BrokerWire *wire, const BrokerCall *call)
{
	/* A farewell: what becomes of it makes no difference. */
	if (is_writable(wire))
		(void) send_now(wire, call);
}

BrokerStatus
broker_wire_greet(BrokerWire *wire, IoError *error)
{
	BrokerStatus status = await_room(wire, error);
	int result;

	if (status != BROKER_OK)
		return status;
	blocking_fd = amqp_get_sockfd(wire->amqp);
	result = amqp_send_header(wire->amqp);
	blocking_fd = -1;
	wire->last_sent_ms = io_now_ms();
	return result == AMQP_STATUS_OK ? BROKER_OK
									: library_failed(wire, result, error);
}

int
broker_wire_due_ms(const BrokerWire *wire)
{
	int64_t left;

	if (wire->heartbeat_ms == 0)
		return IDLE_MS;
	left = wire->last_sent_ms + wire->heartbeat_ms / 2 - io_now_ms();
	return left > 0 ? (int) left : 0;
}

/*
 * The library sends heartbeats too, blocking, when a whole interval has
 * passed without one.  At half of it we do so ourselves; if the socket stays
 * full until nearly the end, the peer is as good as dead.
 */
BrokerStatus
broker_wire_keep_alive(BrokerWire *wire, IoError *error)
{
	amqp_frame_t beat = {.frame_type = AMQP_FRAME_HEARTBEAT, .channel = 0};
	int64_t silent = io_now_ms() - wire->last_sent_ms;
	int result;

	if (wire->heartbeat_ms == 0 || silent < wire->heartbeat_ms / 2)
		return BROKER_OK;
	if (!is_writable(wire))
	{
		if (silent < wire->heartbeat_ms * 3 / 4)
			return BROKER_OK;
		return lost(wire, "STALLED", "broker takes no data", error);
	}
	blocking_fd = amqp_get_sockfd(wire->amqp);
	result = amqp_send_frame(wire->amqp, &beat);
	blocking_fd = -1;
	wire->last_sent_ms = io_now_ms();
	return result == AMQP_STATUS_OK ? BROKER_OK
									: library_failed(wire, result, error);
}

BrokerStatus
broker_wire_receive(BrokerWire *wire, amqp_frame_t *frame, bool *arrived,
					IoError *error)
{
	struct timeval now = {0, 0};
	int result = amqp_simple_wait_frame_noblock(wire->amqp, frame, &now);

	*arrived = result == AMQP_STATUS_OK;
	if (result == AMQP_STATUS_OK || result == AMQP_STATUS_TIMEOUT)
		return BROKER_OK;
	return library_failed(wire, result, error);
}

void
broker_wire_release(BrokerWire *wire)
{
	amqp_maybe_release_buffers(wire->amqp);
}

BrokerStatus
broker_wire_check_close(BrokerWire *wire, const amqp_frame_t *frame,
						IoError *error)
{
	BrokerRefusal refusal = {0};
	amqp_bytes_t text;

	if (frame->frame_type != AMQP_FRAME_METHOD)
		return BROKER_OK;
	if (frame->payload.method.id == AMQP_CONNECTION_CLOSE_METHOD)
	{
		amqp_connection_close_t *closing = frame->payload.method.decoded;

		refusal.code = closing->reply_code;
		refusal.class_id = closing->class_id;
		text = closing->reply_text;
	}
	else if (frame->payload.method.id == AMQP_CHANNEL_CLOSE_METHOD)
	{
		amqp_channel_close_t *closing = frame->payload.method.decoded;

		refusal.code = closing->reply_code;
		refusal.class_id = closing->class_id;
		text = closing->reply_text;
	}
	else
		return BROKER_OK;
	store_text_clean(refusal.text, sizeof(refusal.text),
					 text.bytes != NULL ? text.bytes : "",
					 text.bytes != NULL ? text.len : 0);
	return broker_error_refused(&wire->names, wire->step, &refusal, error);
}

/* Wait for something to read; BROKER_OK also when only time has passed. */
static BrokerStatus
await_data(BrokerWire *wire, int64_t deadline, IoError *error)
{
	int64_t left = deadline - io_now_ms();
	int due = broker_wire_due_ms(wire);
	int fd = amqp_get_sockfd(wire->amqp);

	if (left <= 0)
		return lost(wire, "TIMEOUT", "broker does not answer", error);
	if (wire->waiter.wait(wire->waiter.context, fd, false,
						  left < due ? (int) left : due) < 0)
		return broker_error_interrupted(&wire->names, wire->step, error);
	return broker_wire_keep_alive(wire, error);
}

BrokerStatus
broker_wire_await(BrokerWire *wire, amqp_channel_t channel,
				  amqp_method_number_t expected, int64_t deadline,
				  amqp_frame_t *frame, IoError *error)
{
	bool arrived = false;
	BrokerStatus status;

	broker_wire_release(wire);
	for (;;)
	{
		status = broker_wire_receive(wire, frame, &arrived, error);
		if (status != BROKER_OK || arrived)
			break;
		status = await_data(wire, deadline, error);
		if (status != BROKER_OK)
			break;
	}
	if (status == BROKER_OK)
		status = broker_wire_check_close(wire, frame, error);
	if (status != BROKER_OK)
		return status;
	if (frame->frame_type == AMQP_FRAME_METHOD && frame->channel == channel &&
		frame->payload.method.id == expected &&
		frame->payload.method.decoded != NULL)
		return BROKER_OK;
	return broker_error_library(&wire->names, wire->step,
								AMQP_STATUS_UNKNOWN_METHOD, error);
}

BrokerStatus
broker_wire_call(BrokerWire *wire, const BrokerCall *call,
				 amqp_method_number_t expected, int64_t deadline,
				 amqp_frame_t *frame, IoError *error)
{
	BrokerStatus status = broker_wire_send(wire, call, error);

	if (status != BROKER_OK)
		return status;
	return broker_wire_await(wire, call->channel, expected, deadline, frame,
							 error);
}
