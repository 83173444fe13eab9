/*-------------------------------------------------------------------------
 *
 * version.c
 *	  Which SQL versions this library serves, and what becomes of calls from
 *	  others.
 *
 * The library on disk, the one that a running server has loaded, and the SQL
 * objects of a database are replaced at three different times.  A function
 * that SQL of another version calls may be given arguments that it does not
 * expect, or be expected to return what it does not: it must look at none of
 * them before it knows.  So the version is asked for here before the body of
 * any function runs, but for the few that work under every version, which look
 * at how they are declared instead.
 *
 * Nothing here may make a statement fail that does not call the library: to
 * update the extension, and to drop it, is what mends it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "compat.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "process/txn.h"
#include "process/version.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/rel.h"

static const char *const versions[] = {"1.0", "1.1"};

/* When version_require() last found all well. */
static LocalTransactionId required_in = InvalidLocalTransactionId;
static CommandId required_at = InvalidCommandId;

static emit_log_hook_type version_next_log = NULL;

bool
version_is_served(const char *version)
{
	for (int i = 0; i < lengthof(versions); i++)
	{
		if (strcmp(version, versions[i]) == 0)
			return true;
	}
	return false;
}

const char *
version_served(void)
{
	static char list[64];

	list[0] = '\0';
	for (int i = 0; i < lengthof(versions); i++)
	{
		if (i > 0)
			strlcat(list, ", ", sizeof(list));
		strlcat(list, versions[i], sizeof(list));
	}
	return list;
}

const char *
version_hint(void)
{
	return "Run ALTER EXTENSION analytics UPDATE, or install the library of "
		   "that version and restart the server: until then it has the one "
		   "that it was started with.";
}

/*
 * There is no syscache for extensions in all versions that we build for, so
 * this reads the catalog by its index.
 */
Oid
version_extension_oid(char **version)
{
	Relation relation = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	Oid oid = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber,
				F_NAMEEQ, CStringGetDatum(TXN_EXTENSION_NAME));
	scan = systable_beginscan(relation, ExtensionNameIndexId, true, NULL, 1,
							  &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		oid = ((Form_pg_extension) GETSTRUCT(tuple))->oid;
		if (version != NULL)
		{
			bool isnull;
			Datum value = heap_getattr(tuple, Anum_pg_extension_extversion,
									   RelationGetDescr(relation), &isnull);

			*version = isnull ? pstrdup("") : TextDatumGetCString(value);
		}
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return oid;
}

/* --- functions --- */

static void
version_check(void)
{
	char *version = NULL;

	if (!OidIsValid(version_extension_oid(&version)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("extension \"%s\" is not installed in this database",
						TXN_EXTENSION_NAME),
				 errhint("CREATE EXTENSION analytics;")));
	if (!version_is_served(version))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("extension version \"%.40s\" is not served by the "
						"loaded library",
						version),
				 errdetail("The library serves %s.", version_served()),
				 errhint("%s", version_hint())));
	pfree(version);
}

void
version_require(void)
{
	LocalTransactionId transaction = compat_local_transaction();
	CommandId command = GetCurrentCommandId(false);

	if (transaction == required_in && command == required_at)
		return;
	version_check();
	required_in = transaction;
	required_at = command;
}

/* Of another version, most likely: say so; else tell what there is. */
static void
version_refuse_declaration(FunctionCallInfo fcinfo)
{
	version_check();
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("function %s is not declared as the library knows it",
					format_procedure(fcinfo->flinfo->fn_oid)),
			 errhint("%s", version_hint())));
}

void
version_require_arguments(FunctionCallInfo fcinfo, const Oid *types, int count)
{
	Oid *declared;
	int declared_count;
	bool same;

	(void) get_func_signature(fcinfo->flinfo->fn_oid, &declared,
							  &declared_count);
	same = declared_count == count && PG_NARGS() == count;
	for (int i = 0; same && i < count; i++)
		same = declared[i] == types[i];
	if (!same)
		version_refuse_declaration(fcinfo);
}

void
version_require_rows(FunctionCallInfo fcinfo)
{
	if (get_call_result_type(fcinfo, NULL, NULL) != TYPEFUNC_COMPOSITE)
		version_refuse_declaration(fcinfo);
}

void
version_require_columns(FunctionCallInfo fcinfo, TupleDesc declared,
						const Oid *types, int count)
{
	bool same = declared->natts == count;

	for (int i = 0; same && i < count; i++)
		same = TupleDescAttr(declared, i)->atttypid == types[i];
	if (!same)
		version_refuse_declaration(fcinfo);
}

/* --- statements --- */

void
version_warn(void)
{
	char *version = NULL;

	if (!OidIsValid(version_extension_oid(&version)) ||
		version_is_served(version))
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("extension version \"%.40s\" is not served by the loaded "
					"library, so no worker runs",
					version),
			 errdetail("The library serves %s.", version_served()),
			 errhint("Install the library of that version and restart the "
					 "server, or go back with ALTER EXTENSION analytics "
					 "UPDATE TO '%s';",
					 versions[lengthof(versions) - 1])));
}

/*
 * A function that is not in the library at all is the server's error, and says
 * nothing of what to do; and the file that it names may well hold the
 * function by now, when the server still has the one before.
 */
static void
version_explain_missing(ErrorData *error)
{
	if (error->elevel == ERROR &&
		error->sqlerrcode == ERRCODE_UNDEFINED_FUNCTION &&
		error->hint == NULL && error->message != NULL &&
		error->message_id != NULL &&
		strcmp(error->message_id,
			   "could not find function \"%s\" in file \"%s\"") == 0 &&
		strstr(error->message, "/analytics" DLSUFFIX) != NULL)
		error->hint = MemoryContextStrdup(
			error->assoc_context,
			"The library and the SQL objects of the extension are of "
			"different versions. Install the library of the newer one and "
			"restart the server: until then it has the one that it was "
			"started with.");
	if (version_next_log != NULL)
		version_next_log(error);
}

void
version_install(void)
{
	version_next_log = emit_log_hook;
	emit_log_hook = version_explain_missing;
}
