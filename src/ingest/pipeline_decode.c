/*-------------------------------------------------------------------------
 *
 * pipeline_decode.c
 *	  From bytes to a batch that is ready to commit.
 *
 * Decompresses, has the text split and parsed (batch.c) and the posts analysed.
 * What any of this raises, for want of memory in all likelihood, ends here:
 * nothing of what failed is kept, and the entry waits for another try.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "portability/instr_time.h"
#include "utils/memutils.h"

#include "ingest/batch.h"
#include "ingest/crash_point.h"
#include "ingest/crash_record.h"
#include "ingest/limits.h"
#include "ingest/log_level.h"
#include "ingest/pipeline_internal.h"
#include "ingest/retry.h"

/* Decoding a batch may raise so often; then it is a dead letter. */
#define DECODE_ATTEMPTS_LIMIT 8

static int64
elapsed_us(instr_time started)
{
	instr_time now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, started);
	return INSTR_TIME_GET_MICROSEC(now);
}

/* Parse and analyse; the entry ends ready or rejected. */
static void
entry_parse(Pipeline *pipeline, Entry *entry, const char *text, size_t length)
{
	Batch *batch = entry->batch;
	Rejection rejection = {0};
	MemoryContext old = MemoryContextSwitchTo(batch->context);
	instr_time started;
	bool parsed;

	INSTR_TIME_SET_CURRENT(started);
	parsed = batch_parse(batch, text, length, pipeline->rules, pipeline->tick,
						 &rejection);
	batch->times.parse += elapsed_us(started);
	batch->keep_texts = pipeline->keep_texts;
	if (parsed)
		batch_analyze(batch, pipeline->rules, pipeline->tick);
	MemoryContextSwitchTo(old);

	if (parsed)
	{
		entry_weigh(pipeline, entry, length);
		entry_move(pipeline, entry, ENTRY_READY);
	}
	else
		entry_reject(pipeline, entry, rejection.reason, rejection.message);
}

/* Decompress if need be, then parse.  Frees nothing of the result. */
static void
entry_decode(Pipeline *pipeline, Entry *entry, const StoreResult *result)
{
	const IoBuffer *body = &result->body;
	IoBuffer plain = {0};
	IoError error = {0};
	instr_time started;

	entry->batch->bytes_fetched = body->length;
	entry->batch->times.fetch = result->elapsed_us;
	if (!result->marked_zstd && !compression_is_zstd(body->data, body->length))
	{
		entry_parse(pipeline, entry, body->data ? body->data : "",
					body->length);
		return;
	}

	INSTR_TIME_SET_CURRENT(started);
	if (!decompressor_decode(pipeline->decompressor, body->data, body->length,
							 limit_decoded_bytes(), &plain, &error))
	{
		if (strcmp(error.code, "NO_MEMORY") == 0)
			ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
							errmsg("%s", error.message)));
		entry_reject(pipeline, entry,
					 strcmp(error.code, "TOO_LARGE") == 0 ? "BATCH_TOO_LARGE"
														  : "INVALID_BATCH",
					 error.message);
		return;
	}
	entry->batch->times.parse = elapsed_us(started);
	PG_TRY();
	{
		entry_parse(pipeline, entry, plain.data, plain.length);
	}
	PG_FINALLY();
	{
		io_buffer_free(&plain);
	}
	PG_END_TRY();
}

/*
 * Does the failure cost the event a try?  Memory that is short is the system's
 * state, and no event's fault; unless nothing else is held, which counts once
 * each time that the event is taken, as it may be what does not fit.
 */
static bool
decode_costs_attempt(const Pipeline *pipeline, Entry *entry, bool is_shortage)
{
	if (!is_shortage)
		return true;
	if (entry->short_alone || pipeline_count(pipeline) > 1)
		return false;
	entry->short_alone = true;
	return true;
}

/* Nothing of what was decoded is kept: it is done again later. */
static void
entry_wait_for_decoding(Pipeline *pipeline, Entry *entry, bool is_shortage)
{
	MemoryContextDeleteChildren(entry->batch->context);
	entry->batch->items_context = NULL;
	entry->batch->items = NULL;
	entry->batch->item_count = 0;
	entry->failures++;
	if (decode_costs_attempt(pipeline, entry, is_shortage))
		entry->attempts++;
	entry->retry_ms = io_now_ms() + retry_delay_ms(entry->failures);
	if (is_shortage)
		pipeline->memory_ms = entry->retry_ms;
}

/* Something raised while an entry was decoded: memory, in all likelihood. */
static void
entry_decode_failed(Pipeline *pipeline, Entry *entry, MemoryContext context)
{
	char name[LOG_EVENT_LENGTH];
	ErrorData *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	entry_wait_for_decoding(pipeline, entry,
							failure_is_shortage(error->sqlerrcode));
	io_error_set(&pipeline->object_error, unpack_sql_state(error->sqlerrcode),
				 "It is tried again by itself; fewer batches in flight "
				 "(prefetch) need less memory.",
				 "could not decode the batch of %s: %s",
				 log_event(name, sizeof(name), &entry->batch->event),
				 error->message);
	if (entry->failures == 1 || log_level >= LOG_LEVEL_DEBUG)
		ereport(LOG,
				(errmsg("%s: %s could not be decoded: %s", log_speaker(),
						log_event(name, sizeof(name), &entry->batch->event),
						error->message)));
	if (entry->attempts >= DECODE_ATTEMPTS_LIMIT)
	{
		entry->rejection_sqlstate = MemoryContextStrdup(
			entry->batch->context, unpack_sql_state(error->sqlerrcode));
		FreeErrorData(error);
		entry_reject(pipeline, entry, "DECODE_FAILED",
					 pipeline->object_error.message);
		return;
	}
	FreeErrorData(error);
	pipeline->tally.retries[RETRY_DECODE]++;
	entry_move(pipeline, entry, ENTRY_WAITING);
}

void
pipeline_decode(Pipeline *pipeline, Entry *entry, const StoreResult *result)
{
	MemoryContext context = CurrentMemoryContext;

	crash_record_hold((const uint8 *[]){entry->key}, 1);
	PG_TRY();
	{
		crash_point("decode", &entry->batch->delivery);
		if (result != NULL)
			entry_decode(pipeline, entry, result);
		else
			entry_parse(pipeline, entry, entry->batch->event.items,
						entry->batch->event.items_length);
	}
	PG_CATCH();
	{
		entry_decode_failed(pipeline, entry, context);
	}
	PG_END_TRY();
	crash_record_release();
}
