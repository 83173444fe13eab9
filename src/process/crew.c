/*-------------------------------------------------------------------------
 *
 * crew.c
 *	  The workers of one supervisor.
 *
 * A list of Members (crew_member.h).  Here it is decided when which of their
 * transitions happens.
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
#include "process/crew.h"
#include "process/crew_member.h"
#include "process/process.h"
#include "process/restart.h"
#include "process/roster.h"
#include "process/slots.h"
#include "process/txn.h"
#include "process/wait_events.h"
#include "storage/latch.h"
#include "utils/timestamp.h"

static dlist_head crew_members = DLIST_STATIC_INIT(crew_members);
static Oid crew_database = InvalidOid;
static bool crew_too_large = false;    /* for shared memory */
static bool crew_out_of_slots = false; /* of the server */
static RestartTimer crew_slot_timer;

static const char crew_no_slot_hint[] =
	"Raise max_worker_processes (needs a restart of the server), or lower the "
	"workers of the consumers.";

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

static void
crew_remove(Member *member)
{
	dlist_delete(&member->node);
	member_free(member);
}

/* --- what moves a member --- */

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
	{
		/* The next may try at once; the streak ends when nobody waits. */
		if (member_start(member))
			crew_slot_timer.due = 0;
		else
			crew_no_slot();
	}
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
		crew_remove(member);
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
	Member *member = member_create(consumer, number, slot);

	dlist_push_tail(&crew_members, &member->node);
	return member;
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

/* Does a worker run, or may one yet begin? */
static bool
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
		member_terminate(dlist_container(Member, node, iter.cur));
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
			crew_remove(member);
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
