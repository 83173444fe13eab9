/*-------------------------------------------------------------------------
 *
 * similarity.c
 *	  Levenshtein similarity with a limit.
 *
 * Few pairs of keywords are alike, so that most are told apart by their
 * lengths and letters; the others are compared within a band as wide as the
 * edits that are allowed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/similarity.h"

void
similarity_limit(double similarity, SimilarityLimit *limit)
{
	int edits = -1;

	limit->edits[0] = -1;
	for (int length = 1; length <= SPELLING_MAX; length++)
	{
		/* more characters never allow fewer edits, nor two more at once */
		if (edits < length &&
			1.0 - (double) (edits + 1) / (double) length > similarity)
			edits++;
		limit->edits[length] = edits;
	}
}

void
spelling_add(Spelling *spelling, const char *text, size_t length)
{
	size_t i = 0;

	while (i < length && spelling->length < SPELLING_MAX)
	{
		uint32 character = (unsigned char) text[i++];

		/* the bytes of a character, packed: as good as its code point */
		while (i < length && ((unsigned char) text[i] & 0xC0) == 0x80)
			character = character << 8 | (unsigned char) text[i++];
		spelling->character[spelling->length++] = character;
		spelling->letters |= UINT64CONST(1) << (character & 63);
	}
}

/*
 * Levenshtein's distance of two texts is at most `most`.  Row i of the matrix
 * is computed from i - most to i + most only: a cell further from the
 * diagonal costs more.
 */
static bool
distance_is_within(const uint32 *one, int one_length, const uint32 *other,
				   int other_length, int most)
{
	int row[SPELLING_MAX + 1];

	for (int j = 0; j <= SPELLING_MAX; j++)
		row[j] = Min(j, most + 1);
	for (int i = 1; i <= one_length; i++)
	{
		int from = Max(1, i - most);
		int to = Min(other_length, i + most);
		int diagonal = row[from - 1];
		int least = most + 1;

		row[from - 1] = from == 1 ? Min(i, most + 1) : most + 1;
		for (int j = from; j <= to; j++)
		{
			int cost = diagonal + (one[i - 1] != other[j - 1]);

			diagonal = row[j];
			cost = Min(cost, Min(diagonal, row[j - 1]) + 1);
			row[j] = cost;
			least = Min(least, cost);
		}
		if (Min(least, row[from - 1]) > most)
			return false;
	}
	return row[other_length] <= most;
}

bool
spelling_is_similar(const Spelling *one, const Spelling *other,
					const SimilarityLimit *limit)
{
	int most = limit->edits[Max(one->length, other->length)];
	int start = 0;
	int end = 0;
	int shorter = Min(one->length, other->length);

	if (abs(one->length - other->length) > most)
		return false;
	/* an edit adds a letter, takes one away, or both */
	if (__builtin_popcountll(one->letters ^ other->letters) > 2 * most)
		return false;

	while (start < shorter && one->character[start] == other->character[start])
		start++;
	while (end < shorter - start &&
		   one->character[one->length - 1 - end] ==
			   other->character[other->length - 1 - end])
		end++;
	return distance_is_within(
		one->character + start, one->length - start - end,
		other->character + start, other->length - start - end, most);
}
