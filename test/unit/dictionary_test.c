/*-------------------------------------------------------------------------
 *
 * dictionary_test.c
 *	  Terms of the rules are found in texts.
 *
 * Prints TAP; needs no server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdio.h>

#include "analysis/text.h"
#include "utils/memutils.h"

/* postgres.h replaces them by those of the server's library */
#undef printf
#undef snprintf

static int tests = 0;
static int failures = 0;

static Dictionary *dictionary;

static const AspectTermRule aspects[] = {
	{"sạc", ASPECT_PERFORMANCE, true},
	{"trạm sạc", ASPECT_PERFORMANCE, true},
	{"Thiết  Kế", ASPECT_DESIGN, true},
	{"giá", ASPECT_PRICE, true},
	{"giá", ASPECT_DESIGN, false},
	{"user-friendly", ASPECT_DESIGN, false},
	{"dịch vụ khách hàng", ASPECT_SERVICE, false},
};

static const SentimentTermRule sentiments[] = {
	{"đẹp", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.6, 1},
	{"không", ROLE_NEGATOR, LANGUAGE_VIETNAMESE, 0, 1},
	{"không thể chê", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.8, 1},
	{"không thể chê vào đâu", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.9, 1},
	{"giá cao", ROLE_TERM, LANGUAGE_VIETNAMESE, -0.4, 1},
	{"cao", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.1, 1},
	{"cũng", ROLE_FILLER, LANGUAGE_VIETNAMESE, 0, 1},
	{"hơi", ROLE_SOFTENER, LANGUAGE_VIETNAMESE, 0, 0.6},
	{"rất", ROLE_INTENSIFIER, LANGUAGE_VIETNAMESE, 0, 1.4},
	{"no", ROLE_NEGATOR, LANGUAGE_ENGLISH, 0, 1},
	{"very", ROLE_INTENSIFIER, LANGUAGE_ENGLISH, 0, 1.3},
	{"good", ROLE_TERM, LANGUAGE_ENGLISH, 0.6, 1},
	{"hài lòng", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.7, 1},
	{"không hài lòng", ROLE_TERM, LANGUAGE_VIETNAMESE, -0.7, 1},
	{"hợp lý", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.4, 1},
	{"khỏe", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.5, 1},
	{"chất lượng cao", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.5, 1},
	{"😍", ROLE_TERM, LANGUAGE_ANY, 0.8, 1},
	{":)", ROLE_TERM, LANGUAGE_ANY, 0.4, 1},
	{"...", ROLE_TERM, LANGUAGE_ANY, 0.4, 1},
};

static const SpamKeywordRule spam[] = {{"vay vốn"}, {"giá"}};

static const SlangRule slang[] = {{"ko", "không", false}};

static const StopWordRule stop_words[] = {
	{"và", false}, {"cho", false}, {"rất", false},
	{"the", true}, {"is", true},   {"two words", true},
};

static const TextSettings settings = {
	.min_length = 10, .max_bytes = 1000000, .max_comments = 5};

static void
ok(bool passed, const char *name)
{
	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, name);
}

static void
is_text(const char *got, const char *expected, const char *name)
{
	ok(strcmp(got, expected) == 0, name);
	if (strcmp(got, expected) != 0)
		printf("# got      \"%s\"\n# expected \"%s\"\n", got, expected);
}

static const char *
term_name(TermKind kind, int term)
{
	const DictionarySource *rules = dictionary_rules(dictionary);

	switch (kind)
	{
		case TERM_ASPECT:
			return rules->aspects[term].term;
		case TERM_SENTIMENT:
			return rules->sentiments[term].term;
		case TERM_SPAM:
			return rules->spam[term].keyword;
	}
	return "";
}

/* The matches of a kind: "term@first-end term@first-end". */
static void
finds(TermKind kind, const char *caption, const char *expected,
	  const char *name)
{
	PostText post = {NULL, (char *) caption, NULL, 0};
	CleanText text;
	TermMatches matches[TERM_KIND_COUNT];
	char list[1000] = "";

	text_prepare(&settings, dictionary, &post, &text);
	dictionary_match(dictionary, &text, matches);
	for (int i = 0; i < matches[kind].count; i++)
	{
		const TermMatch *match = &matches[kind].match[i];
		size_t length = strlen(list);

		snprintf(list + length, sizeof(list) - length, "%s%s@%d-%d",
				 i > 0 ? ", " : "", term_name(kind, match->term),
				 match->first_token, match->end_token);
	}
	is_text(list, expected, name);
}

static void
phrases(void)
{
	finds(TERM_ASPECT, "trạm sạc và sạc", "trạm sạc@0-2, sạc@3-4",
		  "the longest term at each place");
	finds(TERM_ASPECT, "sạcpin", "", "whole words only");
	finds(TERM_ASPECT, "THIẾT kế", "Thiết  Kế@0-2", "in any case");
	finds(TERM_ASPECT, "thiết, kế. thiết\nkế", "",
		  "not over a comma or a line's end");
	finds(TERM_ASPECT, "thiết (kế) - \"thiết\" kế",
		  "Thiết  Kế@0-2, Thiết  Kế@2-4", "over other marks");
	finds(TERM_ASPECT, "thiết 😍 kế", "", "not over an emoji");
	finds(TERM_ASPECT, "user friendly", "user-friendly@0-2",
		  "a hyphen is a space");
	finds(TERM_SENTIMENT, "không thể chê vào", "không thể chê@0-3",
		  "the longest that is complete");
	finds(TERM_SENTIMENT, "không thể", "không@0-1", "or only its first word");
	finds(TERM_SENTIMENT, "khoẻ quá 😍 :)", "khỏe@0-1, 😍@2-3, :)@3-4",
		  "both places of a tone, emoji, emoticons");
	finds(TERM_SPAM, "vay vốn giá rẻ", "vay vốn@0-2, giá@2-3",
		  "kinds are independent");
	finds(TERM_ASPECT, "vay vốn giá rẻ", "giá@2-3", "of each other");
	ok(dictionary_rules(dictionary)->aspects[3].aspect == ASPECT_PRICE,
	   "the first of equal rows counts");
}

static void
fillers(void)
{
	finds(TERM_SENTIMENT, "giá cũng hơi cao", "giá cao@0-4",
		  "two fillers within a phrase");
	finds(TERM_SENTIMENT, "giá cũng hơi rất cao",
		  "cũng@1-2, hơi@2-3, rất@3-4, cao@4-5", "not three");
	finds(TERM_SENTIMENT, "giá không cao", "không@1-2, cao@2-3", "no negator");
	finds(TERM_SENTIMENT, "giá cũng, cao", "cũng@1-2, cao@2-3",
		  "nor over a comma");
	finds(TERM_SENTIMENT, "giá cũng", "cũng@1-2", "nor at the end");
	finds(TERM_ASPECT, "trạm cũng sạc", "sạc@2-3", "in sentiment terms only");
}

static void
languages(void)
{
	finds(TERM_SENTIMENT, "hai long va rat good cho", "hài lòng@0-2, good@4-5",
		  "terms without their marks");
	finds(TERM_SENTIMENT, "hàng và hai long đẹp", "đẹp@4-5",
		  "but not where marks are written");
	finds(TERM_SENTIMENT, "gia cao va hop ly", "giá cao@0-2, hợp lý@3-5",
		  "not single words, though");
	finds(TERM_ASPECT, "gia va tram sac, thiet ke",
		  "trạm sạc@2-4, Thiết  Kế@4-6", "of aspects too");
	finds(TERM_SENTIMENT, "minh ko hai long va cho", "không hài lòng@1-4",
		  "with a word that slang gave its marks");
	finds(TERM_SENTIMENT, "the car is no very good",
		  "no@3-4, very@4-5, good@5-6", "English words in English");
	finds(TERM_SENTIMENT, "xe này đẹp no very good", "đẹp@2-3, good@5-6",
		  "not in Vietnamese");
	finds(TERM_SENTIMENT, "the car is the one, is không rất đẹp the is",
		  "đẹp@8-9", "nor the other way");
}

static void
words(void)
{
	struct
	{
		const char *word;
		int flags;
	} expected[] = {
		{"và", WORD_STOP},
		{"va", WORD_UNSIGNED},
		{"cho", WORD_STOP | WORD_UNSIGNED},
		{"the", WORD_STOP | WORD_ENGLISH},
		{"rất", WORD_STOP | WORD_FILLER},
		{"cũng", WORD_FILLER},
		{"hơi", WORD_FILLER},
		{"đẹp", 0},
		{"two", 0},
		{"xyz", 0},
	};
	const char *longest = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
						  "aaaaaaaaaaaaaaaaaaa"
						  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
						  "aaaaaaaaaaaaaaaaaaa";

	for (int i = 0; i < lengthof(expected); i++)
	{
		WordId word = dictionary_word(dictionary, expected[i].word,
									  strlen(expected[i].word));

		ok(dictionary_word_flags(dictionary, word) == expected[i].flags,
		   expected[i].word);
	}
	ok(dictionary_word(dictionary, "xyz", 3) == NO_WORD &&
		   dictionary_word(dictionary, "", 0) == NO_WORD &&
		   dictionary_word(dictionary, longest, strlen(longest)) == NO_WORD,
	   "words that are not known");
	ok(dictionary_word(dictionary, "thiết kế", strlen("thiết kế")) == NO_WORD,
	   "a phrase is no word");
	ok(strcmp(aspect_name(ASPECT_GENERAL), "GENERAL") == 0, "aspects' names");
}

/* Many words, and long ones: all are found again. */
static void
many_words(void)
{
	static SpamKeywordRule rows[20000];
	DictionarySource source = {.spam = rows, .spam_count = lengthof(rows)};
	Dictionary *many;
	int found = 0;

	for (int i = 0; i < lengthof(rows); i++)
	{
		char keyword[64];

		snprintf(keyword, sizeof(keyword), "w%d%s", i,
				 i % 3 == 0 ? "withalongtailthatgoesonforawhile" : "");
		rows[i].keyword = pstrdup(keyword);
	}
	many = dictionary_build(&source);
	for (int i = 0; i < lengthof(rows); i++)
	{
		const char *keyword = rows[i].keyword;

		if (dictionary_word(many, keyword, strlen(keyword)) != NO_WORD &&
			dictionary_word(many, keyword, strlen(keyword) - 1) !=
				dictionary_word(many, keyword, strlen(keyword)))
			found++;
	}
	ok(found == lengthof(rows), "20,000 words are found again");
}

/* Without any rule, and with rules that are of no use. */
static void
odd_rules(void)
{
	static const SpamKeywordRule useless[] = {
		{""},     {" \t"}, {"..."}, {"a b c d e f g h i j k l m n o p q"},
		{"\xFF"}, {"😍😍"},
	};
	static const SlangRule useless_slang[] = {{"", "x", false},
											  {"y", "", false},
											  {"a b c d", "e", false},
											  {"...", "f", false}};
	static const StopWordRule no_words[] = {{"", false}, {"!", true}};
	DictionarySource empty = {0};
	DictionarySource odd = {.spam = useless,
							.spam_count = lengthof(useless),
							.slang = useless_slang,
							.slang_count = lengthof(useless_slang),
							.stop_words = no_words,
							.stop_word_count = lengthof(no_words)};
	PostText post = {"y xe đẹp, a b c d e f 😍", "e \xFF x", NULL, 0};
	CleanText text;
	TermMatches matches[TERM_KIND_COUNT];
	Dictionary *built = dictionary_build(&empty);

	text_prepare(&settings, built, &post, &text);
	dictionary_match(built, &text, matches);
	ok(matches[TERM_SPAM].count == 0 && matches[TERM_ASPECT].count == 0 &&
		   matches[TERM_SENTIMENT].count == 0,
	   "no rule, no match");
	built = dictionary_build(&odd);
	text_prepare(&settings, built, &post, &text);
	is_text(text.data, "y xe đẹp, a b c d e f. e \xEF\xBF\xBD x",
			"rules of no use change nothing");
}

/* A dictionary keeps nothing of what it was built from. */
static void
copies(void)
{
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "rules", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	SpamKeywordRule *rows = palloc(sizeof(SpamKeywordRule));
	DictionarySource source = {.spam = rows, .spam_count = 1};
	Dictionary *built;

	rows[0].keyword = pstrdup("vay vốn");
	MemoryContextSwitchTo(before);
	built = dictionary_build(&source);
	MemoryContextDelete(context);
	ok(strcmp(dictionary_rules(built)->spam[0].keyword, "vay vốn") == 0,
	   "rows are copied");
}

int
main(void)
{
	DictionarySource source = {
		aspects,    lengthof(aspects),    sentiments, lengthof(sentiments),
		spam,       lengthof(spam),       slang,      lengthof(slang),
		stop_words, lengthof(stop_words),
	};

	dictionary = dictionary_build(&source);
	phrases();
	fillers();
	languages();
	words();
	many_words();
	odd_rules();
	copies();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
