/*-------------------------------------------------------------------------
 *
 * compression_test.c
 *	  zstd frames whole, joined, cut, mutated and explosive.
 *
 * Prints TAP; needs no server.  One context serves all tests, as in a worker,
 * so that what a bad frame leaves behind would show in the next test.
 *
 *-------------------------------------------------------------------------
 */
#include "io/compression.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#define LIMIT ((size_t) 1024 * 1024)
#define MUTATIONS 20000

static int tests = 0;
static int failures = 0;
static Decompressor *decompressor;

static void
ok(bool passed, const char *name)
{
	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, name);
}

/* A frame of data, with its size in the header or without. */
static IoBuffer
compress(const char *data, size_t length, bool with_size, int window_log)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	IoBuffer frame = {malloc(ZSTD_compressBound(length) + 64), 0,
					  ZSTD_compressBound(length) + 64};
	ZSTD_inBuffer in = {data, length, 0};
	ZSTD_outBuffer out = {frame.data, frame.capacity, 0};

	if (context == NULL || frame.data == NULL)
		exit(2);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	if (window_log != 0)
		ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
	if (with_size)
		ZSTD_CCtx_setPledgedSrcSize(context, length);
	else
	{
		/* A first flush makes the size unknown to the encoder. */
		ZSTD_inBuffer none = {data, 0, 0};

		ZSTD_compressStream2(context, &out, &none, ZSTD_e_flush);
	}
	if (ZSTD_compressStream2(context, &out, &in, ZSTD_e_end) != 0)
		exit(2);
	frame.length = out.pos;
	ZSTD_freeCCtx(context);
	return frame;
}

static IoBuffer
join(const char *first, size_t first_length, const char *second,
	 size_t second_length)
{
	IoBuffer both = {malloc(first_length + second_length + 1),
					 first_length + second_length,
					 first_length + second_length + 1};

	if (both.data == NULL)
		exit(2);
	memcpy(both.data, first, first_length);
	memcpy(both.data + first_length, second, second_length);
	return both;
}

/* Decodes to exactly this? */
static void
decodes_to(const IoBuffer *frame, size_t max_bytes, const char *expected,
		   size_t length, const char *name)
{
	IoBuffer output;
	IoError error = {"", "", ""};
	bool decoded = decompressor_decode(
		decompressor, frame->data, frame->length, max_bytes, &output, &error);

	ok(decoded && output.data != NULL && output.length == length &&
		   memcmp(output.data, expected, length) == 0,
	   name);
	if (!decoded)
		printf("# %s: %s\n", error.code, error.message);
	else
		io_buffer_free(&output);
}

static void
fails_with(const char *data, size_t length, size_t max_bytes, const char *code,
		   const char *name)
{
	IoBuffer output;
	IoError error = {"", "", ""};
	bool decoded = decompressor_decode(decompressor, data, length, max_bytes,
									   &output, &error);

	ok(!decoded && output.data == NULL && strcmp(error.code, code) == 0 &&
		   error.message[0] != '\0',
	   name);
	if (decoded)
		io_buffer_free(&output);
	else
		printf("# %s: %s\n", error.code, error.message);
}

static char *
make_text(size_t length)
{
	char *text = malloc(length);

	if (text == NULL)
		exit(2);
	for (size_t i = 0; i < length; i++)
		text[i] = (char) ('a' + (i * i / 7 + i) % 23);
	return text;
}

static void
test_magic(void)
{
	ok(compression_is_zstd("\x28\xB5\x2F\xFD", 4), "the magic number is seen");
	ok(compression_is_zstd("\x5A\x2A\x4D\x18", 4),
	   "a skippable frame's magic number is seen");
	ok(!compression_is_zstd("\x28\xB5\x2F", 3), "three bytes are too few");
	ok(!compression_is_zstd("[{\"m", 4), "JSON is no zstd");
	ok(!compression_is_zstd("\x1F\x8B\x08\x00", 4), "gzip is no zstd");
}

static void
test_frames(void)
{
	static const char skippable[] = "\x50\x2A\x4D\x18\x05\x00\x00\x00"
									"hello";
	size_t length = 300000;
	char *text = make_text(length);
	IoBuffer sized = compress(text, length, true, 0);
	IoBuffer unsized = compress(text, length, false, 0);
	IoBuffer empty = compress(text, 0, true, 0);
	IoBuffer wide = compress(text, length, false, 27);
	IoBuffer twice =
		join(sized.data, sized.length, unsized.data, unsized.length);
	IoBuffer skipped = join(skippable, 13, sized.data, sized.length);
	IoBuffer trailed = join(sized.data, sized.length, skippable, 13);
	IoBuffer only = {(char *) skippable, 13, 13};
	char *both = malloc(2 * length);

	if (both == NULL)
		exit(2);
	memcpy(both, text, length);
	memcpy(both + length, text, length);
	decodes_to(&sized, LIMIT, text, length, "a frame with its size");
	decodes_to(&unsized, LIMIT, text, length, "a frame without its size");
	decodes_to(&empty, LIMIT, text, 0, "a frame of nothing");
	decodes_to(&wide, LIMIT, text, length, "a window of 128 MiB");
	decodes_to(&twice, LIMIT, both, 2 * length, "two frames in a row");
	decodes_to(&skipped, LIMIT, text, length, "a skippable frame before");
	decodes_to(&trailed, LIMIT, text, length, "a skippable frame after");
	decodes_to(&only, LIMIT, text, 0, "a skippable frame alone is empty");
	decodes_to(&sized, length, text, length, "exactly the limit");
	decodes_to(&unsized, length, text, length,
			   "exactly the limit, size unknown");
	decodes_to(&sized, SIZE_MAX, text, length, "no limit at all");
	fails_with(sized.data, sized.length, length - 1, "TOO_LARGE",
			   "one byte over the limit");
	fails_with(unsized.data, unsized.length, length - 1, "TOO_LARGE",
			   "one byte over the limit, size unknown");
	fails_with(twice.data, twice.length, 2 * length - 1, "TOO_LARGE",
			   "the limit is for all frames together");
	free(text);
	free(both);
	io_buffer_free(&sized);
	io_buffer_free(&unsized);
	io_buffer_free(&empty);
	io_buffer_free(&wide);
	io_buffer_free(&twice);
	io_buffer_free(&skipped);
	io_buffer_free(&trailed);
}

static void
test_bad_frames(void)
{
	size_t length = 50000;
	char *text = make_text(length);
	IoBuffer frame = compress(text, length, true, 0);
	IoBuffer garbage = join(frame.data, frame.length, "garbage", 7);
	IoBuffer huge = compress(text, length, false, 28);
	bool all_refused = true;

	fails_with("", 0, LIMIT, "BAD_FRAME", "nothing is no frame");
	fails_with("[{}]", 4, LIMIT, "BAD_FRAME", "JSON is no frame");
	fails_with(garbage.data, garbage.length, LIMIT, "BAD_FRAME",
			   "garbage after a frame");
	fails_with(huge.data, huge.length, LIMIT, "BAD_FRAME",
			   "a window of 256 MiB is refused");
	for (size_t cut = 0; cut < frame.length; cut++)
	{
		IoBuffer output;
		IoError error = {"", "", ""};

		if (decompressor_decode(decompressor, frame.data, cut, LIMIT, &output,
								&error))
		{
			io_buffer_free(&output);
			all_refused = false;
		}
		else if (strcmp(error.code, "BAD_FRAME") != 0)
			all_refused = false;
	}
	ok(all_refused, "a frame cut short anywhere is BAD_FRAME");
	decodes_to(&frame, LIMIT, text, length,
			   "and the context is as good as new");
	free(text);
	io_buffer_free(&frame);
	io_buffer_free(&garbage);
	io_buffer_free(&huge);
}

static void
test_bombs(void)
{
	size_t length = 64 * LIMIT;
	char *zeros = calloc(1, length);
	IoBuffer bomb;
	/* A frame's header that claims 2^62 bytes, and a byte of content. */
	static const char claim[] = "\x28\xB5\x2F\xFD\xC0\x60"
								"\x00\x00\x00\x00\x00\x00\x00\x40"
								"\x09\x00\x00x";

	if (zeros == NULL)
		exit(2);
	bomb = compress(zeros, length, false, 0);
	fails_with(bomb.data, bomb.length, LIMIT, "TOO_LARGE",
			   "64 MiB of zeros stop at the limit");
	io_buffer_free(&bomb);
	bomb = compress(zeros, length, true, 0);
	fails_with(bomb.data, bomb.length, LIMIT, "TOO_LARGE",
			   "64 MiB of zeros that say so stop at the limit");
	io_buffer_free(&bomb);
	fails_with(claim, sizeof(claim) - 1, LIMIT, "BAD_FRAME",
			   "a claim of 2^62 bytes is not believed");
	free(zeros);
}

/* Any outcome but a crash, a leak or too long an output. */
static void
test_mutations(void)
{
	size_t length = 3000;
	char *text = make_text(length);
	IoBuffer frame = compress(text, length, true, 0);
	char *mutant = malloc(frame.length);
	uint32_t state = 12345;
	bool sane = true;

	if (mutant == NULL)
		exit(2);
	for (int round = 0; round < MUTATIONS; round++)
	{
		IoBuffer output;
		IoError error = {"", "", ""};

		memcpy(mutant, frame.data, frame.length);
		for (int i = 0; i < 1 + round % 4; i++)
		{
			state = state * 1664525 + 1013904223;
			mutant[(state >> 8) % frame.length] ^= (char) (1 << (state >> 29));
		}
		if (decompressor_decode(decompressor, mutant, frame.length, 10000,
								&output, &error))
		{
			sane = sane && output.length <= 10000;
			io_buffer_free(&output);
		}
		else
			sane = sane && output.data == NULL && error.code[0] != '\0';
	}
	ok(sane, "mutated frames end in a result or an error");
	decodes_to(&frame, LIMIT, text, length, "and the next good frame decodes");
	free(mutant);
	free(text);
	io_buffer_free(&frame);
}

int
main(void)
{
	decompressor = decompressor_create();
	ok(decompressor != NULL, "a decompressor can be had");
	if (decompressor == NULL)
		return 1;
	test_magic();
	test_frames();
	test_bad_frames();
	test_bombs();
	test_mutations();
	decompressor_destroy(decompressor);
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
