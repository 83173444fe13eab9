/* sql/analytics--1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION analytics" to load this file. \quit

/*
 * The order of this file: checks, rules, results, ledger and letters,
 * configuration, functions, connections, views, privileges.
 */

CREATE FUNCTION analytics.check_environment() RETURNS void
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'analytics_check_environment';
COMMENT ON FUNCTION analytics.check_environment() IS
'raises unless this database can hold the extension (its encoding must be UTF8)';
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
	CONSTRAINT settings_value_in_range CHECK (value BETWEEN minimum AND maximum)
);
COMMENT ON TABLE analytics.settings IS
'constants of the analysis: change value with UPDATE, running workers take it at the next batch';
COMMENT ON COLUMN analytics.settings.builtin IS 'shipped with the extension';

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
	builtin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE analytics.platforms IS
'platforms: their weight in the impact score and the usual number of items in a batch; a platform not listed here counts as unknown';
COMMENT ON COLUMN analytics.platforms.expected_size IS 'items in a batch; another size is processed and counted as a mismatch; NULL: none is expected';
INSERT INTO analytics.platforms (name, weight, expected_size, builtin) VALUES
('tiktok', 1.0, 50, true), ('youtube', 1.5, 20, true), ('facebook', 1.2, NULL, true),
('instagram', 1.1, NULL, true), ('unknown', 1.0, NULL, true);

CREATE TABLE analytics.error_codes (
	code text PRIMARY KEY CHECK (code <> ''),
	category text NOT NULL CHECK (category IN ('rate_limiting', 'content', 'network', 'parsing', 'media', 'storage', 'generic')),
	retryable boolean NOT NULL,
	builtin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE analytics.error_codes IS
'crawl error codes and their categories; a code not listed here is generic';
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
COMMENT ON TABLE analytics.local_queue IS
'events queued inside the database by submit(); any worker of the named consumer (of any consumer when NULL) takes them like deliveries';
COMMENT ON COLUMN analytics.local_queue.leased_by IS 'worker that is processing the event, as consumer/number; a lease ends at leased_until or when that worker starts again';
