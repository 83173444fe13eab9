/*-------------------------------------------------------------------------
 *
 * consumer_stamps.c
 *	  Columns of analytics.consumers that tell who did something, and when.
 *
 * They are kept in step with what the row says, and are written by nobody else,
 * but for who could do without us: the table's owner.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "ingest/scorer.h"
#include "ingest/scorer_check.h"
#include "sql/consumer_row.h"
#include "sql/restoring.h"

static Datum
current_role_name(void)
{
	return DirectFunctionCall1(
		namein, CStringGetDatum(GetUserNameFromId(GetOuterUserId(), false)));
}

/*
 * A column that tells who did something or when: `value` when that was now,
 * else what it was before.  Who could write the table without us may say so
 * himself.
 */
static void
stamp(ConsumerRow *row, const char *column, Datum value, bool is_now)
{
	bool is_null;

	(void) consumer_value(row, column, &is_null);
	if (row->by_hand && !is_null && consumer_has_changed(row, column))
		return;
	is_null = false;
	if (!is_now)
		value = heap_getattr(row->before, consumer_column(row, column),
							 row->columns, &is_null);
	consumer_set(row, column, value, is_null);
}

static Datum
transaction_start(void)
{
	return TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
}

static void
complete_creation(ConsumerRow *row)
{
	bool is_now = row->before == NULL;

	stamp(row, "created_at", transaction_start(), is_now);
	stamp(row, "created_by", current_role_name(), is_now);
}

/*
 * By the name that does not depend on a search_path.  While a dump is restored
 * the function may not be there yet; its right to be called is looked at
 * before each call too.
 */
static void
complete_scorer(ConsumerRow *row)
{
	char *scorer = consumer_text(row, row->tuple, "scorer");
	char *caller = GetUserNameFromId(GetUserId(), false);
	bool is_new = scorer != NULL && consumer_has_changed(row, "scorer");

	if (is_new && !restoring_a_dump())
		consumer_set(row, "scorer",
					 CStringGetTextDatum(
						 scorer_name(scorer_check(scorer, GetUserId()))),
					 false);
	if (scorer != NULL)
		stamp(row, "scorer_by",
			  DirectFunctionCall1(namein, CStringGetDatum(caller)), is_new);
	else
		consumer_set(row, "scorer_by", (Datum) 0, true);
}

/* Keep who paused it, since when and why in step with whether it is paused. */
static void
complete_pause(ConsumerRow *row)
{
	if (row->before == NULL && restoring_a_dump() &&
		!consumer_is_true(row, row->tuple, "paused"))
	{
		consumer_set(row, "paused", BoolGetDatum(true), false);
		consumer_set(row, "pause_reason",
					 CStringGetTextDatum("restored from a dump"), false);
		ereport(NOTICE,
				(errmsg("consumer \"%s\" is paused: check_function_bodies is "
						"off, so a dump is being restored",
						row->name),
				 errhint("SELECT analytics.resume('%s'); when all is there.",
						 row->name)));
	}
	if (consumer_is_true(row, row->tuple, "paused"))
	{
		bool is_new = row->before == NULL ||
					  !consumer_is_true(row, row->before, "paused");

		stamp(row, "paused_at", transaction_start(), is_new);
		/* The reason is theirs who wrote it. */
		stamp(row, "paused_by", current_role_name(),
			  is_new || consumer_has_changed(row, "pause_reason"));
		return;
	}
	consumer_set(row, "paused_at", (Datum) 0, true);
	consumer_set(row, "paused_by", (Datum) 0, true);
	consumer_set(row, "pause_reason", (Datum) 0, true);
}

static bool
is_meant_to_work(const ConsumerRow *row, HeapTuple tuple)
{
	bool is_null;
	Datum workers = heap_getattr(tuple, consumer_column(row, "workers"),
								 row->columns, &is_null);

	return consumer_is_true(row, tuple, "enabled") && !is_null &&
		   DatumGetInt32(workers) > 0;
}

/* Since when it has no workers because nobody wants any. */
static void
complete_stop(ConsumerRow *row)
{
	if (is_meant_to_work(row, row->tuple))
		consumer_set(row, "stopped_at", (Datum) 0, true);
	else
		stamp(row, "stopped_at", transaction_start(),
			  row->before == NULL || is_meant_to_work(row, row->before));
}

void
consumer_complete(ConsumerRow *row)
{
	complete_creation(row);
	complete_scorer(row);
	complete_pause(row);
	complete_stop(row);
}
