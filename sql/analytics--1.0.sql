/* sql/analytics--1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION analytics" to load this file. \quit

/*
 * The order of this file: checks, rules, results, ledger and letters,
 * configuration, connections, functions, triggers, views, what dumps hold,
 * privileges.  Nothing is granted to PUBLIC.
 */

CREATE FUNCTION analytics.check_environment() RETURNS void
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'analytics_check_environment';
COMMENT ON FUNCTION analytics.check_environment() IS
'raises unless this database can hold the extension: its encoding is UTF8, and nobody else has a hand in the schema';
SELECT analytics.check_environment();

----------------------------------------------------------------------
-- Rules
----------------------------------------------------------------------

CREATE TABLE analytics.settings (
	name text PRIMARY KEY,
	value double precision NOT NULL,
	minimum double precision NOT NULL,
	maximum double precision NOT NULL,
	unit text NOT NULL DEFAULT '',
	description text NOT NULL,
	builtin boolean NOT NULL DEFAULT false,
	modified boolean NOT NULL DEFAULT false,
	CONSTRAINT settings_value_in_range CHECK (value BETWEEN minimum AND maximum)
);
COMMENT ON TABLE analytics.settings IS
'constants of the analysis: change value with UPDATE, running workers take it at the next batch';
COMMENT ON COLUMN analytics.settings.builtin IS 'shipped with the extension; such rows can be changed but not deleted';
COMMENT ON COLUMN analytics.settings.modified IS 'a shipped row that was changed since; dumps hold it, and upgrades leave it alone';

INSERT INTO analytics.settings (name, value, minimum, maximum, unit, description, builtin) VALUES
('impact.weight_view',        0.01,   0, 1000, 'points per view', 'engagement: weight of a view', true),
('impact.weight_like',        1,      0, 1000, 'points per like', 'engagement: weight of a like', true),
('impact.weight_comment',     2,      0, 1000, 'points per comment', 'engagement: weight of a comment', true),
('impact.weight_save',        3,      0, 1000, 'points per save', 'engagement: weight of a save', true),
('impact.weight_share',       5,      0, 1000, 'points per share', 'engagement: weight of a share', true),
('impact.verified_factor',    1.2,    0, 100,  'factor', 'reach: factor of a verified author', true),
('impact.amplifier_negative', 1.5,    0, 100,  'factor', 'factor of a negative post', true),
('impact.amplifier_neutral',  1.0,    0, 100,  'factor', 'factor of a neutral post', true),
('impact.amplifier_positive', 1.1,    0, 100,  'factor', 'factor of a positive post', true),
('impact.raw_ceiling',        100000, 1, 1e15, 'points', 'raw impact that counts as 100', true),
('impact.viral_threshold',    70,     0, 100,  'impact', 'is_viral from this impact on', true),
('impact.kol_followers',      50000,  0, 1e15, 'followers', 'is_kol from this many followers on', true),
('risk.high_impact',          70,     0, 100,  'impact', 'a negative post is HIGH (CRITICAL for a KOL) from this impact on', true),
('risk.medium_impact_negative', 40,   0, 100,  'impact', 'a negative post is MEDIUM from this impact on', true),
('risk.medium_impact_other',  60,     0, 100,  'impact', 'another post is MEDIUM from this impact on', true);

CREATE TABLE analytics.platforms (
	name text PRIMARY KEY CHECK (name = lower(name) AND name <> ''),
	weight double precision NOT NULL CHECK (weight BETWEEN 0 AND 100),
	expected_size integer CHECK (expected_size > 0),
	builtin boolean NOT NULL DEFAULT false,
	modified boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE analytics.platforms IS
'platforms: their weight in the impact score and the usual number of items in a batch; a platform not listed here counts as unknown';
COMMENT ON COLUMN analytics.platforms.builtin IS 'shipped with the extension; such rows can be changed but not deleted';
COMMENT ON COLUMN analytics.platforms.modified IS 'a shipped row that was changed since; dumps hold it, and upgrades leave it alone';
COMMENT ON COLUMN analytics.platforms.expected_size IS 'items in a batch; another size is processed and counted as a mismatch; NULL: none is expected';
INSERT INTO analytics.platforms (name, weight, expected_size, builtin) VALUES
('tiktok', 1.0, 50, true), ('youtube', 1.5, 20, true), ('facebook', 1.2, NULL, true),
('instagram', 1.1, NULL, true), ('unknown', 1.0, NULL, true);

CREATE TABLE analytics.error_codes (
	code text PRIMARY KEY CHECK (code <> ''),
	category text NOT NULL CHECK (category IN ('rate_limiting', 'content', 'network', 'parsing', 'media', 'storage', 'generic')),
	retryable boolean NOT NULL,
	builtin boolean NOT NULL DEFAULT false,
	modified boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE analytics.error_codes IS
'crawl error codes and their categories; a code not listed here is generic';
COMMENT ON COLUMN analytics.error_codes.builtin IS 'shipped with the extension; such rows can be changed but not deleted';
COMMENT ON COLUMN analytics.error_codes.modified IS 'a shipped row that was changed since; dumps hold it, and upgrades leave it alone';
INSERT INTO analytics.error_codes (code, category, retryable, builtin) VALUES
('RATE_LIMITED', 'rate_limiting', true, true), ('AUTH_FAILED', 'rate_limiting', true, true), ('ACCESS_DENIED', 'rate_limiting', true, true),
('CONTENT_REMOVED', 'content', false, true), ('CONTENT_NOT_FOUND', 'content', false, true), ('CONTENT_UNAVAILABLE', 'content', false, true),
('NETWORK_ERROR', 'network', true, true), ('TIMEOUT', 'network', true, true), ('CONNECTION_REFUSED', 'network', true, true), ('DNS_ERROR', 'network', true, true),
('PARSE_ERROR', 'parsing', false, true), ('INVALID_URL', 'parsing', false, true), ('INVALID_RESPONSE', 'parsing', false, true),
('MEDIA_DOWNLOAD_FAILED', 'media', false, true), ('MEDIA_TOO_LARGE', 'media', false, true), ('MEDIA_FORMAT_ERROR', 'media', false, true),
('STORAGE_ERROR', 'storage', true, true), ('UPLOAD_FAILED', 'storage', true, true), ('DATABASE_ERROR', 'storage', true, true),
('UNKNOWN_ERROR', 'generic', false, true), ('INTERNAL_ERROR', 'generic', false, true);

----------------------------------------------------------------------
-- Results
----------------------------------------------------------------------

CREATE TABLE analytics.post_analytics (
	id text NOT NULL,
	project_id text,
	platform text NOT NULL,
	published_at timestamptz,
	analyzed_at timestamptz NOT NULL,
	overall_sentiment text NOT NULL,
	overall_sentiment_score double precision NOT NULL,
	overall_confidence double precision NOT NULL,
	primary_intent text NOT NULL,
	intent_confidence double precision NOT NULL,
	impact_score double precision NOT NULL,
	risk_level text NOT NULL,
	is_viral boolean NOT NULL,
	is_kol boolean NOT NULL,
	aspects_breakdown jsonb NOT NULL,
	keywords jsonb NOT NULL,
	sentiment_probabilities jsonb NOT NULL,
	impact_breakdown jsonb NOT NULL,
	view_count bigint NOT NULL,
	like_count bigint NOT NULL,
	comment_count bigint NOT NULL,
	share_count bigint NOT NULL,
	save_count bigint NOT NULL,
	follower_count bigint NOT NULL,
	processing_time_ms double precision NOT NULL,
	model_version text NOT NULL,
	job_id text NOT NULL,
	batch_index bigint,
	task_type text,
	keyword_source text,
	crawled_at timestamptz NOT NULL,
	pipeline_version text NOT NULL,
	fetch_status text NOT NULL,
	fetch_error text,
	error_code text,
	error_details jsonb,
	subject text,
	permalink text,
	author_username text,
	event_id text NOT NULL,
	CONSTRAINT post_analytics_id_project_id_key UNIQUE NULLS NOT DISTINCT (id, project_id)
);
COMMENT ON TABLE analytics.post_analytics IS
'one row per post and project: the newest crawl of the post, analysed';

CREATE TABLE analytics.crawl_errors (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	content_id text NOT NULL,
	project_id text,
	job_id text NOT NULL,
	platform text NOT NULL,
	error_code text NOT NULL,
	error_category text NOT NULL,
	error_message text NOT NULL,
	error_details jsonb NOT NULL DEFAULT '{}',
	permalink text,
	created_at timestamptz NOT NULL DEFAULT now(),
	event_id text NOT NULL,
	item_index integer NOT NULL
);
COMMENT ON TABLE analytics.crawl_errors IS
'one row per item that the crawler could not fetch or that could not be read or stored';
COMMENT ON SEQUENCE analytics.crawl_errors_id_seq IS 'numbers crawl_errors';

----------------------------------------------------------------------
-- Ledger, dead letters, counters
----------------------------------------------------------------------

CREATE TABLE analytics.batches (
	key text PRIMARY KEY,
	event_id text NOT NULL,
	body_hash bytea NOT NULL,
	consumer text,
	job_id text NOT NULL,
	project_id text,
	subject text,
	platform text NOT NULL,
	object text,
	batch_index bigint,
	total_batches bigint,
	announced_count bigint NOT NULL,
	expected_count integer,
	actual_count integer NOT NULL,
	success_count integer NOT NULL,
	error_count integer NOT NULL,
	skipped_count integer NOT NULL DEFAULT 0,
	bytes_fetched bigint NOT NULL,
	bytes_decoded bigint NOT NULL,
	fetch_ms double precision NOT NULL,
	parse_ms double precision NOT NULL,
	analyse_ms double precision NOT NULL,
	write_ms double precision NOT NULL,
	worker text NOT NULL,
	redelivered boolean NOT NULL,
	event_time timestamptz NOT NULL,
	received_at timestamptz NOT NULL,
	completed_at timestamptz NOT NULL,
	CONSTRAINT batches_counts CHECK (success_count + error_count = actual_count AND skipped_count BETWEEN 0 AND success_count)
);
COMMENT ON TABLE analytics.batches IS
'the ledger: one row per processed event; an event whose key is here is a duplicate';
COMMENT ON COLUMN analytics.batches.body_hash IS 'SHA-256 over the fields of the event: the same event_id with another hash is a KEY_CONFLICT';
COMMENT ON COLUMN analytics.batches.announced_count IS 'payload.content_count of the event';
COMMENT ON COLUMN analytics.batches.expected_count IS 'usual size of a batch of this platform when it was processed';
COMMENT ON COLUMN analytics.batches.skipped_count IS 'posts among the successes that were not stored since a newer crawl of the same post was there';
COMMENT ON COLUMN analytics.batches.write_ms IS 'its share, by items, of the time its group took to write';

CREATE TABLE analytics.dead_letters (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	consumer text,
	event_id text,
	reason text NOT NULL,
	sqlstate text,
	message text NOT NULL,
	body bytea NOT NULL,
	headers jsonb NOT NULL DEFAULT '{}',
	body_hash bytea NOT NULL,
	deliveries integer NOT NULL DEFAULT 1,
	attempts integer NOT NULL DEFAULT 0,
	received_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	last_delivered_at timestamptz NOT NULL DEFAULT now(),
	state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'replayed', 'discarded')),
	state_changed_at timestamptz,
	state_changed_by text,
	state_note text,
	CONSTRAINT dead_letters_reason_body_hash_key UNIQUE (reason, body_hash)
);
COMMENT ON TABLE analytics.dead_letters IS
'events that could not be processed, with body and headers as received; the same body delivered again only raises deliveries';
COMMENT ON COLUMN analytics.dead_letters.body_hash IS 'SHA-256 of body';
COMMENT ON SEQUENCE analytics.dead_letters_id_seq IS 'numbers dead_letters';

CREATE TABLE analytics.counters (
	consumer text NOT NULL,
	worker integer NOT NULL,
	metric text NOT NULL,
	platform text NOT NULL,
	label text NOT NULL,
	detail text NOT NULL,
	value bigint NOT NULL,
	seconds double precision NOT NULL,
	buckets bigint[],
	PRIMARY KEY (consumer, worker, metric, platform, label, detail)
) WITH (fillfactor = 50);
COMMENT ON TABLE analytics.counters IS
'durable counters, one row per worker and label set, changed in the transaction that they count; read them through the views';
COMMENT ON COLUMN analytics.counters.worker IS 'number of the worker, or minus the backend number of a session that called ingest()';
COMMENT ON COLUMN analytics.counters.label IS 'the metric''s label beside platform (status, error_category, expected_size, reason), or empty';
COMMENT ON COLUMN analytics.counters.detail IS 'the metric''s second label (actual_size), or empty';
COMMENT ON COLUMN analytics.counters.value IS 'the count; of a histogram, the number of observations';
COMMENT ON COLUMN analytics.counters.seconds IS 'of a histogram, the sum of the observations';
COMMENT ON COLUMN analytics.counters.buckets IS 'of a histogram, the observations of each bucket, not cumulative; the last is +Inf';

----------------------------------------------------------------------
-- Configuration and the local queue
----------------------------------------------------------------------

CREATE TABLE analytics.consumers (
	name text PRIMARY KEY,
	broker text,
	store text,
	exchange text NOT NULL DEFAULT 'smap.events',
	routing_key text NOT NULL DEFAULT 'data.collected',
	queue text NOT NULL DEFAULT 'analytics.data.collected',
	queue_type text NOT NULL DEFAULT 'classic',
	queue_arguments jsonb NOT NULL DEFAULT '{}',
	passive boolean NOT NULL DEFAULT false,
	workers integer NOT NULL DEFAULT 1,
	prefetch integer NOT NULL DEFAULT 64,
	max_fetches integer NOT NULL DEFAULT 16,
	commit_delay interval NOT NULL DEFAULT '20 ms',
	role name NOT NULL,
	enabled boolean NOT NULL DEFAULT true,
	paused boolean NOT NULL DEFAULT false,
	paused_at timestamptz,
	paused_by name,
	pause_reason text,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT current_user
);
COMMENT ON TABLE analytics.consumers IS
'consumers: which queue is worked off, from which store, by how many workers; every row is checked by a trigger and running workers take changes at once';

CREATE TABLE analytics.local_queue (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	consumer text,
	body bytea NOT NULL,
	headers jsonb NOT NULL DEFAULT '{}',
	attempts integer NOT NULL DEFAULT 0,
	due_at timestamptz NOT NULL DEFAULT now(),
	enqueued_at timestamptz NOT NULL DEFAULT now(),
	enqueued_by name NOT NULL DEFAULT current_user,
	leased_by text,
	leased_until timestamptz
);
CREATE INDEX local_queue_due_at_idx ON analytics.local_queue (due_at, id);
COMMENT ON INDEX analytics.local_queue_due_at_idx IS 'what is due next';
CREATE INDEX local_queue_leased_until_idx ON analytics.local_queue (leased_until) WHERE leased_until IS NOT NULL;
COMMENT ON INDEX analytics.local_queue_leased_until_idx IS 'what is leased, and which lease ends next';
COMMENT ON SEQUENCE analytics.local_queue_id_seq IS 'numbers local_queue';
COMMENT ON TABLE analytics.local_queue IS
'events queued inside the database by submit(); any worker of the named consumer (of any consumer when NULL) takes them like deliveries';
COMMENT ON COLUMN analytics.local_queue.leased_by IS 'worker that is processing the event, as consumer/number; a lease ends at leased_until or when that worker starts again';

----------------------------------------------------------------------
-- Connections
----------------------------------------------------------------------

CREATE FUNCTION analytics.rabbitmq_validator(options text[], catalog oid) RETURNS void
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'analytics_rabbitmq_validator';
COMMENT ON FUNCTION analytics.rabbitmq_validator(text[], oid) IS
'checks the options of servers and user mappings of analytics_rabbitmq';

CREATE FUNCTION analytics.object_store_validator(options text[], catalog oid) RETURNS void
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'analytics_object_store_validator';
COMMENT ON FUNCTION analytics.object_store_validator(text[], oid) IS
'checks the options of servers and user mappings of analytics_object_store';

CREATE FOREIGN DATA WRAPPER analytics_rabbitmq NO HANDLER VALIDATOR analytics.rabbitmq_validator;
COMMENT ON FOREIGN DATA WRAPPER analytics_rabbitmq IS
'RabbitMQ brokers, for analytics.consumers: a server says where one is, a user mapping who we are there';

CREATE FOREIGN DATA WRAPPER analytics_object_store NO HANDLER VALIDATOR analytics.object_store_validator;
COMMENT ON FOREIGN DATA WRAPPER analytics_object_store IS
'S3 servers and folders that hold batches, for analytics.consumers: a server says where one is, a user mapping who we are there';

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
	enabled boolean DEFAULT true
) RETURNS void
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_create_consumer';
COMMENT ON FUNCTION analytics.create_consumer(text, text, text, integer, integer, integer, interval, text, text, text, text, jsonb, boolean, name, boolean) IS
'make a consumer; its workers start when the transaction commits. Without broker it works off the local queue alone; without role its workers run as the extension''s owner';

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
	enabled boolean DEFAULT NULL
) RETURNS void
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_alter_consumer';
COMMENT ON FUNCTION analytics.alter_consumer(text, text, text, integer, integer, integer, interval, text, text, text, text, jsonb, boolean, name, boolean) IS
'change a consumer: an argument left out stays as it is; an empty broker or store takes it away';

CREATE FUNCTION analytics.drop_consumer(name text) RETURNS void
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_drop_consumer';
COMMENT ON FUNCTION analytics.drop_consumer(text) IS
'drop a consumer: its workers stop, and what they hold is the broker''s again; results, counters, and events in the local queue that name it stay, the last with a warning';

CREATE FUNCTION analytics.pause(name text, reason text DEFAULT NULL) RETURNS void
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_pause';
COMMENT ON FUNCTION analytics.pause(text, text) IS
'let the workers of a consumer take nothing more until resume()';

CREATE FUNCTION analytics.resume(name text) RETURNS void
LANGUAGE c SET search_path = pg_catalog, pg_temp
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

CREATE FUNCTION analytics.histogram_bounds() RETURNS double precision[]
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'analytics_histogram_bounds';
COMMENT ON FUNCTION analytics.histogram_bounds() IS
'upper bounds, in seconds, of the buckets of every histogram in counters; beyond the last there is one more';

----------------------------------------------------------------------
-- Triggers
----------------------------------------------------------------------

CREATE FUNCTION analytics.rule_guard() RETURNS trigger
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_rule_guard';
COMMENT ON FUNCTION analytics.rule_guard() IS
'internal: keeps apart the rules that are shipped and those of the user';

CREATE FUNCTION analytics.consumer_check() RETURNS trigger
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_consumer_check';
COMMENT ON FUNCTION analytics.consumer_check() IS
'internal: checks a row of consumers, and that the caller may act as its role';

CREATE FUNCTION analytics.consumer_events() RETURNS trigger
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_consumer_events';
COMMENT ON FUNCTION analytics.consumer_events() IS
'internal: warns of events in the local queue that a dropped consumer leaves behind';

CREATE FUNCTION analytics.consumer_rights() RETURNS trigger
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_consumer_rights';
COMMENT ON FUNCTION analytics.consumer_rights() IS
'internal: gives the role of a consumer what its workers need, and takes it back with the last consumer of the role';

CREATE FUNCTION analytics.config_changed() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'analytics_config_changed';
COMMENT ON FUNCTION analytics.config_changed() IS
'internal: lets the supervisor and the workers read consumers again';

CREATE FUNCTION analytics.rules_changed() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'analytics_rules_changed';
COMMENT ON FUNCTION analytics.rules_changed() IS
'internal: lets the workers read the rules again';

CREATE FUNCTION analytics.queue_changed() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'analytics_queue_changed';
COMMENT ON FUNCTION analytics.queue_changed() IS
'internal: lets the workers look into local_queue';

CREATE TRIGGER rule_guard BEFORE INSERT OR UPDATE OR DELETE ON analytics.settings
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_guard('name');
COMMENT ON TRIGGER rule_guard ON analytics.settings IS 'marks shipped rows that are changed, and keeps them';
CREATE TRIGGER rule_guard_truncate BEFORE TRUNCATE ON analytics.settings
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_guard('name');
COMMENT ON TRIGGER rule_guard_truncate ON analytics.settings IS 'keeps shipped rows';
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON analytics.settings
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rules_changed();
COMMENT ON TRIGGER rules_changed ON analytics.settings IS 'tells running workers';

CREATE TRIGGER rule_guard BEFORE INSERT OR UPDATE OR DELETE ON analytics.platforms
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_guard('name');
COMMENT ON TRIGGER rule_guard ON analytics.platforms IS 'marks shipped rows that are changed, and keeps them';
CREATE TRIGGER rule_guard_truncate BEFORE TRUNCATE ON analytics.platforms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_guard('name');
COMMENT ON TRIGGER rule_guard_truncate ON analytics.platforms IS 'keeps shipped rows';
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON analytics.platforms
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rules_changed();
COMMENT ON TRIGGER rules_changed ON analytics.platforms IS 'tells running workers';

CREATE TRIGGER rule_guard BEFORE INSERT OR UPDATE OR DELETE ON analytics.error_codes
	FOR EACH ROW EXECUTE FUNCTION analytics.rule_guard('code');
COMMENT ON TRIGGER rule_guard ON analytics.error_codes IS 'marks shipped rows that are changed, and keeps them';
CREATE TRIGGER rule_guard_truncate BEFORE TRUNCATE ON analytics.error_codes
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rule_guard('code');
COMMENT ON TRIGGER rule_guard_truncate ON analytics.error_codes IS 'keeps shipped rows';
CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON analytics.error_codes
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.rules_changed();
COMMENT ON TRIGGER rules_changed ON analytics.error_codes IS 'tells running workers';

CREATE TRIGGER consumer_check BEFORE INSERT OR UPDATE OR DELETE ON analytics.consumers
	FOR EACH ROW EXECUTE FUNCTION analytics.consumer_check();
COMMENT ON TRIGGER consumer_check ON analytics.consumers IS 'checks every row that is written, and who deletes one';
CREATE TRIGGER consumer_events AFTER DELETE ON analytics.consumers
	FOR EACH ROW EXECUTE FUNCTION analytics.consumer_events();
COMMENT ON TRIGGER consumer_events ON analytics.consumers IS 'warns of events that nobody takes any more';
CREATE TRIGGER consumer_rights AFTER INSERT OR UPDATE OR DELETE ON analytics.consumers
	FOR EACH ROW EXECUTE FUNCTION analytics.consumer_rights();
COMMENT ON TRIGGER consumer_rights ON analytics.consumers IS 'gives and takes the rights of the consumer''s role';
CREATE TRIGGER config_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON analytics.consumers
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.config_changed();
COMMENT ON TRIGGER config_changed ON analytics.consumers IS 'tells running processes';

CREATE TRIGGER queue_changed AFTER INSERT OR UPDATE OF consumer ON analytics.local_queue
	FOR EACH STATEMENT EXECUTE FUNCTION analytics.queue_changed();
COMMENT ON TRIGGER queue_changed ON analytics.local_queue IS 'tells running workers';

----------------------------------------------------------------------
-- Views: is it working
----------------------------------------------------------------------

CREATE VIEW analytics.stat_worker AS
SELECT r.consumer, r.worker, r.pid, r.state, r.state_since, r.reason, r.hint,
	r.broker_connected, r.active_batches, r.unacknowledged, r.fetching, r.bytes_in_flight, r.queue_depth,
	r.received, r.committed_batches, r.committed_items, r.duplicates, r.dead_lettered, r.reconnects,
	r.last_delivery_at, r.last_commit_at, r.oldest_unacknowledged_at,
	r.last_error, r.last_error_sqlstate, r.last_error_at, r.attempts, r.started_at
FROM analytics.worker_reports() AS r;
COMMENT ON VIEW analytics.stat_worker IS
'one row per worker of this database: what it is doing, and what it has done since it started';

/*
 * The first line of "verdict" that holds says what a consumer is doing; where
 * none of the reasons outside of its workers holds, the worker that is worst
 * off speaks for all.
 */
CREATE VIEW analytics.status AS
WITH report AS MATERIALIZED (
	SELECT * FROM analytics.worker_reports()
), waiting AS MATERIALIZED (
	SELECT q.consumer, pg_catalog.count(*) AS events
	FROM (SELECT l.consumer FROM analytics.local_queue AS l ORDER BY l.due_at, l.id LIMIT 10000) AS q
	GROUP BY 1
)
SELECT c.name, verdict.state, verdict.since, verdict.reason, verdict.hint,
	c.workers, totals.running AS workers_running,
	CASE WHEN c.broker IS NOT NULL THEN totals.broker_connected END AS broker_connected,
	totals.in_flight, totals.queue_depth, totals.last_delivery_at, totals.last_commit_at,
	latest.last_error, latest.last_error_at,
	totals.lag_seconds, queue.queued
FROM analytics.consumers AS c
CROSS JOIN analytics.supervisor_report() AS supervisor
CROSS JOIN LATERAL (
	SELECT pg_catalog.count(r.pid)::integer AS running, coalesce(pg_catalog.bool_or(r.broker_connected), false) AS broker_connected,
		coalesce(pg_catalog.sum(r.active_batches), 0)::bigint AS in_flight, pg_catalog.max(r.queue_depth) AS queue_depth,
		pg_catalog.max(r.last_delivery_at) AS last_delivery_at, pg_catalog.max(r.last_commit_at) AS last_commit_at,
		greatest(coalesce(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.min(r.oldest_unacknowledged_at)), 0), 0) AS lag_seconds
	FROM report AS r WHERE r.consumer = c.name
) AS totals
CROSS JOIN LATERAL (
	SELECT coalesce(pg_catalog.sum(w.events), 0)::bigint AS queued
	FROM waiting AS w WHERE w.consumer IS NULL OR w.consumer = c.name
) AS queue
LEFT JOIN LATERAL (
	SELECT r.last_error, r.last_error_at
	FROM report AS r WHERE r.consumer = c.name AND r.last_error_at IS NOT NULL
	ORDER BY r.last_error_at DESC LIMIT 1
) AS latest ON true
LEFT JOIN LATERAL (
	SELECT r.state, r.state_since, r.reason, r.hint
	FROM report AS r WHERE r.consumer = c.name
	ORDER BY pg_catalog.array_position(ARRAY['misconfigured', 'blocked', 'connecting', 'running', 'idle', 'starting', 'stopped', 'paused'], r.state), r.worker
	LIMIT 1
) AS worst ON true
CROSS JOIN LATERAL (
	SELECT v.state, v.since, v.reason, v.hint
	FROM (VALUES
		(1, NOT supervisor.preloaded, 'stopped', NULL::timestamptz,
			'analytics is not in shared_preload_libraries',
			'Add analytics to shared_preload_libraries and restart the server.'),
		(2, pg_catalog.pg_is_in_recovery(), 'stopped', NULL,
			'this server is a standby', 'Workers start when it is promoted.'),
		(3, NOT c.enabled, 'stopped', NULL,
			'the consumer is not enabled', pg_catalog.format('SELECT analytics.alter_consumer(%L, enabled => true);', c.name)),
		(4, c.paused, 'paused', c.paused_at,
			pg_catalog.format('paused by %s', c.paused_by) || coalesce(': ' || c.pause_reason, ''),
			pg_catalog.format('SELECT analytics.resume(%L);', c.name)),
		(5, c.workers = 0, 'stopped', NULL,
			'the consumer has no workers', pg_catalog.format('SELECT analytics.alter_consumer(%L, workers => 1);', c.name)),
		(6, totals.running = 0 AND supervisor.problem IS NOT NULL, 'stopped', worst.state_since,
			supervisor.problem, supervisor.hint),
		(7, worst.state IS NULL AND supervisor.pid IS NULL, 'stopped', NULL,
			'no supervisor runs for this database',
			'See the server log, and whether the setting analytics.databases leaves this database out.'),
		(8, worst.state IS NULL, 'starting', supervisor.started_at, NULL, NULL),
		(9, true, worst.state, worst.state_since,
			coalesce(worst.reason, supervisor.problem),
			CASE WHEN worst.reason IS NULL AND supervisor.problem IS NOT NULL THEN supervisor.hint ELSE worst.hint END)
	) AS v(place, holds, state, since, reason, hint)
	WHERE v.holds ORDER BY v.place LIMIT 1
) AS verdict;
COMMENT ON VIEW analytics.status IS
'one row per consumer: is it working, since when, and if not, why and what to do';
COMMENT ON COLUMN analytics.status.state IS
'running, idle, paused, starting, connecting, blocked (waits for something to come back), misconfigured (somebody must change something) or stopped';
COMMENT ON COLUMN analytics.status.hint IS 'what mends it';
COMMENT ON COLUMN analytics.status.broker_connected IS 'at least one worker is connected; NULL: the consumer has no broker';
COMMENT ON COLUMN analytics.status.in_flight IS 'batches taken and not yet committed';
COMMENT ON COLUMN analytics.status.queue_depth IS 'messages ready in the broker''s queue, as it last said';
COMMENT ON COLUMN analytics.status.lag_seconds IS 'age, since its receipt, of the oldest event taken and not yet settled; 0: none is';
COMMENT ON COLUMN analytics.status.queued IS
'events in the local queue, submitted or parked, that this consumer''s workers may take (those for any consumer count for each); of the whole queue the 10000 that are due first are counted';

----------------------------------------------------------------------
-- Views: metrics
--
-- One view per family as scraped.  Label sets that are known beforehand are
-- there at 0; a platform that is not in platforms counts as unknown.
----------------------------------------------------------------------

CREATE VIEW analytics.counter_totals AS
SELECT c.metric, coalesce(p.name, 'unknown') AS platform, c.label, c.detail, pg_catalog.sum(c.value)::bigint AS total
FROM analytics.counters AS c LEFT JOIN analytics.platforms AS p ON p.name = c.platform
WHERE c.buckets IS NULL
GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW analytics.counter_totals IS
'the counters of all workers, added up by platform and labels';

CREATE VIEW analytics.counter_histograms AS
WITH observed AS (
	SELECT c.metric, coalesce(p.name, 'unknown') AS platform, c.value, c.seconds, c.buckets
	FROM analytics.counters AS c LEFT JOIN analytics.platforms AS p ON p.name = c.platform
	WHERE c.buckets IS NOT NULL
), bucket AS (
	SELECT o.metric, o.platform, b.place,
		pg_catalog.sum(pg_catalog.sum(b.observations)) OVER (PARTITION BY o.metric, o.platform ORDER BY b.place) AS observations
	FROM observed AS o CROSS JOIN LATERAL pg_catalog.unnest(o.buckets) WITH ORDINALITY AS b(observations, place)
	GROUP BY 1, 2, 3
), cumulative AS (
	SELECT b.metric, b.platform,
		pg_catalog.array_agg(b.observations::bigint ORDER BY b.place)
			FILTER (WHERE b.place <= pg_catalog.cardinality(analytics.histogram_bounds())) AS buckets
	FROM bucket AS b
	GROUP BY 1, 2
), total AS (
	SELECT o.metric, o.platform, pg_catalog.sum(o.value)::bigint AS observations, pg_catalog.sum(o.seconds) AS seconds
	FROM observed AS o
	GROUP BY 1, 2
)
SELECT t.metric, t.platform, analytics.histogram_bounds() AS seconds, c.buckets AS seconds_bucket,
	t.seconds AS seconds_sum, t.observations AS seconds_count
FROM total AS t JOIN cumulative AS c ON c.metric = t.metric AND c.platform = t.platform;
COMMENT ON VIEW analytics.counter_histograms IS
'the histograms of all workers, added up by platform: upper bounds, cumulative buckets (all but +Inf), sum and count';

CREATE VIEW analytics.metric_batch_size_mismatch AS
WITH ranked AS (
	SELECT t.platform, t.label AS expected_size, t.detail AS actual_size, t.total,
		pg_catalog.row_number() OVER (PARTITION BY t.platform ORDER BY t.total DESC, t.label, t.detail) AS place
	FROM analytics.counter_totals AS t WHERE t.metric = 'batch_size_mismatch'
)
SELECT m.platform, m.expected_size, m.actual_size, pg_catalog.sum(m.total)::bigint AS total
FROM (
	SELECT r.platform, r.expected_size, CASE WHEN r.place <= 50 THEN r.actual_size ELSE 'other' END, r.total
	FROM ranked AS r
	UNION ALL
	SELECT p.name, p.expected_size::text, 'other', 0
	FROM analytics.platforms AS p WHERE p.expected_size IS NOT NULL
) AS m(platform, expected_size, actual_size, total)
GROUP BY 1, 2, 3;
COMMENT ON VIEW analytics.metric_batch_size_mismatch IS
'batches of another size than usual; the 50 commonest sizes of a platform by themselves, the others together';

CREATE VIEW analytics.metric_batch_processing AS
SELECT p.name AS platform, s.status, coalesce(t.total, 0) AS total
FROM analytics.platforms AS p CROSS JOIN (VALUES ('success'), ('failed')) AS s(status)
LEFT JOIN analytics.counter_totals AS t ON t.metric = 'batch_processing' AND t.platform = p.name AND t.label = s.status;
COMMENT ON VIEW analytics.metric_batch_processing IS
'batches by platform and status: success, or failed (a dead letter)';

CREATE VIEW analytics.metric_batch_processing_duration AS
SELECT p.name AS platform, analytics.histogram_bounds() AS seconds,
	coalesce(h.seconds_bucket, pg_catalog.array_fill(0::bigint, ARRAY[pg_catalog.cardinality(analytics.histogram_bounds())])) AS seconds_bucket,
	coalesce(h.seconds_sum, 0) AS seconds_sum, coalesce(h.seconds_count, 0) AS seconds_count
FROM analytics.platforms AS p
LEFT JOIN analytics.counter_histograms AS h ON h.metric = 'batch_processing_duration' AND h.platform = p.name;
COMMENT ON VIEW analytics.metric_batch_processing_duration IS
'time from receipt to commit of a batch: upper bounds, cumulative buckets (all but +Inf), sum and count';

CREATE VIEW analytics.metric_items_processed AS
SELECT p.name AS platform, s.status, coalesce(t.total, 0) AS total
FROM analytics.platforms AS p CROSS JOIN (VALUES ('success'), ('error'), ('skipped')) AS s(status)
LEFT JOIN analytics.counter_totals AS t ON t.metric = 'items_processed' AND t.platform = p.name AND t.label = s.status;
COMMENT ON VIEW analytics.metric_items_processed IS
'items by platform and status: success (a post), error (a crawl error), skipped (a success, but a newer crawl of the post was there)';

CREATE VIEW analytics.metric_processing_errors AS
SELECT p.name AS platform, e.error_category, coalesce(t.total, 0) AS total
FROM analytics.platforms AS p
CROSS JOIN (VALUES ('rate_limiting'), ('content'), ('network'), ('parsing'), ('media'), ('storage'), ('generic')) AS e(error_category)
LEFT JOIN analytics.counter_totals AS t ON t.metric = 'processing_errors' AND t.platform = p.name AND t.label = e.error_category;
COMMENT ON VIEW analytics.metric_processing_errors IS
'crawl errors by platform and category of their code';

CREATE VIEW analytics.metric_events AS
SELECT p.name AS platform, coalesce(received.total, 0) AS received_total,
	coalesce(processed.total, 0) AS processed_total, coalesce(failed.total, 0) AS failed_total
FROM analytics.platforms AS p
LEFT JOIN analytics.counter_totals AS received ON received.metric = 'events_received' AND received.platform = p.name
LEFT JOIN analytics.counter_totals AS processed ON processed.metric = 'events_processed' AND processed.platform = p.name
LEFT JOIN analytics.counter_totals AS failed ON failed.metric = 'events_failed' AND failed.platform = p.name;
COMMENT ON VIEW analytics.metric_events IS
'events by platform: settled for good (received), committed for the first time (processed), made a dead letter (failed)';

CREATE VIEW analytics.metric_duplicates_skipped AS
SELECT k.consumer, pg_catalog.sum(k.value)::bigint AS total
FROM (
	SELECT c.consumer, c.value FROM analytics.counters AS c WHERE c.metric = 'duplicates_skipped'
	UNION ALL
	SELECT n.name, 0 FROM analytics.consumers AS n
) AS k(consumer, value)
GROUP BY 1;
COMMENT ON VIEW analytics.metric_duplicates_skipped IS
'events that had been processed before and were only acknowledged, by consumer; empty: ingest() in a session';

CREATE VIEW analytics.metric_redeliveries AS
SELECT k.consumer, pg_catalog.sum(k.value)::bigint AS total
FROM (
	SELECT c.consumer, c.value FROM analytics.counters AS c WHERE c.metric = 'redeliveries'
	UNION ALL
	SELECT n.name, 0 FROM analytics.consumers AS n
) AS k(consumer, value)
GROUP BY 1;
COMMENT ON VIEW analytics.metric_redeliveries IS
'events that the broker marked as delivered before, by consumer; empty: ingest() in a session';

CREATE VIEW analytics.metric_dead_letters AS
SELECT k.reason, pg_catalog.sum(k.value)::bigint AS total
FROM (
	SELECT c.label, c.value FROM analytics.counters AS c WHERE c.metric = 'dead_letters'
	UNION ALL
	VALUES ('INVALID_EVENT', 0), ('EVENT_TOO_LARGE', 0), ('INVALID_BATCH', 0), ('BATCH_TOO_LARGE', 0), ('FORBIDDEN_BUCKET', 0), ('OBJECT_REFUSED', 0), ('NO_STORE', 0), ('DECODE_FAILED', 0), ('KEY_CONFLICT', 0), ('WRITE_FAILED', 0)
) AS k(reason, value)
GROUP BY 1;
COMMENT ON VIEW analytics.metric_dead_letters IS
'events that became dead letters, by reason';

CREATE VIEW analytics.metric_active_batches AS
SELECT coalesce(pg_catalog.sum(r.active_batches), 0)::bigint AS active_batches
FROM analytics.worker_reports() AS r;
COMMENT ON VIEW analytics.metric_active_batches IS
'batches taken and not yet committed';

CREATE VIEW analytics.metric_rabbitmq_connection AS
SELECT c.name AS consumer, coalesce(pg_catalog.bool_or(r.broker_connected), false)::integer AS status
FROM analytics.consumers AS c LEFT JOIN analytics.worker_reports() AS r ON r.consumer = c.name
WHERE c.broker IS NOT NULL
GROUP BY 1;
COMMENT ON VIEW analytics.metric_rabbitmq_connection IS
'1 when at least one worker of the consumer is connected to its broker';

----------------------------------------------------------------------
-- What dumps hold: everything but the rules as shipped
----------------------------------------------------------------------

SELECT pg_catalog.pg_extension_config_dump('analytics.settings', 'WHERE NOT builtin OR modified');
SELECT pg_catalog.pg_extension_config_dump('analytics.platforms', 'WHERE NOT builtin OR modified');
SELECT pg_catalog.pg_extension_config_dump('analytics.error_codes', 'WHERE NOT builtin OR modified');
SELECT pg_catalog.pg_extension_config_dump('analytics.post_analytics', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.crawl_errors', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.crawl_errors_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.batches', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.dead_letters', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.dead_letters_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.counters', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.consumers', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.local_queue', '');
SELECT pg_catalog.pg_extension_config_dump('analytics.local_queue_id_seq', '');

----------------------------------------------------------------------
-- Privileges
--
-- Functions are the owner's until granted; monitoring may read the views of
-- its concern.  A view's functions are called with the reader's own rights.
-- What the roles of consumers get is in the trigger consumer_rights.
----------------------------------------------------------------------

REVOKE ALL ON ALL TABLES IN SCHEMA analytics FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA analytics FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA analytics FROM PUBLIC;
GRANT USAGE ON SCHEMA analytics TO pg_monitor;
GRANT EXECUTE ON FUNCTION
	analytics.worker_reports(),
	analytics.supervisor_report(),
	analytics.histogram_bounds()
TO pg_monitor;
GRANT SELECT ON
	analytics.stat_worker,
	analytics.status,
	analytics.metric_batch_size_mismatch,
	analytics.metric_batch_processing,
	analytics.metric_batch_processing_duration,
	analytics.metric_items_processed,
	analytics.metric_processing_errors,
	analytics.metric_events,
	analytics.metric_duplicates_skipped,
	analytics.metric_redeliveries,
	analytics.metric_dead_letters,
	analytics.metric_active_batches,
	analytics.metric_rabbitmq_connection
TO pg_monitor;
