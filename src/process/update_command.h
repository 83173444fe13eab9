/*-------------------------------------------------------------------------
 *
 * update_command.h
 *	  Statements that cannot be run inside a transaction.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_UPDATE_COMMAND_H
#define ANALYTICS_UPDATE_COMMAND_H

/*
 * Run one utility statement as if it came from a client by itself, so that it
 * may begin and commit transactions of its own.  No transaction may be open;
 * none is afterwards.  Its rows, if any, are thrown away.
 *
 * Raises what the statement raises; the caller then aborts with
 * update_command_abort().
 */
extern void update_command_run(const char *statement);

/* For a PG_CATCH, after FlushErrorState(): whatever is open is aborted. */
extern void update_command_abort(void);

#endif /* ANALYTICS_UPDATE_COMMAND_H */
