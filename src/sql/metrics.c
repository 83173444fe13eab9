/*-------------------------------------------------------------------------
 *
 * metrics.c
 *	  All metrics at once: as rows, and as the text that Prometheus scrapes.
 *
 * What there is to be told is said by the view exported_metrics, and each
 * view metric_... is asked once, by a statement that is planned once in a
 * session, with the rights of who calls.  Nothing here knows a metric by its
 * name, and nothing but these views is read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/jsonb.h"
#include "utils/tuplestore.h"

#include "ingest/counters.h"
#include "process/version.h"
#include "sql/saved_plans.h"

PG_FUNCTION_INFO_V1(analytics_age_bounds);
PG_FUNCTION_INFO_V1(analytics_metric_samples);
PG_FUNCTION_INFO_V1(analytics_prometheus_text);

#define MAX_LABELS 8
#define SAMPLE_COLUMNS 5

/* Sorted by name, so that what begins alike stands together. */
static const char families_query[] =
	"SELECT name, type, help, view_name, column_name, labels "
	"FROM analytics.exported_metrics "
	"ORDER BY name COLLATE pg_catalog.\"C\"";

typedef struct Family
{
	const char *name;
	const char *type;
	const char *help;
	const char *column;
	SPITupleTable *rows; /* of its view */
	const char *labels[MAX_LABELS];
	int label_numbers[MAX_LABELS];
	int label_count;
} Family;

typedef struct Sample
{
	const Family *family;
	const char *suffix; /* of a histogram, else "" */
	HeapTuple row;
	const char *bound; /* of a bucket, else NULL */
	double value;
} Sample;

/* Who is told of each sample. */
typedef struct Listener
{
	void (*family)(struct Listener *listener, const Family *family);
	void (*sample)(struct Listener *listener, const Sample *sample);
	StringInfo text;
	ReturnSetInfo *result;
} Listener;

/* ------------------------------------------------------------------ */
/* Reading the views                                                  */
/* ------------------------------------------------------------------ */

/* The rows of a view in the order of their labels. */
static char *
view_query(const char *view, const Family *family)
{
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfo(&query, "SELECT * FROM analytics.%s",
					 quote_identifier(view));
	for (int i = 0; i < family->label_count; i++)
		appendStringInfo(&query, "%s %s COLLATE pg_catalog.\"C\"",
						 i == 0 ? " ORDER BY" : ",",
						 quote_identifier(family->labels[i]));
	return query.data;
}

static SPITupleTable *
read_view(const char *view, const Family *family)
{
	static HTAB *plans = NULL;

	return saved_plan_run(&plans, view, view_query(view, family));
}

static void
read_labels(Family *family, Datum labels)
{
	Datum *names;

	deconstruct_array(DatumGetArrayTypeP(labels), TEXTOID, -1, false,
					  TYPALIGN_INT, &names, NULL, &family->label_count);
	if (family->label_count > MAX_LABELS)
		elog(ERROR, "metric \"%s\" has %d labels", family->name,
			 family->label_count);
	for (int i = 0; i < family->label_count; i++)
		family->labels[i] = TextDatumGetCString(names[i]);
}

static int
column_number(const Family *family, const char *column)
{
	int number = SPI_fnumber(family->rows->tupdesc, column);

	if (number <= 0)
		elog(ERROR, "metric \"%s\" has no column \"%s\"", family->name,
			 column);
	return number;
}

static char *
text_of(SPITupleTable *table, uint64 row, int column)
{
	char *text = SPI_getvalue(table->vals[row], table->tupdesc, column);

	return text != NULL ? text : pstrdup("");
}

/* All families, the rows of their views read: each view once. */
static Family *
read_families(int *count)
{
	static HTAB *plans = NULL;
	SPITupleTable *table = saved_plan_run(&plans, "families", families_query);
	Family *families;
	char **views;

	*count = (int) table->numvals;
	families = palloc0(Max(*count, 1) * sizeof(Family));
	views = palloc(Max(*count, 1) * sizeof(char *));
	for (int i = 0; i < *count; i++)
	{
		Family *family = &families[i];
		bool isnull;

		family->name = text_of(table, i, 1);
		family->type = text_of(table, i, 2);
		family->help = text_of(table, i, 3);
		views[i] = text_of(table, i, 4);
		family->column = text_of(table, i, 5);
		read_labels(family,
					SPI_getbinval(table->vals[i], table->tupdesc, 6, &isnull));
		for (int j = 0; j < i && family->rows == NULL; j++)
			if (strcmp(views[i], views[j]) == 0)
				family->rows = families[j].rows;
		if (family->rows == NULL)
			family->rows = read_view(views[i], family);
		for (int j = 0; j < family->label_count; j++)
			family->label_numbers[j] =
				column_number(family, family->labels[j]);
	}
	return families;
}

/* ------------------------------------------------------------------ */
/* Samples                                                            */
/* ------------------------------------------------------------------ */

/* False: NULL, which is no sample. */
static bool
number_of(const Family *family, HeapTuple row, const char *column,
		  double *value)
{
	TupleDesc columns = family->rows->tupdesc;
	int number = column_number(family, column);
	bool isnull;
	Datum datum = SPI_getbinval(row, columns, number, &isnull);

	if (isnull)
		return false;
	switch (SPI_gettypeid(columns, number))
	{
		case INT4OID:
			*value = DatumGetInt32(datum);
			break;
		case INT8OID:
			*value = (double) DatumGetInt64(datum);
			break;
		case FLOAT8OID:
			*value = DatumGetFloat8(datum);
			break;
		default:
			elog(ERROR, "metric \"%s\" is of a type that is no number",
				 family->name);
	}
	return true;
}

static Datum *
array_of(const Family *family, HeapTuple row, const char *column, Oid type,
		 int *count)
{
	bool isnull;
	Datum datum = SPI_getbinval(row, family->rows->tupdesc,
								column_number(family, column), &isnull);
	Datum *values;

	*count = 0;
	if (isnull)
		return NULL;
	deconstruct_array(DatumGetArrayTypeP(datum), type, 8, FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &values, NULL, count);
	return values;
}

static void
tell_histogram(Listener *listener, const Family *family, HeapTuple row)
{
	const char *column = family->column;
	Sample sample = {.family = family, .suffix = "_bucket", .row = row};
	int bound_count;
	int bucket_count;
	Datum *bounds = array_of(family, row, column, FLOAT8OID, &bound_count);
	Datum *buckets = array_of(family, row, psprintf("%s_bucket", column),
							  INT8OID, &bucket_count);

	for (int i = 0; i < Min(bound_count, bucket_count); i++)
	{
		sample.bound = float8out_internal(DatumGetFloat8(bounds[i]));
		sample.value = (double) DatumGetInt64(buckets[i]);
		listener->sample(listener, &sample);
	}
	if (!number_of(family, row, psprintf("%s_count", column), &sample.value))
		return;
	sample.bound = "+Inf";
	listener->sample(listener, &sample);
	sample.bound = NULL;
	sample.suffix = "_count";
	listener->sample(listener, &sample);
	sample.suffix = "_sum";
	if (number_of(family, row, psprintf("%s_sum", column), &sample.value))
		listener->sample(listener, &sample);
}

static void
tell_family(Listener *listener, const Family *family)
{
	bool is_histogram = strcmp(family->type, "histogram") == 0;

	if (listener->family != NULL && family->rows->numvals > 0)
		listener->family(listener, family);
	for (uint64 i = 0; i < family->rows->numvals; i++)
	{
		Sample sample = {
			.family = family, .suffix = "", .row = family->rows->vals[i]};

		if (is_histogram)
			tell_histogram(listener, family, sample.row);
		else if (number_of(family, sample.row, family->column, &sample.value))
			listener->sample(listener, &sample);
	}
}

static void
tell_all(Listener *listener)
{
	Family *families;
	int count;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	families = read_families(&count);
	for (int i = 0; i < count; i++)
		tell_family(listener, &families[i]);
	SPI_finish();
}

/* "" where it is NULL: a label set must not have two spellings. */
static const char *
label_of(const Sample *sample, int label)
{
	const Family *family = sample->family;
	char *text = SPI_getvalue(sample->row, family->rows->tupdesc,
							  family->label_numbers[label]);

	return text != NULL ? text : "";
}

/* ------------------------------------------------------------------ */
/* As rows                                                            */
/* ------------------------------------------------------------------ */

static void
push_text(JsonbBuilder *builder, JsonbIteratorToken token, const char *text)
{
	JsonbValue value = {.type = jbvString};

	value.val.string.val = unconstify(char *, text);
	value.val.string.len = (int) strlen(text);
	compat_jsonb_push(builder, token, &value);
}

static Datum
labels_json(const Sample *sample)
{
	JsonbBuilder builder = {0};

	compat_jsonb_push(&builder, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < sample->family->label_count; i++)
	{
		push_text(&builder, WJB_KEY, sample->family->labels[i]);
		push_text(&builder, WJB_VALUE, label_of(sample, i));
	}
	if (sample->bound != NULL)
	{
		push_text(&builder, WJB_KEY, "le");
		push_text(&builder, WJB_VALUE, sample->bound);
	}
	return JsonbPGetDatum(compat_jsonb_end(&builder, WJB_END_OBJECT));
}

static void
put_sample(Listener *listener, const Sample *sample)
{
	const Family *family = sample->family;
	Datum values[SAMPLE_COLUMNS];
	bool nulls[SAMPLE_COLUMNS] = {0};

	values[0] =
		CStringGetTextDatum(psprintf("%s%s", family->name, sample->suffix));
	values[1] = CStringGetTextDatum(family->type);
	values[2] = CStringGetTextDatum(family->help);
	values[3] = labels_json(sample);
	values[4] = Float8GetDatum(sample->value);
	tuplestore_putvalues(listener->result->setResult,
						 listener->result->setDesc, values, nulls);
}

SERVED_FUNCTION(analytics_metric_samples)
{
	Listener listener = {.sample = put_sample};

	InitMaterializedSRF(fcinfo, 0);
	listener.result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (listener.result->setDesc->natts != SAMPLE_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("function returns %d columns where %d are declared",
						SAMPLE_COLUMNS, listener.result->setDesc->natts),
				 errhint("ALTER EXTENSION analytics UPDATE;")));
	tell_all(&listener);
	return (Datum) 0;
}

/* ------------------------------------------------------------------ */
/* As text                                                            */
/* ------------------------------------------------------------------ */

/* Of a label's value the quotes are escaped, too. */
static void
append_escaped(StringInfo text, const char *value, bool is_label)
{
	for (const char *c = value; *c != '\0'; c++)
	{
		if (*c == '\n')
			appendStringInfoString(text, "\\n");
		else if (*c == '\\' || (is_label && *c == '"'))
			appendStringInfo(text, "\\%c", *c);
		else
			appendStringInfoChar(text, *c);
	}
}

static void
append_label(StringInfo text, char before, const char *name, const char *value)
{
	appendStringInfo(text, "%c%s=\"", before, name);
	append_escaped(text, value, true);
	appendStringInfoChar(text, '"');
}

static void
append_head(Listener *listener, const Family *family)
{
	appendStringInfo(listener->text, "# HELP %s ", family->name);
	append_escaped(listener->text, family->help, false);
	appendStringInfo(listener->text, "\n# TYPE %s %s\n", family->name,
					 family->type);
}

static void
append_sample(Listener *listener, const Sample *sample)
{
	StringInfo text = listener->text;
	char before = '{';

	appendStringInfo(text, "%s%s", sample->family->name, sample->suffix);
	for (int i = 0; i < sample->family->label_count; i++)
	{
		append_label(text, before, sample->family->labels[i],
					 label_of(sample, i));
		before = ',';
	}
	if (sample->bound != NULL)
	{
		append_label(text, before, "le", sample->bound);
		before = ',';
	}
	appendStringInfo(text, "%s %s\n", before == ',' ? "}" : "",
					 float8out_internal(sample->value));
}

SERVED_FUNCTION(analytics_prometheus_text)
{
	StringInfoData text;
	Listener listener = {
		.family = append_head, .sample = append_sample, .text = &text};

	initStringInfo(&text);
	tell_all(&listener);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text.data, text.len));
}

/* ------------------------------------------------------------------ */
/* For the views                                                      */
/* ------------------------------------------------------------------ */

SERVED_FUNCTION(analytics_age_bounds)
{
	Datum bounds[COUNTER_BUCKETS];

	for (int i = 0; i < COUNTER_BUCKETS; i++)
		bounds[i] = Float8GetDatum(counter_age_bounds[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(bounds, COUNTER_BUCKETS, FLOAT8OID,
										  sizeof(float8), FLOAT8PASSBYVAL,
										  TYPALIGN_DOUBLE));
}
