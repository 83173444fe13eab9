/*-------------------------------------------------------------------------
 *
 * json_value.c
 *	  Read JSON values: decode strings, count, tell true from false.
 *
 * The parser hands out spans of the text instead of decoded copies, so only
 * the fields that are kept are ever decoded.  Nothing here raises, allocates
 * or depends on a locale.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/json_value.h"

#define LONGEST_KEY 64

/* The value of a hexadecimal digit, plus one. */
static const uint8 hex_value[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* The code unit of the escape \uXXXX at p; -1: there is none. */
static inline int
code_unit(const char *p, const char *end)
{
	int unit = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++)
	{
		int digit = hex_value[(unsigned char) p[i]];

		if (digit == 0)
			return -1;
		unit = unit * 16 + digit - 1;
	}
	return unit;
}

/*
 * The character of the \u escape at *p, a surrogate pair being one; *p moves
 * past it.  0: nothing that text can hold.
 */
static uint32
unicode_escape(const char **p, const char *end)
{
	int unit = code_unit(*p, end);
	int low;

	if (unit <= 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
		return 0;
	*p += 6;
	if (unit < 0xD800 || unit > 0xDBFF)
		return (uint32) unit;
	low = code_unit(*p, end);
	if (low < 0xDC00 || low > 0xDFFF)
		return 0;
	*p += 6;
	return 0x10000 + (((uint32) unit - 0xD800) << 10) +
		   ((uint32) low - 0xDC00);
}

static char *
put_utf8(char *out, uint32 c)
{
	if (c < 0x80)
		*out++ = (char) c;
	else if (c < 0x800)
	{
		*out++ = (char) (0xC0 | (c >> 6));
		*out++ = (char) (0x80 | (c & 0x3F));
	}
	else if (c < 0x10000)
	{
		*out++ = (char) (0xE0 | (c >> 12));
		*out++ = (char) (0x80 | ((c >> 6) & 0x3F));
		*out++ = (char) (0x80 | (c & 0x3F));
	}
	else
	{
		*out++ = (char) (0xF0 | (c >> 18));
		*out++ = (char) (0x80 | ((c >> 12) & 0x3F));
		*out++ = (char) (0x80 | ((c >> 6) & 0x3F));
		*out++ = (char) (0x80 | (c & 0x3F));
	}
	return out;
}

static char
simple_escape(char c)
{
	switch (c)
	{
		case 'b':
			return '\b';
		case 'f':
			return '\f';
		case 'n':
			return '\n';
		case 'r':
			return '\r';
		case 't':
			return '\t';
		default:
			return c; /* " \ / */
	}
}

/* The next backslash; escapes often stand close, where a call would cost. */
static inline const char *
find_backslash(const char *p, const char *end)
{
	const char *near = Min(end, p + 16);

	for (; p < near; p++)
	{
		if (*p == '\\')
			return p;
	}
	p = p < end ? memchr(p, '\\', end - p) : NULL;
	return p != NULL ? p : end;
}

/*
 * No escape grows when it is decoded, and the two quotes leave room for the
 * terminator: so out never needs more than the span has.
 */
ssize_t
json_decode(JsonSpan string, char *out)
{
	const char *p = string.start + 1;
	const char *end = string.end - 1;
	char *to = out;

	for (;;)
	{
		const char *escape = find_backslash(p, end);
		size_t plain = escape - p;

		memcpy(to, p, plain);
		to += plain;
		p = escape;
		if (p >= end)
			break;
		if (p[1] == 'u')
		{
			uint32 c = unicode_escape(&p, end);

			if (c == 0)
				return -1;
			to = put_utf8(to, c);
		}
		else
		{
			*to++ = simple_escape(p[1]);
			p += 2;
		}
	}
	*to = '\0';
	return to - out;
}

bool
json_key_is(const char *raw, size_t length, const char *key)
{
	size_t key_length = strlen(key);
	char decoded[6 * LONGEST_KEY + 2];
	JsonSpan span = {raw, raw + length};

	if (length == key_length + 2 && memcmp(raw + 1, key, key_length) == 0)
		return true;
	if (memchr(raw, '\\', length) == NULL || length > sizeof(decoded) ||
		length < 2)
		return false;
	return json_decode(span, decoded) == (ssize_t) key_length &&
		   memcmp(decoded, key, key_length) == 0;
}

bool
json_escapes_storable(const char *text, size_t length, size_t *position)
{
	const char *end = text + length;
	const char *p = text;

	/* in valid JSON a backslash stands in strings only, and never alone */
	while ((p = find_backslash(p, end)) < end)
	{
		const char *escape = p;
		bool suspect = end - p >= 6 && p[1] == 'u' &&
					   (p[2] == '0' || p[2] == 'd' || p[2] == 'D');

		if (!suspect)
			p += 2; /* what follows of \uXXXX are plain letters */
		else if (unicode_escape(&p, end) == 0)
		{
			*position = (size_t) (escape - text) + 1;
			return false;
		}
	}
	return true;
}

/* A decimal number, taken apart: mantissa x 10 ^ exponent. */
typedef struct Decimal
{
	uint64 mantissa;
	int exponent;
	bool overflow; /* the mantissa did not fit */
} Decimal;

static void
add_digit(Decimal *decimal, char c)
{
	if (decimal->mantissa > (PG_UINT64_MAX - 9) / 10)
		decimal->overflow = true;
	else
		decimal->mantissa = decimal->mantissa * 10 + (c - '0');
}

static const char *
read_digits(Decimal *decimal, const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		add_digit(decimal, *p++);
	return p;
}

/* The exponent at p, past its e; NULL: it is none, or beyond any count. */
static const char *
read_exponent(Decimal *decimal, const char *p, const char *end)
{
	bool negative = false;
	int exponent = 0;
	const char *first;

	if (p < end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	for (first = p; p < end && *p >= '0' && *p <= '9'; p++)
	{
		exponent = exponent * 10 + (*p - '0');
		if (exponent > 1000)
			return NULL;
	}
	if (p == first)
		return NULL;
	decimal->exponent += negative ? -exponent : exponent;
	return p;
}

/* digits [. digits] [e digits], all of [p, end) */
static bool
read_decimal(const char *p, const char *end, Decimal *decimal)
{
	const char *first = p;

	p = read_digits(decimal, p, end);
	if (p == first)
		return false;
	if (p < end && *p == '.')
	{
		first = ++p;
		p = read_digits(decimal, p, end);
		if (p == first || p - first > 1000)
			return false;
		decimal->exponent -= (int) (p - first);
	}
	if (p < end && (*p == 'e' || *p == 'E'))
		p = read_exponent(decimal, p + 1, end);
	return p == end;
}

/* Apply the exponent: true if a whole number within bounds comes out. */
static bool
whole_number(Decimal *decimal)
{
	uint64 value = decimal->mantissa;

	if (decimal->overflow)
		return false;
	if (value == 0)
		return true;
	for (; decimal->exponent < 0; decimal->exponent++)
	{
		if (value % 10 != 0)
			return false;
		value /= 10;
	}
	for (; decimal->exponent > 0 && value <= (uint64) JSON_COUNT_MAX;
		 decimal->exponent--)
		value *= 10;
	decimal->mantissa = value;
	return value <= (uint64) JSON_COUNT_MAX;
}

JsonCount
json_count(JsonSpan span, int64 *count)
{
	const char *p = span.start;
	const char *end = span.end;
	Decimal decimal = {0};
	bool negative;

	*count = 0;
	if (json_is_string(span))
	{
		p++;
		end--;
	}
	else if (!json_is_number(span))
		return JSON_COUNT_ABSENT;
	negative = p < end && *p == '-';
	if (!read_decimal(p + negative, end, &decimal) ||
		!whole_number(&decimal) || (negative && decimal.mantissa != 0))
		return JSON_COUNT_REFUSED;
	*count = (int64) decimal.mantissa;
	return JSON_COUNT_GOOD;
}

bool
json_integer(JsonSpan span, int64 *value)
{
	Decimal decimal = {0};

	if (!json_is_number(span) ||
		read_digits(&decimal, span.start, span.end) != span.end ||
		decimal.overflow || decimal.mantissa > (uint64) PG_INT64_MAX)
		return false;
	*value = (int64) decimal.mantissa;
	return true;
}

bool
json_boolean(JsonSpan span, bool *value)
{
	static const struct
	{
		const char *text;
		bool value;
	} words[] = {
		{"true", true},
		{"false", false},
		{"1", true},
		{"0", false},
	};

	if (json_is_string(span))
	{
		span.start++;
		span.end--;
	}
	for (size_t i = 0; i < lengthof(words); i++)
	{
		if (json_span_length(span) == strlen(words[i].text) &&
			memcmp(span.start, words[i].text, strlen(words[i].text)) == 0)
		{
			*value = words[i].value;
			return true;
		}
	}
	return false;
}
