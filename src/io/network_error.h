/*-------------------------------------------------------------------------
 *
 * network_error.h
 *	  What it means that a transfer ended without an HTTP answer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_NETWORK_ERROR_H
#define ANALYTICS_NETWORK_ERROR_H

#include "io/object_store.h"

typedef enum NetworkTrouble
{
	NETWORK_DNS,
	NETWORK_REFUSED,
	NETWORK_CONNECT_TIMEOUT,
	NETWORK_STALLED,
	NETWORK_TOTAL_TIMEOUT,
	NETWORK_TRUNCATED,
	NETWORK_NO_ANSWER,
	NETWORK_NO_MEMORY,
	NETWORK_NOT_HTTP,
	NETWORK_TLS_UNVERIFIED, /* the certificate does not verify */
	NETWORK_TLS_CA_FILE,
	NETWORK_TLS_OWN_CERTIFICATE,
	NETWORK_TLS_HANDSHAKE, /* failed or broke: the words tell which */
	NETWORK_BROKEN         /* anything else */
} NetworkTrouble;

typedef struct NetworkFailure
{
	NetworkTrouble trouble;
	const char *words;  /* the network library's own */
	const char *server; /* "host:port" */
	const char *bucket;
	const char *key;
} NetworkFailure;

extern StoreOutcome network_error_read(const NetworkFailure *failure,
									   IoError *error);

#endif /* ANALYTICS_NETWORK_ERROR_H */
