----------------------------------------------------------------------
-- check(): is everything in order that a consumer needs?
--
-- Its parts in SQL are here, one function for each, so that one that fails
-- takes no other along; what they have in common is told in docs/check.md.
----------------------------------------------------------------------

CREATE FUNCTION analytics.check(network boolean DEFAULT true)
RETURNS TABLE (name text, subject text, status text, finding text, hint text)
LANGUAGE c VOLATILE STRICT ROWS 40 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_check';
COMMENT ON FUNCTION analytics.check(boolean) IS
'one row per check: status is ok, warning, error, unknown (it cannot be found out from here) or skipped (there is nothing to check, or no way to), and hint is what mends it; with network it also asks the consumers'' brokers and stores, for half a minute at most, and changes nothing there';

CREATE FUNCTION analytics.rights_of_consumers() RETURNS TABLE (privileges text, object text)
LANGUAGE c VOLATILE STRICT ROWS 10 AS 'MODULE_PATHNAME', 'analytics_rights_of_consumers';
COMMENT ON FUNCTION analytics.rights_of_consumers() IS
'internal: what the role of a consumer is granted, as GRANT has it';

----------------------------------------------------------------------
-- The server
----------------------------------------------------------------------

CREATE FUNCTION analytics.check_server()
RETURNS TABLE (name text, subject text, status text, finding text, hint text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
SELECT 'preload', NULL, CASE WHEN s.preloaded THEN 'ok' ELSE 'error' END,
	CASE WHEN s.preloaded THEN 'analytics is preloaded' ELSE 'analytics is not in shared_preload_libraries, so no worker runs' END,
	CASE WHEN NOT s.preloaded THEN 'Add analytics to shared_preload_libraries and restart the server.' END
FROM analytics.supervisor_report() AS s
UNION ALL
SELECT 'supervisor', pg_catalog.current_database(), v.status, v.finding, v.hint
FROM analytics.supervisor_report() AS s
CROSS JOIN LATERAL (
	SELECT * FROM (VALUES
		(1, NOT s.preloaded, 'skipped', 'analytics is not preloaded', NULL),
		(2, pg_catalog.pg_is_in_recovery(), 'skipped', 'this server is a standby', 'Workers start when it is promoted.'),
		(3, s.problem IS NOT NULL, 'error', s.problem, s.hint),
		(4, s.pid IS NULL, 'error', 'no supervisor runs for this database, so no worker does',
			'See the server log, and whether the setting analytics.databases leaves this database out.'),
		(5, true, 'ok', pg_catalog.format('the supervisor of this database is process %s', s.pid), NULL)
	) AS w(place, holds, status, finding, hint)
	WHERE w.holds ORDER BY w.place LIMIT 1
) AS v
UNION ALL
SELECT 'encoding', d.datname::text, CASE WHEN e.encoding = 'UTF8' THEN 'ok' ELSE 'error' END,
	pg_catalog.format('the encoding of this database is %s', e.encoding),
	CASE WHEN e.encoding <> 'UTF8' THEN 'Move to a database made with CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0.' END
FROM pg_catalog.pg_database AS d CROSS JOIN LATERAL pg_catalog.pg_encoding_to_char(d.encoding) AS e(encoding)
WHERE d.datname = pg_catalog.current_database()
UNION ALL
SELECT 'fsync', NULL, CASE WHEN s.setting = 'on' THEN 'ok' ELSE 'error' END,
	CASE WHEN s.setting = 'on' THEN 'fsync is on'
	ELSE 'fsync is off: events that were acknowledged may be lost when the machine crashes' END,
	CASE WHEN s.setting <> 'on' THEN 'Set fsync = on in postgresql.conf, and reload.' END
FROM pg_catalog.pg_settings AS s WHERE s.name = 'fsync'
$function$;
COMMENT ON FUNCTION analytics.check_server() IS
'internal: the part of check() that looks at the server';

----------------------------------------------------------------------
-- Consumers
----------------------------------------------------------------------

CREATE FUNCTION analytics.check_worker_slots()
RETURNS TABLE (name text, subject text, status text, finding text, hint text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
WITH slots AS (
	SELECT pg_catalog.current_setting('max_worker_processes')::bigint AS there,
		2 + coalesce((SELECT pg_catalog.sum(c.workers) FROM analytics.consumers AS c WHERE c.enabled), 0) AS ours,
		(SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS a
			WHERE a.backend_type LIKE ANY (ARRAY['analytics supervisor%', 'analytics worker%']) AND a.datname <> pg_catalog.current_database())
		+ CASE WHEN pg_catalog.current_setting('max_logical_replication_workers')::integer > 0 THEN 1 ELSE 0 END AS others
)
SELECT 'worker_slots', NULL, CASE WHEN s.there < s.ours + s.others THEN 'error' WHEN s.there < s.ours + s.others + 2 THEN 'warning' ELSE 'ok' END,
	pg_catalog.format('max_worker_processes is %s; %s are wanted here (launcher, supervisor, and the workers of enabled consumers), and %s are taken by others',
		s.there, s.ours, s.others)
	|| CASE WHEN s.there < s.ours + s.others THEN '' WHEN s.there < s.ours + s.others + 2 THEN ': parallel queries will lack theirs' ELSE '' END,
	CASE WHEN s.there < s.ours + s.others + 2 THEN
		pg_catalog.format('Raise max_worker_processes to %s or more (needs a restart of the server), or lower the workers of a consumer.', s.ours + s.others + 8) END
FROM slots AS s
$function$;
COMMENT ON FUNCTION analytics.check_worker_slots() IS
'internal: the part of check() that counts background workers';

CREATE FUNCTION analytics.check_states()
RETURNS TABLE (name text, subject text, status text, finding text, hint text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
SELECT 'consumer', s.name, CASE
		WHEN s.state IN ('running', 'idle') THEN 'ok'
		WHEN s.state IN ('blocked', 'misconfigured') OR s.state = 'stopped' AND c.enabled AND c.workers > 0 THEN 'error'
		ELSE 'warning' END,
	pg_catalog.format('consumer "%s" is %s', s.name, s.state) || coalesce(': ' || s.reason, ''), s.hint
FROM analytics.status AS s JOIN analytics.consumers AS c ON c.name = s.name
UNION ALL
SELECT 'consumer', NULL, 'warning', 'there is no consumer', 'SELECT analytics.create_consumer(''posts'', broker => ''...'', store => ''...'');'
WHERE NOT EXISTS (SELECT FROM analytics.consumers)
ORDER BY 2
$function$;
COMMENT ON FUNCTION analytics.check_states() IS
'internal: the part of check() that repeats what status says of each consumer';

/*
 * Each privilege of each object in the list of rights, by itself.  Objects and
 * columns that are gone are another check's finding.
 */
CREATE FUNCTION analytics.check_roles()
RETURNS TABLE (name text, subject text, status text, finding text, hint text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
WITH wanted AS (
	SELECT r.privileges, r.object, pg_catalog.split_part(r.object, ' ', 1) AS kind, n.name, p.parts[1] AS privilege,
		pg_catalog.string_to_array(p.parts[2], ', ') AS columns
	FROM analytics.rights_of_consumers() AS r
	CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(pg_catalog.substr(r.object, pg_catalog.strpos(r.object, ' ') + 1), ', ') AS n(name)
	CROSS JOIN LATERAL pg_catalog.regexp_matches(r.privileges, '([A-Z]+)(?: \(([^)]*)\))?', 'g') AS p(parts)
), missing AS (
	SELECT c.name AS consumer, c.role, w.privilege || ' on ' || w.name AS what,
		pg_catalog.format('GRANT %s ON %s TO %I;', w.privileges, w.object, c.role) AS statement
	FROM analytics.consumers AS c JOIN pg_catalog.pg_roles AS o ON o.rolname = c.role CROSS JOIN wanted AS w
	WHERE NOT coalesce(CASE
		WHEN w.kind = 'SCHEMA' THEN pg_catalog.has_schema_privilege(o.oid, w.name, w.privilege)
		WHEN w.kind = 'FUNCTION' THEN pg_catalog.has_function_privilege(o.oid, pg_catalog.to_regprocedure(w.name), w.privilege)
		WHEN w.columns IS NULL THEN pg_catalog.has_table_privilege(o.oid, pg_catalog.to_regclass(w.name), w.privilege)
		ELSE (SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(o.oid, a.attrelid, a.attnum, w.privilege))
			FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = pg_catalog.to_regclass(w.name) AND a.attname = ANY (w.columns))
		END, true)
)
SELECT 'role', c.name, v.status, v.finding, v.hint
FROM analytics.consumers AS c LEFT JOIN pg_catalog.pg_roles AS o ON o.rolname = c.role
LEFT JOIN LATERAL (
	SELECT pg_catalog.string_agg(DISTINCT m.what, ', ') AS whats, pg_catalog.string_agg(DISTINCT m.statement, ' ') AS statements
	FROM missing AS m WHERE m.consumer = c.name
) AS lack ON true
CROSS JOIN LATERAL (
	SELECT * FROM (VALUES
		(1, o.oid IS NULL, 'error', pg_catalog.format('role "%s" does not exist', c.role),
			pg_catalog.format('SELECT analytics.alter_consumer(%L, role => ''...'');', c.name)),
		(2, NOT o.rolcanlogin, 'error', pg_catalog.format('role "%s" cannot log in, and a worker is a session of it', c.role),
			pg_catalog.format('ALTER ROLE %I LOGIN;', c.role)),
		(3, NOT pg_catalog.has_database_privilege(o.oid, pg_catalog.current_database(), 'CONNECT'), 'error',
			pg_catalog.format('role "%s" may not connect to this database', c.role),
			pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I;', pg_catalog.current_database(), c.role)),
		(4, lack.whats IS NOT NULL, 'error', pg_catalog.format('role "%s" lacks %s', c.role, lack.whats), lack.statements),
		(5, true, 'ok', pg_catalog.format('role "%s" has the rights of a worker', c.role), NULL)
	) AS w(place, holds, status, finding, hint)
	WHERE w.holds ORDER BY w.place LIMIT 1
) AS v
ORDER BY c.name
$function$;
COMMENT ON FUNCTION analytics.check_roles() IS
'internal: the part of check() that looks at the roles of consumers and their rights';

/*
 * What a worker's session starts with: the setting for the role in this
 * database goes before that for the role, and so on; what none of them says
 * is taken from this session.
 */
CREATE FUNCTION analytics.check_synchronous_commit()
RETURNS TABLE (name text, subject text, status text, finding text, hint text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
WITH setting AS (
	SELECT r.setdatabase, r.setrole, pg_catalog.split_part(e.entry, '=', 2) AS value
	FROM pg_catalog.pg_db_role_setting AS r CROSS JOIN LATERAL pg_catalog.unnest(r.setconfig) AS e(entry)
	WHERE pg_catalog.split_part(e.entry, '=', 1) = 'synchronous_commit'
)
SELECT 'synchronous_commit', o.rolname::text, CASE WHEN v.value = 'off' THEN 'warning' ELSE 'ok' END,
	pg_catalog.format('synchronous_commit is %s for role "%s"', v.value, o.rolname)
	|| CASE WHEN v.value = 'off'
		THEN ': its workers raise it to local before they acknowledge, but what sessions submit() or ingest() may be lost in a crash'
		ELSE '' END,
	CASE WHEN v.value = 'off' THEN v.hint END
FROM pg_catalog.pg_roles AS o
JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
CROSS JOIN LATERAL (
	SELECT * FROM (
		SELECT 1, s.value, pg_catalog.format('ALTER ROLE %I IN DATABASE %I RESET synchronous_commit;', o.rolname, d.datname)
		FROM setting AS s WHERE s.setrole = o.oid AND s.setdatabase = d.oid
		UNION ALL
		SELECT 2, s.value, pg_catalog.format('ALTER ROLE %I RESET synchronous_commit;', o.rolname)
		FROM setting AS s WHERE s.setrole = o.oid AND s.setdatabase = 0
		UNION ALL
		SELECT 3, s.value, pg_catalog.format('ALTER DATABASE %I RESET synchronous_commit;', d.datname)
		FROM setting AS s WHERE s.setrole = 0 AND s.setdatabase = d.oid
		UNION ALL
		SELECT 4, s.value, 'ALTER ROLE ALL RESET synchronous_commit;'
		FROM setting AS s WHERE s.setrole = 0 AND s.setdatabase = 0
		UNION ALL
		SELECT 5, g.reset_val, 'Set synchronous_commit to local or higher in postgresql.conf, and reload.'
		FROM pg_catalog.pg_settings AS g WHERE g.name = 'synchronous_commit'
	) AS w(place, value, hint) ORDER BY w.place LIMIT 1
) AS v
WHERE o.rolname IN (SELECT c.role FROM analytics.consumers AS c)
ORDER BY 2
$function$;
COMMENT ON FUNCTION analytics.check_synchronous_commit() IS
'internal: the part of check() that looks at the setting synchronous_commit of the roles of consumers';

----------------------------------------------------------------------
-- Objects, as the install script has recorded them
----------------------------------------------------------------------

CREATE TABLE analytics.shipped_objects (
	kind text NOT NULL,
	table_name text NOT NULL,
	name text NOT NULL,
	definition text NOT NULL,
	PRIMARY KEY (kind, table_name, name)
);
COMMENT ON TABLE analytics.shipped_objects IS
'the tables that the scripts of the extension have made, and what they have made on them; check() compares it with what is there';
COMMENT ON COLUMN analytics.shipped_objects.kind IS 'table, column, index, constraint (a check), trigger or event trigger';
COMMENT ON COLUMN analytics.shipped_objects.table_name IS 'table of schema analytics; empty for an event trigger';
COMMENT ON COLUMN analytics.shipped_objects.definition IS 'of a column its type, of all others but tables the statement that makes it again';

CREATE FUNCTION analytics.present_objects() RETURNS TABLE (kind text, table_name text, name text, definition text, is_working boolean, is_key boolean)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
WITH ours AS (
	SELECT c.oid, c.relname::text AS relname FROM pg_catalog.pg_class AS c
	WHERE c.relnamespace = pg_catalog.to_regnamespace('analytics') AND c.relkind = 'r'
)
SELECT 'table', o.relname, o.relname, 'Restore the table from a backup.', true, true FROM ours AS o
UNION ALL
SELECT 'column', o.relname, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), true, true
FROM ours AS o JOIN pg_catalog.pg_attribute AS a ON a.attrelid = o.oid WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'index', o.relname, x.relname::text,
	CASE WHEN k.oid IS NULL THEN pg_catalog.pg_get_indexdef(i.indexrelid) || ';'
	ELSE pg_catalog.format('ALTER TABLE analytics.%I ADD CONSTRAINT %I %s;', o.relname, k.conname, pg_catalog.pg_get_constraintdef(k.oid)) END,
	i.indisvalid AND i.indisready AND i.indislive, i.indisunique
FROM ours AS o JOIN pg_catalog.pg_index AS i ON i.indrelid = o.oid JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_constraint AS k ON k.conindid = i.indexrelid AND k.conrelid = o.oid AND k.contype IN ('p', 'u')
UNION ALL
SELECT 'constraint', o.relname, k.conname::text,
	pg_catalog.format('ALTER TABLE analytics.%I ADD CONSTRAINT %I %s;', o.relname, k.conname, pg_catalog.pg_get_constraintdef(k.oid)), true, false
FROM ours AS o JOIN pg_catalog.pg_constraint AS k ON k.conrelid = o.oid AND k.contype = 'c'
UNION ALL
SELECT 'trigger', o.relname, t.tgname::text, pg_catalog.pg_get_triggerdef(t.oid) || ';', t.tgenabled IN ('O', 'A'), true
FROM ours AS o JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = o.oid WHERE NOT t.tgisinternal
UNION ALL
SELECT 'event trigger', '', e.evtname::text,
	pg_catalog.format('CREATE EVENT TRIGGER %I ON %s%s EXECUTE FUNCTION %s; ALTER EVENT TRIGGER %I ENABLE ALWAYS;', e.evtname, e.evtevent,
		' WHEN TAG IN (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(t.tag), ', ') FROM pg_catalog.unnest(e.evttags) AS t(tag)) || ')',
		e.evtfoid::pg_catalog.regprocedure, e.evtname), e.evtenabled IN ('O', 'A'), false
FROM pg_catalog.pg_event_trigger AS e JOIN pg_catalog.pg_proc AS p ON p.oid = e.evtfoid
WHERE p.pronamespace = pg_catalog.to_regnamespace('analytics')
$function$;
COMMENT ON FUNCTION analytics.present_objects() IS
'internal: the tables of the schema with all that is on them, in the form of shipped_objects; is_key: without it nothing can be written';

CREATE FUNCTION analytics.check_objects()
RETURNS TABLE (name text, subject text, status text, finding text, hint text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
WITH present AS MATERIALIZED (
	SELECT * FROM analytics.present_objects()
), gone AS (
	SELECT s.kind, s.table_name, s.name, s.definition FROM analytics.shipped_objects AS s
	LEFT JOIN present AS p ON p.kind = s.kind AND p.table_name = s.table_name AND p.name = s.name
	WHERE p.kind IS NULL
		/* of what went with its table, or a column with its index, the first is told */
		AND (s.kind IN ('table', 'event trigger') OR EXISTS (SELECT FROM present AS t WHERE t.kind = 'table' AND t.name = s.table_name))
), problem AS (
	SELECT g.kind, pg_catalog.concat_ws('.', NULLIF(g.table_name, ''), CASE WHEN g.kind <> 'table' THEN g.name END) AS subject,
		CASE WHEN g.kind = 'constraint' OR g.kind = 'index' AND g.definition !~ 'UNIQUE|PRIMARY KEY' THEN 'warning' ELSE 'error' END AS status,
		CASE WHEN g.kind = 'column' THEN pg_catalog.format('column "%s" of table analytics.%I is not there', g.name, g.table_name)
		WHEN g.kind = 'event trigger' THEN pg_catalog.format('event trigger "%s" is not there', g.name)
		WHEN g.kind = 'table' THEN pg_catalog.format('table analytics.%I is not there', g.name)
		ELSE pg_catalog.format('%s "%s" of table analytics.%I is not there', g.kind, g.name, g.table_name) END AS finding,
		CASE WHEN g.kind = 'column' THEN pg_catalog.format('ALTER TABLE analytics.%I ADD COLUMN %I %s;', g.table_name, g.name, g.definition)
		ELSE g.definition END AS hint
	FROM gone AS g
	UNION ALL
	SELECT 'column', s.table_name || '.' || s.name, 'error',
		pg_catalog.format('column "%s" of table analytics.%I is of type %s, not %s', s.name, s.table_name, p.definition, s.definition),
		pg_catalog.format('ALTER TABLE analytics.%I ALTER COLUMN %I TYPE %s;', s.table_name, s.name, s.definition)
	FROM analytics.shipped_objects AS s JOIN present AS p ON p.kind = s.kind AND p.table_name = s.table_name AND p.name = s.name
	WHERE s.kind = 'column' AND p.definition <> s.definition
	UNION ALL
	SELECT 'index', p.table_name || '.' || p.name, CASE WHEN p.is_key THEN 'error' ELSE 'warning' END,
		pg_catalog.format('index "%s" of table analytics.%I is not valid', p.name, p.table_name),
		pg_catalog.format('REINDEX INDEX CONCURRENTLY analytics.%I;', p.name)
		|| CASE WHEN s.kind IS NULL THEN pg_catalog.format(' or, since it is not of the extension, DROP INDEX analytics.%I;', p.name) ELSE '' END
	FROM present AS p LEFT JOIN analytics.shipped_objects AS s ON s.kind = p.kind AND s.table_name = p.table_name AND s.name = p.name
	WHERE p.kind = 'index' AND NOT p.is_working
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS b
			WHERE b.index_relid = pg_catalog.to_regclass(pg_catalog.format('analytics.%I', p.name)))
	UNION ALL
	SELECT p.kind, pg_catalog.concat_ws('.', NULLIF(p.table_name, ''), p.name), 'error', pg_catalog.format('%s "%s" is disabled', p.kind, p.name),
		CASE WHEN p.kind = 'trigger' THEN pg_catalog.format('ALTER TABLE analytics.%I ENABLE TRIGGER %I;', p.table_name, p.name)
		ELSE pg_catalog.format('ALTER EVENT TRIGGER %I ENABLE ALWAYS;', p.name) END
	FROM present AS p JOIN analytics.shipped_objects AS s ON s.kind = p.kind AND s.table_name = p.table_name AND s.name = p.name
	WHERE p.kind IN ('trigger', 'event trigger') AND NOT p.is_working
)
SELECT q.name, q.subject, q.status, q.finding, q.hint
FROM (
	SELECT pg_catalog.replace(p.kind, ' ', '_') AS name, p.subject, p.status, p.finding, p.hint FROM problem AS p
	UNION ALL
	SELECT pg_catalog.replace(k.kind, ' ', '_'), NULL, CASE WHEN k.shipped > 0 THEN 'ok' ELSE 'error' END,
		CASE WHEN k.shipped > 0 THEN pg_catalog.format('all that were made are there (%s)', k.shipped)
		ELSE 'there is no record of those that were made' END,
		CASE WHEN k.shipped = 0 THEN 'SELECT analytics.note_objects(); once all are there.' END
	FROM (
		SELECT v.kind, (SELECT pg_catalog.count(*) FROM analytics.shipped_objects AS s WHERE s.kind = v.kind) AS shipped
		FROM (VALUES ('table'), ('column'), ('index'), ('constraint'), ('trigger'), ('event trigger')) AS v(kind)
	) AS k
	WHERE NOT EXISTS (SELECT FROM problem AS p WHERE p.kind = k.kind)
) AS q
ORDER BY pg_catalog.array_position(ARRAY['table', 'column', 'index', 'constraint', 'trigger', 'event_trigger'], q.name), q.subject COLLATE "C"
$function$;
COMMENT ON FUNCTION analytics.check_objects() IS
'internal: the part of check() that compares tables, columns, indexes, constraints and triggers with shipped_objects';

----------------------------------------------------------------------
-- Data
----------------------------------------------------------------------

CREATE FUNCTION analytics.check_retention()
RETURNS TABLE (name text, subject text, status text, finding text, hint text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
SELECT 'retention', k.table_name, v.status, v.finding, v.hint
FROM (VALUES
	('batches', 'retention.ledger_days', (SELECT pg_catalog.min(b.completed_at) FROM analytics.batches AS b)),
	('dead_letters', 'retention.dead_letters_days',
		(SELECT pg_catalog.min(d.state_changed_at) FROM analytics.dead_letters AS d WHERE d.state <> 'pending')),
	('crawl_errors', 'retention.crawl_errors_days', (SELECT e.created_at FROM analytics.crawl_errors AS e ORDER BY e.id LIMIT 1))
) AS k(table_name, setting, oldest)
LEFT JOIN analytics.settings AS s ON s.name = k.setting
CROSS JOIN LATERAL (
	SELECT * FROM (VALUES
		(1, s.value IS NULL, 'error', pg_catalog.format('there is no setting %s', k.setting), 'SELECT analytics.check(); and see its other rows.'),
		(2, s.value = 0, 'warning', pg_catalog.format('rows of %s are kept for ever', k.table_name),
			pg_catalog.format('UPDATE analytics.settings SET value = 90 WHERE name = %L;', k.setting)),
		(3, k.oldest < pg_catalog.now() - (s.value + 1) * interval '1 day', 'warning',
			pg_catalog.format('the oldest row of %s is %s days old, and %s days are to be kept: they are not being deleted', k.table_name,
				pg_catalog.floor(pg_catalog.date_part('epoch', pg_catalog.now() - k.oldest) / 86400), s.value),
			'The supervisor deletes them: see the row "supervisor", and the server log for what it says of retention.'),
		(4, true, 'ok', pg_catalog.format('rows of %s are deleted after %s days', k.table_name, s.value), NULL)
	) AS w(place, holds, status, finding, hint)
	WHERE w.holds ORDER BY w.place LIMIT 1
) AS v
$function$;
COMMENT ON FUNCTION analytics.check_retention() IS
'internal: the part of check() that looks whether old rows are deleted';

CREATE FUNCTION analytics.check_backlog()
RETURNS TABLE (name text, subject text, status text, finding text, hint text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
SELECT 'ledger_size', 'batches', CASE WHEN c.reltuples > 50e6 THEN 'warning' ELSE 'ok' END,
	pg_catalog.format('the ledger has about %s rows in %s', greatest(c.reltuples, 0)::bigint,
		pg_catalog.pg_size_pretty(pg_catalog.pg_total_relation_size(c.oid))),
	CASE WHEN c.reltuples > 50e6 THEN
		'Keep it for fewer days: UPDATE analytics.settings SET value = ... WHERE name = ''retention.ledger_days''; (7 at least).' END
FROM pg_catalog.pg_class AS c WHERE c.oid = 'analytics.batches'::pg_catalog.regclass
UNION ALL
SELECT 'dead_letters', NULL, CASE WHEN d.pending > 0 THEN 'warning' ELSE 'ok' END,
	CASE WHEN d.pending = 0 THEN 'no dead letter is pending'
	ELSE pg_catalog.format('%s dead letters are pending, the oldest since %s', CASE WHEN d.pending > 10000 THEN 'more than 10000' ELSE d.pending::text END,
		d.since) END,
	CASE WHEN d.pending > 0 THEN 'SELECT reason, count(*) FROM analytics.dead_letters WHERE state = ''pending'' GROUP BY 1; then replay() or discard() them.' END
FROM (
	SELECT pg_catalog.count(*) AS pending, pg_catalog.min(l.created_at) AS since
	FROM (SELECT p.created_at FROM analytics.dead_letters AS p WHERE p.state = 'pending' ORDER BY p.created_at LIMIT 10001) AS l
) AS d
UNION ALL
SELECT 'local_queue', NULL, CASE WHEN q.overdue > 0 THEN 'warning' ELSE 'ok' END,
	CASE WHEN q.overdue = 0 THEN 'no event of the local queue is overdue'
	ELSE pg_catalog.format('%s events of the local queue have been due for more than 5 minutes, the first since %s',
		CASE WHEN q.overdue > 10000 THEN 'more than 10000' ELSE q.overdue::text END, q.since) END,
	CASE WHEN q.overdue > 0 THEN 'See whether their consumers work: the rows "consumer" of this check.' END
FROM (
	SELECT pg_catalog.count(*) AS overdue, pg_catalog.min(l.due_at) AS since
	FROM (SELECT o.due_at FROM analytics.local_queue AS o
		WHERE o.due_at < pg_catalog.now() - interval '5 minutes' AND coalesce(o.leased_until < pg_catalog.now(), true)
		ORDER BY o.due_at, o.id LIMIT 10001) AS l
) AS q
UNION ALL
SELECT 'local_queue', l.consumer, 'warning',
	pg_catalog.format('%s events of the local queue are for consumer "%s", which does not exist', pg_catalog.count(*), l.consumer),
	pg_catalog.format('UPDATE analytics.local_queue SET consumer = ''...'' WHERE consumer = %L; or delete them.', l.consumer)
FROM (SELECT o.consumer FROM analytics.local_queue AS o ORDER BY o.due_at, o.id LIMIT 10000) AS l
WHERE l.consumer IS NOT NULL AND NOT EXISTS (SELECT FROM analytics.consumers AS c WHERE c.name = l.consumer)
GROUP BY l.consumer
$function$;
COMMENT ON FUNCTION analytics.check_backlog() IS
'internal: the part of check() that looks at what piles up';

CREATE FUNCTION analytics.check_autovacuum()
RETURNS TABLE (name text, subject text, status text, finding text, hint text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
WITH limits AS (
	SELECT pg_catalog.current_setting('autovacuum')::boolean AND pg_catalog.current_setting('track_counts')::boolean AS is_on,
		pg_catalog.current_setting('autovacuum_vacuum_threshold')::double precision AS threshold,
		pg_catalog.current_setting('autovacuum_vacuum_scale_factor')::double precision AS factor,
		pg_catalog.current_setting('autovacuum_freeze_max_age')::bigint AS freeze_age
), ours AS (
	SELECT c.oid, c.relname::text AS relname, greatest(c.reltuples, 0) AS live, pg_catalog.age(c.relfrozenxid) AS age,
		coalesce(pg_catalog.pg_stat_get_dead_tuples(c.oid), 0) AS dead,
		EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) AS o
			WHERE o.option_name = 'autovacuum_enabled' AND NOT o.option_value::boolean) AS is_excepted
	FROM pg_catalog.pg_class AS c
	WHERE c.relnamespace = 'analytics'::pg_catalog.regnamespace AND c.relkind = 'r'
), problem AS (
	SELECT o.relname, v.status, v.finding, v.hint
	FROM ours AS o CROSS JOIN limits AS l
	CROSS JOIN LATERAL (VALUES
		(o.is_excepted, 'warning', pg_catalog.format('autovacuum is disabled for table analytics.%I', o.relname),
			pg_catalog.format('ALTER TABLE analytics.%I RESET (autovacuum_enabled);', o.relname)),
		(o.dead > 1000 + 2 * (l.threshold + l.factor * o.live), 'warning',
			pg_catalog.format('table analytics.%I has %s dead rows beside about %s live ones: autovacuum does not keep up', o.relname, o.dead, o.live::bigint),
			pg_catalog.format('VACUUM analytics.%I; and look for old transactions, prepared transactions and replication slots that hold it back.', o.relname)),
		(o.age > l.freeze_age, CASE WHEN o.age > 1500000000 THEN 'error' ELSE 'warning' END,
			pg_catalog.format('table analytics.%I was last frozen %s transactions ago, and autovacuum_freeze_max_age is %s', o.relname, o.age, l.freeze_age),
			pg_catalog.format('VACUUM (FREEZE) analytics.%I; near 2 billion the server stops taking writes.', o.relname))
	) AS v(holds, status, finding, hint)
	WHERE v.holds
)
SELECT 'autovacuum', NULL, CASE WHEN l.is_on THEN 'ok' ELSE 'error' END,
	CASE WHEN l.is_on THEN pg_catalog.format('autovacuum keeps up with the %s tables', (SELECT pg_catalog.count(*) FROM ours)) ELSE 'autovacuum or track_counts is off' END,
	CASE WHEN NOT l.is_on THEN 'Set autovacuum and track_counts to on in postgresql.conf, and reload.' END
FROM limits AS l WHERE NOT l.is_on OR NOT EXISTS (SELECT FROM problem)
UNION ALL
SELECT 'autovacuum', p.relname, p.status, p.finding, p.hint FROM problem AS p
$function$;
COMMENT ON FUNCTION analytics.check_autovacuum() IS
'internal: the part of check() that looks at dead rows and the age of the tables';

----------------------------------------------------------------------
-- Monitoring
----------------------------------------------------------------------

/*
 * The functions in a view are called with the reader's own rights, so these
 * are looked at too.
 */
CREATE FUNCTION analytics.check_monitoring()
RETURNS TABLE (name text, subject text, status text, finding text, hint text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
WITH family AS (
	SELECT c.oid, pg_catalog.format('analytics.%I', c.relname) AS name FROM pg_catalog.pg_class AS c
	WHERE c.relnamespace = 'analytics'::pg_catalog.regnamespace AND c.relkind = 'v' AND c.relname LIKE 'metric\_%'
), called AS (
	SELECT DISTINCT p.oid, p.oid::pg_catalog.regprocedure::text AS name
	FROM family AS f JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = f.oid
	JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
		AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
	JOIN pg_catalog.pg_proc AS p ON p.oid = d.refobjid AND p.pronamespace = 'analytics'::pg_catalog.regnamespace
), exporter AS (
	SELECT o.oid, o.rolname FROM pg_catalog.pg_roles AS o
	WHERE o.rolcanlogin AND NOT o.rolsuper AND pg_catalog.pg_has_role(o.oid, 'pg_monitor', 'MEMBER')
), lack AS (
	SELECT e.oid, v.what, v.statement
	FROM exporter AS e CROSS JOIN LATERAL (
		SELECT 'USAGE on schema analytics', 'GRANT USAGE ON SCHEMA analytics TO pg_monitor;'
		WHERE NOT pg_catalog.has_schema_privilege(e.oid, 'analytics', 'USAGE')
		UNION ALL
		SELECT 'SELECT on ' || f.name, pg_catalog.format('GRANT SELECT ON %s TO pg_monitor;', f.name)
		FROM family AS f WHERE NOT pg_catalog.has_table_privilege(e.oid, f.oid, 'SELECT')
		UNION ALL
		SELECT 'EXECUTE on ' || c.name, pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO pg_monitor;', c.name)
		FROM called AS c WHERE NOT pg_catalog.has_function_privilege(e.oid, c.oid, 'EXECUTE')
	) AS v(what, statement)
)
SELECT 'exporter_role', e.rolname::text, v.status, v.finding, v.hint
FROM exporter AS e
LEFT JOIN LATERAL (
	SELECT pg_catalog.string_agg(l.what, ', ' ORDER BY l.what) AS whats, pg_catalog.string_agg(l.statement, ' ' ORDER BY l.statement) AS statements
	FROM lack AS l WHERE l.oid = e.oid
) AS m ON true
CROSS JOIN LATERAL (
	SELECT * FROM (VALUES
		(1, NOT pg_catalog.has_database_privilege(e.oid, pg_catalog.current_database(), 'CONNECT'), 'error',
			pg_catalog.format('role "%s" may not connect to this database', e.rolname),
			pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I;', pg_catalog.current_database(), e.rolname)),
		(2, m.whats IS NOT NULL AND NOT pg_catalog.pg_has_role(e.oid, 'pg_monitor', 'USAGE'), 'error',
			pg_catalog.format('role "%s" is a member of pg_monitor and does not inherit its rights', e.rolname),
			pg_catalog.format('ALTER ROLE %I INHERIT; GRANT pg_monitor TO %I;', e.rolname, e.rolname)),
		(3, m.whats IS NOT NULL, 'error', pg_catalog.format('role "%s" lacks %s', e.rolname, m.whats), m.statements),
		(4, true, 'ok', pg_catalog.format('role "%s" may read the metric views (%s)', e.rolname, (SELECT pg_catalog.count(*) FROM family)), NULL)
	) AS w(place, holds, status, finding, hint)
	WHERE w.holds ORDER BY w.place LIMIT 1
) AS v
UNION ALL
SELECT 'exporter_role', NULL, 'skipped', 'no role that may log in is a member of pg_monitor',
	'CREATE ROLE exporter LOGIN IN ROLE pg_monitor; if the metrics are to be scraped.'
WHERE NOT EXISTS (SELECT FROM exporter)
ORDER BY 2
$function$;
COMMENT ON FUNCTION analytics.check_monitoring() IS
'internal: the part of check() that looks whether exporters may read the metric views';
