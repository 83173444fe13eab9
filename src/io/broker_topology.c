/*-------------------------------------------------------------------------
 *
 * broker_topology.c
 *	  Exchange, queue, binding and prefetch.
 *
 * Either they are declared, which creates what is not there and is refused
 * if it is there and different; or, for operators who own their topology,
 * exchange and queue are only looked for.  Nothing is ever deleted, and
 * nothing that exists is changed.
 *
 *-------------------------------------------------------------------------
 */
#include "io/broker_login.h"

#include <stdlib.h>
#include <string.h>

static BrokerStatus
set_exchange(BrokerWire *wire, const BrokerTopology *topology,
			 int64_t deadline, IoError *error)
{
	amqp_exchange_declare_t request = {
		.exchange = amqp_cstring_bytes(topology->exchange),
		.type = amqp_cstring_bytes("topic"),
		.passive = topology->passive,
		.durable = 1};
	BrokerCall call = {.channel = BROKER_CHANNEL,
					   .method = AMQP_EXCHANGE_DECLARE_METHOD,
					   .request = &request};
	amqp_frame_t frame;

	wire->step = BROKER_STEP_EXCHANGE;
	return broker_wire_call(wire, &call, AMQP_EXCHANGE_DECLARE_OK_METHOD,
							deadline, &frame, error);
}

static amqp_table_entry_t
make_entry(const BrokerArgument *argument)
{
	amqp_table_entry_t entry = {.key = amqp_cstring_bytes(argument->name)};

	switch (argument->kind)
	{
		case BROKER_ARGUMENT_INTEGER:
			entry.value.kind = AMQP_FIELD_KIND_I64;
			entry.value.value.i64 = argument->integer;
			break;
		case BROKER_ARGUMENT_BOOLEAN:
			entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
			entry.value.value.boolean = argument->integer != 0;
			break;
		case BROKER_ARGUMENT_TEXT:
			entry.value.kind = AMQP_FIELD_KIND_UTF8;
			entry.value.value.bytes = amqp_cstring_bytes(argument->text);
			break;
	}
	return entry;
}

/*
 * The type is always said: RabbitMQ takes "classic" and none for the same,
 * and a vhost may have another default.
 */
amqp_table_t
broker_queue_arguments(const BrokerTopology *topology)
{
	BrokerArgument type = {.name = "x-queue-type",
						   .kind = BROKER_ARGUMENT_TEXT,
						   .text = topology->queue_type};
	amqp_table_t table = {0};

	table.entries =
		calloc((size_t) topology->argument_count + 1, sizeof(*table.entries));
	if (table.entries == NULL)
		return table;
	if (topology->queue_type != NULL)
		table.entries[table.num_entries++] = make_entry(&type);
	for (int i = 0; i < topology->argument_count; i++)
		table.entries[table.num_entries++] =
			make_entry(&topology->arguments[i]);
	return table;
}

static BrokerStatus
set_queue(BrokerWire *wire, const BrokerTopology *topology, int64_t deadline,
		  int64_t *depth, IoError *error)
{
	amqp_queue_declare_t request = {
		.queue = amqp_cstring_bytes(topology->queue),
		.passive = topology->passive,
		.durable = 1,
		.arguments = broker_queue_arguments(topology)};
	BrokerCall call = {.channel = BROKER_CHANNEL,
					   .method = AMQP_QUEUE_DECLARE_METHOD,
					   .request = &request};
	amqp_frame_t frame;
	BrokerStatus status;

	wire->step = BROKER_STEP_QUEUE;
	if (request.arguments.entries == NULL)
		return broker_error_library(&wire->names, wire->step,
									AMQP_STATUS_NO_MEMORY, error);
	status = broker_wire_call(wire, &call, AMQP_QUEUE_DECLARE_OK_METHOD,
							  deadline, &frame, error);
	if (status == BROKER_OK)
	{
		amqp_queue_declare_ok_t *answer = frame.payload.method.decoded;

		*depth = answer->message_count;
	}
	free(request.arguments.entries);
	return status;
}

static BrokerStatus
set_binding(BrokerWire *wire, const BrokerTopology *topology, int64_t deadline,
			IoError *error)
{
	amqp_queue_bind_t request = {
		.queue = amqp_cstring_bytes(topology->queue),
		.exchange = amqp_cstring_bytes(topology->exchange),
		.routing_key = amqp_cstring_bytes(topology->routing_key)};
	BrokerCall call = {.channel = BROKER_CHANNEL,
					   .method = AMQP_QUEUE_BIND_METHOD,
					   .request = &request};
	amqp_frame_t frame;

	wire->step = BROKER_STEP_BINDING;
	return broker_wire_call(wire, &call, AMQP_QUEUE_BIND_OK_METHOD, deadline,
							&frame, error);
}

/*
 * Per consumer: quorum queues refuse a limit for the whole channel.  0 would
 * be no limit at all.
 */
static BrokerStatus
set_prefetch(BrokerWire *wire, const BrokerTopology *topology,
			 int64_t deadline, IoError *error)
{
	amqp_basic_qos_t request = {
		.prefetch_count = topology->prefetch > 0 ? topology->prefetch : 1};
	BrokerCall call = {.channel = BROKER_CHANNEL,
					   .method = AMQP_BASIC_QOS_METHOD,
					   .request = &request};
	amqp_frame_t frame;

	wire->step = BROKER_STEP_PREFETCH;
	return broker_wire_call(wire, &call, AMQP_BASIC_QOS_OK_METHOD, deadline,
							&frame, error);
}

BrokerStatus
broker_set_topology(BrokerWire *wire, const BrokerTopology *topology,
					int64_t deadline, int64_t *depth, IoError *error)
{
	BrokerStatus status = set_exchange(wire, topology, deadline, error);

	if (status == BROKER_OK)
		status = set_queue(wire, topology, deadline, depth, error);
	if (status == BROKER_OK && !topology->passive)
		status = set_binding(wire, topology, deadline, error);
	if (status == BROKER_OK)
		status = set_prefetch(wire, topology, deadline, error);
	return status;
}
