/*-------------------------------------------------------------------------
 *
 * consumer_events.c
 *	  Row trigger: what a consumer leaves behind when it is dropped.
 *
 * Events that name a consumer are taken by its workers alone, and were
 * acknowledged to whoever sent them.  They are neither deleted nor given to
 * anybody else here; that there are any is said to who drops the consumer.
 *
 * What it has done of what was submitted is forgotten, so that another of its
 * name does not go on with its progress.  Its worker may commit once more
 * after that: so this is done again when the name is given again.
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
#include "sql/restoring.h"

PG_FUNCTION_INFO_V1(analytics_consumer_events);

#define COUNT_STATEMENT                                                       \
	"SELECT count(*) FROM analytics.local_queue WHERE consumer = $1"

#define FORGET_STATEMENT                                                      \
	"DELETE FROM analytics.submissions WHERE consumer = $1"

/*
 * As the owner of the tables: the trigger's caller may only have been given
 * the right to write consumers.
 */
static void
run(Oid owner, const char *statement, const char *consumer, int expected)
{
	Oid types[1] = {TEXTOID};
	Datum values[1] = {CStringGetTextDatum(consumer)};
	Oid user;
	int security;
	int result;

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE);
	result =
		SPI_execute_with_args(statement, 1, types, values, NULL, false, 0);
	SetUserIdAndSecContext(user, security);
	if (result != expected)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not look at what consumer \"%s\" "
							   "leaves behind: %s",
							   consumer, SPI_result_code_string(result))));
}

static void
warn_of_events(Oid owner, const char *consumer)
{
	int64 count;
	bool is_null;

	run(owner, COUNT_STATEMENT, consumer, SPI_OK_SELECT);
	count = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
										SPI_tuptable->tupdesc, 1, &is_null));
	if (count > 0)
		ereport(
			WARNING,
			(errmsg_plural("consumer \"%s\" leaves %lld event in the "
						   "local queue, which nobody takes",
						   "consumer \"%s\" leaves %lld events in the "
						   "local queue, which nobody takes",
						   (unsigned long) count, consumer, (long long) count),
			 errhint("UPDATE analytics.local_queue SET consumer = ... "
					 "WHERE consumer = %s; NULL gives them to any "
					 "consumer.",
					 quote_literal_cstr(consumer))));
}

SERVED_FUNCTION(analytics_consumer_events)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc columns;
	char *name;
	Oid owner;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("not called as a trigger after INSERT or DELETE of a "
						"row")));

	columns = RelationGetDescr(trigger->tg_relation);
	owner = trigger->tg_relation->rd_rel->relowner;
	name = SPI_getvalue(trigger->tg_trigtuple, columns,
						SPI_fnumber(columns, "name"));
	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	if (!restoring_a_dump())
		run(owner, FORGET_STATEMENT, name, SPI_OK_DELETE);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		warn_of_events(owner, name);
	SPI_finish();
	return PointerGetDatum(NULL);
}
