/*-------------------------------------------------------------------------
 *
 * item.h
 *	  From the text of one item to a BatchItem.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_ITEM_H
#define ANALYTICS_ITEM_H

#include "ingest/item_fields.h"
#include "ingest/json_split.h"
#include "ingest/rules.h"
#include "ingest/types.h"

/* An id must fit into an index row, beside the project. */
#define ITEM_ID_MAX 512
#define ITEM_PLATFORM_MAX 100

/* What the items of a batch have in common. */
typedef struct ItemParser
{
	const Event *event;
	const IngestRules *rules;
	char *platform;         /* of the event, upper case */
	char *pipeline_version; /* of that platform */
	double platform_weight;
	ItemFields fields; /* of the item at hand */
} ItemParser;

/*
 * Prepare *parser for the batch of an event.  What items may keep is
 * allocated in `kept`, what only parsing needs in the current context.
 */
extern void item_parser_init(ItemParser *parser, MemoryContext kept,
							 const Event *event, const IngestRules *rules);

/*
 * Fill *item, all of it but the analysis, from one slice of a batch
 * (docs/contract.md, section 3).  Its strings are allocated in the current
 * memory context or belong to the event.  What cannot be read becomes an
 * ITEM_ERROR with PARSE_ERROR.  Raises only when memory is out.
 */
extern void item_parse(ItemParser *parser, const JsonSlice *slice, int index,
					   BatchItem *item);

#endif /* ANALYTICS_ITEM_H */
