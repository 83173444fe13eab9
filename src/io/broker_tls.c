/*-------------------------------------------------------------------------
 *
 * broker_tls.c
 *	  TLS over a socket that is already connected.
 *
 * rabbitmq-c opens the sockets of its TLS connections itself: with a name
 * lookup and a connect that nothing can interrupt, to one host name that
 * serves for address, SNI and certificate at once.  We have the connected
 * socket already.  So the library is let connect to a listener of ours on the
 * loopback, which takes no time, and when it begins the handshake, before a
 * byte is sent, our socket is put in the place of its own (dup3) and the SNI
 * is set to the broker's name.
 *
 * Verification is OpenSSL's, inside the handshake: the chain against
 * tls_ca_file or the system's store, and the host name or address.  It is
 * turned off only by tls_verify = false.  The handshake itself blocks, and
 * broker_interrupt() ends it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "io/broker_tls.h"
#include "io/broker_wire.h"
#include "io/store_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define HINT_VERIFY                                                           \
	"Set \"tls_ca_file\" of the broker's server to the certificate of the "   \
	"authority that signed the broker's and \"host\" to a name in it; "       \
	"\"tls_verify\" turns this check off."
#define HINT_CA_FILE                                                          \
	"Let \"tls_ca_file\" of the broker's server name a PEM file that the "    \
	"operating system user of the database server can read."
#define HINT_OWN_CERTIFICATE                                                  \
	"Check \"tls_cert_file\" and \"tls_key_file\" of the broker's server: "   \
	"PEM files, readable, the key without a passphrase."
#define HINT_PEER                                                             \
	"Check \"host\", \"port\" and \"tls\" of the broker's server: TLS "       \
	"usually has port 5671."

/* What the callbacks of one handshake need, and what they found. */
typedef struct Handshake
{
	int fd;
	const char *host;
	bool host_is_address;
	bool handed_over;
	int verify_problem; /* X509_V_OK: none */
} Handshake;

static BrokerStatus
fail(const BrokerOptions *options, BrokerStatus status, const char *code,
	 const char *hint, const char *reason, IoError *error)
{
	char host[64];

	store_text_clean(host, sizeof(host), options->host, strlen(options->host));
	io_error_set(error, code, hint,
				 "no TLS connection to broker \"%s:%d\": %s", host,
				 options->port, reason);
	return status;
}

/* OpenSSL's word for the last thing that went wrong. */
static const char *
openssl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason != NULL ? reason : "unknown error";
}

static bool
is_address(const char *host)
{
	unsigned char parsed[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, parsed) == 1 ||
		   inet_pton(AF_INET6, host, parsed) == 1;
}

/* Called by OpenSSL as the handshake begins, and on many occasions later. */
static void
hand_over(const SSL *ssl, int where, int ret)
{
	Handshake *handshake = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	SSL *own = (SSL *) ssl;
	char *name;

	(void) ret;
	if ((where & SSL_CB_HANDSHAKE_START) == 0 || handshake == NULL ||
		handshake->handed_over)
		return;
	handshake->handed_over = true;
	/* On failure the handshake must not go on with our own listener. */
	if (dup3(handshake->fd, SSL_get_fd(ssl), O_CLOEXEC) < 0)
		(void) shutdown(SSL_get_fd(ssl), SHUT_RDWR);
	/* An address is not allowed as SNI. */
	name = handshake->host_is_address ? NULL : (char *) handshake->host;
	(void) SSL_set_tlsext_host_name(own, name);
}

static int
note_verification(int verified, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
		store, SSL_get_ex_data_X509_STORE_CTX_idx());
	Handshake *handshake = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (!verified && handshake != NULL)
		handshake->verify_problem = X509_STORE_CTX_get_error(store);
	return verified;
}

/* OpenSSL would ask on the terminal.  It gives the type. */
static int
/* NOLINTNEXTLINE(readability-non-const-parameter) */
no_passphrase(char *buffer, int size, int for_writing, void *context)
{
	(void) buffer;
	(void) size;
	(void) for_writing;
	(void) context;
	return 0;
}

/* False, with errno, if the file cannot be opened. */
static bool
can_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static BrokerStatus
fail_file(const BrokerOptions *options, const char *code, const char *hint,
		  const char *option, const char *path, const char *problem,
		  IoError *error)
{
	char reason[220];
	char clean[120];

	store_text_clean(clean, sizeof(clean), path, strlen(path));
	snprintf(reason, sizeof(reason), "%s \"%s\" cannot be used: %s", option,
			 clean, problem);
	return fail(options, BROKER_MISCONFIGURED, code, hint, reason, error);
}

static BrokerStatus
set_trust(SSL_CTX *context, const BrokerOptions *options, IoError *error)
{
	const char *path = options->tls_ca_file;
	X509_VERIFY_PARAM *checks = SSL_CTX_get0_param(context);
	int named;

	if (!options->tls_verify)
	{
		SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
		return BROKER_OK;
	}
	if (path == NULL)
		SSL_CTX_set_default_verify_paths(context);
	else if (!can_read(path))
		return fail_file(options, "TLS_VERIFY", HINT_CA_FILE, "tls_ca_file",
						 path, strerror(errno), error);
	else if (SSL_CTX_load_verify_locations(context, path, NULL) != 1)
		return fail_file(options, "TLS_VERIFY", HINT_CA_FILE, "tls_ca_file",
						 path, openssl_reason(), error);

	X509_VERIFY_PARAM_set_hostflags(checks,
									X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	named = is_address(options->host)
				? X509_VERIFY_PARAM_set1_ip_asc(checks, options->host)
				: X509_VERIFY_PARAM_set1_host(checks, options->host, 0);
	if (named != 1)
		return fail(options, BROKER_UNREACHABLE, "NO_MEMORY", "",
					"out of memory", error);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_verification);
	return BROKER_OK;
}

static BrokerStatus
set_own_certificate(SSL_CTX *context, const BrokerOptions *options,
					IoError *error)
{
	const char *certificate = options->tls_cert_file;
	const char *key =
		options->tls_key_file != NULL ? options->tls_key_file : certificate;

	if (certificate == NULL)
		return BROKER_OK;
	if (!can_read(certificate))
		return fail_file(options, "TLS_CERTIFICATE", HINT_OWN_CERTIFICATE,
						 "tls_cert_file", certificate, strerror(errno), error);
	if (!can_read(key))
		return fail_file(options, "TLS_CERTIFICATE", HINT_OWN_CERTIFICATE,
						 "tls_key_file", key, strerror(errno), error);
	SSL_CTX_set_default_passwd_cb(context, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
		return fail_file(options, "TLS_CERTIFICATE", HINT_OWN_CERTIFICATE,
						 "tls_cert_file", certificate, openssl_reason(),
						 error);
	if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		return fail_file(options, "TLS_CERTIFICATE", HINT_OWN_CERTIFICATE,
						 "tls_key_file", key, openssl_reason(), error);
	return BROKER_OK;
}

/* A listener for the library to connect to; its port, or -1. */
static int
open_listener(int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *) &address, sizeof(address)) != 0 ||
		listen(fd, 1) != 0 ||
		getsockname(fd, (struct sockaddr *) &address, &size) != 0)
	{
		int problem = errno;

		close(fd);
		errno = problem;
		return -1;
	}
	*port = ntohs(address.sin_port);
	return fd;
}

/* Did the peer send a TLS alert? */
static bool
is_alert(unsigned long problem)
{
	return ERR_GET_LIB(problem) == ERR_LIB_SSL &&
		   ERR_GET_REASON(problem) >= SSL_AD_REASON_OFFSET;
}

/* One that says no to us, and not that the peer or the line is in trouble? */
static bool
is_refusal(unsigned long problem)
{
	if (!is_alert(problem))
		return false;
	switch (ERR_GET_REASON(problem) - SSL_AD_REASON_OFFSET)
	{
		case SSL_AD_INTERNAL_ERROR:
		case SSL_AD_USER_CANCELLED:
		case SSL_AD_UNEXPECTED_MESSAGE:
		case SSL_AD_BAD_RECORD_MAC:
			return false;
		default:
			return true;
	}
}

static bool
speaks_no_tls(unsigned long problem)
{
	int reason = ERR_GET_REASON(problem);

	return ERR_GET_LIB(problem) == ERR_LIB_SSL &&
		   (reason == SSL_R_WRONG_VERSION_NUMBER ||
			reason == SSL_R_UNSUPPORTED_PROTOCOL ||
			reason == SSL_R_HTTP_REQUEST ||
			reason == SSL_R_PACKET_LENGTH_TOO_LONG);
}

static BrokerStatus
explain(const BrokerOptions *options, const Handshake *handshake, int result,
		IoError *error)
{
	unsigned long problem = ERR_peek_last_error();

	if (handshake->verify_problem != X509_V_OK)
		return fail(options, BROKER_MISCONFIGURED, "TLS_VERIFY", HINT_VERIFY,
					X509_verify_cert_error_string(handshake->verify_problem),
					error);
	if (result == AMQP_STATUS_TIMEOUT)
		return fail(options, BROKER_UNREACHABLE, "TIMEOUT", "",
					"the handshake took too long", error);
	if (speaks_no_tls(problem))
		return fail(options, BROKER_MISCONFIGURED, "TLS_ERROR", HINT_PEER,
					"the peer does not speak TLS there", error);
	if (is_refusal(problem))
		return fail(options, BROKER_MISCONFIGURED, "TLS_ERROR",
					options->tls_cert_file != NULL ? HINT_OWN_CERTIFICATE
												   : HINT_PEER,
					openssl_reason(), error);
	return fail(options, BROKER_UNREACHABLE, "TLS_ERROR", "",
				is_alert(problem)
					? openssl_reason()
					: "connection was closed during the handshake",
				error);
}

/* Blocks, but for broker_interrupt(), until deadline. */
static BrokerStatus
shake_hands(amqp_socket_t *socket, Handshake *handshake, int port,
			int64_t deadline, const BrokerOptions *options,
			const IoWaiter *waiter, IoError *error)
{
	int64_t left = deadline - io_now_ms();
	struct timeval timeout = {.tv_sec = left / 1000,
							  .tv_usec = (left % 1000) * 1000};
	int result = AMQP_STATUS_TIMEOUT;

	ERR_clear_error();
	if (!broker_wire_block_begin(waiter, handshake->fd))
		return fail(options, BROKER_INTERRUPTED, "INTERRUPTED", "",
					"asked to stop", error);
	if (left > 0)
		result = amqp_socket_open_noblock(socket, "127.0.0.1", port, &timeout);
	broker_wire_block_end();
	if (result == AMQP_STATUS_OK)
		return BROKER_OK;
	if (waiter->wait(waiter->context, -1, false, 0) < 0)
		return fail(options, BROKER_INTERRUPTED, "INTERRUPTED", "",
					"asked to stop", error);
	return explain(options, handshake, result, error);
}

static BrokerStatus
configure(SSL_CTX *context, Handshake *handshake, const BrokerOptions *options,
		  IoError *error)
{
	BrokerStatus status = set_trust(context, options, error);

	if (status == BROKER_OK)
		status = set_own_certificate(context, options, error);
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_app_data(context, handshake);
	SSL_CTX_set_info_callback(context, hand_over);
	return status;
}

static BrokerStatus
attach(amqp_socket_t *socket, Handshake *handshake, int64_t deadline,
	   const BrokerOptions *options, const IoWaiter *waiter, IoError *error)
{
	SSL_CTX *context = amqp_ssl_socket_get_context(socket);
	BrokerStatus status;
	int port = 0;
	int listener;

	/* The name that the library would check is our listener's. */
	amqp_ssl_socket_set_verify_hostname(socket, 0);
	amqp_ssl_socket_set_verify_peer(socket, options->tls_verify);
	status = configure(context, handshake, options, error);
	if (status != BROKER_OK)
		return status;
	listener = open_listener(&port);
	if (listener < 0)
		return fail(options, BROKER_UNREACHABLE, "NETWORK_ERROR", "",
					strerror(errno), error);
	status =
		shake_hands(socket, handshake, port, deadline, options, waiter, error);
	close(listener);
	SSL_CTX_set_info_callback(context, NULL);
	SSL_CTX_set_app_data(context, NULL);
	return status;
}

BrokerStatus
broker_tls_attach(amqp_connection_state_t amqp, int fd,
				  const BrokerOptions *options, int64_t deadline,
				  const IoWaiter *waiter, IoError *error)
{
	Handshake handshake = {.fd = fd,
						   .host = options->host,
						   .host_is_address = is_address(options->host),
						   .verify_problem = X509_V_OK};
	amqp_socket_t *socket = amqp_ssl_socket_new(amqp);
	BrokerStatus status;

	if (socket == NULL)
		status = fail(options, BROKER_UNREACHABLE, "NO_MEMORY", "",
					  "out of memory", error);
	else
		status = attach(socket, &handshake, deadline, options, waiter, error);
	close(fd); /* the library has its own descriptor of it */
	return status;
}

/*
 * A peer that closes with something of ours unread resets the connection, and
 * what we send then fails although its alert has arrived: read what is there.
 */
static void
hear_last_word(amqp_connection_state_t amqp)
{
	struct timeval now = {0, 0};
	amqp_frame_t frame;

	(void) amqp_simple_wait_frame_noblock(amqp, &frame, &now);
}

bool
broker_tls_certificate_refused(amqp_connection_state_t amqp,
							   const BrokerOptions *options, IoError *error)
{
	if (!is_alert(ERR_peek_last_error()))
		hear_last_word(amqp);
	if (!is_refusal(ERR_peek_last_error()))
		return false;
	fail(options, BROKER_MISCONFIGURED, "TLS_CERTIFICATE",
		 HINT_OWN_CERTIFICATE, openssl_reason(), error);
	return true;
}
