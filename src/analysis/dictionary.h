/*-------------------------------------------------------------------------
 *
 * dictionary.h
 *	  Words and phrases of the rules, in one trie over words.
 *
 * A dictionary is built once from the rows of the rule tables and read-only
 * from then on.  It copies what it keeps; all of it lies in the memory
 * context that was current when it was built.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_DICTIONARY_H
#define ANALYTICS_DICTIONARY_H

#include "c.h"

typedef uint32 WordId;
#define NO_WORD ((WordId) 0)

/* A text is searched for terms of each kind independently. */
typedef enum TermKind
{
	TERM_ASPECT,
	TERM_SENTIMENT,
	TERM_SPAM
} TermKind;

#define TERM_KIND_COUNT (TERM_SPAM + 1)

typedef enum Aspect
{
	ASPECT_DESIGN,
	ASPECT_PERFORMANCE,
	ASPECT_PRICE,
	ASPECT_SERVICE,
	ASPECT_GENERAL,
	ASPECT_NONE /* mentions nothing: keeps the words in it from doing so */
} Aspect;

#define ASPECT_COUNT (ASPECT_GENERAL + 1)

typedef enum SentimentRole
{
	ROLE_TERM,        /* has a valence */
	ROLE_NEGATOR,     /* "không": turns what follows */
	ROLE_INTENSIFIER, /* "rất": factor > 1; may have a valence of its own,
					   * that counts when no term is beside it */
	ROLE_SOFTENER,    /* "hơi": factor < 1 */
	ROLE_CONTRAST,    /* "nhưng": what follows outweighs what precedes */
	ROLE_CONCESSION,  /* "mặc dù": what follows, up to the clause's end, is
					   * outweighed */
	ROLE_FILLER       /* "cũng": skipped inside a phrase */
} SentimentRole;

/*
 * Of rules about how words work together (all roles but terms), those of a
 * language count only in parts that may be of that language.
 */
typedef enum TermLanguage
{
	LANGUAGE_ANY,
	LANGUAGE_VIETNAMESE, /* not in parts that are English */
	LANGUAGE_ENGLISH     /* not in parts that are Vietnamese */
} TermLanguage;

/* Rows of the rule tables; only enabled ones are given to the builder. */
typedef struct AspectTermRule
{
	const char *term;
	Aspect aspect;
	bool is_primary;
} AspectTermRule;

typedef struct SentimentTermRule
{
	const char *term;
	SentimentRole role;
	TermLanguage language;
	double valence; /* -1..1 */
	double factor;  /* of intensifiers and softeners; else 1 */
} SentimentTermRule;

typedef struct SpamKeywordRule
{
	const char *keyword;
} SpamKeywordRule;

typedef struct SlangRule
{
	const char *source; /* one to three words */
	const char *formal;
	bool is_english; /* replaced in English parts only; else never in them */
} SlangRule;

typedef struct StopWordRule
{
	const char *word;
	bool is_english; /* else Vietnamese */
} StopWordRule;

typedef struct DictionarySource
{
	const AspectTermRule *aspects;
	int aspect_count;
	const SentimentTermRule *sentiments;
	int sentiment_count;
	const SpamKeywordRule *spam;
	int spam_count;
	const SlangRule *slang;
	int slang_count;
	const StopWordRule *stop_words;
	int stop_word_count;
} DictionarySource;

typedef struct Dictionary Dictionary;

struct CleanText;
struct AspectIndex;

/* A term found in a text. */
typedef struct TermMatch
{
	int term; /* index into the rules of its kind */
	int first_token;
	int end_token; /* exclusive; may span fillers */
} TermMatch;

/* All matches of one kind, by position; they do not overlap. */
typedef struct TermMatches
{
	TermMatch *match;
	int count;
} TermMatches;

#define WORD_STOP 0x01     /* stop word of either language */
#define WORD_ENGLISH 0x02  /* English stop word */
#define WORD_UNSIGNED 0x04 /* unsigned form of a Vietnamese stop word */
#define WORD_FILLER 0x08   /* filler, intensifier or softener of one word */

/*
 * Terms are tokenised like texts.  A Vietnamese term with marks of two or
 * more words is also known by its form without marks, which counts only in
 * parts that are written without marks (TextPart.is_unsigned); single words
 * are not, since too many of them mean something else ("giá", "gia").  Of
 * two rows with the same words the first counts.
 */
extern Dictionary *dictionary_build(const DictionarySource *source);

/* The rows that a match's term points into. */
extern const DictionarySource *dictionary_rules(const Dictionary *dictionary);

/* Of its aspect terms, built with it (aspect_index.h). */
extern const struct AspectIndex *
dictionary_aspect_index(const Dictionary *dictionary);

/* NO_WORD for what occurs in no rule.  `word` is lower case and NFKC. */
extern WordId dictionary_word(const Dictionary *dictionary, const char *word,
							  size_t length);

/* WORD_* of a word; 0 for NO_WORD. */
extern int dictionary_word_flags(const Dictionary *dictionary, WordId word);

/*
 * Find all terms in one pass: leftmost, longest at each place, not
 * overlapping within a kind.  Phrases do not cross clause or sentence
 * boundaries, nor emoji.  Inside a phrase of sentiment_terms up to two words
 * with WORD_FILLER are skipped ("giá cũng hơi cao" is "giá cao").
 */
extern void dictionary_match(const Dictionary *dictionary,
							 const struct CleanText *text,
							 TermMatches matches[TERM_KIND_COUNT]);

extern const char *aspect_name(Aspect aspect);              /* "DESIGN" */
extern const char *sentiment_role_name(SentimentRole role); /* "negator" */

#endif /* ANALYTICS_DICTIONARY_H */
