/*-------------------------------------------------------------------------
 *
 * broker.h
 *	  One AMQP 0-9-1 connection that consumes one queue.
 *
 * Only broker*.c and amqp_*.c know rabbitmq-c.  After broker_open() no call
 * here waits for the network, but for one that must send while the peer takes
 * nothing: broker_pump() takes what has arrived, assembles the frames of each
 * delivery itself, and returns.
 *
 * Ownership: a BrokerDelivery taken with broker_next_delivery() belongs to
 * the caller, who frees it with broker_delivery_free().  A delivery tag is
 * only good on the connection that it came on.  The first status but BROKER_OK
 * is final: every later call on that connection answers it again, and all that
 * is left to do is broker_close().
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_BROKER_H
#define ANALYTICS_BROKER_H

#include "io/io.h"

typedef struct BrokerConnection BrokerConnection;

typedef enum BrokerStatus
{
	BROKER_OK,
	BROKER_UNREACHABLE,   /* no connection to be had now: try again */
	BROKER_LOST,          /* it was there and broke: reconnect */
	BROKER_MISCONFIGURED, /* refused for what it was asked: credentials,
								 * vhost, queue arguments, certificate */
	BROKER_CANCELLED,     /* the queue went away under us: reconnect */
	BROKER_INTERRUPTED    /* the waiter said stop */
} BrokerStatus;

typedef struct BrokerOptions
{
	const char *host;
	int port;
	const char *vhost; /* "" and "/" are both "/" */
	const char *user;
	const char *password;
	bool tls;
	bool tls_verify;           /* peer and host name; true unless told */
	const char *tls_ca_file;   /* NULL: the system's store */
	const char *tls_cert_file; /* NULL: no client certificate */
	const char *tls_key_file;
	int heartbeat_seconds;
	int connect_timeout_ms;      /* for the whole of broker_open() */
	const char *connection_name; /* shown in the broker's management page */
	const char *client_version;  /* likewise; NULL: not said */
} BrokerOptions;

typedef enum BrokerArgumentKind
{
	BROKER_ARGUMENT_INTEGER,
	BROKER_ARGUMENT_BOOLEAN,
	BROKER_ARGUMENT_TEXT
} BrokerArgumentKind;

typedef struct BrokerArgument
{
	const char *name;
	BrokerArgumentKind kind;
	int64_t integer; /* also the boolean */
	const char *text;
} BrokerArgument;

typedef struct BrokerTopology
{
	bool passive;         /* true: declare nothing, only check it is there */
	const char *exchange; /* topic, durable */
	const char *routing_key;
	const char *queue;               /* durable */
	const char *queue_type;          /* "classic" or "quorum" */
	const BrokerArgument *arguments; /* further x-arguments of the queue */
	int argument_count;
	uint16_t prefetch; /* per consumer, global=0 */
	bool suspended;    /* take no deliveries before broker_resume() */
} BrokerTopology;

typedef struct BrokerDelivery
{
	uint64_t tag;
	bool redelivered;
	char *body; /* malloc'd, NUL-terminated, may hold NULs */
	size_t body_length;
	bool oversized; /* the declared size was over max_body: the
								 * body was read past, and is empty */
	uint64_t declared_length;
	char *headers; /* malloc'd JSON object: the basic properties
								 * (content_type, message_id, ...), "headers"
								 * with the header table, "exchange",
								 * "routing_key".  Always valid JSON in UTF-8
								 * without \u0000 */
} BrokerDelivery;

/*
 * Connect, log in, declare (or check) exchange, queue and binding, set the
 * prefetch, and consume.  Waits, at most options->connect_timeout_ms, and
 * not a moment longer once waiter says stop.  NULL on failure, with *status
 * (UNREACHABLE, MISCONFIGURED or INTERRUPTED) and *error telling why.
 *
 * The waiter is kept for the sends that must wait: its context has to outlive
 * the connection.  It is also asked with a timeout of 0, for no more than
 * whether to stop, and must then answer -1 if a signal has asked for that.
 */
extern BrokerConnection *broker_open(const BrokerOptions *options,
									 const BrokerTopology *topology,
									 size_t max_body, const IoWaiter *waiter,
									 BrokerStatus *status, IoError *error);

/* The socket to wait on for reading. */
extern int broker_socket(const BrokerConnection *broker);

/*
 * Take what has arrived, without waiting; send a heartbeat if one is due.  To
 * be called when the socket is readable and at least every
 * broker_timeout_ms().  Stops early once more deliveries than the prefetch
 * wait to be taken, and after a thousand frames.
 */
extern BrokerStatus broker_pump(BrokerConnection *broker, IoError *error);

/*
 * Milliseconds until broker_pump() must be called again, at most half a
 * heartbeat.  0: at once, there is more to take that the socket need not
 * show (also right after broker_open()).
 */
extern int broker_timeout_ms(const BrokerConnection *broker);

/* The next complete delivery, in order of arrival; false: none. */
extern bool broker_next_delivery(BrokerConnection *broker,
								 BrokerDelivery *delivery);
extern void broker_delivery_free(BrokerDelivery *delivery);

/*
 * Acknowledge one delivery, or give one back to the queue.  While the peer
 * does not read they wait, through the waiter, at most 3.5 s.  BROKER_OK says
 * that it is on its way, not that the broker knew the tag.
 */
extern BrokerStatus broker_acknowledge(BrokerConnection *broker, uint64_t tag,
									   IoError *error);
extern BrokerStatus broker_release(BrokerConnection *broker, uint64_t tag,
								   IoError *error);

/*
 * Stop and restart the flow of deliveries.  broker_suspend() cancels the
 * consumer without waiting; deliveries that were under way still come out
 * of broker_next_delivery(), and the caller gives them back.
 */
extern BrokerStatus broker_suspend(BrokerConnection *broker, IoError *error);
extern BrokerStatus broker_resume(BrokerConnection *broker, IoError *error);
extern bool broker_is_suspended(const BrokerConnection *broker);

/*
 * Messages ready in the queue as the broker last said (at open, and at each
 * answered broker_ask_depth()); -1: not known.  broker_ask_depth() sends the
 * question and does not wait.
 */
extern int64_t broker_depth(const BrokerConnection *broker);
extern BrokerStatus broker_ask_depth(BrokerConnection *broker, IoError *error);

/*
 * Free the connection.  With `politely`, send basic.cancel and
 * connection.close first and wait, at most half a second and whatever the
 * waiter says, for the answer: without it the broker may forget the last
 * acknowledgements and deliver those messages again.  NULL is allowed.
 */
extern void broker_close(BrokerConnection *broker, bool politely);

/*
 * For a signal handler: if this process is inside a call of this file that
 * may block, make that call fail at once.  Async-signal-safe.
 */
extern void broker_interrupt(void);

#endif /* ANALYTICS_BROKER_H */
