/*-------------------------------------------------------------------------
 *
 * store_text.h
 *	  Bytes from outside, made fit to stand in a message.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_STORE_TEXT_H
#define ANALYTICS_STORE_TEXT_H

#include <stddef.h>

/*
 * Copy `length` bytes of raw into out as valid UTF-8: a control character,
 * one that separates lines or sets the direction of text, or
 * a byte that is no UTF-8 becomes '?', and what does not fit is cut between
 * characters and ends in "...".  size is at least 4; always terminated.
 */
extern void store_text_clean(char *out, size_t size, const char *raw,
							 size_t length);

/* "bucket/key" in the same way. */
extern void store_text_object(char *out, size_t size, const char *bucket,
							  const char *key);

#endif /* ANALYTICS_STORE_TEXT_H */
