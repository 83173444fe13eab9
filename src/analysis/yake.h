/*-------------------------------------------------------------------------
 *
 * yake.h
 *	  Statistical keywords by YAKE (Campos et al., Information Sciences 509,
 *	  2020), n-grams to 2, window 1.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_YAKE_H
#define ANALYTICS_YAKE_H

#include "analysis/text.h"

typedef struct YakeKeyword
{
	int first_token; /* of its first occurrence */
	int token_count; /* 1 or 2 */
	int occurrences;
	double yake; /* S(kw): smaller is more relevant */
} YakeKeyword;

/*
 * The `limit` best keywords of a text, best first, ties by first occurrence,
 * those left out whose similarity to a better one is above `similarity`.
 * Palloc'd; *count gets their number.  Reads no more than the first 100,000
 * tokens.
 */
extern YakeKeyword *yake_extract(const Dictionary *dictionary,
								 const CleanText *text, int limit,
								 double similarity, int *count);

#endif /* ANALYTICS_YAKE_H */
