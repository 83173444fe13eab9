/*-------------------------------------------------------------------------
 *
 * broker_dial.c
 *	  From a host name to a connected socket, without blocking.
 *
 * getaddrinfo() has no timeout and cannot be interrupted, so names are looked
 * up by glibc's getaddrinfo_a() in a thread of its own, which we look at
 * between waits.  The thread starts with every signal blocked, so that the
 * process's handlers keep running where they always do.  A lookup that we
 * cannot wait for is left to end by itself and collected later: its memory
 * is the thread's until then.  Nothing here knows AMQP.
 *
 *-------------------------------------------------------------------------
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "io/broker_dial.h"
#include "io/store_text.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long sent bytes may stay unacknowledged before the line is dead. */
#define USER_TIMEOUT_MS 3000

/* More lookups than this left to themselves: the resolver does not work. */
#define MOST_ABANDONED 8

#define LONGEST_LOOK_MS 20

#define HINT_HOST                                                             \
	"Check the options \"host\" and \"port\" of the broker's server."

typedef struct Lookup
{
	struct Lookup *next;
	struct gaicb request;
	struct addrinfo hints;
	char *host;
	char service[12];
} Lookup;

/* What a dial needs at every turn. */
typedef struct Dial
{
	const char *host;
	int port;
	int64_t deadline;
	const IoWaiter *waiter;
	IoError *error;
} Dial;

static Lookup *abandoned = NULL;

static void
free_lookup(Lookup *lookup)
{
	if (lookup->request.ar_result != NULL)
		freeaddrinfo(lookup->request.ar_result);
	free(lookup->host);
	free(lookup);
}

/* Free what has ended since; how many have not. */
static int
collect_abandoned(void)
{
	Lookup **link = &abandoned;
	int running = 0;

	while (*link != NULL)
	{
		Lookup *lookup = *link;

		if (gai_error(&lookup->request) == EAI_INPROGRESS)
		{
			running++;
			link = &lookup->next;
			continue;
		}
		*link = lookup->next;
		free_lookup(lookup);
	}
	return running;
}

static void
abandon(Lookup *lookup)
{
	gai_cancel(&lookup->request);
	lookup->next = abandoned;
	abandoned = lookup;
	collect_abandoned();
}

static void
fail(const Dial *dial, const char *code, const char *hint, const char *reason)
{
	char host[80];

	store_text_clean(host, sizeof(host), dial->host, strlen(dial->host));
	io_error_set(dial->error, code, hint,
				 "could not connect to broker \"%s:%d\": %s", host, dial->port,
				 reason);
}

static BrokerStatus
fail_interrupted(const Dial *dial)
{
	fail(dial, "INTERRUPTED", "", "asked to stop");
	return BROKER_INTERRUPTED;
}

static int
remaining_ms(int64_t deadline)
{
	int64_t left = deadline - io_now_ms();

	return left <= 0 ? 0 : left > 3600000 ? 3600000 : (int) left;
}

static Lookup *
new_lookup(const Dial *dial)
{
	Lookup *lookup = calloc(1, sizeof(*lookup));

	if (lookup == NULL)
		return NULL;
	lookup->host = strdup(dial->host);
	if (lookup->host == NULL)
	{
		free(lookup);
		return NULL;
	}
	snprintf(lookup->service, sizeof(lookup->service), "%d", dial->port);
	lookup->hints.ai_socktype = SOCK_STREAM;
	lookup->hints.ai_protocol = IPPROTO_TCP;
	lookup->request.ar_name = lookup->host;
	lookup->request.ar_service = lookup->service;
	lookup->request.ar_request = &lookup->hints;
	return lookup;
}

/* Begin in a thread that takes no signals; what getaddrinfo_a() answers. */
static int
start_lookup(Lookup *lookup)
{
	struct gaicb *list[1] = {&lookup->request};
	sigset_t all;
	sigset_t before;
	int result;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	result = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

/* Look again and again, in growing steps, until there is an answer. */
static BrokerStatus
await_lookup(const Dial *dial, Lookup *lookup)
{
	int look_ms = 1;

	while (gai_error(&lookup->request) == EAI_INPROGRESS)
	{
		int left = remaining_ms(dial->deadline);

		if (left == 0)
		{
			fail(dial, "DNS_TIMEOUT", HINT_HOST,
				 "host name took too long to resolve");
			return BROKER_UNREACHABLE;
		}
		if (dial->waiter->wait(dial->waiter->context, -1, false,
							   look_ms < left ? look_ms : left) < 0)
			return fail_interrupted(dial);
		if (look_ms < LONGEST_LOOK_MS)
			look_ms *= 2;
	}
	return BROKER_OK;
}

static BrokerStatus
look_up(const Dial *dial, Lookup *lookup, struct addrinfo **addresses)
{
	BrokerStatus status;
	int result = start_lookup(lookup);

	if (result == 0)
	{
		status = await_lookup(dial, lookup);
		if (status != BROKER_OK)
		{
			abandon(lookup);
			return status;
		}
		result = gai_error(&lookup->request);
	}
	if (result == 0)
	{
		*addresses = lookup->request.ar_result;
		lookup->request.ar_result = NULL;
	}
	free_lookup(lookup);
	if (result == 0)
		return BROKER_OK;
	fail(dial, "DNS_ERROR", HINT_HOST, gai_strerror(result));
	return BROKER_UNREACHABLE;
}

/* The addresses of a host; the caller frees them with freeaddrinfo(). */
static BrokerStatus
resolve(const Dial *dial, struct addrinfo **addresses)
{
	Lookup *lookup;
	struct addrinfo hints;
	int running = collect_abandoned();

	lookup = new_lookup(dial);
	if (lookup == NULL)
	{
		fail(dial, "NO_MEMORY", "", "out of memory");
		return BROKER_UNREACHABLE;
	}

	/* An address needs no thread. */
	hints = lookup->hints;
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	if (getaddrinfo(lookup->host, lookup->service, &hints, addresses) == 0)
	{
		free_lookup(lookup);
		return BROKER_OK;
	}
	if (running >= MOST_ABANDONED)
	{
		free_lookup(lookup);
		fail(dial, "DNS_TIMEOUT", HINT_HOST,
			 "earlier lookups of host names have still not ended");
		return BROKER_UNREACHABLE;
	}
	return look_up(dial, lookup, addresses);
}

static void
set_option(int fd, int level, int option, int value)
{
	/* An option that a system lacks costs us promptness, nothing else. */
	(void) setsockopt(fd, level, option, &value, sizeof(value));
}

/* Wait for a connect() under way; 0, or the errno that it ended with. */
static int
await_connect(const Dial *dial, int fd, int64_t deadline)
{
	for (;;)
	{
		struct pollfd poller = {.fd = fd, .events = POLLOUT};
		int left = remaining_ms(deadline);
		int problem = 0;
		socklen_t size = sizeof(problem);

		if (dial->waiter->wait(dial->waiter->context, fd, true, left) < 0)
			return EINTR;
		if (poll(&poller, 1, 0) > 0)
		{
			if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) != 0)
				return errno;
			return problem;
		}
		if (left == 0)
			return ETIMEDOUT;
	}
}

/* One address; a socket, or -1 with errno (EINTR: asked to stop). */
static int
connect_one(const Dial *dial, const struct addrinfo *address, int64_t deadline)
{
	int problem = 0;
	int fd = socket(address->ai_family,
					address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
					address->ai_protocol);

	if (fd < 0)
		return -1;
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0)
		problem =
			errno == EINPROGRESS ? await_connect(dial, fd, deadline) : errno;
	if (problem != 0)
	{
		close(fd);
		errno = problem;
		return -1;
	}
	/* Only now: it would cut the connect short too. */
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
	return fd;
}

static void
fail_connect(const Dial *dial, int problem)
{
	if (problem == ECONNREFUSED)
		fail(dial, "CONNECTION_REFUSED", HINT_HOST, "connection refused");
	else if (problem == ETIMEDOUT)
		fail(dial, "TIMEOUT", HINT_HOST, "connecting took too long");
	else
		fail(dial, "NETWORK_ERROR", HINT_HOST, strerror(problem));
}

/*
 * Each address in turn, none with more than its share of the time, so that
 * one that swallows packets does not keep us from the next.
 */
static int
connect_any(const Dial *dial, const struct addrinfo *addresses,
			BrokerStatus *status)
{
	const struct addrinfo *address;
	int left = 0;
	int problem = ETIMEDOUT;

	for (address = addresses; address != NULL; address = address->ai_next)
		left++;
	for (address = addresses; address != NULL; address = address->ai_next)
	{
		int64_t share = remaining_ms(dial->deadline) / left--;
		int fd = connect_one(dial, address, io_now_ms() + share);

		if (fd >= 0)
			return fd;
		problem = errno;
		if (problem == EINTR)
		{
			*status = fail_interrupted(dial);
			return -1;
		}
	}
	*status = BROKER_UNREACHABLE;
	fail_connect(dial, problem);
	return -1;
}

int
broker_dial(const char *host, int port, int64_t deadline,
			const IoWaiter *waiter, BrokerStatus *status, IoError *error)
{
	Dial dial = {.host = host,
				 .port = port,
				 .deadline = deadline,
				 .waiter = waiter,
				 .error = error};
	struct addrinfo *addresses = NULL;
	int fd;

	*status = resolve(&dial, &addresses);
	if (*status != BROKER_OK)
		return -1;
	fd = connect_any(&dial, addresses, status);
	freeaddrinfo(addresses);
	return fd;
}
