/*-------------------------------------------------------------------------
 *
 * event.c
 *	  From a delivery's body to an Event.
 *
 * A body may be any bytes.  Either all that the contract asks for is there
 * and an Event comes out, or a Rejection says, to the operator who will find
 * the dead letter, which field was wrong and what stood there.  This file
 * only reads: it fetches nothing, stores nothing, and raises only when memory
 * is out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "ingest/event.h"
#include "ingest/event_hash.h"
#include "ingest/json_scan.h"
#include "ingest/json_split.h"
#include "ingest/json_walk.h"
#include "ingest/timestamp.h"
#include "io/store_text.h"

/* An inline item lies three levels deep. */
#define EVENT_MAX_DEPTH (json_max_depth + 3)

/* Limits in bytes: ids stand in index rows, a platform in metrics. */
#define ID_MAX 200
#define PLATFORM_MAX 100
#define PATH_MAX_LENGTH 2000

#define EVENT_TYPE "data.collected"

typedef enum EventField
{
	EVENT_ID,
	EVENT_TYPE_NAME,
	EVENT_TIMESTAMP,
	EVENT_PAYLOAD,
	PAYLOAD_MINIO_PATH,
	PAYLOAD_ITEMS,
	PAYLOAD_JOB_ID,
	PAYLOAD_PLATFORM,
	PAYLOAD_CONTENT_COUNT,
	PAYLOAD_BATCH_INDEX,
	PAYLOAD_PROJECT_ID,
	PAYLOAD_TOTAL_BATCHES,
	PAYLOAD_TASK_TYPE,
	PAYLOAD_KEYWORD
} EventField;

#define EVENT_FIELD_COUNT (PAYLOAD_KEYWORD + 1)
#define PAYLOAD_FIRST PAYLOAD_MINIO_PATH

static const struct
{
	const char *name; /* as messages say it */
	const char *key;
	int level;
} known_fields[EVENT_FIELD_COUNT] = {
	[EVENT_ID] = {"event_id", "event_id", 1},
	[EVENT_TYPE_NAME] = {"event_type", "event_type", 1},
	[EVENT_TIMESTAMP] = {"timestamp", "timestamp", 1},
	[EVENT_PAYLOAD] = {"payload", "payload", 1},
	[PAYLOAD_MINIO_PATH] = {"payload.minio_path", "minio_path", 2},
	[PAYLOAD_ITEMS] = {"payload.items", "items", 2},
	[PAYLOAD_JOB_ID] = {"payload.job_id", "job_id", 2},
	[PAYLOAD_PLATFORM] = {"payload.platform", "platform", 2},
	[PAYLOAD_CONTENT_COUNT] = {"payload.content_count", "content_count", 2},
	[PAYLOAD_BATCH_INDEX] = {"payload.batch_index", "batch_index", 2},
	[PAYLOAD_PROJECT_ID] = {"payload.project_id", "project_id", 2},
	[PAYLOAD_TOTAL_BATCHES] = {"payload.total_batches", "total_batches", 2},
	[PAYLOAD_TASK_TYPE] = {"payload.task_type", "task_type", 2},
	[PAYLOAD_KEYWORD] = {"payload.keyword", "keyword", 2},
};

typedef struct EventReader
{
	JsonSpan field[EVENT_FIELD_COUNT];
	JsonSpan *open[3]; /* by level: the field whose end is to come */
	bool in_payload;
	Event *event;
	char *project_id; /* as the payload says it */
	Rejection *rejection;
} EventReader;

/* not pg_attribute_printf: clang does not know its gnu_printf */
static bool reject(EventReader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Always false, for the caller to return. */
static bool
reject(EventReader *reader, const char *format, ...)
{
	Rejection *rejection = reader->rejection;
	va_list arguments;

	rejection->reason = "INVALID_EVENT";
	va_start(arguments, format);
	vsnprintf(rejection->message, sizeof(rejection->message), format,
			  arguments);
	va_end(arguments);
	return false;
}

/* "payload.job_id must be ..., not VALUE" or "... is missing". */
static bool
reject_field(EventReader *reader, EventField field, const char *expected)
{
	JsonSpan span = reader->field[field];
	char found[80];

	if (span.start == NULL)
		return reject(reader, "%s is missing: it must be %s",
					  known_fields[field].name, expected);
	store_text_clean(found, sizeof(found), span.start, json_span_length(span));
	if (json_is_string(span))
		return reject(reader, "%s must be %s, not %s",
					  known_fields[field].name, expected, found);
	return reject(reader, "%s must be %s, not \"%s\"",
				  known_fields[field].name, expected, found);
}

/* What the payload that an equal key brings anew said before. */
static void
forget_payload(EventReader *reader)
{
	for (int i = PAYLOAD_FIRST; i < EVENT_FIELD_COUNT; i++)
		reader->field[i].start = NULL;
}

static void
field_start(void *state, int level, const char *key, size_t key_length,
			const char *value, bool is_null)
{
	EventReader *reader = state;

	reader->open[level] = NULL;
	if (level == 1)
		reader->in_payload = false;
	else if (!reader->in_payload)
		return;
	for (int i = 0; i < EVENT_FIELD_COUNT; i++)
	{
		if (known_fields[i].level != level ||
			strlen(known_fields[i].key) != key_length ||
			memcmp(known_fields[i].key, key, key_length) != 0)
			continue;
		if (i == EVENT_PAYLOAD)
		{
			forget_payload(reader);
			reader->in_payload = *value == '{';
		}
		reader->field[i].start = NULL;
		if (!is_null)
		{
			/* an end from the start: the text may break off within */
			reader->field[i].start = value;
			reader->field[i].end = value;
			reader->open[level] = &reader->field[i];
		}
		return;
	}
}

static void
field_end(void *state, int level, const char *value_end)
{
	EventReader *reader = state;

	if (reader->open[level] != NULL)
		reader->open[level]->end = value_end;
	reader->open[level] = NULL;
}

/* The string of 1 to `max` bytes; NULL: it is none. */
static char *
bounded_string(JsonSpan span, size_t max)
{
	char *text;
	ssize_t length;

	if (!json_is_string(span) || json_span_length(span) < 2)
		return NULL;
	text = palloc(json_span_length(span));
	length = json_decode(span, text);
	if (length >= 1 && (size_t) length <= max)
		return text;
	pfree(text);
	return NULL;
}

/* An optional string, NULL where it is none. */
static char *
any_string(EventReader *reader, EventField field)
{
	return bounded_string(reader->field[field], MaxAllocSize);
}

/* An optional integer, -1 where it is none. */
static int64
any_integer(EventReader *reader, EventField field)
{
	int64 value;

	return json_integer(reader->field[field], &value) ? value : -1;
}

/* Parse the body into spans; the event's id is read even if this fails. */
static bool
read_body(EventReader *reader, const char *body, size_t length)
{
	JsonVisitor visitor = {0};
	char error[300];
	const char *start = body;
	const char *end = body + length;
	bool is_json;
	int valid;

	if (length > MaxAllocSize)
		return reject(reader, "event of %zu bytes is too long", length);
	valid = pg_encoding_verifymbstr(PG_UTF8, body, (int) length);
	if ((size_t) valid != length)
		return reject(reader, "event is not valid UTF-8 at byte %d",
					  valid + 1);
	if (json_nested_deeper(body, length, EVENT_MAX_DEPTH))
		return reject(reader, "event is nested deeper than %d levels",
					  EVENT_MAX_DEPTH);
	start += json_byte_order_mark(body, length);
	while (start < end && memchr(" \t\r\n", *start, 4) != NULL)
		start++;
	if (start == end)
		return reject(reader, "event is empty");
	if (*start != '{')
	{
		store_text_clean(error, 64, start, end - start);
		return reject(reader, "event is not a JSON object: \"%s\"", error);
	}
	visitor.max_level = 2;
	visitor.field_start = field_start;
	visitor.field_end = field_end;
	visitor.state = reader;
	is_json = json_walk(start, end - start, &visitor, error, sizeof(error));
	reader->event->event_id = bounded_string(reader->field[EVENT_ID], ID_MAX);
	return is_json || reject(reader, "event is not valid JSON %s", error);
}

/* The fields beside the payload. */
static bool
read_envelope(EventReader *reader, TimestampTz received_at)
{
	Event *event = reader->event;
	JsonSpan type = reader->field[EVENT_TYPE_NAME];

	if (event->event_id == NULL)
		return reject_field(reader, EVENT_ID, "a string of 1 to 200 bytes");
	if (type.start != NULL &&
		!(json_is_string(type) &&
		  json_key_is(type.start, json_span_length(type), EVENT_TYPE)))
		return reject_field(reader, EVENT_TYPE_NAME, "\"" EVENT_TYPE "\"");
	event->timestamp = received_at;
	if (reader->field[EVENT_TIMESTAMP].start != NULL &&
		!timestamp_from_json(reader->field[EVENT_TIMESTAMP],
							 &event->timestamp))
		return reject_field(reader, EVENT_TIMESTAMP,
							"an ISO 8601 time with its offset");
	if (!json_is_object(reader->field[EVENT_PAYLOAD]))
		return reject_field(reader, EVENT_PAYLOAD, "an object");
	return true;
}

static bool
read_minio_path(EventReader *reader)
{
	static const char expected[] =
		"a string \"bucket/key\" of at most 2000 bytes";
	Event *event = reader->event;
	char *slash;

	event->minio_path =
		bounded_string(reader->field[PAYLOAD_MINIO_PATH], PATH_MAX_LENGTH);
	if (event->minio_path == NULL)
		return reject_field(reader, PAYLOAD_MINIO_PATH, expected);
	slash = strchr(event->minio_path, '/');
	if (slash == NULL || slash == event->minio_path || slash[1] == '\0')
		return reject_field(reader, PAYLOAD_MINIO_PATH, expected);
	event->bucket = pnstrdup(event->minio_path, slash - event->minio_path);
	event->key = pstrdup(slash + 1);
	return true;
}

/* Where the items are: in the store, or in the event itself. */
static bool
read_source(EventReader *reader)
{
	JsonSpan items = reader->field[PAYLOAD_ITEMS];

	if (items.start == NULL)
		return read_minio_path(reader);
	if (reader->field[PAYLOAD_MINIO_PATH].start != NULL)
		return reject(reader, "payload.minio_path and payload.items are both "
							  "there: an event names one batch");
	if (!json_is_array(items))
		return reject_field(reader, PAYLOAD_ITEMS, "an array");
	reader->event->items = items.start;
	reader->event->items_length = json_span_length(items);
	return true;
}

static bool
read_job(EventReader *reader)
{
	Event *event = reader->event;
	JsonSpan project = reader->field[PAYLOAD_PROJECT_ID];

	event->job_id = bounded_string(reader->field[PAYLOAD_JOB_ID], ID_MAX);
	if (event->job_id == NULL)
		return reject_field(reader, PAYLOAD_JOB_ID,
							"a string of 1 to 200 bytes");
	reader->project_id = bounded_string(project, ID_MAX);
	if (reader->project_id == NULL && project.start != NULL &&
		!(json_is_string(project) && json_span_length(project) == 2))
		return reject_field(reader, PAYLOAD_PROJECT_ID,
							"null or a string of at most 200 bytes");
	job_identify(event->job_id, reader->project_id, &event->project_id,
				 &event->subject);
	return true;
}

static bool
read_payload(EventReader *reader)
{
	Event *event = reader->event;

	if (!read_source(reader) || !read_job(reader))
		return false;
	event->platform =
		bounded_string(reader->field[PAYLOAD_PLATFORM], PLATFORM_MAX);
	if (event->platform == NULL)
		return reject_field(reader, PAYLOAD_PLATFORM,
							"a string of 1 to 100 bytes");
	for (char *p = event->platform; *p != '\0'; p++)
		*p = (char) pg_ascii_tolower((unsigned char) *p);
	if (!json_integer(reader->field[PAYLOAD_CONTENT_COUNT],
					  &event->content_count))
		return reject_field(reader, PAYLOAD_CONTENT_COUNT,
							"an integer of at least 0");
	event->batch_index = any_integer(reader, PAYLOAD_BATCH_INDEX);
	event->total_batches = any_integer(reader, PAYLOAD_TOTAL_BATCHES);
	event->task_type = any_string(reader, PAYLOAD_TASK_TYPE);
	event->keyword = any_string(reader, PAYLOAD_KEYWORD);
	return true;
}

/*
 * Over what the event says, not what was made of it: an absent timestamp is
 * absent here, whenever the event was received.
 */
static void
hash_event(const EventReader *reader, Event *event)
{
	EventHash *hash = event_hash_begin();

	event_hash_text(hash, "analytics event 1");
	event_hash_text(hash, event->event_id);
	event_hash_number(hash, reader->field[EVENT_TIMESTAMP].start != NULL,
					  event->timestamp);
	event_hash_text(hash, event->minio_path);
	event_hash_bytes(hash, event->items, event->items_length);
	event_hash_text(hash, event->job_id);
	event_hash_text(hash, event->platform);
	event_hash_number(hash, true, event->content_count);
	event_hash_number(hash, event->batch_index >= 0, event->batch_index);
	event_hash_text(hash, reader->project_id);
	event_hash_number(hash, event->total_batches >= 0, event->total_batches);
	event_hash_text(hash, event->task_type);
	event_hash_text(hash, event->keyword);
	event_hash_finish(hash, event->hash);
}

bool
event_parse(const char *body, size_t length, TimestampTz received_at,
			Event *event, Rejection *rejection)
{
	EventReader reader = {0};

	memset(event, 0, sizeof(Event));
	event->timestamp = received_at;
	reader.event = event;
	reader.rejection = rejection;
	rejection->reason = NULL;
	if (!read_body(&reader, body, length) ||
		!read_envelope(&reader, received_at) || !read_payload(&reader))
		return false;
	hash_event(&reader, event);
	return true;
}
