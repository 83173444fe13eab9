/*-------------------------------------------------------------------------
 *
 * fuzz.c
 *	  What the fuzz targets share.
 *
 * Nothing of src is used here: what judges the code must not be the code.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
fuzz_failed(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: this must hold: %s\n", file, line, condition);
	abort();
}

static void *
allocate(size_t size)
{
	void *block = malloc(size);

	if (block == NULL)
		fuzz_failed(__FILE__, __LINE__, "there is memory");
	return block;
}

/* --- input --- */

uint8_t
fuzz_byte(FuzzInput *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->at++;
}

uint64_t
fuzz_number(FuzzInput *input, int bytes)
{
	uint64_t number = 0;

	for (int i = 0; i < bytes; i++)
		number = (number << 8) | fuzz_byte(input);
	return number;
}

const uint8_t *
fuzz_bytes(FuzzInput *input, size_t *length)
{
	const uint8_t *bytes = input->at;

	if (*length > input->left)
		*length = input->left;
	input->at += *length;
	input->left -= *length;
	return bytes;
}

char *
fuzz_string(FuzzInput *input, char mark)
{
	const uint8_t *found =
		input->left > 0 ? memchr(input->at, mark, input->left) : NULL;
	size_t length = found != NULL ? (size_t) (found - input->at) : input->left;
	const uint8_t *bytes = fuzz_bytes(input, &length);
	char *text = allocate(length + 1);

	if (length > 0)
		memcpy(text, bytes, length);
	text[length] = '\0';
	if (found != NULL)
		fuzz_byte(input);
	return text;
}

char *
fuzz_copy(const void *bytes, size_t length)
{
	char *copy = allocate(length);

	if (length > 0)
		memcpy(copy, bytes, length);
	return copy;
}

/* --- text --- */

/* First byte of a character, and what its second may be; more follow. */
typedef struct Utf8Row
{
	unsigned char first;
	unsigned char last;
	unsigned char second_from;
	unsigned char second_to;
	size_t length;
} Utf8Row;

/* Unicode, table 3-7. */
static const Utf8Row utf8_rows[] = {
	{0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2},
	{0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
	{0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
	{0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
	{0xF4, 0xF4, 0x80, 0x8F, 4},
};

size_t
fuzz_utf8_length(const char *text, size_t left)
{
	const unsigned char *byte = (const unsigned char *) text;
	const Utf8Row *row = utf8_rows;

	while (row->last < byte[0])
	{
		if (++row == utf8_rows + sizeof(utf8_rows) / sizeof(utf8_rows[0]))
			return 0;
	}
	if (byte[0] < row->first || left < row->length)
		return 0;
	if (row->length > 1 &&
		(byte[1] < row->second_from || byte[1] > row->second_to))
		return 0;
	for (size_t i = 2; i < row->length; i++)
	{
		if (byte[i] < 0x80 || byte[i] > 0xBF)
			return 0;
	}
	return row->length;
}

bool
fuzz_is_utf8(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length)
	{
		size_t width = fuzz_utf8_length(text + at, length - at);

		if (width == 0)
			return false;
		at += width;
	}
	return true;
}

bool
fuzz_is_message(const char *text)
{
	const unsigned char *c = (const unsigned char *) text;

	for (; *c != '\0'; c++)
	{
		if (*c < 0x20 || *c == 0x7F || (*c == 0xC2 && c[1] < 0xA0))
			return false;
	}
	return fuzz_is_utf8(text, strlen(text));
}
