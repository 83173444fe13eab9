----------------------------------------------------------------------
-- Moving in: how a row of the old service becomes one of ours
--
-- The columns, once, as a list; all else here makes statements of it that
-- adopt*.c runs for one chunk of the source.  In these statements
--
--   s  is a row of the source,
--   r  its columns as our types, NULL where the source has no such column,
--   c  what is stored, the NULLs filled in,
--   f  why it cannot be, if it cannot: {SQLSTATE, column, reason}.
--
-- They are run with search_path = pg_catalog and TimeZone = UTC.
----------------------------------------------------------------------

CREATE FUNCTION analytics.adoption_columns()
RETURNS TABLE (target text, place integer, name text, kind text, is_needed boolean, stored text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
VALUES
	('post_analytics', 1, 'id', 'key', true, NULL),
	('post_analytics', 2, 'project_id', 'text', false, NULL),
	('post_analytics', 3, 'platform', 'text', true, 'pg_catalog.upper(r.platform COLLATE "C")'),
	('post_analytics', 4, 'published_at', 'time', false, NULL),
	('post_analytics', 5, 'analyzed_at', 'time', false, 'coalesce(r.analyzed_at, r.crawled_at, r.published_at)'),
	('post_analytics', 6, 'overall_sentiment', 'text', true, NULL),
	('post_analytics', 7, 'overall_sentiment_score', 'number', false, 'coalesce(r.overall_sentiment_score, 0)'),
	('post_analytics', 8, 'overall_confidence', 'number', false, 'coalesce(r.overall_confidence, 0)'),
	('post_analytics', 9, 'primary_intent', 'text', true, NULL),
	('post_analytics', 10, 'intent_confidence', 'number', false, 'coalesce(r.intent_confidence, 0)'),
	('post_analytics', 11, 'impact_score', 'number', true, NULL),
	('post_analytics', 12, 'risk_level', 'text', true, NULL),
	('post_analytics', 13, 'is_viral', 'flag', false, 'coalesce(r.is_viral, false)'),
	('post_analytics', 14, 'is_kol', 'flag', false, 'coalesce(r.is_kol, false)'),
	('post_analytics', 15, 'aspects_breakdown', 'json', false, 'coalesce(r.aspects_breakdown, ''{}'')'),
	('post_analytics', 16, 'keywords', 'json', false, 'coalesce(r.keywords, ''[]'')'),
	('post_analytics', 17, 'sentiment_probabilities', 'json', false, 'coalesce(r.sentiment_probabilities, ''{}'')'),
	('post_analytics', 18, 'impact_breakdown', 'json', false, 'coalesce(r.impact_breakdown, ''{}'')'),
	('post_analytics', 19, 'view_count', 'count', false, 'coalesce(r.view_count, 0)'),
	('post_analytics', 20, 'like_count', 'count', false, 'coalesce(r.like_count, 0)'),
	('post_analytics', 21, 'comment_count', 'count', false, 'coalesce(r.comment_count, 0)'),
	('post_analytics', 22, 'share_count', 'count', false, 'coalesce(r.share_count, 0)'),
	('post_analytics', 23, 'save_count', 'count', false, 'coalesce(r.save_count, 0)'),
	('post_analytics', 24, 'follower_count', 'count', false, 'coalesce(r.follower_count, 0)'),
	('post_analytics', 25, 'processing_time_ms', 'number', false, 'coalesce(r.processing_time_ms, 0)'),
	('post_analytics', 26, 'model_version', 'text', false, 'coalesce(r.model_version, ''unknown'')'),
	('post_analytics', 27, 'job_id', 'text', false, 'coalesce(r.job_id, '''')'),
	('post_analytics', 28, 'batch_index', 'count', false, NULL),
	('post_analytics', 29, 'task_type', 'text', false, NULL),
	('post_analytics', 30, 'keyword_source', 'text', false, NULL),
	('post_analytics', 31, 'crawled_at', 'time', false, 'coalesce(r.crawled_at, r.analyzed_at, r.published_at)'),
	('post_analytics', 32, 'pipeline_version', 'text', false, 'coalesce(r.pipeline_version, ''unknown'')'),
	('post_analytics', 33, 'fetch_status', 'text', false, 'coalesce(r.fetch_status, ''success'')'),
	('post_analytics', 34, 'fetch_error', 'text', false, NULL),
	('post_analytics', 35, 'error_code', 'text', false, NULL),
	('post_analytics', 36, 'error_details', 'anyjson', false, NULL),
	('post_analytics', 37, 'permalink', 'text', false, NULL),
	('post_analytics', 38, 'author_username', 'text', false, NULL),
	('post_analytics', 39, 'subject', 'ours', false, 'analytics.subject(r.job_id, r.project_id)'),
	('post_analytics', 40, 'event_id', 'ours', false, ''''''),
	('crawl_errors', 1, 'content_id', 'text', true, NULL),
	('crawl_errors', 2, 'project_id', 'text', false, NULL),
	('crawl_errors', 3, 'job_id', 'text', true, NULL),
	('crawl_errors', 4, 'platform', 'text', true, 'pg_catalog.upper(r.platform COLLATE "C")'),
	('crawl_errors', 5, 'error_code', 'text', true, NULL),
	('crawl_errors', 6, 'error_category', 'text', true, NULL),
	('crawl_errors', 7, 'error_message', 'text', false, 'coalesce(r.error_message, ''Unknown error'')'),
	('crawl_errors', 8, 'error_details', 'anyjson', false, 'coalesce(r.error_details, ''{}'')'),
	('crawl_errors', 9, 'permalink', 'text', false, NULL),
	('crawl_errors', 10, 'created_at', 'time', true, NULL),
	('crawl_errors', 11, 'event_id', 'ours', false, '''adopted:'' || $3 || ''.'' || $4 || '':'' || s.id'),
	('crawl_errors', 12, 'item_index', 'ours', false, '-1')
$function$;
COMMENT ON FUNCTION analytics.adoption_columns() IS
'internal: the columns that adopt() takes, of what kind they are, whether the source must have them, and what is stored (NULL: the value as it is). An event_id that is empty is less than all others: at the same time of crawl our own analysis stays';

CREATE FUNCTION analytics.adoption_source(source_schema text, source_table text)
RETURNS TABLE (source oid, kind "char", name text, target text, key_type text, key_is_usable boolean, key_is_unique boolean, key_has_index boolean, key_sorts_as_ours boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
SELECT c.oid, c.relkind, pg_catalog.format('%I.%I', n.nspname, c.relname),
	CASE WHEN has.overall_sentiment THEN 'post_analytics' WHEN has.content_id AND has.error_code THEN 'crawl_errors' END,
	pg_catalog.format_type(k.atttypid, NULL),
	pg_catalog.format_type(k.atttypid, NULL) IN ('text', 'character varying', 'smallint', 'integer', 'bigint', 'uuid'),
	coalesce((SELECT pg_catalog.bool_or(i.indisunique AND i.indnkeyatts = 1 AND i.indpred IS NULL) FROM pg_catalog.pg_index AS i
		WHERE i.indrelid = c.oid AND i.indisvalid AND i.indkey[0] = k.attnum), false),
	coalesce((SELECT pg_catalog.bool_or(i.indpred IS NULL) FROM pg_catalog.pg_index AS i
		JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid JOIN pg_catalog.pg_am AS m ON m.oid = x.relam
		WHERE i.indrelid = c.oid AND i.indisvalid AND i.indkey[0] = k.attnum AND m.amname = 'btree'), false),
	coalesce(c.relkind <> 'f' AND k.atttypid IN ('text'::pg_catalog.regtype, 'character varying'::pg_catalog.regtype) AND k.attcollation = 'pg_catalog."default"'::pg_catalog.regcollation, false)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS k ON k.attrelid = c.oid AND k.attname = 'id' AND k.attnum > 0 AND NOT k.attisdropped
CROSS JOIN LATERAL (
	SELECT coalesce(pg_catalog.bool_or(a.attname = 'overall_sentiment'), false), coalesce(pg_catalog.bool_or(a.attname = 'content_id'), false),
		coalesce(pg_catalog.bool_or(a.attname = 'error_code'), false)
	FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
) AS has(overall_sentiment, content_id, error_code)
WHERE n.nspname = source_schema AND c.relname = source_table
$function$;
COMMENT ON FUNCTION analytics.adoption_source(text, text) IS
'internal: a table of the old service: which of ours it is like, by its columns and not by its name, and what its key is';

CREATE FUNCTION analytics.adoption_mapping(source oid, target text)
RETURNS TABLE (place integer, name text, kind text, is_needed boolean, stored text, is_nullable boolean, source_type text, is_fit boolean, wanted text, expression text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
SELECT m.place, m.name, m.kind, m.is_needed, coalesce(m.stored, pg_catalog.format('r.%I', m.name)), NOT o.attnotnull,
	pg_catalog.format_type(a.atttypid, a.atttypmod),
	CASE m.kind
		WHEN 'key' THEN b.name IN ('text', 'character varying', 'smallint', 'integer', 'bigint', 'uuid')
		WHEN 'text' THEN b.category IN ('S', 'E') OR b.name = 'uuid'
		WHEN 'time' THEN b.name IN ('timestamp without time zone', 'timestamp with time zone')
		WHEN 'number' THEN b.category = 'N' AND b.name NOT IN ('money', 'oid')
		WHEN 'count' THEN b.name IN ('smallint', 'integer', 'bigint')
		WHEN 'flag' THEN b.name = 'boolean'
		ELSE b.name IN ('json', 'jsonb')
	END,
	CASE m.kind WHEN 'key' THEN 'varchar, text, uuid or an integer' WHEN 'text' THEN 'varchar, text, an enum or uuid' WHEN 'time' THEN 'timestamp or timestamptz'
		WHEN 'number' THEN 'a number' WHEN 'count' THEN 'an integer' WHEN 'flag' THEN 'boolean' ELSE 'jsonb or json' END,
	CASE WHEN a.attnum IS NULL THEN pg_catalog.format('NULL::%s', y.type)
		WHEN b.name = 'timestamp without time zone' THEN pg_catalog.format('(s.%I::timestamp AT TIME ZONE ''UTC'')', m.name)
		WHEN m.kind IN ('json', 'anyjson') THEN pg_catalog.format('nullif(s.%I::jsonb, ''null'')', m.name)
		ELSE pg_catalog.format('s.%I::%s', m.name, y.type) END
FROM analytics.adoption_columns() AS m
JOIN pg_catalog.pg_attribute AS o ON o.attname = m.name AND o.attrelid = pg_catalog.format('analytics.%I', m.target)::pg_catalog.regclass
CROSS JOIN LATERAL (
	SELECT CASE m.kind WHEN 'time' THEN 'timestamptz' WHEN 'number' THEN 'double precision' WHEN 'count' THEN 'bigint'
		WHEN 'flag' THEN 'boolean' WHEN 'json' THEN 'jsonb' WHEN 'anyjson' THEN 'jsonb' ELSE 'text' END
) AS y(type)
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = adoption_mapping.source AND a.attname = m.name AND a.attnum > 0 AND NOT a.attisdropped AND m.kind <> 'ours'
LEFT JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN LATERAL (
	SELECT pg_catalog.format_type(CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END, NULL), t.typcategory
) AS b(name, category) ON t.oid IS NOT NULL
WHERE m.target = adoption_mapping.target
$function$;
COMMENT ON FUNCTION analytics.adoption_mapping(oid, text) IS
'internal: adoption_columns() beside the columns that a source has: whether their types are fit, and the expression that makes ours of them';

/* What is wrong with a row, as the arms of a CASE over c. */
CREATE FUNCTION analytics.adoption_faults(source oid, target text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
SELECT 'WHEN s.id IS NULL THEN ARRAY[''23502'', ''id'', ''id is null''] '
	|| pg_catalog.string_agg(w.arm, ' ' ORDER BY w.rank, m.place)
FROM analytics.adoption_mapping(source, target) AS m
CROSS JOIN LATERAL (VALUES
	(1, CASE WHEN NOT m.is_nullable AND m.kind <> 'ours' THEN 'WHEN c.%1$I IS NULL THEN ARRAY[''23502'', %2$L, %2$L || '' is null'']' END),
	(2, CASE WHEN m.name = 'id' THEN 'WHEN c.%1$I = '''' THEN ARRAY[''23514'', %2$L, %2$L || '' is empty'']' END),
	(2, CASE WHEN m.kind = 'number' THEN 'WHEN c.%1$I IN (''NaN'', ''Infinity'', ''-Infinity'') THEN ARRAY[''22003'', %2$L, %2$L || '' is '' || c.%1$I]' END),
	(2, CASE WHEN m.kind = 'time' THEN 'WHEN NOT isfinite(c.%1$I) THEN ARRAY[''22008'', %2$L, %2$L || '' is '' || c.%1$I]' END),
	(2, CASE WHEN m.kind = 'json' THEN
		'WHEN jsonb_typeof(c.%1$I) NOT IN (''object'', ''array'') THEN ARRAY[''22023'', %2$L, %2$L || '' is a '' || jsonb_typeof(c.%1$I) || '', not an object or array'']' END),
	(3, CASE WHEN m.name = 'overall_sentiment_score' THEN 'WHEN c.%1$I NOT BETWEEN -1 AND 1 THEN ARRAY[''23514'', %2$L, %2$L || '' is '' || c.%1$I || '', not between -1 and 1'']' END),
	(3, CASE WHEN m.name = 'impact_score' THEN 'WHEN c.%1$I NOT BETWEEN 0 AND 100 THEN ARRAY[''23514'', %2$L, %2$L || '' is '' || c.%1$I || '', not between 0 and 100'']' END)
) AS a(rank, form)
CROSS JOIN LATERAL (SELECT a.rank, pg_catalog.format(a.form, m.name, m.name)) AS w(rank, arm)
WHERE a.form IS NOT NULL
$function$;
COMMENT ON FUNCTION analytics.adoption_faults(oid, text) IS
'internal: what adopt() knows beforehand that a row cannot be taken for; all else is found out by trying';

/*
 * A chunk: parameters are $1, the key behind which it begins (NULL: at the
 * first), and $2, the key with which it ends; NULL: the rows without a key.
 * $3 and $4 are schema and table, $5 the pass, $6 and on of each by itself.
 *
 * What is here is found by its keys as an array: so a chunk costs as many
 * look-ups in an index as it has rows, however large our tables are and
 * whatever their statistics say.
 */
CREATE FUNCTION analytics.adoption_statements(
	source_schema text,
	source_table text,
	OUT target text,
	OUT estimate text,
	OUT last_key text,
	OUT bound text,
	OUT keyless text,
	OUT copy text,
	OUT refuse text,
	OUT verify text,
	OUT surplus text,
	OUT refusals text,
	OUT futures text
) RETURNS record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
WITH source AS (
	SELECT * FROM analytics.adoption_source(source_schema, source_table)
), mapping AS (
	SELECT s.target,
		pg_catalog.string_agg(pg_catalog.format('%s AS %I', m.expression, m.name), ', ' ORDER BY m.place) FILTER (WHERE m.kind <> 'ours') AS read_as,
		pg_catalog.string_agg(pg_catalog.format('%s AS %I', m.stored, m.name), ', ' ORDER BY m.place) AS stored_as,
		pg_catalog.string_agg(pg_catalog.quote_ident(m.name), ', ' ORDER BY m.place) AS columns,
		pg_catalog.string_agg(pg_catalog.format('n.%I', m.name), ', ' ORDER BY m.place) AS of_new,
		pg_catalog.string_agg(pg_catalog.format('p.%I', m.name), ', ' ORDER BY m.place) AS of_stored,
		pg_catalog.string_agg(pg_catalog.format('%1$I = excluded.%1$I', m.name), ', ' ORDER BY m.place) FILTER (WHERE m.name NOT IN ('id', 'project_id')) AS set_excluded,
		pg_catalog.string_agg(pg_catalog.format('%1$I = n.%1$I', m.name), ', ' ORDER BY m.place) FILTER (WHERE m.name <> 'event_id') AS set_new,
		pg_catalog.string_agg(pg_catalog.format('stored.%I', m.name), ', ' ORDER BY m.place) AS of_conflicting,
		pg_catalog.string_agg(pg_catalog.format('excluded.%I', m.name), ', ' ORDER BY m.place) AS of_excluded,
		pg_catalog.string_agg(m.expression, '') FILTER (WHERE m.name = 'project_id') AS project,
		pg_catalog.string_agg(pg_catalog.format('(%L, %s)', m.name, m.expression), ', ' ORDER BY m.place) FILTER (WHERE m.kind = 'time' AND m.source_type IS NOT NULL) AS times,
		coalesce(pg_catalog.string_agg(pg_catalog.format('r.%1$I IS NULL AND c.%1$I IS NOT NULL', m.name), ' OR ' ORDER BY m.place)
			FILTER (WHERE m.source_type IS NOT NULL AND m.stored LIKE 'coalesce%'), 'false') AS filled
	FROM source AS s CROSS JOIN LATERAL analytics.adoption_mapping(s.source, s.target) AS m
	GROUP BY s.target
), part AS (
	SELECT s.*, m.read_as, m.stored_as, m.columns, m.of_new, m.of_stored, m.set_excluded, m.set_new, m.of_conflicting, m.of_excluded, m.project, m.times,
		pg_catalog.format('(($2::text IS NULL AND s.id IS NULL) OR ($2::text IS NOT NULL AND ($1::text IS NULL OR s.id > $1::%1$s) AND s.id <= $2::%1$s))', s.key_type) AS in_range,
		pg_catalog.format('FROM %s AS s CROSS JOIN LATERAL (SELECT %s) AS r CROSS JOIN LATERAL (SELECT %s) AS c CROSS JOIN LATERAL (SELECT CASE %s END AS fault, %s AS is_filled) AS f',
			s.name, m.read_as, m.stored_as, analytics.adoption_faults(s.source, s.target), m.filled) AS judged
	FROM source AS s JOIN mapping AS m ON m.target = s.target
), rows AS (
	SELECT p.*, pg_catalog.format('SELECT s.id::text AS source_key, c.*, f.fault, f.is_filled, %s AS knows_crawl, CASE WHEN f.fault IS NOT NULL THEN row_to_json(s) END AS source_row %s WHERE %s',
		CASE p.target WHEN 'post_analytics' THEN 'r.crawled_at IS NOT NULL' ELSE 'true' END, p.judged, p.in_range) AS read,
		'SELECT DISTINCT ON (t.id COLLATE "C", t.project_id COLLATE "C") t.* FROM source AS t WHERE t.fault IS NULL'
		' ORDER BY t.id COLLATE "C", t.project_id COLLATE "C" NULLS FIRST, t.crawled_at DESC, t.analyzed_at DESC' AS newest_posts,
		'SELECT DISTINCT ON (t.event_id COLLATE "C") t.* FROM source AS t WHERE t.fault IS NULL AND NOT coalesce(t.created_at < (SELECT k.since FROM keep AS k), false)'
		' ORDER BY t.event_id COLLATE "C", t.created_at DESC' AS newest_errors,
		'analytics.post_analytics AS p ON p.id = n.id AND p.project_id IS NOT DISTINCT FROM n.project_id AND p.id = ANY (ARRAY(SELECT k.id FROM candidate AS k))' AS stored_posts,
		'SELECT DISTINCT ON (e.event_id) e.* FROM analytics.crawl_errors AS e WHERE e.event_id = ANY (ARRAY(SELECT n.event_id FROM candidate AS n)) ORDER BY e.event_id, e.id' AS stored_errors,
		'SELECT now() - x.value * interval ''1 day'' AS since FROM analytics.settings AS x WHERE x.name = ''retention.crawl_errors_days'' AND x.value > 0' AS keep,
		'(EXISTS (SELECT FROM analytics.adoption_rejects AS j WHERE j.source_schema = $3 AND j.source_table = $4 AND j.pass = $5::integer AND j.source_key = s.id::text)'
		' OR s.id IS NULL AND EXISTS (SELECT FROM analytics.adoption_rejects AS j WHERE j.source_schema = $3 AND j.source_table = $4 AND j.pass = $5::integer AND j.source_key IS NULL))' AS is_rejected,
		'INSERT INTO analytics.adoption_rejects (source_schema, source_table, pass, source_key, sqlstate, reason, source_row)' AS reject
	FROM part AS p
)
SELECT p.target,
	pg_catalog.format('SELECT coalesce((SELECT nullif(greatest(c.reltuples, 0), 0)::bigint FROM pg_class AS c WHERE c.oid = %s), (SELECT count(*) FROM %s))', p.source, p.name),
	pg_catalog.format('SELECT s.id::text FROM %s AS s WHERE s.id IS NOT NULL ORDER BY s.id DESC LIMIT 1', p.name),
	/* $1 as above, $2 the last key of the pass, $3 how many rows at most */
	pg_catalog.format('SELECT b.id::text FROM (SELECT s.id FROM %1$s AS s WHERE ($1::text IS NULL OR s.id > $1::%2$s) AND s.id <= $2::%2$s ORDER BY s.id LIMIT $3::bigint) AS b'
		' ORDER BY b.id DESC LIMIT 1', p.name, p.key_type),
	pg_catalog.format('SELECT FROM %s AS s WHERE s.id IS NULL LIMIT 1', p.name),
	/*
	 * A time that only stands for that of the crawl is the analysis's, which is
	 * later: such a row is newer than none that we have analysed.
	 *
	 * What was there is looked up before; what somebody else has written since
	 * is left to ON CONFLICT.  Every count is of what was done, or was found to
	 * be there: where they do not add up to the rows that were read, one has
	 * not been stored, and the chunk is tried again.
	 */
	CASE p.target WHEN 'post_analytics' THEN pg_catalog.format(
		'WITH source AS MATERIALIZED (%1$s), candidate AS MATERIALIZED (%2$s),'
		' judged AS MATERIALIZED (SELECT n.*, p.id IS NULL AS is_absent, p.id IS NOT NULL AND ROW(%3$s) IS NOT DISTINCT FROM ROW(%4$s) AS is_same,'
		' p.id IS NOT NULL AND ROW(%3$s) IS DISTINCT FROM ROW(%4$s) AND (n.crawled_at, n.event_id COLLATE "C") >= (p.crawled_at, p.event_id COLLATE "C")'
		' AND (p.event_id = '''' OR n.knows_crawl) AS is_newer'
		' FROM candidate AS n LEFT JOIN %10$s),'
		' written AS (INSERT INTO analytics.post_analytics AS stored (%5$s) SELECT %3$s FROM judged AS n WHERE n.is_absent OR n.is_newer'
		' ORDER BY n.id COLLATE "C", n.project_id COLLATE "C" NULLS FIRST'
		' ON CONFLICT (id, project_id) DO UPDATE SET %6$s'
		' WHERE (excluded.crawled_at, excluded.event_id COLLATE "C") >= (stored.crawled_at, stored.event_id COLLATE "C") AND ROW(%7$s) IS DISTINCT FROM ROW(%8$s)'
		' AND (stored.event_id = '''' OR (excluded.id, excluded.project_id IS NULL, coalesce(excluded.project_id, '''')) NOT IN'
		' (SELECT u.id, u.project_id IS NULL, coalesce(u.project_id, '''') FROM judged AS u WHERE NOT u.knows_crawl))'
		' RETURNING 1),'
		' refused AS (%9$s SELECT $3, $4, $5::integer, t.source_key, t.fault[1], t.fault[3], t.source_row FROM source AS t WHERE t.fault IS NOT NULL RETURNING 1),'
		' t AS (SELECT count(*) AS rows_read, count(*) FILTER (WHERE fault IS NULL) AS good FROM source),'
		' j AS (SELECT count(*) AS candidates, count(*) FILTER (WHERE is_same) AS same, count(*) FILTER (WHERE is_newer) AS newer,'
		' count(*) FILTER (WHERE NOT is_absent AND NOT is_same AND NOT is_newer) AS older,'
		' count(*) FILTER (WHERE is_filled AND (is_absent OR is_same OR is_newer)) AS filled FROM judged),'
		' w AS (SELECT count(*) AS written FROM written), x AS (SELECT count(*) AS refused FROM refused)'
		' SELECT t.rows_read, w.written - least(j.newer, w.written), least(j.newer, w.written), j.same, j.older + t.good - j.candidates, 0::bigint, x.refused, j.filled FROM t, j, w, x',
		p.read, p.newest_posts, p.of_new, p.of_stored, p.columns, p.set_excluded, p.of_conflicting, p.of_excluded, p.reject, p.stored_posts)
	ELSE pg_catalog.format(
		'WITH keep AS MATERIALIZED (%1$s), source AS MATERIALIZED (%2$s), candidate AS MATERIALIZED (%3$s), before AS MATERIALIZED (%6$s), entrant AS MATERIALIZED (SELECT n.* FROM candidate AS n), %10$s,'
		' judged AS MATERIALIZED (SELECT n.*, k.event_id IS NOT NULL AS is_known, p.id AS stored_id, ROW(%4$s) IS NOT DISTINCT FROM ROW(%5$s) AS is_same'
		' FROM candidate AS n LEFT JOIN known AS k ON k.event_id = n.event_id LEFT JOIN before AS p ON p.event_id = n.event_id),'
		' withdrawn AS (DELETE FROM analytics.crawl_errors AS e WHERE e.id = ANY (ARRAY(SELECT n.stored_id FROM judged AS n WHERE n.is_known AND n.stored_id IS NOT NULL)) RETURNING 1),'
		' replaced AS (UPDATE analytics.crawl_errors AS e SET %7$s FROM judged AS n WHERE e.id = n.stored_id AND NOT n.is_known AND NOT n.is_same'
		' AND e.id = ANY (ARRAY(SELECT i.stored_id FROM judged AS i WHERE NOT i.is_known AND NOT i.is_same)) RETURNING 1),'
		' written AS (INSERT INTO analytics.crawl_errors (%8$s) SELECT %4$s FROM judged AS n WHERE n.stored_id IS NULL AND NOT n.is_known ORDER BY n.created_at RETURNING 1),'
		' refused AS (%9$s SELECT $3, $4, $5::integer, t.source_key, t.fault[1], t.fault[3], t.source_row FROM source AS t WHERE t.fault IS NOT NULL RETURNING 1),'
		' t AS (SELECT count(*) AS rows_read, count(*) FILTER (WHERE fault IS NULL) AS good, count(*) FILTER (WHERE fault IS NULL AND coalesce(created_at < (SELECT k.since FROM keep AS k), false)) AS expired FROM source),'
		' j AS (SELECT count(*) AS candidates, count(*) FILTER (WHERE is_known AND stored_id IS NULL) AS known, count(*) FILTER (WHERE NOT is_known AND is_same) AS same,'
		' count(*) FILTER (WHERE NOT is_known AND is_filled) AS filled FROM judged)'
		' SELECT t.rows_read, (SELECT count(*) FROM written), (SELECT count(*) FROM replaced), j.same, j.known + (SELECT count(*) FROM withdrawn) + t.good - t.expired - j.candidates,'
		' t.expired, (SELECT count(*) FROM refused), j.filled FROM t, j',
		p.keep, p.read, p.newest_errors, p.of_new, p.of_stored, p.stored_errors, p.set_new, p.columns, p.reject, analytics.adoption_meeting())
	END,
	/* $6 SQLSTATE, $7 reason; it fails where a row cannot be read as a whole */
	pg_catalog.format('WITH refused AS (%s SELECT $3, $4, $5::integer, s.id::text, $6, $7, row_to_json(s) FROM %s AS s WHERE %s RETURNING 1) SELECT count(*) FROM refused',
		p.reject, p.name, p.in_range),
	/*
	 * $6 is the last key of the pass: its chunk goes on to the end of ours.
	 *
	 * The rows of the source are counted plainly, by their keys alone, and each
	 * must be found here, or a reason why it is not: what is left over is
	 * missing.  What was refused is not looked at again: its types may not be
	 * ours.  Hashes are those of the types, so that equal values have the same.
	 */
	CASE p.target WHEN 'post_analytics' THEN pg_catalog.format(
		'WITH plain AS MATERIALIZED (SELECT s.id::text AS id, %6$s AS project_id FROM %7$s AS s WHERE %8$s), source AS MATERIALIZED (%1$s AND NOT %5$s), candidate AS MATERIALIZED (%2$s),'
		' judged AS MATERIALIZED (SELECT n.source_key, p.id IS NULL AS is_absent, p.id IS NOT NULL AND ROW(%3$s) IS NOT DISTINCT FROM ROW(%4$s) AS is_same,'
		' coalesce((p.crawled_at, p.event_id COLLATE "C") > (n.crawled_at, n.event_id COLLATE "C") OR p.event_id <> '''' AND NOT n.knows_crawl, false) AS is_newer,'
		' hash_record_extended(ROW(%3$s), 0) AS source_hash, CASE WHEN p.id IS NOT NULL THEN hash_record_extended(ROW(%4$s), 0) END AS stored_hash'
		' FROM candidate AS n LEFT JOIN %9$s),'
		' gone AS (SELECT %10$s AS gone)',
		p.read, p.newest_posts, p.of_new, p.of_stored, p.is_rejected, p.project, p.name, p.in_range, p.stored_posts,
		CASE WHEN p.key_sorts_as_ours THEN '(SELECT count(*) FROM analytics.post_analytics AS p WHERE p.event_id = '''' AND ($1::text IS NULL OR p.id > $1::text) AND (p.id <= $2::text OR $2::text = $6::text)'
			' AND NOT EXISTS (SELECT FROM plain AS s WHERE s.id = p.id AND s.project_id IS NOT DISTINCT FROM p.project_id))' ELSE '0::bigint' END)
	ELSE pg_catalog.format(
		'WITH keep AS MATERIALIZED (%1$s), plain AS MATERIALIZED (SELECT s.id::text AS id FROM %8$s AS s WHERE %9$s), source AS MATERIALIZED (%2$s AND NOT %7$s), candidate AS MATERIALIZED (%3$s),'
		' before AS MATERIALIZED (%6$s), entrant AS MATERIALIZED (SELECT n.* FROM candidate AS n WHERE NOT EXISTS (SELECT FROM before AS b WHERE b.event_id = n.event_id)), %10$s,'
		' judged AS MATERIALIZED (SELECT n.source_key, p.id IS NULL AS is_absent, p.id IS NOT NULL AND ROW(%4$s) IS NOT DISTINCT FROM ROW(%5$s) AS is_same,'
		' p.id IS NULL AND k.event_id IS NOT NULL AS is_newer,'
		' hash_record_extended(ROW(%4$s), 0) AS source_hash, CASE WHEN p.id IS NOT NULL THEN hash_record_extended(ROW(%5$s), 0) END AS stored_hash'
		' FROM candidate AS n LEFT JOIN before AS p ON p.event_id = n.event_id LEFT JOIN known AS k ON k.event_id = n.event_id),'
		' gone AS (SELECT - count(*) AS gone FROM analytics.crawl_errors AS e WHERE e.event_id = ANY (ARRAY(SELECT ''adopted:'' || $3 || ''.'' || $4 || '':'' || s.id FROM plain AS s)))',
		p.keep, p.read, p.newest_errors, p.of_new, p.of_stored, p.stored_errors, p.is_rejected, p.name, p.in_range, analytics.adoption_meeting())
	END || pg_catalog.format(
		', verdict AS (SELECT j.*, CASE WHEN j.is_same THEN ''same'' WHEN j.is_newer THEN ''newer'' WHEN j.is_absent THEN ''missing'' ELSE ''different'' END AS word FROM judged AS j'
		' UNION ALL SELECT t.source_key, true, false, false, NULL, NULL, ''unfit'' FROM source AS t WHERE t.fault IS NOT NULL),'
		' x AS (SELECT count(*) AS rejected FROM %1$s AS s WHERE %2$s AND %3$s),'
		' t AS (SELECT count(*) FILTER (WHERE fault IS NULL) AS good, count(*) FILTER (WHERE fault IS NULL AND %4$s) AS expired FROM source),'
		' v AS (SELECT count(*) FILTER (WHERE word <> ''unfit'') AS candidates, count(*) FILTER (WHERE word = ''same'') AS same, count(*) FILTER (WHERE word = ''newer'') AS newer,'
		' count(*) FILTER (WHERE word = ''different'') AS different,'
		' coalesce(sum(source_hash) FILTER (WHERE word <> ''newer''), 0) AS source_checksum, coalesce(sum(stored_hash) FILTER (WHERE word <> ''newer''), 0) AS stored_checksum,'
		' coalesce((array_agg(source_key) FILTER (WHERE word IN (''missing'', ''unfit'', ''different'')))[1:10], ''{}'') AS keys FROM verdict),'
		' e AS (SELECT (SELECT count(*) FROM plain) AS there, v.same, v.newer + t.good - t.expired - v.candidates AS newer, t.expired, x.rejected, v.different FROM t, v, x)'
		' SELECT e.there, e.same, e.newer, e.expired, e.rejected, e.there - e.same - e.newer - e.expired - e.rejected - e.different, e.different, g.gone,'
		' v.source_checksum, v.stored_checksum, v.keys FROM e, v, gone AS g',
		p.name, p.in_range, p.is_rejected, CASE p.target WHEN 'post_analytics' THEN 'false' ELSE 'coalesce(created_at < (SELECT k.since FROM keep AS k), false)' END),
	/* all that are here of this source: those that were found are subtracted */
	CASE p.target WHEN 'post_analytics' THEN 'SELECT 0::bigint'
	ELSE 'SELECT count(*) FROM analytics.crawl_errors AS e WHERE e.item_index < 0 AND starts_with(e.event_id, ''adopted:'' || $1 || ''.'' || $2 || '':'')' END,
	pg_catalog.format('SELECT f.fault[2], f.fault[1], count(*), min(s.id::text), min(f.fault[3]) %s WHERE f.fault IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC, 1',
		p.judged),
	/* clocks may differ a little */
	pg_catalog.format('SELECT x.name, count(*), to_char(extract(epoch FROM max(x.value) - now()) / 3600, ''FM999999990.0'') FROM %s AS s CROSS JOIN LATERAL (VALUES %s) AS x(name, value)'
		' WHERE isfinite(x.value) AND x.value > now() + interval ''5 minutes'' GROUP BY x.name ORDER BY x.name', p.name, p.times)
FROM rows AS p
$function$;
COMMENT ON FUNCTION analytics.adoption_statements(text, text) IS
'internal: the statements that adopt(), verify_adoption() and check_adoption() run on a table of the old service';
