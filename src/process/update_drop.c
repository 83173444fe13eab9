/*-------------------------------------------------------------------------
 *
 * update_drop.c
 *	  Statements that drop the extension while an update of it is prepared.
 *
 * Such a drop would lock the table behind the builder, and so keep all writers
 * waiting until the build has ended; it would also be waited for by the build.
 * So it is refused before it locks anything, or ends the build when the user
 * has said that the drop is meant.  Nothing here drops anything.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_extension.h"
#include "compat.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "nodes/value.h"
#include "process/drop_guard.h"
#include "process/process.h"
#include "process/txn.h"
#include "process/update_builder.h"
#include "process/update_drop.h"
#include "process/update_steps.h"
#include "process/version.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

static Oid
drop_extension_owner(Oid extension)
{
	Relation relation = table_open(ExtensionRelationId, AccessShareLock);
	Oid owner = InvalidOid;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	scan =
		systable_beginscan(relation, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		owner = ((Form_pg_extension) GETSTRUCT(tuple))->extowner;
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return owner;
}

/* Extension and schema have one name. */
static bool
drop_names_extension(DropStmt *drop)
{
	ListCell *cell;

	if (drop->removeType != OBJECT_EXTENSION &&
		drop->removeType != OBJECT_SCHEMA)
		return false;
	foreach (cell, drop->objects)
	{
		if (strcmp(strVal(lfirst(cell)), TXN_EXTENSION_NAME) == 0)
			return true;
	}
	return false;
}

/*
 * Of a table that one of these roles owns the drop is refused, but not before
 * it was locked: so that counts too.
 */
static bool
drop_is_by_owner(DropOwnedStmt *drop, Oid extension)
{
	Oid owner = drop_extension_owner(extension);
	ListCell *cell;

	foreach (cell, drop->roles)
	{
		Oid role = get_rolespec_oid(lfirst_node(RoleSpec, cell), true);

		if (OidIsValid(role) && has_privs_of_role(GetUserId(), role) &&
			(role == owner || update_owns_table(role)))
			return true;
	}
	return false;
}

/* Would it come as far as locking?  Who may not is told so by the statement. */
static bool
drop_may_lock(Node *statement, Oid extension)
{
	if (statement == NULL)
		return false;
	if (IsA(statement, DropStmt))
		return drop_names_extension(castNode(DropStmt, statement)) &&
			   compat_owns_extension(extension, GetUserId());
	return IsA(statement, DropOwnedStmt) &&
		   drop_is_by_owner(castNode(DropOwnedStmt, statement), extension);
}

void
update_drop_before(Node *statement)
{
	int pid = update_builder_pid(MyDatabaseId);
	Oid extension;

	if (pid == 0)
		return;
	extension = version_extension_oid(NULL);
	if (!OidIsValid(extension) || !drop_may_lock(statement, extension))
		return;
	if (!analytics_allow_drop)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("cannot drop extension \"%s\" while an update of it "
						"is being prepared",
						TXN_EXTENSION_NAME),
				 errhint("SELECT pg_terminate_backend(%d); ends the "
						 "preparation. With SET analytics.allow_drop = on "
						 "the drop ends it.",
						 pid)));
	process_terminate_pid(pid);
}
