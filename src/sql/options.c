/*-------------------------------------------------------------------------
 *
 * options.c
 *	  Validators of the two foreign-data wrappers.
 *
 * CREATE and ALTER of SERVER and USER MAPPING call them with all options that
 * the object will have.  What is valid is in ingest/connection_options.c, and
 * what goes together in ingest/connection_validator.c.  They serve under every
 * SQL version (version.h): a dump, and pg_upgrade, make servers before anybody
 * can update the extension.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "catalog/pg_type.h"
#include "fmgr.h"

#include "ingest/connections.h"
#include "process/version.h"

PG_FUNCTION_INFO_V1(analytics_rabbitmq_validator);
PG_FUNCTION_INFO_V1(analytics_object_store_validator);

static Datum
validate(ConnectionKind kind, FunctionCallInfo fcinfo)
{
	const Oid arguments[] = {TEXTARRAYOID, OIDOID};

	version_require_arguments(fcinfo, arguments, lengthof(arguments));
	connection_check_options(kind, untransformRelOptions(PG_GETARG_DATUM(0)),
							 PG_GETARG_OID(1));
	PG_RETURN_VOID();
}

Datum
analytics_rabbitmq_validator(PG_FUNCTION_ARGS)
{
	return validate(CONNECTION_RABBITMQ, fcinfo);
}

Datum
analytics_object_store_validator(PG_FUNCTION_ARGS)
{
	return validate(CONNECTION_OBJECT_STORE, fcinfo);
}
