/*-------------------------------------------------------------------------
 *
 * file_store.h
 *	  Read an object from a folder, as if the folder were an object store.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_FILE_STORE_H
#define ANALYTICS_FILE_STORE_H

#include "io/object_store.h"

/*
 * Read folder/bucket/key into *body (overwritten, malloc'd; left empty on
 * failure).  The folder may be a symbolic link, nothing below it may: a key
 * cannot name anything outside, nor anything but a regular file.  Blocks for
 * as long as the disk does.
 */
extern StoreOutcome file_store_read(const char *folder, const char *bucket,
									const char *key, size_t max_bytes,
									IoBuffer *body, IoError *error);

#endif /* ANALYTICS_FILE_STORE_H */
