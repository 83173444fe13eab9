/*-------------------------------------------------------------------------
 *
 * keywords.h
 *	  Stage 3 of the analysis: what a post is about.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_KEYWORDS_H
#define ANALYTICS_KEYWORDS_H

#include "analysis/text.h"

/*
 * The keywords of a text: its dictionary terms (score 1), and, if fewer than
 * settings->dictionary_enough different ones are there, statistical ones by
 * YAKE.  At most settings->maximum, in the order of docs/analysis.md.  The
 * array and its strings are palloc'd.  `aspects` are the matches of
 * TERM_ASPECT.
 */
extern Keyword *keywords_extract(const KeywordSettings *settings,
								 const Dictionary *dictionary,
								 const CleanText *text,
								 const TermMatches *aspects, int *count);

#endif /* ANALYTICS_KEYWORDS_H */
