/*-------------------------------------------------------------------------
 *
 * txn.h
 *	  Short transactions of our background processes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_TXN_H
#define ANALYTICS_TXN_H

#include "postgres.h"

#include <signal.h>

#define TXN_EXTENSION_NAME "analytics"

/* Bounds on what a transaction may wait for. */
#define TXN_STATEMENT_TIMEOUT_MS 60000
#define TXN_LOCK_TIMEOUT_MS 10000

/* A transaction of txn_begin() is open; also read by a signal handler. */
extern volatile sig_atomic_t txn_is_open;

/* It may be cancelled; not while it commits.  Read by a signal handler. */
extern volatile sig_atomic_t txn_is_cancellable;

/* This process ends because somebody ignored the limit of txn_limit(). */
extern volatile sig_atomic_t txn_limit_ignored;

/*
 * Connect this process to `database` as `role` (InvalidOid: the bootstrap
 * superuser) and set what all its transactions share: search_path, lock
 * timeout, isolation, the name that pg_stat_activity shows.  Ends the process
 * (FATAL) when the database or the role does not take us.
 */
extern void txn_connect(Oid database, Oid role, const char *application_name);

/*
 * Begin a transaction: SPI connected, snapshot pushed, search_path
 * pg_catalog, pg_temp, synchronous_commit at least local, the time limit
 * armed (statement_timeout is not armed for SPI in a worker), `activity` shown
 * in pg_stat_activity.  The extension is locked (AccessShare) and checked:
 * false, with the transaction ended, when it is not installed in this
 * database or its SQL version is not one that this library serves; *problem
 * (in static memory, good until the next call; NULL when merely absent) then
 * says so.
 *
 * Raises, for instance when the lock is not to be had in
 * TXN_LOCK_TIMEOUT_MS; call txn_abort() then.
 *
 * txn_commit() and txn_abort() make the memory context current again that
 * was so at txn_begin().
 */
extern bool txn_begin(const char *activity, const char **problem);

/*
 * From now on what runs in this transaction has a time limit of its own, in
 * the place of the usual one.  Whoever catches the cancel is cancelled again,
 * and after about two seconds of that the process ends, which nobody can
 * catch; txn_limit_ignored is true then for who looks at it at exit.
 */
extern void txn_limit(int milliseconds);

/* Commit; statistics are reported, so that autovacuum sees the rows. */
extern void txn_commit(void);

/*
 * For a PG_CATCH, after CopyErrorData() and FlushErrorState(): abort
 * whatever is open and leave SPI.  Nothing when nothing is open.
 */
extern void txn_abort(void);

#endif /* ANALYTICS_TXN_H */
