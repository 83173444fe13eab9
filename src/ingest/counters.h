/*-------------------------------------------------------------------------
 *
 * counters.h
 *	  Durable counters: gathered in memory while a group is written, added to
 *	  analytics.counters in the same transaction.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_COUNTERS_H
#define ANALYTICS_COUNTERS_H

#include "postgres.h"

/*
 * Upper bounds of the histograms' buckets, in seconds, without +Inf: of how
 * long something takes, and of how old something is.
 */
#define COUNTER_BUCKETS 12
extern const double counter_bucket_bounds[COUNTER_BUCKETS];
extern const double counter_age_bounds[COUNTER_BUCKETS];

/*
 * The one metric that is a time, in microseconds since 1970: of what is stored
 * and what is added the later one stays.
 */
#define COUNTER_LAST_COMMIT "last_commit"

typedef struct Counter
{
	const char *metric;   /* a constant */
	const char *platform; /* "" where the metric has no such label */
	const char *label;
	const char *detail;
	int64 value;
	bool is_histogram;
	double seconds;
	int64 buckets[COUNTER_BUCKETS + 1]; /* the last is +Inf */
} Counter;

typedef struct CounterSet
{
	Counter *counters; /* in the context of counters_create() */
	int count;
	int capacity;
} CounterSet;

/* In the current memory context, empty. */
extern CounterSet *counters_create(void);

/*
 * Add to a counter.  The strings must live as long as the set; those that are
 * equal name the same counter, whoever holds them.
 */
extern void counters_add(CounterSet *set, const char *metric,
						 const char *platform, const char *label,
						 const char *detail, int64 value);
extern void counters_observe(CounterSet *set, const char *metric,
							 const char *platform, double seconds);
extern void counters_observe_age(CounterSet *set, const char *metric,
								 const char *platform, double seconds);

/* All that another set holds, which is no histogram. */
extern void counters_add_all(CounterSet *set, const CounterSet *other);

extern void counters_clear(CounterSet *set);

/* By key: all writers of a row go through the rows in one order. */
extern void counters_sort(CounterSet *set);

#endif /* ANALYTICS_COUNTERS_H */
