/*-------------------------------------------------------------------------
 *
 * s3_response.c
 *	  Read the few response headers that matter.
 *
 * Content-Encoding is read and left alone: the bytes are decompressed later,
 * with a limit.  Header values are the server's word; nothing here is relied
 * on for more than a hint or a choice of decoder.
 *
 *-------------------------------------------------------------------------
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* timegm() */
#endif

#include "io/s3_response.h"

#include <string.h>
#include <strings.h>
#include <time.h>

/* A value within a header line. */
typedef struct Value
{
	const char *text;
	size_t length;
} Value;

void
s3_response_init(S3Response *response)
{
	response->status = 0;
	response->content_length = -1;
	response->marked_zstd = false;
	response->server_time = 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Is this line the header `name`?  Then *value is its trimmed value. */
static bool
match(const char *line, size_t length, const char *name, Value *value)
{
	size_t width = strlen(name);

	if (length <= width || line[width] != ':' ||
		strncasecmp(line, name, width) != 0)
		return false;
	value->text = line + width + 1;
	value->length = length - width - 1;
	while (value->length > 0 && is_blank(value->text[0]))
	{
		value->text++;
		value->length--;
	}
	while (value->length > 0 && is_blank(value->text[value->length - 1]))
		value->length--;
	return true;
}

static bool
equals(const Value *value, const char *word)
{
	return value->length == strlen(word) &&
		   strncasecmp(value->text, word, value->length) == 0;
}

static bool
contains(const Value *value, const char *word)
{
	size_t width = strlen(word);

	for (size_t at = 0; at + width <= value->length; at++)
	{
		if (strncasecmp(value->text + at, word, width) == 0)
			return true;
	}
	return false;
}

/* -1: not a number of at most 18 digits. */
static int64_t
parse_number(const char *text, size_t length)
{
	int64_t number = 0;

	if (length == 0 || length > 18)
		return -1;
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = number * 10 + (text[i] - '0');
	}
	return number;
}

/* The month of this name, from 0; -1: there is none. */
static int
parse_month(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (memcmp(text, months + (size_t) i * 3, 3) == 0)
			return i;
	return -1;
}

/*
 * "Sun, 06 Nov 1994 08:49:37 GMT", the one form in which HTTP servers may
 * write a date; 0 for anything else.
 */
static int64_t
parse_date(const Value *value)
{
	static const char form[] = "..., .. ... .... ..:..:.. GMT";
	const char *text = value->text;
	struct tm date = {0};

	if (value->length != sizeof(form) - 1)
		return 0;
	for (size_t i = 0; i < value->length; i++)
		if (form[i] != '.' && form[i] != text[i])
			return 0;
	date.tm_mday = (int) parse_number(text + 5, 2);
	date.tm_mon = parse_month(text + 8);
	date.tm_year = (int) parse_number(text + 12, 4) - 1900;
	date.tm_hour = (int) parse_number(text + 17, 2);
	date.tm_min = (int) parse_number(text + 20, 2);
	date.tm_sec = (int) parse_number(text + 23, 2);
	if (date.tm_mday < 1 || date.tm_mon < 0 || date.tm_year < 70 ||
		date.tm_hour < 0 || date.tm_min < 0 || date.tm_sec < 0)
		return 0;
	return (int64_t) timegm(&date);
}

/* "HTTP/1.1 200 OK" */
static void
take_status(S3Response *response, const char *line, size_t length)
{
	const char *space = memchr(line, ' ', length);

	s3_response_init(response);
	if (space != NULL && length - (size_t) (space - line) >= 4)
		response->status = (int) parse_number(space + 1, 3);
}

void
s3_response_line(S3Response *response, const char *line, size_t length)
{
	Value value;

	if (length >= 5 && memcmp(line, "HTTP/", 5) == 0)
		take_status(response, line, length);
	else if (match(line, length, "Content-Length", &value))
		response->content_length = parse_number(value.text, value.length);
	else if (match(line, length, "Date", &value))
		response->server_time = parse_date(&value);
	else if (match(line, length, "Content-Encoding", &value))
		response->marked_zstd |= contains(&value, "zstd");
	else if (match(line, length, "x-amz-meta-compressed", &value))
		response->marked_zstd |= equals(&value, "true");
	else if (match(line, length, "x-amz-meta-compression-algorithm", &value))
		response->marked_zstd |= equals(&value, "zstd");
}

bool
s3_response_key_is_zstd(const char *key)
{
	size_t length = strlen(key);

	return length >= 4 && strcmp(key + length - 4, ".zst") == 0;
}
