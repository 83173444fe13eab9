/*-------------------------------------------------------------------------
 *
 * sentiment_terms.c
 *	  The effect of each term of the lexicon, in its own clause.
 *
 * A modifier belongs to the term that follows it at once ("rất đẹp"), else to
 * the one that it follows ("đẹp quá").  A negator turns the term that follows
 * it within a few words; one that ends a clause asks ("đẹp không?").  No
 * word reaches over a comma, a sentence's end or a contrast.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/sentiment.h"

/* Modifiers of one term that count; more only repeat. */
#define MAX_MODIFIERS 2

/* What modifiers may make of a negated term, at least and at most. */
#define MIN_NEGATED 0.2
#define MAX_NEGATED 5.0

/* A sentence with more than this share of capitals emphasises nothing. */
#define CAPITALS_SHARE 0.5

typedef struct Scoring
{
	const SentimentSettings *settings;
	const CleanText *text;
	ScoredTerm *term;
	int count;
	bool capitals_count; /* in the sentence at hand */
} Scoring;

/* --- places --- */

/* Number the clauses, and find the sentence, of each match. */
static void
place_terms(Scoring *scoring)
{
	const CleanText *text = scoring->text;
	int token = 0;
	int clause = 0;
	int sentence = 0;

	for (int i = 0; i < scoring->count; i++)
	{
		ScoredTerm *term = &scoring->term[i];

		for (; token <= term->first; token++)
			if (text->tokens[token].boundary >= BOUNDARY_CLAUSE)
				clause++;
		while (sentence + 1 < text->sentence_count &&
			   text->sentences[sentence].end_token <= term->first)
			sentence++;
		term->clause = clause;
		term->sentence = sentence;
	}
}

static bool
in_one_clause(const Scoring *scoring, int i, int j)
{
	return i >= 0 && j < scoring->count &&
		   scoring->term[i].clause == scoring->term[j].clause;
}

/* Is term j right behind term i, with nothing between them? */
static bool
adjacent(const Scoring *scoring, int i, int j)
{
	return in_one_clause(scoring, i, j) &&
		   scoring->term[i].end == scoring->term[j].first;
}

static bool
ends_clause(const Scoring *scoring, const ScoredTerm *term)
{
	const CleanText *text = scoring->text;

	return term->end >= text->token_count ||
		   text->tokens[term->end].boundary >= BOUNDARY_CLAUSE;
}

static bool
is_modifier(const ScoredTerm *term)
{
	return term->role == ROLE_INTENSIFIER || term->role == ROLE_SOFTENER;
}

static bool
is_polar(const ScoredTerm *term)
{
	return term->role == ROLE_TERM && term->rule->valence != 0;
}

/* --- modifiers --- */

/*
 * Does the modifier at i stand right before a polar term, perhaps with other
 * modifiers and fillers between?  Then it is that one's.
 */
static bool
precedes_polar(const Scoring *scoring, int i)
{
	for (int steps = 0; steps < 4 && adjacent(scoring, i, i + 1); steps++)
	{
		i++;
		if (is_polar(&scoring->term[i]))
			return true;
		if (!is_modifier(&scoring->term[i]) &&
			scoring->term[i].role != ROLE_FILLER)
			return false;
	}
	return false;
}

static bool
follows_polar(const Scoring *scoring, int i)
{
	for (int steps = 0; steps < 4 && adjacent(scoring, i - 1, i); steps++)
	{
		i--;
		if (is_polar(&scoring->term[i]))
			return true;
		if (!is_modifier(&scoring->term[i]) &&
			scoring->term[i].role != ROLE_FILLER)
			return false;
	}
	return false;
}

/* A modifier with a valence that stands by no term is one itself. */
static void
settle_lone_modifiers(Scoring *scoring)
{
	for (int i = 0; i < scoring->count; i++)
	{
		ScoredTerm *term = &scoring->term[i];

		if (is_modifier(term) && term->rule->valence != 0 &&
			!precedes_polar(scoring, i) && !follows_polar(scoring, i))
			term->role = ROLE_TERM;
	}
}

/* The factor of the modifiers on one side of a term. */
static double
modifiers_beside(const Scoring *scoring, int i, int step, int *found)
{
	double factor = 1;

	for (;;)
	{
		int next = i + step;
		bool beside =
			step < 0 ? adjacent(scoring, next, i) : adjacent(scoring, i, next);

		if (!beside || *found >= MAX_MODIFIERS)
			return factor;
		i = next;
		if (scoring->term[i].role == ROLE_FILLER)
			continue;
		if (!is_modifier(&scoring->term[i]) ||
			(step > 0 && precedes_polar(scoring, i)))
			return factor;
		factor *= scoring->term[i].rule->factor;
		(*found)++;
	}
}

static double
modifiers_of(const Scoring *scoring, int i)
{
	int found = 0;
	double factor = modifiers_beside(scoring, i, -1, &found);

	return factor * modifiers_beside(scoring, i, 1, &found);
}

/* --- negation and questions --- */

/*
 * Negators before term i, in its clause and reach, and *nearest, the one
 * beside it.  A polar term between takes the negation for itself, unless the
 * two are one ("không tốt đẹp").
 */
static int
negators_before(const Scoring *scoring, int i, int *nearest)
{
	int negators = 0;

	for (int j = i - 1; in_one_clause(scoring, j, i); j--)
	{
		const ScoredTerm *before = &scoring->term[j];

		if (scoring->term[i].first - before->end >=
			scoring->settings->negation_reach)
			break;
		if (before->role == ROLE_CONTRAST || before->role == ROLE_CONCESSION)
			break;
		if (is_polar(before))
		{
			if (negators == 0 && adjacent(scoring, j, i) && before->is_negated)
				negators = 1;
			break;
		}
		if (before->role == ROLE_NEGATOR)
		{
			if (negators++ == 0)
				*nearest = j;
		}
	}
	return negators;
}

/* "đẹp không", "tốt chưa": a negator that ends the clause asks. */
static bool
is_asked(const Scoring *scoring, int i)
{
	for (int j = i + 1; in_one_clause(scoring, i, j); j++)
	{
		const ScoredTerm *after = &scoring->term[j];

		if (after->first - scoring->term[i].end >=
			scoring->settings->negation_reach)
			break;
		if (after->role == ROLE_NEGATOR && ends_clause(scoring, after))
			return true;
	}
	return false;
}

/* A good thing that is asked for is not yet there; complaints ask, too. */
static bool
in_question(const Scoring *scoring, const ScoredTerm *term)
{
	const CleanText *text = scoring->text;
	const Sentence *sentence = &text->sentences[term->sentence];

	return term->rule->valence > 0 &&
		   text->tokens[sentence->end_token - 1].questions > 0;
}

/*
 * The valence after negation.  "not very good" is weaker than "not good",
 * "very much not good" stronger.
 */
static double
negate(const Scoring *scoring, int nearest, double valence, double modifiers)
{
	const SentimentSettings *settings = scoring->settings;
	double factor = valence > 0 ? settings->negation_factor
								: settings->negation_factor_negative;
	int found = 0;
	double before = 1;

	if (nearest >= 0)
		before = modifiers_beside(scoring, nearest, -1, &found);
	return -factor * valence *
		   Max(MIN_NEGATED, Min(before / modifiers, MAX_NEGATED));
}

/*
 * Does the negator at i turn no term?  Then it still says that something is
 * not there ("chưa có slide").
 */
static bool
negates_nothing(const Scoring *scoring, int i)
{
	const ScoredTerm *negator = &scoring->term[i];

	if (ends_clause(scoring, negator))
		return false;
	for (int j = i + 1; in_one_clause(scoring, i, j); j++)
	{
		const ScoredTerm *after = &scoring->term[j];

		if (after->first - negator->end >= scoring->settings->negation_reach)
			break;
		if (is_polar(after) || after->role == ROLE_NEGATOR)
			return false;
	}
	return true;
}

/* --- emphasis --- */

static bool
emphasises_by_capitals(const CleanText *text, const Sentence *sentence)
{
	int capitals = 0;

	for (int i = sentence->first_token; i < sentence->end_token; i++)
		if (text->tokens[i].flags & TOKEN_ALL_CAPS)
			capitals++;
	return capitals <=
		   CAPITALS_SHARE * (sentence->end_token - sentence->first_token);
}

static double
emphasis_of(const Scoring *scoring, const ScoredTerm *term)
{
	const SentimentSettings *settings = scoring->settings;
	const CleanText *text = scoring->text;
	const Sentence *sentence = &text->sentences[term->sentence];
	int flags = 0;
	double factor = 1;

	for (int i = term->first; i < term->end; i++)
		flags |= text->tokens[i].flags;
	if (flags & TOKEN_ELONGATED)
		factor *= settings->elongation_factor;
	if ((flags & TOKEN_ALL_CAPS) && scoring->capitals_count)
		factor *= settings->capitals_factor;
	return factor *
		   (1 + settings->exclamation_step *
					text->tokens[sentence->end_token - 1].exclamations);
}

/* --- terms --- */

/* An emoji comments on what was said; nothing said turns it. */
static bool
is_emoji(const Scoring *scoring, const ScoredTerm *term)
{
	return (scoring->text->tokens[term->first].flags & TOKEN_EMOJI) != 0;
}

static double
effect_of(Scoring *scoring, int i)
{
	ScoredTerm *term = &scoring->term[i];
	int nearest = -1;
	double modifiers;
	double effect = term->rule->valence;

	if (term->role == ROLE_NEGATOR && negates_nothing(scoring, i))
		return scoring->settings->negator_valence;
	if (!is_polar(term))
		return 0;
	modifiers = modifiers_of(scoring, i);
	term->is_negated = !is_emoji(scoring, term) &&
					   negators_before(scoring, i, &nearest) % 2 == 1;
	if (term->is_negated)
		effect = negate(scoring, nearest, effect, modifiers);
	else
		effect *= modifiers;
	if (is_asked(scoring, i) || in_question(scoring, term))
		effect *= scoring->settings->question_factor;
	return effect * emphasis_of(scoring, term);
}

void
sentiment_score_terms(const SentimentSettings *settings,
					  const DictionarySource *rules, const CleanText *text,
					  const TermMatches *matches, ScoredTerms *terms)
{
	Scoring scoring = {.settings = settings, .text = text};
	int sentence = -1;

	scoring.count = matches->count;
	scoring.term = palloc0(Max(matches->count, 1) * sizeof(ScoredTerm));
	for (int i = 0; i < matches->count; i++)
	{
		ScoredTerm *term = &scoring.term[i];

		term->rule = &rules->sentiments[matches->match[i].term];
		term->role = term->rule->role;
		term->first = matches->match[i].first_token;
		term->end = matches->match[i].end_token;
		term->weight = 1;
	}
	place_terms(&scoring);
	settle_lone_modifiers(&scoring);
	for (int i = 0; i < scoring.count; i++)
	{
		if (scoring.term[i].sentence != sentence)
		{
			sentence = scoring.term[i].sentence;
			scoring.capitals_count =
				emphasises_by_capitals(text, &text->sentences[sentence]);
		}
		scoring.term[i].effect = effect_of(&scoring, i);
	}
	terms->term = scoring.term;
	terms->count = scoring.count;
}
