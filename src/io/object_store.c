/*-------------------------------------------------------------------------
 *
 * object_store.c
 *	  Fetches under way: queue, start, move along, hand over.
 *
 * A fetch waits in a queue until a transfer is free, runs in curl's multi
 * interface (or is read from a folder in one go), and ends in a queue of
 * results.  curl tells which sockets it waits for and until when; the
 * sockets live in an epoll set of ours, whose descriptor is what the caller
 * sleeps on.  Transfers keep their curl handle, so connections and
 * everything set up once are used again.
 *
 * This is the only file that includes curl.  No call here ever waits for the
 * network, and no callback does more than copy bytes into malloc'd memory.
 * All signals are blocked while curl runs, so that the threads in which it
 * resolves names are born with them blocked.
 *
 *-------------------------------------------------------------------------
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#endif

#include "io/object_store.h"

#include "io/fetch_queue.h"
#include "io/file_store.h"
#include "io/network_error.h"
#include "io/s3_address.h"
#include "io/s3_error.h"
#include "io/s3_response.h"
#include "io/sigv4.h"
#include "io/store_config.h"
#include "io/store_text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#define ERROR_BODY_BYTES ((size_t) 8192)
/* Of a claimed Content-Length, at most so much is reserved at once. */
#define RESERVE_BYTES ((size_t) 4 * 1024 * 1024)
#define STALL_BYTES_PER_SECOND 1000L
#define EVENTS_AT_ONCE 64
/* store_run() returns to its caller after so much, done or not. */
#define TURNS_PER_RUN 16
#define RUN_MS 5

/* One of max_fetches places in which a fetch can run. */
typedef struct Transfer
{
	StoreClient *store;
	Fetch *fetch; /* NULL: free */
	CURL *easy;   /* kept from fetch to fetch; NULL before the first */
	struct curl_slist *headers;
	S3Response response;
	bool is_too_large;
	bool is_out_of_memory;
	char curl_error[CURL_ERROR_SIZE];
} Transfer;

struct StoreClient
{
	StoreConfig config;
	CURLM *multi; /* NULL: broke, and is made anew for the next fetch */
	int epoll_fd;
	int64_t timer_at; /* io_now_ms() at which curl wants a call; -1: none */
	FetchQueue waiting;
	FetchQueue done;
	Transfer *transfers; /* options.max_fetches of them */
	int running;         /* those that have a fetch */
	int active;          /* fetches in all: waiting, running, done */
};

/* ----- small things ----- */

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
block_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

static void
restore_signals(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* The fetch is over; result.outcome and .error are set. */
static void
fetch_done(StoreClient *store, Fetch *fetch)
{
	if (fetch->started_us != 0)
		fetch->result.elapsed_us = now_us() - fetch->started_us;
	if (fetch->result.outcome != STORE_OK)
		io_buffer_free(&fetch->result.body);
	fetch_queue_push(&store->done, fetch);
}

static void
set_no_memory(StoreResult *result)
{
	result->outcome = STORE_UNAVAILABLE;
	io_error_set(&result->error, "NO_MEMORY", "",
				 "out of memory while fetching an object");
}

/* ----- what curl calls ----- */

static size_t
on_header(char *line, size_t size, size_t count, void *context)
{
	Transfer *transfer = context;
	S3Response *response = &transfer->response;
	IoBuffer *body = &transfer->fetch->result.body;
	size_t max_bytes = transfer->store->config.options.max_bytes;
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
	size_t limit = is_object ? transfer->store->config.options.max_bytes
							 : ERROR_BODY_BYTES;
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

static int
on_timer(CURLM *multi, long timeout_ms, void *context)
{
	StoreClient *store = context;

	(void) multi;
	store->timer_at = timeout_ms < 0 ? -1 : io_now_ms() + timeout_ms;
	return 0;
}

/* curl says what it waits for on a socket; -1 breaks all transfers off. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *context,
		  void *socket_context)
{
	StoreClient *store = context;
	struct epoll_event event = {0};

	(void) easy;
	(void) socket_context;
	if (what == CURL_POLL_REMOVE)
	{
		/* The socket may be closed already, and so out of the set. */
		(void) epoll_ctl(store->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	event.data.fd = fd;
	if (epoll_ctl(store->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
		return 0;
	if (errno == ENOENT &&
		epoll_ctl(store->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	return -1;
}

/* ----- curl's handles ----- */

static bool
open_multi(StoreClient *store)
{
	CURLM *multi = curl_multi_init();
	long transfers = store->config.options.max_fetches;
	bool ok = multi != NULL;

#define SET(option, value)                                                    \
	ok = ok && curl_multi_setopt(multi, option, value) == CURLM_OK
	SET(CURLMOPT_SOCKETFUNCTION, on_socket);
	SET(CURLMOPT_SOCKETDATA, store);
	SET(CURLMOPT_TIMERFUNCTION, on_timer);
	SET(CURLMOPT_TIMERDATA, store);
	SET(CURLMOPT_MAXCONNECTS, transfers);
	SET(CURLMOPT_PIPELINING, (long) CURLPIPE_NOTHING);
#undef SET
	if (!ok && multi != NULL)
	{
		curl_multi_cleanup(multi);
		multi = NULL;
	}
	store->multi = multi;
	store->timer_at = -1;
	return ok;
}

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
	const StoreOptions *options = &transfer->store->config.options;
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

/* ----- starting a transfer ----- */

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

/* Give curl the transfer's fetch. */
static bool
launch(Transfer *transfer, const S3Target *target)
{
	StoreClient *store = transfer->store;
	const StoreOptions *options = &store->config.options;

	/* Host as it was signed, so that curl and we cannot differ. */
	return (store->multi != NULL || open_multi(store)) &&
		   open_easy(transfer) &&
		   add_header(&transfer->headers, "Host", target->host) &&
		   (options->access_key == NULL ||
			add_signature(options, target, &transfer->headers)) &&
		   curl_easy_setopt(transfer->easy, CURLOPT_URL, target->url) ==
			   CURLE_OK &&
		   curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER,
							transfer->headers) == CURLE_OK &&
		   curl_multi_add_handle(store->multi, transfer->easy) == CURLM_OK;
}

/* Free the place of a fetch that curl does not have, or no longer has. */
static Fetch *
vacate(Transfer *transfer)
{
	Fetch *fetch = transfer->fetch;

	if (transfer->easy != NULL)
		curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(transfer->headers);
	transfer->headers = NULL;
	transfer->fetch = NULL;
	transfer->store->running--;
	return fetch;
}

static void
start_transfer(Transfer *transfer, Fetch *fetch)
{
	StoreClient *store = transfer->store;
	S3Target target;

	fetch->started_us = now_us();
	fetch->result.outcome =
		s3_target_build(&store->config.address, fetch->bucket, fetch->key,
						&target, &fetch->result.error);
	if (fetch->result.outcome != STORE_OK)
	{
		fetch_done(store, fetch);
		return;
	}
	transfer->fetch = fetch;
	transfer->is_too_large = false;
	transfer->is_out_of_memory = false;
	transfer->curl_error[0] = '\0';
	s3_response_init(&transfer->response);
	store->running++;
	if (!launch(transfer, &target))
	{
		set_no_memory(&vacate(transfer)->result);
		fetch_done(store, fetch);
	}
	s3_target_free(&target);
}

static void
start_waiting(StoreClient *store)
{
	for (int i = 0; i < store->config.options.max_fetches; i++)
	{
		Transfer *transfer = &store->transfers[i];

		/* A refused fetch leaves its place to the next one. */
		while (transfer->fetch == NULL && store->waiting.first != NULL)
			start_transfer(transfer, fetch_queue_pop(&store->waiting));
		if (store->waiting.first == NULL)
			return;
	}
}

/* ----- ending a transfer ----- */

/* Which of the three timeouts was it? */
static NetworkTrouble
find_timeout(const Transfer *transfer)
{
	int64_t elapsed_us = now_us() - transfer->fetch->started_us;
	curl_off_t ready_us = 0;

	if (elapsed_us / 1000000 >=
		transfer->store->config.options.total_timeout_s)
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
	return transfer->store->config.options.tls_cert_file != NULL
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
		.server = transfer->store->config.address.server,
		.bucket = fetch->bucket,
		.key = fetch->key,
	};

	fetch->result.outcome = network_error_read(&failure, &fetch->result.error);
}

static void
set_too_large(const StoreClient *store, Fetch *fetch)
{
	char object[128];

	store_text_object(object, sizeof(object), fetch->bucket, fetch->key);
	fetch->result.outcome = STORE_TOO_LARGE;
	io_error_set(&fetch->result.error, "TOO_LARGE", "",
				 "object \"%s\" is larger than %zu bytes", object,
				 store->config.options.max_bytes);
}

/* Make the result of what curl and the headers said. */
static void
conclude(Transfer *transfer, CURLcode code)
{
	const StoreClient *store = transfer->store;
	Fetch *fetch = transfer->fetch;
	StoreResult *result = &fetch->result;
	S3Failure failure = {
		.http_status = transfer->response.status,
		.body = result->body.data,
		.body_length = result->body.length,
		.server = store->config.address.server,
		.bucket = fetch->bucket,
		.key = fetch->key,
		.is_signed = store->config.options.access_key != NULL,
	};

	result->server_time = transfer->response.server_time;
	if (transfer->response.status >= 200)
		result->http_status = transfer->response.status;
	if (transfer->is_too_large)
		set_too_large(store, fetch);
	else if (transfer->is_out_of_memory)
		set_no_memory(result);
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

static void
end_transfer(Transfer *transfer, CURLcode code)
{
	StoreClient *store = transfer->store;

	conclude(transfer, code);
	curl_multi_remove_handle(store->multi, transfer->easy);
	fetch_done(store, vacate(transfer));
}

/*
 * curl's multi handle is broken (no memory, or no room in the epoll set):
 * give up on all that runs, and begin anew with the next fetch.
 */
static void
give_up_multi(StoreClient *store, CURLMcode code)
{
	for (int i = 0; i < store->config.options.max_fetches; i++)
	{
		Transfer *transfer = &store->transfers[i];
		Fetch *fetch = transfer->fetch;

		if (fetch == NULL)
			continue;
		curl_multi_remove_handle(store->multi, transfer->easy);
		vacate(transfer);
		fetch->result.outcome = STORE_UNAVAILABLE;
		io_error_set(&fetch->result.error, "CURL_ERROR", "",
					 "transfers from \"%.*s\" broke off: %s", 72,
					 store->config.address.server, curl_multi_strerror(code));
		fetch_done(store, fetch);
	}
	curl_multi_cleanup(store->multi);
	store->multi = NULL;
	store->timer_at = -1;
}

/* ----- moving along ----- */

/* Let curl do what is due.  False: nothing was. */
static bool
drive(StoreClient *store)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	CURLMcode code = CURLM_OK;
	bool was_due = store->timer_at >= 0 && io_now_ms() >= store->timer_at;
	int running;
	int count;

	if (store->multi == NULL)
		return false;
	if (was_due)
	{
		store->timer_at = -1;
		code = curl_multi_socket_action(store->multi, CURL_SOCKET_TIMEOUT, 0,
										&running);
	}
	count = epoll_wait(store->epoll_fd, events, EVENTS_AT_ONCE, 0);
	for (int i = 0; i < count && code == CURLM_OK; i++)
	{
		int what = 0;

		if (events[i].events & EPOLLIN)
			what |= CURL_CSELECT_IN;
		if (events[i].events & EPOLLOUT)
			what |= CURL_CSELECT_OUT;
		if (events[i].events & (EPOLLERR | EPOLLHUP))
			what |= CURL_CSELECT_ERR;
		code = curl_multi_socket_action(store->multi, events[i].data.fd, what,
										&running);
	}
	if (code != CURLM_OK)
		give_up_multi(store, code);
	return was_due || count > 0;
}

/* Take the transfers that ended. */
static void
reap(StoreClient *store)
{
	CURLMsg *message;
	int left;

	while (store->multi != NULL &&
		   (message = curl_multi_info_read(store->multi, &left)) != NULL)
	{
		CURLcode code = message->data.result;
		char *place = NULL;

		if (message->msg == CURLMSG_DONE &&
			curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
							  &place) == CURLE_OK &&
			place != NULL)
			end_transfer((Transfer *) (void *) place, code);
	}
}

static void
run_transfers(StoreClient *store)
{
	int64_t until = io_now_ms() + RUN_MS;
	sigset_t signals;

	block_signals(&signals);
	for (int turn = 0; turn < TURNS_PER_RUN && io_now_ms() <= until; turn++)
	{
		bool was_busy;

		start_waiting(store);
		was_busy = drive(store);
		reap(store);
		if (!was_busy)
			break;
	}
	restore_signals(&signals);
}

static void
run_files(StoreClient *store)
{
	const StoreConfig *config = &store->config;

	for (int i = 0; i < config->options.max_fetches; i++)
	{
		Fetch *fetch = fetch_queue_pop(&store->waiting);
		StoreResult *result;

		if (fetch == NULL)
			return;
		result = &fetch->result;
		fetch->started_us = now_us();
		result->outcome = file_store_read(
			config->folder, fetch->bucket, fetch->key,
			config->options.max_bytes, &result->body, &result->error);
		result->marked_zstd = s3_response_key_is_zstd(fetch->key);
		fetch_done(store, fetch);
	}
}

/* ----- the public functions ----- */

static bool
init_curl(IoError *error)
{
	static bool is_done = false;

	if (!is_done && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
	{
		io_error_set(error, "CURL_INIT", "", "could not initialize libcurl");
		return false;
	}
	is_done = true;
	return true;
}

StoreClient *
store_create(const StoreOptions *options, IoError *error)
{
	StoreClient *store = calloc(1, sizeof(StoreClient));

	if (store == NULL)
	{
		io_error_set(error, "NO_MEMORY", "", "out of memory");
		return NULL;
	}
	store->epoll_fd = -1;
	store->timer_at = -1;
	fetch_queue_init(&store->waiting);
	fetch_queue_init(&store->done);
	if (!store_config_init(&store->config, options, error) ||
		(store->config.folder == NULL && !init_curl(error)))
	{
		store_destroy(store);
		return NULL;
	}
	store->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	store->transfers =
		calloc((size_t) store->config.options.max_fetches, sizeof(Transfer));
	if (store->epoll_fd < 0 || store->transfers == NULL)
	{
		io_error_set(error, "NO_RESOURCES", "",
					 "no memory or no file descriptor left for an object "
					 "store");
		store_destroy(store);
		return NULL;
	}
	for (int i = 0; i < store->config.options.max_fetches; i++)
		store->transfers[i].store = store;
	return store;
}

/* Stop the transfers of an owner (all, when every); how many there were. */
static int
stop_transfers(StoreClient *store, const void *owner, bool every)
{
	int stopped = 0;
	sigset_t signals;

	block_signals(&signals);
	for (int i = 0; i < store->config.options.max_fetches; i++)
	{
		Transfer *transfer = &store->transfers[i];

		if (transfer->fetch == NULL ||
			(!every && transfer->fetch->result.owner != owner))
			continue;
		curl_multi_remove_handle(store->multi, transfer->easy);
		fetch_free(vacate(transfer));
		stopped++;
	}
	restore_signals(&signals);
	return stopped;
}

static void
close_curl(StoreClient *store)
{
	sigset_t signals;

	block_signals(&signals);
	for (int i = 0; i < store->config.options.max_fetches; i++)
	{
		if (store->transfers[i].easy != NULL)
			curl_easy_cleanup(store->transfers[i].easy);
	}
	if (store->multi != NULL)
		curl_multi_cleanup(store->multi);
	restore_signals(&signals);
}

void
store_destroy(StoreClient *store)
{
	if (store == NULL)
		return;
	fetch_queue_clear(&store->waiting);
	fetch_queue_clear(&store->done);
	if (store->transfers != NULL)
	{
		stop_transfers(store, NULL, true);
		close_curl(store);
	}
	free(store->transfers);
	if (store->epoll_fd >= 0)
		close(store->epoll_fd);
	store_config_free(&store->config);
	free(store);
}

static void
refuse_bucket(StoreClient *store, Fetch *fetch)
{
	char bucket[96];

	store_text_clean(bucket, sizeof(bucket), fetch->bucket,
					 strlen(fetch->bucket));
	fetch->result.outcome = STORE_FORBIDDEN_BUCKET;
	io_error_set(&fetch->result.error, "FORBIDDEN_BUCKET",
				 "Add the bucket to the server option \"buckets\" if events "
				 "may name it.",
				 "bucket \"%s\" is not one of the buckets allowed", bucket);
	fetch_done(store, fetch);
}

bool
store_start(StoreClient *store, const char *bucket, const char *key,
			void *owner)
{
	Fetch *fetch = fetch_create(bucket, key, owner);

	if (fetch == NULL)
		return false;
	store->active++;
	if (store_config_allows(&store->config, bucket))
		fetch_queue_push(&store->waiting, fetch);
	else
		refuse_bucket(store, fetch);
	return true;
}

void
store_cancel(StoreClient *store, void *owner)
{
	store->active -= fetch_queue_drop(&store->waiting, owner);
	store->active -= fetch_queue_drop(&store->done, owner);
	if (store->running > 0)
		store->active -= stop_transfers(store, owner, false);
}

int
store_socket(const StoreClient *store)
{
	return store->epoll_fd;
}

int
store_timeout_ms(StoreClient *store)
{
	int64_t left;

	if (store->done.first != NULL ||
		(store->waiting.first != NULL &&
		 store->running < store->config.options.max_fetches))
		return 0;
	if (store->timer_at < 0)
		return -1;
	left = store->timer_at - io_now_ms();
	if (left < 0)
		return 0;
	return left < INT32_MAX ? (int) left : INT32_MAX;
}

void
store_run(StoreClient *store)
{
	if (store->config.folder != NULL)
		run_files(store);
	else
		run_transfers(store);
}

bool
store_next(StoreClient *store, StoreResult *result)
{
	Fetch *fetch = fetch_queue_pop(&store->done);

	if (fetch == NULL)
		return false;
	*result = fetch->result;
	free(fetch);
	store->active--;
	return true;
}

void
store_result_free(StoreResult *result)
{
	io_buffer_free(&result->body);
}

int
store_active(const StoreClient *store)
{
	return store->active;
}
