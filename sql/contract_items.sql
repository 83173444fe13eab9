-- The batch and its items: shapes, aliases in their order, defaults, and what an item becomes.
SET timezone = 'UTC';

-- The document with value at path; what is missing on the way is made.
CREATE FUNCTION pg_temp.put(document jsonb, path text[], value jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	IF cardinality(path) = 0 THEN
		RETURN value;
	END IF;
	document := COALESCE(document, '{}');
	RETURN document || jsonb_build_object(path[1], pg_temp.put(document -> path[1], path[2:], value));
END $$;
CREATE FUNCTION pg_temp.put_all(document jsonb, paths text[], vals jsonb[]) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. cardinality(paths) LOOP
		document := pg_temp.put(document, string_to_array(paths[i], '.'), vals[i]);
	END LOOP;
	RETURN document;
END $$;
CREATE FUNCTION pg_temp.event(id text, platform text DEFAULT 'tiktok') RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('event_id', id, 'timestamp', '2025-12-31T00:00:00Z', 'payload', jsonb_build_object(
		'minio_path', 'b/k', 'job_id', 'proj_ci-brand-0', 'content_count', 1, 'platform', platform))
$$;

--
-- Aliases: every combination of those that are there; the first wins.
--
CREATE TEMP TABLE aliases (a serial, stored text, kind text, otherwise text, paths text[]);
INSERT INTO aliases (stored, kind, otherwise, paths) VALUES
	('view_count', 'count', '0', '{item.content.view_count,item.interaction.views,item.interactions.views}'),
	('like_count', 'count', '0', '{item.content.like_count,item.interaction.likes,item.interactions.likes}'),
	('comment_count', 'count', '0', '{item.content.comment_count,item.interaction.comments_count,item.interactions.comments_count}'),
	('share_count', 'count', '0', '{item.content.share_count,item.interaction.shares,item.interactions.shares}'),
	('save_count', 'count', '0', '{item.content.save_count,item.interaction.saves,item.interactions.saves}'),
	('follower_count', 'count', '0', '{item.author.follower_count,item.author.followers}'),
	('fetch_error', 'text', NULL, '{item.meta.fetch_error,item.meta.error_message}'),
	('crawled_at', 'time', 'of receipt', '{item.meta.crawled_at,event.timestamp}'),
	('published_at', 'time', 'of receipt', '{item.meta.published_at,item.meta.crawled_at,event.timestamp}'),
	('task_type', 'text', NULL, '{item.meta.task_type,event.payload.task_type}'),
	('keyword_source', 'text', NULL, '{item.meta.keyword_source,event.payload.keyword}'),
	('pipeline_version', 'text', 'crawler_tiktok_v3', '{item.meta.pipeline_version}'),
	('permalink', 'text', NULL, '{item.meta.permalink,item.content.url}'),
	('author_username', 'text', NULL, '{item.author.username}'),
	('error_code', 'text', NULL, '{item.meta.error_code}'),
	('fetch_status', 'text', 'success', '{}');

-- What stands at the i-th alias.
CREATE FUNCTION pg_temp.sample(kind text, i integer) RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE kind WHEN 'count' THEN to_jsonb(100 + i) WHEN 'time' THEN to_jsonb(format('2025-12-0%sT00:00:00Z', i))
		ELSE to_jsonb(format('text %s', i)) END
$$;
CREATE FUNCTION pg_temp.stored(kind text, i integer) RETURNS text LANGUAGE sql AS $$
	SELECT CASE kind WHEN 'time' THEN format('2025-12-0%sT00:00:00+00:00', i) ELSE pg_temp.sample(kind, i) #>> '{}' END
$$;

CREATE TEMP TABLE alias_cases AS
SELECT row_number() OVER (ORDER BY a, s) AS n, stored, kind, present.paths AS present, vals,
	CASE WHEN first IS NULL THEN otherwise ELSE pg_temp.stored(kind, first) END AS want
FROM aliases, generate_series((1 << cardinality(paths)) - 1, 0, -1) AS s
CROSS JOIN LATERAL (
	SELECT COALESCE(array_agg(path ORDER BY i), '{}') AS paths, COALESCE(array_agg(pg_temp.sample(kind, i::int) ORDER BY i), '{}') AS vals, min(i)::int AS first
	FROM unnest(paths) WITH ORDINALITY AS u(path, i) WHERE s & (1 << i::int - 1) <> 0) AS present;

CREATE TEMP TABLE alias_answers AS
SELECT n, i.*
FROM alias_cases
CROSS JOIN LATERAL pg_temp.put_all(jsonb_build_object('event', pg_temp.event('ci_a' || n) - 'timestamp', 'item',
	jsonb_build_object('meta', jsonb_build_object('id', 'ci_a' || n))), present, vals) AS d,
	analytics.ingest(d -> 'event', jsonb_build_array(d -> 'item')) AS i;

CREATE VIEW pg_temp.posts AS
SELECT p.event_id, p.impact_breakdown, to_jsonb(p)
	|| CASE WHEN crawled_at = received_at THEN '{"crawled_at": "of receipt"}'::jsonb ELSE '{}' END
	|| CASE WHEN published_at = received_at THEN '{"published_at": "of receipt"}'::jsonb ELSE '{}' END AS post
FROM analytics.post_analytics p JOIN analytics.batches b ON b.key = p.event_id;

SELECT stored, array_to_string(present, ' ') AS present, post ->> stored AS got,
	CASE WHEN post IS NULL OR post ->> stored IS DISTINCT FROM want OR impact_breakdown ? 'warnings' THEN concat('WRONG, want ', want) ELSE 'ok' END AS verdict
FROM alias_cases JOIN alias_answers USING (n) LEFT JOIN pg_temp.posts p ON p.event_id = key ORDER BY n;

-- null counts as missing, and so does a value of the wrong type: the next alias is taken.
CREATE TEMP TABLE skipped_cases AS
SELECT row_number() OVER (ORDER BY a, w.name DESC) AS n, stored, w.name, paths, pg_temp.stored(kind, 2) AS want,
	w.value || ARRAY(SELECT pg_temp.sample(kind, i) FROM generate_series(2, cardinality(paths)) AS i) AS vals
FROM aliases, (VALUES ('null', 'null'::jsonb), ('an object', '{}')) AS w(name, value) WHERE cardinality(paths) > 1;
CREATE TEMP TABLE skipped_answers AS
SELECT n, i.*
FROM skipped_cases
CROSS JOIN LATERAL pg_temp.put_all(jsonb_build_object('event', pg_temp.event('ci_s' || n), 'item',
	jsonb_build_object('meta', jsonb_build_object('id', 'ci_s' || n))), paths, vals) AS d,
	analytics.ingest(d -> 'event', jsonb_build_array(d -> 'item')) AS i;
SELECT stored, name AS first_is, post ->> stored AS got, CASE WHEN post ->> stored IS DISTINCT FROM want THEN concat('WRONG, want ', want) ELSE 'ok' END AS verdict,
	impact_breakdown ->> 'warnings' AS warnings
FROM skipped_cases JOIN skipped_answers USING (n) LEFT JOIN pg_temp.posts p ON p.event_id = key ORDER BY n;

--
-- Values: the item's field, what is stored, and whether there is a warning.
--
CREATE TEMP TABLE value_cases AS
SELECT row_number() OVER () AS n, c.*
FROM (VALUES
	('content.view_count', '0', 'view_count', '0', false),
	('content.view_count', '125340', 'view_count', '125340', false),
	('content.view_count', '"125340"', 'view_count', '125340', false),
	('content.view_count', '4611686018427387904', 'view_count', '4611686018427387904', false),
	('content.view_count', '"4611686018427387904"', 'view_count', '4611686018427387904', false),
	('content.view_count', '4611686018427387905', 'view_count', '0', true),
	('content.view_count', '"4611686018427387905"', 'view_count', '0', true),
	('content.view_count', '99999999999999999999999999', 'view_count', '0', true),
	('content.view_count', '-1', 'view_count', '0', true),
	('content.view_count', '"-1"', 'view_count', '0', true),
	('content.view_count', '-0', 'view_count', '0', false),
	('content.view_count', '1.5', 'view_count', '0', true),
	('content.view_count', '"1.5"', 'view_count', '0', true),
	('content.view_count', '12.00', 'view_count', '12', false),
	('content.view_count', '1.2e3', 'view_count', '1200', false),
	('content.view_count', '"1.2e3"', 'view_count', '1200', false),
	('content.view_count', '"many"', 'view_count', '0', true),
	('content.view_count', '""', 'view_count', '0', true),
	('content.view_count', '" 5"', 'view_count', '0', true),
	('content.view_count', 'true', 'view_count', '0', true),
	('content.view_count', '[5]', 'view_count', '0', true),
	('content.view_count', 'null', 'view_count', '0', false),
	('content.like_count', '-5', 'like_count', '0', true),
	('content.comment_count', '-5', 'comment_count', '0', true),
	('content.share_count', '-5', 'share_count', '0', true),
	('content.save_count', '-5', 'save_count', '0', true),
	('author.follower_count', '-5', 'follower_count', '0', true),
	('meta.crawled_at', '"2025-12-06T10:15:30.123+07:00"', 'crawled_at', '2025-12-06T03:15:30.123+00:00', false),
	('meta.crawled_at', '"2025-12-06T10:15:30"', 'crawled_at', '2025-12-31T00:00:00+00:00', true),
	('meta.crawled_at', '"now"', 'crawled_at', '2025-12-31T00:00:00+00:00', true),
	('meta.crawled_at', '1765017000', 'crawled_at', '2025-12-31T00:00:00+00:00', true),
	('meta.published_at', '"infinity"', 'published_at', '2025-12-31T00:00:00+00:00', true),
	('meta.platform', '"YouTube"', 'platform', 'YOUTUBE', false),
	('meta.platform', '"YouTube"', 'pipeline_version', 'crawler_youtube_v3', false),
	('meta.platform', '"MySpace"', 'pipeline_version', 'crawler_myspace_v3', false),
	('meta.platform', 'null', 'platform', 'TIKTOK', false),
	('meta.platform', '5', 'platform', 'TIKTOK', false),
	('meta.platform', '""', 'platform', 'TIKTOK', false),
	('meta.id', '"ế 😀"', 'id', 'ế 😀', false),
	('meta.id', '7312345678901234567', 'id', '7312345678901234567', false),
	('meta.id', to_jsonb(repeat('x', 512))::text, 'id', repeat('x', 512), false),
	('meta.error_details', '{"http": [404]}', 'error_details', '{"http": [404]}', false),
	('meta.error_details', '[404]', 'error_details', NULL, false),
	('meta.fetch_status', '"success"', 'fetch_status', 'success', false),
	('meta.fetch_status', 'null', 'fetch_status', 'success', false),
	('content', 'null', 'view_count', '0', false),
	('content', '[{"view_count": 3}]', 'view_count', '0', false),
	('author', '"someone"', 'author_username', NULL, false),
	('comments', '{"text": "no array"}', 'comment_count', '0', false),
	('comments', '[null, 5, [{"text": "a"}], {"text": null}, {"text": "b", "like_count": {}}]', 'comment_count', '0', false),
	('interaction', '[{"views": 3}]', 'view_count', '0', false),
	('colour', '{"meta": {"id": "no"}}', 'view_count', '0', false)
) AS c(field, value, stored, want, warned);
CREATE TEMP TABLE value_answers AS
SELECT n, i.*
FROM value_cases, analytics.ingest(pg_temp.event('ci_v' || n), jsonb_build_array(
	pg_temp.put(jsonb_build_object('meta', jsonb_build_object('id', 'ci_v' || n)), string_to_array(field, '.'), value::jsonb))) AS i;
SELECT field, left(value, 40) AS value, stored, left(post ->> stored, 40) AS got, impact_breakdown ->> 'warnings' AS warnings,
	CASE WHEN post IS NULL OR post ->> stored IS DISTINCT FROM want OR impact_breakdown ? 'warnings' <> warned THEN concat('WRONG, want ', want) ELSE 'ok' END AS verdict
FROM value_cases JOIN value_answers USING (n) LEFT JOIN pg_temp.posts p ON p.event_id = key ORDER BY n;

-- Several warnings, in the order of the fields.
SELECT status FROM analytics.ingest(pg_temp.event('ci_w'), '{"meta": {"id": "ci_w", "crawled_at": "x", "published_at": "y"},
	"content": {"view_count": -1, "save_count": -1}, "author": {"followers": -1}}');
SELECT impact_breakdown -> 'warnings' AS warnings FROM analytics.post_analytics WHERE event_id = 'ci_w';

-- Verified: a factor of the reach, which is 1 for 9 followers.
CREATE TEMP TABLE verified_cases AS
SELECT row_number() OVER () AS n, c.*
FROM (VALUES
	('{"verified": true}', 1.2), ('{"verified": false}', 1), ('{}', 1), ('{"verified": "true"}', 1.2), ('{"verified": 1}', 1.2), ('{"verified": "1"}', 1.2),
	('{"verified": 0}', 1), ('{"verified": "yes"}', 1), ('{"verified": null}', 1), ('{"verified": {}}', 1),
	('{"is_verified": true}', 1.2), ('{"verified": false, "is_verified": true}', 1), ('{"verified": true, "is_verified": false}', 1.2),
	('{"verified": null, "is_verified": true}', 1.2), ('{"verified": "yes", "is_verified": true}', 1.2)
) AS c(author, want);
CREATE TEMP TABLE verified_answers AS
SELECT n, i.*
FROM verified_cases, analytics.ingest(pg_temp.event('ci_k' || n), jsonb_build_object(
	'meta', jsonb_build_object('id', 'ci_k' || n), 'author', author::jsonb || '{"follower_count": 9}')) AS i;
SELECT author, impact_breakdown ->> 'reach' AS reach, CASE WHEN (impact_breakdown ->> 'reach')::numeric IS DISTINCT FROM want THEN 'WRONG' ELSE 'ok' END AS verdict
FROM verified_cases JOIN verified_answers USING (n) LEFT JOIN analytics.post_analytics p ON p.event_id = key ORDER BY n;

--
-- What an item becomes: all of these in one batch, so none costs another.
--
CREATE TEMP TABLE items AS
SELECT row_number() OVER () - 1 AS n, c.name, c.item::jsonb, c.want
FROM (VALUES
	('good', '{"meta": {"id": "ci_first"}}', 'post'),
	('status success', '{"meta": {"id": "ci_p1", "fetch_status": "success"}}', 'post'),
	('status missing, error fields', '{"meta": {"id": "ci_p2", "fetch_error": "slow", "error_code": "TIMEOUT"}}', 'post'),
	('status error', '{"meta": {"id": "ci_e1", "fetch_status": "error", "fetch_error": "gone", "error_code": "CONTENT_REMOVED"}, "content": null, "author": null, "comments": []}', 'CONTENT_REMOVED'),
	('error_message', '{"meta": {"id": "ci_e2", "fetch_status": "error", "error_message": "late", "error_code": "TIMEOUT"}}', 'TIMEOUT'),
	('nothing said', '{"meta": {"id": "ci_e3", "fetch_status": "error"}}', 'UNKNOWN_ERROR'),
	('code and message null', '{"meta": {"id": "ci_e4", "fetch_status": "error", "error_code": null, "fetch_error": null}}', 'UNKNOWN_ERROR'),
	('code and message empty', '{"meta": {"id": "ci_e5", "fetch_status": "error", "error_code": "", "fetch_error": ""}}', 'UNKNOWN_ERROR'),
	('code and message numbers', '{"meta": {"id": "ci_e6", "fetch_status": "error", "error_code": 404, "fetch_error": 404}}', 'UNKNOWN_ERROR'),
	('code not listed', '{"meta": {"id": "ci_e7", "fetch_status": "error", "error_code": "NEW_CODE"}}', 'NEW_CODE'),
	('status pending', '{"meta": {"id": "ci_o1", "fetch_status": "pending"}}', 'INVALID_RESPONSE'),
	('status in capitals', '{"meta": {"id": "ci_o2", "fetch_status": "SUCCESS", "fetch_error": "why"}}', 'INVALID_RESPONSE'),
	('status empty', '{"meta": {"id": "ci_o3", "fetch_status": ""}}', 'INVALID_RESPONSE'),
	('status number', '{"meta": {"id": "ci_o4", "fetch_status": 200, "error_code": "TIMEOUT"}}', 'INVALID_RESPONSE'),
	('status object', '{"meta": {"id": "ci_o5", "fetch_status": {"a": 1}}}', 'INVALID_RESPONSE'),
	('null', 'null', 'PARSE_ERROR'),
	('number', '5', 'PARSE_ERROR'),
	('string', '"a]b"', 'PARSE_ERROR'),
	('array', '[{"meta": {"id": "ci_x"}}]', 'PARSE_ERROR'),
	('meta missing', '{"content": {"view_count": 1}}', 'PARSE_ERROR'),
	('meta null', '{"meta": null}', 'PARSE_ERROR'),
	('meta number', '{"meta": 5}', 'PARSE_ERROR'),
	('meta array', '{"meta": [{"id": "ci_x"}]}', 'PARSE_ERROR'),
	('id missing', '{"meta": {"platform": "tiktok"}}', 'PARSE_ERROR'),
	('id null', '{"meta": {"id": null}}', 'PARSE_ERROR'),
	('id empty', '{"meta": {"id": ""}}', 'PARSE_ERROR'),
	('id object', '{"meta": {"id": {}}}', 'PARSE_ERROR'),
	('id true', '{"meta": {"id": true}}', 'PARSE_ERROR'),
	('id 513 bytes', '{"meta": {"id": "' || repeat('x', 513) || '"}}', 'PARSE_ERROR'),
	('error without id', '{"meta": {"fetch_status": "error", "error_code": "TIMEOUT"}}', 'PARSE_ERROR'),
	('number of 101 digits', '{"meta": {"id": "ci_x"}, "n": ' || repeat('1', 101) || '}', 'PARSE_ERROR'),
	('depth 129', '{"meta": {"id": "ci_x"}, "z": ' || repeat('[', 128) || repeat(']', 128) || '}', 'PARSE_ERROR'),
	('number of 100 digits, depth 128', '{"meta": {"id": "ci_p3"}, "n": ' || repeat('1', 100) || ', "z": ' || repeat('[', 127) || repeat(']', 127) || '}', 'post'),
	('digits in a string', '{"meta": {"id": "ci_p4"}, "n": "' || repeat('1', 200) || '"}', 'post'),
	('good', '{"meta": {"id": "ci_last"}}', 'post')
) AS c(name, item, want);

SELECT i.* FROM analytics.ingest(pg_temp.event('ci_items'), (SELECT jsonb_agg(item ORDER BY n) FROM items)) AS i;
SELECT n, name, COALESCE(p.id, e.content_id) AS id, COALESCE(e.error_code, 'post') AS became, e.error_category AS category, e.error_message AS message,
	CASE WHEN COALESCE(e.error_code, 'post') <> want OR p.id IS NULL AND e.content_id IS DISTINCT FROM CASE want WHEN 'PARSE_ERROR' THEN 'unknown:' || n ELSE item #>> '{meta,id}' END
		THEN 'WRONG, want ' || want ELSE 'ok' END AS verdict
FROM items LEFT JOIN analytics.post_analytics p ON p.event_id = 'ci_items' AND p.id = item #>> '{meta,id}'
LEFT JOIN analytics.crawl_errors e ON e.event_id = 'ci_items' AND e.item_index = n
ORDER BY n;
SELECT (SELECT count(*) FROM analytics.post_analytics WHERE event_id = 'ci_items') AS posts,
	(SELECT count(*) FROM analytics.crawl_errors WHERE event_id = 'ci_items') AS errors, success_count, error_count
FROM analytics.batches WHERE key = 'ci_items';

--
-- Shapes of the batch.
--
SELECT c.name, i.status, actual_count, success_count, error_count, reason, message,
	CASE WHEN (i.status, actual_count) IS DISTINCT FROM (CASE WHEN want IS NULL THEN 'dead_letter' ELSE 'processed' END, COALESCE(want, 0)) THEN 'WRONG' ELSE 'ok' END AS verdict
FROM (VALUES
	(1, 'array', '[{"meta": {"id": "ci_b1"}}, {"meta": {"id": "ci_b1b"}}]'::jsonb, 2),
	(2, 'empty array', '[]', 0),
	(3, 'wrapper', '{"items": [{"meta": {"id": "ci_b3"}}, {"meta": {"id": "ci_b3b"}}]}', 2),
	(4, 'wrapper with other fields', '{"a": {"items": [1]}, "items": [{"meta": {"id": "ci_b4"}}], "z": 3}', 1),
	(5, 'empty wrapper', '{"items": []}', 0),
	(6, 'lone item', '{"meta": {"id": "ci_b6"}}', 1),
	(7, 'lone item that has items', '{"meta": {"id": "ci_b7"}, "items": [1, 2]}', 1),
	(8, 'items no array', '{"items": 5}', 1),
	(9, 'empty object', '{}', 1),
	(10, 'array of arrays', '[[], []]', 2),
	(11, 'wrapper without meta', '{"meta": null, "items": [{"meta": {"id": "ci_b11"}}, {"meta": {"id": "ci_b11b"}}]}', 2),
	(20, 'number', '5', NULL),
	(21, 'string', '"[]"', NULL),
	(22, 'null', 'null', NULL),
	(23, 'true', 'true', NULL)
) AS c(n, name, items, want), analytics.ingest(pg_temp.event('ci_b' || n), items) AS i ORDER BY n;
SELECT status, actual_count, reason, message FROM analytics.ingest(pg_temp.event('ci_many'), (SELECT jsonb_agg(1) FROM generate_series(1, 100001)));

-- Sizes: another than the usual one is processed and counted.
CREATE TEMP TABLE mismatches AS SELECT platform, label, detail, sum(value) AS value FROM analytics.counters WHERE metric = 'batch_size_mismatch' GROUP BY 1, 2, 3;
SELECT c.platform, size, status, actual_count, expected_count
FROM (VALUES ('tiktok', 50), ('tiktok', 49), ('tiktok', 51), ('tiktok', 0), ('youtube', 20), ('youtube', 50), ('facebook', 7), ('myspace', 7)) AS c(platform, size),
LATERAL (SELECT COALESCE(jsonb_agg(jsonb_build_object('meta', jsonb_build_object('id', 'ci_z' || i))), '[]') FROM generate_series(1, size) AS i) AS b(items),
analytics.ingest(pg_temp.event(concat_ws('_', 'ci_z', c.platform, size), c.platform), items) AS i
CROSS JOIN LATERAL (SELECT expected_size FROM analytics.platforms WHERE name = c.platform UNION ALL SELECT NULL LIMIT 1) AS p(expected_count);
SELECT c.platform, label AS expected, detail AS actual, sum(c.value) - COALESCE(max(m.value), 0) AS more
FROM analytics.counters c LEFT JOIN mismatches m USING (platform, label, detail)
WHERE metric = 'batch_size_mismatch' GROUP BY 1, 2, 3 HAVING sum(c.value) <> COALESCE(max(m.value), 0) ORDER BY 1, 2, 3::int;

-- Other cases count from 0.
TRUNCATE analytics.post_analytics, analytics.crawl_errors, analytics.batches, analytics.dead_letters, analytics.counters;
