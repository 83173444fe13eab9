/*-------------------------------------------------------------------------
 *
 * similarity.h
 *	  Are two keywords spelled nearly alike?
 *
 * The similarity of two texts is 1 - d / n: d is the Levenshtein distance,
 * the fewest characters to insert, delete or replace, and n the length of the
 * longer one in characters.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SIMILARITY_H
#define ANALYTICS_SIMILARITY_H

#include "c.h"

#define SPELLING_MAX 64

/* The first characters of a keyword, for comparing it with many others. */
typedef struct Spelling
{
	int length;
	uint64 letters; /* a bit for each character, by its low six bits */
	uint32 character[SPELLING_MAX]; /* distinct values, not code points */
} Spelling;

/* How many edits may part two texts, by the length of the longer one. */
typedef struct SimilarityLimit
{
	int edits[SPELLING_MAX + 1]; /* -1: not even none */
} SimilarityLimit;

/* Allow those whose similarity is above `similarity`. */
extern void similarity_limit(double similarity, SimilarityLimit *limit);

/* Append valid UTF-8; characters beyond SPELLING_MAX are dropped. */
extern void spelling_add(Spelling *spelling, const char *text, size_t length);

extern bool spelling_is_similar(const Spelling *one, const Spelling *other,
								const SimilarityLimit *limit);

#endif /* ANALYTICS_SIMILARITY_H */
