/*-------------------------------------------------------------------------
 *
 * analyze.h
 *	  The analysis of an item as a row, for functions that return it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_ANALYZE_H
#define ANALYTICS_ANALYZE_H

#include "fmgr.h"

#include "ingest/rules.h"
#include "ingest/types.h"

/*
 * Analyse an ITEM_POST; the result is a row of the columns of
 * analytics.analyze(), which must be those of the function that is called.
 */
extern Datum analyze_item_row(FunctionCallInfo fcinfo, BatchItem *item,
							  const IngestRules *rules);

#endif /* ANALYTICS_ANALYZE_H */
