/*-------------------------------------------------------------------------
 *
 * recent_test.c
 *	  The ring of what has been done of late: what is in a span, what has
 *	  fallen out of it, what does not fit.
 *
 * Prints TAP; needs no server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdio.h>

#include "process/recent.h"

/* the server's own, which is not linked in */
#undef printf
#undef snprintf

static int tests = 0;
static int failures = 0;

static void
is(double got, double expected, const char *name)
{
	bool passed = got == expected;

	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, name);
	if (!passed)
		printf("# got %g, expected %g\n", got, expected);
}

static TimestampTz
at(double seconds)
{
	return (TimestampTz) ((8e8 + seconds) * USECS_PER_SEC);
}

static uint32
events(const RecentRing *ring, double now, int seconds)
{
	RecentWork sums[RECENT_PLATFORMS];
	uint32 sum = 0;

	recent_sum(ring, at(now), seconds, sums);
	for (int i = 0; i < RECENT_PLATFORMS; i++)
		sum += sums[i].events;
	return sum;
}

static void
test_spans(void)
{
	static RecentRing ring;
	const RecentWork work = {
		.events = 3, .failed = 1, .batches = 2, .items_good = 90};
	RecentWork sums[RECENT_PLATFORMS];

	is(events(&ring, 0, 60), 0, "an empty ring has nothing");
	recent_add(&ring, at(5), "tiktok", &work);
	recent_add(&ring, at(9.9), "tiktok", &work);
	recent_add(&ring, at(15), "youtube", &work);
	recent_sum(&ring, at(15), 60, sums);
	is(strcmp(ring.platforms[0], "tiktok") == 0, true,
	   "a platform takes a place");
	is(sums[0].events, 6, "events of a platform are added up");
	is(sums[0].failed, 2, "and failed ones");
	is(sums[0].batches, 4, "and batches");
	is(sums[0].items_good, 180, "and items");
	is(sums[1].events, 3, "another platform has its own");
	is(events(&ring, 15, 10), 3, "ten seconds are the step being filled");
	is(events(&ring, 59.9, 60), 9, "a minute later all is still there");
	is(events(&ring, 60, 60), 3, "and then the first step is not");
	is(events(&ring, 309, 300), 3, "five minutes go back to the second step");
	is(events(&ring, 310, 300), 0, "and no further");
	is(events(&ring, 0, 300), 6, "what comes after now does not count");
}

static void
test_reuse(void)
{
	static RecentRing ring;
	const RecentWork work = {.events = 1};

	for (int second = 0; second < 1000; second++)
		recent_add(&ring, at(second), "tiktok", &work);
	is(events(&ring, 999, 300), 300, "after several rounds: five minutes");
	is(events(&ring, 995, 60), 60, "and a minute");
	is(recent_span(at(995), 60), 55, "of which this many seconds are over");
	is(recent_span(at(990), 10), 0, "at the start of a step: none");
}

static void
test_names(void)
{
	static RecentRing ring;
	const RecentWork work = {.events = 1};
	RecentWork sums[RECENT_PLATFORMS];
	char name[64];

	for (int i = 0; i < 40; i++)
	{
		snprintf(name, sizeof(name), "platform%d", i);
		recent_add(&ring, at(0), name, &work);
	}
	memset(name, 'x', sizeof(name));
	name[63] = '\0';
	recent_add(&ring, at(0), "platform30", &work);
	recent_add(&ring, at(0), name, &work);
	recent_sum(&ring, at(0), 60, sums);
	is(ring.platforms[RECENT_PLATFORMS - 1][0], '\0',
	   "the last place is of all that have none, and of no name");
	is(sums[0].events, 1, "the first keeps its own");
	is(strcmp(ring.platforms[30], "platform30") == 0, true,
	   "31 have their own");
	is(sums[30].events, 2, "and keep it");
	is(sums[RECENT_PLATFORMS - 1].events, 40 - 31 + 1, "the rest is there");
}

static void
test_long_names(void)
{
	static RecentRing ring;
	const RecentWork work = {.events = 1};
	RecentWork sums[RECENT_PLATFORMS];
	char name[65] = {0};

	memset(name, 'x', 63);
	recent_add(&ring, at(0), name, &work);
	name[63] = 'x';
	recent_add(&ring, at(0), name, &work);
	recent_sum(&ring, at(0), 60, sums);
	is(strlen(ring.platforms[0]), 63, "a name of 63 bytes has a place");
	is(sums[0].events, 1, "and its own work");
	is(sums[RECENT_PLATFORMS - 1].events, 1,
	   "what does not fit is with the rest");
}

int
main(void)
{
	test_spans();
	test_reuse();
	test_names();
	test_long_names();
	printf("1..%d\n", tests);
	return failures > 0;
}
