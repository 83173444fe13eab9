/*-------------------------------------------------------------------------
 *
 * s3_response.h
 *	  What the headers of an object's answer say.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_S3_RESPONSE_H
#define ANALYTICS_S3_RESPONSE_H

#include "io/io.h"

typedef struct S3Response
{
	int status;             /* 0: no status line yet */
	int64_t content_length; /* as claimed; -1: nothing claimed */
	bool marked_zstd;
	int64_t server_time; /* Date, in seconds since 1970; 0: none */
} S3Response;

extern void s3_response_init(S3Response *response);

/*
 * Take one header line (not terminated, with or without its line end).  A
 * status line begins anew: an interim answer leaves nothing behind.
 */
extern void s3_response_line(S3Response *response, const char *line,
							 size_t length);

/* Does the key's name say that the object is a zstd frame? */
extern bool s3_response_key_is_zstd(const char *key);

#endif /* ANALYTICS_S3_RESPONSE_H */
