/*-------------------------------------------------------------------------
 *
 * amqp_frames.c
 *	  Deliveries, put together from their frames.
 *
 * rabbitmq-c has calls that return whole messages, but once the first frame
 * has come they wait for the last without regard to their timeout.  So we
 * take single frames and keep the state between them here.  The order and
 * the sizes of frames are the peer's word: each is checked before anything
 * is allocated or copied.  This file never touches a socket.
 *
 *-------------------------------------------------------------------------
 */
#include "io/amqp_frames.h"
#include "io/amqp_json.h"

#include <stdlib.h>
#include <string.h>

void
amqp_assembly_reset(AmqpAssembly *assembly)
{
	size_t max_body = assembly->max_body;

	broker_delivery_free(&assembly->delivery);
	memset(assembly, 0, sizeof(*assembly));
	assembly->max_body = max_body;
}

static AmqpProgress
malformed(IoError *error, const char *what)
{
	io_error_set(error, "UNEXPECTED_FRAME", "",
				 "broker sent frames out of order: %s", what);
	return AMQP_PROGRESS_MALFORMED;
}

static AmqpProgress
no_memory(IoError *error)
{
	io_error_set(error, "NO_MEMORY", "",
				 "out of memory while receiving a message");
	return AMQP_PROGRESS_NO_MEMORY;
}

/* Names may hold any byte: a NUL cuts them, which serves for showing. */
static void
copy_name(char *out, amqp_bytes_t name)
{
	size_t length = name.bytes != NULL ? name.len : 0;

	if (length > AMQP_NAME_SIZE - 1)
		length = AMQP_NAME_SIZE - 1;
	if (length > 0)
		memcpy(out, name.bytes, length);
	out[length] = '\0';
}

static AmqpProgress
take_method(AmqpAssembly *assembly, const amqp_method_t *method,
			IoError *error)
{
	const amqp_basic_deliver_t *deliver = method->decoded;

	if (method->id != AMQP_BASIC_DELIVER_METHOD)
		return AMQP_PROGRESS_OTHER;
	if (assembly->phase != AMQP_PHASE_IDLE)
		return malformed(error, "a delivery within a delivery");
	if (deliver == NULL)
		return malformed(error, "an empty delivery");
	assembly->delivery.tag = deliver->delivery_tag;
	assembly->delivery.redelivered = deliver->redelivered != 0;
	copy_name(assembly->exchange, deliver->exchange);
	copy_name(assembly->routing_key, deliver->routing_key);
	assembly->phase = AMQP_PHASE_HEADER;
	return AMQP_PROGRESS_PARTIAL;
}

/* If the body is whole, hand the delivery over and be idle again. */
static AmqpProgress
finish(AmqpAssembly *assembly, BrokerDelivery *delivery)
{
	if (assembly->received < assembly->delivery.declared_length)
		return AMQP_PROGRESS_PARTIAL;
	if (!assembly->delivery.oversized)
		assembly->delivery.body_length =
			(size_t) assembly->delivery.declared_length;
	assembly->delivery.body[assembly->delivery.body_length] = '\0';
	*delivery = assembly->delivery;
	memset(&assembly->delivery, 0, sizeof(assembly->delivery));
	amqp_assembly_reset(assembly);
	return AMQP_PROGRESS_COMPLETE;
}

static AmqpProgress
take_header(AmqpAssembly *assembly, const amqp_frame_t *frame,
			BrokerDelivery *delivery, IoError *error)
{
	BrokerDelivery *made = &assembly->delivery;
	uint64_t declared = frame->payload.properties.body_size;

	if (assembly->phase != AMQP_PHASE_HEADER)
		return malformed(error, "a message header without a delivery");
	if (frame->payload.properties.class_id != AMQP_BASIC_CLASS)
		return malformed(error, "a header of another class");
	made->declared_length = declared;
	made->oversized = declared > assembly->max_body;
	made->headers =
		amqp_json_properties(frame->payload.properties.decoded,
							 assembly->exchange, assembly->routing_key);
	made->body = malloc(made->oversized ? 1 : (size_t) declared + 1);
	if (made->headers == NULL || made->body == NULL)
		return no_memory(error);
	assembly->phase = AMQP_PHASE_BODY;
	return finish(assembly, delivery);
}

static AmqpProgress
take_body(AmqpAssembly *assembly, amqp_bytes_t fragment,
		  BrokerDelivery *delivery, IoError *error)
{
	BrokerDelivery *made = &assembly->delivery;

	if (assembly->phase != AMQP_PHASE_BODY)
		return malformed(error, "a message body without a header");
	if (fragment.len > made->declared_length - assembly->received)
		return malformed(error, "a message body longer than declared");
	if (!made->oversized && fragment.len > 0)
		memcpy(made->body + assembly->received, fragment.bytes, fragment.len);
	assembly->received += fragment.len;
	return finish(assembly, delivery);
}

AmqpProgress
amqp_assembly_take(AmqpAssembly *assembly, const amqp_frame_t *frame,
				   BrokerDelivery *delivery, IoError *error)
{
	switch (frame->frame_type)
	{
		case AMQP_FRAME_METHOD:
			return take_method(assembly, &frame->payload.method, error);
		case AMQP_FRAME_HEADER:
			return take_header(assembly, frame, delivery, error);
		case AMQP_FRAME_BODY:
			return take_body(assembly, frame->payload.body_fragment, delivery,
							 error);
		default:
			return malformed(error, "a frame of unknown type");
	}
}

void
broker_delivery_free(BrokerDelivery *delivery)
{
	free(delivery->body);
	free(delivery->headers);
	memset(delivery, 0, sizeof(*delivery));
}
