/*-------------------------------------------------------------------------
 *
 * sigv4.h
 *	  AWS Signature Version 4 for requests without a body.
 *
 * Source of the algorithm: AWS, "Signature Version 4 for API requests"
 * (canonical request, string to sign, signing key).  HMAC and SHA-256 are
 * OpenSSL's.
 *
 * The path is encoded once and never normalised, which is S3's rule and no
 * other service's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SIGV4_H
#define ANALYTICS_SIGV4_H

#include "io/io.h"

/* SHA-256 of a body of no bytes: the payload_hash of every GET. */
#define SIGV4_EMPTY_PAYLOAD                                                   \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define SIGV4_KEY_LENGTH 32

typedef struct SigV4Header
{
	const char *name;  /* lower case */
	const char *value; /* trimmed, no line breaks */
} SigV4Header;

typedef struct SigV4Request
{
	const char *method; /* "GET" */
	const char *host;   /* as the Host header will say, with the port
						 * unless it is the scheme's own */
	const char *path;   /* raw bytes, begins with '/': encoded here */
	const char *query;  /* already canonical ("" for none) */
	const char *region;
	const char *service; /* "s3": x-amz-content-sha256 is signed too */
	const char *access_key;
	const char *secret_key;
	const char *session_token;        /* NULL: none; else signed as
										* x-amz-security-token */
	const char *payload_hash;         /* hex SHA-256, or "UNSIGNED-PAYLOAD" */
	const SigV4Header *extra_headers; /* further ones to be signed, in any */
	int extra_header_count;           /* order; at most 8 */
	int64_t time;                     /* seconds since 1970 */
} SigV4Request;

typedef struct SigV4Headers
{
	char amz_date[17];        /* value of x-amz-date */
	char authorization[1024]; /* value of Authorization */
} SigV4Headers;

/*
 * Percent-encode `raw` (unreserved characters and '/' stay) into a malloc'd
 * string; NULL: no memory.
 */
extern char *sigv4_encode_path(const char *raw);

/*
 * The key that signs requests of one day ("20130524"), region and service.
 * False: OpenSSL refused, or there is no memory.
 */
extern bool sigv4_signing_key(const char *secret_key, const char *day,
							  const char *region, const char *service,
							  unsigned char key[SIGV4_KEY_LENGTH]);

/*
 * False: no memory, too many extra headers, a time outside the years 1970 to
 * 9999, or a field too long for the headers.
 */
extern bool sigv4_sign(const SigV4Request *request, SigV4Headers *headers);

#endif /* ANALYTICS_SIGV4_H */
