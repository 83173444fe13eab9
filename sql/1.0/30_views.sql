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
		(1, NOT supervisor.preloaded, 'stopped', greatest(pg_catalog.pg_postmaster_start_time(), c.created_at),
			'analytics is not in shared_preload_libraries',
			'Add analytics to shared_preload_libraries and restart the server.'),
		(2, pg_catalog.pg_is_in_recovery(), 'stopped', greatest(pg_catalog.pg_postmaster_start_time(), c.created_at),
			'this server is a standby', 'Workers start when it is promoted.'),
		(3, NOT c.enabled, 'stopped', c.stopped_at,
			'the consumer is not enabled', pg_catalog.format('SELECT analytics.alter_consumer(%L, enabled => true);', c.name)),
		(4, c.paused, 'paused', c.paused_at,
			pg_catalog.format('paused by %s', c.paused_by) || coalesce(': ' || c.pause_reason, ''),
			pg_catalog.format('SELECT analytics.resume(%L);', c.name)),
		(5, c.workers = 0, 'stopped', c.stopped_at,
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
COMMENT ON COLUMN analytics.status.since IS 'since when, as far as that is known: of a server that is a standby, or does not preload the library, since it was started';
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
