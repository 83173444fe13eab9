/*-------------------------------------------------------------------------
 *
 * process.h
 *	  Entry points of the background processes, and their registration.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_PROCESS_H
#define ANALYTICS_PROCESS_H

#include "postgres.h"

/* GUCs (defined in analytics.c) */
extern char *analytics_databases;	/* comma separated; "" = all */
extern int	analytics_restart_delay_max;	/* seconds */

extern void launcher_register(void);	/* static registration, from _PG_init */
extern void hooks_install(void);	/* utility, object access, transaction */

extern PGDLLEXPORT void analytics_launcher_main(Datum arg);
extern PGDLLEXPORT void analytics_supervisor_main(Datum arg);
extern PGDLLEXPORT void analytics_worker_main(Datum arg);

/*
 * SIGTERM was received.  Set by our handler, which also sets the latch and
 * ends a blocking call of the broker client.
 */
extern volatile sig_atomic_t process_stop_requested;
extern void process_install_signal_handlers(void);

#endif							/* ANALYTICS_PROCESS_H */
