----------------------------------------------------------------------
-- Views: is it working
----------------------------------------------------------------------

CREATE VIEW analytics.stat_worker AS
SELECT r.consumer, r.worker, r.pid, r.state, r.state_since, r.reason, r.hint,
	r.broker_connected, r.active_batches, r.unacknowledged, r.fetching, r.bytes_in_flight, r.queue_depth,
	r.received, r.committed_batches, r.committed_items, r.duplicates, r.dead_lettered, r.reconnects,
	r.last_delivery_at, r.last_commit_at, r.oldest_unacknowledged_at,
	r.last_error, r.last_error_sqlstate, r.last_error_at, r.attempts, r.started_at,
	recent.events_per_second, recent.items_per_second
FROM analytics.worker_reports() AS r
LEFT JOIN (
	SELECT w.consumer, w.worker,
		pg_catalog.round((pg_catalog.sum(w.events) / pg_catalog.max(w.span))::numeric, 1) AS events_per_second,
		pg_catalog.round((pg_catalog.sum(w.items_good + w.items_bad) / pg_catalog.max(w.span))::numeric, 1) AS items_per_second
	FROM analytics.recent_work(60) AS w
	GROUP BY 1, 2
) AS recent ON recent.consumer = r.consumer AND recent.worker = r.worker;
COMMENT ON VIEW analytics.stat_worker IS
'one row per worker of this database: what it is doing, and what it has done since it started';
COMMENT ON COLUMN analytics.stat_worker.state IS 'as in status, of this worker';
COMMENT ON COLUMN analytics.stat_worker.active_batches IS 'events taken and not yet settled, of the broker and of the local queue';
COMMENT ON COLUMN analytics.stat_worker.unacknowledged IS 'of these, those of the broker';
COMMENT ON COLUMN analytics.stat_worker.attempts IS 'in a row that failed at what the worker waits for; 0: it waits for nothing';
COMMENT ON COLUMN analytics.stat_worker.events_per_second IS 'events settled per second, in the last minute; NULL: none since the worker first started';
COMMENT ON COLUMN analytics.stat_worker.items_per_second IS 'likewise, of their items';

/*
 * The first line of "verdict" that holds says what a consumer is doing; where
 * none of the reasons outside of its workers holds, the worker that is worst
 * off speaks for all.
 */
CREATE VIEW analytics.status AS
WITH report AS MATERIALIZED (
	SELECT * FROM analytics.worker_reports()
), waiting AS MATERIALIZED (
	SELECT q.consumer, pg_catalog.count(*) AS events
	FROM (SELECT l.consumer FROM analytics.local_queue AS l ORDER BY l.due_at, l.id LIMIT 10000) AS q
	GROUP BY 1
)
SELECT c.name, verdict.state, verdict.since, verdict.reason, verdict.hint,
	c.workers, totals.running AS workers_running,
	CASE WHEN c.broker IS NOT NULL THEN totals.broker_connected END AS broker_connected,
	totals.in_flight, totals.queue_depth, totals.last_delivery_at, totals.last_commit_at,
	latest.last_error, latest.last_error_at,
	totals.lag_seconds, queue.queued,
	recent.events_per_second, recent.items_per_second, totals.oldest_unacknowledged_at,
	latest.last_error_sqlstate, totals.attempts
FROM analytics.consumers AS c
CROSS JOIN analytics.supervisor_report() AS supervisor
CROSS JOIN LATERAL (
	SELECT pg_catalog.count(r.pid)::integer AS running, coalesce(pg_catalog.bool_or(r.broker_connected), false) AS broker_connected,
		coalesce(pg_catalog.sum(r.active_batches), 0)::bigint AS in_flight, pg_catalog.max(r.queue_depth) AS queue_depth,
		pg_catalog.max(r.last_delivery_at) AS last_delivery_at, pg_catalog.max(r.last_commit_at) AS last_commit_at,
		pg_catalog.min(r.oldest_unacknowledged_at) AS oldest_unacknowledged_at, coalesce(pg_catalog.max(r.attempts), 0) AS attempts,
		greatest(coalesce(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - pg_catalog.min(r.oldest_unacknowledged_at)), 0), 0) AS lag_seconds
	FROM report AS r WHERE r.consumer = c.name
) AS totals
CROSS JOIN LATERAL (
	SELECT coalesce(pg_catalog.sum(w.events), 0)::bigint AS queued
	FROM waiting AS w WHERE w.consumer IS NULL OR w.consumer = c.name
) AS queue
CROSS JOIN LATERAL (
	SELECT coalesce(pg_catalog.round((pg_catalog.sum(w.events) / pg_catalog.max(w.span))::numeric, 1), 0) AS events_per_second,
		coalesce(pg_catalog.round((pg_catalog.sum(w.items_good + w.items_bad) / pg_catalog.max(w.span))::numeric, 1), 0) AS items_per_second
	FROM analytics.recent_work(60) AS w WHERE w.consumer = c.name
) AS recent
LEFT JOIN LATERAL (
	SELECT r.last_error, r.last_error_sqlstate, r.last_error_at
	FROM report AS r WHERE r.consumer = c.name AND r.last_error_at IS NOT NULL
	ORDER BY r.last_error_at DESC LIMIT 1
) AS latest ON true
LEFT JOIN LATERAL (
	SELECT r.state, r.state_since, r.reason, r.hint
	FROM report AS r WHERE r.consumer = c.name
	ORDER BY pg_catalog.array_position(ARRAY['misconfigured', 'blocked', 'connecting', 'running', 'idle', 'starting', 'stopped', 'paused'], r.state), r.worker
	LIMIT 1
) AS worst ON true
CROSS JOIN LATERAL (
	SELECT v.state, v.since, v.reason, v.hint
	FROM (VALUES
		(1, NOT supervisor.preloaded, 'stopped', NULL::timestamptz,
			'analytics is not in shared_preload_libraries',
			'Add analytics to shared_preload_libraries and restart the server.'),
		(2, pg_catalog.pg_is_in_recovery(), 'stopped', NULL,
			'this server is a standby', 'Workers start when it is promoted.'),
		(3, NOT c.enabled, 'stopped', NULL,
			'the consumer is not enabled', pg_catalog.format('SELECT analytics.alter_consumer(%L, enabled => true);', c.name)),
		(4, c.paused, 'paused', c.paused_at,
			pg_catalog.format('paused by %s', c.paused_by) || coalesce(': ' || c.pause_reason, ''),
			pg_catalog.format('SELECT analytics.resume(%L);', c.name)),
		(5, c.workers = 0, 'stopped', NULL,
			'the consumer has no workers', pg_catalog.format('SELECT analytics.alter_consumer(%L, workers => 1);', c.name)),
		(6, totals.running = 0 AND supervisor.problem IS NOT NULL, 'stopped', worst.state_since,
			supervisor.problem, supervisor.hint),
		(7, worst.state IS NULL AND supervisor.pid IS NULL, 'stopped', NULL,
			'no supervisor runs for this database',
			'See the server log, and whether the setting analytics.databases leaves this database out.'),
		(8, worst.state IS NULL, 'starting', supervisor.started_at, NULL, NULL),
		(9, true, worst.state, worst.state_since,
			coalesce(worst.reason, supervisor.problem),
			CASE WHEN worst.reason IS NULL AND supervisor.problem IS NOT NULL THEN supervisor.hint ELSE worst.hint END)
	) AS v(place, holds, state, since, reason, hint)
	WHERE v.holds ORDER BY v.place LIMIT 1
) AS verdict;
COMMENT ON VIEW analytics.status IS
'one row per consumer: is it working, since when, and if not, why and what to do';
COMMENT ON COLUMN analytics.status.state IS
'running, idle, paused, starting, connecting, blocked (waits for something to come back), misconfigured (somebody must change something) or stopped';
COMMENT ON COLUMN analytics.status.hint IS 'what mends it';
COMMENT ON COLUMN analytics.status.broker_connected IS 'at least one worker is connected; NULL: the consumer has no broker';
COMMENT ON COLUMN analytics.status.in_flight IS 'batches taken and not yet committed';
COMMENT ON COLUMN analytics.status.queue_depth IS 'the backlog: messages ready in the broker''s queue, as it last said; it is asked about every ten seconds';
COMMENT ON COLUMN analytics.status.last_error IS 'what a worker last failed at, at last_error_at; it may be long over';
COMMENT ON COLUMN analytics.status.last_error_sqlstate IS 'SQLSTATE of last_error';
COMMENT ON COLUMN analytics.status.attempts IS 'in a row that failed at what the consumer waits for, of the worker with most of them; 0: it waits for nothing';
COMMENT ON COLUMN analytics.status.events_per_second IS 'events settled per second, in the last minute';
COMMENT ON COLUMN analytics.status.items_per_second IS 'likewise, of their items';
COMMENT ON COLUMN analytics.status.oldest_unacknowledged_at IS 'when the oldest event came that is taken and not yet settled; NULL: none is';
COMMENT ON COLUMN analytics.status.lag_seconds IS 'age, since its receipt, of the oldest event taken and not yet settled; 0: none is';
COMMENT ON COLUMN analytics.status.queued IS
'events in the local queue, submitted or parked, that this consumer''s workers may take (those for any consumer count for each); of the whole queue the 10000 that are due first are counted';

----------------------------------------------------------------------
-- Views: metrics
--
-- One view per family as scraped.  Label sets that are known beforehand are
-- there at 0; a platform that is not in platforms counts as unknown.
----------------------------------------------------------------------

CREATE VIEW analytics.counter_totals AS
SELECT c.metric, coalesce(p.name, 'unknown') AS platform, c.label, c.detail, pg_catalog.sum(c.value)::bigint AS total
FROM analytics.counters AS c LEFT JOIN analytics.platforms AS p ON p.name = c.platform
WHERE c.buckets IS NULL
GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW analytics.counter_totals IS
'the counters of all workers, added up by platform and labels';

CREATE VIEW analytics.counter_histograms AS
WITH observed AS (
	SELECT c.metric, coalesce(p.name, 'unknown') AS platform, c.value, c.seconds, c.buckets
	FROM analytics.counters AS c LEFT JOIN analytics.platforms AS p ON p.name = c.platform
	WHERE c.buckets IS NOT NULL
), bucket AS (
	SELECT o.metric, o.platform, b.place,
		pg_catalog.sum(pg_catalog.sum(b.observations)) OVER (PARTITION BY o.metric, o.platform ORDER BY b.place) AS observations
	FROM observed AS o CROSS JOIN LATERAL pg_catalog.unnest(o.buckets) WITH ORDINALITY AS b(observations, place)
	GROUP BY 1, 2, 3
), cumulative AS (
	SELECT b.metric, b.platform,
		pg_catalog.array_agg(b.observations::bigint ORDER BY b.place)
			FILTER (WHERE b.place <= pg_catalog.cardinality(analytics.histogram_bounds())) AS buckets
	FROM bucket AS b
	GROUP BY 1, 2
), total AS (
	SELECT o.metric, o.platform, pg_catalog.sum(o.value)::bigint AS observations, pg_catalog.sum(o.seconds) AS seconds
	FROM observed AS o
	GROUP BY 1, 2
)
SELECT t.metric, t.platform, analytics.histogram_bounds() AS seconds, c.buckets AS seconds_bucket,
	t.seconds AS seconds_sum, t.observations AS seconds_count
FROM total AS t JOIN cumulative AS c ON c.metric = t.metric AND c.platform = t.platform;
COMMENT ON VIEW analytics.counter_histograms IS
'the histograms of all workers, added up by platform: upper bounds, cumulative buckets (all but +Inf), sum and count';

CREATE VIEW analytics.metric_batch_size_mismatch AS
WITH ranked AS (
	SELECT t.platform, t.label AS expected_size, t.detail AS actual_size, t.total,
		pg_catalog.row_number() OVER (PARTITION BY t.platform ORDER BY t.total DESC, t.label, t.detail) AS place
	FROM analytics.counter_totals AS t WHERE t.metric = 'batch_size_mismatch'
)
SELECT m.platform, m.expected_size, m.actual_size, pg_catalog.sum(m.total)::bigint AS total
FROM (
	SELECT r.platform, r.expected_size, CASE WHEN r.place <= 50 THEN r.actual_size ELSE 'other' END, r.total
	FROM ranked AS r
	UNION ALL
	SELECT p.name, p.expected_size::text, 'other', 0
	FROM analytics.platforms AS p WHERE p.expected_size IS NOT NULL
) AS m(platform, expected_size, actual_size, total)
GROUP BY 1, 2, 3;
COMMENT ON VIEW analytics.metric_batch_size_mismatch IS
'batches of another size than usual; the 50 commonest sizes of a platform by themselves, the others together';

CREATE VIEW analytics.metric_batch_processing AS
SELECT p.name AS platform, s.status, coalesce(t.total, 0) AS total
FROM analytics.platforms AS p CROSS JOIN (VALUES ('success'), ('failed')) AS s(status)
LEFT JOIN analytics.counter_totals AS t ON t.metric = 'batch_processing' AND t.platform = p.name AND t.label = s.status;
COMMENT ON VIEW analytics.metric_batch_processing IS
'batches by platform and status: success, or failed (a dead letter)';

CREATE VIEW analytics.metric_batch_processing_duration AS
SELECT p.name AS platform, analytics.histogram_bounds() AS seconds,
	coalesce(h.seconds_bucket, pg_catalog.array_fill(0::bigint, ARRAY[pg_catalog.cardinality(analytics.histogram_bounds())])) AS seconds_bucket,
	coalesce(h.seconds_sum, 0) AS seconds_sum, coalesce(h.seconds_count, 0) AS seconds_count
FROM analytics.platforms AS p
LEFT JOIN analytics.counter_histograms AS h ON h.metric = 'batch_processing_duration' AND h.platform = p.name;
COMMENT ON VIEW analytics.metric_batch_processing_duration IS
'time from receipt to commit of a batch: upper bounds, cumulative buckets (all but +Inf), sum and count';

CREATE VIEW analytics.metric_items_processed AS
SELECT p.name AS platform, s.status, coalesce(t.total, 0) AS total
FROM analytics.platforms AS p CROSS JOIN (VALUES ('success'), ('error'), ('skipped')) AS s(status)
LEFT JOIN analytics.counter_totals AS t ON t.metric = 'items_processed' AND t.platform = p.name AND t.label = s.status;
COMMENT ON VIEW analytics.metric_items_processed IS
'items by platform and status: success (a post), error (a crawl error), skipped (a success, but a newer crawl of the post was there)';

CREATE VIEW analytics.metric_processing_errors AS
SELECT p.name AS platform, e.error_category, coalesce(t.total, 0) AS total
FROM analytics.platforms AS p
CROSS JOIN (VALUES ('rate_limiting'), ('content'), ('network'), ('parsing'), ('media'), ('storage'), ('generic')) AS e(error_category)
LEFT JOIN analytics.counter_totals AS t ON t.metric = 'processing_errors' AND t.platform = p.name AND t.label = e.error_category;
COMMENT ON VIEW analytics.metric_processing_errors IS
'crawl errors by platform and category of their code';

CREATE VIEW analytics.metric_events AS
SELECT p.name AS platform, coalesce(received.total, 0) AS received_total,
	coalesce(processed.total, 0) AS processed_total, coalesce(failed.total, 0) AS failed_total
FROM analytics.platforms AS p
LEFT JOIN analytics.counter_totals AS received ON received.metric = 'events_received' AND received.platform = p.name
LEFT JOIN analytics.counter_totals AS processed ON processed.metric = 'events_processed' AND processed.platform = p.name
LEFT JOIN analytics.counter_totals AS failed ON failed.metric = 'events_failed' AND failed.platform = p.name;
COMMENT ON VIEW analytics.metric_events IS
'events by platform: settled for good (received), committed for the first time (processed), made a dead letter (failed)';

CREATE VIEW analytics.metric_duplicates_skipped AS
SELECT k.consumer, pg_catalog.sum(k.value)::bigint AS total
FROM (
	SELECT c.consumer, c.value FROM analytics.counters AS c WHERE c.metric = 'duplicates_skipped'
	UNION ALL
	SELECT n.name, 0 FROM analytics.consumers AS n
) AS k(consumer, value)
GROUP BY 1;
COMMENT ON VIEW analytics.metric_duplicates_skipped IS
'events that had been processed before and were only acknowledged, by consumer; empty: ingest() in a session';

CREATE VIEW analytics.metric_redeliveries AS
SELECT k.consumer, pg_catalog.sum(k.value)::bigint AS total
FROM (
	SELECT c.consumer, c.value FROM analytics.counters AS c WHERE c.metric = 'redeliveries'
	UNION ALL
	SELECT n.name, 0 FROM analytics.consumers AS n
) AS k(consumer, value)
GROUP BY 1;
COMMENT ON VIEW analytics.metric_redeliveries IS
'events that the broker marked as delivered before, by consumer; empty: ingest() in a session';

CREATE VIEW analytics.metric_dead_letters AS
SELECT k.reason, pg_catalog.sum(k.value)::bigint AS total
FROM (
	SELECT c.label, c.value FROM analytics.counters AS c WHERE c.metric = 'dead_letters'
	UNION ALL
	VALUES ('INVALID_EVENT', 0), ('EVENT_TOO_LARGE', 0), ('INVALID_BATCH', 0), ('BATCH_TOO_LARGE', 0), ('FORBIDDEN_BUCKET', 0), ('OBJECT_REFUSED', 0), ('NO_STORE', 0), ('DECODE_FAILED', 0), ('OBJECT_NOT_FOUND', 0), ('RETRY_EXHAUSTED', 0), ('TOO_MANY_ITEMS', 0), ('WORKER_CRASH', 0), ('KEY_CONFLICT', 0), ('WRITE_FAILED', 0)
) AS k(reason, value)
GROUP BY 1;
COMMENT ON VIEW analytics.metric_dead_letters IS
'events that became dead letters, by reason';

CREATE VIEW analytics.metric_active_batches AS
SELECT coalesce(pg_catalog.sum(r.active_batches), 0)::bigint AS active_batches
FROM analytics.worker_reports() AS r;
COMMENT ON VIEW analytics.metric_active_batches IS
'batches taken and not yet committed';

CREATE VIEW analytics.metric_rabbitmq_connection AS
SELECT c.name AS consumer, coalesce(pg_catalog.bool_or(r.broker_connected), false)::integer AS status
FROM analytics.consumers AS c LEFT JOIN analytics.worker_reports() AS r ON r.consumer = c.name
WHERE c.broker IS NOT NULL
GROUP BY 1;
COMMENT ON VIEW analytics.metric_rabbitmq_connection IS
'1 when at least one worker of the consumer is connected to its broker';

CREATE VIEW analytics.metric_scorer_failures AS
SELECT n.consumer, coalesce(pg_catalog.sum(c.value), 0)::bigint AS total
FROM (
	SELECT s.name FROM analytics.consumers AS s WHERE s.scorer IS NOT NULL
	UNION
	SELECT f.consumer FROM analytics.counters AS f WHERE f.metric = 'scorer_failures'
) AS n(consumer)
LEFT JOIN analytics.counters AS c ON c.consumer = n.consumer AND c.metric = 'scorer_failures'
GROUP BY 1;
COMMENT ON VIEW analytics.metric_scorer_failures IS
'batches whose sentiment is neutral because the consumer''s own scorer failed';
