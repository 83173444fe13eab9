-- Every family is there at 0 from the start, and its keys are unique.
SELECT * FROM analytics.metric_batch_size_mismatch ORDER BY 1, 2, 3;
SELECT platform, status, total FROM analytics.metric_batch_processing ORDER BY 1, 2;
SELECT platform, status, total FROM analytics.metric_items_processed WHERE platform = 'tiktok' ORDER BY 2;
SELECT error_category, sum(total) FROM analytics.metric_processing_errors GROUP BY 1 ORDER BY 1;
SELECT * FROM analytics.metric_batch_processing_duration WHERE platform = 'youtube';
SELECT * FROM analytics.metric_events ORDER BY 1;
SELECT * FROM analytics.metric_dead_letters ORDER BY 1;
SELECT * FROM analytics.metric_active_batches;

-- What there is, by name; every column of a view says what it is.
SELECT name, type, labels FROM analytics.exported_metrics ORDER BY name COLLATE "C";
SELECT attrelid::regclass, attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid
WHERE relnamespace = 'analytics'::regnamespace AND relkind = 'v' AND relname LIKE 'metric\_%' AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;

-- All of them at once: a label set is there once, and what has not happened is 0.
SELECT name, labels FROM analytics.metrics GROUP BY 1, 2 HAVING count(*) > 1;
SELECT name, labels - 'pg_version' AS labels, type, value FROM analytics.metrics WHERE value <> 0 ORDER BY 1, labels;
SELECT m.name FROM analytics.exported_metrics AS m WHERE NOT EXISTS (
	SELECT FROM analytics.metrics AS s WHERE s.name = m.name OR s.name = m.name || '_count' AND s.type = m.type)
ORDER BY 1;
SELECT name, labels ->> 'le' AS le, value FROM analytics.metrics WHERE name LIKE 'analytics_event_lag_seconds%' AND labels ->> 'platform' = 'tiktok';

-- A view of somebody else's is no metric, whatever its name.
CREATE VIEW analytics.metric_of_mine AS SELECT 1 AS one;
SELECT count(*) FROM analytics.exported_metrics WHERE view_name = 'metric_of_mine';
DROP VIEW analytics.metric_of_mine;

-- Workers add up; what is not listed is not shown.
BEGIN;
INSERT INTO analytics.counters (consumer, worker, metric, platform, label, detail, value, seconds, buckets) VALUES
	('a', 1, 'items_processed', 'tiktok', 'success', '', 45, 0, NULL),
	('a', 2, 'items_processed', 'tiktok', 'success', '', 50, 0, NULL),
	('a', 1, 'items_processed', 'tiktok', 'error', '', 5, 0, NULL),
	('a', 1, 'items_processed', 'weibo', 'success', '', 7, 0, NULL),
	('a', 1, 'items_processed', 'unknown', 'success', '', 1, 0, NULL),
	('a', 1, 'duplicates_skipped', '', '', '', 2, 0, NULL),
	('a', 2, 'duplicates_skipped', '', '', '', 3, 0, NULL),
	('', -1, 'duplicates_skipped', '', '', '', 1, 0, NULL),
	('a', 1, 'batch_processing_duration', 'youtube', '', '', 3, 61.5, '{1,0,0,0,0,1,0,0,0,0,0,0,1}'),
	('a', 2, 'batch_processing_duration', 'youtube', '', '', 1, 0.02, '{0,0,1,0,0,0,0,0,0,0,0,0,0}');
SELECT * FROM analytics.metric_items_processed WHERE total > 0 ORDER BY 1, 2;
SELECT * FROM analytics.metric_duplicates_skipped ORDER BY 1;
SELECT seconds_bucket, seconds_sum, seconds_count FROM analytics.metric_batch_processing_duration WHERE platform = 'youtube';

-- No counter of another platform changes when one is taken out, put in, and put in again: it goes on from where it was.
CREATE TEMP TABLE told AS SELECT name, labels, value FROM analytics.metrics WHERE type <> 'gauge';
INSERT INTO analytics.platforms (name, weight) VALUES ('weibo', 1);
SELECT name, labels, m.value FROM analytics.metrics AS m LEFT JOIN told AS t USING (name, labels) WHERE m.type <> 'gauge' AND m.value IS DISTINCT FROM t.value AND m.value <> 0;
DELETE FROM analytics.platforms WHERE name = 'weibo';
(TABLE told EXCEPT SELECT name, labels, value FROM analytics.metrics) UNION ALL (SELECT name, labels, value FROM analytics.metrics WHERE type <> 'gauge' EXCEPT TABLE told);
INSERT INTO analytics.platforms (name, weight) VALUES ('weibo', 1);
SELECT * FROM analytics.metric_items_processed WHERE platform IN ('weibo', 'unknown') AND total > 0 ORDER BY 1;
DELETE FROM analytics.platforms WHERE name = 'weibo';
DROP TABLE told;

-- Nor do codes, listed or not; a label may hold anything; a time is no sum.
INSERT INTO analytics.counters (consumer, worker, metric, platform, label, detail, value, seconds) VALUES
	('a', 1, 'errors_by_code', 'tiktok', 'TIMEOUT', '', 4, 0),
	('a', 1, 'errors_by_code', 'tiktok', 'other', '', 1, 0),
	('a', 2, 'errors_by_code', 'tiktok', 'NO_LONGER_LISTED', '', 2, 0),
	('a', 1, 'dead_letters', '', E'say "\\"\nthen', '', 1, 0),
	('a', 1, 'retries', '', 'fetch', '', 5, 0),
	('a', 1, 'minio_connection_errors', '', 'timeout', '', 6, 0),
	('a', 1, 'last_commit', '', '', '', 1764547200500000, 0),
	('a', 2, 'last_commit', '', '', '', 1764547100000000, 0);
SELECT error_code, total FROM analytics.metric_errors_by_code WHERE platform = 'tiktok' AND total > 0 ORDER BY 1;
SELECT * FROM analytics.metric_retries WHERE total > 0;
SELECT * FROM analytics.metric_minio_connection_errors WHERE total > 0;
SELECT line FROM regexp_split_to_table(analytics.prometheus_text(), '\n') AS line
WHERE line ~ 'batch_processing_duration_seconds.*youtube|dead_letters.*say|^# (TYPE|HELP) analytics_(batch_processing|dead_letters)';

-- No total goes back, whichever sizes become commoner than others, and whatever is usual from now on.
INSERT INTO analytics.counters (consumer, worker, metric, platform, label, detail, value, seconds)
SELECT 'a', size % 3, 'batch_size_mismatch', 'tiktok', '50', size::text, 1000 - size, 0 FROM generate_series(51, 110) AS size
UNION ALL SELECT 'a', 1, 'batch_size_mismatch', 'tiktok', '50', 'other', 100000, 0;
CREATE TEMP TABLE before AS SELECT * FROM analytics.metric_batch_size_mismatch;
SELECT count(*), sum(total) FILTER (WHERE actual_size = 'other') AS other, max(total) FILTER (WHERE actual_size <> 'other') AS commonest FROM before WHERE platform = 'tiktok';
SELECT platform, expected_size, actual_size FROM before GROUP BY 1, 2, 3 HAVING count(*) > 1;
UPDATE analytics.counters SET value = value + 5000 WHERE metric = 'batch_size_mismatch' AND platform = 'tiktok' AND detail IN ('105', '110');
UPDATE analytics.platforms SET expected_size = 60 WHERE name = 'tiktok';
SELECT b.platform, b.expected_size, b.actual_size, b.total, a.total AS after
FROM before AS b LEFT JOIN analytics.metric_batch_size_mismatch AS a USING (platform, expected_size, actual_size) WHERE a.total IS NULL OR a.total < b.total;
ROLLBACK;

-- Who counts tells 50 sizes of a platform apart, those first that come first.
BEGIN;
SELECT count(*) FROM generate_series(1, 90) AS size CROSS JOIN LATERAL analytics.ingest(
	format('{"event_id": "evt_size_%s", "payload": {"job_id": "proj_a-b-0", "platform": "tiktok", "content_count": %s}}', size, size)::jsonb,
	(SELECT jsonb_agg(jsonb_build_object('meta', jsonb_build_object('id', n, 'fetch_status', 'error', 'error_code', 'TIMEOUT'))) FROM generate_series(1, size) AS n))
WHERE size <> 50;
SELECT worker, count(*), count(*) FILTER (WHERE detail::integer <= 51) AS first, sum(value) FROM analytics.counters WHERE metric = 'batch_size_mismatch' AND detail <> 'other' GROUP BY 1;
SELECT platform, label, detail, value FROM analytics.counters WHERE metric = 'batch_size_mismatch' AND detail = 'other';
SELECT count(*), sum(total) AS batches, sum(total) FILTER (WHERE actual_size = 'other') AS other FROM analytics.metric_batch_size_mismatch WHERE platform = 'tiktok';
SELECT key FROM analytics.ingest('{"event_id": "evt_size_again", "payload": {"job_id": "proj_a-b-0", "platform": "tiktok", "content_count": 1}}', '[{"meta": {"id": "1", "fetch_status": "error", "error_code": "TIMEOUT"}}]');
SELECT detail, value FROM analytics.counters WHERE metric = 'batch_size_mismatch' AND value > 1 ORDER BY 1;
ROLLBACK;

-- They are of all who count together; what was rolled back is not among them.
CREATE FUNCTION pg_temp.ingest_size(size integer) RETURNS text LANGUAGE sql AS $$
	SELECT status FROM analytics.ingest(
		format('{"event_id": "evt_size_%s", "payload": {"job_id": "proj_a-b-0", "platform": "tiktok", "content_count": %s}}', size, size)::jsonb,
		(SELECT jsonb_agg(jsonb_build_object('meta', jsonb_build_object('id', n, 'fetch_status', 'error', 'error_code', 'TIMEOUT'))) FROM generate_series(1, size) AS n))
$$;
BEGIN;
INSERT INTO analytics.counters (consumer, worker, metric, platform, label, detail, value, seconds)
SELECT 'a', size % 2, 'batch_size_mismatch', 'tiktok', '50', size::text, 1, 0 FROM generate_series(1001, 1048) AS size;
SELECT pg_temp.ingest_size(1);
SAVEPOINT undone;
SELECT pg_temp.ingest_size(2);
ROLLBACK TO undone;
SELECT pg_temp.ingest_size(size) FROM unnest(ARRAY[3, 4, 5]) AS size;
SELECT detail, sum(value) FROM analytics.counters WHERE metric = 'batch_size_mismatch' AND platform = 'tiktok' AND (length(detail) = 1 OR detail = 'other') GROUP BY 1 ORDER BY 1;
ROLLBACK;

-- Pending dead letters are counted, up to a bound; others are not.
BEGIN;
INSERT INTO analytics.dead_letters (reason, message, body, body_hash, received_at, state)
SELECT CASE WHEN n <= 3 THEN 'INVALID_BATCH' ELSE 'INVALID_EVENT' END, 'bad', '', int4send(n), now(), CASE n WHEN 3 THEN 'discarded' ELSE 'pending' END
FROM generate_series(1, 3000) AS n;
ANALYZE analytics.dead_letters;
SELECT reason, dead_letters FROM analytics.metric_dead_letters WHERE dead_letters > 0 ORDER BY 1;

-- No view reads what grows with the posts, and dead letters only through an index and up to a limit.
CREATE FUNCTION pg_temp.plans() RETURNS TABLE (view_name text, node text, relation text) LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	FOR view_name IN SELECT DISTINCT m.view_name FROM analytics.exported_metrics AS m LOOP
		EXECUTE 'EXPLAIN (FORMAT JSON, VERBOSE) SELECT * FROM analytics.' || view_name INTO plan;
		FOR node, relation IN
			SELECT n ->> 'Node Type', n ->> 'Schema' || '.' || (n ->> 'Relation Name')
			FROM jsonb_path_query(plan::jsonb, 'strict $.**?(exists (@."Relation Name"))') AS n
		LOOP
			RETURN NEXT;
		END LOOP;
	END LOOP;
END
$$;
SELECT DISTINCT relation FROM pg_temp.plans() ORDER BY 1;
SELECT DISTINCT view_name, node FROM pg_temp.plans() WHERE relation = 'analytics.dead_letters' ORDER BY 1;
ROLLBACK;

-- What is planned is small, so that nothing is compiled at each scrape, whether or not somebody has analyzed the tables.
CREATE FUNCTION pg_temp.dear(bound float) RETURNS TABLE (view_name text) LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	FOR view_name IN SELECT DISTINCT m.view_name FROM analytics.exported_metrics AS m LOOP
		EXECUTE 'EXPLAIN (FORMAT JSON) SELECT * FROM analytics.' || view_name INTO plan;
		IF (plan -> 0 -> 'Plan' ->> 'Total Cost')::float > bound OR plan::text ~ 'JIT' THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;
SELECT * FROM pg_temp.dear(2000);
BEGIN;
DELETE FROM pg_statistic WHERE starelid IN ('analytics.platforms'::regclass, 'analytics.error_codes'::regclass);
UPDATE pg_class SET relpages = 0, reltuples = -1 WHERE oid IN ('analytics.platforms'::regclass, 'analytics.error_codes'::regclass);
SELECT * FROM pg_temp.dear(current_setting('jit_above_cost')::float / 2);
ROLLBACK;
SELECT proname, proconfig FROM pg_proc WHERE oid IN ('analytics.metric_samples'::regproc, 'analytics.prometheus_text'::regproc, 'analytics.metric_rows'::regproc, 'analytics.local_queue_due'::regproc) ORDER BY 1;

-- Exporters ask by metric_rows(): the same rows, and nothing but metrics.
CREATE FUNCTION pg_temp.different() RETURNS TABLE (view_name text) LANGUAGE plpgsql AS $$
DECLARE
	columns text;
	different bigint;
BEGIN
	FOR view_name, columns IN
		SELECT m.view_name, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum DESC)
		FROM (SELECT DISTINCT e.view_name FROM analytics.exported_metrics AS e) AS m
		JOIN pg_attribute AS a ON a.attrelid = ('analytics.' || m.view_name)::regclass AND a.attnum > 0
		GROUP BY 1
	LOOP
		EXECUTE format('SELECT count(*) FROM (SELECT to_jsonb(r) FROM analytics.metric_rows(%1$L) AS r(%2$s)) AS a(j) FULL JOIN (SELECT to_jsonb(v) FROM analytics.%1$I AS v) AS b(j) USING (j) WHERE a.j IS NULL OR b.j IS NULL', view_name, columns)
		INTO different;
		IF different > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;
SELECT * FROM pg_temp.different();
SELECT * FROM analytics.metric_rows('metric_replays') AS v(total bigint, kind text) ORDER BY 2, 1;
SELECT * FROM analytics.metric_rows('metric_replays') AS v(total integer, kind text);
SELECT * FROM analytics.metric_rows('metric_replays') AS v(total bigint, sort text);
SELECT * FROM analytics.metric_rows('consumers') AS v(name text);
SELECT * FROM analytics.metric_rows('metric_of" AS x, analytics.consumers') AS v(name text);

-- As docs/metrics.md has it for PostgREST.
BEGIN;
CREATE DOMAIN pg_temp."text/plain" AS text;
CREATE FUNCTION pg_temp.metrics() RETURNS pg_temp."text/plain" LANGUAGE sql AS 'SELECT analytics.prometheus_text()';
SELECT pg_typeof(m), m LIKE '# HELP analytics_active_batches %' FROM pg_temp.metrics() AS m;
ROLLBACK;

-- Consumers.
CREATE SERVER broker FOREIGN DATA WRAPPER analytics_rabbitmq;
CREATE USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (user 'analytics', password 'hunter2');
SET client_min_messages = error;
SELECT analytics.create_consumer('off', broker => 'broker', enabled => false);
SELECT analytics.create_consumer('local', enabled => false);
SELECT * FROM analytics.metric_rabbitmq_connection ORDER BY 1;
SELECT * FROM analytics.metric_redeliveries ORDER BY 1;
SELECT * FROM analytics.metric_retries ORDER BY 1, 2;
SELECT * FROM analytics.metric_rabbitmq_reconnects ORDER BY 1;
SELECT analytics.pause('local');
SELECT * FROM analytics.metric_consumer_paused JOIN analytics.metric_worker_up USING (consumer) JOIN analytics.metric_workers USING (consumer) JOIN analytics.metric_unacked_deliveries USING (consumer)
	JOIN analytics.metric_last_commit_timestamp USING (consumer) ORDER BY 1;
BEGIN;
SELECT analytics.create_consumer('meant', workers => 1);
SELECT analytics.create_consumer('without', workers => 0);
SELECT analytics.create_consumer('halted', workers => 1);
SELECT analytics.pause('halted');
SELECT * FROM analytics.metric_consumer_paused ORDER BY 1;
ROLLBACK;
SELECT count(*) FROM analytics.metric_queue_messages_ready;

-- The local queue: what is due, and what a worker has in hand; of others' what is for any.
BEGIN;
SELECT * FROM analytics.metric_local_queue ORDER BY 1;
INSERT INTO analytics.local_queue (consumer, body, due_at, leased_by, leased_until) VALUES
	('local', 'x', now() - interval '90 seconds', NULL, NULL),
	('local', 'x', now() - interval '10 seconds', 'local/1', now() + interval '10 minutes'),
	('local', 'x', now() + interval '10 seconds', NULL, NULL),
	('gone', 'x', now() - interval '1 hour', NULL, NULL);
SELECT * FROM analytics.metric_local_queue ORDER BY 1;
INSERT INTO analytics.local_queue (consumer, body, due_at) SELECT NULL, 'x', now() - interval '2 minutes' FROM generate_series(1, 1100);
SELECT * FROM analytics.metric_local_queue ORDER BY 1;
INSERT INTO analytics.local_queue (consumer, body, due_at)
SELECT c, 'x', now() - n * interval '1 second' FROM generate_series(1, 10000) AS n CROSS JOIN unnest(ARRAY['local', 'gone', NULL]) AS c;
ANALYZE analytics.local_queue;
SELECT * FROM pg_temp.dear(2000);
SELECT * FROM analytics.metric_local_queue ORDER BY 1;
ROLLBACK;
INSERT INTO analytics.counters (consumer, worker, metric, platform, label, detail, value, seconds) VALUES
	('local', 1, 'last_commit', '', '', '', 1764547200500000, 0), ('local', 2, 'last_commit', '', '', '', 1764547100000000, 0);
SELECT * FROM analytics.metric_last_commit_timestamp ORDER BY 1;
DELETE FROM analytics.counters WHERE consumer = 'local';
SELECT name, state, workers, workers_running, broker_connected, in_flight FROM analytics.status ORDER BY 1;
SELECT count(*) FROM analytics.stat_worker WHERE consumer IN ('off', 'local');
SELECT analytics.drop_consumer('off');
SELECT analytics.drop_consumer('local');
DROP SERVER broker CASCADE;
