/*-------------------------------------------------------------------------
 *
 * hooks.c
 *	  What sessions do that our processes must hear of.
 *
 * Whatever changes the extension, the connections or the roles is told to the
 * processes at commit (notify.c).  Whatever needs a database without other
 * connections waits until ours have left it (requests.c).  These hooks
 * run in every statement of every session: they look at the node's tag and
 * are gone.  They must never make a statement fail that would succeed without
 * them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_auth_members.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "catalog/pg_db_role_setting.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "compat.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "process/notify.h"
#include "process/process.h"
#include "process/requests.h"
#include "process/state.h"
#include "process/txn.h"
#include "process/update_builder.h"
#include "process/version.h"
#include "storage/ipc.h"
#include "tcop/utility.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

static shmem_request_hook_type hooks_next_request = NULL;
static shmem_startup_hook_type hooks_next_startup = NULL;
static object_access_hook_type hooks_next_access = NULL;
static ProcessUtility_hook_type hooks_next_utility = NULL;

/* --- shared memory --- */

static void
hooks_shmem_request(void)
{
	if (hooks_next_request != NULL)
		hooks_next_request();
	state_request();
}

static void
hooks_shmem_startup(void)
{
	if (hooks_next_startup != NULL)
		hooks_next_startup();
	state_startup();
}

/* --- objects --- */

/* Its row may be of the running command: only SnapshotSelf sees that. */
static bool
hooks_extension_is_ours(Oid oid)
{
	Relation relation = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	bool ours = false;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(oid));
	scan = systable_beginscan(relation, ExtensionOidIndexId, true,
							  SnapshotSelf, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_extension form = (Form_pg_extension) GETSTRUCT(tuple);

		ours = strcmp(NameStr(form->extname), TXN_EXTENSION_NAME) == 0;
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return ours;
}

static void
hooks_object_changed(Oid class, Oid object)
{
	switch (class)
	{
		case ExtensionRelationId:
			if (!hooks_extension_is_ours(object))
				return;
			notify_look_at_database(MyDatabaseId);
			state_config_changed_at_commit();
			break;
		case DatabaseRelationId:
			notify_look_at_database(object);
			break;
		case ForeignDataWrapperRelationId:
		case ForeignServerRelationId:
		case UserMappingRelationId:
			state_config_changed_at_commit();
			break;
		case AuthIdRelationId:
		case AuthMemRelationId:
		case DbRoleSettingRelationId:
			notify_config_everywhere();
			break;
		default:
			break;
	}
}

static void
hooks_object_access(ObjectAccessType access, Oid class, Oid object,
					int subobject, void *arg)
{
	if (hooks_next_access != NULL)
		hooks_next_access(access, class, object, subobject, arg);
	if (access == OAT_POST_CREATE || access == OAT_POST_ALTER ||
		access == OAT_DROP)
		hooks_object_changed(class, object);
}

/* --- statements --- */

static bool
hooks_is_template(Oid database)
{
	HeapTuple tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(database));
	bool is_template;

	if (!HeapTupleIsValid(tuple))
		return false;
	is_template = ((Form_pg_database) GETSTRUCT(tuple))->datistemplate;
	ReleaseSysCache(tuple);
	return is_template;
}

/*
 * Keep our processes out of database `name` until the transaction ends.  Only
 * for who owns it: to others the statement will be refused, and they shall
 * not be able to disturb us.  Templates never have processes of ours.
 */
static void
hooks_clear_database(const char *name)
{
	Oid database = get_database_oid(name, true);

	if (!OidIsValid(database) || database == MyDatabaseId ||
		!compat_owns_database(database, GetUserId()) ||
		hooks_is_template(database))
		return;
	notify_unblock_at_end();
	requests_block(database);
}

/* A build under way goes with it; others wait for that to end. */
static void
hooks_drop_database(const char *name)
{
	Oid database = get_database_oid(name, true);

	hooks_clear_database(name);
	if (OidIsValid(database) && database != MyDatabaseId &&
		compat_owns_database(database, GetUserId()))
		update_builder_end(database);
}

static void
hooks_create_database(CreatedbStmt *statement)
{
	const char *template = "template1";
	ListCell *cell;

	foreach (cell, statement->options)
	{
		DefElem *option = lfirst_node(DefElem, cell);

		if (strcmp(option->defname, "template") == 0 && option->arg != NULL)
			template = defGetString(option);
	}
	hooks_clear_database(template);
}

static void
hooks_alter_database(AlterDatabaseStmt *statement)
{
	ListCell *cell;

	foreach (cell, statement->options)
	{
		if (strcmp(lfirst_node(DefElem, cell)->defname, "tablespace") == 0)
			hooks_clear_database(statement->dbname);
	}
}

/*
 * The object access hook sees most of it; these are what it does not see in
 * every version, or not at all.
 */
static void
hooks_before_statement(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_DropdbStmt:
			hooks_drop_database(castNode(DropdbStmt, statement)->dbname);
			break;
		case T_CreatedbStmt:
			hooks_create_database(castNode(CreatedbStmt, statement));
			break;
		case T_AlterDatabaseStmt:
			hooks_alter_database(castNode(AlterDatabaseStmt, statement));
			break;
		case T_RenameStmt:
			if (castNode(RenameStmt, statement)->renameType == OBJECT_DATABASE)
				hooks_clear_database(castNode(RenameStmt, statement)->subname);
			break;
		default:
			break;
	}
}

static void
hooks_note_grant(GrantStmt *statement)
{
	if (statement->objtype == OBJECT_DATABASE)
		notify_config_everywhere();
	else
		state_config_changed_at_commit();
}

static void
hooks_note_statement(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_AlterExtensionStmt:
			if (strcmp(castNode(AlterExtensionStmt, statement)->extname,
					   TXN_EXTENSION_NAME) == 0)
				state_config_changed_at_commit();
			break;
		case T_CreateForeignServerStmt:
		case T_AlterForeignServerStmt:
		case T_CreateUserMappingStmt:
		case T_AlterUserMappingStmt:
		case T_DropUserMappingStmt:
			state_config_changed_at_commit();
			break;
		case T_GrantStmt:
			hooks_note_grant(castNode(GrantStmt, statement));
			break;
		case T_GrantRoleStmt:
		case T_CreateRoleStmt:
		case T_AlterRoleStmt:
		case T_DropRoleStmt:
			notify_config_everywhere();
			break;
		case T_TransactionStmt:
			if (castNode(TransactionStmt, statement)->kind ==
				TRANS_STMT_COMMIT_PREPARED)
				notify_everything_here();
			break;
		default:
			break;
	}
}

/* What was done with the extension is done; tell what comes of it. */
static void
hooks_after_statement(Node *statement)
{
	if (IsA(statement, CreateExtensionStmt) &&
		strcmp(castNode(CreateExtensionStmt, statement)->extname,
			   TXN_EXTENSION_NAME) == 0)
		version_warn();
	if (IsA(statement, AlterExtensionStmt) &&
		strcmp(castNode(AlterExtensionStmt, statement)->extname,
			   TXN_EXTENSION_NAME) == 0)
		version_warn();
}

static void
hooks_utility(PlannedStmt *planned, const char *query, bool read_only_tree,
			  ProcessUtilityContext context, ParamListInfo params,
			  QueryEnvironment *environment, DestReceiver *receiver,
			  QueryCompletion *completion)
{
	/* In an aborted transaction only its end is allowed: look up nothing. */
	if (IsTransactionState())
	{
		hooks_before_statement(planned->utilityStmt);
		hooks_note_statement(planned->utilityStmt);
	}
	if (hooks_next_utility != NULL)
		hooks_next_utility(planned, query, read_only_tree, context, params,
						   environment, receiver, completion);
	else
		standard_ProcessUtility(planned, query, read_only_tree, context,
								params, environment, receiver, completion);
	if (IsTransactionState())
		hooks_after_statement(planned->utilityStmt);
}

void
hooks_install(void)
{
	hooks_next_request = shmem_request_hook;
	shmem_request_hook = hooks_shmem_request;
	hooks_next_startup = shmem_startup_hook;
	shmem_startup_hook = hooks_shmem_startup;
	hooks_next_access = object_access_hook;
	object_access_hook = hooks_object_access;
	hooks_next_utility = ProcessUtility_hook;
	ProcessUtility_hook = hooks_utility;
}
