/*-------------------------------------------------------------------------
 *
 * intent_test.c
 *	  Intents by patterns: which one wins, how surely, and where patterns
 *	  match.
 *
 * Prints TAP; needs no server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/intent.h"
#include "utils/memutils.h"

/* postgres.h replaces them by those of the server's library */
#undef printf
#undef fprintf
#undef snprintf
#undef sprintf

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

/* --- texts and matchers --- */

static const StopWordRule stop_words[] = {{"và", false},  {"không", false},
										  {"của", false}, {"the", true},
										  {"is", true},   {"this", true}};

static const DictionarySource words = {
	.stop_words = stop_words,
	.stop_word_count = lengthof(stop_words),
};

static const IntentSettings settings = {.confidence_base = 0.5,
										.confidence_step = 0.1};

static IntentMatcher *
compile(const IntentPatternRule *rules, int count)
{
	char error[512];
	int failed;
	IntentMatcher *matcher =
		intent_compile(rules, count, NULL, &failed, error, sizeof(error));

	if (matcher == NULL)
	{
		fprintf(stderr, "pattern %d: %s\n", failed, error);
		exit(2);
	}
	return matcher;
}

static void
prepare(const PostText *post, CleanText *text)
{
	static const TextSettings text_settings = {
		.min_length = 1, .max_bytes = 1000000, .max_comments = 5};
	static Dictionary *dictionary = NULL;

	if (dictionary == NULL)
		dictionary = dictionary_build(&words);
	text_prepare(&text_settings, dictionary, post, text);
}

/* The intent of a caption. */
static Intent
classify(IntentMatcher *matcher, const char *caption, double *confidence)
{
	PostText post = {.caption = pstrdup(caption)};
	CleanText text;

	prepare(&post, &text);
	return intent_classify(matcher, &settings, &text, confidence, NULL);
}

/* The caption has this intent, and this confidence. */
static void
is_intent(IntentMatcher *matcher, const char *caption, Intent expected,
		  double expected_confidence, const char *name)
{
	double confidence;
	Intent intent = classify(matcher, caption, &confidence);
	bool passed =
		intent == expected && fabs(confidence - expected_confidence) < 1e-12;

	ok(passed, name);
	if (!passed)
		printf("# got      %s %g\n# expected %s %g\n", intent_name(intent),
			   confidence, intent_name(expected), expected_confidence);
}

/* By one pattern alone, the caption is a complaint, or is none. */
static void
matches(const char *pattern, bool matches_unsigned, const char *caption,
		bool expected, const char *name)
{
	IntentPatternRule rule = {pattern, INTENT_COMPLAINT, false,
							  matches_unsigned};

	if (expected)
		is_intent(compile(&rule, 1), caption, INTENT_COMPLAINT, 0.6, name);
	else
		is_intent(compile(&rule, 1), caption, INTENT_DISCUSSION, 1, name);
}

/* --- which intent, how surely --- */

static void
test_priorities(void)
{
	/* against their order, which must not count */
	static const IntentPatternRule rules[] = {
		{"support", INTENT_SUPPORT, false, true},
		{"lead", INTENT_LEAD, false, true},
		{"complaint", INTENT_COMPLAINT, false, true},
		{"spam", INTENT_SPAM, false, true},
		{"seeding", INTENT_SEEDING, false, true},
		{"crisis", INTENT_CRISIS, false, true},
	};
	IntentMatcher *matcher = compile(rules, lengthof(rules));

	is_intent(matcher, "support lead complaint spam seeding crisis",
			  INTENT_CRISIS, 0.6, "CRISIS goes before all");
	is_intent(matcher, "support lead complaint spam seeding", INTENT_SEEDING,
			  0.6, "then SEEDING");
	is_intent(matcher, "support lead complaint spam", INTENT_SPAM, 0.6,
			  "then SPAM");
	is_intent(matcher, "support lead. complaint", INTENT_COMPLAINT, 0.6,
			  "then COMPLAINT");
	is_intent(matcher, "support\nlead", INTENT_LEAD, 0.6, "then LEAD");
	is_intent(matcher, "support", INTENT_SUPPORT, 0.6, "then SUPPORT");
	is_intent(matcher, "none", INTENT_DISCUSSION, 1,
			  "DISCUSSION if nothing matches, for certain");
	is_intent(matcher, "", INTENT_DISCUSSION, 1, "and without a text");
}

static void
test_confidence(void)
{
	static const IntentPatternRule rules[] = {
		{"một", INTENT_LEAD, false, true},
		{"hai", INTENT_LEAD, false, true},
		{"ba", INTENT_LEAD, false, true},
		{"bốn", INTENT_LEAD, false, true},
		{"năm", INTENT_LEAD, false, true},
		{"sáu", INTENT_LEAD, false, true},
		{"hỏng", INTENT_COMPLAINT, false, true},
	};
	IntentMatcher *matcher = compile(rules, lengthof(rules));

	is_intent(matcher, "một", INTENT_LEAD, 0.6, "0.6 by one pattern");
	is_intent(matcher, "một một. Một", INTENT_LEAD, 0.6,
			  "a pattern counts once");
	is_intent(matcher, "một, hai. Ba", INTENT_LEAD, 0.8, "0.8 by three");
	is_intent(matcher, "một hai ba bốn năm", INTENT_LEAD, 1, "1 by five");
	is_intent(matcher, "một hai ba bốn năm sáu", INTENT_LEAD, 1, "and by six");
	is_intent(matcher, "một hai ba, hỏng", INTENT_COMPLAINT, 0.6,
			  "patterns of the other intents do not count");
}

static void
test_author_only(void)
{
	static const IntentPatternRule rule = {"lừa đảo", INTENT_CRISIS, false,
										   true};
	PostComment comment = {pstrdup("lừa đảo"), 1};
	PostText post = {.caption = pstrdup("xe mới"),
					 .comments = &comment,
					 .comment_count = 1};
	IntentMatcher *matcher = compile(&rule, 1);
	double confidence;
	CleanText text;

	prepare(&post, &text);
	ok(intent_classify(matcher, &settings, &text, &confidence, NULL) ==
		   INTENT_DISCUSSION,
	   "what a comment says is not the author's intent");
	post.transcription = pstrdup("bọn lừa đảo");
	prepare(&post, &text);
	ok(intent_classify(matcher, &settings, &text, &confidence, NULL) ==
		   INTENT_CRISIS,
	   "what the author speaks is");
}

/* --- exceptions --- */

static void
test_exceptions(void)
{
	static const IntentPatternRule rules[] = {
		{"lừa đảo", INTENT_CRISIS, false, true},
		{"không lừa đảo", INTENT_CRISIS, true, true},
		{"không lừa", INTENT_COMPLAINT, true, true},
		{"đảo", INTENT_COMPLAINT, false, true},
		{"không lừa đảo ai", INTENT_LEAD, true, true},
	};
	IntentMatcher *matcher = compile(rules, lengthof(rules));
	IntentMatcher *crisis = compile(rules, 2);

	is_intent(crisis, "bọn lừa đảo", INTENT_CRISIS, 0.6, "without exception");
	is_intent(crisis, "họ không lừa đảo", INTENT_DISCUSSION, 1,
			  "an exception cancels the match within its own");
	is_intent(crisis, "họ không lừa đảo, bọn kia lừa đảo", INTENT_CRISIS, 0.6,
			  "a match behind it stays");
	is_intent(crisis, "bọn lừa đảo, không lừa đảo", INTENT_CRISIS, 0.6,
			  "and one before it");
	is_intent(crisis, "họ không lừa đảo. Bọn lừa đảo", INTENT_CRISIS, 0.6,
			  "and one in another sentence");
	is_intent(matcher, "họ không lừa đảo ai", INTENT_COMPLAINT, 0.6,
			  "of other intents it cancels nothing, "
			  "nor what ends behind its match");
}

/* --- with and without marks --- */

static void
test_unsigned(void)
{
	matches("lừa đảo", true, "bon nay lua dao khong va cua", true,
			"match_unsigned: a text without marks");
	matches("lừa đảo", false, "bon nay lua dao khong va cua", false,
			"not, where it is off");
	matches("lừa đảo", false, "bọn này lừa đảo", true,
			"a text with marks either way");
	matches("lừa đảo", true, "bọn này lua đảo", false,
			"in a text with marks they must be there");
	matches("giá", true, "khong giao va cua", false,
			"without marks only whole words match");
	matches("giá", true, "khong co gia va cua", true, "such as this");
	matches("lua dao", false, "bon nay lua dao khong va cua", true,
			"a pattern without marks is for all texts");
	matches("lừa đảo", true, "this is the lua dao", false,
			"English is not Vietnamese without marks");
}

static void
test_both_spellings(void)
{
	static const IntentPatternRule rules[] = {
		{"lừa đảo", INTENT_CRISIS, false, true},
		{"\\blua\\b \\bdao\\b", INTENT_CRISIS, false, true},
	};

	is_intent(compile(rules, 2), "bon nay lua dao khong va cua", INTENT_CRISIS,
			  0.7, "patterns that differ count twice");
}

/* --- sentences and windows --- */

static void
test_sentences(void)
{
	matches("giá.*bao nhiêu", true, "giá xe là bao nhiêu", true,
			".* goes on over words");
	matches("giá.*bao nhiêu", true, "giá xe, theo bạn, bao nhiêu", true,
			"over commas");
	matches("giá.*bao nhiêu", true, "giá xe. Bao nhiêu", false,
			"not over a full stop");
	matches("giá.*bao nhiêu", true, "giá xe! Bao nhiêu", false, "nor a !");
	matches("giá.*bao nhiêu", true, "giá xe? Bao nhiêu", false, "nor a ?");
	matches("giá.*bao nhiêu", true, "giá xe\nbao nhiêu", false,
			"nor a line's end");
}

/* A sentence of `first`, `length` characters of words, and `last`. */
static const char *
spread(const char *first, int length, const char *last)
{
	static char text[2000];
	char *to = text + sprintf(text, "%s", first);

	for (int i = 0; i < length; i++)
		*to++ = i % 5 == 0 || i == length - 1 ? ' ' : "mnopq"[i % 5];
	sprintf(to, "%s", last);
	return text;
}

/* Windows are 160 characters, and every other half of one begins another. */
static void
test_windows(void)
{
	matches("đầu.*cuối", true, spread("đầu", 60, "cuối"), true,
			"a gap of 60 characters");
	matches("đầu.*cuối", true, spread("đầu", 150, "cuối"), true,
			"one of 150 at the sentence's start");
	matches("đầu.*cuối", true, spread("đầu", 160, "cuối"), false,
			"not one of 160");
	matches("đầu.*cuối", true, spread("đầu", 400, "cuối"), false,
			"nor one of 400");
}

static void
test_places_in_long_sentence(void)
{
	IntentPatternRule rule = {"đầu.*cuối", INTENT_LEAD, false, true};
	IntentMatcher *matcher = compile(&rule, 1);
	double confidence;
	int found = 0;

	for (int before = 1; before <= 400; before++)
	{
		char close[2000];

		snprintf(close, sizeof(close), "%s", spread("đầu", 50, "cuối"));
		if (classify(matcher, spread("à", before, close), &confidence) ==
			INTENT_LEAD)
			found++;
	}
	ok(found == 400, "a gap of 50 wherever it is in a long sentence");
	if (found != 400)
		printf("# found at %d of 400 places\n", found);
}

/* --- no match is missed --- */

#define MOST_BEFORE 140
#define MOST_BEHIND 12

/* `length` characters without a digit, that start and end with a blank. */
static char *
put_fill(char *to, int length)
{
	for (int i = 0; i < length; i++)
		*to++ =
			i == 0 || i == length - 1 || i % 7 == 6 ? ' ' : "emnrsuv"[i % 7];
	return to;
}

/*
 * A pattern by itself finds the text with whatever before and behind it in
 * the sentence, and wherever in memory: sentences before it move it there.
 */
static void
is_always_found(const char *pattern, const char *text, const char *name)
{
	IntentPatternRule rule = {pattern, INTENT_SEEDING, false, true};
	IntentMatcher *matcher = compile(&rule, 1);
	MemoryContext scratch = AllocSetContextCreate(
		CurrentMemoryContext, "places", ALLOCSET_DEFAULT_SIZES);
	MemoryContext outside = MemoryContextSwitchTo(scratch);
	int texts = 0;
	int missed = 0;

	for (int offset = 0; offset < 64; offset++)
		for (int before = 1; before <= MOST_BEFORE; before += 3)
			for (int behind = 0; behind <= MOST_BEHIND; behind += 4)
			{
				char caption[512];
				char *to = put_fill(caption, offset);
				double confidence;

				if (offset > 2)
					to += sprintf(to, ". ");
				to = put_fill(to, before);
				to += sprintf(to, "%s", text);
				*put_fill(to, behind) = '\0';
				texts++;
				if (classify(matcher, caption, &confidence) != INTENT_SEEDING)
					missed++;
				MemoryContextReset(scratch);
			}
	MemoryContextSwitchTo(outside);
	MemoryContextDelete(scratch);
	ok(missed == 0, name);
	if (missed > 0)
		printf("# missed in %d of %d texts\n", missed, texts);
}

static void
test_every_place(void)
{
	is_always_found("0[35789][0-9]{8}", "0912345678",
					"a telephone number is found at every place");
	is_always_found("ab.*cd", "ab x cd", "and a pattern of two literals");
	is_always_found("zalo|inbox", "inbox", "and one of two alternatives");
}

/* What is read out of a pattern beforehand must not keep it from matching. */
static void
test_syntax(void)
{
	matches("[0-9]", false, "xe 5 chỗ", true, "a class");
	matches("\\bx", false, "có xe", true, "a single letter");
	matches("\\x67i\\x{e1} xe", false, "giá xe", true, "hexadecimal escapes");
	matches("\\147iá", false, "giá xe", true, "an octal escape");
	matches("\\Qgiá (xe)\\E", false, "giá (xe)", true, "a quotation");
	matches("(?i)giá", false, "giá xe", true, "a flag");
	matches("(?i:g)iá", false, "giá xe", true, "a flag of a group");
	matches("(?<so>giá) xe", false, "giá xe", true, "a group with a name");
	matches("(?x)gi á", false, "giá xe", true, "blanks that do not count");
	matches("giá(?#bao nhiêu) xe", false, "giá xe", true, "a comment");
	matches("giáx? xe", false, "giá xe", true, "a letter that may be missing");
	matches("(giá|phí){2}", false, "giáphí", true, "a group, repeated");
	matches("giá{0,2}xe", false, "đã gixe", true, "a letter, from no time on");
	matches("(bao|mấy) ?(nhiêu|tiền)|giá", false, "giá xe", true,
			"alternatives");
	matches("[[:alpha:]x]á xe", false, "bá xe", true, "a class in a class");
	matches("^giá", false, "xe. Giá", true, "a sentence's start");
	matches("giá$", false, "xe. Giá", true, "a sentence's end");
	matches("giá\\z", false, "xe. Giá", true, "its very end");
}

/* --- the trace --- */

static IntentMatches
trace_of(IntentMatcher *matcher, const char *caption, CleanText *text)
{
	PostText post = {.caption = pstrdup(caption)};
	IntentMatches trace;
	double confidence;

	prepare(&post, text);
	intent_classify(matcher, &settings, text, &confidence, &trace);
	return trace;
}

/* The trace reads like the list: "rule: text" or "rule cancelled: text". */
static void
is_trace(IntentMatcher *matcher, const char *caption, const char *expected,
		 const char *name)
{
	CleanText text;
	IntentMatches trace = trace_of(matcher, caption, &text);
	char got[1000] = "";

	for (int i = 0; i < trace.count; i++)
	{
		const IntentMatch *match = &trace.match[i];
		size_t length = strlen(got);

		snprintf(got + length, sizeof(got) - length, "%s%d%s: %.*s",
				 i > 0 ? "; " : "", match->pattern,
				 match->is_cancelled ? " cancelled" : "",
				 (int) (match->end - match->start), text.data + match->start);
	}
	ok(strcmp(got, expected) == 0, name);
	if (strcmp(got, expected) != 0)
		printf("# got      %s\n# expected %s\n", got, expected);
}

static void
test_trace(void)
{
	static const IntentPatternRule rules[] = {
		{"lừa\\s*đảo", INTENT_CRISIS, false, true},
		{"không lừa đảo", INTENT_CRISIS, true, true},
		{"giá.*bao nhiêu", INTENT_LEAD, false, true},
	};
	IntentMatcher *matcher = compile(rules, lengthof(rules));

	is_trace(matcher, "hôm nay trời đẹp", "", "nothing matched");
	is_trace(matcher, "Bọn LỪA ĐẢO này", "0: lừa đảo", "where a rule matched");
	is_trace(matcher, "giá xe bao nhiêu vậy", "2: giá xe bao nhiêu",
			 "from the start of the match to its end");
	is_trace(matcher, "họ không lừa đảo", "0 cancelled: lừa đảo",
			 "what an exception cancelled");
	is_trace(matcher, "không lừa đảo, bọn kia lừa đảo", "0: lừa đảo",
			 "what counts goes before what is cancelled");
	is_trace(matcher, "lừa đảo. Bọn lừa đảo", "0: lừa đảo; 0: lừa đảo",
			 "one for each sentence");
	is_trace(matcher, "bon nay lua dao khong va cua", "0: lua dao",
			 "in a text without marks");
	is_trace(matcher, spread("à", 300, "giá bao nhiêu"), "2: giá bao nhiêu",
			 "once, at the end of a long sentence");
	ok(strcmp(intent_rule(matcher, 2)->pattern, "giá.*bao nhiêu") == 0,
	   "a rule as it was given");
}

/* --- a cache --- */

/* Keeps what was saved last, and counts. */
typedef struct TestCache
{
	char *key;
	size_t key_length;
	char *bytes;
	size_t length;
	int fetched;
	int saved;
} TestCache;

static char *
fetch(void *context, const char *key, size_t key_length, size_t *length)
{
	TestCache *cache = context;
	char *bytes;

	if (cache->bytes == NULL || key_length != cache->key_length ||
		memcmp(key, cache->key, key_length) != 0)
		return NULL;
	cache->fetched++;
	bytes = palloc(Max(cache->length, 1));
	memcpy(bytes, cache->bytes, cache->length);
	*length = cache->length;
	return bytes;
}

static void
save(void *context, const char *key, size_t key_length, const char *bytes,
	 size_t length)
{
	TestCache *cache = context;

	cache->saved++;
	cache->key = MemoryContextAlloc(TopMemoryContext, key_length);
	memcpy(cache->key, key, key_length);
	cache->key_length = key_length;
	cache->bytes = MemoryContextAlloc(TopMemoryContext, length);
	memcpy(cache->bytes, bytes, length);
	cache->length = length;
}

static IntentMatcher *
compile_cached(const IntentPatternRule *rules, int count, TestCache *state)
{
	IntentCache cache = {fetch, save, state};
	char error[512];
	int failed;

	return intent_compile(rules, count, &cache, &failed, error, sizeof(error));
}

/* Of each spelling a literal, and "[0-9]" for what is always run. */
static const IntentPatternRule cached_rules[] = {
	{"lừa đảo", INTENT_CRISIS, false, true},
	{"giá.*bao nhiêu", INTENT_LEAD, false, true},
	{"[0-9]", INTENT_SPAM, false, true},
};

static bool
works_as_ever(IntentMatcher *matcher)
{
	double confidence;

	return matcher != NULL &&
		   classify(matcher, "bọn lừa đảo", &confidence) == INTENT_CRISIS &&
		   classify(matcher, "bon nay lua dao khong va cua", &confidence) ==
			   INTENT_CRISIS &&
		   classify(matcher, "giá xe bao nhiêu", &confidence) == INTENT_LEAD &&
		   classify(matcher, "xe 7 chỗ", &confidence) == INTENT_SPAM &&
		   classify(matcher, "trời đẹp", &confidence) == INTENT_DISCUSSION;
}

static void
test_cache(void)
{
	TestCache cache = {0};
	IntentPatternRule others[lengthof(cached_rules)];
	int count = lengthof(cached_rules);

	ok(works_as_ever(compile_cached(cached_rules, count, &cache)) &&
		   cache.saved == 1 && cache.fetched == 0,
	   "what is compiled is saved");
	ok(works_as_ever(compile_cached(cached_rules, count, &cache)) &&
		   cache.saved == 1 && cache.fetched == 1,
	   "and serves the next, who compiles nothing");
	memcpy(others, cached_rules, sizeof(others));
	others[0].pattern = "tẩy chay";
	ok(compile_cached(others, count, &cache) != NULL && cache.saved == 2 &&
		   cache.fetched == 1,
	   "but not whose patterns are others");
	others[0].matches_unsigned = false;
	ok(compile_cached(others, count, &cache) != NULL && cache.saved == 3 &&
		   cache.fetched == 1,
	   "or are spelled otherwise");
}

/* As another version of this library may have saved them. */
static void
test_unusable_cache(void)
{
	TestCache cache = {0};
	int count = lengthof(cached_rules);
	int works = 0;
	int tried = 0;
	size_t whole;

	(void) compile_cached(cached_rules, count, &cache);
	whole = cache.length;
	for (size_t length = 0; length < whole; length += length / 4 + 1)
	{
		cache.length = length;
		tried++;
		if (works_as_ever(compile_cached(cached_rules, count, &cache)) &&
			cache.saved == tried + 1 && cache.length == whole)
			works++;
	}
	ok(tried > 10 && works == tried, "bytes that end too soon are replaced");
	/* behind the length are the sources, flags first */
	cache.bytes[sizeof(uint64)] ^= 1;
	tried = cache.saved;
	ok(works_as_ever(compile_cached(cached_rules, count, &cache)) &&
		   cache.saved == tried + 1,
	   "and what was compiled of something else");
	ok(works_as_ever(compile_cached(cached_rules, count, &cache)) &&
		   cache.saved == tried + 1,
	   "by what serves");
}

static void
test_cache_failure(void)
{
	static const IntentPatternRule broken = {"(giá", INTENT_LEAD, false, true};
	TestCache cache = {0};

	ok(compile_cached(&broken, 1, &cache) == NULL && cache.saved == 0,
	   "what does not compile is not saved");
	ok(compile_cached(NULL, 0, &cache) != NULL && cache.saved == 1 &&
		   compile_cached(NULL, 0, &cache) != NULL && cache.fetched == 1,
	   "no pattern at all can be kept, too");
}

/* --- what is refused --- */

static void
is_refused(const char *pattern, const char *message, const char *name)
{
	char error[512] = "";
	bool passed = !intent_check_pattern(pattern, error, sizeof(error)) &&
				  strstr(error, message) != NULL;

	ok(passed, name);
	if (!passed)
		printf("# got      %s\n# expected %s\n", error, message);
}

static void
is_accepted(const char *pattern, const char *name)
{
	char error[512] = "";
	bool passed = intent_check_pattern(pattern, error, sizeof(error));

	ok(passed, name);
	if (!passed)
		printf("# got      %s\n", error);
}

static void
test_check_pattern(void)
{
	char longest[INTENT_PATTERN_MAX + 2];

	memset(longest, 'a', sizeof(longest));
	longest[INTENT_PATTERN_MAX + 1] = '\0';
	is_refused("", "empty", "an empty pattern");
	is_refused(" \t\r\n", "empty", "one of white space");
	is_refused(longest, "1025 bytes, more than 1024", "1025 bytes");
	longest[INTENT_PATTERN_MAX] = '\0';
	is_accepted(longest, "1024 bytes are not too many");
	is_refused("giá Xe", "lower case, so \"X\"", "an upper case letter");
	is_refused("lừa Đảo", "lower case, so \"Đ\"", "one with a mark");
	is_refused("[A-z]", "lower case, so \"A\"", "one in a class");
	is_accepted("\\bgiá\\S\\W\\x4A\\x{4A}\\p{L}", "but not in escapes");
	is_refused("(giá", "", "an open group");
	is_refused("*giá", "", "a quantifier of nothing");
	is_refused("(giá)\\1", "", "a reference back");
	is_refused("giá(?=xe)", "", "a look ahead");
	is_refused("giá*?|", "", "an alternative that matches all texts");
	is_refused(".*", "", "a pattern that matches all texts");
	is_refused("\xff\xfe", "", "what is not UTF-8");
}

/* A pattern that does not compile is named. */
static void
test_compile_failure(void)
{
	static const IntentPatternRule rules[] = {
		{"giá", INTENT_LEAD, false, true},
		{"(giá", INTENT_LEAD, false, true},
	};
	char error[512] = "";
	int failed = -1;

	ok(intent_compile(rules, 2, NULL, &failed, error, sizeof(error)) == NULL &&
		   failed == 1 && error[0] != '\0',
	   "a matcher is not made of a pattern that is none");
	is_intent(compile(NULL, 0), "giá", INTENT_DISCUSSION, 1,
			  "a matcher of no pattern matches nothing");
}

int
main(void)
{
	test_priorities();
	test_confidence();
	test_author_only();
	test_exceptions();
	test_unsigned();
	test_both_spellings();
	test_sentences();
	test_windows();
	test_places_in_long_sentence();
	test_every_place();
	test_syntax();
	test_trace();
	test_cache();
	test_unusable_cache();
	test_cache_failure();
	test_check_pattern();
	test_compile_failure();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
