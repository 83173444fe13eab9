/*-------------------------------------------------------------------------
 *
 * random_text.h
 *	  Texts of every kind that an analysis may meet, and of some that it
 *	  should never.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RANDOM_TEXT_H
#define RANDOM_TEXT_H

#include "c.h"

/* A generator of its own, so that a seed gives the same texts everywhere. */
typedef struct RandomSource
{
	uint64 state;
} RandomSource;

extern uint32 random_below(RandomSource *source, uint32 limit);

/*
 * Write a text of about `bytes` bytes, fewer than bytes + 64, terminated, out
 * of a kind that is drawn, too.  `words` are those of the rules.
 */
extern void random_text(RandomSource *source, const char *const *words,
						int word_count, size_t bytes, char *to);

/* The unit again and again, up to so many bytes; terminated. */
extern void repeat_text(const char *unit, size_t bytes, char *to);

#endif /* RANDOM_TEXT_H */
