/*-------------------------------------------------------------------------
 *
 * wait_events.h
 *	  What our processes wait for, as pg_stat_activity names it.
 *
 * From PostgreSQL 17 on each has a name of its own there; before, all are
 * shown as Extension.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_WAIT_EVENTS_H
#define ANALYTICS_WAIT_EVENTS_H

#include "postgres.h"

typedef enum ProcessWait
{
	WAIT_MAIN,        /* launcher, supervisor: for something to do */
	WAIT_EVENTS,      /* worker: for deliveries */
	WAIT_STORE,       /* worker: for objects under way */
	WAIT_COMMIT,      /* worker: to try a commit again */
	WAIT_BROKER,      /* worker: for a connection to its broker */
	WAIT_WORKERS_END, /* for workers or supervisors to end */
	WAIT_DATABASE,    /* session: for our processes to leave a database */
	WAIT_DRAIN,       /* session: drain() */
	WAIT_REFETCH,     /* session: for an object of the store */
	WAIT_CHECK,       /* session: check(), for a broker or store */
	WAIT_BUILDER,     /* session: for a builder of prepare_update() to begin */
	WAIT_COUNT
} ProcessWait;

/*
 * For WaitLatch() and its like.  Not while a lock or a spinlock is held: the
 * first call of a process takes a lock.
 */
extern uint32 process_wait_event(ProcessWait wait);

#endif /* ANALYTICS_WAIT_EVENTS_H */
