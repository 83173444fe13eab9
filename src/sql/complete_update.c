/*-------------------------------------------------------------------------
 *
 * complete_update.c
 *	  analytics.complete_update(), which the update scripts call for what
 *	  prepare_update() can have built before them.
 *
 * It adopts what is there and right, whoever built it, refuses what is there
 * and wrong, and builds what is missing only where nobody will notice, or was
 * asked.  It waits for nobody who has the index locked, and for the table no
 * longer than writers can stand.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "process/update_builder.h"
#include "process/update_record.h"
#include "process/update_steps.h"
#include "process/version.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(analytics_complete_update);

/* How often an index may be replaced while we look at it. */
#define ADOPT_ATTEMPTS 8

/* How long writers may have to wait behind our wait for a small table. */
#define BLOCKING_LOCK_TIMEOUT "2s"

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

static void
refuse_definitions(const char *version, const UpdateStep *step)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("library and update script do not agree on what version "
					"\"%.40s\" adds",
					version),
			 step == NULL
				 ? errdetail("The script adds more than the library knows.")
				 : errdetail("The library adds: %s", step->definition),
			 errhint("Install library and scripts of one package; restart the "
					 "server if the library is preloaded.")));
}

/*
 * The script, which never changes once it was released, has the definitions
 * in its own words; they come in the order of their building.
 */
static void
require_definitions(const char *version, const UpdateStep *steps, int count,
					ArrayType *definitions)
{
	Datum *words;
	bool *nulls;
	int words_count;
	int next = 0;

	deconstruct_array(definitions, TEXTOID, -1, false, TYPALIGN_INT, &words,
					  &nulls, &words_count);
	for (int i = 0; i < count; i++)
	{
		if (strcmp(steps[i].version, version) != 0)
			continue;
		if (next >= words_count || nulls[next] ||
			strcmp(TextDatumGetCString(words[next]), steps[i].definition) != 0)
			refuse_definitions(version, &steps[i]);
		next++;
	}
	if (next != words_count)
		refuse_definitions(version, NULL);
}

static void
execute(const char *statement, int expected)
{
	int result = SPI_execute(statement, false, 0);

	if (result != expected)
		elog(ERROR, "%s: %s", statement, SPI_result_code_string(result));
}

/*
 * Who else has a lock that excludes ours, or waits for one, to rebuild the
 * index or move it.  0: a prepared transaction, -1: nobody any more.
 */
static int
locking_process(Oid index)
{
	bool isnull;
	Datum pid;

	execute(
		psprintf(
			"SELECT pid FROM pg_catalog.pg_locks WHERE locktype = 'relation' "
			"AND database = %u AND relation = %u "
			"AND pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND mode IN "
			"('ShareUpdateExclusiveLock', 'ShareLock', "
			"'ShareRowExclusiveLock', 'ExclusiveLock', "
			"'AccessExclusiveLock') ORDER BY granted DESC LIMIT 1",
			MyDatabaseId, index),
		SPI_OK_SELECT);
	if (SPI_processed == 0)
		return -1;
	pid = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
						&isnull);
	return isnull ? 0 : DatumGetInt32(pid);
}

static void
refuse_while_locked(const UpdateStep *step, Oid index)
{
	int pid = locking_process(index);

	if (pid < 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 pid == 0 ? errmsg("a prepared transaction is changing index "
							   "\"analytics.%s\"",
							   step->index)
					  : errmsg("process %d is changing index \"analytics.%s\"",
							   pid, step->index),
			 errhint("Update when that has ended%s.",
					 pid == 0 ? ": see pg_prepared_xacts" : "")));
}

/*
 * What is there, with a lock that keeps it as it is until the transaction
 * ends; it is the one that the script's COMMENT takes.  Whoever has the index
 * locked is not waited for: REINDEX CONCURRENTLY would in turn wait for our
 * snapshot.
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
		if (!ConditionalLockRelationOid(finding.relation,
										ShareUpdateExclusiveLock))
		{
			refuse_while_locked(step, finding.relation);
			continue;
		}
		again = update_look(step);
		if (again.state == finding.state && again.relation == finding.relation)
			return again;
		UnlockRelationOid(finding.relation, ShareUpdateExclusiveLock);
	}
	ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
					errmsg("index \"analytics.%s\" is being replaced again "
						   "and again",
						   step->index)));
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

/* Arguments: the version, and the definitions of all that it adds so. */
SERVED_FUNCTION(analytics_complete_update)
{
	char *version = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int count;
	const UpdateStep *steps = update_steps(&count);

	require_update_script();
	require_definitions(version, steps, count, PG_GETARG_ARRAYTYPE_P(1));
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
