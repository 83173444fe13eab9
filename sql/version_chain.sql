-- Up and down: what each version has that the one before had not.
SET client_min_messages = warning;
CREATE TEMP TABLE objects (version text, object text);
CREATE FUNCTION pg_temp.note() RETURNS void LANGUAGE sql AS $$
	INSERT INTO objects
	SELECT e.extversion, o.object FROM pg_extension e, (
		SELECT 'index ' || indexname || ': ' || indexdef FROM pg_indexes WHERE schemaname = 'analytics'
		UNION ALL
		SELECT pg_describe_object(d.classid, d.objid, 0) FROM pg_depend d
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
			AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'analytics')
	) AS o(object) WHERE e.extname = 'analytics'
$$;
SELECT pg_temp.note();
ALTER EXTENSION analytics UPDATE TO '1.0';
SELECT pg_temp.note();
SELECT version, object FROM objects o WHERE NOT EXISTS (SELECT FROM objects p WHERE p.object = o.object AND p.version <> o.version);
ALTER EXTENSION analytics UPDATE;
SELECT extversion FROM pg_extension WHERE extname = 'analytics';
SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_post_analytics_project_id';
