/*-------------------------------------------------------------------------
 *
 * recent.h
 *	  What a consumer's workers have done in the last minutes, for rates.
 *
 * Durable counters say how much there has been in all; these say how much
 * there was lately, without a table being read or written.  Each worker slot
 * has a ring of a few minutes in shared memory, which outlives the process in
 * it, so that a worker that starts again does not take its past along.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_RECENT_H
#define ANALYTICS_RECENT_H

#include "postgres.h"

#include "datatype/timestamp.h"

/* The ring: what has been done is known to ten seconds, for five minutes. */
#define RECENT_STEP_SECONDS 10
#define RECENT_MINUTES 5
#define RECENT_STEPS (RECENT_MINUTES * 60 / RECENT_STEP_SECONDS)

/*
 * Platforms told apart, all but the last place: that is of those for which
 * there is no other, or whose name is too long.
 */
#define RECENT_PLATFORMS 32
#define RECENT_PLATFORM_LENGTH 64

/* What a committed transaction has done, on one platform. */
typedef struct RecentWork
{
	uint32 events;     /* settled: processed, duplicate or dead letter */
	uint32 failed;     /* of these, became dead letters */
	uint32 batches;    /* processed for the first time */
	uint32 items_good; /* their items that became posts */
	uint32 items_bad;  /* their items that became crawl errors */
} RecentWork;

typedef struct RecentStep
{
	int64 step; /* seconds since the PostgreSQL epoch / RECENT_STEP_SECONDS */
	RecentWork work[RECENT_PLATFORMS];
} RecentStep;

typedef struct RecentRing
{
	/* "": free, and the last place always */
	char platforms[RECENT_PLATFORMS][RECENT_PLATFORM_LENGTH];
	RecentStep steps[RECENT_STEPS + 1]; /* one is being filled */
} RecentRing;

/*
 * Add work that was committed at `now`.  A platform for which there is no room
 * counts in the last place, which has no name.  Nothing is allocated, nothing
 * raised.
 */
extern void recent_add(RecentRing *ring, TimestampTz now, const char *platform,
					   const RecentWork *work);

/*
 * What the ring has of the last `seconds` (10 to RECENT_MINUTES * 60) up to
 * `now`, by platform, as ring->platforms has them: sums has RECENT_PLATFORMS
 * places.  Only whole steps count, and the one being filled; recent_span()
 * says how many seconds these are.
 */
extern void recent_sum(const RecentRing *ring, TimestampTz now, int seconds,
					   RecentWork *sums);
extern double recent_span(TimestampTz now, int seconds);

#endif /* ANALYTICS_RECENT_H */
