/*-------------------------------------------------------------------------
 *
 * broker_wire.h
 *	  Single frames to and from the broker, without blocking.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_BROKER_WIRE_H
#define ANALYTICS_BROKER_WIRE_H

#include "io/amqp_library.h"
#include "io/broker_error.h"

typedef struct BrokerWire
{
	amqp_connection_state_t amqp;
	IoWaiter waiter;
	BrokerNames names;
	BrokerStep step;
	int heartbeat_ms;     /* 0: none */
	int64_t last_sent_ms; /* when the last frame went out */
	char server[64];      /* what the peer says it is; "": it does not */
} BrokerWire;

/* A method and the channel it goes to. */
typedef struct BrokerCall
{
	amqp_channel_t channel;
	amqp_method_number_t method;
	void *request; /* the method's struct of rabbitmq-c */
} BrokerCall;

/*
 * Send one method.  Waits, through the waiter, only while the peer takes
 * nothing, for as long as TCP_USER_TIMEOUT.
 */
extern BrokerStatus broker_wire_send(BrokerWire *wire, const BrokerCall *call,
									 IoError *error);

/* The same if it can be done at once, or not at all. */
extern void broker_wire_try_send(BrokerWire *wire, const BrokerCall *call);

/*
 * The next frame that has arrived, without waiting: BROKER_OK with *arrived
 * telling whether there was one.  Its contents are good until
 * broker_wire_release().
 */
extern BrokerStatus broker_wire_receive(BrokerWire *wire, amqp_frame_t *frame,
										bool *arrived, IoError *error);
extern void broker_wire_release(BrokerWire *wire);

/* Send a heartbeat if one is due. */
extern BrokerStatus broker_wire_keep_alive(BrokerWire *wire, IoError *error);

/* Milliseconds until broker_wire_keep_alive() has something to do. */
extern int broker_wire_due_ms(const BrokerWire *wire);

/*
 * Wait until deadline for the next frame, which must be a method of this
 * channel with one of two ids (0: none); a close from the broker is answered
 * with the status it means.
 */
extern BrokerStatus broker_wire_await(BrokerWire *wire, amqp_channel_t channel,
									  amqp_method_number_t expected,
									  int64_t deadline, amqp_frame_t *frame,
									  IoError *error);

/* Send, and await the answer. */
extern BrokerStatus broker_wire_call(BrokerWire *wire, const BrokerCall *call,
									 amqp_method_number_t expected,
									 int64_t deadline, amqp_frame_t *frame,
									 IoError *error);

/* If frame is a channel.close or connection.close: what it means. */
extern BrokerStatus broker_wire_check_close(BrokerWire *wire,
											const amqp_frame_t *frame,
											IoError *error);

/* Send AMQP's first eight bytes. */
extern BrokerStatus broker_wire_greet(BrokerWire *wire, IoError *error);

/*
 * Between these two, broker_interrupt() shuts fd down.  begin() answers
 * false, and nothing is begun, if the waiter already says stop.
 */
extern bool broker_wire_block_begin(const IoWaiter *waiter, int fd);
extern void broker_wire_block_end(void);

#endif /* ANALYTICS_BROKER_WIRE_H */
