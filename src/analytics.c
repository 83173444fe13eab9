/*-------------------------------------------------------------------------
 *
 * analytics.c
 *	  Entry of the library: its settings, its hooks and its launcher.
 *
 * Loaded by shared_preload_libraries it brings the background processes.
 * Loaded on demand, by a call of one of its functions, it brings the functions
 * and the guard against dropping the extension alone.  Nothing else belongs
 * here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "fmgr.h"
#include "ingest/crash_point.h"
#include "ingest/limits.h"
#include "ingest/retry.h"
#include "miscadmin.h"
#include "process/drop_guard.h"
#include "process/process.h"
#include "process/update_steps.h"
#include "process/version.h"
#include "utils/guc.h"
#include "utils/varlena.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

char *analytics_databases = NULL;
int analytics_restart_delay_max = 60;
bool analytics_allow_drop = false;

static bool
analytics_check_databases(char **value, void **extra, GucSource source)
{
	char *copy = pstrdup(*value);
	List *names = NIL;
	bool valid = SplitIdentifierString(copy, ',', &names);

	if (!valid)
		GUC_check_errdetail("List syntax is invalid.");
	list_free(names);
	pfree(copy);
	return valid;
}

static void
analytics_define_settings(void)
{
	DefineCustomStringVariable(
		"analytics.databases",
		"Databases in which analytics runs its background processes.",
		"A comma-separated list; empty means every database that has the "
		"extension.",
		&analytics_databases, "", PGC_SIGHUP, GUC_LIST_INPUT,
		analytics_check_databases, NULL, NULL);
	DefineCustomIntVariable(
		"analytics.restart_delay_max",
		"Longest time before a failed background process is started again.",
		"The delay begins at one second and doubles with each failure.",
		&analytics_restart_delay_max, 60, 1, 3600, PGC_SIGHUP, GUC_UNIT_S,
		NULL, NULL, NULL);

	/* For whoever may drop it: this is against accidents, it is no right. */
	DefineCustomBoolVariable(
		"analytics.allow_drop",
		"Lets the extension be dropped although post_analytics holds rows.",
		NULL, &analytics_allow_drop, false, PGC_USERSET, 0, NULL, NULL, NULL);

	/* For whoever may update it: likewise. */
	DefineCustomBoolVariable(
		"analytics.allow_blocking_update",
		"Lets an update of the extension build indexes of large tables.",
		"All writers of the table wait meanwhile. "
		"analytics.prepare_update() builds them beforehand, while others "
		"write.",
		&analytics_allow_blocking_update, false, PGC_USERSET, 0, NULL, NULL,
		NULL);
	limits_define_settings();
	retry_define_settings();
	crash_point_define_settings();
	MarkGUCPrefixReserved("analytics");
}

void
_PG_init(void)
{
	if (IsBinaryUpgrade)
		return;
	analytics_define_settings();
	drop_guard_install();
	version_install();
	if (!process_shared_preload_libraries_in_progress)
		return;
	hooks_install();
	launcher_register();
}
