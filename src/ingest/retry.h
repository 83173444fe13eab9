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
 * too long, or an internal error, may then be the fault of a row.
 */
extern FailureKind failure_classify_repeated(int sqlstate);

/* What mends it, or NULL. */
extern const char *failure_hint(int sqlstate);

/* Failures of a fetch, by whom they stop. */
typedef enum FetchFailure
{
	FETCH_PERMANENT,    /* this event for good: dead letter */
	FETCH_OBJECT,       /* this object for now */
	FETCH_STORE,        /* every fetch for now */
	FETCH_CONFIGURATION /* every fetch, until somebody mends it */
} FetchFailure;

extern FetchFailure fetch_classify(const StoreResult *result);

/* The dead letter's reason for an outcome that is FETCH_PERMANENT. */
extern const char *fetch_rejection(StoreOutcome outcome);

/*
 * Milliseconds to wait before the next try, after `attempts` (1..) in a row
 * have failed: 1 s doubling to 60 s, with a quarter of jitter either way.
 */
extern int retry_delay_ms(int attempts);

#endif /* ANALYTICS_RETRY_H */
