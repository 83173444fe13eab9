/*-------------------------------------------------------------------------
 *
 * crew_member.c
 *	  One worker of a supervisor: its transitions.
 *
 * They are listed in crew_member.h.  A transition changes the Member and what
 * its slot in shared memory says of it, and starts or ends its process; none
 * waits for anything.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "process/crew_member.h"
#include "process/process.h"
#include "process/slots.h"
#include "utils/memutils.h"

Member *
member_create(const char *consumer, int number, int slot)
{
	Member *member = MemoryContextAllocZero(TopMemoryContext, sizeof(Member));

	strlcpy(member->consumer, consumer, NAMEDATALEN);
	member->number = number;
	member->slot = slot;
	return member;
}

static void
member_forget_process(Member *member)
{
	if (member->handle != NULL)
		pfree(member->handle);
	member->handle = NULL;
}

void
member_free(Member *member)
{
	member_forget_process(member);
	slots_worker_free(member->slot);
	if (member->problem != NULL)
		pfree(member->problem);
	if (member->hint != NULL)
		pfree(member->hint);
	pfree(member);
}

/* --- transitions --- */

/* WAITING -> RUNNING; stays when there is no slot */
bool
member_start(Member *member)
{
	char name[BGW_MAXLEN];
	uint32 generation = slots_worker_renew(member->slot, member->wanted_role);

	snprintf(name, sizeof(name), WORKER_TYPE " %s/%d", member->consumer,
			 member->number);
	member->handle = process_start(WORKER_TYPE, name, "analytics_worker_main",
								   member->slot, generation);
	if (member->handle == NULL)
		return false;
	member->role = member->wanted_role;
	member->restarts = member->wanted_restarts;
	member->holds_leases = true;
	restart_started(&member->restart);
	member->state = MEMBER_RUNNING;
	return true;
}

/* WAITING -> UNFIT */
void
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
void
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
void
member_left(Member *member)
{
	(void) restart_ended(&member->restart);
	slots_worker_report(member->slot, WORKER_STOPPED, "the worker begins anew",
						NULL, 0);
	member_forget_process(member);
	member->state = MEMBER_WAITING;
}

/* RUNNING -> STOPPING */
void
member_stop(Member *member)
{
	TerminateBackgroundWorker(member->handle);
	member->state = MEMBER_STOPPING;
}

/* STOPPING -> WAITING */
void
member_stopped(Member *member)
{
	member_forget_process(member);
	memset(&member->restart, 0, sizeof(member->restart));
	slots_worker_report(member->slot, WORKER_STOPPED, NULL, NULL, 0);
	member->state = MEMBER_WAITING;
}

/* --- its process --- */

bool
member_runs(const Member *member)
{
	return member->state == MEMBER_RUNNING || member->state == MEMBER_STOPPING;
}

bool
member_process_ended(const Member *member)
{
	if (member->handle != NULL)
		return process_ended(member->handle);
	return slots_worker_pid(member->slot) == 0;
}

void
member_terminate(Member *member)
{
	if (member->handle != NULL)
		TerminateBackgroundWorker(member->handle);
	else if (member_runs(member))
		process_terminate_pid(slots_worker_pid(member->slot));
}

/* --- what is wanted --- */

static void
member_set_text(char **field, const char *text)
{
	if (*field != NULL)
		pfree(*field);
	*field = text == NULL ? NULL : MemoryContextStrdup(TopMemoryContext, text);
}

void
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
