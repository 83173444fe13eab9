/*-------------------------------------------------------------------------
 *
 * object_store.h
 *	  Fetch objects from an S3 server, or from a folder.
 *
 * Nothing here waits: store_start() queues a fetch, store_run() moves all
 * fetches along, and store_next() hands over those that ended.  The caller sleeps on
 * store_socket() (one descriptor for all transfers: an epoll set) and for no
 * longer than store_timeout_ms(), and calls store_run() whenever it wakes.
 *
 * The process must ignore SIGPIPE, as every PostgreSQL process does.
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
	const char *endpoint;       /* http[s]://host[:port], or file:// and an
								* absolute path, byte for byte (no %20) */
	const char *region;         /* NULL: us-east-1 */
	const char *access_key;     /* NULL: unsigned requests */
	const char *secret_key;     /* NULL exactly when access_key is */
	const char *session_token;  /* NULL: none */
	bool path_style;            /* true: endpoint/bucket/key; false:
								* bucket.endpoint/key */
	const char *const *buckets; /* allowed ones; NULL: any */
	int bucket_count;
	bool tls_verify;
	const char *tls_ca_file; /* NULL: the system's authorities; else this
							  * file instead of them */
	const char *tls_cert_file;
	const char *tls_key_file;
	/* Any number that is 0 (or negative) takes the value in brackets. */
	int connect_timeout_ms; /* DNS, TCP and TLS together [10000] */
	int stall_timeout_s;    /* under 1 kB/s for so long: given up [30] */
	int total_timeout_s;    /* of one transfer, queueing not counted [300] */
	size_t max_bytes;       /* of one object as transferred [256 MiB] */
	int max_fetches;        /* transfers at once, at most 256; further ones
							 * queue [1] */
} StoreOptions;

typedef enum StoreOutcome
{
	STORE_OK,
	STORE_NOT_FOUND,        /* no such key */
	STORE_NO_BUCKET,        /* configuration: no such bucket */
	STORE_DENIED,           /* configuration: signature, key, permission,
							 * clock skew */
	STORE_FORBIDDEN_BUCKET, /* permanent: not in options->buckets */
	STORE_TOO_LARGE,        /* permanent: over max_bytes */
	STORE_REFUSED,          /* permanent: a redirect, another 4xx, a name
							 * that no bucket or object can have */
	STORE_MISCONFIGURED,    /* certificate, endpoint that is no S3 server,
							 * folder of the endpoint missing */
	STORE_UNAVAILABLE       /* connect, DNS, time out, 5xx, 429, cut off,
							 * out of memory */
} StoreOutcome;

typedef struct StoreResult
{
	void *owner;
	StoreOutcome outcome;
	int http_status;     /* 0: never got one */
	bool marked_zstd;    /* of STORE_OK only: by key, metadata or
						 * Content-Encoding */
	IoBuffer body;       /* of STORE_OK only; data may be NULL when empty */
	int64_t elapsed_us;  /* from the transfer's start */
	int64_t server_time; /* when the server says it answered, in seconds
						  * since 1970; 0: it did not, or is a folder */
	IoError error;       /* of any other outcome; valid UTF-8 */
} StoreResult;

/*
 * NULL on failure with *error set: a malformed option, or no memory; the
 * network and the folder are not looked at.  Strings of *options are copied.
 * curl_global_init() happens here, once in a process: never call this in the
 * postmaster.
 */
extern StoreClient *store_create(const StoreOptions *options, IoError *error);
extern void store_destroy(StoreClient *store); /* NULL is fine */

/*
 * Queue a fetch of bucket/key; store_run() starts it.  The result, also of a
 * refusal, comes out of store_next().  False only when memory is out.
 */
extern bool store_start(StoreClient *store, const char *bucket,
						const char *key, void *owner);

/* Forget every fetch of this owner: no result of it will come out. */
extern void store_cancel(StoreClient *store, void *owner);

extern int store_socket(const StoreClient *store);

/* 0: there is something to do or to take now.  -1: no timer. */
extern int store_timeout_ms(StoreClient *store);

/*
 * Move all fetches along, for some 5 ms at most; of a folder, read at most
 * max_fetches files.
 */
extern void store_run(StoreClient *store);

extern bool store_next(StoreClient *store, StoreResult *result);
extern void store_result_free(StoreResult *result);
extern int store_active(const StoreClient *store); /* started, not handed
													* over */

#endif /* ANALYTICS_OBJECT_STORE_H */
