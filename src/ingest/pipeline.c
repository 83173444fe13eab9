/*-------------------------------------------------------------------------
 *
 * pipeline.c
 *	  From a delivery to a batch that is ready to commit.
 *
 * Keeps the deliveries in flight, each in one list by its stage; starts
 * fetches, decodes, parses and analyses what arrives.  It also knows whether
 * the store works: when it does not, nothing is fetched but one probe, with
 * backoff, and pipeline_is_blocked() tells the worker to take no more
 * deliveries.  It never opens a transaction, never talks to the broker and
 * never waits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "ingest/batch.h"
#include "ingest/clip.h"
#include "ingest/crash_point.h"
#include "ingest/crash_record.h"
#include "ingest/event.h"
#include "ingest/limits.h"
#include "ingest/log_level.h"
#include "ingest/pipeline.h"
#include "ingest/retry.h"
#include "io/compression.h"

/* A group is worth committing, and is cut, at this size. */
#define GROUP_ITEMS 2000

/* Decoded batches that may wait for their commit before fetching stops. */
#define READY_BYTES_LIMIT (64 * 1024 * 1024)

/*
 * So many different objects in a row must fail before the store is blamed: one
 * object alone may be at fault itself.
 */
#define STORE_REFUSALS_LIMIT 2 /* 403, no such bucket, certificate */
#define STORE_FAILURES_LIMIT 3 /* 5xx, time outs */

/* Decoding a batch may raise so often; then it is a dead letter. */
#define DECODE_ATTEMPTS_LIMIT 8

/* Events could fill the log with what they name: no more lines than these. */
#define REFUSAL_LOG_MS 60000

/* Asked for where no object of the store is known: not there, it is hoped. */
#define INVENTED_KEY "analytics-asks-whether-you-are-well"

struct Pipeline
{
	MemoryContext context;
	void (*tick)(void);
	StoreClient *store;
	char *store_name;
	int max_fetches;
	bool keep_texts;
	const IngestRules *rules;
	Decompressor *decompressor;

	dlist_head waiting;
	dlist_head fetching;
	dlist_head settled; /* ready, rejected or parked */
	int waiting_count;
	int fetching_count;
	int settled_count;
	int settled_items;
	int64 settled_bytes;
	int64 bytes; /* of all entries */

	/* the store's state */
	bool store_down;
	bool store_misconfigured;
	bool probing;
	bool probe_good;     /* the next probe asks for good_key */
	bool object_refused; /* object_error is of one for which somebody must
						  * mend something */
	int store_attempts;
	int store_failures; /* different objects in a row, while it is not down */
	FetchFailure failed_how;             /* all of them */
	uint64 failed[STORE_FAILURES_LIMIT]; /* hashes of their names */
	int64 answered_ms; /* when it last answered well; 0: never */
	int64 probe_ms;    /* when to probe next */
	char *probe_bucket;
	char *probe_key;
	char *good_bucket; /* the object that was last fetched; NULL: none */
	char *good_key;
	int64 memory_ms;       /* memory was short: no deliveries until then */
	int64 refusal_ms;      /* none is logged before */
	bool store_refuses;    /* see PipelineStatus */
	uint32 fetch_failures; /* likewise */
	bool failure_refused;  /* likewise */
	IoError failure;       /* of the last fetch that failed */
	IoError store_error;
	IoError object_error; /* of the last object that had to wait */

	PipelineTally tally;
};

/* Its address is the owner of a probe's fetch. */
static char probe_owner;

Pipeline *
pipeline_create(MemoryContext parent, void (*tick)(void))
{
	MemoryContext context = AllocSetContextCreate(parent, "analytics pipeline",
												  ALLOCSET_DEFAULT_SIZES);
	Pipeline *pipeline = MemoryContextAllocZero(context, sizeof(Pipeline));

	pipeline->context = context;
	pipeline->tick = tick;
	pipeline->decompressor = decompressor_create();
	if (pipeline->decompressor == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
						errmsg("could not create a zstd decoder")));
	dlist_init(&pipeline->waiting);
	dlist_init(&pipeline->fetching);
	dlist_init(&pipeline->settled);
	return pipeline;
}

/* ------------------------------------------------------------------ */
/* Entries and their stages                                           */
/* ------------------------------------------------------------------ */

static bool
stage_is_settled(EntryStage stage)
{
	return stage == ENTRY_READY || stage == ENTRY_REJECTED ||
		   stage == ENTRY_PARKED;
}

static int64
entry_bytes(const Entry *entry)
{
	return entry->batch->bytes_decoded + entry->batch->delivery.body_length;
}

static void
entry_leave(Pipeline *pipeline, Entry *entry)
{
	dlist_delete(&entry->node);
	pipeline->bytes -= entry_bytes(entry);
	if (entry->stage == ENTRY_WAITING)
		pipeline->waiting_count--;
	else if (entry->stage == ENTRY_FETCHING)
		pipeline->fetching_count--;
	else
	{
		pipeline->settled_count--;
		pipeline->settled_items -= entry->batch->item_count;
		pipeline->settled_bytes -= entry_bytes(entry);
	}
}

static void
entry_enter(Pipeline *pipeline, Entry *entry, EntryStage stage)
{
	entry->stage = stage;
	pipeline->bytes += entry_bytes(entry);
	if (stage == ENTRY_WAITING)
	{
		dlist_push_tail(&pipeline->waiting, &entry->node);
		pipeline->waiting_count++;
	}
	else if (stage == ENTRY_FETCHING)
	{
		dlist_push_tail(&pipeline->fetching, &entry->node);
		pipeline->fetching_count++;
	}
	else
	{
		dlist_push_tail(&pipeline->settled, &entry->node);
		pipeline->settled_count++;
		pipeline->settled_items += entry->batch->item_count;
		pipeline->settled_bytes += entry_bytes(entry);
	}
}

/* Not of a settled one: how many bytes its batch has is known now. */
static void
entry_weigh(Pipeline *pipeline, Entry *entry, int64 bytes_decoded)
{
	pipeline->bytes += bytes_decoded - entry->batch->bytes_decoded;
	entry->batch->bytes_decoded = bytes_decoded;
}

/* To another stage.  What an entry weighs may change only by entry_weigh(). */
static void
entry_move(Pipeline *pipeline, Entry *entry, EntryStage stage)
{
	entry_leave(pipeline, entry);
	if (stage_is_settled(stage))
		entry->settled_ms = io_now_ms();
	entry_enter(pipeline, entry, stage);
}

static void
entry_reject(Pipeline *pipeline, Entry *entry, const char *reason,
			 const char *message)
{
	entry->rejection.reason = reason;
	entry->batch->delivery.attempts = entry->attempts;
	clip_text(entry->rejection.message, message,
			  sizeof(entry->rejection.message));
	entry_move(pipeline, entry, ENTRY_REJECTED);
}

static void
entry_park(Pipeline *pipeline, Entry *entry, int64 delay_ms)
{
	entry->due_at =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), delay_ms);
	entry_move(pipeline, entry, ENTRY_PARKED);
}

void
pipeline_forget(Pipeline *pipeline, Entry *entry)
{
	MemoryContextDelete(entry->batch->context);
}

void
pipeline_return(Pipeline *pipeline, Entry *entry)
{
	entry_enter(pipeline, entry, entry->stage);
}

int
pipeline_count(const Pipeline *pipeline)
{
	return pipeline->waiting_count + pipeline->fetching_count +
		   pipeline->settled_count;
}

int64
pipeline_bytes(const Pipeline *pipeline)
{
	return pipeline->bytes;
}

/* ------------------------------------------------------------------ */
/* Decoding                                                           */
/* ------------------------------------------------------------------ */

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

static void
entry_decode_guarded(Pipeline *pipeline, Entry *entry,
					 const StoreResult *result)
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

/* ------------------------------------------------------------------ */
/* Acceptance                                                         */
/* ------------------------------------------------------------------ */

static Entry *
entry_create(Pipeline *pipeline, const Delivery *delivery, const uint8 *key)
{
	MemoryContext context = AllocSetContextCreate(
		pipeline->context, "analytics batch", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Entry *entry = palloc0(sizeof(Entry));
	Batch *batch = palloc0(sizeof(Batch));
	char *body = MemoryContextAllocHuge(context, delivery->body_length + 1);

	memcpy(body, delivery->body, delivery->body_length);
	body[delivery->body_length] = '\0';
	batch->context = context;
	batch->delivery = *delivery;
	batch->delivery.body = body;
	batch->delivery.headers =
		pstrdup(delivery->headers ? delivery->headers : "{}");
	batch->expected_count = -1;
	entry->batch = batch;
	entry->attempts = delivery->attempts;
	entry->accepted_ms = io_now_ms();
	memcpy(entry->key, key, EVENT_HASH_LENGTH);
	batch->delivery.event_key = entry->key;
	MemoryContextSwitchTo(old);
	return entry;
}

/* False: *rejection says why.  The entry's event is then not, or half, read. */
static bool
entry_read(Entry *entry, Rejection *rejection)
{
	Batch *batch = entry->batch;
	const Delivery *delivery = &batch->delivery;
	MemoryContext old;
	bool valid;

	if (delivery->refused_length > 0)
	{
		rejection->reason = "EVENT_TOO_LARGE";
		snprintf(rejection->message, sizeof(rejection->message),
				 "the body of the event has " UINT64_FORMAT
				 " bytes, which is more than is taken",
				 delivery->refused_length);
		return false;
	}
	crash_record_hold((const uint8 *[]){entry->key}, 1);
	crash_point("parse", delivery);
	old = MemoryContextSwitchTo(batch->context);
	valid = event_parse(delivery->body, delivery->body_length,
						delivery->received_at, &batch->event, rejection);
	MemoryContextSwitchTo(old);
	crash_record_release();
	return valid;
}

void
pipeline_accept(Pipeline *pipeline, const Delivery *delivery, const uint8 *key,
				bool suspect)
{
	Entry *entry = entry_create(pipeline, delivery, key);
	Rejection rejection = {0};

	entry->suspect = suspect;
	entry->event_valid = entry_read(entry, &rejection);
	entry_enter(pipeline, entry, ENTRY_WAITING);
	if (!entry->event_valid)
		entry_reject(pipeline, entry, rejection.reason, rejection.message);
}

void
pipeline_refuse(Pipeline *pipeline, const Delivery *delivery, const uint8 *key,
				const char *reason, const char *message)
{
	Entry *entry = entry_create(pipeline, delivery, key);

	entry->suspect = true;
	entry_enter(pipeline, entry, ENTRY_WAITING);
	entry_reject(pipeline, entry, reason, message);
}

/* ------------------------------------------------------------------ */
/* The store                                                          */
/* ------------------------------------------------------------------ */

static void
store_is_up(Pipeline *pipeline)
{
	pipeline->store_failures = 0;
	pipeline->store_refuses = false;
	pipeline->answered_ms = io_now_ms();
	if (!pipeline->store_down)
		return;
	ereport(LOG, (errmsg("%s: store \"%s\" works again", log_speaker(),
						 pipeline->store_name)));
	pipeline->store_down = false;
	pipeline->store_misconfigured = false;
	pipeline->store_attempts = 0;
}

/* bucket and key are what to probe with. */
static void
store_is_down(Pipeline *pipeline, const IoError *error, bool misconfigured,
			  const char *bucket, const char *key)
{
	if (!pipeline->store_down)
	{
		ereport(LOG,
				(errmsg("%s: store \"%s\" does not work: %s", log_speaker(),
						pipeline->store_name, error->message),
				 error->hint[0] ? errhint("%s", error->hint) : 0));
		if (pipeline->probe_bucket != NULL)
			pfree(pipeline->probe_bucket);
		if (pipeline->probe_key != NULL)
			pfree(pipeline->probe_key);
		pipeline->probe_bucket =
			MemoryContextStrdup(pipeline->context, bucket);
		pipeline->probe_key = MemoryContextStrdup(pipeline->context, key);
		pipeline->store_down = true;
		pipeline->store_attempts = 0;
	}
	pipeline->store_misconfigured = misconfigured;
	pipeline->store_error = *error;
	pipeline->store_attempts++;
	pipeline->probe_ms =
		io_now_ms() + retry_delay_ms(pipeline->store_attempts);
}

bool
pipeline_is_blocked(const Pipeline *pipeline)
{
	return pipeline->store_down || io_now_ms() < pipeline->memory_ms;
}

bool
pipeline_is_refused(const Pipeline *pipeline)
{
	return pipeline->store_refuses ||
		   (pipeline->store_down && pipeline->store_misconfigured);
}

/* Does this outcome show that the store answers as it should? */
static bool
store_answered(const StoreResult *result)
{
	return result->outcome == STORE_OK || result->outcome == STORE_NOT_FOUND ||
		   (fetch_classify(result) == FETCH_PERMANENT &&
			result->http_status != 0);
}

static void
replace_text(Pipeline *pipeline, char **text, const char *value)
{
	char *copy = MemoryContextStrdup(pipeline->context, value);

	if (*text != NULL)
		pfree(*text);
	*text = copy;
}

/*
 * The next probe asks for something else than the last, since one object or
 * bucket may be refused while the store is fine: in turn what was fetched
 * last, and what waits.  Where nothing was, a name that is hardly there does
 * as well: that the store says so is an answer.
 */
static void
choose_probe(Pipeline *pipeline)
{
	pipeline->probe_good = !pipeline->probe_good;
	if (pipeline->probe_good && pipeline->good_key == NULL)
		replace_text(pipeline, &pipeline->probe_key, INVENTED_KEY);
	else if (pipeline->probe_good)
	{
		replace_text(pipeline, &pipeline->probe_bucket, pipeline->good_bucket);
		replace_text(pipeline, &pipeline->probe_key, pipeline->good_key);
	}
	else if (!dlist_is_empty(&pipeline->waiting))
	{
		Entry *entry =
			dlist_container(Entry, node, dlist_head_node(&pipeline->waiting));

		/* to the end, so that each has its turn */
		entry_move(pipeline, entry, ENTRY_WAITING);
		if (entry->batch->event.key != NULL)
		{
			replace_text(pipeline, &pipeline->probe_bucket,
						 entry->batch->event.bucket);
			replace_text(pipeline, &pipeline->probe_key,
						 entry->batch->event.key);
		}
	}
}

static void
probe_ended(Pipeline *pipeline, const StoreResult *result)
{
	bool refused = fetch_classify(result) == FETCH_CONFIGURATION;
	bool invented = strcmp(pipeline->probe_key, INVENTED_KEY) == 0;

	pipeline->probing = false;
	/* Who may not list a bucket is not told what it lacks: 403. */
	if (store_answered(result) ||
		(refused && invented && !pipeline->store_misconfigured))
	{
		store_is_up(pipeline);
		return;
	}
	store_is_down(pipeline, &result->error, refused, pipeline->probe_bucket,
				  pipeline->probe_key);
	choose_probe(pipeline);
}

/* Another try of the entry has failed: does it count? */
static void
count_failure(Entry *entry, FetchFailure failure)
{
	entry->failures++;
	if (!fetch_costs_attempt(failure))
		return;
	/* More tries than this kind allows were of another kind: begin anew. */
	if (entry->attempts >= event_tries(failure))
		entry->attempts = 0;
	entry->attempts++;
}

/* The object is at fault: the entry waits, here or parked, or is given up. */
static void
entry_retry_later(Pipeline *pipeline, Entry *entry, const StoreResult *result)
{
	FetchFailure failure = fetch_classify(result);
	char name[LOG_EVENT_LENGTH];
	int64 now = io_now_ms();
	EventRetry retry;

	count_failure(entry, failure);
	if (log_level >= LOG_LEVEL_DEBUG && entry->failures == 1 &&
		entry->attempts <= 1)
		ereport(LOG,
				(errmsg("%s: %s waits for its object: %s", log_speaker(),
						log_event(name, sizeof(name), &entry->batch->event),
						result->error.message)));
	pipeline->object_error = result->error;
	pipeline->object_refused = failure == FETCH_CONFIGURATION;
	retry = event_retry(failure, entry->attempts, entry->failures,
						now - entry->accepted_ms);
	entry->retry_ms = now + retry.delay_ms;
	if (retry.give_up != NULL)
		entry_reject(pipeline, entry, retry.give_up, result->error.message);
	else if (retry.park)
		entry_park(pipeline, entry, retry.delay_ms);
	else
		entry_move(pipeline, entry, ENTRY_WAITING);
}

/*
 * Would this failure be the event's last although nothing shows that the store
 * works, by a good answer for another object shortly before this fetch, which
 * may have taken long itself?  Then it may be the store's, and the event is
 * not given up for it.
 */
static bool
store_is_doubtful(const Pipeline *pipeline, const Entry *entry,
				  FetchFailure failure, const StoreResult *result)
{
	int64 started_ms = io_now_ms() - result->elapsed_us / 1000;

	return failure == FETCH_OBJECT &&
		   entry->attempts + 1 >= event_tries(failure) &&
		   (pipeline->answered_ms == 0 ||
			started_ms - pipeline->answered_ms > store_proven_ms());
}

static uint64
object_hash(const Event *event)
{
	uint64 bucket = hash_bytes_extended((const unsigned char *) event->bucket,
										(int) strlen(event->bucket), 0);

	return hash_bytes_extended((const unsigned char *) event->key,
							   (int) strlen(event->key), bucket);
}

/*
 * Note the failure of one more object.  Events that were parked come again, so
 * that objects, and not entries, are told apart; those that failed in another
 * way are no part of the row.
 */
static void
count_failed_object(Pipeline *pipeline, const Event *event,
					FetchFailure failure)
{
	uint64 hash = object_hash(event);

	if (pipeline->failed_how != failure)
		pipeline->store_failures = 0;
	pipeline->failed_how = failure;
	for (int i = 0; i < pipeline->store_failures; i++)
		if (pipeline->failed[i] == hash)
			return;
	if (pipeline->store_failures < STORE_FAILURES_LIMIT)
		pipeline->failed[pipeline->store_failures++] = hash;
}

/* Have enough different objects failed in a row to blame the store? */
static bool
store_is_suspect(Pipeline *pipeline, const Entry *entry, FetchFailure failure)
{
	count_failed_object(pipeline, &entry->batch->event, failure);
	if (failure == FETCH_STORE)
		return true;
	return pipeline->store_failures >= (failure == FETCH_CONFIGURATION
											? STORE_REFUSALS_LIMIT
											: STORE_FAILURES_LIMIT);
}

/*
 * Remember it for the report: the event itself may be parked before anybody
 * looks.
 */
static void
note_failure(Pipeline *pipeline, FetchFailure failure, const IoError *error)
{
	bool refused = failure == FETCH_CONFIGURATION;

	if (failure == FETCH_AMBIGUOUS || failure == FETCH_PERMANENT ||
		failure == FETCH_SYSTEM)
		return;
	if (refused && !pipeline->store_refuses && !pipeline->store_down &&
		io_now_ms() >= pipeline->refusal_ms)
	{
		pipeline->refusal_ms = io_now_ms() + REFUSAL_LOG_MS;
		ereport(LOG, (errmsg("%s: store \"%s\" refuses: %s", log_speaker(),
							 pipeline->store_name, error->message),
					  error->hint[0] ? errhint("%s", error->hint) : 0));
	}
	pipeline->fetch_failures++;
	pipeline->failure = *error;
	pipeline->failure_refused = refused;
	pipeline->store_refuses = refused;
}

/*
 * A fetch failed.  What fails together with the store costs the event no
 * attempt; it is simply tried again when the store is back.
 */
static void
fetch_failed(Pipeline *pipeline, Entry *entry, const StoreResult *result)
{
	const Event *event = &entry->batch->event;
	FetchFailure failure = fetch_classify(result);

	note_failure(pipeline, failure, &result->error);
	if (store_answered(result))
		store_is_up(pipeline);
	if (failure == FETCH_PERMANENT)
		entry_reject(pipeline, entry, fetch_rejection(result->outcome),
					 result->error.message);
	else if (pipeline->store_down)
		entry_move(pipeline, entry, ENTRY_WAITING);
	else if (failure != FETCH_AMBIGUOUS && failure != FETCH_SYSTEM &&
			 (store_is_suspect(pipeline, entry, failure) ||
			  store_is_doubtful(pipeline, entry, failure, result)))
	{
		entry_move(pipeline, entry, ENTRY_WAITING);
		store_is_down(pipeline, &result->error, failure == FETCH_CONFIGURATION,
					  event->bucket, event->key);
	}
	else
		entry_retry_later(pipeline, entry, result);
	if (entry->stage != ENTRY_REJECTED)
		pipeline->tally.retries[RETRY_FETCH]++;
}

static void
fetch_succeeded(Pipeline *pipeline, Entry *entry, const StoreResult *result)
{
	const Event *event = &entry->batch->event;

	store_is_up(pipeline);
	if (pipeline->good_key == NULL ||
		strcmp(pipeline->good_key, event->key) != 0)
	{
		replace_text(pipeline, &pipeline->good_bucket, event->bucket);
		replace_text(pipeline, &pipeline->good_key, event->key);
	}
	entry_decode_guarded(pipeline, entry, result);
}

/* Enough is decoded: let it be committed before more memory is used. */
static bool
is_full(const Pipeline *pipeline)
{
	return pipeline->settled_bytes >= READY_BYTES_LIMIT ||
		   pipeline->settled_items >= GROUP_ITEMS;
}

static void
take_results(Pipeline *pipeline)
{
	StoreResult result;

	while (!is_full(pipeline) && store_next(pipeline->store, &result))
	{
		tally_store_result(&pipeline->tally, &result);
		if (result.owner == &probe_owner)
			probe_ended(pipeline, &result);
		else if (result.outcome == STORE_OK)
			fetch_succeeded(pipeline, result.owner, &result);
		else
			fetch_failed(pipeline, result.owner, &result);
		store_result_free(&result);
	}
}

static void
start_probe(Pipeline *pipeline)
{
	if (pipeline->probing || io_now_ms() < pipeline->probe_ms)
		return;
	pipeline->probing = store_start(pipeline->store, pipeline->probe_bucket,
									pipeline->probe_key, &probe_owner);
	if (!pipeline->probing)
		pipeline->probe_ms = io_now_ms() + retry_delay_ms(1);
}

/* Or are its items in its event? */
static bool
needs_fetch(const Entry *entry)
{
	return entry->batch->event.items == NULL;
}

/*
 * Begin the fetch of one waiting entry.  Inline items need none; a consumer
 * without a store can only take these.  False: nothing more can be begun.
 */
static bool
start_entry(Pipeline *pipeline, Entry *entry)
{
	const Event *event = &entry->batch->event;

	if (!needs_fetch(entry))
		entry_decode_guarded(pipeline, entry, NULL);
	else if (pipeline->store == NULL)
		entry_reject(pipeline, entry, "NO_STORE",
					 "the event names an object, and its consumer has no "
					 "store to fetch it from");
	else if (!pipeline->store_down)
	{
		if (pipeline->fetching_count >= pipeline->max_fetches ||
			!store_start(pipeline->store, event->bucket, event->key, entry))
			return false;
		entry_move(pipeline, entry, ENTRY_FETCHING);
	}
	return true;
}

/*
 * Begin the fetch of every waiting entry whose time has come.  Those that need
 * none do not wait behind the others.
 */
static void
start_fetches(Pipeline *pipeline)
{
	int64 now = io_now_ms();
	bool fetches_left = true;
	dlist_mutable_iter iter;

	dlist_foreach_modify (iter, &pipeline->waiting)
	{
		Entry *entry = dlist_container(Entry, node, iter.cur);

		if (is_full(pipeline))
			break;
		if (entry->retry_ms <= now && (fetches_left || !needs_fetch(entry)))
			fetches_left &= start_entry(pipeline, entry);
	}
}

/*
 * How long the entry may be held before it waits in the local queue, so that
 * its delivery does not run into the broker's consumer_timeout.
 */
static int64
hold_limit_ms(const Pipeline *pipeline, const Entry *entry)
{
	if (pipeline->store_down && needs_fetch(entry))
		return hold_outage_ms();
	return entry->retry_ms > 0 ? hold_object_ms() : hold_longest_ms();
}

/* A transfer may take longer than the broker waits: begin it anew, parked. */
static void
park_slow_fetches(Pipeline *pipeline)
{
	int64 now = io_now_ms();
	dlist_mutable_iter iter;

	dlist_foreach_modify (iter, &pipeline->fetching)
	{
		Entry *entry = dlist_container(Entry, node, iter.cur);

		if (entry->batch->delivery.source != DELIVERY_BROKER ||
			now - entry->accepted_ms < hold_longest_ms())
			continue;
		store_cancel(pipeline->store, entry);
		entry_park(pipeline, entry, 0);
	}
}

/* What has been held too long waits in the local queue instead. */
static void
park_old(Pipeline *pipeline)
{
	int64 now = io_now_ms();
	dlist_mutable_iter iter;

	park_slow_fetches(pipeline);
	dlist_foreach_modify (iter, &pipeline->waiting)
	{
		Entry *entry = dlist_container(Entry, node, iter.cur);

		if (now - entry->accepted_ms >= hold_limit_ms(pipeline, entry))
			entry_park(pipeline, entry, park_outage_ms());
	}
}

void
pipeline_run(Pipeline *pipeline)
{
	park_old(pipeline);
	if (pipeline->store != NULL)
	{
		store_run(pipeline->store);
		take_results(pipeline);
		if (pipeline->store_down)
			start_probe(pipeline);
	}
	start_fetches(pipeline);
	if (pipeline->store != NULL)
	{
		store_run(pipeline->store);
		take_results(pipeline);
	}
}

static int
lower_timeout(int timeout_ms, int64 at_ms, int64 now)
{
	int64 left = Max(at_ms - now, 0);

	return timeout_ms < 0 || left < timeout_ms ? (int) left : timeout_ms;
}

/* When the entry, left alone, has something to do: a fetch, or to be parked. */
static int64
entry_due_ms(const Pipeline *pipeline, const Entry *entry)
{
	int64 parked_ms = entry->accepted_ms + hold_limit_ms(pipeline, entry);

	if (is_full(pipeline))
		return parked_ms;
	if (needs_fetch(entry) &&
		(pipeline->store_down ||
		 pipeline->fetching_count >= pipeline->max_fetches))
		return parked_ms;
	return Min(entry->retry_ms, parked_ms);
}

int
pipeline_timeout_ms(Pipeline *pipeline)
{
	int64 now = io_now_ms();
	int timeout = -1;
	dlist_iter iter;

	if (pipeline->store != NULL && !is_full(pipeline))
		timeout = store_timeout_ms(pipeline->store);
	if (pipeline->store_down && !pipeline->probing)
		timeout = lower_timeout(timeout, pipeline->probe_ms, now);
	if (now < pipeline->memory_ms)
		timeout = lower_timeout(timeout, pipeline->memory_ms, now);
	dlist_foreach (iter, &pipeline->waiting)
	{
		const Entry *entry = dlist_container(Entry, node, iter.cur);

		timeout = lower_timeout(timeout, entry_due_ms(pipeline, entry), now);
	}
	return timeout;
}

/* ------------------------------------------------------------------ */
/* Commit                                                             */
/* ------------------------------------------------------------------ */

bool
pipeline_commit_due(Pipeline *pipeline, int commit_delay_ms, int *wait_ms)
{
	Entry *oldest;
	int64 age;

	if (pipeline->settled_count == 0)
		return false;
	if (is_full(pipeline) ||
		pipeline->settled_count >= PIPELINE_GROUP_ENTRIES ||
		pipeline->fetching_count == 0)
		return true;
	oldest = dlist_container(Entry, node, dlist_head_node(&pipeline->settled));
	age = io_now_ms() - oldest->settled_ms;
	if (age >= commit_delay_ms)
		return true;
	if (*wait_ms < 0 || commit_delay_ms - age < *wait_ms)
		*wait_ms = commit_delay_ms - age;
	return false;
}

int
pipeline_take(Pipeline *pipeline, Entry **entries)
{
	int count = 0;
	int items = 0;

	while (count < PIPELINE_GROUP_ENTRIES && items < GROUP_ITEMS &&
		   !dlist_is_empty(&pipeline->settled))
	{
		Entry *entry =
			dlist_container(Entry, node, dlist_head_node(&pipeline->settled));

		if (entry->suspect && count > 0)
			break;
		entry_leave(pipeline, entry);
		items += entry->batch->item_count;
		entries[count++] = entry;
		if (entry->suspect)
			break;
	}
	return count;
}

/* ------------------------------------------------------------------ */
/* Changes from outside                                               */
/* ------------------------------------------------------------------ */

void
pipeline_set_store(Pipeline *pipeline, StoreClient *store, int max_fetches,
				   const char *store_name)
{
	dlist_mutable_iter iter;

	if (store != pipeline->store)
	{
		dlist_foreach_modify (iter, &pipeline->fetching)
			entry_move(pipeline, dlist_container(Entry, node, iter.cur),
					   ENTRY_WAITING);
		dlist_foreach_modify (iter, &pipeline->waiting)
			dlist_container(Entry, node, iter.cur)->retry_ms = 0;
		pipeline->probing = false;
		pipeline->store_down = false;
		pipeline->store_misconfigured = false;
		pipeline->store_refuses = false;
		pipeline->refusal_ms = 0;
		pipeline->store_failures = 0;
	}
	pipeline->store = store;
	pipeline->max_fetches = max_fetches;
	if (pipeline->store_name != NULL)
		pfree(pipeline->store_name);
	pipeline->store_name =
		MemoryContextStrdup(pipeline->context, store_name ? store_name : "");
}

void
pipeline_set_rules(Pipeline *pipeline, const IngestRules *rules)
{
	pipeline->rules = rules;
}

void
pipeline_keep_texts(Pipeline *pipeline, bool keep)
{
	pipeline->keep_texts = keep;
}

static void
keep_broker_entries(dlist_head *list, uint32 generation)
{
	dlist_iter iter;

	dlist_foreach (iter, list)
	{
		Entry *entry = dlist_container(Entry, node, iter.cur);

		if (entry->batch->delivery.source == DELIVERY_BROKER &&
			entry->batch->delivery.generation == generation)
			entry->orphan = true;
	}
}

void
pipeline_keep_broker(Pipeline *pipeline, uint32 generation)
{
	keep_broker_entries(&pipeline->waiting, generation);
	keep_broker_entries(&pipeline->fetching, generation);
	keep_broker_entries(&pipeline->settled, generation);
}

bool
pipeline_keep_probe(Pipeline *pipeline)
{
	dlist_iter iter;

	dlist_foreach (iter, &pipeline->settled)
	{
		Entry *entry = dlist_container(Entry, node, iter.cur);

		if (entry->stage != ENTRY_READY)
			continue;
		entry->orphan = entry->batch->delivery.source == DELIVERY_BROKER;
		return true;
	}
	return false;
}

static void
drop_broker_entries(Pipeline *pipeline, dlist_head *list, uint32 generation)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify (iter, list)
	{
		Entry *entry = dlist_container(Entry, node, iter.cur);

		if (entry->batch->delivery.source != DELIVERY_BROKER ||
			entry->orphan || entry->batch->delivery.generation == generation)
			continue;
		if (entry->stage == ENTRY_FETCHING)
			store_cancel(pipeline->store, entry);
		entry_leave(pipeline, entry);
		pipeline_forget(pipeline, entry);
	}
}

void
pipeline_drop_broker(Pipeline *pipeline, uint32 generation)
{
	drop_broker_entries(pipeline, &pipeline->waiting, generation);
	drop_broker_entries(pipeline, &pipeline->fetching, generation);
	drop_broker_entries(pipeline, &pipeline->settled, generation);
}

/* ------------------------------------------------------------------ */
/* Report                                                             */
/* ------------------------------------------------------------------ */

static void
report_list(const dlist_head *list, PipelineStatus *status)
{
	dlist_iter iter;

	dlist_foreach (iter, unconstify(dlist_head *, list))
	{
		const Entry *entry = dlist_container(Entry, node, iter.cur);
		TimestampTz received_at = entry->batch->delivery.received_at;

		status->entries++;
		status->bytes += entry_bytes(entry);
		if (entry->batch->delivery.source == DELIVERY_BROKER && !entry->orphan)
			status->broker_entries++;
		if (status->oldest_received_at == 0 ||
			received_at < status->oldest_received_at)
			status->oldest_received_at = received_at;
		if (entry->stage == ENTRY_WAITING && entry->retry_ms > 0)
		{
			status->objects_waiting++;
			status->attempts = Max(status->attempts, entry->failures);
		}
	}
}

void
pipeline_status(const Pipeline *pipeline, PipelineStatus *status)
{
	memset(status, 0, sizeof(*status));
	report_list(&pipeline->waiting, status);
	report_list(&pipeline->fetching, status);
	report_list(&pipeline->settled, status);
	status->fetching = pipeline->fetching_count;
	status->store_down = pipeline->store_down;
	status->store_misconfigured = pipeline->store_misconfigured;
	status->memory_short = io_now_ms() < pipeline->memory_ms;
	status->store_refuses = pipeline->store_refuses;
	status->fetch_failures = pipeline->fetch_failures;
	status->failure_refused = pipeline->failure_refused;
	status->failure = &pipeline->failure;
	if (pipeline->store_down)
	{
		status->attempts = pipeline->store_attempts;
		status->problem = pipeline->store_error;
	}
	else if (status->objects_waiting > 0 || status->memory_short)
	{
		status->problem = pipeline->object_error;
		status->objects_refused = pipeline->object_refused;
	}
}

void
pipeline_take_tally(Pipeline *pipeline, PipelineTally *tally)
{
	*tally = pipeline->tally;
	memset(&pipeline->tally, 0, sizeof(pipeline->tally));
}
