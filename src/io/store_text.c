/*-------------------------------------------------------------------------
 *
 * store_text.c
 *	  Clean and cut names and server messages for an IoError.
 *
 * Keys come from events and error texts from servers: either may hold line
 * breaks, escape sequences or broken UTF-8, and all of it ends up in tables
 * and logs.  Nothing that leaves this file is anything but valid UTF-8
 * without control characters, nor such as set the direction of text.
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

/* Length of the character at text; 0: it is no UTF-8. */
static size_t
character_length(const unsigned char *text, size_t left)
{
	unsigned char c = text[0];

	if (c < 0x80)
		return 1;
	if (c >= 0xC2 && c <= 0xDF && left >= 2 && is_continuation(text[1]))
		return 2;
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

/*
 * Does it steer a terminal, end a line, or turn around what follows?  Those
 * that do have one to three bytes.
 */
static bool
is_control(const unsigned char *text, size_t length)
{
	unsigned code = text[0];

	if (length == 2)
		code = (text[0] & 0x1F) << 6 | (text[1] & 0x3F);
	else if (length == 3)
		code =
			(text[0] & 0x0F) << 12 | (text[1] & 0x3F) << 6 | (text[2] & 0x3F);
	return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C ||
		   code == 0x200E || code == 0x200F ||
		   (code >= 0x2028 && code <= 0x202E) ||
		   (code >= 0x2066 && code <= 0x2069);
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
		bool shown = width > 0 && !is_control(text + at, width);
		size_t wide = shown ? width : 1;

		if (used + wide >= size)
		{
			memcpy(out + cut, ellipsis, sizeof(ellipsis));
			return;
		}
		if (shown)
			memcpy(out + used, text + at, wide);
		else
			out[used] = '?';
		used += wide;
		at += width > 0 ? width : 1;
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
