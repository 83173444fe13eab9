/*-------------------------------------------------------------------------
 *
 * elongation.c
 *	  Letters repeated for emphasis: "gooood", "đẹppppp", "quáaaa".
 *
 * Of three or more equal letters two or one are left, as the rules know the
 * word; one, if they do not.  A last letter that is written twice is left
 * out where that makes a known word of an unknown one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/elongation.h"
#include "analysis/vietnamese.h"

#define REPEATED 3

/* More runs in one word are shortened without trying all forms. */
#define RUNS_TRIED 3

/* Longer forms are not looked up. */
#define LONGEST_FORM 48

typedef struct Form
{
	char bytes[LONGEST_FORM + WORD_PADDING];
	size_t length;
} Form;

static inline size_t
character_bytes(const char *word, size_t at, size_t length)
{
	size_t bytes = 1;

	while (at + bytes < length &&
		   ((unsigned char) word[at + bytes] & 0xC0) == 0x80)
		bytes++;
	return bytes;
}

/* How often the character at `at`, of so many bytes, stands there. */
static size_t
count_equal(const char *word, size_t length, size_t at, size_t bytes)
{
	size_t count = 1;

	while (at + (count + 1) * bytes <= length &&
		   memcmp(word + at, word + at + count * bytes, bytes) == 0)
		count++;
	return count;
}

/* "quáaaa": does the run at the end repeat the vowel before it, unmarked? */
static bool
repeats_vowel(const char *word, size_t length, size_t at, size_t run)
{
	size_t before = at;

	if (at == 0 || at + run != length || (word[at - 1] & 0x80) == 0)
		return false;
	do
		before--;
	while (before > 0 && ((unsigned char) word[before] & 0xC0) == 0x80);
	return vietnamese_base(word + before, at - before) == word[at];
}

/*
 * Write the word with its runs shortened: the i-th to two letters if bit i of
 * `doubled` is set, else to one.  Never longer than it was, so `to` may be
 * the word.
 */
static size_t
shorten_runs(const char *word, size_t length, int doubled, char *to,
			 size_t room, int *runs)
{
	size_t written = 0;
	size_t bytes;

	*runs = 0;
	for (size_t at = 0; at < length;)
	{
		size_t count;
		size_t kept;

		bytes = character_bytes(word, at, length);
		count = kept = count_equal(word, length, at, bytes);
		if (count >= REPEATED)
		{
			kept = *runs < RUNS_TRIED && (doubled >> *runs & 1) != 0 ? 2 : 1;
			if (repeats_vowel(word, length, at, count * bytes))
				kept = 0;
			(*runs)++;
		}
		if (written + kept * bytes > room)
			return 0;
		memmove(to + written, word + at, kept * bytes);
		written += kept * bytes;
		at += count * bytes;
	}
	return written;
}

static bool
is_known(const WordTable *words, Form *form, const WordSlot **slot)
{
	if (form->length == 0)
		return false;
	memset(form->bytes + form->length, 0, WORD_PADDING);
	*slot = word_table_look(words, form->bytes, form->length);
	return (*slot)->word != NO_WORD;
}

/* Try the forms with two letters first, then those with one. */
static bool
find_form(const WordTable *words, const char *word, size_t length, int runs,
		  Form *form, const WordSlot **slot)
{
	for (int doubled = (1 << Min(runs, RUNS_TRIED)) - 1; doubled >= 0;
		 doubled--)
	{
		form->length = shorten_runs(word, length, doubled, form->bytes,
									LONGEST_FORM, &runs);
		if (is_known(words, form, slot))
			return true;
	}
	return false;
}

/* The word without a last letter that repeats the one before it. */
static bool
find_shorter(const WordTable *words, const char *word, size_t length,
			 Form *form, const WordSlot **slot)
{
	size_t last = length - 1;
	size_t bytes;

	while (last > 0 && ((unsigned char) word[last] & 0xC0) == 0x80)
		last--;
	bytes = length - last;
	if (last < bytes || last > LONGEST_FORM)
		return false;
	if (memcmp(word + last - bytes, word + last, bytes) != 0 &&
		!(bytes == 1 && repeats_vowel(word, length, last, 1)))
		return false;
	memcpy(form->bytes, word, last);
	form->length = last;
	return is_known(words, form, slot);
}

/* The number of letters that stand there three times or more. */
static int
count_runs(const char *word, size_t length)
{
	int runs = 0;
	size_t bytes;

	for (size_t at = 0; at < length;)
	{
		size_t count;

		bytes = character_bytes(word, at, length);
		count = count_equal(word, length, at, bytes);
		if (count >= REPEATED)
			runs++;
		at += count * bytes;
	}
	return runs;
}

static void
take_form(const Form *form, char *word, size_t *length)
{
	memcpy(word, form->bytes, form->length);
	*length = form->length;
}

bool
elongation_shorten(const WordTable *words, char *word, size_t *length,
				   const WordSlot **slot)
{
	const WordSlot *found;
	Form form;
	int runs = count_runs(word, *length);

	if (runs == 0 ? find_shorter(words, word, *length, &form, &found)
				  : find_form(words, word, *length, runs, &form, &found))
	{
		take_form(&form, word, length);
		*slot = found;
		return true;
	}
	if (runs == 0)
		return false;
	*length = shorten_runs(word, *length, 0, word, *length, &runs);
	return true;
}
