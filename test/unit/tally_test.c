/*-------------------------------------------------------------------------
 *
 * tally_test.c
 *	  Which faults of a store are counted, and under which reason: for every
 *	  outcome, and for every code that the io layer gives to a store that is
 *	  not available.
 *
 * Prints TAP; needs no server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdio.h>

#include "common/pg_prng.h"
#include "utils/guc.h"

#include "ingest/tally.h"
#include "io/network_error.h"
#include "io/s3_error.h"

/* the server's own, which is not linked in */
#undef printf
#undef snprintf

/* What retry.c takes from the server for its delays: none is asked for here. */
pg_prng_state pg_global_prng_state;

double
pg_prng_double(pg_prng_state *state)
{
	abort();
}

void
DefineCustomRealVariable(const char *name, const char *short_desc,
						 const char *long_desc, double *valueAddr,
						 double bootValue, double minValue, double maxValue,
						 GucContext context, int flags,
						 GucRealCheckHook check_hook,
						 GucRealAssignHook assign_hook, GucShowHook show_hook)
{
	abort();
}

static int tests = 0;
static int failures = 0;

static void
check(bool passed, const char *of, const char *what)
{
	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - %s: %s\n", passed ? "" : "not ", tests, of, what);
}

/* The one reason under which a result is counted; "": none, "?": several. */
static const char *
reason_of(const StoreResult *result)
{
	PipelineTally tally = {0};
	const char *reason = "";

	tally_store_result(&tally, result);
	for (int i = 0; i < STORE_FAULTS; i++)
	{
		if (tally.store_faults[i] == 0)
			continue;
		if (reason[0] != '\0' || tally.store_faults[i] != 1)
			return "?";
		reason = tally_fault_name(i);
	}
	return reason;
}

static void
is_counted(const StoreResult *result, const char *of, const char *reason)
{
	const char *got = reason_of(result);

	check(strcmp(got, reason) == 0, of,
		  reason[0] != '\0' ? reason : "no fault of the store");
	if (strcmp(got, reason) != 0)
		printf("# got \"%s\", of the code \"%s\"\n", got, result->error.code);
}

/* What the network does, by the code that the io layer gives it. */
static void
test_network(void)
{
	static const struct
	{
		NetworkTrouble trouble;
		const char *name;
		const char *reason;
	} cases[] = {
		{NETWORK_DNS, "no such host", "unreachable"},
		{NETWORK_REFUSED, "connection refused", "unreachable"},
		{NETWORK_CONNECT_TIMEOUT, "connecting takes too long", "timeout"},
		{NETWORK_STALLED, "next to nothing comes", "timeout"},
		{NETWORK_TOTAL_TIMEOUT, "the transfer takes too long", "timeout"},
		{NETWORK_TRUNCATED, "cut off", "unreachable"},
		{NETWORK_NO_ANSWER, "closed without an answer", "unreachable"},
		{NETWORK_NO_MEMORY, "no memory", "other"},
		{NETWORK_NOT_HTTP, "no HTTP", "misconfigured"},
		{NETWORK_TLS_UNVERIFIED, "certificate", "misconfigured"},
		{NETWORK_TLS_CA_FILE, "CA file", "misconfigured"},
		{NETWORK_TLS_OWN_CERTIFICATE, "own certificate", "misconfigured"},
		{NETWORK_TLS_HANDSHAKE, "handshake", "misconfigured"},
		{NETWORK_BROKEN, "anything else", "unreachable"},
	};

	check(lengthof(cases) == NETWORK_BROKEN + 1, "network", "every trouble");
	for (int i = 0; i < lengthof(cases); i++)
	{
		NetworkFailure failure = {.trouble = cases[i].trouble,
								  .words = "",
								  .server = "store:9000",
								  .bucket = "b",
								  .key = "k"};
		StoreResult result = {0};

		result.outcome = network_error_read(&failure, &result.error);
		is_counted(&result, cases[i].name, cases[i].reason);
	}
}

/* What the server says. */
static void
test_answers(void)
{
	static const struct
	{
		int status;
		const char *code; /* in its body */
		const char *reason;
	} cases[] = {
		{500, "InternalError", "server_error"},
		{503, "SlowDown", "server_error"},
		{503, "", "server_error"},
		{502, "", "server_error"},
		{429, "", "server_error"},
		{400, "RequestTimeout", "server_error"},
		{403, "AccessDenied", "denied"},
		{403, "SignatureDoesNotMatch", "denied"},
		{403, "RequestTimeTooSkewed", "denied"},
		{404, "NoSuchBucket", "no_bucket"},
		{301, "PermanentRedirect", "misconfigured"},
		{404, "NoSuchKey", ""},
		{403, "InvalidObjectState", ""},
		{400, "InvalidArgument", ""},
	};

	for (int i = 0; i < lengthof(cases); i++)
	{
		char body[128];
		char name[64];
		S3Failure failure = {.http_status = cases[i].status,
							 .body = body,
							 .server = "store:9000",
							 .bucket = "b",
							 .key = "k",
							 .is_signed = true};
		StoreResult result = {.http_status = cases[i].status};

		snprintf(body, sizeof(body), "<Error><Code>%s</Code></Error>",
				 cases[i].code);
		failure.body_length = strlen(body);
		snprintf(name, sizeof(name), "HTTP %d %s", cases[i].status,
				 cases[i].code);
		result.outcome = s3_error_read(&failure, &result.error);
		is_counted(&result, name, cases[i].reason);
	}
}

/* What no server has said. */
static void
test_others(void)
{
	static const struct
	{
		StoreOutcome outcome;
		const char *code;
		const char *reason;
	} cases[] = {
		{STORE_OK, "", ""},
		{STORE_FORBIDDEN_BUCKET, "", ""},
		{STORE_TOO_LARGE, "", ""},
		{STORE_REFUSED, "NOT_A_FILE", ""},
		{STORE_UNAVAILABLE, "IO_ERROR", "other"},
		{STORE_UNAVAILABLE, "CURL_ERROR", "other"},
		{STORE_MISCONFIGURED, "NO_FOLDER", "misconfigured"},
	};

	for (int i = 0; i < lengthof(cases); i++)
	{
		StoreResult result = {.outcome = cases[i].outcome};

		snprintf(result.error.code, sizeof(result.error.code), "%s",
				 cases[i].code);
		is_counted(&result, cases[i].code, cases[i].reason);
	}
}

/* Labels of metrics, which the views list one by one. */
static void
test_names(void)
{
	static const char *const stages[] = {"fetch", "decode", "commit"};

	check(lengthof(stages) == RETRY_STAGES, "retries", "every stage");
	for (int i = 0; i < lengthof(stages); i++)
		check(strcmp(tally_stage_name(i), stages[i]) == 0, "retries",
			  stages[i]);
}

int
main(void)
{
	test_network();
	test_answers();
	test_others();
	test_names();
	printf("1..%d\n", tests);
	return failures > 0;
}
