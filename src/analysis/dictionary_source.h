/*-------------------------------------------------------------------------
 *
 * dictionary_source.h
 *	  Copy the rows that a dictionary is built from.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_DICTIONARY_SOURCE_H
#define ANALYTICS_DICTIONARY_SOURCE_H

#include "analysis/dictionary.h"

/* A copy with all its strings, palloc'd. */
extern void dictionary_source_copy(DictionarySource *copy,
								   const DictionarySource *source);

#endif /* ANALYTICS_DICTIONARY_SOURCE_H */
