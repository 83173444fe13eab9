/*-------------------------------------------------------------------------
 *
 * json_split.h
 *	  Cut the text of a batch into its items, reading only brackets, strings
 *	  and commas.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_JSON_SPLIT_H
#define ANALYTICS_JSON_SPLIT_H

#include "postgres.h"

typedef struct JsonSlice
{
	const char *start; /* points into the text */
	size_t length;
	const char *fault; /* why it must not be parsed, by json_scan.c, good
						* until the next json_split(); NULL: it may */
} JsonSlice;

/*
 * Split an array, {"items": [...]} or a lone object into *slices, allocated
 * in the current memory context.  Slices are well bracketed and nothing more:
 * the parser says whether they are JSON.  False: the text is none of the
 * three, or holds more than max_items, and then *count is more than that, else
 * 0; error (of error_size bytes) says what is wrong at which byte, counted from
 * 1.  Linear in length.
 */
extern bool json_split(const char *text, size_t length, int max_items,
					   JsonSlice **slices, int *count, char *error,
					   size_t error_size);

/*
 * Length of the UTF-8 byte order mark that the text begins with, or 0.  One
 * is tolerated, as RFC 8259 allows; json_split() passes it by itself.
 */
extern size_t json_byte_order_mark(const char *text, size_t length);

#endif /* ANALYTICS_JSON_SPLIT_H */
