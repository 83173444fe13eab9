/*-------------------------------------------------------------------------
 *
 * tally.c
 *	  What a pipeline counts that belongs to no transaction.
 *
 * Sorts the failures of the store into a few reasons, whose number is bounded
 * whatever a server answers.  Only adds up; it writes nothing anywhere.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/retry.h"
#include "ingest/tally.h"

typedef struct FaultOfCode
{
	const char *code;
	StoreFault fault;
} FaultOfCode;

/* Of STORE_UNAVAILABLE; any other code is the server's own, with its status. */
static const FaultOfCode faults_of_codes[] = {
	{"CONNECTION_REFUSED", STORE_FAULT_UNREACHABLE},
	{"DNS_ERROR", STORE_FAULT_UNREACHABLE},
	{"NETWORK_ERROR", STORE_FAULT_UNREACHABLE},
	{"TRUNCATED", STORE_FAULT_UNREACHABLE},
	{"TIMEOUT", STORE_FAULT_TIMEOUT},
	{"STALLED", STORE_FAULT_TIMEOUT},
};

static StoreFault
unavailable_fault(const StoreResult *result)
{
	for (int i = 0; i < lengthof(faults_of_codes); i++)
		if (strcmp(result->error.code, faults_of_codes[i].code) == 0)
			return faults_of_codes[i].fault;
	return result->http_status != 0 ? STORE_FAULT_SERVER_ERROR
									: STORE_FAULT_OTHER;
}

static StoreFault
fault_of(const StoreResult *result)
{
	switch (result->outcome)
	{
		case STORE_UNAVAILABLE:
			return unavailable_fault(result);
		case STORE_DENIED:
			return STORE_FAULT_DENIED;
		case STORE_NO_BUCKET:
			return STORE_FAULT_NO_BUCKET;
		default:
			return STORE_FAULT_MISCONFIGURED;
	}
}

void
tally_store_result(PipelineTally *tally, const StoreResult *result)
{
	FetchFailure failure;

	if (result->outcome == STORE_OK)
		return;
	failure = fetch_classify(result);
	if (failure != FETCH_PERMANENT && failure != FETCH_AMBIGUOUS)
		tally->store_faults[fault_of(result)]++;
}

const char *
tally_stage_name(RetryStage stage)
{
	static const char *const names[RETRY_STAGES] = {
		[RETRY_FETCH] = "fetch",
		[RETRY_DECODE] = "decode",
		[RETRY_COMMIT] = "commit",
	};

	return names[stage];
}

const char *
tally_fault_name(StoreFault fault)
{
	static const char *const names[STORE_FAULTS] = {
		[STORE_FAULT_UNREACHABLE] = "unreachable",
		[STORE_FAULT_TIMEOUT] = "timeout",
		[STORE_FAULT_SERVER_ERROR] = "server_error",
		[STORE_FAULT_DENIED] = "denied",
		[STORE_FAULT_NO_BUCKET] = "no_bucket",
		[STORE_FAULT_MISCONFIGURED] = "misconfigured",
		[STORE_FAULT_OTHER] = "other",
	};

	return names[fault];
}
