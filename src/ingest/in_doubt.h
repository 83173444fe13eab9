/*-------------------------------------------------------------------------
 *
 * in_doubt.h
 *	  Rows of other transactions that are neither committed nor rolled back.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_IN_DOUBT_H
#define ANALYTICS_IN_DOUBT_H

/* A table, and the index of its column that the keys are looked up in. */
typedef struct InDoubtPlace
{
	const char *table;
	const char *column;
	const char *index; /* should it be missing, the table is read */
} InDoubtPlace;

/*
 * Wait until no other open transaction has written a row with one of the
 * keys, so that the caller's next statement sees all there are.  To be called
 * once the caller has written what the others look for, in the caller's
 * transaction; the wait is ended by lock_timeout, and a circle of waits by the
 * deadlock detector.  Raises a serialization failure where such a row has been
 * committed that the snapshot of the caller's transaction does not show.
 */
extern void in_doubt_wait(const InDoubtPlace *place, const char *const *keys,
						  int count);

#endif /* ANALYTICS_IN_DOUBT_H */
