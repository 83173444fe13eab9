/*-------------------------------------------------------------------------
 *
 * submissions.c
 *	  How much of what submit() has queued is done.
 *
 * Counted in the transaction that takes the events out of the local queue,
 * in rows of the worker's own, at most two of them: so the sum of what is done
 * and what is queued changes by submit() alone, whatever crashes, and no two
 * workers write the same row.  An event that waits again is not done; what is
 * there for a replay, or because a broker's event waits, was not submitted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "ingest/statements.h"
#include "ingest/submissions.h"

typedef struct Submitted
{
	int64 done;
	int64 failed;    /* of these, became dead letters */
	TimestampTz run; /* the newest that they are of */
} Submitted;

static void
count(Submitted *submitted, const Delivery *delivery, bool failed)
{
	Submitted *of = &submitted[delivery->for_any];

	if (delivery->submitted_run == 0)
		return;
	of->done++;
	of->failed += failed;
	of->run = Max(of->run, delivery->submitted_run);
}

static void
write(const BatchGroup *group, const char *consumer, const Submitted *of,
	  TimestampTz now)
{
	Datum values[] = {CStringGetTextDatum(consumer),
					  CStringGetTextDatum(group->worker_name),
					  Int64GetDatum(of->done),
					  Int64GetDatum(of->failed),
					  TimestampTzGetDatum(of->run),
					  TimestampTzGetDatum(now),
					  TimestampTzGetDatum(now - now % USECS_PER_MINUTE)};

	if (of->done > 0)
		statement_run(STATEMENT_SUBMISSIONS, values, NULL);
}

void
submissions_count(const BatchGroup *group, TimestampTz now)
{
	Submitted submitted[2] = {0}; /* for this consumer, for any */

	for (int i = 0; i < group->batch_count; i++)
		count(submitted, &group->batches[i].batch->delivery,
			  group->batches[i].verdict == VERDICT_CONFLICT);
	for (int i = 0; i < group->letter_count; i++)
		count(submitted, group->letters[i].delivery, !group->letters[i].known);
	write(group, group->consumer, &submitted[false], now);
	write(group, "", &submitted[true], now);
}
