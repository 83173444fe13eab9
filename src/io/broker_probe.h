/*-------------------------------------------------------------------------
 *
 * broker_probe.h
 *	  Questions about a broker's exchanges and queues, which change nothing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_BROKER_PROBE_H
#define ANALYTICS_BROKER_PROBE_H

#include "io/broker.h"

typedef struct BrokerProbe BrokerProbe;

typedef enum BrokerAnswer
{
	BROKER_ANSWER_YES,       /* it is there, and as asked */
	BROKER_ANSWER_MISSING,   /* there is no such thing */
	BROKER_ANSWER_DIFFERENT, /* it is there, and differs */
	BROKER_ANSWER_REFUSED,   /* the user may not ask, or not use it */
	BROKER_ANSWER_FAILED     /* no answer: the connection is lost */
} BrokerAnswer;

typedef struct BrokerFinding
{
	BrokerAnswer answer;
	char field[64];     /* of DIFFERENT: what differs, "type", "x-expires" */
	char current[80];   /* of DIFFERENT: how it is there, "none", "'direct'";
						 * "" when the broker's words were cut */
	uint32_t messages;  /* of a queue that is there: ready ones */
	uint32_t consumers; /* likewise */
	IoError error;      /* of all answers but YES */
} BrokerFinding;

/*
 * Connect and log in, no more.  Waits as broker_open() does.  NULL on failure,
 * with *status and *error as of broker_open().  The names in options and
 * topology have to outlive the probe.
 */
extern BrokerProbe *broker_probe_open(const BrokerOptions *options,
									  const BrokerTopology *topology,
									  const IoWaiter *waiter,
									  BrokerStatus *status, IoError *error);
extern void broker_probe_close(BrokerProbe *probe); /* NULL is fine */

/* What the broker says it is, "RabbitMQ 3.10.8"; "" when it does not. */
extern const char *broker_probe_server(const BrokerProbe *probe);

/*
 * Is there an exchange of this name?  For all of these: deadline is a time of
 * io_now_ms(), and after an answer FAILED each later one is FAILED too.
 */
extern void broker_probe_has_exchange(BrokerProbe *probe, const char *exchange,
									  int64_t deadline,
									  BrokerFinding *finding);

/*
 * Could a worker declare the topology's exchange?  DIFFERENT when it is there
 * and not a durable topic exchange.  Asked in a way in which a broker that
 * lacks the exchange refuses to make it: that is answered MISSING.
 */
extern void broker_probe_match_exchange(BrokerProbe *probe, int64_t deadline,
										BrokerFinding *finding);

/* Is the topology's queue there, and may this user see it? */
extern void broker_probe_has_queue(BrokerProbe *probe, int64_t deadline,
								   BrokerFinding *finding);

/*
 * Could a worker declare the topology's queue?  Only to be asked right after
 * broker_probe_has_queue() has answered YES: the question is the worker's own
 * declaration, which a broker compares with a queue that is there.
 */
extern void broker_probe_match_queue(BrokerProbe *probe, int64_t deadline,
									 BrokerFinding *finding);

#endif /* ANALYTICS_BROKER_PROBE_H */
