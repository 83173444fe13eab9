/*-------------------------------------------------------------------------
 *
 * read_only.c
 *	  Sessions of ours that may not write, and whether a new one might.
 *
 * What ALTER DATABASE or ALTER ROLE has set for default_transaction_read_only
 * is read when a session begins; one that is read-only by it stays so for
 * ever.  Here is found out, from the catalog, whether that is still so.  What
 * the configuration file says comes to a running session by itself.
 *
 * Only reads.  That our processes keep to the setting, though every session
 * may set it for itself, is on purpose: who sets it wants no writes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "process/read_only.h"
#include "utils/builtins.h"

/*
 * Where this session has it from, and what a new one would take from the
 * catalog: of all that apply, the most particular.
 */
static const char query[] =
	"SELECT s.source OPERATOR(pg_catalog.=) "
	"ANY ('{global,database,user,\"database user\"}'), "
	"(SELECT pg_catalog.split_part(e.entry, '=', 2) "
	"FROM pg_catalog.pg_db_role_setting d "
	"CROSS JOIN LATERAL pg_catalog.unnest(d.setconfig) AS e(entry) "
	"WHERE d.setdatabase OPERATOR(pg_catalog.=) ANY (ARRAY[0, $1]) "
	"AND d.setrole OPERATOR(pg_catalog.=) ANY (ARRAY[0, $2]) "
	"AND pg_catalog.lower(pg_catalog.split_part(e.entry, '=', 1)) "
	"OPERATOR(pg_catalog.=) 'default_transaction_read_only' "
	"ORDER BY d.setrole OPERATOR(pg_catalog.=) 0, "
	"d.setdatabase OPERATOR(pg_catalog.=) 0 LIMIT 1) "
	"FROM pg_catalog.pg_settings s "
	"WHERE s.name OPERATOR(pg_catalog.=) 'default_transaction_read_only'";

static bool
is_off(const char *value)
{
	bool on;

	return parse_bool(value, &on) && !on;
}

bool
read_only_is_over(void)
{
	Oid types[] = {OIDOID, OIDOID};
	Datum values[] = {ObjectIdGetDatum(MyDatabaseId),
					  ObjectIdGetDatum(GetSessionUserId())};
	int result;
	bool is_null;
	bool from_catalog;
	char *entry;

	if (!DefaultXactReadOnly)
		return false;
	result = SPI_execute_with_args(query, lengthof(types), types, values, NULL,
								   true, 1);
	if (result != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not read default_transaction_read_only: %s",
			 SPI_result_code_string(result));
	from_catalog = DatumGetBool(SPI_getbinval(
		SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
	entry = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);
	return entry != NULL ? is_off(entry) : from_catalog;
}
