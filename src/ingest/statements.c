/*-------------------------------------------------------------------------
 *
 * statements.c
 *	  Every statement that the writer runs, in one table.
 *
 * The plans are kept for the life of the process; PostgreSQL plans them anew
 * by itself when an object they use changes.  All names are qualified.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "ingest/counters.h"
#include "ingest/statements.h"

#define MAX_ARGUMENTS 7

typedef struct StatementText
{
	const char *sql;
	int argument_count;
	Oid arguments[MAX_ARGUMENTS];
} StatementText;

#define BATCH_COLUMNS                                                         \
	"key, event_id, body_hash, consumer, job_id, project_id, subject, "       \
	"platform, object, batch_index, total_batches, announced_count, "         \
	"expected_count, actual_count, success_count, error_count, "              \
	"skipped_count, bytes_fetched, bytes_decoded, fetch_ms, parse_ms, "       \
	"analyse_ms, write_ms, worker, redelivered, event_time, received_at, "    \
	"completed_at"

/* X(column) for each column that an upsert replaces: all but the key. */
/* clang-format off */
#define POST_PAYLOAD(X) \
	X(platform) ", " X(published_at) ", " X(analyzed_at) ", " \
	X(overall_sentiment) ", " X(overall_sentiment_score) ", " \
	X(overall_confidence) ", " X(primary_intent) ", " \
	X(intent_confidence) ", " X(impact_score) ", " X(risk_level) ", " \
	X(is_viral) ", " X(is_kol) ", " X(aspects_breakdown) ", " \
	X(keywords) ", " X(sentiment_probabilities) ", " \
	X(impact_breakdown) ", " X(view_count) ", " X(like_count) ", " \
	X(comment_count) ", " X(share_count) ", " X(save_count) ", " \
	X(follower_count) ", " X(processing_time_ms) ", " \
	X(model_version) ", " X(job_id) ", " X(batch_index) ", " \
	X(task_type) ", " X(keyword_source) ", " X(crawled_at) ", " \
	X(pipeline_version) ", " X(fetch_status) ", " X(fetch_error) ", " \
	X(error_code) ", " X(error_details) ", " X(subject) ", " \
	X(permalink) ", " X(author_username) ", " X(event_id)
/* clang-format on */

#define COLUMN_NAME(column) #column
#define COLUMN_REPLACED(column) #column " = excluded." #column

#define POST_COLUMNS "id, project_id, " POST_PAYLOAD(COLUMN_NAME)

/* What a replay replaces in the ledger: all that a run can change. */
#define BATCH_REPLACED                                                        \
	"consumer = s.consumer, project_id = s.project_id, "                      \
	"subject = s.subject, expected_count = s.expected_count, "                \
	"actual_count = s.actual_count, success_count = s.success_count, "        \
	"error_count = s.error_count, skipped_count = s.skipped_count, "          \
	"bytes_fetched = s.bytes_fetched, bytes_decoded = s.bytes_decoded, "      \
	"fetch_ms = s.fetch_ms, parse_ms = s.parse_ms, "                          \
	"analyse_ms = s.analyse_ms, write_ms = s.write_ms, worker = s.worker, "   \
	"redelivered = s.redelivered, received_at = s.received_at, "              \
	"completed_at = s.completed_at"

#define CRAWL_ERROR_COLUMNS                                                   \
	"content_id, project_id, job_id, platform, error_code, error_category, "  \
	"error_message, error_details, permalink, created_at, event_id, "         \
	"item_index"

#define DEAD_LETTER_COLUMNS                                                   \
	"consumer, event_id, reason, sqlstate, message, body, headers, "          \
	"body_hash, deliveries, attempts, received_at"

#define SUBMISSION_COLUMNS                                                    \
	"consumer, worker, done, failed, run_started_at, run_done, run_failed, "  \
	"last_done_at, minute, minute_done, minute_before"

/* Is what is added of another run than what is there, or of another minute? */
#define NEW_RUN                                                               \
	"excluded.run_started_at OPERATOR(pg_catalog.>) stored.run_started_at"
#define SAME_MINUTE "excluded.minute OPERATOR(pg_catalog.=) stored.minute"
#define NEXT_MINUTE                                                           \
	"excluded.minute OPERATOR(pg_catalog.=) (stored.minute "                  \
	"OPERATOR(pg_catalog.+) interval '1 minute')"

#define SUBMISSIONS_ADDED                                                     \
	"done = stored.done OPERATOR(pg_catalog.+) excluded.done, "               \
	"failed = stored.failed OPERATOR(pg_catalog.+) excluded.failed, "         \
	"run_done = excluded.run_done OPERATOR(pg_catalog.+) "                    \
	"CASE WHEN " NEW_RUN " THEN 0 ELSE stored.run_done END, "                 \
	"run_failed = excluded.run_failed OPERATOR(pg_catalog.+) "                \
	"CASE WHEN " NEW_RUN " THEN 0 ELSE stored.run_failed END, "               \
	"minute_done = excluded.minute_done OPERATOR(pg_catalog.+) "              \
	"CASE WHEN NOT " NEW_RUN " AND " SAME_MINUTE                              \
	" THEN stored.minute_done ELSE 0 END, "                                   \
	"minute_before = CASE WHEN " NEW_RUN " THEN 0 "                           \
	"WHEN " SAME_MINUTE " THEN stored.minute_before "                         \
	"WHEN " NEXT_MINUTE " THEN stored.minute_done ELSE 0 END, "               \
	"minute = excluded.minute, last_done_at = excluded.last_done_at, "        \
	"run_started_at = GREATEST(stored.run_started_at, "                       \
	"excluded.run_started_at)"

#define COUNTER_COLUMNS                                                       \
	"consumer, worker, metric, platform, label, detail, value, seconds, "     \
	"buckets"

static const StatementText statements[STATEMENT_COUNT] = {
	[STATEMENT_CLAIM] = {.sql = "INSERT INTO analytics.batches (" BATCH_COLUMNS
								") SELECT " BATCH_COLUMNS
								" FROM analytics.staged_batches() "
								"ON CONFLICT (key) DO NOTHING RETURNING key"},
	[STATEMENT_KNOWN] = {.sql = "SELECT key, body_hash FROM analytics.batches "
								"WHERE key OPERATOR(pg_catalog.=) ANY ($1)",
						 .argument_count = 1,
						 .arguments = {TEXTARRAYOID}},
	[STATEMENT_RECORD_REPLAYS] =
		{.sql = "INSERT INTO analytics.batch_replays (key, requested_at, "
				"requested_by, replayed_at, consumer, worker, "
				"previous_completed_at, previous_success_count, "
				"previous_error_count, previous_skipped_count) "
				"SELECT b.key, COALESCE(q.enqueued_at, s.received_at), "
				"COALESCE(q.enqueued_by, CURRENT_USER), s.completed_at, "
				"s.consumer, s.worker, b.completed_at, b.success_count, "
				"b.error_count, b.skipped_count "
				"FROM (SELECT key, completed_at, success_count, error_count, "
				"skipped_count FROM analytics.batches "
				"WHERE key OPERATOR(pg_catalog.=) ANY ($1) "
				"ORDER BY key FOR UPDATE) b "
				"JOIN analytics.staged_batches() s "
				"ON s.key OPERATOR(pg_catalog.=) b.key "
				"LEFT JOIN analytics.local_queue q "
				"ON q.replay_key OPERATOR(pg_catalog.=) b.key",
		 .argument_count = 1,
		 .arguments = {TEXTARRAYOID}},
	[STATEMENT_TAKE_OVER] = {.sql = "UPDATE analytics.batches b "
									"SET " BATCH_REPLACED
									" FROM analytics.staged_batches() s "
									"WHERE b.key OPERATOR(pg_catalog.=) "
									"s.key"},
	[STATEMENT_FORGET_CRAWL_ERRORS] =
		{.sql = "DELETE FROM analytics.crawl_errors "
				"WHERE event_id OPERATOR(pg_catalog.=) ANY ($1)",
		 .argument_count = 1,
		 .arguments = {TEXTARRAYOID}},
	[STATEMENT_POSTS] =
		{.sql = "INSERT INTO analytics.post_analytics AS stored "
				"(" POST_COLUMNS ") SELECT " POST_COLUMNS
				" FROM analytics.staged_posts() "
				"ON CONFLICT (id, project_id) DO UPDATE SET " POST_PAYLOAD(
					COLUMN_REPLACED) " WHERE (excluded.crawled_at, "
									 "excluded.event_id COLLATE "
									 "pg_catalog.\"C\") "
									 "OPERATOR(pg_catalog.>=) "
									 "(stored.crawled_at, stored.event_id "
									 "COLLATE pg_catalog.\"C\")"},
	[STATEMENT_FIRE_DEFERRED] = {.sql = "SET CONSTRAINTS ALL IMMEDIATE"},
	[STATEMENT_SUPERSEDED] =
		{.sql = "SELECT s.id, s.project_id "
				"FROM analytics.staged_posts() s "
				"JOIN analytics.post_analytics p "
				"ON p.id OPERATOR(pg_catalog.=) s.id "
				"AND p.project_id IS NOT DISTINCT FROM s.project_id "
				"WHERE p.event_id OPERATOR(pg_catalog.<>) s.event_id"},
	[STATEMENT_CRAWL_ERRORS] =
		{.sql = "INSERT INTO analytics.crawl_errors (" CRAWL_ERROR_COLUMNS
				") SELECT " CRAWL_ERROR_COLUMNS
				" FROM analytics.staged_crawl_errors()"},
	[STATEMENT_PENDING_LETTERS] =
		{.sql = "SELECT id, event_id, body FROM analytics.dead_letters "
				"WHERE event_id OPERATOR(pg_catalog.=) ANY ($1) "
				"AND state OPERATOR(pg_catalog.=) 'pending' "
				"AND reason OPERATOR(pg_catalog.<>) 'KEY_CONFLICT'",
		 .argument_count = 1,
		 .arguments = {TEXTARRAYOID}},
	[STATEMENT_SETTLE_LETTERS] =
		{.sql = "UPDATE analytics.dead_letters SET state = 'replayed', "
				"state_note = 'processed by another delivery' "
				"WHERE id OPERATOR(pg_catalog.=) ANY ($1) "
				"AND state OPERATOR(pg_catalog.=) 'pending'",
		 .argument_count = 1,
		 .arguments = {INT8ARRAYOID}},
	[STATEMENT_DEAD_LETTERS] =
		{.sql = "INSERT INTO analytics.dead_letters AS stored "
				"(" DEAD_LETTER_COLUMNS ") SELECT " DEAD_LETTER_COLUMNS
				" FROM analytics.staged_dead_letters() "
				"ON CONFLICT (reason, body_hash) DO UPDATE SET "
				"deliveries = stored.deliveries OPERATOR(pg_catalog.+) "
				"excluded.deliveries, "
				"last_delivered_at = pg_catalog.now() "
				"RETURNING reason, body_hash, "
				"deliveries OPERATOR(pg_catalog.=) "
				"(SELECT s.deliveries FROM analytics.staged_dead_letters() s "
				"WHERE s.reason OPERATOR(pg_catalog.=) stored.reason AND "
				"s.body_hash OPERATOR(pg_catalog.=) stored.body_hash) "
				"AS inserted, id"},
	[STATEMENT_REOPEN] =
		{.sql = "UPDATE analytics.dead_letters d SET state = 'pending', "
				"attempts = d.attempts OPERATOR(pg_catalog.+) $4, "
				"message = $5, sqlstate = $6, state_note = 'failed again' "
				"WHERE d.reason OPERATOR(pg_catalog.=) $1 "
				"AND d.body_hash OPERATOR(pg_catalog.=) $2 "
				"AND d.state OPERATOR(pg_catalog.=) 'replayed' "
				"AND (d.id OPERATOR(pg_catalog.=) $3 "
				"OR (NOT EXISTS (SELECT FROM analytics.local_queue q "
				"WHERE q.dead_letter OPERATOR(pg_catalog.=) d.id) "
				"AND NOT EXISTS (SELECT FROM analytics.batches b "
				"WHERE b.key OPERATOR(pg_catalog.=) d.event_id)))",
		 .argument_count = 6,
		 .arguments = {TEXTOID, BYTEAOID, INT8OID, INT4OID, TEXTOID, TEXTOID}},
	[STATEMENT_FAILED_OTHERWISE] =
		{.sql = "UPDATE analytics.dead_letters "
				"SET state_note = pg_catalog.concat('failed again, as ', $2) "
				"WHERE id OPERATOR(pg_catalog.=) $1 "
				"AND state OPERATOR(pg_catalog.=) 'replayed' "
				"AND reason OPERATOR(pg_catalog.<>) $2",
		 .argument_count = 2,
		 .arguments = {INT8OID, TEXTOID}},
	[STATEMENT_LETTER_OF_BATCH] =
		{.sql = "UPDATE analytics.dead_letters SET replays_batch = true "
				"WHERE reason OPERATOR(pg_catalog.=) $1 "
				"AND body_hash OPERATOR(pg_catalog.=) $2 "
				"AND NOT replays_batch",
		 .argument_count = 2,
		 .arguments = {TEXTOID, BYTEAOID}},
	[STATEMENT_PARK] = {.sql = "INSERT INTO analytics.local_queue "
							   "(consumer, body, headers, attempts, due_at) "
							   "VALUES ($1, $2, $3, $4, $5)",
						.argument_count = 5,
						.arguments = {TEXTOID, BYTEAOID, JSONBOID, INT4OID,
									  TIMESTAMPTZOID}},
	[STATEMENT_PARK_AGAIN] =
		{.sql = "UPDATE analytics.local_queue SET attempts = $2, "
				"due_at = $3, leased_by = NULL, leased_until = NULL "
				"WHERE id OPERATOR(pg_catalog.=) $1",
		 .argument_count = 3,
		 .arguments = {INT8OID, INT4OID, TIMESTAMPTZOID}},
	[STATEMENT_UNQUEUE] = {.sql = "DELETE FROM analytics.local_queue "
								  "WHERE id OPERATOR(pg_catalog.=) ANY ($1)",
						   .argument_count = 1,
						   .arguments = {INT8ARRAYOID}},
	[STATEMENT_FORGET_ATTEMPTS] =
		{.sql = "DELETE FROM analytics.attempts "
				"WHERE body_hash OPERATOR(pg_catalog.=) ANY ($1) "
				"AND consumer OPERATOR(pg_catalog.=) $2",
		 .argument_count = 2,
		 .arguments = {BYTEAARRAYOID, TEXTOID}},
	[STATEMENT_ATTEMPTS_LEFT] = {.sql = "SELECT FROM analytics.attempts "
										"WHERE consumer "
										"OPERATOR(pg_catalog.=) $1 LIMIT 1",
								 .argument_count = 1,
								 .arguments = {TEXTOID}},
	[STATEMENT_COUNTERS] =
		{.sql =
			 "INSERT INTO analytics.counters AS stored "
			 "(" COUNTER_COLUMNS ") SELECT " COUNTER_COLUMNS
			 " FROM analytics.staged_counters() "
			 "ON CONFLICT (consumer, worker, metric, platform, label, detail) "
			 "DO UPDATE SET "
			 "value = CASE WHEN excluded.metric OPERATOR(pg_catalog.=) "
			 "'" COUNTER_LAST_COMMIT "' "
			 "THEN GREATEST(stored.value, excluded.value) "
			 "ELSE stored.value OPERATOR(pg_catalog.+) excluded.value END, "
			 "seconds = stored.seconds OPERATOR(pg_catalog.+) "
			 "excluded.seconds, "
			 "buckets = CASE WHEN excluded.buckets IS NULL THEN NULL ELSE "
			 "(SELECT pg_catalog.array_agg(COALESCE(o, 0) "
			 "OPERATOR(pg_catalog.+) n ORDER BY i) "
			 "FROM ROWS FROM (pg_catalog.unnest(stored.buckets), "
			 "pg_catalog.unnest(excluded.buckets)) WITH ORDINALITY "
			 "AS b(o, n, i)) END"},
	[STATEMENT_SUBMISSIONS] =
		{.sql =
			 "INSERT INTO analytics.submissions AS stored "
			 "(" SUBMISSION_COLUMNS ") "
			 "VALUES ($1, $2, $3, $4, $5, $3, $4, $6, $7, $3, 0) "
			 "ON CONFLICT (consumer, worker) DO UPDATE SET " SUBMISSIONS_ADDED,
		 .argument_count = 7,
		 .arguments = {TEXTOID, TEXTOID, INT8OID, INT8OID, TIMESTAMPTZOID,
					   TIMESTAMPTZOID, TIMESTAMPTZOID}},
	[STATEMENT_COMPLETE] =
		{.sql = "UPDATE analytics.batches b "
				"SET skipped_count = d.skipped, write_ms = d.write_ms, "
				"event_body = COALESCE(b.event_body, d.body) "
				"FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2),"
				" pg_catalog.unnest($3), pg_catalog.unnest($4)) "
				"AS d(key, skipped, write_ms, body) "
				"WHERE b.key OPERATOR(pg_catalog.=) d.key",
		 .argument_count = 4,
		 .arguments = {TEXTARRAYOID, INT4ARRAYOID, FLOAT8ARRAYOID,
					   BYTEAARRAYOID}},
};

static SPIPlanPtr plans[STATEMENT_COUNT];

static SPIPlanPtr
statement_plan(Statement statement)
{
	const StatementText *text = &statements[statement];

	if (plans[statement] == NULL)
	{
		SPIPlanPtr plan;

		plan = SPI_prepare(text->sql, text->argument_count,
						   (Oid *) text->arguments);
		if (plan == NULL)
			elog(ERROR, "could not prepare statement %d: %s", statement,
				 SPI_result_code_string(SPI_result));
		if (SPI_keepplan(plan) != 0)
			elog(ERROR, "could not keep plan of statement %d", statement);
		plans[statement] = plan;
	}
	return plans[statement];
}

uint64
statement_run(Statement statement, Datum *values, const char *nulls)
{
	int result;

	result =
		SPI_execute_plan(statement_plan(statement), values, nulls, false, 0);
	if (result < 0)
		elog(ERROR, "could not run statement %d: %s", statement,
			 SPI_result_code_string(result));
	return SPI_processed;
}

char *
statement_text(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						column);
}

bytea *
statement_bytes(uint64 row, int column)
{
	bool is_null;
	Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
								column, &is_null);

	return DatumGetByteaPP(value);
}

Datum
statement_texts(const char *const *texts, int count)
{
	Datum *values = palloc(Max(count, 1) * sizeof(Datum));

	for (int i = 0; i < count; i++)
		values[i] = CStringGetTextDatum(texts[i]);
	return PointerGetDatum(
		construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT));
}
