/*-------------------------------------------------------------------------
 *
 * state.h
 *	  Shared memory: which supervisors and workers there are, what they say
 *	  of themselves, and how sessions wake them.
 *
 * Owner of each part: a SupervisorSlot is allocated and freed by the
 * launcher, a WorkerSlot by the supervisor of its database (slots.h); the
 * rest of a slot is written by the process that it describes, or by its owner
 * while that process does not run, under a lock of the slot or as an atomic,
 * and read by anybody.  No pointer into a process's own memory and
 * no file descriptor is ever kept here.
 *
 * All of it is absent (state_available() false) unless the library is in
 * shared_preload_libraries; the wake functions then do nothing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_STATE_H
#define ANALYTICS_STATE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "process/recent.h"

#define STATE_REASON_LENGTH 320
#define STATE_HINT_LENGTH 240

typedef enum WorkerState
{
	WORKER_STOPPED,
	WORKER_STARTING,
	WORKER_CONNECTING, /* no broker connection yet, or again */
	WORKER_IDLE,       /* connected, nothing to do */
	WORKER_RUNNING,
	WORKER_PAUSED,
	WORKER_BLOCKED,      /* a dependency or the database is in the way */
	WORKER_MISCONFIGURED /* somebody must change something */
} WorkerState;

/*
 * What a worker publishes, all at once: each turn of its loop, and within it
 * before it takes anything by a new configuration, and when it has taken
 * something.
 */
typedef struct WorkerGauges
{
	bool broker_connected;
	bool takes_nothing; /* paused, or unable to read its configuration, and the
						 * broker has been told so */
	uint64 config_generation; /* how much of config_told it has taken note of:
							   * that is in force, or nothing is taken */
	int active_batches;       /* taken and not yet committed */
	int unacknowledged;       /* deliveries held */
	int fetching;
	int64 bytes_in_flight;
	int64 queue_depth; /* as the broker last said; -1 unknown */
	int64 received;    /* deliveries since the worker started */
	int64 committed_batches;
	int64 committed_items;
	int64 duplicates;
	int64 dead_lettered;
	int64 reconnects;
	TimestampTz last_delivery_at;
	TimestampTz last_commit_at;
	TimestampTz oldest_unacknowledged_at; /* 0: none */
} WorkerGauges;

/* A copy of one slot, for the views. */
typedef struct WorkerReport
{
	Oid database;
	char consumer[NAMEDATALEN];
	int number; /* 1.. */
	int pid;    /* 0: not running */
	WorkerState state;
	TimestampTz state_since;
	TimestampTz started_at;
	char reason[STATE_REASON_LENGTH];
	char hint[STATE_HINT_LENGTH];
	char last_error[STATE_REASON_LENGTH];
	char last_error_sqlstate[6];
	TimestampTz last_error_at; /* 0: none */
	bool left;                 /* it has ended because it saw fit to */
	int attempts;              /* in a row that failed at what it waits for */
	uint64 config_told;        /* how often it was told of a change of the
								* configuration, which had committed before */
	WorkerGauges gauges;
} WorkerReport;

typedef struct SupervisorReport
{
	Oid database;
	int pid; /* 0: not running */
	TimestampTz started_at;
	char problem[STATE_REASON_LENGTH]; /* "": none */
	char hint[STATE_HINT_LENGTH];
} SupervisorReport;

/* --- start-up, from hooks_install() of a preloaded library --- */
extern void state_request(void); /* shmem_request_hook's work */
extern void state_startup(void); /* shmem_startup_hook's work */
extern bool state_available(void);

/* --- for a worker about itself; state_worker_attach() first --- */

/*
 * Bind this process to slot `index`, given by the supervisor in bgw_main_arg.
 * False: the slot was taken back meanwhile, the process must exit.  To be
 * called before the process connects to its database: it detaches by itself
 * at exit, after it has left the database, and so "pid 0" means that it holds
 * nothing there any more.  consumer has room for NAMEDATALEN bytes.
 */
extern bool state_worker_attach(int index, Oid *database, char *consumer,
								int *number, Oid *role);

/*
 * Say what the worker is doing.  state_since moves only when the state
 * changes.  reason and hint may be NULL; they are cut to fit, at the edge of a
 * character.
 */
extern void state_worker_report(WorkerState state, const char *reason,
								const char *hint, int attempts);
/* The process ends in good order, whether it is still wanted or not. */
extern void state_worker_leaves(void);
extern void state_worker_error(int sqlstate, const char *message);
extern void state_worker_gauges(const WorkerGauges *gauges);

/*
 * config_told of this worker.  What it reads of the configuration in a
 * transaction that begins after this was asked is of that number, or newer.
 */
extern uint64 state_worker_config_told(void);

/* It has just committed this work on a platform. */
extern void state_worker_work(const char *platform, const RecentWork *work);

/*
 * Let no worker of this one's consumer call the scorer of this version before
 * `until`: to be said by a process that it has brought down.  Kept as long as
 * the slot is.
 */
extern void state_worker_bar_scorer(uint64 version, TimestampTz until);

/* Until when this worker must not call it; 0: it may. */
extern TimestampTz state_worker_scorer_barred(uint64 version);

/*
 * Has the configuration of this database (consumers, servers, mappings, the
 * extension) changed, have the rules, is there something new in the local
 * queue, since this worker last asked?  Asking clears it.  The worker's latch
 * is set whenever one turns true.
 */
extern bool state_worker_config_changed(void);
extern bool state_worker_rules_changed(void);
extern bool state_worker_queue_changed(void);

/* Would one of the three above answer yes?  Asking clears nothing. */
extern bool state_worker_change_pending(void);

/*
 * --- for sessions: take effect when the transaction commits ---
 *
 * With PREPARE TRANSACTION, when COMMIT PREPARED does: that tells of all
 * three, since nobody remembers which it was.
 */
extern void state_config_changed_at_commit(void);
extern void state_rules_changed_at_commit(void);
extern void state_queue_changed_at_commit(void);

/* --- for the views --- */
extern int state_worker_slots(void); /* 0 unless state_available() */
extern bool state_worker_read(int index, WorkerReport *report); /* false: free
																 */

/*
 * What slot `index` has done of late: platforms and sums, RECENT_PLATFORMS of
 * each, as recent_sum() has them.
 */
extern void state_worker_recent(int index, TimestampTz now, int seconds,
								char (*platforms)[RECENT_PLATFORM_LENGTH],
								RecentWork *sums);

/*
 * False: this database has no supervisor, and the launcher sees no trouble.
 * When the launcher could not start one, pid is 0 and problem says why.
 */
extern bool state_supervisor_read(Oid database, SupervisorReport *report);

extern const char *worker_state_name(WorkerState state);

#endif /* ANALYTICS_STATE_H */
