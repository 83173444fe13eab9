/*-------------------------------------------------------------------------
 *
 * yake_terms.h
 *	  The words of a text and what YAKE counts about them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_YAKE_TERMS_H
#define ANALYTICS_YAKE_TERMS_H

#include "analysis/text.h"

/* A different word of the text. */
typedef struct YakeTerm
{
	uint32 hash;
	uint32 start; /* of its first occurrence in the clean text */
	int first_token;
	uint8 length; /* bytes */
	bool is_stop_word;
	uint32 count;
	uint32 acronyms;    /* occurrences all in capitals */
	uint32 capitalised; /* occurrences with a capital, not as first word */
	/* words to its left and right: different ones, and all */
	uint32 left_words;
	uint32 left_count;
	uint32 right_words;
	uint32 right_count;
	uint32 sentences; /* different ones that hold it */
	int last_visit;   /* the last of these, as index into visits */
	int middle_visit; /* the one in the middle; of two, the first */
	double score;     /* S(t); 0 for a stop word */
} YakeTerm;

/* Two words, one right after the other. */
typedef struct YakePair
{
	int left; /* indexes into terms */
	int right;
	int first_token;
	uint32 count;
} YakePair;

/* A word is in a sentence; those of one word are chained, in order. */
typedef struct YakeVisit
{
	int sentence;
	int next;
} YakeVisit;

typedef struct YakeDocument
{
	const CleanText *text;
	const Dictionary *dictionary;
	YakeTerm *terms; /* by first occurrence */
	int term_count;
	YakePair *pairs; /* by first occurrence */
	int pair_count;
	YakeVisit *visits;
	int visit_count;
	int sentence_count;
	/* hash tables of index + 1; 0: free */
	uint32 *term_slots;
	uint32 *pair_slots;
	uint32 slot_mask;
} YakeDocument;

/*
 * Count the words of a text and score them: smaller is more relevant.
 * Everything is palloc'd, and given back by yake_document_free().
 */
extern void yake_document_read(YakeDocument *document,
							   const Dictionary *dictionary,
							   const CleanText *text);
extern void yake_document_free(YakeDocument *document);

#endif /* ANALYTICS_YAKE_TERMS_H */
