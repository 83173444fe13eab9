/*-------------------------------------------------------------------------
 *
 * rule_patterns.c
 *	  The intent patterns of the rule tables, compiled, and kept while they
 *	  stay the same.
 *
 * To compile them, or even to take them from the cache that all processes
 * share, takes longer than all else that a change of the rules brings, and
 * most changes are of terms and settings.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "ingest/pattern_cache.h"
#include "ingest/rule_patterns.h"
#include "ingest/rule_rows.h"

/* Freed when it is neither the newest nor held. */
typedef struct KeptMatcher
{
	MemoryContext context; /* holds this struct and all below */
	IntentMatcher *matcher;
	StringInfoData rows; /* what it was compiled of */
	int holders;
} KeptMatcher;

static KeptMatcher *newest = NULL;

static void
free_unless_needed(KeptMatcher *kept)
{
	if (kept != newest && kept->holders == 0)
		MemoryContextDelete(kept->context);
}

static void
release(void *kept)
{
	((KeptMatcher *) kept)->holders--;
	free_unless_needed(kept);
}

/* All that makes a difference to the matcher, in one string. */
static StringInfoData
rows_of(const IntentPatternRule *patterns, int count)
{
	StringInfoData rows;

	initStringInfo(&rows);
	for (int i = 0; i < count; i++)
	{
		const IntentPatternRule *rule = &patterns[i];

		appendBinaryStringInfo(&rows, rule->pattern,
							   (int) strlen(rule->pattern) + 1);
		appendStringInfoChar(&rows, (char) rule->intent);
		appendStringInfoChar(&rows, (char) rule->is_exception);
		appendStringInfoChar(&rows, (char) rule->matches_unsigned);
	}
	return rows;
}

/* Rows are checked when they are written; all together they may still fail. */
static IntentMatcher *
compile(const IntentPatternRule *patterns, int count)
{
	int failed = -1;
	char error[256] = "";
	IntentMatcher *matcher = intent_compile(patterns, count, pattern_cache(),
											&failed, error, sizeof(error));

	if (matcher != NULL)
		return matcher;
	if (failed < 0 || failed >= count)
		ereport(ERROR, (errcode(ERRCODE_INVALID_REGULAR_EXPRESSION),
						errmsg("the patterns of analytics.intent_patterns do "
							   "not compile: %s",
							   error)));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_REGULAR_EXPRESSION),
			 errmsg("a pattern of analytics.intent_patterns does not compile: "
					"%s",
					error),
			 errdetail("The pattern is \"%s\".", patterns[failed].pattern),
			 errhint("UPDATE analytics.intent_patterns SET enabled = false "
					 "WHERE pattern = %s;",
					 quote_literal_cstr(patterns[failed].pattern))));
}

/* Compile, and let the result take the place of the newest. */
static void
keep(const IntentPatternRule *patterns, int count)
{
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "analytics patterns", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	KeptMatcher *kept = palloc0(sizeof(KeptMatcher));
	KeptMatcher *old = newest;

	kept->context = context;
	kept->rows = rows_of(patterns, count);
	kept->matcher = compile(patterns, count);
	MemoryContextSwitchTo(caller);

	/* whole: from here on nothing fails */
	MemoryContextSetParent(context, TopMemoryContext);
	newest = kept;
	if (old != NULL)
		free_unless_needed(old);
}

static bool
are_newest(const IntentPatternRule *patterns, int count)
{
	StringInfoData rows = rows_of(patterns, count);

	return newest != NULL && newest->rows.len == rows.len &&
		   memcmp(newest->rows.data, rows.data, rows.len) == 0;
}

IntentMatcher *
rule_patterns_load(MemoryContext holder)
{
	MemoryContextCallback *callback =
		MemoryContextAlloc(holder, sizeof(MemoryContextCallback));
	int count;
	IntentPatternRule *patterns = rule_patterns_read(&count);

	if (!are_newest(patterns, count))
	{
		/* who is to end need not compile first: that cannot be interrupted */
		CHECK_FOR_INTERRUPTS();
		keep(patterns, count);
		CHECK_FOR_INTERRUPTS();
	}
	newest->holders++;
	callback->func = release;
	callback->arg = newest;
	MemoryContextRegisterResetCallback(holder, callback);
	return newest->matcher;
}
