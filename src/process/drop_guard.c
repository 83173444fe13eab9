/*-------------------------------------------------------------------------
 *
 * drop_guard.c
 *	  Refuses to drop the extension while it holds data.
 *
 * There are many ways to drop an extension, and some do not name it: DROP
 * SCHEMA ... CASCADE, DROP OWNED BY.  All of them come to drop its table of
 * posts, and that is told to the object access hook while the table is still
 * there: so it is the table that is guarded, for as long as it is a member of
 * the extension.  Who takes it out, with ALTER EXTENSION ... DROP TABLE, keeps
 * it anyway.
 *
 * A session that did not preload the library has no hook.  An event trigger of
 * the extension calls a function here before the statements that could drop
 * it: the call loads the library, and that is all it is for.
 *
 * This must not cost other statements anything, and never make one fail that
 * drops something else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/dependency.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "process/drop_guard.h"
#include "process/txn.h"
#include "process/update_drop.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define DROP_GUARD_TABLE "post_analytics"

/* Rows are counted for the message, but no further than this. */
#define DROP_GUARD_COUNT_MAX 10000

static object_access_hook_type drop_guard_next = NULL;

/* --- which table --- */

/*
 * The name alone tells nearly every other relation apart.  Its schema may have
 * been renamed.  A script of the extension itself may replace the table.
 */
static bool
drop_guard_is_our_table(Oid relation)
{
	char *name = get_rel_name(relation);
	Oid extension;

	if (name == NULL || strcmp(name, DROP_GUARD_TABLE) != 0 ||
		get_rel_relkind(relation) != RELKIND_RELATION)
		return false;
	extension = getExtensionOfObject(RelationRelationId, relation);
	if (!OidIsValid(extension) ||
		(creating_extension && CurrentExtensionObject == extension))
		return false;
	name = get_extension_name(extension);
	return name != NULL && strcmp(name, TXN_EXTENSION_NAME) == 0;
}

static char *
drop_guard_table_name(Oid relation)
{
	char *schema = get_namespace_name(get_rel_namespace(relation));

	return psprintf("%s.%s", schema == NULL ? "" : schema, DROP_GUARD_TABLE);
}

/* --- what it holds --- */

/* For a table that cannot be read: how to be rid of it nonetheless. */
static void
drop_guard_context(void *name)
{
	errcontext("looking for rows in table \"%s\", which is skipped with "
			   "analytics.allow_drop = on",
			   (const char *) name);
}

/*
 * At most DROP_GUARD_COUNT_MAX + 1.  Who drops has locked out all others, so
 * the rows that are there are those that are committed, or of this
 * transaction, whatever its snapshot says.
 */
static int
drop_guard_scan(Relation table)
{
	TupleTableSlot *slot = table_slot_create(table, NULL);
	TableScanDesc scan = compat_begin_scan(table, SnapshotSelf);
	int count = 0;

	while (count <= DROP_GUARD_COUNT_MAX &&
		   table_scan_getnextslot(scan, ForwardScanDirection, slot))
		count++;
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	return count;
}

static int
drop_guard_count_rows(Oid relation, const char *name)
{
	ErrorContextCallback context = {
		.previous = error_context_stack,
		.callback = drop_guard_context,
		.arg = unconstify(char *, name),
	};
	Relation table;
	int count;

	error_context_stack = &context;
	table = table_open(relation, NoLock);
	count = drop_guard_scan(table);
	table_close(table, NoLock);
	error_context_stack = context.previous;
	return count;
}

/* --- the hook --- */

static void
drop_guard_check(Oid relation)
{
	char *name;
	int count;

	if (analytics_allow_drop || !drop_guard_is_our_table(relation))
		return;
	name = drop_guard_table_name(relation);
	count = drop_guard_count_rows(relation, name);
	if (count == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("cannot drop extension \"%s\" because its table \"%s\" "
					"holds rows",
					TXN_EXTENSION_NAME, name),
			 count > DROP_GUARD_COUNT_MAX
				 ? errdetail("The table holds more than %d rows.",
							 DROP_GUARD_COUNT_MAX)
				 : errdetail_plural("The table holds %d row.",
									"The table holds %d rows.", count, count),
			 errhint("Keep a copy of the database with pg_dump. To drop the "
					 "extension and all that it holds, SET "
					 "analytics.allow_drop = on first.")));
}

static void
drop_guard_access(ObjectAccessType access, Oid class, Oid object,
				  int subobject, void *arg)
{
	if (drop_guard_next != NULL)
		drop_guard_next(access, class, object, subobject, arg);
	if (access == OAT_DROP && class == RelationRelationId && subobject == 0)
		drop_guard_check(object);
}

void
drop_guard_install(void)
{
	drop_guard_next = object_access_hook;
	object_access_hook = drop_guard_access;
}

/* --- the event trigger --- */

PG_FUNCTION_INFO_V1(analytics_load_drop_guard);

/*
 * To be called has loaded the library, and so installed the hook.  Before
 * anything is locked is also the time to see to a builder.
 */
Datum
analytics_load_drop_guard(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("not called as an event trigger")));
	update_drop_before(((EventTriggerData *) fcinfo->context)->parsetree);
	PG_RETURN_VOID();
}
