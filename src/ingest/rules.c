/*-------------------------------------------------------------------------
 *
 * rules.c
 *	  Load the rule tables: settings, platforms, error codes.
 *
 * All tables are read under one snapshot, so a set of rules is never half
 * old and half new.  Reading is all that happens here; who loads, when and
 * how often is the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "ingest/rules.h"

#define RULES_VERSION "rules-1"
#define UNKNOWN_PLATFORM "unknown"

/* Rows of the last query. */
static uint64
run_query(const char *query)
{
	int result = SPI_execute(query, true, 0);

	if (result != SPI_OK_SELECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not read the rule tables: %s",
							   SPI_result_code_string(result)),
						errdetail("The query was: %s", query)));
	return SPI_processed;
}

static char *
text_column(uint64 row, int column, MemoryContext context)
{
	char *text =
		SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);

	return MemoryContextStrdup(context, text);
}

static double
double_column(uint64 row, int column)
{
	bool is_null;

	return DatumGetFloat8(SPI_getbinval(
		SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &is_null));
}

/* -1 for NULL */
static int
integer_column(uint64 row, int column)
{
	bool is_null;
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
								column, &is_null);

	return is_null ? -1 : DatumGetInt32(value);
}

/* The value of a setting among the rows of the last query. */
static double
setting_value(const char *name, uint64 rows)
{
	for (uint64 row = 0; row < rows; row++)
	{
		char *found =
			SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1);
		bool is_it = strcmp(found, name) == 0;

		pfree(found);
		if (is_it)
			return double_column(row, 2);
	}
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("setting \"%s\" is missing from analytics.settings", name),
			 errhint("Insert it again, with its value and range as in the "
					 "documentation of the settings.")));
}

static void
load_settings(ImpactSettings *settings)
{
	const struct
	{
		const char *name;
		double *value;
	} targets[] = {
		{"impact.weight_view", &settings->weight[METRIC_VIEWS]},
		{"impact.weight_like", &settings->weight[METRIC_LIKES]},
		{"impact.weight_comment", &settings->weight[METRIC_COMMENTS]},
		{"impact.weight_share", &settings->weight[METRIC_SHARES]},
		{"impact.weight_save", &settings->weight[METRIC_SAVES]},
		{"impact.verified_factor", &settings->verified_factor},
		{"impact.amplifier_negative",
		 &settings->amplifier[SENTIMENT_NEGATIVE]},
		{"impact.amplifier_neutral", &settings->amplifier[SENTIMENT_NEUTRAL]},
		{"impact.amplifier_positive",
		 &settings->amplifier[SENTIMENT_POSITIVE]},
		{"impact.raw_ceiling", &settings->raw_ceiling},
		{"impact.viral_threshold", &settings->viral_threshold},
		{"impact.kol_followers", &settings->kol_followers},
		{"risk.high_impact", &settings->risk_high_impact},
		{"risk.medium_impact_negative",
		 &settings->risk_medium_impact_negative},
		{"risk.medium_impact_other", &settings->risk_medium_impact_other},
	};
	uint64 rows = run_query("SELECT name, value FROM analytics.settings");

	for (size_t i = 0; i < lengthof(targets); i++)
		*targets[i].value = setting_value(targets[i].name, rows);
	settings->weight[METRIC_FOLLOWERS] = 0;
	SPI_freetuptable(SPI_tuptable);
}

static void
load_platforms(IngestRules *rules)
{
	uint64 rows =
		run_query("SELECT name, weight, expected_size"
				  " FROM analytics.platforms ORDER BY name COLLATE \"C\"");
	const PlatformRule *unknown;

	rules->platforms = MemoryContextAlloc(rules->context,
										  Max(rows, 1) * sizeof(PlatformRule));
	rules->platform_count = (int) rows;
	for (uint64 row = 0; row < rows; row++)
	{
		rules->platforms[row].name = text_column(row, 1, rules->context);
		rules->platforms[row].weight = double_column(row, 2);
		rules->platforms[row].expected_size = integer_column(row, 3);
	}
	SPI_freetuptable(SPI_tuptable);

	rules->unknown.name = NULL;
	unknown = rules_platform(rules, UNKNOWN_PLATFORM);
	if (unknown->name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("platform \"%s\" is missing from analytics.platforms",
						UNKNOWN_PLATFORM),
				 errhint("INSERT INTO analytics.platforms (name, weight, "
						 "builtin) VALUES ('unknown', 1.0, true);")));
	rules->unknown = *unknown;
	rules->unknown.expected_size = -1; /* of no one platform */
}

static void
load_error_codes(IngestRules *rules)
{
	uint64 rows =
		run_query("SELECT code, category"
				  " FROM analytics.error_codes ORDER BY code COLLATE \"C\"");

	rules->error_codes = MemoryContextAlloc(
		rules->context, Max(rows, 1) * sizeof(ErrorCodeRule));
	rules->error_code_count = (int) rows;
	for (uint64 row = 0; row < rows; row++)
	{
		rules->error_codes[row].code = text_column(row, 1, rules->context);
		rules->error_codes[row].category = text_column(row, 2, rules->context);
	}
	SPI_freetuptable(SPI_tuptable);
}

/*
 * The new set hangs below SPI's own context until it is whole: an error on
 * the way then frees it with the transaction.
 */
IngestRules *
rules_load(MemoryContext parent)
{
	MemoryContext context;
	IngestRules *rules;

	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not connect to SPI to read the rule tables")));
	PushActiveSnapshot(GetTransactionSnapshot());

	context = AllocSetContextCreate(CurrentMemoryContext, "analytics rules",
									ALLOCSET_SMALL_SIZES);
	rules = MemoryContextAllocZero(context, sizeof(IngestRules));
	rules->context = context;
	strlcpy(rules->analysis.version, RULES_VERSION,
			sizeof(rules->analysis.version));
	load_settings(&rules->analysis.impact);
	load_platforms(rules);
	load_error_codes(rules);
	MemoryContextSetParent(context, parent);

	PopActiveSnapshot();
	SPI_finish();
	return rules;
}

static int
compare_platform(const void *name, const void *rule)
{
	return strcmp(name, ((const PlatformRule *) rule)->name);
}

static int
compare_error_code(const void *code, const void *rule)
{
	return strcmp(code, ((const ErrorCodeRule *) rule)->code);
}

const PlatformRule *
rules_platform(const IngestRules *rules, const char *name)
{
	const PlatformRule *found =
		bsearch(name, rules->platforms, rules->platform_count,
				sizeof(PlatformRule), compare_platform);

	return found != NULL ? found : &rules->unknown;
}

const char *
rules_error_category(const IngestRules *rules, const char *code)
{
	const ErrorCodeRule *found =
		bsearch(code, rules->error_codes, rules->error_code_count,
				sizeof(ErrorCodeRule), compare_error_code);

	return found != NULL ? found->category : "generic";
}
