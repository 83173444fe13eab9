/*-------------------------------------------------------------------------
 *
 * rules.c
 *	  Load the rule tables, and compile what the analysis needs compiled.
 *
 * All tables are read under one snapshot, so a set of rules is never half
 * old and half new.  Reading is all that happens here; who loads, when and
 * how often is the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "ingest/rule_patterns.h"
#include "ingest/rule_rows.h"
#include "ingest/rules.h"

#define UNKNOWN_PLATFORM "unknown"

/*
 * The stamp of a rule set that is made, or marked, rises; so does the place
 * of each recorded change.
 */
#define NEWEST                                                                \
	"SELECT (SELECT pg_catalog.max(version) FROM analytics.rule_sets), "      \
	"GREATEST((SELECT pg_catalog.max(stamp) FROM analytics.rule_sets), "      \
	"(SELECT pg_catalog.max(place) FROM analytics.rule_changes))"

static struct
{
	Oid table;
	int version;
} highest_loaded;

static uint64 loads = 0;

static char *
text_column(uint64 row, int column, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	char *text = rule_row_text(row, column);

	MemoryContextSwitchTo(caller);
	return text;
}

/* --- settings --- */

typedef struct Setting
{
	const char *name;
	double value;
} Setting;

/* Rows of analytics.settings. */
typedef struct Settings
{
	Setting *setting;
	int count;
} Settings;

static Settings
read_settings(void)
{
	Settings settings;

	settings.count = (int) rule_rows_read("SELECT name, value"
										  " FROM analytics.settings");
	settings.setting = palloc(Max(settings.count, 1) * sizeof(Setting));
	for (int i = 0; i < settings.count; i++)
	{
		settings.setting[i].name = rule_row_text(i, 1);
		settings.setting[i].value = rule_row_double(i, 2);
	}
	SPI_freetuptable(SPI_tuptable);
	return settings;
}

static double
setting_value(const Settings *settings, const char *name)
{
	for (int i = 0; i < settings->count; i++)
	{
		if (strcmp(settings->setting[i].name, name) == 0)
			return settings->setting[i].value;
	}
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("setting \"%s\" is missing from analytics.settings", name),
			 errhint("Insert it again, with its value and range as in the "
					 "documentation of the settings.")));
}

/* Where the value of a setting goes; whole ones are rounded, and clamped. */
typedef struct SettingTarget
{
	const char *name;
	double *value;
	int *whole;
} SettingTarget;

static void
set_targets(const Settings *settings, const SettingTarget *targets, int count)
{
	for (int i = 0; i < count; i++)
	{
		double value = setting_value(settings, targets[i].name);

		if (targets[i].value != NULL)
			*targets[i].value = value;
		else
			*targets[i].whole = (int) Min(Max(rint(value), INT_MIN), INT_MAX);
	}
}

static void
set_impact(const Settings *settings, ImpactSettings *impact)
{
	const SettingTarget targets[] = {
		{"impact.weight_view", &impact->weight[METRIC_VIEWS]},
		{"impact.weight_like", &impact->weight[METRIC_LIKES]},
		{"impact.weight_comment", &impact->weight[METRIC_COMMENTS]},
		{"impact.weight_share", &impact->weight[METRIC_SHARES]},
		{"impact.weight_save", &impact->weight[METRIC_SAVES]},
		{"impact.verified_factor", &impact->verified_factor},
		{"impact.amplifier_negative", &impact->amplifier[SENTIMENT_NEGATIVE]},
		{"impact.amplifier_neutral", &impact->amplifier[SENTIMENT_NEUTRAL]},
		{"impact.amplifier_positive", &impact->amplifier[SENTIMENT_POSITIVE]},
		{"impact.raw_ceiling", &impact->raw_ceiling},
		{"impact.viral_threshold", &impact->viral_threshold},
		{"impact.kol_followers", &impact->kol_followers},
		{"risk.high_impact", &impact->risk_high_impact},
		{"risk.medium_impact_negative", &impact->risk_medium_impact_negative},
		{"risk.medium_impact_other", &impact->risk_medium_impact_other},
	};

	set_targets(settings, targets, lengthof(targets));
	impact->weight[METRIC_FOLLOWERS] = 0;
}

static void
set_stages(const Settings *settings, AnalysisRules *rules)
{
	const SettingTarget targets[] = {
		{"text.min_length", NULL, &rules->text.min_length},
		{"text.max_bytes", NULL, &rules->text.max_bytes},
		{"text.max_comments", NULL, &rules->text.max_comments},
		{"intent.confidence_base", &rules->intent.confidence_base},
		{"intent.confidence_step", &rules->intent.confidence_step},
		{"keywords.dictionary_enough", NULL,
		 &rules->keywords.dictionary_enough},
		{"keywords.maximum", NULL, &rules->keywords.maximum},
		{"keywords.similarity", &rules->keywords.similarity},
	};

	set_targets(settings, targets, lengthof(targets));
}

static void
set_sentiment(const Settings *settings, SentimentSettings *sentiment)
{
	const SettingTarget targets[] = {
		{"sentiment.threshold_positive", &sentiment->threshold_positive},
		{"sentiment.threshold_negative", &sentiment->threshold_negative},
		{"sentiment.steepness", &sentiment->steepness},
		{"sentiment.prior", &sentiment->prior},
		{"sentiment.negation_factor", &sentiment->negation_factor},
		{"sentiment.negation_factor_negative",
		 &sentiment->negation_factor_negative},
		{"sentiment.negator_valence", &sentiment->negator_valence},
		{"sentiment.contrast_before", &sentiment->contrast_before},
		{"sentiment.contrast_after", &sentiment->contrast_after},
		{"sentiment.contrast_reach", NULL, &sentiment->contrast_reach},
		{"sentiment.exclamation_step", &sentiment->exclamation_step},
		{"sentiment.elongation_factor", &sentiment->elongation_factor},
		{"sentiment.capitals_factor", &sentiment->capitals_factor},
		{"sentiment.question_factor", &sentiment->question_factor},
		{"sentiment.comment_weight", &sentiment->comment_weight},
		{"sentiment.negation_reach", NULL, &sentiment->negation_reach},
		{"sentiment.aspect_reach", NULL, &sentiment->aspect_reach},
	};

	set_targets(settings, targets, lengthof(targets));
}

static void
set_alerts(const Settings *settings, IngestRules *rules)
{
	const SettingTarget targets[] = {
		{"alerts.critical_posts", NULL, &rules->alert_critical},
		{"alerts.crisis_posts", NULL, &rules->alert_crisis},
	};

	set_targets(settings, targets, lengthof(targets));
}

static void
load_settings(IngestRules *rules)
{
	Settings settings = read_settings();

	set_impact(&settings, &rules->analysis.impact);
	set_stages(&settings, &rules->analysis);
	set_sentiment(&settings, &rules->analysis.sentiment);
	set_alerts(&settings, rules);
}

/* --- the analysis --- */

static void
load_dictionary(IngestRules *rules)
{
	DictionarySource source = {0};
	MemoryContext caller;

	rule_terms_read(&source);
	caller = MemoryContextSwitchTo(rules->context);
	rules->analysis.dictionary = dictionary_build(&source);
	MemoryContextSwitchTo(caller);
}

/* --- platforms and error codes --- */

static void
load_platforms(IngestRules *rules)
{
	uint64 rows = rule_rows_read(
		"SELECT name, weight, expected_size"
		" FROM analytics.platforms ORDER BY name COLLATE pg_catalog.\"C\"");
	const PlatformRule *unknown;

	rules->platforms = MemoryContextAlloc(rules->context,
										  Max(rows, 1) * sizeof(PlatformRule));
	rules->platform_count = (int) rows;
	for (uint64 row = 0; row < rows; row++)
	{
		rules->platforms[row].name = text_column(row, 1, rules->context);
		rules->platforms[row].weight = rule_row_double(row, 2);
		rules->platforms[row].expected_size = rule_row_integer(row, 3);
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
	uint64 rows = rule_rows_read(
		"SELECT code, category"
		" FROM analytics.error_codes ORDER BY code COLLATE pg_catalog.\"C\"");

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

/* --- the whole --- */

static void
refuse_empty_rule_sets(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("analytics.rule_sets is empty: the rules have no version"),
			 errhint("INSERT INTO analytics.rule_sets (version, created_by, "
					 "stamp) VALUES (nextval('analytics.rule_sets_version_seq'"
					 "), current_user, nextval('analytics."
					 "rule_changes_place_seq'));")));
}

/* The stamp; *version, unless NULL, gets that of the newest rule set. */
static int64
newest(int *version)
{
	int64 stamp;
	int newest_version;

	(void) rule_rows_read(NEWEST);
	newest_version = rule_row_integer(0, 1);
	if (newest_version < 0)
		refuse_empty_rule_sets();
	if (version != NULL)
		*version = newest_version;
	stamp = rule_row_bigint(0, 2);
	SPI_freetuptable(SPI_tuptable);
	return stamp;
}

int64
rules_stamp(void)
{
	return newest(NULL);
}

Oid
rules_table(void)
{
	Oid schema = get_namespace_oid("analytics", true);

	return OidIsValid(schema) ? get_relname_relid("rule_sets", schema)
							  : InvalidOid;
}

int
rules_highest_loaded(void)
{
	return highest_loaded.table == rules_table() ? highest_loaded.version : 0;
}

static void
count_load(IngestRules *rules)
{
	highest_loaded.version = Max(rules_highest_loaded(), rules->version);
	highest_loaded.table = rules->table;
	rules->load_number = ++loads;
}

static void
load_all(IngestRules *rules)
{
	rules->table = rules_table();
	rules->stamp = newest(&rules->version);
	snprintf(rules->analysis.version, sizeof(rules->analysis.version),
			 "rules-%d", rules->version);
	load_settings(rules);
	load_platforms(rules);
	load_error_codes(rules);
	CHECK_FOR_INTERRUPTS();
	load_dictionary(rules);
	rules->analysis.intents = rule_patterns_load(rules->context);
	count_load(rules);
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
	bool has_snapshot = ActiveSnapshotSet();

	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not connect to SPI to read the rule tables")));
	if (!has_snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	context = AllocSetContextCreate(CurrentMemoryContext, "analytics rules",
									ALLOCSET_DEFAULT_SIZES);
	rules = MemoryContextAllocZero(context, sizeof(IngestRules));
	rules->context = context;
	load_all(rules);
	MemoryContextSetParent(context, parent);
	if (!has_snapshot)
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

static const ErrorCodeRule *
find_error_code(const IngestRules *rules, const char *code)
{
	return bsearch(code, rules->error_codes, rules->error_code_count,
				   sizeof(ErrorCodeRule), compare_error_code);
}

const char *
rules_error_category(const IngestRules *rules, const char *code)
{
	const ErrorCodeRule *found = find_error_code(rules, code);

	return found != NULL ? found->category : "generic";
}

const char *
rules_error_code(const IngestRules *rules, const char *code)
{
	const ErrorCodeRule *found = find_error_code(rules, code);

	return found != NULL ? found->code : "other";
}
