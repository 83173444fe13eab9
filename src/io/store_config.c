/*-------------------------------------------------------------------------
 *
 * store_config.c
 *	  Check the options of an object store and keep them.
 *
 * What is checked here may be spliced into headers and URLs later without
 * another look: no credential holds a character that could end a header
 * line.  No option's value but the endpoint's is ever repeated in a message.
 *
 *-------------------------------------------------------------------------
 */
#include "io/store_config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#define DEFAULT_REGION "us-east-1"
#define DEFAULT_CONNECT_TIMEOUT_MS 10000
#define DEFAULT_STALL_TIMEOUT_S 30
#define DEFAULT_TOTAL_TIMEOUT_S 300
#define DEFAULT_MAX_BYTES ((size_t) 256 * 1024 * 1024)
#define MAX_TRANSFERS 256
#define FILE_SCHEME "file://"

/* A NULL stays NULL; *ok turns false when memory is out. */
static char *
copy_string(const char *text, bool *ok)
{
	char *copy;

	if (text == NULL)
		return NULL;
	copy = strdup(text);
	if (copy == NULL)
		*ok = false;
	return copy;
}

static const char *const *
copy_strings(const char *const *list, int count, bool *ok)
{
	char **copy = calloc((size_t) count + 1, sizeof(char *));

	if (copy == NULL)
	{
		*ok = false;
		return NULL;
	}
	for (int i = 0; i < count; i++)
		copy[i] = copy_string(list[i], ok);
	return (const char *const *) copy;
}

static void
free_string(const char *text)
{
	if (text == NULL)
		return;
	OPENSSL_cleanse((char *) text, strlen(text));
	free((char *) text);
}

void
store_config_free(StoreConfig *config)
{
	StoreOptions *options = &config->options;

	free_string(options->endpoint);
	free_string(options->region);
	free_string(options->access_key);
	free_string(options->secret_key);
	free_string(options->session_token);
	free_string(options->tls_ca_file);
	free_string(options->tls_cert_file);
	free_string(options->tls_key_file);
	for (int i = 0; options->buckets != NULL && i < options->bucket_count; i++)
		free_string(options->buckets[i]);
	free((void *) options->buckets);
	memset(config, 0, sizeof(*config));
}

static bool
copy_options(StoreOptions *copy, const StoreOptions *options)
{
	bool ok = true;

	*copy = *options;
	copy->endpoint = copy_string(options->endpoint, &ok);
	copy->region = copy_string(
		options->region != NULL ? options->region : DEFAULT_REGION, &ok);
	copy->access_key = copy_string(options->access_key, &ok);
	copy->secret_key = copy_string(options->secret_key, &ok);
	copy->session_token = copy_string(options->session_token, &ok);
	copy->tls_ca_file = copy_string(options->tls_ca_file, &ok);
	copy->tls_cert_file = copy_string(options->tls_cert_file, &ok);
	copy->tls_key_file = copy_string(options->tls_key_file, &ok);
	if (options->buckets != NULL)
		copy->buckets =
			copy_strings(options->buckets, options->bucket_count, &ok);
	return ok;
}

static void
set_defaults(StoreOptions *options)
{
	if (options->connect_timeout_ms <= 0)
		options->connect_timeout_ms = DEFAULT_CONNECT_TIMEOUT_MS;
	if (options->stall_timeout_s <= 0)
		options->stall_timeout_s = DEFAULT_STALL_TIMEOUT_S;
	if (options->total_timeout_s <= 0)
		options->total_timeout_s = DEFAULT_TOTAL_TIMEOUT_S;
	if (options->max_bytes == 0)
		options->max_bytes = DEFAULT_MAX_BYTES;
	if (options->max_bytes == SIZE_MAX)
		options->max_bytes--;
	if (options->max_fetches < 1)
		options->max_fetches = 1;
	if (options->max_fetches > MAX_TRANSFERS)
		options->max_fetches = MAX_TRANSFERS;
}

/* Printable ASCII without spaces, which every credential of S3 is. */
static bool
is_plain(const char *text, size_t max_length)
{
	size_t length = strlen(text);

	if (length == 0 || length > max_length)
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return true;
}

static bool
fail_option(IoError *error, const char *option)
{
	io_error_set(error, "BAD_OPTION",
				 "A value of printable ASCII characters without spaces is "
				 "expected.",
				 "option \"%s\" of the object store is empty, too long or "
				 "holds an invalid character",
				 option);
	return false;
}

static bool
check_credentials(const StoreOptions *options, IoError *error)
{
	if (!is_plain(options->region, 64))
		return fail_option(error, "region");
	if ((options->access_key == NULL) != (options->secret_key == NULL))
	{
		io_error_set(error, "BAD_OPTION",
					 "Set both access_key and secret_key (or "
					 "secret_key_file) in the user mapping, or neither.",
					 "object store has %s",
					 options->access_key != NULL
						 ? "an access key without a secret key"
						 : "a secret key without an access key");
		return false;
	}
	if (options->access_key != NULL && !is_plain(options->access_key, 256))
		return fail_option(error, "access_key");
	if (options->secret_key != NULL && !is_plain(options->secret_key, 1024))
		return fail_option(error, "secret_key");
	if (options->session_token != NULL &&
		!is_plain(options->session_token, 8192))
		return fail_option(error, "session_token");
	return true;
}

static bool
check_endpoint(StoreConfig *config, IoError *error)
{
	const char *endpoint = config->options.endpoint;

	if (strncmp(endpoint, FILE_SCHEME, strlen(FILE_SCHEME)) == 0 &&
		endpoint[strlen(FILE_SCHEME)] == '/')
	{
		config->folder = endpoint + strlen(FILE_SCHEME);
		return true;
	}
	return s3_address_parse(endpoint, config->options.path_style,
							&config->address, error);
}

bool
store_config_init(StoreConfig *config, const StoreOptions *options,
				  IoError *error)
{
	bool ok;

	memset(config, 0, sizeof(*config));
	ok = copy_options(&config->options, options);
	if (!ok)
		io_error_set(error, "NO_MEMORY", "", "out of memory");
	set_defaults(&config->options);
	ok =
		ok && check_endpoint(config, error) &&
		(config->folder != NULL || check_credentials(&config->options, error));
	if (!ok)
		store_config_free(config);
	return ok;
}

bool
store_config_allows(const StoreConfig *config, const char *bucket)
{
	const StoreOptions *options = &config->options;

	if (options->buckets == NULL)
		return true;
	for (int i = 0; i < options->bucket_count; i++)
	{
		if (strcmp(options->buckets[i], bucket) == 0)
			return true;
	}
	return false;
}
