/*-------------------------------------------------------------------------
 *
 * rules.h
 *	  The rule tables, loaded and compiled.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_RULES_H
#define ANALYTICS_RULES_H

#include "analysis/analysis.h"
#include "utils/palloc.h"

typedef struct PlatformRule
{
	char *name; /* lower case */
	double weight;
	int expected_size; /* -1: none */
} PlatformRule;

typedef struct ErrorCodeRule
{
	char *code;
	char *category;
} ErrorCodeRule;

typedef struct IngestRules
{
	MemoryContext context; /* holds this struct and all below */
	Oid table;             /* rules_table() that they are of */
	int version;           /* of the rule set, as in analysis.version */
	int64 stamp;           /* rules_stamp() of what was read */
	uint64 load_number;    /* loads of this process are counted */
	AnalysisRules analysis;
	int alert_critical;      /* alerts.critical_posts; 0: never */
	int alert_crisis;        /* alerts.crisis_posts; 0: never */
	PlatformRule *platforms; /* sorted by name */
	int platform_count;
	PlatformRule unknown;       /* what an unlisted platform gets */
	ErrorCodeRule *error_codes; /* sorted by code */
	int error_code_count;
} IngestRules;

/*
 * Read all rule tables through SPI, in the caller's transaction (SPI is
 * connected here) and under its active snapshot, if it has one.  The result
 * is a child of `parent`; free it by deleting rules->context.  Raises on any
 * failure (a setting missing, for one).
 */
extern IngestRules *rules_load(MemoryContext parent);

/*
 * What tells one state of the rule tables from another, as the active
 * snapshot sees them: changes of this transaction count, undone ones do not.
 * SPI must be connected.
 */
extern int64 rules_stamp(void);

/*
 * What tells the rules of one CREATE EXTENSION from those of another, whose
 * versions and stamps begin anew: the table analytics.rule_sets, InvalidOid
 * if there is none.
 */
extern Oid rules_table(void);

/*
 * The highest version that rules_load() has met in this process, of the
 * rules_table() that is there now.
 */
extern int rules_highest_loaded(void);

/* Never NULL: an unlisted platform gets the unknown platform's. */
extern const PlatformRule *rules_platform(const IngestRules *rules,
										  const char *name);

/* Never NULL: an unlisted code is "generic". */
extern const char *rules_error_category(const IngestRules *rules,
										const char *code);

/* The code itself if it is listed, else "other": for what must be bounded. */
extern const char *rules_error_code(const IngestRules *rules,
									const char *code);

#endif /* ANALYTICS_RULES_H */
