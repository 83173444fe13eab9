/*-------------------------------------------------------------------------
 *
 * dictionary_slang.h
 *	  Enter the slang of the rules into a dictionary.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_DICTIONARY_SLANG_H
#define ANALYTICS_DICTIONARY_SLANG_H

#include "analysis/dictionary_parts.h"

/* All of dictionary->source.slang, while the dictionary is built. */
extern void dictionary_add_slang(Dictionary *dictionary);

#endif /* ANALYTICS_DICTIONARY_SLANG_H */
