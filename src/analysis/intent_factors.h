/*-------------------------------------------------------------------------
 *
 * intent_factors.h
 *	  What a text must hold for a pattern to match it at all.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_INTENT_FACTORS_H
#define ANALYTICS_INTENT_FACTORS_H

#include "c.h"

#define MAX_FACTORS 8

/* Literals of which one must occur. */
typedef struct LiteralSet
{
	char **literal;
	int count;
} LiteralSet;

/* Sets of which each must be met; none: nothing is known of the pattern. */
typedef struct Factors
{
	LiteralSet set[MAX_FACTORS];
	int count;
} Factors;

/*
 * Read the factors out of a pattern: of "lỗi.*(chưa|không) sửa" these are
 * {"lỗi"} and {"chưa sửa", "không sửa"}.  Palloc'd in many pieces.
 */
extern void intent_factors(const char *pattern, Factors *factors);

#endif /* ANALYTICS_INTENT_FACTORS_H */
