/*-------------------------------------------------------------------------
 *
 * dead_letter_state.c
 *	  Row trigger: a dead letter changes its state.
 *
 * Whoever changes it, by replay(), by a worker, or by an UPDATE by hand, is
 * recorded, with the time, in the row and in dead_letter_history.  The
 * function is SECURITY DEFINER: nobody needs the right to write the history,
 * and nobody can leave it out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "process/version.h"

PG_FUNCTION_INFO_V1(analytics_dead_letter_state);

#define HISTORY_STATEMENT                                                     \
	"INSERT INTO analytics.dead_letter_history"                               \
	" (dead_letter, from_state, to_state, changed_at, changed_by, note)"      \
	" VALUES ($1, $2, $3, $4, $5, $6)"

/* A change of a letter's state. */
typedef struct Change
{
	int64 id;
	char *from;
	char *to;
	char *note; /* NULL: none was given */
	char *by;
	TimestampTz at;
} Change;

/* A letter is decided about once; but any decision can be taken back. */
static void
check_change(const Change *change)
{
	if (strcmp(change->from, "pending") == 0 ||
		strcmp(change->to, "pending") == 0)
		return;
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("dead letter %lld is %s and cannot become %s",
						   (long long) change->id, change->from, change->to),
					errhint("Set its state to 'pending' first.")));
}

/* Kept for the life of the session: replay_all() comes here for each row. */
static SPIPlanPtr
history_plan(void)
{
	static SPIPlanPtr plan = NULL;
	Oid types[6] = {INT8OID,        TEXTOID, TEXTOID,
					TIMESTAMPTZOID, TEXTOID, TEXTOID};

	if (plan == NULL)
	{
		SPIPlanPtr prepared = SPI_prepare(HISTORY_STATEMENT, 6, types);

		if (prepared == NULL || SPI_keepplan(prepared) != 0)
			elog(ERROR, "could not prepare a statement: %s",
				 SPI_result_code_string(SPI_result));
		plan = prepared;
	}
	return plan;
}

static void
write_history(const Change *change)
{
	Datum values[6] = {
		Int64GetDatum(change->id),       CStringGetTextDatum(change->from),
		CStringGetTextDatum(change->to), TimestampTzGetDatum(change->at),
		CStringGetTextDatum(change->by), (Datum) 0};
	char nulls[6] = {' ', ' ', ' ', ' ', ' ', 'n'};
	int result;

	if (change->note != NULL)
	{
		values[5] = CStringGetTextDatum(change->note);
		nulls[5] = ' ';
	}
	result = SPI_execute_plan(history_plan(), values, nulls, false, 0);
	if (result != SPI_OK_INSERT)
		elog(ERROR, "could not write analytics.dead_letter_history: %s",
			 SPI_result_code_string(result));
}

static char *
column(HeapTuple tuple, TupleDesc columns, const char *name)
{
	return SPI_getvalue(tuple, columns, SPI_fnumber(columns, name));
}

/* The note that came with the change; one of an earlier change is none. */
static char *
new_note(const TriggerData *trigger, TupleDesc columns)
{
	char *before = column(trigger->tg_trigtuple, columns, "state_note");
	char *after = column(trigger->tg_newtuple, columns, "state_note");

	if (before != NULL && after != NULL && strcmp(before, after) == 0)
		return NULL;
	return after;
}

static HeapTuple
changed_row(HeapTuple tuple, TupleDesc columns, const Change *change)
{
	int places[3] = {SPI_fnumber(columns, "state_changed_at"),
					 SPI_fnumber(columns, "state_changed_by"),
					 SPI_fnumber(columns, "state_note")};
	Datum values[3] = {TimestampTzGetDatum(change->at),
					   CStringGetTextDatum(change->by), (Datum) 0};
	bool nulls[3] = {false, false, change->note == NULL};

	if (change->note != NULL)
		values[2] = CStringGetTextDatum(change->note);
	return heap_modify_tuple_by_cols(tuple, columns, 3, places, values, nulls);
}

SERVED_FUNCTION(analytics_dead_letter_state)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	MemoryContext caller = CurrentMemoryContext;
	TupleDesc columns;
	HeapTuple result;
	Change change = {0};
	bool is_null;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("not called as a trigger before UPDATE of a row")));

	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	columns = RelationGetDescr(trigger->tg_relation);
	change.id = DatumGetInt64(SPI_getbinval(
		trigger->tg_trigtuple, columns, SPI_fnumber(columns, "id"), &is_null));
	change.from = column(trigger->tg_trigtuple, columns, "state");
	change.to = column(trigger->tg_newtuple, columns, "state");
	change.note = new_note(trigger, columns);
	change.by = GetUserNameFromId(GetOuterUserId(), false);
	change.at = GetCurrentTimestamp();
	check_change(&change);
	write_history(&change);
	MemoryContextSwitchTo(caller);
	result = changed_row(trigger->tg_newtuple, columns, &change);
	SPI_finish();
	return PointerGetDatum(result);
}
