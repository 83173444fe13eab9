/*-------------------------------------------------------------------------
 *
 * io.h
 *	  What every file of src/io shares.
 *
 * The io layer speaks to the world: an AMQP broker, an object store, a zstd
 * frame.  It is plain C over malloc: no PostgreSQL headers, no elog, no
 * palloc, so that nothing in it can raise out of a foreign library and each
 * part can be tested and fuzzed alone.  Every function answers with a status
 * and leaves a message for a person in an IoError.
 *
 * Waiting is the caller's: the few calls that must wait (connect, login)
 * do it through an IoWaiter, which in the server is a latch wait that
 * returns early when the process was asked to stop.
 *
 * Secrets given to this layer never appear in an IoError.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_IO_H
#define ANALYTICS_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What went wrong, for the person who will read it. */
typedef struct IoError
{
	char code[48];     /* machine word: "ACCESS_REFUSED", "NoSuchKey" */
	char message[320]; /* lower case, no full stop, value quoted */
	char hint[240];    /* what mends it, or "" */
} IoError;

/* A block of memory from malloc; whoever holds the struct frees the data. */
typedef struct IoBuffer
{
	char *data;
	size_t length;
	size_t capacity;
} IoBuffer;

/*
 * How this layer waits.
 *
 * wait(): sleep until fd is readable (or writable), or timeout_ms passed.
 * fd -1 waits for time alone.  Returns 1 ready, 0 timed out, -1 asked to
 * stop: the caller gives up at once.
 */
typedef struct IoWaiter
{
	int (*wait)(void *context, int fd, bool for_write, int timeout_ms);
	void *context;
} IoWaiter;

extern void io_buffer_free(IoBuffer *buffer);

/*
 * Make room for `extra` bytes more, doubling up to `limit` in all (0: no
 * limit).  False, with the buffer unchanged, when that is over the limit or
 * there is no memory.
 */
extern bool io_buffer_reserve(IoBuffer *buffer, size_t extra, size_t limit);

extern void io_error_set(IoError *error, const char *code, const char *hint,
						 const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Milliseconds, and microseconds, of one clock that never goes back. */
extern int64_t io_now_ms(void);
extern int64_t io_now_us(void);

#endif /* ANALYTICS_IO_H */
