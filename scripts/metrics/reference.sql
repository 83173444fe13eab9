-- docs/metrics.md, see scripts/metrics-reference.

SELECT $text$<!-- Made by scripts/metrics-reference from the comments on the views metric_...: change those. -->

# Metrics

Every metric is a column of a view `analytics.metric_...`, and this page is made of the comments on these columns. Members of
`pg_monitor` may read them. There are four ways to Prometheus:

| by | how |
| --- | --- |
| postgres_exporter | `--extend.query-path=deploy/postgres_exporter/queries.yaml` |
| sql_exporter | `collector_files: [deploy/sql_exporter/analytics.collector.yml]`; of the programs of this name, [burningalchemist/sql_exporter](https://github.com/burningalchemist/sql_exporter) |
| an HTTP front | `SELECT analytics.prometheus_text();`, see [below](#over-http) |
| anything else | `SELECT name, type, help, labels, value FROM analytics.metrics;` |

**Counters and histograms** are rows of the table `counters`, changed in the transaction that they count. They agree with the
tables after any crash, a restart does not set them back, and retention does not change them. Three cannot be part of such a
transaction, since what they count writes nothing: `analytics_rabbitmq_reconnects_total`, `analytics_retries_total` and
`analytics_minio_connection_errors_total`. A worker gathers them and writes them with its next group, or by themselves after
three seconds; what it gathered in the last three seconds before it ends is lost.

**Gauges** are of this moment. Those of the workers are of shared memory, and there is none on a standby, where no worker can
run: `analytics_consumer_paused` is 1 there. What waits is counted in its tables, up to a bound. `analytics_last_commit_timestamp_seconds` is kept in
`counters`, and so survives a restart. `analytics_error_rate` and `analytics_success_rate` are of what workers have done; `ingest()` in a
session changes only the counters. On a standby the counters are those of its primary; where `analytics_in_recovery` is 1, the rules stay silent about them.

**Label sets** that are known beforehand are there from the start: counters at 0, `analytics_success_rate` at 100. They are
bounded: a platform that `platforms` does not list is `unknown`, a code that `error_codes` does not list is `other`, of the
sizes of batches the first 50 that a platform met are told apart, for good. What is folded
when it is counted stays so: a platform that is listed later begins at 0, and one that is taken out is no longer
shown, but goes on from where it was when it is listed again.

**A scrape** reads `counters`, the small tables of configuration, shared memory, and at most 1000 entries for each reason and consumer of
the indexes of pending dead letters and of the local queue. It costs the same however many posts there are, a few milliseconds, and never touches the network. It grows with

- the rows of `counters`: one for each worker and label set, and for each number of transactions that call `ingest()` at once. Consumers that are
  dropped, and workers that a consumer no longer has, leave theirs, since a counter must not go back;
- transactions that stay open for long, here or on a standby that gives feedback: what `counters` has been in the meantime cannot be cleared
  away, and every scrape reads over it;
- planning, where the views are asked by a new statement each time. `prometheus_text()`, `metrics` and `metric_rows()`, which the queries for
  postgres_exporter call, keep their plans for as long as the session lasts.

## Over HTTP

`prometheus_text()` returns what Prometheus reads. PostgREST, from version 12 on, answers with plain text where a function
returns a domain that is named after the media type, so in a schema that it serves:

```sql
CREATE DOMAIN "text/plain" AS text;
CREATE FUNCTION metrics() RETURNS "text/plain" LANGUAGE sql AS 'SELECT analytics.prometheus_text()';
```

`metrics_path` of the job is `/rpc/metrics` then, and the role that PostgREST takes for it a member of `pg_monitor`.

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
