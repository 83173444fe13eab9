/*-------------------------------------------------------------------------
 *
 * timestamp.c
 *	  Read the timestamps of events and items.
 *
 * The server's own input function raises, obeys DateStyle and TimeZone, and
 * reads much that no producer means ("tomorrow", "allballs"); a batch cannot
 * afford the first and must not depend on the others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/timestamp.h"

#define MAX_FRACTION_DIGITS 9
#define MAX_OFFSET_HOURS 15
#define LONGEST_JSON 256 /* every character may be written \uXXXX */

typedef struct Reader
{
	const char *p;
	const char *end;
} Reader;

/* Exactly `digits` digits, from minimum to maximum. */
static bool
read_number(Reader *reader, int digits, int minimum, int maximum, int *value)
{
	*value = 0;
	if (reader->end - reader->p < digits)
		return false;
	for (int i = 0; i < digits; i++)
	{
		char c = *reader->p++;

		if (c < '0' || c > '9')
			return false;
		*value = *value * 10 + (c - '0');
	}
	return *value >= minimum && *value <= maximum;
}

/* Whether the next character is one of `any`, which is then passed. */
static bool
read_char(Reader *reader, const char *any)
{
	if (reader->p >= reader->end || *reader->p == '\0' ||
		strchr(any, *reader->p) == NULL)
		return false;
	reader->p++;
	return true;
}

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
days_of_month(int year, int month)
{
	static const int8 days[] = {31, 28, 31, 30, 31, 30,
								31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 2000-01-01 (PostgreSQL's epoch) to this day. */
static int64
days_from_epoch(int year, int month, int day)
{
	int64 before = year - 1; /* whole years since year 1 */
	int64 days = before * 365 + before / 4 - before / 100 + before / 400;

	for (int m = 1; m < month; m++)
		days += days_of_month(year, m);
	return days + day - 1 - INT64CONST(730119); /* 2000-01-01 since year 1 */
}

static bool
read_date(Reader *reader, int64 *days)
{
	int year;
	int month;
	int day;

	if (!read_number(reader, 4, 1, 9999, &year) || !read_char(reader, "-") ||
		!read_number(reader, 2, 1, 12, &month) || !read_char(reader, "-") ||
		!read_number(reader, 2, 1, 31, &day) ||
		day > days_of_month(year, month))
		return false;
	*days = days_from_epoch(year, month, day);
	return true;
}

/* The fraction of a second after its point, as microseconds, rounded. */
static bool
read_fraction(Reader *reader, int64 *microseconds)
{
	int64 nanoseconds = 0;
	int digits = 0;

	while (reader->p < reader->end && *reader->p >= '0' && *reader->p <= '9')
	{
		if (++digits > MAX_FRACTION_DIGITS)
			return false;
		nanoseconds = nanoseconds * 10 + (*reader->p++ - '0');
	}
	if (digits == 0)
		return false;
	for (; digits < MAX_FRACTION_DIGITS; digits++)
		nanoseconds *= 10;
	*microseconds = (nanoseconds + 500) / 1000;
	return true;
}

static bool
read_time(Reader *reader, int64 *microseconds)
{
	int hour;
	int minute;
	int second = 0;
	int64 fraction = 0;

	if (!read_number(reader, 2, 0, 23, &hour) || !read_char(reader, ":") ||
		!read_number(reader, 2, 0, 59, &minute))
		return false;
	if (read_char(reader, ":"))
	{
		if (!read_number(reader, 2, 0, 60, &second))
			return false;
		if (read_char(reader, ".,") && !read_fraction(reader, &fraction))
			return false;
	}
	*microseconds =
		(hour * INT64CONST(3600) + minute * 60 + second) * USECS_PER_SEC +
		fraction;
	return true;
}

/* The offset, in seconds east of UTC. */
static bool
read_offset(Reader *reader, int *seconds)
{
	int hours;
	int minutes = 0;
	bool west;

	*seconds = 0;
	if (read_char(reader, "Zz"))
		return true;
	west = reader->p < reader->end && *reader->p == '-';
	if (!read_char(reader, "+-") ||
		!read_number(reader, 2, 0, MAX_OFFSET_HOURS, &hours))
		return false;
	if (reader->p < reader->end)
	{
		read_char(reader, ":");
		if (!read_number(reader, 2, 0, 59, &minutes))
			return false;
	}
	*seconds = hours * 3600 + minutes * 60;
	if (west)
		*seconds = -*seconds;
	return true;
}

bool
timestamp_parse(const char *text, size_t length, TimestampTz *result)
{
	Reader reader = {text, text + length};
	int64 days;
	int64 microseconds;
	int offset;

	if (!read_date(&reader, &days) || !read_char(&reader, "Tt ") ||
		!read_time(&reader, &microseconds) || !read_offset(&reader, &offset) ||
		reader.p != reader.end)
		return false;
	*result = days * USECS_PER_DAY + microseconds - offset * USECS_PER_SEC;
	return IS_VALID_TIMESTAMP(*result);
}

bool
timestamp_from_json(JsonSpan span, TimestampTz *result)
{
	char text[LONGEST_JSON];
	ssize_t length;

	if (!json_is_string(span) || json_span_length(span) > sizeof(text))
		return false;
	length = json_decode(span, text);
	return length >= 0 && timestamp_parse(text, (size_t) length, result);
}
