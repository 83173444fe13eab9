/*-------------------------------------------------------------------------
 *
 * roster.c
 *	  Which workers a database should have, as its tables say.
 *
 * The supervisor's SQL.  The supervisor is a superuser, so what it runs must
 * not be able to run anything of others: it reads plain tables, and writes
 * only as the owner of the table written, under the restrictions of a
 * maintenance command, so that a trigger that somebody put there gains no more
 * than that owner let it.  Not as the role of a consumer: that one has lost
 * its rights by the time a dropped consumer's workers have ended.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "process/notify.h"
#include "process/roster.h"
#include "process/state.h"
#include "process/txn.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

static const char roster_query[] =
	"SELECT c.name, c.workers, c.role, r.oid, r.rolcanlogin,"
	" pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT'), c.restarts"
	" FROM analytics.consumers c"
	" JOIN pg_catalog.pg_database d"
	" ON d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()"
	" LEFT JOIN pg_catalog.pg_roles r"
	" ON r.rolname OPERATOR(pg_catalog.=) c.role"
	" WHERE c.enabled ORDER BY c.name";

static Datum
roster_value(int row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						 column, isnull);
}

/* Its name is part of names with that limit. */
static bool
roster_check_name(RosterEntry *entry)
{
	if (strlen(entry->name) < NAMEDATALEN)
		return true;
	entry->name[pg_mbcliplen(entry->name, strlen(entry->name),
							 NAMEDATALEN - 1)] = '\0';
	entry->problem =
		psprintf("the name of consumer \"%s...\" is too long", entry->name);
	entry->hint =
		psprintf("Give it a name shorter than %d bytes.", NAMEDATALEN);
	return false;
}

/*
 * What would end a worker as it connects: the same checks as the server's,
 * made before, so that it is said once and does not become a crash loop.
 */
static void
roster_check_role(RosterEntry *entry, int row)
{
	bool isnull;
	char *role = NameStr(*DatumGetName(roster_value(row, 3, &isnull)));

	entry->role = DatumGetObjectId(roster_value(row, 4, &isnull));
	if (isnull)
	{
		entry->role = InvalidOid;
		entry->problem = psprintf("role \"%s\" does not exist", role);
		entry->hint = psprintf("Create it, or choose another with "
							   "analytics.alter_consumer('%s', role => ...).",
							   entry->name);
	}
	else if (!DatumGetBool(roster_value(row, 5, &isnull)))
	{
		entry->problem =
			psprintf("role \"%s\" is not permitted to log in", role);
		entry->hint = psprintf("ALTER ROLE %s LOGIN (it needs no password).",
							   quote_identifier(role));
	}
	else if (!DatumGetBool(roster_value(row, 6, &isnull)))
	{
		entry->problem =
			psprintf("role \"%s\" may not connect to this database", role);
		entry->hint = psprintf("GRANT CONNECT ON DATABASE ... TO %s.",
							   quote_identifier(role));
	}
}

static RosterEntry *
roster_entry(int row)
{
	RosterEntry *entry = palloc0(sizeof(RosterEntry));
	bool isnull;

	entry->name = TextDatumGetCString(roster_value(row, 1, &isnull));
	entry->workers = DatumGetInt32(roster_value(row, 2, &isnull));
	entry->restarts = DatumGetInt64(roster_value(row, 7, &isnull));
	if (roster_check_name(entry))
		roster_check_role(entry, row);
	return entry;
}

List *
roster_read(MemoryContext context)
{
	List *roster = NIL;
	MemoryContext spi;
	int result = SPI_execute(roster_query, true, 0);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "reading analytics.consumers failed: %s",
			 SPI_result_code_string(result));
	spi = MemoryContextSwitchTo(context);
	for (uint64 row = 0; row < SPI_processed; row++)
		roster = lappend(roster, roster_entry((int) row));
	MemoryContextSwitchTo(spi);
	return roster;
}

static void
roster_release(const char *worker)
{
	Oid types[1] = {TEXTOID};
	Datum values[1] = {CStringGetTextDatum(worker)};
	int result =
		SPI_execute_with_args("UPDATE analytics.local_queue"
							  " SET leased_by = NULL, leased_until = NULL"
							  " WHERE leased_by OPERATOR(pg_catalog.=) $1"
							  " AND leased_until IS NOT NULL",
							  1, types, values, NULL, false, 0);

	if (result != SPI_OK_UPDATE)
		elog(ERROR, "releasing leases failed: %s",
			 SPI_result_code_string(result));
	if (SPI_processed > 0)
		state_queue_changed_at_commit();
}

Oid
roster_table_owner(const char *table)
{
	Oid schema = get_namespace_oid("analytics", true);
	Oid relation = get_relname_relid(table, schema);
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

void
roster_release_leases(const char *consumer, int number)
{
	char worker[NAMEDATALEN + 16];
	const char *problem;
	Oid owner;
	Oid user;
	int security;

	snprintf(worker, sizeof(worker), "%s/%d", consumer, number);
	if (!txn_begin("releasing leases of a worker", &problem))
		return;
	/* Where nothing can be written, the next worker of the name does it. */
	owner = roster_table_owner("local_queue");
	if (OidIsValid(owner) && !XactReadOnly)
	{
		GetUserIdAndSecContext(&user, &security);
		SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE |
										  SECURITY_RESTRICTED_OPERATION);
		roster_release(worker);
		SetUserIdAndSecContext(user, security);
	}
	txn_commit();
}
