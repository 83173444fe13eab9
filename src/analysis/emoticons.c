/*-------------------------------------------------------------------------
 *
 * emoticons.c
 *	  Faces made of punctuation: ":)", "=))", "t_t", "<3".
 *
 * Matched in the text as it was written, before it is cut into words, since
 * most are not made of any.  Upper and lower case of ASCII are the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/characters.h"
#include "analysis/emoticons.h"

/* A term with as many letters on end is a word with a mark. */
#define LETTERS_OF_WORD 3

#define FIRST_ROOM 64

/* --- what is one --- */

/* The class of the character at `at`; *bytes gets its length, at least 1. */
static uint8
class_at(const char *at, const char *end, int *bytes)
{
	int32 character;

	*bytes = character_decode(at, end, &character);
	if (*bytes == 0)
	{
		*bytes = 1;
		return CHARACTER_OTHER;
	}
	return character_class(character);
}

static bool
is_word(uint8 class)
{
	return (class & CHARACTER_WORD) != 0;
}

/* Do hyphen, slash and the like stand between two words here? */
static bool
joins_words(const char *at, const char *begin, const char *end)
{
	int bytes;

	return strchr("-/&'.,", *at) != NULL && at > begin && at + 1 < end &&
		   ((at[-1] & 0x80) != 0 ||
			is_word(ascii_class[(unsigned char) at[-1]])) &&
		   is_word(class_at(at + 1, end, &bytes));
}

bool
emoticon_is(const char *term)
{
	const char *end = term + strlen(term);
	int letters = 0;
	bool has_mark = false;
	int bytes;

	if (end - term < 2 || end - term > EMOTICON_MAX_BYTES)
		return false;
	for (const char *at = term; at < end; at += bytes)
	{
		uint8 class = class_at(at, end, &bytes);

		if (is_word(class))
		{
			if ((class & CHARACTER_DIGIT) == 0 && ++letters == LETTERS_OF_WORD)
				return false;
			continue;
		}
		class &= CHARACTER_KIND;
		if (class == CHARACTER_SPACE || class == CHARACTER_LINE ||
			class == CHARACTER_EMOJI || class == CHARACTER_DROPPED)
			return false;
		letters = 0;
		has_mark = has_mark || !joins_words(at, term, end);
	}
	return has_mark;
}

/* --- the set --- */

static int
pair_of(const char *text)
{
	return ascii_lower((unsigned char) text[0]) << 8 |
		   ascii_lower((unsigned char) text[1]);
}

void
emoticons_add(Emoticons *emoticons, const char *text, WordId word)
{
	Emoticon *added;
	int pair = pair_of(text);

	if (emoticons->count == emoticons->room)
	{
		emoticons->room = Max(FIRST_ROOM, 2 * emoticons->room);
		emoticons->emoticon =
			emoticons->emoticon == NULL
				? palloc(emoticons->room * sizeof(Emoticon))
				: repalloc(emoticons->emoticon,
						   emoticons->room * sizeof(Emoticon));
	}
	added = &emoticons->emoticon[emoticons->count++];
	added->word = word;
	added->length = (uint8) strlen(text);
	memcpy(added->text, text, added->length);
	emoticons->starts[pair >> 8] = 1;
	if (pair >= 'a' << 8 && pair >> 8 <= 'z')
		emoticons->starts[(pair >> 8) - 'a' + 'A'] = 1;
	emoticons->pairs[pair >> 3] |= 1 << (pair & 7);
}

static int
compare(const void *one, const void *other)
{
	const Emoticon *a = one;
	const Emoticon *b = other;
	int pair_a = pair_of(a->text);
	int pair_b = pair_of(b->text);

	if (pair_a != pair_b)
		return pair_a - pair_b;
	if (a->length != b->length)
		return b->length - a->length;
	return memcmp(a->text, b->text, a->length);
}

void
emoticons_sort(Emoticons *emoticons)
{
	if (emoticons->count > 1)
		qsort(emoticons->emoticon, emoticons->count, sizeof(Emoticon),
			  compare);
}

/* --- matching --- */

/* The first that begins with these two bytes. */
static int
first_of_pair(const Emoticons *emoticons, int pair)
{
	int low = 0;
	int high = emoticons->count;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (pair_of(emoticons->emoticon[middle].text) < pair)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
begins_with(const char *at, const char *end, const Emoticon *emoticon)
{
	if (end - at < emoticon->length)
		return false;
	for (int i = 0; i < emoticon->length; i++)
		if (ascii_lower((unsigned char) at[i]) !=
			(unsigned char) emoticon->text[i])
			return false;
	return true;
}

/* Behind the emoticon and the repetitions of its last byte. */
static const char *
end_of_run(const char *at, const char *end, const Emoticon *emoticon)
{
	unsigned char last = (unsigned char) emoticon->text[emoticon->length - 1];

	at += emoticon->length;
	if (last < 0x80)
		while (at < end && ascii_lower((unsigned char) *at) == last)
			at++;
	return at;
}

static bool
is_word_before(const char *begin, const char *at)
{
	int bytes;
	const char *before = at - 1;

	if (at == begin)
		return false;
	while (before > begin && ((unsigned char) *before & 0xC0) == 0x80)
		before--;
	return is_word(class_at(before, at, &bytes));
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Could it be part of a word or a time ("10:30"), an address (":/" of
 * "ftp://"), or open a bracket ("chú ý:(xem hình)")?
 */
static bool
stands_alone(const char *begin, const char *at, const char *after,
			 const char *end)
{
	int bytes;
	bool word_before = is_word_before(begin, at);
	bool word_after = after < end && is_word(class_at(after, end, &bytes));
	bool starts_as_word = is_word(class_at(at, end, &bytes));
	char last = after[-1];
	bool ends_as_word =
		(last & 0x80) == 0 && is_word(ascii_class[(unsigned char) last]);

	if ((word_before && starts_as_word) || (word_after && ends_as_word))
		return false;
	if (ends_as_word && at > begin && is_digit(at[-1]))
		return false;
	if (last == '(' && word_before && word_after)
		return false;
	return last != '/' || *at == '/' || after[-2] != '/';
}

size_t
emoticons_match(const Emoticons *emoticons, const char *begin, const char *at,
				const char *end, WordId *word)
{
	int pair;

	if (end - at < 2)
		return 0;
	pair = pair_of(at);
	if ((emoticons->pairs[pair >> 3] & 1 << (pair & 7)) == 0)
		return 0;
	for (int i = first_of_pair(emoticons, pair);
		 i < emoticons->count && pair_of(emoticons->emoticon[i].text) == pair;
		 i++)
	{
		const Emoticon *emoticon = &emoticons->emoticon[i];
		const char *after;

		if (!begins_with(at, end, emoticon))
			continue;
		after = end_of_run(at, end, emoticon);
		if (!stands_alone(begin, at, after, end))
			continue;
		*word = emoticon->word;
		return after - at;
	}
	return 0;
}
