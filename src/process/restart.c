/*-------------------------------------------------------------------------
 *
 * restart.c
 *	  When a process that ended is started again: the one rule for
 *	  supervisors and workers.  Only arithmetic.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "process/process.h"
#include "process/restart.h"
#include "utils/timestamp.h"

#define RESTART_FIRST_DELAY 1 /* seconds */
#define RESTART_HEALTHY_RUN_MS 60000

/* A slot may become free at any moment, and asking for one costs little. */
#define RESTART_NO_SLOT_DELAY 5

static void
restart_in(RestartTimer *timer, int seconds)
{
	timer->due = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
											 INT64CONST(1000) * seconds);
}

void
restart_started(RestartTimer *timer)
{
	timer->started_at = GetCurrentTimestamp();
}

int
restart_ended(RestartTimer *timer)
{
	if (TimestampDifferenceExceeds(timer->started_at, GetCurrentTimestamp(),
								   RESTART_HEALTHY_RUN_MS))
	{
		timer->delay = 0;
		timer->attempts = 0;
	}
	timer->delay = timer->delay == 0 ? RESTART_FIRST_DELAY : timer->delay * 2;
	timer->delay = Min(timer->delay, analytics_restart_delay_max);
	timer->attempts++;
	restart_in(timer, timer->delay);
	return timer->delay;
}

void
restart_no_slot(RestartTimer *timer)
{
	restart_in(timer, Min(RESTART_NO_SLOT_DELAY, analytics_restart_delay_max));
}

bool
restart_is_due(const RestartTimer *timer)
{
	return timer->due <= GetCurrentTimestamp();
}

long
restart_wait(TimestampTz due)
{
	if (TIMESTAMP_IS_NOEND(due))
		return -1;
	/* One more, or rounding down would wake us just before it is due. */
	return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), due) + 1;
}
