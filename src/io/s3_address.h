/*-------------------------------------------------------------------------
 *
 * s3_address.h
 *	  Where an object is: from endpoint, bucket and key to host and URL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_S3_ADDRESS_H
#define ANALYTICS_S3_ADDRESS_H

#include "io/object_store.h"

/* A parsed endpoint. */
typedef struct S3Address
{
	bool tls;
	bool path_style;
	char host[256]; /* lower case; IPv6 in brackets */
	int port;
	char authority[264]; /* host, and :port unless it is the scheme's own */
	char server[264];    /* host:port, for messages */
} S3Address;

/* One object there; strings malloc'd, freed with s3_target_free(). */
typedef struct S3Target
{
	char *host; /* of the Host header */
	char *path; /* raw bytes, with the bucket in path style */
	char *url;  /* percent-encoded: nothing in it but what curl passes on */
} S3Target;

/*
 * http[s]://host[:port], one '/' at the end allowed.  False with *error set
 * for anything else; an endpoint with user or password is never repeated.
 */
extern bool s3_address_parse(const char *endpoint, bool path_style,
							 S3Address *address, IoError *error);

/*
 * STORE_OK with *target filled; STORE_REFUSED for a bucket or key that no S3
 * server can have; STORE_UNAVAILABLE when memory is out.
 */
extern StoreOutcome s3_target_build(const S3Address *address,
									const char *bucket, const char *key,
									S3Target *target, IoError *error);
extern void s3_target_free(S3Target *target);

#endif /* ANALYTICS_S3_ADDRESS_H */
