/*-------------------------------------------------------------------------
 *
 * stages.c
 *	  What each stage of the analysis costs, for the bench.
 *
 * A library of its own for the bench's server, linked with the extension's
 * objects: the stages run on the server's own memory contexts, with the rules
 * of the tables.  It is no part of the extension.
 *
 *	bench_stages(batches text[], round integer)
 *		returns setof (stage text, microseconds float8)
 *
 * goes once over the items of the batches, each text read for the first time
 * as in a worker.  An even round returns the mean time of an item in each
 * stage, "memory" being what it takes to give the scratch memory back, and
 * "text_bytes", the mean length of a clean text; an odd round returns "all",
 * which is analyze_post() as a worker calls it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "analysis/intent.h"
#include "analysis/keywords.h"
#include "analysis/sentiment.h"
#include "ingest/batch.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT Datum bench_stages(PG_FUNCTION_ARGS);
PG_FUNCTION_INFO_V1(bench_stages);

typedef enum Stage
{
	STAGE_PREPARE,
	STAGE_TERMS,
	STAGE_INTENT,
	STAGE_KEYWORDS,
	STAGE_SENTIMENT,
	STAGE_IMPACT,
	STAGE_MEMORY,
	STAGE_ALL,
	TEXT_BYTES,
	STAGE_COUNT
} Stage;

static const char *const stage_names[] = {
	[STAGE_PREPARE] = "prepare",     [STAGE_TERMS] = "terms",
	[STAGE_INTENT] = "intent",       [STAGE_KEYWORDS] = "keywords",
	[STAGE_SENTIMENT] = "sentiment", [STAGE_IMPACT] = "impact",
	[STAGE_MEMORY] = "memory",       [STAGE_ALL] = "all",
	[TEXT_BYTES] = "text_bytes",
};

typedef struct Round
{
	const AnalysisRules *rules;
	MemoryContext scratch;
	double total[STAGE_COUNT]; /* nanoseconds, or bytes */
	int items;
	int64 last_ns;
	bool is_whole; /* not stage by stage */
} Round;

static int64
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64) now.tv_sec * INT64CONST(1000000000) + now.tv_nsec;
}

/* What has passed since the last call belongs to this stage. */
static void
charge_to(Round *round, Stage stage)
{
	int64 now = now_ns();

	round->total[stage] += now - round->last_ns;
	round->last_ns = now;
}

static void
run_content_stages(Round *round, const CleanText *text,
				   const TermMatches *terms)
{
	const AnalysisRules *rules = round->rules;
	const DictionarySource *rows = dictionary_rules(rules->dictionary);
	AspectSentiment aspects[ASPECT_COUNT];
	ScoredTerms scored = {0};
	SentimentScore score;
	int count;

	(void) keywords_extract(&rules->keywords, rules->dictionary, text,
							&terms[TERM_ASPECT], &count);
	charge_to(round, STAGE_KEYWORDS);
	sentiment_score_terms(&rules->sentiment, rows, text,
						  &terms[TERM_SENTIMENT], &scored);
	sentiment_score_text(&rules->sentiment, text, &scored, &score);
	(void) sentiment_score_aspects(&rules->sentiment, rows, text, &scored,
								   &terms[TERM_ASPECT], aspects);
	charge_to(round, STAGE_SENTIMENT);
}

static bool
is_noise(const CleanText *text, const TermMatches *terms, Intent intent)
{
	return text->is_too_short || terms[TERM_SPAM].count > 0 ||
		   intent == INTENT_SPAM || intent == INTENT_SEEDING;
}

/* As analyze_post() does, which skips for noise what is not stored. */
static void
run_stages(Round *round, const BatchItem *item)
{
	const AnalysisRules *rules = round->rules;
	MemoryContext caller = MemoryContextSwitchTo(round->scratch);
	TermMatches terms[TERM_KIND_COUNT];
	CleanText text = {0};
	Impact impact;
	Intent intent;
	double confidence;

	round->last_ns = now_ns();
	text_prepare(&rules->text, rules->dictionary, &item->text, &text);
	charge_to(round, STAGE_PREPARE);
	dictionary_match(rules->dictionary, &text, terms);
	charge_to(round, STAGE_TERMS);
	intent = intent_classify(rules->intents, &rules->intent, &text,
							 &confidence, NULL);
	charge_to(round, STAGE_INTENT);
	if (!is_noise(&text, terms, intent))
		run_content_stages(round, &text, terms);
	impact_compute(&rules->impact, &item->metrics, SENTIMENT_NEUTRAL, &impact);
	charge_to(round, STAGE_IMPACT);
	round->total[TEXT_BYTES] += text.length;
	MemoryContextSwitchTo(caller);
	round->last_ns = now_ns();
	MemoryContextReset(round->scratch);
	charge_to(round, STAGE_MEMORY);
}

static void
run_batch(Round *round, const IngestRules *rules, const text *batch_text)
{
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "bench batch", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Batch *batch = palloc0(sizeof(Batch));
	Rejection rejection;

	batch->context = context;
	batch->event = (Event){.event_id = "bench",
						   .job_id = "bench",
						   .platform = "tiktok",
						   .batch_index = -1,
						   .total_batches = -1};
	if (!batch_parse(batch, VARDATA_ANY(batch_text),
					 VARSIZE_ANY_EXHDR(batch_text), rules, NULL, &rejection))
		elog(ERROR, "%s", rejection.message);
	for (int i = 0; i < batch->item_count; i++)
	{
		BatchItem *item = &batch->items[i];

		if (item->kind != ITEM_POST)
			continue;
		if (round->is_whole)
		{
			item_analyze(item, rules, NULL);
			round->total[STAGE_ALL] += item->analysis.elapsed_ns;
		}
		else
			run_stages(round, item);
		round->items++;
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* Of the tables, once a session. */
static const IngestRules *
bench_rules(void)
{
	static const IngestRules *rules = NULL;

	if (rules == NULL)
		rules = rules_load(TopMemoryContext);
	return rules;
}

static void
return_round(ReturnSetInfo *result, const Round *round)
{
	for (int stage = 0; stage < STAGE_COUNT; stage++)
	{
		double mean = round->total[stage] / Max(round->items, 1);
		bool nulls[2] = {false, false};
		Datum values[2];

		if (round->is_whole != (stage == STAGE_ALL))
			continue;
		values[0] = CStringGetTextDatum(stage_names[stage]);
		values[1] = Float8GetDatum(stage == TEXT_BYTES ? mean : mean / 1000);
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
}

Datum
bench_stages(PG_FUNCTION_ARGS)
{
	ArrayType *batches = PG_GETARG_ARRAYTYPE_P(0);
	const IngestRules *rules = bench_rules();
	Round round = {.rules = &rules->analysis,
				   .is_whole = PG_GETARG_INT32(1) % 2 != 0};
	Datum *texts;
	int count;

	InitMaterializedSRF(fcinfo, 0);
	round.scratch = AllocSetContextCreate(CurrentMemoryContext, "bench stages",
										  0, 128 * 1024, 8 * 1024 * 1024);
	deconstruct_array(batches, TEXTOID, -1, false, TYPALIGN_INT, &texts, NULL,
					  &count);
	for (int i = 0; i < count; i++)
		run_batch(&round, rules, DatumGetTextPP(texts[i]));
	return_round((ReturnSetInfo *) fcinfo->resultinfo, &round);
	return (Datum) 0;
}
