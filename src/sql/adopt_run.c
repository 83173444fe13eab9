/*-------------------------------------------------------------------------
 *
 * adopt_run.c
 *	  Moving in: run statements, and try what may fail.
 *
 * Nothing here knows what the statements are about.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "ingest/retry.h"
#include "sql/adopt.h"

bool
adopt_is_rows_fault(const ErrorData *error)
{
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
		error->sqlerrcode == ERRCODE_INTERNAL_ERROR)
		return false;
	return failure_classify_repeated(error->sqlerrcode) == FAILURE_DATA;
}

uint64
adopt_run(const char *statement, int count, const char *const *values,
		  int expected)
{
	Oid types[ADOPT_MAX_PARAMETERS] = {0};
	Datum datums[ADOPT_MAX_PARAMETERS] = {0};
	char nulls[ADOPT_MAX_PARAMETERS] = {0};
	MemoryContext context = CurrentMemoryContext;
	int result;

	Assert(count <= ADOPT_MAX_PARAMETERS);
	if (SPI_tuptable != NULL)
	{
		SPI_freetuptable(SPI_tuptable);
		SPI_tuptable = NULL;
	}
	for (int i = 0; i < count; i++)
	{
		types[i] = TEXTOID;
		nulls[i] = values[i] == NULL ? 'n' : ' ';
		datums[i] =
			values[i] == NULL ? (Datum) 0 : CStringGetTextDatum(values[i]);
	}
	result = SPI_execute_with_args(statement, count, types, datums, nulls,
								   false, 0);
	MemoryContextSwitchTo(context); /* SPI leaves its own, which is as old */
	if (result != expected)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("a statement of adopt() ended as %s",
							   SPI_result_code_string(result)),
						errdetail("The statement was: %s", statement)));
	return SPI_processed;
}

char *
adopt_value(int column, MemoryContext context)
{
	char *value;

	if (SPI_processed == 0)
		return NULL;
	value = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
	return value == NULL ? NULL : MemoryContextStrdup(context, value);
}

void
adopt_begin_transaction(void)
{
	adopt_run("SELECT pg_catalog.set_config('search_path', "
			  "'pg_catalog, pg_temp', true), "
			  "pg_catalog.set_config('TimeZone', 'UTC', true), "
			  "pg_catalog.set_config('jit', 'off', true), "
			  "pg_catalog.set_config('row_security', 'off', true)",
			  0, NULL, SPI_OK_SELECT);
}

ErrorData *
adopt_try(void (*work)(void *argument), void *argument)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		work(argument);
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
	return error;
}
