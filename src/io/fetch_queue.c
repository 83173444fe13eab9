/*-------------------------------------------------------------------------
 *
 * fetch_queue.c
 *	  Where fetches wait for a transfer, and results for the caller.
 *
 * A fetch is in one queue or in one transfer at any time, and whoever holds
 * it frees it.  Nothing here knows what a fetch does.
 *
 *-------------------------------------------------------------------------
 */
#include "io/fetch_queue.h"

#include <stdlib.h>
#include <string.h>

Fetch *
fetch_create(const char *bucket, const char *key, void *owner)
{
	size_t bucket_size = strlen(bucket) + 1;
	size_t key_size = strlen(key) + 1;
	Fetch *fetch = malloc(sizeof(Fetch) + bucket_size + key_size);

	if (fetch == NULL)
		return NULL;
	memset(fetch, 0, sizeof(Fetch));
	fetch->bucket = (char *) (fetch + 1);
	fetch->key = fetch->bucket + bucket_size;
	memcpy(fetch->bucket, bucket, bucket_size);
	memcpy(fetch->key, key, key_size);
	fetch->result.owner = owner;
	return fetch;
}

void
fetch_free(Fetch *fetch)
{
	io_buffer_free(&fetch->result.body);
	free(fetch);
}

void
fetch_begin(Fetch *fetch)
{
	fetch->started_us = io_now_us();
}

void
fetch_end(Fetch *fetch, FetchQueue *done)
{
	if (fetch->started_us != 0)
		fetch->result.elapsed_us = io_now_us() - fetch->started_us;
	if (fetch->result.outcome != STORE_OK)
		io_buffer_free(&fetch->result.body);
	fetch_queue_push(done, fetch);
}

void
fetch_queue_init(FetchQueue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

void
fetch_queue_push(FetchQueue *queue, Fetch *fetch)
{
	fetch->next = NULL;
	*queue->end = fetch;
	queue->end = &fetch->next;
}

Fetch *
fetch_queue_pop(FetchQueue *queue)
{
	Fetch *fetch = queue->first;

	if (fetch != NULL)
	{
		queue->first = fetch->next;
		if (queue->first == NULL)
			queue->end = &queue->first;
	}
	return fetch;
}

int
fetch_queue_drop(FetchQueue *queue, const void *owner)
{
	Fetch *fetch = queue->first;
	int dropped = 0;

	fetch_queue_init(queue);
	while (fetch != NULL)
	{
		Fetch *next = fetch->next;

		if (fetch->result.owner == owner)
		{
			fetch_free(fetch);
			dropped++;
		}
		else
			fetch_queue_push(queue, fetch);
		fetch = next;
	}
	return dropped;
}

int
fetch_queue_clear(FetchQueue *queue)
{
	Fetch *fetch;
	int dropped = 0;

	while ((fetch = fetch_queue_pop(queue)) != NULL)
	{
		fetch_free(fetch);
		dropped++;
	}
	return dropped;
}
