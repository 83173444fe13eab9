/*-------------------------------------------------------------------------
 *
 * tally.h
 *	  What a pipeline counts that belongs to no transaction.
 *
 * A fetch that failed is no row of any table.  It is noted here, in plain
 * memory, and whoever owns the pipeline takes the numbers and sees to it that
 * they get into the durable counters.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_TALLY_H
#define ANALYTICS_TALLY_H

#include "postgres.h"

#include "io/object_store.h"

/* What is tried again. */
typedef enum RetryStage
{
	RETRY_FETCH,
	RETRY_DECODE,
	RETRY_COMMIT,
	RETRY_STAGES
} RetryStage;

/* Why the store did not do its part. */
typedef enum StoreFault
{
	STORE_FAULT_UNREACHABLE, /* no connection, or it broke */
	STORE_FAULT_TIMEOUT,
	STORE_FAULT_SERVER_ERROR, /* 5xx, too many requests */
	STORE_FAULT_DENIED,
	STORE_FAULT_NO_BUCKET,
	STORE_FAULT_MISCONFIGURED, /* certificate, no S3 server, redirect */
	STORE_FAULT_OTHER,         /* this machine: memory, a file */
	STORE_FAULTS
} StoreFault;

typedef struct PipelineTally
{
	int64 retries[RETRY_STAGES];
	int64 store_faults[STORE_FAULTS];
} PipelineTally;

/*
 * Count the result if it shows a fault of the store; an object that is not
 * there, or that is refused for what it is, shows none.
 */
extern void tally_store_result(PipelineTally *tally,
							   const StoreResult *result);

/* Constants, for labels. */
extern const char *tally_stage_name(RetryStage stage);
extern const char *tally_fault_name(StoreFault fault);

#endif /* ANALYTICS_TALLY_H */
