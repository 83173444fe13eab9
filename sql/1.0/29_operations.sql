----------------------------------------------------------------------
-- Operations
----------------------------------------------------------------------

/* It commits: no SET clause and no SECURITY DEFINER, which it is in effect. */
CREATE PROCEDURE analytics.drain(name text, timeout interval DEFAULT '1 minute')
LANGUAGE c AS 'MODULE_PATHNAME', 'analytics_drain';
COMMENT ON PROCEDURE analytics.drain(text, interval) IS
'pause a consumer and wait until its workers have finished what they had taken; it stays paused, until resume(). An error says what is left after the timeout. Not inside a transaction block';

CREATE FUNCTION analytics.restart(name text) RETURNS void
LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'analytics_restart';
COMMENT ON FUNCTION analytics.restart(text) IS
'end the workers of a consumer and start them anew, when the transaction commits; what they hold is the broker''s, or the local queue''s, again';

----------------------------------------------------------------------
-- Progress of what was submitted
----------------------------------------------------------------------

CREATE TABLE analytics.submissions (
	consumer text NOT NULL,
	worker text NOT NULL,
	done bigint NOT NULL,
	failed bigint NOT NULL,
	run_started_at timestamptz NOT NULL,
	run_done bigint NOT NULL,
	run_failed bigint NOT NULL,
	last_done_at timestamptz NOT NULL,
	minute timestamptz NOT NULL,
	minute_done bigint NOT NULL,
	minute_before bigint NOT NULL,
	PRIMARY KEY (consumer, worker)
) WITH (fillfactor = 50);
COMMENT ON TABLE analytics.submissions IS
'events of submit() that are done, counted in the transaction that takes them out of local_queue; one row per worker; read it through progress';
COMMENT ON COLUMN analytics.submissions.consumer IS 'consumer that the events name; empty: any';
COMMENT ON COLUMN analytics.submissions.done IS 'events that are done, those that became dead letters among them';
COMMENT ON COLUMN analytics.submissions.failed IS 'those that became dead letters';
COMMENT ON COLUMN analytics.submissions.run_started_at IS 'the newest run of which this worker has done an event, see local_queue.submitted_run';
COMMENT ON COLUMN analytics.submissions.run_done IS 'done, of this run';
COMMENT ON COLUMN analytics.submissions.run_failed IS 'failed, of this run';
COMMENT ON COLUMN analytics.submissions.minute_done IS 'done in this minute, of this run';
COMMENT ON COLUMN analytics.submissions.minute_before IS 'done in the minute before it, of this run';
SELECT pg_catalog.pg_extension_config_dump('analytics.submissions', '');

/*
 * A run begins with the first event that is submitted while none waits.  A
 * worker's row is of the newest run if it has changed since that began.  One
 * that a worker has written after its consumer was dropped is none.
 */
CREATE VIEW analytics.progress AS
WITH counted AS (
	SELECT * FROM analytics.submissions AS s
	WHERE s.consumer = '' OR EXISTS (SELECT FROM analytics.consumers AS c WHERE c.name = s.consumer)
), waiting AS MATERIALIZED (
	SELECT coalesce(q.consumer, '') AS consumer, pg_catalog.count(*) AS events,
		pg_catalog.count(*) FILTER (WHERE q.leased_until > pg_catalog.now()) AS in_flight,
		pg_catalog.max(q.submitted_run) AS run
	FROM analytics.local_queue AS q WHERE q.submitted_run IS NOT NULL
	GROUP BY 1
), newest AS (
	SELECT r.consumer, pg_catalog.max(r.run) AS run
	FROM (
		SELECT w.consumer, w.run FROM waiting AS w
		UNION ALL
		SELECT s.consumer, s.run_started_at FROM counted AS s
	) AS r
	GROUP BY 1
), worked AS (
	SELECT n.consumer, n.run, coalesce(pg_catalog.sum(s.run_done), 0)::bigint AS done,
		coalesce(pg_catalog.sum(s.run_failed), 0)::bigint AS failed,
		pg_catalog.max(s.last_done_at) AS last_done_at,
		/* of the last 60 seconds, as if the minute before had been even */
		coalesce(pg_catalog.sum(CASE
			WHEN age.seconds < 60 THEN s.minute_done + s.minute_before * (60 - age.seconds) / 60
			WHEN age.seconds < 120 THEN s.minute_done * (120 - age.seconds) / 60
			ELSE 0 END), 0) AS recent
	FROM newest AS n
	LEFT JOIN counted AS s ON s.consumer = n.consumer AND s.last_done_at >= n.run
	LEFT JOIN LATERAL (
		SELECT greatest(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - s.minute), 0) AS seconds
	) AS age ON true
	GROUP BY 1, 2
)
SELECT nullif(d.consumer, '') AS consumer, d.run AS started_at,
	d.done + coalesce(w.events, 0) AS total, d.done, d.failed,
	coalesce(w.events, 0) AS waiting, coalesce(w.in_flight, 0) AS in_flight,
	pg_catalog.round(100.0 * d.done / nullif(d.done + coalesce(w.events, 0), 0), 1) AS percent,
	pg_catalog.round(rate.per_second::numeric, 1) AS per_second,
	CASE WHEN w.events > 0 AND rate.per_second > 0
		THEN pg_catalog.make_interval(secs => pg_catalog.ceil(w.events / rate.per_second)) END AS eta,
	CASE WHEN w.events IS NULL THEN d.last_done_at END AS finished_at
FROM worked AS d
LEFT JOIN waiting AS w ON w.consumer = d.consumer
CROSS JOIN LATERAL (
	SELECT d.recent / greatest(least(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - d.run), 60), 1) AS per_second
) AS rate;
COMMENT ON VIEW analytics.progress IS
'what submit() has put into the local queue, by consumer: how much of it is done, how fast, and when all will be. Of the run that began when the first event was submitted while none waited. Replays and parked events of a broker are no part of it. It counts the events that wait: not for a scrape';
COMMENT ON COLUMN analytics.progress.consumer IS 'consumer that the events name; NULL: any';
COMMENT ON COLUMN analytics.progress.total IS 'done, and those that wait';
COMMENT ON COLUMN analytics.progress.done IS 'events that have left the queue: processed, duplicate, or dead letter';
COMMENT ON COLUMN analytics.progress.failed IS 'of these, became dead letters';
COMMENT ON COLUMN analytics.progress.waiting IS 'events in the local queue, those in flight among them';
COMMENT ON COLUMN analytics.progress.in_flight IS 'events that a worker has taken';
COMMENT ON COLUMN analytics.progress.per_second IS 'events done per second, in the last minute';
COMMENT ON COLUMN analytics.progress.eta IS 'how long it takes still, at the rate of the last minute; NULL: nothing waits, or nothing is done';
COMMENT ON COLUMN analytics.progress.finished_at IS 'when the last was done; NULL: some wait';

----------------------------------------------------------------------
-- The ledger by platform and hour
----------------------------------------------------------------------

/*
 * Hour by hour, so that a condition on the hour is a condition on how much of
 * the ledger is read, through its index on completed_at.
 */
CREATE VIEW analytics.stat_batches AS
SELECT h.hour, b.*
FROM (
	SELECT pg_catalog.generate_series(pg_catalog.date_trunc('hour', edge.first, 'UTC'), edge.last, interval '1 hour') AS hour
	FROM (SELECT pg_catalog.min(l.completed_at), pg_catalog.max(l.completed_at) FROM analytics.batches AS l) AS edge(first, last)
) AS h
CROSS JOIN LATERAL (
	SELECT l.platform, pg_catalog.count(*) AS batches,
		pg_catalog.sum(l.actual_count) AS items, pg_catalog.sum(l.success_count) AS posts,
		pg_catalog.sum(l.error_count) AS errors, pg_catalog.sum(l.skipped_count) AS skipped,
		pg_catalog.count(*) FILTER (WHERE l.actual_count <> l.expected_count) AS mismatched,
		pg_catalog.count(*) FILTER (WHERE l.redelivered) AS redelivered,
		pg_catalog.min(l.actual_count) AS smallest, pg_catalog.round(pg_catalog.avg(l.actual_count), 1) AS average,
		pg_catalog.max(l.actual_count) AS largest,
		pg_catalog.sum(l.bytes_fetched)::bigint AS bytes_fetched, pg_catalog.sum(l.bytes_decoded)::bigint AS bytes_decoded,
		pg_catalog.avg(l.fetch_ms) AS fetch_ms, pg_catalog.avg(l.parse_ms) AS parse_ms,
		pg_catalog.avg(l.analyse_ms) AS analyse_ms, pg_catalog.avg(l.write_ms) AS write_ms,
		pg_catalog.percentile_cont(0.95) WITHIN GROUP (ORDER BY pg_catalog.date_part('epoch', l.completed_at - l.received_at)) AS p95_seconds
	FROM analytics.batches AS l
	WHERE l.completed_at >= h.hour AND l.completed_at < h.hour + interval '1 hour'
	GROUP BY 1
) AS b;
COMMENT ON VIEW analytics.stat_batches IS
'the ledger by hour (of UTC) and platform: batches, their sizes, what became of their items, and the time they took. As far back as the ledger reaches; a condition on hour keeps it from being read as a whole';
COMMENT ON COLUMN analytics.stat_batches.posts IS 'items that became posts, those that were skipped among them';
COMMENT ON COLUMN analytics.stat_batches.errors IS 'items that became crawl errors';
COMMENT ON COLUMN analytics.stat_batches.skipped IS 'posts that were not stored, since a newer crawl was there';
COMMENT ON COLUMN analytics.stat_batches.mismatched IS 'batches of another size than usual';
COMMENT ON COLUMN analytics.stat_batches.average IS 'items of a batch';
COMMENT ON COLUMN analytics.stat_batches.fetch_ms IS 'of a batch, on average; so parse_ms, analyse_ms and write_ms';
COMMENT ON COLUMN analytics.stat_batches.p95_seconds IS '95 of 100 batches were committed so soon after they were received';

GRANT SELECT ON analytics.progress, analytics.stat_batches TO pg_monitor;
