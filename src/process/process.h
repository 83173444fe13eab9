/*-------------------------------------------------------------------------
 *
 * process.h
 *	  Entry points of the background processes, their registration, and
 *	  what all of them do alike.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_PROCESS_H
#define ANALYTICS_PROCESS_H

#include "postgres.h"

#include <signal.h>

#include "postmaster/bgworker.h"

/* As pg_stat_activity.backend_type shows them. */
#define LAUNCHER_TYPE "analytics launcher"
#define SUPERVISOR_TYPE "analytics supervisor"
#define WORKER_TYPE "analytics worker"

/* GUCs (defined in analytics.c) */
extern char *analytics_databases;       /* comma separated; "" = all */
extern int analytics_restart_delay_max; /* seconds */

extern void launcher_register(void); /* static registration, from _PG_init */
extern void hooks_install(void); /* utility, object access, shared memory */

extern PGDLLEXPORT void analytics_launcher_main(Datum arg);
extern PGDLLEXPORT void analytics_supervisor_main(Datum arg);
extern PGDLLEXPORT void analytics_worker_main(Datum arg);

/*
 * SIGTERM was received.  Our handler sets this and the latch, ends a blocking
 * call of the broker client, and does what die() does: the next
 * CHECK_FOR_INTERRUPTS() ends the process with a FATAL.  Loops look at this
 * first and leave in an orderly way; the FATAL is for a stop that arrives in
 * the middle of a statement or of a wait for a lock.
 */
extern volatile sig_atomic_t process_stop_requested;

/*
 * Install our handlers, then unblock signals.  The first call of the main
 * function of each process.  SIGINT (pg_cancel_backend, and how the time
 * limits of a transaction strike) acts only inside a transaction of txn.h.
 */
extern void process_install_signal_handlers(void);

/* Re-read the configuration files if SIGHUP came; true when it did. */
extern bool process_reload_configuration(void);

/*
 * Is something for CHECK_FOR_INTERRUPTS() to do?  To be asked before each wait
 * for the latch: what was left undone has no wake-up of its own.
 */
extern bool process_interrupt_waits(void);

/*
 * Wait for the latch or for milliseconds (-1: no limit), reset the latch.
 * Exits with the postmaster.  Interrupts (barriers that other sessions wait
 * for) are served before it returns, unless a stop was requested.
 */
extern void process_wait(long milliseconds);

/* Set the latch of the process `pid`; nothing when 0 or no longer there. */
extern void process_wake(int pid);

/*
 * Register a dynamic background worker of this library that is not restarted
 * by the postmaster and reports start and end to this process.  `slot` and
 * `generation` name its slot in shared memory (see slots.h).  NULL: there is
 * no free background worker slot.  The handle is allocated in TopMemoryContext.
 */
extern BackgroundWorkerHandle *process_start(const char *type,
											 const char *name,
											 const char *function, int slot,
											 uint32 generation);

/* The generation that process_start() gave to this process. */
extern uint32 process_generation(void);

/* Has this child ended?  (False from registration on until it has.) */
extern bool process_ended(BackgroundWorkerHandle *handle);

/* Ask process `pid` to end, if it is (still) a process of this cluster. */
extern void process_terminate_pid(int pid);

#endif /* ANALYTICS_PROCESS_H */
