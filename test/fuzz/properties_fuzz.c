/*-------------------------------------------------------------------------
 *
 * properties_fuzz.c
 *	  Fuzz target: the properties of a message become a JSON object.
 *
 * What is written is read again by the server's parser: it must be an object
 * with the properties that were set and no others, and a text must be the same
 * there, but for what is no UTF-8.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdlib.h>

#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "fuzz.h"
#include "ingest/json_value.h"
#include "ingest/json_walk.h"
#include "io/amqp_json.h"

/* Of a message; tables and arrays of tables count each entry. */
#define MAX_VALUES 500

typedef struct Maker
{
	FuzzInput input;
	int values;
} Maker;

/* --- properties from bytes --- */

/* Two bytes of length and the text; or one byte, repeated. */
static amqp_bytes_t
make_text(Maker *maker)
{
	uint64_t head = fuzz_number(&maker->input, 2);
	size_t length = head & 0x7FFF;
	amqp_bytes_t text = {length, NULL};

	if (head >= 0x8000)
	{
		text.bytes = palloc(length + 1);
		memset(text.bytes, fuzz_byte(&maker->input), length);
	}
	else if (length > 0)
	{
		const uint8_t *bytes = fuzz_bytes(&maker->input, &text.len);

		/* ends with its block */
		text.bytes = palloc(text.len);
		memcpy(text.bytes, bytes, text.len);
	}
	return text;
}

static void make_value(Maker *maker, amqp_field_value_t *value);

/* How many entries there shall be: a byte's worth, within bounds. */
static int
make_count(Maker *maker)
{
	int count = fuzz_byte(&maker->input) % 64;

	count = Min(count, MAX_VALUES - maker->values);
	maker->values += count;
	return count;
}

static amqp_table_t
make_table(Maker *maker)
{
	amqp_table_t table = {.num_entries = make_count(maker)};

	table.entries = palloc0((table.num_entries + 1) * sizeof(*table.entries));
	for (int i = 0; i < table.num_entries; i++)
	{
		table.entries[i].key = make_text(maker);
		make_value(maker, &table.entries[i].value);
	}
	return table;
}

static amqp_array_t
make_array(Maker *maker)
{
	amqp_array_t array = {.num_entries = make_count(maker)};

	array.entries = palloc0((array.num_entries + 1) * sizeof(*array.entries));
	for (int i = 0; i < array.num_entries; i++)
		make_value(maker, &array.entries[i]);
	return array;
}

static void
make_value(Maker *maker, amqp_field_value_t *value)
{
	static const uint8_t kinds[] = {
		AMQP_FIELD_KIND_BOOLEAN,   AMQP_FIELD_KIND_I8,
		AMQP_FIELD_KIND_U8,        AMQP_FIELD_KIND_I16,
		AMQP_FIELD_KIND_U16,       AMQP_FIELD_KIND_I32,
		AMQP_FIELD_KIND_U32,       AMQP_FIELD_KIND_I64,
		AMQP_FIELD_KIND_U64,       AMQP_FIELD_KIND_F32,
		AMQP_FIELD_KIND_F64,       AMQP_FIELD_KIND_DECIMAL,
		AMQP_FIELD_KIND_UTF8,      AMQP_FIELD_KIND_BYTES,
		AMQP_FIELD_KIND_TABLE,     AMQP_FIELD_KIND_ARRAY,
		AMQP_FIELD_KIND_TIMESTAMP, AMQP_FIELD_KIND_VOID,
	};
	uint8_t kind = fuzz_byte(&maker->input);

	value->kind = kind < lengthof(kinds) ? kinds[kind] : kind;
	switch (value->kind)
	{
		case AMQP_FIELD_KIND_BOOLEAN:
			value->value.boolean = fuzz_byte(&maker->input);
			break;
		case AMQP_FIELD_KIND_DECIMAL:
			value->value.decimal.decimals = fuzz_byte(&maker->input);
			value->value.decimal.value =
				(uint32_t) fuzz_number(&maker->input, 4);
			break;
		case AMQP_FIELD_KIND_UTF8:
		case AMQP_FIELD_KIND_BYTES:
			value->value.bytes = make_text(maker);
			break;
		case AMQP_FIELD_KIND_TABLE:
			value->value.table = make_table(maker);
			break;
		case AMQP_FIELD_KIND_ARRAY:
			value->value.array = make_array(maker);
			break;
		case AMQP_FIELD_KIND_VOID:
			break;
		default: /* numbers share their place */
			value->value.u64 = fuzz_number(&maker->input, 8);
			break;
	}
}

/* Those that hold text, in the order of the protocol. */
static void
make_texts(Maker *maker, amqp_basic_properties_t *properties)
{
	const struct
	{
		amqp_flags_t flag;
		amqp_bytes_t *text;
	} texts[] = {
		{AMQP_BASIC_CONTENT_TYPE_FLAG, &properties->content_type},
		{AMQP_BASIC_CONTENT_ENCODING_FLAG, &properties->content_encoding},
		{AMQP_BASIC_CORRELATION_ID_FLAG, &properties->correlation_id},
		{AMQP_BASIC_REPLY_TO_FLAG, &properties->reply_to},
		{AMQP_BASIC_EXPIRATION_FLAG, &properties->expiration},
		{AMQP_BASIC_MESSAGE_ID_FLAG, &properties->message_id},
		{AMQP_BASIC_TYPE_FLAG, &properties->type},
		{AMQP_BASIC_USER_ID_FLAG, &properties->user_id},
		{AMQP_BASIC_APP_ID_FLAG, &properties->app_id},
	};

	for (size_t i = 0; i < lengthof(texts); i++)
	{
		if (properties->_flags & texts[i].flag)
			*texts[i].text = make_text(maker);
	}
}

static void
make_properties(Maker *maker, amqp_basic_properties_t *properties)
{
	make_texts(maker, properties);
	if (properties->_flags & AMQP_BASIC_HEADERS_FLAG)
		properties->headers = make_table(maker);
	properties->delivery_mode = fuzz_byte(&maker->input);
	properties->priority = fuzz_byte(&maker->input);
	properties->timestamp = fuzz_number(&maker->input, 8);
}

/* --- what was written --- */

typedef struct Written
{
	int fields;
	JsonSpan message_id;
	JsonSpan routing_key;
	JsonSpan *open;
} Written;

static void
field_start(void *state, int level, const char *key, size_t length,
			const char *value, bool is_null)
{
	Written *written = state;
	char *name = pnstrdup(key, length);

	written->fields++;
	written->open = NULL;
	if (strcmp(name, "message_id") == 0)
		written->open = &written->message_id;
	else if (strcmp(name, "routing_key") == 0)
		written->open = &written->routing_key;
	if (written->open != NULL)
		written->open->start = value;
}

static void
field_end(void *state, int level, const char *value_end)
{
	Written *written = state;

	if (written->open != NULL)
		written->open->end = value_end;
	written->open = NULL;
}

static int
count_bits(amqp_flags_t flags)
{
	int count = 0;

	for (; flags != 0; flags &= flags - 1)
		count++;
	return count;
}

/* NUL, and each byte that is of no character, is replaced. */
static char *
replaced_text(const char *text, size_t length)
{
	StringInfoData out;

	initStringInfo(&out);
	for (size_t at = 0; at < length;)
	{
		size_t width = fuzz_utf8_length(text + at, length - at);

		if (width == 0 || text[at] == '\0')
			appendStringInfoString(&out, "\xEF\xBF\xBD");
		else
			appendBinaryStringInfo(&out, text + at, (int) width);
		at += Max(width, 1);
	}
	return out.data;
}

static void
check_same_text(JsonSpan written, const char *text, size_t length)
{
	char *decoded;

	FUZZ_CHECK(json_is_string(written));
	decoded = palloc(json_span_length(written));
	FUZZ_CHECK(json_decode(written, decoded) >= 0);
	FUZZ_CHECK(strcmp(decoded, replaced_text(text, length)) == 0);
}

static void
check_written(const char *json, const amqp_basic_properties_t *properties,
			  const char *routing_key)
{
	Written written = {0};
	JsonVisitor visitor = {.max_level = 1,
						   .field_start = field_start,
						   .field_end = field_end,
						   .state = &written};
	size_t length = strlen(json);
	size_t position;
	char error[300];

	FUZZ_CHECK(length < AMQP_JSON_LIMIT);
	FUZZ_CHECK(json[0] == '{');
	FUZZ_CHECK(fuzz_is_utf8(json, length));
	FUZZ_CHECK(json_escapes_storable(json, length, &position));
	FUZZ_CHECK(json_walk(json, length, &visitor, error, sizeof(error)));
	if (strcmp(json, "{\"truncated\":true}") == 0)
		return;
	FUZZ_CHECK(written.fields == 2 + count_bits(properties->_flags));
	check_same_text(written.routing_key, routing_key, strlen(routing_key));
	if (properties->_flags & AMQP_BASIC_MESSAGE_ID_FLAG)
		check_same_text(
			written.message_id,
			properties->message_id.len > 0 ? properties->message_id.bytes : "",
			properties->message_id.len);
}

/* The flags of properties that there are; bit 2 would be cluster_id. */
#define KNOWN_FLAGS 0xFFF8

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Maker maker = {{data, size}, 0};
	amqp_basic_properties_t properties = {
		._flags = (amqp_flags_t) fuzz_number(&maker.input, 2) & KNOWN_FLAGS};
	char *exchange = fuzz_string(&maker.input, '\0');
	char *routing_key = fuzz_string(&maker.input, '\0');
	char *json;

	make_properties(&maker, &properties);
	json = amqp_json_properties(&properties, exchange, routing_key);
	FUZZ_CHECK(json != NULL);
	check_written(json, &properties, routing_key);
	free(json);
	free(exchange);
	free(routing_key);
	MemoryContextReset(CurrentMemoryContext);
	return 0;
}
