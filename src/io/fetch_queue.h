/*-------------------------------------------------------------------------
 *
 * fetch_queue.h
 *	  Fetches, and queues of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_FETCH_QUEUE_H
#define ANALYTICS_FETCH_QUEUE_H

#include "io/object_store.h"

typedef struct Fetch
{
	struct Fetch *next;
	char *bucket; /* both behind this struct, in one allocation */
	char *key;
	int64_t started_us; /* 0: not yet */
	StoreResult result;
} Fetch;

/* First in, first out; must not be copied. */
typedef struct FetchQueue
{
	Fetch *first; /* NULL: empty */
	Fetch **end;  /* where the next one is hung */
} FetchQueue;

extern Fetch *fetch_create(const char *bucket, const char *key,
						   void *owner); /* NULL: no memory */
extern void fetch_free(Fetch *fetch);    /* with its result's body */

/* Its time begins to count. */
extern void fetch_begin(Fetch *fetch);

/*
 * It is over, result.outcome and .error are set: into the queue of results.
 * Only an object that is there keeps its body.
 */
extern void fetch_end(Fetch *fetch, FetchQueue *done);

extern void fetch_queue_init(FetchQueue *queue);
extern void fetch_queue_push(FetchQueue *queue, Fetch *fetch);
extern Fetch *fetch_queue_pop(FetchQueue *queue); /* NULL: empty */

/* Free the fetches of an owner, or all of them; how many there were. */
extern int fetch_queue_drop(FetchQueue *queue, const void *owner);
extern int fetch_queue_clear(FetchQueue *queue);

#endif /* ANALYTICS_FETCH_QUEUE_H */
