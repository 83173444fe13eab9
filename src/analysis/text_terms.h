/*-------------------------------------------------------------------------
 *
 * text_terms.h
 *	  Terms of the rules, cut into words just as texts are.
 *
 * text_normalise_term() and text_fold_term() are in text.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_TEXT_TERMS_H
#define ANALYTICS_TEXT_TERMS_H

#include "analysis/text_buffer.h"

/*
 * The clean text and tokens of a term.  No word is known yet, so letters stay
 * repeated; emoji are tokens, emoticons are not.
 */
extern void text_scan_term(const char *term, TextBuffer *buffer);

#endif /* ANALYTICS_TEXT_TERMS_H */
