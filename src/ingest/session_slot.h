/*-------------------------------------------------------------------------
 *
 * session_slot.h
 *	  Under which number a session counts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SESSION_SLOT_H
#define ANALYTICS_SESSION_SLOT_H

/*
 * A number from 1 that no other open transaction of this database counts
 * under, the least that is free; ours until the transaction ends.  Never waits.
 * In a transaction whose snapshot is kept, one of this backend.
 */
extern int session_slot(void);

#endif /* ANALYTICS_SESSION_SLOT_H */
