/*-------------------------------------------------------------------------
 *
 * s3_address.c
 *	  Endpoints, hosts and URLs of S3 objects.
 *
 * Bucket and key are bytes from outside.  A key is percent-encoded and never
 * resolved: "..", "//" and line breaks are parts of a name like any other.
 * A bucket may become part of a host name only when it is a valid one.  An
 * endpoint is an administrator's word, checked so that it can be spliced into
 * a URL and a header.
 *
 *-------------------------------------------------------------------------
 */
#include "io/s3_address.h"
#include "io/sigv4.h"
#include "io/store_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HOST 253
#define MAX_BUCKET 255
#define MAX_KEY 1024 /* S3's own limit, in bytes */

#define HINT_ENDPOINT                                                         \
	"Write the server option \"endpoint\" as http://host:port, "              \
	"https://host:port or file:///folder."

static bool
fail_endpoint(const char *endpoint, const char *reason, IoError *error)
{
	char text[160];

	if (strchr(endpoint, '@') != NULL)
		io_error_set(error, "BAD_ENDPOINT",
					 "Credentials belong into the user mapping, as "
					 "access_key and secret_key.",
					 "endpoint of the object store contains a user name");
	else
	{
		store_text_clean(text, sizeof(text), endpoint, strlen(endpoint));
		io_error_set(error, "BAD_ENDPOINT", HINT_ENDPOINT,
					 "endpoint \"%s\" of the object store %s", text, reason);
	}
	return false;
}

/* Not <ctype.h>'s: those follow the locale. */
static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static char
to_lower(char c)
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
	const char *found = c != '\0' ? strchr(upper, c) : NULL;

	return found != NULL ? lower[found - upper] : c;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
host_length(const char *text)
{
	static const char ipv6[] = "0123456789abcdefABCDEF:.";
	static const char name[] = "0123456789abcdefghijklmnopqrstuvwxyz"
							   "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_";
	size_t length;

	if (text[0] != '[')
		return strspn(text, name);
	length = strspn(text + 1, ipv6);
	return length > 0 && text[length + 1] == ']' ? length + 2 : 0;
}

/* ":9000/" and the like, up to the end.  0: not a port. */
static int
parse_port(const char *text, int scheme_port)
{
	int port = scheme_port;

	if (text[0] == ':')
	{
		char *end;
		long number;

		if (!is_digit(text[1]))
			return 0;
		number = strtol(text + 1, &end, 10);
		if (number < 1 || number > 65535)
			return 0;
		port = (int) number;
		text = end;
	}
	if (text[0] == '/')
		text++;
	return text[0] == '\0' ? port : 0;
}

static bool
is_address_literal(const char *host)
{
	return host[0] == '[' || host[strspn(host, "0123456789.")] == '\0';
}

bool
s3_address_parse(const char *endpoint, bool path_style, S3Address *address,
				 IoError *error)
{
	const char *host;
	size_t length;
	int scheme_port;

	memset(address, 0, sizeof(*address));
	address->path_style = path_style;
	address->tls = strncmp(endpoint, "https://", 8) == 0;
	if (!address->tls && strncmp(endpoint, "http://", 7) != 0)
		return fail_endpoint(endpoint, "has no known scheme", error);
	host = endpoint + (address->tls ? 8 : 7);
	scheme_port = address->tls ? 443 : 80;

	length = host_length(host);
	if (length == 0 || length > MAX_HOST)
		return fail_endpoint(endpoint, "has no valid host", error);
	for (size_t i = 0; i < length; i++)
		address->host[i] = to_lower(host[i]);
	address->port = parse_port(host + length, scheme_port);
	if (address->port == 0)
		return fail_endpoint(endpoint,
							 "has something else after its host "
							 "than a port",
							 error);
	if (!path_style && is_address_literal(address->host))
		return fail_endpoint(endpoint,
							 "needs path_style: its host is not a "
							 "name that a bucket can be put before",
							 error);

	snprintf(address->server, sizeof(address->server), "%s:%d", address->host,
			 address->port);
	snprintf(address->authority, sizeof(address->authority), "%s",
			 address->port == scheme_port ? address->host : address->server);
	return true;
}

/* AWS's rules for bucket names, which make them valid host names. */
static bool
is_dns_safe(const char *bucket)
{
	size_t length = strlen(bucket);
	char before = '.';

	if (length < 3 || length > 63 || is_address_literal(bucket))
		return false;
	for (const char *c = bucket; *c != '\0'; c++)
	{
		bool is_edge = before == '.' || before == '-';

		if (!is_lower(*c) && !is_digit(*c) && *c != '-' && *c != '.')
			return false;
		if ((*c == '.' && is_edge) || (*c == '-' && before == '.'))
			return false;
		before = *c;
	}
	return before != '.' && before != '-';
}

static StoreOutcome
refuse(const char *bucket, const char *key, const char *code, const char *hint,
	   const char *reason, IoError *error)
{
	char object[128];

	store_text_object(object, sizeof(object), bucket, key);
	io_error_set(error, code, hint, "object \"%s\" %s", object, reason);
	return STORE_REFUSED;
}

static StoreOutcome
check_names(const S3Address *address, const char *bucket, const char *key,
			IoError *error)
{
	size_t bucket_length = strlen(bucket);

	if (bucket_length == 0 || bucket_length > MAX_BUCKET ||
		strchr(bucket, '/') != NULL || strcmp(bucket, ".") == 0 ||
		strcmp(bucket, "..") == 0)
		return refuse(bucket, key, "InvalidBucketName", "",
					  "has a bucket name that no bucket can have", error);
	if (key[0] == '\0')
		return refuse(bucket, key, "BAD_KEY", "", "has no key", error);
	if (strlen(key) > MAX_KEY)
		return refuse(bucket, key, "KeyTooLongError", "",
					  "has a key of more than 1024 bytes", error);
	if (!address->path_style && !is_dns_safe(bucket))
		return refuse(bucket, key, "InvalidBucketName",
					  "Set the server option \"path_style\", or rename the "
					  "bucket.",
					  "has a bucket name that cannot be part of a host name",
					  error);
	return STORE_OK;
}

/* malloc'd concatenation; NULL: no memory. */
static char *
join(const char *first, const char *second, const char *third,
	 const char *fourth)
{
	size_t size =
		strlen(first) + strlen(second) + strlen(third) + strlen(fourth) + 1;
	char *text = malloc(size);

	if (text != NULL)
		snprintf(text, size, "%s%s%s%s", first, second, third, fourth);
	return text;
}

static char *
build_url(const S3Address *address, const char *host, const char *path)
{
	char *encoded = sigv4_encode_path(path);
	char *url = NULL;

	if (encoded != NULL)
		url = join(address->tls ? "https" : "http", "://", host, encoded);
	free(encoded);
	return url;
}

StoreOutcome
s3_target_build(const S3Address *address, const char *bucket, const char *key,
				S3Target *target, IoError *error)
{
	StoreOutcome outcome = check_names(address, bucket, key, error);

	memset(target, 0, sizeof(*target));
	if (outcome != STORE_OK)
		return outcome;
	if (address->path_style)
	{
		target->host = join(address->authority, "", "", "");
		target->path = join("/", bucket, "/", key);
	}
	else
	{
		target->host = join(bucket, ".", address->authority, "");
		target->path = join("/", key, "", "");
	}
	if (target->host != NULL && target->path != NULL)
		target->url = build_url(address, target->host, target->path);
	if (target->url != NULL)
		return STORE_OK;
	s3_target_free(target);
	io_error_set(error, "NO_MEMORY", "", "out of memory");
	return STORE_UNAVAILABLE;
}

void
s3_target_free(S3Target *target)
{
	free(target->host);
	free(target->path);
	free(target->url);
	memset(target, 0, sizeof(*target));
}
