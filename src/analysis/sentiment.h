/*-------------------------------------------------------------------------
 *
 * sentiment.h
 *	  Stage 4 of the analysis: how those who wrote feel, overall and about
 *	  each aspect.
 *
 * Terms are scored once, where they stand; the overall score and those of
 * the aspects are made of their effects.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SENTIMENT_H
#define ANALYTICS_SENTIMENT_H

#include "analysis/text.h"

/* A term of the lexicon where it stands in a text. */
typedef struct ScoredTerm
{
	const SentimentTermRule *rule;
	SentimentRole role; /* of the rule; ROLE_FILLER: a negator, intensifier
						 * or softener that does nothing here */
	int first;          /* tokens */
	int end;
	int sentence; /* index into the text's */
	int clause;   /* number of the clause, over the whole text */
	bool is_negated;
	double effect; /* signed, in its clause: 0 for what is no term */
	double weight; /* by contrasts and repetition */
} ScoredTerm;

typedef struct ScoredTerms
{
	ScoredTerm *term; /* by position, one for each match */
	int count;
} ScoredTerms;

/*
 * Score each match of TERM_SENTIMENT in its own clause; weights are 1.
 * Palloc'd.
 */
extern void sentiment_score_terms(const SentimentSettings *settings,
								  const DictionarySource *rules,
								  const CleanText *text,
								  const TermMatches *matches,
								  ScoredTerms *terms);

/* Score all of a text.  Sets the weights of the terms. */
extern void sentiment_score_text(const SentimentSettings *settings,
								 const CleanText *text, ScoredTerms *terms,
								 SentimentScore *score);

/*
 * Score each aspect on the clauses of its mentions.  `aspects` are the
 * matches of TERM_ASPECT; `result` has room for ASPECT_COUNT entries and gets
 * those that are mentioned, in the order of the enum.  Keywords are palloc'd,
 * ASPECT_MAX_KEYWORDS at most.  Returns the number of aspects.
 */
#define ASPECT_MAX_KEYWORDS 30
extern int sentiment_score_aspects(const SentimentSettings *settings,
								   const DictionarySource *rules,
								   const CleanText *text,
								   const ScoredTerms *terms,
								   const TermMatches *aspects,
								   AspectSentiment *result);

/*
 * Label, probabilities, confidence and rating of a score in -1..1
 * (docs/analysis.md, "Sentiment").  Used for the embedded scorer and for one
 * of the user's.
 */
extern void sentiment_from_score(const SentimentSettings *settings,
								 double score, SentimentScore *result);

/* (P - N) / (P + N + prior); both sums are given as positive numbers. */
extern double sentiment_balance(const SentimentSettings *settings,
								double positive, double negative);

#endif /* ANALYTICS_SENTIMENT_H */
