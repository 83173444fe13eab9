/*-------------------------------------------------------------------------
 *
 * keywords.c
 *	  Stage 3 of the analysis: keywords, by the rules or by statistics.
 *
 * What the rules name comes first.  When they name little in a text, its
 * statistical keywords say what it is about, and each is given the aspect of
 * the rules that is nearest.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/aspect_index.h"
#include "analysis/keywords.h"
#include "analysis/yake.h"

/* The keywords as they are found. */
typedef struct KeywordList
{
	const CleanText *text;
	const TermMatches *aspects; /* matches of the rules */
	Keyword *keyword;
	int count;
	int maximum;
	/* of the dictionary keywords, which come first */
	int dictionary_count;
	int *first_match;
} KeywordList;

/* --- by the rules --- */

/*
 * A keyword for each different term, by first position.  Returns how many
 * different terms there are, also of those for which there is no room.
 */
static int
add_dictionary_keywords(KeywordList *list, const DictionarySource *rules)
{
	/* where a term's keyword is, plus 1; beyond the maximum it has none */
	int *place = palloc0(Max(rules->aspect_count, 1) * sizeof(int));
	int different = 0;

	for (int i = 0; i < list->aspects->count; i++)
	{
		int term = list->aspects->match[i].term;
		const AspectTermRule *rule = &rules->aspects[term];

		if (place[term] == 0)
		{
			place[term] = ++different;
			if (different <= list->maximum)
			{
				list->keyword[list->count] =
					(Keyword){.text = pstrdup(rule->term),
							  .aspect = rule->aspect,
							  .score = 1};
				list->first_match[list->count++] = i;
			}
		}
		if (place[term] <= list->maximum)
			list->keyword[place[term] - 1].count++;
	}
	pfree(place);
	list->dictionary_count = list->count;
	return different;
}

/* --- by statistics --- */

/* The words of some tokens, with one space between them.  Palloc'd. */
static char *
text_of_tokens(const CleanText *text, int first, int end)
{
	const Token *tokens = text->tokens;
	size_t bytes = tokens[end - 1].end - tokens[first].start;
	char *result = palloc(bytes + (end - first) + 1);
	char *next = result;

	for (int i = first; i < end; i++)
	{
		size_t length = tokens[i].end - tokens[i].start;

		if (i > first)
			*next++ = ' ';
		memcpy(next, text->data + tokens[i].start, length);
		next += length;
	}
	*next = '\0';
	return result;
}

/* The first match that begins at a token or after it; or their number. */
static int
match_from(const TermMatches *matches, int token)
{
	int low = 0;
	int high = matches->count;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (matches->match[middle].first_token < token)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The dictionary keywords as the text names them first.  Palloc'd. */
static char **
names_in_text(const KeywordList *list)
{
	char **names = palloc(Max(list->dictionary_count, 1) * sizeof(char *));

	for (int i = 0; i < list->dictionary_count; i++)
	{
		const TermMatch *first = &list->aspects->match[list->first_match[i]];

		names[i] =
			text_of_tokens(list->text, first->first_token, first->end_token);
	}
	return names;
}

/*
 * Is a statistical keyword one of the dictionary's: a match of it, or spelled
 * as in the rules or as in the text?
 */
static bool
is_dictionary_keyword(const KeywordList *list, char *const *names,
					  const YakeKeyword *candidate, const char *word)
{
	const TermMatch *matches = list->aspects->match;
	int from = match_from(list->aspects, candidate->first_token);
	int end = candidate->first_token + candidate->token_count;

	if (from < list->aspects->count &&
		matches[from].first_token == candidate->first_token &&
		matches[from].end_token == end)
		return true;
	for (int i = 0; i < list->dictionary_count; i++)
		if (strcmp(names[i], word) == 0 ||
			strcmp(list->keyword[i].text, word) == 0)
			return true;
	return false;
}

static bool
is_in_unsigned_part(const CleanText *text, int token)
{
	for (int i = 0; i < text->part_count; i++)
		if (token < text->parts[i].end_token)
			return text->parts[i].is_unsigned;
	return false;
}

static Aspect
aspect_of(const Dictionary *dictionary, const CleanText *text,
		  const YakeKeyword *candidate)
{
	const Token *token = &text->tokens[candidate->first_token];
	WordId words[2] = {token[0].word, NO_WORD};

	if (candidate->token_count == 2)
		words[1] = token[1].word;
	return aspect_index_find(
		dictionary_aspect_index(dictionary), words, candidate->token_count,
		is_in_unsigned_part(text, candidate->first_token));
}

static void
add_statistical_keywords(KeywordList *list, const Dictionary *dictionary,
						 double similarity)
{
	int found;
	YakeKeyword *candidates = yake_extract(dictionary, list->text,
										   list->maximum, similarity, &found);
	char **names = names_in_text(list);

	for (int i = 0; i < found && list->count < list->maximum; i++)
	{
		const YakeKeyword *candidate = &candidates[i];
		char *word =
			text_of_tokens(list->text, candidate->first_token,
						   candidate->first_token + candidate->token_count);

		if (is_dictionary_keyword(list, names, candidate, word))
			continue;
		list->keyword[list->count++] =
			(Keyword){.text = word,
					  .aspect = aspect_of(dictionary, list->text, candidate),
					  .is_statistical = true,
					  .score = 1 / (1 + candidate->yake),
					  .count = candidate->occurrences};
	}
	pfree(candidates);
}

Keyword *
keywords_extract(const KeywordSettings *settings, const Dictionary *dictionary,
				 const CleanText *text, const TermMatches *aspects, int *count)
{
	int room = Max(settings->maximum, 1);
	KeywordList list = {
		.text = text,
		.aspects = aspects,
		.maximum = Max(settings->maximum, 0),
		.keyword = palloc(room * sizeof(Keyword)),
		.first_match = palloc(room * sizeof(int)),
	};

	if (add_dictionary_keywords(&list, dictionary_rules(dictionary)) <
		settings->dictionary_enough)
		add_statistical_keywords(&list, dictionary, settings->similarity);
	pfree(list.first_match);
	*count = list.count;
	return list.keyword;
}
