/*-------------------------------------------------------------------------
 *
 * json_split.c
 *	  Cut the text of a batch into its items.
 *
 * The whole batch is never given to one parser run: a single bad literal in
 * it would cost every item.  This scanner looks only for the structure that
 * separates items (brackets outside strings, and the strings themselves) and
 * for what would harm those who read an item next: nesting that overflows a
 * stack, numbers that blow up when they are expanded.  It is iterative,
 * reads each byte a bounded number of times, trusts nothing about the text
 * (any bytes may come), and never decides whether an item is valid JSON.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "io/store_text.h"
#include "ingest/json_split.h"
#include "ingest/json_value.h"

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

/* With the limits in them: filled anew by each json_split(). */
static char fault_depth[64];
static char fault_digits[64];
static const char fault_exponent[] =
	"it holds a number with an exponent over " CppAsString2(JSON_MAX_EXPONENT);

typedef struct Splitter
{
	const char *text;
	const char *end;
	const char *at;
	JsonSlice *slices;
	int count;
	int allocated;
	int max_items;
	bool too_many; /* items */
	char *error;
	size_t error_size;
} Splitter;

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

static void
skip_space(Splitter *splitter)
{
	while (splitter->at < splitter->end &&
		   class_of(*splitter->at) == CLASS_SPACE)
		splitter->at++;
}

/* Always false, for the caller to return. */
static bool
split_error(Splitter *splitter, const char *expected)
{
	size_t position = (size_t) (splitter->at - splitter->text) + 1;
	char found[40];

	if (splitter->at >= splitter->end)
		snprintf(splitter->error, splitter->error_size,
				 "text ends at byte %zu where %s was expected", position,
				 expected);
	else
	{
		store_text_clean(found, sizeof(found), splitter->at,
						 Min((size_t) (splitter->end - splitter->at), 60));
		snprintf(splitter->error, splitter->error_size,
				 "%s expected at byte %zu, found \"%s\"", expected, position,
				 found);
	}
	return false;
}

/* Take the value at the current place, which is not the end. */
static bool
take_value(Splitter *splitter, JsonSlice *slice)
{
	const char *start = splitter->at;
	const char *past;

	slice->start = start;
	slice->fault = NULL;
	switch (class_of(*start))
	{
		case CLASS_OPEN:
			past = skip_container(start, splitter->end, &slice->fault);
			break;
		case CLASS_QUOTE:
			past = skip_string(start, splitter->end);
			break;
		case CLASS_OTHER:
		case CLASS_NUMBER:
			past = skip_bare(start, splitter->end, &slice->fault);
			break;
		default:
			return split_error(splitter, "a value");
	}
	if (past == NULL)
	{
		snprintf(
			splitter->error, splitter->error_size,
			"text ends at byte %zu within the value that begins at byte %zu",
			(size_t) (splitter->end - splitter->text) + 1,
			(size_t) (start - splitter->text) + 1);
		return false;
	}
	slice->length = past - start;
	splitter->at = past;
	return true;
}

static bool
add_slice(Splitter *splitter, const JsonSlice *slice)
{
	if (splitter->count >= splitter->max_items)
	{
		splitter->too_many = true;
		snprintf(splitter->error, splitter->error_size,
				 "it holds more than %d items", splitter->max_items);
		return false;
	}
	if (splitter->count == splitter->allocated)
	{
		splitter->allocated *= 2;
		splitter->slices = repalloc(splitter->slices,
									splitter->allocated * sizeof(JsonSlice));
	}
	splitter->slices[splitter->count++] = *slice;
	return true;
}

static bool
at_char(Splitter *splitter, char c)
{
	skip_space(splitter);
	return splitter->at < splitter->end && *splitter->at == c;
}

/* Split the array that opens at the current place; ends after it. */
static bool
split_array(Splitter *splitter)
{
	splitter->at++;
	if (at_char(splitter, ']'))
	{
		splitter->at++;
		return true;
	}
	for (;;)
	{
		JsonSlice slice;

		skip_space(splitter);
		if (splitter->at >= splitter->end)
			return split_error(splitter, "an item");
		if (!take_value(splitter, &slice) || !add_slice(splitter, &slice))
			return false;
		if (at_char(splitter, ']'))
		{
			splitter->at++;
			return true;
		}
		if (!at_char(splitter, ','))
			return split_error(splitter, "\",\" or \"]\"");
		splitter->at++;
	}
}

/* The key, the colon and the value of one member of an object. */
static bool
take_member(Splitter *splitter, JsonSlice *key, JsonSlice *value)
{
	if (!at_char(splitter, '"'))
		return split_error(splitter, "a key");
	if (!take_value(splitter, key))
		return false;
	if (!at_char(splitter, ':'))
		return split_error(splitter, "\":\"");
	splitter->at++;
	skip_space(splitter);
	if (splitter->at >= splitter->end)
		return split_error(splitter, "a value");
	return take_value(splitter, value);
}

/*
 * Read the members of the object at the current place.  *wrapped is where
 * the array of {"items": [...]} opens, NULL if the object is an item itself
 * (it has "meta", or no "items" that is an array).  As in the rest of JSON
 * here, null counts as missing, and the last of several equal keys counts.
 */
static bool
scan_object(Splitter *splitter, const char **wrapped)
{
	const char *array = NULL;
	bool has_meta = false;

	*wrapped = NULL;
	splitter->at++;
	if (at_char(splitter, '}'))
	{
		splitter->at++;
		return true;
	}
	for (;;)
	{
		JsonSlice key;
		JsonSlice value;

		if (!take_member(splitter, &key, &value))
			return false;
		if (json_key_is(key.start, key.length, "meta"))
			has_meta = *value.start != 'n';
		else if (json_key_is(key.start, key.length, "items"))
			array = *value.start == '[' ? value.start : NULL;
		*wrapped = has_meta ? NULL : array;
		if (at_char(splitter, '}'))
			break;
		if (!at_char(splitter, ','))
			return split_error(splitter, "\",\" or \"}\"");
		splitter->at++;
	}
	splitter->at++;
	return true;
}

/*
 * A lone object is first taken by its brackets, as an item of an array is:
 * what is wrong inside those makes it a bad item, not a bad batch.  A wrapper
 * that is broken after its array is no item, though.
 */
static bool
split_object(Splitter *splitter)
{
	Splitter members = *splitter;
	const char *wrapped;
	const char *past;
	JsonSlice lone;
	bool scanned;

	if (!take_value(splitter, &lone))
		return false;
	scanned = scan_object(&members, &wrapped);
	if (wrapped == NULL)
		return add_slice(splitter, &lone);
	if (!scanned)
		return false; /* it wrote to the same error buffer */
	past = splitter->at;
	splitter->at = wrapped;
	if (!split_array(splitter))
		return false;
	splitter->at = past;
	return true;
}

size_t
json_byte_order_mark(const char *text, size_t length)
{
	return length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static void
name_faults(void)
{
	snprintf(fault_depth, sizeof(fault_depth),
			 "it is nested deeper than %d levels", json_max_depth);
	snprintf(fault_digits, sizeof(fault_digits),
			 "it holds a number of more than %d digits", json_max_digits);
}

bool
json_split(const char *text, size_t length, int max_items, JsonSlice **slices,
		   int *count, char *error, size_t error_size)
{
	Splitter splitter = {0};
	bool fits;

	name_faults();
	*count = 0;
	splitter.text = text;
	splitter.end = text + length;
	splitter.at = text + json_byte_order_mark(text, length);
	splitter.max_items = max_items;
	splitter.allocated = 64;
	splitter.slices = palloc(splitter.allocated * sizeof(JsonSlice));
	splitter.error = error;
	splitter.error_size = error_size;

	if (at_char(&splitter, '['))
		fits = split_array(&splitter);
	else if (at_char(&splitter, '{'))
		fits = split_object(&splitter);
	else
		return split_error(&splitter, "an array or an object");
	if (splitter.too_many)
		*count = max_items + 1;
	if (!fits)
		return false;
	skip_space(&splitter);
	if (splitter.at < splitter.end)
		return split_error(&splitter, "the end of the text");

	*slices = splitter.slices;
	*count = splitter.count;
	return true;
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
