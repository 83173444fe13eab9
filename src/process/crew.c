/*-------------------------------------------------------------------------
 *
 * crew.c
 *	  The workers of one supervisor.
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
 * One that is not wanted and does not run is forgotten.  The slot in shared
 * memory is kept as long as the Member, so that its state can be seen.  When a
 * worker ends, the events that it held go back to the queue.
 *
 * The crew never starts a second worker of a name while the first may still
 * run: both would count in the same row of counters.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "process/crew.h"
#include "process/process.h"
#include "process/restart.h"
#include "process/roster.h"
#include "process/slots.h"
#include "process/txn.h"
#include "process/wait_events.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

typedef enum MemberState
{
	MEMBER_WAITING,
	MEMBER_RUNNING,
	MEMBER_STOPPING,
	MEMBER_UNFIT
} MemberState;

typedef struct Member
{
	dlist_node node;
	char consumer[NAMEDATALEN];
	int number;
	MemberState state;
	bool wanted;
	Oid wanted_role;
	int64 wanted_restarts; /* of its consumer */
	char *problem;         /* of the consumer, NULL: none */
	char *hint;
	Oid role;          /* of the process that runs, or ran last */
	int64 restarts;    /* likewise: wanted_restarts as it began */
	bool holds_leases; /* it may have run since they were released */
	int slot;
	BackgroundWorkerHandle *handle; /* NULL: none, or not started by us */
	RestartTimer restart;
} Member;

static dlist_head crew_members = DLIST_STATIC_INIT(crew_members);
static Oid crew_database = InvalidOid;
static bool crew_too_large = false;    /* for shared memory */
static bool crew_out_of_slots = false; /* of the server */
static RestartTimer crew_slot_timer;

static const char crew_no_slot_hint[] =
	"Raise max_worker_processes (needs a restart of the server), or lower the "
	"workers of the consumers.";

/* --- transitions --- */

static void
member_forget_process(Member *member)
{
	if (member->handle != NULL)
		pfree(member->handle);
	member->handle = NULL;
}

static void
member_remove(Member *member)
{
	slots_worker_free(member->slot);
	dlist_delete(&member->node);
	if (member->problem != NULL)
		pfree(member->problem);
	if (member->hint != NULL)
		pfree(member->hint);
	pfree(member);
}

/* Said once until one is to be had again. */
static void
crew_no_slot(void)
{
	restart_no_slot(&crew_slot_timer);
	if (crew_out_of_slots)
		return;
	crew_out_of_slots = true;
	ereport(LOG,
			(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
			 errmsg("no free background worker slot for an analytics worker"),
			 errhint("%s", crew_no_slot_hint)));
}

/* WAITING -> RUNNING; stays when there is no slot */
static void
member_start(Member *member)
{
	char name[BGW_MAXLEN];
	uint32 generation = slots_worker_renew(member->slot, member->wanted_role);

	snprintf(name, sizeof(name), WORKER_TYPE " %s/%d", member->consumer,
			 member->number);
	member->handle = process_start(WORKER_TYPE, name, "analytics_worker_main",
								   member->slot, generation);
	if (member->handle == NULL)
	{
		crew_no_slot();
		return;
	}
	/* The next may try at once; the streak ends when nobody waits. */
	crew_slot_timer.due = 0;
	member->role = member->wanted_role;
	member->restarts = member->wanted_restarts;
	member->holds_leases = true;
	restart_started(&member->restart);
	member->state = MEMBER_RUNNING;
}

/* WAITING -> UNFIT */
static void
member_refuse(Member *member)
{
	slots_worker_report(member->slot, WORKER_MISCONFIGURED, member->problem,
						member->hint, 0);
	memset(&member->restart, 0, sizeof(member->restart));
	member->state = MEMBER_UNFIT;
}

/* UNFIT -> WAITING */
static void
member_mended(Member *member)
{
	slots_worker_report(member->slot, WORKER_STOPPED, NULL, NULL, 0);
	member->state = MEMBER_WAITING;
}

/* RUNNING -> WAITING */
static void
member_died(Member *member)
{
	int delay = restart_ended(&member->restart);
	char reason[128];

	snprintf(reason, sizeof(reason),
			 "the worker ended unexpectedly, it starts again in %d s", delay);
	slots_worker_report(member->slot, WORKER_STOPPED, reason,
						"See the server's log for the reason.",
						member->restart.attempts);
	ereport(LOG, (errmsg("analytics worker \"%s/%d\" ended unexpectedly, it "
						 "starts again in %d s",
						 member->consumer, member->number, delay)));
	member_forget_process(member);
	member->state = MEMBER_WAITING;
}

/* RUNNING -> WAITING; it has said in the log why */
static void
member_left(Member *member)
{
	(void) restart_ended(&member->restart);
	slots_worker_report(member->slot, WORKER_STOPPED, "the worker begins anew",
						NULL, 0);
	member_forget_process(member);
	member->state = MEMBER_WAITING;
}

/* RUNNING -> STOPPING */
static void
member_stop(Member *member)
{
	TerminateBackgroundWorker(member->handle);
	member->state = MEMBER_STOPPING;
}

/* STOPPING -> WAITING */
static void
member_stopped(Member *member)
{
	member_forget_process(member);
	memset(&member->restart, 0, sizeof(member->restart));
	slots_worker_report(member->slot, WORKER_STOPPED, NULL, NULL, 0);
	member->state = MEMBER_WAITING;
}

/* --- what moves a member --- */

static bool
member_runs(const Member *member)
{
	return member->state == MEMBER_RUNNING || member->state == MEMBER_STOPPING;
}

static bool
member_process_ended(const Member *member)
{
	if (member->handle != NULL)
		return process_ended(member->handle);
	return slots_worker_pid(member->slot) == 0;
}

/*
 * Failing to release them is no reason not to go on: they end by themselves
 * at leased_until.
 */
static void
member_release_leases(Member *member)
{
	member->holds_leases = false;
	roster_release_leases(member->consumer, member->number);
}

static void
member_advance_running(Member *member)
{
	if (member_process_ended(member))
	{
		if (member->state == MEMBER_STOPPING || !member->wanted)
			member_stopped(member);
		else if (slots_worker_left(member->slot))
			member_left(member);
		else
			member_died(member);
	}
	else if (member->state == MEMBER_RUNNING &&
			 (!member->wanted || member->wanted_role != member->role ||
			  member->wanted_restarts != member->restarts))
		member_stop(member);
}

/* While slots are short, all wait for the same moment to try again. */
static void
member_try_start(Member *member)
{
	if (!crew_out_of_slots || restart_is_due(&crew_slot_timer))
		member_start(member);
	if (member->state == MEMBER_WAITING)
		slots_worker_report(member->slot, WORKER_BLOCKED,
							"no free background worker slot",
							crew_no_slot_hint, 0);
}

/* Returns whether it waits for its start still. */
static bool
member_advance_idle(Member *member)
{
	if (member->holds_leases)
		member_release_leases(member);
	if (!member->wanted)
	{
		member_remove(member);
		return false;
	}
	if (member->state == MEMBER_WAITING && member->problem != NULL)
		member_refuse(member);
	if (member->state != MEMBER_WAITING)
		return false;
	if (restart_is_due(&member->restart))
		member_try_start(member);
	return member->state == MEMBER_WAITING;
}

void
crew_advance(void)
{
	dlist_mutable_iter iter;
	bool waiting = false;

	dlist_foreach_modify (iter, &crew_members)
	{
		Member *member = dlist_container(Member, node, iter.cur);

		if (member_runs(member))
			member_advance_running(member);
		if (!member_runs(member))
			waiting = member_advance_idle(member) || waiting;
	}
	if (!waiting)
		crew_out_of_slots = false;
}

/* --- what is wanted --- */

static Member *
crew_find(const char *consumer, int number)
{
	dlist_iter iter;

	dlist_foreach (iter, &crew_members)
	{
		Member *member = dlist_container(Member, node, iter.cur);

		if (member->number == number &&
			strcmp(member->consumer, consumer) == 0)
			return member;
	}
	return NULL;
}

static Member *
crew_add(const char *consumer, int number, int slot)
{
	Member *member = MemoryContextAllocZero(TopMemoryContext, sizeof(Member));

	strlcpy(member->consumer, consumer, NAMEDATALEN);
	member->number = number;
	member->slot = slot;
	dlist_push_tail(&crew_members, &member->node);
	return member;
}

static void
member_set_text(char **field, const char *text)
{
	if (*field != NULL)
		pfree(*field);
	*field = text == NULL ? NULL : MemoryContextStrdup(TopMemoryContext, text);
}

static void
member_want(Member *member, const RosterEntry *entry)
{
	bool same_problem = member->problem != NULL && entry->problem != NULL &&
						strcmp(member->problem, entry->problem) == 0;

	member->wanted = true;
	/* A role that is gone or shut out: it ends as for another role. */
	member->wanted_role = entry->problem == NULL ? entry->role : InvalidOid;
	/* One that waits for its next try after it died tries at once. */
	if (member->state == MEMBER_WAITING &&
		member->wanted_restarts != entry->restarts)
		memset(&member->restart, 0, sizeof(member->restart));
	member->wanted_restarts = entry->restarts;
	member_set_text(&member->problem, entry->problem);
	member_set_text(&member->hint, entry->hint);
	if (member->state == MEMBER_UNFIT && !same_problem)
		member_mended(member);
}

static bool
crew_want_worker(const RosterEntry *entry, int number)
{
	Member *member = crew_find(entry->name, number);

	if (member == NULL)
	{
		int slot = slots_worker_allocate(crew_database, entry->name, number);

		if (slot < 0)
			return false;
		member = crew_add(entry->name, number, slot);
	}
	member_want(member, entry);
	return true;
}

void
crew_want(List *roster)
{
	dlist_iter iter;
	ListCell *cell;

	dlist_foreach (iter, &crew_members)
		dlist_container(Member, node, iter.cur)->wanted = false;
	crew_too_large = false;
	foreach (cell, roster)
	{
		RosterEntry *entry = lfirst(cell);

		for (int number = 1; number <= entry->workers; number++)
		{
			/* There are more of ours than the server can have anyway. */
			crew_too_large = !crew_want_worker(entry, number);
			if (crew_too_large)
				return;
		}
	}
}

void
crew_initialize(Oid database)
{
	WorkerReport report;

	crew_database = database;
	for (int slot = slots_worker_find(database, 0); slot >= 0;
		 slot = slots_worker_find(database, slot + 1))
	{
		Member *member;

		if (!state_worker_read(slot, &report))
			continue;
		member = crew_add(report.consumer, report.number, slot);
		/* One that has not begun finds that its generation is over. */
		(void) slots_worker_renew(slot, InvalidOid);
		member->state = MEMBER_STOPPING;
		member->holds_leases = true;
		process_terminate_pid(slots_worker_pid(slot));
	}
}

/* --- for the supervisor's loop --- */

long
crew_wait_time(void)
{
	TimestampTz due = DT_NOEND;
	TimestampTz slots_due = crew_out_of_slots ? crew_slot_timer.due : 0;
	dlist_iter iter;

	dlist_foreach (iter, &crew_members)
	{
		Member *member = dlist_container(Member, node, iter.cur);

		if (member->state == MEMBER_WAITING)
			due = Min(due, Max(member->restart.due, slots_due));
	}
	return restart_wait(due);
}

bool
crew_runs(void)
{
	dlist_iter iter;

	dlist_foreach (iter, &crew_members)
	{
		Member *member = dlist_container(Member, node, iter.cur);

		if (member_runs(member) && !member_process_ended(member))
			return true;
	}
	return false;
}

const char *
crew_problem(const char **hint)
{
	bool short_of_slots = crew_too_large || crew_out_of_slots;

	*hint = short_of_slots ? crew_no_slot_hint : NULL;
	return short_of_slots
			   ? "no free background worker slot for all wanted workers"
			   : NULL;
}

static void
crew_terminate_all(void)
{
	dlist_iter iter;

	dlist_foreach (iter, &crew_members)
	{
		Member *member = dlist_container(Member, node, iter.cur);

		if (member->handle != NULL)
			TerminateBackgroundWorker(member->handle);
		else if (member_runs(member))
			process_terminate_pid(slots_worker_pid(member->slot));
	}
}

/* Slots of those that have ended; the others are left to our successor. */
static void
crew_free_slots(void)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify (iter, &crew_members)
	{
		Member *member = dlist_container(Member, node, iter.cur);

		if (!member_runs(member) || member_process_ended(member))
		{
			member_forget_process(member);
			member_remove(member);
		}
	}
}

void
crew_dismiss(int timeout_ms)
{
	TimestampTz deadline =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), timeout_ms);

	crew_terminate_all();
	while (crew_runs())
	{
		long left =
			TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);

		if (left <= 0 ||
			(WaitLatch(MyLatch,
					   WL_LATCH_SET | WL_TIMEOUT | WL_POSTMASTER_DEATH, left,
					   process_wait_event(WAIT_WORKERS_END)) &
			 WL_POSTMASTER_DEATH))
			break;
		ResetLatch(MyLatch);
	}
	crew_free_slots();
}
