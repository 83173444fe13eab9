-- check(): what the catalogs and tables tell.  Each finding is made, and undone.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION pg_temp.findings(VARIADIC names text[]) RETURNS TABLE (name text, subject text, status text, finding text, hint text) LANGUAGE sql AS $$
	SELECT * FROM analytics.check(network => false) AS c WHERE c.name = ANY (names) AND c.status <> 'ok' ORDER BY c.name, c.subject COLLATE "C", c.finding COLLATE "C"
$$;

DO $$
BEGIN
	FOR i IN 1 .. 300 LOOP
		EXIT WHEN (SELECT pid IS NOT NULL FROM analytics.supervisor_report());
		PERFORM pg_sleep(0.1);
	END LOOP;
END
$$;

-- A fresh database: nothing is wrong but that the tests do without fsync.
SELECT name, status, count(*) FROM analytics.check(network => false) GROUP BY 1, 2 ORDER BY 1;
SELECT * FROM pg_temp.findings('fsync', 'consumer', 'exporter_role');
SELECT finding FROM analytics.check(false) WHERE name IN ('version', 'rules');

-- Versions and encoding.
BEGIN;
UPDATE pg_extension SET extversion = '9.9' WHERE extname = 'analytics';
UPDATE pg_database SET encoding = pg_char_to_encoding('LATIN1') WHERE datname = current_database();
SELECT * FROM pg_temp.findings('version', 'encoding');
ROLLBACK;

-- Worker slots.
BEGIN;
SELECT analytics.create_consumer('many', workers => 64);
SELECT name, status, substr(hint, 1, 30) FROM pg_temp.findings('worker_slots');
SELECT analytics.alter_consumer('many', workers => 20);
SELECT name, status, substring(finding FROM ': parallel.*') FROM pg_temp.findings('worker_slots');
SELECT analytics.alter_consumer('many', enabled => false);
SELECT * FROM pg_temp.findings('worker_slots');
ROLLBACK;

-- No part is thought to be so costly that a server would compile it, which takes longer than all of them.
VACUUM ANALYZE analytics.consumers;
SELECT proconfig FROM pg_proc WHERE oid = 'analytics.check(boolean)'::regprocedure;
DO $$
DECLARE
	part record;
	plan json;
BEGIN
	FOR part IN SELECT p.proname, p.prosrc FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
		WHERE p.pronamespace = 'analytics'::regnamespace AND p.proname LIKE 'check\_%' AND l.lanname = 'sql'
	LOOP
		EXECUTE 'EXPLAIN (FORMAT json) ' || part.prosrc INTO plan;
		IF (plan -> 0 -> 'Plan' ->> 'Total Cost')::float8 > current_setting('jit_above_cost')::float8 THEN
			RAISE 'the cost of % is guessed to be %', part.proname, plan -> 0 -> 'Plan' ->> 'Total Cost';
		END IF;
	END LOOP;
END
$$;

-- What consumers are doing.
BEGIN;
SELECT analytics.create_consumer('new');
SELECT analytics.create_consumer('off', enabled => false);
SELECT analytics.create_consumer('paused');
SELECT analytics.pause('paused', 'a test');
SELECT subject, status, replace(finding, current_user, 'me'), hint FROM pg_temp.findings('consumer');
ROLLBACK;

-- The role of a consumer.
CREATE ROLE regress_analytics_checked LOGIN;
BEGIN;
SELECT analytics.create_consumer('posts', role => 'regress_analytics_checked');
SELECT status, finding FROM analytics.check(false) WHERE name = 'role';
REVOKE UPDATE ON analytics.post_analytics FROM regress_analytics_checked;
REVOKE UPDATE (value) ON analytics.counters FROM regress_analytics_checked;
REVOKE EXECUTE ON FUNCTION analytics.staged_posts() FROM regress_analytics_checked;
REVOKE USAGE ON SCHEMA analytics FROM regress_analytics_checked;
SELECT finding, hint FROM pg_temp.findings('role');
REVOKE CONNECT ON DATABASE contrib_regression FROM PUBLIC;
SELECT finding, hint FROM pg_temp.findings('role');
ALTER ROLE regress_analytics_checked NOLOGIN;
SELECT finding, hint FROM pg_temp.findings('role');
DROP OWNED BY regress_analytics_checked;
DROP ROLE regress_analytics_checked;
SELECT finding, hint FROM pg_temp.findings('role');
ROLLBACK;

-- synchronous_commit: the narrower setting goes first.
BEGIN;
SELECT analytics.create_consumer('posts', role => 'regress_analytics_checked');
ALTER ROLE ALL SET synchronous_commit = off;
SELECT * FROM pg_temp.findings('synchronous_commit');
ALTER DATABASE contrib_regression SET synchronous_commit = off;
SELECT hint FROM pg_temp.findings('synchronous_commit');
ALTER ROLE regress_analytics_checked SET synchronous_commit = off;
SELECT hint FROM pg_temp.findings('synchronous_commit');
ALTER ROLE regress_analytics_checked IN DATABASE contrib_regression SET synchronous_commit = off;
SELECT hint FROM pg_temp.findings('synchronous_commit');
ALTER ROLE regress_analytics_checked IN DATABASE contrib_regression SET synchronous_commit = local;
SELECT status, finding FROM analytics.check(false) WHERE name = 'synchronous_commit';
ROLLBACK;

-- What this session has set says nothing about the server.
BEGIN;
SELECT analytics.create_consumer('posts', role => 'regress_analytics_checked');
SET LOCAL synchronous_commit = off;
SELECT * FROM pg_temp.findings('synchronous_commit');
ROLLBACK;

-- Tables and what is on them.  Each hint is the statement that mends it.
BEGIN;
DROP INDEX analytics.batches_completed_at_idx;
DROP INDEX analytics.local_queue_replay_key_key;
ALTER TABLE analytics.post_analytics DROP CONSTRAINT post_analytics_id_project_id_key;
ALTER TABLE analytics.post_analytics DROP CONSTRAINT post_analytics_impact_score_range;
ALTER TABLE analytics.batches DROP COLUMN total_batches;
ALTER TABLE analytics.local_queue ALTER COLUMN attempts TYPE bigint;
DROP TRIGGER queue_changed ON analytics.local_queue;
ALTER TABLE analytics.consumers DISABLE TRIGGER config_changed;
ALTER TABLE analytics.platforms ENABLE REPLICA TRIGGER rules_changed;
ALTER EVENT TRIGGER analytics_drop_guard DISABLE;
SELECT * FROM pg_temp.findings('table', 'column', 'index', 'constraint', 'trigger', 'event_trigger');
SELECT string_agg(hint, E'\n') AS statements FROM pg_temp.findings('table', 'column', 'index', 'constraint', 'trigger', 'event_trigger') \gset
:statements
SELECT * FROM pg_temp.findings('table', 'column', 'index', 'constraint', 'trigger', 'event_trigger');
ROLLBACK;
-- They are there by name, and are not what was made.
BEGIN;
CREATE FUNCTION public.regress_analytics_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
ALTER TABLE analytics.post_analytics DROP CONSTRAINT post_analytics_id_project_id_key;
CREATE INDEX post_analytics_id_project_id_key ON analytics.post_analytics (id, project_id);
DROP INDEX analytics.batches_completed_at_idx;
CREATE INDEX batches_completed_at_idx ON analytics.batches (completed_at DESC);
ALTER TABLE analytics.post_analytics DROP CONSTRAINT post_analytics_impact_score_range;
ALTER TABLE analytics.post_analytics ADD CONSTRAINT post_analytics_impact_score_range CHECK (impact_score >= 0 AND impact_score <= 100) NOT VALID;
ALTER TABLE analytics.attempts ALTER COLUMN consumer TYPE text COLLATE "C";
ALTER TABLE analytics.batches ALTER COLUMN received_at DROP NOT NULL;
ALTER TABLE analytics.dead_letters ALTER COLUMN created_at DROP DEFAULT;
ALTER TABLE analytics.dead_letters ALTER COLUMN state SET DEFAULT 'replayed';
ALTER EXTENSION analytics DROP SEQUENCE analytics.dead_letters_id_seq;
ALTER TABLE analytics.dead_letters ALTER COLUMN id DROP IDENTITY;
ALTER TABLE analytics.crawl_errors ALTER COLUMN id SET GENERATED BY DEFAULT;
ALTER TABLE analytics.rule_sets ALTER COLUMN name DROP EXPRESSION;
CREATE OR REPLACE TRIGGER config_changed AFTER INSERT ON analytics.consumers EXECUTE FUNCTION analytics.config_changed();
CREATE OR REPLACE TRIGGER queue_changed AFTER INSERT OR UPDATE OF consumer ON analytics.local_queue EXECUTE FUNCTION public.regress_analytics_nothing();
SELECT * FROM pg_temp.findings('table', 'column', 'index', 'constraint', 'trigger', 'event_trigger');
SELECT string_agg(hint, E'\n') AS statements FROM pg_temp.findings('table', 'column', 'index', 'constraint', 'trigger', 'event_trigger') \gset
:statements
SELECT * FROM pg_temp.findings('table', 'column', 'index', 'constraint', 'trigger', 'event_trigger');
ROLLBACK;
-- An index that somebody has built, and as suits the machine, is as good; how the caller wants to read names and times does not matter.
BEGIN;
DROP INDEX analytics.idx_post_analytics_project_id;
CREATE INDEX idx_post_analytics_project_id ON analytics.post_analytics (project_id) WITH (fillfactor = 70);
SET LOCAL quote_all_identifiers = on;
SET LOCAL IntervalStyle = sql_standard;
SET LOCAL TimeZone = 'Asia/Ho_Chi_Minh';
SELECT * FROM pg_temp.findings('table', 'column', 'index', 'constraint', 'trigger', 'event_trigger');
ROLLBACK;
-- Words of another version of PostgreSQL: parentheses and casts are no difference, others may be one, what is lost is lost.
BEGIN;
UPDATE analytics.shipped_objects SET noted_by = 14, definition = replace(replace(replace(translate(definition, '()', ' '), '::text[]', ''), '::text', ''), '::double precision', '')
WHERE kind IN ('default', 'constraint') OR kind = 'index' AND definition NOT LIKE '% UNIQUE %';
SELECT * FROM pg_temp.findings('table', 'column', 'index', 'constraint', 'trigger', 'event_trigger');
UPDATE analytics.shipped_objects SET noted_by = 14, definition = replace(definition, 'completed_at', 'finished_at')
WHERE name = 'batches_completed_at_idx';
UPDATE analytics.shipped_objects SET noted_by = 14;
ALTER TABLE analytics.post_analytics DROP CONSTRAINT post_analytics_id_project_id_key;
CREATE INDEX post_analytics_id_project_id_key ON analytics.post_analytics (id, project_id);
SELECT name, subject, status, finding, hint FROM pg_temp.findings('table', 'column', 'index', 'constraint', 'trigger', 'event_trigger');
ROLLBACK;

BEGIN;
CREATE INDEX batches_completed_at_idx_ccnew ON analytics.batches (completed_at);
UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('analytics.batches_completed_at_idx'::regclass, 'analytics.batches_completed_at_idx_ccnew'::regclass, 'analytics.batches_pkey'::regclass);
SELECT * FROM pg_temp.findings('index');
ROLLBACK;
BEGIN;
ALTER EXTENSION analytics DROP TABLE analytics.attempts;
DROP TABLE analytics.attempts;
SELECT * FROM pg_temp.findings('table', 'column', 'index');
ROLLBACK;
BEGIN;
CREATE INDEX mine ON analytics.post_analytics (platform);
SELECT * FROM pg_temp.findings('index');
DELETE FROM analytics.shipped_objects;
SELECT name, status, hint FROM pg_temp.findings('index');
ROLLBACK;

-- Rules that nobody could write: the triggers that refuse them were not asked.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE analytics.intent_patterns SET pattern = '(' WHERE pattern = (SELECT min(pattern) FROM analytics.intent_patterns);
SELECT * FROM pg_temp.findings('rules');
ROLLBACK;
SELECT * FROM pg_temp.findings('rules');

-- Retention.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE analytics.settings SET value = 0 WHERE name = 'retention.ledger_days';
DELETE FROM analytics.settings WHERE name = 'retention.crawl_errors_days';
INSERT INTO analytics.dead_letters (reason, message, body, body_hash, received_at, state, state_changed_at)
VALUES ('INVALID_EVENT', 'a test', 'x', 'x', now(), 'discarded', now() - interval '100 days 1 hour');
SELECT * FROM pg_temp.findings('retention');
ROLLBACK;
BEGIN;
INSERT INTO analytics.crawl_errors (content_id, job_id, platform, error_code, error_category, error_message, created_at, event_id, item_index)
VALUES ('c', 'j', 'tiktok', 'TIMEOUT', 'network', 'm', now() - interval '92 days 1 hour', 'e', 0);
SELECT finding FROM pg_temp.findings('retention');
ROLLBACK;

-- What piles up.
BEGIN;
UPDATE pg_class SET reltuples = 60e6 WHERE oid = 'analytics.batches'::regclass;
SELECT subject, status, hint FROM pg_temp.findings('ledger_size');
INSERT INTO analytics.dead_letters (reason, message, body, body_hash, received_at, created_at)
VALUES ('INVALID_EVENT', 'a test', 'x', 'x', now(), '2025-01-01 00:00+00'), ('INVALID_EVENT', 'a test', 'y', 'y', now(), '2025-02-01 00:00+00');
INSERT INTO analytics.local_queue (consumer, body, due_at, leased_until) VALUES
	('gone', 'x', now() + interval '1 hour', NULL), ('gone', 'x', now() + interval '1 hour', NULL),
	(NULL, 'x', '2025-01-01 00:00+00', NULL), (NULL, 'x', '2024-01-01 00:00+00', now() + interval '1 minute');
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO';
SELECT name, subject, status, finding, hint FROM pg_temp.findings('dead_letters', 'local_queue');
ROLLBACK;

-- What users put on the tables.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE PUBLICATION regress_analytics_inserts FOR ALL TABLES WITH (publish = 'insert');
ALTER TABLE analytics.post_analytics ADD COLUMN kind text NOT NULL DEFAULT '', ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;
SELECT * FROM analytics.check(false) WHERE name = 'addition';
ROLLBACK;
BEGIN;
SET LOCAL client_min_messages = error;
CREATE PUBLICATION regress_analytics_all FOR ALL TABLES;
SELECT * FROM pg_temp.findings('addition');
ALTER TABLE analytics.post_analytics REPLICA IDENTITY FULL;
SELECT * FROM pg_temp.findings('addition');
ALTER TABLE analytics.local_queue REPLICA IDENTITY NOTHING;
SELECT * FROM pg_temp.findings('addition');
ROLLBACK;
BEGIN;
CREATE TABLE public.regress_analytics_projects (name text PRIMARY KEY);
ALTER TABLE analytics.post_analytics ADD COLUMN team text NOT NULL, ALTER COLUMN permalink SET NOT NULL,
	ADD CONSTRAINT known_project FOREIGN KEY (project_id) REFERENCES public.regress_analytics_projects;
ALTER TABLE analytics.local_queue ENABLE ROW LEVEL SECURITY;
SELECT * FROM pg_temp.findings('addition');
ROLLBACK;

-- Vacuum.
BEGIN;
ALTER TABLE analytics.counters SET (autovacuum_enabled = false);
UPDATE pg_class SET relfrozenxid = ((pg_current_xact_id()::text::bigint - 300000000 + 4294967296) % 4294967296)::text::xid WHERE oid = 'analytics.batches'::regclass;
UPDATE pg_class SET relfrozenxid = ((pg_current_xact_id()::text::bigint - 1600000000 + 4294967296) % 4294967296)::text::xid WHERE oid = 'analytics.attempts'::regclass;
SELECT subject, status, regexp_replace(finding, '[0-9]{9,}', 'so many'), hint FROM pg_temp.findings('autovacuum');
ROLLBACK;
ALTER TABLE analytics.attempts SET (autovacuum_enabled = false);
INSERT INTO analytics.attempts (body_hash, consumer, attempts, kills) SELECT 'x', n::text, 0, 0 FROM generate_series(1, 5000) AS n;
DELETE FROM analytics.attempts;
SELECT pg_stat_force_next_flush();
SELECT subject, status, finding, hint FROM pg_temp.findings('autovacuum');
ALTER TABLE analytics.attempts RESET (autovacuum_enabled);
VACUUM analytics.attempts;
SELECT * FROM pg_temp.findings('autovacuum');

-- Who reads the metrics.
BEGIN;
CREATE ROLE regress_analytics_exporter LOGIN IN ROLE pg_monitor;
SELECT subject, status FROM analytics.check(false) WHERE name = 'exporter_role';
REVOKE SELECT ON analytics.metric_events FROM pg_monitor;
REVOKE EXECUTE ON FUNCTION analytics.worker_reports() FROM pg_monitor;
SELECT subject, status, finding, hint FROM pg_temp.findings('exporter_role');
REVOKE USAGE ON SCHEMA analytics FROM pg_monitor;
SELECT substr(finding, 1, 100) FROM pg_temp.findings('exporter_role');
REVOKE CONNECT ON DATABASE contrib_regression FROM PUBLIC;
SELECT finding, hint FROM pg_temp.findings('exporter_role');
ROLLBACK;
BEGIN;
CREATE ROLE regress_analytics_exporter LOGIN NOINHERIT IN ROLE pg_monitor;
SELECT finding, hint FROM pg_temp.findings('exporter_role');
ROLLBACK;

-- A check that cannot be done is a row, and the others are done.
BEGIN;
ALTER TABLE analytics.settings RENAME COLUMN value TO price;
SELECT name, status, finding FROM pg_temp.findings('retention', 'rules');
SELECT count(*) > 12 AS others FROM analytics.check(false) WHERE status = 'ok';
ROLLBACK;
SET statement_timeout = '1ms';
SELECT count(*) FROM analytics.check(false);
RESET statement_timeout;

-- Nobody else may call it.  Who is given it needs no other right, but those of a consumer's role to see what it connects to.
GRANT USAGE ON SCHEMA analytics TO regress_analytics_checked;
SET ROLE regress_analytics_checked;
SELECT * FROM analytics.check();
SELECT * FROM analytics.check_objects();
RESET ROLE;
BEGIN;
SELECT analytics.create_consumer('posts', enabled => false);
GRANT EXECUTE ON FUNCTION analytics.check TO regress_analytics_checked;
SET ROLE regress_analytics_checked;
SELECT name, subject, status, replace(finding, session_user, 'me'), replace(hint, session_user, 'me') FROM analytics.check()
WHERE status NOT IN ('ok', 'unknown') AND name <> 'fsync';
SELECT current_user;
ROLLBACK;
DROP OWNED BY regress_analytics_checked;
DROP ROLE regress_analytics_checked;

-- What was rolled back takes room, and others look at the order of rows.
VACUUM analytics.consumers;
