/*-------------------------------------------------------------------------
 *
 * staging.c
 *	  Set-returning functions over what group.c has staged.
 *
 * Turns plain structs into typed rows and nothing else: it decides neither
 * what is written nor in which order.  Rows are built in a context of their
 * own that is reset as it goes, so that the size of a group does not matter.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "ingest/analysis_json.h"
#include "ingest/staging.h"

const Staged *staged = NULL;

PG_FUNCTION_INFO_V1(analytics_staged_batches);
PG_FUNCTION_INFO_V1(analytics_staged_posts);
PG_FUNCTION_INFO_V1(analytics_staged_crawl_errors);
PG_FUNCTION_INFO_V1(analytics_staged_dead_letters);
PG_FUNCTION_INFO_V1(analytics_staged_counters);

#define MAX_COLUMNS 48
#define ROWS_PER_RESET 64

/* One row being built, column by column. */
typedef struct Row
{
	int count;
	Datum values[MAX_COLUMNS];
	bool nulls[MAX_COLUMNS];
} Row;

static void
row_add(Row *row, Datum value)
{
	row->values[row->count] = value;
	row->nulls[row->count++] = false;
}

static void
row_add_null(Row *row)
{
	row->values[row->count] = (Datum) 0;
	row->nulls[row->count++] = true;
}

static void
row_add_text(Row *row, const char *value)
{
	if (value == NULL)
		row_add_null(row);
	else
		row_add(row, PointerGetDatum(cstring_to_text(value)));
}

static void
row_add_text_or_null(Row *row, const char *value)
{
	row_add_text(row, value != NULL && value[0] != '\0' ? value : NULL);
}

static void
row_add_bytes(Row *row, const void *data, size_t length)
{
	bytea *bytes = palloc(VARHDRSZ + length);

	SET_VARSIZE(bytes, VARHDRSZ + length);
	if (length > 0)
		memcpy(VARDATA(bytes), data, length);
	row_add(row, PointerGetDatum(bytes));
}

static void
row_add_json(Row *row, const char *json)
{
	row_add(row, DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
}

static void
row_add_json_or_null(Row *row, const char *json)
{
	if (json == NULL)
		row_add_null(row);
	else
		row_add_json(row, json);
}

/* -1 stands for an absent number */
static void
row_add_count_or_null(Row *row, int64 value)
{
	if (value < 0)
		row_add_null(row);
	else
		row_add(row, Int64GetDatum(value));
}

/* --- rows --- */

static void
fill_batch(Row *row, int index)
{
	const Batch *batch = staged->batches[index]->batch;
	const Event *event = &batch->event;
	const BatchTimes *times = &batch->times;

	row_add_text(row, event->event_id); /* key */
	row_add_text(row, event->event_id);
	row_add_bytes(row, event->hash, EVENT_HASH_LENGTH);
	row_add_text_or_null(row, staged->group->consumer);
	row_add_text(row, event->job_id);
	row_add_text(row, event->project_id);
	row_add_text(row, event->subject);
	row_add_text(row, event->platform);
	row_add_text(row, event->minio_path);
	row_add_count_or_null(row, event->batch_index);
	row_add_count_or_null(row, event->total_batches);
	row_add(row, Int64GetDatum(event->content_count));
	if (batch->expected_count < 0)
		row_add_null(row);
	else
		row_add(row, Int32GetDatum(batch->expected_count));
	row_add(row, Int32GetDatum(batch->item_count));
	row_add(row, Int32GetDatum(batch->success_count));
	row_add(row, Int32GetDatum(batch->error_count));
	row_add(row, Int32GetDatum(0)); /* skipped_count: known later */
	row_add(row, Int64GetDatum(batch->bytes_fetched));
	row_add(row, Int64GetDatum(batch->bytes_decoded));
	row_add(row, Float8GetDatum(times->fetch / 1000.0));
	row_add(row, Float8GetDatum(times->parse / 1000.0));
	row_add(row, Float8GetDatum(times->analyse / 1000.0));
	row_add(row, Float8GetDatum(0)); /* write_ms: known later */
	row_add_text(row, staged->group->worker_name);
	row_add(row, BoolGetDatum(batch->delivery.redelivered));
	row_add(row, TimestampTzGetDatum(event->timestamp));
	row_add(row, TimestampTzGetDatum(batch->delivery.received_at));
	row_add(row, TimestampTzGetDatum(staged->now));
}

static void
fill_post_analysis(Row *row, const BatchItem *item)
{
	const PostAnalysis *analysis = &item->analysis;
	const SentimentScore *sentiment = &analysis->sentiment;
	const Impact *impact = &analysis->impact;

	row_add_text(row, sentiment_name(sentiment->label));
	row_add(row, Float8GetDatum(sentiment->score));
	row_add(row, Float8GetDatum(sentiment->confidence));
	row_add_text(row, intent_name(analysis->intent));
	row_add(row, Float8GetDatum(analysis->intent_confidence));
	row_add(row, Float8GetDatum(impact->score));
	row_add_text(row, risk_name(impact->risk));
	row_add(row, BoolGetDatum(impact->is_viral));
	row_add(row, BoolGetDatum(impact->is_kol));
	row_add(row, analysis_aspects(analysis));
	row_add(row, analysis_keywords(analysis));
	row_add(row, analysis_probabilities(sentiment));
	row_add(row,
			analysis_impact(analysis, item->warnings, item->warning_count));
}

static void
fill_post(Row *row, int index)
{
	const StagedItem *post = &staged->posts[index];
	const BatchItem *item = post->item;
	const Event *event = &post->batch->event;
	static const PostMetric order[POST_METRIC_COUNT] = {
		METRIC_VIEWS,  METRIC_LIKES, METRIC_COMMENTS,
		METRIC_SHARES, METRIC_SAVES, METRIC_FOLLOWERS};

	row_add_text(row, item->id);
	row_add_text(row, event->project_id);
	row_add_text(row, item->platform);
	row_add(row, TimestampTzGetDatum(item->published_at));
	row_add(row, TimestampTzGetDatum(staged->now));
	fill_post_analysis(row, item);
	for (int i = 0; i < POST_METRIC_COUNT; i++)
		row_add(row, Int64GetDatum(item->metrics.count[order[i]]));
	row_add(row, Float8GetDatum(item->analysis.elapsed_ns / 1e6));
	row_add_text(row, staged->group->rules->analysis.version);
	row_add_text(row, event->job_id);
	row_add_count_or_null(row, event->batch_index);
	row_add_text(row, item->task_type);
	row_add_text(row, item->keyword_source);
	row_add(row, TimestampTzGetDatum(item->crawled_at));
	row_add_text(row, item->pipeline_version);
	row_add_text(row, item->fetch_status);
	row_add_text(row, item->fetch_error);
	row_add_text(row, item->error_code);
	row_add_json_or_null(row, item->error_details);
	row_add_text(row, event->subject);
	row_add_text(row, item->permalink);
	row_add_text(row, item->author_username);
	row_add_text(row, event->event_id);
}

static void
fill_crawl_error(Row *row, int index)
{
	const StagedItem *error = &staged->errors[index];
	const BatchItem *item = error->item;
	const Event *event = &error->batch->event;

	row_add_text(row, item->id);
	row_add_text(row, event->project_id);
	row_add_text(row, event->job_id);
	row_add_text(row, item->platform);
	row_add_text(row, item->error_code);
	row_add_text(row,
				 rules_error_category(staged->group->rules, item->error_code));
	row_add_text(row, item->error_message);
	row_add_json(row, item->error_details ? item->error_details : "{}");
	row_add_text(row, item->permalink);
	row_add(row, TimestampTzGetDatum(staged->now));
	row_add_text(row, event->event_id);
	row_add(row, Int32GetDatum(item->index));
}

static void
fill_dead_letter(Row *row, int index)
{
	const DeadLetter *letter = staged->letters[index];
	const Delivery *delivery = letter->delivery;

	row_add_text_or_null(row, staged->group->consumer);
	row_add_text(row, letter->event_id);
	row_add_text(row, letter->reason);
	row_add_text(row, letter->sqlstate);
	row_add_text(row, letter->message);
	row_add_bytes(row, delivery->body, delivery->body_length);
	row_add_json(row, delivery->headers ? delivery->headers : "{}");
	row_add_bytes(row, letter->body_hash, EVENT_HASH_LENGTH);
	row_add(row, Int32GetDatum(letter->deliveries));
	row_add(row, Int32GetDatum(delivery->attempts));
	row_add(row, TimestampTzGetDatum(delivery->received_at));
}

static void
fill_counter(Row *row, int index)
{
	const Counter *counter = &staged->counters->counters[index];

	row_add_text(row, staged->group->consumer);
	row_add(row, Int32GetDatum(staged->group->worker));
	row_add_text(row, counter->metric);
	row_add_text(row, counter->platform);
	row_add_text(row, counter->label);
	row_add_text(row, counter->detail);
	row_add(row, Int64GetDatum(counter->value));
	row_add(row, Float8GetDatum(counter->seconds));
	if (counter->is_histogram)
	{
		Datum buckets[COUNTER_BUCKETS + 1];

		for (int i = 0; i <= COUNTER_BUCKETS; i++)
			buckets[i] = Int64GetDatum(counter->buckets[i]);
		row_add(row, PointerGetDatum(construct_array(
						 buckets, COUNTER_BUCKETS + 1, INT8OID, sizeof(int64),
						 FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
	}
	else
		row_add_null(row);
}

/*
 * Put `count` rows, each built by fill(), into the result of the call.
 */
static Datum
return_rows(FunctionCallInfo fcinfo, int count, void (*fill)(Row *, int))
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext row_context;
	MemoryContext caller;
	Row row;

	InitMaterializedSRF(fcinfo, 0);
	row_context = AllocSetContextCreate(
		CurrentMemoryContext, "analytics staged rows", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(row_context);
	for (int i = 0; i < count; i++)
	{
		row.count = 0;
		fill(&row, i);
		if (row.count != result->setDesc->natts)
			elog(ERROR, "staged row has %d columns, its function declares %d",
				 row.count, result->setDesc->natts);
		tuplestore_putvalues(result->setResult, result->setDesc, row.values,
							 row.nulls);
		if (i % ROWS_PER_RESET == ROWS_PER_RESET - 1)
			MemoryContextReset(row_context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(row_context);
	return (Datum) 0;
}

Datum
analytics_staged_batches(PG_FUNCTION_ARGS)
{
	return return_rows(fcinfo, staged ? staged->batch_count : 0, fill_batch);
}

Datum
analytics_staged_posts(PG_FUNCTION_ARGS)
{
	return return_rows(fcinfo, staged ? staged->post_count : 0, fill_post);
}

Datum
analytics_staged_crawl_errors(PG_FUNCTION_ARGS)
{
	return return_rows(fcinfo, staged ? staged->error_count : 0,
					   fill_crawl_error);
}

Datum
analytics_staged_dead_letters(PG_FUNCTION_ARGS)
{
	return return_rows(fcinfo, staged ? staged->letter_count : 0,
					   fill_dead_letter);
}

Datum
analytics_staged_counters(PG_FUNCTION_ARGS)
{
	return return_rows(
		fcinfo, staged && staged->counters ? staged->counters->count : 0,
		fill_counter);
}
