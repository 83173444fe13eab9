/*-------------------------------------------------------------------------
 *
 * transfer_request.c
 *	  What curl is told of a transfer, and what it hands over.
 *
 * Options of its handles, the headers of a request with its signature, and the
 * callbacks, of which none does more than copy bytes into malloc'd memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#endif

#include "io/sigv4.h"
#include "io/transfer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define ERROR_BODY_BYTES ((size_t) 8192)
/* Of a claimed Content-Length, at most so much is reserved at once. */
#define RESERVE_BYTES ((size_t) 4 * 1024 * 1024)
#define STALL_BYTES_PER_SECOND 1000L

/* ----- what curl calls ----- */

static size_t
on_header(char *line, size_t size, size_t count, void *context)
{
	Transfer *transfer = context;
	S3Response *response = &transfer->response;
	IoBuffer *body = &transfer->fetch->result.body;
	size_t max_bytes = transfer->config->options.max_bytes;
	size_t length = size * count;
	bool had_length = response->content_length >= 0;

	s3_response_line(response, line, length);
	if (response->status != 200 || response->content_length < 0 || had_length)
		return length;
	if ((uint64_t) response->content_length > max_bytes)
	{
		transfer->is_too_large = true;
		return 0;
	}
	/* Only a hint: if there is no memory now, on_body() will find out. */
	if (body->capacity == 0 && response->content_length > 0)
		(void) io_buffer_reserve(body,
								 (size_t) response->content_length <
										 RESERVE_BYTES
									 ? (size_t) response->content_length
									 : RESERVE_BYTES,
								 max_bytes);
	return length;
}

/* Keep the bytes; taking fewer than given ends the transfer. */
static size_t
on_body(char *data, size_t size, size_t count, void *context)
{
	Transfer *transfer = context;
	IoBuffer *body = &transfer->fetch->result.body;
	bool is_object = transfer->response.status == 200;
	size_t limit =
		is_object ? transfer->config->options.max_bytes : ERROR_BODY_BYTES;
	size_t length = size * count;
	size_t kept = length;

	if (kept > limit - body->length)
	{
		kept = limit - body->length;
		transfer->is_too_large = is_object;
	}
	if (kept > 0 && !io_buffer_reserve(body, kept, limit))
	{
		transfer->is_out_of_memory = true;
		return 0;
	}
	if (kept > 0)
		memcpy(body->data + body->length, data, kept);
	body->length += kept;
	return kept;
}

static curl_socket_t
on_open_socket(void *context, curlsocktype purpose,
			   struct curl_sockaddr *address)
{
	(void) context;
	(void) purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
				  address->protocol);
}

/* ----- its handle ----- */

static bool
set_tls(CURL *easy, const StoreOptions *options)
{
	bool ok = true;

#define SET(option, value)                                                    \
	ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK
	SET(CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, options->tls_verify ? 1L : 0L);
	SET(CURLOPT_SSL_VERIFYHOST, options->tls_verify ? 2L : 0L);
	if (options->tls_ca_file != NULL)
	{
		/* This file instead of the system's authorities, not beside them. */
		SET(CURLOPT_CAINFO, options->tls_ca_file);
		SET(CURLOPT_CAPATH, NULL);
	}
	if (options->tls_cert_file != NULL)
		SET(CURLOPT_SSLCERT, options->tls_cert_file);
	if (options->tls_key_file != NULL)
		SET(CURLOPT_SSLKEY, options->tls_key_file);
#undef SET
	return ok;
}

static bool
set_http(Transfer *transfer, CURL *easy, const StoreOptions *options)
{
	bool ok = true;

#define SET(option, value)                                                    \
	ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
	SET(CURLOPT_PROTOCOLS, (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Giving up on a name leaves its thread to itself: no join, no wait. */
	SET(CURLOPT_QUICK_EXIT, 1L);
#endif
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SET(CURLOPT_USERAGENT, "analytics");
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_BUFFERSIZE, 131072L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long) options->connect_timeout_ms);
	SET(CURLOPT_TIMEOUT_MS, options->total_timeout_s * 1000L);
	SET(CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_PER_SECOND);
	SET(CURLOPT_LOW_SPEED_TIME, (long) options->stall_timeout_s);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, transfer);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, transfer);
	SET(CURLOPT_PRIVATE, transfer);
	SET(CURLOPT_ERRORBUFFER, transfer->curl_error);
#undef SET
	return ok;
}

static bool
open_easy(Transfer *transfer)
{
	const StoreOptions *options = &transfer->config->options;
	CURL *easy;

	if (transfer->easy != NULL)
		return true;
	easy = curl_easy_init();
	if (easy == NULL)
		return false;
	if (!set_http(transfer, easy, options) || !set_tls(easy, options))
	{
		curl_easy_cleanup(easy);
		return false;
	}
	transfer->easy = easy;
	return true;
}

/* ----- a request ----- */

static bool
add_header(struct curl_slist **list, const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value) + 3;
	char *line = malloc(size);
	struct curl_slist *longer = NULL;

	if (line != NULL)
	{
		snprintf(line, size, "%s: %s", name, value);
		longer = curl_slist_append(*list, line);
		free(line);
	}
	if (longer != NULL)
		*list = longer;
	return longer != NULL;
}

static bool
add_signature(const StoreOptions *options, const S3Target *target,
			  struct curl_slist **list)
{
	SigV4Headers signature;
	SigV4Request request = {
		.method = "GET",
		.host = target->host,
		.path = target->path,
		.query = "",
		.region = options->region,
		.service = "s3",
		.access_key = options->access_key,
		.secret_key = options->secret_key,
		.session_token = options->session_token,
		.payload_hash = SIGV4_EMPTY_PAYLOAD,
		.time = (int64_t) time(NULL),
	};

	return sigv4_sign(&request, &signature) &&
		   add_header(list, "x-amz-content-sha256", SIGV4_EMPTY_PAYLOAD) &&
		   add_header(list, "x-amz-date", signature.amz_date) &&
		   (options->session_token == NULL ||
			add_header(list, "x-amz-security-token",
					   options->session_token)) &&
		   add_header(list, "Authorization", signature.authorization);
}

bool
transfer_prepare(Transfer *transfer, const S3Target *target)
{
	const StoreOptions *options = &transfer->config->options;

	transfer->is_too_large = false;
	transfer->is_out_of_memory = false;
	transfer->curl_error[0] = '\0';
	s3_response_init(&transfer->response);
	/* Host as it was signed, so that curl and we cannot differ. */
	return open_easy(transfer) &&
		   add_header(&transfer->headers, "Host", target->host) &&
		   (options->access_key == NULL ||
			add_signature(options, target, &transfer->headers)) &&
		   curl_easy_setopt(transfer->easy, CURLOPT_URL, target->url) ==
			   CURLE_OK &&
		   curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER,
							transfer->headers) == CURLE_OK;
}

void
transfer_clear(Transfer *transfer)
{
	if (transfer->easy != NULL)
		curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(transfer->headers);
	transfer->headers = NULL;
}
