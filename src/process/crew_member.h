/*-------------------------------------------------------------------------
 *
 * crew_member.h
 *	  One worker of a supervisor, in one state.
 *
 * Each wanted worker, named by its consumer and its number, is a Member in
 * one state, with one function for each transition:
 *
 *	WAITING   not running; to be started when its delay is over
 *	  start:    there is a worker slot, and it may run          -> RUNNING
 *	  refuse:   it cannot run as it is configured               -> UNFIT
 *	RUNNING   it works
 *	  died:     it ended though it was wanted                   -> WAITING
 *	  left:     it ended in good order, to begin anew           -> WAITING
 *	  stop:     it is not wanted any more, is to run as another role, or to
 *	            start anew                                      -> STOPPING
 *	STOPPING  was told to end
 *	  stopped:  it has ended                                    -> WAITING
 *	UNFIT     somebody must change something
 *	  mended:   the configuration has changed                   -> WAITING
 *
 * When which of them happens is crew.c's to decide.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CREW_MEMBER_H
#define ANALYTICS_CREW_MEMBER_H

#include "postgres.h"

#include "lib/ilist.h"
#include "postmaster/bgworker.h"

#include "process/restart.h"
#include "process/roster.h"

typedef enum MemberState
{
	MEMBER_WAITING,
	MEMBER_RUNNING,
	MEMBER_STOPPING,
	MEMBER_UNFIT
} MemberState;

typedef struct Member
{
	dlist_node node; /* in the crew */
	char consumer[NAMEDATALEN];
	int number;
	MemberState state;
	bool wanted; /* by the roster */
	Oid wanted_role;
	int64 wanted_restarts; /* of its consumer */
	char *problem;         /* of the consumer, NULL: none */
	char *hint;
	Oid role;          /* of the process that runs, or ran last */
	int64 restarts;    /* likewise: wanted_restarts as it began */
	bool holds_leases; /* it may have run since they were released */
	int slot;          /* in shared memory; a Member always has one */
	BackgroundWorkerHandle *handle; /* NULL: none, or not started by us */
	RestartTimer restart;
} Member;

/*
 * A Member in state WAITING, for this slot, in no list.  member_free() gives
 * the slot back; it must be in no list by then.
 */
extern Member *member_create(const char *consumer, int number, int slot);
extern void member_free(Member *member);

/* Want it as the roster says; one that is unfit may be mended by that. */
extern void member_want(Member *member, const RosterEntry *entry);

/* Transitions.  False: there is no worker slot, it stays WAITING. */
extern bool member_start(Member *member);
extern void member_refuse(Member *member);
extern void member_died(Member *member);
extern void member_left(Member *member);
extern void member_stop(Member *member);
extern void member_stopped(Member *member);

/* Has it a process, as far as its state says?  Has that ended? */
extern bool member_runs(const Member *member);
extern bool member_process_ended(const Member *member);

/*
 * Tell its process to end, if there may be one, without a change of state:
 * for those who will not be there to see it end.
 */
extern void member_terminate(Member *member);

#endif /* ANALYTICS_CREW_MEMBER_H */
