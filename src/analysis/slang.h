/*-------------------------------------------------------------------------
 *
 * slang.h
 *	  Chat slang to its formal words.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SLANG_H
#define ANALYTICS_SLANG_H

#include "analysis/dictionary_parts.h"
#include "analysis/text_buffer.h"

/*
 * Replace the slang among the tokens from first_token to the buffer's end,
 * whose bytes end the buffer, too.  In English parts English slang, else
 * Vietnamese.  A single letter is replaced only if it was written in lower
 * case and beside neither a name nor a digit ("a VF8 e SUV").
 */
extern void slang_replace(const Dictionary *dictionary, TextBuffer *buffer,
						  int first_token, bool is_english);

#endif /* ANALYTICS_SLANG_H */
