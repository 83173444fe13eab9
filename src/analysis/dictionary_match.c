/*-------------------------------------------------------------------------
 *
 * dictionary_match.c
 *	  Find the terms of the rules in a text.
 *
 * At each word the tries of its kinds are walked along the words that follow,
 * so the work is bounded by the words of the longest term.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/dictionary_parts.h"

/* Fillers that a phrase may hold. */
#define FILLERS_SKIPPED 2

/* Children that are searched one by one. */
#define FEW_CHILDREN 8

#define FIRST_ROOM 64

typedef struct Search
{
	const Dictionary *dictionary;
	const Token *tokens;
	const TextPart *part;
} Search;

/* One kind of terms. */
typedef struct Finder
{
	const Trie *trie;
	bool skips_fillers;
	int room;
	int next; /* token behind the last match */
} Finder;

/* --- the trie --- */

static uint32
child_of(const Trie *trie, uint32 parent, WordId word)
{
	const TrieNode *node = &trie->node[parent];
	uint32 low = node->first_child;
	uint32 high = low + node->child_count;

	while (high - low > FEW_CHILDREN)
	{
		uint32 middle = low + (high - low) / 2;

		if (trie->word[middle] <= word)
			low = middle;
		else
			high = middle;
	}
	for (; low < high; low++)
		if (trie->word[low] == word)
			return low;
	return NO_NODE;
}

static bool
is_of_language(const Search *search, const Trie *trie, int32 term)
{
	if (trie->language == NULL)
		return true;
	switch ((TermLanguage) trie->language[term])
	{
		case LANGUAGE_ANY:
			return true;
		case LANGUAGE_VIETNAMESE:
			return !search->part->is_english;
		case LANGUAGE_ENGLISH:
			return !search->part->is_vietnamese && !search->part->is_unsigned;
	}
	return true;
}

/* The term that ends at the node, if it counts in the part. */
static inline int32
term_at(const Search *search, const Trie *trie, uint32 node)
{
	int32 term = trie->node[node].term;

	if (term != NO_TERM && is_of_language(search, trie, term))
		return term;
	if (!search->part->is_unsigned)
		return NO_TERM;
	term = trie->node[node].unsigned_term;
	return term != NO_TERM && is_of_language(search, trie, term) ? term
																 : NO_TERM;
}

/*
 * The child for a token.  In parts without marks a word may have got them
 * from slang, and the terms be known without.
 */
static inline uint32
next_node(const Search *search, const Trie *trie, uint32 node,
		  const Token *token)
{
	uint32 child = child_of(trie, node, token->word);
	WordId unmarked;

	if (child != NO_NODE || !search->part->is_unsigned)
		return child;
	unmarked = search->dictionary->unmarked[token->word];
	return unmarked == token->word ? NO_NODE : child_of(trie, node, unmarked);
}

/* --- walking --- */

/* May a phrase go on with this token? */
static inline bool
continues(const Search *search, int token)
{
	return token < search->part->end_token &&
		   search->tokens[token].boundary == BOUNDARY_NONE &&
		   search->tokens[token].word != NO_WORD;
}

static inline bool
is_filler(const Search *search, int token)
{
	return (word_slot(&search->dictionary->words, search->tokens[token].word)
				->flags &
			WORD_FILLER) != 0;
}

/* The longest term from `token` on, whose first word is at `node`. */
static int32
longest_term(const Search *search, const Finder *finder, uint32 node,
			 int token, int *end)
{
	const Trie *trie = finder->trie;
	int32 best = NO_TERM;
	int skipped = finder->skips_fillers ? 0 : FILLERS_SKIPPED;

	for (;;)
	{
		int32 term = term_at(search, trie, node);
		uint32 child = NO_NODE;

		token++;
		if (term != NO_TERM)
		{
			best = term;
			*end = token;
		}
		if (trie->node[node].child_count == 0)
			return best;
		while (continues(search, token) &&
			   (child = next_node(search, trie, node,
								  &search->tokens[token])) == NO_NODE &&
			   skipped < FILLERS_SKIPPED && is_filler(search, token))
		{
			skipped++;
			token++;
		}
		if (child == NO_NODE)
			return best;
		node = child;
	}
}

static void
add_match(TermMatches *matches, Finder *finder, int32 term, int token, int end)
{
	if (matches->count == finder->room)
	{
		finder->room *= 2;
		matches->match =
			repalloc(matches->match, finder->room * sizeof(TermMatch));
	}
	matches->match[matches->count++] = (TermMatch){term, token, end};
	finder->next = end;
}

/* Walk from a token as it is and, in parts without marks, without its own. */
static inline void
find_at(const Search *search, Finder *finder, TermKind kind, int token,
		TermMatches *matches)
{
	const TrieRoots *roots = search->dictionary->roots;
	WordId word = search->tokens[token].word;
	WordId unmarked =
		search->part->is_unsigned ? search->dictionary->unmarked[word] : word;
	uint32 node = roots[word].node[kind];
	int32 best = NO_TERM;
	int best_end = 0;

	if (node != NO_NODE)
		best = longest_term(search, finder, node, token, &best_end);
	if (unmarked != word && roots[unmarked].node[kind] != NO_NODE)
	{
		int end = 0;
		int32 term = longest_term(search, finder, roots[unmarked].node[kind],
								  token, &end);

		if (term != NO_TERM && end > best_end)
		{
			best = term;
			best_end = end;
		}
	}
	if (best != NO_TERM)
		add_match(matches, finder, best, token, best_end);
}

static void
match_part(const Search *search, Finder finders[TERM_KIND_COUNT],
		   TermMatches matches[TERM_KIND_COUNT])
{
	for (int token = search->part->first_token;
		 token < search->part->end_token; token++)
	{
		if (search->tokens[token].word == NO_WORD)
			continue;
		for (int kind = 0; kind < TERM_KIND_COUNT; kind++)
			if (finders[kind].next <= token)
				find_at(search, &finders[kind], kind, token, &matches[kind]);
	}
}

void
dictionary_match(const Dictionary *dictionary, const struct CleanText *text,
				 TermMatches matches[TERM_KIND_COUNT])
{
	Finder finders[TERM_KIND_COUNT] = {0};

	for (int kind = 0; kind < TERM_KIND_COUNT; kind++)
	{
		finders[kind].trie = &dictionary->tries[kind];
		finders[kind].skips_fillers = kind == TERM_SENTIMENT;
		finders[kind].room = FIRST_ROOM;
		matches[kind].match = palloc(FIRST_ROOM * sizeof(TermMatch));
		matches[kind].count = 0;
	}
	for (int i = 0; i < text->part_count; i++)
	{
		Search search = {dictionary, text->tokens, &text->parts[i]};

		match_part(&search, finders, matches);
	}
}
