/*-------------------------------------------------------------------------
 *
 * aspect_index.c
 *	  Aspect terms by each word and each two words in a row that they hold.
 *
 * A keyword belongs to the aspect of a term that it contains or that contains
 * it, on word boundaries: "trạm sạc vinfast" to that of "trạm sạc", and "sạc"
 * too.  A keyword has two words at most, so that a hash of all such pieces of
 * all terms answers at once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/aspect_index.h"
#include "analysis/text.h"

/* What one or two words in a row say about aspects. */
typedef struct Piece
{
	WordId first;     /* NO_WORD: the slot is free */
	WordId second;    /* NO_WORD: a single word */
	bool is_unsigned; /* of a term's form without marks */
	bool is_term;
	bool is_primary; /* of `part` */
	Aspect term;     /* if is_term */
	Aspect part;     /* of the best term that contains it */
} Piece;

struct AspectIndex
{
	Piece *slots;
	uint32 slot_mask; /* never more than half of them are taken */
};

static Piece *
find_slot(const AspectIndex *index, WordId first, WordId second,
		  bool is_unsigned)
{
	uint64 hash = ((uint64) first << 32 | second) * 2 + is_unsigned;
	uint32 slot;

	hash *= UINT64CONST(0x9E3779B97F4A7C15);
	slot = (uint32) (hash >> 32) & index->slot_mask;
	for (;;)
	{
		Piece *piece = &index->slots[slot];

		if (piece->first == NO_WORD ||
			(piece->first == first && piece->second == second &&
			 piece->is_unsigned == is_unsigned))
			return piece;
		slot = (slot + 1) & index->slot_mask;
	}
}

/* --- building --- */

/* The words of a rule in one of its forms. */
typedef struct TermWords
{
	const AspectTermRule *rule;
	WordId *words;
	int count;
	bool is_unsigned;
} TermWords;

static void
add_piece(AspectIndex *index, const TermWords *term, int first, int count)
{
	WordId left = term->words[first];
	WordId right = count == 2 ? term->words[first + 1] : NO_WORD;
	Piece *piece;

	if (left == NO_WORD || (count == 2 && right == NO_WORD))
		return;
	piece = find_slot(index, left, right, term->is_unsigned);
	if (piece->first == NO_WORD ||
		(term->rule->is_primary && !piece->is_primary))
	{
		piece->part = term->rule->aspect;
		piece->is_primary = term->rule->is_primary;
	}
	if (count == term->count && !piece->is_term)
	{
		piece->is_term = true;
		piece->term = term->rule->aspect;
	}
	piece->first = left;
	piece->second = right;
	piece->is_unsigned = term->is_unsigned;
}

static void
add_form(AspectIndex *index, const Dictionary *dictionary,
		 const AspectTermRule *rule, const char *form, bool is_unsigned)
{
	TermWords term = {.rule = rule, .is_unsigned = is_unsigned};

	term.words = palloc((strlen(form) + 1) * sizeof(WordId));
	while (*form != '\0')
	{
		size_t length = strcspn(form, " ");

		if (length > 0)
			term.words[term.count++] =
				dictionary_word(dictionary, form, length);
		form += length + (form[length] == ' ');
	}
	for (int i = 0; i < term.count; i++)
	{
		add_piece(index, &term, i, 1);
		if (i + 1 < term.count)
			add_piece(index, &term, i, 2);
	}
	pfree(term.words);
}

/* Both forms of a term; a single word has no unsigned one. */
static void
add_rule(AspectIndex *index, const Dictionary *dictionary,
		 const AspectTermRule *rule)
{
	int words;
	char *normalised;

	if (rule->aspect == ASPECT_NONE)
		return;
	normalised = text_normalise_term(rule->term, &words);
	add_form(index, dictionary, rule, normalised, false);
	if (words > 1)
	{
		char *unsigned_form = text_fold_term(normalised);

		add_form(index, dictionary, rule, unsigned_form, true);
		pfree(unsigned_form);
	}
	pfree(normalised);
}

/* Room for all pieces: each word alone and with the next, in both forms. */
static void
allocate(AspectIndex *index, const DictionarySource *rules)
{
	size_t pieces = 8;
	size_t slots = 16;

	for (int i = 0; i < rules->aspect_count; i++)
	{
		int words;
		char *normalised = text_normalise_term(rules->aspects[i].term, &words);

		pieces += 4;
		for (const char *next = normalised; *next != '\0'; next++)
			pieces += *next == ' ' ? 4 : 0;
		pfree(normalised);
	}
	while (slots < 2 * pieces)
		slots *= 2;
	index->slot_mask = (uint32) (slots - 1);
	index->slots = palloc0(slots * sizeof(Piece));
}

AspectIndex *
aspect_index_build(const Dictionary *dictionary)
{
	const DictionarySource *rules = dictionary_rules(dictionary);
	AspectIndex *index = palloc(sizeof(AspectIndex));

	allocate(index, rules);
	for (int i = 0; i < rules->aspect_count; i++)
		add_rule(index, dictionary, &rules->aspects[i]);
	return index;
}

/* --- finding --- */

/* What is known of one or two words; NULL: nothing. */
static const Piece *
find_piece(const AspectIndex *index, const WordId *words, int count,
		   bool is_unsigned)
{
	WordId second = count == 2 ? words[1] : NO_WORD;
	const Piece *piece;

	if (words[0] == NO_WORD || (count == 2 && second == NO_WORD))
		return NULL;
	piece = find_slot(index, words[0], second, false);
	if (piece->first == NO_WORD && is_unsigned)
		piece = find_slot(index, words[0], second, true);
	return piece->first != NO_WORD ? piece : NULL;
}

Aspect
aspect_index_find(const AspectIndex *index, const WordId *words, int count,
				  bool is_unsigned)
{
	const Piece *whole = find_piece(index, words, count, is_unsigned);

	if (whole != NULL && whole->is_term)
		return whole->term;
	for (int i = 0; count > 1 && i < count; i++)
	{
		const Piece *word = find_piece(index, &words[i], 1, is_unsigned);

		if (word != NULL && word->is_term)
			return word->term;
	}
	return whole != NULL ? whole->part : ASPECT_GENERAL;
}
