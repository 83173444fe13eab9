/*-------------------------------------------------------------------------
 *
 * word_table.h
 *	  The words of the rules: bytes to WordId, by a hash.
 *
 * Where a syllable may carry its tone on either of two vowels ("hoà", "hòa"),
 * both spellings are one word here.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_WORD_TABLE_H
#define ANALYTICS_WORD_TABLE_H

#include "analysis/dictionary.h"

/* Beyond WORD_STOP to WORD_FILLER of dictionary.h: what text_scan() needs. */
#define WORD_SLANG 0x10          /* slang begins with it */
#define WORD_LEANS_ENGLISH 0x20  /* of an English rule, of no unsigned one */
#define WORD_LEANS_UNSIGNED 0x40 /* the other way round */
#define WORD_UNSIGNED_SLANG 0x80 /* Vietnamese slang of ASCII letters */
#define WORD_ENGLISH_SLANG 0x100

/* Longer words are not known. */
#define WORD_MAX_BYTES 120

/* Bytes behind a word that must be readable, whatever they hold. */
#define WORD_PADDING 8

/* One cache line holds four; most words lie in their slot entirely. */
typedef struct WordSlot
{
	uint64 head; /* the first eight bytes, zero behind the end */
	WordId word; /* NO_WORD: free */
	uint16 length;
	uint16 flags; /* WORD_* */
} WordSlot;

typedef struct WordTable
{
	WordSlot *slots;
	int shift; /* 64 - log2(slots) */
	uint32 mask;
	WordId count;      /* words are 1 .. count */
	uint32 room;       /* words before it must grow */
	const char **text; /* by WordId, terminated */
	uint32 *slot;      /* by WordId */
} WordTable;

extern void word_table_create(WordTable *table);

/* Find or add a word; NO_WORD if it is empty or longer than WORD_MAX_BYTES. */
extern WordId word_table_add(WordTable *table, const char *word,
							 size_t length);

/* Find a word anywhere in memory, with no padding. */
extern const WordSlot *word_table_find(const WordTable *table,
									   const char *word, size_t length);

/*
 * If the word ends in "oà", "oẻ", "uý" and the like: its bytes with the tone
 * on the first vowel, in to[WORD_MAX_BYTES + WORD_PADDING]; else the word
 * itself.  The length is the same.
 */
extern const char *word_unify_tone(const char *word, size_t length, char *to);

static inline WordSlot *
word_slot(const WordTable *table, WordId word)
{
	return &table->slots[table->slot[word]];
}

#ifdef WORDS_BIGENDIAN
#define WORD_HEAD_MASK(bytes) (~(~UINT64CONST(0) >> (8 * (bytes))))
#else
#define WORD_HEAD_MASK(bytes) ((UINT64CONST(1) << (8 * (bytes))) - 1)
#endif

/* Up to eight bytes of a padded word, zero behind its end. */
static inline uint64
word_bytes(const char *word, size_t length)
{
	uint64 bytes;

	memcpy(&bytes, word, 8);
	return length >= 8 ? bytes : bytes & WORD_HEAD_MASK(length);
}

static inline uint64
word_hash(const char *word, size_t length, uint64 head)
{
	const uint64 multiplier = UINT64CONST(0x9E3779B97F4A7C15);
	uint64 hash = head * multiplier;

	for (size_t i = 8; i < length; i += 8)
		hash = ((hash ^ hash >> 32) + word_bytes(word + i, length - i)) *
			   multiplier;
	return hash;
}

static inline bool
word_may_have_variant(const char *word, size_t length)
{
	return length >= 3 && (word[length - 1] & 0x80) != 0;
}

/*
 * The slot of a word that is followed by WORD_PADDING readable bytes; a free
 * one, without flags, if it is not known.
 */
static inline const WordSlot *
word_table_look(const WordTable *table, const char *word, size_t length)
{
	char unified[WORD_MAX_BYTES + WORD_PADDING];
	const WordSlot *slot;
	uint64 head;
	uint32 index;

	if (length > WORD_MAX_BYTES)
		length = 0;
	else if (word_may_have_variant(word, length))
		word = word_unify_tone(word, length, unified);
	head = word_bytes(word, length);
	index = (uint32) (word_hash(word, length, head) >> table->shift);
	for (;; index = (index + 1) & table->mask)
	{
		slot = &table->slots[index];
		if (slot->word == NO_WORD ||
			(slot->head == head && slot->length == length &&
			 (length <= 8 ||
			  memcmp(table->text[slot->word] + 8, word + 8, length - 8) == 0)))
			return slot;
	}
}

#endif /* ANALYTICS_WORD_TABLE_H */
