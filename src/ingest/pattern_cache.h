/*-------------------------------------------------------------------------
 *
 * pattern_cache.h
 *	  Compiled intent patterns, in files that all processes share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_PATTERN_CACHE_H
#define ANALYTICS_PATTERN_CACHE_H

#include "analysis/intent.h"

/*
 * The cache of this server, for use inside a transaction.  What goes wrong
 * with its files is logged and costs time, nothing else.
 */
extern const IntentCache *pattern_cache(void);

#endif /* ANALYTICS_PATTERN_CACHE_H */
