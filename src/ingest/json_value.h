/*-------------------------------------------------------------------------
 *
 * json_value.h
 *	  JSON values as spans of their text, read as what a field needs.
 *
 * A span lies in text that the JSON parser has accepted and that is valid
 * UTF-8; nothing here checks the grammar again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_JSON_VALUE_H
#define ANALYTICS_JSON_VALUE_H

#include "postgres.h"

typedef struct JsonSpan
{
	const char *start; /* NULL: absent or null */
	const char *end;
} JsonSpan;

#define JSON_COUNT_MAX (INT64CONST(1) << 62)

/* What a count says; the contract takes all but JSON_COUNT_GOOD as 0. */
typedef enum JsonCount
{
	JSON_COUNT_ABSENT, /* absent, or no number and no string */
	JSON_COUNT_GOOD,
	JSON_COUNT_REFUSED /* negative, fractional, absurd, no number */
} JsonCount;

static inline bool
json_is_string(JsonSpan span)
{
	return span.start != NULL && *span.start == '"';
}

static inline bool
json_is_number(JsonSpan span)
{
	return span.start != NULL &&
		   (*span.start == '-' || (*span.start >= '0' && *span.start <= '9'));
}

static inline bool
json_is_object(JsonSpan span)
{
	return span.start != NULL && *span.start == '{';
}

static inline bool
json_is_array(JsonSpan span)
{
	return span.start != NULL && *span.start == '[';
}

static inline size_t
json_span_length(JsonSpan span)
{
	return span.start == NULL ? 0 : (size_t) (span.end - span.start);
}

/*
 * Decode the string (with its quotes) into out, which needs room for the
 * length of the span, and terminate it.  Returns its length, or -1 for a
 * string that no text column can hold (\u0000, a lone surrogate).
 */
extern ssize_t json_decode(JsonSpan string, char *out);

/* Whether the string `raw`, with its quotes, says `key`. */
extern bool json_key_is(const char *raw, size_t length, const char *key);

/*
 * Whether every string of the text can be decoded.  *position is the byte,
 * counted from 1, of the first escape that cannot.
 */
extern bool json_escapes_storable(const char *text, size_t length,
								  size_t *position);

/* A number or a numeric string as a count; *count is 0 unless it is good. */
extern JsonCount json_count(JsonSpan span, int64 *count);

/* Digits only, no string: an integer from 0 to PG_INT64_MAX. */
extern bool json_integer(JsonSpan span, int64 *value);

/* true, false, 1, 0, and the same as strings; false: none of these. */
extern bool json_boolean(JsonSpan span, bool *value);

#endif /* ANALYTICS_JSON_VALUE_H */
