/*-------------------------------------------------------------------------
 *
 * store_text.c
 *	  Clean and cut names and server messages for an IoError.
 *
 * Keys come from events and error texts from servers: either may hold line
 * breaks, escape sequences or broken UTF-8, and all of it ends up in tables
 * and logs.  Nothing that leaves this file is anything but valid UTF-8
 * without control characters.
 *
 *-------------------------------------------------------------------------
 */
#include "io/store_text.h"

#include <stdbool.h>
#include <string.h>

static const char ellipsis[] = "...";

static bool
is_continuation(unsigned char c)
{
	return (c & 0xC0) == 0x80;
}

/* Length of the printable character at text; 0: not one. */
static size_t
character_length(const unsigned char *text, size_t left)
{
	unsigned char c = text[0];

	if (c < 0x80)
		return c >= 0x20 && c != 0x7F ? 1 : 0;
	if (c >= 0xC2 && c <= 0xDF && left >= 2 && is_continuation(text[1]))
	{
		/* U+0080 to U+009F are control characters too */
		return c == 0xC2 && text[1] < 0xA0 ? 0 : 2;
	}
	if (c >= 0xE0 && c <= 0xEF && left >= 3 && is_continuation(text[1]) &&
		is_continuation(text[2]) && !(c == 0xE0 && text[1] < 0xA0) &&
		!(c == 0xED && text[1] >= 0xA0))
		return 3;
	if (c >= 0xF0 && c <= 0xF4 && left >= 4 && is_continuation(text[1]) &&
		is_continuation(text[2]) && is_continuation(text[3]) &&
		!(c == 0xF0 && text[1] < 0x90) && !(c == 0xF4 && text[1] >= 0x90))
		return 4;
	return 0;
}

void
store_text_clean(char *out, size_t size, const char *raw, size_t length)
{
	const unsigned char *text = (const unsigned char *) raw;
	size_t used = 0;
	size_t cut = 0; /* where "..." fits */
	size_t at = 0;

	while (at < length)
	{
		size_t width = character_length(text + at, length - at);
		size_t wide = width > 0 ? width : 1;

		if (used + wide >= size)
		{
			memcpy(out + cut, ellipsis, sizeof(ellipsis));
			return;
		}
		if (width > 0)
			memcpy(out + used, text + at, wide);
		else
			out[used] = '?';
		used += wide;
		at += wide;
		if (used + sizeof(ellipsis) <= size)
			cut = used;
	}
	out[used] = '\0';
}

void
store_text_object(char *out, size_t size, const char *bucket, const char *key)
{
	size_t used;

	/* A long bucket name must leave room for some of the key. */
	store_text_clean(out, size / 2, bucket, strlen(bucket));
	used = strlen(out);
	out[used++] = '/';
	store_text_clean(out + used, size - used, key, strlen(key));
}
