/*-------------------------------------------------------------------------
 *
 * item_fields.c
 *	  Find the fields of an item that we know.
 *
 * This file knows where fields stand and what they are called, nothing of
 * what they mean: wrong types, aliases and defaults are item.c's.  A section
 * that is no object simply has no fields, so it costs nothing else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/item_fields.h"
#include "ingest/json_walk.h"

typedef struct KnownKey
{
	const char *key;
	size_t length;
	int field; /* ItemField, or CommentField in comments */
} KnownKey;

#define KEY(key, field)                                                       \
	{                                                                         \
		key, sizeof(key) - 1, field                                           \
	}

static const KnownKey meta_keys[] = {
	KEY("id", META_ID),
	KEY("platform", META_PLATFORM),
	KEY("task_type", META_TASK_TYPE),
	KEY("crawled_at", META_CRAWLED_AT),
	KEY("published_at", META_PUBLISHED_AT),
	KEY("permalink", META_PERMALINK),
	KEY("keyword_source", META_KEYWORD_SOURCE),
	KEY("pipeline_version", META_PIPELINE_VERSION),
	KEY("fetch_status", META_FETCH_STATUS),
	KEY("fetch_error", META_FETCH_ERROR),
	KEY("error_message", META_ERROR_MESSAGE),
	KEY("error_code", META_ERROR_CODE),
	KEY("error_details", META_ERROR_DETAILS),
};

static const KnownKey content_keys[] = {
	KEY("url", CONTENT_URL),
	KEY("text", CONTENT_TEXT),
	KEY("description", CONTENT_DESCRIPTION),
	KEY("transcription", CONTENT_TRANSCRIPTION),
	KEY("view_count", CONTENT_VIEWS),
	KEY("like_count", CONTENT_LIKES),
	KEY("comment_count", CONTENT_COMMENTS),
	KEY("share_count", CONTENT_SHARES),
	KEY("save_count", CONTENT_SAVES),
};

static const KnownKey interaction_keys[] = {
	KEY("views", INTERACTION_VIEWS),
	KEY("likes", INTERACTION_LIKES),
	KEY("comments_count", INTERACTION_COMMENTS),
	KEY("shares", INTERACTION_SHARES),
	KEY("saves", INTERACTION_SAVES),
};

static const KnownKey interactions_keys[] = {
	KEY("views", INTERACTIONS_VIEWS),
	KEY("likes", INTERACTIONS_LIKES),
	KEY("comments_count", INTERACTIONS_COMMENTS),
	KEY("shares", INTERACTIONS_SHARES),
	KEY("saves", INTERACTIONS_SAVES),
};

static const KnownKey author_keys[] = {
	KEY("username", AUTHOR_USERNAME),
	KEY("follower_count", AUTHOR_FOLLOWER_COUNT),
	KEY("followers", AUTHOR_FOLLOWERS),
	KEY("verified", AUTHOR_VERIFIED),
	KEY("is_verified", AUTHOR_IS_VERIFIED),
};

static const KnownKey comment_keys[] = {
	KEY("text", COMMENT_TEXT),
	KEY("like_count", COMMENT_LIKE_COUNT),
	KEY("likes", COMMENT_LIKES),
};

typedef struct Section
{
	const char *key;
	size_t length;
	const KnownKey *keys;
	int key_count;
	char opens_with;
	int level; /* of its fields */
} Section;

#define SECTION(key, keys, opens_with, level)                                 \
	{                                                                         \
		key, sizeof(key) - 1, keys, lengthof(keys), opens_with, level         \
	}

static const Section sections[] = {
	SECTION("meta", meta_keys, '{', 2),
	SECTION("content", content_keys, '{', 2),
	SECTION("author", author_keys, '{', 2),
	SECTION("comments", comment_keys, '[', 3),
	SECTION("interaction", interaction_keys, '{', 2),
	SECTION("interactions", interactions_keys, '{', 2),
};

#define COMMENTS_SECTION (&sections[3])
#define DEEPEST_LEVEL 3

typedef struct FieldReader
{
	ItemFields *fields;
	const Section *section; /* that we are in, NULL: none we know */
	CommentSpans *comment;  /* that we are in, NULL: none */
	JsonSpan *open;         /* the field whose end is to come */
	int open_level;
} FieldReader;

/* An item without the section's fields again: an equal key came before. */
static void
forget_section(ItemFields *fields, const Section *section)
{
	if (section == COMMENTS_SECTION)
	{
		fields->comment_count = 0;
		return;
	}
	for (int i = 0; i < section->key_count; i++)
		fields->field[section->keys[i].field].start = NULL;
}

static void
enter_section(FieldReader *reader, const char *key, size_t length,
			  const char *value)
{
	reader->section = NULL;
	reader->comment = NULL;
	for (size_t i = 0; i < lengthof(sections); i++)
	{
		const Section *section = &sections[i];

		if (section->length == length &&
			memcmp(section->key, key, length) == 0)
		{
			forget_section(reader->fields, section);
			if (*value == section->opens_with)
				reader->section = section;
			return;
		}
	}
}

static const KnownKey *
find_key(const Section *section, const char *key, size_t length)
{
	for (int i = 0; i < section->key_count; i++)
	{
		const KnownKey *known = &section->keys[i];

		if (known->length == length && memcmp(known->key, key, length) == 0)
			return known;
	}
	return NULL;
}

static void
field_start(void *state, int level, const char *key, size_t key_length,
			const char *value, bool is_null)
{
	FieldReader *reader = state;
	const Section *section = reader->section;
	const KnownKey *known;
	JsonSpan *span;

	if (level == 1)
	{
		enter_section(reader, key, key_length, value);
		return;
	}
	if (section == NULL || level != section->level)
		return;
	if (section == COMMENTS_SECTION && reader->comment == NULL)
		return;
	known = find_key(section, key, key_length);
	if (known == NULL)
		return;
	span = section == COMMENTS_SECTION ? &reader->comment->field[known->field]
									   : &reader->fields->field[known->field];
	span->start = NULL;
	if (is_null)
		return;
	span->start = value;
	reader->open = span;
	reader->open_level = level;
}

static void
field_end(void *state, int level, const char *value_end)
{
	FieldReader *reader = state;

	if (reader->open == NULL || level != reader->open_level)
		return;
	reader->open->end = value_end;
	reader->open = NULL;
}

/* An element of the array of comments begins. */
static void
element_start(void *state, int level, const char *value)
{
	FieldReader *reader = state;
	ItemFields *fields = reader->fields;

	if (reader->section != COMMENTS_SECTION || level != 2)
		return;
	reader->comment = NULL;
	if (*value != '{' || fields->comment_count >= ITEM_MAX_COMMENTS)
		return;
	if (fields->comment_count == fields->comment_room)
	{
		fields->comment_room *= 2;
		fields->comments = repalloc(
			fields->comments, fields->comment_room * sizeof(CommentSpans));
	}
	reader->comment = &fields->comments[fields->comment_count++];
	memset(reader->comment, 0, sizeof(CommentSpans));
}

void
item_fields_init(ItemFields *fields)
{
	fields->comment_room = 16;
	fields->comments = palloc(fields->comment_room * sizeof(CommentSpans));
	fields->comment_count = 0;
	memset(fields->field, 0, sizeof(fields->field));
}

bool
item_fields_read(ItemFields *fields, const char *text, size_t length,
				 char *error, size_t error_size)
{
	FieldReader reader = {0};
	JsonVisitor visitor = {0};

	memset(fields->field, 0, sizeof(fields->field));
	fields->comment_count = 0;
	reader.fields = fields;
	visitor.max_level = DEEPEST_LEVEL;
	visitor.field_start = field_start;
	visitor.field_end = field_end;
	visitor.element_start = element_start;
	visitor.state = &reader;
	return json_walk(text, length, &visitor, error, error_size);
}
