/*-------------------------------------------------------------------------
 *
 * replay_queue.h
 *	  What replay() and replay_batch() have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_REPLAY_QUEUE_H
#define ANALYTICS_REPLAY_QUEUE_H

#include "postgres.h"

#include "fmgr.h"

/* Connect to SPI, or raise. */
extern void replay_connect(void);

/* Run a statement; raises unless its result is `expected`.  Rows touched. */
extern uint64 replay_run(const char *statement, int count, Oid *types,
						 Datum *values, const char *nulls, int expected);

/*
 * The consumer to queue for: the one that argument `place` names, any (NULL)
 * where that is empty, or `recorded` (NULL: any) where it is NULL.  Raises if
 * there is none of that name; `what` failed, such as "dead letter 42", then is
 * in the message.  SPI must be connected.
 */
extern const char *replay_consumer(FunctionCallInfo fcinfo, int place,
								   const char *recorded, const char *what);

/* The role that called, whatever function it called through, as a name. */
extern Datum replay_caller(void);

/* Text or, of NULL, a null: *null becomes 'n' or ' '. */
extern Datum replay_text(const char *text, char *null);

/* A column of the first row of the result; NULL for a null. */
extern char *replay_column(int column);

#endif /* ANALYTICS_REPLAY_QUEUE_H */
