/*-------------------------------------------------------------------------
 *
 * replay_queue.c
 *	  What replay() and replay_batch() have in common.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "sql/consumer_names.h"
#include "sql/replay_queue.h"

void
replay_connect(void)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
}

uint64
replay_run(const char *statement, int count, Oid *types, Datum *values,
		   const char *nulls, int expected)
{
	/* No row limit: it would end the statement before its triggers. */
	int result = SPI_execute_with_args(statement, count, types, values, nulls,
									   false, 0);

	if (result != expected)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not read or write dead letters or the "
							   "local queue: %s",
							   SPI_result_code_string(result))));
	return SPI_processed;
}

const char *
replay_consumer(FunctionCallInfo fcinfo, int place, const char *recorded,
				const char *what)
{
	const char *name = recorded;

	if (!PG_ARGISNULL(place))
	{
		name = text_to_cstring(PG_GETARG_TEXT_PP(place));
		if (name[0] == '\0')
			return NULL;
		if (!consumer_exists(name))
			consumer_raise_unknown(name);
	}
	else if (name != NULL && !consumer_exists(name))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("consumer \"%s\" of %s does not exist any more", name,
						what),
				 errhint("Name another with consumer => '...', or any with "
						 "consumer => ''.")));
	return name;
}

Datum
replay_caller(void)
{
	return DirectFunctionCall1(
		namein, CStringGetDatum(GetUserNameFromId(GetOuterUserId(), false)));
}

Datum
replay_text(const char *text, char *null)
{
	*null = text == NULL ? 'n' : ' ';
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

char *
replay_column(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}
