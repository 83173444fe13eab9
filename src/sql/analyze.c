/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  analytics.analyze_text() and analytics.analyze(): the analysis of a text
 *	  and of an item, and which rules made it so.
 *
 * The stages and the rules are those of a worker; nothing is written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "ingest/analysis_json.h"
#include "ingest/batch.h"
#include "ingest/item.h"
#include "ingest/json_split.h"
#include "ingest/session_rules.h"
#include "process/version.h"
#include "sql/analyze.h"

PG_FUNCTION_INFO_V1(analytics_analyze_text);
PG_FUNCTION_INFO_V1(analytics_analyze);

#define MAX_COLUMNS 24

/* A row of the result, column by column. */
typedef struct ResultRow
{
	int count;
	Datum values[MAX_COLUMNS];
} ResultRow;

static void
add(ResultRow *result, Datum value)
{
	result->values[result->count++] = value;
}

static void
add_text(ResultRow *result, const char *text)
{
	add(result, CStringGetTextDatum(text));
}

/* The columns that both functions have. */
static void
add_analysis(ResultRow *result, const PostAnalysis *analysis,
			 const AnalysisTrace *trace)
{
	add_text(result, sentiment_name(analysis->sentiment.label));
	add(result, Float8GetDatum(analysis->sentiment.score));
	add(result, Float8GetDatum(analysis->sentiment.confidence));
	add(result, analysis_probabilities(&analysis->sentiment));
	add_text(result, intent_name(analysis->intent));
	add(result, Float8GetDatum(analysis->intent_confidence));
	add(result, BoolGetDatum(analysis->is_noise));
	add(result, analysis_keywords(analysis));
	add(result, analysis_aspects(analysis));
	add_text(result, trace->clean_text);
	add(result, analysis_matches(trace));
}

/* The type of the result, found out once a query. */
static TupleDesc
result_type(FunctionCallInfo fcinfo)
{
	MemoryContext caller;
	TupleDesc type;

	if (fcinfo->flinfo->fn_extra != NULL)
		return fcinfo->flinfo->fn_extra;
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	if (get_call_result_type(fcinfo, NULL, &type) != TYPEFUNC_COMPOSITE ||
		type->natts > MAX_COLUMNS)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("the function's declaration does not fit its "
							   "library"),
						errhint("ALTER EXTENSION analytics UPDATE;")));
	fcinfo->flinfo->fn_extra = BlessTupleDesc(type);
	MemoryContextSwitchTo(caller);
	return fcinfo->flinfo->fn_extra;
}

static Datum
result_datum(FunctionCallInfo fcinfo, const ResultRow *result)
{
	TupleDesc type = result_type(fcinfo);
	bool nulls[MAX_COLUMNS] = {false};

	if (type->natts != result->count)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("the function has %d columns, its declaration "
							   "%d",
							   result->count, type->natts)));
	return HeapTupleGetDatum(
		heap_form_tuple(type, (Datum *) result->values, nulls));
}

/* --- analyze_text() --- */

/*
 * The last text and its result: (analyze_text(t)).* is one call a column.
 * Longer texts are not worth the memory.
 */
#define REMEMBERED_BYTES (64 * 1024)

static struct
{
	uint64 load_number; /* of the rules; 0: nothing is remembered */
	Oid type;
	int32 type_modifier;
	text *text;
	HeapTupleHeader result;
} remembered;

static bool
is_remembered(FunctionCallInfo fcinfo, const IngestRules *rules,
			  const text *asked)
{
	TupleDesc type = result_type(fcinfo);
	size_t length = VARSIZE_ANY_EXHDR(asked);

	return remembered.load_number == rules->load_number &&
		   remembered.type == type->tdtypeid &&
		   remembered.type_modifier == type->tdtypmod &&
		   VARSIZE_ANY_EXHDR(remembered.text) == length &&
		   memcmp(VARDATA_ANY(remembered.text), VARDATA_ANY(asked), length) ==
			   0;
}

static void *
copy_of(const void *data, Size size)
{
	return memcpy(palloc(size), data, size);
}

static void
remember(const IngestRules *rules, const text *asked, Datum result)
{
	static MemoryContext memory = NULL;
	HeapTupleHeader tuple = DatumGetHeapTupleHeader(result);
	MemoryContext caller;

	remembered.load_number = 0;
	if (memory == NULL)
		memory = AllocSetContextCreate(TopMemoryContext,
									   "analytics remembered text",
									   ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(memory);
	if (VARSIZE_ANY(asked) > REMEMBERED_BYTES ||
		HeapTupleHeaderGetDatumLength(tuple) > REMEMBERED_BYTES)
		return;
	caller = MemoryContextSwitchTo(memory);
	remembered.text = copy_of(asked, VARSIZE_ANY(asked));
	remembered.result = copy_of(tuple, HeapTupleHeaderGetDatumLength(tuple));
	MemoryContextSwitchTo(caller);
	remembered.type = HeapTupleHeaderGetTypeId(tuple);
	remembered.type_modifier = HeapTupleHeaderGetTypMod(tuple);
	remembered.load_number = rules->load_number;
}

static Datum
analyze_caption(FunctionCallInfo fcinfo, const IngestRules *rules,
				const text *caption)
{
	PostText text = {.caption = text_to_cstring(caption)};
	PostMetrics metrics = {.platform_weight = rules->unknown.weight};
	PostAnalysis analysis;
	AnalysisTrace trace;
	ResultRow result = {0};

	analyze_post(process_analyzer(), &rules->analysis, &text, &metrics,
				 &analysis, &trace);
	add_analysis(&result, &analysis, &trace);
	return result_datum(fcinfo, &result);
}

/* Argument: text. */
SERVED_FUNCTION(analytics_analyze_text)
{
	text *asked = PG_GETARG_TEXT_PP(0);
	const IngestRules *rules = session_rules();
	Datum result;

	if (is_remembered(fcinfo, rules, asked))
		return PointerGetDatum(
			copy_of(remembered.result,
					HeapTupleHeaderGetDatumLength(remembered.result)));
	result = analyze_caption(fcinfo, rules, asked);
	remember(rules, asked, result);
	return result;
}

/* --- analyze() --- */

/* What an event without any fields would be. */
static Event
event_of_nothing(void)
{
	return (Event){.event_id = "analyze",
				   .timestamp = GetCurrentTransactionStartTimestamp(),
				   .job_id = "analyze",
				   .platform = "unknown",
				   .content_count = 1,
				   .batch_index = -1,
				   .total_batches = -1};
}

static JsonSlice
only_item(Jsonb *json)
{
	StringInfoData text;
	JsonSlice *slices;
	int count;
	char error[300];

	initStringInfo(&text);
	(void) JsonbToCString(&text, &json->root, VARSIZE(json));
	if (!json_split(text.data, text.len, 2, &slices, &count, error,
					sizeof(error)) ||
		count != 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("argument \"item\" is not one item of a batch"),
						errhint("An item is an object with meta, content and "
								"author.")));
	return slices[0];
}

static BatchItem *
parse_item(Jsonb *json, const IngestRules *rules)
{
	Event *event = palloc(sizeof(Event));
	ItemParser *parser = palloc(sizeof(ItemParser));
	BatchItem *item = palloc(sizeof(BatchItem));
	JsonSlice slice = only_item(json);

	*event = event_of_nothing();
	item_parser_init(parser, CurrentMemoryContext, event, rules);
	item_parse(parser, &slice, 0, item);
	if (item->kind != ITEM_POST)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the item would become a crawl error, %s: %s",
						item->error_code, item->error_message),
				 errhint("An item that becomes a post is an object with "
						 "meta.id, and meta.fetch_status \"success\" or "
						 "none.")));
	return item;
}

Datum
analyze_item_row(FunctionCallInfo fcinfo, BatchItem *item,
				 const IngestRules *rules)
{
	const PostAnalysis *analysis = &item->analysis;
	AnalysisTrace trace;
	ResultRow result = {0};

	item_analyze(item, rules, &trace);
	add_text(&result, item->id);
	add_text(&result, item->platform);
	add_analysis(&result, analysis, &trace);
	add(&result, Float8GetDatum(analysis->impact.score));
	add_text(&result, risk_name(analysis->impact.risk));
	add(&result, BoolGetDatum(analysis->impact.is_viral));
	add(&result, BoolGetDatum(analysis->impact.is_kol));
	add(&result,
		analysis_impact(analysis, item->warnings, item->warning_count));
	add(&result, analysis_signals(analysis, &trace));
	add(&result, Float8GetDatum(trace.scored.score));
	add_text(&result, rules->analysis.version);
	return result_datum(fcinfo, &result);
}

/* Argument: item jsonb. */
SERVED_FUNCTION(analytics_analyze)
{
	const IngestRules *rules = session_rules();
	BatchItem *item = parse_item(PG_GETARG_JSONB_P(0), rules);

	return analyze_item_row(fcinfo, item, rules);
}
