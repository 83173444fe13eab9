/*-------------------------------------------------------------------------
 *
 * transfer_internal.h
 *	  One transfer, shared by the files transfer*.c only.
 *
 * transfers.c keeps the places and curl's multi handle, starts transfers and
 * moves them along; transfer_request.c tells curl what to ask for and keeps
 * what comes; transfer_result.c says what the end of one means.  These are
 * the only files that include curl.
 *
 * A place is free, or has one fetch from its start to its end.  Its curl handle
 * is kept from fetch to fetch, so connections and everything set up once are
 * used again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_TRANSFER_INTERNAL_H
#define ANALYTICS_TRANSFER_INTERNAL_H

#include "io/fetch_queue.h"
#include "io/s3_address.h"
#include "io/s3_response.h"
#include "io/store_config.h"

#include <curl/curl.h>

/* One of max_fetches places in which a fetch can run. */
typedef struct Transfer
{
	const StoreConfig *config; /* of the store */
	Fetch *fetch;              /* NULL: free */
	CURL *easy; /* kept from fetch to fetch; NULL before the first */
	struct curl_slist *headers; /* of the request */
	S3Response response;        /* what its headers have said so far */
	bool is_too_large;          /* why our callbacks broke it off */
	bool is_out_of_memory;
	char curl_error[CURL_ERROR_SIZE]; /* in curl's words; "": none */
} Transfer;

/* --- transfer_request.c --- */

/*
 * Have the place's handle ask for this target, for its fetch.  False when
 * memory is out; the place is left for transfer_clear().
 */
extern bool transfer_prepare(Transfer *transfer, const S3Target *target);

/* After the end of a request that curl does not have, or no longer has. */
extern void transfer_clear(Transfer *transfer);

/* --- transfer_result.c --- */

/* Make the result of what curl and the headers said. */
extern void transfer_conclude(Transfer *transfer, CURLcode code);

/* Say so in a result. */
extern void transfer_no_memory(StoreResult *result);

#endif /* ANALYTICS_TRANSFER_INTERNAL_H */
