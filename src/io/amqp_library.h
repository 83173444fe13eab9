/*-------------------------------------------------------------------------
 *
 * amqp_library.h
 *	  rabbitmq-c, wherever its version keeps its headers.
 *
 * From 0.12 on they live in a folder, and the old places warn.  Nothing else
 * may stand here.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_AMQP_LIBRARY_H
#define ANALYTICS_AMQP_LIBRARY_H

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

#endif /* ANALYTICS_AMQP_LIBRARY_H */
