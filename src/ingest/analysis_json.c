/*-------------------------------------------------------------------------
 *
 * analysis_json.c
 *	  The analysis of a post as the jsonb that is stored and shown.
 *
 * Turns plain structs into jsonb and nothing else.  Keywords and matches, of
 * which there are many, are written by flat_json.c.  Figures have six
 * decimals.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "ingest/analysis_json.h"
#include "ingest/flat_json.h"

#define MILLION 1000000

/* --- values --- */

static void
push_string(JsonbBuilder *builder, JsonbIteratorToken token, const char *text,
			size_t length)
{
	JsonbValue value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = (int) length;
	compat_jsonb_push(builder, token, &value);
}

static void
push_key(JsonbBuilder *builder, const char *key)
{
	push_string(builder, WJB_KEY, key, strlen(key));
}

static void
push_text(JsonbBuilder *builder, const char *key, const char *text)
{
	push_key(builder, key);
	push_string(builder, WJB_VALUE, text, strlen(text));
}

static void
push_numeric(JsonbBuilder *builder, const char *key, Numeric numeric)
{
	JsonbValue value;

	push_key(builder, key);
	value.type = jbvNumeric;
	value.val.numeric = numeric;
	compat_jsonb_push(builder, WJB_VALUE, &value);
}

static void
push_number(JsonbBuilder *builder, const char *key, double number)
{
	push_numeric(builder, key, flat_decimal(number));
}

static void
push_count(JsonbBuilder *builder, const char *key, int64 count)
{
	push_numeric(builder, key, flat_whole(count));
}

static void
push_boolean(JsonbBuilder *builder, const char *key, bool boolean)
{
	JsonbValue value;

	push_key(builder, key);
	value.type = jbvBool;
	value.val.boolean = boolean;
	compat_jsonb_push(builder, WJB_VALUE, &value);
}

static void
push_texts(JsonbBuilder *builder, const char *key, const char *const *texts,
		   int count)
{
	push_key(builder, key);
	compat_jsonb_push(builder, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
		push_string(builder, WJB_ELEM, texts[i], strlen(texts[i]));
	compat_jsonb_push(builder, WJB_END_ARRAY, NULL);
}

static void
begin(JsonbBuilder *builder, JsonbIteratorToken token)
{
	compat_jsonb_push(builder, token, NULL);
}

/* End the outermost value. */
static Datum
end(JsonbBuilder *builder, JsonbIteratorToken token)
{
	return JsonbPGetDatum(compat_jsonb_end(builder, token));
}

/* A jsonb that never changes: *kept is made at the first call. */
static Datum
constant_json(Jsonb **kept, const char *json)
{
	if (*kept == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		*kept = DatumGetJsonbP(
			DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
		MemoryContextSwitchTo(caller);
	}
	return JsonbPGetDatum(*kept);
}

/* --- sentiment --- */

/* In millionths that add up: what rounding lost goes to the greatest. */
static void
round_probabilities(const double *probability, int64 *millionths)
{
	int greatest = SENTIMENT_NEGATIVE;
	int64 left = MILLION;

	for (int s = SENTIMENT_NEGATIVE; s <= SENTIMENT_POSITIVE; s++)
	{
		millionths[s] = (int64) rint(probability[s] * MILLION);
		left -= millionths[s];
		if (probability[s] > probability[greatest])
			greatest = s;
	}
	millionths[greatest] += left;
}

static Jsonb *
build_probabilities(const double *probability)
{
	JsonbBuilder builder = {0};
	int64 millionths[3];

	round_probabilities(probability, millionths);
	begin(&builder, WJB_BEGIN_OBJECT);
	for (Sentiment s = SENTIMENT_NEGATIVE; s <= SENTIMENT_POSITIVE; s++)
		push_numeric(&builder, sentiment_name(s),
					 int64_div_fast_to_numeric(millionths[s], 6));
	return DatumGetJsonbP(end(&builder, WJB_END_OBJECT));
}

/*
 * Kept between calls, since many posts have the same figures, and a jsonb
 * costs more to build than all the scalars of a row.
 */
Datum
analysis_probabilities(const SentimentScore *sentiment)
{
	static double of[lengthof(sentiment->probability)];
	static Jsonb *kept = NULL;
	Jsonb *built;

	if (kept != NULL && of[0] == sentiment->probability[0] &&
		of[1] == sentiment->probability[1] &&
		of[2] == sentiment->probability[2])
		return JsonbPGetDatum(kept);
	built = build_probabilities(sentiment->probability);
	if (kept != NULL)
		pfree(kept);
	kept = NULL;
	kept = MemoryContextAlloc(TopMemoryContext, VARSIZE(built));
	memcpy(kept, built, VARSIZE(built));
	memcpy(of, sentiment->probability, sizeof(of));
	pfree(built);
	return JsonbPGetDatum(kept);
}

static void
push_aspect(JsonbBuilder *builder, const AspectSentiment *aspect)
{
	const SentimentScore *sentiment = &aspect->sentiment;

	push_key(builder, aspect_name(aspect->aspect));
	begin(builder, WJB_BEGIN_OBJECT);
	push_text(builder, "label", sentiment_name(sentiment->label));
	push_number(builder, "score", sentiment->score);
	push_count(builder, "rating", sentiment->rating);
	push_number(builder, "confidence", sentiment->confidence);
	push_count(builder, "mentions", aspect->mentions);
	push_texts(builder, "keywords", (const char *const *) aspect->keywords,
			   aspect->keyword_count);
	compat_jsonb_push(builder, WJB_END_OBJECT, NULL);
}

Datum
analysis_aspects(const PostAnalysis *analysis)
{
	static Jsonb *none = NULL;
	JsonbBuilder builder = {0};

	if (analysis->aspect_count == 0)
		return constant_json(&none, "{}");
	begin(&builder, WJB_BEGIN_OBJECT);
	for (int i = 0; i < analysis->aspect_count; i++)
		push_aspect(&builder, &analysis->aspects[i]);
	return end(&builder, WJB_END_OBJECT);
}

/* --- keywords --- */

static FlatField
text_field(const char *key, const char *text)
{
	return (FlatField){.key = key, .text = text, .length = strlen(text)};
}

static FlatField
number_field(const char *key, Numeric number)
{
	return (FlatField){.key = key, .number = number};
}

Datum
analysis_keywords(const PostAnalysis *analysis)
{
	FlatArray array;

	flat_array_begin(&array, analysis->keyword_count);
	for (int i = 0; i < analysis->keyword_count; i++)
	{
		const Keyword *keyword = &analysis->keywords[i];
		const FlatField fields[] = {
			number_field("rank", flat_whole(i + 1)),
			number_field("count", flat_whole(keyword->count)),
			number_field("score", flat_decimal(keyword->score)),
			text_field("aspect", aspect_name(keyword->aspect)),
			text_field("source", keyword->is_statistical ? "STAT" : "DICT"),
			text_field("keyword", keyword->text),
		};

		flat_array_add(&array, fields, lengthof(fields));
	}
	return flat_array_end(&array);
}

/* --- impact --- */

Datum
analysis_impact(const PostAnalysis *analysis, const char *const *warnings,
				int warning_count)
{
	const Impact *impact = &analysis->impact;
	JsonbBuilder builder = {0};

	begin(&builder, WJB_BEGIN_OBJECT);
	push_number(&builder, "engagement", impact->engagement);
	push_number(&builder, "reach", impact->reach);
	push_number(&builder, "platform_weight", impact->platform_weight);
	push_number(&builder, "amplifier", impact->amplifier);
	push_number(&builder, "raw", impact->raw);
	if (warning_count > 0)
		push_texts(&builder, "warnings", warnings, warning_count);
	return end(&builder, WJB_END_OBJECT);
}

/* --- reasons --- */

/* Of valid UTF-8: all bytes but those that continue a character. */
static int
characters_in(const char *text, size_t length)
{
	int count = 0;

	for (size_t i = 0; i < length; i++)
		count += (text[i] & 0xc0) != 0x80;
	return count;
}

static void
add_match(FlatArray *array, const TracedMatch *match, const char *text,
		  int start, int length)
{
	FlatField fields[8];
	int count = 0;

	fields[count++] = number_field("end", flat_whole(start + length));
	fields[count++] = text_field("rule", match->rule);
	fields[count++] = (FlatField){.key = "text",
								  .text = text + match->start,
								  .length = match->end - match->start};
	if (match->label != NULL)
		fields[count++] = text_field("label", match->label);
	fields[count++] = number_field("start", flat_whole(start));
	fields[count++] = text_field("table", match->table);
	if (!isnan(match->effect))
		fields[count++] = number_field("effect", flat_decimal(match->effect));
	if (match->is_cancelled)
		fields[count++] = (FlatField){.key = "cancelled"}; /* true */
	flat_array_add(array, fields, count);
}

/* Matches come by position, so characters are counted in one pass. */
Datum
analysis_matches(const AnalysisTrace *trace)
{
	FlatArray array;
	const char *text = trace->clean_text;
	uint32 place = 0;
	int characters = 0;

	flat_array_begin(&array, trace->match_count);
	for (int i = 0; i < trace->match_count; i++)
	{
		const TracedMatch *match = &trace->matches[i];

		Assert(match->start >= place && match->end >= match->start);
		characters += characters_in(text + place, match->start - place);
		place = match->start;
		add_match(&array, match, text, characters,
				  characters_in(text + place, match->end - place));
	}
	return flat_array_end(&array);
}

Datum
analysis_signals(const PostAnalysis *analysis, const AnalysisTrace *trace)
{
	JsonbBuilder builder = {0};

	begin(&builder, WJB_BEGIN_OBJECT);
	push_count(&builder, "total_length", trace->total_length);
	push_boolean(&builder, "is_too_short", trace->is_too_short);
	push_number(&builder, "hashtag_ratio", trace->hashtag_ratio);
	push_number(&builder, "reduction_ratio", trace->reduction_ratio);
	push_boolean(&builder, "has_transcription", trace->has_transcription);
	push_boolean(&builder, "has_phone", trace->has_phone);
	push_boolean(&builder, "has_spam_keyword", trace->has_spam_keyword);
	push_boolean(&builder, "is_truncated", analysis->is_truncated);
	return end(&builder, WJB_END_OBJECT);
}
