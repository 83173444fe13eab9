/*-------------------------------------------------------------------------
 *
 * explain_post.c
 *	  analytics.explain_post(): why a stored post was judged as it was.
 *
 * The database keeps no text, so the object that the post came in is fetched
 * again, from the store of the consumer that processed it and with the
 * caller's own user mapping, and the item is analysed by the rules that hold
 * now.  Nothing is written, and nothing here is done with other rights than
 * the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "ingest/batch.h"
#include "ingest/connections.h"
#include "ingest/session_rules.h"
#include "process/version.h"
#include "sql/analyze.h"
#include "sql/refetch.h"

PG_FUNCTION_INFO_V1(analytics_explain_post);

#define POST_QUERY                                                            \
	"SELECT p.event_id, b.key IS NOT NULL, b.object, b.consumer,"             \
	" b.platform, b.job_id, b.event_time, c.name IS NOT NULL, c.store"        \
	" FROM analytics.post_analytics AS p"                                     \
	" LEFT JOIN analytics.batches AS b"                                       \
	" ON b.key OPERATOR(pg_catalog.=) p.event_id"                             \
	" LEFT JOIN analytics.consumers AS c"                                     \
	" ON c.name OPERATOR(pg_catalog.=) b.consumer"                            \
	" WHERE p.id OPERATOR(pg_catalog.=) $1"                                   \
	" AND p.project_id IS NOT DISTINCT FROM $2"

#define PROJECTS_QUERY                                                        \
	"SELECT pg_catalog.string_agg(coalesce("                                  \
	"pg_catalog.quote_literal(q.project_id), 'NULL'), ', ')"                  \
	" FROM (SELECT p.project_id FROM analytics.post_analytics AS p"           \
	" WHERE p.id OPERATOR(pg_catalog.=) $1 ORDER BY 1 LIMIT 5) AS q"

/* Where a post came from. */
typedef struct PostOrigin
{
	char *event_id;
	bool in_ledger;
	char *object;   /* NULL: its items came in the event */
	char *consumer; /* NULL or "": a session */
	char *platform;
	char *job_id;
	TimestampTz event_time;
	bool consumer_exists;
	char *store; /* NULL: the consumer has none */
} PostOrigin;

static const char *
project_text(Datum project, bool is_null)
{
	return is_null ? "NULL" : quote_literal_cstr(TextDatumGetCString(project));
}

pg_noreturn static void raise_no_post(Datum *arguments, const char *nulls);

static void
raise_no_post(Datum *arguments, const char *nulls)
{
	Oid types[1] = {TEXTOID};
	char *projects = NULL;

	if (SPI_execute_with_args(PROJECTS_QUERY, 1, types, arguments, NULL, true,
							  1) == SPI_OK_SELECT &&
		SPI_processed == 1)
		projects =
			SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("there is no post \"%s\" of project %s",
						   TextDatumGetCString(arguments[0]),
						   project_text(arguments[1], nulls[1] == 'n')),
					projects != NULL
						? errhint("There is one of project_id: %s", projects)
						: errhint("See id and project_id in "
								  "analytics.post_analytics.")));
}

static char *
text_column(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

static Datum
value_column(int column)
{
	bool is_null;

	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column,
						 &is_null);
}

static void
read_origin(PostOrigin *origin)
{
	origin->event_id = text_column(1);
	origin->in_ledger = DatumGetBool(value_column(2));
	if (!origin->in_ledger)
		return;
	origin->object = text_column(3);
	origin->consumer = text_column(4);
	origin->platform = text_column(5);
	origin->job_id = text_column(6);
	origin->event_time = DatumGetTimestampTz(value_column(7));
	origin->consumer_exists = DatumGetBool(value_column(8));
	origin->store = text_column(9);
}

/* Raises when there is no such post. */
static void
find_post(Datum *arguments, const char *nulls, PostOrigin *origin)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid types[2] = {TEXTOID, TEXTOID};
	int result;

	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not connect to SPI")));
	result =
		SPI_execute_with_args(POST_QUERY, 2, types, arguments, nulls, true, 1);
	if (result != SPI_OK_SELECT)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("could not read analytics.post_analytics: %s",
							   SPI_result_code_string(result))));
	if (SPI_processed == 0)
		raise_no_post(arguments, nulls);
	MemoryContextSwitchTo(caller);
	read_origin(origin);
	SPI_finish();
}

pg_noreturn static void raise_no_text(const PostOrigin *origin,
									  const char *detail, const char *hint);

static void
raise_no_text(const PostOrigin *origin, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the text of a post of event \"%s\" is not to be had",
					origin->event_id),
			 errdetail("%s", detail), errhint("%s", hint)));
}

/* Is there an object, and somewhere to fetch it from? */
static void
check_origin(const PostOrigin *origin)
{
	const char *by_hand =
		"Call analytics.analyze() with the item, if you have it.";

	if (!origin->in_ledger)
		raise_no_text(origin, "The event is no longer in analytics.batches.",
					  by_hand);
	if (origin->object == NULL)
		raise_no_text(origin,
					  "The items came in the event itself, and their texts "
					  "are not kept.",
					  by_hand);
	if (origin->consumer == NULL || origin->consumer[0] == '\0')
		raise_no_text(origin,
					  "The items were given to analytics.ingest(), and their "
					  "texts are not kept.",
					  by_hand);
	if (!origin->consumer_exists)
		raise_no_text(
			origin,
			psprintf("Its consumer \"%s\" was dropped.", origin->consumer),
			psprintf("Create a consumer of this name with the store "
					 "that has the object \"%s\"; it may have no "
					 "workers.",
					 origin->object));
	if (origin->store == NULL)
		raise_no_text(origin,
					  psprintf("Its consumer \"%s\" has no store any more.",
							   origin->consumer),
					  psprintf("SELECT analytics.alter_consumer(%s, store => "
							   "'...');",
							   quote_literal_cstr(origin->consumer)));
}

static char *
fetch_text(const PostOrigin *origin, size_t *length)
{
	StoreOptions options = {0};
	char *bucket = pstrdup(origin->object);
	char *slash = strchr(bucket, '/');

	if (slash == NULL)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("\"%s\" in analytics.batches names no object",
							   origin->object)));
	*slash = '\0';
	connection_load_store(origin->store, GetUserId(), &options);
	options.max_fetches = 1;
	return refetch_object(&options, bucket, slash + 1, length);
}

static void
check_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

static Batch *
read_batch(const PostOrigin *origin, const IngestRules *rules)
{
	Batch *batch = palloc0(sizeof(Batch));
	Rejection rejection = {0};
	size_t length;
	char *text = fetch_text(origin, &length);

	batch->context = CurrentMemoryContext;
	batch->event = (Event){.event_id = origin->event_id,
						   .timestamp = origin->event_time,
						   .job_id = origin->job_id,
						   .platform = origin->platform,
						   .batch_index = -1,
						   .total_batches = -1};
	if (!batch_parse(batch, text, length, rules, check_interrupts, &rejection))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("object \"%s\" is another than when it was processed",
						origin->object),
				 errdetail("%s", rejection.message)));
	return batch;
}

/* Of several items of one id, the one that was stored: the newest crawl. */
static BatchItem *
find_item(const Batch *batch, const char *id)
{
	BatchItem *found = NULL;

	for (int i = 0; i < batch->item_count; i++)
	{
		BatchItem *item = &batch->items[i];

		if (item->kind == ITEM_POST && strcmp(item->id, id) == 0 &&
			(found == NULL || item->crawled_at >= found->crawled_at))
			found = item;
	}
	return found;
}

/* Arguments: id text, project_id text. */
SERVED_FUNCTION(analytics_explain_post)
{
	Datum arguments[2] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};
	const char nulls[2] = {' ', PG_ARGISNULL(1) ? 'n' : ' '};
	PostOrigin origin = {0};
	const IngestRules *rules;
	BatchItem *item;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"id\" must not be null")));
	find_post(arguments, nulls, &origin);
	check_origin(&origin);
	rules = session_rules();
	item = find_item(read_batch(&origin, rules),
					 TextDatumGetCString(arguments[0]));
	if (item == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("post \"%s\" is not in object \"%s\"",
						TextDatumGetCString(arguments[0]), origin.object),
				 errdetail("The object is another than when it was "
						   "processed.")));
	return analyze_item_row(fcinfo, item, rules);
}
