/*-------------------------------------------------------------------------
 *
 * rule_check.c
 *	  Row triggers of the rule tables: what can be no rule is refused.
 *
 * Terms are stored in the form in which texts are read, so that one term has
 * one row, and what has no such form, or too many words, is refused; so is a
 * pattern that does not compile.  Of a term that texts never hold, for slang
 * is replaced in them, its writer is warned: the slang may yet go.  Whether a row may be changed at all is for
 * rule_guard.c to say, and single values are for the tables' constraints.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "analysis/emoticons.h"
#include "analysis/intent.h"
#include "analysis/text_terms.h"
#include "ingest/clip.h"
#include "process/version.h"
#include "sql/restoring.h"

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

/* --- what other rules have to say --- */

/*
 * Can the other rules be asked?  Not while they may not be there yet, and not
 * by somebody who may not read them.
 */
static bool
may_ask(const char *table)
{
	Oid relation;

	if (creating_extension || restoring_a_dump())
		return false;
	relation = get_relname_relid(table, get_namespace_oid("analytics", false));
	return OidIsValid(relation) &&
		   pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

#define ASKED_TEXTS 3

/*
 * The one text that a query of so many texts selects, in memory of the
 * caller; NULL: no row, or NULL.
 */
static char *
ask(const char *query, const char *const texts[], int count)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid types[ASKED_TEXTS];
	Datum values[ASKED_TEXTS];
	char *answer = NULL;

	Assert(count <= ASKED_TEXTS);
	for (int i = 0; i < count; i++)
	{
		types[i] = TEXTOID;
		values[i] = CStringGetTextDatum(texts[i]);
	}
	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	if (SPI_execute_with_args(query, count, types, values, NULL, true, 1) !=
		SPI_OK_SELECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not read the other rules")));
	if (SPI_processed > 0)
		answer = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (answer != NULL)
		answer = MemoryContextStrdup(caller, answer);
	SPI_finish();
	return answer;
}

/* --- terms: emoji and emoticons --- */

/* What may be emoticons among the words, blanks between. */
static char *
possible_emoticons(const char *value)
{
	StringInfoData found;
	const char *blanks = " \t\r\n";

	initStringInfo(&found);
	for (value += strspn(value, blanks); *value != '\0';
		 value += strspn(value, blanks))
	{
		size_t length = strcspn(value, blanks);
		char *word = pnstrdup(value, length);
		int words;

		if (emoticon_is(word))
			appendStringInfo(&found, "%s ", text_normalise_term(word, &words));
		pfree(word);
		value += length;
	}
	return found.data;
}

/* An emoticon of the lexicon among the words of a term, or NULL. */
static char *
emoticon_among(const char *value)
{
	const char *possible = possible_emoticons(value);

	if (possible[0] == '\0' || !may_ask("sentiment_terms"))
		return NULL;
	return ask("SELECT term FROM analytics.sentiment_terms "
			   "WHERE term = ANY (string_to_array($1, ' '))",
			   &possible, 1);
}

/* Is the term of words, and of emoji? */
static void
look_for(const char *value, bool *has_word, bool *has_emoji)
{
	TextBuffer buffer;

	*has_word = *has_emoji = false;
	text_scan_term(value, &buffer);
	for (int i = 0; i < buffer.token_count; i++)
	{
		if ((buffer.tokens[i].flags & TOKEN_EMOJI) != 0)
			*has_emoji = true;
		else
			*has_word = true;
	}
	text_buffer_free(&buffer);
}

/* Emoji and emoticons are no words of a phrase, and would be left out. */
static void
refuse_mixture(const RuleText *text)
{
	bool has_word;
	bool has_emoji;

	if (emoticon_is(text->value))
		return;
	look_for(text->value, &has_word, &has_emoji);
	if (has_word && (has_emoji || emoticon_among(text->value) != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("%s of %s mixes words with an emoji or emoticon: "
						"\"%s\"",
						text->column, RelationGetRelationName(text->relation),
						shown(text->value)),
				 errhint("Each is found by itself: write a row for the words, "
						 "and one for the emoji or emoticon.")));
}

/* --- terms: slang --- */

/*
 * $1, a term of language $2, as it reads in texts of language $3; no row: as
 * it is written.  Within two or three words a single letter, or any word of
 * an English term, is no slang.
 */
static const char slang_query[] =
	"SELECT string_agg(coalesce(s.formal, w.word), ' ' ORDER BY w.place) "
	"FROM string_to_table($1, ' ') WITH ORDINALITY AS w (word, place) "
	"LEFT JOIN analytics.slang s ON s.source = w.word AND s.enabled "
	"AND s.formal <> s.source AND s.language = $3 "
	"AND NOT ((SELECT count(*) FROM string_to_table($1, ' ')) IN (2, 3) "
	"AND ($2 = 'en' OR length(s.source) = 1)) "
	"HAVING bool_or(s.source IS NOT NULL)";

static char *
language_of(const RuleText *text, HeapTuple tuple)
{
	TupleDesc columns = RelationGetDescr(text->relation);
	int number = SPI_fnumber(columns, "language");
	char *language = number > 0 ? SPI_getvalue(tuple, columns, number) : NULL;

	return language != NULL ? language : pstrdup("any");
}

/* Are texts searched for what is in the column? */
static bool
is_searched_for(const RuleText *text)
{
	return strcmp(text->column, "term") == 0 ||
		   strcmp(text->column, "keyword") == 0;
}

static bool
is_changed(const RuleText *text, const TriggerData *trigger,
		   const char *normal)
{
	char *before;

	if (!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return true;
	before = SPI_getvalue(trigger->tg_trigtuple,
						  RelationGetDescr(text->relation), text->number);
	return before == NULL || strcmp(before, normal) != 0;
}

static void
warn_of_slang(const RuleText *text, const char *normal, const char *language,
			  const char *texts_language)
{
	const char *texts[] = {normal, language, texts_language};
	char *formal = ask(slang_query, texts, lengthof(texts));

	if (formal != NULL)
		ereport(WARNING,
				(errmsg("%s \"%s\" of %s is not found in %s texts: slang is "
						"replaced in them first",
						text->column, shown(normal),
						RelationGetRelationName(text->relation),
						strcmp(texts_language, "vi") == 0 ? "Vietnamese"
														  : "English"),
				 errhint("Write \"%s\" for them.", shown(formal))));
}

static void
check_slang(const RuleText *text, const TriggerData *trigger, HeapTuple tuple,
			const char *normal)
{
	static const char *const languages[] = {"vi", "en"};
	char *language;

	if (!is_searched_for(text) || !is_changed(text, trigger, normal) ||
		emoticon_is(normal) || !may_ask("slang"))
		return;
	language = language_of(text, tuple);
	for (int i = 0; i < lengthof(languages); i++)
		if (strcmp(language, "any") == 0 ||
			strcmp(language, languages[i]) == 0)
			warn_of_slang(text, normal, language, languages[i]);
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
	refuse_mixture(text);
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
SERVED_FUNCTION(analytics_rule_check)
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
		check_slang(&text, trigger, tuple, normal);
		if (strcmp(normal, text.value) != 0)
			tuple = with_text(&text, tuple, normal);
	}
	return PointerGetDatum(tuple);
}

/* --- patterns --- */

/* Argument: the column. */
SERVED_FUNCTION(analytics_rule_check_pattern)
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
	/* To compile one takes tens of milliseconds. */
	if (text.value != NULL && is_changed(&text, trigger, text.value) &&
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
