/*-------------------------------------------------------------------------
 *
 * publish.c
 *	  The command publish: events to RabbitMQ, with publisher confirms.
 *
 * A message counts once the broker confirmed it; the program fails when one
 * was refused or, with --mandatory, came back because no queue took it.  At
 * most --window messages are unconfirmed at a time.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_tcp_socket.h>
#endif

#include "loadgen.h"
#include "support.h"

#define CHANNEL 1
#define MAX_HEADERS 16

typedef struct Publisher
{
	const char *url;
	const char *exchange;
	const char *routing_key;
	const char *queue;
	const char *queue_type;
	const char *events;
	const char *body;
	const char *content_type;
	TextList headers;
	long limit;
	long skip;
	long rate;
	long duplicates;
	long seed;
	long window;
	bool declare;
	bool shuffle;
	bool mandatory;

	amqp_connection_state_t connection;
	amqp_basic_properties_t properties;
	amqp_table_entry_t entries[MAX_HEADERS];

	uint8_t *settled; /* by delivery tag */
	uint64_t tags;    /* published */
	uint64_t lowest;  /* first tag not settled */
	uint64_t confirmed;
	uint64_t refused;
	uint64_t returned;
} Publisher;

typedef struct Message
{
	const char *text;
	size_t length;
} Message;

typedef struct Messages
{
	Message *messages;
	size_t count;
	size_t size;
} Messages;

/* ---- errors of the library ---- */

static void
check_reply(amqp_rpc_reply_t reply, const char *what)
{
	if (reply.reply_type == AMQP_RESPONSE_NORMAL)
		return;
	if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
		reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD)
	{
		amqp_channel_close_t *close = reply.reply.decoded;

		die("%s: %d %.*s", what, close->reply_code,
			(int) close->reply_text.len, (char *) close->reply_text.bytes);
	}
	if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
		reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD)
	{
		amqp_connection_close_t *close = reply.reply.decoded;

		die("%s: %d %.*s", what, close->reply_code,
			(int) close->reply_text.len, (char *) close->reply_text.bytes);
	}
	die("%s: %s", what,
		reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION
			? amqp_error_string2(reply.library_error)
			: "the broker did not answer");
}

static void
check_status(int status, const char *what)
{
	if (status != AMQP_STATUS_OK)
		die("%s: %s", what, amqp_error_string2(status));
}

/* ---- connection ---- */

static void
connect_broker(Publisher *publisher)
{
	struct amqp_connection_info info;
	char *url = strdup(publisher->url);
	const char *vhost;
	amqp_socket_t *socket;

	if (url == NULL)
		die("out of memory");
	amqp_default_connection_info(&info);
	check_status(amqp_parse_url(url, &info), "could not read the AMQP URL");
	if (info.ssl)
		die("publishing over TLS is not supported: use the plain port");
	vhost = info.vhost == NULL || info.vhost[0] == '\0' ? "/" : info.vhost;
	publisher->connection = amqp_new_connection();
	socket = amqp_tcp_socket_new(publisher->connection);
	if (socket == NULL)
		die("out of memory");
	check_status(amqp_socket_open(socket, info.host, info.port),
				 "could not connect to the broker");
	check_reply(amqp_login(publisher->connection, vhost, 0, 131072, 0,
						   AMQP_SASL_METHOD_PLAIN, info.user, info.password),
				"could not log in to the broker");
	amqp_channel_open(publisher->connection, CHANNEL);
	check_reply(amqp_get_rpc_reply(publisher->connection),
				"could not open a channel");
	free(url);
}

static void
declare_topology(Publisher *publisher)
{
	amqp_connection_state_t connection = publisher->connection;
	amqp_bytes_t exchange = amqp_cstring_bytes(publisher->exchange);
	amqp_bytes_t queue = amqp_cstring_bytes(publisher->queue);
	amqp_table_entry_t type = {
		.key = amqp_cstring_bytes("x-queue-type"),
		.value = {.kind = AMQP_FIELD_KIND_UTF8,
				  .value.bytes = amqp_cstring_bytes(publisher->queue_type)}};
	amqp_table_t arguments = {.num_entries = 0, .entries = &type};

	if (strcmp(publisher->queue_type, "classic") != 0)
		arguments.num_entries = 1;
	amqp_exchange_declare(connection, CHANNEL, exchange,
						  amqp_cstring_bytes("topic"), 0, 1, 0, 0,
						  amqp_empty_table);
	check_reply(amqp_get_rpc_reply(connection),
				"could not declare the exchange");
	amqp_queue_declare(connection, CHANNEL, queue, 0, 1, 0, 0, arguments);
	check_reply(amqp_get_rpc_reply(connection), "could not declare the queue");
	amqp_queue_bind(connection, CHANNEL, queue, exchange,
					amqp_cstring_bytes(publisher->routing_key),
					amqp_empty_table);
	check_reply(amqp_get_rpc_reply(connection), "could not bind the queue");
}

static void
prepare_properties(Publisher *publisher)
{
	amqp_basic_properties_t *properties = &publisher->properties;

	properties->_flags =
		AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
	properties->content_type = amqp_cstring_bytes(publisher->content_type);
	properties->delivery_mode = 2;
	if (publisher->headers.count == 0)
		return;
	if (publisher->headers.count > MAX_HEADERS)
		die("at most %d headers", MAX_HEADERS);
	properties->_flags |= AMQP_BASIC_HEADERS_FLAG;
	properties->headers.entries = publisher->entries;
	properties->headers.num_entries = publisher->headers.count;
	for (int i = 0; i < publisher->headers.count; i++)
	{
		char *name = strdup(publisher->headers.texts[i]);
		char *equals = name != NULL ? strchr(name, '=') : NULL;

		if (equals == NULL)
			die("--header takes NAME=VALUE, not \"%.100s\"",
				publisher->headers.texts[i]);
		*equals = '\0';
		publisher->entries[i].key =
			(amqp_bytes_t){(size_t) (equals - name), name};
		publisher->entries[i].value.kind = AMQP_FIELD_KIND_UTF8;
		publisher->entries[i].value.value.bytes =
			amqp_cstring_bytes(equals + 1);
	}
}

/* ---- confirms ---- */

static void
settle(Publisher *publisher, uint64_t tag, bool multiple, bool confirmed)
{
	for (uint64_t i = multiple ? publisher->lowest : tag; i <= tag; i++)
	{
		if (i > publisher->tags || publisher->settled[i])
			continue;
		publisher->settled[i] = 1;
		if (confirmed)
			publisher->confirmed++;
		else
			publisher->refused++;
	}
	while (publisher->lowest <= publisher->tags &&
		   publisher->settled[publisher->lowest])
		publisher->lowest++;
}

/* Take one frame of the broker: a confirm, or part of a returned message. */
static void
take_frame(Publisher *publisher)
{
	struct timeval limit = {.tv_sec = 60};
	amqp_frame_t frame;

	check_status(
		amqp_simple_wait_frame_noblock(publisher->connection, &frame, &limit),
		"waiting for the broker's confirms");
	if (frame.frame_type != AMQP_FRAME_METHOD)
		return;
	switch (frame.payload.method.id)
	{
		case AMQP_BASIC_ACK_METHOD:
		{
			amqp_basic_ack_t *ack = frame.payload.method.decoded;

			settle(publisher, ack->delivery_tag, ack->multiple, true);
			break;
		}
		case AMQP_BASIC_NACK_METHOD:
		{
			amqp_basic_nack_t *nack = frame.payload.method.decoded;

			settle(publisher, nack->delivery_tag, nack->multiple, false);
			break;
		}
		case AMQP_BASIC_RETURN_METHOD:
			publisher->returned++;
			break;
		case AMQP_CHANNEL_CLOSE_METHOD:
		case AMQP_CONNECTION_CLOSE_METHOD:
		{
			amqp_channel_close_t *close = frame.payload.method.decoded;

			die("the broker closed the channel: %d %.*s", close->reply_code,
				(int) close->reply_text.len, (char *) close->reply_text.bytes);
		}
		default:
			break;
	}
}

static void
await_confirms(Publisher *publisher, uint64_t at_most)
{
	while (publisher->tags + 1 - publisher->lowest > at_most)
	{
		take_frame(publisher);
		amqp_maybe_release_buffers(publisher->connection);
	}
}

static void
keep_rate(const Publisher *publisher, double started)
{
	double ahead;

	if (publisher->rate == 0)
		return;
	ahead = started + (double) publisher->tags / (double) publisher->rate -
			seconds_now();
	if (ahead > 0)
	{
		struct timespec pause = {.tv_sec = (time_t) ahead};

		pause.tv_nsec = (long) ((ahead - (double) pause.tv_sec) * 1e9);
		nanosleep(&pause, NULL);
	}
}

static void
publish_all(Publisher *publisher, const Messages *messages)
{
	double started = seconds_now();

	publisher->settled = calloc(messages->count + 2, 1);
	if (publisher->settled == NULL)
		die("out of memory");
	publisher->lowest = 1;
	for (size_t i = 0; i < messages->count; i++)
	{
		amqp_bytes_t body = {.len = messages->messages[i].length,
							 .bytes = (void *) messages->messages[i].text};

		keep_rate(publisher, started);
		check_status(
			amqp_basic_publish(publisher->connection, CHANNEL,
							   amqp_cstring_bytes(publisher->exchange),
							   amqp_cstring_bytes(publisher->routing_key),
							   publisher->mandatory, 0, &publisher->properties,
							   body),
			"could not publish");
		publisher->tags++;
		await_confirms(publisher, (uint64_t) publisher->window);
	}
	await_confirms(publisher, 0);
}

/* ---- messages ---- */

static void
add_message(Messages *messages, const char *text, size_t length)
{
	if (messages->count == messages->size)
	{
		messages->size = messages->size * 2 + 1024;
		messages->messages =
			realloc(messages->messages, messages->size * sizeof(Message));
		if (messages->messages == NULL)
			die("out of memory");
	}
	messages->messages[messages->count++] =
		(Message){.text = text, .length = length};
}

/* One message a line, each as often as the duplicates ask for. */
static void
split_events(const Publisher *publisher, const Buffer *file, Random *random,
			 Messages *messages)
{
	const char *line = file->data;
	const char *end = file->data + file->length;

	for (long number = 0; line < end; number++)
	{
		const char *stop = memchr(line, '\n', (size_t) (end - line));
		uint64_t copies =
			1 + random_below(random, (uint64_t) publisher->duplicates);

		if (stop == NULL)
			stop = end;
		if (publisher->limit > 0 &&
			number >= publisher->skip + publisher->limit)
			break;
		while (stop > line && number >= publisher->skip && copies-- > 0)
			add_message(messages, line, (size_t) (stop - line));
		line = stop + 1;
	}
}

static void
shuffle_messages(Messages *messages, Random *random)
{
	for (size_t i = messages->count; i > 1; i--)
	{
		size_t other = (size_t) random_below(random, i);
		Message swap = messages->messages[i - 1];

		messages->messages[i - 1] = messages->messages[other];
		messages->messages[other] = swap;
	}
}

static void
load_messages(const Publisher *publisher, Buffer *file, Messages *messages)
{
	Random random = {.state = random_mix((uint64_t) publisher->seed)};

	if (publisher->body != NULL)
	{
		read_whole_file(publisher->body, file);
		for (long i = 0; i < publisher->duplicates; i++)
			add_message(messages, file->data, file->length);
	}
	if (publisher->events != NULL)
	{
		read_whole_file(publisher->events, file);
		split_events(publisher, file, &random, messages);
	}
	if (publisher->shuffle)
		shuffle_messages(messages, &random);
}

/* ---- the command ---- */

static void
parse_publisher(int argc, char **argv, Publisher *publisher)
{
	const Option options[] = {
		{"url", OPTION_TEXT, &publisher->url,
		 "amqp://user:password@host:port/vhost (default: $AMQP_URL)"},
		{"events", OPTION_TEXT, &publisher->events,
		 "file with one message a line"},
		{"body", OPTION_TEXT, &publisher->body,
		 "file that is one message, whatever it holds; - is standard input"},
		{"header", OPTION_LIST, &publisher->headers,
		 "NAME=VALUE; may be repeated"},
		{"content-type", OPTION_TEXT, &publisher->content_type,
		 "(application/json)"},
		{"exchange", OPTION_TEXT, &publisher->exchange, "(smap.events)"},
		{"routing-key", OPTION_TEXT, &publisher->routing_key,
		 "(data.collected)"},
		{"declare", OPTION_FLAG, &publisher->declare,
		 "declare the exchange and the queue and bind them first"},
		{"queue", OPTION_TEXT, &publisher->queue,
		 "(analytics.data.collected)"},
		{"queue-type", OPTION_TEXT, &publisher->queue_type,
		 "classic or quorum (classic)"},
		{"mandatory", OPTION_FLAG, &publisher->mandatory,
		 "fail if no queue takes a message"},
		{"skip", OPTION_COUNT, &publisher->skip, "leave out the first lines"},
		{"limit", OPTION_COUNT, &publisher->limit, "take so many lines"},
		{"rate", OPTION_COUNT, &publisher->rate,
		 "messages a second (0: as fast as it goes)"},
		{"duplicates", OPTION_COUNT, &publisher->duplicates,
		 "publish each line 1 to N times, by the seed; a body N times (1)"},
		{"shuffle", OPTION_FLAG, &publisher->shuffle,
		 "in an order by the seed"},
		{"seed", OPTION_COUNT, &publisher->seed, "(1)"},
		{"window", OPTION_COUNT, &publisher->window,
		 "unconfirmed messages at a time (500)"},
		{NULL, 0, NULL, NULL}};

	options_parse(argc, argv, options, NULL);
	if ((publisher->events != NULL) + (publisher->body != NULL) +
			(publisher->declare ? 1 : 0) ==
		0)
		die("publish needs --events, --body or --declare");
	if (publisher->events != NULL && publisher->body != NULL)
		die("publish takes --events or --body, not both");
	if (publisher->duplicates < 1 || publisher->window < 1)
		die("--duplicates and --window take a number from 1");
	if (publisher->url == NULL)
		publisher->url = require_env("AMQP_URL", "or option --url");
}

int
command_publish(int argc, char **argv)
{
	Publisher publisher = {.exchange = "smap.events",
						   .routing_key = "data.collected",
						   .queue = "analytics.data.collected",
						   .queue_type = "classic",
						   .content_type = "application/json",
						   .duplicates = 1,
						   .seed = 1,
						   .window = 500};
	Messages messages = {0};
	Buffer file = {0};
	double started;
	double seconds;

	parse_publisher(argc, argv, &publisher);
	load_messages(&publisher, &file, &messages);
	prepare_properties(&publisher);
	connect_broker(&publisher);
	if (publisher.declare)
		declare_topology(&publisher);
	amqp_confirm_select(publisher.connection, CHANNEL);
	check_reply(amqp_get_rpc_reply(publisher.connection),
				"could not ask for confirms");
	started = seconds_now();
	publish_all(&publisher, &messages);
	seconds = seconds_now() - started;
	amqp_connection_close(publisher.connection, AMQP_REPLY_SUCCESS);
	amqp_destroy_connection(publisher.connection);
	printf("confirmed=%lu refused=%lu returned=%lu seconds=%.3f\n",
		   (unsigned long) publisher.confirmed,
		   (unsigned long) publisher.refused,
		   (unsigned long) publisher.returned, seconds);
	free(messages.messages);
	for (int i = 0; i < publisher.headers.count; i++)
		free(publisher.entries[i].key.bytes);
	free(publisher.settled);
	buffer_free(&file);
	return publisher.refused > 0 || publisher.returned > 0;
}
