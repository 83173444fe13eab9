/*-------------------------------------------------------------------------
 *
 * rules.h
 *	  The rule tables, loaded: settings, platforms, error codes.
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
	AnalysisRules analysis;
	PlatformRule *platforms; /* sorted by name */
	int platform_count;
	PlatformRule unknown;       /* what an unlisted platform gets */
	ErrorCodeRule *error_codes; /* sorted by code */
	int error_code_count;
} IngestRules;

/*
 * Read all rule tables through SPI, in the caller's transaction (SPI is
 * connected here).  The result is a child of `parent`; free it by deleting
 * rules->context.  Raises on any failure (a setting missing, for one).
 */
extern IngestRules *rules_load(MemoryContext parent);

/* Never NULL: an unlisted platform gets the unknown platform's. */
extern const PlatformRule *rules_platform(const IngestRules *rules,
										  const char *name);

/* Never NULL: an unlisted code is "generic". */
extern const char *rules_error_category(const IngestRules *rules,
										const char *code);

#endif /* ANALYTICS_RULES_H */
