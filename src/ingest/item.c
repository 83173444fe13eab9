/*-------------------------------------------------------------------------
 *
 * item.c
 *	  From the text of one item to a BatchItem: types, aliases, defaults.
 *
 * One bad item must never cost another: whatever is wrong here ends as an
 * ITEM_ERROR, and nothing raises but a lack of memory.  A value of the wrong
 * type counts as absent, so it costs nothing but itself; only without an id
 * is there no item.
 *
 * Strings of an item are decoded into one allocation, sized by the spans
 * that may be decoded: decoding never makes a string longer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "ingest/item.h"
#include "ingest/timestamp.h"
#include "io/store_text.h"

#define MESSAGE_SIZE 400

/* Where a metric is read from, first alias first, and its name in warnings. */
static const struct
{
	const char *name;
	ItemField first;
	int aliases;
} metric_sources[POST_METRIC_COUNT] = {
	[METRIC_VIEWS] = {"view_count", CONTENT_VIEWS, 3},
	[METRIC_LIKES] = {"like_count", CONTENT_LIKES, 3},
	[METRIC_COMMENTS] = {"comment_count", CONTENT_COMMENTS, 3},
	[METRIC_SHARES] = {"share_count", CONTENT_SHARES, 3},
	[METRIC_SAVES] = {"save_count", CONTENT_SAVES, 3},
	[METRIC_FOLLOWERS] = {"follower_count", AUTHOR_FOLLOWER_COUNT, 2},
};

/* The item being filled, its fields, and room for its strings. */
typedef struct ItemReader
{
	const ItemParser *parser;
	BatchItem *item;
	const JsonSpan *field;
	char *room; /* where the next string goes */
} ItemReader;

static char *
ascii_upper(char *text)
{
	for (char *p = text; *p != '\0'; p++)
		*p = (char) pg_ascii_toupper((unsigned char) *p);
	return text;
}

/* "crawler_<platform>_v3", the platform in lower case */
static char *
default_pipeline_version(const char *platform)
{
	char *version = psprintf("crawler_%s_v3", platform);

	for (char *p = version; *p != '\0'; p++)
		*p = (char) pg_ascii_tolower((unsigned char) *p);
	return version;
}

void
item_parser_init(ItemParser *parser, MemoryContext kept, const Event *event,
				 const IngestRules *rules)
{
	MemoryContext caller;

	parser->event = event;
	parser->rules = rules;
	parser->platform_weight = rules_platform(rules, event->platform)->weight;
	item_fields_init(&parser->fields);

	caller = MemoryContextSwitchTo(kept);
	parser->platform = ascii_upper(pstrdup(event->platform));
	parser->pipeline_version = default_pipeline_version(event->platform);
	MemoryContextSwitchTo(caller);
}

static void
warn(ItemReader *reader, const char *field)
{
	reader->item->warnings[reader->item->warning_count++] = field;
}

/* The bytes that decoding every string of the item can take. */
static size_t
room_needed(const ItemFields *fields)
{
	size_t needed = ITEM_FIELD_COUNT; /* terminators of what is no
											 * string: an id, error_details */

	for (int i = 0; i < ITEM_FIELD_COUNT; i++)
		needed += json_span_length(fields->field[i]);
	for (int i = 0; i < fields->comment_count; i++)
		needed += json_span_length(fields->comments[i].field[COMMENT_TEXT]);
	return needed;
}

/* The string, decoded; NULL: it is absent or none. */
static char *
take_string(ItemReader *reader, JsonSpan span)
{
	char *text = reader->room;

	if (!json_is_string(span))
		return NULL;
	reader->room += json_decode(span, text) + 1;
	return text;
}

/* The value as it is written, terminated. */
static char *
take_raw(ItemReader *reader, JsonSpan span)
{
	char *text = reader->room;
	size_t length = json_span_length(span);

	memcpy(text, span.start, length);
	text[length] = '\0';
	reader->room += length + 1;
	return text;
}

static char *
text_of(ItemReader *reader, ItemField field)
{
	return take_string(reader, reader->field[field]);
}

static char *
first_text(ItemReader *reader, ItemField first, ItemField second)
{
	char *text = text_of(reader, first);

	return text != NULL ? text : text_of(reader, second);
}

static bool
is_filled(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/*
 * The first alias that is a count.  *refused: there was a value, and it could
 * not be taken.
 */
static int64
first_count(const JsonSpan *alias, int aliases, bool *refused)
{
	*refused = false;
	for (int i = 0; i < aliases; i++)
	{
		int64 count;
		JsonCount result = json_count(alias[i], &count);

		if (result != JSON_COUNT_ABSENT)
		{
			*refused = result == JSON_COUNT_REFUSED;
			return count;
		}
		if (alias[i].start != NULL)
			*refused = true;
	}
	return 0;
}

/*
 * Turn *item into the error that no part of it could be read.  What may have
 * been filled in before is forgotten.
 */
static void
parse_error(const ItemParser *parser, int index, BatchItem *item,
			const char *message)
{
	memset(item, 0, sizeof(BatchItem));
	item->kind = ITEM_ERROR;
	item->index = index;
	item->id = psprintf("unknown:%d", index);
	item->platform = parser->platform;
	item->crawled_at = parser->event->timestamp;
	item->published_at = parser->event->timestamp;
	item->task_type = parser->event->task_type;
	item->keyword_source = parser->event->keyword;
	item->pipeline_version = parser->pipeline_version;
	item->fetch_status = "error";
	item->error_code = "PARSE_ERROR";
	item->error_message = pstrdup(message);
}

/* False: message says why the slice is no item that can be stored. */
static bool
read_fields(ItemParser *parser, const JsonSlice *slice, char *message)
{
	const char *text = slice->start;
	size_t length = slice->length;
	size_t position;
	char detail[260];

	if (slice->fault != NULL)
	{
		snprintf(message, MESSAGE_SIZE, "item cannot be read: %s",
				 slice->fault);
		return false;
	}
	if (*text != '{')
	{
		store_text_clean(detail, 64, text, length);
		snprintf(message, MESSAGE_SIZE, "item is not an object: \"%s\"",
				 detail);
		return false;
	}
	position = (size_t) pg_encoding_verifymbstr(PG_UTF8, text, (int) length);
	if (position != length)
	{
		snprintf(message, MESSAGE_SIZE,
				 "item is not valid UTF-8 at byte %zu of it", position + 1);
		return false;
	}
	if (!item_fields_read(&parser->fields, text, length, detail,
						  sizeof(detail)))
	{
		snprintf(message, MESSAGE_SIZE, "item is not valid JSON %s", detail);
		return false;
	}
	if (!json_escapes_storable(text, length, &position))
	{
		snprintf(message, MESSAGE_SIZE,
				 "item holds a character that text cannot hold, \"%.6s\" at "
				 "byte %zu of it",
				 text + position - 1, position);
		return false;
	}
	return true;
}

/* False: there is no id to store the item under; message says why. */
static bool
read_id(ItemReader *reader, char *message)
{
	JsonSpan id = reader->field[META_ID];
	char *text;

	if (json_is_number(id))
		text = take_raw(reader, id);
	else
		text = take_string(reader, id);
	if (!is_filled(text))
	{
		snprintf(message, MESSAGE_SIZE,
				 "item has no meta.id that is a string or a number");
		return false;
	}
	if (strlen(text) > ITEM_ID_MAX)
	{
		char cut[64];

		store_text_clean(cut, sizeof(cut), text, strlen(text));
		snprintf(message, MESSAGE_SIZE,
				 "meta.id is longer than %d bytes: \"%s\"", ITEM_ID_MAX, cut);
		return false;
	}
	reader->item->id = text;
	return true;
}

/* The platform, its weight, and the version of the crawler that goes with it */
static void
read_platform(ItemReader *reader)
{
	const ItemParser *parser = reader->parser;
	BatchItem *item = reader->item;
	char *platform = text_of(reader, META_PLATFORM);
	char *version = text_of(reader, META_PIPELINE_VERSION);
	bool own;

	if (is_filled(platform) && strlen(platform) <= ITEM_PLATFORM_MAX)
		ascii_upper(platform);
	else
		platform = parser->platform;
	own = strcmp(platform, parser->platform) != 0;

	item->platform = platform;
	if (is_filled(version))
		item->pipeline_version = version;
	else
		item->pipeline_version = own ? default_pipeline_version(platform)
									 : parser->pipeline_version;
	if (own)
	{
		char lower[ITEM_PLATFORM_MAX + 1];
		size_t length = strlen(platform);

		for (size_t i = 0; i <= length; i++)
			lower[i] = (char) pg_ascii_tolower((unsigned char) platform[i]);
		item->metrics.platform_weight =
			rules_platform(parser->rules, lower)->weight;
	}
	else
		item->metrics.platform_weight = parser->platform_weight;
}

static TimestampTz
read_time(ItemReader *reader, ItemField field, const char *name,
		  TimestampTz otherwise)
{
	JsonSpan span = reader->field[field];
	TimestampTz time;

	if (timestamp_from_json(span, &time))
		return time;
	if (span.start != NULL)
		warn(reader, name);
	return otherwise;
}

/* What posts and errors have in common, but for the id. */
static void
read_meta(ItemReader *reader)
{
	BatchItem *item = reader->item;
	const Event *event = reader->parser->event;

	read_platform(reader);
	item->crawled_at =
		read_time(reader, META_CRAWLED_AT, "crawled_at", event->timestamp);
	item->published_at =
		read_time(reader, META_PUBLISHED_AT, "published_at", item->crawled_at);
	item->permalink = first_text(reader, META_PERMALINK, CONTENT_URL);
	item->author_username = text_of(reader, AUTHOR_USERNAME);
	item->task_type = text_of(reader, META_TASK_TYPE);
	if (item->task_type == NULL)
		item->task_type = event->task_type;
	item->keyword_source = text_of(reader, META_KEYWORD_SOURCE);
	if (item->keyword_source == NULL)
		item->keyword_source = event->keyword;
	item->fetch_error =
		first_text(reader, META_FETCH_ERROR, META_ERROR_MESSAGE);
	item->error_code = text_of(reader, META_ERROR_CODE);
	if (json_is_object(reader->field[META_ERROR_DETAILS]))
		item->error_details =
			take_raw(reader, reader->field[META_ERROR_DETAILS]);
}

static void
read_metrics(ItemReader *reader)
{
	PostMetrics *metrics = &reader->item->metrics;

	for (int i = 0; i < POST_METRIC_COUNT; i++)
	{
		bool refused;

		metrics->count[i] =
			first_count(&reader->field[metric_sources[i].first],
						metric_sources[i].aliases, &refused);
		if (refused)
			warn(reader, metric_sources[i].name);
	}
	if (!json_boolean(reader->field[AUTHOR_VERIFIED],
					  &metrics->author_verified) &&
		!json_boolean(reader->field[AUTHOR_IS_VERIFIED],
					  &metrics->author_verified))
		metrics->author_verified = false;
}

static void
read_comments(ItemReader *reader)
{
	const ItemFields *fields = &reader->parser->fields;
	PostText *text = &reader->item->text;

	if (fields->comment_count == 0)
		return;
	text->comments = palloc(fields->comment_count * sizeof(PostComment));
	for (int i = 0; i < fields->comment_count; i++)
	{
		const JsonSpan *field = fields->comments[i].field;
		PostComment *comment = &text->comments[text->comment_count];
		bool refused;

		comment->text = take_string(reader, field[COMMENT_TEXT]);
		if (comment->text == NULL)
			continue;
		/* it only ranks comments, so a refused one is not worth a warning */
		comment->like_count =
			first_count(&field[COMMENT_LIKE_COUNT], 2, &refused);
		text->comment_count++;
	}
}

static void
read_post(ItemReader *reader)
{
	BatchItem *item = reader->item;

	item->kind = ITEM_POST;
	item->fetch_status = "success";
	item->text.transcription = text_of(reader, CONTENT_TRANSCRIPTION);
	item->text.caption = first_text(reader, CONTENT_TEXT, CONTENT_DESCRIPTION);
	read_metrics(reader);
	read_comments(reader);
}

/* An item that the crawler marked as failed. */
static void
read_failure(ItemReader *reader)
{
	BatchItem *item = reader->item;

	item->kind = ITEM_ERROR;
	item->fetch_status = "error";
	if (!is_filled(item->error_code))
		item->error_code = "UNKNOWN_ERROR";
	item->error_message =
		is_filled(item->fetch_error) ? item->fetch_error : "Unknown error";
}

/* An item whose fetch_status is neither of the two that there are. */
static void
read_odd_status(ItemReader *reader)
{
	BatchItem *item = reader->item;
	JsonSpan status = reader->field[META_FETCH_STATUS];
	char cut[64];

	item->kind = ITEM_ERROR;
	item->error_code = "INVALID_RESPONSE";
	item->fetch_status = json_is_string(status) ? take_string(reader, status)
												: take_raw(reader, status);
	if (is_filled(item->fetch_error))
	{
		item->error_message = item->fetch_error;
		return;
	}
	store_text_clean(cut, sizeof(cut), item->fetch_status,
					 strlen(item->fetch_status));
	item->error_message = psprintf(
		"fetch_status is \"%s\", neither \"success\" nor \"error\"", cut);
}

static bool
status_is(const ItemReader *reader, const char *status)
{
	JsonSpan span = reader->field[META_FETCH_STATUS];

	return json_is_string(span) &&
		   json_key_is(span.start, json_span_length(span), status);
}

void
item_parse(ItemParser *parser, const JsonSlice *slice, int index,
		   BatchItem *item)
{
	ItemReader reader = {0};
	char message[MESSAGE_SIZE];

	memset(item, 0, sizeof(BatchItem));
	item->index = index;
	if (!read_fields(parser, slice, message))
	{
		parse_error(parser, index, item, message);
		return;
	}
	reader.parser = parser;
	reader.item = item;
	reader.field = parser->fields.field;
	reader.room = palloc(room_needed(&parser->fields));
	if (!read_id(&reader, message))
	{
		parse_error(parser, index, item, message);
		return;
	}
	read_meta(&reader);
	if (reader.field[META_FETCH_STATUS].start == NULL ||
		status_is(&reader, "success"))
		read_post(&reader);
	else if (status_is(&reader, "error"))
		read_failure(&reader);
	else
		read_odd_status(&reader);
}
