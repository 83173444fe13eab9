/*-------------------------------------------------------------------------
 *
 * crash_point.h
 *	  Named places at which a worker can be made to die, for tests.
 *
 * Compiled in with -DANALYTICS_TESTING alone, as test/run does.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CRASH_POINT_H
#define ANALYTICS_CRASH_POINT_H

#include "ingest/types.h"

/*
 *	receive		a delivery was taken, nothing is known of it
 *	leased		it was taken from the local queue, and that is committed
 *	parse		its event is about to be read
 *	decode		its batch is there, and about to be decoded
 *	commit		its group is about to be written
 *	written		the group is written, and about to be committed
 *	letter		the same of a dead letter
 *	parked		the same of an event that waits for itself
 *	committed	the group is durable, and not yet acknowledged
 *	settled		it is acknowledged
 */
#ifdef ANALYTICS_TESTING
extern void crash_point(const char *name, const Delivery *delivery);
extern void crash_point_define_settings(void);
#else
#define crash_point(name, delivery) ((void) 0)
#define crash_point_define_settings() ((void) 0)
#endif

#endif /* ANALYTICS_CRASH_POINT_H */
