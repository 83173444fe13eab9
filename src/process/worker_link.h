/*-------------------------------------------------------------------------
 *
 * worker_link.h
 *	  A worker's link to its broker: when to connect, what was lost, and how
 *	  long to wait before the next try.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_WORKER_LINK_H
#define ANALYTICS_WORKER_LINK_H

#include "postgres.h"

#include "ingest/consumer.h"
#include "io/broker.h"

typedef struct WorkerLink
{
	BrokerConnection *broker; /* NULL: not connected */
	uint32 generation;        /* of the connection; tags of others are void */
	BrokerStatus status;      /* why it is not connected */
	IoError error;            /* likewise */
	int attempts;             /* in a row that failed */
	int64 connect_ms;         /* io_now_ms() of the next try */
	int64 connected_ms;       /* when the connection was made */
	int64 pumped_ms;          /* when the socket was last looked at */
	int64 asked_ms;           /* when the queue's length was last asked for */
	int64 reconnects;         /* connections made after the first */
	bool had_connection;      /* there has been one */
	bool lost;                /* broke since link_take_lost() was asked */
	bool cancelled; /* its queue is gone, link_drop_cancelled() due */
} WorkerLink;

/*
 * Connect if it is time to; without wants_deliveries none flow before
 * link_flow() says so.  True when there is a connection afterwards.
 */
extern bool link_connect(WorkerLink *link, const ConsumerConfig *config,
						 const char *worker_name, bool wants_deliveries);

/*
 * Take what has arrived, if the socket was not looked at for `idle_ms`; a
 * failure drops the connection.
 */
extern void link_pump(WorkerLink *link, int idle_ms);

/* Settle a delivery; nothing when it came over another connection. */
extern void link_acknowledge(WorkerLink *link, uint32 generation, uint64 tag);
extern void link_release(WorkerLink *link, uint32 generation, uint64 tag);

/* Let deliveries flow, or stop them. */
extern void link_flow(WorkerLink *link, bool wanted);

/*
 * The queue is gone, and with it what was delivered and not acknowledged:
 * nobody will deliver that again.  The connection is kept until everything it
 * has brought is taken; then this drops it.
 */
extern void link_drop_cancelled(WorkerLink *link);

/* Close; the next link_connect() connects at once. */
extern void link_close(WorkerLink *link);

/*
 * Was a connection lost since this was last asked?  What came over any other
 * generation than link_generation() is void then.
 */
extern bool link_take_lost(WorkerLink *link);

/* Of the connection there is, from 1; 0: there is none. */
extern uint32 link_generation(const WorkerLink *link);

/* Milliseconds until link_connect() or link_pump() is due; -1: no timer. */
extern int link_timeout_ms(const WorkerLink *link);

#endif /* ANALYTICS_WORKER_LINK_H */
