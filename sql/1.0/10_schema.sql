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
	CONSTRAINT post_analytics_sentiment_score_range CHECK (overall_sentiment_score BETWEEN -1 AND 1),
	CONSTRAINT post_analytics_impact_score_range CHECK (impact_score BETWEEN 0 AND 100),
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
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	event_id text NOT NULL,
	item_index integer NOT NULL
);
COMMENT ON TABLE analytics.crawl_errors IS
'one row per item that the crawler could not fetch or that could not be read or stored';
COMMENT ON SEQUENCE analytics.crawl_errors_id_seq IS 'numbers crawl_errors';
CREATE INDEX crawl_errors_event_id_idx ON analytics.crawl_errors (event_id);
COMMENT ON INDEX analytics.crawl_errors_event_id_idx IS 'the crawl errors of an event, which a replay replaces';

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
	event_body bytea,
	CONSTRAINT batches_counts CHECK (success_count + error_count = actual_count AND skipped_count BETWEEN 0 AND success_count)
);
COMMENT ON TABLE analytics.batches IS
'the ledger: one row per processed event; an event whose key is here is a duplicate';
COMMENT ON COLUMN analytics.batches.body_hash IS 'SHA-256 over the fields of the event: the same event_id with another hash is a KEY_CONFLICT';
COMMENT ON COLUMN analytics.batches.announced_count IS 'payload.content_count of the event';
COMMENT ON COLUMN analytics.batches.expected_count IS 'usual size of a batch of this platform when it was processed';
COMMENT ON COLUMN analytics.batches.skipped_count IS 'posts among the successes that were not stored since a newer crawl of the same post was there';
COMMENT ON COLUMN analytics.batches.write_ms IS 'its share, by items, of the time its group took to write';
COMMENT ON COLUMN analytics.batches.event_body IS 'the event as received, for replay_batch(); NULL: it was longer than 8 kB, which are those that hold many items themselves';
CREATE INDEX batches_completed_at_idx ON analytics.batches (completed_at);
COMMENT ON INDEX analytics.batches_completed_at_idx IS 'what retention deletes next';

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
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	last_delivered_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'replayed', 'discarded')),
	state_changed_at timestamptz,
	state_changed_by text,
	state_note text,
	replays_batch boolean NOT NULL DEFAULT false,
	CONSTRAINT dead_letters_reason_body_hash_key UNIQUE (reason, body_hash)
);
COMMENT ON TABLE analytics.dead_letters IS
'events that could not be processed, with body and headers as received; the same body delivered again only raises deliveries';
COMMENT ON COLUMN analytics.dead_letters.body_hash IS 'SHA-256 of body';
COMMENT ON COLUMN analytics.dead_letters.attempts IS 'tries before it was given up, those of failed replays included';
COMMENT ON COLUMN analytics.dead_letters.state IS
'pending: somebody must decide; replayed: queued again, and processed unless it is pending again, or processed by another delivery of the event; discarded: given up. Every change is kept in dead_letter_history';
COMMENT ON COLUMN analytics.dead_letters.state_changed_by IS 'role that changed state: whoever called, or the role of a worker whose replay failed again';
COMMENT ON COLUMN analytics.dead_letters.replays_batch IS
'the event had been processed before, and failed as replay_batch() processed it again: what it had written is still there';
CREATE INDEX dead_letters_pending_idx ON analytics.dead_letters (created_at) WHERE state = 'pending';
COMMENT ON INDEX analytics.dead_letters_pending_idx IS 'what somebody must decide about';
CREATE INDEX dead_letters_pending_event_idx ON analytics.dead_letters (event_id) WHERE state = 'pending';
COMMENT ON INDEX analytics.dead_letters_pending_event_idx IS 'what is settled when its event is processed after all';
CREATE INDEX dead_letters_settled_idx ON analytics.dead_letters (state_changed_at) WHERE state <> 'pending';
COMMENT ON INDEX analytics.dead_letters_settled_idx IS 'what retention deletes next';
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
COMMENT ON COLUMN analytics.counters.worker IS 'number of the worker; of a session that called ingest(), a negative number, the first that no other open transaction had';
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
	scorer text,
	scorer_by name,
	scorer_timeout interval NOT NULL DEFAULT '5 s',
	log_level text NOT NULL DEFAULT 'log',
	restarts bigint NOT NULL DEFAULT 0,
	paused boolean NOT NULL DEFAULT false,
	paused_at timestamptz,
	paused_by name,
	pause_reason text,
	stopped_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	created_by name NOT NULL DEFAULT current_user
);
COMMENT ON TABLE analytics.consumers IS
'consumers: which queue is worked off, from which store, by how many workers; every row is checked by a trigger and running workers take changes at once';
COMMENT ON COLUMN analytics.consumers.scorer IS
'function f(text[]) returns float8[] that gives the overall sentiment, -1 to 1, of the posts of a batch; NULL: the lexicon does';
COMMENT ON COLUMN analytics.consumers.scorer_by IS 'who named the scorer: it is called while that role may use it';
COMMENT ON COLUMN analytics.consumers.scorer_timeout IS 'how long a call of the scorer may take';
COMMENT ON COLUMN analytics.consumers.log_level IS
'what its workers write to the server''s log: warning (what keeps them from working), log (also a line for each event that could not be processed), debug (also a line for every other event)';
COMMENT ON COLUMN analytics.consumers.stopped_at IS 'since when it is not enabled, or has no workers; NULL: it is, and has some';
COMMENT ON COLUMN analytics.consumers.restarts IS 'how often restart() was called; workers that began under another number end and start anew';

CREATE TABLE analytics.local_queue (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	consumer text,
	body bytea NOT NULL,
	headers jsonb NOT NULL DEFAULT '{}',
	attempts integer NOT NULL DEFAULT 0,
	due_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	enqueued_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	enqueued_by name NOT NULL DEFAULT current_user,
	leased_by text,
	leased_until timestamptz,
	dead_letter bigint,
	replay_key text,
	submitted_run timestamptz
);
CREATE UNIQUE INDEX local_queue_dead_letter_key ON analytics.local_queue (dead_letter) WHERE dead_letter IS NOT NULL;
COMMENT ON INDEX analytics.local_queue_dead_letter_key IS 'a dead letter is queued once';
CREATE UNIQUE INDEX local_queue_replay_key_key ON analytics.local_queue (replay_key) WHERE replay_key IS NOT NULL;
COMMENT ON INDEX analytics.local_queue_replay_key_key IS 'a processed batch is queued again once';
CREATE INDEX local_queue_due_at_idx ON analytics.local_queue (due_at, id);
COMMENT ON INDEX analytics.local_queue_due_at_idx IS 'what is due next';
CREATE INDEX local_queue_leased_until_idx ON analytics.local_queue (leased_until) WHERE leased_until IS NOT NULL;
COMMENT ON INDEX analytics.local_queue_leased_until_idx IS 'what is leased, and which lease ends next';
CREATE INDEX local_queue_submitted_idx ON analytics.local_queue ((coalesce(consumer, '')), id) WHERE submitted_run IS NOT NULL;
COMMENT ON INDEX analytics.local_queue_submitted_idx IS 'what submit() has queued for a consumer';
COMMENT ON SEQUENCE analytics.local_queue_id_seq IS 'numbers local_queue';
COMMENT ON TABLE analytics.local_queue IS
'events queued inside the database by submit(); any worker of the named consumer (of any consumer when NULL) takes them like deliveries';
COMMENT ON COLUMN analytics.local_queue.dead_letter IS 'dead letter that is replayed; NULL: none';
COMMENT ON COLUMN analytics.local_queue.replay_key IS
'key in batches of the event, which is to be processed again and not to be skipped as a duplicate; NULL: an event like any other';
COMMENT ON COLUMN analytics.local_queue.submitted_run IS
'of an event that submit() has queued, when the run that it belongs to began, see progress; NULL: a replay, or an event of a broker that waits here';
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
