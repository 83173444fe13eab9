/*-------------------------------------------------------------------------
 *
 * text_scan.h
 *	  One pass over a text: clean bytes and tokens out of what was written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_TEXT_SCAN_H
#define ANALYTICS_TEXT_SCAN_H

#include "analysis/dictionary_parts.h"
#include "analysis/text_buffer.h"

/* What was seen on the way. */
typedef struct ScanSummary
{
	int marked_words; /* with a letter that Vietnamese has */
	int hashtags;
	int emoji;
	int digits;     /* at least as many words hold digits */
	int word_flags; /* WORD_* of all words, or'ed */
} ScanSummary;

/*
 * Append the clean form of a text to the buffer, at its end.  Needs no more
 * than text_scan_room() bytes there.  Without a dictionary no word is known,
 * and letters stay repeated.  False, with the buffer as it was: the text must
 * be brought into normal form first.  With is_normal it is.
 */
extern bool text_scan(const Dictionary *dictionary, const char *text,
					  size_t length, bool is_normal, TextBuffer *buffer,
					  ScanSummary *summary);

/* Lower case takes half as much again at most. */
static inline size_t
text_scan_room(size_t length)
{
	return length + length / 2 + 4;
}

#endif /* ANALYTICS_TEXT_SCAN_H */
