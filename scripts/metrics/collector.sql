-- deploy/sql_exporter/analytics.collector.yml, see scripts/metrics-reference.
--
-- That exporter knows counters and gauges only: of a histogram it is told the
-- buckets, the sum and the count as counters, which is what Prometheus stores
-- in any case.  Each view is one query, so that what is told of it is of one
-- moment: a bucket is a column there, and its name the label le.

SELECT $text$# A collector for sql_exporter (github.com/burningalchemist/sql_exporter).
#
# Made by scripts/metrics-reference from the comments on the views: change those.
# The connecting role needs no more than membership in pg_monitor.  A histogram is
# given as its series: _bucket, _sum and _count.
collector_name: analytics

metrics:$text$;

WITH bucket AS (
	SELECT m.view_name, b.place, b.bound::text AS le
	FROM analytics.exported_metrics AS m
	CROSS JOIN LATERAL pg_catalog.unnest(CASE m.view_name WHEN 'metric_event_lag' THEN analytics.age_bounds() ELSE analytics.histogram_bounds() END)
		WITH ORDINALITY AS b(bound, place)
	WHERE m.type = 'histogram'
), series AS (
	SELECT m.name || s.suffix AS name, CASE m.type WHEN 'histogram' THEN 'counter' ELSE m.type END AS type,
		CASE WHEN m.type = 'histogram' THEN m.help || s.of ELSE m.help END AS help,
		m.column_name || s.suffix AS value, m.view_name, s.suffix, m.labels
	FROM analytics.exported_metrics AS m
	JOIN (VALUES ('', false, ''), ('_bucket', true, ': observations up to le'), ('_sum', true, ': sum of all'), ('_count', true, ': number of all'))
		AS s(suffix, of_histogram, of) ON s.of_histogram = (m.type = 'histogram')
), metric AS (
	SELECT s.name, pg_catalog.format(E'  - metric_name: %s\n    type: %s\n    help: %s\n%s%s    query_ref: %s',
		s.name, s.type, pg_catalog.to_json(s.help),
		CASE WHEN s.labels <> '{}' THEN pg_catalog.format(E'    key_labels: [%s]\n', pg_catalog.array_to_string(s.labels, ', ')) END,
		CASE WHEN s.suffix = '_bucket' THEN (
			SELECT pg_catalog.format(E'    value_label: le\n    values: [%s, "+Inf"]\n', pg_catalog.string_agg(pg_catalog.format('"%s"', b.le), ', ' ORDER BY b.place))
			FROM bucket AS b WHERE b.view_name = s.view_name)
		ELSE pg_catalog.format(E'    values: [%s]\n', s.value) END,
		s.view_name) AS line
	FROM series AS s
), query AS (
	SELECT m.view_name, pg_catalog.format(E'  - query_name: %1$s\n    query: |\n      SELECT %2$s\n      FROM analytics.%1$s AS v', m.view_name,
		pg_catalog.concat_ws(', ',
			(SELECT pg_catalog.string_agg('v.' || l.name, ', ' ORDER BY l.place) FROM pg_catalog.unnest(m.labels) WITH ORDINALITY AS l(name, place)),
			(SELECT pg_catalog.string_agg(pg_catalog.format('v.seconds_bucket[%s] AS "%s"', b.place, b.le), ', ' ORDER BY b.place) || ', v.seconds_count AS "+Inf"'
				FROM bucket AS b WHERE b.view_name = m.view_name),
			(SELECT pg_catalog.string_agg('v.' || c.name, ', ' ORDER BY c.place) FROM pg_catalog.unnest(m.measures) WITH ORDINALITY AS c(name, place)
				WHERE NOT (m.is_histogram AND c.name IN ('seconds', 'seconds_bucket'))))) AS line
	FROM (SELECT DISTINCT e.view_name, e.labels, e.measures, e.type = 'histogram' AS is_histogram FROM analytics.exported_metrics AS e) AS m
)
SELECT f.line FROM (
	SELECT 1 AS part, m.name, m.line FROM metric AS m
	UNION ALL SELECT 2, '', E'\nqueries:'
	UNION ALL SELECT 3, q.view_name, q.line FROM query AS q
) AS f
ORDER BY f.part, f.name COLLATE "C";
