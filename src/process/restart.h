/*-------------------------------------------------------------------------
 *
 * restart.h
 *	  When a process that ended is started again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_RESTART_H
#define ANALYTICS_RESTART_H

#include "postgres.h"

#include "datatype/timestamp.h"

/*
 * All zero: never started, due at once.  The delay doubles with every end, up
 * to analytics.restart_delay_max, and begins anew after a run of a minute.
 */
typedef struct RestartTimer
{
	int delay;    /* seconds; 0: none yet */
	int attempts; /* ends in a row */
	TimestampTz started_at;
	TimestampTz due;
} RestartTimer;

extern void restart_started(RestartTimer *timer);

/* Returns the delay in seconds that it has set. */
extern int restart_ended(RestartTimer *timer);

/* It could not be started, for want of a slot: soon again. */
extern void restart_no_slot(RestartTimer *timer);

extern bool restart_is_due(const RestartTimer *timer);

/* For process_wait(): milliseconds until `due`; DT_NOEND: -1, no limit. */
extern long restart_wait(TimestampTz due);

#endif /* ANALYTICS_RESTART_H */
