/*-------------------------------------------------------------------------
 *
 * changes.c
 *	  Statement triggers that tell running workers of a change.
 *
 * They only ask for a wake-up; it is sent when the transaction commits, and
 * the workers read the tables themselves.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"

#include "process/state.h"
#include "process/version.h"

PG_FUNCTION_INFO_V1(analytics_config_changed);
PG_FUNCTION_INFO_V1(analytics_rules_changed);
PG_FUNCTION_INFO_V1(analytics_queue_changed);

static Datum
announce(FunctionCallInfo fcinfo, void (*announce_at_commit)(void))
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("not called as a trigger")));
	announce_at_commit();
	PG_RETURN_POINTER(NULL);
}

SERVED_FUNCTION(analytics_config_changed)
{
	return announce(fcinfo, state_config_changed_at_commit);
}

SERVED_FUNCTION(analytics_rules_changed)
{
	return announce(fcinfo, state_rules_changed_at_commit);
}

SERVED_FUNCTION(analytics_queue_changed)
{
	return announce(fcinfo, state_queue_changed_at_commit);
}
