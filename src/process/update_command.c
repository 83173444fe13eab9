/*-------------------------------------------------------------------------
 *
 * update_command.c
 *	  Runs CREATE INDEX CONCURRENTLY and its like in a background process.
 *
 * Such a statement commits in its middle and insists on being the only one of
 * its transaction.  SPI refuses that; a portal that is told to be at the top
 * level takes it, as the server does for what a client sends.  All that must
 * outlive the statement's own commits is in a memory context of ours.
 *
 * This is the one place where a background process opens a transaction
 * without txn_begin(): that one's time limit, snapshot and lock on the
 * extension would each be in the way.  Nothing but the builder may use it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "compat.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "pgstat.h"
#include "process/txn.h"
#include "process/update_command.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

/* The plan of the only statement in text. */
static List *
command_plan(const char *text, CommandTag *tag)
{
	List *parsed = pg_parse_query(text);
	RawStmt *raw;
	List *analyzed;

	if (list_length(parsed) != 1)
		elog(ERROR, "%d statements, where there must be one: %s",
			 list_length(parsed), text);
	raw = linitial_node(RawStmt, parsed);
	*tag = CreateCommandTag(raw->stmt);
	analyzed = pg_analyze_and_rewrite_fixedparams(raw, text, NULL, 0, NULL);
	return pg_plan_queries(analyzed, text, 0, NULL);
}

static void
command_execute(const char *text, MemoryContext context)
{
	CommandTag tag;
	List *plan;
	Portal portal;
	DestReceiver *receiver;
	MemoryContext transaction = MemoryContextSwitchTo(context);

	plan = command_plan(text, &tag);
	portal = CreatePortal("", true, true);
	portal->visible = false;
	PortalDefineQuery(portal, NULL, text, tag, plan, NULL);
	PortalStart(portal, NULL, 0, InvalidSnapshot);
	receiver = CreateDestReceiver(DestNone);
	MemoryContextSwitchTo(transaction);

	compat_portal_run(portal, receiver);
	receiver->rDestroy(receiver);
	PortalDrop(portal, false);
}

void
update_command_run(const char *statement)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(
		TopMemoryContext, "analytics update command", ALLOCSET_DEFAULT_SIZES);
	char *text = MemoryContextStrdup(context, statement);

	Assert(!txn_is_open);
	SetCurrentStatementStartTimestamp();
	pgstat_report_activity(STATE_RUNNING, text);
	StartTransactionCommand();
	command_execute(text, context);
	CommitTransactionCommand();
	pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

void
update_command_abort(void)
{
	MemoryContext caller = CurrentMemoryContext;

	HOLD_INTERRUPTS();
	if (txn_is_open)
		txn_abort();
	else
		AbortCurrentTransaction();
	QueryCancelPending = false;
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextSwitchTo(caller);
	RESUME_INTERRUPTS();
}
