/*-------------------------------------------------------------------------
 *
 * dictionary_slang.c
 *	  Enter the slang of the rules into a dictionary.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/characters.h"
#include "analysis/dictionary_slang.h"
#include "analysis/text_terms.h"

static WordId
add_token(Dictionary *dictionary, const TextBuffer *buffer, int token)
{
	const Token *place = &buffer->tokens[token];

	return word_table_add(&dictionary->words, buffer->data + place->start,
						  place->end - place->start);
}

static bool
is_ascii(const char *text, size_t length)
{
	return characters_count(text, length) == length;
}

/* A single word of slang, and more than a letter, tells the language. */
static int
flags_of(const Slang *slang, const TextBuffer *source)
{
	int flags = WORD_SLANG;

	if (slang->count > 1 || slang->is_one_letter)
		return flags;
	if (slang->is_english)
		flags |= WORD_ENGLISH_SLANG;
	else if (is_ascii(source->data, source->length))
		flags |= WORD_UNSIGNED_SLANG;
	return flags;
}

/* The words of the source; false: they cannot be slang. */
static bool
read_words(Dictionary *dictionary, const TextBuffer *source, Slang *slang)
{
	slang->count = source->token_count;
	if (slang->count < 1 || slang->count > SLANG_MAX_WORDS)
		return false;
	for (int i = 0; i < slang->count; i++)
	{
		slang->word[i] = add_token(dictionary, source, i);
		if (slang->word[i] == NO_WORD)
			return false;
	}
	return true;
}

static bool
read_source(Dictionary *dictionary, const char *text, Slang *slang)
{
	TextBuffer source;
	bool usable;

	text_scan_term(text, &source);
	usable = read_words(dictionary, &source, slang);
	if (usable)
	{
		slang->is_one_letter =
			slang->count == 1 &&
			characters_count(source.data, source.length) == 1;
		word_slot(&dictionary->words, slang->word[0])->flags |=
			flags_of(slang, &source);
	}
	text_buffer_free(&source);
	return usable;
}

/* The formal words stay as bytes and tokens, ready to be copied. */
static bool
read_formal(Dictionary *dictionary, const char *text, Slang *slang)
{
	TextBuffer formal;

	text_scan_term(text, &formal);
	if (formal.token_count == 0)
	{
		text_buffer_free(&formal);
		return false;
	}
	for (int i = 0; i < formal.token_count; i++)
		formal.tokens[i].word = add_token(dictionary, &formal, i);
	slang->formal = formal.data;
	slang->formal_length = (uint32) formal.length;
	slang->tokens = formal.tokens;
	slang->token_count = formal.token_count;
	return true;
}

static int
compare(const void *one, const void *other)
{
	const Slang *a = one;
	const Slang *b = other;

	if (a->word[0] != b->word[0])
		return a->word[0] < b->word[0] ? -1 : 1;
	if (a->count != b->count)
		return b->count - a->count;
	for (int i = 1; i < a->count; i++)
		if (a->word[i] != b->word[i])
			return a->word[i] < b->word[i] ? -1 : 1;
	return a->rule - b->rule;
}

/* A new entry at the end, which does not count yet. */
static Slang *
next_slang(Dictionary *dictionary)
{
	Slang *slang;

	if (dictionary->slang_count == dictionary->slang_room)
	{
		dictionary->slang_room *= 2;
		dictionary->slang = repalloc(dictionary->slang,
									 dictionary->slang_room * sizeof(Slang));
	}
	slang = &dictionary->slang[dictionary->slang_count];
	memset(slang, 0, sizeof(*slang));
	return slang;
}

static void
add_slang(Dictionary *dictionary, const SlangRule *rule, int index)
{
	Slang *slang = next_slang(dictionary);

	slang->rule = index;
	slang->is_english = rule->is_english;
	if (read_formal(dictionary, rule->formal, slang) &&
		read_source(dictionary, rule->source, slang))
		dictionary->slang_count++;
}

/* --- terms that are no slang --- */

/* Would a word of it be taken for slang, though it hardly is? */
static bool
looks_like_slang(const Dictionary *dictionary, const TextBuffer *term,
				 const Slang *slang, bool is_english)
{
	for (int i = 0; i < slang->count; i++)
	{
		const Token *token = &term->tokens[i];
		const char *word = term->data + token->start;

		if ((word_slot(&dictionary->words, slang->word[i])->flags &
			 WORD_SLANG) != 0 &&
			(is_english ||
			 characters_count(word, token->end - token->start) == 1))
			return true;
	}
	return false;
}

/*
 * Within a term of two or three words a single letter, and in an English term
 * any word, is no Vietnamese slang: "e ngại", "a lot".
 */
static void
keep_term(Dictionary *dictionary, const char *text, bool is_english)
{
	Slang *slang = next_slang(dictionary);
	TextBuffer term;

	text_scan_term(text, &term);
	if (term.token_count > 1 && read_words(dictionary, &term, slang) &&
		looks_like_slang(dictionary, &term, slang, is_english))
		dictionary->slang_count++;
	text_buffer_free(&term);
}

static void
keep_terms(Dictionary *dictionary)
{
	const DictionarySource *source = &dictionary->source;

	for (int i = 0; i < source->aspect_count; i++)
		keep_term(dictionary, source->aspects[i].term, false);
	for (int i = 0; i < source->spam_count; i++)
		keep_term(dictionary, source->spam[i].keyword, false);
	for (int i = 0; i < source->sentiment_count; i++)
		keep_term(dictionary, source->sentiments[i].term,
				  source->sentiments[i].language == LANGUAGE_ENGLISH);
}

/* Only now, so that no kept term is taken for slang of another one. */
static void
flag_kept(Dictionary *dictionary)
{
	for (int i = 0; i < dictionary->slang_count; i++)
		word_slot(&dictionary->words, dictionary->slang[i].word[0])->flags |=
			WORD_SLANG;
}

void
dictionary_add_slang(Dictionary *dictionary)
{
	const DictionarySource *source = &dictionary->source;

	dictionary->slang_room = source->slang_count + 1;
	dictionary->slang = palloc(dictionary->slang_room * sizeof(Slang));
	for (int i = 0; i < source->slang_count; i++)
		add_slang(dictionary, &source->slang[i], i);
	keep_terms(dictionary);
	flag_kept(dictionary);
	if (dictionary->slang_count > 1)
		qsort(dictionary->slang, dictionary->slang_count, sizeof(Slang),
			  compare);
}
