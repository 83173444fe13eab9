/*-------------------------------------------------------------------------
 *
 * update_build.c
 *	  How the builder builds an index while others write.
 *
 * CREATE INDEX CONCURRENTLY by somebody else may be under way on the same
 * table, and then this waits for it: what is looked at before such a wait may
 * be something else after it, and an index that has just become valid must
 * not be dropped as a leftover.  So the table is locked for this session, as
 * CREATE INDEX CONCURRENTLY itself does, before anything is looked at, and
 * until the index is there.  The lock lets everybody read and write.
 *
 * While it waits for that lock it has no snapshot, so that whoever holds it
 * need not wait for us.
 *
 * The process connects as the bootstrap superuser, since the owner of the
 * table need not be able to log in, and acts as that owner from the moment it
 * touches the table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_index.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "process/txn.h"
#include "process/update_build.h"
#include "process/update_command.h"
#include "process/update_record.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* How often somebody may change the index while we hold the table's lock. */
#define BUILD_LOOK_ATTEMPTS 8

/* How often it is begun when deadlocks end it. */
#define BUILD_ATTEMPTS 5

/* --- short transactions --- */

/* From here on this process is the table's owner.  Its OID. */
static Oid
build_become_owner(const UpdateStep *step)
{
	const char *problem;
	Oid table;
	Oid owner;

	if (!txn_begin("looking for a table", &problem))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("extension \"%s\" is not there any more",
							   TXN_EXTENSION_NAME)));
	table = update_table(step, &owner);
	SetConfigOption("session_authorization", GetUserNameFromId(owner, false),
					PGC_SUSET, PGC_S_SESSION);
	txn_commit();
	return table;
}

/* The transaction under way that has changed this row of pg_index, if any. */
static TransactionId
build_index_writer(Oid index)
{
	Relation relation = table_open(IndexRelationId, AccessShareLock);
	TransactionId writer = InvalidTransactionId;
	SnapshotData dirty;
	ScanKeyData key;
	SysScanDesc scan;

	InitDirtySnapshot(dirty);
	ScanKeyInit(&key, Anum_pg_index_indexrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(index));
	scan =
		systable_beginscan(relation, IndexRelidIndexId, true, &dirty, 1, &key);
	while (!TransactionIdIsValid(writer) &&
		   HeapTupleIsValid(systable_getnext(scan)))
		writer = TransactionIdIsValid(dirty.xmin) ? dirty.xmin : dirty.xmax;
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return writer;
}

/* One look; true: there was somebody, who has ended now. */
static bool
build_wait_for_writer(const UpdateStep *step)
{
	TransactionId writer = InvalidTransactionId;
	Oid index;

	StartTransactionCommand();
	index = update_look(step).relation;
	if (OidIsValid(index))
		writer = build_index_writer(index);
	InvalidateCatalogSnapshot();
	if (TransactionIdIsValid(writer))
		XactLockTableWait(writer, NULL, NULL, XLTW_None);
	CommitTransactionCommand();
	return TransactionIdIsValid(writer);
}

/*
 * Until UnlockRelationIdForSession(), or an error.  CREATE and DROP INDEX
 * CONCURRENTLY give their lock back before the commit that makes the index
 * valid or takes it away, so wait also for that.
 */
static void
build_lock_table(LockRelId *table, const UpdateStep *step)
{
	int attempts = 0;

	pgstat_report_activity(STATE_RUNNING,
						   "waiting for a lock on the table to be indexed");
	StartTransactionCommand();
	LockRelationIdForSession(table, ShareUpdateExclusiveLock);
	CommitTransactionCommand();
	while (build_wait_for_writer(step))
	{
		if (++attempts == BUILD_LOOK_ATTEMPTS)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_IN_USE),
					 errmsg("index \"analytics.%s\" is being changed again "
							"and again",
							step->index)));
	}
	pgstat_report_activity(STATE_IDLE, NULL);
}

static UpdateIndexState
build_look(const UpdateStep *step, const LockRelId *table)
{
	UpdateFinding finding;
	const char *problem;

	if (!txn_begin("looking for an index", &problem))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("extension \"%s\" is not there any more",
							   TXN_EXTENSION_NAME)));
	if (update_table(step, NULL) != table->relId)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("table \"analytics.%s\" is another than before",
							   step->table)));
	finding = update_look(step);
	update_refuse_different(step, &finding);
	txn_commit();
	return finding.state;
}

/* --- the work --- */

static void
build_drop(const UpdateStep *step)
{
	char *statement =
		psprintf("DROP INDEX CONCURRENTLY analytics.%s", step->index);

	update_command_run(statement);
	pfree(statement);
}

/* CREATE [UNIQUE] INDEX CONCURRENTLY ... of the definition without it. */
static void
build_create(const UpdateStep *step)
{
	const char *behind = strstr(step->definition, "INDEX ") + strlen("INDEX");
	char *statement =
		psprintf("%.*s CONCURRENTLY%s", (int) (behind - step->definition),
				 step->definition, behind);

	update_command_run(statement);
	pfree(statement);
}

static void
build_index(const UpdateStep *step, const ErrorData *unused)
{
	LockRelId table = {.dbId = MyDatabaseId};
	UpdateIndexState found;

	table.relId = build_become_owner(step);
	build_lock_table(&table, step);
	found = build_look(step, &table);
	if (found == UPDATE_INDEX_INVALID)
		build_drop(step);
	if (found != UPDATE_INDEX_VALID)
		build_create(step);
	UnlockRelationIdForSession(&table, ShareUpdateExclusiveLock);
}

/* --- failures --- */

/*
 * Writers keep an index that is not valid, for nothing.  What fails here is
 * left for the next attempt.
 */
static void
build_remove_leftover(const UpdateStep *step, const ErrorData *unused)
{
	LockRelId table = {.dbId = MyDatabaseId};

	table.relId = build_become_owner(step);
	build_lock_table(&table, step);
	if (build_look(step, &table) == UPDATE_INDEX_INVALID)
		build_drop(step);
	UnlockRelationIdForSession(&table, ShareUpdateExclusiveLock);
}

static void
build_record_failure(const UpdateStep *step, const ErrorData *failure)
{
	(void) update_record_failure(step, failure);
}

/* In a PG_CATCH: leave the transaction and take the error out of it. */
static ErrorData *
build_catch(MemoryContext context)
{
	ErrorData *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	EmitErrorReport();
	FlushErrorState();
	update_command_abort();
	MemoryContextSwitchTo(context);
	return error;
}

typedef void (*BuildBody)(const UpdateStep *step, const ErrorData *failure);

/*
 * Run body, which is for what comes after a failure or (NULL) before any; the
 * error that it raises goes to the log, and is returned.
 */
static ErrorData *
build_guarded(BuildBody body, const UpdateStep *step, const ErrorData *failure)
{
	MemoryContext context = CurrentMemoryContext;
	ErrorData *volatile error = NULL;

	PG_TRY();
	{
		body(step, failure);
	}
	PG_CATCH();
	{
		error = build_catch(context);
	}
	PG_END_TRY();
	return error;
}

/*
 * Statements that wait for the table behind us, a REINDEX or an ALTER TABLE,
 * have a snapshot, and at its end CREATE INDEX CONCURRENTLY waits for that.
 * When the deadlock that this is has ended our build and so let them go on, it
 * is for us to begin anew.
 */
static ErrorData *
build_until_done(const UpdateStep *step)
{
	for (int attempt = 1;; attempt++)
	{
		ErrorData *error = build_guarded(build_index, step, NULL);

		if (error == NULL)
			return NULL;
		(void) build_guarded(build_remove_leftover, step, NULL);
		if (error->sqlerrcode != ERRCODE_T_R_DEADLOCK_DETECTED ||
			attempt == BUILD_ATTEMPTS)
			return error;
		FreeErrorData(error);
	}
}

bool
update_build(const UpdateStep *step, Oid requester)
{
	ErrorData *error;

	MemoryContextSwitchTo(TopMemoryContext);
	if (!update_record_begin(step, requester))
	{
		ereport(LOG, (errmsg("analytics: no update can be prepared, since the "
							 "extension is not there in a version that this "
							 "library serves")));
		return false;
	}
	error = build_until_done(step);
	if (error == NULL)
		return update_record_ready(step);
	(void) build_guarded(build_record_failure, step, error);
	return false;
}
