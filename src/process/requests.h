/*-------------------------------------------------------------------------
 *
 * requests.h
 *	  What sessions ask of the launcher: to look at a database, and to keep
 *	  away from one for a while.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_REQUESTS_H
#define ANALYTICS_REQUESTS_H

#include "postgres.h"

/* --- for sessions, each once state_available() --- */

/*
 * The extension may have come to or gone from database: look there.
 * InvalidOid: look at every database.
 */
extern void requests_look_at(Oid database);

extern void requests_wake_launcher(void);

/*
 * Keep all our processes out of database until requests_unblock_all() or the
 * end of this process, and wait until they are gone: at most 5 s, after which
 * the statement that needs it will say what is in its way.  The wait can be
 * interrupted, with an error.  Without room for another block (64 sessions do
 * this already) nothing is done.
 */
extern void requests_block(Oid database);

/* End every block of this process; never raises. */
extern void requests_unblock_all(void);

/* --- for the launcher --- */

/* This process is the launcher, until it ends. */
extern void requests_launcher_attach(void);

/*
 * The launcher is looking for databases that want a supervisor, or has done
 * so; supervisors are woken when it turns false.
 */
extern void requests_set_probing(bool probing);
extern bool requests_is_probing(void);

/*
 * Take the requests.  databases has room for REQUESTS_MAX; the result is how
 * many there are, -1: look at every database.
 */
#define REQUESTS_MAX 64
extern int requests_take(Oid *databases);

extern bool requests_is_blocked(Oid database);

/*
 * For each blocked database for which nothing_runs() is true: let the
 * sessions go on.  Blocks of sessions that are gone are removed.
 */
extern void requests_settle_blocks(bool (*nothing_runs)(Oid database));

/* What keeps the launcher from starting supervisors; NULL: nothing. */
extern void requests_launcher_problem(const char *problem, const char *hint);

#endif /* ANALYTICS_REQUESTS_H */
