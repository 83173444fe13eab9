/*-------------------------------------------------------------------------
 *
 * worker_commit.c
 *	  How a worker commits what its pipeline has ready, and settles it.
 *
 * A delivery is acknowledged only here, and only after commit_group() has
 * said that its effect is durable.  What did not commit stays in the pipeline
 * and is tried again after a growing delay.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "ingest/crash_point.h"
#include "ingest/crash_record.h"
#include "process/process.h"
#include "process/read_only.h"
#include "process/txn.h"
#include "process/worker.h"
#include "process/worker_counters.h"

/* After so many failures of a group its data is suspected. */
#define SUSPECT_ATTEMPTS 3

/* The database refuses: log it once, and wait before the next try. */
void
worker_database_failed(void)
{
	const CommitFailure *failure = &worker->commit_failure;

	/*
	 * Said of a missing privilege only at its second failure: a consumer that
	 * is dropped takes the rights of its role along, just before its worker is
	 * ended.
	 */
	int quiet = failure->kind == FAILURE_CONFIGURATION ? 1 : 0;

	if (worker->commit_attempts == 0)
		worker->commit_failed_ms = io_now_ms();
	if (worker->commit_attempts++ == quiet)
		ereport(LOG, (errmsg("analytics worker \"%s\" cannot commit: %s",
							 worker->name, failure->message),
					  failure->hint[0] ? errhint("%s", failure->hint) : 0));
	worker->commit_retry_ms =
		io_now_ms() + retry_delay_ms(worker->commit_attempts);
	state_worker_error(failure->sqlstate, failure->message);
}

/* In case of doubt it is not: it is asked again. */
static bool
session_is_outdated(void)
{
	MemoryContext caller = CurrentMemoryContext;
	const char *problem;
	volatile bool outdated = false;

	PG_TRY();
	{
		if (txn_begin("looking whether the database is writable", &problem))
		{
			outdated = read_only_is_over();
			txn_commit();
		}
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		txn_abort();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return outdated;
}

static bool
is_read_only(void)
{
	return worker->commit_attempts > 0 &&
		   worker->commit_failure.sqlstate ==
			   ERRCODE_READ_ONLY_SQL_TRANSACTION;
}

void
worker_leave_if_outdated(void)
{
	if (is_read_only() && DefaultXactReadOnly && session_is_outdated())
		worker_leave("its session is read-only, but a new one is not");
}

void
worker_settings_changed(void)
{
	worker_leave_if_outdated();
	if (is_read_only() && !DefaultXactReadOnly)
		worker->commit_retry_ms = io_now_ms();
}

/*
 * Deliveries that were taken only to be given back would count as failed ones
 * with the broker, so a session that is read-only from the start takes none.
 * The local queue tells when that is over.
 */
void
worker_check_writable(void)
{
	CommitFailure *failure = &worker->commit_failure;

	if (!DefaultXactReadOnly)
		return;
	memset(failure, 0, sizeof(*failure));
	failure->kind = FAILURE_SYSTEM;
	failure->sqlstate = ERRCODE_READ_ONLY_SQL_TRANSACTION;
	strlcpy(failure->message,
			"the session is read-only: default_transaction_read_only is on",
			sizeof(failure->message));
	strlcpy(failure->hint, failure_hint(failure->sqlstate),
			sizeof(failure->hint));
	worker->queue_failed = true;
	worker_database_failed();
}

/* Where in the group's arrays each entry went. */
typedef struct GroupMember
{
	GroupBatch *batch;
	DeadLetter *letter;
	ParkedEvent *parked;
} GroupMember;

static void
add_member(BatchGroup *group, Entry *entry, GroupMember *member)
{
	const Delivery *delivery = &entry->batch->delivery;
	const Event *event = &entry->batch->event;

	switch (entry->stage)
	{
		case ENTRY_READY:
			member->batch = &group->batches[group->batch_count++];
			member->batch->batch = entry->batch;
			break;
		case ENTRY_REJECTED:
			member->letter = &group->letters[group->letter_count++];
			member->letter->delivery = delivery;
			member->letter->event_id = event->event_id;
			member->letter->event_hash =
				entry->event_valid ? event->hash : NULL;
			member->letter->platform =
				entry->event_valid ? event->platform : NULL;
			member->letter->reason = entry->rejection.reason;
			member->letter->message = entry->rejection.message;
			member->letter->sqlstate = entry->rejection_sqlstate;
			member->letter->batch_failed = entry->event_valid;
			break;
		case ENTRY_PARKED:
			member->parked = &group->parked[group->parked_count++];
			member->parked->delivery = delivery;
			member->parked->attempts = entry->attempts;
			member->parked->due_at = entry->due_at;
			break;
		case ENTRY_WAITING:
		case ENTRY_FETCHING:
			elog(ERROR, "an event that is not settled was to be committed");
	}
}

static bool
member_committed(const GroupMember *member)
{
	if (member->batch != NULL)
		return member->batch->committed;
	if (member->letter != NULL)
		return member->letter->committed;
	return member->parked->committed;
}

static const char *
letter_reason(const GroupMember *member)
{
	if (member->letter != NULL)
		return member->letter->reason;
	return member->batch->verdict == VERDICT_FAILED ? "WRITE_FAILED"
													: "KEY_CONFLICT";
}

static bool
is_duplicate(const GroupMember *member)
{
	if (member->letter != NULL)
		return member->letter->known;
	return member->batch != NULL &&
		   member->batch->verdict == VERDICT_DUPLICATE;
}

static void
count_member(const Entry *entry, const GroupMember *member)
{
	WorkerGauges *gauges = &worker->gauges;

	if (member->batch != NULL && member->batch->verdict == VERDICT_PROCESSED)
	{
		gauges->committed_batches++;
		gauges->committed_items += entry->batch->item_count;
	}
	else if (is_duplicate(member))
		gauges->duplicates++;
	else if (member->letter != NULL || member->batch != NULL)
		gauges->dead_lettered++;
}

static void
log_member(const Entry *entry, const GroupMember *member)
{
	const Batch *batch = entry->batch;

	if (member->parked != NULL)
		worker_log_parked(batch, member->parked->due_at);
	else if (member->batch != NULL &&
			 member->batch->verdict == VERDICT_PROCESSED)
		worker_log_processed(batch, member->batch->skipped_count);
	else if (is_duplicate(member))
		worker_log_duplicate(batch);
	else
		worker_log_letter(batch, letter_reason(member));
}

/* For the rates of the last minutes. */
static void
remember_work(const Entry *entry, const GroupMember *member)
{
	const Batch *batch = entry->batch;
	const char *platform =
		entry->event_valid ? batch->event.platform : "unknown";
	RecentWork work = {.events = 1};

	if (member->parked != NULL)
		return;
	if (member->batch != NULL && member->batch->verdict == VERDICT_PROCESSED)
	{
		work.batches = 1;
		work.items_good = batch->success_count;
		work.items_bad = batch->error_count;
	}
	else if (!is_duplicate(member))
		work.failed = 1;
	state_worker_work(rules_platform(worker->rules, platform)->name, &work);
}

/* Acknowledge and forget what is durable; the rest goes back. */
static void
settle(Entry **entries, GroupMember *members, int count)
{
	for (int i = 0; i < count; i++)
	{
		const Delivery *delivery = &entries[i]->batch->delivery;

		if (!member_committed(&members[i]))
		{
			pipeline_return(worker->pipeline, entries[i]);
			continue;
		}
		if (delivery->source == DELIVERY_BROKER)
			link_acknowledge(&worker->link, delivery->generation,
							 delivery->tag);
		if (members[i].parked != NULL)
			worker->queue_stale = true;
		count_member(entries[i], &members[i]);
		log_member(entries[i], &members[i]);
		remember_work(entries[i], &members[i]);
		crash_point("settled", delivery);
		pipeline_forget(worker->pipeline, entries[i]);
	}
}

static void
commit_failed(void)
{
	const CommitFailure *failure = &worker->commit_failure;

	if (failure->extension_gone)
		worker_leave(failure->problem ? failure->problem
									  : "the extension is not installed");
	worker_counters_retry(RETRY_COMMIT);
	worker_database_failed();
	worker_leave_if_outdated();
}

/* From here on the whole group is blamed for a death of this process. */
static void
hold_group(Entry **entries, int count)
{
	const uint8 *keys[PIPELINE_GROUP_ENTRIES];

	StaticAssertStmt(PIPELINE_GROUP_ENTRIES <= CRASH_RECORD_HELD,
					 "a group must fit into the record of a crash");
	for (int i = 0; i < count; i++)
		keys[i] = entries[i]->key;
	crash_record_hold(keys, count);
	for (int i = 0; i < count; i++)
		if (entries[i]->stage == ENTRY_READY)
			crash_point("commit", &entries[i]->batch->delivery);
}

/*
 * An event that was counted in analytics.attempts may come again to any
 * worker, which need not know of it.
 */
static bool
attempts_may_exist(void)
{
	uint32 counted = crash_record_forgotten();

	worker->attempts_exist |= counted != worker->attempts_counted;
	worker->attempts_counted = counted;
	return worker->attempts_exist;
}

/* Commit one group.  False: it failed, and is held. */
static bool
commit_some(void)
{
	Entry *entries[PIPELINE_GROUP_ENTRIES];
	GroupMember members[PIPELINE_GROUP_ENTRIES] = {0};
	BatchGroup group = {.consumer = worker->consumer,
						.worker = worker->number,
						.worker_name = worker->name,
						.rules = worker->rules,
						.time_limit_ms = TXN_STATEMENT_TIMEOUT_MS,
						.suspect_data =
							worker->commit_attempts >= SUSPECT_ATTEMPTS};
	int count = pipeline_take(worker->pipeline, entries);
	bool committed;

	group.forget_attempts = attempts_may_exist();
	group.attempts_left = true;
	group.outside = worker_counters_pending();

	group.batches = palloc0(PIPELINE_GROUP_ENTRIES * sizeof(GroupBatch));
	group.letters = palloc0(PIPELINE_GROUP_ENTRIES * sizeof(DeadLetter));
	group.parked = palloc0(PIPELINE_GROUP_ENTRIES * sizeof(ParkedEvent));
	for (int i = 0; i < count; i++)
		add_member(&group, entries[i], &members[i]);

	hold_group(entries, count);
	committed =
		worker_score(&group) && commit_group(&group, &worker->commit_failure);
	crash_record_release();
	for (int i = 0; i < count; i++)
		crash_point("committed", &entries[i]->batch->delivery);
	settle(entries, members, count);
	if (committed)
	{
		worker->commit_attempts = 0;
		worker->given_back = false;
		worker->attempts_exist = group.forget_attempts && group.attempts_left;
		worker->gauges.last_commit_at = GetCurrentTimestamp();
	}
	else
		commit_failed();
	return committed;
}

/*
 * The database has refused for so long that the broker would soon take the
 * deliveries back by closing the channel: return them in good order.  Taken
 * again only to be returned again, they would reach the limit of deliveries
 * that a quorum queue has; so one batch stays, whose commit tells whether the
 * database takes writes again.
 */
static void
give_back_if_held_too_long(void)
{
	if (worker->given_back || worker->commit_attempts == 0 ||
		(worker->queue_failed && pipeline_count(worker->pipeline) == 0) ||
		io_now_ms() - worker->commit_failed_ms < hold_outage_ms())
		return;
	worker->given_back = pipeline_keep_probe(worker->pipeline);
	link_close(&worker->link);
	worker->commit_failed_ms = io_now_ms();
	if (worker->given_back)
		return;

	/* Without one, the local queue tells. */
	worker->queue_stale = true;
	worker->queue_failed = true;
}

/* Commit what is due; *wait_ms is lowered to when something will be. */
void
worker_commit_due(int *wait_ms)
{
	int delay = worker->rules_stale ? 0 : worker->config->commit_delay_ms;

	if (worker->commit_attempts > 0 && io_now_ms() < worker->commit_retry_ms)
	{
		give_back_if_held_too_long();
		return;
	}
	if (worker->commit_attempts > 0 && !worker->queue_failed &&
		!pipeline_commit_due(worker->pipeline, 0, wait_ms))
	{
		/* what failed is no longer held: the next transaction will tell */
		worker->commit_attempts = 0;
		worker->given_back = false;
		return;
	}
	while (!process_stop_requested &&
		   pipeline_commit_due(worker->pipeline, delay, wait_ms))
	{
		if (!commit_some())
			return;
		MemoryContextReset(worker->turn);
		link_pump(&worker->link, WORKER_PUMP_INTERVAL_MS);
		worker_report_meanwhile();
	}
}
