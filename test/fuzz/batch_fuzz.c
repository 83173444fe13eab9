/*-------------------------------------------------------------------------
 *
 * batch_fuzz.c
 *	  Fuzz target: the text of a batch becomes slices, and those BatchItems.
 *
 * The splitter is held against the server's parser, which reads whole texts:
 * what that one accepts must be split into as many items as it sees elements.
 * Slices split again must be themselves, wherever they stand.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdlib.h>

#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "fuzz.h"
#include "ingest/item.h"
#include "ingest/json_scan.h"
#include "ingest/json_walk.h"

#define MAX_ITEMS 100000
#define CRAWLED_AT (INT64CONST(818251200) * USECS_PER_SEC)

/* The server's parser goes down as deep as the text: not deeper than this. */
#define DEPTH_FOR_ORACLE 1000

typedef struct Split
{
	JsonSlice *slices;
	int count;
	bool accepted;
	char error[300];
} Split;

/* The parser takes a platform's weight from the rules: all weigh the same. */
const PlatformRule *
rules_platform(const IngestRules *rules, const char *name)
{
	static const PlatformRule rule = {.weight = 0.5};

	for (const char *c = name; *c != '\0'; c++)
		FUZZ_CHECK(*c < 'A' || *c > 'Z');
	return &rule;
}

/* --- splitting --- */

static Split
split(const char *text, size_t length, int max_items)
{
	Split result = {0};

	result.accepted =
		json_split(text, length, max_items, &result.slices, &result.count,
				   result.error, sizeof(result.error));
	if (!result.accepted)
		FUZZ_CHECK(result.error[0] != '\0' && fuzz_is_message(result.error));
	return result;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* In order, within the text, apart from each other, and trimmed. */
static void
check_places(const Split *whole, const char *text, size_t length)
{
	const char *at = text;

	for (int i = 0; i < whole->count; i++)
	{
		const JsonSlice *slice = &whole->slices[i];

		FUZZ_CHECK(slice->length > 0);
		FUZZ_CHECK(slice->start >= at);
		FUZZ_CHECK(!is_space(slice->start[0]));
		FUZZ_CHECK(!is_space(slice->start[slice->length - 1]));
		FUZZ_CHECK(i == 0 || memchr(at, ',', slice->start - at) != NULL);
		at = slice->start + slice->length;
		FUZZ_CHECK(at <= text + length);
	}
}

static void
check_limit(const Split *whole, const char *text, size_t length)
{
	FUZZ_CHECK(whole->count <= MAX_ITEMS);
	FUZZ_CHECK(split(text, length, whole->count).accepted);
	if (whole->count > 0)
		FUZZ_CHECK(!split(text, length, whole->count - 1).accepted);
}

static void
check_same_slice(const JsonSlice *one, const JsonSlice *other)
{
	FUZZ_CHECK(one->length == other->length);
	FUZZ_CHECK(memcmp(one->start, other->start, one->length) == 0);
	FUZZ_CHECK(one->fault == other->fault);
}

/* All slices between `before` and `after` are the same slices. */
static void
check_joined(const Split *whole, const char *before, const char *after)
{
	StringInfoData joined;
	Split again;

	initStringInfo(&joined);
	appendStringInfoString(&joined, before);
	for (int i = 0; i < whole->count; i++)
	{
		appendStringInfoString(&joined, i > 0 ? " ,\n" : "");
		appendBinaryStringInfo(&joined, whole->slices[i].start,
							   (int) whole->slices[i].length);
	}
	appendStringInfoString(&joined, after);
	again = split(joined.data, joined.len, MAX_ITEMS);
	FUZZ_CHECK(again.accepted && again.count == whole->count);
	for (int i = 0; i < whole->count; i++)
		check_same_slice(&whole->slices[i], &again.slices[i]);
}

/* Each slice is split into itself; the last ones of many stand for all. */
static void
check_alone(const Split *whole)
{
	for (int i = Max(0, whole->count - 16); i < whole->count; i++)
	{
		Split one = {.slices = &whole->slices[i], .count = 1};

		check_joined(&one, "[", "]");
		if (json_nested_deeper(one.slices->start, one.slices->length,
							   JSON_MAX_DEPTH))
			FUZZ_CHECK(one.slices->fault != NULL);
	}
}

static void
check_split(const Split *whole, const char *text, size_t length)
{
	check_places(whole, text, length);
	check_limit(whole, text, length);
	check_joined(whole, "\xEF\xBB\xBF\t[ ", "]\r\n");
	check_joined(whole, "{\"a\":{},\"it\\u0065ms\" : [",
				 "], \"b\":\"]\\\"\"}");
	check_alone(whole);
}

/* --- against the server's parser --- */

typedef struct Oracle
{
	const char *text;
	size_t length;
	int elements;
} Oracle;

/* A key shown as it is written is all that stands between its quotes. */
static void
check_key(void *state, int level, const char *key, size_t length,
		  const char *value, bool is_null)
{
	const Oracle *oracle = state;
	const char *before = key - 1;

	FUZZ_CHECK(value > oracle->text && value < oracle->text + oracle->length);
	if (key <= oracle->text || key >= oracle->text + oracle->length)
		return; /* it was decoded */
	FUZZ_CHECK(*before == '"' && key[length] == '"');
	do
		before--;
	while (is_space(*before));
	FUZZ_CHECK(*before == '{' || *before == ',');
}

static void
count_element(void *state, int level, const char *value)
{
	if (level == 1)
		((Oracle *) state)->elements++;
}

/* *elements: of the array; -1: it is no array.  False: it is no JSON. */
static bool
parse_whole(const char *text, size_t length, int *elements)
{
	size_t mark = json_byte_order_mark(text, length);
	Oracle oracle = {text, length, 0};
	JsonVisitor visitor = {.max_level = DEPTH_FOR_ORACLE,
						   .field_start = check_key,
						   .element_start = count_element,
						   .state = &oracle};
	char error[300];

	if (!fuzz_is_utf8(text, length) ||
		json_nested_deeper(text, length, DEPTH_FOR_ORACLE))
		return false;
	text += mark;
	length -= mark;
	if (!json_walk(text, length, &visitor, error, sizeof(error)))
	{
		FUZZ_CHECK(fuzz_is_message(error));
		return false;
	}
	while (is_space(*text))
		text++;
	*elements = *text == '[' ? oracle.elements : -1;
	return *text == '[' || *text == '{';
}

/* --- items --- */

static void
check_text(const char *text)
{
	FUZZ_CHECK(text == NULL || fuzz_is_utf8(text, strlen(text)));
}

static void
check_filled(const char *text)
{
	FUZZ_CHECK(text != NULL && text[0] != '\0');
	check_text(text);
}

static void
check_count(int64 count)
{
	FUZZ_CHECK(count >= 0 && count <= JSON_COUNT_MAX);
}

static void
check_post(const BatchItem *item)
{
	FUZZ_CHECK(strcmp(item->fetch_status, "success") == 0);
	FUZZ_CHECK(item->metrics.platform_weight == 0.5);
	for (int i = 0; i < POST_METRIC_COUNT; i++)
		check_count(item->metrics.count[i]);
	check_text(item->text.transcription);
	check_text(item->text.caption);
	FUZZ_CHECK(item->text.comment_count <= ITEM_MAX_COMMENTS);
	for (int i = 0; i < item->text.comment_count; i++)
	{
		FUZZ_CHECK(item->text.comments[i].text != NULL);
		check_text(item->text.comments[i].text);
		check_count(item->text.comments[i].like_count);
	}
}

static void
check_details(const char *details)
{
	JsonVisitor nothing = {0};
	char error[300];

	if (details == NULL)
		return;
	FUZZ_CHECK(details[0] == '{');
	FUZZ_CHECK(
		json_walk(details, strlen(details), &nothing, error, sizeof(error)));
}

static void
check_warnings(const BatchItem *item)
{
	FUZZ_CHECK(item->warning_count >= 0 &&
			   item->warning_count <= lengthof(item->warnings));
	for (int i = 0; i < item->warning_count; i++)
		check_filled(item->warnings[i]);
}

static void
check_item(const BatchItem *item, int index)
{
	FUZZ_CHECK(item->index == index);
	check_filled(item->id);
	FUZZ_CHECK(strlen(item->id) <= ITEM_ID_MAX);
	check_filled(item->platform);
	FUZZ_CHECK(strlen(item->platform) <= ITEM_PLATFORM_MAX);
	for (const char *c = item->platform; *c != '\0'; c++)
		FUZZ_CHECK(*c < 'a' || *c > 'z');
	FUZZ_CHECK(IS_VALID_TIMESTAMP(item->crawled_at));
	FUZZ_CHECK(IS_VALID_TIMESTAMP(item->published_at));
	check_filled(item->pipeline_version);
	check_text(item->permalink);
	check_text(item->author_username);
	check_text(item->task_type);
	check_text(item->keyword_source);
	check_text(item->fetch_error);
	check_details(item->error_details);
	check_warnings(item);
	if (item->kind == ITEM_POST)
	{
		check_post(item);
		return;
	}
	FUZZ_CHECK(item->kind == ITEM_ERROR);
	check_filled(item->error_code);
	check_filled(item->error_message);
	check_text(item->fetch_status);
}

/* An item says the same wherever its text lies. */
static void
check_same_item(const BatchItem *one, const BatchItem *other)
{
	FUZZ_CHECK(one->kind == other->kind);
	FUZZ_CHECK(strcmp(one->id, other->id) == 0);
	FUZZ_CHECK(one->crawled_at == other->crawled_at);
	FUZZ_CHECK(one->warning_count == other->warning_count);
	FUZZ_CHECK(one->text.comment_count == other->text.comment_count);
	if (one->kind == ITEM_ERROR)
		FUZZ_CHECK(strcmp(one->error_message, other->error_message) == 0);
}

/* Also in a block of its own, past whose end nothing may be read. */
static void
parse_item(ItemParser *parser, const JsonSlice *slice, int index)
{
	char *copy = fuzz_copy(slice->start, slice->length);
	JsonSlice alone = {copy, slice->length, slice->fault};
	BatchItem item;
	BatchItem again;

	item_parse(parser, slice, index, &item);
	check_item(&item, index);
	item_parse(parser, &alone, index, &again);
	check_same_item(&item, &again);
	free(copy);
}

static void
parse_items(const Split *whole)
{
	Event event = {
		.event_id = "evt_1",
		.timestamp = CRAWLED_AT,
		.platform = "tiktok",
		.task_type = "crawl",
	};
	ItemParser parser;

	item_parser_init(&parser, CurrentMemoryContext, &event, NULL);
	for (int i = 0; i < whole->count; i++)
		parse_item(&parser, &whole->slices[i], i);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data;
	Split whole = split(text, size, MAX_ITEMS);
	int elements;

	if (parse_whole(text, size, &elements))
	{
		FUZZ_CHECK(whole.accepted);
		FUZZ_CHECK(elements == -1 || elements == whole.count);
	}
	if (whole.accepted)
	{
		check_split(&whole, text, size);
		parse_items(&whole);
	}
	MemoryContextReset(CurrentMemoryContext);
	return 0;
}
