/*-------------------------------------------------------------------------
 *
 * txn.h
 *	  Short transactions of our background workers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_TXN_H
#define ANALYTICS_TXN_H

#include "postgres.h"

/*
 * Begin a transaction: snapshot pushed, SPI connected, search_path
 * pg_catalog, pg_temp (set once at start of the process), synchronous_commit
 * at least local, the time limit armed (statement_timeout is not armed for
 * SPI in a worker), `activity` shown in pg_stat_activity.  The extension is
 * locked (AccessShare) and checked: false, with the transaction ended, when
 * it is not installed in this database or its SQL version is not one that
 * this library serves; *problem (a constant or in TopMemoryContext, NULL
 * when merely absent) then says so.
 */
extern bool txn_begin(const char *activity, const char **problem);

/* Commit; statistics are reported, so that autovacuum sees the rows. */
extern void txn_commit(void);

/* For a PG_CATCH: abort whatever is open and leave SPI.  Never raises. */
extern void txn_abort(void);

/* SQL versions that this library serves, for messages: "1.0, 1.1". */
extern bool txn_serves_version(const char *version);
extern const char *txn_served_versions(void);

/* OID of the installed extension in this database, InvalidOid: none. */
extern Oid	txn_extension_oid(void);

#endif							/* ANALYTICS_TXN_H */
