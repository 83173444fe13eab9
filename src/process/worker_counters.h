/*-------------------------------------------------------------------------
 *
 * worker_counters.h
 *	  What a worker counts that no group's transaction holds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_WORKER_COUNTERS_H
#define ANALYTICS_WORKER_COUNTERS_H

#include "ingest/counters.h"
#include "ingest/tally.h"

/* Something is tried again, that the pipeline does not know of. */
extern void worker_counters_retry(RetryStage stage);

/*
 * All that is to be added to the durable counters, for BatchGroup.outside;
 * NULL: nothing.  It stays until a transaction that has written it commits.
 */
extern CounterSet *worker_counters_pending(void);

/*
 * Write it in a transaction of its own if it has waited for some seconds and
 * no group has taken it along; *wait_ms (-1: no limit) is lowered to the time
 * until then, and left alone where nothing waits.
 */
extern void worker_counters_flush(int *wait_ms);

#endif /* ANALYTICS_WORKER_COUNTERS_H */
