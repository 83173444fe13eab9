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

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

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

/* True: none of them is an error. */
static bool
add_findings(ReturnSetInfo *result, const char *schema, const char *table)
{
	const char *values[] = {schema, table};
	bool may_begin = true;
	uint64 count = adopt_run("SELECT subject, status, finding, hint "
							 "FROM analytics.adoption_findings($1, $2)",
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

/*
 * Run the statement that counts refusals: the error that a row fails it with,
 * or NULL.
 */
static ErrorData *
count_refusals(const Adoption *adoption, uint64 *volatile count)
{
	const char *values[] = {NULL, NULL, adoption->schema, adoption->table};
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		*count = adopt_run(adoption->statements.refusals, lengthof(values),
						   values, SPI_OK_SELECT);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error != NULL && failure_classify(error->sqlerrcode) != FAILURE_DATA)
		ReThrowError(error);
	return error;
}

/* A row that a cast of its view, or ours, fails for, ends the counting. */
static void
add_unreadable(ReturnSetInfo *result, const char *table,
			   const ErrorData *error)
{
	const char *fields[FINDING_COLUMNS] = {
		table, NULL, "warning",
		psprintf("a row or more will be refused, as %s: %s",
				 unpack_sql_state(error->sqlerrcode),
				 error->message != NULL ? error->message : ""),
		"adopt() finds out which, and notes each in "
		"analytics.adoption_rejects. What is refused for other reasons could "
		"not be counted."};

	add_finding(result, fields);
}

/* Which rows will be refused, by column and SQLSTATE. */
static void
add_refusals(ReturnSetInfo *result, const char *schema, const char *table)
{
	Adoption adoption = {
		.context = CurrentMemoryContext, .schema = schema, .table = table};
	uint64 count = 0;
	ErrorData *error;

	adopt_load_statements(&adoption);
	error = count_refusals(&adoption, &count);
	if (error != NULL)
		add_unreadable(result, table, error);
	for (uint64 i = 0; i < count && i < SHOWN_REFUSALS; i++)
	{
		char *key = field(i, 4);
		const char *fields[FINDING_COLUMNS] = {
			table, field(i, 1), "warning",
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

		if (add_findings(result, schema, table) && PG_GETARG_BOOL(2))
			add_refusals(result, schema, table);
	}
	SPI_finish();
	return (Datum) 0;
}
