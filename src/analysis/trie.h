/*-------------------------------------------------------------------------
 *
 * trie.h
 *	  Build the trie of the terms of one kind.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_TRIE_H
#define ANALYTICS_TRIE_H

#include "analysis/dictionary_parts.h"

/* A term as words, or its form without marks. */
typedef struct TermEntry
{
	const WordId *words;
	int count;
	int term;
	bool is_unmarked;
} TermEntry;

typedef struct TermList
{
	TermEntry *entry;
	int count;
	int room;
} TermList;

/* Takes over `words`. */
extern void term_list_add(TermList *list, const WordId *words, int count,
						  int term, bool is_unmarked);

/*
 * Build the trie and enter it among the roots, which have room for every
 * word.  Of entries with the same words the smallest term counts.
 */
extern void trie_build(Trie *trie, TermList *list, TrieRoots *roots,
					   TermKind kind);

#endif /* ANALYTICS_TRIE_H */
