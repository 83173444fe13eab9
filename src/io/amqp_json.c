/*-------------------------------------------------------------------------
 *
 * amqp_json.c
 *	  The properties of a message as JSON.
 *
 * What is written here is kept with a dead letter and read by people and
 * jsonb.  It comes from whoever can publish: any bytes, any size, any
 * nesting.  The writer therefore never trusts a length to be text, stops at
 * a limit, and leaves valid JSON in every case.
 *
 *-------------------------------------------------------------------------
 */
#include "io/amqp_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Writer
{
	IoBuffer buffer;
	bool full; /* over the limit or out of memory: writes are ignored */
} Writer;

static void write_value(Writer *writer, const amqp_field_value_t *value,
						int depth);

static void
put(Writer *writer, const char *data, size_t length)
{
	if (writer->full ||
		!io_buffer_reserve(&writer->buffer, length, AMQP_JSON_LIMIT))
	{
		writer->full = true;
		return;
	}
	memcpy(writer->buffer.data + writer->buffer.length, data, length);
	writer->buffer.length += length;
}

static void
put_string(Writer *writer, const char *text)
{
	put(writer, text, strlen(text));
}

static bool
is_continuation(unsigned char c)
{
	return (c & 0xC0) == 0x80;
}

/* Bytes of the well-formed character (not NUL) at text; 0: there is none. */
static size_t
character_width(const unsigned char *text, size_t left)
{
	unsigned char c = text[0];

	if (c < 0x80)
		return c != 0 ? 1 : 0;
	if (left < 2 || !is_continuation(text[1]))
		return 0;
	if (c >= 0xC2 && c <= 0xDF)
		return 2;
	if (left < 3 || !is_continuation(text[2]))
		return 0;
	if ((c == 0xE0 && text[1] >= 0xA0) || (c == 0xED && text[1] <= 0x9F) ||
		(c >= 0xE1 && c <= 0xEF && c != 0xED))
		return 3;
	if (left < 4 || !is_continuation(text[3]))
		return 0;
	if ((c == 0xF0 && text[1] >= 0x90) || (c == 0xF4 && text[1] <= 0x8F) ||
		(c >= 0xF1 && c <= 0xF3))
		return 4;
	return 0;
}

static void
put_character(Writer *writer, const unsigned char *text, size_t width)
{
	char escape[8];

	if (width == 0)
		put_string(writer, "\xEF\xBF\xBD");
	else if (text[0] == '"' || text[0] == '\\')
	{
		put_string(writer, "\\");
		put(writer, (const char *) text, 1);
	}
	else if (text[0] < 0x20)
	{
		snprintf(escape, sizeof(escape), "\\u%04x", text[0]);
		put_string(writer, escape);
	}
	else
		put(writer, (const char *) text, width);
}

static void
write_text(Writer *writer, const void *data, size_t length)
{
	const unsigned char *text = data;
	size_t at = 0;

	put_string(writer, "\"");
	while (at < length && !writer->full)
	{
		size_t width = character_width(text + at, length - at);

		put_character(writer, text + at, width);
		at += width > 0 ? width : 1;
	}
	put_string(writer, "\"");
}

static void
write_bytes(Writer *writer, amqp_bytes_t bytes)
{
	write_text(writer, bytes.bytes, bytes.bytes != NULL ? bytes.len : 0);
}

static void
write_signed(Writer *writer, int64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%lld", (long long) number);
	put_string(writer, digits);
}

static void
write_unsigned(Writer *writer, uint64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%llu", (unsigned long long) number);
	put_string(writer, digits);
}

static void
write_double(Writer *writer, double number, int precision)
{
	char digits[40];
	char *comma;

	if (!isfinite(number))
	{
		put_string(writer, "null");
		return;
	}
	snprintf(digits, sizeof(digits), "%.*g", precision, number);
	comma = strchr(digits, ','); /* some locales' decimal point */
	if (comma != NULL)
		*comma = '.';
	put_string(writer, digits);
}

static void
write_decimal(Writer *writer, amqp_decimal_t decimal)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%lue-%u", (unsigned long) decimal.value,
			 (unsigned) decimal.decimals);
	put_string(writer, digits);
}

static void
write_table(Writer *writer, const amqp_table_t *table, int depth)
{
	if (depth >= AMQP_JSON_DEPTH)
	{
		put_string(writer, "null");
		return;
	}
	put_string(writer, "{");
	for (int i = 0; i < table->num_entries && !writer->full; i++)
	{
		if (i > 0)
			put_string(writer, ",");
		write_bytes(writer, table->entries[i].key);
		put_string(writer, ":");
		write_value(writer, &table->entries[i].value, depth + 1);
	}
	put_string(writer, "}");
}

static void
write_array(Writer *writer, const amqp_array_t *array, int depth)
{
	if (depth >= AMQP_JSON_DEPTH)
	{
		put_string(writer, "null");
		return;
	}
	put_string(writer, "[");
	for (int i = 0; i < array->num_entries && !writer->full; i++)
	{
		if (i > 0)
			put_string(writer, ",");
		write_value(writer, &array->entries[i], depth + 1);
	}
	put_string(writer, "]");
}

static void
write_value(Writer *writer, const amqp_field_value_t *value, int depth)
{
	switch (value->kind)
	{
		case AMQP_FIELD_KIND_BOOLEAN:
			put_string(writer, value->value.boolean ? "true" : "false");
			break;
		case AMQP_FIELD_KIND_I8:
			write_signed(writer, value->value.i8);
			break;
		case AMQP_FIELD_KIND_U8:
			write_unsigned(writer, value->value.u8);
			break;
		case AMQP_FIELD_KIND_I16:
			write_signed(writer, value->value.i16);
			break;
		case AMQP_FIELD_KIND_U16:
			write_unsigned(writer, value->value.u16);
			break;
		case AMQP_FIELD_KIND_I32:
			write_signed(writer, value->value.i32);
			break;
		case AMQP_FIELD_KIND_U32:
			write_unsigned(writer, value->value.u32);
			break;
		case AMQP_FIELD_KIND_I64:
			write_signed(writer, value->value.i64);
			break;
		case AMQP_FIELD_KIND_U64:
		case AMQP_FIELD_KIND_TIMESTAMP:
			write_unsigned(writer, value->value.u64);
			break;
		case AMQP_FIELD_KIND_F32:
			write_double(writer, value->value.f32, 9);
			break;
		case AMQP_FIELD_KIND_F64:
			write_double(writer, value->value.f64, 17);
			break;
		case AMQP_FIELD_KIND_DECIMAL:
			write_decimal(writer, value->value.decimal);
			break;
		case AMQP_FIELD_KIND_UTF8:
		case AMQP_FIELD_KIND_BYTES:
			write_bytes(writer, value->value.bytes);
			break;
		case AMQP_FIELD_KIND_TABLE:
			write_table(writer, &value->value.table, depth);
			break;
		case AMQP_FIELD_KIND_ARRAY:
			write_array(writer, &value->value.array, depth);
			break;
		default: /* void, and kinds yet to be invented */
			put_string(writer, "null");
			break;
	}
}

static void
write_text_property(Writer *writer, const char *name, bool set,
					amqp_bytes_t value)
{
	if (!set)
		return;
	put_string(writer, "\"");
	put_string(writer, name);
	put_string(writer, "\":");
	write_bytes(writer, value);
	put_string(writer, ",");
}

static void
write_number_property(Writer *writer, const char *name, bool set,
					  uint64_t value)
{
	if (!set)
		return;
	put_string(writer, "\"");
	put_string(writer, name);
	put_string(writer, "\":");
	write_unsigned(writer, value);
	put_string(writer, ",");
}

/* Each that is set, with a comma after it. */
static void
write_properties(Writer *writer, const amqp_basic_properties_t *properties)
{
	amqp_flags_t flags = properties->_flags;

	write_text_property(writer, "content_type",
						flags & AMQP_BASIC_CONTENT_TYPE_FLAG,
						properties->content_type);
	write_text_property(writer, "content_encoding",
						flags & AMQP_BASIC_CONTENT_ENCODING_FLAG,
						properties->content_encoding);
	write_number_property(writer, "delivery_mode",
						  flags & AMQP_BASIC_DELIVERY_MODE_FLAG,
						  properties->delivery_mode);
	write_number_property(writer, "priority", flags & AMQP_BASIC_PRIORITY_FLAG,
						  properties->priority);
	write_text_property(writer, "correlation_id",
						flags & AMQP_BASIC_CORRELATION_ID_FLAG,
						properties->correlation_id);
	write_text_property(writer, "reply_to", flags & AMQP_BASIC_REPLY_TO_FLAG,
						properties->reply_to);
	write_text_property(writer, "expiration",
						flags & AMQP_BASIC_EXPIRATION_FLAG,
						properties->expiration);
	write_text_property(writer, "message_id",
						flags & AMQP_BASIC_MESSAGE_ID_FLAG,
						properties->message_id);
	write_number_property(writer, "timestamp",
						  flags & AMQP_BASIC_TIMESTAMP_FLAG,
						  properties->timestamp);
	write_text_property(writer, "type", flags & AMQP_BASIC_TYPE_FLAG,
						properties->type);
	write_text_property(writer, "user_id", flags & AMQP_BASIC_USER_ID_FLAG,
						properties->user_id);
	write_text_property(writer, "app_id", flags & AMQP_BASIC_APP_ID_FLAG,
						properties->app_id);
	if (flags & AMQP_BASIC_HEADERS_FLAG)
	{
		put_string(writer, "\"headers\":");
		write_table(writer, &properties->headers, 0);
		put_string(writer, ",");
	}
}

char *
amqp_json_properties(const amqp_basic_properties_t *properties,
					 const char *exchange, const char *routing_key)
{
	Writer writer = {0};

	put_string(&writer, "{");
	if (properties != NULL)
		write_properties(&writer, properties);
	put_string(&writer, "\"exchange\":");
	write_text(&writer, exchange, strlen(exchange));
	put_string(&writer, ",\"routing_key\":");
	write_text(&writer, routing_key, strlen(routing_key));
	put(&writer, "}", 2); /* with its NUL */
	if (!writer.full)
		return writer.buffer.data;
	io_buffer_free(&writer.buffer);
	return strdup("{\"truncated\":true}");
}
