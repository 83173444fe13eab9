/*-------------------------------------------------------------------------
 *
 * sigv4.h
 *	  AWS Signature Version 4 for requests without a body.
 *
 * Source of the algorithm: AWS, "Signature Version 4 for API requests"
 * (canonical request, string to sign, signing key).  HMAC and SHA-256 are
 * OpenSSL's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SIGV4_H
#define ANALYTICS_SIGV4_H

#include "io/io.h"

typedef struct SigV4Request
{
	const char *method;			/* "GET" */
	const char *host;			/* as the Host header will say, with the port
								 * unless it is the scheme's own */
	const char *path;			/* raw bytes, begins with '/': encoded here */
	const char *query;			/* already canonical ("" for none) */
	const char *region;
	const char *service;		/* "s3" */
	const char *access_key;
	const char *secret_key;
	const char *session_token;	/* NULL: none */
	const char *payload_hash;	/* hex SHA-256, or "UNSIGNED-PAYLOAD" */
	int64_t		time;			/* seconds since 1970 */
} SigV4Request;

typedef struct SigV4Headers
{
	char		amz_date[17];	/* value of x-amz-date */
	char		authorization[1024];	/* value of Authorization */
} SigV4Headers;

/*
 * Percent-encode `raw` (unreserved characters and '/' stay) into a malloc'd
 * string; NULL: no memory.
 */
extern char *sigv4_encode_path(const char *raw);

/* False: no memory, or a field too long for the headers. */
extern bool sigv4_sign(const SigV4Request *request, SigV4Headers *headers);

#endif							/* ANALYTICS_SIGV4_H */
