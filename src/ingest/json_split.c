/*-------------------------------------------------------------------------
 *
 * json_split.c
 *	  Cut the text of a batch into its items.
 *
 * The whole batch is never given to one parser run: a single bad literal in
 * it would cost every item.  Only the structure that separates items is read
 * here, and values are passed over by json_scan.c.  It is never decided here
 * whether an item is valid JSON.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "io/store_text.h"
#include "ingest/json_scan.h"
#include "ingest/json_split.h"
#include "ingest/json_value.h"

typedef struct Splitter
{
	const char *text;
	const char *end;
	const char *at;    /* the next byte to read */
	JsonSlice *slices; /* palloc'd, those that were found */
	int count;
	int allocated;
	int max_items;
	bool too_many; /* items */
	char *error;   /* the caller's, of error_size bytes */
	size_t error_size;
} Splitter;

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
	slice->length = 0;
	slice->fault = NULL;
	if (!json_starts_value(*start))
		return split_error(splitter, "a value");
	past = json_skip_value(start, splitter->end, &slice->fault);
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

/* Is this the next character, white space apart? */
static bool
at_char(Splitter *splitter, char c)
{
	splitter->at = json_skip_space(splitter->at, splitter->end);
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

		splitter->at = json_skip_space(splitter->at, splitter->end);
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
	splitter->at = json_skip_space(splitter->at, splitter->end);
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

bool
json_split(const char *text, size_t length, int max_items, JsonSlice **slices,
		   int *count, char *error, size_t error_size)
{
	Splitter splitter = {0};
	bool fits;

	json_scan_begin();
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
	splitter.at = json_skip_space(splitter.at, splitter.end);
	if (splitter.at < splitter.end)
		return split_error(&splitter, "the end of the text");

	*slices = splitter.slices;
	*count = splitter.count;
	return true;
}
