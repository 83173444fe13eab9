/*-------------------------------------------------------------------------
 *
 * s3_error.c
 *	  Read the error answers of S3 servers.
 *
 * S3 says what is wrong in a small XML body, <Error><Code>..</Code>
 * <Message>..</Message>..., and several things share one HTTP status.  This
 * file finds the two elements by plain search in a bounded body: no XML
 * parser is owed to an answer that may be anything.  Other elements are never
 * read, because servers repeat the access key, the token and the string to
 * sign in them.
 *
 *-------------------------------------------------------------------------
 */
#include "io/s3_error.h"
#include "io/store_text.h"

#include <stdio.h>
#include <string.h>

#define HINT_SECRET                                                           \
	"Check secret_key or secret_key_file of the user mapping, and that no "   \
	"proxy changes the Host header or the path."
#define HINT_ACCESS_KEY "Check access_key of the user mapping."
#define HINT_PERMISSION                                                       \
	"Allow this access key s3:GetObject on the bucket, and s3:ListBucket, "   \
	"without which a missing object is answered like this too."
#define HINT_UNSIGNED                                                         \
	"The request was not signed: set access_key and secret_key in the user "  \
	"mapping."
#define HINT_CLOCK "Compare the clock of this machine with the object store's."
#define HINT_REGION "Check the server option \"region\"."
#define HINT_TOKEN                                                            \
	"Renew session_token of the user mapping, with the keys that belong to "  \
	"it."
#define HINT_BUCKET                                                           \
	"Create the bucket, or check the server options \"endpoint\" and "        \
	"\"path_style\"."
#define HINT_REDIRECT                                                         \
	"Set the server options \"endpoint\" and \"region\" to those of the "     \
	"bucket; redirects are not followed."
#define HINT_NO_KEY                                                           \
	"It is asked for again by itself: put the object there, under that "      \
	"key."
#define HINT_ARCHIVED "Restore the object from its archive class."
#define HINT_HTTPS                                                            \
	"Begin the server option \"endpoint\" with https://, and set "            \
	"tls_cert_file and tls_key_file if the server asks for a certificate."
#define HINT_NOT_S3                                                           \
	"Check that the server option \"endpoint\" names an S3 server."

typedef struct KnownCode
{
	const char *code;
	StoreOutcome outcome;
	const char *hint;
} KnownCode;

static const KnownCode known_codes[] = {
	{"NoSuchKey", STORE_NOT_FOUND, HINT_NO_KEY},
	{"NoSuchVersion", STORE_NOT_FOUND, HINT_NO_KEY},
	{"NoSuchBucket", STORE_NO_BUCKET, HINT_BUCKET},
	{"SignatureDoesNotMatch", STORE_DENIED, HINT_SECRET},
	{"InvalidAccessKeyId", STORE_DENIED, HINT_ACCESS_KEY},
	{"AccessDenied", STORE_DENIED, HINT_PERMISSION},
	{"RequestTimeTooSkewed", STORE_DENIED, HINT_CLOCK},
	{"RequestExpired", STORE_DENIED, HINT_CLOCK},
	{"AuthorizationHeaderMalformed", STORE_DENIED, HINT_REGION},
	{"ExpiredToken", STORE_DENIED, HINT_TOKEN},
	{"InvalidToken", STORE_DENIED, HINT_TOKEN},
	{"TokenRefreshRequired", STORE_DENIED, HINT_TOKEN},
	{"InvalidObjectState", STORE_REFUSED, HINT_ARCHIVED},
	{"PermanentRedirect", STORE_REFUSED, HINT_REDIRECT},
	{"TemporaryRedirect", STORE_REFUSED, HINT_REDIRECT},
	{"Redirect", STORE_REFUSED, HINT_REDIRECT},
	{"SlowDown", STORE_UNAVAILABLE, ""},
	{"ServiceUnavailable", STORE_UNAVAILABLE, ""},
	{"InternalError", STORE_UNAVAILABLE, ""},
	{"OperationAborted", STORE_UNAVAILABLE, ""},
	{"RequestTimeout", STORE_UNAVAILABLE, ""},
};

/* memmem() is not everywhere. */
static const char *
find(const char *text, size_t length, const char *word)
{
	size_t width = strlen(word);

	for (size_t at = 0; at + width <= length; at++)
	{
		if (memcmp(text + at, word, width) == 0)
			return text + at;
	}
	return NULL;
}

/* Replace the five entities of XML, in place. */
static void
decode_entities(char *text)
{
	static const struct
	{
		const char *name;
		char character;
	} entities[] = {{"&amp;", '&'},
					{"&lt;", '<'},
					{"&gt;", '>'},
					{"&quot;", '"'},
					{"&apos;", '\''}};
	char *out = text;

	while (*text != '\0')
	{
		char character = *text;
		size_t width = 1;

		for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		{
			size_t length = strlen(entities[i].name);

			if (strncmp(text, entities[i].name, length) == 0)
			{
				character = entities[i].character;
				width = length;
			}
		}
		*out++ = character;
		text += width;
	}
	*out = '\0';
}

/* The text between two tags, cleaned and cut; "" when it is not there. */
static void
read_element(const S3Failure *failure, const char *open, const char *close,
			 char *out, size_t size)
{
	const char *begin = NULL;
	const char *end = NULL;

	out[0] = '\0';
	if (failure->body != NULL)
		begin = find(failure->body, failure->body_length, open);
	if (begin != NULL)
	{
		begin += strlen(open);
		end = find(begin,
				   failure->body_length - (size_t) (begin - failure->body),
				   close);
	}
	if (end != NULL)
	{
		store_text_clean(out, size, begin, (size_t) (end - begin));
		decode_entities(out);
	}
}

/* A server's word for the error must look like one to be passed on. */
static bool
is_code_word(const char *code)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
								  "abcdefghijklmnopqrstuvwxyz"
								  "0123456789";

	return code[0] != '\0' && code[strspn(code, letters)] == '\0';
}

/* Web servers say so in their own words when they were spoken to plainly. */
static bool
wants_tls(const S3Failure *failure)
{
	return failure->http_status == 400 && failure->body != NULL &&
		   (find(failure->body, failure->body_length, "HTTPS") != NULL ||
			find(failure->body, failure->body_length, "SSL") != NULL);
}

static StoreOutcome
outcome_of_status(const S3Failure *failure, const char **hint)
{
	int status = failure->http_status;

	*hint = "";
	if (status >= 500 || status == 408 || status == 425 || status == 429)
		return STORE_UNAVAILABLE;
	if (status == 404)
	{
		*hint = HINT_NO_KEY;
		return STORE_NOT_FOUND;
	}
	if (status == 401 || status == 403)
	{
		*hint = failure->is_signed ? HINT_PERMISSION : HINT_UNSIGNED;
		return STORE_DENIED;
	}
	if (status >= 300 && status < 400)
	{
		*hint = HINT_REDIRECT;
		return STORE_REFUSED;
	}
	if (status < 300 || wants_tls(failure))
	{
		*hint = status < 300 ? HINT_NOT_S3 : HINT_HTTPS;
		return STORE_MISCONFIGURED;
	}
	return STORE_REFUSED;
}

static StoreOutcome
classify(const S3Failure *failure, const char *code, const char **hint)
{
	/* A server in trouble may say anything: try again. */
	if (failure->http_status >= 500)
		return outcome_of_status(failure, hint);
	for (size_t i = 0; i < sizeof(known_codes) / sizeof(known_codes[0]); i++)
	{
		if (strcmp(code, known_codes[i].code) == 0)
		{
			*hint = known_codes[i].hint;
			if (known_codes[i].outcome == STORE_DENIED && !failure->is_signed)
				*hint = HINT_UNSIGNED;
			return known_codes[i].outcome;
		}
	}
	return outcome_of_status(failure, hint);
}

StoreOutcome
s3_error_read(const S3Failure *failure, IoError *error)
{
	char code[sizeof(error->code)];
	char said[112];
	char object[96];
	char server[72];
	const char *hint;
	StoreOutcome outcome;

	read_element(failure, "<Code>", "</Code>", code, sizeof(code));
	read_element(failure, "<Message>", "</Message>", said, sizeof(said));
	if (!is_code_word(code))
		snprintf(code, sizeof(code), "HTTP_%d", failure->http_status);
	store_text_object(object, sizeof(object), failure->bucket, failure->key);
	store_text_clean(server, sizeof(server), failure->server,
					 strlen(failure->server));

	outcome = classify(failure, code, &hint);
	if (outcome == STORE_NOT_FOUND)
		io_error_set(error, code, hint, "object \"%s\" is not on \"%s\"",
					 object, server);
	else if (outcome == STORE_NO_BUCKET)
		io_error_set(error, code, hint,
					 "bucket of object \"%s\" is not on \"%s\"", object,
					 server);
	else
		io_error_set(error, code, hint,
					 "\"%s\" answered HTTP %d (%s) for object \"%s\"%s%s",
					 server, failure->http_status, code, object,
					 said[0] ? ": " : "", said);
	return outcome;
}
