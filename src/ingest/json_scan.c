/*-------------------------------------------------------------------------
 *
 * json_scan.c
 *	  Pass over single values of a JSON text.
 *
 * Looks only for brackets outside strings, the strings themselves, and what
 * would harm those who read a value next: nesting that overflows a stack,
 * numbers that blow up when they are expanded.  It is iterative, reads each
 * byte a bounded number of times, trusts nothing about the text (any bytes
 * may come), and never decides whether a value is valid JSON.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "ingest/json_scan.h"

typedef enum CharClass
{
	CLASS_OTHER,
	CLASS_SPACE,
	CLASS_QUOTE,
	CLASS_OPEN,
	CLASS_CLOSE,
	CLASS_NUMBER,   /* what a number starts with */
	CLASS_SEPARATOR /* , and : */
} CharClass;

static const uint8 char_class[256] = {
	[' '] = CLASS_SPACE,     ['\t'] = CLASS_SPACE, ['\n'] = CLASS_SPACE,
	['\r'] = CLASS_SPACE,    ['"'] = CLASS_QUOTE,  ['{'] = CLASS_OPEN,
	['['] = CLASS_OPEN,      ['}'] = CLASS_CLOSE,  [']'] = CLASS_CLOSE,
	['-'] = CLASS_NUMBER,    ['0'] = CLASS_NUMBER, ['1'] = CLASS_NUMBER,
	['2'] = CLASS_NUMBER,    ['3'] = CLASS_NUMBER, ['4'] = CLASS_NUMBER,
	['5'] = CLASS_NUMBER,    ['6'] = CLASS_NUMBER, ['7'] = CLASS_NUMBER,
	['8'] = CLASS_NUMBER,    ['9'] = CLASS_NUMBER, [','] = CLASS_SEPARATOR,
	[':'] = CLASS_SEPARATOR,
};

int json_max_depth = JSON_MAX_DEPTH;
int json_max_digits = JSON_MAX_DIGITS;

/* With the limits in them: filled anew by json_scan_begin(). */
static char fault_depth[64];
static char fault_digits[64];
static const char fault_exponent[] =
	"it holds a number with an exponent over " CppAsString2(JSON_MAX_EXPONENT);

void
json_scan_begin(void)
{
	snprintf(fault_depth, sizeof(fault_depth),
			 "it is nested deeper than %d levels", json_max_depth);
	snprintf(fault_digits, sizeof(fault_digits),
			 "it holds a number of more than %d digits", json_max_digits);
}

static inline CharClass
class_of(char c)
{
	return (CharClass) char_class[(unsigned char) c];
}

/* The high bit of each zero byte; bytes above the first may be false. */
static inline uint64
zero_bytes(uint64 word)
{
	return (word - UINT64CONST(0x0101010101010101)) & ~word &
		   UINT64CONST(0x8080808080808080);
}

/* The next quote or backslash at or after p; end when there is none. */
static inline const char *
find_string_special(const char *p, const char *end)
{
	while (end - p >= 8)
	{
		uint64 word;
		uint64 hits;

		memcpy(&word, p, 8);
		hits = zero_bytes(word ^ UINT64CONST(0x2222222222222222)) |
			   zero_bytes(word ^ UINT64CONST(0x5C5C5C5C5C5C5C5C));
		if (hits != 0)
		{
#ifdef WORDS_BIGENDIAN
			break;
#else
			return p + pg_rightmost_one_pos64(hits) / 8;
#endif
		}
		p += 8;
	}
	while (p < end && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* Past the string whose opening quote is at p; NULL: it does not end. */
static inline const char *
skip_string(const char *p, const char *end)
{
	p++;
	for (;;)
	{
		p = find_string_special(p, end);
		if (p >= end)
			return NULL;
		if (*p == '"')
			return p + 1;
		if (end - p < 2)
			return NULL;
		p += 2;
	}
}

/* Past what looks like a number at p; *fault is set if it is too big. */
static const char *
skip_number(const char *p, const char *end, const char **fault)
{
	int digits = 0;
	int exponent = 0;
	bool in_exponent = false;

	for (; p < end; p++)
	{
		char c = *p;

		if (c >= '0' && c <= '9')
		{
			digits = Min(digits + 1, json_max_digits + 1);
			if (in_exponent)
				exponent =
					Min(exponent * 10 + (c - '0'), JSON_MAX_EXPONENT + 1);
		}
		else if (c == 'e' || c == 'E')
			in_exponent = true;
		else if (c != '.' && c != '-' && c != '+')
			break;
	}
	if (digits > json_max_digits)
		*fault = fault_digits;
	else if (exponent > JSON_MAX_EXPONENT)
		*fault = fault_exponent;
	return p;
}

/*
 * Past the object or array that opens at p; NULL: it does not end.  Brackets
 * are counted, not paired: a slice with a wrong pair is the parser's to
 * refuse, and costs only itself.
 */
static const char *
skip_container(const char *p, const char *end, const char **fault)
{
	int64 depth = 0;

	while (p < end)
	{
		switch (class_of(*p))
		{
			case CLASS_QUOTE:
				p = skip_string(p, end);
				if (p == NULL)
					return NULL;
				break;
			case CLASS_OPEN:
				if (++depth > json_max_depth)
					*fault = fault_depth;
				p++;
				break;
			case CLASS_CLOSE:
				p++;
				if (--depth == 0)
					return p;
				break;
			case CLASS_NUMBER:
				p = skip_number(p, end, fault);
				break;
			default:
				p++;
				break;
		}
	}
	return NULL;
}

/* Past a literal or number at p: up to the next structure. */
static const char *
skip_bare(const char *p, const char *end, const char **fault)
{
	if (class_of(*p) == CLASS_NUMBER)
		return skip_number(p, end, fault);
	while (p < end &&
		   (class_of(*p) == CLASS_OTHER || class_of(*p) == CLASS_NUMBER))
		p++;
	return p;
}

bool
json_starts_value(char c)
{
	switch (class_of(c))
	{
		case CLASS_OPEN:
		case CLASS_QUOTE:
		case CLASS_OTHER:
		case CLASS_NUMBER:
			return true;
		default:
			return false;
	}
}

const char *
json_skip_space(const char *p, const char *end)
{
	while (p < end && class_of(*p) == CLASS_SPACE)
		p++;
	return p;
}

const char *
json_skip_value(const char *p, const char *end, const char **fault)
{
	switch (class_of(*p))
	{
		case CLASS_OPEN:
			return skip_container(p, end, fault);
		case CLASS_QUOTE:
			return skip_string(p, end);
		default:
			return skip_bare(p, end, fault);
	}
}

bool
json_nested_deeper(const char *text, size_t length, int max_depth)
{
	const char *end = text + length;
	const char *p = text;
	int64 depth = 0;

	while (p != NULL && p < end)
	{
		switch (class_of(*p))
		{
			case CLASS_QUOTE:
				p = skip_string(p, end);
				break;
			case CLASS_OPEN:
				if (++depth > max_depth)
					return true;
				p++;
				break;
			case CLASS_CLOSE:
				depth--;
				p++;
				break;
			default:
				p++;
				break;
		}
	}
	return false;
}
