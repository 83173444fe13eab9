/*-------------------------------------------------------------------------
 *
 * rule_rows.c
 *	  Read the rule tables through SPI, as the plain rows of the analysis.
 *
 * SPI is connected and the snapshot is pushed by the caller, who so decides
 * what the rows have in common.  Nothing is compiled or kept here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/builtins.h"

#include "ingest/rule_rows.h"

/* The user's own rows first: of two with the same words the first counts. */
#define IN_ORDER(key)                                                         \
	" WHERE enabled ORDER BY builtin, " key " COLLATE pg_catalog.\"C\""

uint64
rule_rows_read(const char *query)
{
	int result = SPI_execute(query, true, 0);

	if (result != SPI_OK_SELECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not read the rule tables: %s",
							   SPI_result_code_string(result)),
						errdetail("The query was: %s", query)));
	return SPI_processed;
}

static Datum
column_value(uint64 row, int column, bool *is_null)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						 column, is_null);
}

char *
rule_row_text(uint64 row, int column)
{
	bool is_null;

	return TextDatumGetCString(column_value(row, column, &is_null));
}

double
rule_row_double(uint64 row, int column)
{
	bool is_null;

	return DatumGetFloat8(column_value(row, column, &is_null));
}

static bool
rule_row_boolean(uint64 row, int column)
{
	bool is_null;

	return DatumGetBool(column_value(row, column, &is_null));
}

int
rule_row_integer(uint64 row, int column)
{
	bool is_null;
	Datum value = column_value(row, column, &is_null);

	return is_null ? -1 : DatumGetInt32(value);
}

int64
rule_row_bigint(uint64 row, int column)
{
	bool is_null;

	return DatumGetInt64(column_value(row, column, &is_null));
}

/* --- words of the tables, as numbers of the analysis --- */

/* The place of a column's word in a list. */
static int
word_column(uint64 row, int column, const char *const *words, int count)
{
	char *word = rule_row_text(row, column);
	int found = 0;

	while (found < count && strcmp(words[found], word) != 0)
		found++;
	if (found == count)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a rule table holds the unknown word \"%s\" in column "
						"\"%s\"",
						word, SPI_fname(SPI_tuptable->tupdesc, column))));
	pfree(word);
	return found;
}

static Aspect
aspect_column(uint64 row, int column)
{
	const char *names[ASPECT_NONE + 1];

	for (int i = 0; i <= ASPECT_NONE; i++)
		names[i] = aspect_name(i);
	return word_column(row, column, names, ASPECT_NONE + 1);
}

static Intent
intent_column(uint64 row, int column)
{
	const char *names[INTENT_COUNT];

	for (int i = 0; i < INTENT_COUNT; i++)
		names[i] = intent_name(i);
	return word_column(row, column, names, INTENT_COUNT);
}

static SentimentRole
role_column(uint64 row, int column)
{
	const char *names[ROLE_FILLER + 1];

	for (int i = 0; i <= ROLE_FILLER; i++)
		names[i] = sentiment_role_name(i);
	return word_column(row, column, names, lengthof(names));
}

static TermLanguage
language_column(uint64 row, int column)
{
	static const char *const names[] = {
		[LANGUAGE_ANY] = "any",
		[LANGUAGE_VIETNAMESE] = "vi",
		[LANGUAGE_ENGLISH] = "en",
	};

	return word_column(row, column, names, lengthof(names));
}

/* --- terms --- */

static void
read_aspects(DictionarySource *source)
{
	int count = (int) rule_rows_read(
		"SELECT term, aspect, tier OPERATOR(pg_catalog.=) 'primary'"
		" FROM analytics.aspect_terms" IN_ORDER("term"));
	AspectTermRule *rules = palloc(Max(count, 1) * sizeof(*rules));

	for (int i = 0; i < count; i++)
		rules[i] = (AspectTermRule){.term = rule_row_text(i, 1),
									.aspect = aspect_column(i, 2),
									.is_primary = rule_row_boolean(i, 3)};
	SPI_freetuptable(SPI_tuptable);
	source->aspects = rules;
	source->aspect_count = count;
}

static void
read_sentiments(DictionarySource *source)
{
	int count = (int) rule_rows_read(
		"SELECT term, role, valence, factor, language"
		" FROM analytics.sentiment_terms" IN_ORDER("term"));
	SentimentTermRule *rules = palloc(Max(count, 1) * sizeof(*rules));

	for (int i = 0; i < count; i++)
		rules[i] = (SentimentTermRule){.term = rule_row_text(i, 1),
									   .role = role_column(i, 2),
									   .valence = rule_row_double(i, 3),
									   .factor = rule_row_double(i, 4),
									   .language = language_column(i, 5)};
	SPI_freetuptable(SPI_tuptable);
	source->sentiments = rules;
	source->sentiment_count = count;
}

static void
read_spam(DictionarySource *source)
{
	int count = (int) rule_rows_read(
		"SELECT keyword FROM analytics.spam_keywords" IN_ORDER("keyword"));
	SpamKeywordRule *rules = palloc(Max(count, 1) * sizeof(*rules));

	for (int i = 0; i < count; i++)
		rules[i].keyword = rule_row_text(i, 1);
	SPI_freetuptable(SPI_tuptable);
	source->spam = rules;
	source->spam_count = count;
}

static void
read_slang(DictionarySource *source)
{
	int count = (int) rule_rows_read(
		"SELECT source, formal, language OPERATOR(pg_catalog.=) 'en'"
		" FROM analytics.slang" IN_ORDER("source"));
	SlangRule *rules = palloc(Max(count, 1) * sizeof(*rules));

	for (int i = 0; i < count; i++)
		rules[i] = (SlangRule){.source = rule_row_text(i, 1),
							   .formal = rule_row_text(i, 2),
							   .is_english = rule_row_boolean(i, 3)};
	SPI_freetuptable(SPI_tuptable);
	source->slang = rules;
	source->slang_count = count;
}

static void
read_stop_words(DictionarySource *source)
{
	int count = (int) rule_rows_read(
		"SELECT word, language OPERATOR(pg_catalog.=) 'en'"
		" FROM analytics.stop_words" IN_ORDER("word"));
	StopWordRule *rules = palloc(Max(count, 1) * sizeof(*rules));

	for (int i = 0; i < count; i++)
		rules[i] = (StopWordRule){.word = rule_row_text(i, 1),
								  .is_english = rule_row_boolean(i, 2)};
	SPI_freetuptable(SPI_tuptable);
	source->stop_words = rules;
	source->stop_word_count = count;
}

void
rule_terms_read(DictionarySource *source)
{
	read_aspects(source);
	read_sentiments(source);
	read_spam(source);
	read_slang(source);
	read_stop_words(source);
}

IntentPatternRule *
rule_patterns_read(int *count)
{
	IntentPatternRule *rules;

	*count = (int) rule_rows_read(
		"SELECT pattern, intent, exception, match_unsigned"
		" FROM analytics.intent_patterns" IN_ORDER("pattern"));
	rules = palloc(Max(*count, 1) * sizeof(*rules));
	for (int i = 0; i < *count; i++)
		rules[i] =
			(IntentPatternRule){.pattern = rule_row_text(i, 1),
								.intent = intent_column(i, 2),
								.is_exception = rule_row_boolean(i, 3),
								.matches_unsigned = rule_row_boolean(i, 4)};
	SPI_freetuptable(SPI_tuptable);
	return rules;
}
