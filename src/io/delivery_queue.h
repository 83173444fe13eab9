/*-------------------------------------------------------------------------
 *
 * delivery_queue.h
 *	  Deliveries in order of arrival, until somebody takes them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_DELIVERY_QUEUE_H
#define ANALYTICS_DELIVERY_QUEUE_H

#include "io/broker.h"

typedef struct DeliveryNode DeliveryNode;

/* Zero is empty. */
typedef struct DeliveryQueue
{
	DeliveryNode *first;
	DeliveryNode *last;
	int count;
} DeliveryQueue;

/* The queue owns the delivery from here on.  False: no memory, not taken. */
extern bool delivery_queue_put(DeliveryQueue *queue,
							   const BrokerDelivery *delivery);

/* The oldest, which is the caller's then; false: there is none. */
extern bool delivery_queue_take(DeliveryQueue *queue,
								BrokerDelivery *delivery);

/* Free all that is in it. */
extern void delivery_queue_clear(DeliveryQueue *queue);

#endif /* ANALYTICS_DELIVERY_QUEUE_H */
