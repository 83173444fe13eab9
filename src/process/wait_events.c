/*-------------------------------------------------------------------------
 *
 * wait_events.c
 *	  The names of what our processes wait for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "process/wait_events.h"

static const char *const names[WAIT_COUNT] = {
	[WAIT_MAIN] = "AnalyticsMain",
	[WAIT_EVENTS] = "AnalyticsEvents",
	[WAIT_STORE] = "AnalyticsStore",
	[WAIT_COMMIT] = "AnalyticsCommit",
	[WAIT_BROKER] = "AnalyticsBroker",
	[WAIT_WORKERS_END] = "AnalyticsWorkersEnd",
	[WAIT_DATABASE] = "AnalyticsDatabase",
	[WAIT_DRAIN] = "AnalyticsDrain",
	[WAIT_REFETCH] = "AnalyticsRefetch",
	[WAIT_CHECK] = "AnalyticsCheck",
	[WAIT_BUILDER] = "AnalyticsBuilder",
};

uint32
process_wait_event(ProcessWait wait)
{
	static uint32 events[WAIT_COUNT];

	return compat_wait_event(&events[wait], names[wait]);
}
