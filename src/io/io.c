/*-------------------------------------------------------------------------
 *
 * io.c
 *	  What every file of src/io shares: a growing buffer, an error for a
 *	  person, a clock.
 *
 * Nothing here knows a protocol, waits, or prints.
 *
 *-------------------------------------------------------------------------
 */
#include "io/io.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SMALLEST_CAPACITY 256

void
io_buffer_free(IoBuffer *buffer)
{
	free(buffer->data);
	memset(buffer, 0, sizeof(*buffer));
}

bool
io_buffer_reserve(IoBuffer *buffer, size_t extra, size_t limit)
{
	size_t most = limit > 0 ? limit : SIZE_MAX;
	size_t needed;
	size_t capacity;
	char *data;

	if (buffer->length > most || extra > most - buffer->length)
		return false;
	needed = buffer->length + extra;
	if (needed <= buffer->capacity)
		return true;

	capacity = buffer->capacity > SMALLEST_CAPACITY ? buffer->capacity
													: SMALLEST_CAPACITY;
	while (capacity < needed)
		capacity = capacity <= SIZE_MAX / 2 ? capacity * 2 : SIZE_MAX;
	if (capacity > most)
		capacity = most;
	data = realloc(buffer->data, capacity);
	if (data == NULL)
		return false;
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

/* A text that fills its field may have been cut within a character. */
static void
drop_cut_character(char *text, size_t size)
{
	size_t length = strlen(text);
	size_t start = length;
	size_t wanted;

	if (length + 1 < size)
		return;
	while (start > 0 && ((unsigned char) text[start - 1] & 0xC0) == 0x80)
		start--;
	if (start == 0 || (unsigned char) text[start - 1] < 0xC0)
		return;
	start--;
	wanted = (unsigned char) text[start] >= 0xF0   ? 4
			 : (unsigned char) text[start] >= 0xE0 ? 3
												   : 2;
	if (length - start < wanted)
		text[start] = '\0';
}

void
io_error_set(IoError *error, const char *code, const char *hint,
			 const char *format, ...)
{
	va_list arguments;

	snprintf(error->code, sizeof(error->code), "%s", code);
	snprintf(error->hint, sizeof(error->hint), "%s", hint != NULL ? hint : "");
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	drop_cut_character(error->message, sizeof(error->message));
}

int64_t
io_now_us(void)
{
	struct timespec now;

	/* Cannot fail for this clock with a valid pointer. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
io_now_ms(void)
{
	return io_now_us() / 1000;
}
