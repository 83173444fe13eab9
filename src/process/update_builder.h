/*-------------------------------------------------------------------------
 *
 * update_builder.h
 *	  The background process that builds what an update adds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_UPDATE_BUILDER_H
#define ANALYTICS_UPDATE_BUILDER_H

#include "postgres.h"

/* As pg_stat_activity.backend_type shows it. */
#define UPDATE_BUILDER_TYPE "analytics update builder"

/* The builder in this database or another; 0: there is none. */
extern int update_builder_pid(Oid database);

/*
 * Start a builder for the steps of version in this database, asked for by the
 * current user, with the memory, the parallel workers and the tablespace of
 * this session.
 * Returns as soon as stat_update tells of it.  Raises when there is no
 * free slot for it, or it ends or stays silent before that.
 */
extern void update_builder_start(const char *version);

/*
 * One session at a time may look whether there is a builder and start one:
 * update_builder_lock() waits for the turn, which ends with
 * update_builder_unlock() or the transaction.
 */
extern void update_builder_lock(void);
extern void update_builder_unlock(void);

/* Let the builder leave a database that is to be dropped. */
extern void update_builder_end(Oid database);

extern PGDLLEXPORT void analytics_update_builder_main(Datum arg);

#endif /* ANALYTICS_UPDATE_BUILDER_H */
