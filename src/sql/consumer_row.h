/*-------------------------------------------------------------------------
 *
 * consumer_row.h
 *	  A row of analytics.consumers while its trigger checks it.
 *
 * consumer_check.c is the trigger, and checks what the row refers to;
 * consumer_values.c checks values by themselves; consumer_stamps.c fills the
 * columns that nobody else may write.  consumer_row.c is what they share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CONSUMER_ROW_H
#define ANALYTICS_CONSUMER_ROW_H

#include "postgres.h"

#include "access/htup.h"
#include "access/tupdesc.h"

#include "compat.h"

typedef struct ConsumerRow
{
	TupleDesc columns;
	HeapTuple before; /* NULL: INSERT */
	HeapTuple tuple;  /* as it will be; of DELETE: as it was */
	Oid owner;        /* of the table */
	char *name;
	bool by_hand; /* may the caller say who did what, and when? */
} ConsumerRow;

/* --- consumer_row.c --- */

/* The number of a column; raises if there is none of this name. */
extern int consumer_column(const ConsumerRow *row, const char *column);

/* The value as the row will be; it points into row->tuple. */
extern Datum consumer_value(const ConsumerRow *row, const char *column,
							bool *is_null);

/* In either tuple of the row; palloc'd, NULL for NULL. */
extern char *consumer_text(const ConsumerRow *row, HeapTuple tuple,
						   const char *column);

/* Likewise; false for NULL. */
extern bool consumer_is_true(const ConsumerRow *row, HeapTuple tuple,
							 const char *column);

/* True of every column of a new row. */
extern bool consumer_has_changed(const ConsumerRow *row, const char *column);

/* Replace row->tuple by one with this value, which is copied. */
extern void consumer_set(ConsumerRow *row, const char *column, Datum value,
						 bool is_null);

/* Raise for the value of this column; the hint says what is expected. */
pg_noreturn extern void consumer_refuse(const ConsumerRow *row,
										const char *column, const char *hint);

/* --- consumer_values.c --- */

/* Fills row->name. */
extern void consumer_check_name(ConsumerRow *row);

/* All other columns that need nothing but themselves to be checked. */
extern void consumer_check_values(const ConsumerRow *row);

/* --- consumer_stamps.c --- */

/* Who made it, paused it, named its scorer, and when; since when it stands. */
extern void consumer_complete(ConsumerRow *row);

#endif /* ANALYTICS_CONSUMER_ROW_H */
