-- docs/metrics.md, see scripts/metrics-reference.

SELECT $text$<!-- Made by scripts/metrics-reference from the comments on the views metric_...: change those. -->

# Metrics

Every metric is a column of a view `analytics.metric_...`, and this page is made of the comments on these columns. Members of
`pg_monitor` may read them. There are four ways to Prometheus:

| by | how |
| --- | --- |
| postgres_exporter | `--extend.query-path=deploy/postgres_exporter/queries.yaml` |
| sql_exporter | `collector_files: [deploy/sql_exporter/analytics.collector.yml]`; of the programs of this name, [burningalchemist/sql_exporter](https://github.com/burningalchemist/sql_exporter) |
| an HTTP front, such as PostgREST | `SELECT analytics.prometheus_text();` |
| anything else | `SELECT name, type, help, labels, value FROM analytics.metrics;` |

**Counters and histograms** are rows of the table `counters`, changed in the transaction that they count. They agree with the
tables after any crash, a restart does not set them back, and retention does not change them. Three cannot be part of such a
transaction, since what they count writes nothing: `analytics_rabbitmq_reconnects_total`, `analytics_retries_total` and
`analytics_minio_connection_errors_total`. A worker gathers them and writes them with its next group, or by themselves after
three seconds; what it gathered in the last three seconds before it ends is lost.

**Gauges** are of shared memory, of this moment. `analytics_last_commit_timestamp_seconds` is kept in `counters`, and so
survives a restart.

**Label sets** that are known beforehand are there from the start: counters at 0, `analytics_success_rate` at 100. They are
bounded: a platform that `platforms` does not list is `unknown`, a code that `error_codes` does not list is `other`, and of the
sizes of batches the 50 commonest of a platform are told apart. Dropping a consumer leaves its counters.

**A scrape** reads `counters`, the small tables of configuration, shared memory, and at most 1000 entries for each reason of an
index of pending dead letters: it costs the same however many posts there are, and never touches the network.
$text$;

SELECT '## All metrics' || E'\n\n' || '| metric | type | labels | what |' || E'\n' || '| --- | --- | --- | --- |';
SELECT pg_catalog.format('| `%s` | %s | %s | %s |', m.name, m.type,
	coalesce((SELECT pg_catalog.string_agg(pg_catalog.format('`%s`', l.name), ', ' ORDER BY l.place) FROM pg_catalog.unnest(m.labels) WITH ORDINALITY AS l(name, place)), ''),
	m.help)
FROM analytics.exported_metrics AS m
ORDER BY m.name COLLATE "C";

SELECT E'\n## Labels\n\n| metric | label | is |\n| --- | --- | --- |';
SELECT pg_catalog.format('| %s | `%s` | %s |', pg_catalog.string_agg(pg_catalog.format('`%s`', m.name), ', ' ORDER BY m.name COLLATE "C"),
	a.attname, pg_catalog.col_description(a.attrelid, a.attnum))
FROM analytics.exported_metrics AS m
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = ('analytics.' || m.view_name)::regclass AND a.attname = ANY (m.labels)
GROUP BY a.attname, pg_catalog.col_description(a.attrelid, a.attnum)
ORDER BY a.attname COLLATE "C", pg_catalog.min(m.name COLLATE "C");

SELECT E'\n## Buckets\n\nEvery histogram is in seconds, and has one bucket more, `+Inf`.\n\n| metric | upper bounds |\n| --- | --- |';
SELECT pg_catalog.format('| `analytics_event_lag_seconds` | %s |', pg_catalog.array_to_string(analytics.age_bounds(), ', '));
SELECT pg_catalog.format('| the others | %s |', pg_catalog.array_to_string(analytics.histogram_bounds(), ', '));
