/*-------------------------------------------------------------------------
 *
 * broker_frames_test.c
 *	  Deliveries from frames, and message properties as JSON.
 *
 * Frames are made by hand, as rabbitmq-c hands them out.  Prints TAP; needs
 * no server.  Link with io.c, amqp_frames.c, amqp_json.c and -lrabbitmq -lm.
 *
 *-------------------------------------------------------------------------
 */
#include "io/amqp_frames.h"
#include "io/amqp_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tests = 0;
static int failures = 0;

static void
ok(bool passed, const char *name)
{
	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, name);
}

static void
is(const char *got, const char *expected, const char *name)
{
	bool same = got != NULL && strcmp(got, expected) == 0;

	ok(same, name);
	if (!same)
		printf("# got      %s\n# expected %s\n", got != NULL ? got : "NULL",
			   expected);
}

static AmqpProgress
deliver(AmqpAssembly *assembly, uint64_t tag, BrokerDelivery *delivery)
{
	IoError error;
	amqp_basic_deliver_t method = {
		.delivery_tag = tag,
		.redelivered = 1,
		.exchange = amqp_cstring_bytes("smap.events"),
		.routing_key = amqp_cstring_bytes("data.collected")};
	amqp_frame_t frame = {.frame_type = AMQP_FRAME_METHOD, .channel = 1};

	frame.payload.method.id = AMQP_BASIC_DELIVER_METHOD;
	frame.payload.method.decoded = &method;
	return amqp_assembly_take(assembly, &frame, delivery, &error);
}

static AmqpProgress
header(AmqpAssembly *assembly, uint64_t size, BrokerDelivery *delivery)
{
	IoError error;
	amqp_basic_properties_t properties = {0};
	amqp_frame_t frame = {.frame_type = AMQP_FRAME_HEADER, .channel = 1};

	frame.payload.properties.class_id = AMQP_BASIC_CLASS;
	frame.payload.properties.body_size = size;
	frame.payload.properties.decoded = &properties;
	return amqp_assembly_take(assembly, &frame, delivery, &error);
}

static AmqpProgress
body(AmqpAssembly *assembly, const char *data, size_t length,
	 BrokerDelivery *delivery)
{
	IoError error;
	amqp_frame_t frame = {.frame_type = AMQP_FRAME_BODY, .channel = 1};

	frame.payload.body_fragment.bytes = (void *) data;
	frame.payload.body_fragment.len = length;
	return amqp_assembly_take(assembly, &frame, delivery, &error);
}

static void
test_whole_deliveries(void)
{
	AmqpAssembly assembly = {.max_body = 100};
	BrokerDelivery delivery = {0};

	ok(deliver(&assembly, 7, &delivery) == AMQP_PROGRESS_PARTIAL &&
		   header(&assembly, 5, &delivery) == AMQP_PROGRESS_PARTIAL &&
		   body(&assembly, "he", 2, &delivery) == AMQP_PROGRESS_PARTIAL &&
		   body(&assembly, "", 0, &delivery) == AMQP_PROGRESS_PARTIAL &&
		   body(&assembly, "llo", 3, &delivery) == AMQP_PROGRESS_COMPLETE,
	   "a body in fragments is complete with its last byte");
	is(delivery.body, "hello", "its bytes are in order");
	ok(delivery.tag == 7 && delivery.redelivered &&
		   delivery.body_length == 5 && !delivery.oversized,
	   "tag, redelivered and length are the broker's");
	is(delivery.headers,
	   "{\"exchange\":\"smap.events\",\"routing_key\":\"data.collected\"}",
	   "exchange and routing key are in the headers");
	broker_delivery_free(&delivery);

	deliver(&assembly, 8, &delivery);
	ok(header(&assembly, 0, &delivery) == AMQP_PROGRESS_COMPLETE &&
		   delivery.body_length == 0 && delivery.tag == 8,
	   "an empty body is complete with its header");
	is(delivery.body, "", "and is still a string");
	broker_delivery_free(&delivery);
}

static void
test_oversized(void)
{
	AmqpAssembly assembly = {.max_body = 4};
	BrokerDelivery delivery = {0};

	deliver(&assembly, 1, &delivery);
	header(&assembly, 6, &delivery);
	ok(body(&assembly, "abc", 3, &delivery) == AMQP_PROGRESS_PARTIAL &&
		   body(&assembly, "def", 3, &delivery) == AMQP_PROGRESS_COMPLETE,
	   "an oversized body is read past to its end");
	ok(delivery.oversized && delivery.body_length == 0 &&
		   delivery.declared_length == 6 && delivery.body[0] == '\0',
	   "and comes out empty, marked, with its declared length");
	broker_delivery_free(&delivery);

	deliver(&assembly, 2, &delivery);
	ok(header(&assembly, UINT64_MAX, &delivery) == AMQP_PROGRESS_PARTIAL,
	   "the greatest declared length allocates nothing");
	amqp_assembly_reset(&assembly);
	deliver(&assembly, 3, &delivery);
	header(&assembly, 4, &delivery);
	ok(body(&assembly, "1234", 4, &delivery) == AMQP_PROGRESS_COMPLETE &&
		   !delivery.oversized,
	   "exactly max_body is not oversized");
	broker_delivery_free(&delivery);
}

static void
test_malformed(void)
{
	AmqpAssembly assembly = {.max_body = 100};
	BrokerDelivery delivery = {0};

	ok(header(&assembly, 1, &delivery) == AMQP_PROGRESS_MALFORMED,
	   "a header without a delivery is malformed");
	ok(body(&assembly, "x", 1, &delivery) == AMQP_PROGRESS_MALFORMED,
	   "a body without a header is malformed");
	deliver(&assembly, 1, &delivery);
	ok(deliver(&assembly, 2, &delivery) == AMQP_PROGRESS_MALFORMED,
	   "a delivery within a delivery is malformed");
	ok(body(&assembly, "x", 1, &delivery) == AMQP_PROGRESS_MALFORMED,
	   "a body before its header is malformed");
	header(&assembly, 2, &delivery);
	ok(body(&assembly, "xyz", 3, &delivery) == AMQP_PROGRESS_MALFORMED,
	   "a body longer than declared is malformed");
	amqp_assembly_reset(&assembly);
	ok(deliver(&assembly, 3, &delivery) == AMQP_PROGRESS_PARTIAL,
	   "after a reset it begins anew");
	amqp_assembly_reset(&assembly);
}

static void
test_other_methods(void)
{
	AmqpAssembly assembly = {.max_body = 100};
	BrokerDelivery delivery = {0};
	IoError error;
	amqp_frame_t frame = {.frame_type = AMQP_FRAME_METHOD, .channel = 1};

	frame.payload.method.id = AMQP_BASIC_CANCEL_METHOD;
	ok(amqp_assembly_take(&assembly, &frame, &delivery, &error) ==
		   AMQP_PROGRESS_OTHER,
	   "another method is left to the caller");
	frame.frame_type = 99;
	ok(amqp_assembly_take(&assembly, &frame, &delivery, &error) ==
		   AMQP_PROGRESS_MALFORMED,
	   "a frame of unknown type is malformed");
}

/* The JSON of one header, without what surrounds it; good until the next. */
static const char *
json_of(amqp_field_value_t value)
{
	static char out[1024];
	amqp_table_entry_t entry = {.key = amqp_cstring_bytes("k"),
								.value = value};
	amqp_basic_properties_t properties = {._flags = AMQP_BASIC_HEADERS_FLAG};
	char *json;
	char *end;

	properties.headers.num_entries = 1;
	properties.headers.entries = &entry;
	json = amqp_json_properties(&properties, "", "");
	end = json != NULL ? strstr(json, "},\"exchange\"") : NULL;
	if (end == NULL)
	{
		free(json);
		return NULL;
	}
	*end = '\0';
	snprintf(out, sizeof(out), "%s", json + strlen("{\"headers\":{\"k\":"));
	free(json);
	return out;
}

static amqp_field_value_t
text_value(const void *data, size_t length)
{
	amqp_field_value_t value = {.kind = AMQP_FIELD_KIND_UTF8};

	value.value.bytes.bytes = (void *) data;
	value.value.bytes.len = length;
	return value;
}

#define REPLACEMENT "\xEF\xBF\xBD"

static void
test_text(void)
{
	is(json_of(text_value("a\"b\\c\n\x01", 7)),
	   "\"a\\\"b\\\\c\\u000a\\u0001\"",
	   "quotes, backslashes and control characters are escaped");
	is(json_of(text_value("gi\xE1\xBA\xA3 \xF0\x9F\x98\x80", 10)),
	   "\"gi\xE1\xBA\xA3 \xF0\x9F\x98\x80\"", "valid UTF-8 stays");
	is(json_of(text_value("a\0b", 3)), "\"a" REPLACEMENT "b\"",
	   "NUL is replaced");
	is(json_of(text_value("\xFF\xC0\x80", 3)),
	   "\"" REPLACEMENT REPLACEMENT REPLACEMENT "\"",
	   "bytes that are no UTF-8 are replaced, each");
	is(json_of(text_value("\xED\xA0\x80", 3)),
	   "\"" REPLACEMENT REPLACEMENT REPLACEMENT "\"",
	   "a surrogate is replaced");
	is(json_of(text_value("\xF4\x90\x80\x80", 4)),
	   "\"" REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT "\"",
	   "beyond U+10FFFF is replaced");
	is(json_of(text_value("ab\xE1\xBA", 4)),
	   "\"ab" REPLACEMENT REPLACEMENT "\"", "a character cut off is replaced");
	is(json_of(text_value(NULL, 0)), "\"\"", "no bytes are an empty string");
}

static void
test_scalars(void)
{
	amqp_field_value_t value = {.kind = AMQP_FIELD_KIND_BOOLEAN};

	value.value.boolean = 1;
	is(json_of(value), "true", "boolean");
	value.kind = AMQP_FIELD_KIND_I8;
	value.value.i8 = -128;
	is(json_of(value), "-128", "8 bits, signed");
	value.kind = AMQP_FIELD_KIND_U16;
	value.value.u16 = 65535;
	is(json_of(value), "65535", "16 bits, unsigned");
	value.kind = AMQP_FIELD_KIND_I64;
	value.value.i64 = INT64_MIN;
	is(json_of(value), "-9223372036854775808", "64 bits, signed");
	value.kind = AMQP_FIELD_KIND_U64;
	value.value.u64 = UINT64_MAX;
	is(json_of(value), "18446744073709551615", "64 bits, unsigned");
	value.kind = AMQP_FIELD_KIND_TIMESTAMP;
	value.value.u64 = 1764979200;
	is(json_of(value), "1764979200", "timestamp, in seconds");
	value.kind = AMQP_FIELD_KIND_F64;
	value.value.f64 = 0.5;
	is(json_of(value), "0.5", "64-bit float");
	value.value.f64 = NAN;
	is(json_of(value), "null", "NaN is null");
	value.value.f64 = -INFINITY;
	is(json_of(value), "null", "infinity is null");
	value.kind = AMQP_FIELD_KIND_DECIMAL;
	value.value.decimal.decimals = 2;
	value.value.decimal.value = 12345;
	is(json_of(value), "12345e-2", "decimal");
	value.kind = AMQP_FIELD_KIND_VOID;
	is(json_of(value), "null", "void is null");
	value.kind = 'Z';
	is(json_of(value), "null", "an unknown kind is null");
}

static void
test_nesting(void)
{
	amqp_field_value_t levels[40] = {{0}};
	const char *json;

	for (int i = 0; i < 39; i++)
	{
		levels[i].kind = AMQP_FIELD_KIND_ARRAY;
		levels[i].value.array.num_entries = 1;
		levels[i].value.array.entries = &levels[i + 1];
	}
	levels[39].kind = AMQP_FIELD_KIND_VOID;
	json = json_of(levels[0]);
	is(json, "[[[[[[[[[[[[[[[null]]]]]]]]]]]]]]]",
	   "nesting ends in null at its limit");
	is(json_of(levels[37]), "[[null]]", "an array in an array");
}

static void
test_properties(void)
{
	amqp_basic_properties_t properties = {
		._flags = AMQP_BASIC_CONTENT_TYPE_FLAG |
				  AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_TIMESTAMP_FLAG |
				  AMQP_BASIC_MESSAGE_ID_FLAG,
		.content_type = amqp_cstring_bytes("application/json"),
		.delivery_mode = 2,
		.message_id = amqp_cstring_bytes("m-1"),
		.timestamp = 12,
		.app_id = amqp_cstring_bytes("not set by the flags")};
	char *long_text = malloc(AMQP_JSON_LIMIT);
	char *json = amqp_json_properties(&properties, "e", "r\"k");

	is(json,
	   "{\"content_type\":\"application/json\",\"delivery_mode\":2,"
	   "\"message_id\":\"m-1\",\"timestamp\":12,"
	   "\"exchange\":\"e\",\"routing_key\":\"r\\\"k\"}",
	   "the properties that are set, and no others");
	free(json);

	memset(long_text, 'x', AMQP_JSON_LIMIT);
	properties.message_id.bytes = long_text;
	properties.message_id.len = AMQP_JSON_LIMIT;
	json = amqp_json_properties(&properties, "e", "r");
	is(json, "{\"truncated\":true}", "over the limit it says so");
	free(json);
	memset(long_text, '\x01', AMQP_JSON_LIMIT);
	properties.message_id.len = AMQP_JSON_LIMIT / 6;
	json = amqp_json_properties(&properties, "e", "r");
	is(json, "{\"truncated\":true}", "the limit counts what escapes add");
	free(json);
	free(long_text);
	json = amqp_json_properties(NULL, "e", "r");
	is(json, "{\"exchange\":\"e\",\"routing_key\":\"r\"}", "no properties");
	free(json);
}

static void
test_buffer(void)
{
	IoBuffer buffer = {0};

	ok(io_buffer_reserve(&buffer, 10, 100) && buffer.capacity >= 10 &&
		   buffer.capacity <= 100,
	   "a buffer does not outgrow its limit");
	buffer.length = 10;
	ok(io_buffer_reserve(&buffer, 90, 100), "it grows up to its limit");
	ok(!io_buffer_reserve(&buffer, 91, 100), "and not a byte further");
	ok(!io_buffer_reserve(&buffer, SIZE_MAX, 0), "nor beyond all memory");
	ok(buffer.length == 10, "a refusal leaves it as it was");
	io_buffer_free(&buffer);
	ok(buffer.data == NULL && buffer.capacity == 0, "freed, it is empty");
}

int
main(void)
{
	test_whole_deliveries();
	test_oversized();
	test_malformed();
	test_other_methods();
	test_text();
	test_scalars();
	test_nesting();
	test_properties();
	test_buffer();
	printf("1..%d\n", tests);
	return failures > 0;
}
