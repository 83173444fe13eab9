-- deploy/postgres_exporter/queries.yaml, see scripts/metrics-reference.
--
-- A metric's name is there the name of its block and that of its column, and
-- every LABEL column of a block labels every metric of it.  So the metrics of a
-- view are a block, named as the view is, or, where one is called as its view,
-- by all but its last word.  The exporter has each query planned at each scrape:
-- metric_rows() keeps the plan of the view.

SELECT $text$# Queries for postgres_exporter: --extend.query-path=queries.yaml
#
# Made by scripts/metrics-reference from the comments on the views: change those.
# The connecting role needs no more than membership in pg_monitor.  A metric's
# name is the name of its block, an underscore, and the name of its column;
# every LABEL column of a block labels every metric of it.$text$;

WITH metric AS (
	SELECT m.*, CASE WHEN pg_catalog.bool_or(m.column_name = pg_catalog.substr(m.view_name, 8)) OVER (PARTITION BY m.view_name)
		THEN pg_catalog.regexp_replace(m.view_name, '^metric_(.*)_[^_]*$', 'analytics_\1') ELSE 'analytics_' || pg_catalog.substr(m.view_name, 8) END AS block
	FROM analytics.exported_metrics AS m
), placed AS (
	SELECT m.*, pg_catalog.substr(m.name, pg_catalog.length(m.block) + 2) AS alias FROM metric AS m
), block AS (
	SELECT p.block, p.view_name, p.labels,
		pg_catalog.string_agg(CASE
			WHEN p.type = 'histogram' THEN pg_catalog.format('%1$s, %1$s_bucket, %1$s_sum, %1$s_count', p.column_name)
			WHEN p.alias <> p.column_name THEN p.column_name || ' AS ' || p.alias
			ELSE p.column_name END, ', ' ORDER BY p.name) AS columns,
		pg_catalog.string_agg(pg_catalog.format(E'    - %s:\n        usage: "%s"\n        description: %s\n',
			p.alias, pg_catalog.upper(p.type), pg_catalog.to_json(p.help)), '' ORDER BY p.name) AS metrics
	FROM placed AS p
	GROUP BY 1, 2, 3
)
SELECT E'\n' || pg_catalog.rtrim(pg_catalog.format(E'%s:\n  query: "SELECT %s FROM analytics.metric_rows(''%s'') AS v(%s)"\n  metrics:\n%s%s', b.block,
	pg_catalog.concat_ws(', ', NULLIF(pg_catalog.array_to_string(b.labels, ', '), ''), b.columns), b.view_name, c.columns, l.labels, b.metrics), E'\n')
FROM block AS b CROSS JOIN LATERAL (
	SELECT pg_catalog.string_agg(pg_catalog.format(E'    - %s:\n        usage: "LABEL"\n        description: %s\n', a.attname,
		pg_catalog.to_json(pg_catalog.col_description(a.attrelid, a.attnum))), '' ORDER BY a.attnum) AS labels
	FROM pg_catalog.pg_attribute AS a
	WHERE a.attrelid = ('analytics.' || b.view_name)::regclass AND a.attname = ANY (b.labels)
) AS l
CROSS JOIN LATERAL (
	SELECT pg_catalog.string_agg(pg_catalog.format('%s %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum) AS columns
	FROM pg_catalog.pg_attribute AS a
	WHERE a.attrelid = ('analytics.' || b.view_name)::regclass AND a.attnum > 0 AND NOT a.attisdropped
) AS c
ORDER BY b.block COLLATE "C";
