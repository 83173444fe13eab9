-- What must hold after a fault, whatever it was: a line NAME=NUMBER for each
-- figure, all of which should be 0.  :'sent' and :'items' are the manifest, as
-- FaultRun.pm writes it; :published is how many events were published and submitted, and
-- :duplicates how many deliveries must have been skipped, NULL where that is not known.
-- In one session; nothing is left behind.

CREATE TEMP TABLE sent (event_id text NOT NULL, fate text NOT NULL);
COPY sent FROM :'sent';
CREATE TEMP TABLE item (event_id text NOT NULL, item_index integer NOT NULL, kind text NOT NULL,
	id text NOT NULL, project_id text NOT NULL, crawled_at timestamptz NOT NULL,
	views bigint NOT NULL, likes bigint NOT NULL, comments bigint NOT NULL, shares bigint NOT NULL, saves bigint NOT NULL, followers bigint NOT NULL);
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

-- I2.  The items of all events that had to become a batch, whether or not they have.
CREATE TEMP TABLE expected_item AS
SELECT i.* FROM item AS i JOIN outcome AS o USING (event_id)
WHERE o.fate = 'batch' OR o.fate = 'any' AND o.batches > 0;

-- A post is its newest crawl; of two of the same moment that of the later event.
CREATE TEMP TABLE expected_post AS
SELECT DISTINCT ON (id, project_id) id, project_id, crawled_at, event_id, views, likes, comments, shares, saves, followers
FROM expected_item WHERE kind = 'post'
ORDER BY id, project_id, crawled_at DESC, event_id COLLATE "C" DESC;
CREATE TEMP TABLE actual_post AS
SELECT id, coalesce(project_id, '') AS project_id, crawled_at, event_id, view_count AS views, like_count AS likes, comment_count AS comments,
	share_count AS shares, save_count AS saves, follower_count AS followers
FROM analytics.post_analytics;
ANALYZE expected_post, actual_post;
SELECT 'posts_missing=' || count(*) FROM (SELECT id, project_id FROM expected_post EXCEPT ALL SELECT id, project_id FROM actual_post) AS x;
SELECT 'posts_extra=' || count(*) FROM (SELECT id, project_id FROM actual_post EXCEPT ALL SELECT id, project_id FROM expected_post) AS x;
CREATE TEMP TABLE wrong_post AS
SELECT e AS expected, a AS actual FROM expected_post AS e JOIN actual_post AS a USING (id, project_id)
WHERE (e.crawled_at, e.event_id, e.views, e.likes, e.comments, e.shares, e.saves, e.followers)
	IS DISTINCT FROM (a.crawled_at, a.event_id, a.views, a.likes, a.comments, a.shares, a.saves, a.followers);
SELECT 'posts_wrong=' || count(*) FROM wrong_post;
SELECT 'wrong post ' || expected::text, actual::text FROM wrong_post LIMIT 10;

CREATE TEMP TABLE expected_error AS
SELECT event_id, item_index, id FROM expected_item WHERE kind = 'error';
CREATE TEMP TABLE actual_error AS
SELECT event_id, item_index, content_id AS id FROM analytics.crawl_errors;
SELECT 'errors_missing=' || count(*) FROM (TABLE expected_error EXCEPT ALL TABLE actual_error) AS x;
SELECT 'errors_extra=' || count(*) FROM (TABLE actual_error EXCEPT ALL TABLE expected_error) AS x;

-- I3.  Counters of these metrics are compared even where the tables, or the counters, have
-- none; others as far as something is recomputed for them below.
CREATE TEMP TABLE compared (metric text PRIMARY KEY);
INSERT INTO compared VALUES ('events_processed'), ('batch_processing'), ('batch_processing_duration'), ('items_processed'),
	('batch_size_mismatch'), ('processing_errors'), ('dead_letters');
CREATE TEMP TABLE batch AS
SELECT coalesce(p.name, 'unknown') AS platform, b.success_count, b.error_count, b.skipped_count,
	b.expected_count::bigint, b.actual_count::bigint, CASE WHEN b.consumer IS NOT NULL THEN b.object END AS object
FROM analytics.batches AS b LEFT JOIN analytics.platforms AS p ON p.name = b.platform;

CREATE TEMP TABLE duration AS
SELECT coalesce(p.name, 'unknown') AS platform, greatest(extract(epoch FROM b.completed_at - b.received_at), 0)::double precision AS seconds
FROM analytics.batches AS b LEFT JOIN analytics.platforms AS p ON p.name = b.platform;

CREATE TEMP TABLE counter_check AS
WITH counted AS (
	SELECT metric, platform, label, detail, sum(value)::bigint AS value
	FROM analytics.counters GROUP BY 1, 2, 3, 4
), total AS (
	SELECT metric, sum(value) AS value FROM counted GROUP BY 1
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
WHERE (metric IN (TABLE compared) OR metric IN (SELECT metric FROM recomputed)) AND label <> 'failed' AND coalesce(c.value, 0) <> coalesce(r.value, 0)
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
) AS r WHERE r.counted <> r.settled
UNION ALL
-- what the broker did not mark as delivered before was published, each time that it was received
SELECT 'events_received', '', 'unmarked', '', r.unmarked, :published FROM (
	SELECT (SELECT coalesce(sum(value), 0) FROM total WHERE metric = 'events_received')
		- (SELECT coalesce(sum(value), 0) FROM total WHERE metric = 'redeliveries') AS unmarked
) AS r WHERE r.unmarked > :published
UNION ALL
-- what was marked is what the ledger says, and what is not seen there: dead letters and duplicates
SELECT 'redeliveries', '', '', '', r.counted, r.least FROM (
	SELECT (SELECT coalesce(sum(value), 0) FROM total WHERE metric = 'redeliveries') AS counted,
		(SELECT count(*) FROM analytics.batches WHERE redelivered) AS least,
		(SELECT count(*) FROM analytics.dead_letters) + (SELECT coalesce(sum(value), 0) FROM total WHERE metric = 'duplicates_skipped') AS unseen
) AS r WHERE r.counted NOT BETWEEN r.least AND r.least + r.unseen
UNION ALL
SELECT 'duplicates_skipped', '', '', '', d.counted, :duplicates FROM (
	SELECT (SELECT coalesce(sum(value), 0) FROM total WHERE metric = 'duplicates_skipped') AS counted
) AS d WHERE d.counted <> :duplicates
UNION ALL
SELECT 'replays', '', 'batch', 'processed', r.counted, r.replays FROM (
	SELECT (SELECT coalesce(sum(value), 0) FROM counted WHERE metric = 'replays' AND label = 'batch' AND detail = 'processed') AS counted,
		(SELECT count(*) FROM analytics.batch_replays) AS replays
) AS r WHERE r.counted <> r.replays
UNION ALL
-- each was asked for; one that another delivery was faster than is not counted
SELECT 'replays', '', 'dead_letter', '', r.counted, r.asked FROM (
	SELECT (SELECT coalesce(sum(value), 0) FROM counted WHERE metric = 'replays' AND label = 'dead_letter') AS counted,
		(SELECT count(*) FROM analytics.dead_letter_history WHERE to_state = 'replayed' AND note IS DISTINCT FROM 'processed by another delivery') AS asked
) AS r WHERE r.counted > r.asked
UNION ALL
SELECT metric, platform, label, detail, value, 0 FROM counted WHERE value < 0
UNION ALL
-- of any histogram
SELECT c.metric || ' buckets', c.platform, '', '', (SELECT sum(b) FROM unnest(c.buckets) AS b), c.value
FROM analytics.counters AS c
WHERE c.buckets IS NOT NULL AND (SELECT sum(b) FROM unnest(c.buckets) AS b) IS DISTINCT FROM c.value
UNION ALL
SELECT 'batch_processing_duration bucket', platform, place::text, '', coalesce(c.value, 0), coalesce(r.value, 0)
FROM (
	SELECT c.platform, b.place, sum(b.value) AS value
	FROM analytics.counters AS c CROSS JOIN LATERAL unnest(c.buckets) WITH ORDINALITY AS b(value, place)
	WHERE c.metric = 'batch_processing_duration' GROUP BY 1, 2
) AS c FULL JOIN (
	SELECT platform, (SELECT count(*) FROM unnest(analytics.histogram_bounds()) AS b WHERE b < d.seconds) + 1 AS place, count(*) AS value
	FROM duration AS d GROUP BY 1, 2
) AS r USING (platform, place)
WHERE coalesce(c.value, 0) <> coalesce(r.value, 0);
SELECT 'counters_wrong=' || count(*) FROM counter_check;
SELECT 'wrong ' || metric, platform, label, detail, counted, recomputed FROM counter_check LIMIT 20;
