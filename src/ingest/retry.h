/*-------------------------------------------------------------------------
 *
 * retry.h
 *	  What a failure means: whose fault it is, and when to try again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_RETRY_H
#define ANALYTICS_RETRY_H

#include "postgres.h"

#include "io/object_store.h"

/* Failures of the database, by SQLSTATE. */
typedef enum FailureKind
{
	FAILURE_DATA,         /* this row, whenever it is tried */
	FAILURE_CONFLICT,     /* another transaction: try again at once */
	FAILURE_SYSTEM,       /* the database's state: wait */
	FAILURE_CONFIGURATION /* a privilege or an object is missing: wait
								 * for somebody to mend it */
} FailureKind;

extern FailureKind failure_classify(int sqlstate);

/*
 * The same for a failure that has come again and again: a statement that takes
 * too long, an internal error, or what a trigger may have raised on its own,
 * may then be the fault of a row.
 */
extern FailureKind failure_classify_repeated(int sqlstate);

/* Is too little there of memory, disk, connections? */
extern bool failure_is_shortage(int sqlstate);

/* What mends it, or NULL. */
extern const char *failure_hint(int sqlstate);

/* Failures of a fetch, by whom they stop. */
typedef enum FetchFailure
{
	FETCH_PERMANENT,     /* this event for good: dead letter */
	FETCH_AMBIGUOUS,     /* the object is not there, or not yet */
	FETCH_OBJECT,        /* this object for now */
	FETCH_STORE,         /* every fetch for now */
	FETCH_CONFIGURATION, /* every fetch, until somebody mends it */
	FETCH_SYSTEM         /* this machine is at fault: no memory */
} FetchFailure;

extern FetchFailure fetch_classify(const StoreResult *result);

/* The dead letter's reason for an outcome that is FETCH_PERMANENT. */
extern const char *fetch_rejection(StoreOutcome outcome);

/* What becomes of an event that failed for itself, once more. */
typedef struct EventRetry
{
	const char *give_up; /* the dead letter's reason; NULL: try again */
	int delay_ms;        /* the next try is so far away ... */
	bool park;           /* ... which is too far to hold the delivery */
} EventRetry;

/* Does such a failure cost the event one of its tries? */
extern bool fetch_costs_attempt(FetchFailure failure);

/*
 * After the event's `attempts` tries (1..) that count for such a failure, its
 * `failures` in a row of any kind, and held_ms in a worker's hands.
 */
extern EventRetry event_retry(FetchFailure failure, int attempts, int failures,
							  int64 held_ms);

/* So often an event may fail in this way; 0: for ever. */
extern int event_tries(FetchFailure failure);

/*
 * How long a delivery may be held while it waits: for its own object, for a
 * store or a database that does not work, and for its turn in any case.
 */
extern int64 hold_object_ms(void);
extern int64 hold_outage_ms(void);
extern int64 hold_longest_ms(void);

/*
 * An object may be blamed for good only while its store is known to work: so
 * short ago it has answered well for another one.
 */
extern int64 store_proven_ms(void);

/* An event whose store does not work waits in the local queue for so long. */
extern int64 park_outage_ms(void);

/*
 * Is the event proven to crash its worker, after so many counted attempts (of
 * which the one that is about to begin is the last) and so many deaths of
 * which nobody knows the cause?
 */
extern bool crash_is_proven(int attempts, int kills);

/* Define the setting that shortens all this for tests; from _PG_init(). */
extern void retry_define_settings(void);

/*
 * Milliseconds to wait before the next try, after `attempts` (1..) in a row
 * have failed: 1 s doubling to 60 s, with a quarter of jitter either way.
 */
extern int retry_delay_ms(int attempts);

#endif /* ANALYTICS_RETRY_H */
