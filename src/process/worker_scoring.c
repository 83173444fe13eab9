/*-------------------------------------------------------------------------
 *
 * worker_scoring.c
 *	  Have a consumer's own scorer judge what is about to be committed.
 *
 * The scorer is called once for a batch, before the group's transaction, in a
 * short one of its own: it may take long or fail, and must hold no lock of
 * the writer then, nor its writes.  A call that succeeded is not repeated
 * when the group has to be written again.
 *
 * A scorer that fails costs the batch its sentiment, which is neutral then,
 * and nothing else: it is counted, reported, and logged when it begins.  What
 * lies in the database's state, not in the scorer, is waited for like any
 * other failure of the database, but not for ever.
 *
 * A scorer that catches the cancels of its time limit takes the process with
 * it, for want of anything else that ends it.  The events come again, so the
 * process leaves word in shared memory before it goes, and no worker of the
 * consumer calls that version of the scorer for some time: it has failed
 * then, uncalled.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "ingest/clip.h"
#include "ingest/scorer.h"
#include "ingest/scorer_check.h"
#include "process/process.h"
#include "process/txn.h"
#include "process/worker.h"

/* A message that holds so much of a text is not told. */
#define QUOTE_BYTES sizeof(uint64)

/*
 * For so long a scorer that has brought a worker down is not called.  More
 * than analytics.restart_delay_max can be, or the events that are waiting
 * would bring down the next.
 */
#define BARRED_MS (2 * 3600 * 1000)

typedef struct ScorerCall
{
	Batch *batch;
	BatchItem **items; /* the posts that are scored, in their order */
	char **texts;
	double *scores;
	int count;
	TimestampTz barred_until; /* 0: the scorer was called */
} ScorerCall;

/* The version that was called last, for who brings this process down. */
static uint64 called_version;

static void
collect_texts(ScorerCall *call, Batch *batch)
{
	call->batch = batch;
	call->items = palloc(Max(batch->item_count, 1) * sizeof(BatchItem *));
	call->texts = palloc(Max(batch->item_count, 1) * sizeof(char *));
	call->scores = palloc0(Max(batch->item_count, 1) * sizeof(double));
	call->count = 0;
	call->barred_until = 0;
	for (int i = 0; i < batch->item_count; i++)
	{
		BatchItem *item = &batch->items[i];

		if (item->kind != ITEM_POST || item->analysis.is_noise)
			continue;
		call->items[call->count] = item;
		call->texts[call->count++] = item->clean_text;
	}
}

static void
use_scores(const ScorerCall *call)
{
	for (int i = 0; i < call->count; i++)
		analysis_set_sentiment(&worker->rules->analysis,
							   &call->items[i]->metrics, call->scores[i],
							   &call->items[i]->analysis);
}

/* Neutral, and confidence 0 tells that nobody has judged it so. */
static void
use_no_scores(const ScorerCall *call)
{
	memset(call->scores, 0, call->count * sizeof(double));
	use_scores(call);
	for (int i = 0; i < call->count; i++)
		call->items[i]->analysis.sentiment.confidence = 0;
}

/* ------------------------------------------------------------------ */
/* Whose fault                                                        */
/* ------------------------------------------------------------------ */

/* Does it lie in the database's state, or in another transaction? */
static bool
is_passing(int sqlstate)
{
	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case MAKE_SQLSTATE('4', '0', '0', '0', '0'): /* rolled back */
		case MAKE_SQLSTATE('5', '3', '0', '0', '0'): /* out of something */
		case MAKE_SQLSTATE('5', '7', '0', '0', '0'): /* an operator */
		case MAKE_SQLSTATE('5', '8', '0', '0', '0'): /* the system */
			return true;
		default:
			return sqlstate == ERRCODE_READ_ONLY_SQL_TRANSACTION;
	}
}

static uint16
quote_hash(const char *bytes)
{
	uint64 window;

	memcpy(&window, bytes, sizeof(window));
	return (uint16) ((window * UINT64CONST(0x9E3779B97F4A7C15)) >> 48);
}

/* Is a piece of the text in the message?  `seen` has the message's pieces. */
static bool
text_is_quoted(const char *text, const char *message, const bool *seen)
{
	size_t length = strlen(text);

	if (length < QUOTE_BYTES)
		return length > 0 && strstr(message, text) != NULL;
	for (size_t i = 0; i + QUOTE_BYTES <= length; i++)
	{
		if (seen[quote_hash(text + i)] &&
			memmem(message, strlen(message), text + i, QUOTE_BYTES) != NULL)
			return true;
	}
	return false;
}

/* What people wrote belongs neither into the log nor into a view. */
static bool
quotes_a_text(const ScorerCall *call, const char *message)
{
	bool *seen = palloc0((PG_UINT16_MAX + 1) * sizeof(bool));
	size_t length = strlen(message);

	for (size_t i = 0; i + QUOTE_BYTES <= length; i++)
		seen[quote_hash(message + i)] = true;
	for (int i = 0; i < call->count; i++)
	{
		if (text_is_quoted(call->texts[i], message, seen))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------ */
/* The report                                                         */
/* ------------------------------------------------------------------ */

static void
describe_failure(const ScorerCall *call, bool timed_out,
				 const CommitFailure *failure, char *message, size_t size)
{
	const char *scorer = worker->config->scorer;

	if (timed_out)
		snprintf(message, size, "scorer %s took longer than %d ms", scorer,
				 worker->config->scorer_timeout_ms);
	else if (call->barred_until != 0)
		snprintf(message, size,
				 "scorer %s took longer than %d ms and ignored being "
				 "cancelled, it is not called before %s",
				 scorer, worker->config->scorer_timeout_ms,
				 timestamptz_to_str(call->barred_until));
	else if (quotes_a_text(call, failure->message))
		snprintf(message, size,
				 "scorer %s failed with SQLSTATE %s, and a message that "
				 "quotes a text",
				 scorer, unpack_sql_state(failure->sqlstate));
	else
	{
		char *whole =
			psprintf("scorer %s failed: %s", scorer, failure->message);

		clip_text(message, whole, size);
	}
}

/* Each failure is in the worker's report, the first of its kind in the log. */
static void
report_failure(const ScorerCall *call, bool timed_out,
			   const CommitFailure *failure)
{
	char message[STATE_REASON_LENGTH];

	describe_failure(call, timed_out, failure, message, sizeof(message));
	state_worker_error(failure->sqlstate, message);
	if (worker->scorer_sqlstate == failure->sqlstate)
		return;
	worker->scorer_sqlstate = failure->sqlstate;
	ereport(LOG,
			(errcode(failure->sqlstate),
			 errmsg("analytics worker \"%s\": %s", worker->name, message),
			 errdetail("The sentiment of such a batch is stored as neutral."),
			 errhint("Call it with ARRAY['a text'] to see what it does, or "
					 "take it away: SELECT analytics.alter_consumer(%s, "
					 "scorer => '');",
					 quote_literal_cstr(worker->consumer))));
}

static void
report_success(void)
{
	if (worker->scorer_sqlstate == 0)
		return;
	worker->scorer_sqlstate = 0;
	ereport(LOG, (errmsg("analytics worker \"%s\": scorer %s works again",
						 worker->name, worker->config->scorer)));
}

/* ------------------------------------------------------------------ */
/* A scorer that ignores its limit                                    */
/* ------------------------------------------------------------------ */

/* The process ends; while it is still attached to its slot. */
static void
bar_at_exit(int code, Datum arg)
{
	char message[STATE_REASON_LENGTH];

	if (!txn_limit_ignored)
		return;
	snprintf(message, sizeof(message),
			 "scorer %s took longer than %d ms and ignored being cancelled",
			 worker->config->scorer, worker->config->scorer_timeout_ms);
	state_worker_error(ERRCODE_QUERY_CANCELED, message);
	state_worker_bar_scorer(
		called_version,
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), BARRED_MS));
	ereport(LOG,
			(errcode(ERRCODE_QUERY_CANCELED),
			 errmsg("analytics worker \"%s\" ends: %s", worker->name, message),
			 errhint("Nothing in it may catch query_canceled for good. "
					 "It is called again when it, or scorer_timeout, has "
					 "been changed.")));
}

static void
watch_for_the_end(void)
{
	static bool watching = false;

	if (!watching)
		before_shmem_exit(bar_at_exit, (Datum) 0);
	watching = true;
}

/* Raises when it is barred. */
static void
refuse_if_barred(ScorerCall *call)
{
	call->barred_until = state_worker_scorer_barred(called_version);
	if (call->barred_until != 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the scorer has brought a worker down")));
}

/* ------------------------------------------------------------------ */
/* The call                                                           */
/* ------------------------------------------------------------------ */

/* Found and checked with the rights of who named it. */
static Oid
checked_scorer(void)
{
	const ConsumerConfig *config = worker->config;
	Oid role = InvalidOid;
	Oid function;
	Oid user;
	int security;

	if (config->scorer_by != NULL)
		role = get_role_oid(config->scorer_by, true);
	if (!OidIsValid(role))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("the role that named it, \"%s\", does not "
							   "exist",
							   config->scorer_by ? config->scorer_by : "")));
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(role, security | SECURITY_RESTRICTED_OPERATION);
	function = scorer_check(config->scorer, role);
	SetUserIdAndSecContext(user, security);
	return function;
}

/* In the transaction.  While it lasts, the worker's report tells of it. */
static void
call_scorer(ScorerCall *call)
{
	const ConsumerConfig *config = worker->config;
	Oid function = checked_scorer();
	char activity[STATE_REASON_LENGTH];

	called_version = scorer_version(function, config->scorer_timeout_ms);
	refuse_if_barred(call);
	snprintf(activity, sizeof(activity), "calling scorer %s", config->scorer);
	state_worker_report(WORKER_RUNNING, activity, NULL, 0);
	scorer_call(function, call->texts, call->count, call->scores);
}

/* False, with *failure filled, when anything raised. */
static bool
call_in_transaction(ScorerCall *call, CommitFailure *failure)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool done = false;

	memset(failure, 0, sizeof(*failure));
	PG_TRY();
	{
		if (!txn_begin("calling a scorer", &failure->problem))
			failure->extension_gone = true;
		else
		{
			txn_limit(worker->config->scorer_timeout_ms);
			call_scorer(call);
			txn_commit();
			done = true;
		}
	}
	PG_CATCH();
	{
		commit_failure_from_error(failure, caller);
		txn_abort();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	state_worker_report(WORKER_RUNNING, NULL, NULL, 0);
	return done;
}

/* False: the database is at fault, worker->commit_failure says how. */
static bool
score_batch(Batch *batch, bool suspect)
{
	CommitFailure *failure = &worker->commit_failure;
	int64 started_ms = io_now_ms();
	ScorerCall call;

	collect_texts(&call, batch);
	if (call.count == 0)
		batch->scored = true;
	else if (call_in_transaction(&call, failure))
	{
		use_scores(&call);
		report_success();
		batch->scored = true;
	}
	else if (!failure->extension_gone)
	{
		bool timed_out =
			failure->sqlstate == ERRCODE_QUERY_CANCELED &&
			io_now_ms() - started_ms >= worker->config->scorer_timeout_ms;

		if (!timed_out && !suspect && is_passing(failure->sqlstate))
			return false;
		use_no_scores(&call);
		report_failure(&call, timed_out, failure);
		batch->scored = batch->scorer_failed = true;
	}
	return batch->scored;
}

bool
worker_score(BatchGroup *group)
{
	if (worker->config->scorer == NULL)
		return true;
	watch_for_the_end();
	for (int i = 0; i < group->batch_count; i++)
	{
		Batch *batch = group->batches[i].batch;

		/* what was analysed before there was a scorer keeps its sentiment */
		if (batch->scored || !batch->keep_texts)
			continue;
		if (!score_batch(batch, group->suspect_data))
			return false;
		link_pump(&worker->link, WORKER_PUMP_INTERVAL_MS);
	}
	return true;
}
