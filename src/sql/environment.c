/*-------------------------------------------------------------------------
 *
 * environment.c
 *	  Can this database hold the extension?  Asked by its install script.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(analytics_check_environment);

static void
environment_check_encoding(void)
{
	if (GetDatabaseEncoding() == PG_UTF8)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("extension \"analytics\" needs a database with encoding "
					"UTF8, this one has %s",
					GetDatabaseEncodingName()),
			 errhint("Create one with CREATE DATABASE ... ENCODING 'UTF8' "
					 "TEMPLATE template0.")));
}

/*
 * Background processes run statements that name tables of this schema, the
 * supervisor as superuser.  Who owns the schema could rename it and put their
 * own in its place.
 */
static void
environment_check_schema_owner(void)
{
	Oid schema = get_namespace_oid("analytics", false);
	HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for namespace %u", schema);
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	if (superuser_arg(owner))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("schema \"analytics\" exists already and belongs to role "
					"\"%s\", who is not a superuser",
					GetUserNameFromId(owner, false)),
			 errhint("Drop the schema, or give it to a superuser with ALTER "
					 "SCHEMA analytics OWNER TO ....")));
}

Datum
analytics_check_environment(PG_FUNCTION_ARGS)
{
	environment_check_encoding();
	environment_check_schema_owner();
	PG_RETURN_VOID();
}
