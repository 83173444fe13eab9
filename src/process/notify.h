/*-------------------------------------------------------------------------
 *
 * notify.h
 *	  Telling our processes of what a transaction changes, once it commits;
 *	  what hooks.c uses beside the functions of state.h.
 *
 * All do nothing unless state_available().
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_NOTIFY_H
#define ANALYTICS_NOTIFY_H

#include "postgres.h"

/* The extension may come to or go from database, or database itself. */
extern void notify_look_at_database(Oid database);

/* Roles, which all databases share, have changed. */
extern void notify_config_everywhere(void);

/* A prepared transaction is about to be committed here; what it did is not
 * known any more. */
extern void notify_everything_here(void);

/* requests_unblock_all() when the transaction ends, either way. */
extern void notify_unblock_at_end(void);

#endif /* ANALYTICS_NOTIFY_H */
