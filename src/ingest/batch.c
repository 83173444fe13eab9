/*-------------------------------------------------------------------------
 *
 * batch.c
 *	  From the bytes of a batch object to Items, and over them the analysis.
 *
 * This file knows what a batch is; what an item is, item.c knows.  It fills
 * the batch and touches nothing else: no SQL, no network, no counters.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "ingest/batch.h"
#include "ingest/item.h"
#include "ingest/json_split.h"
#include "ingest/limits.h"

static bool
reject(Rejection *rejection, const char *message)
{
	rejection->reason = "INVALID_BATCH";
	snprintf(rejection->message, sizeof(rejection->message),
			 "batch is not an array of items: %s", message);
	return false;
}

static void
reject_many(Rejection *rejection)
{
	rejection->reason = "TOO_MANY_ITEMS";
	snprintf(rejection->message, sizeof(rejection->message),
			 "batch holds more than the %d items of analytics.max_batch_items",
			 limit_batch_items);
}

static void
parse_items(Batch *batch, ItemParser *parser, const JsonSlice *slices,
			int count, void (*tick)(void))
{
	batch->items = palloc(Max(count, 1) * sizeof(BatchItem));
	batch->item_count = count;
	batch->success_count = 0;
	for (int i = 0; i < count; i++)
	{
		item_parse(parser, &slices[i], i, &batch->items[i]);
		if (batch->items[i].kind == ITEM_POST)
			batch->success_count++;
		if (tick != NULL)
			tick();
	}
	batch->error_count = count - batch->success_count;
}

bool
batch_parse(Batch *batch, const char *text, size_t length,
			const IngestRules *rules, void (*tick)(void), Rejection *rejection)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch;
	JsonSlice *slices;
	int count;
	char error[300];
	bool is_batch;

	if (length > MaxAllocSize)
	{
		snprintf(error, sizeof(error), "its text of %zu bytes is too long",
				 length);
		return reject(rejection, error);
	}
	scratch = AllocSetContextCreate(batch->context, "analytics batch parser",
									ALLOCSET_DEFAULT_SIZES);
	batch->items_context = AllocSetContextCreate(
		batch->context, "analytics items", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(scratch);
	is_batch = json_split(text, length, limit_batch_items, &slices, &count,
						  error, sizeof(error));
	if (is_batch)
	{
		ItemParser parser;

		item_parser_init(&parser, batch->items_context, &batch->event, rules);
		batch->expected_count =
			rules_platform(rules, batch->event.platform)->expected_size;
		MemoryContextSwitchTo(batch->items_context);
		parse_items(batch, &parser, slices, count, tick);
	}
	else if (count > limit_batch_items)
		reject_many(rejection);
	else
		reject(rejection, error);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return is_batch;
}

Analyzer *
process_analyzer(void)
{
	static Analyzer *analyzer = NULL;

	if (analyzer == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		analyzer = analyzer_create();
		MemoryContextSwitchTo(caller);
	}
	return analyzer;
}

void
item_analyze(BatchItem *item, const IngestRules *rules, AnalysisTrace *trace)
{
	analyze_post(process_analyzer(), &rules->analysis, &item->text,
				 &item->metrics, &item->analysis, trace);
	if (item->analysis.is_truncated)
		item->warnings[item->warning_count++] = "text";
}

/* A scorer wants the clean text; the matches told along with it, nobody. */
static void
item_analyze_keeping(BatchItem *item, const IngestRules *rules)
{
	AnalysisTrace trace;

	item_analyze(item, rules, &trace);
	pfree(trace.matches);
	if (item->analysis.is_noise)
		pfree(trace.clean_text);
	else
		item->clean_text = trace.clean_text;
}

void
batch_analyze(Batch *batch, const IngestRules *rules, void (*tick)(void))
{
	MemoryContext caller = MemoryContextSwitchTo(batch->items_context);
	int64 elapsed_ns = 0;

	for (int i = 0; i < batch->item_count; i++)
	{
		BatchItem *item = &batch->items[i];

		if (item->kind == ITEM_POST)
		{
			if (batch->keep_texts)
				item_analyze_keeping(item, rules);
			else
				item_analyze(item, rules, NULL);
			elapsed_ns += item->analysis.elapsed_ns;
		}
		if (tick != NULL)
			tick();
	}
	batch->times.analyse += elapsed_ns / 1000;
	MemoryContextSwitchTo(caller);
}
