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
 * deletion would not survive dump and restore.  Of a setting only the value
 * is the user's, and there are no settings but those that are shipped, for
 * nobody would read them.  The extension's own scripts may do anything.
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
#include "utils/varlena.h"

#include "ingest/clip.h"
#include "process/version.h"
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

/* --- settings --- */

/* Names that are listed for somebody who misspelled one */
#define NEAR_NAMES 3

/* Bytes from which on a name is not looked for among others */
#define NEAR_NAME_MAX 100

/* The nearest first. */
typedef struct NearNames
{
	char *name[NEAR_NAMES];
	int distance[NEAR_NAMES];
	int count;
} NearNames;

static bool
holds_settings(const RuleTable *table)
{
	return strcmp(RelationGetRelationName(table->relation), "settings") == 0;
}

static void
check_fixed_columns(const RuleTable *table, HeapTuple before, HeapTuple after)
{
	static const char *const fixed[] = {"minimum", "maximum", "unit",
										"description"};

	for (int i = 0; i < lengthof(fixed); i++)
	{
		int column = SPI_fnumber(table->columns, fixed[i]);

		if (column > 0 && !rule_same_column(table, before, after, column))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("cannot change %s of setting \"%s\": it is "
							"shipped with the extension",
							fixed[i], rule_key(table, before)),
					 errhint("Only value can be changed; the analysis relies "
							 "on the range.")));
	}
}

/* How unlike are the names?  One that is all within the other is near. */
static int
name_distance(const char *name, const char *known)
{
	size_t length = strlen(name);

	if (length >= 4 && strstr(known, name) != NULL)
		return 0;
	return varstr_levenshtein(name, (int) length, known, (int) strlen(known),
							  1, 1, 1, true);
}

static void
note_near_name(NearNames *near, char *known, int distance)
{
	int at = near->count;

	while (at > 0 && near->distance[at - 1] > distance)
		at--;
	if (at == NEAR_NAMES)
		return;
	near->count = Min(near->count + 1, NEAR_NAMES);
	for (int i = near->count - 1; i > at; i--)
	{
		near->name[i] = near->name[i - 1];
		near->distance[i] = near->distance[i - 1];
	}
	near->name[at] = known;
	near->distance[at] = distance;
}

/*
 * Compare the name to those of the last query, which are the shipped ones.
 * Is it one of them?
 */
static bool
is_known_name(const char *name, NearNames *near)
{
	bool compares = name[0] != '\0' && strlen(name) <= NEAR_NAME_MAX;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char *known =
			SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
		int distance;

		if (strcmp(known, name) == 0)
			return true;
		if (!compares)
			continue;
		distance = name_distance(name, known);
		if (distance <= (int) strlen(name) / 3)
			note_near_name(near, known, distance);
	}
	return false;
}

static int
hint_near_names(const NearNames *near)
{
	StringInfoData names;

	if (near->count == 0)
		return errhint("The settings are the rows of analytics.settings: "
					   "UPDATE the value of one.");
	initStringInfo(&names);
	for (int i = 0; i < near->count; i++)
		appendStringInfo(&names, "%s\"%s\"", i > 0 ? ", " : "", near->name[i]);
	return errhint("UPDATE the value of an existing setting; names like it "
				   "are %s.",
				   names.data);
}

static void
check_known_setting(const RuleTable *table, HeapTuple tuple)
{
	char *name = rule_key(table, tuple);
	NearNames near = {.count = 0};

	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	if (SPI_execute("SELECT name FROM analytics.settings WHERE builtin "
					"ORDER BY name COLLATE \"C\"",
					true, 0) != SPI_OK_SELECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not read analytics.settings")));
	if (!is_known_name(name, &near))
	{
		char clipped[NEAR_NAME_MAX];

		clip_text(clipped, name, sizeof(clipped));
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("there is no setting \"%s\"", clipped),
						hint_near_names(&near)));
	}
	SPI_finish();
}

/* --- all rules --- */

static HeapTuple
guard_insert(const RuleTable *table, HeapTuple tuple)
{
	bool replaces = restoring_a_dump() && remove_shipped(table, tuple);

	if (holds_settings(table) && !restoring_a_dump())
		check_known_setting(table, tuple);
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
						holds_settings(table)
							? errhint("UPDATE its value only.")
							: errhint("Insert a row of the new name "
									  "instead.")));
	if (builtin && holds_settings(table) && !restoring_a_dump())
		check_fixed_columns(table, before, after);
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

SERVED_FUNCTION(analytics_rule_guard)
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
