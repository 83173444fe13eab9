/*-------------------------------------------------------------------------
 *
 * elongation.h
 *	  Letters repeated for emphasis: "gooood", "đẹppppp", "quáaaa".
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_ELONGATION_H
#define ANALYTICS_ELONGATION_H

#include "analysis/word_table.h"

/*
 * A word that is not known: write it over with fewer letters, if some were
 * repeated.  *length changes with it, and *slot becomes that of the new word,
 * which may be a free one.  False: nothing was repeated.  WORD_PADDING bytes
 * behind the word may be read.
 */
extern bool elongation_shorten(const WordTable *words, char *word,
							   size_t *length, const WordSlot **slot);

#endif /* ANALYTICS_ELONGATION_H */
