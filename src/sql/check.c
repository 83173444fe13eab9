/*-------------------------------------------------------------------------
 *
 * check.c
 *	  analytics.check(): is everything in order that a consumer needs?
 *
 * What the catalogs and tables tell is asked in SQL (sql/1.0/35_check*.sql);
 * here are the few checks that need the library, and the order of all.  Those
 * that ask brokers and stores are in check_broker.c and check_store.c.
 *
 * It looks with the rights of the extension's owner, so that whoever is
 * granted the function needs no other right, and tells findings, not rows.
 * To connect takes a consumer's own credentials, and so is done only for
 * callers who could act as its role.  Nothing is written, here or at any
 * server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "ingest/rules.h"
#include "process/version.h"
#include "sql/check.h"
#include "sql/function_owner.h"

PG_FUNCTION_INFO_V1(analytics_check);

/* All that waits for servers, together. */
#define NETWORK_MS 30000

/* Of its rows; these functions run under every SQL version (version.h). */
static const Oid check_columns[] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID,
									TEXTOID};

/* Checks in SQL.  Each function returns the columns of check(). */
typedef struct CheckPart
{
	const char *name; /* of the row when it fails */
	const char *query;
} CheckPart;

static const CheckPart parts_before[] = {
	{"server", "SELECT * FROM analytics.check_server()"},
	{"worker_slots", "SELECT * FROM analytics.check_worker_slots()"},
	{"consumer", "SELECT * FROM analytics.check_states()"},
	{"role", "SELECT * FROM analytics.check_roles()"},
	{"synchronous_commit",
	 "SELECT * FROM analytics.check_synchronous_commit()"},
};

static const CheckPart parts_behind[] = {
	{"objects", "SELECT * FROM analytics.check_objects()"},
	{"addition", "SELECT * FROM analytics.check_additions()"},
	{"update", "SELECT * FROM analytics.check_update()"},
	{"retention", "SELECT * FROM analytics.check_retention()"},
	{"backlog", "SELECT * FROM analytics.check_backlog()"},
	{"autovacuum", "SELECT * FROM analytics.check_autovacuum()"},
	{"exporter_role", "SELECT * FROM analytics.check_monitoring()"},
};

static void
select_rows(const char *query)
{
	int result;

	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	result = SPI_execute(query, true, 0);
	if (result != SPI_OK_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("a check failed: %s", SPI_result_code_string(result)),
				 errdetail("The query was: %s", query)));
}

static void
require_columns(const CheckPart *part)
{
	TupleDesc columns = SPI_tuptable->tupdesc;
	bool same = columns->natts == lengthof(check_columns);

	for (size_t i = 0; same && i < lengthof(check_columns); i++)
		same = TupleDescAttr(columns, i)->atttypid == check_columns[i];
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the columns of check \"%s\" are not those that the "
						"library knows",
						part->name),
				 errhint("%s", version_hint())));
}

static void
part_body(CheckReport *report, void *argument)
{
	const CheckPart *part = argument;

	select_rows(part->query);
	require_columns(part);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum values[5];
		bool nulls[5];

		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, values,
						  nulls);
		tuplestore_putvalues(report->result->setResult,
							 report->result->setDesc, values, nulls);
	}
	SPI_finish();
}

static void
run_parts(CheckReport *report, const CheckPart *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void) check_guarded(report, parts[i].name, NULL, part_body,
							 unconstify(CheckPart *, &parts[i]));
}

/* ---- what needs the library ---- */

static void
version_body(CheckReport *report, void *argument)
{
	char *version = NULL;
	bool is_served;

	(void) version_extension_oid(&version);
	is_served = version != NULL && version_is_served(version);
	*(bool *) argument = is_served;
	check_add(report, "version", NULL, is_served ? CHECK_OK : CHECK_ERROR,
			  psprintf("the installed SQL version is %s; the library serves "
					   "%s",
					   version != NULL ? version : "none", version_served()),
			  is_served ? NULL : version_hint());
}

static void
rules_body(CheckReport *report, void *argument)
{
	/* Anew: what a session keeps is only as good as the triggers are. */
	IngestRules *rules = rules_load(CurrentMemoryContext);

	check_add(report, "rules", NULL, CHECK_OK,
			  psprintf("rule set %d loads and compiles", rules->version),
			  NULL);
	MemoryContextDelete(rules->context);
}

/* ---- servers ---- */

static void
broker_body(CheckReport *report, void *argument)
{
	check_broker(report, argument);
}

static void
store_body(CheckReport *report, void *argument)
{
	check_store(report, argument);
}

static void
add_not_a_member(CheckReport *report, const ConsumerConfig *config)
{
	char *role = GetUserNameFromId(config->role, false);

	check_add(report, "connections", config->name, CHECK_SKIPPED,
			  psprintf("role \"%s\" may not connect as \"%s\"",
					   GetUserNameFromId(report->caller, false), role),
			  psprintf("Call it as a member of role \"%s\", or as a "
					   "superuser.",
					   role));
}

static void
connections_body(CheckReport *report, void *argument)
{
	ConsumerConfig *config =
		consumer_load_row(CurrentMemoryContext, (char *) argument);

	if (config == NULL)
		return;
	if (!compat_may_set_role(report->caller, config->role))
	{
		add_not_a_member(report, config);
		return;
	}
	if (config->has_broker)
		(void) check_guarded(report, "broker", config->broker_name,
							 broker_body, config);
	if (config->has_store)
		(void) check_guarded(report, "store", config->store_name, store_body,
							 config);
}

/* The names of all consumers into *argument, a List. */
static void
names_body(CheckReport *report, void *argument)
{
	List **names = argument;
	MemoryContext before;

	select_rows("SELECT name FROM analytics.consumers ORDER BY name");
	before = MemoryContextSwitchTo(report->context);
	for (uint64 i = 0; i < SPI_processed; i++)
		*names = lappend(*names, SPI_getvalue(SPI_tuptable->vals[i],
											  SPI_tuptable->tupdesc, 1));
	MemoryContextSwitchTo(before);
	SPI_finish();
}

static void
check_connections(CheckReport *report)
{
	List *names = NIL;
	ListCell *cell;

	report->deadline_ms = check_deadline(NETWORK_MS);
	if (!check_guarded(report, "connections", NULL, names_body, &names))
		return;
	foreach (cell, names)
		(void) check_guarded(report, "connections", lfirst(cell),
							 connections_body, lfirst(cell));
}

static void
run_checks(CheckReport *report, bool with_network)
{
	bool is_served = false;

	(void) check_guarded(report, "version", NULL, version_body, &is_served);
	run_parts(report, parts_before, lengthof(parts_before));
	if (!is_served)
		check_add(report, "rules", NULL, CHECK_SKIPPED,
				  "rules and connections of another SQL version are not for "
				  "this library to read",
				  version_hint());
	else
	{
		if (with_network)
			check_connections(report);
		(void) check_guarded(report, "rules", NULL, rules_body, NULL);
	}
	run_parts(report, parts_behind, lengthof(parts_behind));
}

/* Argument: whether brokers and stores are asked too. */
Datum
analytics_check(PG_FUNCTION_ARGS)
{
	CheckReport report = {.result = (ReturnSetInfo *) fcinfo->resultinfo,
						  .caller = GetUserId(),
						  .context = CurrentMemoryContext};
	const Oid arguments[] = {BOOLOID};
	Oid user;
	int security;

	version_require_arguments(fcinfo, arguments, lengthof(arguments));
	version_require_rows(fcinfo);
	InitMaterializedSRF(fcinfo, 0);
	version_require_columns(fcinfo, report.result->setDesc, check_columns,
							lengthof(check_columns));
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(function_owner(fcinfo->flinfo->fn_oid),
						   security | SECURITY_LOCAL_USERID_CHANGE);
	run_checks(&report, PG_GETARG_BOOL(0));
	SetUserIdAndSecContext(user, security);
	return (Datum) 0;
}
