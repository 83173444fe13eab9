/*-------------------------------------------------------------------------
 *
 * language.c
 *	  In which language a part is written.
 *
 * Vietnamese shows by its letters.  Written without marks, and English, show
 * by their commonest words, the stop words of the rules and chat slang; less
 * surely by words that occur in the terms of one of them only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/language.h"

/* What a word says of the language, in points. */
#define POINTS_COMMON 2
#define POINTS_LEANING 1

/* Shares of words with marks, as divisors of all words. */
#define SURELY_MARKED 3
#define HARDLY_MARKED 5

typedef struct Evidence
{
	int is_unsigned;
	int is_english;
} Evidence;

static void
weigh_word(int flags, Evidence *evidence)
{
	if (flags & (WORD_UNSIGNED | WORD_UNSIGNED_SLANG))
		evidence->is_unsigned += POINTS_COMMON;
	else if (flags & WORD_LEANS_UNSIGNED)
		evidence->is_unsigned += POINTS_LEANING;
	if (flags & (WORD_ENGLISH | WORD_ENGLISH_SLANG))
		evidence->is_english += POINTS_COMMON;
	else if (flags & WORD_LEANS_ENGLISH)
		evidence->is_english += POINTS_LEANING;
}

static Evidence
weigh_words(const Dictionary *dictionary, const Token *tokens, int token_count)
{
	Evidence evidence = {0, 0};

	for (int i = 0; i < token_count; i++)
		if (tokens[i].word != NO_WORD)
			weigh_word(word_slot(&dictionary->words, tokens[i].word)->flags,
					   &evidence);
	return evidence;
}

/*
 * Marks are Vietnamese, unless the words around are English ("the café").
 * Where many words have them nothing else is looked at; where hardly any has,
 * the others may show that marks are left out.
 */
void
language_decide(const Dictionary *dictionary, const Token *tokens,
				int token_count, int marked_words, TextPart *part)
{
	Evidence evidence;
	int marked = marked_words * POINTS_COMMON;
	bool hardly_marked = marked_words * HARDLY_MARKED < token_count;

	part->is_vietnamese =
		marked_words > 0 && marked_words * SURELY_MARKED >= token_count;
	part->is_unsigned = part->is_english = false;
	if (part->is_vietnamese)
		return;
	evidence = weigh_words(dictionary, tokens, token_count);
	if (evidence.is_english > marked + evidence.is_unsigned)
		part->is_english = true;
	else if (hardly_marked && evidence.is_unsigned > evidence.is_english)
		part->is_unsigned = true;
	else if (marked_words > 0)
		part->is_vietnamese = true;
	else
		part->is_english = evidence.is_english > 0;
}
