/*-------------------------------------------------------------------------
 *
 * group_letters.h
 *	  The dead letters of a group that is being written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_GROUP_LETTERS_H
#define ANALYTICS_GROUP_LETTERS_H

#include "ingest/staging.h"

/*
 * Pending letters with the very body of a batch that is staged are settled:
 * the event has been processed after all.  For use before letters_write(), in
 * the caller's transaction.
 */
extern void letters_settle(const Staged *staging);

/*
 * Write the letters of the group and one for each batch in conflict with the
 * ledger, sorted by key; leaves in staging->letters those that were written.
 * A letter whose event the ledger has is only marked as known.
 */
extern void letters_write(BatchGroup *group, Staged *staging);

#endif /* ANALYTICS_GROUP_LETTERS_H */
