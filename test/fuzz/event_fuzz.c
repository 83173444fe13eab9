/*-------------------------------------------------------------------------
 *
 * event_fuzz.c
 *	  Fuzz target: the body of a delivery becomes an Event or a Rejection.
 *
 * What an event says must not depend on white space around it, on the time of
 * receipt or on how its strings are escaped: each accepted event is written
 * anew, in another order and with every character escaped, and must be the
 * same event again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "fuzz.h"
#include "ingest/event.h"
#include "ingest/timestamp.h"

#define RECEIVED_AT (INT64CONST(818251200) * USECS_PER_SEC) /* 2025-12-05 */

typedef struct Parsed
{
	char *body; /* malloc'd */
	size_t length;
	bool accepted;
	Event event;
	Rejection rejection;
} Parsed;

/* Parse `before` + text + `after`, in a block that ends there. */
static Parsed
parse(const char *before, const char *text, size_t length, const char *after,
	  TimestampTz received_at)
{
	Parsed parsed;
	StringInfoData body;

	initStringInfo(&body);
	appendStringInfoString(&body, before);
	appendBinaryStringInfo(&body, text, (int) length);
	appendStringInfoString(&body, after);
	parsed.length = body.len;
	parsed.body = fuzz_copy(body.data, body.len);
	parsed.accepted = event_parse(parsed.body, parsed.length, received_at,
								  &parsed.event, &parsed.rejection);
	return parsed;
}

/* --- limits --- */

static void
check_text(const char *text, size_t longest)
{
	FUZZ_CHECK(text != NULL && text[0] != '\0');
	FUZZ_CHECK(strlen(text) <= longest);
	FUZZ_CHECK(fuzz_is_utf8(text, strlen(text)));
}

static void
check_optional_text(const char *text, size_t longest)
{
	if (text != NULL)
		check_text(text, longest);
}

/* bucket/key, or items within the body: one of the two */
static void
check_source(const Parsed *parsed)
{
	const Event *event = &parsed->event;

	FUZZ_CHECK((event->minio_path != NULL) != (event->items != NULL));
	if (event->items != NULL)
	{
		FUZZ_CHECK(event->items >= parsed->body);
		FUZZ_CHECK(event->items + event->items_length <=
				   parsed->body + parsed->length);
		FUZZ_CHECK(event->items_length >= 2 && event->items[0] == '[' &&
				   event->items[event->items_length - 1] == ']');
		return;
	}
	check_text(event->minio_path, 2000);
	check_text(event->bucket, 2000);
	check_text(event->key, 2000);
	FUZZ_CHECK(strchr(event->bucket, '/') == NULL);
	FUZZ_CHECK(strcmp(event->minio_path,
					  psprintf("%s/%s", event->bucket, event->key)) == 0);
}

/* A subject is cut out of a job id {project}-{subject}-{n}. */
static void
check_job(const Event *event)
{
	const char *rest;
	char *stem;

	check_text(event->job_id, 200);
	check_optional_text(event->project_id, 200);
	check_optional_text(event->subject, 200);
	if (event->subject == NULL)
		return;
	FUZZ_CHECK(event->project_id != NULL);
	stem = psprintf("%s-%s-", event->project_id, event->subject);
	FUZZ_CHECK(strncmp(event->job_id, stem, strlen(stem)) == 0);
	rest = event->job_id + strlen(stem);
	FUZZ_CHECK(rest[0] != '\0' && rest[strspn(rest, "0123456789")] == '\0');
}

static void
check_event(const Parsed *parsed)
{
	const Event *event = &parsed->event;

	check_text(event->event_id, 200);
	check_text(event->platform, 100);
	for (const char *c = event->platform; *c != '\0'; c++)
		FUZZ_CHECK(*c < 'A' || *c > 'Z');
	FUZZ_CHECK(IS_VALID_TIMESTAMP(event->timestamp));
	FUZZ_CHECK(event->content_count >= 0);
	FUZZ_CHECK(event->batch_index >= -1 && event->total_batches >= -1);
	check_optional_text(event->task_type, parsed->length);
	check_optional_text(event->keyword, parsed->length);
	check_source(parsed);
	check_job(event);
}

static void
check_rejection(const Parsed *parsed)
{
	FUZZ_CHECK(parsed->rejection.reason != NULL &&
			   strcmp(parsed->rejection.reason, "INVALID_EVENT") == 0);
	FUZZ_CHECK(parsed->rejection.message[0] != '\0');
	FUZZ_CHECK(fuzz_is_message(parsed->rejection.message));
	check_optional_text(parsed->event.event_id, 200);
}

/* --- the same event --- */

static bool
same_text(const char *one, const char *other)
{
	if (one == NULL || other == NULL)
		return one == other;
	return strcmp(one, other) == 0;
}

/* All but the timestamp and the hash. */
static void
check_same_fields(const Event *one, const Event *other)
{
	FUZZ_CHECK(same_text(one->event_id, other->event_id));
	FUZZ_CHECK(same_text(one->minio_path, other->minio_path));
	FUZZ_CHECK(one->items_length == other->items_length);
	FUZZ_CHECK(one->items_length == 0 ||
			   memcmp(one->items, other->items, one->items_length) == 0);
	FUZZ_CHECK(same_text(one->job_id, other->job_id));
	FUZZ_CHECK(same_text(one->platform, other->platform));
	FUZZ_CHECK(one->content_count == other->content_count);
	FUZZ_CHECK(one->batch_index == other->batch_index);
	FUZZ_CHECK(one->total_batches == other->total_batches);
	FUZZ_CHECK(same_text(one->task_type, other->task_type));
	FUZZ_CHECK(same_text(one->keyword, other->keyword));
	FUZZ_CHECK(same_text(one->project_id, other->project_id));
	FUZZ_CHECK(same_text(one->subject, other->subject));
}

static void
check_same_hash(const Event *one, const Event *other)
{
	FUZZ_CHECK(memcmp(one->hash, other->hash, EVENT_HASH_LENGTH) == 0);
}

/* Other surroundings and another time of receipt make no difference. */
static void
check_surroundings(const Parsed *parsed)
{
	bool marked =
		parsed->length >= 3 && memcmp(parsed->body, "\xEF\xBB\xBF", 3) == 0;
	Parsed other = parse(marked ? "" : "\xEF\xBB\xBF \n", parsed->body,
						 parsed->length, "\r\n\t ", RECEIVED_AT + 1);

	FUZZ_CHECK(other.accepted);
	check_same_fields(&parsed->event, &other.event);
	check_same_hash(&parsed->event, &other.event);
	FUZZ_CHECK(parsed->event.timestamp == other.event.timestamp ||
			   (parsed->event.timestamp == RECEIVED_AT &&
				other.event.timestamp == RECEIVED_AT + 1));
	free(other.body);
}

/* --- written anew --- */

/* Days since 2000-01-01 as a date, by the usual arithmetic on eras. */
static void
civil_date(int64 days, int *year, int *month, int *day)
{
	int64 shifted = days + 730425; /* since 0000-03-01 */
	int64 era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int64 day_of_era = shifted - era * 146097;
	int64 year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
						 day_of_era / 146096) /
						365;
	int64 day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64 shifted_month = (5 * day_of_year + 2) / 153;

	*day = (int) (day_of_year - (153 * shifted_month + 2) / 5 + 1);
	*month =
		(int) (shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
	*year = (int) (year_of_era + era * 400 + (*month <= 2 ? 1 : 0));
}

/* In UTC; NULL for a year that has not four digits. */
static char *
timestamp_text(TimestampTz time)
{
	int64 days = time / USECS_PER_DAY;
	int64 within = time % USECS_PER_DAY;
	int year;
	int month;
	int day;

	if (within < 0)
	{
		within += USECS_PER_DAY;
		days--;
	}
	civil_date(days, &year, &month, &day);
	if (year < 1 || year > 9999)
		return NULL;
	return psprintf("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", year, month, day,
					(int) (within / USECS_PER_HOUR),
					(int) (within / USECS_PER_MINUTE % 60),
					(int) (within / USECS_PER_SEC % 60),
					(int) (within % USECS_PER_SEC));
}

/* The code point at *c, which is moved past it; the text is valid. */
static uint32
next_character(const unsigned char **c)
{
	static const uint8 lead[] = {0x00, 0x00, 0xC0, 0xE0, 0xF0};
	int length = **c < 0x80 ? 1 : **c < 0xE0 ? 2 : **c < 0xF0 ? 3 : 4;
	uint32 character = (uint32) (**c - lead[length]);

	for (int i = 1; i < length; i++)
		character = (character << 6) | ((*c)[i] & 0x3F);
	*c += length;
	return character;
}

/* ,"name":"text" with every character escaped; nothing for NULL */
static void
write_escaped(StringInfo out, const char *name, const char *text)
{
	const unsigned char *c = (const unsigned char *) text;

	if (text == NULL)
		return;
	appendStringInfo(out, ", \"%s\" : \"", name);
	while (*c != '\0')
	{
		uint32 character = next_character(&c);

		if (character >= 0x10000)
			appendStringInfo(out, "\\u%04x\\u%04X",
							 0xD800 + ((character - 0x10000) >> 10),
							 0xDC00 + ((character - 0x10000) & 0x3FF));
		else
			appendStringInfo(out, "\\u%04X", character);
	}
	appendStringInfoString(out, "\"");
}

/* The same with as few escapes as can be. */
static void
write_plain(StringInfo out, const char *name, const char *text)
{
	if (text == NULL)
		return;
	appendStringInfo(out, ",\"%s\":\"", name);
	for (const char *c = text; *c != '\0'; c++)
	{
		if (*c == '"' || *c == '\\')
			appendStringInfoChar(out, '\\');
		if ((unsigned char) *c < 0x20)
			appendStringInfo(out, "\\u%04x", (unsigned char) *c);
		else
			appendStringInfoChar(out, *c);
	}
	appendStringInfoString(out, "\"");
}

typedef void (*TextWriter)(StringInfo out, const char *name, const char *text);

static void
write_number(StringInfo out, const char *name, int64 number)
{
	if (number >= 0)
		appendStringInfo(out, ", \"%s\": " INT64_FORMAT, name, number);
}

static void
write_payload(StringInfo out, const Event *event, TextWriter write)
{
	appendStringInfoString(out, "{\"ignored\": [1e5, {\"event_id\": null}]");
	write_number(out, "total_batches", event->total_batches);
	write(out, "keyword", event->keyword);
	write(out, "task_type", event->task_type);
	write(out, "project_id", event->project_id);
	write_number(out, "content_count", event->content_count);
	write_number(out, "batch_index", event->batch_index);
	write(out, "platform", event->platform);
	write(out, "job_id", event->job_id);
	write(out, "minio_path", event->minio_path);
	if (event->items != NULL)
	{
		appendStringInfoString(out, ", \"items\": ");
		appendBinaryStringInfo(out, event->items, (int) event->items_length);
	}
	appendStringInfoString(out, "}");
}

/* Of equal keys the last counts, and all that is within it. */
#define SUPERSEDED                                                            \
	"\"event_id\":\"x\",\"payload\":{\"project_id\":\"x\","                   \
	"\"keyword\":\"x\",\"task_type\":\"x\",\"items\":[],"                     \
	"\"minio_path\":\"x/x\",\"batch_index\":7,\"total_batches\":7},"

static Parsed
write_and_parse(const Event *event, const char *time, TextWriter write)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "{" SUPERSEDED "\"payload\" : ");
	write_payload(&out, event, write);
	appendStringInfo(&out, ", \"timestamp\" : \"%s\"", time);
	write(&out, "event_type", "data.collected");
	write(&out, "event_id", event->event_id);
	appendStringInfoString(&out, "}");
	return parse("", out.data, out.len, "", RECEIVED_AT);
}

static void
check_written_anew(const Event *event)
{
	char *time = timestamp_text(event->timestamp);
	Parsed plain;
	Parsed escaped;

	if (time == NULL)
		return;
	plain = write_and_parse(event, time, write_plain);
	escaped = write_and_parse(event, time, write_escaped);
	FUZZ_CHECK(plain.accepted && escaped.accepted);
	check_same_fields(event, &plain.event);
	check_same_fields(event, &escaped.event);
	FUZZ_CHECK(event->timestamp == plain.event.timestamp);
	check_same_hash(&plain.event, &escaped.event);
	free(plain.body);
	free(escaped.body);
}

/* --- the target --- */

/* The number of up to `digits` digits at text. */
static int
number_at(const char *text, int digits)
{
	char *copy = pnstrdup(text, digits);

	return (int) strtol(copy, NULL, 10);
}

/* Of what was accepted, by the C library's calendar. */
static TimestampTz
expected_timestamp(const char *text)
{
	struct tm utc = {.tm_year = number_at(text, 4) - 1900,
					 .tm_mon = number_at(text + 5, 2) - 1,
					 .tm_mday = number_at(text + 8, 2),
					 .tm_hour = number_at(text + 11, 2),
					 .tm_min = number_at(text + 14, 2)};
	const char *at = text + 16;
	int64 microseconds = 0;
	int64 east = 0;

	if (*at == ':')
	{
		utc.tm_sec = number_at(at + 1, 2);
		at += 3;
	}
	if (*at == '.' || *at == ',')
	{
		microseconds = (int64) floor(
			strtod(psprintf("0.%.9s", at + 1), NULL) * 1e6 + 0.5);
		at += 1 + strspn(at + 1, "0123456789");
	}
	if (*at == '+' || *at == '-')
	{
		east = number_at(at + 1, 2) * 3600;
		if (at[3] != '\0')
			east += number_at(at + (at[3] == ':' ? 4 : 3), 2) * 60;
		if (*at == '-')
			east = -east;
	}
	return (timegm(&utc) - INT64CONST(946684800) - east) * USECS_PER_SEC +
		   microseconds;
}

static void
check_timestamp(const char *text, size_t length)
{
	TimestampTz time;
	TimestampTz again;
	char *written;

	if (!timestamp_parse(text, length, &time))
		return;
	FUZZ_CHECK(IS_VALID_TIMESTAMP(time));
	FUZZ_CHECK(time == expected_timestamp(pnstrdup(text, length)));
	written = timestamp_text(time);
	if (written == NULL)
		return;
	FUZZ_CHECK(timestamp_parse(written, strlen(written), &again));
	FUZZ_CHECK(time == again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Parsed parsed = parse("", (const char *) data, size, "", RECEIVED_AT);

	if (parsed.accepted)
	{
		check_event(&parsed);
		check_surroundings(&parsed);
		check_written_anew(&parsed.event);
	}
	else
		check_rejection(&parsed);
	check_timestamp(parsed.body, parsed.length);
	free(parsed.body);
	MemoryContextReset(CurrentMemoryContext);
	return 0;
}
