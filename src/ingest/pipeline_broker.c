/*-------------------------------------------------------------------------
 *
 * pipeline_broker.c
 *	  What becomes of entries whose deliveries are gone.
 *
 * A delivery is gone with its connection, and comes again over another: then
 * its entry is forgotten, unless it is to be committed all the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/pipeline_internal.h"

static void
keep_broker_entries(dlist_head *list, uint32 generation)
{
	dlist_iter iter;

	dlist_foreach (iter, list)
	{
		Entry *entry = dlist_container(Entry, node, iter.cur);

		if (entry->batch->delivery.source == DELIVERY_BROKER &&
			entry->batch->delivery.generation == generation)
			entry->orphan = true;
	}
}

void
pipeline_keep_broker(Pipeline *pipeline, uint32 generation)
{
	keep_broker_entries(&pipeline->waiting, generation);
	keep_broker_entries(&pipeline->fetching, generation);
	keep_broker_entries(&pipeline->settled, generation);
}

bool
pipeline_keep_probe(Pipeline *pipeline)
{
	dlist_iter iter;

	dlist_foreach (iter, &pipeline->settled)
	{
		Entry *entry = dlist_container(Entry, node, iter.cur);

		if (entry->stage != ENTRY_READY)
			continue;
		entry->orphan = entry->batch->delivery.source == DELIVERY_BROKER;
		return true;
	}
	return false;
}

static void
drop_broker_entries(Pipeline *pipeline, dlist_head *list, uint32 generation)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify (iter, list)
	{
		Entry *entry = dlist_container(Entry, node, iter.cur);

		if (entry->batch->delivery.source != DELIVERY_BROKER ||
			entry->orphan || entry->batch->delivery.generation == generation)
			continue;
		if (entry->stage == ENTRY_FETCHING)
			store_cancel(pipeline->store, entry);
		entry_leave(pipeline, entry);
		pipeline_forget(pipeline, entry);
	}
}

void
pipeline_drop_broker(Pipeline *pipeline, uint32 generation)
{
	drop_broker_entries(pipeline, &pipeline->waiting, generation);
	drop_broker_entries(pipeline, &pipeline->fetching, generation);
	drop_broker_entries(pipeline, &pipeline->settled, generation);
}
