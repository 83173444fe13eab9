-- deploy/sql_exporter/analytics.collector.yml, see scripts/metrics-reference.
--
-- That exporter knows counters and gauges only: of a histogram it is told the
-- buckets, the sum and the count as counters, which is what Prometheus stores
-- in any case.

SELECT $text$# A collector for sql_exporter (github.com/burningalchemist/sql_exporter).
#
# Made by scripts/metrics-reference from the comments on the views: change those.
# The connecting role needs no more than membership in pg_monitor.  A histogram is
# given as its series: _bucket, _sum and _count.
collector_name: analytics

metrics:$text$;

WITH series AS (
	SELECT m.name || s.suffix AS name, CASE m.type WHEN 'histogram' THEN 'counter' ELSE m.type END AS type,
		CASE WHEN m.type = 'histogram' THEN m.help || s.of ELSE m.help END AS help,
		CASE WHEN s.suffix = '_bucket' THEN m.labels || 'le'::text ELSE m.labels END AS labels,
		m.column_name || s.suffix AS value, m.view_name, s.suffix, m.labels AS columns, m.column_name
	FROM analytics.exported_metrics AS m
	JOIN (VALUES ('', false, ''), ('_bucket', true, ': observations up to le'), ('_sum', true, ': sum of all'), ('_count', true, ': number of all'))
		AS s(suffix, of_histogram, of) ON s.of_histogram = (m.type = 'histogram')
)
SELECT pg_catalog.format(E'  - metric_name: %s\n    type: %s\n    help: %s\n%s    values: [%s]\n    query: |\n      %s',
	s.name, s.type, pg_catalog.to_json(s.help),
	CASE WHEN s.labels <> '{}' THEN pg_catalog.format(E'    key_labels: [%s]\n', pg_catalog.array_to_string(s.labels, ', ')) END,
	s.value,
	CASE WHEN s.suffix = '_bucket' THEN pg_catalog.format(
		E'SELECT %1$s, b.le, b.observations AS %2$s\n      FROM analytics.%3$s AS v\n      CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(v.%4$s::text[] || ''+Inf''::text), pg_catalog.unnest(v.%2$s || v.%4$s_count)) AS b(le, observations)',
		q.columns, s.value, s.view_name, s.column_name)
	ELSE pg_catalog.format(E'SELECT %s FROM analytics.%s AS v', pg_catalog.concat_ws(', ', q.columns, 'v.' || s.value), s.view_name) END)
FROM series AS s CROSS JOIN LATERAL (
	SELECT pg_catalog.string_agg('v.' || c.name, ', ' ORDER BY c.place) AS columns
	FROM pg_catalog.unnest(s.columns) WITH ORDINALITY AS c(name, place)
) AS q
ORDER BY s.name COLLATE "C";
