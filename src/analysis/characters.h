/*-------------------------------------------------------------------------
 *
 * characters.h
 *	  What a character is to the analysis, and its lower case.
 *
 * By Unicode's properties only (utf8proc's tables), never by the locale.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CHARACTERS_H
#define ANALYTICS_CHARACTERS_H

#include "c.h"

/* Of characters that words are made of. */
#define CHARACTER_LOWER 0x01
#define CHARACTER_UPPER 0x02
#define CHARACTER_DIGIT 0x04
#define CHARACTER_LETTER 0x08 /* without case, or a combining mark */
#define CHARACTER_WORD 0x0F
#define CHARACTER_VIETNAMESE 0x10 /* a letter that only Vietnamese has */
#define CHARACTER_TONE 0x20       /* one that it shares: "à", "é" */
#define CHARACTER_MARKS (CHARACTER_VIETNAMESE | CHARACTER_TONE)

/* Kinds of the others: no bit of CHARACTER_WORD is set. */
#define CHARACTER_OTHER 0x10
#define CHARACTER_SPACE 0x20
#define CHARACTER_LINE 0x30    /* ends a line */
#define CHARACTER_DROPPED 0x40 /* has no meaning here: zero width, bidi, … */
#define CHARACTER_EMOJI 0x50
#define CHARACTER_SENTENCE 0x60 /* . ! ? and those of other scripts */
#define CHARACTER_CLAUSE 0x70   /* , ; : likewise */
#define CHARACTER_KIND 0x7F

/* May not be NFKC as it stands, or after what precedes it. */
#define CHARACTER_UNSTABLE 0x80

/*
 * A letter of the Latin blocks, in lower case, as UTF-8 of the same length as
 * its upper case.  Class 0: not a letter, or one that needs a closer look.
 */
typedef struct LatinLetter
{
	char bytes[3];
	uint8 class;
} LatinLetter;

#define LATIN_FIRST 0xC0 /* C3 80 to C9 BF */
#define LATIN_COUNT (0x280 - LATIN_FIRST)
#define LATIN_ADDITIONAL_FIRST 0x1E00 /* E1 B8 80 to E1 BB BF */
#define LATIN_ADDITIONAL_COUNT 0x100

extern const LatinLetter latin_no_letter;
extern LatinLetter latin_letters[LATIN_COUNT];
extern LatinLetter latin_additional[LATIN_ADDITIONAL_COUNT];

extern const uint8 ascii_class[128];

/*
 * The letter whose valid UTF-8 is at `at`, and its bytes; one of class 0 if it
 * is not in the tables.
 */
static inline const LatinLetter *
latin_letter(const char *at, int *bytes)
{
	const unsigned char *byte = (const unsigned char *) at;

	if (byte[0] >= 0xC3 && byte[0] <= 0xC9 && (byte[1] & 0xC0) == 0x80)
	{
		*bytes = 2;
		return &latin_letters[((byte[0] & 0x1F) << 6 | (byte[1] & 0x3F)) -
							  LATIN_FIRST];
	}
	if (byte[0] == 0xE1 && byte[1] >= 0xB8 && byte[1] <= 0xBB &&
		(byte[2] & 0xC0) == 0x80)
	{
		*bytes = 3;
		return &latin_additional[(byte[1] & 0x03) << 6 | (byte[2] & 0x3F)];
	}
	*bytes = 1;
	return &latin_no_letter;
}

/* Classes of characters met so far; 0: not yet. */
#define CHARACTER_TABLE_SIZE 0x20000
extern uint8 character_classes[CHARACTER_TABLE_SIZE];

/* Fill the tables; to be called before any of them is looked into. */
extern void characters_prepare(void);

/* Look a character up that is not in the table. */
extern uint8 character_find_class(int32 character);

/* The class of any character: CHARACTER_* bits. */
static inline uint8
character_class(int32 character)
{
	if (character < CHARACTER_TABLE_SIZE && character_classes[character] != 0)
		return character_classes[character];
	return character_find_class(character);
}

/*
 * Decode the character at `at`, before `end`: its bytes, or 0 if they are not
 * valid UTF-8.
 */
extern int character_decode(const char *at, const char *end, int32 *character);

/* Append to `to`, which has room for four bytes; returns its bytes. */
extern int character_encode(int32 character, char *to);

extern int32 character_lower(int32 character);

/* Whether it may combine with what precedes it. */
extern bool character_extends(int32 character);

/* Letter or digit of ASCII in lower case; others as they are. */
static inline unsigned char
ascii_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Code points in `length` bytes, those that are no continuation. */
extern int characters_count(const char *text, size_t length);

#endif /* ANALYTICS_CHARACTERS_H */
