/*-------------------------------------------------------------------------
 *
 * crash_file.h
 *	  What is remembered of crashes from one postmaster to the next.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CRASH_FILE_H
#define ANALYTICS_CRASH_FILE_H

/*
 * For the postmaster, in the data directory.  Neither raises: what cannot be
 * written or read is said in the log, and not remembered.
 */

/* Keep `count` records of `size` bytes each, durably. */
extern void crash_file_write(const void *records, size_t size, int count);

/*
 * Read up to `limit` records of `size` bytes; returns how many there were, and
 * removes the file, so that none is read twice.
 */
extern int crash_file_read(void *records, size_t size, int limit);

#endif /* ANALYTICS_CRASH_FILE_H */
