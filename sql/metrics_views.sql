-- Every family is there at 0 from the start, and its keys are unique.
SELECT * FROM analytics.metric_batch_size_mismatch ORDER BY 1, 2, 3;
SELECT platform, status, total FROM analytics.metric_batch_processing ORDER BY 1, 2;
SELECT platform, status, total FROM analytics.metric_items_processed WHERE platform = 'tiktok' ORDER BY 2;
SELECT error_category, sum(total) FROM analytics.metric_processing_errors GROUP BY 1 ORDER BY 1;
SELECT * FROM analytics.metric_batch_processing_duration WHERE platform = 'youtube';
SELECT * FROM analytics.metric_events ORDER BY 1;
SELECT * FROM analytics.metric_dead_letters ORDER BY 1;
SELECT * FROM analytics.metric_active_batches;

-- Workers add up; platforms that are not listed are one.
BEGIN;
INSERT INTO analytics.counters (consumer, worker, metric, platform, label, detail, value, seconds, buckets) VALUES
	('a', 1, 'items_processed', 'tiktok', 'success', '', 45, 0, NULL),
	('a', 2, 'items_processed', 'tiktok', 'success', '', 50, 0, NULL),
	('a', 1, 'items_processed', 'tiktok', 'error', '', 5, 0, NULL),
	('a', 1, 'items_processed', 'weibo', 'success', '', 7, 0, NULL),
	('a', 1, 'items_processed', 'unknown', 'success', '', 1, 0, NULL),
	('a', 1, 'duplicates_skipped', '', '', '', 2, 0, NULL),
	('a', 2, 'duplicates_skipped', '', '', '', 3, 0, NULL),
	('', -1, 'duplicates_skipped', '', '', '', 1, 0, NULL),
	('a', 1, 'batch_processing_duration', 'youtube', '', '', 3, 61.5, '{1,0,0,0,0,1,0,0,0,0,0,0,1}'),
	('a', 2, 'batch_processing_duration', 'youtube', '', '', 1, 0.02, '{0,0,1,0,0,0,0,0,0,0,0,0,0}');
SELECT * FROM analytics.metric_items_processed WHERE total > 0 ORDER BY 1, 2;
SELECT * FROM analytics.metric_duplicates_skipped ORDER BY 1;
SELECT seconds_bucket, seconds_sum, seconds_count FROM analytics.metric_batch_processing_duration WHERE platform = 'youtube';

-- The 50 commonest sizes by themselves, the rest together.
INSERT INTO analytics.counters (consumer, worker, metric, platform, label, detail, value, seconds)
SELECT 'a', 1, 'batch_size_mismatch', 'tiktok', '50', size, 1000 - size, 0 FROM generate_series(51, 110) AS size;
SELECT count(*), sum(total) FILTER (WHERE actual_size = 'other') AS other, max(total) AS commonest
FROM analytics.metric_batch_size_mismatch WHERE platform = 'tiktok';
SELECT platform, expected_size, actual_size FROM analytics.metric_batch_size_mismatch GROUP BY 1, 2, 3 HAVING count(*) > 1;
ROLLBACK;

-- Consumers.
CREATE SERVER broker FOREIGN DATA WRAPPER analytics_rabbitmq;
CREATE USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (user 'analytics', password 'hunter2');
SET client_min_messages = error;
SELECT analytics.create_consumer('off', broker => 'broker', enabled => false);
SELECT analytics.create_consumer('local', enabled => false);
SELECT * FROM analytics.metric_rabbitmq_connection ORDER BY 1;
SELECT * FROM analytics.metric_redeliveries ORDER BY 1;
SELECT name, state, workers, workers_running, broker_connected, in_flight FROM analytics.status ORDER BY 1;
SELECT count(*) FROM analytics.stat_worker WHERE consumer IN ('off', 'local');
SELECT analytics.drop_consumer('off');
SELECT analytics.drop_consumer('local');
DROP SERVER broker CASCADE;
