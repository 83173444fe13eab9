/*-------------------------------------------------------------------------
 *
 * reports.c
 *	  What shared memory says of this database's processes, as rows.
 *
 * The views stat_worker, status and the gauges are made of these functions.
 * Only reads; nothing of another database is shown.  These functions tell why
 * no worker runs when the SQL version is not one that this library serves,
 * so all but the bounds run under every version, and look at how they are
 * declared there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "ingest/counters.h"
#include "process/state.h"
#include "process/version.h"

PG_FUNCTION_INFO_V1(analytics_worker_reports);
PG_FUNCTION_INFO_V1(analytics_supervisor_report);
PG_FUNCTION_INFO_V1(analytics_histogram_bounds);
PG_FUNCTION_INFO_V1(analytics_recent_work);

#define WORKER_COLUMNS 27
#define SUPERVISOR_COLUMNS 5
#define RECENT_COLUMNS 9

/* A row under construction, column by column. */
typedef struct RowBuilder
{
	Oid types[WORKER_COLUMNS];
	Datum values[WORKER_COLUMNS];
	bool nulls[WORKER_COLUMNS];
	int count;
} RowBuilder;

static void
add(RowBuilder *row, Oid type, Datum value, bool is_null)
{
	Assert(row->count < WORKER_COLUMNS);
	row->types[row->count] = type;
	row->values[row->count] = value;
	row->nulls[row->count] = is_null;
	row->count++;
}

/* "" is shown as NULL */
static void
add_text(RowBuilder *row, const char *text)
{
	add(row, TEXTOID, CStringGetTextDatum(text), text[0] == '\0');
}

static void
add_number(RowBuilder *row, int64 number)
{
	add(row, INT8OID, Int64GetDatum(number), false);
}

/* 0 is shown as NULL */
static void
add_time(RowBuilder *row, TimestampTz time)
{
	add(row, TIMESTAMPTZOID, TimestampTzGetDatum(time), time == 0);
}

static void
add_process(RowBuilder *row, int pid)
{
	add(row, INT4OID, Int32GetDatum(pid), pid == 0);
}

static void
add_gauges(RowBuilder *row, const WorkerGauges *gauges)
{
	add(row, BOOLOID, BoolGetDatum(gauges->broker_connected), false);
	add_number(row, gauges->active_batches);
	add_number(row, gauges->unacknowledged);
	add_number(row, gauges->fetching);
	add_number(row, gauges->bytes_in_flight);
	add(row, INT8OID, Int64GetDatum(gauges->queue_depth),
		gauges->queue_depth < 0);
	add_number(row, gauges->received);
	add_number(row, gauges->committed_batches);
	add_number(row, gauges->committed_items);
	add_number(row, gauges->duplicates);
	add_number(row, gauges->dead_lettered);
	add_number(row, gauges->reconnects);
	add_time(row, gauges->last_delivery_at);
	add_time(row, gauges->last_commit_at);
	add_time(row, gauges->oldest_unacknowledged_at);
}

static void
add_worker(RowBuilder *row, const WorkerReport *report)
{
	row->count = 0;
	add_text(row, report->consumer);
	add(row, INT4OID, Int32GetDatum(report->number), false);
	add_process(row, report->pid);
	add_text(row, worker_state_name(report->state));
	add_time(row, report->state_since);
	add_text(row, report->reason);
	add_text(row, report->hint);
	add_gauges(row, &report->gauges);
	add_text(row, report->last_error);
	add_text(row, report->last_error_sqlstate);
	add_time(row, report->last_error_at);
	add(row, INT4OID, Int32GetDatum(report->attempts), false);
	add_time(row, report->started_at);
}

static void
put_row(FunctionCallInfo fcinfo, RowBuilder *row, int columns)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	Assert(row->count == columns);
	version_require_columns(fcinfo, result->setDesc, row->types, columns);
	tuplestore_putvalues(result->setResult, result->setDesc, row->values,
						 row->nulls);
}

Datum
analytics_worker_reports(PG_FUNCTION_ARGS)
{
	version_require_rows(fcinfo);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; state_available() && i < state_worker_slots(); i++)
	{
		WorkerReport report;
		RowBuilder row;

		if (!state_worker_read(i, &report) || report.database != MyDatabaseId)
			continue;
		add_worker(&row, &report);
		put_row(fcinfo, &row, WORKER_COLUMNS);
	}
	return (Datum) 0;
}

/* One row, whether or not there is a supervisor. */
Datum
analytics_supervisor_report(PG_FUNCTION_ARGS)
{
	SupervisorReport report = {0};
	RowBuilder row = {.count = 0};

	version_require_rows(fcinfo);
	InitMaterializedSRF(fcinfo, 0);
	if (!state_available() || !state_supervisor_read(MyDatabaseId, &report))
		memset(&report, 0, sizeof(report));
	add(&row, BOOLOID, BoolGetDatum(state_available()), false);
	add_process(&row, report.pid);
	add_time(&row, report.started_at);
	add_text(&row, report.problem);
	add_text(&row, report.hint);
	put_row(fcinfo, &row, SUPERVISOR_COLUMNS);
	return (Datum) 0;
}

static void
add_work(RowBuilder *row, const WorkerReport *report, const char *platform,
		 const RecentWork *work, double span)
{
	row->count = 0;
	add_text(row, report->consumer);
	add(row, INT4OID, Int32GetDatum(report->number), false);
	add_text(row, platform);
	add(row, FLOAT8OID, Float8GetDatum(span), false);
	add_number(row, work->events);
	add_number(row, work->failed);
	add_number(row, work->batches);
	add_number(row, work->items_good);
	add_number(row, work->items_bad);
}

/*
 * A row for each worker and platform of which it has done anything; of what it
 * does not tell apart, one without a platform.
 */
static void
put_work(FunctionCallInfo fcinfo, int index, const WorkerReport *report,
		 TimestampTz now, int seconds)
{
	char platforms[RECENT_PLATFORMS][RECENT_PLATFORM_LENGTH];
	RecentWork sums[RECENT_PLATFORMS];

	state_worker_recent(index, now, seconds, platforms, sums);
	for (int i = 0; i < RECENT_PLATFORMS; i++)
	{
		RowBuilder row;

		if (platforms[i][0] == '\0' && sums[i].events == 0)
			continue;
		add_work(&row, report, platforms[i], &sums[i],
				 recent_span(now, seconds));
		put_row(fcinfo, &row, RECENT_COLUMNS);
	}
}

Datum
analytics_recent_work(PG_FUNCTION_ARGS)
{
	const Oid arguments[] = {INT4OID};
	TimestampTz now = GetCurrentTimestamp();
	int seconds;

	version_require_arguments(fcinfo, arguments, lengthof(arguments));
	seconds = PG_GETARG_INT32(0);
	if (seconds < RECENT_STEP_SECONDS || seconds > RECENT_MINUTES * 60)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("seconds must be between %d and %d, not %d",
						RECENT_STEP_SECONDS, RECENT_MINUTES * 60, seconds)));
	version_require_rows(fcinfo);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < state_worker_slots(); i++)
	{
		WorkerReport report;

		if (state_worker_read(i, &report) && report.database == MyDatabaseId)
			put_work(fcinfo, i, &report, now, seconds);
	}
	return (Datum) 0;
}

SERVED_FUNCTION(analytics_histogram_bounds)
{
	Datum bounds[COUNTER_BUCKETS];

	for (int i = 0; i < COUNTER_BUCKETS; i++)
		bounds[i] = Float8GetDatum(counter_bucket_bounds[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(bounds, COUNTER_BUCKETS, FLOAT8OID,
										  sizeof(float8), FLOAT8PASSBYVAL,
										  TYPALIGN_DOUBLE));
}
