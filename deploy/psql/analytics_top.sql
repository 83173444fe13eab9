-- What the consumers of this database do, again and again:
--
--   psql -X -d DATABASE -f analytics_top.sql
--   psql -X -d DATABASE -v every=10 -f analytics_top.sql
--
-- Ends with Ctrl-C.  Needs no more than membership in pg_monitor.

\if :{?every}
\else
	\set every 2
\endif
\set QUIET on
\pset footer off
\pset null ''
\pset pager off

SELECT s.name AS consumer, 'all' AS worker, s.state,
	pg_catalog.date_trunc('second', pg_catalog.now() - s.since) AS since,
	s.events_per_second AS "events/s", s.items_per_second AS "items/s",
	s.queue_depth AS backlog, s.queued, s.in_flight,
	pg_catalog.round(s.lag_seconds::numeric, 1) AS "lag s",
	pg_catalog.date_trunc('second', pg_catalog.now() - s.last_commit_at) AS "last commit",
	pg_catalog.left(coalesce(s.reason, CASE WHEN s.last_error_at > pg_catalog.now() - interval '5 minutes' THEN s.last_error_sqlstate || ' ' || s.last_error END), 60) AS why
FROM analytics.status AS s
UNION ALL
SELECT w.consumer, w.worker::text, w.state,
	pg_catalog.date_trunc('second', pg_catalog.now() - w.state_since),
	w.events_per_second, w.items_per_second,
	NULL, NULL, w.active_batches,
	pg_catalog.round(pg_catalog.date_part('epoch', pg_catalog.now() - w.oldest_unacknowledged_at)::numeric, 1),
	pg_catalog.date_trunc('second', pg_catalog.now() - w.last_commit_at),
	pg_catalog.left(coalesce(w.reason, CASE WHEN w.last_error_at > pg_catalog.now() - interval '5 minutes' THEN w.last_error_sqlstate || ' ' || w.last_error END), 60)
FROM analytics.stat_worker AS w
ORDER BY consumer, worker DESC
\watch :every
