-- Crawl errors: every code and its category, what is kept of an error, and how it is counted.
SET timezone = 'UTC';

CREATE FUNCTION pg_temp.event(id text, project text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('event_id', id, 'payload', jsonb_build_object('minio_path', 'b/k', 'job_id', 'proj_er-brand-0',
		'project_id', project, 'content_count', 1, 'platform', 'tiktok'))
$$;
CREATE FUNCTION pg_temp.error_total() RETURNS TABLE (category text, total numeric) LANGUAGE sql AS $$
	SELECT error_category, total FROM analytics.metric_processing_errors WHERE platform = 'tiktok'
$$;

CREATE TEMP TABLE codes (n serial, category text, retryable boolean, code text);
INSERT INTO codes (category, retryable, code)
SELECT category, retryable, unnest(codes)
FROM (VALUES
	('rate_limiting', true, '{RATE_LIMITED,AUTH_FAILED,ACCESS_DENIED}'::text[]),
	('content', false, '{CONTENT_REMOVED,CONTENT_NOT_FOUND,CONTENT_UNAVAILABLE}'),
	('network', true, '{NETWORK_ERROR,TIMEOUT,CONNECTION_REFUSED,DNS_ERROR}'),
	('parsing', false, '{PARSE_ERROR,INVALID_URL,INVALID_RESPONSE}'),
	('media', false, '{MEDIA_DOWNLOAD_FAILED,MEDIA_TOO_LARGE,MEDIA_FORMAT_ERROR}'),
	('storage', true, '{STORAGE_ERROR,UPLOAD_FAILED,DATABASE_ERROR}'),
	('generic', false, '{UNKNOWN_ERROR,INTERNAL_ERROR}'),
	('generic', NULL, '{NEW_CODE,timeout,TIMEOUT_,"two words","MÃ LỖI"}')
) AS c(category, retryable, codes);

CREATE TEMP TABLE before AS SELECT * FROM pg_temp.error_total();
SELECT i.* FROM analytics.ingest(pg_temp.event('er_codes'), (SELECT jsonb_agg(jsonb_build_object('meta',
	jsonb_build_object('id', 'er_' || n, 'fetch_status', 'error', 'error_code', code)) ORDER BY n) FROM codes)) AS i;

SELECT code, e.error_category, t.retryable,
	CASE WHEN (e.error_code, e.error_category) IS DISTINCT FROM (code, c.category) OR t.retryable IS DISTINCT FROM c.retryable THEN 'WRONG' ELSE 'ok' END AS verdict
FROM codes c LEFT JOIN analytics.crawl_errors e ON e.event_id = 'er_codes' AND e.content_id = 'er_' || n
LEFT JOIN analytics.error_codes t USING (code) ORDER BY n;
SELECT code FROM analytics.error_codes WHERE builtin EXCEPT SELECT code FROM codes;

-- Counted by category.
SELECT a.category, a.total - b.total AS more, (SELECT count(*) FROM codes c WHERE c.category = a.category) AS items
FROM pg_temp.error_total() a JOIN before b USING (category) ORDER BY 1;

-- A code of one's own; the category of another one can be changed.  What was written before stays.
BEGIN;
INSERT INTO analytics.error_codes (code, category, retryable) VALUES ('NEW_CODE', 'media', true);
UPDATE analytics.error_codes SET category = 'network' WHERE code = 'PARSE_ERROR';
SELECT status FROM analytics.ingest(pg_temp.event('er_own'), '[{"meta": {"id": "er_n", "fetch_status": "error", "error_code": "NEW_CODE"}}, 5]');
SELECT event_id, error_code, error_category FROM analytics.crawl_errors WHERE event_id IN ('er_own', 'er_codes') AND error_code IN ('NEW_CODE', 'PARSE_ERROR') ORDER BY 1 DESC, 2;
ROLLBACK;

-- What is kept of an error.
SELECT status FROM analytics.ingest(pg_temp.event('er_kept', 'proj_er'), '[
	{"meta": {"id": "er_all", "platform": "youtube", "permalink": "https://example.com/1", "fetch_status": "error", "fetch_error": "Xoá rồi", "error_code": "CONTENT_REMOVED", "error_details": {"http": 404, "a": [null]}}},
	{"meta": {"id": "er_url", "fetch_status": "error", "error_details": null}, "content": {"url": "https://example.com/2"}},
	{"meta": {"id": "er_none", "fetch_status": "error", "error_details": "text"}},
	"no item"]');
SELECT item_index, content_id, project_id, job_id, platform, error_code, error_message, error_details, permalink
FROM analytics.crawl_errors WHERE event_id = 'er_kept' ORDER BY 1;

-- The same item in two batches is two errors; a redelivered batch adds none.
SELECT key, status FROM (VALUES ('er_twice1'), ('er_twice2'), ('er_twice1')) AS c(id),
	analytics.ingest(pg_temp.event(id), '[{"meta": {"id": "er_t", "fetch_status": "error"}}, {"meta": {"id": "er_t", "fetch_status": "error"}}]');
SELECT event_id, item_index, content_id FROM analytics.crawl_errors WHERE event_id LIKE 'er\_twice%' ORDER BY 1, 2;

-- Other cases count from 0.
TRUNCATE analytics.post_analytics, analytics.crawl_errors, analytics.batches, analytics.dead_letters, analytics.counters;
