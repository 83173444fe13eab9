/*-------------------------------------------------------------------------
 *
 * trace.c
 *	  Why a post was judged as it was: which rules matched where.
 *
 * Only tells; nothing is judged here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "analysis/trace.h"

static TracedMatch *
next_match(AnalysisTrace *trace)
{
	TracedMatch *match = &trace->matches[trace->match_count++];

	memset(match, 0, sizeof(*match));
	match->effect = NAN;
	return match;
}

static void
place_tokens(TracedMatch *match, const CleanText *text, int first, int end)
{
	match->start = text->tokens[first].start;
	match->end = text->tokens[end - 1].end;
}

static void
trace_intents(const AnalysisRules *rules, const Findings *findings,
			  AnalysisTrace *trace)
{
	for (int i = 0; i < findings->intents.count; i++)
	{
		const IntentMatch *found = &findings->intents.match[i];
		const IntentPatternRule *rule =
			intent_rule(rules->intents, found->pattern);
		TracedMatch *match = next_match(trace);

		match->table = "intent_patterns";
		match->rule = rule->pattern;
		match->label = intent_name(rule->intent);
		match->start = found->start;
		match->end = found->end;
		match->is_cancelled = found->is_cancelled;
	}
}

static void
trace_aspects(const DictionarySource *rules, const Findings *findings,
			  AnalysisTrace *trace)
{
	const TermMatches *found = &findings->terms[TERM_ASPECT];

	for (int i = 0; i < found->count; i++)
	{
		const AspectTermRule *rule = &rules->aspects[found->match[i].term];
		TracedMatch *match = next_match(trace);

		match->table = "aspect_terms";
		match->rule = rule->term;
		match->label = aspect_name(rule->aspect);
		place_tokens(match, &findings->text, found->match[i].first_token,
					 found->match[i].end_token);
	}
}

static void
trace_spam(const DictionarySource *rules, const Findings *findings,
		   AnalysisTrace *trace)
{
	const TermMatches *found = &findings->terms[TERM_SPAM];

	for (int i = 0; i < found->count; i++)
	{
		TracedMatch *match = next_match(trace);

		match->table = "spam_keywords";
		match->rule = rules->spam[found->match[i].term].keyword;
		place_tokens(match, &findings->text, found->match[i].first_token,
					 found->match[i].end_token);
	}
}

/* Terms tell their effect; fillers only join words and are left out. */
static void
trace_sentiment(const Findings *findings, AnalysisTrace *trace)
{
	for (int i = 0; i < findings->scored.count; i++)
	{
		const ScoredTerm *term = &findings->scored.term[i];
		TracedMatch *match;

		if (term->rule->role == ROLE_FILLER)
			continue;
		match = next_match(trace);
		match->table = "sentiment_terms";
		match->rule = term->rule->term;
		match->label = sentiment_role_name(term->role);
		if (term->role == ROLE_TERM)
			match->effect = term->effect * term->weight;
		place_tokens(match, &findings->text, term->first, term->end);
	}
}

static int
compare_matches(const void *one, const void *other)
{
	const TracedMatch *a = one;
	const TracedMatch *b = other;
	int order;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	order = strcmp(a->table, b->table);
	return order != 0 ? order : strcmp(a->rule, b->rule);
}

static void
copy_signals(const Findings *findings, AnalysisTrace *trace)
{
	const CleanText *text = &findings->text;

	trace->total_length = text->total_length;
	trace->is_too_short = text->is_too_short;
	trace->hashtag_ratio = text->hashtag_ratio;
	trace->reduction_ratio = text->reduction_ratio;
	trace->has_transcription = text->has_transcription;
	trace->has_phone = text->has_phone;
	trace->has_spam_keyword = findings->has_spam_keyword;
	trace->scored = findings->overall;
}

void
trace_findings(const AnalysisRules *rules, const Findings *findings,
			   AnalysisTrace *trace)
{
	const DictionarySource *source = dictionary_rules(rules->dictionary);
	int most = findings->intents.count + findings->scored.count +
			   findings->terms[TERM_ASPECT].count +
			   findings->terms[TERM_SPAM].count;

	memset(trace, 0, sizeof(*trace));
	trace->clean_text = palloc(findings->text.length + 1);
	memcpy(trace->clean_text, findings->text.data, findings->text.length + 1);
	trace->matches = palloc(Max(most, 1) * sizeof(TracedMatch));
	trace_intents(rules, findings, trace);
	trace_aspects(source, findings, trace);
	trace_spam(source, findings, trace);
	trace_sentiment(findings, trace);
	qsort(trace->matches, trace->match_count, sizeof(TracedMatch),
		  compare_matches);
	trace->match_count = Min(trace->match_count, TRACE_MAX_MATCHES);
	copy_signals(findings, trace);
}
