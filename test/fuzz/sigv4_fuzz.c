/*-------------------------------------------------------------------------
 *
 * sigv4_fuzz.c
 *	  Fuzz target: endpoint, bucket and key become a URL and a signature.
 *
 * The path must decode to the key and hold nothing that a URL or a header
 * line could be broken with; curl must see the host that was meant; and a
 * second, plain implementation of the signature must come to the same.
 *
 * The input is text, its fields end with a NUL: flags, endpoint, bucket, key,
 * region, access key, secret key, session token, name and value of a further
 * header, the time.
 *
 *-------------------------------------------------------------------------
 */
#include "io/s3_address.h"
#include "io/sigv4.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"

typedef enum Field
{
	FIELD_FLAGS, /* p: path style, t: session token, h: further header,
				  * v: a service other than S3 */
	FIELD_ENDPOINT,
	FIELD_BUCKET,
	FIELD_KEY,
	FIELD_REGION,
	FIELD_ACCESS_KEY,
	FIELD_SECRET_KEY,
	FIELD_TOKEN,
	FIELD_HEADER_NAME,
	FIELD_HEADER_VALUE,
	FIELD_TIME
} Field;

#define FIELD_COUNT (FIELD_TIME + 1)

/* --- text that grows --- */

static char *
append(char *text, const char *more)
{
	size_t used = text != NULL ? strlen(text) : 0;
	char *grown = realloc(text, used + strlen(more) + 1);

	FUZZ_CHECK(grown != NULL);
	memcpy(grown + used, more, strlen(more) + 1);
	return grown;
}

/* NULL ends the list. */
static char *
concatenate(const char *const *parts)
{
	char *text = append(NULL, "");

	for (; *parts != NULL; parts++)
		text = append(text, *parts);
	return text;
}

#define JOIN(...) concatenate((const char *const[]){__VA_ARGS__, NULL})

/* --- paths --- */

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *found = c != '\0' ? strchr(digits, c) : NULL;

	FUZZ_CHECK(found != NULL);
	return (int) (found - digits);
}

/* What may stand in a path as it is. */
static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
							"uvwxyz0123456789-._~/";

static void
check_encoded(const char *encoded, const char *raw)
{
	for (; *encoded != '\0'; encoded++, raw++)
	{
		int byte = (unsigned char) *encoded;

		if (byte == '%')
		{
			byte = hex_digit(encoded[1]) * 16 + hex_digit(encoded[2]);
			encoded += 2;
			FUZZ_CHECK(strchr(plain, byte) == NULL);
		}
		else
			FUZZ_CHECK(strchr(plain, byte) != NULL);
		FUZZ_CHECK(byte == (unsigned char) *raw);
	}
	FUZZ_CHECK(*raw == '\0');
}

/* --- addresses --- */

static void
check_error(const IoError *error, const char *endpoint)
{
	FUZZ_CHECK(error->code[0] != '\0' && fuzz_is_message(error->code));
	FUZZ_CHECK(error->message[0] != '\0' && fuzz_is_message(error->message));
	FUZZ_CHECK(fuzz_is_message(error->hint));
	/* a name and a password may stand before it */
	if (endpoint != NULL && strchr(endpoint, '@') != NULL)
		FUZZ_CHECK(strstr(error->message, "\"") == NULL);
}

static void
check_address(const S3Address *address)
{
	char server[300];

	FUZZ_CHECK(address->port >= 1 && address->port <= 65535);
	FUZZ_CHECK(address->host[0] != '\0' && strlen(address->host) <= 253);
	FUZZ_CHECK(
		address->host[strspn(address->host,
							 "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]")] ==
		'\0');
	snprintf(server, sizeof(server), "%s:%d", address->host, address->port);
	FUZZ_CHECK(strcmp(server, address->server) == 0);
	FUZZ_CHECK(strcmp(address->authority, server) == 0 ||
			   (strcmp(address->authority, address->host) == 0 &&
				address->port == (address->tls ? 443 : 80)));
}

/* Curl reads a host that ends in a number as an IPv4 address of any form. */
static bool
is_numeric(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *last = dot != NULL ? dot + 1 : host;

	return *last == '\0' || (*last >= '0' && *last <= '9');
}

/* Whatever curl makes of the URL, it goes to this host and asks for this. */
static void
check_as_curl_reads_it(const char *url, const char *host, const char *path)
{
	CURLU *parsed = curl_url();
	char *part;

	FUZZ_CHECK(parsed != NULL);
	if (curl_url_set(parsed, CURLUPART_URL, url, CURLU_PATH_AS_IS) ==
		CURLUE_OK)
	{
		FUZZ_CHECK(curl_url_get(parsed, CURLUPART_PATH, &part, 0) ==
				   CURLUE_OK);
		check_encoded(part, path);
		curl_free(part);
		FUZZ_CHECK(curl_url_get(parsed, CURLUPART_HOST, &part, 0) ==
				   CURLUE_OK);
		FUZZ_CHECK(is_numeric(part) || part[0] == '[' ||
				   strncmp(part, host, strlen(part)) == 0);
		curl_free(part);
		FUZZ_CHECK(curl_url_get(parsed, CURLUPART_USER, &part, 0) ==
				   CURLUE_NO_USER);
		FUZZ_CHECK(curl_url_get(parsed, CURLUPART_QUERY, &part, 0) ==
				   CURLUE_NO_QUERY);
		FUZZ_CHECK(curl_url_get(parsed, CURLUPART_FRAGMENT, &part, 0) ==
				   CURLUE_NO_FRAGMENT);
	}
	curl_url_cleanup(parsed);
}

/* Only what may be part of a host name. */
static void
check_bucket(const char *bucket)
{
	size_t length = strlen(bucket);

	FUZZ_CHECK(length >= 3 && length <= 63);
	FUZZ_CHECK(
		bucket[strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789.-")] ==
		'\0');
	FUZZ_CHECK(strchr(".-", bucket[0]) == NULL);
	FUZZ_CHECK(strchr(".-", bucket[length - 1]) == NULL);
	FUZZ_CHECK(strstr(bucket, "..") == NULL && strstr(bucket, ".-") == NULL &&
			   strstr(bucket, "-.") == NULL);
}

static void
check_target(const S3Address *address, const S3Target *target,
			 char *const *field)
{
	char *path = address->path_style
					 ? JOIN("/", field[FIELD_BUCKET], "/", field[FIELD_KEY])
					 : JOIN("/", field[FIELD_KEY]);
	char *host = address->path_style
					 ? JOIN(address->authority)
					 : JOIN(field[FIELD_BUCKET], ".", address->authority);
	char *before = JOIN(address->tls ? "https://" : "http://", host);

	FUZZ_CHECK(strcmp(target->path, path) == 0);
	FUZZ_CHECK(strcmp(target->host, host) == 0);
	FUZZ_CHECK(strncmp(target->url, before, strlen(before)) == 0);
	check_encoded(target->url + strlen(before), path);
	if (!address->path_style)
		check_bucket(field[FIELD_BUCKET]);
	check_as_curl_reads_it(target->url, host, path);
	free(before);
	free(host);
	free(path);
}

/* --- the signature, plainly --- */

static void
hex(const unsigned char *bytes, char out[65])
{
	for (int i = 0; i < 32; i++)
		snprintf(out + (size_t) 2 * (size_t) i, 3, "%02x", bytes[i]);
}

static void
sign(const void *key, size_t key_length, const char *text,
	 unsigned char out[32])
{
	unsigned char result[EVP_MAX_MD_SIZE];
	unsigned int length;

	FUZZ_CHECK(HMAC(EVP_sha256(), key, (int) key_length,
					(const unsigned char *) text, strlen(text), result,
					&length) != NULL);
	memcpy(out, result, 32);
}

static int
compare_headers(const void *one, const void *other)
{
	return strcmp(((const SigV4Header *) one)->name,
				  ((const SigV4Header *) other)->name);
}

/* All that are signed, sorted; room for five. */
static int
signed_headers(const SigV4Request *request, const char *time,
			   SigV4Header *header)
{
	int count = 0;

	header[count++] = (SigV4Header){"host", request->host};
	header[count++] = (SigV4Header){"x-amz-date", time};
	if (strcmp(request->service, "s3") == 0)
		header[count++] =
			(SigV4Header){"x-amz-content-sha256", request->payload_hash};
	if (request->session_token != NULL)
		header[count++] =
			(SigV4Header){"x-amz-security-token", request->session_token};
	if (request->extra_header_count > 0)
		header[count++] = request->extra_headers[0];
	qsort(header, (size_t) count, sizeof(SigV4Header), compare_headers);
	return count;
}

static char *
header_names(const SigV4Header *header, int count)
{
	char *names = append(NULL, header[0].name);

	for (int i = 1; i < count; i++)
		names = append(append(names, ";"), header[i].name);
	return names;
}

static char *
canonical_request(const SigV4Request *request, const SigV4Header *header,
				  int count, const char *names)
{
	char *path = sigv4_encode_path(request->path); /* checked by itself */
	char *text = JOIN(request->method, "\n", path, "\n", request->query, "\n");

	for (int i = 0; i < count; i++)
	{
		text = append(append(text, header[i].name), ":");
		text = append(append(text, header[i].value), "\n");
	}
	text = append(append(append(text, "\n"), names), "\n");
	free(path);
	return append(text, request->payload_hash);
}

static void
signature_of(const SigV4Request *request, const char *day, const char *text,
			 char out[65])
{
	unsigned char key[32];
	char *seed = JOIN("AWS4", request->secret_key);

	sign(seed, strlen(seed), day, key);
	sign(key, 32, request->region, key);
	sign(key, 32, request->service, key);
	sign(key, 32, "aws4_request", key);
	sign(key, 32, text, key);
	hex(key, out);
	free(seed);
}

/* The value of Authorization; malloc'd. */
static char *
expected_authorization(const SigV4Request *request, const char *time,
					   const char *scope)
{
	SigV4Header header[5];
	int count = signed_headers(request, time, header);
	char *names = header_names(header, count);
	char *canonical = canonical_request(request, header, count, names);
	unsigned char hash[EVP_MAX_MD_SIZE];
	char hash_hex[65];
	char signature[65];
	char day[9];
	char *text;
	char *result;

	FUZZ_CHECK(EVP_Digest(canonical, strlen(canonical), hash, NULL,
						  EVP_sha256(), NULL));
	hex(hash, hash_hex);
	snprintf(day, sizeof(day), "%.8s", time);
	text = JOIN("AWS4-HMAC-SHA256\n", time, "\n", scope, "\n", hash_hex);
	signature_of(request, day, text, signature);
	result = JOIN("AWS4-HMAC-SHA256 Credential=", request->access_key, "/",
				  scope, ", SignedHeaders=", names, ", Signature=", signature);
	free(text);
	free(canonical);
	free(names);
	return result;
}

/* False only when a field is too long for the headers. */
static void
check_signature(const SigV4Request *request)
{
	SigV4Headers headers;
	bool is_signed = sigv4_sign(request, &headers);
	time_t when = (time_t) request->time;
	struct tm utc;
	char time[40];
	char day[9];
	char *scope;
	char *expected;

	FUZZ_CHECK(gmtime_r(&when, &utc) != NULL);
	snprintf(time, sizeof(time), "%04d%02d%02dT%02d%02d%02dZ",
			 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
			 utc.tm_min, utc.tm_sec);
	snprintf(day, sizeof(day), "%.8s", time);
	scope = JOIN(day, "/", request->region, "/", request->service,
				 "/aws4_request");
	expected = expected_authorization(request, time, scope);
	if (is_signed)
	{
		FUZZ_CHECK(strcmp(headers.amz_date, time) == 0);
		FUZZ_CHECK(strcmp(headers.authorization, expected) == 0);
	}
	else
		FUZZ_CHECK(strlen(scope) >= 256 || strlen(expected) >= 1024 ||
				   (request->extra_header_count > 0 &&
					strlen(request->extra_headers[0].name) >= 180));
	free(expected);
	free(scope);
}

/* --- the target --- */

static bool
has_flag(char *const *field, char flag)
{
	return strchr(field[FIELD_FLAGS], flag) != NULL;
}

/* Any time of the years 1970 to 9999. */
static int64_t
time_of(const char *text)
{
	uint64_t number = 0;

	for (const char *c = text; *c != '\0'; c++)
		number = number * 31 + (unsigned char) *c;
	return (int64_t) (number % 253402300800);
}

static void
sign_target(const S3Target *target, char *const *field)
{
	/* a name that none of the others has */
	char *name = JOIN("y-", field[FIELD_HEADER_NAME]);
	SigV4Header header = {name, field[FIELD_HEADER_VALUE]};
	SigV4Request request = {
		.method = "GET",
		.host = target->host,
		.path = target->path,
		.query = "",
		.region = field[FIELD_REGION],
		.service = has_flag(field, 'v') ? "service" : "s3",
		.access_key = field[FIELD_ACCESS_KEY],
		.secret_key = field[FIELD_SECRET_KEY],
		.session_token = has_flag(field, 't') ? field[FIELD_TOKEN] : NULL,
		.payload_hash = SIGV4_EMPTY_PAYLOAD,
		.extra_headers = &header,
		.extra_header_count = has_flag(field, 'h') ? 1 : 0,
		.time = time_of(field[FIELD_TIME]),
	};

	check_signature(&request);
	free(name);
}

static void
build_and_sign(const S3Address *address, char *const *field)
{
	S3Target target;
	IoError error = {0};

	check_address(address);
	if (s3_target_build(address, field[FIELD_BUCKET], field[FIELD_KEY],
						&target, &error) != STORE_OK)
	{
		check_error(&error, NULL);
		return;
	}
	check_target(address, &target, field);
	sign_target(&target, field);
	s3_target_free(&target);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = {data, size};
	char *field[FIELD_COUNT];
	char *encoded;
	S3Address address;
	IoError error = {0};

	for (int i = 0; i < FIELD_COUNT; i++)
		field[i] = fuzz_string(&input, '\0');
	encoded = sigv4_encode_path(field[FIELD_KEY]);
	FUZZ_CHECK(encoded != NULL);
	check_encoded(encoded, field[FIELD_KEY]);
	free(encoded);

	if (s3_address_parse(field[FIELD_ENDPOINT], has_flag(field, 'p'), &address,
						 &error))
		build_and_sign(&address, field);
	else
		check_error(&error, field[FIELD_ENDPOINT]);
	for (int i = 0; i < FIELD_COUNT; i++)
		free(field[i]);
	return 0;
}
