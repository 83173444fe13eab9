/*-------------------------------------------------------------------------
 *
 * language.h
 *	  In which language a part is written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_LANGUAGE_H
#define ANALYTICS_LANGUAGE_H

#include "analysis/dictionary_parts.h"

/*
 * Set is_vietnamese, is_unsigned and is_english (one of them at most) of a
 * part by its tokens; marked_words of them have a letter that Vietnamese has.
 */
extern void language_decide(const Dictionary *dictionary, const Token *tokens,
							int token_count, int marked_words, TextPart *part);

#endif /* ANALYTICS_LANGUAGE_H */
