/*-------------------------------------------------------------------------
 *
 * refetch.h
 *	  Fetch one object again, in a session that waits for it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_REFETCH_H
#define ANALYTICS_REFETCH_H

#include "postgres.h"

#include "io/object_store.h"

/*
 * The object as text, decompressed, in the current memory context; *length
 * gets its length.  Waits for a minute at most, and can be cancelled.  Raises,
 * with a hint, when the object is not to be had.
 */
extern char *refetch_object(const StoreOptions *options, const char *bucket,
							const char *key, size_t *length);

#endif /* ANALYTICS_REFETCH_H */
