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
rule_same_values(const RuleTable *table, HeapTuple one, HeapTuple other)
{
	for (int i = 1; i <= table->columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(table->columns, i - 1);
		bool one_null;
		bool other_null;
		Datum a;
		Datum b;

		if (column->attisdropped || i == table->builtin ||
			i == table->modified)
			continue;
		a = heap_getattr(one, i, table->columns, &one_null);
		b = heap_getattr(other, i, table->columns, &other_null);
		if (one_null != other_null ||
			(!one_null &&
			 !datum_image_eq(a, b, column->attbyval, column->attlen)))
			return false;
	}
	return true;
}
