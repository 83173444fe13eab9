/*-------------------------------------------------------------------------
 *
 * analysis_property_test.c
 *	  What holds for the analysis of every text, whatever is in it.
 *
 * Random texts from a fixed seed through all stages, then long ones that are
 * made to cost time.  Prints TAP; needs no server.
 *
 *	  analysis_property_test [TEXTS [SEED]]
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <utf8proc.h>

#include "analysis/characters.h"
#include "analysis/text.h"
#include "property_rules.h"
#include "random_text.h"
#include "utils/memutils.h"

/* postgres.h replaces them by those of the server's library */
#undef printf
#undef snprintf

#define TEXTS 100000
#define USUAL_BYTES 250
#define LONG_BYTES 4000
#define HUGE_BYTES 1000000

/* Failures that are told in full. */
#define FAILURES_TOLD 10

typedef struct PostDraft
{
	PostText post;
	PostComment comments[8];
	char room[10][LONG_BYTES + 64];
} PostDraft;

static int tests = 0;
static int failures = 0;
static int violations = 0;
static const char *current_input = "";

static const AnalysisRules *rules;
static Analyzer *analyzer;
static const char *const *words;
static int word_count;

static void
ok(bool passed, const char *name)
{
	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, name);
}

static void
print_bytes(const char *bytes)
{
	printf("#   \"");
	for (int i = 0; i < 400 && bytes[i] != '\0'; i++)
		if (bytes[i] >= ' ' && bytes[i] < 0x7F && bytes[i] != '"')
			putchar(bytes[i]);
		else
			printf("\\x%02X\"\"", (unsigned char) bytes[i]);
	printf("\"\n");
}

static void
violated(const char *what)
{
	if (violations++ >= FAILURES_TOLD)
		return;
	printf("# violated: %s\n", what);
	print_bytes(current_input);
}

#define HOLDS(condition) ((condition) ? (void) 0 : violated(#condition))

/* --- the clean text --- */

static bool
is_nfkc(const char *data)
{
	char *normal = (char *) utf8proc_NFKC((const utf8proc_uint8_t *) data);
	bool same = normal != NULL && strcmp(normal, data) == 0;

	free(normal);
	return same;
}

/* What may stand in a clean text, by Unicode's word alone. */
static bool
is_clean(int32 character)
{
	const utf8proc_property_t *property = utf8proc_get_property(character);

	switch ((utf8proc_category_t) property->category)
	{
		case UTF8PROC_CATEGORY_CC:
		case UTF8PROC_CATEGORY_CF:
		case UTF8PROC_CATEGORY_ZL:
		case UTF8PROC_CATEGORY_ZP:
			return false;
		case UTF8PROC_CATEGORY_ZS:
			return character == ' ';
		default:
			return property->boundclass !=
					   UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC &&
				   utf8proc_tolower(character) == character;
	}
}

static void
check_characters(const CleanText *text)
{
	const char *at = text->data;
	const char *end = at + text->length;
	int characters = 0;

	while (at < end)
	{
		int32 character;
		int bytes = character_decode(at, end, &character);

		HOLDS(bytes > 0);
		if (bytes == 0)
			return;
		HOLDS(is_clean(character));
		HOLDS(character != ' ' || at[1] != ' ');
		characters++;
		at += bytes;
	}
	HOLDS(characters == text->total_length);
	HOLDS(text->data[text->length] == '\0' &&
		  strlen(text->data) == text->length);
	HOLDS(text->length == 0 || text->data[0] != ' ');
	if (text->length <= LONG_BYTES * 4)
		HOLDS(is_nfkc(text->data));
}

static bool
is_boundary(const CleanText *text, uint32 offset)
{
	return offset == text->length ||
		   ((unsigned char) text->data[offset] & 0xC0) != 0x80;
}

static void
check_tokens(const CleanText *text)
{
	uint32 end = 0;
	int emoji = 0;

	for (int i = 0; i < text->token_count; i++)
	{
		const Token *token = &text->tokens[i];
		size_t length = token->end - token->start;

		HOLDS(token->start >= end && token->end >= token->start);
		HOLDS(token->end <= text->length);
		HOLDS(is_boundary(text, token->start) &&
			  is_boundary(text, token->end));
		HOLDS(token->boundary <= BOUNDARY_PART);
		HOLDS(token->exclamations <= 3 && token->questions <= 3);
		if (token->flags & TOKEN_EMOJI)
		{
			HOLDS(length == 0);
			emoji++;
		}
		else
		{
			HOLDS(length > 0);
			HOLDS(token->word == dictionary_word(rules->dictionary,
												 text->data + token->start,
												 length));
		}
		end = token->end;
	}
	HOLDS(emoji == text->emoji_count);
	HOLDS(text->word_count == text->token_count - emoji);
}

static void
check_parts(const CleanText *text)
{
	uint32 end = 0;
	int token = 0;

	HOLDS(text->part_count <= TEXT_MAX_PARTS);
	HOLDS(text->author_parts <= Min(text->part_count, 2));
	for (int i = 0; i < text->part_count; i++)
	{
		const TextPart *part = &text->parts[i];

		HOLDS(part->start >= end && part->end >= part->start);
		HOLDS(part->first_token == token && part->end_token > token);
		HOLDS(text->tokens[token].boundary == BOUNDARY_PART);
		HOLDS(text->tokens[token].start >= part->start);
		HOLDS(text->tokens[part->end_token - 1].end <= part->end);
		HOLDS(part->end == part->start ||
			  strchr(" .!?;:,", text->data[part->end - 1]) == NULL);
		HOLDS(part->is_vietnamese + part->is_unsigned + part->is_english <= 1);
		HOLDS((part->source == SOURCE_COMMENT) == (i >= text->author_parts));
		for (int k = token + 1; k < part->end_token; k++)
			HOLDS(text->tokens[k].boundary < BOUNDARY_PART);
		token = part->end_token;
		end = part->end;
	}
	HOLDS(token == text->token_count);
	HOLDS(end == text->length);
}

static void
check_sentences(const CleanText *text)
{
	uint32 end = 0;
	int token = 0;

	for (int i = 0; i < text->sentence_count; i++)
	{
		const Sentence *sentence = &text->sentences[i];
		const TextPart *part = &text->parts[sentence->part];

		HOLDS(sentence->start >= end && sentence->end >= sentence->start);
		HOLDS(sentence->start >= part->start && sentence->end <= part->end);
		HOLDS(sentence->first_token == token && sentence->end_token > token);
		HOLDS(sentence->end_token <= part->end_token);
		HOLDS(text->tokens[token].boundary >= BOUNDARY_SENTENCE);
		HOLDS(text->tokens[token].start >= sentence->start);
		HOLDS(text->tokens[sentence->end_token - 1].end <= sentence->end);
		for (int k = token + 1; k < sentence->end_token; k++)
			HOLDS(text->tokens[k].boundary < BOUNDARY_SENTENCE);
		token = sentence->end_token;
		end = sentence->end;
	}
	HOLDS(token == text->token_count);
}

static void
check_signals(const CleanText *text)
{
	HOLDS(text->author_length <= text->total_length);
	HOLDS(text->hashtag_ratio >= 0);
	HOLDS(text->reduction_ratio >= 0 && text->reduction_ratio <= 1);
	HOLDS(text->is_too_short ==
		  (text->author_length < rules->text.min_length));
	HOLDS(text_characters(text, text->length) == text->total_length);
}

static int
terms_of(const DictionarySource *source, int kind)
{
	return kind == TERM_ASPECT      ? source->aspect_count
		   : kind == TERM_SENTIMENT ? source->sentiment_count
									: source->spam_count;
}

static void
check_matches(const CleanText *text, const TermMatches *matches, int kind)
{
	int end = 0;
	int part = 0;

	for (int i = 0; i < matches->count; i++)
	{
		const TermMatch *match = &matches->match[i];

		HOLDS(match->term >= 0 &&
			  match->term <
				  terms_of(dictionary_rules(rules->dictionary), kind));
		HOLDS(match->first_token >= end);
		HOLDS(match->end_token > match->first_token);
		HOLDS(match->end_token <= text->token_count);
		while (text->parts[part].end_token <= match->first_token)
			part++;
		HOLDS(match->end_token <= text->parts[part].end_token);
		for (int k = match->first_token + 1; k < match->end_token; k++)
			HOLDS(text->tokens[k].boundary == BOUNDARY_NONE);
		end = match->end_token;
	}
}

static void
check_text(const PostText *post)
{
	CleanText text;
	TermMatches matches[TERM_KIND_COUNT];

	text_prepare(&rules->text, rules->dictionary, post, &text);
	dictionary_match(rules->dictionary, &text, matches);
	check_characters(&text);
	check_tokens(&text);
	check_parts(&text);
	check_sentences(&text);
	check_signals(&text);
	for (int kind = 0; kind < TERM_KIND_COUNT; kind++)
		check_matches(&text, &matches[kind], kind);
}

/* --- the analysis --- */

static void
check_score(const SentimentScore *score)
{
	double sum =
		score->probability[0] + score->probability[1] + score->probability[2];

	HOLDS(fabs(sum - 1) < 1e-9);
	for (int i = 0; i < 3; i++)
		HOLDS(score->probability[i] >= 0 && score->probability[i] <= 1);
	HOLDS(score->score >= -1 && score->score <= 1);
	HOLDS(score->confidence >= 0 && score->confidence <= 1);
	HOLDS(score->rating >= 1 && score->rating <= 5);
}

static bool
is_utf8(const char *text)
{
	const char *end = text + strlen(text);
	int32 character;

	while (text < end)
	{
		int bytes = character_decode(text, end, &character);

		if (bytes == 0)
			return false;
		text += bytes;
	}
	return true;
}

static void
check_keywords(const PostAnalysis *analysis)
{
	HOLDS(analysis->keyword_count >= 0 && analysis->keyword_count <= 30);
	for (int i = 0; i < analysis->keyword_count; i++)
	{
		const Keyword *keyword = &analysis->keywords[i];

		HOLDS(keyword->text[0] != '\0' && is_utf8(keyword->text));
		HOLDS(keyword->score >= 0 && keyword->score <= 1);
		HOLDS(keyword->count > 0);
		HOLDS(i == 0 || keyword->score <= analysis->keywords[i - 1].score);
	}
}

static void
check_aspects(const PostAnalysis *analysis)
{
	HOLDS(analysis->aspect_count >= 0 &&
		  analysis->aspect_count <= ASPECT_COUNT);
	for (int i = 0; i < analysis->aspect_count; i++)
	{
		const AspectSentiment *aspect = &analysis->aspects[i];

		check_score(&aspect->sentiment);
		HOLDS(aspect->mentions > 0 && aspect->keyword_count > 0);
		HOLDS(aspect->keyword_count <= aspect->mentions);
	}
}

static void
check_noise(const PostAnalysis *analysis)
{
	if (!analysis->is_noise)
		return;
	HOLDS(analysis->sentiment.label == SENTIMENT_NEUTRAL);
	HOLDS(analysis->keyword_count == 0 && analysis->aspect_count == 0);
	HOLDS(analysis->impact.score == 0 && analysis->impact.risk == RISK_LOW);
}

static void
check_trace(const AnalysisTrace *trace)
{
	size_t length = strlen(trace->clean_text);

	check_score(&trace->scored);
	for (int i = 0; i < trace->match_count; i++)
	{
		const TracedMatch *match = &trace->matches[i];

		HOLDS(match->start <= match->end && match->end <= length);
		HOLDS(match->table != NULL && match->rule != NULL);
		HOLDS(i == 0 || match->start >= trace->matches[i - 1].start);
	}
}

static bool
same_analysis(const PostAnalysis *one, const PostAnalysis *other)
{
	if (one->keyword_count != other->keyword_count ||
		one->aspect_count != other->aspect_count ||
		one->intent != other->intent || one->is_noise != other->is_noise ||
		one->sentiment.score != other->sentiment.score)
		return false;
	for (int i = 0; i < one->keyword_count; i++)
		if (strcmp(one->keywords[i].text, other->keywords[i].text) != 0)
			return false;
	return true;
}

static PostMetrics
random_metrics(RandomSource *source)
{
	PostMetrics metrics = {.platform_weight = 1};

	for (int i = 0; i < POST_METRIC_COUNT; i++)
		metrics.count[i] = random_below(source, 1000000);
	return metrics;
}

static void
check_analysis(const PostText *post, const PostMetrics *metrics)
{
	PostAnalysis analysis;
	PostAnalysis again;
	AnalysisTrace trace;

	analyze_post(analyzer, rules, post, metrics, &analysis, &trace);
	analyze_post(analyzer, rules, post, metrics, &again, NULL);
	HOLDS(same_analysis(&analysis, &again));
	check_score(&analysis.sentiment);
	HOLDS(analysis.intent_confidence >= 0.5 &&
		  analysis.intent_confidence <= 1);
	HOLDS(analysis.impact.score >= 0 && analysis.impact.score <= 100);
	check_keywords(&analysis);
	check_aspects(&analysis);
	check_noise(&analysis);
	check_trace(&trace);
}

/* --- texts --- */

static char *
draw_text(RandomSource *source, char *room)
{
	size_t bytes = random_below(source, USUAL_BYTES);

	if (random_below(source, 200) == 0)
		bytes = random_below(source, LONG_BYTES);
	random_text(source, words, word_count, bytes, room);
	return room;
}

/* Mostly a caption alone; some have all that a post may have. */
static void
draw_post(RandomSource *source, PostDraft *draft)
{
	memset(&draft->post, 0, sizeof(draft->post));
	draft->post.caption = draw_text(source, draft->room[0]);
	current_input = draft->post.caption;
	draft->post.comments = draft->comments;
	if (random_below(source, 4) != 0)
		return;
	if (random_below(source, 2) == 0)
		draft->post.transcription = draw_text(source, draft->room[1]);
	draft->post.comment_count =
		(int) random_below(source, lengthof(draft->comments) + 1);
	for (int i = 0; i < draft->post.comment_count; i++)
	{
		draft->comments[i].text = draw_text(source, draft->room[2 + i]);
		draft->comments[i].like_count = random_below(source, 5);
	}
}

static void
random_texts(int texts, uint64 seed)
{
	static PostDraft draft;
	RandomSource source = {seed};
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "one text", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	char name[64];

	for (int i = 0; i < texts; i++)
	{
		PostMetrics metrics = random_metrics(&source);

		draw_post(&source, &draft);
		check_text(&draft.post);
		check_analysis(&draft.post, &metrics);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(before);
	MemoryContextDelete(context);
	snprintf(name, sizeof(name), "%d random texts", texts);
	ok(violations == 0, name);
}

static double
cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* A megabyte of one thing; what it costs is told, not judged. */
static void
huge_text(const char *unit, const char *what)
{
	static char text[HUGE_BYTES + 1];
	PostText post = {NULL, text, NULL, 0};
	PostMetrics metrics = {.platform_weight = 1};
	PostAnalysis analysis;
	int before = violations;
	double started;
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "huge text", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	char name[128];

	current_input = unit;
	repeat_text(unit, HUGE_BYTES, text);
	started = cpu_seconds();
	analyze_post(analyzer, rules, &post, &metrics, &analysis, NULL);
	started = cpu_seconds() - started;
	check_text(&post);
	check_score(&analysis.sentiment);
	check_keywords(&analysis);
	check_aspects(&analysis);
	snprintf(name, sizeof(name), "a megabyte of %s", what);
	ok(violations == before, name);
	printf("# %.1f ms\n", started * 1e3);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

static void
huge_texts(void)
{
	/* an override and a letter, as bytes so that no editor obeys them */
	static const char right_to_left[] = {'\xE2', '\x80', '\xAE',
										 '\xD8', '\xA7', '\0'};
	static const struct
	{
		const char *unit;
		const char *what;
	} texts[] = {
		{"#", "number signs"},
		{":)", "emoticons"},
		{"a", "one letter"},
		{"a ", "one letter words"},
		{"/", "slashes"},
		{"0912345678 ", "one phone number"},
		{"0 ", "digits"},
		{"1.", "dotted digits"},
		{"không ", "negators"},
		{"không thể chê vào đâu được ", "one phrase"},
		{"giá cũng hơi cao ", "phrases with fillers"},
		{"rất đẹp nhưng giá cao, ", "contrasts"},
		{"khong the che ", "words without marks"},
		{"k ", "slang"},
		{"lol is the ", "English slang"},
		{"đẹpppp ", "repeated letters"},
		{"aaabbb", "repeated letters in one word"},
		{"!? ", "marks"},
		{"x\n", "lines"},
		{"pin. ", "sentences"},
		{"😀", "emoji"},
		{"👨\u200D", "joined emoji"},
		{"a\u0323\u0302\u0301", "letters with marks"},
		{"\u0301\u0323", "marks without letters"},
		{"\uFDFA", "the longest compatibility mapping"},
		{"Ａ", "full width letters"},
		{"\xFF"
		 "a",
		 "invalid bytes"},
		{right_to_left, "right to left overrides"},
		{"http://a.b ", "addresses"},
		{"lừa đảo ", "one intent"},
		{"thất vọng quá, lỗi hoài không sửa. ", "complaints"},
		{"thiết kế pin giá bảo hành nhân viên đẹp tệ ", "aspects"},
		{"abcdefgh ijklmnop qrstuvwx yzabcdef ghijklmn ", "unknown words"},
	};

	for (int i = 0; i < lengthof(texts); i++)
		huge_text(texts[i].unit, texts[i].what);
}

int
main(int argc, char **argv)
{
	int texts = argc > 1 ? (int) strtol(argv[1], NULL, 10) : TEXTS;
	uint64 seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	double started = cpu_seconds();

	rules = property_rules();
	words = property_words(&word_count);
	analyzer = analyzer_create();
	random_texts(texts, seed);
	printf("# %.1f s\n", cpu_seconds() - started);
	huge_texts();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
