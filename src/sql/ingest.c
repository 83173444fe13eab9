/*-------------------------------------------------------------------------
 *
 * ingest.c
 *	  analytics.ingest(): one event worked off in the calling session.
 *
 * The same stages as in a worker, inside the caller's transaction: event,
 * items, analysis, group_write().  What a worker would put into dead_letters
 * goes there too.  Nothing is fetched: the items come with the call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "ingest/batch.h"
#include "ingest/clip.h"
#include "ingest/event.h"
#include "ingest/group.h"
#include "ingest/retry.h"
#include "ingest/session_rules.h"
#include "ingest/session_slot.h"
#include "process/version.h"

PG_FUNCTION_INFO_V1(analytics_ingest);

typedef struct IngestCall
{
	Batch *batch;
	const IngestRules *rules;
	const char *items; /* NULL: they are in the event */
	size_t items_length;
	Rejection rejection;
	bool event_valid;
	int failed_sqlstate; /* of a write that was given up */
	bool known;          /* it is none: the event had been processed before */
} IngestCall;

static char *
jsonb_text(Jsonb *value, size_t *length)
{
	StringInfoData text;

	initStringInfo(&text);
	(void) JsonbToCString(&text, &value->root, VARSIZE(value));
	*length = text.len;
	return text.data;
}

/* The payload of the event if that is an object, else NULL. */
static JsonbContainer *
payload_of(Jsonb *event)
{
	JsonbValue *payload;

	if (!JB_ROOT_IS_OBJECT(event))
		return NULL;
	payload = getKeyJsonValueFromContainer(&event->root, "payload", 7, NULL);
	if (payload == NULL || payload->type != jbvBinary ||
		!JsonContainerIsObject(payload->val.binary.data))
		return NULL;
	return payload->val.binary.data;
}

/* Does the event name an object, so that its items come beside it? */
static bool
names_object(Jsonb *event)
{
	JsonbContainer *payload = payload_of(event);

	return payload != NULL && getKeyJsonValueFromContainer(
								  payload, "minio_path", 10, NULL) != NULL;
}

/* The event with the items in its payload, as a producer would inline them. */
static Jsonb *
with_inline_items(Jsonb *event, Jsonb *items)
{
	Datum path[] = {CStringGetTextDatum("payload"),
					CStringGetTextDatum("items")};

	/* No event, or none with a payload: its reader will say so. */
	if (payload_of(event) == NULL)
		return event;
	return DatumGetJsonbP(DirectFunctionCall4(
		jsonb_set, JsonbPGetDatum(event),
		PointerGetDatum(construct_array(path, lengthof(path), TEXTOID, -1,
										false, TYPALIGN_INT)),
		JsonbPGetDatum(items), BoolGetDatum(true)));
}

static Batch *
ingest_batch(Jsonb *event)
{
	Batch *batch = palloc0(sizeof(Batch));
	size_t length;

	batch->context = CurrentMemoryContext;
	batch->delivery.source = DELIVERY_SESSION;
	batch->delivery.body = jsonb_text(event, &length);
	batch->delivery.body_length = length;
	batch->delivery.headers = "{}";
	batch->delivery.received_at = GetCurrentTimestamp();
	batch->expected_count = -1;
	return batch;
}

/* Read event and items.  False: call->rejection says why. */
static bool
ingest_read(IngestCall *call)
{
	Batch *batch = call->batch;
	const Delivery *delivery = &batch->delivery;
	const char *items = call->items;
	size_t length = call->items_length;

	call->event_valid =
		event_parse(delivery->body, delivery->body_length,
					delivery->received_at, &batch->event, &call->rejection);
	if (!call->event_valid)
		return false;
	if (items == NULL)
	{
		items = batch->event.items;
		length = batch->event.items_length;
	}
	if (items == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("ingest() was given no items"),
						errhint("Give them as its second argument or as "
								"payload.items; analytics.submit() queues an "
								"event whose items a worker fetches.")));
	if (!batch_parse(batch, items, length, call->rules, NULL,
					 &call->rejection))
		return false;
	batch->bytes_decoded = length;
	batch_analyze(batch, call->rules, NULL);
	return true;
}

/* ------------------------------------------------------------------ */
/* Writing                                                            */
/* ------------------------------------------------------------------ */

static BatchGroup
ingest_group(IngestCall *call)
{
	return (BatchGroup){
		.consumer = "",
		.worker = -session_slot(),
		.worker_name = psprintf("session %d", MyProcPid),
		.rules = call->rules,
	};
}

/*
 * group_write() in a subtransaction.  False: it failed for its data, and
 * call->failed_sqlstate and call->rejection.message say how.
 */
static bool
try_write(IngestCall *call, BatchGroup *group)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile failure = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		group_write(group);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		failure = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (failure == NULL)
		return true;
	if (failure_classify(failure->sqlerrcode) != FAILURE_DATA)
		ReThrowError(failure);
	call->failed_sqlstate = failure->sqlerrcode;
	clip_text(call->rejection.message, failure->message,
			  sizeof(call->rejection.message));
	FreeErrorData(failure);
	return false;
}

/* Turn the items that cannot be stored into crawl errors. */
static void
isolate(IngestCall *call, BatchGroup *group)
{
	int next = 0;
	int found = 0;

	while (next >= 0)
		next = group_isolate_items(group, call->batch, next, &found);
}

static void
write_letter(IngestCall *call)
{
	BatchGroup group = ingest_group(call);
	const Event *event = &call->batch->event;
	DeadLetter letter = {.delivery = &call->batch->delivery,
						 .event_id = event->event_id,
						 .event_hash = call->event_valid ? event->hash : NULL,
						 .platform =
							 call->event_valid ? event->platform : NULL,
						 .reason = call->rejection.reason,
						 .message = call->rejection.message,
						 .batch_failed = call->event_valid};

	if (call->failed_sqlstate != 0)
		letter.sqlstate = unpack_sql_state(call->failed_sqlstate);
	group.letters = &letter;
	group.letter_count = 1;
	group_write(&group);
	call->known = letter.known;
}

static void
write_batch(IngestCall *call, GroupBatch *member)
{
	BatchGroup group = ingest_group(call);

	member->batch = call->batch;
	group.batches = member;
	group.batch_count = 1;
	if (try_write(call, &group))
		return;
	isolate(call, &group);
	if (try_write(call, &group))
		return;
	call->rejection.reason = "WRITE_FAILED";
	write_letter(call);
}

/* ------------------------------------------------------------------ */
/* Result                                                             */
/* ------------------------------------------------------------------ */

static Datum
ingest_result(FunctionCallInfo fcinfo, const IngestCall *call,
			  const GroupBatch *member)
{
	const Batch *batch = call->batch;
	TupleDesc desc;
	Datum values[8] = {0};
	bool nulls[8] = {0};
	const char *status = "processed";
	const char *reason = call->known ? NULL : call->rejection.reason;
	const char *message = reason ? call->rejection.message : NULL;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != lengthof(values))
		elog(ERROR, "analytics.ingest() must return %d columns",
			 (int) lengthof(values));
	if (reason == NULL && !call->known && member->verdict == VERDICT_CONFLICT)
	{
		reason = "KEY_CONFLICT";
		message = "an event with the same event_id and another body was "
				  "processed before";
	}
	if (reason != NULL)
		status = "dead_letter";
	else if (call->known || member->verdict == VERDICT_DUPLICATE)
		status = "duplicate";

	nulls[0] = batch->event.event_id == NULL;
	if (!nulls[0])
		values[0] = CStringGetTextDatum(batch->event.event_id);
	values[1] = CStringGetTextDatum(status);
	values[2] = Int32GetDatum(batch->item_count);
	values[3] = Int32GetDatum(batch->success_count);
	values[4] = Int32GetDatum(batch->error_count);
	values[5] = Int32GetDatum(member->skipped_count);
	nulls[6] = reason == NULL;
	if (!nulls[6])
		values[6] = CStringGetTextDatum(reason);
	nulls[7] = message == NULL;
	if (!nulls[7])
		values[7] = CStringGetTextDatum(message);
	return HeapTupleGetDatum(
		heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/*
 * ingest(event jsonb, items jsonb) -> (key, status, actual_count,
 * success_count, error_count, skipped_count, reason, message)
 */
SERVED_FUNCTION(analytics_ingest)
{
	IngestCall call = {0};
	GroupBatch member = {0};
	Jsonb *event;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("ingest() needs an event")));
	call.rules = session_rules_hold(CurrentMemoryContext);
	event = PG_GETARG_JSONB_P(0);
	if (!PG_ARGISNULL(1) && names_object(event))
		call.items = jsonb_text(PG_GETARG_JSONB_P(1), &call.items_length);
	else if (!PG_ARGISNULL(1))
		event = with_inline_items(event, PG_GETARG_JSONB_P(1));
	call.batch = ingest_batch(event);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	MemoryContextSwitchTo(call.batch->context);
	if (ingest_read(&call))
		write_batch(&call, &member);
	else
		write_letter(&call);
	MemoryContextSwitchTo(call.batch->context);
	SPI_finish();
	return ingest_result(fcinfo, &call, &member);
}
