/*-------------------------------------------------------------------------
 *
 * log_level.h
 *	  What a process writes to the server's log of its work, and how it
 *	  names an event there.
 *
 * What keeps a worker from working is written at every level, and does not
 * ask.  No line holds the body of an event, the text of a post, or a secret.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_LOG_LEVEL_H
#define ANALYTICS_LOG_LEVEL_H

#include "ingest/types.h"

typedef enum LogLevel
{
	LOG_LEVEL_WARNING, /* only what keeps it from working */
	LOG_LEVEL_LOG,     /* and each event that could not be processed: one line,
						* when it is settled */
	LOG_LEVEL_DEBUG    /* and what becomes of every other event */
} LogLevel;

/* Of this process: LOG_LEVEL_LOG until a worker has read its consumer. */
extern LogLevel log_level;

/*
 * Who speaks in a line of this process: analytics worker "posts/1" once
 * log_set_worker() was called with its name, analytics in any other.
 */
extern void log_set_worker(const char *name);
extern const char *log_speaker(void);

/* False: there is no level of this name. */
extern bool log_level_find(const char *name, LogLevel *level);

/*
 * An event as a line names it: event "id" of job "job", batch 3 of 10.  What
 * is unreadable is left out, what is long cut, and what store_text_clean()
 * replaces, which could begin a line of its own or turn one around, becomes a
 * question mark.  `size` bytes of room, LOG_EVENT_LENGTH are enough.
 */
#define LOG_EVENT_LENGTH 320
extern const char *log_event(char *text, size_t size, const Event *event);

#endif /* ANALYTICS_LOG_LEVEL_H */
