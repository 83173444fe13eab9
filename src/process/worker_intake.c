/*-------------------------------------------------------------------------
 *
 * worker_intake.c
 *	  How a delivery gets into a worker's pipeline.
 *
 * An event over which a worker has died is counted in analytics.attempts, and
 * that is committed, before it is read again; one that is proven to crash its
 * worker is not read at all.  All others cost nothing here but a hash.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/attempts.h"
#include "ingest/crash_point.h"
#include "ingest/crash_record.h"
#include "ingest/limits.h"
#include "process/txn.h"
#include "process/worker.h"

static void
count_in_transaction(const uint8 *key, const CrashRecord *record,
					 int *attempts, int *kills)
{
	const char *problem;

	if (!txn_begin("counting an attempt", &problem))
		worker_leave(problem ? problem : "the extension is not installed");
	attempts_count(worker->consumer, key, record, attempts, kills);
	txn_commit();
	crash_record_forget(key);
}

/*
 * How often the event was taken up and its worker killed.  While the database
 * does not let us count, the record itself is all there is, and stays.
 */
static void
count_attempt(const uint8 *key, const CrashRecord *record, int *attempts,
			  int *kills)
{
	MemoryContext caller = CurrentMemoryContext;

	*attempts = 1 + record->crashes;
	*kills = record->kills;
	PG_TRY();
	{
		count_in_transaction(key, record, attempts, kills);
	}
	PG_CATCH();
	{
		CommitFailure failure = {0};

		commit_failure_from_error(&failure, caller);
		txn_abort();
		ereport(LOG, (errmsg("analytics worker \"%s\" cannot count an attempt "
							 "of an event that has crashed one: %s",
							 worker->name, failure.message)));
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
}

/*
 * A worker has died over it.  Where it was one of several events in hand that
 * proves nothing yet: it is then worked on alone.
 */
static void
accept_suspect(Delivery *delivery, const uint8 *key, const CrashRecord *record)
{
	char message[160];
	int attempts;
	int kills;

	count_attempt(key, record, &attempts, &kills);
	if (!record->alone || !crash_is_proven(attempts, kills))
	{
		ereport(LOG, (errmsg("analytics worker \"%s\" takes up an event over "
							 "which a worker has died: attempt %d",
							 worker->name, attempts)));
		pipeline_accept(worker->pipeline, delivery, key, true);
		return;
	}
	snprintf(message, sizeof(message),
			 "a worker crashed %d times and was killed %d times while it "
			 "worked on this event",
			 attempts - 1, kills);
	delivery->attempts = attempts + kills;
	pipeline_refuse(worker->pipeline, delivery, key, "WORKER_CRASH", message);
}

void
worker_accept(Delivery *delivery)
{
	uint8 key[EVENT_HASH_LENGTH];
	CrashRecord record;

	crash_record_key(delivery, key);
	crash_point("receive", delivery);
	if (crash_record_find(key, &record))
		accept_suspect(delivery, key, &record);
	else
		pipeline_accept(worker->pipeline, delivery, key, false);
}

int64
worker_bytes_left(void)
{
	return limit_bytes_in_flight() - pipeline_bytes(worker->pipeline);
}

/* Deliveries that come while none is wanted go back: not for each byte. */
bool
worker_has_room(void)
{
	int64 left = worker_bytes_left();

	if (left <= 0)
		worker->is_full = true;
	else if (left >= limit_bytes_in_flight() / 2)
		worker->is_full = false;
	return !worker->is_full;
}
