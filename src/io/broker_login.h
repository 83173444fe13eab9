/*-------------------------------------------------------------------------
 *
 * broker_login.h
 *	  From a connected socket to an open channel that consumes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_BROKER_LOGIN_H
#define ANALYTICS_BROKER_LOGIN_H

#include "io/broker_wire.h"

/* The one channel that we use. */
#define BROKER_CHANNEL 1

/* AMQP's handshake: greeting, login, limits, vhost, and open the channel. */
extern BrokerStatus broker_log_in(BrokerWire *wire,
								  const BrokerOptions *options,
								  int64_t deadline, IoError *error);

/*
 * Declare (or check) exchange, queue and binding, and set the prefetch.
 * *depth: the messages ready in the queue.
 */
extern BrokerStatus broker_set_topology(BrokerWire *wire,
										const BrokerTopology *topology,
										int64_t deadline, int64_t *depth,
										IoError *error);

/* The queue's arguments, the entries malloc'd (NULL: no memory). */
extern amqp_table_t broker_queue_arguments(const BrokerTopology *topology);

#endif /* ANALYTICS_BROKER_LOGIN_H */
