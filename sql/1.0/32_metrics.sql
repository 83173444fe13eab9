----------------------------------------------------------------------
-- Views: metrics
--
-- One view for each family, as it is scraped.  A column of text is a label;
-- any other is a metric, called analytics_, the view's name behind metric_,
-- and the column's name; a column that is named as its view is called by that
-- name alone.  What is called ..._total is a counter, what is an array a
-- histogram, and all else a gauge.  What a column's comment says is what the
-- documentation and the exporters say of it.
--
-- They read counters, the small tables of configuration and shared memory,
-- and of dead_letters and local_queue a bounded part of an index: never what
-- grows with the posts.  Label sets that are known beforehand are there at 0.
--
-- What is folded, a platform that is not listed into unknown, a code into
-- other, a size into other, is folded when it is counted, for good: were it
-- folded here, a counter would jump when somebody takes a row out of platforms,
-- and go back when it is put in again.  Rows of what is no longer listed stay
-- in counters and are not shown.
--
-- What workers do is not told on a standby, where none can run.
----------------------------------------------------------------------

CREATE INDEX dead_letters_pending_reason_idx ON analytics.dead_letters (reason) WHERE state = 'pending';
COMMENT ON INDEX analytics.dead_letters_pending_reason_idx IS 'how many of a reason somebody must decide about';

/* Its rows stay in their places (HOT) as they count: this index does not change then. */
CREATE INDEX counters_metric_idx ON analytics.counters (metric);
COMMENT ON INDEX analytics.counters_metric_idx IS 'what a scrape asks for, family by family';

CREATE INDEX local_queue_consumer_due_at_idx ON analytics.local_queue ((coalesce(consumer, '')), due_at);
COMMENT ON INDEX analytics.local_queue_consumer_due_at_idx IS 'what has been due for a consumer, and since when';

CREATE FUNCTION analytics.age_bounds() RETURNS double precision[]
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'analytics_age_bounds';
COMMENT ON FUNCTION analytics.age_bounds() IS
'upper bounds, in seconds, of the buckets of the histogram event_lag in counters; beyond the last there is one more';

----------------------------------------------------------------------
-- What the views are made of
----------------------------------------------------------------------

CREATE VIEW analytics.counter_totals AS
SELECT c.metric, c.platform, c.label, c.detail, pg_catalog.sum(c.value)::bigint AS total
FROM analytics.counters AS c
WHERE c.buckets IS NULL AND c.metric <> 'last_commit'
GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW analytics.counter_totals IS
'the counters of all workers, added up by platform and labels';

CREATE VIEW analytics.counter_histograms AS
SELECT h.metric, h.platform,
	pg_catalog.array_agg(h.observations ORDER BY h.place) FILTER (WHERE h.place <= pg_catalog.cardinality(analytics.histogram_bounds())) AS seconds_bucket,
	pg_catalog.sum(h.seconds) AS seconds_sum, pg_catalog.max(h.observations) AS seconds_count
FROM (
	SELECT c.metric, c.platform, b.place,
		pg_catalog.sum(pg_catalog.sum(b.observations)) OVER (PARTITION BY c.metric, c.platform ORDER BY b.place)::bigint AS observations,
		pg_catalog.sum(c.seconds) FILTER (WHERE b.place = 1) AS seconds
	FROM analytics.counters AS c
	CROSS JOIN LATERAL pg_catalog.unnest(c.buckets) WITH ORDINALITY AS b(observations, place)
	GROUP BY 1, 2, 3
) AS h
GROUP BY 1, 2;
COMMENT ON VIEW analytics.counter_histograms IS
'the histograms of all workers, added up by platform: cumulative buckets (all but +Inf), sum and count';

CREATE VIEW analytics.consumer_totals AS
SELECT k.consumer, k.metric, k.label, pg_catalog.sum(k.value)::bigint AS total
FROM (
	SELECT c.consumer, c.metric, c.label, c.value FROM analytics.counters AS c
	WHERE c.metric IN ('duplicates_skipped', 'redeliveries', 'rabbitmq_reconnects', 'retries')
	UNION ALL
	SELECT n.name, m.metric, m.label, 0
	FROM analytics.consumers AS n CROSS JOIN (VALUES ('duplicates_skipped', ''), ('redeliveries', ''), ('rabbitmq_reconnects', ''),
		('retries', 'fetch'), ('retries', 'decode'), ('retries', 'commit')) AS m(metric, label)
) AS k
GROUP BY 1, 2, 3;
COMMENT ON VIEW analytics.consumer_totals IS
'the counters of all workers, added up by consumer, and 0 for what a consumer has not counted yet';

----------------------------------------------------------------------
-- Batches and events
----------------------------------------------------------------------

CREATE VIEW analytics.metric_active_batches AS
SELECT coalesce(pg_catalog.sum(r.active_batches), 0)::bigint AS active_batches
FROM analytics.worker_reports() AS r;
COMMENT ON VIEW analytics.metric_active_batches IS 'what the workers have in hand';
COMMENT ON COLUMN analytics.metric_active_batches.active_batches IS 'Batches taken and not yet committed';

CREATE VIEW analytics.metric_batch_size_mismatch AS
SELECT m.platform, m.expected_size, m.actual_size, pg_catalog.sum(m.total)::bigint AS total
FROM (
	SELECT p.name, t.label, t.detail, t.total
	FROM analytics.counter_totals AS t JOIN analytics.platforms AS p ON p.name = t.platform WHERE t.metric = 'batch_size_mismatch'
	UNION ALL
	SELECT p.name, p.expected_size::text, 'other', 0
	FROM analytics.platforms AS p WHERE p.expected_size IS NOT NULL
) AS m(platform, expected_size, actual_size, total)
GROUP BY 1, 2, 3;
COMMENT ON VIEW analytics.metric_batch_size_mismatch IS
'batches of another size than usual; the first 50 sizes that a platform met by themselves, for good, the others together';
COMMENT ON COLUMN analytics.metric_batch_size_mismatch.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_batch_size_mismatch.expected_size IS 'Usual number of items when it was processed';
COMMENT ON COLUMN analytics.metric_batch_size_mismatch.actual_size IS 'Number of items it had, or other';
COMMENT ON COLUMN analytics.metric_batch_size_mismatch.total IS 'Batches that held another number of items than is usual for the platform';

CREATE VIEW analytics.metric_batch_processing AS
SELECT p.name AS platform, s.status, coalesce(t.total, 0) AS total
FROM analytics.platforms AS p CROSS JOIN (VALUES ('success'), ('failed')) AS s(status)
LEFT JOIN analytics.counter_totals AS t ON t.metric = 'batch_processing' AND t.platform = p.name AND t.label = s.status;
COMMENT ON VIEW analytics.metric_batch_processing IS
'batches by platform and what became of them';
COMMENT ON COLUMN analytics.metric_batch_processing.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_batch_processing.status IS 'success, or failed: its event was read and is a dead letter';
COMMENT ON COLUMN analytics.metric_batch_processing.total IS 'Batches processed';

CREATE VIEW analytics.metric_batches_fetched AS
SELECT p.name AS platform, coalesce(t.total, 0) AS total
FROM analytics.platforms AS p
LEFT JOIN analytics.counter_totals AS t ON t.metric = 'batches_fetched' AND t.platform = p.name;
COMMENT ON VIEW analytics.metric_batches_fetched IS
'batches that came out of a store, and not with their event';
COMMENT ON COLUMN analytics.metric_batches_fetched.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_batches_fetched.total IS 'Batches processed that were fetched from a store';

CREATE VIEW analytics.metric_events AS
SELECT p.name AS platform,
	coalesce(pg_catalog.sum(t.total) FILTER (WHERE t.metric = 'events_received'), 0)::bigint AS received_total,
	coalesce(pg_catalog.sum(t.total) FILTER (WHERE t.metric = 'events_processed'), 0)::bigint AS processed_total,
	coalesce(pg_catalog.sum(t.total) FILTER (WHERE t.metric = 'events_failed'), 0)::bigint AS failed_total
FROM analytics.platforms AS p
LEFT JOIN analytics.counter_totals AS t ON t.platform = p.name AND t.metric IN ('events_received', 'events_processed', 'events_failed')
GROUP BY 1;
COMMENT ON VIEW analytics.metric_events IS
'events by platform; what is received is either processed, or a dead letter, or a duplicate';
COMMENT ON COLUMN analytics.metric_events.platform IS 'Platform of the event, unknown where it could not be read';
COMMENT ON COLUMN analytics.metric_events.received_total IS 'Events taken and settled for good, duplicates included';
COMMENT ON COLUMN analytics.metric_events.processed_total IS 'Events whose batch was committed, each once';
COMMENT ON COLUMN analytics.metric_events.failed_total IS 'Events that became dead letters';

----------------------------------------------------------------------
-- Items and errors
----------------------------------------------------------------------

CREATE VIEW analytics.metric_items_processed AS
SELECT p.name AS platform, s.status, coalesce(t.total, 0) AS total
FROM analytics.platforms AS p CROSS JOIN (VALUES ('success'), ('error'), ('skipped')) AS s(status)
LEFT JOIN analytics.counter_totals AS t ON t.metric = 'items_processed' AND t.platform = p.name AND t.label = s.status;
COMMENT ON VIEW analytics.metric_items_processed IS
'items by platform and what became of them';
COMMENT ON COLUMN analytics.metric_items_processed.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_items_processed.status IS
'success (a post), error (a crawl error), or skipped: of the successes, those that were not stored since a newer crawl of the post was there';
COMMENT ON COLUMN analytics.metric_items_processed.total IS 'Items processed';

CREATE VIEW analytics.metric_processing_errors AS
SELECT p.name AS platform, e.error_category, coalesce(t.total, 0) AS total
FROM analytics.platforms AS p
CROSS JOIN (VALUES ('rate_limiting'), ('content'), ('network'), ('parsing'), ('media'), ('storage'), ('generic')) AS e(error_category)
LEFT JOIN analytics.counter_totals AS t ON t.metric = 'processing_errors' AND t.platform = p.name AND t.label = e.error_category;
COMMENT ON VIEW analytics.metric_processing_errors IS
'crawl errors by platform and category of their code';
COMMENT ON COLUMN analytics.metric_processing_errors.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_processing_errors.error_category IS 'Category of the error code';
COMMENT ON COLUMN analytics.metric_processing_errors.total IS 'Items that became crawl errors';

CREATE VIEW analytics.metric_errors_by_category AS
SELECT e.platform, e.error_category, e.total FROM analytics.metric_processing_errors AS e;
COMMENT ON VIEW analytics.metric_errors_by_category IS
'the same as metric_processing_errors, by the name that goes with metric_errors_by_code';
COMMENT ON COLUMN analytics.metric_errors_by_category.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_errors_by_category.error_category IS 'Category of the error code';
COMMENT ON COLUMN analytics.metric_errors_by_category.total IS 'Items that became crawl errors, as analytics_processing_errors_total counts them';

CREATE VIEW analytics.metric_errors_by_code AS
SELECT p.name AS platform, e.error_code, coalesce(t.total, 0) AS total
FROM analytics.platforms AS p
CROSS JOIN (SELECT c.code FROM analytics.error_codes AS c UNION SELECT 'other') AS e(error_code)
LEFT JOIN analytics.counter_totals AS t ON t.metric = 'errors_by_code' AND t.platform = p.name AND t.label = e.error_code;
COMMENT ON VIEW analytics.metric_errors_by_code IS
'crawl errors by platform and code';
COMMENT ON COLUMN analytics.metric_errors_by_code.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_errors_by_code.error_code IS 'Code of the crawl error if error_codes listed it when it was counted, else other';
COMMENT ON COLUMN analytics.metric_errors_by_code.total IS 'Items that became crawl errors, by code';

/* What a worker has done on platforms that it does not tell apart may have been done on any that it does not name. */
CREATE VIEW analytics.metric_error_rate AS
WITH recent AS MATERIALIZED (
	SELECT * FROM analytics.recent_work(300)
)
SELECT p.name AS platform, CASE WHEN w.work > 0 THEN 100.0::double precision * w.bad / w.work ELSE 0 END AS error_rate
FROM analytics.platforms AS p LEFT JOIN (
	SELECT r.platform, pg_catalog.sum(r.items_bad + r.failed)::bigint AS bad,
		pg_catalog.sum(r.items_good + r.items_bad + r.failed)::bigint AS work
	FROM recent AS r
	GROUP BY 1
) AS w ON w.platform = p.name
WHERE NOT EXISTS (
	SELECT FROM recent AS o
	WHERE o.platform IS NULL AND NOT EXISTS (
		SELECT FROM recent AS k WHERE k.consumer = o.consumer AND k.worker = o.worker AND k.platform = p.name));
COMMENT ON VIEW analytics.metric_error_rate IS
'how much of the last five minutes'' work of the workers went wrong; a dead letter, whose items nobody knows, counts as one; no row for a platform beyond the 31 that a worker tells apart, or with a name of 64 bytes or more';
COMMENT ON COLUMN analytics.metric_error_rate.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_error_rate.error_rate IS
'Percent of the items of the last 5 minutes that became crawl errors, by workers and not by ingest() in a session, an event that became a dead letter counting as one item; 0 where there was none';

CREATE VIEW analytics.metric_success_rate AS
SELECT e.platform, 100 - e.error_rate AS success_rate FROM analytics.metric_error_rate AS e;
COMMENT ON VIEW analytics.metric_success_rate IS
'what metric_error_rate leaves of 100 percent';
COMMENT ON COLUMN analytics.metric_success_rate.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_success_rate.success_rate IS
'Percent of the items of the last 5 minutes that became posts, by workers and not by ingest() in a session: what the error rate leaves of 100, which is all where there was none';

----------------------------------------------------------------------
-- Times
----------------------------------------------------------------------

CREATE VIEW analytics.metric_batch_processing_duration AS
SELECT p.name AS platform, analytics.histogram_bounds() AS seconds,
	coalesce(h.seconds_bucket, pg_catalog.array_fill(0::bigint, ARRAY[pg_catalog.cardinality(analytics.histogram_bounds())])) AS seconds_bucket,
	coalesce(h.seconds_sum, 0) AS seconds_sum, coalesce(h.seconds_count, 0) AS seconds_count
FROM analytics.platforms AS p
LEFT JOIN analytics.counter_histograms AS h ON h.metric = 'batch_processing_duration' AND h.platform = p.name;
COMMENT ON VIEW analytics.metric_batch_processing_duration IS
'time from receipt to commit of the batches that were processed: upper bounds, cumulative buckets (all but +Inf), sum and count';
COMMENT ON COLUMN analytics.metric_batch_processing_duration.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_batch_processing_duration.seconds IS 'Time from receipt to commit of a batch';
COMMENT ON COLUMN analytics.metric_batch_processing_duration.seconds_bucket IS 'observations up to each bound';
COMMENT ON COLUMN analytics.metric_batch_processing_duration.seconds_sum IS 'sum of all observations';
COMMENT ON COLUMN analytics.metric_batch_processing_duration.seconds_count IS 'number of all observations';

CREATE VIEW analytics.metric_event_processing_duration AS
SELECT p.name AS platform, analytics.histogram_bounds() AS seconds,
	coalesce(h.seconds_bucket, pg_catalog.array_fill(0::bigint, ARRAY[pg_catalog.cardinality(analytics.histogram_bounds())])) AS seconds_bucket,
	coalesce(h.seconds_sum, 0) AS seconds_sum, coalesce(h.seconds_count, 0) AS seconds_count
FROM analytics.platforms AS p
LEFT JOIN analytics.counter_histograms AS h ON h.metric = 'event_processing_duration' AND h.platform = p.name;
COMMENT ON VIEW analytics.metric_event_processing_duration IS
'the same of every event, those included that became dead letters';
COMMENT ON COLUMN analytics.metric_event_processing_duration.platform IS 'Platform of the event, unknown where it could not be read';
COMMENT ON COLUMN analytics.metric_event_processing_duration.seconds IS 'Time from receipt to commit of an event, whether processed or made a dead letter';
COMMENT ON COLUMN analytics.metric_event_processing_duration.seconds_bucket IS 'observations up to each bound';
COMMENT ON COLUMN analytics.metric_event_processing_duration.seconds_sum IS 'sum of all observations';
COMMENT ON COLUMN analytics.metric_event_processing_duration.seconds_count IS 'number of all observations';

CREATE VIEW analytics.metric_batch_fetch_duration AS
SELECT p.name AS platform, analytics.histogram_bounds() AS seconds,
	coalesce(h.seconds_bucket, pg_catalog.array_fill(0::bigint, ARRAY[pg_catalog.cardinality(analytics.histogram_bounds())])) AS seconds_bucket,
	coalesce(h.seconds_sum, 0) AS seconds_sum, coalesce(h.seconds_count, 0) AS seconds_count
FROM analytics.platforms AS p
LEFT JOIN analytics.counter_histograms AS h ON h.metric = 'batch_fetch_duration' AND h.platform = p.name;
COMMENT ON VIEW analytics.metric_batch_fetch_duration IS
'how long the store took to send each batch that was processed, its last try';
COMMENT ON COLUMN analytics.metric_batch_fetch_duration.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_batch_fetch_duration.seconds IS 'Time to fetch a batch from the store';
COMMENT ON COLUMN analytics.metric_batch_fetch_duration.seconds_bucket IS 'observations up to each bound';
COMMENT ON COLUMN analytics.metric_batch_fetch_duration.seconds_sum IS 'sum of all observations';
COMMENT ON COLUMN analytics.metric_batch_fetch_duration.seconds_count IS 'number of all observations';

CREATE VIEW analytics.metric_batch_parse_duration AS
SELECT p.name AS platform, analytics.histogram_bounds() AS seconds,
	coalesce(h.seconds_bucket, pg_catalog.array_fill(0::bigint, ARRAY[pg_catalog.cardinality(analytics.histogram_bounds())])) AS seconds_bucket,
	coalesce(h.seconds_sum, 0) AS seconds_sum, coalesce(h.seconds_count, 0) AS seconds_count
FROM analytics.platforms AS p
LEFT JOIN analytics.counter_histograms AS h ON h.metric = 'batch_parse_duration' AND h.platform = p.name;
COMMENT ON VIEW analytics.metric_batch_parse_duration IS
'how long it took to decompress and parse each batch that was processed';
COMMENT ON COLUMN analytics.metric_batch_parse_duration.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_batch_parse_duration.seconds IS 'Time to decompress and parse a batch';
COMMENT ON COLUMN analytics.metric_batch_parse_duration.seconds_bucket IS 'observations up to each bound';
COMMENT ON COLUMN analytics.metric_batch_parse_duration.seconds_sum IS 'sum of all observations';
COMMENT ON COLUMN analytics.metric_batch_parse_duration.seconds_count IS 'number of all observations';

CREATE VIEW analytics.metric_event_lag AS
SELECT p.name AS platform, analytics.age_bounds() AS seconds,
	coalesce(h.seconds_bucket, pg_catalog.array_fill(0::bigint, ARRAY[pg_catalog.cardinality(analytics.age_bounds())])) AS seconds_bucket,
	coalesce(h.seconds_sum, 0) AS seconds_sum, coalesce(h.seconds_count, 0) AS seconds_count
FROM analytics.platforms AS p
LEFT JOIN analytics.counter_histograms AS h ON h.metric = 'event_lag' AND h.platform = p.name;
COMMENT ON VIEW analytics.metric_event_lag IS
'how old events were when their batch was committed, by the time that they name';
COMMENT ON COLUMN analytics.metric_event_lag.platform IS 'Platform of the batch';
COMMENT ON COLUMN analytics.metric_event_lag.seconds IS 'Age of an event, by its own timestamp, when its batch was committed';
COMMENT ON COLUMN analytics.metric_event_lag.seconds_bucket IS 'observations up to each bound';
COMMENT ON COLUMN analytics.metric_event_lag.seconds_sum IS 'sum of all observations';
COMMENT ON COLUMN analytics.metric_event_lag.seconds_count IS 'number of all observations';

----------------------------------------------------------------------
-- Consumers, their brokers and stores
----------------------------------------------------------------------

CREATE VIEW analytics.metric_worker_up AS
SELECT c.name AS consumer, pg_catalog.count(r.pid) AS worker_up
FROM analytics.consumers AS c LEFT JOIN analytics.worker_reports() AS r ON r.consumer = c.name
WHERE NOT pg_catalog.pg_is_in_recovery()
GROUP BY 1;
COMMENT ON VIEW analytics.metric_worker_up IS 'how many workers of each consumer run; no row on a standby';
COMMENT ON COLUMN analytics.metric_worker_up.consumer IS 'Consumer';
COMMENT ON COLUMN analytics.metric_worker_up.worker_up IS 'Workers of the consumer that run; 0: none does; absent on a standby';

CREATE VIEW analytics.metric_workers AS
SELECT c.name AS consumer, c.workers AS configured
FROM analytics.consumers AS c
WHERE NOT pg_catalog.pg_is_in_recovery();
COMMENT ON VIEW analytics.metric_workers IS 'how many workers each consumer should have; no row on a standby';
COMMENT ON COLUMN analytics.metric_workers.consumer IS 'Consumer';
COMMENT ON COLUMN analytics.metric_workers.configured IS 'Workers that the consumer should have while it is not paused; absent on a standby';

CREATE VIEW analytics.metric_consumer_paused AS
SELECT c.name AS consumer,
	(c.paused OR NOT c.enabled OR c.workers = 0 OR pg_catalog.pg_is_in_recovery())::integer AS consumer_paused
FROM analytics.consumers AS c;
COMMENT ON VIEW analytics.metric_consumer_paused IS 'which consumers are not meant to work, so that nobody is called for those';
COMMENT ON COLUMN analytics.metric_consumer_paused.consumer IS 'Consumer';
COMMENT ON COLUMN analytics.metric_consumer_paused.consumer_paused IS '1 while the consumer is not meant to work: paused, not enabled, without workers, or on a standby; else 0';

CREATE VIEW analytics.metric_last_commit_timestamp AS
SELECT c.name AS consumer, coalesce(pg_catalog.max(k.value), 0) / 1e6::double precision AS seconds
FROM analytics.consumers AS c LEFT JOIN analytics.counters AS k ON k.consumer = c.name AND k.metric = 'last_commit'
GROUP BY 1;
COMMENT ON VIEW analytics.metric_last_commit_timestamp IS
'when each consumer last settled an event for good, kept through restarts';
COMMENT ON COLUMN analytics.metric_last_commit_timestamp.consumer IS 'Consumer';
COMMENT ON COLUMN analytics.metric_last_commit_timestamp.seconds IS
'Unix time at which the consumer last committed a batch, a dead letter or a duplicate; 0: never';

CREATE VIEW analytics.metric_queue_messages_ready AS
SELECT r.consumer, pg_catalog.max(r.queue_depth) AS queue_messages_ready
FROM analytics.worker_reports() AS r
WHERE r.queue_depth IS NOT NULL
GROUP BY 1;
COMMENT ON VIEW analytics.metric_queue_messages_ready IS
'the length of each consumer''s queue, as the broker last told a worker; no row while none is connected, since nobody knows';
COMMENT ON COLUMN analytics.metric_queue_messages_ready.consumer IS 'Consumer';
COMMENT ON COLUMN analytics.metric_queue_messages_ready.queue_messages_ready IS
'Messages ready in the queue of the consumer, as the broker last said; absent while no worker is connected to it';

CREATE FUNCTION analytics.local_queue_due() RETURNS TABLE (consumer text, events bigint, oldest timestamptz)
LANGUAGE c STABLE STRICT ROWS 10 SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME', 'analytics_local_queue_due';
COMMENT ON FUNCTION analytics.local_queue_due() IS 'internal: what each consumer has to do in the local queue, up to a bound; see the view metric_local_queue';

CREATE VIEW analytics.metric_local_queue AS
SELECT d.consumer, d.events, greatest(coalesce(pg_catalog.date_part('epoch', pg_catalog.now() - d.oldest), 0), 0) AS age_seconds
FROM analytics.local_queue_due() AS d
WHERE NOT pg_catalog.pg_is_in_recovery();
COMMENT ON VIEW analytics.metric_local_queue IS
'what each consumer has to do in the local queue, submitted or parked: events that are due and not yet settled; those for any consumer count for each; no row on a standby';
COMMENT ON COLUMN analytics.metric_local_queue.consumer IS 'Consumer';
COMMENT ON COLUMN analytics.metric_local_queue.events IS
'Events of the local queue that are due for the consumer, or are being processed; of its own and of those for any consumer up to 1000 each are counted';
COMMENT ON COLUMN analytics.metric_local_queue.age_seconds IS 'How long the oldest of them has been due; 0: none is';

CREATE VIEW analytics.metric_unacked_deliveries AS
SELECT c.name AS consumer, coalesce(pg_catalog.sum(r.unacknowledged), 0)::bigint AS unacked_deliveries
FROM analytics.consumers AS c LEFT JOIN analytics.worker_reports() AS r ON r.consumer = c.name
WHERE NOT pg_catalog.pg_is_in_recovery()
GROUP BY 1;
COMMENT ON VIEW analytics.metric_unacked_deliveries IS 'what the workers of each consumer hold of their broker''s; no row on a standby';
COMMENT ON COLUMN analytics.metric_unacked_deliveries.consumer IS 'Consumer';
COMMENT ON COLUMN analytics.metric_unacked_deliveries.unacked_deliveries IS 'Deliveries of the broker that are taken and not yet acknowledged';

CREATE VIEW analytics.metric_rabbitmq_connection AS
SELECT c.name AS consumer, coalesce(pg_catalog.bool_or(r.broker_connected), false)::integer AS status
FROM analytics.consumers AS c LEFT JOIN analytics.worker_reports() AS r ON r.consumer = c.name
WHERE c.broker IS NOT NULL AND NOT pg_catalog.pg_is_in_recovery()
GROUP BY 1;
COMMENT ON VIEW analytics.metric_rabbitmq_connection IS
'which consumers are connected to their broker; those that have none are left out, and all on a standby';
COMMENT ON COLUMN analytics.metric_rabbitmq_connection.consumer IS 'Consumer that has a broker';
COMMENT ON COLUMN analytics.metric_rabbitmq_connection.status IS '1 when at least one worker of the consumer is connected to its broker, else 0; absent on a standby';

CREATE VIEW analytics.metric_rabbitmq_reconnects AS
SELECT t.consumer, t.total FROM analytics.consumer_totals AS t WHERE t.metric = 'rabbitmq_reconnects';
COMMENT ON VIEW analytics.metric_rabbitmq_reconnects IS
'connections to the broker that workers made anew; the first of a worker is none';
COMMENT ON COLUMN analytics.metric_rabbitmq_reconnects.consumer IS 'Consumer';
COMMENT ON COLUMN analytics.metric_rabbitmq_reconnects.total IS 'Connections to the broker that were made in the place of one that was lost or closed';

CREATE VIEW analytics.metric_minio_connection_errors AS
SELECT k.reason, pg_catalog.sum(k.value)::bigint AS total
FROM (
	SELECT c.label, c.value FROM analytics.counters AS c WHERE c.metric = 'minio_connection_errors'
	UNION ALL
	VALUES ('unreachable', 0), ('timeout', 0), ('server_error', 0), ('denied', 0), ('no_bucket', 0), ('misconfigured', 0), ('other', 0)
) AS k(reason, value)
GROUP BY 1;
COMMENT ON VIEW analytics.metric_minio_connection_errors IS
'requests to the store that failed for its own sake, probes included; an object that is not there is none';
COMMENT ON COLUMN analytics.metric_minio_connection_errors.reason IS
'unreachable (no connection, or it broke), timeout, server_error (5xx, or too many requests), denied, no_bucket, misconfigured (certificate, redirect, no S3 server), other (this machine, for want of memory)';
COMMENT ON COLUMN analytics.metric_minio_connection_errors.total IS 'Requests to the object store that failed for the store''s own sake';

CREATE VIEW analytics.metric_retries AS
SELECT t.consumer, t.label AS stage, t.total FROM analytics.consumer_totals AS t WHERE t.metric = 'retries';
COMMENT ON VIEW analytics.metric_retries IS 'what failed and is tried again, by stage';
COMMENT ON COLUMN analytics.metric_retries.consumer IS 'Consumer';
COMMENT ON COLUMN analytics.metric_retries.stage IS 'fetch (of one batch), decode (of one batch, for want of memory), or commit (of a group of batches)';
COMMENT ON COLUMN analytics.metric_retries.total IS 'Failures after which the same was tried again';

CREATE VIEW analytics.metric_redeliveries AS
SELECT t.consumer, t.total FROM analytics.consumer_totals AS t WHERE t.metric = 'redeliveries';
COMMENT ON VIEW analytics.metric_redeliveries IS
'events that the broker marked as delivered before';
COMMENT ON COLUMN analytics.metric_redeliveries.consumer IS 'Consumer; empty: ingest() in a session';
COMMENT ON COLUMN analytics.metric_redeliveries.total IS 'Events that the broker had delivered before';

CREATE VIEW analytics.metric_duplicates_skipped AS
SELECT t.consumer, t.total FROM analytics.consumer_totals AS t WHERE t.metric = 'duplicates_skipped';
COMMENT ON VIEW analytics.metric_duplicates_skipped IS
'events that had been processed before and were only acknowledged';
COMMENT ON COLUMN analytics.metric_duplicates_skipped.consumer IS 'Consumer; empty: ingest() in a session';
COMMENT ON COLUMN analytics.metric_duplicates_skipped.total IS 'Events that had been processed before';

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
COMMENT ON COLUMN analytics.metric_scorer_failures.consumer IS 'Consumer with a scorer of its own';
COMMENT ON COLUMN analytics.metric_scorer_failures.total IS 'Batches whose sentiment is neutral because the scorer failed';

----------------------------------------------------------------------
-- Dead letters, replay, retention
----------------------------------------------------------------------

/*
 * BETWEEN, and not =, lets ORDER BY mean something: the index of the reasons
 * is then the one way to their order, however many of them are expected.
 */
CREATE VIEW analytics.metric_dead_letters AS
SELECT k.reason, pg_catalog.sum(k.value)::bigint AS total, (
	SELECT pg_catalog.count(*) FROM (
		SELECT FROM analytics.dead_letters AS d
		WHERE d.state = 'pending' AND d.reason BETWEEN k.reason AND k.reason AND NOT pg_catalog.pg_is_in_recovery()
		ORDER BY d.reason LIMIT 1000
	) AS pending
) AS dead_letters
FROM (
	SELECT c.label, c.value FROM analytics.counters AS c WHERE c.metric = 'dead_letters'
	UNION ALL
	VALUES ('INVALID_EVENT', 0), ('EVENT_TOO_LARGE', 0), ('INVALID_BATCH', 0), ('BATCH_TOO_LARGE', 0), ('FORBIDDEN_BUCKET', 0), ('OBJECT_REFUSED', 0), ('NO_STORE', 0), ('DECODE_FAILED', 0), ('OBJECT_NOT_FOUND', 0), ('RETRY_EXHAUSTED', 0), ('TOO_MANY_ITEMS', 0), ('WORKER_CRASH', 0), ('KEY_CONFLICT', 0), ('WRITE_FAILED', 0)
) AS k(reason, value)
GROUP BY 1;
COMMENT ON VIEW analytics.metric_dead_letters IS
'dead letters by reason: how many there have been in all, and how many somebody must decide about';
COMMENT ON COLUMN analytics.metric_dead_letters.reason IS 'Why the event could not be processed';
COMMENT ON COLUMN analytics.metric_dead_letters.total IS 'Events that became dead letters';
COMMENT ON COLUMN analytics.metric_dead_letters.dead_letters IS
'Dead letters that are pending: neither replayed nor discarded; counted up to 1000, which means that or more; 0 on a standby, where nobody can decide';

CREATE VIEW analytics.metric_replays AS
SELECT k.kind, k.status, coalesce(pg_catalog.sum(c.value), 0)::bigint AS total
FROM (VALUES ('dead_letter', 'processed'), ('dead_letter', 'failed'), ('batch', 'processed'), ('batch', 'failed')) AS k(kind, status)
LEFT JOIN analytics.counters AS c ON c.metric = 'replays' AND c.label = k.kind AND c.detail = k.status
GROUP BY 1, 2;
COMMENT ON VIEW analytics.metric_replays IS
'replayed dead letters and batches, by what became of them';
COMMENT ON COLUMN analytics.metric_replays.kind IS 'dead_letter or batch';
COMMENT ON COLUMN analytics.metric_replays.status IS 'processed, or failed: a dead letter, again';
COMMENT ON COLUMN analytics.metric_replays.total IS 'Replays that were settled';

CREATE VIEW analytics.metric_retention AS
SELECT k.name AS table_name, coalesce(pg_catalog.sum(c.value), 0)::bigint AS deleted_total,
	CASE k.name WHEN 'dead_letters' THEN (
		SELECT pg_catalog.count(*) FROM (
			SELECT FROM analytics.dead_letters AS d
			WHERE d.state = 'pending' AND d.created_at < (
				SELECT pg_catalog.now() - s.value * interval '1 day' FROM analytics.settings AS s
				WHERE s.name = 'retention.dead_letters_days' AND s.value > 0)
			ORDER BY d.created_at LIMIT 1000
		) AS old)
	ELSE 0 END AS kept
FROM (VALUES ('batches'), ('crawl_errors'), ('dead_letters'), ('dead_letter_history')) AS k(name)
LEFT JOIN analytics.counters AS c ON c.metric = 'retention' AND c.label = k.name
GROUP BY 1;
COMMENT ON VIEW analytics.metric_retention IS
'rows that retention has deleted, by table, and those that it would if somebody had decided about them';
COMMENT ON COLUMN analytics.metric_retention.table_name IS 'Table that rows were deleted from';
COMMENT ON COLUMN analytics.metric_retention.deleted_total IS
'Rows deleted since they were old enough; of batches: a redelivery of these events is processed as a new event';
COMMENT ON COLUMN analytics.metric_retention.kept IS
'Rows that are old enough and stay: dead letters that are pending, which somebody must replay or discard; counted up to 1000';

----------------------------------------------------------------------
-- The installation
----------------------------------------------------------------------

CREATE VIEW analytics.metric_database_connection_pool_size AS
SELECT pg_catalog.count(r.pid) AS database_connection_pool_size
FROM analytics.worker_reports() AS r;
COMMENT ON VIEW analytics.metric_database_connection_pool_size IS 'workers that run: each is one connection to the database';
COMMENT ON COLUMN analytics.metric_database_connection_pool_size.database_connection_pool_size IS 'Workers connected to the database';

CREATE VIEW analytics.metric_in_recovery AS
SELECT pg_catalog.pg_is_in_recovery()::integer AS in_recovery;
COMMENT ON VIEW analytics.metric_in_recovery IS 'whether this is a standby, whose counters are those of its primary: one call for both is enough';
COMMENT ON COLUMN analytics.metric_in_recovery.in_recovery IS '1 on a standby, whose counters are those of its primary, else 0';

CREATE VIEW analytics.metric_build_info AS
SELECT e.extversion AS version,
	pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1) AS pg_version, 1 AS build_info
FROM pg_catalog.pg_extension AS e WHERE e.extname = 'analytics';
COMMENT ON VIEW analytics.metric_build_info IS 'what runs here';
COMMENT ON COLUMN analytics.metric_build_info.version IS 'Version of the extension';
COMMENT ON COLUMN analytics.metric_build_info.pg_version IS 'Version of PostgreSQL';
COMMENT ON COLUMN analytics.metric_build_info.build_info IS 'Always 1: the versions are its labels';

----------------------------------------------------------------------
-- All of them at once
----------------------------------------------------------------------

CREATE VIEW analytics.exported_metrics AS
SELECT 'analytics_' || v.name || CASE WHEN a.attname = v.name THEN '' ELSE '_' || a.attname END AS name,
	CASE WHEN a.atttypid = 'pg_catalog.float8[]'::pg_catalog.regtype THEN 'histogram'
		WHEN a.attname ~ '(^|_)total$' THEN 'counter' ELSE 'gauge' END AS type,
	pg_catalog.col_description(v.oid, a.attnum) AS help,
	v.relname::text AS view_name, a.attname::text AS column_name, of.labels, of.measures
FROM (
	SELECT c.oid, c.relname, pg_catalog.substr(c.relname, 8) AS name FROM pg_catalog.pg_class AS c
	JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
	JOIN pg_catalog.pg_extension AS e ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.oid = d.refobjid AND e.extname = 'analytics'
	WHERE c.relnamespace = 'analytics'::pg_catalog.regnamespace AND c.relkind = 'v' AND c.relname LIKE 'metric\_%'
) AS v
CROSS JOIN LATERAL (
	SELECT coalesce(pg_catalog.array_agg(b.attname::text ORDER BY b.attnum) FILTER (WHERE b.atttypid = 'pg_catalog.text'::pg_catalog.regtype), '{}') AS labels,
		pg_catalog.array_agg(b.attname::text ORDER BY b.attnum) FILTER (WHERE b.atttypid <> 'pg_catalog.text'::pg_catalog.regtype) AS measures
	FROM pg_catalog.pg_attribute AS b WHERE b.attrelid = v.oid AND b.attnum > 0 AND NOT b.attisdropped
) AS of
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = v.oid AND a.attname = ANY (of.measures)
	AND a.attname NOT IN ('seconds_bucket', 'seconds_sum', 'seconds_count');
COMMENT ON VIEW analytics.exported_metrics IS
'what metrics there are, as the views metric_... and their comments say: of this the documentation and the files for exporters are made';
COMMENT ON COLUMN analytics.exported_metrics.name IS 'as it is scraped';
COMMENT ON COLUMN analytics.exported_metrics.type IS 'counter, gauge or histogram';
COMMENT ON COLUMN analytics.exported_metrics.help IS 'the comment on its column';
COMMENT ON COLUMN analytics.exported_metrics.labels IS 'columns of its view that are labels';
COMMENT ON COLUMN analytics.exported_metrics.measures IS 'columns of its view that are none';

CREATE FUNCTION analytics.metric_samples() RETURNS TABLE (
	name text,
	type text,
	help text,
	labels jsonb,
	value double precision
)
LANGUAGE c VOLATILE STRICT ROWS 1000 SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME', 'analytics_metric_samples';
COMMENT ON FUNCTION analytics.metric_samples() IS
'internal: every view metric_... asked once; see the view metrics';

CREATE FUNCTION analytics.metric_rows(view_name text) RETURNS SETOF record
LANGUAGE c VOLATILE STRICT ROWS 100 SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME', 'analytics_metric_rows';
COMMENT ON FUNCTION analytics.metric_rows(text) IS
'the rows of a view metric_..., by a plan that the session keeps: for exporters, which ask for the same every few seconds; the columns are named by who calls, and have the types that they have in the view';

CREATE VIEW analytics.metrics AS
SELECT s.name, s.type, s.help, s.labels, s.value FROM analytics.metric_samples() AS s;
COMMENT ON VIEW analytics.metrics IS
'every metric as it is scraped, a row for each name and label set, for exporters of any kind';
COMMENT ON COLUMN analytics.metrics.name IS 'of a histogram, with _bucket, _sum or _count behind it';
COMMENT ON COLUMN analytics.metrics.type IS 'counter, gauge or histogram';
COMMENT ON COLUMN analytics.metrics.labels IS 'labels and their values; the buckets of a histogram have their upper bound in le';

CREATE FUNCTION analytics.prometheus_text() RETURNS text
LANGUAGE c VOLATILE STRICT SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME', 'analytics_prometheus_text';
COMMENT ON FUNCTION analytics.prometheus_text() IS
'every metric in the text format that Prometheus scrapes, for a plain HTTP front';

GRANT EXECUTE ON FUNCTION analytics.age_bounds(), analytics.metric_rows(text), analytics.local_queue_due(), analytics.metric_samples(), analytics.prometheus_text() TO pg_monitor;
GRANT SELECT ON
	analytics.metrics,
	analytics.exported_metrics,
	analytics.metric_active_batches,
	analytics.metric_batch_fetch_duration,
	analytics.metric_batch_parse_duration,
	analytics.metric_batch_processing,
	analytics.metric_batch_processing_duration,
	analytics.metric_batch_size_mismatch,
	analytics.metric_batches_fetched,
	analytics.metric_build_info,
	analytics.metric_consumer_paused,
	analytics.metric_database_connection_pool_size,
	analytics.metric_dead_letters,
	analytics.metric_duplicates_skipped,
	analytics.metric_error_rate,
	analytics.metric_errors_by_category,
	analytics.metric_errors_by_code,
	analytics.metric_event_lag,
	analytics.metric_event_processing_duration,
	analytics.metric_events,
	analytics.metric_in_recovery,
	analytics.metric_items_processed,
	analytics.metric_last_commit_timestamp,
	analytics.metric_local_queue,
	analytics.metric_minio_connection_errors,
	analytics.metric_processing_errors,
	analytics.metric_queue_messages_ready,
	analytics.metric_rabbitmq_connection,
	analytics.metric_rabbitmq_reconnects,
	analytics.metric_redeliveries,
	analytics.metric_replays,
	analytics.metric_retention,
	analytics.metric_retries,
	analytics.metric_scorer_failures,
	analytics.metric_success_rate,
	analytics.metric_unacked_deliveries,
	analytics.metric_worker_up,
	analytics.metric_workers
TO pg_monitor;
