/*-------------------------------------------------------------------------
 *
 * update_record.c
 *	  The record of preparations, analytics.update_preparations.
 *
 * It tells who asked for what and when, how often, and why the last attempt
 * failed; a row for each object.  Whether an index is there and good is never
 * read from it, but from the catalogs.  The table's owner writes it, whoever
 * the process is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "process/roster.h"
#include "process/txn.h"
#include "process/update_record.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#define RECORD_TABLE "update_preparations"

static const char begin_query[] =
	"INSERT INTO analytics.update_preparations AS p "
	"(version, object, state, pid, requested_by, started_at, attempts) "
	"VALUES ($1, $2, 'building', $3, $4, pg_catalog.clock_timestamp(), 1) "
	"ON CONFLICT (version, object) DO UPDATE SET state = excluded.state, "
	"pid = excluded.pid, requested_by = excluded.requested_by, "
	"started_at = excluded.started_at, finished_at = NULL, "
	"sqlstate = NULL, error = NULL, hint = NULL, attempts = "
	"p.attempts OPERATOR(pg_catalog.+) 1";

static const char ready_query[] =
	"UPDATE analytics.update_preparations SET state = 'ready', "
	"finished_at = pg_catalog.clock_timestamp() "
	"WHERE version OPERATOR(pg_catalog.=) $1 "
	"AND object OPERATOR(pg_catalog.=) $2";

static const char failure_query[] =
	"UPDATE analytics.update_preparations SET state = 'failed', "
	"finished_at = pg_catalog.clock_timestamp(), sqlstate = $3, error = $4, "
	"hint = $5 WHERE version OPERATOR(pg_catalog.=) $1 "
	"AND object OPERATOR(pg_catalog.=) $2";

static const char attempts_query[] =
	"SELECT coalesce(pg_catalog.sum(attempts), 0) "
	"FROM analytics.update_preparations "
	"WHERE version OPERATOR(pg_catalog.=) $1";

static const char forget_query[] = "DELETE FROM analytics.update_preparations "
								   "WHERE version OPERATOR(pg_catalog.=) $1";

/* Run a query as the owner of the record; it changes rows.  SPI connected. */
static void
record_execute(const char *query, int count, Oid *types, Datum *values,
			   const char *nulls)
{
	Oid owner = roster_table_owner(RECORD_TABLE);
	Oid user;
	int security;
	int result;

	if (!OidIsValid(owner))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"analytics.%s\" is not there", RECORD_TABLE)));
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE |
									  SECURITY_RESTRICTED_OPERATION);
	result =
		SPI_execute_with_args(query, count, types, values, nulls, false, 0);
	SetUserIdAndSecContext(user, security);
	if (result < 0)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not write table \"analytics.%s\": %s",
							   RECORD_TABLE, SPI_result_code_string(result))));
}

bool
update_record_begin(const UpdateStep *step, Oid requester)
{
	Oid types[] = {TEXTOID, TEXTOID, INT4OID, TEXTOID};
	Datum values[4];
	char nulls[] = "    ";
	const char *problem;
	char *name;

	if (!txn_begin("recording that an update is being prepared", &problem))
		return false;
	name = GetUserNameFromId(requester, true);
	values[0] = CStringGetTextDatum(step->version);
	values[1] = CStringGetTextDatum(step->index);
	values[2] = Int32GetDatum(MyProcPid);
	values[3] = CStringGetTextDatum(name == NULL ? "" : name);
	record_execute(begin_query, lengthof(values), types, values, nulls);
	txn_commit();
	return true;
}

bool
update_record_ready(const UpdateStep *step)
{
	Oid types[] = {TEXTOID, TEXTOID};
	Datum values[2];
	const char *problem;

	if (!txn_begin("recording that an update is prepared", &problem))
		return false;
	values[0] = CStringGetTextDatum(step->version);
	values[1] = CStringGetTextDatum(step->index);
	record_execute(ready_query, lengthof(values), types, values, "  ");
	txn_commit();
	return true;
}

bool
update_record_failure(const UpdateStep *step, const ErrorData *error)
{
	Oid types[] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID};
	Datum values[5] = {0};
	char nulls[] = "     ";
	const char *problem;

	if (!txn_begin("recording why an update could not be prepared", &problem))
		return false;
	values[0] = CStringGetTextDatum(step->version);
	values[1] = CStringGetTextDatum(step->index);
	values[2] = CStringGetTextDatum(unpack_sql_state(error->sqlerrcode));
	values[3] = CStringGetTextDatum(error->message);
	if (error->hint != NULL)
		values[4] = CStringGetTextDatum(error->hint);
	else
		nulls[4] = 'n';
	record_execute(failure_query, lengthof(values), types, values, nulls);
	txn_commit();
	return true;
}

int64
update_record_attempts(const char *version)
{
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(version)};
	SPIPlanPtr plan;
	Snapshot snapshot;
	int64 attempts = 0;
	bool isnull;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	plan = SPI_prepare(attempts_query, lengthof(types), types);
	if (plan == NULL)
		elog(ERROR, "could not read table \"analytics.%s\"", RECORD_TABLE);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	(void) SPI_execute_snapshot(plan, values, NULL, snapshot, InvalidSnapshot,
								true, false, 1);
	if (SPI_processed > 0)
		attempts = DatumGetInt64(SPI_getbinval(
			SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	UnregisterSnapshot(snapshot);
	SPI_finish();
	return attempts;
}

void
update_record_forget(const char *version)
{
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(version)};

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	record_execute(forget_query, lengthof(values), types, values, " ");
	SPI_finish();
}
