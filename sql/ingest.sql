-- ingest(): an event once, the newest crawl of a post, isolation of what cannot be stored, counters.
SET timezone = 'UTC';
SET datestyle = 'ISO';

CREATE FUNCTION pg_temp.event(id text, changes jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('event_id', id, 'timestamp', '2025-12-31T00:00:00Z', 'payload',
		'{"minio_path": "b/k", "job_id": "proj_in-brand-0", "content_count": 1, "platform": "tiktok"}' || changes)
$$;
CREATE FUNCTION pg_temp.item(id text, day integer DEFAULT 1, views integer DEFAULT 0) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('meta', jsonb_build_object('id', id, 'crawled_at', format('2025-12-%sT00:00:00Z', lpad(day::text, 2, '0'))),
		'content', jsonb_build_object('view_count', views))
$$;
CREATE FUNCTION pg_temp.totals() RETURNS TABLE (metric text, platform text, label text, detail text, total bigint) LANGUAGE sql AS $$
	SELECT metric, platform, label, detail, sum(value)::bigint FROM analytics.counters GROUP BY 1, 2, 3, 4
$$;
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.totals();

--
-- An event once.
--
SELECT * FROM analytics.ingest(pg_temp.event('in_once'), jsonb_build_array(pg_temp.item('in_once', 1, 10)));
SELECT * FROM analytics.ingest(pg_temp.event('in_once'), jsonb_build_array(pg_temp.item('in_once', 2, 20)));
SELECT * FROM analytics.ingest(pg_temp.event('in_once', '{"unknown": 1}'), '[]');
SELECT id, view_count, event_id FROM analytics.post_analytics WHERE id = 'in_once';

-- Another body under the same id: each field of the contract tells.
CREATE TEMP TABLE conflicts AS
SELECT row_number() OVER () AS n, changes::jsonb
FROM (VALUES ('{"minio_path": "b/other"}'), ('{"job_id": "proj_in-brand-1"}'), ('{"platform": "youtube"}'), ('{"content_count": 2}'), ('{"batch_index": 1}'),
	('{"batch_index": 0}'), ('{"total_batches": 1}'), ('{"project_id": "proj_in"}'), ('{"task_type": "t"}'), ('{"keyword": "k"}')) AS c(changes);
SELECT changes, i.* FROM conflicts, analytics.ingest(pg_temp.event('in_once', changes), '[]') AS i ORDER BY n;
SELECT status, reason FROM analytics.ingest(pg_temp.event('in_once') || '{"timestamp": "2025-12-31T00:00:01Z"}', '[]');
SELECT status, reason FROM analytics.ingest(pg_temp.event('in_once') || '{"timestamp": "2025-12-31T07:00:00+07:00", "event_type": "data.collected"}', '[]');
SELECT status, reason FROM analytics.ingest(pg_temp.event('in_once', '{"platform": "TIKTOK", "project_id": null}'), '[]');
SELECT count(*) AS letters, count(DISTINCT body) AS bodies, min(event_id) AS event_id, min(deliveries), max(deliveries)
FROM analytics.dead_letters WHERE event_id = 'in_once' AND reason = 'KEY_CONFLICT';
-- Items inside the event belong to its body.
SELECT key, status, reason
FROM (VALUES (1, '[{"meta": {"id": "in_inline"}}]'), (2, '[{"meta": {"id": "in_inline"}}]'), (3, '[]')) AS c(n, items),
	analytics.ingest(pg_temp.event('in_inline') #- '{payload,minio_path}', items::jsonb) ORDER BY n;
-- Without a timestamp it is the same event whenever it comes.
SELECT status FROM analytics.ingest(pg_temp.event('in_untimed') - 'timestamp', '[]');
SELECT status FROM analytics.ingest(pg_temp.event('in_untimed') - 'timestamp', '[]');

-- The ledger.
SELECT key, consumer, object, announced_count, expected_count, actual_count, success_count, error_count, skipped_count, bytes_fetched, bytes_decoded > 0 AS decoded,
	fetch_ms, least(parse_ms, analyse_ms, write_ms) >= 0 AS timed, worker ~ '^session \d+$' AS by_session, redelivered, completed_at >= received_at AS completed
FROM analytics.batches WHERE key = 'in_once';

--
-- The newest crawl of a post, in whatever order they come.
--
SELECT order_of, i.*
FROM (VALUES (1, 'old, new', 'in_n1', 'in_n1a', 1, 1), (2, 'old, new', 'in_n1', 'in_n1b', 2, 2), (3, 'new, old', 'in_n2', 'in_n2a', 2, 2), (4, 'new, old', 'in_n2', 'in_n2b', 1, 1),
	(5, 'same time, greater event last', 'in_n3', 'in_n3a', 1, 1), (6, 'same time, greater event last', 'in_n3', 'in_n3b', 1, 2),
	(7, 'same time, greater event first', 'in_n4', 'in_n4b', 1, 2), (8, 'same time, greater event first', 'in_n4', 'in_n4a', 1, 1)) AS c(n, order_of, id, event, day, views),
	analytics.ingest(pg_temp.event(event), pg_temp.item(id, day, views)) AS i ORDER BY n;
SELECT id, event_id, crawled_at, view_count, CASE WHEN view_count = 2 THEN 'ok' ELSE 'WRONG' END AS verdict
FROM analytics.post_analytics WHERE id ~ '^in_n\d$' ORDER BY 1;
SELECT key, skipped_count FROM analytics.batches WHERE key ~ '^in_n\d' ORDER BY 1;

-- The same post twice in one batch; the later one where both are as old.
SELECT * FROM analytics.ingest(pg_temp.event('in_d1'), jsonb_build_array(pg_temp.item('in_d1', 1, 1), pg_temp.item('in_d1', 3, 3), pg_temp.item('in_d1', 2, 2), pg_temp.item('in_d2', 1, 4), pg_temp.item('in_d2', 1, 5)));
SELECT id, view_count FROM analytics.post_analytics WHERE event_id = 'in_d1' ORDER BY 1;
-- A replaced row is replaced whole.
SELECT status FROM analytics.ingest(pg_temp.event('in_w1', '{"batch_index": 1, "task_type": "t"}'), '{"meta": {"id": "in_whole", "crawled_at": "2025-12-01T00:00:00Z", "permalink": "L", "fetch_error": "e", "error_code": "c", "error_details": {"a": 1}, "keyword_source": "k"},
	"content": {"view_count": -1}, "author": {"username": "u", "followers": 60000}}');
SELECT status FROM analytics.ingest(pg_temp.event('in_w2'), '{"meta": {"id": "in_whole", "platform": "youtube", "crawled_at": "2025-12-02T00:00:00Z"}}');
\x on
SELECT platform, published_at, is_kol, impact_breakdown, follower_count, batch_index, task_type, keyword_source, crawled_at, pipeline_version, fetch_error, error_code, error_details, permalink, author_username, event_id
FROM analytics.post_analytics WHERE id = 'in_whole';
\x off

-- Two projects, and none: a row each.
SELECT key, status, skipped_count
FROM (VALUES (1, 'proj_a-brand-0'), (2, 'proj_b-brand-0'), (3, 'single'), (4, 'other'), (5, 'proj_a-toyota-0')) AS c(n, job),
	analytics.ingest(pg_temp.event('in_p' || n, jsonb_build_object('job_id', job)), pg_temp.item('in_project', n)) ORDER BY n;
SELECT id, project_id, subject, job_id, event_id FROM analytics.post_analytics WHERE id = 'in_project' ORDER BY project_id;

-- A post without text is neutral.
SELECT overall_sentiment, overall_sentiment_score, sentiment_probabilities, aspects_breakdown, keywords, processing_time_ms >= 0 AS timed,
	analyzed_at = (SELECT completed_at FROM analytics.batches b WHERE b.key = p.event_id) AS with_batch
FROM analytics.post_analytics p WHERE event_id = 'in_once';

-- A trigger that ingests another batch meanwhile: both are written whole.
BEGIN;
CREATE FUNCTION pg_temp.ingest_inner() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF NEW.key = 'in_outer' THEN PERFORM analytics.ingest(pg_temp.event('in_inner'), jsonb_build_array(pg_temp.item('in_inner'))); END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER ingest_inner BEFORE INSERT ON analytics.batches FOR EACH ROW EXECUTE FUNCTION pg_temp.ingest_inner();
CREATE TEMP TABLE outside ON COMMIT DROP AS SELECT * FROM pg_temp.totals();
SELECT key, status, success_count, error_count FROM analytics.ingest(pg_temp.event('in_outer'), jsonb_build_array(pg_temp.item('in_outer'), '{"meta": {}}'::jsonb));
SELECT id, event_id FROM analytics.post_analytics WHERE event_id IN ('in_outer', 'in_inner') ORDER BY 1;
SELECT event_id, item_index, error_code FROM analytics.crawl_errors WHERE event_id IN ('in_outer', 'in_inner');
SELECT label, t.total - coalesce(o.total, 0) AS counted FROM pg_temp.totals() t LEFT JOIN outside o USING (metric, platform, label, detail)
WHERE metric = 'items_processed' AND platform = 'tiktok' ORDER BY 1;
ROLLBACK;

--
-- What cannot be stored.
--
BEGIN;
ALTER TABLE analytics.post_analytics ADD CONSTRAINT small CHECK (view_count < 1000) NOT VALID;
SELECT * FROM analytics.ingest(pg_temp.event('in_iso'), jsonb_build_array(pg_temp.item('in_s1'), pg_temp.item('in_s2', 1, 1000), pg_temp.item('in_s3'),
	pg_temp.item('in_s4', 1, 1001), '{"meta": {"id": "in_s5", "fetch_status": "error"}}'::jsonb, pg_temp.item('in_s6')));
SELECT id FROM analytics.post_analytics WHERE event_id = 'in_iso' ORDER BY 1;
SELECT item_index, content_id, error_code, error_category, error_message, error_details FROM analytics.crawl_errors WHERE event_id = 'in_iso' ORDER BY 1;
SELECT actual_count, success_count, error_count, skipped_count FROM analytics.batches WHERE key = 'in_iso';
-- An item that a trigger refuses.
CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not "%"', NEW.id USING ERRCODE = TG_ARGV[0]; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON analytics.post_analytics FOR EACH ROW WHEN (NEW.id = 'in_refused') EXECUTE FUNCTION pg_temp.refuse('P0001');
SELECT * FROM analytics.ingest(pg_temp.event('in_trigger'), jsonb_build_array(pg_temp.item('in_t1'), pg_temp.item('in_refused')));
SELECT content_id, error_code, error_message, error_details FROM analytics.crawl_errors WHERE event_id = 'in_trigger';
-- Trouble that is not the item's is raised, and nothing of the batch is kept.
DROP TRIGGER refuse ON analytics.post_analytics;
CREATE TRIGGER refuse BEFORE INSERT ON analytics.post_analytics FOR EACH ROW WHEN (NEW.id = 'in_refused') EXECUTE FUNCTION pg_temp.refuse('53100');
SAVEPOINT before_trouble;
\set SHOW_CONTEXT never
SELECT * FROM analytics.ingest(pg_temp.event('in_trouble'), jsonb_build_array(pg_temp.item('in_t2'), pg_temp.item('in_refused')));
\set SHOW_CONTEXT errors
ROLLBACK TO before_trouble;
SELECT (SELECT count(*) FROM analytics.batches WHERE key = 'in_trouble') AS batches, (SELECT count(*) FROM analytics.post_analytics WHERE id = 'in_t2') AS posts;
-- A batch that cannot be written even so.
ALTER TABLE analytics.batches ADD CONSTRAINT no_such_job CHECK (job_id <> 'proj_bad-brand-0');
SELECT * FROM analytics.ingest(pg_temp.event('in_failed', '{"job_id": "proj_bad-brand-0"}'), jsonb_build_array(pg_temp.item('in_f1'), pg_temp.item('in_f2')));
SELECT event_id, reason, sqlstate, message, convert_from(body, 'UTF8')::jsonb = pg_temp.event('in_failed', '{"job_id": "proj_bad-brand-0"}') AS body_kept, deliveries
FROM analytics.dead_letters WHERE event_id = 'in_failed';
SELECT (SELECT count(*) FROM analytics.batches WHERE key = 'in_failed') AS batches, (SELECT count(*) FROM analytics.post_analytics WHERE id LIKE 'in\_f_') AS posts,
	(SELECT count(*) FROM analytics.crawl_errors WHERE event_id = 'in_failed') AS errors;
-- Mended, the same event is no duplicate.
ALTER TABLE analytics.batches DROP CONSTRAINT no_such_job;
SELECT * FROM analytics.ingest(pg_temp.event('in_failed', '{"job_id": "proj_bad-brand-0"}'), jsonb_build_array(pg_temp.item('in_f1'), pg_temp.item('in_f2')));
ROLLBACK;

--
-- A rollback leaves nothing.
--
CREATE TEMP TABLE undone AS SELECT * FROM pg_temp.totals();
BEGIN;
SELECT status FROM analytics.ingest(pg_temp.event('in_undone'), '[{"meta": {"id": "in_undone"}}, 5]');
SELECT status FROM analytics.ingest(pg_temp.event('in_undone', '{"job_id": null}'), '[]');
ROLLBACK;
SELECT (SELECT count(*) FROM analytics.batches WHERE key = 'in_undone') AS batches, (SELECT count(*) FROM analytics.post_analytics WHERE event_id = 'in_undone') AS posts,
	(SELECT count(*) FROM analytics.crawl_errors WHERE event_id = 'in_undone') AS errors, (SELECT count(*) FROM analytics.dead_letters WHERE event_id = 'in_undone') AS letters;
(TABLE undone EXCEPT SELECT * FROM pg_temp.totals()) UNION ALL (SELECT * FROM pg_temp.totals() EXCEPT TABLE undone);
SELECT status FROM analytics.ingest(pg_temp.event('in_undone'), '[]');

--
-- Trouble costs the statement, not the session, also amid the search for a bad item.
--
CREATE FUNCTION pg_temp.refuse_some() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	RAISE EXCEPTION 'not "%"', NEW.id USING ERRCODE = CASE NEW.id WHEN 'in_bad' THEN 'P0001' ELSE '53100' END; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON analytics.post_analytics FOR EACH ROW WHEN (NEW.id IN ('in_bad', 'in_full')) EXECUTE FUNCTION pg_temp.refuse_some();
\set SHOW_CONTEXT never
SELECT * FROM analytics.ingest(pg_temp.event('in_alone'), jsonb_build_array(pg_temp.item('in_full')));
SELECT * FROM analytics.ingest(pg_temp.event('in_amid'), jsonb_build_array(pg_temp.item('in_bad'), pg_temp.item('in_full')));
\set SHOW_CONTEXT errors
DROP TRIGGER refuse ON analytics.post_analytics;
SELECT count(*) FROM analytics.batches WHERE key IN ('in_alone', 'in_amid');

--
-- The counters are what counting the tables gives.
--
SELECT key, status, reason
FROM (VALUES (1, '{}', '[{"meta": {"id": "in_c1"}}, {"meta": {"id": "in_c2", "fetch_status": "error", "error_code": "TIMEOUT"}}, {"meta": {"id": "in_c3", "fetch_status": "error"}}, 5]'),
	(2, '{"platform": "YouTube"}', '[{"meta": {"id": "in_c4", "fetch_status": "error", "error_code": "TIMEOUT"}}]'), (3, '{"platform": "myspace"}', '[{"meta": {"id": "in_c5"}}]'),
	(4, '{}', '5'), (5, '{"platform": "youtube"}', '"text"'), (6, '{"job_id": null}', '[]'), (6, '{"job_id": null}', '[]')) AS c(n, changes, items),
	analytics.ingest(pg_temp.event('in_c' || n, changes::jsonb), items::jsonb) ORDER BY n;
CREATE TEMP VIEW counted AS
SELECT a.metric, a.platform, a.label, a.detail, a.total - COALESCE(b.total, 0) AS total
FROM pg_temp.totals() a LEFT JOIN before b USING (metric, platform, label, detail) WHERE a.total <> COALESCE(b.total, 0);
-- A platform that is not listed counts as unknown, and so does an event that cannot be read.
CREATE TEMP VIEW recounted AS
WITH b AS (SELECT *, CASE WHEN platform = 'myspace' THEN 'unknown' ELSE platform END AS counted_as FROM analytics.batches WHERE key LIKE 'in\_%'),
	e AS (SELECT counted_as, error_category, COALESCE(c.code, 'other') AS code FROM analytics.crawl_errors JOIN b USING (event_id) LEFT JOIN analytics.error_codes AS c ON c.code = error_code),
	l AS (SELECT reason, CASE WHEN reason = 'INVALID_EVENT' THEN 'unknown' ELSE convert_from(body, 'UTF8')::jsonb #>> '{payload,platform}' END AS counted_as
		FROM analytics.dead_letters WHERE event_id LIKE 'in\_%')
SELECT 'events_processed' AS metric, counted_as AS platform, '' AS label, '' AS detail, count(*) AS total FROM b GROUP BY 2
UNION ALL SELECT 'batch_processing', counted_as, 'success', '', count(*) FROM b GROUP BY 2
UNION ALL SELECT 'batch_processing', counted_as, 'failed', '', count(*) FROM l WHERE reason = 'INVALID_BATCH' GROUP BY 2
UNION ALL SELECT 'batch_processing_duration', counted_as, '', '', count(*) FROM b GROUP BY 2
UNION ALL SELECT 'batch_parse_duration', counted_as, '', '', count(*) FROM b GROUP BY 2
UNION ALL SELECT 'event_lag', counted_as, '', '', count(*) FROM b GROUP BY 2
UNION ALL SELECT 'event_processing_duration', counted_as, '', '', count(*) FROM (SELECT counted_as FROM b UNION ALL SELECT counted_as FROM l) AS s GROUP BY 2
UNION ALL SELECT 'items_processed', counted_as, 'success', '', sum(success_count) FROM b GROUP BY 2
UNION ALL SELECT 'items_processed', counted_as, 'error', '', sum(error_count) FROM b GROUP BY 2
UNION ALL SELECT 'items_processed', counted_as, 'skipped', '', sum(skipped_count) FROM b GROUP BY 2
UNION ALL SELECT 'batch_size_mismatch', counted_as, expected_count::text, actual_count::text, count(*) FROM b WHERE expected_count <> actual_count GROUP BY 2, 3, 4
UNION ALL SELECT 'processing_errors', counted_as, error_category, '', count(*) FROM e GROUP BY 2, 3
UNION ALL SELECT 'errors_by_code', counted_as, code, '', count(*) FROM e GROUP BY 2, 3
UNION ALL SELECT 'dead_letters', '', reason, '', count(*) FROM l GROUP BY 3
UNION ALL SELECT 'events_failed', counted_as, '', '', count(*) FROM l GROUP BY 2;
-- Events that came are those of the ledger, those of the letters and the duplicates.
SELECT sum(total) FILTER (WHERE metric = 'events_received') AS received, sum(total) FILTER (WHERE metric = 'events_processed') AS processed,
	sum(total) FILTER (WHERE metric = 'events_failed') AS failed, sum(total) FILTER (WHERE metric = 'duplicates_skipped') AS duplicates FROM counted;
SELECT * FROM counted ORDER BY metric COLLATE "C", platform, label, detail;
SELECT 'missing' AS difference, * FROM (SELECT * FROM recounted WHERE total <> 0 EXCEPT SELECT * FROM counted) AS m
UNION ALL
SELECT 'too many', * FROM (SELECT * FROM counted WHERE metric NOT IN ('events_received', 'duplicates_skipped') EXCEPT SELECT * FROM recounted) AS t
ORDER BY 2, 3, 4;
-- A duration has as many observations as its buckets hold.
SELECT count(*) AS wrong FROM analytics.counters WHERE buckets IS NOT NULL AND value <> (SELECT sum(n) FROM unnest(buckets) AS n);

-- Other cases count from 0.
TRUNCATE analytics.post_analytics, analytics.crawl_errors, analytics.batches, analytics.dead_letters, analytics.counters;
