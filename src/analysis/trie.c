/*-------------------------------------------------------------------------
 *
 * trie.c
 *	  Build the trie of the terms of one kind.
 *
 * The terms are sorted by their words; a node is then a run of terms with the
 * same beginning, its children the runs within it.  Children lie together,
 * sorted, so a search among them stays within a cache line or two.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/trie.h"

#define FIRST_ROOM 256

/* A run of the sorted entries that have their first `depth` words in common. */
typedef struct Run
{
	int first;
	int end;
	int depth;
} Run;

typedef struct TrieBuilder
{
	Trie *trie;
	const TermEntry *entries;
} TrieBuilder;

void
term_list_add(TermList *list, const WordId *words, int count, int term,
			  bool is_unmarked)
{
	if (list->entry == NULL)
	{
		list->room = FIRST_ROOM;
		list->entry = palloc(list->room * sizeof(TermEntry));
	}
	if (list->count == list->room)
	{
		list->room *= 2;
		list->entry = repalloc(list->entry, list->room * sizeof(TermEntry));
	}
	list->entry[list->count++] = (TermEntry){
		.words = words,
		.count = count,
		.term = term,
		.is_unmarked = is_unmarked,
	};
}

static int
compare_entries(const void *one, const void *other)
{
	const TermEntry *a = one;
	const TermEntry *b = other;

	for (int i = 0; i < Min(a->count, b->count); i++)
		if (a->words[i] != b->words[i])
			return a->words[i] < b->words[i] ? -1 : 1;
	if (a->count != b->count)
		return a->count - b->count;
	return a->term < b->term ? -1 : a->term > b->term;
}

/* The end of the run of entries that share one word more. */
static int
end_of_child(const TrieBuilder *builder, Run run, int first)
{
	WordId word = builder->entries[first].words[run.depth];
	int end = first + 1;

	while (end < run.end && builder->entries[end].words[run.depth] == word)
		end++;
	return end;
}

/*
 * The entries that end at the node are the first ones of its run; returns
 * how many.
 */
static int
take_terms(const TrieBuilder *builder, TrieNode *node, Run run)
{
	int taken = 0;

	node->term = node->unsigned_term = NO_TERM;
	for (int i = run.first; i < run.end; i++, taken++)
	{
		const TermEntry *entry = &builder->entries[i];

		if (entry->count != run.depth)
			break;
		if (entry->is_unmarked && node->unsigned_term == NO_TERM)
			node->unsigned_term = entry->term;
		else if (!entry->is_unmarked && node->term == NO_TERM)
			node->term = entry->term;
	}
	return taken;
}

/* Allot the children of a node, then build each; the depth is bounded. */
static void
build_children(TrieBuilder *builder, uint32 parent, Run run)
{
	Trie *trie = builder->trie;
	uint32 child = trie->count;

	trie->node[parent].first_child = child;
	for (int first = run.first; first < run.end;
		 first = end_of_child(builder, run, first))
		trie->word[trie->count++] = builder->entries[first].words[run.depth];
	trie->node[parent].child_count = trie->count - child;
	for (int first = run.first; first < run.end; child++)
	{
		Run next = {first, end_of_child(builder, run, first), run.depth + 1};

		first = next.end;
		next.first += take_terms(builder, &trie->node[child], next);
		build_children(builder, child, next);
	}
}

void
trie_build(Trie *trie, TermList *list, TrieRoots *roots, TermKind kind)
{
	TrieBuilder builder = {trie, list->entry};
	Run all = {0, list->count, 0};
	size_t most = 1;

	for (int i = 0; i < list->count; i++)
		most += list->entry[i].count;
	trie->node = palloc0(most * sizeof(TrieNode));
	trie->word = palloc0(most * sizeof(WordId));
	trie->count = 1;
	if (list->count == 0)
		return;
	qsort(list->entry, list->count, sizeof(TermEntry), compare_entries);
	build_children(&builder, 0, all);
	for (uint32 i = 0; i < trie->node[0].child_count; i++)
	{
		uint32 node = trie->node[0].first_child + i;

		roots[trie->word[node]].node[kind] = node;
	}
}
