/*-------------------------------------------------------------------------
 *
 * check.h
 *	  What the checks of analytics.check() share: the rows that they report.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CHECK_H
#define ANALYTICS_CHECK_H

#include "postgres.h"

#include "funcapi.h"
#include "ingest/consumer.h"
#include "io/io.h"
#include "nodes/pg_list.h"

typedef enum CheckStatus
{
	CHECK_OK,
	CHECK_WARNING,
	CHECK_ERROR,
	CHECK_UNKNOWN, /* it cannot be found out from here: the hint says where */
	CHECK_SKIPPED  /* there was nothing to check, or no way to */
} CheckStatus;

typedef struct CheckReport
{
	ReturnSetInfo *result;
	Oid caller;            /* who may see what the roles of consumers see? */
	MemoryContext context; /* of all that outlives one check */
	int64 deadline_ms;     /* of all that waits, a time of io_now_ms() */
	List *asked;           /* of AskedServer; check_is_asked()'s alone */
} CheckReport;

/* What a check does; it may raise. */
typedef void (*CheckBody)(CheckReport *report, void *argument);

/* Report one row.  subject and hint may be NULL; texts are copied. */
extern void check_add(CheckReport *report, const char *name,
					  const char *subject, CheckStatus status,
					  const char *finding, const char *hint);

/* The same for what src/io says of a failure. */
extern void check_add_error(CheckReport *report, const char *name,
							const char *subject, CheckStatus status,
							const IoError *error);

/*
 * Run body in a subtransaction.  If it raises, report that as an error of this
 * name and subject, and answer false.  Only a cancelled statement and what
 * ends the session are raised on.
 */
extern bool check_guarded(CheckReport *report, const char *name,
						  const char *subject, CheckBody body, void *argument);

/*
 * Until when may servers be talked to, a time of io_now_ms()?  For longest_ms,
 * but no longer than a statement_timeout leaves time to tell of it.
 */
extern int64 check_deadline(int64 longest_ms);

/*
 * Milliseconds that one conversation with a server may take now; 0: the time
 * for all of them is up, which is reported as a row of this name and subject.
 */
extern int check_time(CheckReport *report, const char *name,
					  const char *subject);

/*
 * Has the server that a role knows by this name been asked before, and did
 * it answer?  check_note_asked() remembers the latest.
 */
typedef enum AskedBefore
{
	ASKED_NEVER,
	ASKED_IN_VAIN,
	ASKED_AND_ANSWERED
} AskedBefore;

extern AskedBefore check_is_asked(const CheckReport *report,
								  const char *server, Oid role);
extern void check_note_asked(CheckReport *report, const char *server, Oid role,
							 bool answered);

/* The waiter of a session: it says stop when the statement is cancelled. */
extern const IoWaiter check_waiter;

/*
 * The broker, exchange and queue of a consumer; the store and its buckets.
 * They connect with the consumer's own credentials, and change nothing there.
 */
extern void check_broker(CheckReport *report, const ConsumerConfig *config);
extern void check_store(CheckReport *report, const ConsumerConfig *config);

#endif /* ANALYTICS_CHECK_H */
