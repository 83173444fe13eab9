/*-------------------------------------------------------------------------
 *
 * transfers.c
 *	  Fetches that run in curl: start, move along, end.
 *
 * curl's multi interface runs them.  It tells which sockets it waits for and
 * until when; the sockets live in an epoll set of ours, whose descriptor is
 * what the caller sleeps on.  No call here ever waits for the network.  All
 * signals are blocked while curl runs, so that the threads in which it resolves
 * names are born with them blocked.
 *
 *-------------------------------------------------------------------------
 */
#include "io/transfer_internal.h"
#include "io/transfers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 64
/* transfers_run() returns to its caller after so much, done or not. */
#define TURNS_PER_RUN 16
#define RUN_MS 5

struct Transfers
{
	const StoreConfig *config;
	FetchQueue *waiting; /* the caller's: taken from */
	FetchQueue *done;    /* likewise: given to */
	CURLM *multi;        /* NULL: broke, and is made anew for the next fetch */
	int epoll_fd;        /* the sockets that curl waits for */
	int64_t timer_at;    /* io_now_ms() at which curl wants a call; -1: none */
	Transfer *places;    /* options.max_fetches of them */
	int running;         /* those that have a fetch */
};

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

/* ----- curl's multi handle ----- */

static int
on_timer(CURLM *multi, long timeout_ms, void *context)
{
	Transfers *transfers = context;

	(void) multi;
	transfers->timer_at = timeout_ms < 0 ? -1 : io_now_ms() + timeout_ms;
	return 0;
}

/* curl says what it waits for on a socket; -1 breaks all transfers off. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *context,
		  void *socket_context)
{
	Transfers *transfers = context;
	struct epoll_event event = {0};

	(void) easy;
	(void) socket_context;
	if (what == CURL_POLL_REMOVE)
	{
		/* The socket may be closed already, and so out of the set. */
		(void) epoll_ctl(transfers->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	event.data.fd = fd;
	if (epoll_ctl(transfers->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
		return 0;
	if (errno == ENOENT &&
		epoll_ctl(transfers->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	return -1;
}

static bool
open_multi(Transfers *transfers)
{
	CURLM *multi = curl_multi_init();
	long most = transfers->config->options.max_fetches;
	bool ok = multi != NULL;

#define SET(option, value)                                                    \
	ok = ok && curl_multi_setopt(multi, option, value) == CURLM_OK
	SET(CURLMOPT_SOCKETFUNCTION, on_socket);
	SET(CURLMOPT_SOCKETDATA, transfers);
	SET(CURLMOPT_TIMERFUNCTION, on_timer);
	SET(CURLMOPT_TIMERDATA, transfers);
	SET(CURLMOPT_MAXCONNECTS, most);
	SET(CURLMOPT_PIPELINING, (long) CURLPIPE_NOTHING);
#undef SET
	if (!ok && multi != NULL)
	{
		curl_multi_cleanup(multi);
		multi = NULL;
	}
	transfers->multi = multi;
	transfers->timer_at = -1;
	return ok;
}

/* ----- starting a transfer ----- */

/* Free the place of a fetch that curl does not have, or no longer has. */
static Fetch *
vacate(Transfers *transfers, Transfer *transfer)
{
	Fetch *fetch = transfer->fetch;

	transfer_clear(transfer);
	transfer->fetch = NULL;
	transfers->running--;
	return fetch;
}

/* Give curl the transfer's fetch. */
static bool
launch(Transfers *transfers, Transfer *transfer, const S3Target *target)
{
	return (transfers->multi != NULL || open_multi(transfers)) &&
		   transfer_prepare(transfer, target) &&
		   curl_multi_add_handle(transfers->multi, transfer->easy) == CURLM_OK;
}

static void
start_transfer(Transfers *transfers, Transfer *transfer, Fetch *fetch)
{
	S3Target target;

	fetch_begin(fetch);
	fetch->result.outcome =
		s3_target_build(&transfers->config->address, fetch->bucket, fetch->key,
						&target, &fetch->result.error);
	if (fetch->result.outcome != STORE_OK)
	{
		fetch_end(fetch, transfers->done);
		return;
	}
	transfer->fetch = fetch;
	transfers->running++;
	if (!launch(transfers, transfer, &target))
	{
		transfer_no_memory(&vacate(transfers, transfer)->result);
		fetch_end(fetch, transfers->done);
	}
	s3_target_free(&target);
}

static void
start_waiting(Transfers *transfers)
{
	for (int i = 0; i < transfers->config->options.max_fetches; i++)
	{
		Transfer *transfer = &transfers->places[i];

		/* A refused fetch leaves its place to the next one. */
		while (transfer->fetch == NULL && transfers->waiting->first != NULL)
			start_transfer(transfers, transfer,
						   fetch_queue_pop(transfers->waiting));
		if (transfers->waiting->first == NULL)
			return;
	}
}

/* ----- ending a transfer ----- */

static void
end_transfer(Transfers *transfers, Transfer *transfer, CURLcode code)
{
	transfer_conclude(transfer, code);
	curl_multi_remove_handle(transfers->multi, transfer->easy);
	fetch_end(vacate(transfers, transfer), transfers->done);
}

/*
 * curl's multi handle is broken (no memory, or no room in the epoll set):
 * give up on all that runs, and begin anew with the next fetch.
 */
static void
give_up_multi(Transfers *transfers, CURLMcode code)
{
	for (int i = 0; i < transfers->config->options.max_fetches; i++)
	{
		Transfer *transfer = &transfers->places[i];
		Fetch *fetch = transfer->fetch;

		if (fetch == NULL)
			continue;
		curl_multi_remove_handle(transfers->multi, transfer->easy);
		vacate(transfers, transfer);
		fetch->result.outcome = STORE_UNAVAILABLE;
		io_error_set(&fetch->result.error, "CURL_ERROR", "",
					 "transfers from \"%.*s\" broke off: %s", 72,
					 transfers->config->address.server,
					 curl_multi_strerror(code));
		fetch_end(fetch, transfers->done);
	}
	curl_multi_cleanup(transfers->multi);
	transfers->multi = NULL;
	transfers->timer_at = -1;
}

/* Stop the transfers of an owner (all, when every); how many there were. */
static int
stop_transfers(Transfers *transfers, const void *owner, bool every)
{
	int stopped = 0;
	sigset_t signals;

	block_signals(&signals);
	for (int i = 0; i < transfers->config->options.max_fetches; i++)
	{
		Transfer *transfer = &transfers->places[i];

		if (transfer->fetch == NULL ||
			(!every && transfer->fetch->result.owner != owner))
			continue;
		curl_multi_remove_handle(transfers->multi, transfer->easy);
		fetch_free(vacate(transfers, transfer));
		stopped++;
	}
	restore_signals(&signals);
	return stopped;
}

int
transfers_stop(Transfers *transfers, const void *owner)
{
	return transfers->running > 0 ? stop_transfers(transfers, owner, false)
								  : 0;
}

/* ----- moving along ----- */

/* Let curl do what is due.  False: nothing was. */
static bool
drive(Transfers *transfers)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	CURLMcode code = CURLM_OK;
	bool was_due =
		transfers->timer_at >= 0 && io_now_ms() >= transfers->timer_at;
	int running;
	int count;

	if (transfers->multi == NULL)
		return false;
	if (was_due)
	{
		transfers->timer_at = -1;
		code = curl_multi_socket_action(transfers->multi, CURL_SOCKET_TIMEOUT,
										0, &running);
	}
	count = epoll_wait(transfers->epoll_fd, events, EVENTS_AT_ONCE, 0);
	for (int i = 0; i < count && code == CURLM_OK; i++)
	{
		int what = 0;

		if (events[i].events & EPOLLIN)
			what |= CURL_CSELECT_IN;
		if (events[i].events & EPOLLOUT)
			what |= CURL_CSELECT_OUT;
		if (events[i].events & (EPOLLERR | EPOLLHUP))
			what |= CURL_CSELECT_ERR;
		code = curl_multi_socket_action(transfers->multi, events[i].data.fd,
										what, &running);
	}
	if (code != CURLM_OK)
		give_up_multi(transfers, code);
	return was_due || count > 0;
}

/* Take the transfers that ended. */
static void
reap(Transfers *transfers)
{
	CURLMsg *message;
	int left;

	while (transfers->multi != NULL &&
		   (message = curl_multi_info_read(transfers->multi, &left)) != NULL)
	{
		CURLcode code = message->data.result;
		char *place = NULL;

		if (message->msg == CURLMSG_DONE &&
			curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
							  &place) == CURLE_OK &&
			place != NULL)
			end_transfer(transfers, (Transfer *) (void *) place, code);
	}
}

void
transfers_run(Transfers *transfers)
{
	int64_t until = io_now_ms() + RUN_MS;
	sigset_t signals;

	block_signals(&signals);
	for (int turn = 0; turn < TURNS_PER_RUN && io_now_ms() <= until; turn++)
	{
		bool was_busy;

		start_waiting(transfers);
		was_busy = drive(transfers);
		reap(transfers);
		if (!was_busy)
			break;
	}
	restore_signals(&signals);
}

bool
transfers_have_room(const Transfers *transfers)
{
	return transfers->running < transfers->config->options.max_fetches;
}

int
transfers_socket(const Transfers *transfers)
{
	return transfers->epoll_fd;
}

int
transfers_timeout_ms(const Transfers *transfers)
{
	int64_t left;

	if (transfers->timer_at < 0)
		return -1;
	left = transfers->timer_at - io_now_ms();
	if (left < 0)
		return 0;
	return left < INT32_MAX ? (int) left : INT32_MAX;
}

/* ----- beginning and end of all ----- */

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

Transfers *
transfers_create(const StoreConfig *config, FetchQueue *waiting,
				 FetchQueue *done, IoError *error)
{
	Transfers *transfers;

	if (config->folder == NULL && !init_curl(error))
		return NULL;
	transfers = calloc(1, sizeof(Transfers));
	if (transfers != NULL)
	{
		transfers->config = config;
		transfers->waiting = waiting;
		transfers->done = done;
		transfers->timer_at = -1;
		transfers->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
		transfers->places =
			calloc((size_t) config->options.max_fetches, sizeof(Transfer));
	}
	if (transfers == NULL || transfers->epoll_fd < 0 ||
		transfers->places == NULL)
	{
		io_error_set(error, "NO_RESOURCES", "",
					 "no memory or no file descriptor left for an object "
					 "store");
		transfers_destroy(transfers);
		return NULL;
	}
	for (int i = 0; i < config->options.max_fetches; i++)
		transfers->places[i].config = config;
	return transfers;
}

static void
close_curl(Transfers *transfers)
{
	sigset_t signals;

	block_signals(&signals);
	for (int i = 0; i < transfers->config->options.max_fetches; i++)
	{
		if (transfers->places[i].easy != NULL)
			curl_easy_cleanup(transfers->places[i].easy);
	}
	if (transfers->multi != NULL)
		curl_multi_cleanup(transfers->multi);
	restore_signals(&signals);
}

void
transfers_destroy(Transfers *transfers)
{
	if (transfers == NULL)
		return;
	if (transfers->places != NULL)
	{
		stop_transfers(transfers, NULL, true);
		close_curl(transfers);
	}
	free(transfers->places);
	if (transfers->epoll_fd >= 0)
		close(transfers->epoll_fd);
	free(transfers);
}
