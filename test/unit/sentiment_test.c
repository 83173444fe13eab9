/*-------------------------------------------------------------------------
 *
 * sentiment_test.c
 *	  Sentiment by the numbers of docs/analysis.md, and what each of its
 *	  settings does.
 *
 * The rules are few and their valences round, so that every figure can be
 * worked out beside its test.  Prints TAP; needs no server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <stdio.h>

#include "analysis/sentiment.h"

/* postgres.h replaces them by those of the server's library */
#undef printf
#undef snprintf

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

static void
is_near(double got, double expected, double tolerance, const char *name)
{
	bool near = fabs(got - expected) <= tolerance;

	ok(near, name);
	if (!near)
		printf("# got      %.10g\n# expected %.10g\n", got, expected);
}

static const SentimentTermRule sentiment_terms[] = {
	{"đẹp", ROLE_TERM, LANGUAGE_ANY, 0.5, 1},
	{"tốt", ROLE_TERM, LANGUAGE_ANY, 0.8, 1},
	{"tuyệt vời", ROLE_TERM, LANGUAGE_ANY, 1, 1},
	{"tệ", ROLE_TERM, LANGUAGE_ANY, -0.4, 1},
	{"😍", ROLE_TERM, LANGUAGE_ANY, 0.8, 1},
	{"👎", ROLE_TERM, LANGUAGE_ANY, -0.4, 1},
	{"không", ROLE_NEGATOR, LANGUAGE_ANY, 0, 1},
	{"rất", ROLE_INTENSIFIER, LANGUAGE_ANY, 0, 1.5},
	{"hơi", ROLE_SOFTENER, LANGUAGE_ANY, 0, 0.5},
	{"nhưng", ROLE_CONTRAST, LANGUAGE_ANY, 0, 1},
	{"mặc dù", ROLE_CONCESSION, LANGUAGE_ANY, 0, 1},
};

static const AspectTermRule aspect_terms[] = {
	{"giá", ASPECT_PRICE, true},
	{"thiết kế", ASPECT_DESIGN, true},
};

static const DictionarySource rules = {
	.aspects = aspect_terms,
	.aspect_count = lengthof(aspect_terms),
	.sentiments = sentiment_terms,
	.sentiment_count = lengthof(sentiment_terms),
};

/* Nothing but the valences counts; each test turns one setting on. */
static const SentimentSettings plain = {
	.threshold_positive = 0.25,
	.threshold_negative = -0.25,
	.steepness = 6,
	.prior = 1,
	.negation_factor = 1,
	.negation_factor_negative = 1,
	.negator_valence = 0,
	.contrast_before = 1,
	.contrast_after = 1,
	.contrast_reach = 12,
	.exclamation_step = 0,
	.elongation_factor = 1,
	.capitals_factor = 1,
	.question_factor = 1,
	.comment_weight = 1,
	.negation_reach = 4,
	.aspect_reach = 60,
};

/* --- a text, judged --- */

typedef struct Judgement
{
	ScoredTerms terms;
	SentimentScore overall;
	AspectSentiment aspects[ASPECT_COUNT];
	int aspect_count;
} Judgement;

static Judgement
judge_post(const SentimentSettings *settings, const PostText *post)
{
	static const TextSettings text_settings = {
		.min_length = 1, .max_bytes = 100000, .max_comments = 5};
	static Dictionary *dictionary = NULL;
	TermMatches matches[TERM_KIND_COUNT];
	CleanText clean;
	Judgement judgement;

	if (dictionary == NULL)
		dictionary = dictionary_build(&rules);
	text_prepare(&text_settings, dictionary, post, &clean);
	dictionary_match(dictionary, &clean, matches);
	sentiment_score_terms(settings, &rules, &clean, &matches[TERM_SENTIMENT],
						  &judgement.terms);
	sentiment_score_text(settings, &clean, &judgement.terms,
						 &judgement.overall);
	judgement.aspect_count =
		sentiment_score_aspects(settings, &rules, &clean, &judgement.terms,
								&matches[TERM_ASPECT], judgement.aspects);
	return judgement;
}

static Judgement
judge(const SentimentSettings *settings, const char *caption)
{
	PostText post = {.caption = pstrdup(caption)};

	return judge_post(settings, &post);
}

/* What the first match of a term adds to its text; NaN if there is none. */
static double
addition_of(const Judgement *judgement, const char *term)
{
	for (int i = 0; i < judgement->terms.count; i++)
		if (strcmp(judgement->terms.term[i].rule->term, term) == 0)
			return judgement->terms.term[i].effect *
				   judgement->terms.term[i].weight;
	return NAN;
}

/* In the caption the term adds this much. */
static void
adds(const SentimentSettings *settings, const char *caption, const char *term,
	 double expected, const char *name)
{
	Judgement judgement = judge(settings, caption);

	is_near(addition_of(&judgement, term), expected, 1e-12, name);
}

/* The caption has this score in all. */
static void
scores(const SentimentSettings *settings, const char *caption, double expected,
	   const char *name)
{
	is_near(judge(settings, caption).overall.score, expected, 1e-12, name);
}

/* The aspect's score in the caption; NaN if it is not mentioned. */
static double
aspect_score(const SentimentSettings *settings, const char *caption,
			 Aspect aspect)
{
	Judgement judgement = judge(settings, caption);

	for (int i = 0; i < judgement.aspect_count; i++)
		if (judgement.aspects[i].aspect == aspect)
			return judgement.aspects[i].sentiment.score;
	return NAN;
}

/* --- scores --- */

static void
test_balance(void)
{
	SentimentSettings settings = plain;

	settings.prior = 0.5;
	is_near(sentiment_balance(&settings, 0, 0), 0, 0, "nothing said: 0");
	/* 0.5 / (0.5 + 0.5), 0.7 / (0.7 + 0.5), 0.3 / (0.7 + 0.4 + 0.5) */
	is_near(sentiment_balance(&settings, 0.5, 0), 0.5, 1e-12, "one good word");
	is_near(sentiment_balance(&settings, 0, 0.7), -7.0 / 12, 1e-12,
			"one bad word");
	is_near(sentiment_balance(&settings, 0.7, 0.4), 0.1875, 1e-12,
			"one of each");
	settings.prior = 0;
	is_near(sentiment_balance(&settings, 0, 0), 0, 0,
			"nothing said, without a prior: 0");
	is_near(sentiment_balance(&settings, 0, 0.1), -1, 0,
			"one bad word, without a prior");
}

static void
test_labels(void)
{
	static const struct
	{
		double score;
		Sentiment label;
		int rating;
		const char *name;
	} cases[] = {
		{-1, SENTIMENT_NEGATIVE, 1, "-1: negative, rating 1"},
		{-0.76, SENTIMENT_NEGATIVE, 1, "-0.76: negative, rating 1"},
		{-0.5, SENTIMENT_NEGATIVE, 2, "-0.5: negative, rating 2"},
		{-0.2501, SENTIMENT_NEGATIVE, 2, "below a threshold: negative"},
		{-0.25, SENTIMENT_NEUTRAL, 2, "at the threshold: neutral"},
		{-0.24, SENTIMENT_NEUTRAL, 3, "-0.24: neutral, rating 3"},
		{0, SENTIMENT_NEUTRAL, 3, "0: neutral, rating 3"},
		{0.24, SENTIMENT_NEUTRAL, 3, "0.24: neutral, rating 3"},
		{0.25, SENTIMENT_NEUTRAL, 4, "at the other threshold: neutral"},
		{0.2501, SENTIMENT_POSITIVE, 4, "above it: positive"},
		{0.5, SENTIMENT_POSITIVE, 4, "0.5: positive, rating 4"},
		{0.76, SENTIMENT_POSITIVE, 5, "0.76: positive, rating 5"},
		{1, SENTIMENT_POSITIVE, 5, "1: positive, rating 5"},
	};

	for (size_t i = 0; i < lengthof(cases); i++)
	{
		SentimentScore score;

		sentiment_from_score(&plain, cases[i].score, &score);
		ok(score.label == cases[i].label && score.rating == cases[i].rating,
		   cases[i].name);
	}
}

/* Of one score: probabilities are such, and the label's is the highest. */
static bool
probabilities_hold(double score)
{
	SentimentScore result;
	double sum = 0;
	double highest = 0;

	sentiment_from_score(&plain, score, &result);
	for (int i = 0; i < 3; i++)
	{
		if (result.probability[i] <= 0 || result.probability[i] >= 1)
			return false;
		sum += result.probability[i];
		highest = Max(highest, result.probability[i]);
	}
	return result.score == score && fabs(sum - 1) < 1e-12 &&
		   result.confidence == result.probability[result.label] &&
		   result.confidence > highest - 1e-12;
}

static void
test_probabilities(void)
{
	SentimentScore score;
	bool hold = true;

	for (int i = -1000; i <= 1000; i++)
		hold = hold && probabilities_hold(i / 1000.0);
	ok(hold, "probabilities add to 1, the label's is highest, at any score");
	/* 1 / (1 + 2 exp(6 (0 - 0.25))) */
	sentiment_from_score(&plain, 0, &score);
	is_near(score.confidence, 1 / (1 + 2 * exp(-1.5)), 1e-12,
			"the confidence in neutral at 0");
	is_near(score.probability[SENTIMENT_NEGATIVE],
			score.probability[SENTIMENT_POSITIVE], 1e-15,
			"good and bad are even there");
	sentiment_from_score(&plain, 0.25, &score);
	is_near(score.probability[SENTIMENT_NEUTRAL],
			score.probability[SENTIMENT_POSITIVE], 1e-12,
			"two labels are even at a threshold");
}

/* --- words on words --- */

static void
test_modifiers(void)
{
	adds(&plain, "xe đẹp", "đẹp", 0.5, "a term by itself");
	adds(&plain, "xe rất đẹp", "đẹp", 0.75, "an intensifier before it");
	adds(&plain, "xe đẹp rất", "đẹp", 0.75, "and behind it");
	adds(&plain, "xe hơi tệ", "tệ", -0.2, "a softener");
	adds(&plain, "xe rất, đẹp", "đẹp", 0.5, "not over a comma");
	/* 0.5 * 1.5 * 1.5 */
	adds(&plain, "rất rất rất đẹp", "đẹp", 1.125, "no more than two count");
}

static void
test_negation_factors(void)
{
	SentimentSettings settings = plain;

	settings.negation_factor = 0.75;
	adds(&settings, "xe không đẹp", "đẹp", -0.375,
		 "negation_factor: of a good term");
	adds(&settings, "xe không tệ", "tệ", 0.4, "not of a bad one");
	adds(&settings, "xe đẹp", "đẹp", 0.5, "nor without a negator");
	adds(&settings, "không không đẹp", "đẹp", 0.5, "two negators are none");
	/* -0.75 * 0.5 / 1.5, -0.75 * 0.5 * 1.5 */
	adds(&settings, "xe không rất đẹp", "đẹp", -0.25, "not very good");
	adds(&settings, "xe rất không đẹp", "đẹp", -0.5625, "very much not good");
	settings = plain;
	settings.negation_factor_negative = 0.25;
	adds(&settings, "xe không tệ", "tệ", 0.1,
		 "negation_factor_negative: of a bad term");
	adds(&settings, "xe không đẹp", "đẹp", -0.5, "not of a good one");
	settings.negation_factor_negative = 0;
	adds(&settings, "xe không tệ", "tệ", 0, "0: it says nothing");
}

static void
test_negator_valence(void)
{
	SentimentSettings settings = plain;

	settings.negator_valence = -0.25;
	adds(&settings, "không có xe", "không", -0.25,
		 "negator_valence: of one that turns nothing");
	adds(&settings, "xe không đẹp", "không", 0, "not of one that does");
	adds(&settings, "có xe không", "không", 0, "nor of one that asks");
	adds(&settings, "không, có xe", "không", 0, "nor of one that answers");
	adds(&settings, "không có xe nào là đẹp", "không", -0.25,
		 "what is out of its reach it does not turn");
}

static void
test_negation_reach(void)
{
	SentimentSettings settings = plain;

	settings.negation_reach = 2;
	adds(&settings, "không xe đẹp", "đẹp", -0.5, "negation_reach: 2 words");
	adds(&settings, "không có xe đẹp", "đẹp", 0.5, "3 words");
	settings.negation_reach = 3;
	adds(&settings, "không có xe đẹp", "đẹp", -0.5, "3 words of 3");
	adds(&settings, "không, xe đẹp", "đẹp", 0.5, "not over a comma");
	adds(&settings, "không\nđẹp", "đẹp", 0.5, "nor a line's end");
	adds(&settings, "không nhưng đẹp", "đẹp", 0.5, "nor a contrast");
	adds(&settings, "không tốt mà đẹp", "đẹp", 0.5, "nor another term");
	adds(&settings, "không tốt đẹp", "đẹp", -0.5, "but for one beside it");
	settings.negation_reach = 0;
	adds(&settings, "xe không đẹp", "đẹp", 0.5, "0: none");
}

/* --- contrasts --- */

static void
test_contrasts(void)
{
	SentimentSettings settings = plain;

	settings.contrast_before = 0.5;
	adds(&settings, "đẹp nhưng tệ", "đẹp", 0.25, "contrast_before");
	adds(&settings, "đẹp nhưng tệ", "tệ", -0.4, "not what follows");
	adds(&settings, "đẹp, xe mới, nhưng tệ", "đẹp", 0.25, "over commas");
	adds(&settings, "đẹp. Nhưng tệ", "đẹp", 0.5, "not over a sentence's end");
	settings = plain;
	settings.contrast_after = 1.5;
	adds(&settings, "đẹp nhưng tệ", "tệ", -0.6, "contrast_after");
	adds(&settings, "đẹp nhưng tệ", "đẹp", 0.5, "not what precedes");
	/* (0.5 - 0.6) / (0.5 + 0.6 + 1) */
	scores(&settings, "đẹp nhưng tệ", -1.0 / 21, "it is in the score");
}

static void
test_contrast_reach(void)
{
	SentimentSettings settings = plain;

	settings.contrast_before = 0.5;
	settings.contrast_after = 1.5;
	settings.contrast_reach = 2;
	adds(&settings, "nhưng xe tệ", "tệ", -0.6, "contrast_reach: 2 words");
	adds(&settings, "nhưng xe này tệ", "tệ", -0.4, "3 words behind");
	adds(&settings, "đẹp lắm nhưng xe", "đẹp", 0.25, "2 words before");
	adds(&settings, "đẹp lắm nha nhưng xe", "đẹp", 0.5, "3 words before");
	settings.contrast_reach = 0;
	adds(&settings, "nhưng tệ", "tệ", -0.4, "0: none");
}

static void
test_concession(void)
{
	SentimentSettings settings = plain;

	settings.contrast_before = 0.5;
	settings.contrast_after = 1.5;
	adds(&settings, "mặc dù đẹp, xe tệ", "đẹp", 0.25,
		 "a concession: its clause weighs contrast_before");
	adds(&settings, "mặc dù đẹp, xe tệ", "tệ", -0.4, "the next does not");
	adds(&settings, "xe tệ mặc dù đẹp", "tệ", -0.4, "nor what precedes");
	adds(&settings, "mặc dù đẹp nhưng tệ", "tệ", -0.6,
		 "a contrast in the clause ends it");
}

/* --- questions and emphasis --- */

static void
test_questions(void)
{
	SentimentSettings settings = plain;

	settings.question_factor = 0.25;
	adds(&settings, "xe đẹp?", "đẹp", 0.125, "question_factor: \"?\"");
	adds(&settings, "xe tệ?", "tệ", -0.4, "complaints ask, too");
	adds(&settings, "xe đẹp. Giá?", "đẹp", 0.5, "in its sentence only");
	adds(&settings, "xe đẹp không", "đẹp", 0.125, "a final \"không\"");
	adds(&settings, "xe đẹp không, bạn", "đẹp", 0.125, "final in its clause");
	adds(&settings, "xe tệ không", "tệ", -0.1, "of a bad term as well");
	adds(&settings, "xe đẹp không?", "đẹp", 0.125, "once, if both ask");
	adds(&settings, "xe đẹp không phải bàn", "đẹp", 0.5,
		 "a \"không\" that goes on asks nothing");
}

static void
test_exclamations(void)
{
	SentimentSettings settings = plain;

	settings.exclamation_step = 0.25;
	adds(&settings, "xe đẹp!", "đẹp", 0.625, "exclamation_step: one mark");
	adds(&settings, "xe đẹp!!", "đẹp", 0.75, "two");
	adds(&settings, "xe đẹp!!!!!!", "đẹp", 0.875, "three at most");
	adds(&settings, "xe tệ!", "tệ", -0.5, "of a bad term");
	adds(&settings, "đẹp quá nha mọi người! xe", "đẹp", 0.625,
		 "anywhere in the sentence");
	adds(&settings, "đẹp. xe mới!", "đẹp", 0.5, "in its sentence only");
}

static void
test_spelling(void)
{
	SentimentSettings settings = plain;

	settings.elongation_factor = 1.5;
	adds(&settings, "xe đẹppppp", "đẹp", 0.75, "elongation_factor");
	adds(&settings, "xe đẹp quáááá", "đẹp", 0.5, "of its own word");
	settings = plain;
	settings.capitals_factor = 1.5;
	adds(&settings, "xe này ĐẸP lắm", "đẹp", 0.75, "capitals_factor");
	adds(&settings, "xe này Đẹp lắm", "đẹp", 0.5, "not of one capital");
	adds(&settings, "XE NÀY đẹp lắm", "đẹp", 0.5, "of its own word");
	adds(&settings, "XE này ĐẸP lắm", "đẹp", 0.75, "in half capitals");
	adds(&settings, "XE NÀY ĐẸP lắm", "đẹp", 0.5,
		 "not where more than half are");
}

/* --- the whole text --- */

static void
test_comment_weight(void)
{
	SentimentSettings settings = plain;
	PostComment comment = {pstrdup("tệ"), 0};
	PostText post = {.transcription = pstrdup("đẹp"),
					 .caption = pstrdup("đẹp"),
					 .comments = &comment,
					 .comment_count = 1};

	settings.comment_weight = 0.5;
	settings.prior = 0.8;
	/* (1.0 - 0.2) / (1.0 + 0.2 + 0.8) */
	is_near(judge_post(&settings, &post).overall.score, 0.4, 1e-12,
			"comment_weight: of comments, not of the author's");
	settings.comment_weight = 0;
	/* 1.0 / (1.0 + 0.8) */
	is_near(judge_post(&settings, &post).overall.score, 1 / 1.8, 1e-12,
			"0: comments say nothing");
}

static void
test_prior(void)
{
	SentimentSettings settings = plain;

	settings.prior = 0.5;
	scores(&settings, "xe đẹp", 0.5, "prior: 0.5 / (0.5 + 0.5)");
	settings.prior = 1.5;
	scores(&settings, "xe đẹp", 0.25, "0.5 / (0.5 + 1.5)");
	ok(judge(&settings, "xe đẹp").overall.label == SENTIMENT_NEUTRAL,
	   "which is not above the threshold");
	settings.prior = 0;
	scores(&settings, "xe đẹp", 1, "none: one word says all");
	scores(&settings, "xe", 0, "no word says nothing");
}

static void
test_emoji(void)
{
	SentimentSettings settings = plain;

	settings.prior = 0.6;
	settings.negator_valence = -0.25;
	adds(&settings, "không 😍", "😍", 0.8, "an emoji is not negated");
	adds(&settings, "xe không đẹp 😍", "😍", 0.8, "nor with what it follows");
	/* repeated: 0.8 (1 + 1/2 + 1/4) = 1.4; 1.4 / 2 */
	scores(&settings, "😍😍", 1.2 / 1.8, "the second of an emoji is half");
	scores(&settings, "😍😍😍", 0.7, "the third is a quarter");
	scores(&settings, "😍😍😍😍😍😍", 0.7, "more say no more");
	/* 1.6 / 2.2; (1.6 - 0.4) / (1.6 + 0.4 + 0.6) */
	scores(&settings, "😍 xe 😍", 1.6 / 2.2, "with words between they do");
	scores(&settings, "😍👎😍", 1.2 / 2.6, "or another emoji");
}

/* --- aspects --- */

/* Ten characters with its blank, and more bytes; letters that repeat would
 * be collapsed. */
#define FILL "chữviếtra "
#define FILL_50 FILL FILL FILL FILL FILL

static void
test_aspect_reach(void)
{
	const double good = 0.5 / 1.5;

	/* a blank, 50 characters, and 5 + 4 or 6 + 4 of the last two words */
	is_near(aspect_score(&plain, "giá " FILL_50 "abcde đẹp", ASPECT_PRICE),
			good, 1e-12, "aspect_reach: ends 60 characters behind");
	is_near(aspect_score(&plain, "giá " FILL_50 "abcdef đẹp", ASPECT_PRICE), 0,
			1e-12, "61 characters behind");
	is_near(aspect_score(&plain, "đẹp " FILL_50 "abcde giá", ASPECT_PRICE),
			good, 1e-12, "starts 60 characters before");
	is_near(aspect_score(&plain, "đẹp " FILL_50 "abcdef giá", ASPECT_PRICE), 0,
			1e-12, "61 characters before");
}

static void
test_short_aspect_reach(void)
{
	SentimentSettings settings = plain;

	settings.aspect_reach = 10;
	is_near(aspect_score(&settings, "giá abcde đẹp", ASPECT_PRICE), 0.5 / 1.5,
			1e-12, "10 characters of 10");
	settings.aspect_reach = 9;
	is_near(aspect_score(&settings, "giá abcde đẹp", ASPECT_PRICE), 0, 1e-12,
			"9 characters end within the word, and it is out");
	is_near(aspect_score(&settings, "đẹp abcde giá", ASPECT_PRICE), 0, 1e-12,
			"on the other side as well");
}

static void
test_aspect_clauses(void)
{
	const double good = 0.5 / 1.5;
	const double bad = -0.4 / 1.4;

	is_near(aspect_score(&plain, "thiết kế đẹp nhưng giá tệ", ASPECT_DESIGN),
			good, 1e-12, "an aspect before a contrast");
	is_near(aspect_score(&plain, "thiết kế đẹp nhưng giá tệ", ASPECT_PRICE),
			bad, 1e-12, "and one behind it");
	is_near(aspect_score(&plain, "thiết kế, đẹp", ASPECT_DESIGN), 0, 1e-12,
			"a clause ends at a comma");
	is_near(aspect_score(&plain, "giá tệ mặc dù thiết kế đẹp", ASPECT_PRICE),
			bad, 1e-12, "and at a concession");
	ok(isnan(aspect_score(&plain, "xe đẹp", ASPECT_PRICE)),
	   "an aspect that is not mentioned has no score");
}

static void
test_aspect_mean(void)
{
	Judgement judgement = judge(&plain, "giá đẹp. Giá tệ");
	double score[2] = {0.5 / 1.5, -0.4 / 1.4};
	double confidence[2];
	double mean;

	for (int i = 0; i < 2; i++)
	{
		SentimentScore one;

		sentiment_from_score(&plain, score[i], &one);
		confidence[i] = one.confidence;
	}
	mean = (score[0] * confidence[0] + score[1] * confidence[1]) /
		   (confidence[0] + confidence[1]);
	ok(judgement.aspect_count == 1 && judgement.aspects[0].mentions == 2 &&
		   judgement.aspects[0].keyword_count == 1,
	   "two mentions of an aspect by one keyword");
	is_near(judgement.aspects[0].sentiment.score, mean, 1e-12,
			"its score is the mean, weighted by confidence");
	is_near(judgement.aspects[0].sentiment.confidence,
			(confidence[0] + confidence[1]) / 2, 1e-12,
			"its confidence is the mean of theirs");
}

int
main(void)
{
	test_balance();
	test_labels();
	test_probabilities();
	test_modifiers();
	test_negation_factors();
	test_negator_valence();
	test_negation_reach();
	test_contrasts();
	test_contrast_reach();
	test_concession();
	test_questions();
	test_exclamations();
	test_spelling();
	test_comment_weight();
	test_prior();
	test_emoji();
	test_aspect_reach();
	test_short_aspect_reach();
	test_aspect_clauses();
	test_aspect_mean();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
