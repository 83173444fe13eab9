/*-------------------------------------------------------------------------
 *
 * types.h
 *	  The data that flows through the ingest stages.
 *
 * A Delivery (one message, from the broker, the local queue or a session)
 * names an Event, which names a Batch of items; an item gets an analysis;
 * batches commit in groups.  Each struct is filled by one stage and only
 * read by the next.
 *
 * Memory: everything a Batch points to lives in batch->context and goes with
 * it.  Text is NUL-terminated, valid UTF-8 in the database's encoding, and
 * NULL where the contract says "recorded as NULL".
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_INGEST_TYPES_H
#define ANALYTICS_INGEST_TYPES_H

#include "datatype/timestamp.h"
#include "utils/palloc.h"

#include "analysis/analysis.h"

#define EVENT_HASH_LENGTH 32 /* SHA-256 */

/* Where a delivery came from decides how it is settled. */
typedef enum DeliverySource
{
	DELIVERY_BROKER,      /* acknowledged with (generation, tag) */
	DELIVERY_LOCAL_QUEUE, /* deleted from local_queue in the commit */
	DELIVERY_SESSION      /* ingest(): nothing to settle */
} DeliverySource;

typedef struct Delivery
{
	DeliverySource source;
	uint64 tag;         /* broker: delivery tag ... */
	uint32 generation;  /* ... of this connection of the worker */
	int64 queue_id;     /* local queue: its id */
	int64 dead_letter;  /* local queue: the dead letter that this replays; 0:
						* none */
	bool replays_batch; /* local queue: a processed event, to be processed
						 * again */
	bool for_any;       /* local queue: it names no consumer */
	bool redelivered;
	int attempts;
	TimestampTz submitted_run; /* local queue: of an event of submit(), when
								* its run began; 0: it is none */
	const uint8 *event_key;    /* crash_record_key(); NULL: nobody asks */
	const char *body;          /* as received, not validated */
	size_t body_length;
	uint64 refused_length; /* not 0: the body was of this length, too
								 * large to be taken, and is empty here */
	const char *headers;   /* JSON object, valid */
	TimestampTz received_at;
} Delivery;

/* contract: section 2 */
typedef struct Event
{
	char *event_id;
	TimestampTz timestamp; /* of receipt when the event has none */
	char *minio_path;      /* NULL when the items are inline */
	char *bucket;
	char *key;
	const char *items;   /* inline items: JSON text, not terminated, */
	size_t items_length; /* points into the body; NULL: none */
	char *job_id;
	char *platform; /* lower case */
	int64 content_count;
	int64 batch_index;   /* -1: absent */
	int64 total_batches; /* -1: absent */
	char *task_type;
	char *keyword;
	char *project_id; /* as decided by the contract's section 4 */
	char *subject;
	uint8 hash[EVENT_HASH_LENGTH]; /* over the fields above */
} Event;

typedef enum ItemKind
{
	ITEM_POST, /* becomes a row of post_analytics */
	ITEM_ERROR /* becomes a row of crawl_errors */
} ItemKind;

/*
 * contract: section 3, aliases resolved and defaults filled in.  (Not "Item":
 * the server's storage/item.h has that name.)
 */
typedef struct BatchItem
{
	ItemKind kind;
	int index;      /* place in the batch, from 0 */
	char *id;       /* "unknown:<index>" where there is none */
	char *platform; /* upper case */
	TimestampTz crawled_at;
	TimestampTz published_at;
	char *permalink;
	char *author_username;
	char *task_type;
	char *keyword_source;
	char *pipeline_version;
	char *fetch_status;
	char *fetch_error;
	char *error_code;    /* ITEM_ERROR: never NULL */
	char *error_message; /* ITEM_ERROR: never NULL */
	char *error_details; /* JSON object as text, valid; NULL: none */

	PostText text; /* what the analysis reads */
	PostMetrics metrics;
	const char *warnings[POST_METRIC_COUNT + 3]; /* fields whose value was
													 * refused or cut, by
													 * name */
	int warning_count;

	PostAnalysis analysis; /* filled by the analysis stage (ITEM_POST) */
	char *clean_text;      /* likewise, if batch->keep_texts; NULL: noise */
} BatchItem;

/* Stage times, in microseconds. */
typedef struct BatchTimes
{
	int64 fetch;
	int64 parse; /* decompress, split, parse */
	int64 analyse;
	int64 write;
} BatchTimes;

typedef struct Batch
{
	MemoryContext context;       /* holds this struct and all below */
	MemoryContext items_context; /* its child: items, and what they point to */
	Delivery delivery;
	Event event;
	BatchItem *items;
	int item_count;
	int success_count;  /* ITEM_POST */
	int error_count;    /* ITEM_ERROR */
	int expected_count; /* of the platform; -1: none */
	int64 bytes_fetched;
	int64 bytes_decoded;
	bool keep_texts;    /* the analysis is to fill clean_text */
	bool scored;        /* the consumer's scorer was called, or need not be */
	bool scorer_failed; /* ... and the posts' sentiment is neutral for that */
	BatchTimes times;
} Batch;

/*
 * Why a delivery can never become a batch.  reason is one of the contract's
 * words (INVALID_EVENT, INVALID_BATCH, FORBIDDEN_BUCKET, ...), a constant.
 */
typedef struct Rejection
{
	const char *reason; /* NULL: not rejected */
	char message[400];
} Rejection;

#endif /* ANALYTICS_INGEST_TYPES_H */
