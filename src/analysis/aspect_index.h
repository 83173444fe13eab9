/*-------------------------------------------------------------------------
 *
 * aspect_index.h
 *	  The aspect of a keyword that is itself no term of the rules.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_ASPECT_INDEX_H
#define ANALYTICS_ASPECT_INDEX_H

#include "analysis/dictionary.h"

typedef struct AspectIndex AspectIndex;

/*
 * Index the aspect terms of a dictionary, which must know its words already.
 * Lies in the CurrentMemoryContext and does not change.
 */
extern AspectIndex *aspect_index_build(const Dictionary *dictionary);

/*
 * The aspect of one or two words in a row: that of the longest aspect term
 * which they contain, the left one of two; else that of a term which contains
 * them, primary ones before secondary ones, then by the order of the rules;
 * else ASPECT_GENERAL.  Unsigned forms of terms count if is_unsigned.
 */
extern Aspect aspect_index_find(const AspectIndex *index, const WordId *words,
								int count, bool is_unsigned);

#endif /* ANALYTICS_ASPECT_INDEX_H */
