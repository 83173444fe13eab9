/*-------------------------------------------------------------------------
 *
 * session_rules.h
 *	  The rules for functions that a session calls.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SESSION_RULES_H
#define ANALYTICS_SESSION_RULES_H

#include "ingest/rules.h"

/*
 * The rules as the active snapshot sees them, kept from call to call and
 * loaded anew when they have changed, be it in this transaction, or when the
 * extension was created anew.  They stay as they are until something else
 * runs SQL.  Raises what rules_load() raises.
 */
extern const IngestRules *session_rules(void);

/* The same, to stay until the `holder` context is reset or deleted. */
extern const IngestRules *session_rules_hold(MemoryContext holder);

#endif /* ANALYTICS_SESSION_RULES_H */
