/*-------------------------------------------------------------------------
 *
 * dictionary.c
 *	  Build a dictionary from the rows of the rule tables, and answer for it.
 *
 * First all words get their numbers, then the terms become tries over them.
 * Nothing changes once it is built, so a batch that has begun with it may go
 * on with it while the next one is made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/aspect_index.h"
#include "analysis/dictionary_slang.h"
#include "analysis/dictionary_source.h"
#include "analysis/text_terms.h"
#include "analysis/trie.h"

#define WORD_LEANS (WORD_LEANS_ENGLISH | WORD_LEANS_UNSIGNED)

typedef struct DictionaryBuilder
{
	Dictionary *dictionary;
	TermList terms[TERM_KIND_COUNT];
} DictionaryBuilder;

const char *
aspect_name(Aspect aspect)
{
	static const char *const names[] = {
		[ASPECT_DESIGN] = "DESIGN",   [ASPECT_PERFORMANCE] = "PERFORMANCE",
		[ASPECT_PRICE] = "PRICE",     [ASPECT_SERVICE] = "SERVICE",
		[ASPECT_GENERAL] = "GENERAL", [ASPECT_NONE] = "NONE",
	};

	return names[aspect];
}

const char *
sentiment_role_name(SentimentRole role)
{
	static const char *const names[] = {
		[ROLE_TERM] = "term",
		[ROLE_NEGATOR] = "negator",
		[ROLE_INTENSIFIER] = "intensifier",
		[ROLE_SOFTENER] = "softener",
		[ROLE_CONTRAST] = "contrast",
		[ROLE_CONCESSION] = "concession",
		[ROLE_FILLER] = "filler",
	};

	return names[role];
}

/* --- words --- */

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text & 0x80)
			return false;
	return true;
}

static void
flag_word(Dictionary *dictionary, WordId word, int flags)
{
	if (word != NO_WORD)
		word_slot(&dictionary->words, word)->flags |= flags;
}

/*
 * Number the words of a normalised term; *count gets how many.  NULL: it has
 * none, too many, or one that is too long.
 */
static WordId *
add_words(Dictionary *dictionary, const char *normalised, int *count)
{
	WordId *words = palloc(TERM_MAX_WORDS * sizeof(WordId));

	*count = 0;
	while (*normalised != '\0')
	{
		size_t length = strcspn(normalised, " ");

		if (*count == TERM_MAX_WORDS)
			break;
		words[*count] = word_table_add(&dictionary->words, normalised, length);
		if (words[(*count)++] == NO_WORD)
			break;
		normalised += length;
		normalised += strspn(normalised, " ");
	}
	if (*normalised != '\0' || *count == 0)
	{
		pfree(words);
		return NULL;
	}
	return words;
}

/* A row of one word: the word, and its normalised text; else NO_WORD. */
static WordId
add_single_word(Dictionary *dictionary, const char *text, char **normalised)
{
	int words;

	*normalised = text_normalise_term(text, &words);
	if (words != 1)
		return NO_WORD;
	return word_table_add(&dictionary->words, *normalised,
						  strlen(*normalised));
}

/* --- terms --- */

/* Words that a term has only when it is written without marks. */
static void
flag_unmarked(Dictionary *dictionary, const WordId *marked,
			  const WordId *unmarked, int count)
{
	for (int i = 0; i < count; i++)
		if (marked[i] != unmarked[i])
			flag_word(dictionary, unmarked[i], WORD_LEANS_UNSIGNED);
}

static void
add_unmarked(DictionaryBuilder *builder, TermKind kind, int term,
			 const char *normalised, const WordId *marked)
{
	char *folded = text_fold_term(normalised);
	WordId *words;
	int count;

	if (strcmp(folded, normalised) != 0)
	{
		words = add_words(builder->dictionary, folded, &count);
		flag_unmarked(builder->dictionary, marked, words, count);
		term_list_add(&builder->terms[kind], words, count, term, true);
	}
	pfree(folded);
}

/* Enter a term; returns its words, or NULL. */
static const WordId *
add_term(DictionaryBuilder *builder, TermKind kind, int term, const char *text,
		 int *count)
{
	Dictionary *dictionary = builder->dictionary;
	char *normalised = text_normalise_term(text, count);
	WordId *words = add_words(dictionary, normalised, count);

	if (words == NULL)
		return NULL;
	term_list_add(&builder->terms[kind], words, *count, term, false);
	if (emoticon_is(text))
		emoticons_add(&dictionary->emoticons, normalised, words[0]);
	else if (*count > 1)
		add_unmarked(builder, kind, term, normalised, words);
	pfree(normalised);
	return words;
}

/* What the words of a sentiment term tell beside its sentiment. */
static void
flag_sentiment(Dictionary *dictionary, const SentimentTermRule *rule,
			   const WordId *words, int count)
{
	if (count == 1 &&
		(rule->role == ROLE_FILLER || rule->role == ROLE_INTENSIFIER ||
		 rule->role == ROLE_SOFTENER))
		flag_word(dictionary, words[0], WORD_FILLER);
	if (emoticon_is(rule->term) || !is_ascii(rule->term))
		return;
	if (rule->language == LANGUAGE_ENGLISH)
		for (int i = 0; i < count; i++)
			flag_word(dictionary, words[i], WORD_LEANS_ENGLISH);
	else if (rule->language == LANGUAGE_VIETNAMESE && count == 1)
		flag_word(dictionary, words[0], WORD_LEANS_UNSIGNED);
}

static void
add_terms(DictionaryBuilder *builder)
{
	const DictionarySource *source = &builder->dictionary->source;
	const WordId *words;
	int count;

	for (int i = 0; i < source->aspect_count; i++)
		add_term(builder, TERM_ASPECT, i, source->aspects[i].term, &count);
	for (int i = 0; i < source->spam_count; i++)
		add_term(builder, TERM_SPAM, i, source->spam[i].keyword, &count);
	for (int i = 0; i < source->sentiment_count; i++)
	{
		const SentimentTermRule *rule = &source->sentiments[i];

		words = add_term(builder, TERM_SENTIMENT, i, rule->term, &count);
		if (words != NULL)
			flag_sentiment(builder->dictionary, rule, words, count);
	}
	emoticons_sort(&builder->dictionary->emoticons);
}

/* --- languages --- */

static void
add_stop_words(Dictionary *dictionary)
{
	for (int i = 0; i < dictionary->source.stop_word_count; i++)
	{
		const StopWordRule *rule = &dictionary->source.stop_words[i];
		char *normalised;
		WordId word = add_single_word(dictionary, rule->word, &normalised);

		flag_word(dictionary, word, WORD_STOP);
		if (rule->is_english)
			flag_word(dictionary, word, WORD_ENGLISH);
		else if (word != NO_WORD)
		{
			char *folded = text_fold_term(normalised);

			flag_word(
				dictionary,
				word_table_add(&dictionary->words, folded, strlen(folded)),
				WORD_UNSIGNED);
			pfree(folded);
		}
		pfree(normalised);
	}
}

/* A word that could be of either language leans to none. */
static void
settle_leaning(Dictionary *dictionary)
{
	for (WordId word = 1; word <= dictionary->words.count; word++)
	{
		uint16 *flags = &word_slot(&dictionary->words, word)->flags;

		if ((*flags & WORD_LEANS) == WORD_LEANS)
			*flags &= ~WORD_LEANS;
		if (*flags & (WORD_ENGLISH | WORD_ENGLISH_SLANG))
			*flags &= ~WORD_LEANS_UNSIGNED;
		if (*flags & (WORD_UNSIGNED | WORD_UNSIGNED_SLANG))
			*flags &= ~WORD_LEANS_ENGLISH;
	}
}

static void
find_unmarked(Dictionary *dictionary)
{
	const WordTable *words = &dictionary->words;

	dictionary->unmarked = palloc0((words->count + 1) * sizeof(WordId));
	for (WordId word = 1; word <= words->count; word++)
	{
		char *folded = text_fold_term(words->text[word]);

		dictionary->unmarked[word] =
			word_table_find(words, folded, strlen(folded))->word;
		pfree(folded);
	}
}

/* Words about words count in parts of their language; terms everywhere. */
static const uint8 *
languages_of(const DictionarySource *source)
{
	uint8 *language = palloc0(source->sentiment_count + 1);

	for (int i = 0; i < source->sentiment_count; i++)
		if (source->sentiments[i].role != ROLE_TERM)
			language[i] = source->sentiments[i].language;
	return language;
}

/* --- building --- */

static void
build_tries(DictionaryBuilder *builder)
{
	Dictionary *dictionary = builder->dictionary;

	dictionary->roots =
		palloc0((dictionary->words.count + 1) * sizeof(TrieRoots));
	for (int kind = 0; kind < TERM_KIND_COUNT; kind++)
	{
		TermList *list = &builder->terms[kind];

		trie_build(&dictionary->tries[kind], list, dictionary->roots, kind);
		for (int i = 0; i < list->count; i++)
			pfree(unconstify(WordId *, list->entry[i].words));
		if (list->entry != NULL)
			pfree(list->entry);
	}
	dictionary->tries[TERM_SENTIMENT].language =
		languages_of(&dictionary->source);
}

Dictionary *
dictionary_build(const DictionarySource *source)
{
	Dictionary *dictionary = palloc0(sizeof(Dictionary));
	DictionaryBuilder builder = {.dictionary = dictionary};

	dictionary_source_copy(&dictionary->source, source);
	word_table_create(&dictionary->words);
	add_terms(&builder);
	add_stop_words(dictionary);
	dictionary_add_slang(dictionary);
	settle_leaning(dictionary);
	build_tries(&builder);
	find_unmarked(dictionary);
	dictionary->aspect_index = aspect_index_build(dictionary);
	return dictionary;
}

/* --- asking --- */

const DictionarySource *
dictionary_rules(const Dictionary *dictionary)
{
	return &dictionary->source;
}

WordId
dictionary_word(const Dictionary *dictionary, const char *word, size_t length)
{
	return word_table_find(&dictionary->words, word, length)->word;
}

int
dictionary_word_flags(const Dictionary *dictionary, WordId word)
{
	const int told = WORD_STOP | WORD_ENGLISH | WORD_UNSIGNED | WORD_FILLER;

	if (word == NO_WORD)
		return 0;
	return word_slot(&dictionary->words, word)->flags & told;
}

const struct AspectIndex *
dictionary_aspect_index(const Dictionary *dictionary)
{
	return dictionary->aspect_index;
}
