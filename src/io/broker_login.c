/*-------------------------------------------------------------------------
 *
 * broker_login.c
 *	  AMQP's handshake, one frame at a time.
 *
 * The library's own amqp_login() waits in a poll() that no signal ends, so
 * the six methods of the handshake are exchanged here.  This is the only file
 * that sees the password; it wipes its copy, and puts it into no message.
 *
 *-------------------------------------------------------------------------
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "io/broker_login.h"
#include "io/store_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_MAX 131072

/* AMQP's least frame size: less than that is a broken peer. */
#define LEAST_FRAME_MAX 4096

#define MOST_CHANNELS 2047

/* Seconds. */
#define MOST_HEARTBEAT 3600

static amqp_table_entry_t
text_entry(const char *key, const char *text)
{
	amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};

	entry.value.kind = AMQP_FIELD_KIND_UTF8;
	entry.value.value.bytes = amqp_cstring_bytes(text);
	return entry;
}

static amqp_table_entry_t
true_entry(const char *key)
{
	amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};

	entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
	entry.value.value.boolean = 1;
	return entry;
}

/* PLAIN's answer, NUL user NUL password, malloc'd; bytes NULL: no memory. */
static amqp_bytes_t
plain_response(const char *user, const char *password)
{
	size_t user_length = strlen(user);
	size_t password_length = strlen(password);
	amqp_bytes_t response = {.len = user_length + password_length + 2};
	char *bytes = malloc(response.len);

	if (bytes != NULL)
	{
		bytes[0] = '\0';
		memcpy(bytes + 1, user, user_length + 1);
		memcpy(bytes + user_length + 2, password, password_length);
	}
	response.bytes = bytes;
	return response;
}

/* Is PLAIN one of the words of this list? */
static bool
offers_plain(amqp_bytes_t mechanisms)
{
	const char *word = mechanisms.bytes;
	const char *end;

	if (word == NULL)
		return false;
	end = word + mechanisms.len;
	while (word < end)
	{
		const char *space = memchr(word, ' ', end - word);
		size_t length = (space != NULL ? space : end) - word;

		if (length == 5 && memcmp(word, "PLAIN", 5) == 0)
			return true;
		word += length + 1;
	}
	return false;
}

/* A text of the peer's properties, cleaned; "" when it is not there. */
static void
read_property(const amqp_table_t *properties, const char *name, char *out,
			  size_t size)
{
	out[0] = '\0';
	for (int i = 0; i < properties->num_entries; i++)
	{
		const amqp_table_entry_t *entry = &properties->entries[i];

		if (entry->key.len == strlen(name) &&
			memcmp(entry->key.bytes, name, entry->key.len) == 0 &&
			entry->value.kind == AMQP_FIELD_KIND_UTF8)
			store_text_clean(out, size, entry->value.value.bytes.bytes,
							 entry->value.value.bytes.len);
	}
}

/* "RabbitMQ 3.10.8" */
static void
remember_server(BrokerWire *wire, const amqp_table_t *properties)
{
	char product[32];
	char version[28];

	read_property(properties, "product", product, sizeof(product));
	read_property(properties, "version", version, sizeof(version));
	snprintf(wire->server, sizeof(wire->server), "%s%s%s", product,
			 product[0] != '\0' && version[0] != '\0' ? " " : "", version);
}

static BrokerStatus
refuse_peer(const BrokerWire *wire, const char *code, const char *reason,
			IoError *error)
{
	broker_error_lost(&wire->names, wire->step, code, reason, error);
	return BROKER_MISCONFIGURED;
}

/* Read connection.start. */
static BrokerStatus
await_start(BrokerWire *wire, int64_t deadline, IoError *error)
{
	amqp_frame_t frame;
	amqp_connection_start_t *start;
	BrokerStatus status = broker_wire_greet(wire, error);

	if (status == BROKER_OK)
		status = broker_wire_await(wire, 0, AMQP_CONNECTION_START_METHOD,
								   deadline, &frame, error);
	if (status != BROKER_OK)
		return status;
	start = frame.payload.method.decoded;
	remember_server(wire, &start->server_properties);
	if (start->version_major != AMQP_PROTOCOL_VERSION_MAJOR ||
		start->version_minor != AMQP_PROTOCOL_VERSION_MINOR)
		return refuse_peer(wire, "NOT_AMQP",
						   "the peer does not speak AMQP 0-9-1", error);
	if (!offers_plain(start->mechanisms))
		return refuse_peer(wire, "NO_LOGIN",
						   "broker does not offer login by password (PLAIN)",
						   error);
	return BROKER_OK;
}

/*
 * Who we are, and what we understand.  Without consumer_cancel_notify a
 * deleted queue would be silent; without authentication_failure_close so
 * would a wrong password.
 */
static BrokerStatus
send_start_ok(BrokerWire *wire, const BrokerOptions *options, IoError *error)
{
	amqp_table_entry_t capabilities[2] = {
		true_entry("authentication_failure_close"),
		true_entry("consumer_cancel_notify")};
	amqp_table_entry_t properties[5] = {
		text_entry("product", "analytics"),
		text_entry("platform", "PostgreSQL extension")};
	int count = 2;
	amqp_connection_start_ok_t answer = {
		.mechanism = amqp_cstring_bytes("PLAIN"),
		.locale = amqp_cstring_bytes("en_US")};
	BrokerCall call = {.method = AMQP_CONNECTION_START_OK_METHOD,
					   .request = &answer};
	BrokerStatus status;

	if (options->client_version != NULL)
		properties[count++] = text_entry("version", options->client_version);
	if (options->connection_name != NULL)
		properties[count++] =
			text_entry("connection_name", options->connection_name);
	properties[count].key = amqp_cstring_bytes("capabilities");
	properties[count].value.kind = AMQP_FIELD_KIND_TABLE;
	properties[count].value.value.table.num_entries = 2;
	properties[count].value.value.table.entries = capabilities;
	answer.client_properties.num_entries = count + 1;
	answer.client_properties.entries = properties;
	answer.response = plain_response(wire->names.user, options->password);
	if (answer.response.bytes == NULL)
		return broker_error_library(&wire->names, wire->step,
									AMQP_STATUS_NO_MEMORY, error);
	status = broker_wire_send(wire, &call, error);
	explicit_bzero(answer.response.bytes, answer.response.len);
	free(answer.response.bytes);
	return status;
}

/* The lower of two limits, where 0 is none. */
static int
lower_limit(int ours, uint32_t theirs)
{
	return theirs != 0 && theirs < (uint32_t) ours ? (int) theirs : ours;
}

static BrokerStatus
send_tune_ok(BrokerWire *wire, const amqp_connection_tune_t *tune,
			 const BrokerOptions *options, IoError *error)
{
	int frame_max = lower_limit(FRAME_MAX, tune->frame_max);
	int channel_max = lower_limit(MOST_CHANNELS, tune->channel_max);
	int heartbeat = options->heartbeat_seconds;
	amqp_connection_tune_ok_t answer = {0};
	BrokerCall call = {.method = AMQP_CONNECTION_TUNE_OK_METHOD,
					   .request = &answer};
	int result;

	if (frame_max < LEAST_FRAME_MAX)
		return refuse_peer(wire, "FRAME_MAX",
						   "broker allows no frames of 4096 bytes", error);
	if (heartbeat > MOST_HEARTBEAT)
		heartbeat = MOST_HEARTBEAT;
	heartbeat = heartbeat > 0 ? lower_limit(heartbeat, tune->heartbeat) : 0;
	answer.frame_max = frame_max;
	answer.channel_max = channel_max;
	answer.heartbeat = heartbeat;
	/* The limits hold from the moment that we agree to them. */
	result =
		amqp_tune_connection(wire->amqp, channel_max, frame_max, heartbeat);
	if (result != AMQP_STATUS_OK)
		return broker_error_library(&wire->names, wire->step, result, error);
	wire->heartbeat_ms = heartbeat * 1000;
	return broker_wire_send(wire, &call, error);
}

static BrokerStatus
open_vhost(BrokerWire *wire, int64_t deadline, IoError *error)
{
	amqp_connection_open_t request = {
		.virtual_host = amqp_cstring_bytes(wire->names.vhost), .insist = 1};
	BrokerCall call = {.method = AMQP_CONNECTION_OPEN_METHOD,
					   .request = &request};
	amqp_frame_t frame;

	wire->step = BROKER_STEP_VHOST;
	return broker_wire_call(wire, &call, AMQP_CONNECTION_OPEN_OK_METHOD,
							deadline, &frame, error);
}

static BrokerStatus
open_channel(BrokerWire *wire, int64_t deadline, IoError *error)
{
	amqp_channel_open_t request = {{0, NULL}};
	BrokerCall call = {.channel = BROKER_CHANNEL,
					   .method = AMQP_CHANNEL_OPEN_METHOD,
					   .request = &request};
	amqp_frame_t frame;

	wire->step = BROKER_STEP_CHANNEL;
	return broker_wire_call(wire, &call, AMQP_CHANNEL_OPEN_OK_METHOD, deadline,
							&frame, error);
}

BrokerStatus
broker_log_in(BrokerWire *wire, const BrokerOptions *options, int64_t deadline,
			  IoError *error)
{
	amqp_frame_t frame;
	BrokerStatus status;

	wire->step = BROKER_STEP_GREETING;
	status = await_start(wire, deadline, error);
	if (status != BROKER_OK)
		return status;
	wire->step = BROKER_STEP_LOGIN;
	status = send_start_ok(wire, options, error);
	if (status == BROKER_OK)
		status = broker_wire_await(wire, 0, AMQP_CONNECTION_TUNE_METHOD,
								   deadline, &frame, error);
	if (status == BROKER_OK)
		status =
			send_tune_ok(wire, frame.payload.method.decoded, options, error);
	if (status == BROKER_OK)
		status = open_vhost(wire, deadline, error);
	if (status == BROKER_OK)
		status = open_channel(wire, deadline, error);
	return status;
}
