/*-------------------------------------------------------------------------
 *
 * worker.h
 *	  The state of a worker process, shared by the files worker*.c only.
 *
 * worker.c has the loop, deliveries and the report; worker_intake.c takes a
 * delivery into the pipeline; worker_config.c takes up
 * changes of configuration and rules; worker_commit.c commits and settles;
 * worker_log.c tells the server's log of it; worker_report.c says in shared
 * memory what goes on; worker_scoring.c has batches judged by the consumer's
 * own scorer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_WORKER_H
#define ANALYTICS_WORKER_H

#include "postgres.h"

#include "compat.h"
#include "ingest/consumer.h"
#include "ingest/pipeline.h"
#include "process/commit.h"
#include "process/state.h"
#include "process/worker_link.h"

/* Between two looks at the broker's socket while long work runs. */
#define WORKER_PUMP_INTERVAL_MS 1000

/*
 * Between two readings of a configuration that cannot be used, or whose
 * credentials the store or the broker refuses: a file may have been mended.
 */
#define CREDENTIALS_INTERVAL_MS 5000

typedef struct Worker
{
	char consumer[NAMEDATALEN];
	int number;
	char name[NAMEDATALEN + 16]; /* consumer/number */
	Oid role;
	MemoryContext turn; /* reset each turn of the loop */

	ConsumerConfig *config; /* NULL: could not be loaded yet */
	IngestRules *rules;
	Pipeline *pipeline;
	StoreClient *store;
	WorkerLink link;

	/* what went wrong last when loading the configuration */
	CommitFailure config_failure;
	int config_attempts; /* 0: it is loaded */
	int64 config_retry_ms;
	bool config_stale;
	uint64 config_generation; /* state_worker_config_told() before the last
							   * load */
	int64 credentials_ms;     /* when refused ones may be read again */
	bool rules_stale;

	CommitFailure commit_failure;
	uint32 fetch_failures; /* that last_error has told of */
	int commit_attempts;   /* in a row that failed; 0: none */
	int64 commit_retry_ms;
	int64 commit_failed_ms; /* since when */
	bool given_back;        /* all deliveries, for that */

	int scorer_sqlstate; /* of the scorer's last failure; 0: it works */

	/*
	 * Whether analytics.attempts may have rows of this consumer, which leave
	 * with the events they are of; and what crash_record_forgotten() said then.
	 */
	bool attempts_exist;
	uint32 attempts_counted;

	bool is_full; /* of bytes: no delivery is taken */

	bool queue_stale;     /* there may be due events in local_queue */
	bool queue_failed;    /* commit_failure is of a look into it */
	bool leases_released; /* those of our predecessor */
	int64 queue_ms;       /* when the next one will be due; 0: none */

	WorkerGauges gauges;
} Worker;

/* The one of this process. */
extern Worker *worker;

/* End the process, saying why in the log; its supervisor decides what next. */
pg_noreturn extern void worker_leave(const char *why);

/*
 * Load configuration or rules anew if they have changed, or if the last
 * attempt failed and it is time for another.  worker->config stays NULL until
 * it could be loaded once.
 */
extern void worker_refresh_if_changed(void);

/* Into the pipeline, unless it is known to crash its worker: a dead letter. */
extern void worker_accept(Delivery *delivery);

/*
 * So many bytes more may be taken; from 0 on, none, and then there is room
 * only once half of what may be held is gone.
 */
extern int64 worker_bytes_left(void);
extern bool worker_has_room(void);

/*
 * Commit what is due and acknowledge it; *wait_ms (-1: no limit) is lowered
 * to the time until something will be.
 */
extern void worker_commit_due(int *wait_ms);

/*
 * Have the consumer's scorer, if it has one, give the sentiment of every
 * batch of the group that it has not judged yet.  False: the database is at
 * fault, worker->commit_failure says how; the batches it has judged stay so.
 */
extern bool worker_score(BatchGroup *group);

/*
 * A line in the server's log of an event that is settled now, or parked until
 * due_at, as far as log_level asks for one.
 */
extern void worker_log_processed(const Batch *batch, int skipped_count);
extern void worker_log_duplicate(const Batch *batch);
extern void worker_log_letter(const Batch *batch, const char *reason);
extern void worker_log_parked(const Batch *batch, TimestampTz due_at);

/* Say in shared memory what the worker is doing; each turn of the loop. */
extern void worker_report(void);

/*
 * The same within a turn, if what is in hand has changed or the last report is
 * old.  Not while a group is taken out of the pipeline.
 */
extern void worker_report_meanwhile(void);

/* worker->commit_failure was filled: log it once, wait before the next try. */
extern void worker_database_failed(void);

/*
 * Does not return if it cannot write since its session is read-only by what was
 * set for its database or role, and that is over: it needs a new session.
 */
extern void worker_leave_if_outdated(void);

/*
 * The same, and what the configuration file says of read-only sessions is tried
 * at once.
 */
extern void worker_settings_changed(void);

/* Once, at the start: may this session write at all?  If not, it takes nothing. */
extern void worker_check_writable(void);

#endif /* ANALYTICS_WORKER_H */
