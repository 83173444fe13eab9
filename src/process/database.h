/*-------------------------------------------------------------------------
 *
 * database.h
 *	  One database, as the launcher sees it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_DATABASE_H
#define ANALYTICS_DATABASE_H

#include "postgres.h"

#include "postmaster/bgworker.h"
#include "process/restart.h"

/* The states are described in database.c. */
typedef enum DatabaseState
{
	DATABASE_UNKNOWN,
	DATABASE_PROBING,
	DATABASE_ABSENT,
	DATABASE_SUPERVISED,
	DATABASE_BACKOFF,
	DATABASE_STOPPING,
	DATABASE_HELD
} DatabaseState;

typedef struct DatabaseEntry
{
	Oid oid;                /* hash key */
	char name[NAMEDATALEN]; /* for messages, as last read */
	DatabaseState state;
	bool wanted;                    /* may have a supervisor */
	bool look_again;                /* asked for while a supervisor ran */
	int slot;                       /* -1: none */
	BackgroundWorkerHandle *handle; /* NULL: none, or not started by us */
	RestartTimer restart; /* due: also when UNKNOWN wants its probe */
	TimestampTz probe_deadline;
} DatabaseEntry;

/* A database not seen before: UNKNOWN, due at once. */
extern void database_initialize(DatabaseEntry *entry, Oid oid);

/* Supervisor slot `slot` is of an earlier launcher: end what is in it. */
extern void database_take_over(DatabaseEntry *entry, int slot);

/*
 * Make whatever transition has become due but that to PROBING.  Afterwards a
 * database that is not wanted and where nothing runs can be forgotten.
 */
extern void database_advance(DatabaseEntry *entry);

/* When may it be probed?  DT_NOEND: it is not waiting for that. */
extern TimestampTz database_probe_due(const DatabaseEntry *entry);

/*
 * Start a supervisor there.  False, with the state unchanged, when there is no
 * free background worker slot.
 */
extern bool database_probe(DatabaseEntry *entry);

/* Does a process of ours run there, or may one yet begin? */
extern bool database_runs(const DatabaseEntry *entry);

/*
 * For an exiting launcher: tell its supervisor to end; then, has it?  Slot and
 * handle are released once it has.
 */
extern void database_dismiss(DatabaseEntry *entry);
extern bool database_dismissed(DatabaseEntry *entry);

#endif /* ANALYTICS_DATABASE_H */
