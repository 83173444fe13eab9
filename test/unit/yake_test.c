/*-------------------------------------------------------------------------
 *
 * yake_test.c
 *	  Statistical keywords, against scores worked out by hand.
 *
 * The equations are those of Campos et al., "YAKE! Keyword extraction from
 * single documents using multiple local features", Information Sciences 509
 * (2020) 257-289, as src/analysis/yake_terms.c and yake.c name them.  Texts
 * are cut into tokens here, so that nothing else can change the figures.
 * Prints TAP; needs no server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "analysis/similarity.h"
#include "analysis/yake.h"

/* postgres.h replaces them by those of the server's library */
#undef printf
#undef snprintf

#define MAX_TEST_TOKENS 4096

static int tests = 0;
static int failures = 0;

static void
ok(bool passed, const char *name)
{
	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, name);
}

/* --- a text of words, commas and full stops --- */

typedef struct TestText
{
	CleanText clean;
	char data[64 * 1024];
	Token tokens[MAX_TEST_TOKENS];
	Sentence sentences[MAX_TEST_TOKENS];
} TestText;

static TestText input;

static const StopWordRule stop_words[] = {
	{"is", true}, {"the", true}, {"ở", false}};

static const Dictionary *
test_dictionary(void)
{
	static Dictionary *dictionary = NULL;
	static const DictionarySource source = {
		.stop_words = stop_words, .stop_word_count = lengthof(stop_words)};

	if (dictionary == NULL)
		dictionary = dictionary_build(&source);
	return dictionary;
}

/* Flags of the word in `data`, by its ASCII letters; makes it lower case. */
static uint8
fold_word(char *data, uint32 length)
{
	uint8 flags = isupper((unsigned char) data[0]) ? TOKEN_CAPITALISED : 0;
	bool has_digit = false;
	bool has_lower = false;

	for (uint32 i = 0; i < length; i++)
	{
		has_digit = has_digit || isdigit((unsigned char) data[i]);
		has_lower = has_lower || !isupper((unsigned char) data[i]);
		data[i] = (char) tolower((unsigned char) data[i]);
	}
	if (!has_lower && length > 1)
		flags |= TOKEN_ALL_CAPS;
	if (has_digit)
		flags |= TOKEN_HAS_DIGIT;
	return flags;
}

static TokenBoundary
boundary_of(char mark)
{
	if (mark == '.')
		return BOUNDARY_SENTENCE;
	return mark == ',' ? BOUNDARY_CLAUSE : BOUNDARY_NONE;
}

static void
add_token(uint32 start, uint32 end, TokenBoundary boundary)
{
	CleanText *clean = &input.clean;
	Token *token = &input.tokens[clean->token_count];

	if (boundary >= BOUNDARY_SENTENCE)
		input.sentences[clean->sentence_count++].first_token =
			clean->token_count;
	*token = (Token){.start = start,
					 .end = end,
					 .boundary = (uint8) boundary,
					 .flags = fold_word(input.data + start, end - start)};
	token->word =
		dictionary_word(test_dictionary(), input.data + start, end - start);
	clean->token_count++;
	input.sentences[clean->sentence_count - 1].end_token = clean->token_count;
}

static const CleanText *
read_text(const char *source)
{
	uint32 length = (uint32) strlen(source);
	TokenBoundary boundary = BOUNDARY_PART;
	uint32 start = 0;

	memset(&input, 0, sizeof(input));
	memcpy(input.data, source, length + 1);
	for (uint32 i = 0; i <= length; i++)
	{
		if (i < length && strchr(" ,.-", source[i]) == NULL)
			continue;
		if (i > start)
		{
			add_token(start, i, boundary);
			boundary = BOUNDARY_NONE;
		}
		boundary = Max(boundary, boundary_of(source[i]));
		start = i + 1;
	}
	input.clean.data = input.data;
	input.clean.length = length;
	input.clean.tokens = input.tokens;
	input.clean.sentences = input.sentences;
	input.clean.part_count = 1;
	input.clean.parts[0].end_token = input.clean.token_count;
	return &input.clean;
}

/* --- comparing --- */

typedef struct Expected
{
	const char *keyword;
	int occurrences;
	double yake;
} Expected;

static const char *
keyword_text(const YakeKeyword *keyword)
{
	static char result[256];
	const Token *first = &input.tokens[keyword->first_token];
	const Token *last = first + keyword->token_count - 1;

	snprintf(result, sizeof(result), "%.*s", (int) (last->end - first->start),
			 input.data + first->start);
	return result;
}

/* The keywords of a text are these, in this order, to 1e-6. */
static void
are_keywords(const char *source, double similarity, const Expected *expected,
			 int expected_count, const char *name)
{
	int count;
	YakeKeyword *keywords = yake_extract(test_dictionary(), read_text(source),
										 30, similarity, &count);
	bool same = count == expected_count;

	for (int i = 0; same && i < count; i++)
		same = strcmp(keyword_text(&keywords[i]), expected[i].keyword) == 0 &&
			   keywords[i].occurrences == expected[i].occurrences &&
			   fabs(keywords[i].yake - expected[i].yake) < 1e-6;
	ok(same, name);
	for (int i = 0; !same && i < count; i++)
		printf("# %s, %d times: %.9f\n", keyword_text(&keywords[i]),
			   keywords[i].occurrences, keywords[i].yake);
	pfree(keywords);
}

/* The keywords of a text are those of the list, in its order. */
static void
are_named(const char *source, const char *list, const char *name)
{
	char got[4096] = "";
	int count;
	YakeKeyword *keywords =
		yake_extract(test_dictionary(), read_text(source), 30, 0.8, &count);

	for (int i = 0; i < count; i++)
	{
		size_t length = strlen(got);

		snprintf(got + length, sizeof(got) - length, "%s%s", i > 0 ? ", " : "",
				 keyword_text(&keywords[i]));
	}
	ok(strcmp(got, list) == 0, name);
	if (strcmp(got, list) != 0)
		printf("# got      %s\n# expected %s\n", got, list);
	pfree(keywords);
}

/* --- the texts --- */

/*
 * Two sentences, 0 and 1, and three runs of words:
 *
 *		battery life is short | good battery | good price
 *
 * "is" is a stop word.  Frequencies of the other words: battery 2, good 2,
 * life 1, short 1, price 1.  Mean 7 / 5 = 1.4, variance 11 / 5 - 1.4^2 =
 * 0.24, standard deviation 0.489898; mean + deviation = 1.889898.  Greatest
 * frequency 2.  TF_Norm (equation 3): 1 / 1.889898 = 0.529129 for one
 * occurrence, 1.058258 for two.
 *
 * T_Case (1) is 0 for all: only first words of sentences have capitals.
 * T_Position (2): ln ln 3 = 0.094048 in sentence 0, ln ln 4 = 0.326634 in
 * sentence 1, ln ln 3.5 = 0.225351 in both.
 *
 *			left (4)	 right (4)		T_Rel (5)			T_Sentence (6)
 * battery	good 1/1	 life 1/1		1 + 2 * 2/2 = 3		2/2
 * life		battery 1/1	 is 1/1			1 + 2 * 1/2 = 2		1/2
 * short	is 1/1		 none: 0		1 + 1 * 1/2 = 1.5	1/2
 * good		none: 0		 battery,		1 + 1 * 2/2 = 2		1/2
 *						 price 2/2
 * price	good 1/1	 none: 0		1 + 1 * 1/2 = 1.5	1/2
 *
 * S(t) (7) = T_Rel * T_Position / ((TF_Norm + T_Sentence) / T_Rel):
 *		battery	3 * 0.225351 / ((1.058258 + 1) / 3)			= 0.985379
 *		life	2 * 0.094048 / ((0.529129 + 0.5) / 2)		= 0.365543
 *		short	1.5 * 0.094048 / ((0.529129 + 0.5) / 1.5)	= 0.205618
 *		good	2 * 0.326634 / ((1.058258 + 0.5) / 2)		= 0.838460
 *		price	1.5 * 0.326634 / ((0.529129 + 0.5) / 1.5)	= 0.714125
 *
 * S(kw) (8):
 *		battery life	0.985379 * 0.365543 / (1 + 1.350922) = 0.153216
 *		short			0.205618 / (1 + 0.205618)			= 0.170550
 *		good			0.838460 / (2 * (1 + 0.838460))		= 0.228033
 *		good price		0.838460 * 0.714125 / (1 + 1.552585) = 0.234572
 *		battery			0.985379 / (2 * (1 + 0.985379))		= 0.248159
 *		life			0.365543 / (1 + 0.365543)			= 0.267691
 *		good battery	0.838460 * 0.985379 / (1 + 1.823838) = 0.292581
 *		price			0.714125 / (1 + 0.714125)			= 0.416612
 */
static void
test_english(void)
{
	static const Expected expected[] = {
		{"battery life", 1, 0.153215883}, {"short", 1, 0.170549973},
		{"good", 2, 0.228033233},         {"good price", 1, 0.234572155},
		{"battery", 2, 0.248158853},      {"life", 1, 0.267690776},
		{"good battery", 1, 0.292580613}, {"price", 1, 0.416612062},
	};

	are_keywords("Battery life is short. Good battery, good price.", 0.8,
				 expected, lengthof(expected),
				 "keywords of an English text have the scores of the paper");
}

/*
 * Three sentences, and six runs of words, as the number is none:
 *
 *		pin vinfast tốt
 *		trạm sạc vinfast ở hà nội | trạm sạc rẻ
 *		vinfast bán | trạm sạc
 *
 * "ở" is a stop word.  Frequencies of the others: vinfast, trạm, sạc 3; pin,
 * tốt, hà, nội, rẻ, bán 1.  Mean 15 / 9 = 1.666667, variance 33 / 9 - 25 / 9
 * = 0.888889, standard deviation 0.942809, sum of both 2.609476; greatest 3.
 * TF_Norm: 1 / 2.609476 = 0.383219 for one occurrence, 1.149656 for three.
 *
 * T_Case: vinfast has a capital twice and is all capitals once:
 * 2 / (1 + ln 3) = 0.953011.  hà and nội: 1 / (1 + ln 1) = 1.  Pin and Trạm
 * begin sentences: 0.
 *
 *			left		 right			T_Rel				 median
 * pin		none: 0		 vinfast 1/1	1 + 1 * 1/3 = 4/3	 0
 * vinfast	pin, sạc	 tốt, ở, bán	1 + 2 * 3/3 = 3		 1 of 0, 1, 2
 *			2/2			 3/3
 * tốt		vinfast 1/1	 none: 0		4/3					 0
 * trạm		none: 0		 sạc 1/3		1 + 1/3 * 3/3 = 4/3	 1.5 of 1, 2
 * sạc		trạm 1/3	 vinfast, rẻ	1 + 4/3 * 3/3 = 7/3	 1.5 of 1, 2
 *						 2/2
 * hà		ở 1/1		 nội 1/1		1 + 2 * 1/3 = 5/3	 1
 * nội		hà 1/1		 none: 0		4/3					 1
 * rẻ		sạc 1/1		 none: 0		4/3					 1
 * bán		vinfast 1/1	 none: 0		4/3					 2
 *
 * T_Position: ln ln 3 = 0.094048, ln ln 4 = 0.326634, ln ln 4.5 = 0.408180,
 * ln ln 5 = 0.475885.  T_Sentence: vinfast 3/3, trạm and sạc 2/3, others 1/3.
 *
 * S(t) = T_Rel * T_Position / (T_Case + (TF_Norm + T_Sentence) / T_Rel):
 *		pin, tốt  4/3 * 0.094048 / (0.383219 + 1/3) * 4/3		  = 0.233334
 *		vinfast	  3 * 0.326634 / (0.953011 + (1.149656 + 1) / 3)  = 0.586922
 *		trạm	  4/3 * 0.408180 / (1.149656 + 2/3) * 4/3		  = 0.399517
 *		sạc		  7/3 * 0.408180 / (1.149656 + 2/3) * 7/3		  = 1.223522
 *		hà		  5/3 * 0.326634 / (1 + (0.383219 + 1/3) / (5/3)) = 0.380711
 *		nội		  4/3 * 0.326634 / (1 + (0.383219 + 1/3) / (4/3)) = 0.283276
 *		rẻ		  4/3 * 0.326634 / (0.383219 + 1/3) * 4/3		  = 0.810385
 *		bán		  4/3 * 0.475885 / (0.383219 + 1/3) * 4/3		  = 1.180679
 *
 * S(kw), of which the first two are
 *		trạm sạc  0.399517 * 1.223522 / (3 * (1 + 1.623040)) = 0.062119
 *		hà nội	  0.380711 * 0.283276 / (1 + 0.663987)		 = 0.064812
 * "pin vinfast" and "vinfast tốt" tie, and so do "pin" and "tốt": the one
 * that occurs first goes first.
 */
static void
test_vietnamese(void)
{
	static const Expected expected[] = {
		{"trạm sạc", 3, 0.062118586},    {"hà nội", 1, 0.064811948},
		{"pin vinfast", 1, 0.075236093}, {"vinfast tốt", 1, 0.075236093},
		{"trạm", 3, 0.095156008},        {"vinfast", 3, 0.123283074},
		{"sạc", 3, 0.183421039},         {"pin", 1, 0.189189789},
		{"tốt", 1, 0.189189789},         {"nội", 1, 0.220744345},
		{"vinfast bán", 1, 0.250385146}, {"sạc vinfast", 1, 0.255515457},
		{"hà", 1, 0.275735428},          {"sạc rẻ", 1, 0.326814279},
		{"rẻ", 1, 0.447631337},          {"bán", 1, 0.541427170},
	};

	are_keywords("Pin Vinfast tốt. Trạm sạc Vinfast ở Hà Nội, trạm sạc rẻ. "
				 "VINFAST bán 2024 trạm sạc.",
				 0.8, expected, lengthof(expected),
				 "keywords of a Vietnamese text have the scores of the paper");
}

/*
 * One sentence, no pairs: each word has T_Position 0.094048, T_Rel 1,
 * TF_Norm 1 / (1 + 0) = 1, T_Sentence 1, so S(t) = 0.094048 / 2 = 0.047024
 * and S(kw) = 0.047024 / 1.047024 = 0.044912.
 */
static void
test_ties(void)
{
	static const Expected expected[] = {
		{"delta", 1, 0.044911871},
		{"gamma", 1, 0.044911871},
		{"alpha", 1, 0.044911871},
	};

	are_keywords("delta, gamma, alpha", 0.8, expected, lengthof(expected),
				 "keywords of one score are in the order of the text");
}

static void
test_candidates(void)
{
	are_named("the, ở, is", "", "a text of stop words has no keywords");
	are_named("", "", "an empty text has no keywords");
	are_named("x, ô, 2024, vf8", "ô",
			  "numbers, mixtures and single ASCII letters are no words");
	are_named("wi-fi", "wi-fi, wi, fi", "a hyphen joins two words");
	are_named("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbc, "
			  "short",
			  "short", "what has more than 60 bytes is no word");
}

static void
test_hashtags(void)
{
	int count;

	read_text("alpha beta");
	input.tokens[0].flags |= TOKEN_HASHTAG;
	pfree(yake_extract(test_dictionary(), &input.clean, 30, 0.8, &count));
	ok(count == 3, "a hashtag and a word may be a keyword");
	input.tokens[1].flags |= TOKEN_HASHTAG;
	pfree(yake_extract(test_dictionary(), &input.clean, 30, 0.8, &count));
	ok(count == 2, "two hashtags are none together");
}

static void
test_limit(void)
{
	int count;
	YakeKeyword *best = yake_extract(
		test_dictionary(), read_text("alpha, beta, gamma"), 2, 0.8, &count);

	ok(count == 2 && best[1].first_token == 1,
	   "no more keywords are found than are wanted");
	pfree(best);
	pfree(yake_extract(test_dictionary(), &input.clean, 0, 0.8, &count));
	ok(count == 0, "none are found when none are wanted");
}

/* --- similarity --- */

static bool
is_similar(const char *one, const char *other, double similarity)
{
	SimilarityLimit limit;
	Spelling spellings[2] = {{0}, {0}};

	similarity_limit(similarity, &limit);
	spelling_add(&spellings[0], one, strlen(one));
	spelling_add(&spellings[1], other, strlen(other));
	return spelling_is_similar(&spellings[0], &spellings[1], &limit) &&
		   spelling_is_similar(&spellings[1], &spellings[0], &limit);
}

static void
test_similarity(void)
{
	/* 1 - 1/8 = 0.875 */
	ok(is_similar("charger", "chargers", 0.8), "one letter of eight");
	ok(is_similar("bảo hành", "bảo hàng", 0.8),
	   "letters are counted, not bytes");
	/* 1 - 1/5 is not above 0.8 */
	ok(!is_similar("phone", "phono", 0.8), "one letter of five is too many");
	/* 1 - 3/7 = 0.571 */
	ok(is_similar("kitten", "sitting", 0.57) &&
		   !is_similar("kitten", "sitting", 0.58),
	   "kitten and sitting are three edits apart");
	ok(!is_similar("same", "same", 1.0), "nothing is above a similarity of 1");
	ok(is_similar("abc", "xyc", 0) && !is_similar("abc", "xyz", 0),
	   "at a limit of 0 one letter in common is enough");
	are_named("chargers, charger", "chargers",
			  "of keywords that are nearly alike the best stays");
}

int
main(void)
{
	test_english();
	test_vietnamese();
	test_ties();
	test_candidates();
	test_hashtags();
	test_limit();
	test_similarity();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
