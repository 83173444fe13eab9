/*-------------------------------------------------------------------------
 *
 * attempts.h
 *	  analytics.attempts: events over which a worker has died.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_ATTEMPTS_H
#define ANALYTICS_ATTEMPTS_H

#include "ingest/crash_record.h"

/*
 * Add what the record tells to the event's row, in the caller's transaction
 * (SPI connected), which is to be committed before the event is read.  Fills
 * in how often the event has now been taken up, counting the time that is
 * about to begin, and how often its worker was killed.  The row leaves the
 * table in the transaction that settles the event (group_queue.c).
 */
extern void attempts_count(const char *consumer, const uint8 *key,
						   const CrashRecord *record, int *attempts,
						   int *kills);

#endif /* ANALYTICS_ATTEMPTS_H */
