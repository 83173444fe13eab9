----------------------------------------------------------------------
-- Updates: building beforehand, while others write, what the script to a
-- newer version adds.  What that is the library knows, which is the newer
-- one; here are its record and its view.  See docs/upgrading.md.
----------------------------------------------------------------------

CREATE TABLE analytics.update_preparations (
	version text NOT NULL,
	object text NOT NULL,
	state text NOT NULL CONSTRAINT update_preparations_state CHECK (state IN ('building', 'ready', 'failed')),
	pid integer NOT NULL,
	requested_by text NOT NULL,
	started_at timestamptz NOT NULL,
	finished_at timestamptz,
	attempts integer NOT NULL,
	sqlstate text,
	error text,
	hint text,
	PRIMARY KEY (version, object)
);
COMMENT ON TABLE analytics.update_preparations IS
'internal: one row per object that prepare_update() has had built, until the update; read it through stat_update, which also looks at what is there';
COMMENT ON COLUMN analytics.update_preparations.state IS
'what its builder told last: building without a process of that pid means that it was interrupted';
COMMENT ON COLUMN analytics.update_preparations.pid IS 'process that builds or built it';

CREATE FUNCTION analytics.prepare_update(version text) RETURNS text
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'analytics_prepare_update';
COMMENT ON FUNCTION analytics.prepare_update(text) IS
'have a background process build what the update to this version adds, while others go on writing; returns at once: ready when all is there, else building, and stat_update tells how far it is';

CREATE FUNCTION analytics.update_steps()
RETURNS TABLE (version text, table_name text, object text, definition text, is_installed boolean, index_state text, index_oid oid, present_definition text, builder_pid integer)
LANGUAGE c VOLATILE STRICT ROWS 4 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_update_steps';
COMMENT ON FUNCTION analytics.update_steps() IS
'internal: what updates add, and what is there of it';

CREATE FUNCTION analytics.complete_update(version text, VARIADIC definitions text[]) RETURNS void
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'analytics_complete_update';
COMMENT ON FUNCTION analytics.complete_update(text, text[]) IS
'internal: called by the update script to this version with the definitions of what it adds, which must be those that the library has; adopts what was prepared, or makes it if the table is small or analytics.allow_blocking_update is on';

CREATE VIEW analytics.stat_update AS
WITH step AS (
	SELECT s.version, s.object, s.definition, s.present_definition, s.index_state, s.builder_pid,
		r.requested_by, r.started_at, r.finished_at, r.attempts, r.sqlstate, r.error, r.hint,
		p.phase, p.blocks_done, p.blocks_total, p.tuples_done, p.tuples_total, p.lockers_done, p.lockers_total,
		coalesce(p.pid, CASE WHEN r.pid = s.builder_pid AND r.state = 'building' THEN r.pid END) AS pid,
		NULLIF(p.current_locker_pid, 0) AS locker_pid,
		CASE WHEN s.is_installed THEN 'installed'
		WHEN s.index_state = 'different' THEN 'refused'
		WHEN s.index_state = 'valid' THEN 'ready'
		WHEN p.pid IS NOT NULL OR r.pid = s.builder_pid AND r.state = 'building' THEN 'building'
		WHEN r.state = 'failed' THEN 'failed'
		/* processes of the primary are not seen here */
		WHEN (s.index_state = 'invalid' OR r.state = 'building') AND pg_catalog.pg_is_in_recovery() THEN 'building'
		WHEN s.index_state = 'invalid' OR r.state = 'building' THEN 'interrupted'
		ELSE 'absent' END AS state
	FROM analytics.update_steps() AS s
	LEFT JOIN analytics.update_preparations AS r ON r.version = s.version AND r.object = s.object
	LEFT JOIN LATERAL (
		SELECT * FROM pg_catalog.pg_stat_progress_create_index AS c
		WHERE c.datid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
			AND (c.index_relid = s.index_oid OR r.pid = s.builder_pid AND c.pid = r.pid
				/* what REINDEX CONCURRENTLY makes to take its place */
				OR s.index_state = 'invalid' AND c.command = 'REINDEX CONCURRENTLY'
				AND pg_catalog.starts_with((SELECT i.relname::text FROM pg_catalog.pg_class AS i WHERE i.oid = c.index_relid), pg_catalog.left(s.object, 56) || '_ccnew'))
		LIMIT 1
	) AS p ON true
), state AS (
	SELECT s.*, s.state = 'building' AS is_building,
		/* the progress goes on naming the last process when a prepared transaction is waited for, which has none */
		CASE WHEN s.state = 'building' THEN coalesce((pg_catalog.pg_blocking_pids(s.pid))[1], s.locker_pid) END AS waits_for_pid
	FROM step AS s
)
SELECT s.version, s.object, s.state,
	CASE WHEN s.is_building THEN coalesce(s.phase, CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'on the primary' WHEN s.waits_for_pid IS NULL THEN 'starting' ELSE 'waiting for the table' END) END AS phase,
	CASE WHEN NOT s.is_building THEN NULL
	WHEN s.phase LIKE 'waiting %' THEN pg_catalog.round(100.0 * s.lockers_done / NULLIF(s.lockers_total, 0), 1)
	WHEN s.blocks_total > 0 THEN pg_catalog.round(100.0 * s.blocks_done / s.blocks_total, 1)
	WHEN s.tuples_total > 0 THEN pg_catalog.round(100.0 * s.tuples_done / s.tuples_total, 1) END AS percent,
	s.blocks_done, s.blocks_total, s.tuples_done, s.tuples_total,
	CASE WHEN s.is_building THEN s.pid END AS pid,
	s.waits_for_pid,
	s.requested_by, s.started_at, s.finished_at, s.attempts,
	CASE s.state WHEN 'refused' THEN '42P07' WHEN 'failed' THEN s.sqlstate END AS sqlstate,
	CASE s.state WHEN 'refused' THEN pg_catalog.format('what has this name is not what version %s adds: %s', s.version, s.present_definition)
	WHEN 'failed' THEN s.error
	WHEN 'interrupted' THEN 'the process that built it ended before it was done'
		|| CASE WHEN s.index_state = 'invalid' THEN '; writers keep up what it has left, for nothing' ELSE '' END END AS error,
	CASE WHEN s.waits_for_pid = 0 THEN 'It waits for a prepared transaction: see pg_prepared_xacts.'
	WHEN s.waits_for_pid IS NOT NULL THEN
		pg_catalog.format('It waits for the transaction of process %s: see pg_stat_activity.', s.waits_for_pid)
	WHEN s.is_building AND pg_catalog.pg_is_in_recovery() THEN 'See analytics.stat_update on the primary.'
	WHEN s.state = 'ready' THEN pg_catalog.format('ALTER EXTENSION analytics UPDATE TO %L;', s.version)
	WHEN s.state = 'refused' THEN pg_catalog.format('ALTER INDEX analytics.%I RENAME TO ...; or drop it.', s.object)
	WHEN s.state = 'failed' THEN pg_catalog.concat_ws(' ', s.hint, pg_catalog.format('SELECT analytics.prepare_update(%L); tries again.', s.version))
	WHEN s.state = 'interrupted' THEN pg_catalog.format('SELECT analytics.prepare_update(%L); begins again.', s.version)
	WHEN s.state = 'absent' THEN pg_catalog.format('SELECT analytics.prepare_update(%L);', s.version) END AS hint
FROM state AS s;
COMMENT ON VIEW analytics.stat_update IS
'what updates add that can be built beforehand with prepare_update(), one row per object, and how far that is';
COMMENT ON COLUMN analytics.stat_update.state IS
'absent: nobody has built it; building; ready: it is there and right, whoever built it; failed: see error; interrupted: its builder was ended; refused: something else has its name; installed: its version is';
COMMENT ON COLUMN analytics.stat_update.phase IS 'as in pg_stat_progress_create_index';
COMMENT ON COLUMN analytics.stat_update.percent IS 'of this phase';
COMMENT ON COLUMN analytics.stat_update.waits_for_pid IS
'process whose transaction must end before the build can go on, 0: a prepared transaction; nobody else waits meanwhile';
COMMENT ON COLUMN analytics.stat_update.requested_by IS 'role that called prepare_update(); NULL: somebody built it without';
COMMENT ON COLUMN analytics.stat_update.attempts IS 'how often it was begun';

/* What check() tells of it: a row of its own. */
CREATE FUNCTION analytics.check_update()
RETURNS TABLE (name text, subject text, status text, finding text, hint text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
WITH extension AS (
	SELECT e.extversion AS installed, a.default_version AS newest
	FROM pg_catalog.pg_extension AS e LEFT JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.extname
	WHERE e.extname = 'analytics'
), step AS (
	SELECT u.* FROM analytics.stat_update AS u WHERE u.state <> 'installed'
)
SELECT 'update', NULL, 'ok', pg_catalog.format('version %s is installed, and that is the one that the package brings', e.installed), NULL
FROM extension AS e WHERE e.newest = e.installed
UNION ALL
SELECT 'update', NULL, 'ok', pg_catalog.format('version %s is installed, and the package brings %s', e.installed, e.newest),
	pg_catalog.format('ALTER EXTENSION analytics UPDATE TO %L;', e.newest)
FROM extension AS e WHERE e.newest <> e.installed AND NOT EXISTS (SELECT FROM step)
UNION ALL
SELECT 'update', s.object, CASE WHEN s.state IN ('failed', 'interrupted', 'refused') THEN 'warning' ELSE 'ok' END,
	pg_catalog.format('version %s is available; index "%s", which it adds, ', s.version, s.object) || CASE s.state
		WHEN 'ready' THEN 'is there'
		WHEN 'building' THEN 'is being built: ' || s.phase || coalesce(pg_catalog.format(', %s %%', s.percent), '')
		WHEN 'absent' THEN 'is not there yet'
		ELSE 'is not right: ' || s.error END,
	s.hint
FROM step AS s
$function$;
COMMENT ON FUNCTION analytics.check_update() IS
'internal: the part of check() that looks whether a newer version is available, and prepared';

GRANT SELECT ON analytics.stat_update TO pg_monitor;
GRANT EXECUTE ON FUNCTION analytics.update_steps() TO pg_monitor;
