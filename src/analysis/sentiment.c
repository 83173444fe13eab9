/*-------------------------------------------------------------------------
 *
 * sentiment.c
 *	  Stage 4 of the analysis: a lexicon with rules, over the terms found.
 *
 * Each term of the lexicon that a text holds has an effect: its valence,
 * changed by the words beside it (negators, intensifiers, softeners), by how
 * it is written (capitals, repeated letters, exclamation) and by where it
 * stands (a question, before or after a contrast).  The score weighs the
 * positive effects against the negative ones:
 *
 *		score = (P - N) / (P + N + prior)
 *
 * so that it says which side prevails, and a single weak word does not say
 * it as surely as many.  After Hutto and Gilbert, "VADER: A Parsimonious
 * Rule-based Model for Sentiment Analysis of Social Media Text" (ICWSM 2014),
 * for what changes a valence; the weighing, and what Vietnamese does after
 * the word ("đẹp quá", "đẹp không?"), are our own.
 *
 * Works on tokens and matches only: it never looks at the bytes of a text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "analysis/sentiment.h"

/* How often an emoji counts that is repeated at once, and how much. */
#define EMOJI_REPEATS 3

/* --- score to label --- */

static Sentiment
label_of(const SentimentSettings *settings, double score)
{
	if (score > settings->threshold_positive)
		return SENTIMENT_POSITIVE;
	if (score < settings->threshold_negative)
		return SENTIMENT_NEGATIVE;
	return SENTIMENT_NEUTRAL;
}

/*
 * Softmax over the distances of the score from the thresholds: the label is
 * always the most probable one, and beside a threshold two are even.
 */
static void
probabilities_of(const SentimentSettings *settings, double score,
				 double probability[3])
{
	double positive =
		exp(settings->steepness * (score - settings->threshold_positive));
	double negative =
		exp(settings->steepness * (settings->threshold_negative - score));
	double sum = positive + negative + 1;

	probability[SENTIMENT_POSITIVE] = positive / sum;
	probability[SENTIMENT_NEGATIVE] = negative / sum;
	probability[SENTIMENT_NEUTRAL] = 1 / sum;
}

void
sentiment_from_score(const SentimentSettings *settings, double score,
					 SentimentScore *result)
{
	result->score = score;
	result->label = label_of(settings, score);
	probabilities_of(settings, score, result->probability);
	result->confidence = result->probability[result->label];
	result->rating = (int) rint(3 + 2 * score);
}

double
sentiment_balance(const SentimentSettings *settings, double positive,
				  double negative)
{
	double all = positive + negative + settings->prior;

	/* effects of any rules, multiplied, may leave what a double holds */
	return all > 0 && isfinite(all) ? (positive - negative) / all : 0;
}

/* --- weights by place --- */

/*
 * What a term weighs by the contrasts of its sentence: those after it make
 * it lighter, those before it heavier.  Only what stands near a contrast is
 * set against each other by it, and the nearest one counts.
 */
static void
weigh_contrasts(const SentimentSettings *settings, ScoredTerms *terms,
				int first, int end)
{
	int from = -1; /* where the last contrast ended */

	for (int i = first; i < end; i++)
	{
		ScoredTerm *term = &terms->term[i];

		if (term->role == ROLE_CONTRAST)
			from = term->end;
		else if (from >= 0 && term->first - from < settings->contrast_reach)
			term->weight *= settings->contrast_after;
	}
	from = -1;
	for (int i = end - 1; i >= first; i--)
	{
		ScoredTerm *term = &terms->term[i];

		if (term->role == ROLE_CONTRAST)
			from = term->first;
		else if (from >= 0 && from - term->end < settings->contrast_reach)
			term->weight *= settings->contrast_before;
	}
}

/* What was conceded, from "although" to the end of its clause, is lighter. */
static void
weigh_concessions(const SentimentSettings *settings, ScoredTerms *terms,
				  int first, int end)
{
	int clause = -1;

	for (int i = first; i < end; i++)
	{
		ScoredTerm *term = &terms->term[i];

		if (term->role == ROLE_CONCESSION)
			clause = term->clause;
		else if (term->role == ROLE_CONTRAST)
			clause = -1;
		if (clause == term->clause)
			term->weight *= settings->contrast_before;
	}
}

/* The same emoji again and again says little more than once. */
static void
weigh_emoji(const CleanText *text, ScoredTerms *terms)
{
	int repeats = 0;
	double weight = 1;

	for (int i = 1; i < terms->count; i++)
	{
		ScoredTerm *term = &terms->term[i];
		const ScoredTerm *before = &terms->term[i - 1];

		if ((text->tokens[term->first].flags & TOKEN_EMOJI) == 0 ||
			term->rule != before->rule || before->end != term->first)
		{
			repeats = 0;
			weight = 1;
			continue;
		}
		repeats++;
		weight = repeats < EMOJI_REPEATS ? weight / 2 : 0;
		term->weight *= weight;
	}
}

static void
weigh_terms(const SentimentSettings *settings, const CleanText *text,
			ScoredTerms *terms)
{
	int first = 0;

	while (first < terms->count)
	{
		int end = first + 1;

		while (end < terms->count &&
			   terms->term[end].sentence == terms->term[first].sentence)
			end++;
		weigh_contrasts(settings, terms, first, end);
		weigh_concessions(settings, terms, first, end);
		first = end;
	}
	weigh_emoji(text, terms);
}

/* --- all of a text --- */

/* Comments may count less than what the author wrote. */
static double
part_weight(const SentimentSettings *settings, const CleanText *text,
			const ScoredTerm *term)
{
	const Sentence *sentence = &text->sentences[term->sentence];

	return text->parts[sentence->part].source == SOURCE_COMMENT
			   ? settings->comment_weight
			   : 1;
}

void
sentiment_score_text(const SentimentSettings *settings, const CleanText *text,
					 ScoredTerms *terms, SentimentScore *score)
{
	double positive = 0;
	double negative = 0;

	weigh_terms(settings, text, terms);
	for (int i = 0; i < terms->count; i++)
	{
		ScoredTerm *term = &terms->term[i];
		double effect =
			term->effect * term->weight * part_weight(settings, text, term);

		if (effect > 0)
			positive += effect;
		else
			negative -= effect;
	}
	sentiment_from_score(
		settings, sentiment_balance(settings, positive, negative), score);
}
