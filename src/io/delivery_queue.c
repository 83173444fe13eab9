/*-------------------------------------------------------------------------
 *
 * delivery_queue.c
 *	  Deliveries in order of arrival, until somebody takes them.
 *
 * How many there may be is the business of whoever puts them in.
 *
 *-------------------------------------------------------------------------
 */
#include "io/delivery_queue.h"

#include <stdlib.h>

struct DeliveryNode
{
	DeliveryNode *next;
	BrokerDelivery delivery;
};

bool
delivery_queue_put(DeliveryQueue *queue, const BrokerDelivery *delivery)
{
	DeliveryNode *node = malloc(sizeof(*node));

	if (node == NULL)
		return false;
	node->next = NULL;
	node->delivery = *delivery;
	if (queue->last != NULL)
		queue->last->next = node;
	else
		queue->first = node;
	queue->last = node;
	queue->count++;
	return true;
}

bool
delivery_queue_take(DeliveryQueue *queue, BrokerDelivery *delivery)
{
	DeliveryNode *node = queue->first;

	if (node == NULL)
		return false;
	queue->first = node->next;
	if (queue->first == NULL)
		queue->last = NULL;
	queue->count--;
	*delivery = node->delivery;
	free(node);
	return true;
}

void
delivery_queue_clear(DeliveryQueue *queue)
{
	BrokerDelivery delivery;

	while (delivery_queue_take(queue, &delivery))
		broker_delivery_free(&delivery);
}
