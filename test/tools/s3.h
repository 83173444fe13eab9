/*-------------------------------------------------------------------------
 *
 * s3.h
 *	  Signed requests to an S3 server, several at once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef S3_H
#define S3_H

#include "support.h"

typedef struct S3Client S3Client;

/* One extra header; name in lower case. */
typedef struct S3Header
{
	char name[64];
	char value[192];
} S3Header;

#define S3_MAX_HEADERS 8

typedef struct S3Headers
{
	S3Header headers[S3_MAX_HEADERS];
	int count;
} S3Headers;

extern void s3_header(S3Headers *headers, const char *name, const char *value);

/*
 * Keys and region come from the environment (S3_ACCESS_KEY, S3_SECRET_KEY,
 * S3_REGION).  ca_file may be NULL.
 */
extern S3Client *s3_open(const char *endpoint, const char *ca_file,
						 int parallel);

/*
 * Queue a request; waits while `parallel` are under way.  key may be NULL
 * (the bucket itself).  Takes over *body's memory.  An answer other than 2xx
 * ends the program, except a 409 to making a bucket.
 */
extern void s3_request(S3Client *client, const char *method,
					   const char *bucket, const char *key,
					   const S3Headers *headers, Buffer *body);

/* Wait for all requests and free the client. */
extern void s3_close(S3Client *client);

#endif /* S3_H */
