/*-------------------------------------------------------------------------
 *
 * consumer_check.c
 *	  The one place where a row of analytics.consumers is checked.
 *
 * A row trigger, so that direct INSERT and UPDATE are held to the same rules
 * as create_consumer() and alter_consumer().  Values (consumer_values.c) are
 * checked always; what the row refers to (servers, mappings) only when it
 * changes, so that a consumer can still be paused when its server is gone.  That the caller may
 * act as the consumer's role is checked always, also when the row is deleted:
 * pause(), resume(), restart() and drain(), which are for those that may call
 * them, act as their owner.
 *
 * While a dump is restored, servers and roles may not be there yet: then they
 * are not looked for, and the consumer comes back paused, so that no worker
 * begins to write into tables that are still being loaded, or drains the queue
 * of the database that the dump came from.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "ingest/connections.h"
#include "process/version.h"
#include "sql/consumer_row.h"
#include "sql/restoring.h"

PG_FUNCTION_INFO_V1(analytics_consumer_check);

/* '' means none, so that alter_consumer() can take it away. */
static void
normalize_empty(ConsumerRow *row, const char *column)
{
	char *value = consumer_text(row, row->tuple, column);

	if (value != NULL && value[0] == '\0')
		consumer_set(row, column, (Datum) 0, true);
}

/* No role named: the owner's. */
static void
normalize_role(ConsumerRow *row)
{
	bool is_null;
	char *owner = GetUserNameFromId(row->owner, false);

	(void) consumer_value(row, "role", &is_null);
	if (is_null)
		consumer_set(row, "role",
					 DirectFunctionCall1(namein, CStringGetDatum(owner)),
					 false);
}

static void
check_login(const ConsumerRow *row, const char *name, Oid role)
{
	HeapTuple tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
	bool can_log_in = HeapTupleIsValid(tuple) &&
					  ((Form_pg_authid) GETSTRUCT(tuple))->rolcanlogin;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	if (!can_log_in)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("role \"%s\" of consumer \"%s\" cannot log in", name,
						row->name),
				 errdetail("A worker is a session of this role."),
				 errhint("ALTER ROLE %s LOGIN;", quote_identifier(name))));
}

static void
check_may_act_as(const ConsumerRow *row, const char *name, Oid role)
{
	if (compat_may_set_role(GetUserId(), role))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to run consumer \"%s\" as role \"%s\"",
					row->name, name),
			 errhint("Name a role that you are a member of as the argument "
					 "\"role\".")));
}

/* May the caller touch what is there?  Its role may be gone. */
static void
check_before(const ConsumerRow *row)
{
	char *name = consumer_text(row, row->before, "role");
	Oid role = get_role_oid(name, true);

	if (!OidIsValid(role) || compat_may_set_role(GetUserId(), role))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to change or drop consumer \"%s\"",
					consumer_text(row, row->before, "name")),
			 errdetail("It runs as role \"%s\".", name),
			 errhint("Only members of that role may change or drop it.")));
}

/*
 * InvalidOid: there is no such role; a restore, and a change of something
 * else (a pause), may pass over that.
 */
static Oid
check_role(const ConsumerRow *row)
{
	char *name = consumer_text(row, row->tuple, "role");
	Oid role = get_role_oid(name, true);

	if (!OidIsValid(role) &&
		(restoring_a_dump() || !consumer_has_changed(row, "role")))
		return InvalidOid;
	if (!OidIsValid(role))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role \"%s\" of consumer \"%s\" does not exist", name,
						row->name),
				 errhint("CREATE ROLE %s LOGIN;", quote_identifier(name))));
	check_may_act_as(row, name, role);
	if (consumer_has_changed(row, "role") && !restoring_a_dump())
		check_login(row, name, role);
	return role;
}

static void
check_server(const ConsumerRow *row, const char *column, ConnectionKind kind,
			 Oid role)
{
	char *server = consumer_text(row, row->tuple, column);

	if (server == NULL || !(consumer_has_changed(row, column) ||
							consumer_has_changed(row, "role")))
		return;
	connection_check(kind, server, role);
}

/* A row that is written. */
static HeapTuple
check_row(ConsumerRow *row)
{
	Oid role;

	consumer_check_name(row);
	normalize_empty(row, "broker");
	normalize_empty(row, "store");
	normalize_empty(row, "scorer");
	normalize_role(row);
	consumer_check_values(row);
	role = check_role(row);
	if (OidIsValid(role) && !restoring_a_dump())
	{
		check_server(row, "broker", CONNECTION_RABBITMQ, role);
		check_server(row, "store", CONNECTION_OBJECT_STORE, role);
	}
	consumer_complete(row);
	return row->tuple;
}

SERVED_FUNCTION(analytics_consumer_check)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	ConsumerRow row = {0};

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("not called as a trigger before a change of a row")));

	row.columns = RelationGetDescr(trigger->tg_relation);
	row.owner = trigger->tg_relation->rd_rel->relowner;
	row.by_hand = has_privs_of_role(GetUserId(), row.owner);
	row.tuple = trigger->tg_trigtuple;
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return PointerGetDatum(check_row(&row));
	row.before = trigger->tg_trigtuple;
	check_before(&row);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return PointerGetDatum(row.tuple);
	row.tuple = trigger->tg_newtuple;
	return PointerGetDatum(check_row(&row));
}
