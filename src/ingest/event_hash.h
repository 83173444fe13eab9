/*-------------------------------------------------------------------------
 *
 * event_hash.h
 *	  SHA-256 over fields, so that equal meaning gives an equal hash.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_EVENT_HASH_H
#define ANALYTICS_EVENT_HASH_H

#include "postgres.h"

#include "ingest/types.h"

typedef struct EventHash EventHash;

/*
 * A hash begun; fields are then added in a fixed order, absent ones too
 * (NULL, or is_there false).  event_hash_finish() frees it.  Nothing between
 * the two may raise.  begin raises when memory is out.
 */
extern EventHash *event_hash_begin(void);
extern void event_hash_bytes(EventHash *hash, const char *bytes,
							 size_t length);
extern void event_hash_text(EventHash *hash, const char *text);
extern void event_hash_number(EventHash *hash, bool is_there, int64 number);
extern void event_hash_finish(EventHash *hash,
							  uint8 result[EVENT_HASH_LENGTH]);

#endif /* ANALYTICS_EVENT_HASH_H */
