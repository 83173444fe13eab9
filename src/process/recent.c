/*-------------------------------------------------------------------------
 *
 * recent.c
 *	  What a worker has done in the last minutes, in a ring of steps.
 *
 * A step is reused when its time comes round again; what is older than the
 * ring is never read, since each step says which it is.  Plain memory: who
 * owns a ring sees to the lock.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "process/recent.h"

#define RECENT_LAST (RECENT_PLATFORMS - 1)
#define RECENT_SLOTS (RECENT_STEPS + 1)

static int64
step_at(TimestampTz time)
{
	return time / ((int64) RECENT_STEP_SECONDS * USECS_PER_SEC);
}

/* The place of a platform; it is taken if it is not there yet. */
static int
platform_place(RecentRing *ring, const char *platform)
{
	if (strlen(platform) >= RECENT_PLATFORM_LENGTH)
		return RECENT_LAST;
	for (int i = 0; i < RECENT_LAST; i++)
	{
		if (ring->platforms[i][0] == '\0')
			memcpy(ring->platforms[i], platform, strlen(platform) + 1);
		if (strcmp(ring->platforms[i], platform) == 0)
			return i;
	}
	return RECENT_LAST;
}

static void
work_add(RecentWork *sum, const RecentWork *work)
{
	sum->events += work->events;
	sum->failed += work->failed;
	sum->batches += work->batches;
	sum->items_good += work->items_good;
	sum->items_bad += work->items_bad;
}

void
recent_add(RecentRing *ring, TimestampTz now, const char *platform,
		   const RecentWork *work)
{
	int64 number = step_at(now);
	RecentStep *step = &ring->steps[number % RECENT_SLOTS];

	if (step->step != number)
	{
		memset(step, 0, sizeof(*step));
		step->step = number;
	}
	work_add(&step->work[platform_place(ring, platform)], work);
}

static int64
first_step(TimestampTz now, int seconds)
{
	return step_at(now) + 1 - Max(seconds / RECENT_STEP_SECONDS, 1);
}

double
recent_span(TimestampTz now, int seconds)
{
	int64 start = first_step(now, seconds) * RECENT_STEP_SECONDS;

	return (double) now / USECS_PER_SEC - (double) start;
}

void
recent_sum(const RecentRing *ring, TimestampTz now, int seconds,
		   RecentWork *sums)
{
	int64 last = step_at(now);
	int64 first = first_step(now, seconds);

	memset(sums, 0, RECENT_PLATFORMS * sizeof(RecentWork));
	for (int i = 0; i < RECENT_SLOTS; i++)
	{
		const RecentStep *step = &ring->steps[i];

		if (step->step < first || step->step > last)
			continue;
		for (int place = 0; place < RECENT_PLATFORMS; place++)
			work_add(&sums[place], &step->work[place]);
	}
}
