/*-------------------------------------------------------------------------
 *
 * local_queue.h
 *	  Taking events out of analytics.local_queue.
 *
 * An event is leased, not locked: no transaction stays open while it is
 * worked on.  It leaves the table in the transaction that commits its batch;
 * the lease of a worker that died ends when that worker starts again, and in
 * any case after a while.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_LOCAL_QUEUE_H
#define ANALYTICS_LOCAL_QUEUE_H

#include "ingest/types.h"

/*
 * Lease up to `limit` due events of `consumer` for `worker_name`, and no
 * further one once those before it have `bytes`, in the caller's transaction
 * (SPI connected).  Returns their number and an array of deliveries in
 * `context`; *next_due is when the next one will be due (0: none is known; a
 * full array, by number or bytes, means there may be more right now).
 */
extern int local_queue_lease(MemoryContext context, const char *consumer,
							 const char *worker_name, int limit, int64 bytes,
							 Delivery **deliveries, TimestampTz *next_due);

/* Give back whatever is leased to `worker_name`. */
extern void local_queue_release(const char *worker_name);

#endif /* ANALYTICS_LOCAL_QUEUE_H */
