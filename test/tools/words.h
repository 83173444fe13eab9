/*-------------------------------------------------------------------------
 *
 * words.h
 *	  Vietnamese text as people write it under videos about cars.
 *
 *-------------------------------------------------------------------------
 */
#ifndef WORDS_H
#define WORDS_H

#include "support.h"

/*
 * Add sentences until at least `bytes` were added, as the inside of a JSON
 * string.  0 bytes: one sentence.
 */
extern void words_sentences(Buffer *buffer, Random *random, size_t bytes);

extern const char *words_keyword(Random *random);
extern const char *words_tag(Random *random);
extern const char *words_person(Random *random); /* a user name */

#endif /* WORDS_H */
