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

-- Since when it has no workers, because nobody wants any.
SELECT analytics.resume('posts');
SELECT state, reason, since = stopped_at AS since FROM analytics.status JOIN analytics.consumers USING (name);
SELECT stopped_at AS was FROM analytics.consumers \gset
SELECT analytics.alter_consumer('posts', workers => 0);
UPDATE analytics.consumers SET enabled = true;
SELECT state, reason, since = :'was' AS as_before FROM analytics.status;
SELECT analytics.alter_consumer('posts', workers => 1);
SELECT stopped_at FROM analytics.consumers;
SELECT analytics.alter_consumer('posts', enabled => false);
SELECT stopped_at > :'was' AS anew FROM analytics.consumers;

-- An operator may execute these functions, and has no other right: neither to the table nor to the consumer's role.
CREATE ROLE regress_analytics_worker LOGIN;
CREATE ROLE regress_analytics_operator;
CREATE ROLE regress_analytics_stranger;
GRANT USAGE ON SCHEMA analytics TO regress_analytics_operator, regress_analytics_stranger;
GRANT EXECUTE ON FUNCTION analytics.pause, analytics.resume, analytics.restart TO regress_analytics_operator;
GRANT EXECUTE ON PROCEDURE analytics.drain TO regress_analytics_operator;
CREATE SCHEMA regress_planted AUTHORIZATION regress_analytics_operator;
CREATE FUNCTION regress_planted.scorer(text[]) RETURNS float8[] LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called by %', current_user; END $$;
SELECT analytics.alter_consumer('posts', role => 'regress_analytics_worker', scorer => 'regress_planted.scorer(text[])');
CREATE FUNCTION pg_temp.others() RETURNS jsonb LANGUAGE sql AS
'SELECT to_jsonb(c) - ARRAY[''paused'', ''paused_at'', ''paused_by'', ''pause_reason'', ''restarts''] FROM analytics.consumers AS c';
SELECT pg_temp.others() AS others, restarts + 1 AS restarts FROM analytics.consumers \gset
CREATE FUNCTION regress_planted.held() RETURNS text LANGUAGE sql SECURITY DEFINER AS
'SELECT concat_ws('' '', paused, paused_by, pause_reason) FROM analytics.consumers';
GRANT EXECUTE ON FUNCTION regress_planted.held() TO PUBLIC;
-- Who took a right away from the role does not see it come back by a pause.
BEGIN;
REVOKE SELECT ON analytics.consumers FROM regress_analytics_worker;
SELECT analytics.pause('posts'), analytics.resume('posts'), analytics.restart('posts');
SELECT has_table_privilege('regress_analytics_worker', 'analytics.consumers', 'SELECT') AS granted;
UPDATE analytics.consumers SET role = role;
SELECT has_table_privilege('regress_analytics_worker', 'analytics.consumers', 'SELECT') AS granted;
ROLLBACK;

SET ROLE regress_analytics_operator;

-- Whatever lies in its search_path.
CREATE TABLE regress_planted.called (by_whom name);
CREATE TABLE regress_planted.consumers (name text, paused boolean);
GRANT INSERT ON regress_planted.called TO PUBLIC;
CREATE FUNCTION regress_planted.plus(bigint, integer) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN INSERT INTO regress_planted.called VALUES (current_user); RETURN 1000; END $$;
CREATE FUNCTION regress_planted.equal(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO regress_planted.called VALUES (current_user); RETURN true; END $$;
CREATE OPERATOR regress_planted.= (LEFTARG = text, RIGHTARG = text, FUNCTION = regress_planted.equal);
CREATE OPERATOR regress_planted.+ (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = regress_planted.plus);
SET search_path = regress_planted, pg_catalog;
SELECT analytics.pause('posts', $$', enabled = true, role = 'postgres', pause_reason = '$$);
SELECT held();
SELECT analytics.resume('posts');
SELECT held();
CALL analytics.drain('posts');
SELECT held();
SELECT analytics.restart('posts');
CALL analytics.drain('post');
SELECT analytics.restart($$x' OR 'a' = 'a$$);
SELECT analytics.pause('posts', repeat('x', 1001));
SELECT * FROM called;
RESET search_path;
SELECT current_user;

-- Nothing but that.
SELECT name FROM analytics.consumers;
UPDATE analytics.consumers SET paused = false;
SET ROLE regress_analytics_worker;
CREATE TRIGGER planted BEFORE UPDATE ON analytics.consumers FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
SELECT analytics.alter_consumer('posts', enabled => true);
RESET ROLE;
SELECT pg_temp.others() = :'others'::jsonb AS others_as_before, restarts = :restarts AS restarted_once FROM analytics.consumers;

-- Who called is who is named, also through a function of somebody else.
CREATE FUNCTION regress_planted.hold() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ SELECT analytics.resume('posts'), analytics.pause('posts', 'through another') $$;
GRANT USAGE ON SCHEMA regress_planted TO regress_analytics_stranger;
SET ROLE regress_analytics_stranger;
SELECT analytics.pause('posts');
SELECT analytics.resume('posts');
SELECT analytics.restart('posts');
CALL analytics.drain('posts');
SELECT regress_planted.hold();
SELECT regress_planted.held();
RESET ROLE;
SELECT analytics.alter_consumer('posts', role => current_user, scorer => '');
DROP SCHEMA regress_planted CASCADE;
DROP OWNED BY regress_analytics_operator, regress_analytics_stranger;
DROP ROLE regress_analytics_worker, regress_analytics_operator, regress_analytics_stranger;
CALL analytics.drain('posts');

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

-- It goes with its consumer, and is not inherited by another of its name.
SELECT analytics.create_consumer('gone', enabled => false);
INSERT INTO analytics.submissions SELECT c, 'gone/1', 3, 1, now(), 3, 1, now(), now(), 3, 0 FROM unnest(ARRAY['gone', 'posts', '']) AS c;
SELECT consumer, done FROM analytics.progress ORDER BY 1;
SELECT analytics.drop_consumer('gone');
SELECT consumer, done FROM analytics.submissions ORDER BY 1;
-- One of its workers that ends only now has counted once more.
INSERT INTO analytics.submissions VALUES ('gone', 'gone/1', 2, 0, now(), 2, 0, now(), now(), 2, 0);
SELECT consumer, done FROM analytics.progress ORDER BY 1;
SELECT analytics.create_consumer('gone', enabled => false);
SELECT consumer, done FROM analytics.progress ORDER BY 1;
SELECT analytics.drop_consumer('gone');
TRUNCATE analytics.submissions;

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
