/*-------------------------------------------------------------------------
 *
 * consumer_events.c
 *	  Row trigger: what a dropped consumer leaves in the local queue.
 *
 * Events that name a consumer are taken by its workers alone, and were
 * acknowledged to whoever sent them.  They are neither deleted nor given to
 * anybody else here; that there are any is said to who drops the consumer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "process/version.h"

PG_FUNCTION_INFO_V1(analytics_consumer_events);

#define COUNT_STATEMENT                                                       \
	"SELECT count(*) FROM analytics.local_queue WHERE consumer = $1"

/*
 * As the owner of the tables: the trigger's caller may only have been given
 * the right to write consumers.
 */
static int64
count_events(Oid owner, const char *consumer)
{
	Oid types[1] = {TEXTOID};
	Datum values[1] = {CStringGetTextDatum(consumer)};
	Oid user;
	int security;
	int result;
	bool is_null;

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE);
	result = SPI_execute_with_args(COUNT_STATEMENT, 1, types, values, NULL,
								   false, 0);
	SetUserIdAndSecContext(user, security);
	if (result != SPI_OK_SELECT || SPI_processed != 1)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not read analytics.local_queue: %s",
							   SPI_result_code_string(result))));
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
									   SPI_tuptable->tupdesc, 1, &is_null));
}

SERVED_FUNCTION(analytics_consumer_events)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc columns;
	char *name;
	int64 count;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("not called as a trigger after DELETE of a row")));

	columns = RelationGetDescr(trigger->tg_relation);
	name = SPI_getvalue(trigger->tg_trigtuple, columns,
						SPI_fnumber(columns, "name"));
	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	count = count_events(trigger->tg_relation->rd_rel->relowner, name);
	SPI_finish();
	if (count > 0)
		ereport(WARNING,
				(errmsg_plural("consumer \"%s\" leaves %lld event in the "
							   "local queue, which nobody takes",
							   "consumer \"%s\" leaves %lld events in the "
							   "local queue, which nobody takes",
							   (unsigned long) count, name, (long long) count),
				 errhint("UPDATE analytics.local_queue SET consumer = ... "
						 "WHERE consumer = %s; NULL gives them to any "
						 "consumer.",
						 quote_literal_cstr(name))));
	return PointerGetDatum(NULL);
}
