/*-------------------------------------------------------------------------
 *
 * s3_error.h
 *	  What an S3 server's refusal means, and what mends it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_S3_ERROR_H
#define ANALYTICS_S3_ERROR_H

#include "io/object_store.h"

typedef struct S3Failure
{
	int http_status;  /* not 200 */
	const char *body; /* as much of the answer as was kept; may be NULL */
	size_t body_length;
	const char *server; /* "host:port" */
	const char *bucket;
	const char *key;
	bool is_signed; /* did the request carry a signature? */
} S3Failure;

/*
 * The outcome of this answer, never STORE_OK.  error->code is the server's
 * <Code> when it gave one that looks like a word, else "HTTP_nnn".
 */
extern StoreOutcome s3_error_read(const S3Failure *failure, IoError *error);

#endif /* ANALYTICS_S3_ERROR_H */
