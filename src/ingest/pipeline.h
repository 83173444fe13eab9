/*-------------------------------------------------------------------------
 *
 * pipeline.h
 *	  Deliveries on their way from acceptance to being ready to commit.
 *
 *		accept -> (waiting -> fetching) -> ready | rejected | parked -> taken
 *
 * No transaction is open while anything here runs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_PIPELINE_H
#define ANALYTICS_PIPELINE_H

#include "lib/ilist.h"

#include "ingest/group.h"
#include "ingest/tally.h"
#include "io/object_store.h"

typedef struct Pipeline Pipeline;

typedef enum EntryStage
{
	ENTRY_WAITING, /* for a fetch to begin */
	ENTRY_FETCHING,
	ENTRY_READY,    /* a batch to commit */
	ENTRY_REJECTED, /* a dead letter to commit */
	ENTRY_PARKED    /* to be put (back) into the local queue */
} EntryStage;

/* One delivery in flight.  Its memory is batch->context. */
typedef struct Entry
{
	dlist_node node; /* in one list of the pipeline, by stage */
	EntryStage stage;
	Batch *batch;
	int64 accepted_ms; /* io_now_ms() */
	int64 settled_ms;  /* when it became ready, rejected or parked */
	int64 retry_ms;    /* waiting: not before */
	int attempts;      /* fetches that failed and count */
	int failures;      /* the same, of any kind, since it was accepted */
	bool short_alone;  /* memory was short although nothing else was held */
	bool suspect;      /* a worker has died over it */
	bool orphan;       /* no delivery is held for it any more, and yet it is
						* to be committed */
	uint8 key[EVENT_HASH_LENGTH]; /* of crash_record.h */
	bool event_valid; /* the event was read: its fields are filled */
	Rejection rejection;
	const char *rejection_sqlstate; /* NULL: none */
	TimestampTz due_at;             /* parked: until */
} Entry;

/* For the worker's report. */
typedef struct PipelineStatus
{
	int entries;
	int fetching;
	int broker_entries;             /* deliveries not yet settled */
	int64 bytes;                    /* of decoded batches and bodies held */
	TimestampTz oldest_received_at; /* 0: none */
	bool store_down;
	bool store_misconfigured;
	bool memory_short;      /* what is decoded does not fit, for now */
	int attempts;           /* of what is waited for */
	bool objects_refused;   /* and somebody must mend something for them */
	int objects_waiting;    /* entries that wait for their own object */
	IoError problem;        /* of the store, or of such an object */
	bool store_refuses;     /* and has answered no other request since */
	uint32 fetch_failures;  /* of the store's making, since the start */
	bool failure_refused;   /* the last of them is one for which somebody must
							* mend something */
	const IoError *failure; /* of the last of them; the pipeline's */
} PipelineStatus;

/*
 * A pipeline in a memory context of its own below `parent`.  tick() is called
 * often while long work runs (may be NULL).
 */
extern Pipeline *pipeline_create(MemoryContext parent, void (*tick)(void));

/*
 * The store to fetch from (NULL: none), owned by the caller; fetches under
 * way in the old one are begun again.
 */
extern void pipeline_set_store(Pipeline *pipeline, StoreClient *store,
							   int max_fetches, const char *store_name);

/* The rules to parse and analyse by, owned by the caller. */
extern void pipeline_set_rules(Pipeline *pipeline, const IngestRules *rules);

/* From now on, keep the clean texts of posts, for a scorer. */
extern void pipeline_keep_texts(Pipeline *pipeline, bool keep);

/*
 * Take a delivery, whose crash_record_key() this is; body and headers are
 * copied.  A suspect is committed alone.
 */
extern void pipeline_accept(Pipeline *pipeline, const Delivery *delivery,
							const uint8 *key, bool suspect);

/* Take a suspect that is not even read: a dead letter of this reason. */
extern void pipeline_refuse(Pipeline *pipeline, const Delivery *delivery,
							const uint8 *key, const char *reason,
							const char *message);

/* Start, move along and finish fetches; parse and analyse what is there. */
extern void pipeline_run(Pipeline *pipeline);

/* Milliseconds until pipeline_run() has something to do; -1: no timer. */
extern int pipeline_timeout_ms(Pipeline *pipeline);

/* Deliveries in flight, and the bytes of their bodies and batches. */
extern int pipeline_count(const Pipeline *pipeline);
extern int64 pipeline_bytes(const Pipeline *pipeline);

/* Has the store failed, so that no new delivery should be taken? */
extern bool pipeline_is_blocked(const Pipeline *pipeline);

/* Has the store refused what it was last asked for, as it would wrong keys? */
extern bool pipeline_is_refused(const Pipeline *pipeline);

/*
 * Is it time to commit?  Yes when there is enough, when the oldest has waited
 * commit_delay_ms, or when nothing else is on its way.  Otherwise *wait_ms is
 * lowered to the time until it will be.
 */
extern bool pipeline_commit_due(Pipeline *pipeline, int commit_delay_ms,
								int *wait_ms);

/*
 * Take up to a group's worth of settled entries, oldest first, out of the
 * pipeline into `entries` (room for PIPELINE_GROUP_ENTRIES); a suspect comes
 * alone.  The caller ends
 * each with pipeline_forget() or puts it back with pipeline_return().
 */
#define PIPELINE_GROUP_ENTRIES 64
extern int pipeline_take(Pipeline *pipeline, Entry **entries);
extern void pipeline_return(Pipeline *pipeline, Entry *entry);
extern void pipeline_forget(Pipeline *pipeline, Entry *entry);

/*
 * The queue is gone from which all of this generation came: it is not to be
 * forgotten with its connection.
 */
extern void pipeline_keep_broker(Pipeline *pipeline, uint32 generation);

/*
 * What is ready first stays, too, when its delivery is given back: to see
 * whether the database takes it again.  It may be committed although it will
 * be delivered again, since that is a duplicate then.  False: nothing is
 * ready.
 */
extern bool pipeline_keep_probe(Pipeline *pipeline);

/*
 * A broker connection is gone: forget all that came over another than that
 * of `generation` (0: there is none), and that will be delivered again.
 */
extern void pipeline_drop_broker(Pipeline *pipeline, uint32 generation);

extern void pipeline_status(const Pipeline *pipeline, PipelineStatus *status);

/* What it has counted since this was last asked. */
extern void pipeline_take_tally(Pipeline *pipeline, PipelineTally *tally);

#endif /* ANALYTICS_PIPELINE_H */
