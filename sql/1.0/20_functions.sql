----------------------------------------------------------------------
-- Functions: consumers
----------------------------------------------------------------------

CREATE FUNCTION analytics.create_consumer(
	name text,
	broker text DEFAULT NULL,
	store text DEFAULT NULL,
	workers integer DEFAULT 1,
	prefetch integer DEFAULT 64,
	max_fetches integer DEFAULT 16,
	commit_delay interval DEFAULT '20 ms',
	exchange text DEFAULT 'smap.events',
	routing_key text DEFAULT 'data.collected',
	queue text DEFAULT 'analytics.data.collected',
	queue_type text DEFAULT 'classic',
	queue_arguments jsonb DEFAULT '{}',
	passive boolean DEFAULT false,
	role name DEFAULT NULL,
	enabled boolean DEFAULT true,
	scorer text DEFAULT NULL,
	scorer_timeout interval DEFAULT '5 s',
	log_level text DEFAULT 'log'
) RETURNS void
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_create_consumer';
COMMENT ON FUNCTION analytics.create_consumer(text, text, text, integer, integer, integer, interval, text, text, text, text, jsonb, boolean, name, boolean, text, interval, text) IS
'make a consumer; its workers start when the transaction commits. Without broker it works off the local queue alone; without role its workers run as the extension''s owner; with scorer, a function f(text[]) returns float8[], that gives the sentiment';

CREATE FUNCTION analytics.alter_consumer(
	name text,
	broker text DEFAULT NULL,
	store text DEFAULT NULL,
	workers integer DEFAULT NULL,
	prefetch integer DEFAULT NULL,
	max_fetches integer DEFAULT NULL,
	commit_delay interval DEFAULT NULL,
	exchange text DEFAULT NULL,
	routing_key text DEFAULT NULL,
	queue text DEFAULT NULL,
	queue_type text DEFAULT NULL,
	queue_arguments jsonb DEFAULT NULL,
	passive boolean DEFAULT NULL,
	role name DEFAULT NULL,
	enabled boolean DEFAULT NULL,
	scorer text DEFAULT NULL,
	scorer_timeout interval DEFAULT NULL,
	log_level text DEFAULT NULL
) RETURNS void
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_alter_consumer';
COMMENT ON FUNCTION analytics.alter_consumer(text, text, text, integer, integer, integer, interval, text, text, text, text, jsonb, boolean, name, boolean, text, interval, text) IS
'change a consumer: an argument left out stays as it is; an empty broker, store or scorer takes it away';

CREATE FUNCTION analytics.drop_consumer(name text) RETURNS void
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_drop_consumer';
COMMENT ON FUNCTION analytics.drop_consumer(text) IS
'drop a consumer: its workers stop, and what they hold is the broker''s again; results, counters, and events in the local queue that name it stay, the last with a warning; its progress goes';

/*
 * These, restart() and drain() are for whoever may execute them: operators
 * need no right to the table, and no membership in the role of a consumer,
 * which could read its secrets.
 */
CREATE FUNCTION analytics.pause(name text, reason text DEFAULT NULL) RETURNS void
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_pause';
COMMENT ON FUNCTION analytics.pause(text, text) IS
'let the workers of a consumer take nothing more until resume()';

CREATE FUNCTION analytics.resume(name text) RETURNS void
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_resume';
COMMENT ON FUNCTION analytics.resume(text) IS
'end the pause of a consumer';

----------------------------------------------------------------------
-- Functions: events
----------------------------------------------------------------------

CREATE FUNCTION analytics.submit(event jsonb, consumer text DEFAULT NULL) RETURNS bigint
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_submit';
COMMENT ON FUNCTION analytics.submit(jsonb, text) IS
'queue an event inside the database, for the workers of this consumer or of any; returns its id in local_queue';

CREATE FUNCTION analytics.ingest(
	event jsonb,
	items jsonb DEFAULT NULL,
	OUT key text,
	OUT status text,
	OUT actual_count integer,
	OUT success_count integer,
	OUT error_count integer,
	OUT skipped_count integer,
	OUT reason text,
	OUT message text
) RETURNS record
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_ingest';
COMMENT ON FUNCTION analytics.ingest(jsonb, jsonb) IS
'process one batch in this session and transaction: status is processed, duplicate or dead_letter, the last with reason and message';

CREATE FUNCTION analytics.project_id(job_id text, payload_project text DEFAULT NULL) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'analytics_project_id';
COMMENT ON FUNCTION analytics.project_id(text, text) IS
'the project that a job belongs to, given the project that its event names; NULL for a dry run';

CREATE FUNCTION analytics.subject(job_id text, payload_project text DEFAULT NULL) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'analytics_subject';
COMMENT ON FUNCTION analytics.subject(text, text) IS
'what a job is about: brand, or the name of a competitor; NULL for a dry run';

----------------------------------------------------------------------
-- Functions: what a worker writes
--
-- Their columns are those of the tables that they are written to.
----------------------------------------------------------------------

CREATE FUNCTION analytics.staged_batches() RETURNS TABLE (
	key text,
	event_id text,
	body_hash bytea,
	consumer text,
	job_id text,
	project_id text,
	subject text,
	platform text,
	object text,
	batch_index bigint,
	total_batches bigint,
	announced_count bigint,
	expected_count integer,
	actual_count integer,
	success_count integer,
	error_count integer,
	skipped_count integer,
	bytes_fetched bigint,
	bytes_decoded bigint,
	fetch_ms double precision,
	parse_ms double precision,
	analyse_ms double precision,
	write_ms double precision,
	worker text,
	redelivered boolean,
	event_time timestamptz,
	received_at timestamptz,
	completed_at timestamptz
)
LANGUAGE c VOLATILE ROWS 100 AS 'MODULE_PATHNAME', 'analytics_staged_batches';
COMMENT ON FUNCTION analytics.staged_batches() IS
'internal: what this worker is about to write to batches; no row in any other session';

CREATE FUNCTION analytics.staged_posts() RETURNS TABLE (
	id text,
	project_id text,
	platform text,
	published_at timestamptz,
	analyzed_at timestamptz,
	overall_sentiment text,
	overall_sentiment_score double precision,
	overall_confidence double precision,
	primary_intent text,
	intent_confidence double precision,
	impact_score double precision,
	risk_level text,
	is_viral boolean,
	is_kol boolean,
	aspects_breakdown jsonb,
	keywords jsonb,
	sentiment_probabilities jsonb,
	impact_breakdown jsonb,
	view_count bigint,
	like_count bigint,
	comment_count bigint,
	share_count bigint,
	save_count bigint,
	follower_count bigint,
	processing_time_ms double precision,
	model_version text,
	job_id text,
	batch_index bigint,
	task_type text,
	keyword_source text,
	crawled_at timestamptz,
	pipeline_version text,
	fetch_status text,
	fetch_error text,
	error_code text,
	error_details jsonb,
	subject text,
	permalink text,
	author_username text,
	event_id text
)
LANGUAGE c VOLATILE ROWS 1000 AS 'MODULE_PATHNAME', 'analytics_staged_posts';
COMMENT ON FUNCTION analytics.staged_posts() IS
'internal: what this worker is about to write to post_analytics; no row in any other session';

CREATE FUNCTION analytics.staged_crawl_errors() RETURNS TABLE (
	content_id text,
	project_id text,
	job_id text,
	platform text,
	error_code text,
	error_category text,
	error_message text,
	error_details jsonb,
	permalink text,
	created_at timestamptz,
	event_id text,
	item_index integer
)
LANGUAGE c VOLATILE ROWS 100 AS 'MODULE_PATHNAME', 'analytics_staged_crawl_errors';
COMMENT ON FUNCTION analytics.staged_crawl_errors() IS
'internal: what this worker is about to write to crawl_errors; no row in any other session';

CREATE FUNCTION analytics.staged_dead_letters() RETURNS TABLE (
	consumer text,
	event_id text,
	reason text,
	sqlstate text,
	message text,
	body bytea,
	headers jsonb,
	body_hash bytea,
	deliveries integer,
	attempts integer,
	received_at timestamptz
)
LANGUAGE c VOLATILE ROWS 10 AS 'MODULE_PATHNAME', 'analytics_staged_dead_letters';
COMMENT ON FUNCTION analytics.staged_dead_letters() IS
'internal: what this worker is about to write to dead_letters; no row in any other session';

CREATE FUNCTION analytics.staged_counters() RETURNS TABLE (
	consumer text,
	worker integer,
	metric text,
	platform text,
	label text,
	detail text,
	value bigint,
	seconds double precision,
	buckets bigint[]
)
LANGUAGE c VOLATILE ROWS 100 AS 'MODULE_PATHNAME', 'analytics_staged_counters';
COMMENT ON FUNCTION analytics.staged_counters() IS
'internal: what this worker is about to add to counters; no row in any other session';

----------------------------------------------------------------------
-- Functions: what the processes say of themselves
----------------------------------------------------------------------

CREATE FUNCTION analytics.worker_reports() RETURNS TABLE (
	consumer text,
	worker integer,
	pid integer,
	state text,
	state_since timestamptz,
	reason text,
	hint text,
	broker_connected boolean,
	active_batches bigint,
	unacknowledged bigint,
	fetching bigint,
	bytes_in_flight bigint,
	queue_depth bigint,
	received bigint,
	committed_batches bigint,
	committed_items bigint,
	duplicates bigint,
	dead_lettered bigint,
	reconnects bigint,
	last_delivery_at timestamptz,
	last_commit_at timestamptz,
	oldest_unacknowledged_at timestamptz,
	last_error text,
	last_error_sqlstate text,
	last_error_at timestamptz,
	attempts integer,
	started_at timestamptz
)
LANGUAGE c VOLATILE STRICT ROWS 10 AS 'MODULE_PATHNAME', 'analytics_worker_reports';
COMMENT ON FUNCTION analytics.worker_reports() IS
'internal: the workers of this database, out of shared memory; see the view stat_worker';

CREATE FUNCTION analytics.supervisor_report() RETURNS TABLE (
	preloaded boolean,
	pid integer,
	started_at timestamptz,
	problem text,
	hint text
)
LANGUAGE c VOLATILE STRICT ROWS 1 AS 'MODULE_PATHNAME', 'analytics_supervisor_report';
COMMENT ON FUNCTION analytics.supervisor_report() IS
'internal: the supervisor of this database, out of shared memory; always one row; see the view status';

CREATE FUNCTION analytics.recent_work(seconds integer) RETURNS TABLE (
	consumer text,
	worker integer,
	platform text,
	span double precision,
	events bigint,
	failed bigint,
	batches bigint,
	items_good bigint,
	items_bad bigint
)
LANGUAGE c VOLATILE STRICT ROWS 10 AS 'MODULE_PATHNAME', 'analytics_recent_work';
COMMENT ON FUNCTION analytics.recent_work(integer) IS
'what each worker has committed in the last seconds (10 to 300), by platform, out of shared memory: events settled, those of them that became dead letters, batches processed, items that became posts and crawl errors; platform is NULL of what is beyond the 31 that a worker tells apart. To a step of ten seconds: span is how many seconds it is of';

CREATE FUNCTION analytics.histogram_bounds() RETURNS double precision[]
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'analytics_histogram_bounds';
COMMENT ON FUNCTION analytics.histogram_bounds() IS
'upper bounds, in seconds, of the buckets of every histogram in counters; beyond the last there is one more';
