/*-------------------------------------------------------------------------
 *
 * transfer_result.c
 *	  What the end of a transfer means.
 *
 * The first of these that is so: our callbacks broke it off; the server has
 * answered that it cannot; curl has failed; the object is there.
 *
 *-------------------------------------------------------------------------
 */
#include "io/network_error.h"
#include "io/s3_error.h"
#include "io/store_text.h"
#include "io/transfer_internal.h"

#include <errno.h>

void
transfer_no_memory(StoreResult *result)
{
	result->outcome = STORE_UNAVAILABLE;
	io_error_set(&result->error, "NO_MEMORY", "",
				 "out of memory while fetching an object");
}

/* Which of the three timeouts was it? */
static NetworkTrouble
find_timeout(const Transfer *transfer)
{
	int64_t elapsed_us = io_now_us() - transfer->fetch->started_us;
	curl_off_t ready_us = 0;

	if (elapsed_us / 1000000 >= transfer->config->options.total_timeout_s)
		return NETWORK_TOTAL_TIMEOUT;
	/* Stays 0 until the request can be sent. */
	if (curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T,
						  &ready_us) != CURLE_OK ||
		ready_us == 0)
		return NETWORK_CONNECT_TIMEOUT;
	return NETWORK_STALLED;
}

static bool
was_refused(const Transfer *transfer)
{
	long reason = 0;

	return curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &reason) ==
			   CURLE_OK &&
		   reason == ECONNREFUSED;
}

/*
 * What curl answers, from 8.16 on, to a key that it cannot use.  No other
 * setting of ours earns it.
 */
static NetworkTrouble
find_bad_argument(const Transfer *transfer)
{
	return transfer->config->options.tls_cert_file != NULL
			   ? NETWORK_TLS_OWN_CERTIFICATE
			   : NETWORK_BROKEN;
}

/* It began its answer as HTTP does, so what is wrong is this answer. */
static bool
speaks_http(const Transfer *transfer)
{
	long status = 0;

	return curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE,
							 &status) == CURLE_OK &&
		   status != 0;
}

static NetworkTrouble
find_trouble(const Transfer *transfer, CURLcode code)
{
	switch (code)
	{
		case CURLE_COULDNT_RESOLVE_HOST:
			return NETWORK_DNS;
		case CURLE_COULDNT_CONNECT:
			return was_refused(transfer) ? NETWORK_REFUSED : NETWORK_BROKEN;
		case CURLE_OPERATION_TIMEDOUT:
			return find_timeout(transfer);
		case CURLE_PARTIAL_FILE:
			return NETWORK_TRUNCATED;
		case CURLE_GOT_NOTHING:
			return NETWORK_NO_ANSWER;
		case CURLE_OUT_OF_MEMORY:
			return NETWORK_NO_MEMORY;
		case CURLE_URL_MALFORMAT:
		case CURLE_UNSUPPORTED_PROTOCOL:
			return NETWORK_NOT_HTTP;
		case CURLE_WEIRD_SERVER_REPLY:
			return speaks_http(transfer) ? NETWORK_BROKEN : NETWORK_NOT_HTTP;
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_ISSUER_ERROR:
			return NETWORK_TLS_UNVERIFIED;
		case CURLE_SSL_CACERT_BADFILE:
			return NETWORK_TLS_CA_FILE;
		case CURLE_SSL_CERTPROBLEM:
			return NETWORK_TLS_OWN_CERTIFICATE;
		case CURLE_BAD_FUNCTION_ARGUMENT:
			return find_bad_argument(transfer);
		case CURLE_SSL_CONNECT_ERROR:
			return NETWORK_TLS_HANDSHAKE;
		default:
			return NETWORK_BROKEN;
	}
}

static void
set_network_error(Transfer *transfer, CURLcode code)
{
	Fetch *fetch = transfer->fetch;
	NetworkFailure failure = {
		.trouble = find_trouble(transfer, code),
		.words = transfer->curl_error[0] != '\0' ? transfer->curl_error
												 : curl_easy_strerror(code),
		.server = transfer->config->address.server,
		.bucket = fetch->bucket,
		.key = fetch->key,
	};

	fetch->result.outcome = network_error_read(&failure, &fetch->result.error);
}

static void
set_too_large(const StoreConfig *config, Fetch *fetch)
{
	char object[128];

	store_text_object(object, sizeof(object), fetch->bucket, fetch->key);
	fetch->result.outcome = STORE_TOO_LARGE;
	io_error_set(&fetch->result.error, "TOO_LARGE", "",
				 "object \"%s\" is larger than %zu bytes", object,
				 config->options.max_bytes);
}

void
transfer_conclude(Transfer *transfer, CURLcode code)
{
	const StoreConfig *config = transfer->config;
	Fetch *fetch = transfer->fetch;
	StoreResult *result = &fetch->result;
	S3Failure failure = {
		.http_status = transfer->response.status,
		.body = result->body.data,
		.body_length = result->body.length,
		.server = config->address.server,
		.bucket = fetch->bucket,
		.key = fetch->key,
		.is_signed = config->options.access_key != NULL,
	};

	result->server_time = transfer->response.server_time;
	if (transfer->response.status >= 200)
		result->http_status = transfer->response.status;
	if (transfer->is_too_large)
		set_too_large(config, fetch);
	else if (transfer->is_out_of_memory)
		transfer_no_memory(result);
	else if (result->http_status != 0 && result->http_status != 200)
		result->outcome = s3_error_read(&failure, &result->error);
	else if (code != CURLE_OK)
		set_network_error(transfer, code);
	else
	{
		result->outcome = STORE_OK;
		result->marked_zstd = transfer->response.marked_zstd ||
							  s3_response_key_is_zstd(fetch->key);
	}
}
