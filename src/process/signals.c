/*-------------------------------------------------------------------------
 *
 * signals.c
 *	  Signals, waiting, and starting and ending of background processes:
 *	  what launcher, supervisors and workers do alike.
 *
 * A process must end within two seconds of SIGTERM wherever it is.  Where it
 * waits for its latch, process_stop_requested is enough.  Inside a statement
 * or a wait for a lock only PostgreSQL's own die() gets through, so the
 * handler does both.  Nothing here may touch a table or keep state of a
 * database.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "io/broker.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "process/process.h"
#include "process/txn.h"
#include "process/wait_events.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"

volatile sig_atomic_t process_stop_requested = false;

static void
signals_stop(SIGNAL_ARGS)
{
	int save_errno = errno;

	process_stop_requested = true;
	broker_interrupt();
	die(COMPAT_PASS_SIGNAL);

	errno = save_errno;
}

/*
 * Outside a transaction there is no statement to cancel, and an error raised
 * there would only disturb the loop of the process.
 */
static void
signals_cancel(SIGNAL_ARGS)
{
	if (txn_is_cancellable)
		StatementCancelHandler(COMPAT_PASS_SIGNAL);
}

void
process_install_signal_handlers(void)
{
	pqsignal(SIGTERM, signals_stop);
	pqsignal(SIGINT, signals_cancel);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
}

bool
process_reload_configuration(void)
{
	if (!ConfigReloadPending)
		return false;
	ConfigReloadPending = false;
	ProcessConfigFile(PGC_SIGHUP);
	return true;
}

/*
 * An error that ProcessInterrupts() raises, such as a cancelled statement,
 * keeps it from what comes after in its list, and it does not come back to
 * that by itself.  Whoever waits for a barrier would wait as long as we sleep.
 */
bool
process_interrupt_waits(void)
{
	if (ProcSignalBarrierPending)
		InterruptPending = true;
	return InterruptPending;
}

void
process_wait(long milliseconds)
{
	int events = WL_LATCH_SET | WL_EXIT_ON_PM_DEATH;

	if (process_interrupt_waits())
		milliseconds = 0;
	if (milliseconds >= 0)
		events |= WL_TIMEOUT;
	if (!process_stop_requested)
		(void) WaitLatch(MyLatch, events, milliseconds,
						 process_wait_event(WAIT_MAIN));
	ResetLatch(MyLatch);
	if (!process_stop_requested)
		CHECK_FOR_INTERRUPTS();
}

void
process_wake(int pid)
{
	PGPROC *proc = pid == 0 ? NULL : BackendPidGetProc(pid);

	/* A latch set on a process that came after it is only a spurious wake. */
	if (proc != NULL)
		SetLatch(&proc->procLatch);
}

BackgroundWorkerHandle *
process_start(const char *type, const char *name, const char *function,
			  int slot, uint32 generation)
{
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *handle = NULL;
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
	bool registered;

	strlcpy(worker.bgw_name, name, BGW_MAXLEN);
	strlcpy(worker.bgw_type, type, BGW_MAXLEN);
	worker.bgw_flags =
		BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, "analytics", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, function, BGW_MAXLEN);
	worker.bgw_main_arg = Int32GetDatum(slot);
	memcpy(worker.bgw_extra, &generation, sizeof(generation));
	worker.bgw_notify_pid = MyProcPid;

	registered = RegisterDynamicBackgroundWorker(&worker, &handle);
	MemoryContextSwitchTo(caller);
	return registered ? handle : NULL;
}

uint32
process_generation(void)
{
	uint32 generation;

	memcpy(&generation, MyBgworkerEntry->bgw_extra, sizeof(generation));
	return generation;
}

bool
process_ended(BackgroundWorkerHandle *handle)
{
	pid_t pid;

	return GetBackgroundWorkerPid(handle, &pid) == BGWH_STOPPED;
}

void
process_terminate_pid(int pid)
{
	if (pid != 0 && BackendPidGetProc(pid) != NULL)
		(void) kill(pid, SIGTERM);
}
