/*-------------------------------------------------------------------------
 *
 * object_store.h
 *	  Fetch objects from an S3 server, or from a folder.
 *
 * object_store.c is the only file that includes curl.  Nothing here waits:
 * store_start() begins a fetch, store_run() moves all fetches along, and
 * store_next() hands over those that ended.  The caller sleeps on
 * store_socket() (one descriptor for all transfers: an epoll set) and for no
 * longer than store_timeout_ms().
 *
 * Ownership: a StoreResult belongs to the caller, freed with
 * store_result_free().  `owner` is the caller's pointer, never looked into.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_OBJECT_STORE_H
#define ANALYTICS_OBJECT_STORE_H

#include "io/io.h"

typedef struct StoreClient StoreClient;

typedef struct StoreOptions
{
	const char *endpoint;		/* http[s]://host[:port] or file:///folder */
	const char *region;			/* default us-east-1 */
	const char *access_key;		/* NULL: unsigned requests */
	const char *secret_key;
	const char *session_token;	/* NULL: none */
	bool		path_style;		/* true: endpoint/bucket/key; false:
								 * bucket.endpoint/key */
	const char *const *buckets; /* allowed ones; NULL: any */
	int			bucket_count;
	bool		tls_verify;
	const char *tls_ca_file;
	const char *tls_cert_file;
	const char *tls_key_file;
	int			connect_timeout_ms;
	int			stall_timeout_s;	/* under 1 kB/s for so long: given up */
	int			total_timeout_s;
	size_t		max_bytes;		/* of one object as transferred */
	int			max_fetches;	/* transfers at once; further ones queue */
} StoreOptions;

typedef enum StoreOutcome
{
	STORE_OK,
	STORE_NOT_FOUND,			/* no such key */
	STORE_NO_BUCKET,			/* configuration: no such bucket */
	STORE_DENIED,				/* configuration: signature, key, permission,
								 * clock skew */
	STORE_FORBIDDEN_BUCKET,		/* permanent: not in options->buckets */
	STORE_TOO_LARGE,			/* permanent: over max_bytes */
	STORE_REFUSED,				/* permanent: a redirect, another 4xx, a key
								 * that names no file */
	STORE_MISCONFIGURED,		/* certificate, endpoint that is no S3 server */
	STORE_UNAVAILABLE			/* connect, DNS, time out, 5xx, 429, cut off */
} StoreOutcome;

typedef struct StoreResult
{
	void	   *owner;
	StoreOutcome outcome;
	int			http_status;	/* 0: never got one */
	bool		marked_zstd;	/* by key, metadata or Content-Encoding */
	IoBuffer	body;			/* of STORE_OK only */
	int64_t		elapsed_us;		/* from the transfer's start */
	IoError		error;			/* of any other outcome */
} StoreResult;

/*
 * NULL on failure with *error set.  Strings of *options are copied.
 * curl_global_init() happens here, once in a process: never call this in the
 * postmaster.
 */
extern StoreClient *store_create(const StoreOptions *options, IoError *error);
extern void store_destroy(StoreClient *store);

/*
 * Begin fetching bucket/key.  The result, also of a refusal, comes out of
 * store_next().  False only when memory is out.
 */
extern bool store_start(StoreClient *store, const char *bucket,
						const char *key, void *owner);

/* Forget every fetch of this owner: no result of it will come out. */
extern void store_cancel(StoreClient *store, void *owner);

extern int	store_socket(const StoreClient *store);
extern int	store_timeout_ms(StoreClient *store);	/* -1: no timer */
extern void store_run(StoreClient *store);
extern bool store_next(StoreClient *store, StoreResult *result);
extern void store_result_free(StoreResult *result);
extern int	store_active(const StoreClient *store); /* started, not handed over */

#endif							/* ANALYTICS_OBJECT_STORE_H */
