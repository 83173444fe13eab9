/*-------------------------------------------------------------------------
 *
 * adopt_check.c
 *	  check_adoption(): what adopt() would make of the old service's tables.
 *
 * What the catalogs tell is found by analytics.adoption_findings(); this adds
 * what only the rows can tell.  It writes nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "ingest/retry.h"
#include "process/version.h"
#include "sql/adopt.h"

PG_FUNCTION_INFO_V1(analytics_check_adoption);

#define FINDING_COLUMNS 5

/* Kinds of refusal that are told of one table. */
#define SHOWN_REFUSALS 50

static void
add_finding(ReturnSetInfo *result, const char *const fields[FINDING_COLUMNS])
{
	Datum values[FINDING_COLUMNS];
	bool nulls[FINDING_COLUMNS];

	for (int i = 0; i < FINDING_COLUMNS; i++)
	{
		nulls[i] = fields[i] == NULL;
		values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(fields[i]);
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static char *
field(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						column);
}

/* Those of a function; true: none of them is an error. */
static bool
add_findings(ReturnSetInfo *result, const char *function, const char *schema,
			 const char *table)
{
	const char *values[] = {schema, table};
	bool may_begin = true;
	uint64 count = adopt_run(psprintf("SELECT subject, status, finding, hint "
									  "FROM analytics.%s($1, $2)",
									  function),
							 lengthof(values), values, SPI_OK_SELECT);

	for (uint64 i = 0; i < count; i++)
	{
		const char *fields[FINDING_COLUMNS] = {table, field(i, 1), field(i, 2),
											   field(i, 3), field(i, 4)};

		add_finding(result, fields);
		may_begin = may_begin && strcmp(fields[2], "error") != 0;
	}
	return may_begin;
}

/* A statement that reads all rows of the source. */
typedef struct Reading
{
	const Adoption *adoption;
	const char *statement;
	uint64 count; /* of its result, which is in SPI_tuptable */
} Reading;

static void
read_source(void *argument)
{
	Reading *reading = argument;
	const char *values[] = {NULL, NULL, reading->adoption->schema,
							reading->adoption->table};

	reading->count =
		adopt_run(reading->statement, lengthof(values), values, SPI_OK_SELECT);
}

/* The error that a row fails it with, or NULL. */
static ErrorData *
try_reading(Reading *reading)
{
	ErrorData *error = adopt_try(read_source, reading);

	if (error != NULL && !adopt_is_rows_fault(error))
		ReThrowError(error);
	return error;
}

/* A row that a cast of its view, or ours, fails for, ends the counting. */
static void
add_unreadable(ReturnSetInfo *result, const char *table,
			   const ErrorData *error)
{
	char *finding = psprintf("a row or more will be refused, as %s: %s",
							 unpack_sql_state(error->sqlerrcode),
							 error->message != NULL ? error->message : "");
	char *hint = "adopt() finds out which, and notes each in "
				 "analytics.adoption_rejects. What is refused for other "
				 "reasons could not be counted.";
	const char *fields[FINDING_COLUMNS] = {table, NULL, "warning", finding,
										   hint};

	add_finding(result, fields);
}

/* Which rows will be refused, by column and SQLSTATE. */
static void
add_refusals(ReturnSetInfo *result, const Adoption *adoption)
{
	Reading reading = {adoption, adoption->statements.refusals, 0};
	ErrorData *error = try_reading(&reading);

	if (error != NULL)
		add_unreadable(result, adoption->table, error);
	for (uint64 i = 0; i < reading.count && i < SHOWN_REFUSALS; i++)
	{
		char *key = field(i, 4);
		const char *fields[FINDING_COLUMNS] = {
			adoption->table, field(i, 1), "warning",
			psprintf("%s rows will be refused, as %s: %s", field(i, 3),
					 field(i, 2), field(i, 5)),
			key == NULL
				? NULL
				: psprintf("The first is that with id %s. They will be in "
						   "analytics.adoption_rejects; mend them in the "
						   "source, or leave them.",
						   quote_literal_cstr(key))};

		add_finding(result, fields);
	}
}

/*
 * Times that have not come yet: local ones east of Greenwich, in a column that
 * is taken for UTC.  Where rows cannot be read, that has been told.
 */
static void
add_futures(ReturnSetInfo *result, const Adoption *adoption)
{
	Reading reading = {adoption, adoption->statements.futures, 0};

	if (try_reading(&reading) != NULL)
		return;
	for (uint64 i = 0; i < reading.count; i++)
	{
		char *column = field(i, 1);
		const char *fields[FINDING_COLUMNS] = {
			adoption->table, column, "warning",
			psprintf("%s rows have a time in the future, by up to %s hours",
					 field(i, 2), field(i, 3)),
			psprintf(
				"Times without a zone are taken for UTC. If they are "
				"local times of a zone so far east of it, name a view "
				"over the table, with: %s AT TIME ZONE 'Asia/Ho_Chi_Minh' "
				"AS %s (your zone). If not, mend them in the source: such "
				"a row stays too long, and passes for the newest.",
				column, column)};

		add_finding(result, fields);
	}
}

static void
add_rows(ReturnSetInfo *result, const char *schema, const char *table)
{
	Adoption adoption = {
		.context = CurrentMemoryContext, .schema = schema, .table = table};

	adopt_load_statements(&adoption);
	add_refusals(result, &adoption);
	add_futures(result, &adoption);
}

/* Arguments: source_schema text, source_tables text[], read_rows boolean. */
SERVED_FUNCTION(analytics_check_adoption)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char *schema;
	Datum *tables;
	bool *nulls;
	int count;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("arguments of check_adoption() must not be "
							   "null")));
	schema = text_to_cstring(PG_GETARG_TEXT_PP(0));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false,
					  TYPALIGN_INT, &tables, &nulls, &count);
	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	for (int i = 0; i < count; i++)
	{
		char *table = nulls[i] ? "" : TextDatumGetCString(tables[i]);

		if (add_findings(result, "adoption_rights", schema, table) &&
			add_findings(result, "adoption_findings", schema, table) &&
			PG_GETARG_BOOL(2))
			add_rows(result, schema, table);
	}
	SPI_finish();
	return (Datum) 0;
}
