/*-------------------------------------------------------------------------
 *
 * property_rules.h
 *	  A set of rules to throw random texts at: some like the shipped ones,
 *	  some hundred made up of their words.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PROPERTY_RULES_H
#define PROPERTY_RULES_H

#include "analysis/intent.h"

/* All of it palloc'd in the CurrentMemoryContext. */
extern AnalysisRules *property_rules(void);

/* Every word and phrase of theirs. */
extern const char *const *property_words(int *count);

#endif /* PROPERTY_RULES_H */
