/*-------------------------------------------------------------------------
 *
 * text_scan_words.c
 *	  Words of a text, while it is scanned.
 *
 * A word is copied in lower case and looked up as it passes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/elongation.h"
#include "analysis/text_scan_state.h"

#define APOSTROPHE 0x2019

/* --- bytes --- */

/* An apostrophe of so many bytes between letters is part of the word. */
static bool
between_letters(const Scan *scan, const char *at, int bytes)
{
	int next_bytes;
	uint8 next = class_at(scan, at + bytes, &next_bytes);

	return at > scan->begin && !is_digit(at[-1]) &&
		   (next & CHARACTER_WORD) != 0 && (next & CHARACTER_DIGIT) == 0;
}

/*
 * Copy a character that is neither ASCII nor a usual Latin letter, if it is
 * part of the word.
 */
static bool
copy_other(Scan *scan, uint8 *seen)
{
	int32 character;
	int bytes = character_decode(scan->at, scan->end, &character);
	uint8 class = bytes == 0 ? CHARACTER_UNSTABLE : character_class(character);

	if ((class & CHARACTER_UNSTABLE) != 0 && !scan->is_normal)
	{
		scan->must_normalise = true;
		return false;
	}
	if (class & CHARACTER_WORD)
	{
		scan->to += character_encode(
			class & CHARACTER_UPPER ? character_lower(character) : character,
			scan->to);
		*seen |= class;
	}
	else if (character == APOSTROPHE && between_letters(scan, scan->at, bytes))
		*scan->to++ = '\'';
	else if (class != CHARACTER_DROPPED)
		return false;
	scan->at += bytes;
	return true;
}

static inline bool
joins_word(const Scan *scan, const char *at)
{
	switch (*at)
	{
		case '\'':
			return between_letters(scan, at, 1);
		case '.':
		case ',':
			return between_digits(scan, at);
		default:
			return false;
	}
}

/* Copy the word there in lower case; returns its classes, or'ed. */
static inline uint8
copy_word(Scan *scan)
{
	const char *at = scan->at;
	const char *end = scan->end;
	char *to = scan->to;
	uint8 seen = 0;

	while (at < end)
	{
		const LatinLetter *letter;
		unsigned char c = (unsigned char) *at;
		int bytes;

		if (c < 0x80)
		{
			uint8 class = ascii_class[c];

			if ((class & CHARACTER_WORD) == 0 && !joins_word(scan, at))
				break;
			*to++ = (char) (c | (class & CHARACTER_UPPER) << 4);
			seen |= class & CHARACTER_WORD;
			at++;
			continue;
		}
		letter = latin_letter(at, &bytes);
		if (letter->class != 0)
		{
			memcpy(to, letter->bytes, sizeof(letter->bytes));
			seen |= letter->class;
			at += bytes;
			to += bytes;
			continue;
		}
		scan->at = at;
		scan->to = to;
		if (!copy_other(scan, &seen))
			return seen;
		at = scan->at;
		to = scan->to;
	}
	scan->at = at;
	scan->to = to;
	return seen;
}

/* Of a word without lower case letters: has it two or more upper case? */
static bool
has_two_letters(const char *word, size_t length)
{
	int letters = 0;

	for (size_t i = 0; i < length; i++)
		if ((word[i] & 0x80) != 0 ? ((unsigned char) word[i] & 0xC0) != 0x80
								  : (ascii_class[(unsigned char) word[i]] &
									 CHARACTER_LOWER) != 0)
			letters++;
	return letters >= 2;
}

static uint8
flags_of_capitals(const Scan *scan, const char *written, const char *word,
				  size_t length, uint8 seen)
{
	int bytes;
	uint8 flags = 0;

	if (class_at(scan, written, &bytes) & CHARACTER_UPPER)
		flags |= TOKEN_CAPITALISED;
	if ((seen & CHARACTER_LOWER) == 0 && has_two_letters(word, length))
		flags |= TOKEN_ALL_CAPS;
	return flags;
}

static inline uint8
flags_of_word(Scan *scan, const char *written, const char *word, size_t length,
			  uint8 seen)
{
	uint8 flags = scan->in_hashtag ? TOKEN_HASHTAG : 0;

	if (seen & CHARACTER_UPPER)
		flags |= flags_of_capitals(scan, written, word, length, seen);
	if (seen & CHARACTER_DIGIT)
	{
		flags |= TOKEN_HAS_DIGIT;
		if ((seen & CHARACTER_WORD) == CHARACTER_DIGIT)
			flags |= TOKEN_NUMBER;
		scan->summary->digits += (int) length;
	}
	if (seen & CHARACTER_MARKS)
		scan->summary->marked_words++;
	return flags;
}

/* --- tokens --- */

static inline void
add_word(Scan *scan, const char *word, size_t length, WordId id, uint8 flags)
{
	Token *token;

	if ((scan->exclamations | scan->questions) != 0)
	{
		scan_settle_marks(scan);
		scan->exclamations = scan->questions = 0;
	}
	token = text_buffer_add_token(scan->buffer);
	token->start = (uint32) (word - scan->buffer->data);
	token->end = (uint32) (token->start + length);
	token->word = id;
	token->flags = flags;
	token->boundary = scan->boundary;
	token->exclamations = 0;
	token->questions = 0;
	scan->boundary = BOUNDARY_NONE;
	scan->line_broken = false;
}

void
scan_word(Scan *scan)
{
	const char *written = scan->at;
	char *word;
	size_t length;
	uint8 seen;
	uint8 flags;
	WordId id = NO_WORD;

	put_pending_space(scan);
	word = scan->to;
	seen = copy_word(scan);
	length = scan->to - word;
	flags = flags_of_word(scan, written, word, length, seen);
	if (scan->dictionary != NULL && length > 0)
	{
		const WordTable *words = &scan->dictionary->words;
		const WordSlot *slot = word_table_look(words, word, length);

		if (slot->word == NO_WORD && (seen & CHARACTER_DIGIT) == 0 &&
			elongation_shorten(words, word, &length, &slot))
		{
			scan->to = word + length;
			flags |= TOKEN_ELONGATED;
		}
		id = slot->word;
		scan->summary->word_flags |= slot->flags;
	}
	add_word(scan, word, length, id, flags);
}
