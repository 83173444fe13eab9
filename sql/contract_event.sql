-- The event: what each field may be, what is recorded of it, and what makes it a dead letter.
SET timezone = 'UTC';

-- A good event with one change: path is set to value, or taken out where that is NULL.
CREATE FUNCTION pg_temp.event(id text, path text[] DEFAULT '{}', value jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE sql AS $$
	SELECT CASE WHEN value IS NULL THEN good #- path ELSE jsonb_set(good, path, value) END
	FROM (SELECT jsonb_set('{"event_type": "data.collected", "timestamp": "2025-12-06T10:30:00.000Z",
		"payload": {"minio_path": "crawl-results/tiktok/a/batch_000.json", "project_id": "proj_ce", "job_id": "proj_ce-brand-0",
			"batch_index": 1, "content_count": 50, "total_batches": 10, "platform": "tiktok"}}', '{event_id}', to_jsonb(id)) AS good) AS g
$$;

-- Dead letters.
CREATE TEMP TABLE rejected AS
SELECT c.*, pg_temp.event('ce_r' || n, path, value) AS event
FROM (VALUES
	(1, 'event_id missing', '{event_id}'::text[], NULL::jsonb),
	(2, 'event_id null', '{event_id}', 'null'),
	(3, 'event_id number', '{event_id}', '5'),
	(4, 'event_id empty', '{event_id}', '""'),
	(5, 'event_id 201 bytes', '{event_id}', to_jsonb(repeat('x', 201))),
	(6, 'event_id 201 bytes in 67 letters', '{event_id}', to_jsonb(repeat('ế', 67))),
	(10, 'event_type other', '{event_type}', '"data.deleted"'),
	(11, 'event_type upper case', '{event_type}', '"DATA.COLLECTED"'),
	(12, 'event_type number', '{event_type}', '3'),
	(20, 'timestamp a word', '{timestamp}', '"yesterday"'),
	(21, 'timestamp without offset', '{timestamp}', '"2025-12-06T10:30:00"'),
	(22, 'timestamp without time', '{timestamp}', '"2025-12-06"'),
	(23, 'timestamp number', '{timestamp}', '1765017000'),
	(24, 'timestamp of no day', '{timestamp}', '"2025-02-29T10:30:00Z"'),
	(25, 'timestamp of no hour', '{timestamp}', '"2025-12-06T24:00:00Z"'),
	(26, 'timestamp empty', '{timestamp}', '""'),
	(30, 'payload missing', '{payload}', NULL),
	(31, 'payload null', '{payload}', 'null'),
	(32, 'payload array', '{payload}', '[1]'),
	(33, 'payload empty', '{payload}', '{}'),
	(40, 'minio_path missing', '{payload,minio_path}', NULL),
	(41, 'minio_path null', '{payload,minio_path}', 'null'),
	(42, 'minio_path number', '{payload,minio_path}', '5'),
	(43, 'minio_path empty', '{payload,minio_path}', '""'),
	(44, 'minio_path without slash', '{payload,minio_path}', '"nobucket"'),
	(45, 'minio_path without bucket', '{payload,minio_path}', '"/x"'),
	(46, 'minio_path without key', '{payload,minio_path}', '"bucket/"'),
	(47, 'minio_path 2001 bytes', '{payload,minio_path}', to_jsonb('b/' || repeat('x', 1999))),
	(50, 'minio_path and items', '{payload,items}', '[]'),
	(60, 'job_id missing', '{payload,job_id}', NULL),
	(61, 'job_id null', '{payload,job_id}', 'null'),
	(62, 'job_id number', '{payload,job_id}', '7'),
	(63, 'job_id empty', '{payload,job_id}', '""'),
	(64, 'job_id 201 bytes', '{payload,job_id}', to_jsonb(repeat('j', 201))),
	(70, 'platform missing', '{payload,platform}', NULL),
	(71, 'platform null', '{payload,platform}', 'null'),
	(72, 'platform number', '{payload,platform}', '1'),
	(73, 'platform empty', '{payload,platform}', '""'),
	(74, 'platform 101 bytes', '{payload,platform}', to_jsonb(repeat('p', 101))),
	(80, 'content_count missing', '{payload,content_count}', NULL),
	(81, 'content_count null', '{payload,content_count}', 'null'),
	(82, 'content_count negative', '{payload,content_count}', '-1'),
	(83, 'content_count fraction', '{payload,content_count}', '1.5'),
	(84, 'content_count string', '{payload,content_count}', '"50"'),
	(85, 'content_count over 2^63 - 1', '{payload,content_count}', '9223372036854775808'),
	(90, 'project_id number', '{payload,project_id}', '5'),
	(91, 'project_id 201 bytes', '{payload,project_id}', to_jsonb(repeat('p', 201)))
) AS c(n, name, path, value)
UNION ALL
SELECT * FROM (VALUES
	(100, 'not an object', '{}'::text[], NULL::jsonb, '[{"event_id": "ce_r100"}]'::jsonb),
	(101, 'a string', '{}', NULL, '"ce_r101"'),
	(102, 'null', '{}', NULL, 'null')
) AS c;

SELECT name, key = 'ce_r' || n AS has_id, status, actual_count AS items, reason,
	CASE WHEN (status, reason) IS DISTINCT FROM ('dead_letter', 'INVALID_EVENT') THEN 'WRONG' ELSE 'ok' END AS verdict, message
FROM rejected, analytics.ingest(event) ORDER BY n;

-- Each is one letter that keeps its body; the ledger knows nothing of them.
SELECT count(*) AS rejected, count(l.id) AS letters, count(DISTINCT l.id) AS distinct_letters, min(deliveries), max(deliveries)
FROM rejected r LEFT JOIN analytics.dead_letters l ON l.reason = 'INVALID_EVENT' AND convert_from(l.body, 'UTF8')::jsonb = r.event;
SELECT DISTINCT consumer, sqlstate, headers, attempts, state, state_changed_at, event_id IS NULL OR event_id LIKE 'ce_r%' AS id_kept, body_hash = sha256(body) AS hash_of_body
FROM analytics.dead_letters l JOIN rejected r ON l.reason = 'INVALID_EVENT' AND convert_from(l.body, 'UTF8')::jsonb = r.event ORDER BY 7;
SELECT count(*) FROM analytics.batches WHERE key LIKE 'ce_r%';

-- The same bodies again: counted, not written.
SELECT status, reason, count(*) FROM rejected, analytics.ingest(event) GROUP BY 1, 2;
SELECT count(*), min(deliveries), max(deliveries)
FROM rejected r JOIN analytics.dead_letters l ON l.reason = 'INVALID_EVENT' AND convert_from(l.body, 'UTF8')::jsonb = r.event;

-- Accepted: what the ledger records.
CREATE TEMP TABLE accepted AS
SELECT c.*, pg_temp.event('ce_a' || n, path, value) AS event
FROM (VALUES
	(1, 'all fields', '{}'::text[], '{}'::jsonb, 'event_id', 'ce_a1'),
	(2, 'event_id 200 bytes', '{event_id}', to_jsonb(rpad('ce_', 200, 'x')), 'event_id', rpad('ce_', 200, 'x')),
	(3, 'event_id of any letters', '{event_id}', '"ce_ế 😀\t\""', 'event_id', E'ce_ế 😀\t"'),
	(10, 'event_type missing', '{event_type}', NULL, 'event_id', 'ce_a10'),
	(11, 'event_type null', '{event_type}', 'null', 'event_id', 'ce_a11'),
	(20, 'timestamp', '{timestamp}', '"2025-12-06T10:30:00.123456Z"', 'event_time', '2025-12-06T10:30:00.123456+00:00'),
	(21, 'timestamp of another offset', '{timestamp}', '"2025-12-06T10:30:00+07:00"', 'event_time', '2025-12-06T03:30:00+00:00'),
	(22, 'timestamp with a short offset', '{timestamp}', '"2025-12-06T10:30:00-0330"', 'event_time', '2025-12-06T14:00:00+00:00'),
	(23, 'timestamp of nanoseconds', '{timestamp}', '"2025-12-06T10:30:00.1234567Z"', 'event_time', '2025-12-06T10:30:00.123457+00:00'),
	(24, 'timestamp missing', '{timestamp}', NULL, 'event_time', 'of receipt'),
	(25, 'timestamp null', '{timestamp}', 'null', 'event_time', 'of receipt'),
	(30, 'minio_path', '{payload,minio_path}', '"b/k"', 'object', 'b/k'),
	(31, 'minio_path of any letters', '{payload,minio_path}', '"b/a b=+%/Việt/../x//"', 'object', 'b/a b=+%/Việt/../x//'),
	(32, 'minio_path 2000 bytes', '{payload,minio_path}', to_jsonb('b/' || repeat('x', 1998)), 'object', 'b/' || repeat('x', 1998)),
	(33, 'items null', '{payload,items}', 'null', 'object', 'crawl-results/tiktok/a/batch_000.json'),
	(40, 'job_id', '{payload,job_id}', '"single"', 'job_id', 'single'),
	(41, 'job_id 200 bytes', '{payload,job_id}', to_jsonb(repeat('j', 200)), 'job_id', repeat('j', 200)),
	(50, 'platform in capitals', '{payload,platform}', '"TikTok"', 'platform', 'tiktok'),
	(51, 'platform expects', '{payload,platform}', '"youtube"', 'expected_count', '20'),
	(52, 'platform expects nothing', '{payload,platform}', '"facebook"', 'expected_count', NULL),
	(53, 'platform not listed', '{payload,platform}', '"MySpace"', 'platform', 'myspace'),
	(54, 'platform not listed', '{payload,platform}', '"MySpace"', 'expected_count', NULL),
	(55, 'platform 100 bytes', '{payload,platform}', to_jsonb(repeat('p', 100)), 'platform', repeat('p', 100)),
	(60, 'content_count not what comes', '{payload,content_count}', '51', 'announced_count', '51'),
	(61, 'and what came', '{payload,content_count}', '51', 'actual_count', '0'),
	(62, 'content_count 0', '{payload,content_count}', '0', 'announced_count', '0'),
	(63, 'content_count 2^63 - 1', '{payload,content_count}', '9223372036854775807', 'announced_count', '9223372036854775807'),
	(70, 'batch_index', '{payload,batch_index}', '7', 'batch_index', '7'),
	(71, 'batch_index 0', '{payload,batch_index}', '0', 'batch_index', '0'),
	(72, 'batch_index missing', '{payload,batch_index}', NULL, 'batch_index', NULL),
	(73, 'batch_index null', '{payload,batch_index}', 'null', 'batch_index', NULL),
	(74, 'batch_index negative', '{payload,batch_index}', '-1', 'batch_index', NULL),
	(75, 'batch_index string', '{payload,batch_index}', '"7"', 'batch_index', NULL),
	(80, 'total_batches', '{payload,total_batches}', '12', 'total_batches', '12'),
	(81, 'total_batches missing', '{payload,total_batches}', NULL, 'total_batches', NULL),
	(82, 'total_batches array', '{payload,total_batches}', '[1]', 'total_batches', NULL),
	(90, 'task_type number', '{payload,task_type}', '5', 'event_id', 'ce_a90'),
	(91, 'keyword null', '{payload,keyword}', 'null', 'event_id', 'ce_a91'),
	(92, 'project_id', '{payload,project_id}', '"proj_ce"', 'project_id', 'proj_ce'),
	(93, 'project_id 200 bytes', '{payload,project_id}', to_jsonb(repeat('p', 200)), 'project_id', 'proj_ce'),
	(94, 'project_id missing', '{payload,project_id}', NULL, 'project_id', 'proj_ce'),
	(95, 'project_id null', '{payload,project_id}', 'null', 'project_id', 'proj_ce'),
	(96, 'project_id empty', '{payload,project_id}', '""', 'project_id', 'proj_ce'),
	(97, 'unknown fields', '{payload,colour}', '{"a": [1]}', 'event_id', 'ce_a97')
) AS c(n, name, path, value, recorded, want);

CREATE TEMP TABLE answers AS SELECT n, i.* FROM accepted, analytics.ingest(event, '[]') AS i;

SELECT name, status, recorded, left(got, 40) AS got,
	CASE WHEN status <> 'processed' OR got IS DISTINCT FROM want THEN concat('WRONG, want ', want) ELSE 'ok' END AS verdict
FROM accepted JOIN answers USING (n) LEFT JOIN analytics.batches b USING (key)
CROSS JOIN LATERAL (SELECT CASE WHEN recorded = 'event_time' AND b.event_time = b.received_at THEN 'of receipt' ELSE to_jsonb(b) ->> recorded END) AS g(got)
ORDER BY n;

-- Where the items are.
CREATE FUNCTION pg_temp.inline(id text, payload jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('event_id', id, 'payload', '{"job_id": "single", "platform": "tiktok", "content_count": 1}' || payload)
$$;
SELECT name, key, status, actual_count, reason, message
FROM (VALUES
	(1, 'in the event', '{"items": [{"meta": {"id": "ce_i1"}}]}'::jsonb, NULL::jsonb),
	(2, 'in the event, path null', '{"items": [{"meta": {"id": "ce_i2"}}], "minio_path": null}', NULL),
	(3, 'in the event, none', '{"items": []}', NULL),
	(4, 'beside it', '{}', '[{"meta": {"id": "ce_i4"}}]'),
	(5, 'beside it, named', '{"minio_path": "b/k"}', '[{"meta": {"id": "ce_i5"}}]'),
	(6, 'nowhere', '{}', NULL),
	(7, 'nowhere but for null', '{"items": null}', NULL),
	(8, 'an object', '{"items": {"meta": {"id": "ce_i8"}}}', NULL),
	(9, 'a string', '{"items": "ce_i9"}', NULL)
) AS c(n, name, payload, items), analytics.ingest(pg_temp.inline('ce_i' || n, payload), items) ORDER BY n;
SELECT id, event_id, project_id FROM analytics.post_analytics WHERE event_id LIKE 'ce\_i%' ORDER BY 1;
SELECT * FROM analytics.ingest(pg_temp.inline('ce_none', '{"minio_path": "b/k"}'));
SELECT * FROM analytics.ingest(NULL, '[]');

-- Job and project.
CREATE TEMP TABLE jobs AS
SELECT row_number() OVER () AS n, c.*
FROM (VALUES
	('proj_xyz789-brand-0', NULL, 'proj_xyz789', 'brand'),
	('my_project-brand-10', NULL, 'my_project', 'brand'),
	('my-project-name-toyota-10', NULL, 'my-project-name', 'toyota'),
	('proj-with-many-parts-competitor-5', NULL, 'proj-with-many-parts', 'competitor'),
	('550E8400-E29B-41D4-A716-446655440000', NULL, NULL, NULL),
	('550e8400-e29b-41d4-a716-446655440000', 'proj_xyz', NULL, NULL),
	('550e8400-e29b-41d4-a716-446655440000-brand-1', NULL, '550e8400-e29b-41d4-a716-446655440000', 'brand'),
	('single', NULL, NULL, NULL),
	('single', 'proj_xyz', 'proj_xyz', NULL),
	('proj-brand', NULL, NULL, NULL),
	('proj-brand-abc', NULL, NULL, NULL),
	('proj-brand-abc', 'proj', 'proj', NULL),
	('-brand-0', NULL, NULL, NULL),
	('a-b-00000000000000000000001', NULL, 'a', 'b'),
	('proj_xyz-mercedes-benz-0', NULL, 'proj_xyz-mercedes', 'benz'),
	('proj_xyz-mercedes-benz-0', 'proj_xyz', 'proj_xyz', 'mercedes-benz'),
	('proj_xyz-mercedes-benz-0', 'proj_xy', 'proj_xyz-mercedes', 'benz'),
	('my-project-0', 'my-project', 'my-project', NULL),
	('other-brand-0', 'proj_xyz', 'other', 'brand')
) AS c(job, payload, want_project, want_subject);
CREATE TEMP TABLE job_answers AS
SELECT n, i.* FROM jobs, analytics.ingest(pg_temp.inline('ce_j' || n, jsonb_build_object('job_id', job, 'project_id', payload)),
	jsonb_build_array(jsonb_build_object('meta', jsonb_build_object('id', 'ce_j' || n)))) AS i;
SELECT job, payload, p.project_id, p.subject,
	CASE WHEN (p.project_id, p.subject, b.project_id, b.subject) IS DISTINCT FROM (want_project, want_subject, want_project, want_subject)
		THEN 'WRONG' ELSE 'ok' END AS verdict
FROM jobs JOIN job_answers USING (n) LEFT JOIN analytics.batches b USING (key) LEFT JOIN analytics.post_analytics p ON p.event_id = key
ORDER BY n;

-- Other cases count from 0.
TRUNCATE analytics.post_analytics, analytics.crawl_errors, analytics.batches, analytics.dead_letters, analytics.counters;
