/*-------------------------------------------------------------------------
 *
 * analysis_json.h
 *	  The analysis of a post as the jsonb that is stored and shown.
 *
 * The forms are those of docs/analysis.md.  Each result is a Jsonb, palloc'd
 * in the CurrentMemoryContext unless said otherwise.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_ANALYSIS_JSON_H
#define ANALYTICS_ANALYSIS_JSON_H

#include "postgres.h"

#include "analysis/analysis.h"

/* Adds up to exactly 1.  Stays valid until the next call; not to be freed. */
extern Datum analysis_probabilities(const SentimentScore *sentiment);

extern Datum analysis_keywords(const PostAnalysis *analysis);
extern Datum analysis_aspects(const PostAnalysis *analysis);

/* With the names of the fields that could not be taken as they were. */
extern Datum analysis_impact(const PostAnalysis *analysis,
							 const char *const *warnings, int warning_count);

/* Places are characters of the clean text, from 0, ends exclusive. */
extern Datum analysis_matches(const AnalysisTrace *trace);

extern Datum analysis_signals(const PostAnalysis *analysis,
							  const AnalysisTrace *trace);

#endif /* ANALYTICS_ANALYSIS_JSON_H */
