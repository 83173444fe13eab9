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
#include "utils/rel.h"

#include "sql/restoring.h"
#include "sql/rule_row.h"

PG_FUNCTION_INFO_V1(analytics_rule_guard);

static HeapTuple
set_flags(const RuleTable *table, HeapTuple tuple, bool builtin, bool modified)
{
	int columns[2] = {table->builtin, table->modified};
	Datum values[2] = {BoolGetDatum(builtin), BoolGetDatum(modified)};
	bool nulls[2] = {false, false};

	return heap_modify_tuple_by_cols(tuple, table->columns, 2, columns, values,
									 nulls);
}

/*
 * The key of the shipped row that a restored one is about to replace, while
 * it is removed: the only one that may go.
 */
static const char *replaced_key = NULL;

/* Remove the shipped row of this key; was there one? */
static bool
remove_shipped(const RuleTable *table, HeapTuple tuple)
{
	Oid types[1] = {TEXTOID};
	char *key = rule_key(table, tuple);
	Datum values[1] = {CStringGetTextDatum(key)};
	char *query = psprintf(
		"DELETE FROM %s WHERE %s = $1 AND builtin",
		quote_qualified_identifier("analytics",
								   RelationGetRelationName(table->relation)),
		quote_identifier(
			NameStr(TupleDescAttr(table->columns, table->key - 1)->attname)));
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
							   RelationGetRelationName(table->relation))));
	removed = SPI_processed;
	SPI_finish();
	return removed > 0;
}

static HeapTuple
guard_insert(const RuleTable *table, HeapTuple tuple)
{
	bool replaces = restoring_a_dump() && remove_shipped(table, tuple);

	return set_flags(table, tuple, replaces, replaces);
}

static HeapTuple
guard_update(const RuleTable *table, HeapTuple before, HeapTuple after)
{
	bool builtin = rule_flag(table, before, table->builtin);

	if (builtin &&
		strcmp(rule_key(table, before), rule_key(table, after)) != 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("cannot rename \"%s\" of %s: it is shipped "
							   "with the extension",
							   rule_key(table, before),
							   RelationGetRelationName(table->relation)),
						errhint("Insert a row of the new name instead.")));
	return set_flags(table, after, builtin,
					 builtin && (rule_flag(table, before, table->modified) ||
								 !rule_same_values(table, before, after)));
}

static HeapTuple
guard_delete(const RuleTable *table, HeapTuple tuple)
{
	if (rule_flag(table, tuple, table->builtin) &&
		(replaced_key == NULL ||
		 strcmp(replaced_key, rule_key(table, tuple)) != 0))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("cannot delete \"%s\" of %s: it is shipped "
							   "with the extension",
							   rule_key(table, tuple),
							   RelationGetRelationName(table->relation)),
						SPI_fnumber(table->columns, "enabled") > 0
							? errhint("UPDATE the row, and set enabled to "
									  "false.")
							: errhint("UPDATE the row instead.")));
	return tuple;
}

static HeapTuple
guard_row(TriggerData *trigger)
{
	RuleTable table = rule_table(trigger);
	HeapTuple tuple = trigger->tg_trigtuple;

	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return creating_extension ? tuple : guard_insert(&table, tuple);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return creating_extension ? tuple : guard_delete(&table, tuple);
	return creating_extension
			   ? trigger->tg_newtuple
			   : guard_update(&table, tuple, trigger->tg_newtuple);
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
	return PointerGetDatum(guard_row(trigger));
}
