/*-------------------------------------------------------------------------
 *
 * crew.h
 *	  The workers of one supervisor.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CREW_H
#define ANALYTICS_CREW_H

#include "postgres.h"

#include "nodes/pg_list.h"

/*
 * Begin with the workers that an earlier supervisor of this database left:
 * they are told to end.
 */
extern void crew_initialize(Oid database);

/* Want just the workers of this roster from now on. */
extern void crew_want(List *roster);

/*
 * Notice ends, end what is not wanted, start what is due.  Waits for nothing.
 * Raises only out of the transactions that release leases; calling again goes
 * on from there.
 */
extern void crew_advance(void);

/* Milliseconds until a start is due, -1: none is. */
extern long crew_wait_time(void);

/*
 * Why not all wanted workers can be started, NULL: they can.  *hint then is
 * what mends it.
 */
extern const char *crew_problem(const char **hint);

/*
 * Tell all workers to end and wait for that, at most timeout_ms.  Opens no
 * transaction and never raises: also for an exiting process.
 */
extern void crew_dismiss(int timeout_ms);

#endif /* ANALYTICS_CREW_H */
