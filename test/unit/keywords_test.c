/*-------------------------------------------------------------------------
 *
 * keywords_test.c
 *	  Keywords of the rules, those of statistics beside them, and aspects.
 *
 * Prints TAP; needs no server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdio.h>

#include "analysis/keywords.h"

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

static const AspectTermRule aspect_terms[] = {
	{"Trạm Sạc", ASPECT_PERFORMANCE, true},
	{"pin", ASPECT_PERFORMANCE, true},
	{"giá", ASPECT_PRICE, true},
	{"giá cả hợp lý", ASPECT_PRICE, false},
	{"chăm sóc khách hàng", ASPECT_SERVICE, false},
	{"khách hàng thân thiết", ASPECT_PRICE, true},
	{"thiết kế", ASPECT_DESIGN, true},
};

static const StopWordRule stop_words[] = {
	{"và", false}, {"của", false}, {"rất", false}};

static const DictionarySource rules = {
	.aspects = aspect_terms,
	.aspect_count = lengthof(aspect_terms),
	.stop_words = stop_words,
	.stop_word_count = lengthof(stop_words),
};

/* Extract the keywords of a caption. */
static Keyword *
keywords_of(const char *caption, int enough, int maximum, int *count)
{
	static const TextSettings text_settings = {
		.min_length = 1, .max_bytes = 100000, .max_comments = 5};
	static Dictionary *dictionary = NULL;
	KeywordSettings settings = {enough, maximum, 0.8};
	PostText post = {.caption = pstrdup(caption)};
	TermMatches matches[TERM_KIND_COUNT];
	CleanText clean;

	if (dictionary == NULL)
		dictionary = dictionary_build(&rules);
	text_prepare(&text_settings, dictionary, &post, &clean);
	dictionary_match(dictionary, &clean, matches);
	return keywords_extract(&settings, dictionary, &clean,
							&matches[TERM_ASPECT], count);
}

/* The dictionary keywords are those of the list: "keyword ASPECT count". */
static void
are_dictionary_keywords(const char *caption, int maximum, const char *list,
						const char *name)
{
	char got[1000] = "";
	int count;
	Keyword *keywords = keywords_of(caption, 0, maximum, &count);

	for (int i = 0; i < count; i++)
	{
		size_t length = strlen(got);

		snprintf(got + length, sizeof(got) - length, "%s%s %s %d",
				 i > 0 ? ", " : "", keywords[i].text,
				 aspect_name(keywords[i].aspect), keywords[i].count);
		if (keywords[i].is_statistical || keywords[i].score != 1)
			snprintf(got, sizeof(got), "a statistical keyword");
	}
	ok(strcmp(got, list) == 0, name);
	if (strcmp(got, list) != 0)
		printf("# got      %s\n# expected %s\n", got, list);
}

/* How often the keyword is there; its last entry is *found. */
static int
find_keyword(const Keyword *keywords, int count, const char *text,
			 Keyword *found)
{
	int entries = 0;

	for (int i = 0; i < count; i++)
	{
		if (strcmp(keywords[i].text, text) != 0)
			continue;
		*found = keywords[i];
		entries++;
	}
	return entries;
}

/* The caption has a statistical keyword, and it has this aspect. */
static void
has_aspect(const char *caption, const char *text, Aspect aspect,
		   const char *name)
{
	int count;
	Keyword *keywords = keywords_of(caption, 30, 30, &count);
	Keyword found = {0};
	int entries = find_keyword(keywords, count, text, &found);
	bool passed =
		entries == 1 && found.is_statistical && found.aspect == aspect;

	ok(passed, name);
	if (!passed)
		printf("# %d of them, aspect %s\n", entries,
			   aspect_name(found.aspect));
}

static void
test_dictionary_keywords(void)
{
	are_dictionary_keywords(
		"Giá xe cao, pin yếu. Trạm sạc đâu? Giá, pin, pin", 30,
		"giá PRICE 2, pin PERFORMANCE 3, Trạm Sạc PERFORMANCE 1",
		"terms are as the rules write them, by first position, counted");
	are_dictionary_keywords("pin và giá, pin", 1, "pin PERFORMANCE 2",
							"no more keywords than the maximum");
	are_dictionary_keywords("pin và giá", 0, "",
							"a maximum of 0 leaves no keyword");
	are_dictionary_keywords("tram sac rat dep va re khong", 30,
							"Trạm Sạc PERFORMANCE 1",
							"an unsigned mention is the same keyword");
}

static void
test_enough(void)
{
	int count;

	keywords_of("pin và giá của xe", 2, 30, &count);
	ok(count == 2, "statistics add nothing to enough different terms");
	keywords_of("pin và pin của xe", 2, 30, &count);
	ok(count > 1, "one term named twice is not enough");
}

static void
test_order(void)
{
	int count;
	Keyword *keywords =
		keywords_of("xe chạy êm và pin rất bền, nội thất sang trọng. Xe tốt",
					5, 30, &count);
	bool sorted = count > 3 && strcmp(keywords[0].text, "pin") == 0 &&
				  !keywords[0].is_statistical;

	for (int i = 1; i < count; i++)
		sorted = sorted && keywords[i].is_statistical &&
				 keywords[i].score > 0 && keywords[i].score < 1 &&
				 (i == 1 || keywords[i].score <= keywords[i - 1].score);
	ok(sorted, "dictionary first, then by falling score");
}

static void
test_no_repetition(void)
{
	int count;
	Keyword found;
	Keyword *keywords =
		keywords_of("Trạm sạc nhanh và trạm sạc chậm, sạc", 5, 30, &count);

	ok(find_keyword(keywords, count, "trạm sạc", &found) == 0 &&
		   find_keyword(keywords, count, "Trạm Sạc", &found) == 1,
	   "a keyword of the rules is no statistical one too");
	ok(find_keyword(keywords, count, "sạc", &found) == 1 && found.count == 3,
	   "a word of it may be one");
}

static void
test_aspects(void)
{
	has_aspect("trạm sạc xa quá", "sạc", ASPECT_PERFORMANCE,
			   "a word that a term contains has its aspect");
	has_aspect("pin vinfast bền", "pin vinfast", ASPECT_PERFORMANCE,
			   "words that contain a term have its aspect");
	has_aspect("màn hình sạch bóng", "sạch", ASPECT_GENERAL,
			   "letters that a term contains have none");
	has_aspect("màn hình sạch bóng", "màn hình", ASPECT_GENERAL,
			   "what the rules do not know is GENERAL");
	has_aspect("xe hợp lý nhất", "hợp lý", ASPECT_PRICE,
			   "two words in the middle of a term have its aspect");
	has_aspect("anh khách hàng vui", "khách hàng", ASPECT_PRICE,
			   "a primary term goes before a secondary one");
	has_aspect("pin giá rẻ quá", "pin giá", ASPECT_PERFORMANCE,
			   "of two terms the left one has its way");
	has_aspect("khach hang khong vui va rat buon", "khach hang", ASPECT_PRICE,
			   "terms are found without their marks in unsigned text");
}

int
main(void)
{
	test_dictionary_keywords();
	test_enough();
	test_order();
	test_no_repetition();
	test_aspects();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
