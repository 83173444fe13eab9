/*-------------------------------------------------------------------------
 *
 * crash_record.h
 *	  Which event a worker was at work on when it died.
 *
 * An event that crashes its worker takes all sessions of the server along,
 * and would do so again each time it is delivered.  So each worker notes what
 * it is at work on in memory that outlives such a restart, and whoever takes the
 * event next finds it there.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CRASH_RECORD_H
#define ANALYTICS_CRASH_RECORD_H

#include "ingest/types.h"

/* A worker holds at most so many at once: a group that it commits. */
#define CRASH_RECORD_HELD 64

typedef struct CrashRecord
{
	int crashes; /* its worker died of a fault of its own */
	int kills;   /* it was killed, by whomever, or out of memory */
	bool alone;  /* the last time, the worker held no other event */
} CrashRecord;

/* --- the postmaster --- */

/*
 * Once, before any process is started; slots are numbered from 0.  Brings the
 * records of the last postmaster, and leaves ours to the next when this one
 * exits, unless it is killed itself.
 */
extern void crash_record_create(int slots);

/*
 * No process runs: those that died while they held an event become records.
 */
extern void crash_record_collect(void);

/* --- a worker --- */

/* Use this slot, and note how this process dies. */
extern void crash_record_attach(int slot);

/* What identifies an event: SHA-256 of its body.  Raises out of memory. */
extern void crash_record_key(const Delivery *delivery,
							 uint8 key[EVENT_HASH_LENGTH]);

/* From now on at work on these, up to CRASH_RECORD_HELD; 0: on none. */
extern void crash_record_hold(const uint8 *const *keys, int count);
extern void crash_record_release(void);

/* Has a worker died over this event?  Until it is forgotten. */
extern bool crash_record_find(const uint8 *key, CrashRecord *record);
extern void crash_record_forget(const uint8 *key);

/* Changes whenever an event was forgotten, since analytics.attempts has it. */
extern uint32 crash_record_forgotten(void);

#ifdef ANALYTICS_TESTING
/* A text that outlives crashes, for crash_point.c. */
#define CRASH_RECORD_NOTE 4096
extern char *crash_record_note(void);
#endif

#endif /* ANALYTICS_CRASH_RECORD_H */
