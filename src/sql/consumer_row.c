/*-------------------------------------------------------------------------
 *
 * consumer_row.c
 *	  Columns of a row of analytics.consumers, by name.
 *
 * Nothing here knows what a column means.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"

#include "sql/consumer_row.h"

#define SHOWN_BYTES 64

int
consumer_column(const ConsumerRow *row, const char *column)
{
	int number = SPI_fnumber(row->columns, column);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("analytics.consumers has no column \"%s\"", column)));
	return number;
}

Datum
consumer_value(const ConsumerRow *row, const char *column, bool *is_null)
{
	return heap_getattr(row->tuple, consumer_column(row, column), row->columns,
						is_null);
}

char *
consumer_text(const ConsumerRow *row, HeapTuple tuple, const char *column)
{
	return SPI_getvalue(tuple, row->columns, consumer_column(row, column));
}

bool
consumer_is_true(const ConsumerRow *row, HeapTuple tuple, const char *column)
{
	bool is_null;
	Datum value = heap_getattr(tuple, consumer_column(row, column),
							   row->columns, &is_null);

	return !is_null && DatumGetBool(value);
}

bool
consumer_has_changed(const ConsumerRow *row, const char *column)
{
	char *before;
	char *after = consumer_text(row, row->tuple, column);

	if (row->before == NULL)
		return true;
	before = consumer_text(row, row->before, column);
	if (before == NULL || after == NULL)
		return before != after;
	return strcmp(before, after) != 0;
}

void
consumer_set(ConsumerRow *row, const char *column, Datum value, bool is_null)
{
	int number = consumer_column(row, column);

	row->tuple = heap_modify_tuple_by_cols(row->tuple, row->columns, 1,
										   &number, &value, &is_null);
}

void
consumer_refuse(const ConsumerRow *row, const char *column, const char *hint)
{
	char *value = consumer_text(row, row->tuple, column);
	int shown = value == NULL
					? 0
					: pg_mbcliplen(value, (int) strlen(value), SHOWN_BYTES);

	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					value == NULL
						? errmsg("argument \"%s\" must not be null", column)
						: errmsg("invalid value for argument \"%s\": \"%.*s\"",
								 column, shown, value),
					errhint("%s", hint)));
}
