/*-------------------------------------------------------------------------
 *
 * submissions.h
 *	  How much of what submit() has queued is done.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SUBMISSIONS_H
#define ANALYTICS_SUBMISSIONS_H

#include "ingest/group.h"

/*
 * Add what the group settles of the events of submit() to the worker's rows
 * of analytics.submissions, in the caller's open transaction.  Verdicts are
 * there.  Nothing is written where there are none, as of a broker's events.
 */
extern void submissions_count(const BatchGroup *group, TimestampTz now);

#endif /* ANALYTICS_SUBMISSIONS_H */
