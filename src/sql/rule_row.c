/*-------------------------------------------------------------------------
 *
 * rule_row.c
 *	  What the triggers of the rule tables want to know of a row.
 *
 * Nothing here changes a row or refuses one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "executor/spi.h"
#include "utils/datum.h"
#include "utils/rel.h"

#include "sql/rule_row.h"

RuleTable
rule_table(const TriggerData *trigger)
{
	RuleTable table = {.relation = trigger->tg_relation,
					   .columns = RelationGetDescr(trigger->tg_relation)};

	if (trigger->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("the trigger needs the name of the key column")));
	table.key = SPI_fnumber(table.columns, trigger->tg_trigger->tgargs[0]);
	table.builtin = SPI_fnumber(table.columns, "builtin");
	table.modified = SPI_fnumber(table.columns, "modified");
	if (table.key <= 0 || table.builtin <= 0 || table.modified <= 0)
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("table \"%s\" is no table of rules",
							   RelationGetRelationName(table.relation))));
	return table;
}

char *
rule_key(const RuleTable *table, HeapTuple tuple)
{
	char *key = SPI_getvalue(tuple, table->columns, table->key);

	return key != NULL ? key : pstrdup("");
}

bool
rule_flag(const RuleTable *table, HeapTuple tuple, int column)
{
	bool is_null;
	Datum value = heap_getattr(tuple, column, table->columns, &is_null);

	return !is_null && DatumGetBool(value);
}

bool
rule_same_column(const RuleTable *table, HeapTuple one, HeapTuple other,
				 int column)
{
	Form_pg_attribute attribute = TupleDescAttr(table->columns, column - 1);
	bool one_null;
	bool other_null;
	Datum a = heap_getattr(one, column, table->columns, &one_null);
	Datum b = heap_getattr(other, column, table->columns, &other_null);

	if (one_null || other_null)
		return one_null && other_null;
	return datum_image_eq(a, b, attribute->attbyval, attribute->attlen);
}

bool
rule_same_values(const RuleTable *table, HeapTuple one, HeapTuple other)
{
	for (int i = 1; i <= table->columns->natts; i++)
	{
		if (TupleDescAttr(table->columns, i - 1)->attisdropped ||
			i == table->builtin || i == table->modified)
			continue;
		if (!rule_same_column(table, one, other, i))
			return false;
	}
	return true;
}
