-- replay(), replay_all(), discard(), replay_batch(): what they queue, what they refuse, what is recorded.
SET timezone = 'UTC';
SET client_min_messages = notice;
\set SHOW_CONTEXT never
\set VERBOSITY default
DELETE FROM analytics.local_queue;
DELETE FROM analytics.dead_letters;
DELETE FROM analytics.dead_letter_history;
ALTER SEQUENCE analytics.dead_letters_id_seq RESTART WITH 1001;

CREATE FUNCTION pg_temp.letter(event text, consumer text DEFAULT NULL, reason text DEFAULT 'OBJECT_NOT_FOUND') RETURNS bigint LANGUAGE sql AS $$
	INSERT INTO analytics.dead_letters (consumer, event_id, reason, message, body, headers, body_hash, received_at)
	VALUES (consumer, event, reason, 'why', convert_to(event, 'UTF8'), '{"headers": {"a": 1}}', sha256(convert_to(event, 'UTF8')), now())
	RETURNING id
$$;
CREATE VIEW pg_temp.queued AS SELECT consumer, convert_from(body, 'UTF8') AS body, headers, attempts, dead_letter IS NOT NULL AS of_letter, replay_key, enqueued_by = current_user AS by_me FROM analytics.local_queue ORDER BY id;
CREATE VIEW pg_temp.history AS SELECT d.event_id, h.from_state, h.to_state, h.changed_by = current_user AS by_me, h.changed_at > now() - interval '1 minute' AS now, h.note FROM analytics.dead_letter_history h JOIN analytics.dead_letters d ON d.id = h.dead_letter ORDER BY h.id;
SELECT analytics.create_consumer('rp_here', enabled => false);

--
-- A letter is queued as it came, once.
--
SELECT pg_temp.letter('rp_1', 'rp_here') AS id \gset
SELECT analytics.replay(:id) AS queued \gset
SELECT * FROM pg_temp.queued;
SELECT state, state_changed_by = current_user AS by_me, state_note FROM analytics.dead_letters WHERE id = :id;
SELECT analytics.replay(:id) = :queued AS the_same;
SELECT count(*) FROM analytics.local_queue;

-- What has left the queue was settled.
DELETE FROM analytics.local_queue;
\set VERBOSITY terse
SELECT analytics.replay(:id);
SELECT analytics.discard(:id, 'too late');
\set VERBOSITY default
UPDATE analytics.dead_letters SET state = 'discarded' WHERE id = :id;
UPDATE analytics.dead_letters SET state = 'pending' WHERE id = :id;
SELECT analytics.replay(:id) > 0 AS queued_again;
-- Set to pending by hand while it is queued: still one entry.
UPDATE analytics.dead_letters SET state = 'pending' WHERE id = :id;
SELECT analytics.replay(:id) > 0 AS queued_again;
SELECT count(*) FROM analytics.local_queue;
SELECT * FROM pg_temp.history;
DELETE FROM analytics.local_queue;

--
-- Given up, and taken back.
--
SELECT pg_temp.letter('rp_2') AS id \gset
SELECT analytics.discard(:id, NULL);
SELECT analytics.discard(:id, 'a test event');
SELECT state, state_note FROM analytics.dead_letters WHERE id = :id;
\set VERBOSITY terse
SELECT analytics.discard(:id, 'again');
SELECT analytics.replay(:id);
UPDATE analytics.dead_letters SET state = 'replayed' WHERE id = :id;
\set VERBOSITY default
UPDATE analytics.dead_letters SET state = 'pending' WHERE id = :id;
SELECT state, state_note FROM analytics.dead_letters WHERE id = :id;
SELECT * FROM pg_temp.history WHERE event_id = 'rp_2';

--
-- Bad arguments.
--
SELECT analytics.replay(NULL);
SELECT analytics.replay(-1);
SELECT analytics.discard(-1, 'x');
SELECT pg_temp.letter('rp_3', 'rp_gone') AS id \gset
\set VERBOSITY terse
SELECT analytics.replay(:id);
SELECT analytics.replay(:id, consumer => 'rp_nobody');
SELECT analytics.replay(:id, consumer => 'rp_here') > 0 AS to_another;
SELECT consumer FROM pg_temp.queued;
SELECT pg_temp.letter('rp_4', 'rp_gone') AS id \gset
SELECT analytics.replay(:id, consumer => '') > 0 AS to_any;
SELECT consumer IS NULL AS any FROM pg_temp.queued WHERE body = 'rp_4';
SELECT pg_temp.letter('rp_5', NULL, 'EVENT_TOO_LARGE') AS id \gset
SELECT analytics.replay(:id);
\set VERBOSITY default

--
-- All of a kind.
--
DELETE FROM analytics.local_queue;
DELETE FROM analytics.dead_letters;
SELECT count(pg_temp.letter('rp_many_' || i, CASE WHEN i % 2 = 0 THEN 'rp_here' END)) FROM generate_series(1, 6) i;
SELECT pg_temp.letter('rp_lost', 'rp_gone') > 0 AS letter, pg_temp.letter('rp_big', NULL, 'EVENT_TOO_LARGE') > 0 AS letter, pg_temp.letter('rp_write', NULL, 'WRITE_FAILED') > 0 AS letter;
SELECT analytics.replay_all(reason => 'WRITE_FAILED');
SELECT analytics.replay_all(since => now() + interval '1 hour');
SELECT analytics.replay_all(consumer => 'rp_nobody');
SELECT analytics.replay_all(consumer => 'rp_here');
SELECT analytics.replay_all();
SELECT analytics.replay_all(reason => 'OBJECT_NOT_FOUND', since => now() - interval '1 hour');
SELECT state, count(*), count(DISTINCT q.id) AS queued FROM analytics.dead_letters d LEFT JOIN analytics.local_queue q ON q.dead_letter = d.id GROUP BY 1 ORDER BY 1;
SELECT count(*), bool_and(by_me) FROM pg_temp.history;
-- In a transaction that is rolled back nothing has happened.
BEGIN;
UPDATE analytics.dead_letters SET state = 'pending' WHERE state = 'replayed';
SELECT analytics.replay_all(reason => 'WRITE_FAILED');
ROLLBACK;
SELECT count(*) FROM pg_temp.history;
-- Whoever deletes a letter by hand does not delete what was done with it.
DELETE FROM analytics.dead_letters;
SELECT count(*) > 0 AS kept FROM analytics.dead_letter_history;
DELETE FROM analytics.local_queue;

--
-- A processed batch again.
--
CREATE FUNCTION pg_temp.event(id text, changes jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('event_id', id, 'timestamp', '2025-12-31T00:00:00Z', 'payload',
		'{"minio_path": "b/k", "job_id": "proj_rp-brand-0", "content_count": 1, "platform": "tiktok"}' || changes)
$$;
SELECT status FROM analytics.ingest(pg_temp.event('rp_batch'), '[{"meta": {"id": "rp_post"}}]');
SELECT analytics.replay_batch('rp_batch') AS id \gset
SELECT analytics.replay_batch('rp_batch') = :id AS the_same;
SELECT consumer, body::jsonb = pg_temp.event('rp_batch') AS as_it_was, of_letter, replay_key, by_me FROM pg_temp.queued;
SELECT analytics.replay_batch(NULL);
\set VERBOSITY terse
SELECT analytics.replay_batch('rp_unknown');
SELECT analytics.replay_batch('rp_batch', event => '{"event_id"');
SELECT analytics.replay_batch('rp_batch', event => pg_temp.event('rp_other')::text);
SELECT analytics.replay_batch('rp_batch', event => pg_temp.event('rp_batch', '{"content_count": 2}')::text);
SELECT analytics.replay_batch('rp_batch', consumer => 'rp_nobody');
-- An event without a time keeps that of its first receipt, or its posts would pass for newer ones.
SELECT status FROM analytics.ingest(pg_temp.event('rp_timeless') - 'timestamp', '[{"meta": {"id": "rp_post_2"}}]');
SELECT analytics.replay_batch('rp_timeless') > 0 AS queued;
SELECT (q.body::jsonb ->> 'timestamp')::timestamptz = b.event_time AS first_time FROM pg_temp.queued q JOIN analytics.batches b ON b.key = q.replay_key WHERE b.key = 'rp_timeless';
-- A long one, of inline items, is not kept and must be given along.
SELECT status FROM analytics.ingest(pg_temp.event('rp_long') #- '{payload,minio_path}', jsonb_build_array(jsonb_build_object('meta', '{"id": "rp_post_3"}'::jsonb, 'content', jsonb_build_object('text', repeat('x', 9000)))));
SELECT analytics.replay_batch('rp_long');
SELECT analytics.replay_batch('rp_long', event => jsonb_set(pg_temp.event('rp_long') #- '{payload,minio_path}', '{payload,items}', jsonb_build_array(jsonb_build_object('meta', '{"id": "rp_post_3"}'::jsonb, 'content', jsonb_build_object('text', repeat('x', 9000)))))::text) > 0 AS queued;
\set VERBOSITY default
-- To a session it is the duplicate that it is.
SELECT status FROM analytics.ingest(pg_temp.event('rp_batch'), '[{"meta": {"id": "rp_post"}}]');

--
-- Who may: nobody but the owner, until it is granted; then nothing else is needed.
--
SELECT pg_temp.letter('rp_grant') AS id \gset
CREATE ROLE regress_analytics_replayer;
GRANT USAGE ON SCHEMA analytics TO regress_analytics_replayer;
SET ROLE regress_analytics_replayer;
SELECT analytics.replay(:id);
SELECT analytics.replay_all();
SELECT analytics.discard(:id, 'x');
SELECT analytics.replay_batch('rp_batch');
RESET ROLE;
GRANT EXECUTE ON FUNCTION analytics.replay TO regress_analytics_replayer;
SET ROLE regress_analytics_replayer;
SELECT analytics.replay(:id) > 0 AS queued;
RESET ROLE;
SELECT changed_by FROM analytics.dead_letter_history WHERE dead_letter = :id;
SELECT enqueued_by FROM analytics.local_queue WHERE dead_letter = :id;
REVOKE ALL ON FUNCTION analytics.replay FROM regress_analytics_replayer;
REVOKE ALL ON SCHEMA analytics FROM regress_analytics_replayer;
DROP ROLE regress_analytics_replayer;

--
-- Retention: its settings.
--
SELECT name, value, unit FROM analytics.settings WHERE name LIKE 'retention.%' ORDER BY name;
BEGIN;
UPDATE analytics.settings SET value = 7 WHERE name = 'retention.ledger_days';
UPDATE analytics.settings SET value = 0 WHERE name = 'retention.ledger_days';
SAVEPOINT s;
UPDATE analytics.settings SET value = 6.9 WHERE name = 'retention.ledger_days';
ROLLBACK TO s;
UPDATE analytics.settings SET value = -1 WHERE name = 'retention.crawl_errors_days';
ROLLBACK;
SELECT table_name, kept FROM analytics.metric_retention ORDER BY 1;
UPDATE analytics.dead_letters SET state = 'pending', created_at = now() - interval '91 days';
SELECT table_name, kept FROM analytics.metric_retention ORDER BY 1;

DELETE FROM analytics.local_queue;
DELETE FROM analytics.dead_letters;
DELETE FROM analytics.batches WHERE key LIKE 'rp\_%';
DELETE FROM analytics.post_analytics WHERE id LIKE 'rp\_%';
SELECT analytics.drop_consumer('rp_here');
