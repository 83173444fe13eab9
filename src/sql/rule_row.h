/*-------------------------------------------------------------------------
 *
 * rule_row.h
 *	  A row of a rule table, as its triggers see it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_RULE_ROW_H
#define ANALYTICS_RULE_ROW_H

#include "postgres.h"

#include "access/htup.h"
#include "commands/trigger.h"

typedef struct RuleTable
{
	Relation relation;
	TupleDesc columns;
	int key; /* attribute numbers */
	int builtin;
	int modified;
} RuleTable;

/*
 * The table of a trigger whose first argument names its key column.  Raises
 * if it is no table of rules.
 */
extern RuleTable rule_table(const TriggerData *trigger);

/* Palloc'd; "" for NULL. */
extern char *rule_key(const RuleTable *table, HeapTuple tuple);

/* Of the columns builtin and modified, which are never NULL once stored. */
extern bool rule_flag(const RuleTable *table, HeapTuple tuple, int column);

/* Have two rows the same value in this column? */
extern bool rule_same_column(const RuleTable *table, HeapTuple one,
							 HeapTuple other, int column);

/* Have two rows the same values, flags apart? */
extern bool rule_same_values(const RuleTable *table, HeapTuple one,
							 HeapTuple other);

#endif /* ANALYTICS_RULE_ROW_H */
