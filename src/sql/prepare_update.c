/*-------------------------------------------------------------------------
 *
 * prepare_update.c
 *	  analytics.prepare_update(), and what stat_update shows of the catalogs.
 *
 * prepare_update() has a background process build what the script to a version
 * adds, and returns; it never builds anything itself and waits for no build,
 * since CREATE INDEX CONCURRENTLY waits for its caller's transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "compat.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "process/txn.h"
#include "process/update_builder.h"
#include "process/update_steps.h"
#include "process/version.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(analytics_prepare_update);
PG_FUNCTION_INFO_V1(analytics_update_steps);

#define STEP_COLUMNS 9

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
