/*-------------------------------------------------------------------------
 *
 * drop_guard.h
 *	  Refuses to drop the extension while it holds data.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_DROP_GUARD_H
#define ANALYTICS_DROP_GUARD_H

#include "postgres.h"

/* GUC (defined in analytics.c) */
extern bool analytics_allow_drop;

/*
 * From now on this process, and those that it forks, refuse.  Once, from
 * _PG_init; needs neither preloading nor shared memory.
 */
extern void drop_guard_install(void);

#endif /* ANALYTICS_DROP_GUARD_H */
