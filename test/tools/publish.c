/*-------------------------------------------------------------------------
 *
 * publish.c
 *	  The command publish: events to RabbitMQ, with publisher confirms.
 *
 * A message counts once the broker confirmed it; the program fails when one
 * was refused or, with --mandatory, came back because no queue took it.  At
 * most --window messages are unconfirmed at a time.
 *
 * With --persist a connection that fails is not the end: what was not
 * confirmed is published again over the next one, as a crawler would.  Each
 * connection is a process of its own, which may end wherever it fails; what
 * it has seen confirmed is in memory that it shares with its parent.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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
	long persist;
	bool declare;
	bool shuffle;
	bool mandatory;
	bool hex;

	amqp_connection_state_t connection;
	amqp_basic_properties_t properties;
	amqp_table_entry_t entries[MAX_HEADERS];

	/* of this connection */
	uint8_t *settled; /* by delivery tag */
	size_t *message;  /* likewise: its number */
	uint64_t tags;    /* published */
	uint64_t lowest;  /* first tag not settled */

	struct Tally *tally; /* of all connections */
} Publisher;

/* Shared by the processes of all connections. */
typedef struct Tally
{
	uint64_t published; /* whatever became of them, again and again */
	uint64_t confirmed;
	uint64_t refused;
	uint64_t returned;
	uint64_t connections;
	uint8_t done[]; /* by message: it is confirmed */
} Tally;

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
		publisher->tally->done[publisher->message[i]] = confirmed;
		if (confirmed)
			publisher->tally->confirmed++;
		else
			publisher->tally->refused++;
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
			publisher->tally->returned++;
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

/* What is not confirmed yet, over this connection. */
static void
publish_all(Publisher *publisher, const Messages *messages)
{
	double started = seconds_now();

	publisher->settled = calloc(messages->count + 2, 1);
	publisher->message = calloc(messages->count + 2, sizeof(size_t));
	if (publisher->settled == NULL || publisher->message == NULL)
		die("out of memory");
	publisher->lowest = 1;
	for (size_t i = 0; i < messages->count; i++)
	{
		amqp_bytes_t body = {.len = messages->messages[i].length,
							 .bytes = (void *) messages->messages[i].text};

		if (publisher->tally->done[i])
			continue;
		keep_rate(publisher, started);
		publisher->message[publisher->tags + 1] = i;
		publisher->tally->published++;
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
	free(publisher->settled);
	free(publisher->message);
}

/* ---- connections ---- */

/* Ends the program when anything goes wrong. */
static void
use_connection(Publisher *publisher, const Messages *messages)
{
	connect_broker(publisher);
	publisher->tally->connections++;
	if (publisher->declare)
		declare_topology(publisher);
	amqp_confirm_select(publisher->connection, CHANNEL);
	check_reply(amqp_get_rpc_reply(publisher->connection),
				"could not ask for confirms");
	publish_all(publisher, messages);
	amqp_connection_close(publisher->connection, AMQP_REPLY_SUCCESS);
	amqp_destroy_connection(publisher->connection);
}

/* The same in a process of its own; was all confirmed? */
static bool
try_connection(Publisher *publisher, const Messages *messages)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		die("could not fork");
	if (child == 0)
	{
		use_connection(publisher, messages);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child)
		die("could not wait for a connection's process");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
		   publisher->tally->confirmed == messages->count;
}

#define PAUSE_NS 100000000 /* before the next connection */

static void
persist(Publisher *publisher, const Messages *messages)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	double end = seconds_now() + (double) publisher->persist;

	while (!try_connection(publisher, messages))
	{
		if (seconds_now() > end)
			die("only %lu of %lu messages were confirmed within %ld s",
				(unsigned long) publisher->tally->confirmed,
				(unsigned long) messages->count, publisher->persist);
		publisher->tally->refused = 0; /* they are published again */
		nanosleep(&pause, NULL);
	}
}

static Tally *
create_tally(size_t messages)
{
	void *map = mmap(NULL, sizeof(Tally) + messages, PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		die("out of memory");
	return map;
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

static int
hex_digit(char digit)
{
	const char *digits = "0123456789abcdef";
	const char *place = digit != '\0' ? strchr(digits, digit) : NULL;

	if (place == NULL)
		die("a line of --hex is of the digits 0 to f, in pairs");
	return (int) (place - digits);
}

/* The bytes that a line of hexadecimal digits stands for, for good. */
static void
add_hex_message(Messages *messages, const char *line, size_t length)
{
	char *bytes = malloc(length / 2 + 1);

	if (bytes == NULL)
		die("out of memory");
	if (length % 2 != 0)
		die("a line of --hex is of the digits 0 to f, in pairs");
	for (size_t i = 0; i < length / 2; i++)
		bytes[i] =
			(char) (hex_digit(line[2 * i]) << 4 | hex_digit(line[2 * i + 1]));
	add_message(messages, bytes, length / 2);
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
		{
			if (publisher->hex)
				add_hex_message(messages, line, (size_t) (stop - line));
			else
				add_message(messages, line, (size_t) (stop - line));
		}
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
		{"hex", OPTION_FLAG, &publisher->hex,
		 "the lines of --events are bytes in hexadecimal digits"},
		{"persist", OPTION_COUNT, &publisher->persist,
		 "seconds for which to connect and publish again until all is "
		 "confirmed (0: fail at once)"},
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
	publisher.tally = create_tally(messages.count);
	started = seconds_now();
	if (publisher.persist > 0)
		persist(&publisher, &messages);
	else
		use_connection(&publisher, &messages);
	seconds = seconds_now() - started;
	printf("confirmed=%lu published=%lu refused=%lu returned=%lu "
		   "connections=%lu seconds=%.3f\n",
		   (unsigned long) publisher.tally->confirmed,
		   (unsigned long) publisher.tally->published,
		   (unsigned long) publisher.tally->refused,
		   (unsigned long) publisher.tally->returned,
		   (unsigned long) publisher.tally->connections, seconds);
	free(messages.messages);
	for (int i = 0; i < publisher.headers.count; i++)
		free(publisher.entries[i].key.bytes);
	buffer_free(&file);
	return publisher.tally->refused > 0 || publisher.tally->returned > 0;
}
