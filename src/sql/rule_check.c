/*-------------------------------------------------------------------------
 *
 * rule_check.c
 *	  Row triggers of the rule tables: what can be no rule is refused.
 *
 * Terms are stored in the form in which texts are read, so that one term has
 * one row, and what has no such form, or too many words, is refused; so is a
 * pattern that does not compile.  Whether a row may be changed at all is for
 * rule_guard.c to say, and single values are for the tables' constraints.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "analysis/intent.h"
#include "ingest/clip.h"

PG_FUNCTION_INFO_V1(analytics_rule_check);
PG_FUNCTION_INFO_V1(analytics_rule_check_pattern);

/* As in the tables' constraints; before time is spent on a text of any size */
#define RULE_MAX_BYTES 1024

/* A text column of the row that is about to be written. */
typedef struct RuleText
{
	Relation relation;
	const char *column;
	int number;
	char *value; /* NULL: for the table's constraint */
} RuleText;

static HeapTuple
written_row(const TriggerData *trigger)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple
													  : trigger->tg_trigtuple;
}

static void
check_called(FunctionCallInfo fcinfo)
{
	const TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("not called as a trigger before a row is written")));
}

/* A value as it is shown in a message. */
static char *
shown(const char *value)
{
	char *clipped = palloc(100);

	clip_text(clipped, value, 100);
	return clipped;
}

static RuleText
rule_text(const TriggerData *trigger, HeapTuple tuple, const char *column)
{
	RuleText text = {.relation = trigger->tg_relation, .column = column};
	TupleDesc columns = RelationGetDescr(trigger->tg_relation);

	text.number = SPI_fnumber(columns, column);
	if (text.number <= 0 || SPI_gettypeid(columns, text.number) != TEXTOID)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("table \"%s\" has no text column \"%s\"",
						RelationGetRelationName(text.relation), column)));
	text.value = SPI_getvalue(tuple, columns, text.number);
	if (text.value != NULL && strlen(text.value) > RULE_MAX_BYTES)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("%s of %s is longer than %d bytes", column,
							   RelationGetRelationName(text.relation),
							   RULE_MAX_BYTES),
						errdetail("It is \"%s\".", shown(text.value))));
	return text;
}

/* --- terms --- */

/* The normal form of a term.  Raises if it is not one of words_max words. */
static char *
normal_term(const RuleText *text, int words_max)
{
	const char *table = RelationGetRelationName(text->relation);
	int words;
	char *normal = text_normalise_term(text->value, &words);

	if (normal[0] == '\0')
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("%s of %s has no word: \"%s\"", text->column,
							   table, shown(text->value)),
						errhint("Texts are read as words, emoji and "
								"emoticons; all else goes unseen.")));
	if (words > words_max)
		ereport(
			ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("%s of %s has %d words, and may have %d: \"%s\"",
					text->column, table, words, words_max, shown(text->value)),
			 errhint("Write a shorter one.")));
	return normal;
}

static HeapTuple
with_text(const RuleText *text, HeapTuple tuple, const char *value)
{
	int column = text->number;
	Datum datum = CStringGetTextDatum(value);
	bool is_null = false;

	return heap_modify_tuple_by_cols(tuple, RelationGetDescr(text->relation),
									 1, &column, &datum, &is_null);
}

/* Arguments: a column, the most words it may have, the next column, ... */
Datum
analytics_rule_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple tuple;

	check_called(fcinfo);
	tuple = written_row(trigger);
	for (int i = 0; i + 1 < trigger->tg_trigger->tgnargs; i += 2)
	{
		RuleText text =
			rule_text(trigger, tuple, trigger->tg_trigger->tgargs[i]);
		char *normal;

		if (text.value == NULL)
			continue;
		normal = normal_term(
			&text, pg_strtoint32(trigger->tg_trigger->tgargs[i + 1]));
		if (strcmp(normal, text.value) != 0)
			tuple = with_text(&text, tuple, normal);
	}
	return PointerGetDatum(tuple);
}

/* --- patterns --- */

/* Argument: the column. */
Datum
analytics_rule_check_pattern(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple tuple;
	RuleText text;
	char error[256] = "";

	check_called(fcinfo);
	if (trigger->tg_trigger->tgnargs != 1)
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("the trigger needs the name of the column")));
	tuple = written_row(trigger);
	text = rule_text(trigger, tuple, trigger->tg_trigger->tgargs[0]);
	if (text.value != NULL &&
		!intent_check_pattern(text.value, error, sizeof(error)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_REGULAR_EXPRESSION),
				 errmsg("%s of %s cannot be used: %s", text.column,
						RelationGetRelationName(text.relation), error),
				 errdetail("It is \"%s\".", shown(text.value)),
				 errhint("Patterns are regular expressions in lower case, "
						 "without look-around and back references.")));
	return PointerGetDatum(tuple);
}
