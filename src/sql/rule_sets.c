/*-------------------------------------------------------------------------
 *
 * rule_sets.c
 *	  Triggers of the rule tables: which set of rules was when, and what each
 *	  changed.
 *
 * A transaction that changes rules makes a set, and one more if the rules
 * were used in between, so that the name of a set never means two contents.
 * For the same reason one transaction at a time changes rules: numbers of
 * sets rise in the order of the commits, and a set holds what those before
 * it hold.
 *
 * Nothing is recorded of rows that are restored from a dump, which brings the
 * records along; nor while the extension is created, since the triggers are
 * made behind the rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "ingest/rules.h"
#include "process/version.h"
#include "sql/restoring.h"
#include "sql/rule_row.h"

PG_FUNCTION_INFO_V1(analytics_rule_set_begin);
PG_FUNCTION_INFO_V1(analytics_rule_set_record);
PG_FUNCTION_INFO_V1(analytics_rule_set_stamp);

#define STAMPS "'analytics.rule_changes_place_seq'::pg_catalog.regclass"

/*
 * A stamp or place that no other has or had: not even one that a rollback
 * undid, which the sequence remembers, nor one of before a dump was restored
 * and set the sequence back.
 */
#define NEXT_STAMP                                                            \
	"pg_catalog.setval(" STAMPS ", GREATEST(pg_catalog.nextval(" STAMPS       \
	"), (SELECT pg_catalog.max(stamp) FROM analytics.rule_sets) "             \
	"OPERATOR(pg_catalog.+) 1, (SELECT pg_catalog.max(place) FROM "           \
	"analytics.rule_changes) OPERATOR(pg_catalog.+) 1))"

typedef enum RuleSetStatement
{
	NEWEST_VERSION,
	MAKE_SET,
	RECORD_CHANGE, /* no row if the set is not there */
	STAMP_ANEW
} RuleSetStatement;

static const struct
{
	const char *sql;
	int argument_count;
	Oid arguments[6];
} statements[] = {
	[NEWEST_VERSION] =
		{.sql = "SELECT pg_catalog.max(version) FROM analytics.rule_sets"},
	[MAKE_SET] =
		{.sql = "INSERT INTO analytics.rule_sets (version, created_by, stamp) "
				"VALUES (pg_catalog.nextval('analytics.rule_sets_version_seq'"
				"::pg_catalog.regclass), $1, " NEXT_STAMP ") "
				"RETURNING version",
		 .argument_count = 1,
		 .arguments = {NAMEOID}},
	[RECORD_CHANGE] =
		{.sql = "INSERT INTO analytics.rule_changes (place, version, "
				"table_name, operation, rule, before, after) "
				"SELECT " NEXT_STAMP ", s.version, $2, $3, $4, $5, $6 "
				"FROM analytics.rule_sets AS s "
				"WHERE s.version OPERATOR(pg_catalog.=) $1",
		 .argument_count = 6,
		 .arguments = {INT4OID, NAMEOID, TEXTOID, TEXTOID, JSONBOID,
					   JSONBOID}},
	[STAMP_ANEW] = {.sql = "UPDATE analytics.rule_sets SET stamp = " NEXT_STAMP
						   " WHERE version OPERATOR(pg_catalog.=) (SELECT "
						   "pg_catalog.min(version) FROM "
						   "analytics.rule_sets)"},
};

static SPIPlanPtr plans[lengthof(statements)];

static SPIPlanPtr
statement_plan(RuleSetStatement statement)
{
	if (plans[statement] == NULL)
	{
		SPIPlanPtr plan = SPI_prepare(statements[statement].sql,
									  statements[statement].argument_count,
									  (Oid *) statements[statement].arguments);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
							errmsg("could not prepare a statement on "
								   "analytics.rule_sets: %s",
								   SPI_result_code_string(SPI_result))));
		plans[statement] = plan;
	}
	return plans[statement];
}

/* Rows returned or written; under `snapshot`, or as usual without one. */
static uint64
run_under(Snapshot snapshot, RuleSetStatement statement, Datum *values,
		  const char *nulls)
{
	SPIPlanPtr plan = statement_plan(statement);
	int result =
		SPI_execute_snapshot(plan, values, nulls, snapshot, InvalidSnapshot,
							 snapshot != NULL, true, 0);

	if (result < 0)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not use analytics.rule_sets: %s",
							   SPI_result_code_string(result))));
	return SPI_processed;
}

static void
connect_to_spi(void)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
}

static int
integer_result(void)
{
	bool is_null;

	return DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0],
									   SPI_tuptable->tupdesc, 1, &is_null));
}

/*
 * Does the command that the client sent restore rows?  What dumps write is
 * COPY, or INSERT if so told; whatever else a session does with the setting of
 * a restore changes rules as ever.
 */
static bool
restores_rows(void)
{
	return restoring_a_dump() && ActivePortal != NULL &&
		   (ActivePortal->commandTag == CMDTAG_COPY ||
			ActivePortal->commandTag == CMDTAG_INSERT);
}

/* An INSERT may be somebody's own, who would be surprised. */
static void
tell_of_no_set(const TriggerData *trigger)
{
	if (ActivePortal->commandTag == CMDTAG_INSERT &&
		TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		ereport(NOTICE,
				(errmsg("no rule set is made of rows inserted into \"%s\": "
						"check_function_bodies is off, as when a dump is "
						"restored",
						RelationGetRelationName(trigger->tg_relation)),
				 errhint("Turn it on, and change the rules then.")));
}

/* --- before a statement --- */

/*
 * A transaction whose snapshot is older than the newest set would make one
 * that it does not itself see: it must begin anew, as when a row was changed
 * under it.
 */
static void
refuse_older_snapshot(void)
{
	int seen;
	int newest;

	connect_to_spi();
	run_under(GetTransactionSnapshot(), NEWEST_VERSION, NULL, NULL);
	seen = integer_result();
	run_under(GetLatestSnapshot(), NEWEST_VERSION, NULL, NULL);
	newest = integer_result();
	SPI_finish();
	if (seen != newest)
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("could not serialize access due to concurrent "
							   "change of the rules"),
						errhint("The transaction might succeed if retried.")));
}

SERVED_FUNCTION(analytics_rule_set_begin)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("not called as a trigger")));
	LockRelationOid(rules_table(), ShareRowExclusiveLock);
	if (IsolationUsesXactSnapshot())
		refuse_older_snapshot();
	PG_RETURN_POINTER(NULL);
}

/* --- after a row --- */

/* The set that this process made last, and what it is of. */
static struct
{
	Oid table;
	FullTransactionId transaction;
	int version;
} made;

/* Make a set in the name of who called. */
static void
make_set(void)
{
	char *user = GetUserNameFromId(GetOuterUserId(), false);
	Datum values[1] = {DirectFunctionCall1(namein, CStringGetDatum(user))};

	run_under(NULL, MAKE_SET, values, NULL);
	made.version = integer_result();
	made.table = rules_table();
	made.transaction = GetTopFullTransactionId();
}

/* Is the set of this transaction's own making, and not yet used? */
static bool
may_grow(void)
{
	return made.version > rules_highest_loaded() &&
		   made.table == rules_table() &&
		   FullTransactionIdEquals(made.transaction,
								   GetTopFullTransactionId());
}

/* A row without its flags. */
static Datum
row_jsonb(const RuleTable *table, HeapTuple tuple)
{
	Datum row = heap_copy_tuple_as_datum(tuple, table->columns);
	char *json = TextDatumGetCString(DirectFunctionCall1(row_to_json, row));
	Datum all = DirectFunctionCall1(jsonb_in, CStringGetDatum(json));

	all =
		DirectFunctionCall2(jsonb_delete, all, CStringGetTextDatum("builtin"));
	return DirectFunctionCall2(jsonb_delete, all,
							   CStringGetTextDatum("modified"));
}

static void
record(const RuleTable *table, const char *operation, HeapTuple before,
	   HeapTuple after)
{
	char *key = rule_key(table, after != NULL ? after : before);
	Datum values[6] = {
		[1] = DirectFunctionCall1(
			namein, CStringGetDatum(RelationGetRelationName(table->relation))),
		[2] = CStringGetTextDatum(operation),
		[3] = CStringGetTextDatum(key)};
	char nulls[6] = {' ', ' ', ' ', ' ', 'n', 'n'};

	if (before != NULL)
	{
		values[4] = row_jsonb(table, before);
		nulls[4] = ' ';
	}
	if (after != NULL)
	{
		values[5] = row_jsonb(table, after);
		nulls[5] = ' ';
	}
	if (!may_grow())
		make_set();
	values[0] = Int32GetDatum(made.version);
	if (run_under(NULL, RECORD_CHANGE, values, nulls) > 0)
		return;
	/* It was undone by a rollback to a savepoint. */
	make_set();
	values[0] = Int32GetDatum(made.version);
	run_under(NULL, RECORD_CHANGE, values, nulls);
}

SERVED_FUNCTION(analytics_rule_set_record)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	RuleTable table;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("not called as a trigger after a change of a row")));
	if (restores_rows())
		PG_RETURN_POINTER(NULL);
	table = rule_table(trigger);
	connect_to_spi();
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		record(&table, "INSERT", NULL, trigger->tg_trigtuple);
	else if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		record(&table, "DELETE", trigger->tg_trigtuple, NULL);
	else if (!rule_same_values(&table, trigger->tg_trigtuple,
							   trigger->tg_newtuple))
		record(&table, "UPDATE", trigger->tg_trigtuple, trigger->tg_newtuple);
	SPI_finish();
	PG_RETURN_POINTER(NULL);
}

/* --- after a statement --- */

/*
 * Argument: "always", or "restored" for a table whose changes are recorded
 * unless they restore rows.
 */
SERVED_FUNCTION(analytics_rule_set_stamp)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool is_recorded;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		trigger->tg_trigger->tgnargs != 1)
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("not called as a trigger after a statement")));
	is_recorded = strcmp(trigger->tg_trigger->tgargs[0], "always") != 0;
	if (is_recorded && !restores_rows())
		PG_RETURN_POINTER(NULL);
	if (is_recorded)
		tell_of_no_set(trigger);
	connect_to_spi();
	run_under(NULL, STAMP_ANEW, NULL, NULL);
	SPI_finish();
	PG_RETURN_POINTER(NULL);
}
