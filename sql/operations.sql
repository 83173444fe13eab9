-- Operating consumers, as far as SQL alone can see it.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT analytics.create_consumer('posts', enabled => false);

-- The level of its log.
SELECT analytics.create_consumer('bad', log_level => 'info');
SELECT analytics.alter_consumer('posts', log_level => 'LOG');
UPDATE analytics.consumers SET log_level = NULL;
SELECT log_level FROM analytics.consumers;
SELECT analytics.alter_consumer('posts', log_level => 'debug');
SELECT analytics.alter_consumer('posts', workers => 2);
SELECT log_level, workers FROM analytics.consumers;

-- A restart is counted, and undone with its transaction.
SELECT analytics.restart('posts');
BEGIN; SELECT analytics.restart('posts'); ROLLBACK;
SELECT restarts FROM analytics.consumers;
SELECT analytics.restart('post');

-- Draining: by itself, with a time that makes sense, and a consumer that is there.
BEGIN; CALL analytics.drain('posts'); ROLLBACK;
DO $$ BEGIN CALL analytics.drain('posts'); END $$;
CREATE FUNCTION pg_temp.drains() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL analytics.drain('posts'); END $$;
SELECT pg_temp.drains();
CALL analytics.drain(NULL);
CALL analytics.drain('posts', '-1 s');
CALL analytics.drain('posts', '1 month');
CALL analytics.drain('posts', '213503983 days');
CALL analytics.drain('posts', NULL);
CALL analytics.drain('post');
SELECT analytics.resume('posts');
CALL analytics.drain('posts', '0');
SELECT paused, paused_by = current_user AS by_me, pause_reason FROM analytics.consumers;
SELECT state, events_per_second, items_per_second, attempts, oldest_unacknowledged_at, last_error_sqlstate
FROM analytics.status;
SELECT analytics.pause('posts', 'moving the bucket');
CALL analytics.drain('posts');
SELECT pause_reason FROM analytics.consumers;

-- Progress: what was submitted, and nothing else that lies in the queue.
SELECT * FROM analytics.progress;
SELECT count(analytics.submit(jsonb_build_object('event_id', i), 'posts')) FROM generate_series(1, 5) AS i;
SELECT count(analytics.submit(jsonb_build_object('event_id', i))) FROM generate_series(1, 2) AS i;
BEGIN; SELECT count(analytics.submit('{}', 'posts')); ROLLBACK;
INSERT INTO analytics.local_queue (consumer, body) VALUES ('posts', 'parked'), ('posts', 'replayed');
SELECT consumer, total, done, failed, waiting, in_flight, percent, per_second, eta, finished_at FROM analytics.progress ORDER BY 1;
SELECT count(DISTINCT submitted_run) AS runs, count(*) FROM analytics.local_queue WHERE consumer = 'posts' AND submitted_run IS NOT NULL;

-- Of two workers one has done something in this run, the other only before it.
INSERT INTO analytics.submissions (consumer, worker, done, failed, run_started_at, run_done, run_failed, last_done_at, minute, minute_done, minute_before)
SELECT 'posts', 'posts/1', 1010, 4, progress.started_at, 10, 1, clock_timestamp(), date_trunc('minute', clock_timestamp()), 10, 0 FROM analytics.progress WHERE consumer = 'posts'
UNION ALL
SELECT 'posts', 'posts/2', 500, 0, '2001-01-01', 500, 0, '2001-01-02', '2001-01-02', 20, 30;
SELECT total, done, failed, waiting, percent, per_second BETWEEN 0.1 AND 10 AS rate, eta BETWEEN '1 s' AND '50 s' AS eta, finished_at FROM analytics.progress WHERE consumer = 'posts';
DELETE FROM analytics.local_queue WHERE consumer = 'posts';
SELECT total, done, failed, waiting, percent, eta, finished_at IS NOT NULL AS finished FROM analytics.progress WHERE consumer = 'posts';
SELECT analytics.submit('{}', 'posts') > 0 AS queued;
SELECT total, done, waiting FROM analytics.progress WHERE consumer = 'posts';
TRUNCATE analytics.local_queue, analytics.submissions;

-- The ledger by hour and platform.
BEGIN;
SELECT status, actual_count FROM (VALUES ('a', 'tiktok', 2), ('b', 'tiktok', 50), ('c', 'youtube', 1)) AS e(id, platform, items), LATERAL analytics.ingest(
	jsonb_build_object('event_id', id, 'payload', jsonb_build_object('job_id', 'p-brand-0', 'platform', platform, 'content_count', items)),
	(SELECT jsonb_agg(jsonb_build_object('meta', jsonb_build_object('id', id || i, 'fetch_status', CASE i WHEN 2 THEN 'error' ELSE 'success' END))) FROM generate_series(1, items) AS i));
SELECT hour >= date_trunc('hour', now(), 'UTC') AS this_hour, platform, batches, items, posts, errors, skipped, mismatched, smallest, average, largest,
	write_ms > 0 AS times, p95_seconds BETWEEN 0 AND 60 AS p95
FROM analytics.stat_batches ORDER BY platform;
SELECT count(*) FROM analytics.stat_batches WHERE hour > now();
INSERT INTO analytics.batches (key, event_id, body_hash, job_id, platform, announced_count, actual_count, success_count, error_count, bytes_fetched, bytes_decoded, fetch_ms, parse_ms, analyse_ms, write_ms, worker, redelivered, event_time, received_at, completed_at)
SELECT 'h' || i, 'h' || i, '', 'p-brand-0', 'tiktok', 1, 1, 1, 0, 0, 0, 10, 0, 0, 0, 'posts/1', i = 1, t, t - i * interval '1 s', t
FROM generate_series(1, 101) AS i, (SELECT date_trunc('hour', now(), 'UTC') - interval '2 hours 1 minute') AS old(t);
SELECT hour = date_trunc('hour', now(), 'UTC') - interval '3 hours' AS its_hour, batches, mismatched, redelivered, fetch_ms, p95_seconds
FROM analytics.stat_batches WHERE hour < now() - interval '2 hours';
ROLLBACK;

-- Alerts can be turned off, and not be nonsense.
SELECT name, value, minimum FROM analytics.settings WHERE name LIKE 'alerts.%' ORDER BY 1;
UPDATE analytics.settings SET value = -1 WHERE name = 'alerts.critical_posts';

SELECT analytics.drop_consumer('posts');
