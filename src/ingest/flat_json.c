/*-------------------------------------------------------------------------
 *
 * flat_json.c
 *	  Arrays of flat objects, written as jsonb in its stored form.
 *
 * The form is that of utils/jsonb.h: a header, an entry for each value with
 * its type and length, the values.  A test compares what is written here with
 * what the server makes of the same text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "ingest/flat_json.h"

#define MILLION 1000000

/* Of an object of ours. */
#define USUAL_BYTES 160

/* --- numbers --- */

/* Small whole numbers are made once. */
Numeric
flat_whole(int64 number)
{
	static Numeric kept[1024] = {NULL};

	if (number < 0 || number >= (int64) lengthof(kept))
		return int64_to_numeric(number);
	if (kept[number] == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		kept[number] = int64_to_numeric(number);
		MemoryContextSwitchTo(caller);
	}
	return kept[number];
}

/*
 * Through an integer where it fits, which is several times cheaper than
 * printing the number and reading it.  The score of a keyword is most often 1.
 */
Numeric
flat_decimal(double number)
{
	static Numeric one = NULL;

	if (number == 1 && one != NULL)
		return one;
	if (number == 1)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		one = int64_div_fast_to_numeric(MILLION, 6);
		MemoryContextSwitchTo(caller);
		return one;
	}
	if (fabs(number) < 9e12)
		return int64_div_fast_to_numeric((int64) rint(number * MILLION), 6);
	return DatumGetNumeric(
		DirectFunctionCall1(float8_numeric, Float8GetDatum(number)));
}

/* --- objects --- */

/* There is room for what is written: flat_array_add() has seen to it. */
static void
write_bytes(StringInfo data, const void *bytes, size_t length)
{
	memcpy(data->data + data->len, bytes, length);
	data->len += (int) length;
}

/* Values are aligned to the beginning of the whole; returns bytes skipped. */
static JEntry
align(StringInfo data)
{
	int padding = INTALIGN(data->len) - data->len;

	memset(data->data + data->len, 0, padding);
	data->len += padding;
	return (JEntry) padding;
}

static JEntry
write_value(StringInfo data, const FlatField *field)
{
	JEntry padding;

	if (field->text != NULL)
	{
		write_bytes(data, field->text, field->length);
		return JENTRY_ISSTRING | (JEntry) field->length;
	}
	if (field->number == NULL)
		return JENTRY_ISBOOL_TRUE;
	padding = align(data);
	write_bytes(data, field->number, VARSIZE(field->number));
	return JENTRY_ISNUMERIC | (padding + VARSIZE(field->number));
}

/*
 * Entry `index` of a container holds the length of its value, but every
 * JB_OFFSET_STRIDE-th, the first among them, where the value ends.
 */
static JEntry
entry(JEntry type_and_length, int index, int end)
{
	if (index % JB_OFFSET_STRIDE != 0)
		return type_and_length;
	return (type_and_length & JENTRY_TYPEMASK) | JENTRY_HAS_OFF | (JEntry) end;
}

void
flat_array_begin(FlatArray *array, int count)
{
	uint32 header = JB_FARRAY | (uint32) count;
	int length = (int) (VARHDRSZ + sizeof(header) + count * sizeof(JEntry));

	initStringInfo(&array->data);
	enlargeStringInfo(&array->data, length + USUAL_BYTES * count);
	memcpy(array->data.data + VARHDRSZ, &header, sizeof(header));
	array->data.len = length;
	array->count = 0;
	array->key_count = 0;
}

/* Where the entries of the array begin, and its values. */
static JEntry *
array_entries(const FlatArray *array)
{
	return (JEntry *) (array->data.data + VARHDRSZ + sizeof(uint32));
}

static int
values_start(const FlatArray *array)
{
	uint32 header;

	memcpy(&header, array->data.data + VARHDRSZ, sizeof(header));
	return (int) (VARHDRSZ + sizeof(uint32) +
				  (header & JB_CMASK) * sizeof(JEntry));
}

static bool
has_same_keys(const FlatArray *array, const FlatField *fields, int count)
{
	if (count != array->key_count)
		return false;
	for (int i = 0; i < count; i++)
	{
		if (fields[i].key != array->keys[i])
			return false;
	}
	return true;
}

/* Take the keys of an object that is not written yet. */
static void
use_keys(FlatArray *array, const FlatField *fields, int count)
{
	array->keys_length = 0;
	array->key_count = count;
	for (int i = 0; i < count; i++)
	{
		size_t length = strlen(fields[i].key);

		array->keys_length += (int) length;
		array->keys[i] = fields[i].key;
		array->key_entries[i] =
			entry(JENTRY_ISSTRING | (JEntry) length, i, (int) length);
	}
	array->keys_at = -1;
}

static void
write_keys(FlatArray *array)
{
	StringInfo data = &array->data;
	int at = data->len;

	if (array->keys_at >= 0)
		write_bytes(data, data->data + array->keys_at, array->keys_length);
	else
	{
		for (int i = 0; i < array->key_count; i++)
			write_bytes(data, array->keys[i], strlen(array->keys[i]));
	}
	array->keys_at = at;
}

/* No less than what an object takes, with entries, header and padding. */
static int
room_for(const FlatArray *array, const FlatField *fields, int count)
{
	size_t room = 2 * sizeof(uint32) + array->keys_length;

	for (int i = 0; i < count; i++)
	{
		room += 2 * sizeof(JEntry) + sizeof(uint32);
		if (fields[i].text != NULL)
			room += fields[i].length;
		else if (fields[i].number != NULL)
			room += VARSIZE(fields[i].number);
	}
	return (int) room;
}

void
flat_array_add(FlatArray *array, const FlatField *fields, int count)
{
	StringInfo data = &array->data;
	uint32 header = JB_FOBJECT | (uint32) count;
	JEntry values[FLAT_MAX_FIELDS] = {0};
	int begin = data->len;
	int values_at;

	Assert(count <= FLAT_MAX_FIELDS);
	if (!has_same_keys(array, fields, count))
		use_keys(array, fields, count);
	enlargeStringInfo(data, room_for(array, fields, count));
	align(data);
	write_bytes(data, &header, sizeof(header));
	write_bytes(data, array->key_entries, count * sizeof(JEntry));
	values_at = data->len;
	data->len += (int) (count * sizeof(JEntry));
	write_keys(array);
	for (int i = 0; i < count; i++)
		values[i] = write_value(data, &fields[i]);
	memcpy(data->data + values_at, values, count * sizeof(JEntry));
	if (data->len - values_start(array) > JENTRY_OFFLENMASK)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("total size of jsonb array elements exceeds the "
						"maximum of %d bytes",
						JENTRY_OFFLENMASK)));
	array_entries(array)[array->count] =
		entry(JENTRY_ISCONTAINER | (JEntry) (data->len - begin), array->count,
			  data->len - values_start(array));
	array->count++;
}

Datum
flat_array_end(FlatArray *array)
{
	SET_VARSIZE(array->data.data, array->data.len);
	return PointerGetDatum(array->data.data);
}
