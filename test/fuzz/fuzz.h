/*-------------------------------------------------------------------------
 *
 * fuzz.h
 *	  What the fuzz targets share: properties that must hold, and input taken
 *	  apart.
 *
 * A target is one file NAME_fuzz.c with LLVMFuzzerTestOneInput(), which
 * libFuzzer calls with any bytes.  It must return with nothing allocated, and
 * do the same for the same bytes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_FUZZ_H
#define ANALYTICS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input is.  Says what did not, and aborts. */
#define FUZZ_CHECK(condition)                                                 \
	do                                                                        \
	{                                                                         \
		if (!(condition))                                                     \
			fuzz_failed(__FILE__, __LINE__, #condition);                      \
	} while (0)

extern void fuzz_failed(const char *file, int line, const char *condition)
	__attribute__((noreturn));

/* --- input --- */

/* The input, eaten from the front.  At its end there are zeroes. */
typedef struct FuzzInput
{
	const uint8_t *at;
	size_t left;
} FuzzInput;

extern uint8_t fuzz_byte(FuzzInput *input);

/* Most significant byte first; at most 8 bytes. */
extern uint64_t fuzz_number(FuzzInput *input, int bytes);

/* The next `length` bytes, or what is left; *length says how many. */
extern const uint8_t *fuzz_bytes(FuzzInput *input, size_t *length);

/*
 * Up to the next byte `mark`, which is passed, or up to the end; malloc'd and
 * terminated.
 */
extern char *fuzz_string(FuzzInput *input, char mark);

/* A copy in a block of its own, so that reading past either end is seen. */
extern char *fuzz_copy(const void *bytes, size_t length);

/* --- text --- */

/*
 * Bytes of the character at text, by Unicode's table of well-formed
 * sequences; 0: there is none.  NUL is a character.
 */
extern size_t fuzz_utf8_length(const char *text, size_t left);
extern bool fuzz_is_utf8(const char *text, size_t length);

/* Terminated, UTF-8, and without control characters: fit for a log. */
extern bool fuzz_is_message(const char *text);

#endif /* ANALYTICS_FUZZ_H */
