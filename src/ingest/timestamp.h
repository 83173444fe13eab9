/*-------------------------------------------------------------------------
 *
 * timestamp.h
 *	  Read the timestamps of events and items.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_INGEST_TIMESTAMP_H
#define ANALYTICS_INGEST_TIMESTAMP_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "ingest/json_value.h"

/*
 * ISO 8601 as RFC 3339 narrows it: YYYY-MM-DD, T (t, or a space), hh:mm[:ss]
 * with at most 9 digits of fraction (rounded to microseconds), and an offset,
 * which must be there: Z, z, +hh, +hhmm or +hh:mm.  Years 0001 to 9999; second
 * 60 is the next minute's 0.  False: it is anything else.  Never raises, reads
 * no setting.
 */
extern bool timestamp_parse(const char *text, size_t length,
							TimestampTz *result);

/* The same of a JSON string; any other value is unreadable. */
extern bool timestamp_from_json(JsonSpan span, TimestampTz *result);

#endif /* ANALYTICS_INGEST_TIMESTAMP_H */
