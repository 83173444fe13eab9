/*-------------------------------------------------------------------------
 *
 * amqp_frames.h
 *	  Deliveries, put together from their frames.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_AMQP_FRAMES_H
#define ANALYTICS_AMQP_FRAMES_H

#include "io/amqp_library.h"
#include "io/broker.h"

/* AMQP's longest short string, and its NUL. */
#define AMQP_NAME_SIZE 256

typedef enum AmqpPhase
{
	AMQP_PHASE_IDLE,
	AMQP_PHASE_HEADER, /* basic.deliver came: its header is next */
	AMQP_PHASE_BODY
} AmqpPhase;

typedef enum AmqpProgress
{
	AMQP_PROGRESS_PARTIAL,  /* taken: more frames must follow */
	AMQP_PROGRESS_COMPLETE, /* taken: *delivery is the caller's */
	AMQP_PROGRESS_OTHER,    /* not taken: a method that is no delivery */
	AMQP_PROGRESS_MALFORMED,
	AMQP_PROGRESS_NO_MEMORY
} AmqpProgress;

/* One channel's delivery in the making.  Zero is its empty state, but for
 * max_body. */
typedef struct AmqpAssembly
{
	size_t max_body;
	AmqpPhase phase;
	BrokerDelivery delivery;
	uint64_t received; /* of the body, kept or read past */
	char exchange[AMQP_NAME_SIZE];
	char routing_key[AMQP_NAME_SIZE];
} AmqpAssembly;

/*
 * Take one frame of the channel.  Everything needed of it is copied: its
 * buffers may be released afterwards.  A body declared longer than max_body
 * is never allocated; its delivery comes out oversized and empty.  After
 * MALFORMED and NO_MEMORY (*error tells) the connection is of no more use.
 */
extern AmqpProgress amqp_assembly_take(AmqpAssembly *assembly,
									   const amqp_frame_t *frame,
									   BrokerDelivery *delivery,
									   IoError *error);

/* Drop what has been collected; max_body stays. */
extern void amqp_assembly_reset(AmqpAssembly *assembly);

#endif /* ANALYTICS_AMQP_FRAMES_H */
