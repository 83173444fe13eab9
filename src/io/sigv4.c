/*-------------------------------------------------------------------------
 *
 * sigv4.c
 *	  Sign requests as AWS Signature Version 4 prescribes.
 *
 * Everything here is a pure function of the request: no clock is read, no
 * network touched, and nothing is kept between calls, so that AWS's published
 * vectors can be replayed.  The secret key and what is derived from it are
 * wiped before returning and never leave this file, except as the signature.
 *
 *-------------------------------------------------------------------------
 */
#include "io/sigv4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define MAX_EXTRA_HEADERS 8
/* host, x-amz-content-sha256, x-amz-date, x-amz-security-token */
#define MAX_SIGNED_HEADERS (MAX_EXTRA_HEADERS + 4)
#define HEX_HASH_LENGTH (2 * SIGV4_KEY_LENGTH)
#define SCOPE_END "aws4_request"

typedef struct SignedHeaders
{
	SigV4Header header[MAX_SIGNED_HEADERS];
	int count;
} SignedHeaders;

static bool
is_unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		   (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
		   c == '~';
}

char *
sigv4_encode_path(const char *raw)
{
	static const char digits[] = "0123456789ABCDEF";
	char *encoded = malloc(strlen(raw) * 3 + 1);
	char *out = encoded;

	if (encoded == NULL)
		return NULL;
	for (const unsigned char *c = (const unsigned char *) raw; *c; c++)
	{
		if (is_unreserved(*c) || *c == '/')
			*out++ = (char) *c;
		else
		{
			*out++ = '%';
			*out++ = digits[*c >> 4];
			*out++ = digits[*c & 15];
		}
	}
	*out = '\0';
	return encoded;
}

static void
to_hex(const unsigned char *bytes, char hex[HEX_HASH_LENGTH + 1])
{
	for (int i = 0; i < SIGV4_KEY_LENGTH; i++)
		snprintf(hex + (size_t) 2 * (size_t) i, 3, "%02x", bytes[i]);
}

static bool
hash_hex(const char *text, char hex[HEX_HASH_LENGTH + 1])
{
	unsigned char hash[EVP_MAX_MD_SIZE];

	if (!EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL))
		return false;
	to_hex(hash, hex);
	return true;
}

static bool
hmac(const void *key, size_t key_length, const char *text,
	 unsigned char out[SIGV4_KEY_LENGTH])
{
	unsigned int length = SIGV4_KEY_LENGTH;

	return HMAC(EVP_sha256(), key, (int) key_length,
				(const unsigned char *) text, strlen(text), out,
				&length) != NULL &&
		   length == SIGV4_KEY_LENGTH;
}

bool
sigv4_signing_key(const char *secret_key, const char *day, const char *region,
				  const char *service, unsigned char key[SIGV4_KEY_LENGTH])
{
	static const char prefix[] = "AWS4";
	size_t seed_size = sizeof(prefix) + strlen(secret_key);
	char *seed = malloc(seed_size);
	bool ok;

	if (seed == NULL)
		return false;
	snprintf(seed, seed_size, "%s%s", prefix, secret_key);
	ok = hmac(seed, seed_size - 1, day, key) &&
		 hmac(key, SIGV4_KEY_LENGTH, region, key) &&
		 hmac(key, SIGV4_KEY_LENGTH, service, key) &&
		 hmac(key, SIGV4_KEY_LENGTH, SCOPE_END, key);
	OPENSSL_cleanse(seed, seed_size);
	free(seed);
	return ok;
}

/* Keep the list sorted by name, as the canonical request wants it. */
static void
add_header(SignedHeaders *list, const char *name, const char *value)
{
	int at = list->count++;

	while (at > 0 && strcmp(list->header[at - 1].name, name) > 0)
	{
		list->header[at] = list->header[at - 1];
		at--;
	}
	list->header[at].name = name;
	list->header[at].value = value;
}

static bool
collect_headers(const SigV4Request *request, const char *amz_date,
				SignedHeaders *list)
{
	list->count = 0;
	if (request->extra_header_count > MAX_EXTRA_HEADERS)
		return false;
	for (int i = 0; i < request->extra_header_count; i++)
		add_header(list, request->extra_headers[i].name,
				   request->extra_headers[i].value);
	add_header(list, "host", request->host);
	add_header(list, "x-amz-date", amz_date);
	if (strcmp(request->service, "s3") == 0)
		add_header(list, "x-amz-content-sha256", request->payload_hash);
	if (request->session_token != NULL)
		add_header(list, "x-amz-security-token", request->session_token);
	return true;
}

/* "host;x-amz-date" */
static bool
join_names(const SignedHeaders *list, char *names, size_t size)
{
	size_t used = 0;

	for (int i = 0; i < list->count; i++)
	{
		int written = snprintf(names + used, size - used, "%s%s",
							   i > 0 ? ";" : "", list->header[i].name);

		if (written < 0 || (size_t) written >= size - used)
			return false;
		used += (size_t) written;
	}
	return true;
}

/* malloc'd; NULL: no memory. */
static char *
canonical_request(const SigV4Request *request, const SignedHeaders *list,
				  const char *names)
{
	char *path = sigv4_encode_path(request->path);
	size_t size;
	size_t used;
	char *text;

	if (path == NULL)
		return NULL;
	size = strlen(request->method) + strlen(path) + strlen(request->query) +
		   strlen(names) + strlen(request->payload_hash) + 8;
	for (int i = 0; i < list->count; i++)
		size +=
			strlen(list->header[i].name) + strlen(list->header[i].value) + 2;
	text = malloc(size);
	if (text != NULL)
	{
		used = (size_t) snprintf(text, size, "%s\n%s\n%s\n", request->method,
								 path, request->query);
		for (int i = 0; i < list->count; i++)
			used +=
				(size_t) snprintf(text + used, size - used, "%s:%s\n",
								  list->header[i].name, list->header[i].value);
		snprintf(text + used, size - used, "\n%s\n%s", names,
				 request->payload_hash);
	}
	free(path);
	return text;
}

/* What the signing key signs: algorithm, date, scope, hash of the request. */
static bool
string_to_sign(const char *canonical, const char *amz_date, const char *scope,
			   char *text, size_t size)
{
	char hash[HEX_HASH_LENGTH + 1];
	int written;

	if (!hash_hex(canonical, hash))
		return false;
	written = snprintf(text, size, "AWS4-HMAC-SHA256\n%s\n%s\n%s", amz_date,
					   scope, hash);
	return written > 0 && (size_t) written < size;
}

static bool
compute_signature(const SigV4Request *request, const char *day,
				  const char *text, char hex[HEX_HASH_LENGTH + 1])
{
	unsigned char key[SIGV4_KEY_LENGTH];
	unsigned char signature[SIGV4_KEY_LENGTH];
	bool ok;

	ok = sigv4_signing_key(request->secret_key, day, request->region,
						   request->service, key) &&
		 hmac(key, sizeof(key), text, signature);
	if (ok)
		to_hex(signature, hex);
	OPENSSL_cleanse(key, sizeof(key));
	return ok;
}

static bool
format_time(int64_t seconds, char amz_date[17])
{
	time_t when = (time_t) seconds;
	struct tm utc;

	if (seconds < 0 || seconds > INT64_C(253402300799) ||
		gmtime_r(&when, &utc) == NULL)
		return false;
	return strftime(amz_date, 17, "%Y%m%dT%H%M%SZ", &utc) == 16;
}

bool
sigv4_sign(const SigV4Request *request, SigV4Headers *headers)
{
	SignedHeaders list;
	char names[256];
	char day[9];
	char scope[256];
	char text[512];
	char signature[HEX_HASH_LENGTH + 1];
	char *canonical;
	int written;
	bool ok;

	if (!format_time(request->time, headers->amz_date) ||
		!collect_headers(request, headers->amz_date, &list) ||
		!join_names(&list, names, sizeof(names)))
		return false;
	snprintf(day, sizeof(day), "%.8s", headers->amz_date);
	written = snprintf(scope, sizeof(scope), "%s/%s/%s/" SCOPE_END, day,
					   request->region, request->service);
	if (written < 0 || (size_t) written >= sizeof(scope))
		return false;

	canonical = canonical_request(request, &list, names);
	if (canonical == NULL)
		return false;
	ok = string_to_sign(canonical, headers->amz_date, scope, text,
						sizeof(text)) &&
		 compute_signature(request, day, text, signature);
	free(canonical);
	if (!ok)
		return false;

	written = snprintf(headers->authorization, sizeof(headers->authorization),
					   "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, "
					   "Signature=%s",
					   request->access_key, scope, names, signature);
	return written > 0 && (size_t) written < sizeof(headers->authorization);
}
