/*-------------------------------------------------------------------------
 *
 * dictionary_parts.h
 *	  What a dictionary consists of, for those who read it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_DICTIONARY_PARTS_H
#define ANALYTICS_DICTIONARY_PARTS_H

#include "analysis/emoticons.h"
#include "analysis/text.h"
#include "analysis/word_table.h"

/* A term with more words is never matched. */
#define TERM_MAX_WORDS 16

#define NO_TERM (-1)
#define NO_NODE ((uint32) 0)

/* The words from the root to a node are a term, or begin one. */
typedef struct TrieNode
{
	int32 term;          /* NO_TERM: none */
	int32 unsigned_term; /* in parts written without marks only */
	uint32 first_child;
	uint32 child_count;
} TrieNode;

/* Children of a node are neighbours, sorted by word. */
typedef struct Trie
{
	TrieNode *node; /* the first is none */
	WordId *word;   /* by node: the last one of its words */
	uint32 count;
	const uint8 *language; /* by term: TermLanguage; NULL: any */
} Trie;

/* The node of each kind that a word begins; NO_NODE: none. */
typedef struct TrieRoots
{
	uint32 node[TERM_KIND_COUNT];
} TrieRoots;

#define SLANG_MAX_WORDS 3

/*
 * Slang, or a term with a word in it that could be taken for slang ("e ngại")
 * and is kept.
 */
typedef struct Slang
{
	WordId word[SLANG_MAX_WORDS];
	int count;
	int rule; /* index into the rows */
	bool is_english;
	bool is_one_letter;
	const char *formal;  /* clean; NULL: kept as it is */
	const Token *tokens; /* of it, offsets from its start */
	int token_count;
	uint32 formal_length;
} Slang;

struct Dictionary
{
	DictionarySource source;
	WordTable words;
	Trie tries[TERM_KIND_COUNT];
	TrieRoots *roots; /* by WordId */
	WordId *unmarked; /* by WordId: the word without marks, if known */
	Slang *slang;     /* by first word, longest first, row */
	int slang_count;
	int slang_room;
	Emoticons emoticons;
	const struct AspectIndex *aspect_index;
};

#endif /* ANALYTICS_DICTIONARY_PARTS_H */
