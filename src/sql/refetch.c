/*-------------------------------------------------------------------------
 *
 * refetch.c
 *	  Fetch one object again, in a session that waits for it.
 *
 * What a worker's pipeline does for many objects without waiting, for one and
 * with waiting.  Whatever the io layer allocates is given back, also when the
 * wait is cancelled.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "foreign/fdwapi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "utils/memutils.h"

#include "io/compression.h"
#include "process/wait_events.h"
#include "sql/refetch.h"

#define REFETCH_SECONDS 60
#define REFETCH_DECODED_BYTES MaxAllocSize

pg_noreturn static void raise_io_error(int code, const IoError *error);

static void
raise_io_error(int code, const IoError *error)
{
	ereport(ERROR, (errcode(code), errmsg("%s", error->message),
					error->hint[0] ? errhint("%s", error->hint) : 0));
}

static void
wait_for_store(StoreClient *store, int64 deadline_ms)
{
	int64 left = Max(deadline_ms - io_now_ms(), 0);
	int timeout = store_timeout_ms(store);
	int socket = store_socket(store);
	int events = WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH;

	if (timeout < 0 || timeout > left)
		timeout = (int) left;
	if (socket >= 0)
		events |= WL_SOCKET_READABLE;
	(void) WaitLatchOrSocket(MyLatch, events,
							 socket >= 0 ? socket : PGINVALID_SOCKET, timeout,
							 process_wait_event(WAIT_REFETCH));
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

static void
await_result(StoreClient *store, const char *bucket, const char *key,
			 StoreResult *result)
{
	int64 deadline_ms = io_now_ms() + REFETCH_SECONDS * 1000;

	if (!store_start(store, bucket, key, NULL))
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
						errmsg("could not begin to fetch an object")));
	for (;;)
	{
		store_run(store);
		if (store_next(store, result))
			return;
		if (io_now_ms() >= deadline_ms)
			ereport(ERROR,
					(errcode(ERRCODE_CONNECTION_FAILURE),
					 errmsg("object \"%s/%s\" was not fetched in %d seconds",
							bucket, key, REFETCH_SECONDS),
					 errhint("Ask again when the store is less busy.")));
		wait_for_store(store, deadline_ms);
	}
}

static void
check_outcome(const StoreResult *result)
{
	if (result->outcome == STORE_OK)
		return;
	if (result->outcome == STORE_NOT_FOUND)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("%s", result->error.message),
						errhint("Its text is not kept in the database, so it "
								"can no longer be analysed.")));
	raise_io_error(result->outcome == STORE_UNAVAILABLE
					   ? ERRCODE_CONNECTION_FAILURE
					   : ERRCODE_FDW_ERROR,
				   &result->error);
}

static char *
copy_text(const char *data, size_t length)
{
	char *text;

	if (length >= MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("object of %zu bytes is too large to be analysed here",
						length)));
	text = palloc(length + 1);
	if (length > 0)
		memcpy(text, data, length);
	text[length] = '\0';
	return text;
}

static char *
decompress(const IoBuffer *body, size_t *length)
{
	Decompressor *decompressor = decompressor_create();
	IoBuffer plain = {0};
	IoError error = {0};
	char *text = NULL;

	if (decompressor == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
						errmsg("could not create a zstd decoder")));
	PG_TRY();
	{
		if (!decompressor_decode(decompressor, body->data, body->length,
								 REFETCH_DECODED_BYTES, &plain, &error))
			raise_io_error(ERRCODE_DATA_CORRUPTED, &error);
		*length = plain.length;
		text = copy_text(plain.data, plain.length);
	}
	PG_FINALLY();
	{
		io_buffer_free(&plain);
		decompressor_destroy(decompressor);
	}
	PG_END_TRY();
	return text;
}

static char *
result_text(const StoreResult *result, size_t *length)
{
	const IoBuffer *body = &result->body;

	check_outcome(result);
	if (result->marked_zstd || compression_is_zstd(body->data, body->length))
		return decompress(body, length);
	*length = body->length;
	return copy_text(body->data, body->length);
}

char *
refetch_object(const StoreOptions *options, const char *bucket,
			   const char *key, size_t *length)
{
	StoreResult result = {0};
	IoError error;
	StoreClient *store = store_create(options, &error);
	char *text = NULL;

	if (store == NULL)
		raise_io_error(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION, &error);
	PG_TRY();
	{
		await_result(store, bucket, key, &result);
		text = result_text(&result, length);
	}
	PG_FINALLY();
	{
		store_result_free(&result);
		store_destroy(store);
	}
	PG_END_TRY();
	return text;
}
