/*-------------------------------------------------------------------------
 *
 * consumers.c
 *	  create_consumer(), alter_consumer(), drop_consumer(), pause(), resume(),
 *	  restart().
 *
 * Each is one statement over analytics.consumers.  The first three run with
 * the caller's rights, the others with their owner's (SECURITY DEFINER): these
 * write no other column than they are for.  What a row may hold is checked by the table's own trigger
 * (consumer_check.c), so nothing is checked twice here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "process/version.h"
#include "sql/consumer_names.h"

PG_FUNCTION_INFO_V1(analytics_create_consumer);
PG_FUNCTION_INFO_V1(analytics_alter_consumer);
PG_FUNCTION_INFO_V1(analytics_drop_consumer);
PG_FUNCTION_INFO_V1(analytics_pause);
PG_FUNCTION_INFO_V1(analytics_resume);
PG_FUNCTION_INFO_V1(analytics_restart);

/* name, broker, store, workers, prefetch, max_fetches, commit_delay,
 * exchange, routing_key, queue, queue_type, queue_arguments, passive, role,
 * enabled, scorer, scorer_timeout, log_level */
static const Oid consumer_types[] = {
	TEXTOID,     TEXTOID, TEXTOID, INT4OID, INT4OID,     INT4OID,
	INTERVALOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,     JSONBOID,
	BOOLOID,     NAMEOID, BOOLOID, TEXTOID, INTERVALOID, TEXTOID};

static const Oid pause_types[] = {TEXTOID, TEXTOID};

#define CREATE_STATEMENT                                                      \
	"INSERT INTO analytics.consumers (name, broker, store, workers,"          \
	" prefetch, max_fetches, commit_delay, exchange, routing_key, queue,"     \
	" queue_type, queue_arguments, passive, role, enabled, scorer,"           \
	" scorer_timeout, log_level)"                                             \
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"   \
	" $15, $16, $17, $18) ON CONFLICT (name) DO NOTHING"

#define ALTER_STATEMENT                                                       \
	"UPDATE analytics.consumers SET broker = coalesce($2, broker),"           \
	" store = coalesce($3, store), workers = coalesce($4, workers),"          \
	" prefetch = coalesce($5, prefetch),"                                     \
	" max_fetches = coalesce($6, max_fetches),"                               \
	" commit_delay = coalesce($7, commit_delay),"                             \
	" exchange = coalesce($8, exchange),"                                     \
	" routing_key = coalesce($9, routing_key),"                               \
	" queue = coalesce($10, queue),"                                          \
	" queue_type = coalesce($11, queue_type),"                                \
	" queue_arguments = coalesce($12, queue_arguments),"                      \
	" passive = coalesce($13, passive), role = coalesce($14, role),"          \
	" enabled = coalesce($15, enabled), scorer = coalesce($16, scorer),"      \
	" scorer_timeout = coalesce($17, scorer_timeout),"                        \
	" log_level = coalesce($18, log_level) WHERE name = $1"

#define PAUSE_STATEMENT                                                       \
	"UPDATE analytics.consumers SET paused = true, pause_reason = $2"         \
	" WHERE name = $1"

#define RESUME_STATEMENT                                                      \
	"UPDATE analytics.consumers SET paused = false WHERE name = $1"

#define RESTART_STATEMENT                                                     \
	"UPDATE analytics.consumers SET restarts = restarts + 1 WHERE name = $1"

#define DROP_STATEMENT "DELETE FROM analytics.consumers WHERE name = $1"

/* Run the statement with the function's own arguments; rows it touched. */
static uint64
run_statement(FunctionCallInfo fcinfo, const char *statement, const Oid *types)
{
	Datum values[FUNC_MAX_ARGS] = {0};
	char nulls[FUNC_MAX_ARGS] = {0};
	int result;

	for (int i = 0; i < PG_NARGS(); i++)
	{
		values[i] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	result =
		SPI_execute_with_args(statement, PG_NARGS(), unconstify(Oid *, types),
							  values, nulls, false, 0);
	if (result < 0)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not write analytics.consumers: %s",
							   SPI_result_code_string(result))));
	return SPI_processed;
}

static void
connect_spi(void)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
}

static char *
name_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"name\" must not be null")));
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

/* The same for a consumer that must exist. */
static Datum
run_on_consumer(FunctionCallInfo fcinfo, const char *statement,
				const Oid *types)
{
	char *name = name_argument(fcinfo);

	connect_spi();
	if (run_statement(fcinfo, statement, types) == 0)
		consumer_raise_unknown(name);
	SPI_finish();
	PG_RETURN_VOID();
}

SERVED_FUNCTION(analytics_create_consumer)
{
	char *name = name_argument(fcinfo);

	connect_spi();
	if (run_statement(fcinfo, CREATE_STATEMENT, consumer_types) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("consumer \"%s\" already exists", name),
				 errhint("Change it with analytics.alter_consumer(), or drop "
						 "it first with analytics.drop_consumer().")));
	SPI_finish();
	PG_RETURN_VOID();
}

SERVED_FUNCTION(analytics_alter_consumer)
{
	return run_on_consumer(fcinfo, ALTER_STATEMENT, consumer_types);
}

SERVED_FUNCTION(analytics_drop_consumer)
{
	return run_on_consumer(fcinfo, DROP_STATEMENT, consumer_types);
}

SERVED_FUNCTION(analytics_pause)
{
	return run_on_consumer(fcinfo, PAUSE_STATEMENT, pause_types);
}

SERVED_FUNCTION(analytics_resume)
{
	return run_on_consumer(fcinfo, RESUME_STATEMENT, pause_types);
}

SERVED_FUNCTION(analytics_restart)
{
	return run_on_consumer(fcinfo, RESTART_STATEMENT, pause_types);
}

bool
consumer_exists(const char *name)
{
	Oid types[1] = {TEXTOID};
	Datum values[1] = {CStringGetTextDatum(name)};
	int result = SPI_execute_with_args(
		"SELECT 1 FROM analytics.consumers WHERE name = $1", 1, types, values,
		NULL, false, 1);

	if (result != SPI_OK_SELECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not read analytics.consumers: %s",
							   SPI_result_code_string(result))));
	return SPI_processed == 1;
}

void
consumer_raise_unknown(const char *name)
{
	char *names = NULL;

	if (SPI_execute(
			"SELECT pg_catalog.string_agg(name, ', ') FROM (SELECT name FROM"
			" analytics.consumers ORDER BY name LIMIT 20) AS first",
			false, 1) == SPI_OK_SELECT &&
		SPI_processed == 1)
		names = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("consumer \"%s\" does not exist", name),
					names != NULL ? errhint("There are: %s", names)
								  : errhint("There is none yet: make one with "
											"analytics.create_consumer().")));
}
