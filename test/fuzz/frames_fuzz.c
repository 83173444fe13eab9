/*-------------------------------------------------------------------------
 *
 * frames_fuzz.c
 *	  Fuzz target: bytes from a broker become frames, and those deliveries.
 *
 * The bytes go through rabbitmq-c's decoder twice, with their frames handled
 * as broker.c does: once all at once, and once in small pieces, with each body
 * frame cut further.  Both must tell the same story: the same deliveries, the
 * same refusals, the same end.
 *
 *-------------------------------------------------------------------------
 */
#include "io/amqp_frames.h"
#include "io/broker_wire.h"
#include "io/delivery_queue.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define CHANNEL 1
#define MAX_BODY 600

/* Why no more frames were taken. */
typedef enum Ending
{
	ENDING_NONE, /* the bytes were used up */
	ENDING_UNDECODABLE,
	ENDING_CLOSED, /* connection.close, channel.close */
	ENDING_MALFORMED
} Ending;

typedef struct Story
{
	amqp_connection_state_t amqp;
	uint8_t cut; /* 0: nothing is cut */
	AmqpAssembly assembly;
	DeliveryQueue deliveries;
	int others; /* methods that are no delivery */
	Ending ending;
	IoError error; /* of a close */
} Story;

static const BrokerNames names = {.host = "h",
								  .port = 5672,
								  .vhost = "/",
								  .user = "u",
								  .exchange = "e",
								  .routing_key = "r",
								  .queue = "q"};

/* --- one frame --- */

static void
check_error(const IoError *error)
{
	FUZZ_CHECK(error->code[0] != '\0' && fuzz_is_message(error->code));
	FUZZ_CHECK(error->message[0] != '\0' && fuzz_is_message(error->message));
	FUZZ_CHECK(fuzz_is_message(error->hint));
}

static void
check_delivery(const BrokerDelivery *delivery)
{
	FUZZ_CHECK(delivery->body != NULL && delivery->headers != NULL);
	FUZZ_CHECK(delivery->oversized == (delivery->declared_length > MAX_BODY));
	FUZZ_CHECK(delivery->body_length ==
			   (delivery->oversized ? 0 : delivery->declared_length));
	FUZZ_CHECK(delivery->body[delivery->body_length] == '\0');
	FUZZ_CHECK(fuzz_is_utf8(delivery->headers, strlen(delivery->headers)));
	FUZZ_CHECK(delivery->headers[0] == '{');
}

static void
assemble(Story *story, const amqp_frame_t *frame)
{
	BrokerDelivery delivery;
	IoError error = {0};

	switch (amqp_assembly_take(&story->assembly, frame, &delivery, &error))
	{
		case AMQP_PROGRESS_PARTIAL:
			FUZZ_CHECK(story->assembly.phase != AMQP_PHASE_IDLE);
			break;
		case AMQP_PROGRESS_COMPLETE:
			FUZZ_CHECK(story->assembly.phase == AMQP_PHASE_IDLE);
			check_delivery(&delivery);
			FUZZ_CHECK(delivery_queue_put(&story->deliveries, &delivery));
			break;
		case AMQP_PROGRESS_OTHER:
			FUZZ_CHECK(frame->frame_type == AMQP_FRAME_METHOD);
			story->others++;
			break;
		case AMQP_PROGRESS_MALFORMED:
			check_error(&error);
			story->ending = ENDING_MALFORMED;
			break;
		default:
			FUZZ_CHECK(!"there is memory");
	}
}

/* Whether the fragment is part of a body, and no longer than what lacks. */
static bool
is_welcome(const AmqpAssembly *assembly, const amqp_frame_t *frame)
{
	return frame->frame_type == AMQP_FRAME_BODY &&
		   assembly->phase == AMQP_PHASE_BODY &&
		   frame->payload.body_fragment.len <=
			   assembly->delivery.declared_length - assembly->received;
}

/* A body in pieces, an empty one before each. */
static void
assemble_cut(Story *story, const amqp_frame_t *frame)
{
	amqp_frame_t piece = *frame;
	amqp_bytes_t *fragment = &piece.payload.body_fragment;
	size_t left = fragment->len;

	while (left > story->cut)
	{
		fragment->len = 0;
		assemble(story, &piece);
		fragment->len = story->cut;
		assemble(story, &piece);
		fragment->bytes = (char *) fragment->bytes + story->cut;
		left -= story->cut;
	}
	fragment->len = left;
	assemble(story, &piece);
}

static void
take_frame(Story *story, const amqp_frame_t *frame)
{
	BrokerWire wire = {.names = names, .step = BROKER_STEP_RUNNING};

	if (broker_wire_check_close(&wire, frame, &story->error) != BROKER_OK)
	{
		check_error(&story->error);
		story->ending = ENDING_CLOSED;
	}
	else if (frame->channel != CHANNEL)
		return; /* the greeting too */
	else if (story->cut > 0 && is_welcome(&story->assembly, frame))
		assemble_cut(story, frame);
	else
		assemble(story, frame);
}

/* --- all of them --- */

/* These bytes, in a block of their own. */
static void
receive(Story *story, const uint8_t *data, size_t size)
{
	char *copy = fuzz_copy(data, size);
	amqp_bytes_t bytes = {size, copy};

	while (bytes.len > 0 && story->ending == ENDING_NONE)
	{
		amqp_frame_t frame;
		int used = amqp_handle_input(story->amqp, bytes, &frame);

		if (used < 0)
		{
			story->ending = ENDING_UNDECODABLE;
			break;
		}
		bytes.bytes = (char *) bytes.bytes + used;
		bytes.len -= (size_t) used;
		if (frame.frame_type != 0 && frame.frame_type != AMQP_FRAME_HEARTBEAT)
			take_frame(story, &frame);
		amqp_maybe_release_buffers(story->amqp);
	}
	free(copy);
}

static Story
tell(const uint8_t *data, size_t size, uint8_t cut)
{
	/* any answer to it makes the decoder expect frames */
	static const uint8_t greeting[] = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
	Story story = {.cut = cut, .assembly = {.max_body = MAX_BODY}};
	size_t step = cut > 0 ? cut : size;

	story.amqp = amqp_new_connection();
	FUZZ_CHECK(story.amqp != NULL);
	receive(&story, greeting, sizeof(greeting));
	for (size_t at = 0; at < size && story.ending == ENDING_NONE; at += step)
		receive(&story, data + at, size - at < step ? size - at : step);
	amqp_assembly_reset(&story.assembly);
	FUZZ_CHECK(amqp_destroy_connection(story.amqp) == AMQP_STATUS_OK);
	return story;
}

static void
check_same_delivery(const BrokerDelivery *one, const BrokerDelivery *other)
{
	FUZZ_CHECK(one->tag == other->tag);
	FUZZ_CHECK(one->redelivered == other->redelivered);
	FUZZ_CHECK(one->oversized == other->oversized);
	FUZZ_CHECK(one->declared_length == other->declared_length);
	FUZZ_CHECK(one->body_length == other->body_length);
	FUZZ_CHECK(memcmp(one->body, other->body, one->body_length) == 0);
	FUZZ_CHECK(strcmp(one->headers, other->headers) == 0);
}

static void
check_same(Story *one, Story *other)
{
	BrokerDelivery delivery;
	BrokerDelivery again;

	FUZZ_CHECK(one->ending == other->ending);
	FUZZ_CHECK(one->others == other->others);
	FUZZ_CHECK(strcmp(one->error.message, other->error.message) == 0);
	FUZZ_CHECK(one->deliveries.count == other->deliveries.count);
	while (delivery_queue_take(&one->deliveries, &delivery))
	{
		FUZZ_CHECK(delivery_queue_take(&other->deliveries, &again));
		check_same_delivery(&delivery, &again);
		broker_delivery_free(&delivery);
		broker_delivery_free(&again);
	}
}

#define FRAME_HEAD 7 /* type, channel, length */
#define FRAME_END 0xCE

/* A frame gets the length that it has, if less than what it says is left. */
static void
mend(uint8_t *data, size_t size)
{
	while (size > FRAME_HEAD)
	{
		size_t length = (size_t) data[5] << 8 | data[6];

		if (length > size - FRAME_HEAD - 1)
			length = size - FRAME_HEAD - 1;
		data[3] = data[4] = 0;
		data[5] = (uint8_t) (length >> 8);
		data[6] = (uint8_t) length;
		data[FRAME_HEAD + length] = FRAME_END;
		data += FRAME_HEAD + length + 1;
		size -= FRAME_HEAD + length + 1;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = {data, size};
	uint8_t how = fuzz_byte(&input);
	char *copy = fuzz_copy(input.at, input.left);
	uint8_t *bytes = (uint8_t *) copy;
	Story whole;
	Story pieces;

	if (how & 0x80)
		mend(bytes, input.left);
	whole = tell(bytes, input.left, 0);
	pieces = tell(bytes, input.left, (uint8_t) (1 + how % 64));
	check_same(&whole, &pieces);
	free(copy);
	return 0;
}
