/*-------------------------------------------------------------------------
 *
 * yake_terms.c
 *	  The features of single words in YAKE.
 *
 * The equations are those of Campos, Mangaravite, Pasquali, Jorge, Nunes and
 * Jatowt, "YAKE! Keyword extraction from single documents using multiple
 * local features", Information Sciences 509 (2020) 257-289,
 * https://doi.org/10.1016/j.ins.2019.09.013.  TF(t) is how often a word t
 * occurs.  Where the paper leaves something open its authors' program,
 * https://github.com/LIAAD/yake, was followed:
 *
 * - T_Case divides by 1 + ln TF(t): ln TF(t) alone is 0 for a word that
 *	 occurs once.
 * - The first sentence has number 0, so that T_Position starts at
 *	 ln ln 3 = 0.094.
 * - Stop words count as neighbours and for the greatest frequency, not for
 *	 the mean.
 *
 * We differ from that program in what is a word.  Numbers and mixtures of
 * letters and digits are none at all, where it counts them and discards the
 * candidates that hold them.  It takes each word of less than three letters
 * for a stop word, and a final s for a plural's; Vietnamese words are short
 * ("xe", "ô tô"), so that only a single ASCII letter is a stop word unasked.
 *
 * A text is read once, in time linear in its length: words are found again
 * by a hash of their bytes, pairs by a hash of their words.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "analysis/yake_terms.h"

/* What is longer is no word: a run of signs, or a script without spaces. */
#define MAX_WORD_BYTES 60

/* Words beyond it are not read, that no text makes others wait. */
#define MAX_TOKENS 100000

/*
 * No entry is looked for further.  Only words made to collide lie so far
 * from their place in tables that are never more than half full, and they
 * are left out.
 */
#define MAX_PROBES 128

/* T_Position is computed once for each median below it. */
#define CACHED_MEDIANS 256

#define NONE (-1)

/* --- words and pairs, found again --- */

static uint64
mix(uint64 value)
{
	value *= UINT64CONST(0x9E3779B97F4A7C15);
	value ^= value >> 32;
	value *= UINT64CONST(0xD6E8FEB86659FD93);
	return value ^ value >> 32;
}

/* Reads eight bytes at a time, the last ones twice where need be. */
static uint32
hash_word(const char *word, size_t length)
{
	uint64 hash = length;
	uint64 chunk = 0;
	uint32 first;
	uint32 last;

	if (length < 4)
	{
		memcpy(&chunk, word, 1);
		chunk = chunk << 8 | (unsigned char) word[length / 2];
		chunk = chunk << 8 | (unsigned char) word[length - 1];
		return (uint32) mix(chunk ^ hash << 56);
	}
	if (length < 8)
	{
		memcpy(&first, word, 4);
		memcpy(&last, word + length - 4, 4);
		return (uint32) mix(((uint64) first << 32 | last) ^ hash << 56);
	}
	for (size_t i = 0; i + 8 < length; i += 8)
	{
		memcpy(&chunk, word + i, 8);
		hash = mix(hash ^ chunk);
	}
	memcpy(&chunk, word + length - 8, 8);
	return (uint32) mix(hash ^ chunk);
}

static bool
is_stop_word(const YakeDocument *document, const Token *token,
			 bool is_unsigned)
{
	int flags = dictionary_word_flags(document->dictionary, token->word);

	return (flags & WORD_STOP) != 0 ||
		   (is_unsigned && (flags & WORD_UNSIGNED) != 0) ||
		   token->end - token->start == 1;
}

static int
add_term(YakeDocument *document, const Token *token, uint32 hash,
		 bool is_unsigned)
{
	YakeTerm *term = &document->terms[document->term_count];

	memset(term, 0, sizeof(*term));
	term->hash = hash;
	term->start = token->start;
	term->length = (uint8) (token->end - token->start);
	term->first_token = (int) (token - document->text->tokens);
	term->is_stop_word = is_stop_word(document, token, is_unsigned);
	term->last_visit = NONE;
	term->middle_visit = NONE;
	return document->term_count++;
}

/* The index of a token's word; NONE if there is no place for it. */
static int
find_term(YakeDocument *document, const Token *token, bool is_unsigned)
{
	const char *word = document->text->data + token->start;
	size_t length = token->end - token->start;
	uint32 hash = hash_word(word, length);
	uint32 slot = hash & document->slot_mask;

	for (int probe = 0; probe < MAX_PROBES; probe++)
	{
		uint32 entry = document->term_slots[slot];
		const YakeTerm *term;

		if (entry == 0)
		{
			int added = add_term(document, token, hash, is_unsigned);

			document->term_slots[slot] = (uint32) added + 1;
			return added;
		}
		term = &document->terms[entry - 1];
		if (term->hash == hash && term->length == length &&
			memcmp(document->text->data + term->start, word, length) == 0)
			return (int) entry - 1;
		slot = (slot + 1) & document->slot_mask;
	}
	return NONE;
}

/* The pair of two words, its count 0 if it is a new one; or NULL. */
static YakePair *
find_pair(YakeDocument *document, int left, int right)
{
	uint64 hash = mix((uint64) left << 32 | (uint32) right);
	uint32 slot = (uint32) hash & document->slot_mask;

	for (int probe = 0; probe < MAX_PROBES; probe++)
	{
		uint32 entry = document->pair_slots[slot];
		YakePair *pair;

		if (entry == 0)
		{
			pair = &document->pairs[document->pair_count++];
			document->pair_slots[slot] = (uint32) document->pair_count;
			pair->left = left;
			pair->right = right;
			pair->count = 0;
			return pair;
		}
		pair = &document->pairs[entry - 1];
		if (pair->left == left && pair->right == right)
			return pair;
		slot = (slot + 1) & document->slot_mask;
	}
	return NULL;
}

/* --- counting --- */

/* Remember that a word is in a sentence, and keep its median one at hand. */
static void
visit_sentence(YakeDocument *document, YakeTerm *term, int sentence)
{
	int visit = document->visit_count;

	if (term->last_visit != NONE)
	{
		if (document->visits[term->last_visit].sentence == sentence)
			return;
		document->visits[term->last_visit].next = visit;
	}
	document->visits[visit].sentence = sentence;
	document->visits[visit].next = NONE;
	document->visit_count++;
	term->last_visit = visit;
	term->sentences++;
	if (term->sentences == 1)
		term->middle_visit = visit;
	else if (term->sentences % 2 == 1)
		term->middle_visit = document->visits[term->middle_visit].next;
}

static void
count_occurrence(YakeDocument *document, YakeTerm *term, const Token *token,
				 bool is_first_word)
{
	term->count++;
	if ((token->flags & TOKEN_ALL_CAPS) != 0)
		term->acronyms++;
	else if ((token->flags & TOKEN_CAPITALISED) != 0 && !is_first_word)
		term->capitalised++;
	visit_sentence(document, term, document->sentence_count);
}

static void
count_pair(YakeDocument *document, int left, int right, int first_token)
{
	YakePair *pair = find_pair(document, left, right);

	if (pair == NULL)
		return;
	document->terms[left].right_count++;
	document->terms[right].left_count++;
	if (pair->count++ > 0)
		return;
	pair->first_token = first_token;
	document->terms[left].right_words++;
	document->terms[right].left_words++;
}

/*
 * Does the token follow right after the one before it?  Words are parted by
 * any mark but a hyphen.  Hashtags in a row are a list and no phrase.
 */
static bool
is_joined(const CleanText *text, int token)
{
	const Token *right = &text->tokens[token];
	const Token *left = right - 1;
	char between;

	if (right->boundary != BOUNDARY_NONE || right->start != left->end + 1)
		return false;
	between = text->data[left->end];
	if (between == '-' || between == '_')
		return true;
	return between == ' ' && (left->flags & right->flags & TOKEN_HASHTAG) == 0;
}

static bool
is_word(const Token *token)
{
	return (token->flags & (TOKEN_HAS_DIGIT | TOKEN_NUMBER)) == 0 &&
		   token->end > token->start &&
		   token->end - token->start <= MAX_WORD_BYTES;
}

static void
read_sentence(YakeDocument *document, const Sentence *sentence, int end)
{
	const CleanText *text = document->text;
	bool is_unsigned = text->parts[sentence->part].is_unsigned;
	bool is_first_word = true;
	int left = NONE;

	for (int i = sentence->first_token; i < end; i++)
	{
		const Token *token = &text->tokens[i];
		int right = NONE;

		if ((token->flags & TOKEN_EMOJI) != 0)
		{
			left = NONE;
			continue;
		}
		if (is_word(token))
			right = find_term(document, token, is_unsigned);
		if (right != NONE)
		{
			count_occurrence(document, &document->terms[right], token,
							 is_first_word);
			if (left != NONE && is_joined(text, i))
				count_pair(document, left, right, i - 1);
		}
		left = right;
		is_first_word = false;
	}
	/* a sentence of emoji only is none */
	if (!is_first_word)
		document->sentence_count++;
}

/* --- scoring --- */

/* What the score of each word takes from all words. */
typedef struct Frequencies
{
	double usual; /* mean plus one standard deviation, without stop words */
	double maximum;
} Frequencies;

/* False: there is no word but stop words. */
static bool
measure_frequencies(const YakeDocument *document, Frequencies *frequencies)
{
	double sum = 0;
	double squares = 0;
	double mean;
	uint32 maximum = 0;
	int words = 0;

	for (int i = 0; i < document->term_count; i++)
	{
		const YakeTerm *term = &document->terms[i];
		double count = term->count;

		maximum = Max(maximum, term->count);
		if (term->is_stop_word)
			continue;
		words++;
		sum += count;
		squares += count * count;
	}
	if (words == 0)
		return false;
	mean = sum / words;
	frequencies->usual = mean + sqrt(Max(squares / words - mean * mean, 0));
	frequencies->maximum = maximum;
	return true;
}

/* Twice the median of the sentences that hold a word. */
static int
doubled_median(const YakeDocument *document, const YakeTerm *term)
{
	const YakeVisit *middle = &document->visits[term->middle_visit];

	if (term->sentences % 2 == 1)
		return 2 * middle->sentence;
	return middle->sentence + document->visits[middle->next].sentence;
}

/* Equation 2: T_Position = ln(ln(3 + median of the sentences)). */
static double
position_of(const YakeDocument *document, const YakeTerm *term, double *cache)
{
	int median = doubled_median(document, term);

	if (median >= CACHED_MEDIANS)
		return log(log(3 + median / 2.0));
	if (cache[median] == 0)
		cache[median] = log(log(3 + median / 2.0));
	return cache[median];
}

/*
 * Equation 1: T_Case = max(TF(acronym), TF(capitalised)) / (1 + ln TF(t)).
 */
static double
casing_of(const YakeTerm *term)
{
	uint32 cased = Max(term->acronyms, term->capitalised);

	if (cased == 0)
		return 0;
	return term->count == 1 ? cased : cased / (1 + log(term->count));
}

/*
 * Equations 4 and 5: DL and DR are different neighbours divided by all
 * neighbours, T_Rel = 1 + (DL + DR) * TF(t) / max TF.  The factors PL and PR
 * of the authors' first paper on YAKE (ECIR 2018) are not in this one.
 */
static double
relatedness_of(const YakeTerm *term, const Frequencies *frequencies)
{
	double left = 0;
	double right = 0;

	if (term->left_count > 0)
		left = (double) term->left_words / term->left_count;
	if (term->right_count > 0)
		right = (double) term->right_words / term->right_count;
	return 1 + (left + right) * (term->count / frequencies->maximum);
}

/*
 * Equation 3: TF_Norm = TF(t) / (mean + standard deviation).
 * Equation 6: T_Sentence = sentences with t / sentences.
 * Equation 7: S(t) = T_Rel * T_Position /
 *					  (T_Case + TF_Norm / T_Rel + T_Sentence / T_Rel).
 */
static double
score_of(const YakeDocument *document, const YakeTerm *term,
		 const Frequencies *frequencies, double *positions)
{
	double relatedness = relatedness_of(term, frequencies);
	double frequency = term->count / frequencies->usual;
	double spread = (double) term->sentences / document->sentence_count;

	return relatedness * position_of(document, term, positions) /
		   (casing_of(term) + (frequency + spread) / relatedness);
}

static void
score_terms(YakeDocument *document)
{
	double positions[CACHED_MEDIANS] = {0};
	Frequencies frequencies;

	if (!measure_frequencies(document, &frequencies))
		return;
	for (int i = 0; i < document->term_count; i++)
	{
		YakeTerm *term = &document->terms[i];

		if (!term->is_stop_word)
			term->score = score_of(document, term, &frequencies, positions);
	}
}

/* --- a document --- */

static void
allocate(YakeDocument *document, int tokens)
{
	uint32 slots = 16;

	while (slots < 2 * (uint32) tokens)
		slots *= 2;
	document->slot_mask = slots - 1;
	document->term_slots = palloc0(2 * slots * sizeof(uint32));
	document->pair_slots = document->term_slots + slots;
	document->terms = palloc(Max(tokens, 1) * sizeof(YakeTerm));
	document->pairs = palloc(Max(tokens, 1) * sizeof(YakePair));
	document->visits = palloc(Max(tokens, 1) * sizeof(YakeVisit));
}

void
yake_document_read(YakeDocument *document, const Dictionary *dictionary,
				   const CleanText *text)
{
	int tokens = Min(text->token_count, MAX_TOKENS);

	memset(document, 0, sizeof(*document));
	document->text = text;
	document->dictionary = dictionary;
	allocate(document, tokens);
	for (int i = 0; i < text->sentence_count; i++)
	{
		const Sentence *sentence = &text->sentences[i];

		if (sentence->first_token >= tokens)
			break;
		read_sentence(document, sentence, Min(sentence->end_token, tokens));
	}
	score_terms(document);
}

void
yake_document_free(YakeDocument *document)
{
	pfree(document->visits);
	pfree(document->pairs);
	pfree(document->terms);
	pfree(document->term_slots);
}
