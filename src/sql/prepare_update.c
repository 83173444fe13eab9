/*-------------------------------------------------------------------------
 *
 * prepare_update.c
 *	  analytics.prepare_update(), what stat_update shows of the catalogs, and
 *	  what the update scripts call.
 *
 * prepare_update() has a background process build what the script to a version
 * adds, and returns; it never builds anything itself and waits for no build,
 * since CREATE INDEX CONCURRENTLY waits for its caller's transaction.
 *
 * complete_update() is called by that script: it adopts what is there and
 * right, whoever built it, refuses what is there and wrong, and builds what
 * is missing only where nobody will notice, or was asked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "commands/extension.h"
#include "compat.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "process/txn.h"
#include "process/update_builder.h"
#include "process/update_record.h"
#include "process/update_steps.h"
#include "process/version.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(analytics_prepare_update);
PG_FUNCTION_INFO_V1(analytics_update_steps);
PG_FUNCTION_INFO_V1(analytics_complete_update);

#define STEP_COLUMNS 9

/* How often an index may be replaced while we wait for its lock. */
#define ADOPT_ATTEMPTS 8

/* How long writers may have to wait behind our wait for a small table. */
#define BLOCKING_LOCK_TIMEOUT "2s"

static const char *const state_names[] = {
	[UPDATE_INDEX_ABSENT] = "absent",
	[UPDATE_INDEX_VALID] = "valid",
	[UPDATE_INDEX_INVALID] = "invalid",
	[UPDATE_INDEX_DIFFERENT] = "different",
};

/* --- prepare_update() --- */

static void
require_writable(void)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot prepare an update on a standby"),
				 errhint("Call it on the primary: the index comes to the "
						 "standbys with the log.")));
	if (XactReadOnly)
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot prepare an update in a read-only "
						"transaction"),
				 errhint("SET default_transaction_read_only = off, or begin "
						 "with BEGIN READ WRITE.")));
}

/* The installed version, if the caller owns the extension. */
static char *
require_owner(void)
{
	char *installed = NULL;
	Oid extension = version_extension_oid(&installed);

	if (!OidIsValid(extension))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("extension \"%s\" is not there", TXN_EXTENSION_NAME)));
	if (!compat_owns_extension(extension, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of extension \"%s\" to prepare an "
						"update of it",
						TXN_EXTENSION_NAME),
				 errhint("Who updates the extension prepares that.")));
	return installed;
}

static void
require_newer(const char *version, const char *installed)
{
	if (!update_version_has_steps(version))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("nothing is known of an update to version \"%.40s\"",
						version),
				 errhint("Updates that can be prepared with this library: "
						 "%s. For a newer one, install the package that "
						 "brings it.",
						 update_versions())));
	if (update_compare_versions(installed, version) >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("version \"%s\" is installed, so there is no update "
						"to version \"%s\" to prepare",
						installed, version),
				 errhint("SELECT * FROM analytics.check(); tells whether "
						 "anything is missing.")));
}

/* Is all there already?  Raises when something cannot be built. */
static bool
version_is_ready(const char *version)
{
	int count;
	const UpdateStep *steps = update_steps(&count);
	bool ready = true;

	for (int i = 0; i < count; i++)
	{
		UpdateFinding finding;

		if (strcmp(steps[i].version, version) != 0)
			continue;
		(void) update_table(&steps[i], NULL);
		finding = update_look(&steps[i]);
		update_refuse_different(&steps[i], &finding);
		ready &= finding.state == UPDATE_INDEX_VALID;
	}
	return ready;
}

static void
start_or_join(const char *version)
{
	int pid = update_builder_pid(MyDatabaseId);

	if (pid != 0)
		ereport(NOTICE,
				(errmsg("process %d prepares an update already", pid)));
	else
		update_builder_start(version);
	if (IsTransactionBlock())
		ereport(NOTICE,
				(errmsg("the build waits for this transaction to end")));
}

/* Argument: the version.  Returns what stat_update then shows as state. */
SERVED_FUNCTION(analytics_prepare_update)
{
	char *version = text_to_cstring(PG_GETARG_TEXT_PP(0));

	require_writable();
	require_newer(version, require_owner());
	if (version_is_ready(version))
		PG_RETURN_TEXT_P(cstring_to_text("ready"));
	update_builder_lock();
	start_or_join(version);
	update_builder_unlock();
	PG_RETURN_TEXT_P(cstring_to_text("building"));
}

/* --- update_steps() --- */

static void
add_step(ReturnSetInfo *result, const UpdateStep *step, const char *installed,
		 int builder)
{
	UpdateFinding finding = update_look(step);
	Datum values[STEP_COLUMNS] = {0};
	bool nulls[STEP_COLUMNS] = {0};

	values[0] = CStringGetTextDatum(step->version);
	values[1] = CStringGetTextDatum(step->table);
	values[2] = CStringGetTextDatum(step->index);
	values[3] = CStringGetTextDatum(step->definition);
	values[4] =
		BoolGetDatum(update_compare_versions(installed, step->version) >= 0);
	values[5] = CStringGetTextDatum(state_names[finding.state]);
	nulls[6] = !OidIsValid(finding.relation);
	values[6] = ObjectIdGetDatum(finding.relation);
	nulls[7] = finding.definition == NULL;
	if (finding.definition != NULL)
		values[7] = CStringGetTextDatum(finding.definition);
	nulls[8] = builder == 0;
	values[8] = Int32GetDatum(builder);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

SERVED_FUNCTION(analytics_update_steps)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int builder = update_builder_pid(MyDatabaseId);
	char *installed = NULL;
	int count;
	const UpdateStep *steps = update_steps(&count);

	InitMaterializedSRF(fcinfo, 0);
	if (result->setDesc->natts != STEP_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("analytics.update_steps() must return %d columns",
						STEP_COLUMNS),
				 errhint("ALTER EXTENSION analytics UPDATE;")));
	(void) version_extension_oid(&installed);
	for (int i = 0; i < count; i++)
		add_step(result, &steps[i], installed == NULL ? "" : installed,
				 builder);
	return (Datum) 0;
}

/* --- complete_update() --- */

static void
require_update_script(void)
{
	Oid extension = version_extension_oid(NULL);

	if (!creating_extension || !OidIsValid(extension) ||
		CurrentExtensionObject != extension)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("analytics.complete_update() is called by the update "
						"scripts of the extension alone"),
				 errhint("ALTER EXTENSION analytics UPDATE;")));
}

/*
 * What is there, with a lock that keeps it as it is until the transaction
 * ends.  It may have been replaced while we waited for the lock: look again.
 */
static UpdateFinding
look_and_lock(const UpdateStep *step)
{
	for (int attempt = 0; attempt < ADOPT_ATTEMPTS; attempt++)
	{
		UpdateFinding finding = update_look(step);
		UpdateFinding again;

		if (finding.state != UPDATE_INDEX_VALID)
			return finding;
		LockRelationOid(finding.relation, AccessShareLock);
		again = update_look(step);
		if (again.state == finding.state && again.relation == finding.relation)
			return again;
		UnlockRelationOid(finding.relation, AccessShareLock);
	}
	ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
					errmsg("index \"analytics.%s\" is being replaced again "
						   "and again",
						   step->index)));
}

static void
execute(const char *statement, int expected)
{
	int result = SPI_execute(statement, false, 0);

	if (result != expected)
		elog(ERROR, "%s: %s", statement, SPI_result_code_string(result));
}

/* The process that builds an index of this table while others write, or 0. */
static int
building_process(const UpdateStep *step)
{
	int pid = update_builder_pid(MyDatabaseId);
	bool isnull;

	if (pid != 0)
		return pid;
	execute(
		psprintf("SELECT pid FROM pg_catalog.pg_stat_progress_create_index "
				 "WHERE relid = %u AND command LIKE '%% CONCURRENTLY' "
				 "AND datid = %u LIMIT 1",
				 update_table(step, NULL), MyDatabaseId),
		SPI_OK_SELECT);
	if (SPI_processed == 0)
		return 0;
	return DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0],
									   SPI_tuptable->tupdesc, 1, &isnull));
}

static void
refuse_while_building(const UpdateStep *step)
{
	int pid = building_process(step);

	if (pid == 0)
		return;
	ereport(
		ERROR,
		(errcode(ERRCODE_OBJECT_IN_USE),
		 errmsg("process %d is building an index of table \"analytics.%s\"",
				pid, step->table),
		 errhint("Update when analytics.stat_update says \"ready\".")));
}

static void
refuse_to_block(const UpdateStep *step)
{
	Relation table;
	int64 megabytes;

	if (analytics_allow_blocking_update)
		return;
	table = table_open(update_table(step, NULL), AccessShareLock);
	megabytes = (int64) RelationGetNumberOfBlocks(table) * BLCKSZ >> 20;
	table_close(table, NoLock);
	if (megabytes <= UPDATE_BLOCKING_MAX_MB)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("index \"%s\", which version %s adds, is not there, and "
					"to build it now would keep all writers of table "
					"\"analytics.%s\" waiting",
					step->index, step->version, step->table),
			 errdetail("The table has " INT64_FORMAT " MB; up to %d MB the "
					   "update builds it by itself.",
					   megabytes, UPDATE_BLOCKING_MAX_MB),
			 errhint("SELECT analytics.prepare_update('%s'); builds it while "
					 "they write, and analytics.stat_update tells when it is "
					 "ready. With SET analytics.allow_blocking_update = on "
					 "the update builds it now.",
					 step->version)));
}

/* For errcontext: what to do when a lock was not to be had in time. */
static void
add_lock_hint(void *arg)
{
	const UpdateStep *step = arg;

	if (geterrcode() == ERRCODE_LOCK_NOT_AVAILABLE)
		errhint("A transaction that has written to table \"analytics.%s\" is "
				"open: update when it has ended, or SELECT "
				"analytics.prepare_update('%s'); first. A lock_timeout of the "
				"session is respected.",
				step->table, step->version);
}

/*
 * Writers queue behind our wait for the table, however small it is: so it is
 * a short one, unless the session has said how long, or that they may wait.
 */
static void
execute_briefly(const UpdateStep *step, const char *statement)
{
	ErrorContextCallback hint = {.previous = error_context_stack,
								 .callback = add_lock_hint,
								 .arg = unconstify(UpdateStep *, step)};
	int level = NewGUCNestLevel();

	if (LockTimeout == 0 && !analytics_allow_blocking_update)
		(void) set_config_option("lock_timeout", BLOCKING_LOCK_TIMEOUT,
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);
	error_context_stack = &hint;
	execute(statement, SPI_OK_UTILITY);
	error_context_stack = hint.previous;
	AtEOXact_GUC(true, level);
}

static void
complete_step(const UpdateStep *step)
{
	UpdateFinding finding = look_and_lock(step);

	update_refuse_different(step, &finding);
	if (finding.state == UPDATE_INDEX_VALID)
		return;
	refuse_while_building(step);
	refuse_to_block(step);
	if (finding.state == UPDATE_INDEX_INVALID)
		execute_briefly(step,
						psprintf("DROP INDEX analytics.%s", step->index));
	execute_briefly(step, step->definition);
}

/* Argument: the version. */
SERVED_FUNCTION(analytics_complete_update)
{
	char *version = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int count;
	const UpdateStep *steps = update_steps(&count);

	require_update_script();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	for (int i = 0; i < count; i++)
	{
		if (strcmp(steps[i].version, version) == 0)
			complete_step(&steps[i]);
	}
	SPI_finish();
	update_record_forget(version);
	PG_RETURN_VOID();
}
