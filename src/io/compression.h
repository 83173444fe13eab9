/*-------------------------------------------------------------------------
 *
 * compression.h
 *	  zstd frames to plain bytes, with a limit.
 *
 * A Decompressor may be used again and again, after a failure too; it holds
 * no data between calls and at most a few MB of working memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_COMPRESSION_H
#define ANALYTICS_COMPRESSION_H

#include "io/io.h"

typedef struct Decompressor Decompressor;

extern Decompressor *decompressor_create(void); /* NULL: no memory */
extern void decompressor_destroy(Decompressor *decompressor);

/* Does it begin with the zstd magic number (or a skippable frame's)? */
extern bool compression_is_zstd(const char *data, size_t length);

/*
 * Decode all frames of data into *output (overwritten, malloc'd, never NULL
 * on success).  False with *error set and nothing left allocated: code
 * "BAD_FRAME" when a frame does not decode, is cut short, or asks for a
 * window of more than 128 MiB; "TOO_LARGE" when the output grows past
 * max_bytes; "NO_MEMORY".  The size that a frame claims is never trusted.
 */
extern bool decompressor_decode(Decompressor *decompressor, const char *data,
								size_t length, size_t max_bytes,
								IoBuffer *output, IoError *error);

#endif /* ANALYTICS_COMPRESSION_H */
