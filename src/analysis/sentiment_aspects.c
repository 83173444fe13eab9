/*-------------------------------------------------------------------------
 *
 * sentiment_aspects.c
 *	  How those who wrote feel about each aspect.
 *
 * A mention of an aspect is scored on its own clause: the words around it up
 * to a comma or a sentence's end, a contrast, or some characters to either
 * side, whole words only.  An aspect's score is the mean of its mentions,
 * weighted by their confidence.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/sentiment.h"

/* Mentions of one aspect that are scored; more say nothing new. */
#define MAX_MENTIONS 1000

typedef struct Mentions
{
	int count; /* all of them */
	int scored;
	double sum; /* of score by confidence */
	double confidence;
	int *keywords; /* indexes of rules, different ones */
	int keyword_count;
} Mentions;

/* Tokens of a clause: from first on, end exclusive. */
typedef struct Clause
{
	int first;
	int end;
} Clause;

/* Characters of the text from byte `start` to byte `end`. */
static int
characters_between(const CleanText *text, uint32 start, uint32 end)
{
	int characters = 0;

	for (uint32 i = start; i < end; i++)
		if (((unsigned char) text->data[i] & 0xC0) != 0x80)
			characters++;
	return characters;
}

static Clause
clause_around(const SentimentSettings *settings, const CleanText *text,
			  const TermMatch *mention)
{
	Clause clause = {mention->first_token, mention->end_token};
	int room = settings->aspect_reach;

	while (clause.first > 0 &&
		   text->tokens[clause.first].boundary < BOUNDARY_CLAUSE)
	{
		room -= characters_between(text, text->tokens[clause.first - 1].start,
								   text->tokens[clause.first].start);
		if (room < 0)
			break;
		clause.first--;
	}
	room = settings->aspect_reach;
	while (clause.end < text->token_count &&
		   text->tokens[clause.end].boundary < BOUNDARY_CLAUSE)
	{
		room -= characters_between(text, text->tokens[clause.end - 1].end,
								   text->tokens[clause.end].end);
		if (room < 0)
			break;
		clause.end++;
	}
	return clause;
}

static bool
parts_clauses(const ScoredTerm *term)
{
	return term->role == ROLE_CONTRAST || term->role == ROLE_CONCESSION;
}

/* The first term that lies at or behind the token. */
static int
first_term_from(const ScoredTerms *terms, int token)
{
	int low = 0;
	int high = terms->count;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (terms->term[middle].end <= token)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Cut the clause at the contrasts around the mention, and add up the effects
 * in it.  A term counts whose first word lies in the clause.
 */
static double
score_clause(const SentimentSettings *settings, const ScoredTerms *terms,
			 Clause clause, const TermMatch *mention)
{
	int from = first_term_from(terms, clause.first);
	double positive = 0;
	double negative = 0;

	for (int i = from; i < terms->count && terms->term[i].first < clause.end;
		 i++)
	{
		const ScoredTerm *term = &terms->term[i];

		if (parts_clauses(term))
		{
			if (term->first >= mention->end_token)
				break;
			positive = negative = 0;
		}
		else if (term->effect > 0)
			positive += term->effect;
		else
			negative -= term->effect;
	}
	return sentiment_balance(settings, positive, negative);
}

static void
add_keyword(Mentions *mentions, int rule)
{
	for (int i = 0; i < mentions->keyword_count; i++)
		if (mentions->keywords[i] == rule)
			return;
	if (mentions->keyword_count < ASPECT_MAX_KEYWORDS)
		mentions->keywords[mentions->keyword_count++] = rule;
}

static void
add_mention(Mentions *mentions, const SentimentSettings *settings,
			const CleanText *text, const ScoredTerms *terms,
			const TermMatch *mention)
{
	SentimentScore score;

	if (mentions->keywords == NULL)
		mentions->keywords = palloc(ASPECT_MAX_KEYWORDS * sizeof(int));
	mentions->count++;
	add_keyword(mentions, mention->term);
	if (mentions->scored >= MAX_MENTIONS)
		return;
	mentions->scored++;
	sentiment_from_score(settings,
						 score_clause(settings, terms,
									  clause_around(settings, text, mention),
									  mention),
						 &score);
	mentions->sum += score.score * score.confidence;
	mentions->confidence += score.confidence;
}

static void
fill_aspect(AspectSentiment *result, Aspect aspect, const Mentions *mentions,
			const SentimentSettings *settings, const DictionarySource *rules)
{
	double confidence = mentions->confidence / mentions->scored;

	result->aspect = aspect;
	sentiment_from_score(
		settings,
		mentions->confidence > 0 ? mentions->sum / mentions->confidence : 0,
		&result->sentiment);
	result->sentiment.confidence = confidence;
	result->mentions = mentions->count;
	result->keyword_count = mentions->keyword_count;
	result->keywords = palloc(mentions->keyword_count * sizeof(char *));
	for (int i = 0; i < mentions->keyword_count; i++)
		result->keywords[i] =
			pstrdup(rules->aspects[mentions->keywords[i]].term);
}

int
sentiment_score_aspects(const SentimentSettings *settings,
						const DictionarySource *rules, const CleanText *text,
						const ScoredTerms *terms, const TermMatches *aspects,
						AspectSentiment *result)
{
	Mentions mentions[ASPECT_COUNT] = {0};
	int found = 0;

	for (int i = 0; i < aspects->count; i++)
	{
		const TermMatch *mention = &aspects->match[i];

		if (rules->aspects[mention->term].aspect != ASPECT_NONE)
			add_mention(&mentions[rules->aspects[mention->term].aspect],
						settings, text, terms, mention);
	}
	for (Aspect aspect = 0; aspect < ASPECT_COUNT; aspect++)
	{
		if (mentions[aspect].count == 0)
			continue;
		fill_aspect(&result[found++], aspect, &mentions[aspect], settings,
					rules);
		pfree(mentions[aspect].keywords);
	}
	return found;
}
