/*-------------------------------------------------------------------------
 *
 * object_store.c
 *	  A store: fetches that wait, run or are done.
 *
 * Each fetch is in one place at any time, which owns it: the queue of those that
 * wait, a transfer (transfers.c), the queue of those that are done.  Of a
 * folder, it is read in one go instead of transferred.  It is active, wherever
 * it is, until the caller has its result.  No call here ever waits for the
 * network.
 *
 *-------------------------------------------------------------------------
 */
#include "io/object_store.h"

#include "io/fetch_queue.h"
#include "io/file_store.h"
#include "io/s3_response.h"
#include "io/store_config.h"
#include "io/store_text.h"
#include "io/transfers.h"

#include <stdlib.h>
#include <string.h>

struct StoreClient
{
	StoreConfig config;
	FetchQueue waiting; /* to be started by store_run() */
	FetchQueue done;    /* to be taken by store_next() */
	Transfers *transfers;
	int active; /* fetches in all: waiting, running, done */
};

static void
run_files(StoreClient *store)
{
	const StoreConfig *config = &store->config;

	for (int i = 0; i < config->options.max_fetches; i++)
	{
		Fetch *fetch = fetch_queue_pop(&store->waiting);
		StoreResult *result;

		if (fetch == NULL)
			return;
		result = &fetch->result;
		fetch_begin(fetch);
		result->outcome = file_store_read(
			config->folder, fetch->bucket, fetch->key,
			config->options.max_bytes, &result->body, &result->error);
		result->marked_zstd = s3_response_key_is_zstd(fetch->key);
		fetch_end(fetch, &store->done);
	}
}

StoreClient *
store_create(const StoreOptions *options, IoError *error)
{
	StoreClient *store = calloc(1, sizeof(StoreClient));

	if (store == NULL)
	{
		io_error_set(error, "NO_MEMORY", "", "out of memory");
		return NULL;
	}
	fetch_queue_init(&store->waiting);
	fetch_queue_init(&store->done);
	if (store_config_init(&store->config, options, error))
		store->transfers = transfers_create(&store->config, &store->waiting,
											&store->done, error);
	if (store->transfers == NULL)
	{
		store_destroy(store);
		return NULL;
	}
	return store;
}

void
store_destroy(StoreClient *store)
{
	if (store == NULL)
		return;
	fetch_queue_clear(&store->waiting);
	fetch_queue_clear(&store->done);
	transfers_destroy(store->transfers);
	store_config_free(&store->config);
	free(store);
}

static void
refuse_bucket(StoreClient *store, Fetch *fetch)
{
	char bucket[96];

	store_text_clean(bucket, sizeof(bucket), fetch->bucket,
					 strlen(fetch->bucket));
	fetch->result.outcome = STORE_FORBIDDEN_BUCKET;
	io_error_set(&fetch->result.error, "FORBIDDEN_BUCKET",
				 "Add the bucket to the server option \"buckets\" if events "
				 "may name it.",
				 "bucket \"%s\" is not one of the buckets allowed", bucket);
	fetch_end(fetch, &store->done);
}

bool
store_start(StoreClient *store, const char *bucket, const char *key,
			void *owner)
{
	Fetch *fetch = fetch_create(bucket, key, owner);

	if (fetch == NULL)
		return false;
	store->active++;
	if (store_config_allows(&store->config, bucket))
		fetch_queue_push(&store->waiting, fetch);
	else
		refuse_bucket(store, fetch);
	return true;
}

void
store_cancel(StoreClient *store, void *owner)
{
	store->active -= fetch_queue_drop(&store->waiting, owner);
	store->active -= fetch_queue_drop(&store->done, owner);
	store->active -= transfers_stop(store->transfers, owner);
}

int
store_socket(const StoreClient *store)
{
	return transfers_socket(store->transfers);
}

int
store_timeout_ms(StoreClient *store)
{
	if (store->done.first != NULL || (store->waiting.first != NULL &&
									  transfers_have_room(store->transfers)))
		return 0;
	return transfers_timeout_ms(store->transfers);
}

void
store_run(StoreClient *store)
{
	if (store->config.folder != NULL)
		run_files(store);
	else
		transfers_run(store->transfers);
}

bool
store_next(StoreClient *store, StoreResult *result)
{
	Fetch *fetch = fetch_queue_pop(&store->done);

	if (fetch == NULL)
		return false;
	*result = fetch->result;
	free(fetch);
	store->active--;
	return true;
}

void
store_result_free(StoreResult *result)
{
	io_buffer_free(&result->body);
}

int
store_active(const StoreClient *store)
{
	return store->active;
}
