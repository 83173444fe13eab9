/*-------------------------------------------------------------------------
 *
 * intent_databases.h
 *	  The databases that a matcher scans with: compiled, or as they were
 *	  compiled before.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_INTENT_DATABASES_H
#define ANALYTICS_INTENT_DATABASES_H

#include "analysis/intent_matcher.h"

/* Where the reason of a failure goes. */
typedef struct CompileFailure
{
	int *rule;
	char *error;
	size_t error_size;
} CompileFailure;

/* What the databases of a set are compiled of. */
typedef struct DatabaseSource
{
	const char **literals;
	int literal_count;
	const char **always; /* patterns of no known factor */
	unsigned int *always_rules;
	int always_count;
} DatabaseSource;

/* Databases as bytes; NULL: there are none. */
typedef struct SavedDatabases
{
	const char *bytes;
	size_t length;
} SavedDatabases;

/* What a cache has for these rules.  Palloc'd. */
extern SavedDatabases intent_databases_fetch(const IntentMatcher *matcher,
											 const IntentCache *cache);

/*
 * Is each rule a pattern at all?  Much cheaper than to compile them.  Their
 * forms without marks follow from them.  What was saved had passed this.
 */
extern bool intent_databases_check(const IntentMatcher *matcher,
								   const CompileFailure *failure);

/*
 * Give each set its databases, and the matcher the scratch that they need:
 * as saved, if that was compiled of just these sources, else compiled, and
 * then the cache, unless NULL, gets them.  False: see the failure; what is
 * there already belongs to the matcher.
 */
extern bool intent_databases_make(IntentMatcher *matcher,
								  const DatabaseSource *sources,
								  const SavedDatabases *saved,
								  const IntentCache *cache,
								  const CompileFailure *failure);

#endif /* ANALYTICS_INTENT_DATABASES_H */
