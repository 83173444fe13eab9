/*-------------------------------------------------------------------------
 *
 * broker_options.h
 *	  What may be asked of the broker at all.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_BROKER_OPTIONS_H
#define ANALYTICS_BROKER_OPTIONS_H

#include "io/broker.h"

/*
 * Refuse what rabbitmq-c would stumble over or cut silently: missing values
 * and names longer than AMQP's.  BROKER_OK or BROKER_MISCONFIGURED.
 */
extern BrokerStatus broker_options_check(const BrokerOptions *options,
										 const BrokerTopology *topology,
										 IoError *error);

#endif /* ANALYTICS_BROKER_OPTIONS_H */
