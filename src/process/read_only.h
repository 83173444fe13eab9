/*-------------------------------------------------------------------------
 *
 * read_only.h
 *	  Sessions of ours that may not write, and whether a new one might.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_READ_ONLY_H
#define ANALYTICS_READ_ONLY_H

/*
 * default_transaction_read_only is on here, and would not be in a session that
 * began now.  In the caller's transaction.  A process that ends for this is not
 * told the same by its successor.
 */
extern bool read_only_is_over(void);

#endif /* ANALYTICS_READ_ONLY_H */
