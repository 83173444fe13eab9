-- check(): what catalogs and tables tell.  Each finding is made, and undone.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE FUNCTION pg_temp.findings(names text[]) RETURNS TABLE (name text, subject text, status text, finding text, hint text) LANGUAGE sql AS $$
	SELECT * FROM analytics.check(network => false) c WHERE c.name = ANY (names) AND c.status <> 'ok' ORDER BY c.name, c.subject COLLATE "C"
$$;
\pset format unaligned
\pset tuples_only on
SELECT name, subject, status, finding FROM analytics.check(network => false) WHERE name NOT IN ('table', 'column', 'index', 'constraint', 'trigger');
