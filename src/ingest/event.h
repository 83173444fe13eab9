/*-------------------------------------------------------------------------
 *
 * event.h
 *	  From a delivery's body to an Event.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_EVENT_H
#define ANALYTICS_EVENT_H

#include "ingest/types.h"

/*
 * Read a data.collected event out of body (docs/contract.md, section 2).
 * Strings are allocated in the current memory context; event->items points
 * into body.  False: *rejection says why; event->event_id is still set if it
 * could be read, else NULL.  Raises only when memory is out.
 */
extern bool event_parse(const char *body, size_t length,
						TimestampTz received_at, Event *event,
						Rejection *rejection);

/*
 * The project and subject of a job (docs/contract.md, section 4).  Results
 * in the current memory context, NULL where the table says NULL.
 */
extern void job_identify(const char *job_id, const char *payload_project,
						 char **project_id, char **subject);

#endif /* ANALYTICS_EVENT_H */
