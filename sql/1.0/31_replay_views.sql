----------------------------------------------------------------------
-- Views: metrics of replay and retention
----------------------------------------------------------------------

CREATE VIEW analytics.metric_replays AS
SELECT k.kind, k.status, coalesce(pg_catalog.sum(c.value), 0)::bigint AS total
FROM (VALUES ('dead_letter', 'processed'), ('dead_letter', 'failed'), ('batch', 'processed'), ('batch', 'failed')) AS k(kind, status)
LEFT JOIN analytics.counters AS c ON c.metric = 'replays' AND c.label = k.kind AND c.detail = k.status
GROUP BY 1, 2;
COMMENT ON VIEW analytics.metric_replays IS
'replayed dead letters and batches, by what became of them: processed, or failed (a dead letter, again)';

CREATE VIEW analytics.metric_retention AS
SELECT k.name AS table_name, coalesce(pg_catalog.sum(c.value), 0)::bigint AS deleted_total,
	CASE k.name WHEN 'dead_letters' THEN (
		SELECT pg_catalog.count(*) FROM analytics.dead_letters AS d, analytics.settings AS s
		WHERE d.state = 'pending' AND s.name = 'retention.dead_letters_days' AND s.value > 0
			AND d.created_at < pg_catalog.now() - s.value * interval '1 day')
	ELSE 0 END AS kept
FROM (VALUES ('batches'), ('crawl_errors'), ('dead_letters'), ('dead_letter_history')) AS k(name)
LEFT JOIN analytics.counters AS c ON c.metric = 'retention' AND c.label = k.name
GROUP BY 1;
COMMENT ON VIEW analytics.metric_retention IS
'rows that retention has deleted, by table';
COMMENT ON COLUMN analytics.metric_retention.deleted_total IS 'of batches: a redelivery of these events is processed as a new event';
COMMENT ON COLUMN analytics.metric_retention.kept IS 'dead letters that are old enough and stay since they are pending: somebody must replay or discard them';
