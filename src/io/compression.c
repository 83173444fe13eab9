/*-------------------------------------------------------------------------
 *
 * compression.c
 *	  Decode zstd frames that come from outside.
 *
 * The streaming decoder writes straight into a buffer that grows as bytes
 * really come out, never past the caller's limit plus one byte.  The size in
 * a frame's header is only a hint for the first reservation: with room for
 * the whole frame libzstd decodes in a single pass and needs no window.
 * Never allocate what a header asks for, and never keep more than a few MB
 * between calls.
 *
 *-------------------------------------------------------------------------
 */
#include "io/compression.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>
#include <zstd_errors.h>

/* libzstd's own default for untrusted frames: a window of 128 MiB. */
#define WINDOW_LOG_MAX 27
/* A context that grew over this for one frame is not kept for the next. */
#define CONTEXT_KEEP_BYTES ((size_t) 4 * 1024 * 1024)
#define GROWTH_BYTES ((size_t) 128 * 1024)
/* Text shrinks by 5 to 15: a header that claims more must prove it. */
#define CREDIBLE_RATIO 32

struct Decompressor
{
	ZSTD_DCtx *context;
};

static ZSTD_DCtx *
create_context(void)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();

	if (context != NULL && ZSTD_isError(ZSTD_DCtx_setParameter(
							   context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
	{
		ZSTD_freeDCtx(context);
		context = NULL;
	}
	return context;
}

Decompressor *
decompressor_create(void)
{
	Decompressor *decompressor = malloc(sizeof(Decompressor));

	if (decompressor == NULL)
		return NULL;
	decompressor->context = create_context();
	if (decompressor->context == NULL)
	{
		free(decompressor);
		return NULL;
	}
	return decompressor;
}

void
decompressor_destroy(Decompressor *decompressor)
{
	if (decompressor == NULL)
		return;
	ZSTD_freeDCtx(decompressor->context);
	free(decompressor);
}

bool
compression_is_zstd(const char *data, size_t length)
{
	const unsigned char *byte = (const unsigned char *) data;
	uint32_t magic;

	if (length < 4)
		return false;
	magic = (uint32_t) byte[0] | (uint32_t) byte[1] << 8 |
			(uint32_t) byte[2] << 16 | (uint32_t) byte[3] << 24;
	return magic == ZSTD_MAGICNUMBER ||
		   (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

/* How much to reserve before the first byte is decoded. */
static size_t
first_reservation(const char *data, size_t length, size_t limit)
{
	unsigned long long claimed = ZSTD_getFrameContentSize(data, length);
	size_t credible = length > limit / CREDIBLE_RATIO
						  ? limit
						  : length * CREDIBLE_RATIO + GROWTH_BYTES;

	if (credible > limit)
		credible = limit;
	if (claimed == ZSTD_CONTENTSIZE_ERROR || claimed == 0)
		return 1;
	if (claimed == ZSTD_CONTENTSIZE_UNKNOWN)
		claimed = (unsigned long long) length * 4 + 1;
	return claimed < credible ? (size_t) claimed : credible;
}

static void
set_no_memory(IoError *error, size_t length)
{
	io_error_set(error, "NO_MEMORY", "",
				 "out of memory after decompressing %zu bytes", length);
}

static void
set_zstd_error(IoError *error, size_t code, size_t length, size_t position)
{
	ZSTD_ErrorCode reason = ZSTD_getErrorCode(code);

	if (reason == ZSTD_error_memory_allocation)
		set_no_memory(error, length);
	else if (reason == ZSTD_error_frameParameter_windowTooLarge)
		io_error_set(error, "BAD_FRAME",
					 "Compress with a window of at most 128 MiB (zstd "
					 "--long=27).",
					 "zstd frame wants a window of more than 128 MiB");
	else
		io_error_set(error, "BAD_FRAME", "",
					 "zstd frame does not decode at byte %zu: %s", position,
					 ZSTD_getErrorName(code));
}

/* Room for a block more; *error when that would be over the limit. */
static bool
make_room(IoBuffer *output, size_t limit, IoError *error)
{
	size_t room = limit - output->length;

	if (room > GROWTH_BYTES)
		room = GROWTH_BYTES;
	if (room > 0 && io_buffer_reserve(output, room, limit))
		return true;
	set_no_memory(error, output->length);
	return false;
}

static bool
decode_all(ZSTD_DCtx *context, ZSTD_inBuffer *input, size_t max_bytes,
		   IoBuffer *output, IoError *error)
{
	/* One byte over, so that an output of exactly max_bytes is told apart. */
	size_t limit = max_bytes < SIZE_MAX ? max_bytes + 1 : SIZE_MAX;
	size_t wanted = 1; /* 0: at the end of a frame */

	if (!io_buffer_reserve(
			output, first_reservation(input->src, input->size, limit), limit))
	{
		set_no_memory(error, 0);
		return false;
	}
	/* Each turn takes input or gives output, or libzstd says error. */
	while (input->pos < input->size || wanted != 0)
	{
		ZSTD_outBuffer room = {output->data, output->capacity, output->length};

		if (room.pos == room.size)
		{
			if (!make_room(output, limit, error))
				return false;
			continue;
		}
		if (room.size > limit)
			room.size = limit;
		wanted = ZSTD_decompressStream(context, &room, input);
		output->length = room.pos;
		if (ZSTD_isError(wanted))
		{
			set_zstd_error(error, wanted, output->length, input->pos);
			return false;
		}
		if (output->length > max_bytes)
		{
			io_error_set(error, "TOO_LARGE", "",
						 "object grows past %zu bytes when decompressed",
						 max_bytes);
			return false;
		}
		if (wanted != 0 && input->pos == input->size && room.pos < room.size)
		{
			io_error_set(error, "BAD_FRAME", "",
						 "zstd frame is cut short after %zu bytes",
						 input->size);
			return false;
		}
	}
	return true;
}

/* Get the context ready for the next call; it may have grown by a window. */
static void
settle_context(Decompressor *decompressor)
{
	if (ZSTD_sizeof_DCtx(decompressor->context) > CONTEXT_KEEP_BYTES)
	{
		ZSTD_DCtx *fresh = create_context();

		if (fresh != NULL)
		{
			ZSTD_freeDCtx(decompressor->context);
			decompressor->context = fresh;
		}
	}
	ZSTD_DCtx_reset(decompressor->context, ZSTD_reset_session_only);
}

bool
decompressor_decode(Decompressor *decompressor, const char *data,
					size_t length, size_t max_bytes, IoBuffer *output,
					IoError *error)
{
	ZSTD_inBuffer input = {data, length, 0};
	bool ok;

	memset(output, 0, sizeof(*output));
	ok = decode_all(decompressor->context, &input, max_bytes, output, error);
	if (!ok)
		io_buffer_free(output);
	settle_context(decompressor);
	return ok;
}
