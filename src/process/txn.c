/*-------------------------------------------------------------------------
 *
 * txn.c
 *	  Short transactions of our background processes.
 *
 * Every statement of a background process runs between txn_begin() and
 * txn_commit(), so that each holds a lock on the extension, knows that the
 * extension is there in a version that this library serves, is bounded in
 * time, and is seen in pg_stat_activity.  No transaction may be open while
 * anything waits for the network; keeping to that is up to the callers, who
 * assert txn_is_open.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_extension.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "process/txn.h"
#include "process/version.h"
#include "storage/lmgr.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

/* How often the extension may be replaced while we wait for its lock. */
#define TXN_LOCK_ATTEMPTS 8

/* After a limit of txn_limit() has passed, how often that is said. */
#define TXN_LIMIT_REPEAT_MS 500

/* And when, if nobody listens, the process ends: after three more times. */
#define TXN_LIMIT_PATIENCE_MS (3 * TXN_LIMIT_REPEAT_MS + 250)

volatile sig_atomic_t txn_is_open = false;
volatile sig_atomic_t txn_is_cancellable = false;
volatile sig_atomic_t txn_limit_ignored = false;

/* MAX_TIMEOUTS: not registered yet. */
static TimeoutId txn_end_timeout = MAX_TIMEOUTS;

static MemoryContext txn_caller_context = NULL;
static char txn_problem[256];

static void
txn_set(const char *name, const char *value)
{
	SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
}

void
txn_connect(Oid database, Oid role, const char *application_name)
{
	char lock_timeout[32];

	BackgroundWorkerInitializeConnectionByOid(database, role, 0);

	snprintf(lock_timeout, sizeof(lock_timeout), "%dms", TXN_LOCK_TIMEOUT_MS);
	txn_set("application_name", application_name);
	txn_set("search_path", "pg_catalog, pg_temp");
	txn_set("lock_timeout", lock_timeout);
	/* from 17 on; it would end the process, and the next in the same place */
	if (GetConfigOption("transaction_timeout", true, false) != NULL)
		txn_set("transaction_timeout", "0");
	txn_set("default_transaction_isolation", "read committed");
	txn_set("default_transaction_deferrable", "off");
	/* errors of the data are expected, and caught */
	txn_set("exit_on_error", "off");
	/* Our statements are short and prepared: compiling them never pays. */
	txn_set("jit", "off");
#ifdef USE_LZ4
	/* The keywords of a post are worth compressing, but not by pglz, which
	 * takes longer than their analysis.  A column's own setting goes first. */
	txn_set("default_toast_compression", "lz4");
#endif
	pgstat_report_activity(STATE_IDLE, NULL);
}

/*
 * Lock the extension against being dropped.  It may have been dropped and
 * created anew while we waited for the lock: look again.
 */
static bool
txn_lock_extension(char **version)
{
	for (int attempt = 0; attempt < TXN_LOCK_ATTEMPTS; attempt++)
	{
		Oid oid = version_extension_oid(NULL);

		if (!OidIsValid(oid))
			return false;
		LockDatabaseObject(ExtensionRelationId, oid, 0, AccessShareLock);
		if (version_extension_oid(version) == oid)
			return true;
		UnlockDatabaseObject(ExtensionRelationId, oid, 0, AccessShareLock);
	}
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("extension \"%s\" is being replaced again and again",
					TXN_EXTENSION_NAME)));
}

/*
 * An acknowledgement follows our commit, so the commit must be on this
 * server's disk.  For this transaction alone: the setting itself may be
 * changed by a reload at any time.
 */
static void
txn_require_durable_commit(void)
{
	if (synchronous_commit == SYNCHRONOUS_COMMIT_OFF)
		(void) set_config_option("synchronous_commit", "local", PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0,
								 false);
}

static void
txn_start(const char *activity)
{
	txn_caller_context = CurrentMemoryContext;
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	txn_is_open = true;
	txn_is_cancellable = true;
	pgstat_report_activity(STATE_RUNNING, activity);
	enable_timeout_after(STATEMENT_TIMEOUT, TXN_STATEMENT_TIMEOUT_MS);
	txn_require_durable_commit();
}

/* What commit and abort have in common; txn_is_open is false already. */
static void
txn_leave(void)
{
	/* A cancel that came too late for its transaction is not for the next. */
	QueryCancelPending = false;
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextSwitchTo(txn_caller_context);
}

bool
txn_begin(const char *activity, const char **problem)
{
	char *version = NULL;

	Assert(!txn_is_open);
	*problem = NULL;
	txn_start(activity);

	if (!txn_lock_extension(&version))
	{
		txn_abort();
		return false;
	}
	if (!version_is_served(version))
	{
		snprintf(txn_problem, sizeof(txn_problem),
				 "extension version \"%.40s\" is not served by this library, "
				 "which serves %s",
				 version, version_served());
		txn_abort();
		*problem = txn_problem;
		return false;
	}
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	return true;
}

/*
 * A cancel is an error, which handlers may catch for ever; the end of the
 * process is none.  In a signal handler.
 */
static void
txn_end_process(void)
{
	txn_limit_ignored = true;
	kill(MyProcPid, SIGTERM);
}

void
txn_limit(int milliseconds)
{
	Assert(txn_is_open);
	if (txn_end_timeout == MAX_TIMEOUTS)
		txn_end_timeout = RegisterTimeout(USER_TIMEOUT, txn_end_process);
	enable_timeout_every(
		STATEMENT_TIMEOUT,
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds),
		TXN_LIMIT_REPEAT_MS);
	enable_timeout_after(txn_end_timeout,
						 milliseconds + TXN_LIMIT_PATIENCE_MS);
}

static void
txn_disarm(void)
{
	disable_timeout(STATEMENT_TIMEOUT, false);
	if (txn_end_timeout != MAX_TIMEOUTS)
		disable_timeout(txn_end_timeout, false);
}

void
txn_commit(void)
{
	Assert(txn_is_open);
	SPI_finish();
	PopActiveSnapshot();
	/* somebody's deferred triggers, while time and cancels still end them */
	AfterTriggerFireDeferred();
	txn_disarm();

	/*
	 * From here on a cancel is ignored: it would end the wait for a
	 * synchronous standby, and we would acknowledge what a failover loses.
	 * The same of a stop: it ends the process before it can.  When the
	 * postmaster dies, SyncRepWaitForLSN() ends the wait and only leaves word
	 * that the process is to end; the server's own sessions send nothing then.
	 */
	txn_is_cancellable = false;
	CommitTransactionCommand();
	txn_is_open = false;
	if (ProcDiePending)
		InterruptPending = true;
	CHECK_FOR_INTERRUPTS();

	/*
	 * Not left for later: an idle process may not come here again for hours,
	 * and autovacuum must see the rows.
	 */
	pgstat_report_stat(true);
	txn_leave();
}

void
txn_abort(void)
{
	if (!txn_is_open)
		return;
	HOLD_INTERRUPTS();
	txn_is_cancellable = false;
	txn_disarm();
	AbortCurrentTransaction();
	txn_is_open = false;
	txn_leave();
	RESUME_INTERRUPTS();
}
