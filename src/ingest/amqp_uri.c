/*-------------------------------------------------------------------------
 *
 * amqp_uri.c
 *	  Read the address of a broker written as one text.
 *
 * Libraries disagree on what an empty path means: here it is the vhost "/",
 * as the producers have it.  Nothing but the text is looked at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/amqp_uri.h"

#define LONGEST_HOST 253
#define LONGEST_VHOST 255

#define HINT_FORM                                                             \
	"An address like amqp://host, amqps://host:5671 or amqp://host/vhost is " \
	"expected."
#define HINT_VHOST                                                            \
	"A virtual host of 1 to 255 bytes is expected after the host, its "       \
	"special characters written as %2F and the like."

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode %XX; NULL for an invalid one and for %00. */
static char *
percent_decode(const char *text)
{
	char *decoded = palloc(strlen(text) + 1);
	char *to = decoded;

	while (*text != '\0')
	{
		int high;
		int low;

		if (*text != '%')
		{
			*to++ = *text++;
			continue;
		}
		high = hex_digit(text[1]);
		low = high < 0 ? -1 : hex_digit(text[2]);
		if (low < 0 || (high == 0 && low == 0))
			return NULL;
		*to++ = (char) (high * 16 + low);
		text += 3;
	}
	*to = '\0';
	return decoded;
}

/* The host at the start of text; the text behind it, or NULL. */
static const char *
parse_host(const char *text, AmqpUri *uri)
{
	bool is_bracketed = text[0] == '[';
	size_t length;

	if (is_bracketed)
		text++;
	length = strcspn(text, is_bracketed ? "]" : ":/?#[] \t\r\n");
	if (length == 0 || length > LONGEST_HOST ||
		(is_bracketed && text[length] != ']'))
		return NULL;
	uri->host = pnstrdup(text, length);
	return text + length + (is_bracketed ? 1 : 0);
}

/* ":port" or nothing; the text behind it, or NULL. */
static const char *
parse_port(const char *text, AmqpUri *uri)
{
	size_t digits;

	uri->port = 0;
	if (text[0] != ':')
		return text;
	text++;
	digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 5)
		return NULL;
	uri->port = (int) strtol(text, NULL, 10);
	return uri->port >= 1 && uri->port <= 65535 ? text + digits : NULL;
}

const char *
amqp_uri_parse(const char *text, AmqpUri *uri)
{
	const char *rest;

	uri->tls = strncmp(text, "amqps://", 8) == 0;
	if (!uri->tls && strncmp(text, "amqp://", 7) != 0)
		return HINT_FORM;
	rest = parse_host(text + (uri->tls ? 8 : 7), uri);
	if (rest != NULL)
		rest = parse_port(rest, uri);
	if (rest == NULL || (rest[0] != '\0' && rest[0] != '/'))
		return HINT_FORM;
	if (rest[0] == '\0' || rest[1] == '\0')
	{
		uri->vhost = pstrdup("/");
		return NULL;
	}
	if (strpbrk(rest + 1, "/?#") != NULL)
		return HINT_VHOST;
	uri->vhost = percent_decode(rest + 1);
	if (uri->vhost == NULL || strlen(uri->vhost) > LONGEST_VHOST)
		return HINT_VHOST;
	return NULL;
}
