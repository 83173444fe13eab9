/*-------------------------------------------------------------------------
 *
 * pipeline_internal.h
 *	  A pipeline, shared by the files pipeline*.c only.
 *
 * pipeline.c has what the worker's loop asks for: acceptance, one turn, timers,
 * groups to commit; pipeline_entries.c the lists of entries and the way from
 * one to another; pipeline_fetch.c begins fetches and decides what their ends
 * mean; pipeline_decode.c makes batches of bytes; pipeline_broker.c follows the
 * coming and going of connections to the broker; pipeline_status.c reports.
 *
 * The stages of an entry:
 *
 *	WAITING   for its fetch to begin, or for another try
 *	  fetch:    the store is asked for its object              -> FETCHING
 *	  decode:   its items are in the event itself: as below
 *	  reject:   it cannot be read, or there is no store        -> REJECTED
 *	  park:     it has been held too long                      -> PARKED
 *	FETCHING  the store client has it as the owner of a fetch
 *	  decode:   what was fetched is a batch                    -> READY
 *	            is none, or has failed too often               -> REJECTED
 *	            could not be decoded now                       -> WAITING
 *	  fail:     nothing can come of the event any more         -> REJECTED
 *	            it is tried again, soon or late                -> WAITING, PARKED
 *	  park:     the transfer takes too long                    -> PARKED
 *	READY, REJECTED, PARKED: settled
 *	  take:     is in no list, until put back or forgotten
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_PIPELINE_INTERNAL_H
#define ANALYTICS_PIPELINE_INTERNAL_H

#include "ingest/pipeline.h"
#include "ingest/store_health.h"
#include "io/compression.h"

/* A group is worth committing, and is cut, at this size. */
#define GROUP_ITEMS 2000

struct Pipeline
{
	MemoryContext context; /* of all here, and of the entries below it */
	void (*tick)(void);    /* while long work runs; may be NULL */

	/* the worker's, for as long as it says so */
	StoreClient *store; /* NULL: none */
	int max_fetches;
	bool keep_texts; /* of posts, for a scorer */
	const IngestRules *rules;

	Decompressor *decompressor; /* pipeline_decode.c's alone */

	/*
	 * Each entry that is not taken is in one list.  Lists and figures are
	 * changed by pipeline_entries.c alone.
	 */
	dlist_head waiting;
	dlist_head fetching;
	dlist_head settled; /* ready, rejected or parked */
	int waiting_count;
	int fetching_count;
	int settled_count;
	int settled_items;
	int64 settled_bytes;
	int64 bytes; /* of all entries */

	StoreHealth health; /* changed by store_health.c alone */

	/* what entries wait for, the store apart */
	int64 memory_ms;      /* memory was short: no deliveries until then */
	IoError object_error; /* of the last object that had to wait */
	bool object_refused; /* it is one for which somebody must mend something */

	PipelineTally tally; /* since it was last taken */
};

/* --- pipeline_entries.c --- */

/*
 * An entry of a copy of the delivery, in a context of its own, in no list.
 * `key` is the event's crash_record_key().
 */
extern Entry *entry_create(Pipeline *pipeline, const Delivery *delivery,
						   const uint8 *key);

/* Bytes that it holds: of its event, and of its batch once that is decoded. */
extern int64 entry_bytes(const Entry *entry);

/* Is there an object to fetch, or are its items in its event? */
extern bool entry_needs_fetch(const Entry *entry);

/* Into the list of a stage, at its end, and out of the one it is in. */
extern void entry_enter(Pipeline *pipeline, Entry *entry, EntryStage stage);
extern void entry_leave(Pipeline *pipeline, Entry *entry);

/* To another stage.  What an entry weighs may change only by entry_weigh(). */
extern void entry_move(Pipeline *pipeline, Entry *entry, EntryStage stage);

/* Not of a settled one: how many bytes its batch has is known now. */
extern void entry_weigh(Pipeline *pipeline, Entry *entry, int64 bytes_decoded);

/* It becomes a dead letter; `reason` is a constant, the message is copied. */
extern void entry_reject(Pipeline *pipeline, Entry *entry, const char *reason,
						 const char *message);

/* It waits in the local queue, for so long. */
extern void entry_park(Pipeline *pipeline, Entry *entry, int64 delay_ms);

/* Enough is decoded: let it be committed before more memory is used. */
extern bool pipeline_is_full(const Pipeline *pipeline);

/* --- pipeline_decode.c --- */

/*
 * Decode, parse and analyse what was fetched, or (result NULL) the items of
 * the event itself.  The entry ends ready or rejected, or, if that raised,
 * waits to be decoded again.  Frees nothing of the result.
 */
extern void pipeline_decode(Pipeline *pipeline, Entry *entry,
							const StoreResult *result);

/* --- pipeline_fetch.c --- */

/*
 * Begin what can be begun of the entries that wait.  Those that need no fetch
 * do not wait behind the others.
 */
extern void pipeline_start_fetches(Pipeline *pipeline);

/* Take what the store has for us, the end of a probe included. */
extern void pipeline_take_results(Pipeline *pipeline);

#endif /* ANALYTICS_PIPELINE_INTERNAL_H */
