/*-------------------------------------------------------------------------
 *
 * emoticons.h
 *	  Faces made of punctuation: ":)", "=))", "t_t", "<3".
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_EMOTICONS_H
#define ANALYTICS_EMOTICONS_H

#include "analysis/word_table.h"

#define EMOTICON_MAX_BYTES 24

typedef struct Emoticon
{
	WordId word;
	uint8 length;
	char text[EMOTICON_MAX_BYTES];
} Emoticon;

/* Sorted by their first two bytes, then longest first. */
typedef struct Emoticons
{
	Emoticon *emoticon;
	int count;
	int room;
	uint8 starts[256]; /* whether some begins with this byte */
	uint8 pairs[256 * 256 / 8];
} Emoticons;

/*
 * Is the term one?  It has no white space, a mark of punctuation or a symbol
 * that does not merely join two words, and no three letters on end.
 */
extern bool emoticon_is(const char *term);

/* `text` is lower case as to ASCII, and emoticon_is(). */
extern void emoticons_add(Emoticons *emoticons, const char *text, WordId word);

/* After the last one was added. */
extern void emoticons_sort(Emoticons *emoticons);

/*
 * The one at `at`, in a text from `begin` to `end`, with as many of its last
 * character as follow: its bytes, or 0.  Only if none of it can be part of a
 * word, a number or an address.
 */
extern size_t emoticons_match(const Emoticons *emoticons, const char *begin,
							  const char *at, const char *end, WordId *word);

#endif /* ANALYTICS_EMOTICONS_H */
