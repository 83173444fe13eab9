/*-------------------------------------------------------------------------
 *
 * store_health.h
 *	  Does the store of a pipeline work?
 *
 * The one owner of what is known of the store.  It is told how fetches ended,
 * and says whether others are worth beginning:
 *
 *	works     fetches are begun; different objects that fail in a row, and in
 *	          the same way, are counted
 *	  down:     a failure that only the store can have, enough of the others,
 *	            or one that would be an event's last, unproven   -> does not
 *	does not  nothing is fetched but one probe at a time, with backoff
 *	  up:       a good answer to the probe, or to a fetch that was still
 *	            under way                                        -> works
 *
 * A probe may outlast the state in which it was begun.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_STORE_HEALTH_H
#define ANALYTICS_STORE_HEALTH_H

#include "postgres.h"

#include "ingest/retry.h"
#include "io/object_store.h"

/*
 * So many different objects in a row must fail before the store is blamed: one
 * object alone may be at fault itself.
 */
#define STORE_REFUSALS_LIMIT 2 /* 403, no such bucket, certificate */
#define STORE_FAILURES_LIMIT 3 /* 5xx, time outs */

/* Read by anybody, changed by store_health.c alone. */
typedef struct StoreHealth
{
	MemoryContext context; /* of the strings here */
	char *name;            /* of the store, for the log */

	/* while it does not work */
	bool is_down;
	bool is_misconfigured; /* somebody must mend something */
	int attempts;          /* that failed */
	IoError error;         /* of the last of them */

	/* the next probe, or the one under way */
	bool is_probing;
	bool probes_good; /* it asks for good_key */
	int64 probe_ms;   /* io_now_ms() at which to begin it */
	char *probe_bucket;
	char *probe_key;
	char *good_bucket; /* the object that was last fetched; NULL: none */
	char *good_key;

	/* while it works */
	int failures;                        /* different objects in a row */
	FetchFailure failed_how;             /* all of them */
	uint64 failed[STORE_FAILURES_LIMIT]; /* hashes of their names */
	int64 answered_ms; /* when it last answered well; 0: never */

	/* for the report, see PipelineStatus */
	bool refuses;
	int64 refusal_ms; /* no refusal is logged before */
	uint32 fetch_failures;
	bool failure_refused;
	IoError failure; /* of the last fetch that failed */
} StoreHealth;

/* From zeroed memory; strings are kept in the context. */
extern void store_health_init(StoreHealth *health, MemoryContext context);

/* The name is copied.  Of another store, nothing is known yet. */
extern void store_health_set_store(StoreHealth *health, const char *name,
								   bool is_another);

/* Does this outcome show that the store answers as it should? */
extern bool store_health_is_answer(const StoreResult *result);

/* It has answered as it should. */
extern void store_health_up(StoreHealth *health);

/* The same, with this object. */
extern void store_health_fetched(StoreHealth *health, const char *bucket,
								 const char *key);

/* It does not work; bucket and key are what to probe with. */
extern void store_health_down(StoreHealth *health, const IoError *error,
							  bool is_misconfigured, const char *bucket,
							  const char *key);

/*
 * Remember a failed fetch for the report: the event itself may be parked
 * before anybody looks.
 */
extern void store_health_note_failure(StoreHealth *health,
									  FetchFailure failure,
									  const IoError *error);

/*
 * Count the failure of one more object.  True: by now the store is to blame
 * for it.
 */
extern bool store_health_count_failure(StoreHealth *health, const char *bucket,
									   const char *key, FetchFailure failure);

/*
 * Had it answered well shortly before started_ms (io_now_ms()), so that what
 * began then failed for reasons of its own?
 */
extern bool store_health_is_proven(const StoreHealth *health,
								   int64 started_ms);

/*
 * While the store is down: begin a probe if its time has come.  Its result has
 * `health` as owner, and is for store_health_probe_ended().
 */
extern void store_health_start_probe(StoreHealth *health, StoreClient *store);

/* Returns whether the store works; if not, the next probe is to be chosen. */
extern bool store_health_probe_ended(StoreHealth *health,
									 const StoreResult *result);

/*
 * The next probe asks for something else than the last, since one object or
 * bucket may be refused while the store is fine: in turn what was fetched
 * last, and what waits.  False: it is the turn of what waits, if anything
 * does, which the caller tells by store_health_probe_for().
 */
extern bool store_health_choose_probe(StoreHealth *health);
extern void store_health_probe_for(StoreHealth *health, const char *bucket,
								   const char *key);

#endif /* ANALYTICS_STORE_HEALTH_H */
