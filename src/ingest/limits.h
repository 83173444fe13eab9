/*-------------------------------------------------------------------------
 *
 * limits.h
 *	  How much of anything is taken: settings, each with a default.
 *
 * Those of the text itself, nesting and digits, are json_scan.h's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_LIMITS_H
#define ANALYTICS_LIMITS_H

#include "postgres.h"

/* analytics.max_batch_items */
extern int limit_batch_items;

/* In bytes; the settings are analytics.max_event_size and so on. */
extern size_t limit_event_bytes(void);
extern size_t limit_decoded_bytes(void);
extern int64 limit_bytes_in_flight(void);

/* Define the settings; once in a process, from _PG_init(). */
extern void limits_define_settings(void);

#endif /* ANALYTICS_LIMITS_H */
