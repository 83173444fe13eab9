/*-------------------------------------------------------------------------
 *
 * group.c
 *	  Write a group: ledger, posts, crawl errors, dead letters, queue,
 *	  counters.
 *
 * Exactly once in effect rests on one order.  The ledger comes first: the
 * unique key makes a second writer of the same event wait here for the first
 * and then see a duplicate.  Each table is then written in the order of its
 * key, and the tables in one order, so that two writers of posts never wait for each
 * other in a circle.  Only who fails an event that another processes may: it
 * waits for the other's ledger row (in_doubt.h), and the deadlock detector has
 * one of them try again.  The order is here; the tables are in group_ledger.c,
 * replay.c, group_posts.c, group_letters.c, group_queue.c and
 * group_counters.c.  None of them opens a transaction or catches an error:
 * commit.c does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "portability/instr_time.h"
#include "utils/timestamp.h"

#include "ingest/alerts.h"
#include "ingest/group.h"
#include "ingest/group_ledger.h"
#include "ingest/group_letters.h"
#include "ingest/group_posts.h"
#include "ingest/group_queue.h"
#include "ingest/replay.h"
#include "ingest/staging.h"
#include "ingest/statements.h"
#include "ingest/submissions.h"

static void
write_staged(BatchGroup *group, Staged *staging)
{
	GroupBatch **picked = palloc(Max(group->batch_count, 1) * sizeof(void *));
	int picked_count;
	instr_time started;

	INSTR_TIME_SET_CURRENT(started);
	staging->batches = palloc(Max(group->batch_count, 1) * sizeof(void *));
	picked_count = replay_pick(group, picked);
	staging->batch_count = ledger_fold(group, staging->batches);
	ledger_claim(staging);
	replay_take_over(staging, picked, picked_count);
	posts_stage(staging);
	posts_fold(staging);
	posts_write(staging);
	alerts_notify(group, staging);
	if (staging->error_count > 0)
		statement_run(STATEMENT_CRAWL_ERRORS, NULL, NULL);
	letters_settle(staging);
	letters_write(group, staging);
	queue_park(group);
	queue_delete_settled(group);
	if (group->forget_attempts)
		queue_forget_attempts(group);
	submissions_count(group, staging->now);
	group_count(group, staging);
	ledger_complete(staging, started);
}

void
group_write(BatchGroup *group)
{
	Staged staging = {.group = group, .now = GetCurrentTimestamp()};
	const Staged *outer = staged; /* a trigger may call ingest() */

	staged = &staging;
	PG_TRY();
	{
		write_staged(group, &staging);
	}
	PG_FINALLY();
	{
		staged = outer;
	}
	PG_END_TRY();
}
