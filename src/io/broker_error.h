/*-------------------------------------------------------------------------
 *
 * broker_error.h
 *	  What a broker's refusal, or the loss of it, means and who can mend it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_BROKER_ERROR_H
#define ANALYTICS_BROKER_ERROR_H

#include "io/broker.h"

/* What was being done. */
typedef enum BrokerStep
{
	BROKER_STEP_GREETING, /* nothing has come from the peer yet */
	BROKER_STEP_LOGIN,
	BROKER_STEP_VHOST,
	BROKER_STEP_CHANNEL,
	BROKER_STEP_EXCHANGE,
	BROKER_STEP_QUEUE,
	BROKER_STEP_BINDING,
	BROKER_STEP_PREFETCH,
	BROKER_STEP_CONSUME,
	BROKER_STEP_RUNNING
} BrokerStep;

/* The names for the messages; none is NULL. */
typedef struct BrokerNames
{
	const char *host;
	int port;
	const char *vhost;
	const char *user;
	const char *exchange;
	const char *routing_key;
	const char *queue;
} BrokerNames;

/* A channel.close or connection.close from the broker. */
typedef struct BrokerRefusal
{
	int code;       /* AMQP reply code */
	int class_id;   /* of the method that it answers, or 0 */
	char text[256]; /* clean and cut */
} BrokerRefusal;

extern BrokerStatus broker_error_refused(const BrokerNames *names,
										 BrokerStep step,
										 const BrokerRefusal *refusal,
										 IoError *error);

/* The connection failed by itself: `code` and `reason` say how. */
extern BrokerStatus broker_error_lost(const BrokerNames *names,
									  BrokerStep step, const char *code,
									  const char *reason, IoError *error);

/* The same for a status of rabbitmq-c. */
extern BrokerStatus broker_error_library(const BrokerNames *names,
										 BrokerStep step, int library_status,
										 IoError *error);

/* A basic.cancel from the broker. */
extern BrokerStatus broker_error_cancelled(const BrokerNames *names,
										   IoError *error);

extern BrokerStatus broker_error_interrupted(const BrokerNames *names,
											 BrokerStep step, IoError *error);

#endif /* ANALYTICS_BROKER_ERROR_H */
