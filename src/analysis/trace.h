/*-------------------------------------------------------------------------
 *
 * trace.h
 *	  What the stages found in one post, and the reasons told from it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_TRACE_H
#define ANALYTICS_TRACE_H

#include "analysis/intent.h"
#include "analysis/sentiment.h"

/* Filled by one stage after the other, in scratch memory. */
typedef struct Findings
{
	CleanText text;
	TermMatches terms[TERM_KIND_COUNT];
	bool has_spam_keyword; /* in the author's parts */
	IntentMatches intents; /* only when a trace is wanted */
	ScoredTerms scored;
	SentimentScore overall; /* as scored, of noise too if a trace is wanted */
} Findings;

/*
 * Tell the reasons: fill *trace, all of it palloc'd in the
 * CurrentMemoryContext.  Labels and keys of rules are those of the rule set.
 */
extern void trace_findings(const AnalysisRules *rules,
						   const Findings *findings, AnalysisTrace *trace);

#endif /* ANALYTICS_TRACE_H */
