-- Preparing an update: who may, of which version, and what the update does on a small table.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN state || ': ' || message || E'\nHINT: ' || hint;
END
$$;

-- The newest version: there is nothing to prepare.
SELECT version, object, state, hint FROM analytics.stat_update;
SELECT status, finding, hint FROM analytics.check(false) WHERE name = 'update';
SELECT pg_temp.error_of($$SELECT analytics.prepare_update('1.1')$$);
SELECT pg_temp.error_of($$SELECT analytics.prepare_update('1.0')$$);
SELECT pg_temp.error_of($$SELECT analytics.prepare_update('no such version')$$);
SELECT pg_temp.error_of($$SELECT analytics.complete_update('1.1', 'CREATE INDEX ...')$$);

-- What there is to prepare: the lines of a version that was released stay as they are.
SELECT version, table_name, object, definition FROM analytics.update_steps();

-- Of the one before.
ALTER EXTENSION analytics UPDATE TO '1.0';
SELECT version, object, state, hint FROM analytics.stat_update;
SELECT status, finding, hint FROM analytics.check(false) WHERE name = 'update';
BEGIN READ ONLY;
SELECT pg_temp.error_of($$SELECT analytics.prepare_update('1.1')$$);
ROLLBACK;

-- Who owns the extension, and nobody else.
CREATE ROLE regress_analytics_stranger;
GRANT USAGE ON SCHEMA analytics TO regress_analytics_stranger;
SET ROLE regress_analytics_stranger;
SELECT analytics.prepare_update('1.1');
SELECT count(*) FROM analytics.stat_update;
RESET ROLE;
GRANT EXECUTE ON FUNCTION analytics.prepare_update TO regress_analytics_stranger;
SET ROLE regress_analytics_stranger;
SELECT pg_catalog.has_function_privilege('analytics.prepare_update(text)', 'EXECUTE');
RESET ROLE;
CREATE FUNCTION pg_temp.as_stranger() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE regress_analytics_stranger;
	PERFORM analytics.prepare_update('1.1');
	RETURN 'no error';
EXCEPTION WHEN insufficient_privilege THEN
	RETURN SQLERRM;
END
$$;
SELECT pg_temp.as_stranger();
DROP OWNED BY regress_analytics_stranger;
DROP ROLE regress_analytics_stranger;

-- Something else has its name.
CREATE INDEX idx_post_analytics_project_id ON analytics.post_analytics (project_id, platform);
SELECT state, sqlstate, error, hint FROM analytics.stat_update;
SELECT status, finding, hint FROM analytics.check(false) WHERE name = 'update';
SELECT pg_temp.error_of($$SELECT analytics.prepare_update('1.1')$$);
ALTER EXTENSION analytics UPDATE;
SELECT extversion FROM pg_extension WHERE extname = 'analytics';
DROP INDEX analytics.idx_post_analytics_project_id;

-- It was built already, whatever the session's way of quoting and looking for names.
CREATE INDEX idx_post_analytics_project_id ON analytics.post_analytics (project_id);
SET quote_all_identifiers = on;
SELECT analytics.prepare_update('1.1');
SELECT state FROM analytics.stat_update;
RESET quote_all_identifiers;
SET search_path = analytics, pg_temp;
SELECT prepare_update('1.1');
RESET search_path;
SELECT status, finding, hint FROM analytics.check(false) WHERE name = 'update';

-- A broken one of a small table is replaced by the update.
SELECT 'analytics.idx_post_analytics_project_id'::regclass::oid AS before \gset
UPDATE pg_index SET indisvalid = false WHERE indexrelid = :before;
SELECT state, error, hint FROM analytics.stat_update;
ALTER EXTENSION analytics UPDATE;
SELECT indexrelid <> :before AS replaced, indisvalid FROM pg_index WHERE indexrelid = 'analytics.idx_post_analytics_project_id'::regclass;
SELECT name, status FROM analytics.check(false) WHERE name IN ('index', 'update') ORDER BY 1;
SELECT count(*) FROM analytics.update_preparations;
