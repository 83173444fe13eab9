----------------------------------------------------------------------
-- Moving in: what is said of a source before anything is taken
----------------------------------------------------------------------

/* It reads nothing but catalogs, so that who may read nothing else is told why. */
CREATE FUNCTION analytics.adoption_rights(source_schema text, source_table text)
RETURNS TABLE (subject text, status text, finding text, hint text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
WITH source AS (
	SELECT s.*, c.relowner, c.relrowsecurity, c.relforcerowsecurity
	FROM analytics.adoption_source(source_schema, source_table) AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.source
), lacking AS (
	SELECT r.place, r.object, r.privilege
	FROM (VALUES
		(1, 'post_analytics', 'SELECT'), (1, 'post_analytics', 'INSERT'), (1, 'post_analytics', 'UPDATE'),
		(2, 'crawl_errors', 'SELECT'), (2, 'crawl_errors', 'INSERT'), (2, 'crawl_errors', 'UPDATE'), (2, 'crawl_errors', 'DELETE'),
		(3, 'adoptions', 'SELECT'), (3, 'adoptions', 'INSERT'), (3, 'adoptions', 'UPDATE'),
		(4, 'adoption_rejects', 'SELECT'), (4, 'adoption_rejects', 'INSERT'), (4, 'adoption_rejects', 'DELETE'), (5, 'settings', 'SELECT'), (6, 'batches', 'SELECT')
	) AS r(place, object, privilege)
	WHERE NOT pg_catalog.has_table_privilege(pg_catalog.format('analytics.%I', r.object)::pg_catalog.regclass, r.privilege)
), closed AS (
	SELECT pg_catalog.format('analytics.%s()', p.proname) AS name FROM pg_catalog.pg_proc AS p
	WHERE p.pronamespace = pg_catalog.to_regnamespace('analytics') AND (pg_catalog.starts_with(p.proname, 'adoption_') OR p.proname = 'subject')
		AND NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
)
SELECT NULL::text, 'error', f.finding, f.hint FROM (
	SELECT 1 AS rank, 0 AS place, pg_catalog.format('role "%s" may not read it', current_user) AS finding,
		pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I; GRANT SELECT ON %s TO %I;', source_schema, current_user, s.name, current_user) AS hint
	FROM source AS s WHERE NOT pg_catalog.has_table_privilege(s.source, 'SELECT') OR NOT pg_catalog.has_schema_privilege(source_schema, 'USAGE')
	UNION ALL
	SELECT 2, l.place, pg_catalog.format('role "%s" lacks %s on analytics.%s', current_user, pg_catalog.string_agg(l.privilege, ', '), l.object),
		'CALL it as the owner of the extension.'
	FROM lacking AS l GROUP BY l.place, l.object
	UNION ALL
	SELECT 3, 0, pg_catalog.format('role "%s" may not execute %s', current_user, pg_catalog.string_agg(c.name, ', ' ORDER BY c.name)), 'CALL it as the owner of the extension.'
	FROM closed AS c HAVING pg_catalog.count(*) > 0
	UNION ALL
	SELECT 4, 0, pg_catalog.format('role "%s" may not make temporary tables', current_user),
		pg_catalog.format('GRANT TEMPORARY ON DATABASE %I TO %I;', pg_catalog.current_database(), current_user)
	FROM source AS s WHERE s.target = 'crawl_errors' AND NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY')
	UNION ALL
	SELECT 5, 0, pg_catalog.format('row security hides rows of it from role "%s"', current_user), 'CALL it as a role with BYPASSRLS.'
	FROM source AS s JOIN pg_catalog.pg_roles AS o ON o.rolname = current_user
	WHERE s.relrowsecurity AND NOT o.rolsuper AND NOT o.rolbypassrls AND (s.relforcerowsecurity OR NOT pg_catalog.pg_has_role(s.relowner, 'USAGE'))
) AS f
ORDER BY f.rank, f.place
$function$;
COMMENT ON FUNCTION analytics.adoption_rights(text, text) IS
'internal: the part of check_adoption() that tells which rights the caller lacks; while there is one, nothing else is looked at';

CREATE FUNCTION analytics.adoption_findings(source_schema text, source_table text)
RETURNS TABLE (subject text, status text, finding text, hint text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
WITH RECURSIVE source AS (
	SELECT s.* FROM analytics.adoption_source(source_schema, source_table) AS s
), mapping AS (
	SELECT m.* FROM source AS s CROSS JOIN LATERAL analytics.adoption_mapping(s.source, s.target) AS m
), /* what a view reads, through as many views as there are */
behind(relation) AS (
	SELECT s.source FROM source AS s
	UNION
	SELECT d.refobjid FROM behind AS b
	JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = b.relation
	JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
		AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
), /* what names it by its number, and so goes on naming it under another name */
followers AS (
	SELECT DISTINCT i.type, i.identity
	FROM source AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.source
	JOIN pg_catalog.pg_depend AS d ON d.deptype = 'n' AND (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid
		OR d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid = c.reltype)
	LEFT JOIN pg_catalog.pg_rewrite AS w ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = d.objid
	LEFT JOIN pg_catalog.pg_constraint AS k ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = d.objid
	LEFT JOIN pg_catalog.pg_policy AS y ON d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND y.oid = d.objid
	CROSS JOIN LATERAL pg_catalog.pg_identify_object(CASE WHEN w.oid IS NULL THEN d.classid ELSE 'pg_catalog.pg_class'::pg_catalog.regclass END, coalesce(w.ev_class, d.objid), 0) AS i
	WHERE CASE WHEN w.oid IS NOT NULL THEN w.ev_class <> s.source WHEN k.oid IS NOT NULL THEN k.conrelid <> s.source
		WHEN y.oid IS NOT NULL THEN y.polrelid <> s.source ELSE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass END
), local AS (
	SELECT z.reset_val AS zone FROM pg_catalog.pg_settings AS z
	WHERE z.name = 'TimeZone' AND z.reset_val NOT IN ('UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'UCT', 'Etc/UCT', 'Zulu', 'Etc/Zulu', 'Universal', 'Etc/Universal')
)
SELECT f.subject, f.status, f.finding, f.hint FROM (
	SELECT 1 AS rank, 0 AS place, NULL::text AS subject, 'error' AS status,
		CASE WHEN pg_catalog.to_regnamespace(pg_catalog.quote_ident(source_schema)) IS NULL THEN pg_catalog.format('there is no schema "%s"', source_schema)
		ELSE pg_catalog.format('there is no table "%s" in schema "%s"', source_table, source_schema) END AS finding,
		'Names are taken as they are: no quotes, upper and lower case as in the catalog.' AS hint
	WHERE NOT EXISTS (SELECT FROM source)
	UNION ALL
	SELECT 1, 0, NULL, 'error', 'it is one of the extension''s own', 'Name the schema of the old service''s tables.'
	FROM source AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.source WHERE c.relnamespace = pg_catalog.to_regnamespace('analytics')
	UNION ALL
	SELECT 1, 0, NULL, 'error', pg_catalog.format('it reads %s, so its rows are the extension''s own', pg_catalog.string_agg(pg_catalog.format('analytics.%I', c.relname), ', ' ORDER BY c.relname)),
		'Name the table of the old service itself, which may have another name now, such as post_analytics_python.'
	FROM source AS s JOIN behind AS b ON b.relation <> s.source JOIN pg_catalog.pg_class AS c ON c.oid = b.relation
	WHERE c.relnamespace = pg_catalog.to_regnamespace('analytics') AND c.relkind IN ('r', 'p')
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_class AS o WHERE o.oid = s.source AND o.relnamespace = c.relnamespace)
	HAVING pg_catalog.count(*) > 0
	UNION ALL
	SELECT 1, 0, NULL, 'error', pg_catalog.format('"%s" holds no rows: it is no table, view, materialized view or foreign table', source_table), NULL
	FROM source AS s WHERE s.kind NOT IN ('r', 'p', 'v', 'm', 'f')
	UNION ALL
	SELECT 1, 0, NULL, 'error', 'it is neither like post_analytics (no column "overall_sentiment") nor like crawl_errors (no columns "content_id" and "error_code")',
		'Where columns have other names, name a view over the table that has these.'
	FROM source AS s WHERE s.target IS NULL AND s.kind IN ('r', 'p', 'v', 'm', 'f')
	UNION ALL
	SELECT 2, 0, NULL, 'ok', pg_catalog.format('it is like analytics.%I, which its rows go to', s.target), NULL FROM source AS s WHERE s.target IS NOT NULL
	UNION ALL
	SELECT 4, 0, 'id', 'error', CASE WHEN s.key_type IS NULL THEN 'column "id", by which it is read, is not there'
		ELSE pg_catalog.format('column "id", by which it is read, is of type %s', s.key_type) END,
		'A varchar, text, uuid or integer is expected; name a view that makes it one.'
	FROM source AS s WHERE s.target IS NOT NULL AND s.key_is_usable IS NOT TRUE
	UNION ALL
	SELECT 5, m.place, m.name, 'error', pg_catalog.format('column "%s" is not there', m.name), 'Nothing can stand for it; name a view over the table that has it.'
	FROM mapping AS m WHERE m.is_needed AND m.source_type IS NULL AND m.name <> 'id'
	UNION ALL
	SELECT 5, m.place, m.name, 'error', pg_catalog.format('column "%s" is of type %s, and %s is expected', m.name, m.source_type, m.wanted),
		'Name a view over the table that casts it.'
	FROM mapping AS m WHERE m.source_type IS NOT NULL AND m.is_fit IS NOT TRUE AND m.name <> 'id'
	UNION ALL
	SELECT 5, 0, NULL, 'error', 'none of the columns "crawled_at", "analyzed_at" and "published_at" is there, so nobody can tell which crawl is newer', NULL
	FROM source AS s WHERE s.target = 'post_analytics'
		AND NOT EXISTS (SELECT FROM mapping AS m WHERE m.name IN ('crawled_at', 'analyzed_at', 'published_at') AND m.source_type IS NOT NULL)
	UNION ALL
	SELECT 6, 0, 'id', 'warning', 'no index begins with "id", so each chunk reads all of it',
		CASE WHEN s.kind IN ('r', 'p', 'm') THEN pg_catalog.format('CREATE INDEX ON %s (id); or call with a greater chunk_rows.', s.name)
		ELSE 'Call with a greater chunk_rows, or see that what is behind it has one.' END
	FROM source AS s WHERE s.target IS NOT NULL AND s.key_is_usable AND NOT s.key_has_index
	UNION ALL
	SELECT 6, 1, 'id', 'note', CASE s.target WHEN 'post_analytics' THEN 'nothing says that "id" is unique; of several rows of a post and project the newest crawl is taken'
		ELSE 'nothing says that "id" is unique; of several rows with the same id the newest is taken' END, NULL
	FROM source AS s WHERE s.target IS NOT NULL AND s.key_is_usable AND NOT s.key_is_unique
	UNION ALL
	SELECT 7, 0, NULL, 'note', pg_catalog.format('columns that are not there: %s', pg_catalog.string_agg(m.name, ', ' ORDER BY m.place)),
		'What stands for them is in docs/migrating-from-the-python-service.md.'
	FROM mapping AS m WHERE m.source_type IS NULL AND NOT m.is_needed AND m.kind <> 'ours' HAVING pg_catalog.count(*) > 0
	UNION ALL
	SELECT 7, 1, NULL, 'note', pg_catalog.format('columns that are not taken: %s', pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)),
		'They stay where they are; keep the table, or copy them somewhere.'
	FROM source AS s JOIN pg_catalog.pg_attribute AS a ON a.attrelid = s.source
	WHERE s.target IS NOT NULL AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'id'
		AND NOT EXISTS (SELECT FROM mapping AS m WHERE m.name = a.attname AND m.kind <> 'ours')
	HAVING pg_catalog.count(*) > 0
	UNION ALL
	SELECT 7, 2, NULL, 'note', pg_catalog.format('crawl errors of more than %s days ago are not taken, since they would be deleted at once', x.value),
		'Raise it before: UPDATE analytics.settings SET value = ... WHERE name = ''retention.crawl_errors_days'';'
	FROM source AS s JOIN analytics.settings AS x ON x.name = 'retention.crawl_errors_days' AND x.value > 0 WHERE s.target = 'crawl_errors'
	UNION ALL
	SELECT 7, 3, m.name, 'note', pg_catalog.format('its default is %s, which is local time in a session whose TimeZone is not UTC, as it is "%s" in this one; it will be taken for UTC',
			pg_catalog.pg_get_expr(d.adbin, d.adrelid), z.zone),
		pg_catalog.format('If the old service wrote local time, name a view over the table with: %1$I AT TIME ZONE %2$L AS %1$I', m.name, z.zone)
	FROM source AS s CROSS JOIN mapping AS m CROSS JOIN local AS z
	JOIN pg_catalog.pg_attribute AS a ON a.attrelid = s.source AND a.attname = m.name AND NOT a.attisdropped
	JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	WHERE m.kind = 'time' AND a.atttypid = 'timestamp without time zone'::pg_catalog.regtype
		AND pg_catalog.pg_get_expr(d.adbin, d.adrelid) ~* 'now\(|_timestamp|localtime' AND pg_catalog.pg_get_expr(d.adbin, d.adrelid) !~* 'utc'
	UNION ALL
	SELECT 8, 0, 'dependents', 'note', pg_catalog.format('under another name it would still be read by %s', pg_catalog.string_agg(f.type || ' ' || f.identity, ', ' ORDER BY f.type, f.identity)),
		'They name the table by its number, not by its name. Drop them before it is renamed, and create them anew when a view has its name.'
	FROM followers AS f CROSS JOIN source AS s WHERE s.target IS NOT NULL HAVING pg_catalog.count(*) > 0
) AS f
ORDER BY f.rank, f.place
$function$;
COMMENT ON FUNCTION analytics.adoption_findings(text, text) IS
'internal: the part of check_adoption() that looks at the catalogs, for a caller who has the rights';

----------------------------------------------------------------------
-- In the shape of the old service, for what reads its tables
----------------------------------------------------------------------

CREATE VIEW analytics.python_post_analytics AS
SELECT p.id::character varying AS id,
	CASE WHEN p.project_id ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN p.project_id::uuid END AS project_id,
	p.platform::character varying AS platform,
	p.published_at AT TIME ZONE 'UTC' AS published_at, p.analyzed_at AT TIME ZONE 'UTC' AS analyzed_at,
	p.overall_sentiment::character varying AS overall_sentiment, p.overall_sentiment_score, p.overall_confidence,
	p.primary_intent::character varying AS primary_intent, p.intent_confidence,
	p.impact_score, p.risk_level::character varying AS risk_level, p.is_viral, p.is_kol,
	p.aspects_breakdown, p.keywords, p.sentiment_probabilities, p.impact_breakdown,
	greatest(least(p.view_count, 2147483647), -2147483648)::integer AS view_count,
	greatest(least(p.like_count, 2147483647), -2147483648)::integer AS like_count,
	greatest(least(p.comment_count, 2147483647), -2147483648)::integer AS comment_count,
	greatest(least(p.share_count, 2147483647), -2147483648)::integer AS share_count,
	greatest(least(p.save_count, 2147483647), -2147483648)::integer AS save_count,
	greatest(least(p.follower_count, 2147483647), -2147483648)::integer AS follower_count,
	greatest(least(p.processing_time_ms, 2147483647), 0)::integer AS processing_time_ms,
	p.model_version::character varying AS model_version, p.job_id::character varying AS job_id,
	CASE WHEN p.batch_index IS NOT NULL THEN greatest(least(p.batch_index, 2147483647), -2147483648)::integer END AS batch_index,
	p.task_type::character varying AS task_type, p.keyword_source::character varying AS keyword_source,
	p.crawled_at AT TIME ZONE 'UTC' AS crawled_at, p.pipeline_version::character varying AS pipeline_version,
	p.fetch_status::character varying AS fetch_status, p.fetch_error, p.error_code::character varying AS error_code, p.error_details
FROM analytics.post_analytics AS p;
COMMENT ON VIEW analytics.python_post_analytics IS
'post_analytics with the columns and types of the old Python service, for what was written for that: uuid projects, UTC timestamps without time zone, integer counts';
COMMENT ON COLUMN analytics.python_post_analytics.project_id IS 'NULL where the project is no UUID, which that service could not store';
COMMENT ON COLUMN analytics.python_post_analytics.view_count IS 'no more than an integer holds: 2147483647; so the other counts';

CREATE VIEW analytics.python_crawl_errors AS
SELECT (e.id % 2147483647)::integer AS id, e.content_id::character varying AS content_id,
	CASE WHEN e.project_id ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN e.project_id::uuid END AS project_id,
	e.job_id::character varying AS job_id, e.platform::character varying AS platform,
	e.error_code::character varying AS error_code, e.error_category::character varying AS error_category,
	e.error_message, e.error_details, e.permalink, e.created_at AT TIME ZONE 'UTC' AS created_at
FROM analytics.crawl_errors AS e;
COMMENT ON VIEW analytics.python_crawl_errors IS
'crawl_errors with the columns and types of the old Python service, as python_post_analytics; an id is our own number and not that of the old table';
