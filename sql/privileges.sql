-- Nothing is for everybody; monitoring and workers get what they need.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE FUNCTION pg_temp.objects() RETURNS TABLE (kind text, name text, acl aclitem[], owner oid) LANGUAGE sql AS $$
	SELECT 'relation', c.oid::regclass::text, c.relacl, c.relowner FROM pg_class c WHERE c.relnamespace = 'analytics'::regnamespace AND c.relkind IN ('r', 'v', 'S')
	UNION ALL
	SELECT 'function', p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner FROM pg_proc p WHERE p.pronamespace = 'analytics'::regnamespace
	UNION ALL
	SELECT 'wrapper', w.fdwname, w.fdwacl, w.fdwowner FROM pg_foreign_data_wrapper w
	UNION ALL
	SELECT 'schema', n.nspname, n.nspacl, n.nspowner FROM pg_namespace n WHERE n.nspname = 'analytics'
$$;
SELECT kind, name FROM pg_temp.objects() o, aclexplode(o.acl) a WHERE a.grantee = 0;
SELECT kind, name, a.privilege_type FROM pg_temp.objects() o, aclexplode(o.acl) a WHERE a.grantee = 'pg_monitor'::regrole ORDER BY 1, name COLLATE "C";

-- Every object says what it is.
SELECT pg_describe_object(d.classid, d.objid, 0) FROM pg_depend d
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'analytics')
	AND d.classid <> 'pg_type'::regclass AND obj_description(d.objid, d.classid::regclass::name) IS NULL;

-- Monitoring reads the views and nothing behind them.
CREATE ROLE regress_analytics_monitor IN ROLE pg_monitor;
SET ROLE regress_analytics_monitor;
SELECT count(*) > 0 AS ok FROM analytics.metric_batch_processing_duration;
SELECT count(*) FROM analytics.status;
SELECT count(*) FROM analytics.metric_active_batches;
SELECT count(*) FROM analytics.counters;
SELECT count(*) FROM analytics.post_analytics;
SELECT analytics.submit('{}');
RESET ROLE;

-- submit() can be granted by itself, and tells who called.
BEGIN;
CREATE ROLE regress_analytics_producer;
GRANT USAGE ON SCHEMA analytics TO regress_analytics_producer;
GRANT EXECUTE ON FUNCTION analytics.submit TO regress_analytics_producer;
SET ROLE regress_analytics_producer;
SELECT analytics.submit('{"event_id": "e"}') > 0 AS queued;
RESET ROLE;
SELECT convert_from(body, 'UTF8'), enqueued_by FROM analytics.local_queue;
ROLLBACK;

-- The role of a consumer gets its workers' rights, and loses them with its last consumer.
CREATE ROLE regress_analytics_worker LOGIN;
SELECT analytics.create_consumer('one', role => 'regress_analytics_worker', enabled => false);
SELECT analytics.create_consumer('two', role => 'regress_analytics_worker', enabled => false);
SELECT name, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) FROM pg_temp.objects() o, aclexplode(o.acl) a
WHERE a.grantee = 'regress_analytics_worker'::regrole GROUP BY 1 ORDER BY name COLLATE "C";
SELECT attrelid::regclass AS table, attname AS column, a.privilege_type FROM pg_attribute, aclexplode(attacl) a
WHERE a.grantee = 'regress_analytics_worker'::regrole ORDER BY attrelid::regclass::text, attname;
SELECT analytics.drop_consumer('one');
SELECT count(*) > 0 AS has_rights FROM pg_temp.objects() o, aclexplode(o.acl) a WHERE a.grantee = 'regress_analytics_worker'::regrole;
SELECT analytics.drop_consumer('two');

-- Who may write consumers may still not lend another's role.
CREATE ROLE regress_analytics_operator;
GRANT USAGE ON SCHEMA analytics TO regress_analytics_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON analytics.consumers TO regress_analytics_operator;
GRANT EXECUTE ON FUNCTION analytics.create_consumer TO regress_analytics_operator;
SET ROLE regress_analytics_operator;
SELECT analytics.create_consumer('mine', role => 'regress_analytics_worker', enabled => false);
RESET ROLE;
GRANT regress_analytics_worker TO regress_analytics_operator;
SET ROLE regress_analytics_operator;
SELECT analytics.create_consumer('mine', role => 'regress_analytics_worker', enabled => false);
RESET ROLE;

-- Nor forge who did what, nor touch another's consumer.
SET ROLE regress_analytics_operator;
INSERT INTO analytics.consumers (name, role, enabled, created_by, created_at, paused, paused_by, paused_at)
VALUES ('forged', 'regress_analytics_worker', false, 'postgres', '2001-01-01', true, 'postgres', '2001-01-01');
UPDATE analytics.consumers SET created_by = 'nobody', created_at = '2001-01-01', paused_by = 'nobody', paused_at = '2001-01-01' WHERE name = 'forged';
SELECT created_by, created_at > '2001-01-01' AS now, paused_by, paused_at > '2001-01-01' AS since FROM analytics.consumers WHERE name = 'forged';
RESET ROLE;
UPDATE analytics.consumers SET pause_reason = 'another reason' WHERE name = 'forged';
SELECT paused_by = current_user AS by_me, created_by FROM analytics.consumers WHERE name = 'forged';
REVOKE regress_analytics_worker FROM regress_analytics_operator;
GRANT EXECUTE ON FUNCTION analytics.drop_consumer, analytics.pause TO regress_analytics_operator;
SET ROLE regress_analytics_operator;
SELECT analytics.drop_consumer('mine');
DELETE FROM analytics.consumers;
UPDATE analytics.consumers SET paused = true;
UPDATE analytics.consumers SET role = current_user;
RESET ROLE;
SELECT name FROM analytics.consumers ORDER BY 1;
SELECT analytics.drop_consumer('forged');
SELECT analytics.drop_consumer('mine');
DROP OWNED BY regress_analytics_operator;
DROP ROLE regress_analytics_monitor, regress_analytics_worker, regress_analytics_operator;
