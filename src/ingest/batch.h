/*-------------------------------------------------------------------------
 *
 * batch.h
 *	  From the bytes of a batch object to Items.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_BATCH_H
#define ANALYTICS_BATCH_H

#include "ingest/rules.h"
#include "ingest/types.h"

/*
 * Split `text` (an array, {"items": [...]} or a lone item object) into
 * items and read each (docs/contract.md, section 3).  Fills items, counts and
 * expected_count of *batch, whose event must be filled; allocates in
 * batch->context.  `text` need not be valid UTF-8 nor NUL-terminated, and may
 * be freed afterwards.  One bad item becomes an ITEM_ERROR and costs no other
 * item.  A byte order mark is tolerated; more than limit_batch_items are no
 * batch.  times.parse is left to the caller, whose decompression counts too.  `tick`
 * (may be NULL) is called between items, so that a long batch does not keep
 * the caller from its heartbeats.
 *
 * False: the whole is no batch, *rejection says why.  Raises only when memory
 * is out.
 */
extern bool batch_parse(Batch *batch, const char *text, size_t length,
						const IngestRules *rules, void (*tick)(void),
						Rejection *rejection);

/*
 * Run the analysis over one ITEM_POST, in the CurrentMemoryContext; a text
 * that was cut adds a warning.  `trace` as in analyze_post().
 */
extern void item_analyze(BatchItem *item, const IngestRules *rules,
						 AnalysisTrace *trace);

/* The one of this process, made at the first call. */
extern Analyzer *process_analyzer(void);

/* Run the analysis over every ITEM_POST of the batch; adds times.analyse. */
extern void batch_analyze(Batch *batch, const IngestRules *rules,
						  void (*tick)(void));

#endif /* ANALYTICS_BATCH_H */
