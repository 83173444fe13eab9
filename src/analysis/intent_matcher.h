/*-------------------------------------------------------------------------
 *
 * intent_matcher.h
 *	  The insides of an IntentMatcher, for the files that make up intent.h.
 *
 * Hundreds of patterns are cheap to match and to load because few of them
 * are ever run: one scan finds the literals in a part of the text
 * (intent_factors.h); a pattern all of whose factors are met in one window is
 * a candidate there, and only then is it compiled, once, and run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_INTENT_MATCHER_H
#define ANALYTICS_INTENT_MATCHER_H

#include <hs/hs.h>

#include "analysis/intent.h"

/*
 * What one scan sees: a sentence, or a piece of one that is longer.  Pieces
 * overlap by half, so that gaps in patterns are bounded while nothing that
 * lies close together is torn apart.
 */
#define WINDOW_CHARACTERS 160
#define WINDOW_STRIDE 80
#define WINDOW_BYTES (4 * WINDOW_CHARACTERS)

/*
 * A text that keeps nearly matching is no post: after so many runs of single
 * patterns none is run any more, whatever the text.
 */
#define MAX_RUNS 20000

/* Places in a window, ends included, as bits. */
#define PLACE_WORDS (WINDOW_BYTES / 64 + 1)

typedef struct PlaceSet
{
	uint64 word[PLACE_WORDS];
} PlaceSet;

/* How the author spells. */
typedef enum Spelling
{
	SPELLING_AS_WRITTEN,
	SPELLING_UNSIGNED
} Spelling;

#define SPELLING_COUNT (SPELLING_UNSIGNED + 1)

/* A literal meets a factor of a rule. */
typedef struct Posting
{
	int rule;
	uint8 factor; /* a bit */
} Posting;

/* A literal found in a part: `end` is a place in the clean text. */
typedef struct LiteralHit
{
	int literal;
	uint32 end;
} LiteralHit;

/* Should a part hold more, its windows are scanned one by one. */
#define MAX_HITS 4096

/* The patterns as one spelling needs them; arrays are by rule. */
typedef struct PatternSet
{
	char **expression; /* NULL: not in this set */
	uint8 *factors;    /* all bits that must be met; 0: none is known */

	hs_database_t *literals; /* NULL: there are none */
	Posting *postings;
	int *first_posting;  /* by literal, and one more */
	int *literal_length; /* by literal, in bytes */

	hs_database_t *always; /* patterns of no known factor, or NULL */

	/* compiled when first needed */
	hs_database_t **alone;
	hs_database_t **with_start;
	bool *is_broken; /* could not be compiled */
} PatternSet;

struct IntentMatcher
{
	IntentPatternRule *rules;
	int count;
	PatternSet sets[SPELLING_COUNT];
	hs_scratch_t *scratch;
	MemoryContextCallback release;

	/* the part at hand */
	LiteralHit *hits; /* by place; MAX_HITS of room */
	int hit_count;
	bool has_hits; /* they are all there */
	uint32 hits_start;
	int next_hit; /* those before it end before the window at hand */

	/* the window at hand */
	const PatternSet *set;
	uint8 *met; /* by rule: factors met */
	int *touched;
	int touched_count; /* rules with a factor met */
	int *candidates;
	int candidate_count; /* rules that may match */
	PlaceSet cancelled[INTENT_COUNT];
	bool is_cancelling[INTENT_COUNT]; /* the set above was filled */

	/* the text at hand */
	bool *has_matched; /* by rule: not cancelled, in any window */
	int matched[INTENT_COUNT];
	int runs;       /* of single patterns */
	int trace_runs; /* for a trace, which must not change what is found */
};

/* A window, in bytes of the clean text. */
typedef struct Window
{
	const char *data; /* what is scanned: of the text, or a folded copy */
	uint32 length;
	uint32 start;
	uint32 end;
	Spelling spelling;
} Window;

/*
 * The rule's pattern compiled alone, with or without the starts of its
 * matches; NULL if that is not possible.
 */
extern const hs_database_t *intent_compiled(IntentMatcher *matcher,
											Spelling spelling, int rule,
											bool with_start);

/*
 * What the exceptions of an intent cover in the window at hand; found once a
 * window.  NULL if there is none that may match.
 */
extern const PlaceSet *intent_cancelled(IntentMatcher *matcher,
										const Window *window, Intent intent);

extern bool has_place(const PlaceSet *set, unsigned int place);

/*
 * Add where the candidates of a window matched to a trace, in which the
 * matches from `first` on are of the same sentence.
 */
extern void intent_trace_window(IntentMatcher *matcher, const CleanText *text,
								const Window *window, IntentMatches *trace,
								int first);

#endif /* ANALYTICS_INTENT_MATCHER_H */
