/*-------------------------------------------------------------------------
 *
 * slots.h
 *	  The slots of supervisors and workers in shared memory, for those who
 *	  own them: the launcher and the supervisors.
 *
 * A slot outlives the process in it: it is kept through restarts, so that
 * what is wrong stays to be seen.  Each start gives it a new generation, and
 * a process of another generation does not get in.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SLOTS_H
#define ANALYTICS_SLOTS_H

#include "process/state.h"

/* What a supervisor has found in its database. */
typedef enum SupervisorVerdict
{
	PROBE_PENDING, /* it has not looked yet */
	PROBE_PRESENT, /* the extension is there (or is not to be had a look at) */
	PROBE_ABSENT,  /* it is not, and the supervisor exits */
	PROBE_ANEW     /* it is, and the supervisor exits to begin anew */
} SupervisorVerdict;

/* --- for the launcher --- */

/* -1: none is free. */
extern int slots_supervisor_allocate(Oid database);
extern void slots_supervisor_free(int index);

/* Prepare the slot for a new process; returns its generation. */
extern uint32 slots_supervisor_renew(int index);
extern SupervisorVerdict slots_supervisor_verdict(int index);
extern int slots_supervisor_pid(int index);

/* Database of slot `index`, InvalidOid when it is free; for a new launcher. */
extern Oid slots_supervisor_database(int index);

/* Does a worker of database run, its supervisor gone or not? */
extern bool slots_database_busy(Oid database);

/* --- for a supervisor about itself --- */

/*
 * Bind this process to its slot, before it connects to the database; it
 * detaches by itself at exit, as a worker does.  False: exit at once.
 */
extern bool slots_supervisor_attach(int index, Oid *database);
extern void slots_supervisor_report_verdict(SupervisorVerdict verdict);
extern void slots_supervisor_problem(const char *problem, const char *hint);
extern bool slots_supervisor_config_changed(void);
extern bool slots_supervisor_change_pending(void); /* asking clears nothing */

/* --- for a supervisor about its workers --- */

/* -1: none is free. */
extern int slots_worker_allocate(Oid database, const char *consumer,
								 int number);
extern void slots_worker_free(int index);

/* Prepare the slot for a new process, to run as role; its generation. */
extern uint32 slots_worker_renew(int index, Oid role);

/* What a worker that does not run would say.  Not while one is attached. */
extern void slots_worker_report(int index, WorkerState state,
								const char *reason, const char *hint,
								int attempts);
extern int slots_worker_pid(int index);
extern bool slots_worker_left(int index); /* state_worker_leaves() */

/*
 * The first slot of database at or after `from`, -1: none; for a new
 * supervisor, which takes over what its predecessor left.
 */
extern int slots_worker_find(Oid database, int from);

#endif /* ANALYTICS_SLOTS_H */
