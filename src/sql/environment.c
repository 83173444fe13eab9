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
#include "catalog/pg_default_acl.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "process/version.h"

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
environment_check_schema_owner(Oid schema)
{
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

/* For a message. */
static const char *
grantee_name(Oid grantee)
{
	return grantee == ACL_ID_PUBLIC
			   ? "PUBLIC"
			   : psprintf("role \"%s\"", GetUserNameFromId(grantee, false));
}

/* For a statement. */
static const char *
grantee_clause(Oid grantee)
{
	return grantee == ACL_ID_PUBLIC
			   ? "PUBLIC"
			   : quote_identifier(GetUserNameFromId(grantee, false));
}

/*
 * Who may create objects here could shadow a function of ours with an
 * overload that callers meet instead.
 */
static void
environment_check_schema_rights(Oid schema)
{
	HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	bool is_null;
	Datum value;
	Acl *acl;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for namespace %u", schema);
	value = SysCacheGetAttr(NAMESPACEOID, tuple, Anum_pg_namespace_nspacl,
							&is_null);
	acl = is_null ? NULL : DatumGetAclPCopy(value);
	ReleaseSysCache(tuple);
	for (int i = 0; acl != NULL && i < ACL_NUM(acl); i++)
	{
		const AclItem *item = &ACL_DAT(acl)[i];

		if ((ACLITEM_GET_PRIVS(*item) & ACL_CREATE) == 0 ||
			(item->ai_grantee != ACL_ID_PUBLIC &&
			 superuser_arg(item->ai_grantee)))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("%s may create objects in schema \"analytics\"",
						grantee_name(item->ai_grantee)),
				 errdetail("They could stand in the way of the extension's."),
				 errhint("REVOKE CREATE ON SCHEMA analytics FROM %s; or, if "
						 "the schema is yet to be made, ALTER DEFAULT "
						 "PRIVILEGES REVOKE CREATE ON SCHEMAS FROM %s;",
						 grantee_clause(item->ai_grantee),
						 grantee_clause(item->ai_grantee))));
	}
}

/*
 * Does this entry open what is created?  Functions are PUBLIC's by the
 * server's own default, which the install script takes back.
 */
static bool
opens_objects(const AclItem *item, char kind)
{
	if (ACLITEM_GET_PRIVS(*item) == ACL_NO_RIGHTS)
		return false;
	if (item->ai_grantee == ACL_ID_PUBLIC)
		return kind != DEFACLOBJ_FUNCTION;
	return !superuser_arg(item->ai_grantee);
}

static void
environment_check_default_acl(Oid schema, char kind, const char *objects)
{
	HeapTuple tuple =
		SearchSysCache3(DEFACLROLENSPOBJ, ObjectIdGetDatum(GetUserId()),
						ObjectIdGetDatum(schema), CharGetDatum(kind));
	bool is_null;
	Acl *acl;

	if (!HeapTupleIsValid(tuple))
		return;
	acl = DatumGetAclPCopy(SysCacheGetAttr(
		DEFACLROLENSPOBJ, tuple, Anum_pg_default_acl_defaclacl, &is_null));
	ReleaseSysCache(tuple);
	for (int i = 0; i < ACL_NUM(acl); i++)
	{
		const AclItem *item = &ACL_DAT(acl)[i];

		if (!opens_objects(item, kind))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("default privileges would grant %s of the extension "
						"to %s",
						objects, grantee_name(item->ai_grantee)),
				 errhint("Take them back with ALTER DEFAULT PRIVILEGES %s"
						 "REVOKE ALL ON %s FROM %s; and grant afterwards what "
						 "is meant to be granted.",
						 OidIsValid(schema) ? "IN SCHEMA analytics " : "",
						 objects, grantee_clause(item->ai_grantee))));
	}
}

/* Those that count: of who installs, everywhere and in this schema. */
static void
environment_check_default_acls(Oid schema)
{
	Oid schemas[] = {InvalidOid, schema};

	for (size_t i = 0; i < lengthof(schemas); i++)
	{
		environment_check_default_acl(schemas[i], DEFACLOBJ_RELATION,
									  "TABLES");
		environment_check_default_acl(schemas[i], DEFACLOBJ_SEQUENCE,
									  "SEQUENCES");
		environment_check_default_acl(schemas[i], DEFACLOBJ_FUNCTION,
									  "FUNCTIONS");
	}
}

/*
 * The schema is to be ours: what lies there already may have been put there
 * by anybody who once had the right to.  Members of extensions are no such
 * things, this function among them.
 */
static void
environment_check_schema_is_empty(Oid schema)
{
	Oid types[1] = {OIDOID};
	Datum values[1] = {ObjectIdGetDatum(schema)};

	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	if (SPI_execute_with_args(
			"SELECT pg_catalog.pg_describe_object(d.classid, d.objid, 0)"
			" FROM pg_catalog.pg_depend AS d"
			" WHERE d.refclassid OPERATOR(pg_catalog.=)"
			" 'pg_catalog.pg_namespace'::pg_catalog.regclass"
			" AND d.refobjid OPERATOR(pg_catalog.=) $1"
			" AND d.deptype OPERATOR(pg_catalog.=) 'n'"
			" AND d.classid OPERATOR(pg_catalog.<>)"
			" 'pg_catalog.pg_extension'::pg_catalog.regclass"
			" AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e"
			" WHERE e.classid OPERATOR(pg_catalog.=) d.classid"
			" AND e.objid OPERATOR(pg_catalog.=) d.objid"
			" AND e.deptype OPERATOR(pg_catalog.=) 'e')"
			" ORDER BY d.classid, d.objid LIMIT 1",
			1, types, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look into schema \"analytics\"");
	if (SPI_processed > 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_DUPLICATE_SCHEMA),
			 errmsg("schema \"analytics\" exists already and is not "
					"empty"),
			 errdetail("It holds %s.", SPI_getvalue(SPI_tuptable->vals[0],
													SPI_tuptable->tupdesc, 1)),
			 errhint("Drop what it holds or move it elsewhere: the "
					 "extension needs the schema for itself.")));
	SPI_finish();
}

SERVED_FUNCTION(analytics_check_environment)
{
	Oid schema = get_namespace_oid("analytics", false);

	environment_check_encoding();
	environment_check_schema_owner(schema);
	environment_check_schema_rights(schema);
	environment_check_default_acls(schema);
	environment_check_schema_is_empty(schema);
	PG_RETURN_VOID();
}
