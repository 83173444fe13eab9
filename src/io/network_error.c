/*-------------------------------------------------------------------------
 *
 * network_error.c
 *	  Explain transfers that never got an answer.
 *
 * What mends itself (a server that restarts, a line that broke) is told from
 * what somebody has to mend (certificates, a port that speaks another
 * protocol).  Nothing here knows the library that did the transfer.
 *
 *-------------------------------------------------------------------------
 */
#include "io/network_error.h"
#include "io/store_text.h"

#include <string.h>

#define HINT_CA                                                               \
	"Set the server option \"tls_ca_file\" to the certificate of the "        \
	"authority that signed the store's, and \"endpoint\" to the name in it."
#define HINT_CA_FILE                                                          \
	"Let the server option \"tls_ca_file\" name a PEM file that the "         \
	"operating system user of the server can read."
#define HINT_OWN_CERTIFICATE                                                  \
	"Check the server options \"tls_cert_file\" and \"tls_key_file\"."
#define HINT_ENDPOINT                                                         \
	"Check the scheme, host and port of the server option \"endpoint\"."
#define HINT_RUNS                                                             \
	"Check that the store runs, and the scheme, host and port of the server " \
	"option \"endpoint\"."

typedef struct Meaning
{
	StoreOutcome outcome;
	const char *code;
	const char *reason; /* NULL: the library's words */
	const char *hint;
} Meaning;

static const Meaning meanings[] = {
	[NETWORK_DNS] = {STORE_UNAVAILABLE, "DNS_ERROR",
					 "host name does not resolve", HINT_ENDPOINT},
	[NETWORK_REFUSED] = {STORE_UNAVAILABLE, "CONNECTION_REFUSED",
						 "connection refused", HINT_RUNS},
	[NETWORK_CONNECT_TIMEOUT] = {STORE_UNAVAILABLE, "TIMEOUT",
								 "connecting took too long", HINT_RUNS},
	[NETWORK_STALLED] = {STORE_UNAVAILABLE, "STALLED",
						 "server sends next to nothing", ""},
	[NETWORK_TOTAL_TIMEOUT] = {STORE_UNAVAILABLE, "TIMEOUT",
							   "transfer took too long", ""},
	[NETWORK_TRUNCATED] = {STORE_UNAVAILABLE, "TRUNCATED",
						   "connection was closed before the end of the "
						   "object",
						   ""},
	[NETWORK_NO_ANSWER] = {STORE_UNAVAILABLE, "NETWORK_ERROR",
						   "connection was closed without an answer",
						   HINT_RUNS},
	[NETWORK_NO_MEMORY] = {STORE_UNAVAILABLE, "NO_MEMORY", "out of memory",
						   ""},
	[NETWORK_NOT_HTTP] = {STORE_MISCONFIGURED, "NOT_HTTP", NULL,
						  HINT_ENDPOINT},
	[NETWORK_TLS_UNVERIFIED] = {STORE_MISCONFIGURED, "TLS_VERIFY_FAILED", NULL,
								HINT_CA},
	[NETWORK_TLS_CA_FILE] = {STORE_MISCONFIGURED, "TLS_CA_FILE",
							 "the file of certificate authorities cannot be "
							 "read",
							 HINT_CA_FILE},
	[NETWORK_TLS_OWN_CERTIFICATE] = {STORE_MISCONFIGURED, "TLS_CERTIFICATE",
									 NULL, HINT_OWN_CERTIFICATE},
	[NETWORK_TLS_HANDSHAKE] = {STORE_MISCONFIGURED, "TLS_ERROR", NULL,
							   HINT_ENDPOINT},
	[NETWORK_BROKEN] = {STORE_UNAVAILABLE, "NETWORK_ERROR", NULL, ""},
};

/* The words are OpenSSL's; where they are not, the table's meaning holds. */
static const Meaning *
find_meaning(const NetworkFailure *failure)
{
	NetworkTrouble trouble = failure->trouble;
	const char *words = failure->words;

	/* The server refuses our certificate, perhaps after the handshake. */
	if ((trouble == NETWORK_TLS_HANDSHAKE || trouble == NETWORK_BROKEN) &&
		strstr(words, "alert") != NULL && strstr(words, "certificate") != NULL)
		trouble = NETWORK_TLS_OWN_CERTIFICATE;
	else if (trouble == NETWORK_TLS_HANDSHAKE &&
			 (strstr(words, "SYSCALL") != NULL ||
			  strstr(words, "unexpected eof") != NULL ||
			  strstr(words, "reset") != NULL))
		trouble = NETWORK_BROKEN;
	return &meanings[trouble];
}

StoreOutcome
network_error_read(const NetworkFailure *failure, IoError *error)
{
	const Meaning *meaning = find_meaning(failure);
	const char *text =
		meaning->reason != NULL ? meaning->reason : failure->words;
	char reason[120];
	char object[96];
	char server[72];

	store_text_clean(reason, sizeof(reason), text, strlen(text));
	store_text_object(object, sizeof(object), failure->bucket, failure->key);
	store_text_clean(server, sizeof(server), failure->server,
					 strlen(failure->server));
	io_error_set(error, meaning->code, meaning->hint,
				 "could not fetch \"%s\" from \"%s\": %s", object, server,
				 reason);
	return meaning->outcome;
}
