/*-------------------------------------------------------------------------
 *
 * retry.c
 *	  The one place that says what a failure means.
 *
 * Tables only: who waits, and how the wait is shown, is decided by those who
 * ask (pipeline.c for fetches, commit.c and worker.c for the database).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/pg_prng.h"

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
	 "An object of the extension is missing: restore it, or reinstall the "
	 "extension."},
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
	 NULL},
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

FailureKind
failure_classify_repeated(int sqlstate)
{
	if (sqlstate == ERRCODE_QUERY_CANCELED ||
		sqlstate == ERRCODE_INTERNAL_ERROR)
		return FAILURE_DATA;
	return failure_classify(sqlstate);
}

const char *
failure_hint(int sqlstate)
{
	const SqlstateRule *rule = sqlstate_rule(sqlstate);

	return rule != NULL ? rule->hint : NULL;
}

FetchFailure
fetch_classify(const StoreResult *result)
{
	switch (result->outcome)
	{
		case STORE_OK:
			break;
		case STORE_NOT_FOUND:
			return FETCH_OBJECT;
		case STORE_NO_BUCKET:
		case STORE_DENIED:
		case STORE_MISCONFIGURED:
			return FETCH_CONFIGURATION;
		case STORE_FORBIDDEN_BUCKET:
		case STORE_TOO_LARGE:
			return FETCH_PERMANENT;
		case STORE_REFUSED:
			/* a bucket that lives elsewhere is not the event's fault */
			return strcmp(result->error.code, "PermanentRedirect") == 0
					   ? FETCH_CONFIGURATION
					   : FETCH_PERMANENT;
		case STORE_UNAVAILABLE:
			if (strcmp(result->error.code, "CONNECTION_REFUSED") == 0 ||
				strcmp(result->error.code, "DNS_ERROR") == 0)
				return FETCH_STORE;
			return FETCH_OBJECT;
	}
	return FETCH_OBJECT;
}

const char *
fetch_rejection(StoreOutcome outcome)
{
	switch (outcome)
	{
		case STORE_FORBIDDEN_BUCKET:
			return "FORBIDDEN_BUCKET";
		case STORE_TOO_LARGE:
			return "BATCH_TOO_LARGE";
		default:
			return "OBJECT_REFUSED";
	}
}

int
retry_delay_ms(int attempts)
{
	int delay = RETRY_FIRST_MS;
	double jitter = 0.75 + 0.5 * pg_prng_double(&pg_global_prng_state);

	for (int i = 1; i < attempts && delay < RETRY_LAST_MS; i++)
		delay *= 2;
	return (int) (Min(delay, RETRY_LAST_MS) * jitter);
}
