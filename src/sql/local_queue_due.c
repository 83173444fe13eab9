/*-------------------------------------------------------------------------
 *
 * local_queue_due.c
 *	  How much of the local queue is due, for the metrics.
 *
 * A statement and nothing more: as a function it is planned once in a session,
 * and what a view expects of it is what its declaration says, not what the
 * planner makes of a queue whose length changes by the second.  It reads a
 * bounded part of an index for each consumer: to begin at a place there and to
 * go on from it means to read no more than the limit, whatever is expected.
 *
 * An event that is leased stays due until it is settled, so one that a worker
 * cannot commit is counted, too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/tuplestore.h"
#include "process/version.h"

PG_FUNCTION_INFO_V1(analytics_local_queue_due);

static const char due_query[] =
	"SELECT c.name, pg_catalog.sum(due.events)::bigint, "
	"pg_catalog.min(due.oldest) FROM analytics.consumers AS c "
	"CROSS JOIN LATERAL (VALUES (c.name), ('')) AS whose(consumer) "
	"CROSS JOIN LATERAL (SELECT pg_catalog.count(*) AS events, "
	"pg_catalog.min(q.due_at) AS oldest "
	"FROM (SELECT COALESCE(l.consumer, '') AS consumer, l.due_at "
	"FROM analytics.local_queue AS l "
	"WHERE (COALESCE(l.consumer, ''), l.due_at) OPERATOR(pg_catalog.>=) "
	"(whose.consumer, timestamptz '-infinity') "
	"ORDER BY 1, 2 LIMIT 1000) AS q "
	"WHERE q.consumer OPERATOR(pg_catalog.=) whose.consumer "
	"AND q.due_at OPERATOR(pg_catalog.<=) pg_catalog.now()) AS due "
	"GROUP BY c.name";

static void
run_query(void)
{
	static SPIPlanPtr plan = NULL;

	if (plan == NULL)
	{
		SPIPlanPtr prepared = SPI_prepare(due_query, 0, NULL);

		if (prepared == NULL || SPI_keepplan(prepared) != 0)
			elog(ERROR, "could not prepare what is due: %s",
				 SPI_result_code_string(SPI_result));
		plan = prepared;
	}
	if (SPI_execute_plan(plan, NULL, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read what is due: %s",
			 SPI_result_code_string(SPI_result));
}

/* local_queue_due() -> (consumer, events, oldest) */
SERVED_FUNCTION(analytics_local_queue_due)
{
	ReturnSetInfo *result;

	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	run_query();
	if (SPI_tuptable->tupdesc->natts != result->setDesc->natts)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("function returns %d columns where %d are "
						"declared",
						SPI_tuptable->tupdesc->natts, result->setDesc->natts),
				 errhint("ALTER EXTENSION analytics UPDATE;")));
	for (uint64 i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(result->setResult, SPI_tuptable->vals[i]);
	SPI_finish();
	return (Datum) 0;
}
