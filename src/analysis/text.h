/*-------------------------------------------------------------------------
 *
 * text.h
 *	  Stage 1 of the analysis: what was written, as clean text and tokens.
 *
 * Everything lies in the CurrentMemoryContext of the caller.  Offsets are
 * bytes of the clean text, ends are exclusive.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_TEXT_H
#define ANALYTICS_TEXT_H

#include "analysis/analysis.h"
#include "analysis/dictionary.h"

/* What precedes a token, since the token before it; the strongest counts. */
typedef enum TokenBoundary
{
	BOUNDARY_NONE,     /* white space, or a mark that ends nothing: - " ( */
	BOUNDARY_CLAUSE,   /* , ; : */
	BOUNDARY_SENTENCE, /* . ! ? or the end of a line */
	BOUNDARY_PART      /* another transcription, caption or comment */
} TokenBoundary;

#define TOKEN_CAPITALISED 0x01 /* first letter was upper case */
#define TOKEN_ALL_CAPS 0x02    /* two or more letters, all upper case */
#define TOKEN_HAS_DIGIT 0x04
#define TOKEN_NUMBER 0x08 /* digits, with . or , between them, and no letter */
#define TOKEN_HASHTAG 0x10   /* was #word */
#define TOKEN_EMOJI 0x20     /* an emoji or emoticon: no bytes in the text */
#define TOKEN_ELONGATED 0x40 /* letters were repeated: "đẹppppp" */
#define TOKEN_SLANG 0x80     /* is, or is part of, the formal form of slang */

/*
 * A word, or an emoji.  An emoji lies at `start` with start = end; its word
 * is that of the dictionary, or none.  Behind the end of a sentence on the
 * same line it still belongs to that one, and shares its marks.
 */
typedef struct Token
{
	uint32 start;
	uint32 end;
	WordId word;        /* NO_WORD: not in the dictionary */
	uint8 flags;        /* TOKEN_* */
	uint8 boundary;     /* TokenBoundary before it */
	uint8 exclamations; /* ! between it and the next token, at most 3 */
	uint8 questions;    /* ?, likewise */
} Token;

typedef enum TextSource
{
	SOURCE_TRANSCRIPTION,
	SOURCE_CAPTION,
	SOURCE_COMMENT
} TextSource;

/* One trimmed text of the post, as it stands in the clean text. */
typedef struct TextPart
{
	TextSource source;
	uint32 start;
	uint32 end;
	int first_token;
	int end_token;
	bool is_vietnamese; /* with its marks */
	bool is_unsigned;   /* Vietnamese without its marks: "khong tot" */
	bool is_english;
} TextPart;

/* A run of tokens without a sentence's end; never crosses a part. */
typedef struct Sentence
{
	uint32 start;
	uint32 end;
	int first_token;
	int end_token;
	int part;
} Sentence;

#define TEXT_MAX_PARTS 7 /* transcription, caption, 5 comments */

typedef struct CleanText
{
	char *data; /* valid UTF-8, NFKC, lower case, terminated */
	uint32 length;
	Token *tokens;
	int token_count;
	TextPart parts[TEXT_MAX_PARTS]; /* in the order of the text */
	int part_count;
	int author_parts; /* the first ones: transcription and caption */
	Sentence *sentences;
	int sentence_count;

	/* signals */
	int total_length;  /* characters of the clean text */
	int author_length; /* characters of the author's parts in it */
	int word_count;    /* tokens that are no emoji */
	int hashtag_count;
	int emoji_count;
	double hashtag_ratio;   /* hashtags / words; 0 without words */
	double reduction_ratio; /* 1 - characters of clean text / of raw text */
	bool is_too_short;      /* author_length < settings->min_length */
	bool has_transcription;
	bool has_phone; /* a mobile number in the author's parts */
	bool is_truncated;
} CleanText;

/*
 * Prepare the text of a post.  The input need not be valid UTF-8: what is not
 * becomes U+FFFD.  No more than settings->max_bytes of it is read, whole
 * characters only (is_truncated).  An author's text that is empty makes no
 * part.
 */
extern void text_prepare(const TextSettings *settings,
						 const Dictionary *dictionary, const PostText *post,
						 CleanText *text);

/* Characters (code points) in the first `bytes` of the clean text. */
extern int text_characters(const CleanText *text, uint32 bytes);

/*
 * A rule's term as the dictionary sees it: normalised, lower case, words
 * separated by single spaces; an emoji or emoticon by itself.  Palloc'd; ""
 * if nothing is left.  *words gets the number of its words.
 */
extern char *text_normalise_term(const char *term, int *words);

/* The same without Vietnamese marks ("đẹp" to "dep"); palloc'd. */
extern char *text_fold_term(const char *normalised);

#endif /* ANALYTICS_TEXT_H */
