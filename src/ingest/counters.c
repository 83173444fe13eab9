/*-------------------------------------------------------------------------
 *
 * counters.c
 *	  A small set of counters of one transaction.
 *
 * A group touches a few dozen label sets, so the set is an array that is
 * searched from its start: nothing here does I/O or knows a table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/counters.h"

const double counter_bucket_bounds[COUNTER_BUCKETS] = {
	0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60};

const double counter_age_bounds[COUNTER_BUCKETS] = {
	0.1, 1, 5, 15, 60, 300, 900, 3600, 10800, 21600, 43200, 86400};

CounterSet *
counters_create(void)
{
	CounterSet *set = palloc(sizeof(CounterSet));

	set->count = 0;
	set->capacity = 32;
	set->counters = palloc(set->capacity * sizeof(Counter));
	return set;
}

static int
counter_compare(const Counter *a, const Counter *b)
{
	int order = strcmp(a->metric, b->metric);

	if (order == 0)
		order = strcmp(a->platform, b->platform);
	if (order == 0)
		order = strcmp(a->label, b->label);
	if (order == 0)
		order = strcmp(a->detail, b->detail);
	return order;
}

static Counter *
counter_find(CounterSet *set, const char *metric, const char *platform,
			 const char *label, const char *detail)
{
	Counter key = {.metric = metric,
				   .platform = platform,
				   .label = label,
				   .detail = detail};

	for (int i = 0; i < set->count; i++)
		if (counter_compare(&set->counters[i], &key) == 0)
			return &set->counters[i];

	if (set->count == set->capacity)
	{
		set->capacity *= 2;
		set->counters =
			repalloc(set->counters, set->capacity * sizeof(Counter));
	}
	set->counters[set->count] = key;
	return &set->counters[set->count++];
}

void
counters_add(CounterSet *set, const char *metric, const char *platform,
			 const char *label, const char *detail, int64 value)
{
	counter_find(set, metric, platform, label, detail)->value += value;
}

static void
observe(CounterSet *set, const double *bounds, const char *metric,
		const char *platform, double seconds)
{
	Counter *counter = counter_find(set, metric, platform, "", "");
	int bucket = 0;

	while (bucket < COUNTER_BUCKETS && seconds > bounds[bucket])
		bucket++;
	counter->is_histogram = true;
	counter->value++;
	counter->seconds += seconds;
	counter->buckets[bucket]++;
}

void
counters_observe(CounterSet *set, const char *metric, const char *platform,
				 double seconds)
{
	observe(set, counter_bucket_bounds, metric, platform, seconds);
}

void
counters_observe_age(CounterSet *set, const char *metric, const char *platform,
					 double seconds)
{
	observe(set, counter_age_bounds, metric, platform, seconds);
}

/* Histograms are observed in the transaction that they are of. */
void
counters_add_all(CounterSet *set, const CounterSet *other)
{
	for (int i = 0; i < other->count; i++)
	{
		const Counter *counter = &other->counters[i];

		Assert(!counter->is_histogram);
		counters_add(set, counter->metric, counter->platform, counter->label,
					 counter->detail, counter->value);
	}
}

void
counters_clear(CounterSet *set)
{
	set->count = 0;
}

static int
counter_compare_qsort(const void *a, const void *b)
{
	return counter_compare(a, b);
}

void
counters_sort(CounterSet *set)
{
	qsort(set->counters, set->count, sizeof(Counter), counter_compare_qsort);
}
