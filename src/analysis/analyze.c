/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  The analysis of one post: its stages, in their order.
 *
 * Plain structs in, plain structs out; no SQL, no I/O, no errors.  Stages
 * work in scratch memory, and what is kept of a post is copied out of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>

#include "analysis/intent.h"
#include "analysis/keywords.h"
#include "analysis/sentiment.h"
#include "analysis/trace.h"
#include "utils/memutils.h"

/* Enough for the scratch of a usual post, so that it is never given back. */
#define SCRATCH_SIZE (128 * 1024)

struct Analyzer
{
	MemoryContext scratch;
};

const char *
sentiment_name(Sentiment sentiment)
{
	static const char *const names[] = {
		[SENTIMENT_NEGATIVE] = "NEGATIVE",
		[SENTIMENT_NEUTRAL] = "NEUTRAL",
		[SENTIMENT_POSITIVE] = "POSITIVE",
	};

	return names[sentiment];
}

const char *
intent_name(Intent intent)
{
	static const char *const names[] = {
		[INTENT_CRISIS] = "CRISIS",
		[INTENT_SEEDING] = "SEEDING",
		[INTENT_SPAM] = "SPAM",
		[INTENT_COMPLAINT] = "COMPLAINT",
		[INTENT_LEAD] = "LEAD",
		[INTENT_SUPPORT] = "SUPPORT",
		[INTENT_DISCUSSION] = "DISCUSSION",
	};

	return names[intent];
}

Analyzer *
analyzer_create(void)
{
	Analyzer *analyzer = palloc(sizeof(Analyzer));

	analyzer->scratch =
		AllocSetContextCreate(CurrentMemoryContext, "analytics analyzer", 0,
							  SCRATCH_SIZE, 8 * 1024 * 1024);
	return analyzer;
}

static int64
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64) now.tv_sec * INT64CONST(1000000000) + now.tv_nsec;
}

/* --- noise --- */

static bool
author_has_spam_keyword(const CleanText *text, const TermMatches *spam)
{
	int end = 0;

	if (text->author_parts > 0)
		end = text->parts[text->author_parts - 1].end_token;
	return spam->count > 0 && spam->match[0].first_token < end;
}

static bool
judge_noise(const Findings *findings, Intent intent)
{
	return findings->text.is_too_short || findings->has_spam_keyword ||
		   intent == INTENT_SPAM || intent == INTENT_SEEDING;
}

/* Noise has no impact; how far it would have reached is told all the same. */
static void
silence(Impact *impact)
{
	impact->raw = 0;
	impact->score = 0;
	impact->is_viral = false;
	impact->risk = RISK_LOW;
}

/* --- what is kept --- */

/* The keywords, in one piece of the caller's memory. */
static void
keep_keywords(PostAnalysis *analysis, const Keyword *keywords, int count)
{
	size_t bytes = 0;
	char *room;

	analysis->keyword_count = count;
	if (count <= 0)
		return;
	for (int i = 0; i < count; i++)
		bytes += strlen(keywords[i].text) + 1;
	analysis->keywords = palloc(count * sizeof(Keyword) + bytes);
	memcpy(analysis->keywords, keywords, count * sizeof(Keyword));
	room = (char *) (analysis->keywords + count);
	for (int i = 0; i < count; i++)
	{
		size_t size = strlen(keywords[i].text) + 1;

		analysis->keywords[i].text = memcpy(room, keywords[i].text, size);
		room += size;
	}
}

static void
keep_aspects(PostAnalysis *analysis, const AspectSentiment *aspects, int count)
{
	analysis->aspect_count = count;
	for (int i = 0; i < count; i++)
	{
		AspectSentiment *kept = &analysis->aspects[i];

		*kept = aspects[i];
		kept->keywords = palloc(kept->keyword_count * sizeof(char *));
		for (int k = 0; k < kept->keyword_count; k++)
			kept->keywords[k] = pstrdup(aspects[i].keywords[k]);
	}
}

/* --- stages --- */

/* Stages 3 and 4 of a post that is no noise. */
static void
judge_content(const AnalysisRules *rules, Findings *findings,
			  PostAnalysis *analysis, MemoryContext caller)
{
	AspectSentiment aspects[ASPECT_COUNT];
	int keyword_count;
	int aspect_count;
	Keyword *keywords =
		keywords_extract(&rules->keywords, rules->dictionary, &findings->text,
						 &findings->terms[TERM_ASPECT], &keyword_count);

	aspect_count = sentiment_score_aspects(
		&rules->sentiment, dictionary_rules(rules->dictionary),
		&findings->text, &findings->scored, &findings->terms[TERM_ASPECT],
		aspects);
	MemoryContextSwitchTo(caller);
	keep_keywords(analysis, keywords, keyword_count);
	keep_aspects(analysis, aspects, aspect_count);
}

/* Phrases of no aspect have kept the terms in them from matching: enough. */
static void
drop_shields(const DictionarySource *rules, TermMatches *aspects)
{
	int kept = 0;

	for (int i = 0; i < aspects->count; i++)
		if (rules->aspects[aspects->match[i].term].aspect != ASPECT_NONE)
			aspects->match[kept++] = aspects->match[i];
	aspects->count = kept;
}

static void
find_terms(const AnalysisRules *rules, const PostText *post,
		   Findings *findings)
{
	text_prepare(&rules->text, rules->dictionary, post, &findings->text);
	dictionary_match(rules->dictionary, &findings->text, findings->terms);
	drop_shields(dictionary_rules(rules->dictionary),
				 &findings->terms[TERM_ASPECT]);
	findings->has_spam_keyword =
		author_has_spam_keyword(&findings->text, &findings->terms[TERM_SPAM]);
}

/* Noise is neutral, so its sentiment is scored only for a trace. */
static void
score_overall(const AnalysisRules *rules, Findings *findings,
			  SentimentScore *score)
{
	sentiment_score_terms(&rules->sentiment,
						  dictionary_rules(rules->dictionary), &findings->text,
						  &findings->terms[TERM_SENTIMENT], &findings->scored);
	sentiment_score_text(&rules->sentiment, &findings->text, &findings->scored,
						 score);
}

void
analyze_post(Analyzer *analyzer, const AnalysisRules *rules,
			 const PostText *post, const PostMetrics *metrics,
			 PostAnalysis *analysis, AnalysisTrace *trace)
{
	int64 started = now_ns();
	MemoryContext caller = MemoryContextSwitchTo(analyzer->scratch);
	Findings findings = {0};

	memset(analysis, 0, sizeof(*analysis));
	find_terms(rules, post, &findings);
	analysis->is_truncated = findings.text.is_truncated;
	analysis->intent = intent_classify(
		rules->intents, &rules->intent, &findings.text,
		&analysis->intent_confidence, trace ? &findings.intents : NULL);
	analysis->is_noise = judge_noise(&findings, analysis->intent);

	sentiment_from_score(&rules->sentiment, 0, &analysis->sentiment);
	findings.overall = analysis->sentiment;
	if (!analysis->is_noise || trace != NULL)
		score_overall(rules, &findings, &findings.overall);
	if (!analysis->is_noise)
	{
		analysis->sentiment = findings.overall;
		judge_content(rules, &findings, analysis, caller);
	}
	impact_compute(&rules->impact, metrics, analysis->sentiment.label,
				   &analysis->impact);
	if (analysis->is_noise)
		silence(&analysis->impact);

	MemoryContextSwitchTo(caller);
	if (trace != NULL)
		trace_findings(rules, &findings, trace);
	MemoryContextReset(analyzer->scratch);
	analysis->elapsed_ns = now_ns() - started;
}

void
analysis_set_sentiment(const AnalysisRules *rules, const PostMetrics *metrics,
					   double score, PostAnalysis *analysis)
{
	if (analysis->is_noise)
		return;
	sentiment_from_score(&rules->sentiment, score, &analysis->sentiment);
	impact_compute(&rules->impact, metrics, analysis->sentiment.label,
				   &analysis->impact);
}
