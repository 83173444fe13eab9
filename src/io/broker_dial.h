/*-------------------------------------------------------------------------
 *
 * broker_dial.h
 *	  From a host name to a connected socket, without blocking.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_BROKER_DIAL_H
#define ANALYTICS_BROKER_DIAL_H

#include "io/broker.h"

/*
 * Resolve host, and connect to the first of its addresses that answers
 * before deadline (a time of io_now_ms()).  Returns a connected non-blocking
 * close-on-exec socket that the caller closes, with TCP_NODELAY, keepalive
 * and TCP_USER_TIMEOUT set; or -1 with *status (BROKER_UNREACHABLE or
 * BROKER_INTERRUPTED) and *error.
 */
extern int broker_dial(const char *host, int port, int64_t deadline,
					   const IoWaiter *waiter, BrokerStatus *status,
					   IoError *error);

#endif /* ANALYTICS_BROKER_DIAL_H */
