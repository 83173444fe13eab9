/*-------------------------------------------------------------------------
 *
 * retry.c
 *	  The one place that says what a failure means.
 *
 * Tables only: who waits, and how the wait is shown, is decided by those who
 * ask (pipeline_fetch.c for fetches, commit.c and worker.c for the database).
 * What the broker's refusals mean, broker_error.c says: none is an event's
 * fault.  docs/reliability.md has the same tables for people.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "utils/guc.h"

#include "ingest/retry.h"

#define RETRY_FIRST_MS 1000
#define RETRY_LAST_MS 60000

typedef struct SqlstateRule
{
	int sqlstate; /* a class when is_class */
	bool is_class;
	FailureKind kind;
	const char *hint;
} SqlstateRule;

/* The first that matches holds. */
static const SqlstateRule sqlstate_rules[] = {
	{ERRCODE_T_R_DEADLOCK_DETECTED, false, FAILURE_CONFLICT, NULL},
	{ERRCODE_T_R_SERIALIZATION_FAILURE, false, FAILURE_CONFLICT, NULL},
	{ERRCODE_INSUFFICIENT_PRIVILEGE, false, FAILURE_CONFIGURATION,
	 "Grant the consumer's role what analytics.create_consumer() grants: "
	 "UPDATE analytics.consumers SET role = role grants it again."},
	{ERRCODE_UNDEFINED_TABLE, false, FAILURE_CONFIGURATION,
	 "Restore it if it is of the extension: see analytics.check(). In a "
	 "trigger "
	 "of yours qualify it with its schema, or SET search_path on the "
	 "function: "
	 "workers have pg_catalog and pg_temp in theirs."},
	{ERRCODE_READ_ONLY_SQL_TRANSACTION, false, FAILURE_SYSTEM,
	 "Set default_transaction_read_only = off for this database or role."},
	{ERRCODE_DISK_FULL, false, FAILURE_SYSTEM,
	 "Free disk space; the workers go on by themselves."},
	{ERRCODE_LOCK_NOT_AVAILABLE, false, FAILURE_SYSTEM,
	 "Another session holds a lock on a table of schema analytics: see "
	 "pg_locks."},
	{ERRCODE_QUERY_CANCELED, false, FAILURE_SYSTEM, NULL},
	{MAKE_SQLSTATE('2', '2', '0', '0', '0'), true, FAILURE_DATA, NULL},
	{MAKE_SQLSTATE('2', '3', '0', '0', '0'), true, FAILURE_DATA, NULL},
	{MAKE_SQLSTATE('2', '1', '0', '0', '0'), true, FAILURE_DATA, NULL},
	{MAKE_SQLSTATE('5', '4', '0', '0', '0'), true, FAILURE_DATA, NULL},
	{MAKE_SQLSTATE('P', '0', '0', '0', '0'), true, FAILURE_DATA, NULL},
	{MAKE_SQLSTATE('3', '8', '0', '0', '0'), true, FAILURE_DATA, NULL},
	{MAKE_SQLSTATE('3', '9', '0', '0', '0'), true, FAILURE_DATA, NULL},
	{MAKE_SQLSTATE('4', '2', '0', '0', '0'), true, FAILURE_CONFIGURATION,
	 "See analytics.check(). In a trigger of yours qualify names with their "
	 "schema, or SET search_path on the function: workers have pg_catalog and "
	 "pg_temp in theirs."},
};

static const SqlstateRule *
sqlstate_rule(int sqlstate)
{
	for (int i = 0; i < lengthof(sqlstate_rules); i++)
	{
		const SqlstateRule *rule = &sqlstate_rules[i];

		if (rule->sqlstate == sqlstate ||
			(rule->is_class &&
			 rule->sqlstate == ERRCODE_TO_CATEGORY(sqlstate)))
			return rule;
	}
	return NULL;
}

FailureKind
failure_classify(int sqlstate)
{
	const SqlstateRule *rule = sqlstate_rule(sqlstate);

	return rule != NULL ? rule->kind : FAILURE_SYSTEM;
}

/*
 * May it be what somebody's trigger has raised, or failed with?  It may raise
 * any code: so it is one of a class that the server does not use, or uses for
 * triggers and procedures (09, 20, 27, 2F).  These are the others.
 */
static bool
may_be_of_a_trigger(int sqlstate)
{
	static const char *const servers[] = {
		"00", "01", "02", "03", "08", "0A", "0B", "0F", "0L", "0P",
		"0Z", "21", "22", "23", "24", "25", "26", "28", "2B", "2D",
		"34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "53",
		"54", "55", "57", "58", "72", "F0", "HV", "P0", "XX"};

	for (int i = 0; i < lengthof(servers); i++)
		if (ERRCODE_TO_CATEGORY(sqlstate) ==
			MAKE_SQLSTATE(servers[i][0], servers[i][1], '0', '0', '0'))
			return false;
	return true;
}

FailureKind
failure_classify_repeated(int sqlstate)
{
	if (sqlstate == ERRCODE_QUERY_CANCELED ||
		sqlstate == ERRCODE_INTERNAL_ERROR)
		return FAILURE_DATA;
	if (sqlstate_rule(sqlstate) == NULL && may_be_of_a_trigger(sqlstate))
		return FAILURE_DATA;
	return failure_classify(sqlstate);
}

bool
failure_is_shortage(int sqlstate)
{
	return ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_INSUFFICIENT_RESOURCES;
}

const char *
failure_hint(int sqlstate)
{
	const SqlstateRule *rule = sqlstate_rule(sqlstate);

	return rule != NULL ? rule->hint : NULL;
}

/* --- fetches --- */

typedef struct FetchRule
{
	StoreOutcome outcome;
	FetchFailure failure;
	const char *code;   /* of the error; NULL: any */
	const char *reason; /* FETCH_PERMANENT: of the dead letter */
} FetchRule;

/* The first that matches holds. */
static const FetchRule fetch_rules[] = {
	{STORE_NOT_FOUND, FETCH_AMBIGUOUS, NULL, NULL},
	{STORE_NO_BUCKET, FETCH_CONFIGURATION, NULL, NULL},
	{STORE_DENIED, FETCH_CONFIGURATION, NULL, NULL},
	{STORE_MISCONFIGURED, FETCH_CONFIGURATION, NULL, NULL},
	{STORE_FORBIDDEN_BUCKET, FETCH_PERMANENT, NULL, "FORBIDDEN_BUCKET"},
	{STORE_TOO_LARGE, FETCH_PERMANENT, NULL, "BATCH_TOO_LARGE"},
	/* a bucket that lives elsewhere is not the event's fault */
	{STORE_REFUSED, FETCH_CONFIGURATION, "PermanentRedirect", NULL},
	{STORE_REFUSED, FETCH_PERMANENT, NULL, "OBJECT_REFUSED"},
	{STORE_UNAVAILABLE, FETCH_STORE, "CONNECTION_REFUSED", NULL},
	{STORE_UNAVAILABLE, FETCH_STORE, "DNS_ERROR", NULL},
	{STORE_UNAVAILABLE, FETCH_SYSTEM, "NO_MEMORY", NULL},
	{STORE_UNAVAILABLE, FETCH_OBJECT, NULL, NULL},
};

FetchFailure
fetch_classify(const StoreResult *result)
{
	for (int i = 0; i < lengthof(fetch_rules); i++)
	{
		const FetchRule *rule = &fetch_rules[i];

		if (rule->outcome == result->outcome &&
			(rule->code == NULL ||
			 strcmp(rule->code, result->error.code) == 0))
			return rule->failure;
	}
	return FETCH_OBJECT;
}

const char *
fetch_rejection(StoreOutcome outcome)
{
	for (int i = 0; i < lengthof(fetch_rules); i++)
		if (fetch_rules[i].outcome == outcome &&
			fetch_rules[i].failure == FETCH_PERMANENT)
			return fetch_rules[i].reason;
	return "OBJECT_REFUSED";
}

/* --- events that wait for themselves --- */

typedef struct EventRule
{
	int tries;           /* 0: no limit, and no failure counts */
	const char *give_up; /* the reason of the dead letter then */
	const int *delays;   /* seconds; NULL: doubling, see below */
} EventRule;

/* The object of a 404 may be on its way: five tries in ten minutes. */
static const int ambiguous_delays[] = {2, 13, 85, 500};

static const EventRule event_rules[] = {
	[FETCH_AMBIGUOUS] = {lengthof(ambiguous_delays) + 1, "OBJECT_NOT_FOUND",
						 ambiguous_delays},
	[FETCH_OBJECT] = {8, "RETRY_EXHAUSTED", NULL},
	[FETCH_STORE] = {0},
	[FETCH_CONFIGURATION] = {0},
	[FETCH_SYSTEM] = {0},
};

/* A next try further away than this is waited for in the local queue. */
#define HOLD_NEXT_MS 5000

#define HOLD_OBJECT_MS (30 * 1000)
#define HOLD_OUTAGE_MS (60 * 1000)
#define HOLD_LONGEST_MS (4 * 60 * 1000)
#define PARK_OUTAGE_MS (60 * 1000)
#define STORE_PROVEN_MS (60 * 1000)

/* Deliveries of an event that may take the server down, and one more. */
#define CRASH_ATTEMPTS_LIMIT 3

/* A death without a fault may be anybody's doing: more of them prove it. */
#define CRASH_KILLS_LIMIT 5

static double retry_scale = 1.0;

void
retry_define_settings(void)
{
	DefineCustomRealVariable(
		"analytics.debug_retry_scale",
		"Factor of the times for which events wait and are held; for tests.",
		NULL, &retry_scale, 1.0, 0.001, 1.0, PGC_SIGHUP, GUC_NOT_IN_SAMPLE,
		NULL, NULL, NULL);
}

static int64
scaled(int64 milliseconds)
{
	return (int64) (milliseconds * retry_scale);
}

static double
jitter(void)
{
	return 0.75 + 0.5 * pg_prng_double(&pg_global_prng_state);
}

/* After so many in a row have failed. */
static int
backoff_ms(int attempts)
{
	int delay = RETRY_FIRST_MS;

	for (int i = 1; i < attempts && delay < RETRY_LAST_MS; i++)
		delay *= 2;
	return (int) (Min(delay, RETRY_LAST_MS) * jitter());
}

bool
fetch_costs_attempt(FetchFailure failure)
{
	return event_rules[failure].tries > 0;
}

int
event_tries(FetchFailure failure)
{
	return event_rules[failure].tries;
}

EventRetry
event_retry(FetchFailure failure, int attempts, int failures, int64 held_ms)
{
	const EventRule *rule = &event_rules[failure];
	EventRetry retry = {0};

	if (rule->tries > 0 && attempts >= rule->tries)
	{
		retry.give_up = rule->give_up;
		return retry;
	}
	if (rule->delays != NULL)
		retry.delay_ms =
			(int) (1000 * rule->delays[Max(attempts, 1) - 1] * jitter());
	else
		retry.delay_ms = backoff_ms(rule->tries > 0 ? attempts : failures);
	retry.delay_ms = (int) Max(scaled(retry.delay_ms), 1);
	retry.park = retry.delay_ms > scaled(HOLD_NEXT_MS) ||
				 held_ms + retry.delay_ms > hold_object_ms();
	return retry;
}

int64
hold_object_ms(void)
{
	return scaled(HOLD_OBJECT_MS);
}

int64
hold_outage_ms(void)
{
	return scaled(HOLD_OUTAGE_MS);
}

int64
hold_longest_ms(void)
{
	return HOLD_LONGEST_MS;
}

int64
store_proven_ms(void)
{
	return scaled(STORE_PROVEN_MS);
}

int64
park_outage_ms(void)
{
	return scaled(PARK_OUTAGE_MS);
}

bool
crash_is_proven(int attempts, int kills)
{
	return attempts >= CRASH_ATTEMPTS_LIMIT || kills >= CRASH_KILLS_LIMIT;
}

int
retry_delay_ms(int attempts)
{
	return (int) Max(scaled(backoff_ms(attempts)), 1);
}
