/*-------------------------------------------------------------------------
 *
 * metric_rows.c
 *	  The rows of a view metric_..., for who asks again and again.
 *
 * An exporter asks each view by a query of its own, which takes longer to plan
 * than to run.  Here the plan is kept, and no plan is compiled.  The view is
 * read with the rights of who calls.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tupconvert.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "process/version.h"
#include "sql/saved_plans.h"

PG_FUNCTION_INFO_V1(analytics_metric_rows);

#define VIEW_PREFIX "metric_"

static SPITupleTable *
read_view(const char *view)
{
	static HTAB *plans = NULL;

	return saved_plan_run(
		&plans, view,
		psprintf("SELECT * FROM analytics.%s", quote_identifier(view)));
}

/* metric_rows(view text) -> its rows, as who calls says that they are */
SERVED_FUNCTION(analytics_metric_rows)
{
	char *view = text_to_cstring(PG_GETARG_TEXT_PP(0));
	ReturnSetInfo *result;
	SPITupleTable *rows;
	TupleConversionMap *map;

	if (strncmp(view, VIEW_PREFIX, strlen(VIEW_PREFIX)) != 0 ||
		strlen(view) >= NAMEDATALEN)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" is no view of metrics", view),
						errhint("SELECT DISTINCT view_name FROM "
								"analytics.exported_metrics;")));
	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	rows = read_view(view);
	map = convert_tuples_by_name(rows->tupdesc, result->setDesc);
	for (uint64 i = 0; i < rows->numvals; i++)
		tuplestore_puttuple(result->setResult,
							map != NULL
								? execute_attr_map_tuple(rows->vals[i], map)
								: rows->vals[i]);
	SPI_finish();
	return (Datum) 0;
}
