/*-------------------------------------------------------------------------
 *
 * rule_patterns.h
 *	  The intent patterns of the rule tables, compiled.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_RULE_PATTERNS_H
#define ANALYTICS_RULE_PATTERNS_H

#include "analysis/intent.h"
#include "utils/palloc.h"

/*
 * Read and compile the enabled patterns; SPI is connected.  The matcher stays
 * until the `holder` context is reset or deleted, and is shared with others
 * who loaded the same patterns in this process.  Raises when a pattern does
 * not compile, naming it.
 */
extern IntentMatcher *rule_patterns_load(MemoryContext holder);

#endif /* ANALYTICS_RULE_PATTERNS_H */
