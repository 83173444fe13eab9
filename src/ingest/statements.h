/*-------------------------------------------------------------------------
 *
 * statements.h
 *	  The SQL that writes a group, prepared once in a process.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_STATEMENTS_H
#define ANALYTICS_STATEMENTS_H

#include "postgres.h"

typedef enum Statement
{
	STATEMENT_CLAIM,          /* ledger rows; returns the keys it took */
	STATEMENT_KNOWN,          /* ($1 text[] keys) -> key, body_hash */
	STATEMENT_RECORD_REPLAYS, /* ($1 text[] keys); locks their ledger rows */
	STATEMENT_TAKE_OVER,      /* ledger rows of staged batches, rewritten */
	STATEMENT_FORGET_CRAWL_ERRORS, /* ($1 text[] keys) */
	STATEMENT_POSTS,
	STATEMENT_FIRE_DEFERRED, /* what waits for the commit, as far as it got */
	STATEMENT_SUPERSEDED,    /* -> id, project_id of posts not stored */
	STATEMENT_CRAWL_ERRORS,
	STATEMENT_PENDING_LETTERS, /* ($1 text[] event ids) -> id, event_id, body */
	STATEMENT_SETTLE_LETTERS,  /* ($1 bigint[] ids) */
	STATEMENT_DEAD_LETTERS,    /* returns reason, body_hash, inserted, id */
	STATEMENT_REOPEN, /* ($1 text reason, $2 bytea hash, $3 bigint letter
							 * that was replayed or 0, $4 int attempts, $5 text
							 * message, $6 text sqlstate) */
	STATEMENT_FAILED_OTHERWISE, /* ($1 bigint letter, $2 text reason) */
	STATEMENT_LETTER_OF_BATCH,  /* ($1 text reason, $2 bytea hash) */
	STATEMENT_PARK,             /* ($1 text consumer, $2 bytea, $3 jsonb,
								 * $4 int attempts, $5 timestamptz due) */
	STATEMENT_PARK_AGAIN,       /* ($1 bigint id, $2 int, $3 timestamptz) */
	STATEMENT_UNQUEUE,          /* ($1 bigint[] ids) */
	STATEMENT_FORGET_ATTEMPTS,  /* ($1 bytea[] body_hash, $2 text consumer) */
	STATEMENT_ATTEMPTS_LEFT,    /* ($1 text consumer) -> at most one row */
	STATEMENT_COUNTERS,
	STATEMENT_SUBMISSIONS, /* ($1 text consumer, $2 text worker, $3 bigint
							* done, $4 bigint failed, $5 timestamptz run, $6
							* timestamptz now, $7 timestamptz its minute) */
	STATEMENT_COMPLETE,    /* ($1 text[] keys, $2 int[] skipped,
								 * $3 float8[] write_ms, $4 bytea[] bodies) */
	STATEMENT_COUNT
} Statement;

/*
 * Run a statement through SPI (connected by the caller) and return the number
 * of rows it touched or returned; rows are in SPI_tuptable.  Raises.
 */
extern uint64 statement_run(Statement statement, Datum *values,
							const char *nulls);

/* Of a row of its result: a column as text (palloc'd, NULL for NULL). */
extern char *statement_text(uint64 row, int column);

/* Likewise a bytea that is not NULL, detoasted. */
extern bytea *statement_bytes(uint64 row, int column);

/* An argument: text[]. */
extern Datum statement_texts(const char *const *texts, int count);

#endif /* ANALYTICS_STATEMENTS_H */
