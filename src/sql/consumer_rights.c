/*-------------------------------------------------------------------------
 *
 * consumer_rights.c
 *	  Row trigger: the role of a consumer gets what its workers need.
 *
 * The rights are granted when a consumer of the role appears and revoked with
 * its last one, in the name of the tables' owner.  They are listed here and
 * nowhere else, and are no more than the worker's statements use; a role that
 * has the owner's rights anyhow is left alone.
 *
 * It also says so at once when no worker will start for want of
 * shared_preload_libraries.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "process/state.h"
#include "process/version.h"

PG_FUNCTION_INFO_V1(analytics_consumer_rights);
PG_FUNCTION_INFO_V1(analytics_rights_of_consumers);

typedef struct Right
{
	const char *privileges;
	const char *object;
} Right;

static const Right rights[] = {
	{"USAGE", "SCHEMA analytics"},
	{"SELECT", "TABLE analytics.settings, analytics.platforms, "
			   "analytics.error_codes, analytics.slang, "
			   "analytics.spam_keywords, analytics.stop_words, "
			   "analytics.aspect_terms, analytics.sentiment_terms, "
			   "analytics.intent_patterns, analytics.rule_sets, "
			   "analytics.rule_changes, analytics.consumers"},
	{"SELECT, INSERT, UPDATE", "TABLE analytics.post_analytics"},
	{"SELECT (event_id), INSERT, DELETE", "TABLE analytics.crawl_errors"},
	{"SELECT, INSERT, UPDATE (consumer, project_id, subject, expected_count, "
	 "actual_count, success_count, error_count, skipped_count, bytes_fetched, "
	 "bytes_decoded, fetch_ms, parse_ms, analyse_ms, write_ms, worker, "
	 "redelivered, received_at, completed_at, event_body)",
	 "TABLE analytics.batches"},
	{"INSERT", "TABLE analytics.batch_replays"},
	{"SELECT, INSERT, UPDATE (deliveries, last_delivered_at, attempts, "
	 "message, sqlstate, state, state_note, replays_batch)",
	 "TABLE analytics.dead_letters"},
	{"SELECT, INSERT, UPDATE (value, seconds, buckets)",
	 "TABLE analytics.counters"},
	{"SELECT, INSERT, DELETE, UPDATE (attempts, due_at, leased_by, "
	 "leased_until)",
	 "TABLE analytics.local_queue"},
	{"SELECT, INSERT, UPDATE (done, failed, run_started_at, run_done, "
	 "run_failed, last_done_at, minute, minute_done, minute_before)",
	 "TABLE analytics.submissions"},
	{"SELECT, INSERT, DELETE, UPDATE (attempts, kills, last_at)",
	 "TABLE analytics.attempts"},
	{"EXECUTE",
	 "FUNCTION analytics.staged_batches(), analytics.staged_posts(), "
	 "analytics.staged_crawl_errors(), analytics.staged_dead_letters(), "
	 "analytics.staged_counters()"},
};

static void
run(const char *statement)
{
	int result = SPI_execute(statement, false, 0);

	if (result != SPI_OK_UTILITY)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not change the rights of a consumer's role: %s",
						SPI_result_code_string(result)),
				 errdetail("The statement was: %s", statement)));
}

/*
 * As the owner of the tables; the trigger's caller may only have been given
 * the right to write consumers.
 */
static void
change_rights(Oid owner, const char *role, bool grant)
{
	Oid user;
	int security;

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE);
	for (size_t i = 0; i < lengthof(rights); i++)
		run(psprintf("%s %s ON %s %s %s", grant ? "GRANT" : "REVOKE",
					 rights[i].privileges, rights[i].object,
					 grant ? "TO" : "FROM", quote_identifier(role)));
	SetUserIdAndSecContext(user, security);
}

/* Does a consumer of this role remain? */
static bool
is_used(const char *role)
{
	Oid types[1] = {NAMEOID};
	Datum values[1] = {DirectFunctionCall1(namein, CStringGetDatum(role))};
	int result = SPI_execute_with_args(
		"SELECT 1 FROM analytics.consumers WHERE role = $1", 1, types, values,
		NULL, false, 1);

	if (result != SPI_OK_SELECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not read analytics.consumers: %s",
							   SPI_result_code_string(result))));
	return SPI_processed > 0;
}

/* The role, if it needs rights of its own; NULL for a tuple that is none. */
static char *
role_of(HeapTuple tuple, TupleDesc columns, Oid owner)
{
	char *name;
	Oid role;

	if (tuple == NULL)
		return NULL;
	name = SPI_getvalue(tuple, columns, SPI_fnumber(columns, "role"));
	role = get_role_oid(name, true);
	return OidIsValid(role) && !has_privs_of_role(role, owner) ? name : NULL;
}

/* Two sessions that change the same rights at once would fail. */
static void
lock_rights(void)
{
	LockDatabaseObject(ExtensionRelationId,
					   get_extension_oid("analytics", false), 0,
					   ShareUpdateExclusiveLock);
}

/*
 * Has the role been given its rights?  One of them stands for all.  A dump
 * restored before the role was made leaves a consumer without.
 */
static bool
has_rights(Oid consumers, const char *role)
{
	return pg_class_aclcheck(consumers, get_role_oid(role, false),
							 ACL_SELECT) == ACLCHECK_OK;
}

/* before and after: the roles that the row named and names, NULL for none. */
static void
follow_change(Oid consumers, Oid owner, char *before, char *after)
{
	if (before == NULL && after == NULL)
		return;
	if (before != NULL && after != NULL && strcmp(before, after) == 0 &&
		has_rights(consumers, after))
		return;
	lock_rights();
	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	if (after != NULL)
		change_rights(owner, after, true);
	if (before != NULL && !is_used(before))
		change_rights(owner, before, false);
	SPI_finish();
}

static void
warn_unless_preloaded(HeapTuple tuple, TupleDesc columns)
{
	bool is_null;
	Datum enabled = SPI_getbinval(tuple, columns,
								  SPI_fnumber(columns, "enabled"), &is_null);

	if (state_available() || !DatumGetBool(enabled))
		return;
	ereport(WARNING, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					  errmsg("no worker will start for consumer \"%s\": "
							 "analytics is not in shared_preload_libraries",
							 SPI_getvalue(tuple, columns,
										  SPI_fnumber(columns, "name"))),
					  errhint("Add analytics to shared_preload_libraries and "
							  "restart the server.")));
}

SERVED_FUNCTION(analytics_consumer_rights)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc columns;
	HeapTuple before = NULL;
	HeapTuple after = NULL;
	Oid owner;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("not called as a trigger after a change of a row")));

	columns = RelationGetDescr(trigger->tg_relation);
	owner = trigger->tg_relation->rd_rel->relowner;
	if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		before = trigger->tg_trigtuple;
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		after = trigger->tg_trigtuple;
	else if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		after = trigger->tg_newtuple;

	follow_change(RelationGetRelid(trigger->tg_relation), owner,
				  role_of(before, columns, owner),
				  role_of(after, columns, owner));
	if (before == NULL)
		warn_unless_preloaded(after, columns);
	return PointerGetDatum(NULL);
}

/* The list above, as rows (privileges, object), for whoever checks it. */
SERVED_FUNCTION(analytics_rights_of_consumers)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (size_t i = 0; i < lengthof(rights); i++)
	{
		Datum values[2] = {CStringGetTextDatum(rights[i].privileges),
						   CStringGetTextDatum(rights[i].object)};
		bool nulls[2] = {false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
	return (Datum) 0;
}
