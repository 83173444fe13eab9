/*-------------------------------------------------------------------------
 *
 * local_queue.c
 *	  Leases on analytics.local_queue.
 *
 * Only leases are taken and given back here; group_queue.c deletes rows and
 * parks events, in the transaction that settles them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "ingest/local_queue.h"

static const char lease_sql[] =
	"UPDATE analytics.local_queue q SET leased_by = $2, "
	"leased_until = pg_catalog.now() OPERATOR(pg_catalog.+) "
	"interval '10 minutes' "
	"FROM (SELECT id, pg_catalog.sum(size) OVER (ORDER BY due_at, id) "
	"OPERATOR(pg_catalog.-) size AS before "
	"FROM (SELECT id, due_at, "
	"pg_catalog.octet_length(body)::bigint AS size "
	"FROM analytics.local_queue "
	"WHERE due_at OPERATOR(pg_catalog.<=) pg_catalog.now() "
	"AND (consumer IS NULL OR consumer OPERATOR(pg_catalog.=) $1) "
	"AND (leased_until IS NULL OR leased_until OPERATOR(pg_catalog.<) "
	"pg_catalog.now()) "
	"ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED) locked) due "
	"WHERE q.id OPERATOR(pg_catalog.=) due.id "
	"AND due.before OPERATOR(pg_catalog.<) $4::pg_catalog.numeric "
	"RETURNING q.id, q.body, q.headers::pg_catalog.text, q.attempts, "
	"q.enqueued_at, q.dead_letter, q.replay_key IS NOT NULL, "
	"q.consumer IS NULL, q.submitted_run";

/*
 * When one of ours will be due, or free again after a lease that has run out.
 * Each half is answered by an index.
 */
static const char next_sql[] =
	"SELECT LEAST((SELECT due_at FROM analytics.local_queue "
	"WHERE due_at OPERATOR(pg_catalog.>) pg_catalog.now() "
	"AND (consumer IS NULL OR consumer OPERATOR(pg_catalog.=) $1) "
	"ORDER BY due_at LIMIT 1), "
	"(SELECT pg_catalog.min(leased_until) FROM analytics.local_queue "
	"WHERE leased_until IS NOT NULL "
	"AND (consumer IS NULL OR consumer OPERATOR(pg_catalog.=) $1)))";

/* Only what is leased is looked at: the index on leased_until holds it. */
static const char release_sql[] =
	"UPDATE analytics.local_queue SET leased_by = NULL, leased_until = NULL "
	"WHERE leased_by OPERATOR(pg_catalog.=) $1 AND leased_until IS NOT NULL";

/* Run one of the statements above; the plan is kept in *plan. */
static uint64
run(SPIPlanPtr *plan, const char *sql, int count, Oid *types, Datum *values)
{
	int result;

	if (*plan == NULL)
	{
		SPIPlanPtr prepared = SPI_prepare(sql, count, types);

		if (prepared == NULL || SPI_keepplan(prepared) != 0)
			elog(ERROR, "could not prepare a statement of the local queue: %s",
				 SPI_result_code_string(SPI_result));
		*plan = prepared;
	}
	result = SPI_execute_plan(*plan, values, NULL, false, 0);
	if (result < 0)
		elog(ERROR, "could not run a statement of the local queue: %s",
			 SPI_result_code_string(result));
	return SPI_processed;
}

static void
read_delivery(HeapTuple tuple, MemoryContext context, Delivery *delivery)
{
	TupleDesc desc = SPI_tuptable->tupdesc;
	bool isnull;
	bytea *body = DatumGetByteaPP(SPI_getbinval(tuple, desc, 2, &isnull));
	size_t length = VARSIZE_ANY_EXHDR(body);
	char *copy = MemoryContextAllocHuge(context, length + 1);

	memcpy(copy, VARDATA_ANY(body), length);
	copy[length] = '\0';
	memset(delivery, 0, sizeof(*delivery));
	delivery->source = DELIVERY_LOCAL_QUEUE;
	delivery->queue_id = DatumGetInt64(SPI_getbinval(tuple, desc, 1, &isnull));
	delivery->body = copy;
	delivery->body_length = length;
	delivery->headers = MemoryContextStrdup(
		context, TextDatumGetCString(SPI_getbinval(tuple, desc, 3, &isnull)));
	delivery->attempts = DatumGetInt32(SPI_getbinval(tuple, desc, 4, &isnull));
	delivery->received_at =
		DatumGetTimestampTz(SPI_getbinval(tuple, desc, 5, &isnull));
	delivery->dead_letter =
		DatumGetInt64(SPI_getbinval(tuple, desc, 6, &isnull));
	delivery->replays_batch =
		DatumGetBool(SPI_getbinval(tuple, desc, 7, &isnull));
	delivery->for_any = DatumGetBool(SPI_getbinval(tuple, desc, 8, &isnull));
	delivery->submitted_run =
		DatumGetTimestampTz(SPI_getbinval(tuple, desc, 9, &isnull));
}

int
local_queue_lease(MemoryContext context, const char *consumer,
				  const char *worker_name, int limit, int64 bytes,
				  Delivery **deliveries, TimestampTz *next_due)
{
	static SPIPlanPtr lease_plan = NULL;
	static SPIPlanPtr next_plan = NULL;
	Oid types[] = {TEXTOID, TEXTOID, INT4OID, INT8OID};
	Datum values[] = {CStringGetTextDatum(consumer),
					  CStringGetTextDatum(worker_name), Int32GetDatum(limit),
					  Int64GetDatum(bytes)};
	int count = run(&lease_plan, lease_sql, 4, types, values);
	bool isnull;
	Datum next;

	*deliveries =
		MemoryContextAllocZero(context, Max(count, 1) * sizeof(Delivery));
	for (int i = 0; i < count; i++)
		read_delivery(SPI_tuptable->vals[i], context, &(*deliveries)[i]);

	*next_due = 0;
	if (run(&next_plan, next_sql, 1, types, values) == 1)
	{
		next = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
							 &isnull);
		if (!isnull)
			*next_due = DatumGetTimestampTz(next);
	}
	return count;
}

void
local_queue_release(const char *worker_name)
{
	static SPIPlanPtr plan = NULL;
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(worker_name)};

	run(&plan, release_sql, 1, types, values);
}
