/*-------------------------------------------------------------------------
 *
 * broker_tls.h
 *	  TLS over a socket that is already connected.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_BROKER_TLS_H
#define ANALYTICS_BROKER_TLS_H

#include "io/amqp_library.h"
#include "io/broker.h"

/*
 * Make fd the TLS socket of amqp, after a handshake that ends by deadline.
 * fd is the callee's from here on, whatever the answer.  BROKER_OK,
 * BROKER_UNREACHABLE, BROKER_MISCONFIGURED or BROKER_INTERRUPTED.
 */
extern BrokerStatus broker_tls_attach(amqp_connection_state_t amqp, int fd,
									  const BrokerOptions *options,
									  int64_t deadline, const IoWaiter *waiter,
									  IoError *error);

/*
 * With TLS 1.3 a broker that wants (another) client certificate says so only
 * after the handshake.  If that is what ended amqp's connection just now:
 * explain it in *error and answer true.
 */
extern bool broker_tls_certificate_refused(amqp_connection_state_t amqp,
										   const BrokerOptions *options,
										   IoError *error);

#endif /* ANALYTICS_BROKER_TLS_H */
