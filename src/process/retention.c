/*-------------------------------------------------------------------------
 *
 * retention.c
 *	  Deletes what is older than the settings want it kept.
 *
 * The supervisor calls it in its turn.  A step deletes at most
 * RETENTION_ROWS of each table and commits; while there is more, the next
 * follows after a pause, so that a backlog of millions never holds locks for
 * long nor fills the log at once.  Rows that somebody has locked are left for
 * later.
 *
 * Pending dead letters are never deleted.  A row of the ledger is, and its
 * event, delivered again, is then processed anew: what is deleted is counted,
 * in the same transaction.
 *
 * Like all that the supervisor writes it is done as the owner of the tables,
 * under the restrictions of a maintenance command.  The roles of consumers
 * need no right to delete from the ledger.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "process/restart.h"
#include "process/retention.h"
#include "process/roster.h"
#include "process/txn.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define RETENTION_ROWS "1000"
#define RETENTION_ROWS_NUMBER 1000
#define RETENTION_PAUSE_MS 100
#define RETENTION_PASS_MS (5 * 60 * 1000)
#define RETENTION_FIRST_MS (10 * 1000)
#define RETENTION_SOON_MS 1000
#define RETENTION_FAILED_MS (60 * 1000)
#define RETENTION_LIMIT_MS 10000

/* Workers and their database wait for the supervisor: it waits for no lock. */
#define RETENTION_LOCK_TIMEOUT "500ms"

#define CUTOFF                                                                \
	"pg_catalog.now() OPERATOR(pg_catalog.-) "                                \
	"($1 OPERATOR(pg_catalog.*) interval '1 day')"

/* $1: days.  Each returns the number of rows it deleted. */
typedef struct RetentionTable
{
	const char *name;
	const char *setting;
	const char *query;
} RetentionTable;

/*
 * Of crawl errors those of the lowest ids are looked at, which are the oldest:
 * an index on created_at would cost more than it is good for.  Adopted ones
 * are older than their ids tell, so these have one, for themselves.
 */
static const RetentionTable retention_tables[] = {
	{"batches", "retention.ledger_days",
	 "WITH deleted AS (DELETE FROM analytics.batches "
	 "WHERE key OPERATOR(pg_catalog.=) ANY (ARRAY("
	 "SELECT key FROM analytics.batches "
	 "WHERE completed_at OPERATOR(pg_catalog.<) (" CUTOFF ") "
	 "ORDER BY completed_at LIMIT " RETENTION_ROWS
	 " FOR UPDATE SKIP LOCKED)) RETURNING key), "
	 "replays AS (DELETE FROM analytics.batch_replays r USING deleted d "
	 "WHERE r.key OPERATOR(pg_catalog.=) d.key) "
	 "SELECT pg_catalog.count(*) FROM deleted"},
	{"crawl_errors", "retention.crawl_errors_days",
	 "WITH deleted AS (DELETE FROM analytics.crawl_errors "
	 "WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY("
	 "SELECT id FROM analytics.crawl_errors "
	 "ORDER BY id LIMIT " RETENTION_ROWS ")) "
	 "AND created_at OPERATOR(pg_catalog.<) (" CUTOFF ") RETURNING id) "
	 "SELECT pg_catalog.count(*) FROM deleted"},
	{"crawl_errors", "retention.crawl_errors_days",
	 "WITH deleted AS (DELETE FROM analytics.crawl_errors "
	 "WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY("
	 "SELECT id FROM analytics.crawl_errors "
	 "WHERE item_index OPERATOR(pg_catalog.<) 0 "
	 "AND created_at OPERATOR(pg_catalog.<) (" CUTOFF ") "
	 "ORDER BY created_at LIMIT " RETENTION_ROWS
	 " FOR UPDATE SKIP LOCKED)) RETURNING id) "
	 "SELECT pg_catalog.count(*) FROM deleted"},
	{"dead_letters", "retention.dead_letters_days",
	 "WITH deleted AS (DELETE FROM analytics.dead_letters "
	 "WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY("
	 "SELECT id FROM analytics.dead_letters "
	 "WHERE state OPERATOR(pg_catalog.<>) 'pending' "
	 "AND state_changed_at OPERATOR(pg_catalog.<) (" CUTOFF ") "
	 "AND NOT EXISTS (SELECT FROM analytics.local_queue q "
	 "WHERE q.dead_letter OPERATOR(pg_catalog.=) dead_letters.id) "
	 "ORDER BY state_changed_at LIMIT " RETENTION_ROWS
	 " FOR UPDATE SKIP LOCKED)) RETURNING id) "
	 "SELECT pg_catalog.count(*) FROM deleted"},
	{"dead_letter_history", "retention.dead_letters_days",
	 "WITH deleted AS (DELETE FROM analytics.dead_letter_history "
	 "WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY("
	 "SELECT h.id FROM analytics.dead_letter_history h "
	 "WHERE h.changed_at OPERATOR(pg_catalog.<) (" CUTOFF ") "
	 "AND NOT EXISTS (SELECT FROM analytics.dead_letters d "
	 "WHERE d.id OPERATOR(pg_catalog.=) h.dead_letter) "
	 "ORDER BY h.changed_at LIMIT " RETENTION_ROWS ")) RETURNING id) "
	 "SELECT pg_catalog.count(*) FROM deleted"},
};

static const char days_query[] = "SELECT value FROM analytics.settings "
								 "WHERE name OPERATOR(pg_catalog.=) $1 "
								 "AND value OPERATOR(pg_catalog.>) 0";

static const char count_query[] =
	"INSERT INTO analytics.counters AS stored (consumer, worker, metric, "
	"platform, label, detail, value, seconds) "
	"VALUES ('', 0, 'retention', '', $1, '', $2, 0) "
	"ON CONFLICT (consumer, worker, metric, platform, label, detail) "
	"DO UPDATE SET "
	"value = stored.value OPERATOR(pg_catalog.+) excluded.value";

static TimestampTz retention_due = 0; /* 0: paused */
static bool retention_has_failed = false;

static void
retention_set_due(int milliseconds)
{
	retention_due = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
												(int64) milliseconds);
}

void
retention_soon(void)
{
	TimestampTz soon =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), RETENTION_SOON_MS);

	if (soon < retention_due)
		retention_due = soon;
}

void
retention_pause(void)
{
	retention_due = 0;
}

long
retention_wait_time(void)
{
	return retention_due == 0 ? -1 : restart_wait(retention_due);
}

static void
retention_run(const char *query, Oid type, Datum *value, Oid second,
			  int arguments)
{
	Oid types[2] = {type, second};

	if (SPI_execute_with_args(query, arguments, types, value, NULL, false, 0) <
		0)
		elog(ERROR, "a statement of retention failed: %s",
			 SPI_result_code_string(SPI_result));
}

/* Days that rows of this table are kept.  False: for ever. */
static bool
retention_days(const RetentionTable *table, Datum *days)
{
	Datum name = CStringGetTextDatum(table->setting);
	bool isnull;

	retention_run(days_query, TEXTOID, &name, InvalidOid, 1);
	if (SPI_processed == 0)
		return false;
	*days = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
						  &isnull);
	return true;
}

/* Delete some rows and count them.  May there be more? */
static bool
retention_delete(const RetentionTable *table)
{
	Datum values[2];
	Datum days;
	int64 deleted;
	bool isnull;

	if (!retention_days(table, &days))
		return false;
	retention_run(table->query, FLOAT8OID, &days, InvalidOid, 1);
	deleted = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
										  SPI_tuptable->tupdesc, 1, &isnull));
	if (deleted == 0)
		return false;
	values[0] = CStringGetTextDatum(table->name);
	values[1] = Int64GetDatum(deleted);
	retention_run(count_query, TEXTOID, values, INT8OID, 2);
	return deleted >= RETENTION_ROWS_NUMBER;
}

static bool
retention_delete_all(void)
{
	bool more = false;

	for (int i = 0; i < lengthof(retention_tables); i++)
		more |= retention_delete(&retention_tables[i]);
	return more;
}

/* For this transaction. */
static void
retention_limit(void)
{
	txn_limit(RETENTION_LIMIT_MS);
	(void) set_config_option("lock_timeout", RETENTION_LOCK_TIMEOUT, PGC_SUSET,
							 PGC_S_OVERRIDE, GUC_ACTION_LOCAL, true, 0, false);
}

/* One step.  May there be more to delete? */
static bool
retention_step(void)
{
	const char *problem;
	Oid owner;
	Oid user;
	int security;
	bool more = false;

	if (!txn_begin("deleting what retention no longer keeps", &problem))
		return false;
	retention_limit();
	owner = roster_table_owner("batches");
	if (OidIsValid(owner))
	{
		GetUserIdAndSecContext(&user, &security);
		SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE |
										  SECURITY_RESTRICTED_OPERATION);
		more = retention_delete_all();
		SetUserIdAndSecContext(user, security);
	}
	txn_commit();
	return more;
}

/* What mends it, or when it is tried again. */
static const char *
retention_hint(const ErrorData *error)
{
	if (error->sqlerrcode == ERRCODE_READ_ONLY_SQL_TRANSACTION &&
		DefaultXactReadOnly)
		return "It goes on when default_transaction_read_only is off.";
	return error->hint ? error->hint : "It is tried again every minute.";
}

/* Log it the first time; nothing else waits for it. */
static void
retention_failed(MemoryContext context)
{
	ErrorData *error;

	HOLD_INTERRUPTS();
	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	txn_abort();
	MemoryContextSwitchTo(context);
	if (!retention_has_failed)
		ereport(LOG, (errmsg("analytics: retention could not delete old "
							 "rows: %s",
							 error->message),
					  errhint("%s", retention_hint(error))));
	FreeErrorData(error);
	retention_has_failed = true;
	retention_set_due(RETENTION_FAILED_MS);
	RESUME_INTERRUPTS();
}

void
retention_advance(void)
{
	MemoryContext context = CurrentMemoryContext;

	if (retention_due == 0)
		retention_set_due(RETENTION_FIRST_MS);
	if (retention_due > GetCurrentTimestamp())
		return;
	PG_TRY();
	{
		bool more = retention_step();

		retention_has_failed = false;
		retention_set_due(more ? RETENTION_PAUSE_MS : RETENTION_PASS_MS);
	}
	PG_CATCH();
	{
		retention_failed(context);
	}
	PG_END_TRY();
}
