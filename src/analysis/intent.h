/*-------------------------------------------------------------------------
 *
 * intent.h
 *	  Stage 2 of the analysis: what the author wants, by patterns.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_INTENT_H
#define ANALYTICS_INTENT_H

#include "analysis/text.h"

typedef struct IntentPatternRule
{
	const char *pattern;
	Intent intent;
	bool is_exception;     /* cancels matches of its intent that end within a
						   * match of its own */
	bool matches_unsigned; /* also, without its Vietnamese marks, in texts
							* that are written without marks */
} IntentPatternRule;

typedef struct IntentMatcher IntentMatcher;

/*
 * Where compiled patterns may be kept, as bytes under a key of bytes.  What
 * was saved may be fetched by another process, with another version of this
 * library, or not at all; but never other bytes than were saved under the
 * key.  Both may raise.
 */
typedef struct IntentCache
{
	/* Palloc'd, and its length, or NULL. */
	char *(*fetch)(void *context, const char *key, size_t key_length,
				   size_t *length);
	void (*save)(void *context, const char *key, size_t key_length,
				 const char *bytes, size_t length);
	void *context;
} IntentCache;

/*
 * Compile patterns into one matcher, in the CurrentMemoryContext; it gives
 * back what it holds beside when that context is reset or deleted.  The rules
 * are copied.  `cache` may be NULL.  The result is NULL, with *failed set to
 * the index of the pattern and error filled with the compiler's message, when
 * one does not compile.
 */
extern IntentMatcher *intent_compile(const IntentPatternRule *rules, int count,
									 const IntentCache *cache, int *failed,
									 char *error, size_t error_size);

/* A rule as it was given to intent_compile(). */
extern const IntentPatternRule *intent_rule(const IntentMatcher *matcher,
											int index);

/*
 * Does this one pattern compile?  What is checked before a row is stored:
 * not empty, at most INTENT_PATTERN_MAX bytes, no upper case letter outside
 * escapes (texts are lower case), accepted by Vectorscan.  False: error says
 * why.
 */
#define INTENT_PATTERN_MAX 1024
extern bool intent_check_pattern(const char *pattern, char *error,
								 size_t error_size);

/* One match, for those who look for the reason. */
typedef struct IntentMatch
{
	int pattern; /* index into the rules */
	uint32 start;
	uint32 end;
	bool is_cancelled; /* by an exception */
} IntentMatch;

typedef struct IntentMatches
{
	IntentMatch *match;
	int count;
} IntentMatches;

/*
 * Judge the author's parts of a text.  *confidence as in docs/analysis.md.
 * `trace`, unless NULL, gets where each pattern matched, palloc'd; it costs
 * a second look.
 */
extern Intent intent_classify(IntentMatcher *matcher,
							  const IntentSettings *settings,
							  const CleanText *text, double *confidence,
							  IntentMatches *trace);

#endif /* ANALYTICS_INTENT_H */
