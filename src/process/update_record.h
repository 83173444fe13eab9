/*-------------------------------------------------------------------------
 *
 * update_record.h
 *	  The record of preparations, analytics.update_preparations.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_UPDATE_RECORD_H
#define ANALYTICS_UPDATE_RECORD_H

#include "postgres.h"

#include "process/update_steps.h"

/*
 * For the builder, outside of transactions, in each case one transaction of
 * txn.h: this process has begun to build the step, has ended, has failed.
 * False: the extension is not there (any more).  They raise what the write
 * raises.
 */
extern bool update_record_begin(const UpdateStep *step, Oid requester);
extern bool update_record_ready(const UpdateStep *step);
extern bool update_record_failure(const UpdateStep *step,
								  const ErrorData *error);

/*
 * For sessions.  How often the steps of a version have been begun; it grows
 * with each update_record_begin().  As seen now, whatever the snapshot of the
 * transaction.
 */
extern int64 update_record_attempts(const char *version);

/* Forget what was recorded of a version, since it is installed. */
extern void update_record_forget(const char *version);

#endif /* ANALYTICS_UPDATE_RECORD_H */
