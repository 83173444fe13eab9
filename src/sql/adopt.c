/*-------------------------------------------------------------------------
 *
 * adopt.c
 *	  adopt() and verify_adoption(): move in from the old service.
 *
 * Procedures, since they commit after each chunk: no transaction is long, the
 * old service is not held up, and what is done stays done when a call ends
 * early.  They run with the rights of whoever calls them and need nobody
 * else's.  They touch neither the ledger nor the counters: no event is
 * processed here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "process/version.h"
#include "sql/adopt.h"

PG_FUNCTION_INFO_V1(analytics_adopt);
PG_FUNCTION_INFO_V1(analytics_verify_adoption);

#define MAX_TABLES 1000

/* What a call is asked for. */
typedef struct AdoptRequest
{
	MemoryContext context;
	char *schema;
	char **tables;
	int table_count;
	int chunk_rows;
	bool only_verifies;
} AdoptRequest;

static void
require_commits(FunctionCallInfo fcinfo, const char *name)
{
	if (fcinfo->context != NULL && IsA(fcinfo->context, CallContext) &&
		!((CallContext *) fcinfo->context)->atomic)
		return;
	ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
					errmsg("%s() cannot run inside a transaction block", name),
					errdetail("It commits each chunk."),
					errhint("CALL analytics.%s() by itself.", name)));
}

static void
read_tables(AdoptRequest *request, ArrayType *array)
{
	Datum *names;
	bool *nulls;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("argument \"source_tables\" must have one "
							   "dimension")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls,
					  &request->table_count);
	if (request->table_count == 0 || request->table_count > MAX_TABLES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("argument \"source_tables\" names %d tables",
							   request->table_count),
						errhint("1 to %d are expected.", MAX_TABLES)));
	request->tables = palloc(request->table_count * sizeof(char *));
	for (int i = 0; i < request->table_count; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("argument \"source_tables\" must not "
								   "contain nulls")));
		request->tables[i] = TextDatumGetCString(names[i]);
	}
}

/* Arguments: source_schema text, source_tables text[], chunk_rows integer. */
static void
read_arguments(FunctionCallInfo fcinfo, AdoptRequest *request)
{
	static const char *const names[] = {"source_schema", "source_tables",
										"chunk_rows"};

	for (int i = 0; i < lengthof(names); i++)
	{
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" must not be null", names[i])));
	}
	request->context = AllocSetContextCreate(
		CurrentMemoryContext, "analytics adoption", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(request->context);
	request->schema = text_to_cstring(PG_GETARG_TEXT_PP(0));
	read_tables(request, PG_GETARG_ARRAYTYPE_P(1));
	request->chunk_rows = PG_GETARG_INT32(2);
	if (request->chunk_rows < 1 || request->chunk_rows > ADOPT_CHUNK_ROWS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for argument \"chunk_rows\": %d",
						request->chunk_rows),
				 errhint("1 to %d are expected.", ADOPT_CHUNK_ROWS_MAX)));
}

/* Errors that a function finds, at the end of the list; how many. */
static int64
add_errors(const AdoptRequest *request, const char *table,
		   const char *function, StringInfo list)
{
	const char *values[] = {request->schema, table};
	char *found;

	adopt_run(psprintf("SELECT count(*), string_agg(f.finding, '; ') "
					   "FROM analytics.%s($1, $2) AS f "
					   "WHERE f.status = 'error'",
					   function),
			  lengthof(values), values, SPI_OK_SELECT);
	found = adopt_value(2, request->context);
	if (found == NULL)
		return 0;
	appendStringInfo(list, "%s%s: %s.", list->len > 0 ? "\n" : "", table,
					 found);
	return pg_strtoint64(adopt_value(1, request->context));
}

/* One error with all that keeps the tables from being adopted. */
static void
require_findings(const AdoptRequest *request)
{
	StringInfoData list;
	int64 count = 0;

	initStringInfo(&list);
	for (int i = 0; i < request->table_count; i++)
	{
		int64 lacking =
			add_errors(request, request->tables[i], "adoption_rights", &list);

		if (lacking == 0)
			lacking = add_errors(request, request->tables[i],
								 "adoption_findings", &list);
		count += lacking;
	}
	if (count > 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg_plural("the tables in schema \"%s\" cannot be "
									  "adopted, for " INT64_FORMAT " reason",
									  "the tables in schema \"%s\" cannot be "
									  "adopted, for " INT64_FORMAT " reasons",
									  count, request->schema, count),
						errdetail("%s", list.data),
						errhint("What mends each is told by: SELECT * FROM "
								"analytics.check_adoption(%s);",
								quote_literal_cstr(request->schema))));
}

static void
commit_and_go_on(void)
{
	SPI_commit();
	CHECK_FOR_INTERRUPTS();
	adopt_begin_transaction();
}

/*
 * The pass was interrupted, and which of our records it had used up went with
 * its session: find out again which of them the rows so far stand for.
 */
static void
use_up_again(const Adoption *adoption, MemoryContext context)
{
	Adoption before = *adoption;
	AdoptChunk chunk;

	before.phase = ADOPT_VERIFY;
	before.position = NULL;
	before.last_key = adoption->position;
	while (adopt_next_chunk(&before, &chunk))
	{
		before.position = chunk.upto;
		commit_and_go_on();
		MemoryContextReset(context);
	}
}

/*
 * One phase, chunk by chunk, each in memory that is freed after it.  It ends:
 * the position only grows, and last_key was taken when it began.
 */
static void
work_through(Adoption *adoption)
{
	AdoptChunk chunk;
	MemoryContext before = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(
		adoption->context, "analytics adoption chunk", ALLOCSET_DEFAULT_SIZES);

	adoption->step = adoption->chunk_rows;
	MemoryContextSwitchTo(context);
	if (adopt_gather_own(adoption) && adoption->position != NULL)
		use_up_again(adoption, context);
	while (adopt_next_chunk(adoption, &chunk))
	{
		adopt_note_chunk(adoption, &chunk);
		commit_and_go_on();
		MemoryContextReset(context);
	}
	if (adopt_keyless_chunk(adoption, &chunk))
		adopt_note_chunk(adoption, &chunk);
	if (adoption->phase == ADOPT_VERIFY)
	{
		adopt_surplus_chunk(adoption, &chunk);
		adopt_note_chunk(adoption, &chunk);
	}
	adopt_forget_own();
	adopt_next_phase(adoption);
	commit_and_go_on();
	MemoryContextSwitchTo(before);
	MemoryContextDelete(context);
}

/* Not a difference that adopt() could mend, and no loss. */
static void
report_gone(const Adoption *adoption, const char *gone)
{
	if (gone != NULL)
		ereport(
			NOTICE,
			(errmsg("\"%s.%s\": %s", adoption->schema, adoption->table, gone),
			 errdetail("They were deleted there, or their project_id was "
					   "changed, or they came from another table.")));
}

/* After adopt() a difference is the old service's doing, or needs a look. */
static void
report_adoption(const Adoption *adoption)
{
	bool agrees;
	char *gone;
	char *result = adopt_result(adoption, &agrees, &gone);

	if (agrees)
		ereport(NOTICE, (errmsg("\"%s.%s\": %s", adoption->schema,
								adoption->table, result)));
	else
		ereport(WARNING,
				(errmsg("\"%s.%s\" is not as it is here", adoption->schema,
						adoption->table),
				 errdetail("%s", result),
				 errhint("What the old service has written meanwhile is taken "
						 "by the next call of adopt().")));
	report_gone(adoption, gone);
}

static void
require_agreement(const Adoption *adoption)
{
	bool agrees;
	char *gone;
	char *result = adopt_verdict(adoption, &agrees, &gone);

	if (!agrees)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("\"%s.%s\" is not as it is here", adoption->schema,
						adoption->table),
				 errdetail("%s", result),
				 errhint("CALL analytics.adopt(%s); takes what is new or "
						 "changed there, and what was changed here.",
						 quote_literal_cstr(adoption->schema))));
	ereport(NOTICE, (errmsg("\"%s.%s\": %s", adoption->schema, adoption->table,
							result)));
	report_gone(adoption, gone);
}

static void
adopt_table(const AdoptRequest *request, const char *table)
{
	Adoption adoption = {.context = request->context,
						 .schema = request->schema,
						 .table = table,
						 .chunk_rows = request->chunk_rows};

	adopt_load_statements(&adoption);
	if (request->only_verifies)
		adopt_claim_verification(&adoption);
	else
		adopt_claim(&adoption);
	commit_and_go_on();
	if (adoption.phase == ADOPT_COPY)
		work_through(&adoption);
	work_through(&adoption);
	if (!request->only_verifies)
		report_adoption(&adoption);
}

/* A table that differs keeps none behind it from being compared. */
static void
require_all_agree(const AdoptRequest *request)
{
	for (int i = 0; i < request->table_count; i++)
	{
		Adoption adoption = {.context = request->context,
							 .schema = request->schema,
							 .table = request->tables[i]};
		const char *values[] = {adoption.schema, adoption.table};

		adopt_run("SELECT max(pass) FROM analytics.adoptions "
				  "WHERE source_schema = $1 AND source_table = $2",
				  lengthof(values), values, SPI_OK_SELECT);
		adoption.pass = pg_strtoint32(adopt_value(1, request->context));
		require_agreement(&adoption);
	}
}

/* Every chunk must see what others have committed since the last. */
static void
require_read_committed(const char *name)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s() works in transactions of isolation level read "
						"committed, and default_transaction_isolation is "
						"another",
						name),
				 errhint("SET default_transaction_isolation = 'read "
						 "committed'; and call it again.")));
}

static void
serve(FunctionCallInfo fcinfo, const char *name, bool only_verifies)
{
	AdoptRequest request = {.only_verifies = only_verifies};

	require_commits(fcinfo, name);
	read_arguments(fcinfo, &request);
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	require_read_committed(name);
	adopt_begin_transaction();
	require_findings(&request);
	for (int i = 0; i < request.table_count; i++)
		adopt_table(&request, request.tables[i]);
	if (only_verifies)
		require_all_agree(&request);
	/* a caller's transaction goes on with its own settings */
	SPI_commit();
	SPI_finish();
}

SERVED_FUNCTION(analytics_adopt)
{
	serve(fcinfo, "adopt", false);
	PG_RETURN_VOID();
}

SERVED_FUNCTION(analytics_verify_adoption)
{
	serve(fcinfo, "verify_adoption", true);
	PG_RETURN_VOID();
}
