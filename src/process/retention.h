/*-------------------------------------------------------------------------
 *
 * retention.h
 *	  Deletes what is older than the settings want it kept.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_RETENTION_H
#define ANALYTICS_RETENTION_H

#include "postgres.h"

/*
 * One small step if one is due, in a transaction of its own.  Raises nothing:
 * a failure is logged, once while it lasts, and tried again later.
 */
extern void retention_advance(void);

/* Milliseconds until a step is due, -1: none will be. */
extern long retention_wait_time(void);

/* No steps until retention_advance() is called again. */
extern void retention_pause(void);

/* Something has changed: look again soon. */
extern void retention_soon(void);

#endif /* ANALYTICS_RETENTION_H */
