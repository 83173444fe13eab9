/*-------------------------------------------------------------------------
 *
 * rule_guard.c
 *	  Row trigger of the rule tables: what is shipped and what is the user's.
 *
 * Rows that the extension ships are marked builtin, and modified once
 * somebody changed them.  Dumps hold the user's rows and the modified ones
 * (the condition given to pg_extension_config_dump); CREATE EXTENSION brings
 * the others.  So that a dump can be restored over what CREATE EXTENSION has
 * just made, a restored row takes the place of the shipped one.
 *
 * Shipped rows cannot be deleted or renamed: the analysis needs them, and a
 * deletion would not survive dump and restore.  The extension's own scripts
 * may do anything.
 *
 * The trigger's one argument is the name of the table's key column.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"

#include "sql/restoring.h"

PG_FUNCTION_INFO_V1(analytics_rule_guard);

typedef struct RuleRow
{
	Relation table;
	TupleDesc columns;
	int key; /* attribute numbers */
	int builtin;
	int modified;
} RuleRow;

static bool
flag(const RuleRow *row, HeapTuple tuple, int column)
{
	bool is_null;
	Datum value = heap_getattr(tuple, column, row->columns, &is_null);

	return !is_null && DatumGetBool(value);
}

static char *
key_of(const RuleRow *row, HeapTuple tuple)
{
	char *key = SPI_getvalue(tuple, row->columns, row->key);

	return key != NULL ? key : pstrdup("");
}

static HeapTuple
set_flags(const RuleRow *row, HeapTuple tuple, bool builtin, bool modified)
{
	int columns[2] = {row->builtin, row->modified};
	Datum values[2] = {BoolGetDatum(builtin), BoolGetDatum(modified)};
	bool nulls[2] = {false, false};

	return heap_modify_tuple_by_cols(tuple, row->columns, 2, columns, values,
									 nulls);
}

/* Two rows of the table, flags apart. */
static bool
same_values(const RuleRow *row, HeapTuple one, HeapTuple other)
{
	for (int i = 1; i <= row->columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(row->columns, i - 1);
		bool one_null;
		bool other_null;
		Datum a;
		Datum b;

		if (column->attisdropped || i == row->builtin || i == row->modified)
			continue;
		a = heap_getattr(one, i, row->columns, &one_null);
		b = heap_getattr(other, i, row->columns, &other_null);
		if (one_null != other_null ||
			(!one_null &&
			 !datum_image_eq(a, b, column->attbyval, column->attlen)))
			return false;
	}
	return true;
}

/*
 * The key of the shipped row that a restored one is about to replace, while
 * it is removed: the only one that may go.
 */
static const char *replaced_key = NULL;

/* Remove the shipped row of this key; was there one? */
static bool
remove_shipped(const RuleRow *row, HeapTuple tuple)
{
	Oid types[1] = {TEXTOID};
	char *key = key_of(row, tuple);
	Datum values[1] = {CStringGetTextDatum(key)};
	char *query = psprintf(
		"DELETE FROM %s WHERE %s = $1 AND builtin",
		quote_qualified_identifier("analytics",
								   RelationGetRelationName(row->table)),
		quote_identifier(
			NameStr(TupleDescAttr(row->columns, row->key - 1)->attname)));
	uint64 removed;
	volatile int result = 0;

	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	replaced_key = key;
	PG_TRY();
	{
		result =
			SPI_execute_with_args(query, 1, types, values, NULL, false, 0);
	}
	PG_FINALLY();
	{
		replaced_key = NULL;
	}
	PG_END_TRY();
	if (result != SPI_OK_DELETE)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not replace a shipped row of \"%s\"",
							   RelationGetRelationName(row->table))));
	removed = SPI_processed;
	SPI_finish();
	return removed > 0;
}

static HeapTuple
guard_insert(const RuleRow *row, HeapTuple tuple)
{
	bool replaces = restoring_a_dump() && remove_shipped(row, tuple);

	return set_flags(row, tuple, replaces, replaces);
}

static HeapTuple
guard_update(const RuleRow *row, HeapTuple before, HeapTuple after)
{
	bool builtin = flag(row, before, row->builtin);

	if (builtin && strcmp(key_of(row, before), key_of(row, after)) != 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("cannot rename \"%s\" of %s: it is shipped "
							   "with the extension",
							   key_of(row, before),
							   RelationGetRelationName(row->table)),
						errhint("Insert a row of the new name instead.")));
	return set_flags(row, after, builtin,
					 builtin && (flag(row, before, row->modified) ||
								 !same_values(row, before, after)));
}

static HeapTuple
guard_delete(const RuleRow *row, HeapTuple tuple)
{
	if (flag(row, tuple, row->builtin) &&
		(replaced_key == NULL ||
		 strcmp(replaced_key, key_of(row, tuple)) != 0))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("cannot delete \"%s\" of %s: it is shipped "
							   "with the extension",
							   key_of(row, tuple),
							   RelationGetRelationName(row->table)),
						errhint("UPDATE the row instead.")));
	return tuple;
}

static HeapTuple
guard_row(TriggerData *trigger)
{
	RuleRow row = {.table = trigger->tg_relation,
				   .columns = RelationGetDescr(trigger->tg_relation)};
	HeapTuple tuple = trigger->tg_trigtuple;

	row.key = SPI_fnumber(row.columns, trigger->tg_trigger->tgargs[0]);
	row.builtin = SPI_fnumber(row.columns, "builtin");
	row.modified = SPI_fnumber(row.columns, "modified");
	if (row.key <= 0 || row.builtin <= 0 || row.modified <= 0)
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("table \"%s\" is no table of rules",
							   RelationGetRelationName(row.table))));
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return creating_extension ? tuple : guard_insert(&row, tuple);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return creating_extension ? tuple : guard_delete(&row, tuple);
	return creating_extension
			   ? trigger->tg_newtuple
			   : guard_update(&row, tuple, trigger->tg_newtuple);
}

Datum
analytics_rule_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("not called as a trigger before a change")));
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("cannot truncate %s: it holds rows that are "
							   "shipped with the extension",
							   RelationGetRelationName(trigger->tg_relation)),
						errhint("DELETE the rows that are not builtin.")));
	if (trigger->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("the trigger needs the name of the key column")));
	return PointerGetDatum(guard_row(trigger));
}
