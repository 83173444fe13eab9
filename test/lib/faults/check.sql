-- What must hold after a fault, whatever it was: a line NAME=NUMBER for each
-- figure, all of which should be 0.  :'sent' and :'items' are the manifest, as
-- FaultRun.pm writes it.  In one session; nothing is left behind.

CREATE TEMP TABLE sent (event_id text NOT NULL, fate text NOT NULL);
COPY sent FROM :'sent';
CREATE TEMP TABLE item (event_id text NOT NULL, item_index integer NOT NULL, kind text NOT NULL,
	id text NOT NULL, project_id text NOT NULL, crawled_at timestamptz NOT NULL);
COPY item FROM :'items';

-- I1.  What was sent again counts once.
CREATE TEMP TABLE outcome AS
SELECT s.event_id, s.fate, coalesce(b.count, 0) AS batches, coalesce(d.count, 0) AS letters, d.reasons
FROM (SELECT DISTINCT event_id, fate FROM sent) AS s
LEFT JOIN (SELECT event_id, count(*) FROM analytics.batches GROUP BY 1) AS b USING (event_id)
LEFT JOIN (SELECT event_id, count(*), array_agg(reason) AS reasons FROM analytics.dead_letters GROUP BY 1) AS d USING (event_id);
ANALYZE outcome;
SELECT 'events_lost=' || count(*) FROM outcome WHERE batches + letters = 0;
SELECT 'events_twice=' || count(*) FROM outcome WHERE batches + letters > 1;
SELECT 'wrong_fate=' || count(*) FROM outcome
WHERE batches + letters = 1 AND fate <> 'any' AND NOT (CASE fate WHEN 'batch' THEN batches = 1 ELSE fate = ANY (reasons) END);
SELECT 'where ' || event_id, fate, batches, letters, reasons FROM outcome
WHERE batches + letters <> 1 OR fate <> 'any' AND NOT (CASE fate WHEN 'batch' THEN batches = 1 ELSE fate = ANY (coalesce(reasons, '{}')) END)
ORDER BY 1 LIMIT 10;

-- I2.  A post is its newest crawl; of two of the same moment that of the later event.
CREATE TEMP TABLE expected_post AS
SELECT DISTINCT ON (i.id, i.project_id) i.id, i.project_id, i.crawled_at, i.event_id
FROM item AS i JOIN outcome AS o USING (event_id)
WHERE i.kind = 'post' AND o.batches = 1
ORDER BY i.id, i.project_id, i.crawled_at DESC, i.event_id COLLATE "C" DESC;
CREATE TEMP TABLE actual_post AS
SELECT id, coalesce(project_id, '') AS project_id, crawled_at, event_id FROM analytics.post_analytics;
SELECT 'posts_missing=' || count(*) FROM (TABLE expected_post EXCEPT ALL TABLE actual_post) AS x;
SELECT 'posts_extra=' || count(*) FROM (TABLE actual_post EXCEPT ALL TABLE expected_post) AS x;

CREATE TEMP TABLE expected_error AS
SELECT i.event_id, i.item_index, i.id
FROM item AS i JOIN outcome AS o USING (event_id)
WHERE i.kind = 'error' AND o.batches = 1;
CREATE TEMP TABLE actual_error AS
SELECT event_id, item_index, content_id AS id FROM analytics.crawl_errors;
SELECT 'errors_missing=' || count(*) FROM (TABLE expected_error EXCEPT ALL TABLE actual_error) AS x;
SELECT 'errors_extra=' || count(*) FROM (TABLE actual_error EXCEPT ALL TABLE expected_error) AS x;

-- I3.
CREATE TEMP TABLE batch AS
SELECT coalesce(p.name, 'unknown') AS platform, b.success_count, b.error_count, b.skipped_count,
	b.expected_count::bigint, b.actual_count::bigint, CASE WHEN b.consumer IS NOT NULL THEN b.object END AS object
FROM analytics.batches AS b LEFT JOIN analytics.platforms AS p ON p.name = b.platform;

CREATE TEMP TABLE counter_check AS
WITH counted AS (
	SELECT metric, platform, label, detail, sum(value)::bigint AS value
	FROM analytics.counters GROUP BY 1, 2, 3, 4
), recomputed AS (
	SELECT 'events_processed' AS metric, platform, '' AS label, '' AS detail, count(*) AS value FROM batch GROUP BY 2
	UNION ALL SELECT 'batch_processing', platform, 'success', '', count(*) FROM batch GROUP BY 2
	UNION ALL SELECT 'batch_processing_duration', platform, '', '', count(*) FROM batch GROUP BY 2
	UNION ALL SELECT 'batch_parse_duration', platform, '', '', count(*) FROM batch GROUP BY 2
	UNION ALL SELECT 'event_lag', platform, '', '', count(*) FROM batch GROUP BY 2
	UNION ALL SELECT 'batches_fetched', platform, '', '', count(*) FROM batch WHERE object IS NOT NULL GROUP BY 2
	UNION ALL SELECT 'batch_fetch_duration', platform, '', '', count(*) FROM batch WHERE object IS NOT NULL GROUP BY 2
	UNION ALL SELECT 'items_processed', platform, 'success', '', sum(success_count) FROM batch GROUP BY 2
	UNION ALL SELECT 'items_processed', platform, 'error', '', sum(error_count) FROM batch GROUP BY 2
	UNION ALL SELECT 'items_processed', platform, 'skipped', '', sum(skipped_count) FROM batch GROUP BY 2
	UNION ALL SELECT 'batch_size_mismatch', platform, expected_count::text, actual_count::text, count(*)
	FROM batch WHERE expected_count <> actual_count GROUP BY 2, 3, 4
	UNION ALL SELECT 'processing_errors', coalesce(p.name, 'unknown'), e.error_category, '', count(*)
	FROM analytics.crawl_errors AS e JOIN analytics.batches AS b ON b.event_id = e.event_id
	LEFT JOIN analytics.platforms AS p ON p.name = b.platform GROUP BY 2, 3
	UNION ALL SELECT 'errors_by_code', coalesce(p.name, 'unknown'), coalesce(c.code, 'other'), '', count(*)
	FROM analytics.crawl_errors AS e JOIN analytics.batches AS b ON b.event_id = e.event_id
	LEFT JOIN analytics.platforms AS p ON p.name = b.platform LEFT JOIN analytics.error_codes AS c ON c.code = e.error_code GROUP BY 2, 3
	UNION ALL SELECT 'dead_letters', '', reason, '', count(*) FROM analytics.dead_letters GROUP BY 3
)
SELECT metric, platform, label, detail, coalesce(c.value, 0) AS counted, coalesce(r.value, 0) AS recomputed
FROM counted AS c FULL JOIN recomputed AS r USING (metric, platform, label, detail)
WHERE metric IN (SELECT metric FROM recomputed) AND label <> 'failed' AND coalesce(c.value, 0) <> coalesce(r.value, 0)
UNION ALL
SELECT 'events_failed', '', '', '', f.counted, f.letters FROM (
	SELECT (SELECT coalesce(sum(value), 0) FROM counted WHERE metric = 'events_failed') AS counted,
		(SELECT count(*) FROM analytics.dead_letters) AS letters
) AS f WHERE f.counted <> f.letters
UNION ALL
SELECT 'event_processing_duration', '', '', '', f.counted, f.settled FROM (
	SELECT (SELECT coalesce(sum(value), 0) FROM counted WHERE metric = 'event_processing_duration') AS counted,
		(SELECT count(*) FROM analytics.batches) + (SELECT count(*) FROM analytics.dead_letters) AS settled
) AS f WHERE f.counted <> f.settled
UNION ALL
-- the letters of events that were read, and whose batch was at fault; of which platform is not seen in the letter
SELECT 'batch_processing', '', 'failed', '', f.counted, f.letters FROM (
	SELECT (SELECT coalesce(sum(value), 0) FROM counted WHERE metric = 'batch_processing' AND label = 'failed') AS counted,
		(SELECT count(*) FROM analytics.dead_letters
			WHERE reason NOT IN ('INVALID_EVENT', 'EVENT_TOO_LARGE', 'WORKER_CRASH', 'KEY_CONFLICT')) AS letters
) AS f WHERE f.counted <> f.letters
UNION ALL
-- each event that was received is processed, a dead letter, or was known
SELECT 'events_received', '', '', '', r.counted, r.settled FROM (
	SELECT (SELECT coalesce(sum(value), 0) FROM counted WHERE metric = 'events_received') AS counted,
		(SELECT count(*) FROM analytics.batches) + (SELECT count(*) FROM analytics.dead_letters)
			+ (SELECT coalesce(sum(value), 0) FROM counted WHERE metric = 'duplicates_skipped') AS settled
) AS r WHERE r.counted <> r.settled;
SELECT 'counters_wrong=' || count(*) FROM counter_check;
SELECT 'wrong ' || metric, platform, label, detail, counted, recomputed FROM counter_check LIMIT 20;
