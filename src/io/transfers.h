/*-------------------------------------------------------------------------
 *
 * transfers.h
 *	  Fetches that run in curl, at most max_fetches at once.
 *
 * Taken from a queue of fetches that wait, and given to a queue of those that
 * are done.  Nothing here waits for the network.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_TRANSFERS_H
#define ANALYTICS_TRANSFERS_H

#include "io/fetch_queue.h"
#include "io/store_config.h"

typedef struct Transfers Transfers;

/*
 * NULL with *error set when something is short.  Configuration and queues stay
 * the caller's and must outlive the transfers.  Of a folder, none ever runs;
 * curl is then not even initialized.
 */
extern Transfers *transfers_create(const StoreConfig *config,
								   FetchQueue *waiting, FetchQueue *done,
								   IoError *error);
extern void transfers_destroy(Transfers *transfers); /* NULL is fine */

/* Start what waits, move all along, for some 5 ms at most. */
extern void transfers_run(Transfers *transfers);

/* Stop the fetches of this owner, and free them; how many there were. */
extern int transfers_stop(Transfers *transfers, const void *owner);

/* Is there room for one more? */
extern bool transfers_have_room(const Transfers *transfers);

/* What to sleep on (an epoll set), and until when; -1: no timer. */
extern int transfers_socket(const Transfers *transfers);
extern int transfers_timeout_ms(const Transfers *transfers);

#endif /* ANALYTICS_TRANSFERS_H */
