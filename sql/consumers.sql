-- Consumers are checked when they are written, however they are written.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE regress_analytics_worker LOGIN;
CREATE ROLE regress_analytics_group;
CREATE SERVER broker FOREIGN DATA WRAPPER analytics_rabbitmq;
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'http://minio:9000');
CREATE SERVER folder FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'file:///srv/batches');
CREATE USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (user 'analytics', password 'hunter2');
CREATE USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (access_key 'key', secret_key 'hunter2');

-- The defaults are the contract's.
SELECT analytics.create_consumer('posts', broker => 'broker', store => 'store', enabled => false);
SELECT exchange, routing_key, queue, queue_type, passive, workers, prefetch, max_fetches, commit_delay, role = current_user AS own_role FROM analytics.consumers;
SELECT analytics.create_consumer('posts', enabled => false);

-- Bad arguments are named.
SELECT analytics.create_consumer(NULL);
SELECT analytics.create_consumer('no spaces');
SELECT analytics.create_consumer('bad', workers => 65);
SELECT analytics.create_consumer('bad', prefetch => 0);
SELECT analytics.create_consumer('bad', max_fetches => 257);
SELECT analytics.create_consumer('bad', commit_delay => '1 day');
SELECT analytics.create_consumer('bad', commit_delay => '-1 ms');
SELECT analytics.create_consumer('bad', exchange => '');
SELECT analytics.create_consumer('bad', queue => repeat('q', 256));
SELECT analytics.create_consumer('bad', queue_type => 'stream');
SELECT analytics.create_consumer('bad', queue_arguments => '{"x-max-length": 1.5}');
SELECT analytics.create_consumer('bad', queue_arguments => '{"x-nested": {"a": 1}}');
SELECT analytics.create_consumer('bad', queue_arguments => '{"x-queue-type": "quorum"}');
SELECT analytics.create_consumer('bad', queue_arguments => '[]');
SELECT analytics.create_consumer('bad', passive => NULL);
SELECT analytics.create_consumer('bad', enabled => NULL);
INSERT INTO analytics.consumers (name, workers) VALUES ('bad', -1);
UPDATE analytics.consumers SET paused = NULL;
UPDATE analytics.consumers SET prefetch = 100000;
UPDATE analytics.consumers SET name = 'other';

-- What it refers to must be there, of the right kind, and for its role.
SELECT analytics.create_consumer('bad', broker => 'nowhere');
SELECT analytics.create_consumer('bad', broker => 'store');
SELECT analytics.create_consumer('bad', store => 'broker');
SELECT analytics.create_consumer('bad', role => 'regress_analytics_nobody');
SELECT analytics.create_consumer('bad', role => 'regress_analytics_group');
SELECT analytics.create_consumer('bad', broker => 'broker', role => 'regress_analytics_worker');
GRANT USAGE ON FOREIGN SERVER broker, folder TO regress_analytics_worker;
SELECT analytics.create_consumer('bad', broker => 'broker', role => 'regress_analytics_worker');
CREATE USER MAPPING FOR regress_analytics_worker SERVER broker OPTIONS (user 'analytics', password 'hunter2');
SELECT analytics.create_consumer('theirs', broker => 'broker', store => 'folder', role => 'regress_analytics_worker', enabled => false);

-- Changing one: what is left out stays, an empty server takes it away.
SELECT analytics.alter_consumer('posts', workers => 3, queue_type => 'quorum', queue_arguments => '{"x-delivery-limit": 5, "x-single-active-consumer": true}');
SELECT analytics.alter_consumer('posts', broker => '');
SELECT name, broker, store, workers, queue_type, queue_arguments FROM analytics.consumers ORDER BY name;

-- A pause keeps who, since when and why; it works without the server.
DROP SERVER store CASCADE;
SELECT analytics.pause('posts', 'moving the bucket');
SELECT paused, paused_by = current_user AS by_me, paused_at IS NOT NULL AS since, pause_reason FROM analytics.consumers WHERE name = 'posts';
SELECT analytics.resume('posts');
SELECT paused, paused_by, paused_at, pause_reason FROM analytics.consumers WHERE name = 'posts';

-- Unknown names.
SELECT analytics.alter_consumer('post', workers => 2);
SELECT analytics.pause('post');
SELECT analytics.submit('{}', consumer => 'post');
SELECT analytics.drop_consumer('post');

-- An event may be as large as one from a broker, and no larger.
SELECT analytics.submit(jsonb_build_object('event_id', repeat('x', 64 * 1024 * 1024 - 16)), 'posts') > 0 AS queued;
SELECT octet_length(body) = 64 * 1024 * 1024 AS largest FROM analytics.local_queue;
SELECT analytics.submit(jsonb_build_object('event_id', repeat('x', 64 * 1024 * 1024 - 15)), 'posts');
TRUNCATE analytics.local_queue;

-- What the queue holds for a consumer, and what it leaves behind.
SELECT analytics.submit('{"event_id": "one"}', 'posts') + analytics.submit('{"event_id": "two"}', 'posts') + analytics.submit('{"event_id": "three"}') > 0 AS queued;
SELECT name, queued, lag_seconds FROM analytics.status ORDER BY 1;
SELECT analytics.drop_consumer('posts');
UPDATE analytics.local_queue SET consumer = 'theirs' WHERE consumer = 'posts';
SELECT name, queued FROM analytics.status;
DELETE FROM analytics.local_queue WHERE consumer = 'theirs' AND convert_from(body, 'UTF8') LIKE '%one%';
SELECT analytics.drop_consumer('theirs');
SELECT analytics.drop_consumer('posts');
TRUNCATE analytics.local_queue;

-- check_function_bodies = off is understood as a restore; a pause says so.
SET client_min_messages = notice;
SET check_function_bodies = off;
SELECT analytics.create_consumer('restored', enabled => false);
SELECT name, paused, pause_reason FROM analytics.consumers;
RESET check_function_bodies;
SET client_min_messages = warning;
SELECT analytics.drop_consumer('restored');

-- A role that comes after the dump has its rights when the consumer is resumed.
SET check_function_bodies = off;
INSERT INTO analytics.consumers (name, role, enabled) VALUES ('early', 'regress_analytics_late', false);
RESET check_function_bodies;
CREATE ROLE regress_analytics_late LOGIN;
SELECT has_table_privilege('regress_analytics_late', 'analytics.batches', 'INSERT');
SELECT analytics.resume('early');
SELECT has_table_privilege('regress_analytics_late', 'analytics.batches', 'INSERT');
SELECT analytics.drop_consumer('early');
DROP ROLE regress_analytics_late;

-- Leases are found by an index, however long the queue.
CREATE FUNCTION pg_temp.uses_index(statement text) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || statement INTO plan;
	RETURN plan::text LIKE '%local_queue_leased_until_idx%';
END
$$;
SELECT pg_temp.uses_index('SELECT min(leased_until) FROM analytics.local_queue WHERE leased_until IS NOT NULL');
SELECT pg_temp.uses_index($$UPDATE analytics.local_queue SET leased_by = NULL, leased_until = NULL WHERE leased_by = 'posts/1' AND leased_until IS NOT NULL$$);

DROP SERVER broker, folder CASCADE;
DROP ROLE regress_analytics_worker, regress_analytics_group;
