/*-------------------------------------------------------------------------
 *
 * update_builder.c
 *	  The background process that builds what an update adds, while others
 *	  write; its life, and how sessions start and end it.
 *
 * analytics.prepare_update() starts it in the caller's database; it needs no
 * preloaded library.  At most one runs in a database: it holds an advisory
 * lock of ours from its first transaction to its end.  What it was asked for
 * comes in bgw_extra.
 *
 * start	  registered by a session, which waits until the record says that
 *			  it has begun
 * work		  one step after the other; see update_build.c
 * failure	  the error goes into the record and the server log; what was left
 *			  half done is removed; it ends, but for a deadlock, after which it
 *			  begins anew a few times
 * SIGTERM	  pg_terminate_backend(), a shutdown, DROP DATABASE or DROP EXTENSION
 *			  in earnest: it ends at once.  So it does when the server crashes.
 *			  An index that is not valid stays, and the record that says
 *			  "building": the next prepare_update() begins by removing it
 *
 * It is not started again by itself.  It never touches what it has not been
 * asked to build.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "process/process.h"
#include "process/txn.h"
#include "process/update_build.h"
#include "process/update_builder.h"
#include "process/update_record.h"
#include "process/version.h"
#include "process/wait_events.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

/* How long a session waits for the builder to begin, and how often it looks. */
#define BUILDER_START_MS 20000
#define BUILDER_START_RECHECK_MS 20

/* Fourth fields of advisory locks; users' have 1 and 2. */
#define BUILDER_LOCK_STARTING 0x4155
#define BUILDER_LOCK_RUNNING 0x4156

/* In bgw_extra. */
typedef struct BuilderOrder
{
	Oid database;
	Oid requester;
	int maintenance_work_mem; /* kB */
	int parallel_workers;
	char version[32];
	char tablespace[NAMEDATALEN];
} BuilderOrder;

StaticAssertDecl(sizeof(BuilderOrder) <= BGW_EXTRALEN,
				 "an order must fit into bgw_extra");

static void
builder_lock_tag(LOCKTAG *tag, uint16 which)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, 0, 0, which);
}

/* --- the process --- */

/*
 * As the session that asked has it, so that the index comes to lie where the
 * update itself would put it; nothing may end a build by its length, and
 * whoever has asked was not read-only, whatever the default is.
 */
static void
builder_configure(const BuilderOrder *order)
{
	static const char *const unlimited[] = {
		"lock_timeout", "statement_timeout",
		"idle_in_transaction_session_timeout", "transaction_timeout"};
	char number[32];

	for (int i = 0; i < lengthof(unlimited); i++)
	{
		/* the last came with version 17 */
		if (GetConfigOption(unlimited[i], true, false) != NULL)
			SetConfigOption(unlimited[i], "0", PGC_SUSET, PGC_S_OVERRIDE);
	}
	SetConfigOption("default_transaction_read_only", "off", PGC_SUSET,
					PGC_S_OVERRIDE);
	snprintf(number, sizeof(number), "%dkB", order->maintenance_work_mem);
	SetConfigOption("maintenance_work_mem", number, PGC_SUSET, PGC_S_OVERRIDE);
	snprintf(number, sizeof(number), "%d", order->parallel_workers);
	SetConfigOption("max_parallel_maintenance_workers", number, PGC_SUSET,
					PGC_S_OVERRIDE);
	SetConfigOption("default_tablespace", order->tablespace, PGC_SUSET,
					PGC_S_OVERRIDE);
}

/* For the rest of this process's life: an advisory lock survives errors. */
static bool
builder_lock_database(void)
{
	LOCKTAG tag;
	bool locked;

	StartTransactionCommand();
	builder_lock_tag(&tag, BUILDER_LOCK_RUNNING);
	locked =
		LockAcquire(&tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
	CommitTransactionCommand();
	return locked;
}

static void
builder_work(const BuilderOrder *order)
{
	int count;
	const UpdateStep *steps = update_steps(&count);

	for (int i = 0; i < count; i++)
	{
		if (strcmp(steps[i].version, order->version) == 0 &&
			!update_build(&steps[i], order->requester))
			return;
	}
}

void
analytics_update_builder_main(Datum arg)
{
	BuilderOrder order;

	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	memcpy(&order, MyBgworkerEntry->bgw_extra, sizeof(order));
	txn_connect(order.database, InvalidOid, UPDATE_BUILDER_TYPE);
	/* txn_begin() lets itself be cancelled; so does the server's handler */
	builder_configure(&order);
	if (!builder_lock_database())
		ereport(LOG, (errmsg("analytics: another process prepares an update "
							 "of this database already")));
	else
		builder_work(&order);
	proc_exit(0);
}

/* --- sessions --- */

/*
 * The activity statistics would tell it too, but keep what they have once told
 * until the end of the transaction.
 */
int
update_builder_pid(Oid database)
{
	for (uint32 i = 0; i < ProcGlobal->allProcCount; i++)
	{
		PGPROC *proc = &ProcGlobal->allProcs[i];
		int pid = proc->pid;
		const char *type;

		if (pid == 0 || proc->databaseId != database)
			continue;
		type = GetBackgroundWorkerTypeByPid(pid);
		if (type != NULL && strcmp(type, UPDATE_BUILDER_TYPE) == 0)
			return pid;
	}
	return 0;
}

void
update_builder_lock(void)
{
	LOCKTAG tag;

	builder_lock_tag(&tag, BUILDER_LOCK_STARTING);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

void
update_builder_unlock(void)
{
	LOCKTAG tag;

	builder_lock_tag(&tag, BUILDER_LOCK_STARTING);
	(void) LockRelease(&tag, ExclusiveLock, false);
}

static BackgroundWorkerHandle *
builder_register(const char *version)
{
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *handle = NULL;
	BuilderOrder order = {
		.database = MyDatabaseId,
		.requester = GetUserId(),
		.maintenance_work_mem = maintenance_work_mem,
		.parallel_workers = max_parallel_maintenance_workers,
	};

	strlcpy(order.version, version, sizeof(order.version));
	strlcpy(order.tablespace,
			GetConfigOption("default_tablespace", false, false),
			sizeof(order.tablespace));
	strlcpy(worker.bgw_name, UPDATE_BUILDER_TYPE, BGW_MAXLEN);
	strlcpy(worker.bgw_type, UPDATE_BUILDER_TYPE, BGW_MAXLEN);
	worker.bgw_flags =
		BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, "analytics", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "analytics_update_builder_main",
			BGW_MAXLEN);
	memcpy(worker.bgw_extra, &order, sizeof(order));
	worker.bgw_notify_pid = MyProcPid;
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("no background worker slot is free to prepare the "
						"update"),
				 errhint("Raise max_worker_processes (needs a restart of the "
						 "server), or try again when others have ended.")));
	return handle;
}

/*
 * True: it has begun, or done it all already, maybe before we have seen it
 * running: so the record tells it, by one attempt more than there were before.
 */
static bool
builder_has_begun(BackgroundWorkerHandle *handle, const char *version,
				  int64 attempts)
{
	pid_t pid = 0;
	/* before the record is read: what has ended has written it */
	BgwHandleStatus status = GetBackgroundWorkerPid(handle, &pid);

	if (update_record_attempts(version) != attempts)
		return true;
	if (status == BGWH_STOPPED)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the process that was to prepare the update ended "
						"before it began"),
				 errhint("The server log tells why.")));
	return false;
}

void
update_builder_start(const char *version)
{
	int64 attempts = update_record_attempts(version);
	BackgroundWorkerHandle *handle = builder_register(version);
	TimestampTz deadline =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), BUILDER_START_MS);

	while (!builder_has_begun(handle, version, attempts))
	{
		if (GetCurrentTimestamp() > deadline)
		{
			TerminateBackgroundWorker(handle);
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("the process that was to prepare the update has "
							"not begun in %d seconds",
							BUILDER_START_MS / 1000),
					 errhint("If this transaction holds locks on tables of "
							 "the extension, end it first. The server log "
							 "tells more.")));
		}
		(void) WaitLatch(
			MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
			BUILDER_START_RECHECK_MS, process_wait_event(WAIT_BUILDER));
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	pfree(handle);
}

/* --- whoever is in its way --- */

void
update_builder_end(Oid database)
{
	process_terminate_pid(update_builder_pid(database));
}
