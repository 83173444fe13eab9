/*-------------------------------------------------------------------------
 *
 * roster.h
 *	  Which workers a database should have, as its tables say.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_ROSTER_H
#define ANALYTICS_ROSTER_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* One enabled consumer. */
typedef struct RosterEntry
{
	char *name; /* shorter than NAMEDATALEN */
	int workers;
	Oid role;       /* InvalidOid when there is no such role */
	int64 restarts; /* how often restart() was called */
	char *problem;  /* why it cannot run; NULL: it can */
	char *hint;
} RosterEntry;

/*
 * The enabled consumers of this database (RosterEntry *), in `context`.
 * Inside a transaction of txn.h.
 */
extern List *roster_read(MemoryContext context);

/*
 * Give back the events of the local queue that worker `consumer`/`number`
 * held, as the owner of that table, in a transaction of its own.  The
 * consumer, its role and their rights may be gone by then.  Raises as
 * txn_begin() does.
 */
extern void roster_release_leases(const char *consumer, int number);

/*
 * Owner of a table of the schema analytics, InvalidOid: somebody has taken the
 * table away.  Inside a transaction.
 */
extern Oid roster_table_owner(const char *table);

#endif /* ANALYTICS_ROSTER_H */
