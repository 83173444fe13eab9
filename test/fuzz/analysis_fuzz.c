/*-------------------------------------------------------------------------
 *
 * analysis_fuzz.c
 *	  Fuzz target: what was written in a post goes through all stages of the
 *	  analysis.
 *
 * The input is text, its parts end with a NUL: the caption, the
 * transcription, and comments, of each of which the first byte says how it is
 * liked.  The rules are those of the property test, which makes up texts of
 * their words; here it is bytes that are made up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <stdlib.h>

#include "utils/memutils.h"

#include "../unit/property_rules.h"
#include "analysis/text.h"
#include "fuzz.h"

#define MOST_COMMENTS 8

extern int LLVMFuzzerInitialize(int *argc, char ***argv);

static const AnalysisRules *rules;
static Analyzer *analyzer;
static MemoryContext run_context;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	rules = property_rules();
	analyzer = analyzer_create();
	run_context = AllocSetContextCreate(CurrentMemoryContext, "one input",
										ALLOCSET_DEFAULT_SIZES);
	return 0;
}

/* --- stage 1 --- */

static bool
is_character_edge(const CleanText *text, uint32 offset)
{
	return ((unsigned char) text->data[offset] & 0xC0) != 0x80;
}

static void
check_tokens(const CleanText *text)
{
	uint32 end = 0;

	for (int i = 0; i < text->token_count; i++)
	{
		const Token *token = &text->tokens[i];

		FUZZ_CHECK(token->start >= end && token->end >= token->start);
		FUZZ_CHECK(token->end <= text->length);
		FUZZ_CHECK(is_character_edge(text, token->start) &&
				   is_character_edge(text, token->end));
		FUZZ_CHECK((token->start == token->end) ==
				   ((token->flags & TOKEN_EMOJI) != 0));
		end = token->end;
	}
}

/* Sentences and parts hold each token once, in order. */
static void
check_cover(const CleanText *text)
{
	int token = 0;

	for (int i = 0; i < text->sentence_count; i++)
	{
		FUZZ_CHECK(text->sentences[i].first_token == token);
		FUZZ_CHECK(text->sentences[i].end <= text->length);
		token = text->sentences[i].end_token;
	}
	FUZZ_CHECK(token == text->token_count);
	token = 0;
	FUZZ_CHECK(text->part_count <= TEXT_MAX_PARTS);
	for (int i = 0; i < text->part_count; i++)
	{
		FUZZ_CHECK(text->parts[i].first_token == token);
		FUZZ_CHECK(text->parts[i].end <= text->length);
		token = text->parts[i].end_token;
	}
	FUZZ_CHECK(token == text->token_count);
}

static void
check_matches(const CleanText *text, const TermMatches *matches)
{
	int end = 0;

	for (int i = 0; i < matches->count; i++)
	{
		FUZZ_CHECK(matches->match[i].first_token >= end);
		FUZZ_CHECK(matches->match[i].end_token >
				   matches->match[i].first_token);
		end = matches->match[i].end_token;
		FUZZ_CHECK(end <= text->token_count);
	}
}

static void
check_text(const PostText *post)
{
	CleanText text;
	TermMatches matches[TERM_KIND_COUNT];

	text_prepare(&rules->text, rules->dictionary, post, &text);
	FUZZ_CHECK(strlen(text.data) == text.length);
	FUZZ_CHECK(fuzz_is_message(text.data));
	check_tokens(&text);
	check_cover(&text);
	dictionary_match(rules->dictionary, &text, matches);
	for (int kind = 0; kind < TERM_KIND_COUNT; kind++)
		check_matches(&text, &matches[kind]);
}

/* --- all stages --- */

static void
check_score(const SentimentScore *score)
{
	double sum = 0;

	FUZZ_CHECK(score->score >= -1 && score->score <= 1);
	FUZZ_CHECK(score->confidence >= 0 && score->confidence <= 1);
	FUZZ_CHECK(score->rating >= 1 && score->rating <= 5);
	for (int i = 0; i < 3; i++)
	{
		FUZZ_CHECK(score->probability[i] >= 0);
		sum += score->probability[i];
	}
	FUZZ_CHECK(fabs(sum - 1) < 1e-9);
}

static void
check_findings(const PostAnalysis *analysis)
{
	FUZZ_CHECK(analysis->keyword_count <= rules->keywords.maximum);
	for (int i = 0; i < analysis->keyword_count; i++)
	{
		const Keyword *keyword = &analysis->keywords[i];

		FUZZ_CHECK(keyword->text[0] != '\0' && fuzz_is_message(keyword->text));
		FUZZ_CHECK(keyword->score >= 0 && keyword->score <= 1);
		FUZZ_CHECK(keyword->count > 0);
	}
	FUZZ_CHECK(analysis->aspect_count <= ASPECT_COUNT);
	for (int i = 0; i < analysis->aspect_count; i++)
	{
		check_score(&analysis->aspects[i].sentiment);
		FUZZ_CHECK(analysis->aspects[i].mentions > 0);
		FUZZ_CHECK(i == 0 || analysis->aspects[i].aspect >
								 analysis->aspects[i - 1].aspect);
	}
}

static void
check_analysis(const PostAnalysis *analysis)
{
	check_score(&analysis->sentiment);
	check_findings(analysis);
	FUZZ_CHECK(analysis->intent >= 0 && analysis->intent < INTENT_COUNT);
	FUZZ_CHECK(analysis->intent_confidence >= 0 &&
			   analysis->intent_confidence <= 1);
	FUZZ_CHECK(analysis->impact.score >= 0 && analysis->impact.score <= 100);
	if (analysis->is_noise)
		FUZZ_CHECK(analysis->keyword_count == 0 &&
				   analysis->sentiment.label == SENTIMENT_NEUTRAL);
}

static void
check_trace(const AnalysisTrace *trace)
{
	size_t length = strlen(trace->clean_text);

	check_score(&trace->scored);
	for (int i = 0; i < trace->match_count; i++)
	{
		FUZZ_CHECK(trace->matches[i].start <= trace->matches[i].end);
		FUZZ_CHECK(trace->matches[i].end <= length);
		FUZZ_CHECK(trace->matches[i].rule != NULL);
	}
}

/* Looking for reasons changes no judgement. */
static void
check_same(const PostAnalysis *one, const PostAnalysis *other)
{
	FUZZ_CHECK(one->intent == other->intent);
	FUZZ_CHECK(one->is_noise == other->is_noise);
	FUZZ_CHECK(one->sentiment.score == other->sentiment.score);
	FUZZ_CHECK(one->impact.score == other->impact.score);
	FUZZ_CHECK(one->aspect_count == other->aspect_count);
	FUZZ_CHECK(one->keyword_count == other->keyword_count);
	for (int i = 0; i < one->keyword_count; i++)
		FUZZ_CHECK(strcmp(one->keywords[i].text, other->keywords[i].text) ==
				   0);
}

static void
analyse(const PostText *post)
{
	PostMetrics metrics = {.count = {1000, 100, 10, 10, 1, 10000},
						   .platform_weight = 1};
	PostAnalysis analysis;
	PostAnalysis again;
	AnalysisTrace trace;

	analyze_post(analyzer, rules, post, &metrics, &analysis, NULL);
	analyze_post(analyzer, rules, post, &metrics, &again, &trace);
	check_analysis(&analysis);
	check_same(&analysis, &again);
	check_trace(&trace);
}

/* --- the target --- */

/* A text and its NUL; NULL at the end of the input. */
static char *
next_text(FuzzInput *input)
{
	return input->left > 0 ? fuzz_string(input, '\0') : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = {data, size};
	PostComment comments[MOST_COMMENTS];
	PostText post = {.comments = comments};
	MemoryContext caller = MemoryContextSwitchTo(run_context);

	post.caption = next_text(&input);
	post.transcription = next_text(&input);
	while (input.left > 0 && post.comment_count < MOST_COMMENTS)
	{
		PostComment *comment = &comments[post.comment_count++];

		comment->like_count = fuzz_byte(&input);
		comment->text = fuzz_string(&input, '\0');
	}
	check_text(&post);
	analyse(&post);

	MemoryContextSwitchTo(caller);
	MemoryContextReset(run_context);
	free(post.caption);
	free(post.transcription);
	for (int i = 0; i < post.comment_count; i++)
		free(comments[i].text);
	return 0;
}
