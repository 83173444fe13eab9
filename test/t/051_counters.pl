# Counters agree with the tables after kill -9 of workers and of the server under
# load; what belongs to no transaction is counted, too, whether or not a group
# comes to take it along.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use Test::More;

my $run = FaultRun->new('counters', times => [ 3, 3 ], proxy => 1);
my $test = $run->test;
my $node = $test->node;

$run->start_load(rate => 20);
$run->wait_for_progress;
$run->repeat(
	sub {
		my $position = $test->log_position;
		my $pid = $run->random_worker;
		pause_up_to(0.5);
		kill 'KILL', $pid;
		$run->caused_crash;
		$test->wait_for_log(qr/database system is ready to accept connections/, $position);
		$run->wait_for_progress;
	});

# While a worker has a batch that it cannot commit: that will be delivered again.
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE analytics.post_analytics IN ACCESS EXCLUSIVE MODE');
$test->wait_for_sql(q{SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type LIKE 'analytics worker%' AND wait_event_type = 'Lock'});
my @pids = $run->server_pids;
$node->kill9;
eval { $holder->quit };
poll_until(sub { !grep { !process_gone($_) } @pids }, 'every process of the server to end', 60);
$node->start;
$run->wait_for_progress;
$run->stop_load;
$run->publish($run->generate(tiktok => 3, youtube => 1)) for 1 .. 2;
$run->publish_bodies([ '{"event_id": 7}', 'no JSON', $test->event(event_id => 'evt_forbidden', minio_path => 'elsewhere/x') ]);
$run->sent('evt_forbidden', 'FORBIDDEN_BUCKET');
$run->finish(done => 0);

# --- histograms, bucket by bucket ---

my $HISTOGRAMS = q{
	WITH observed(metric, platform, seconds) AS (
		SELECT m.metric, b.platform, greatest(m.seconds, 0)::float8
		FROM analytics.batches AS b CROSS JOIN LATERAL (VALUES
			('batch_processing_duration', extract(epoch FROM b.completed_at - b.received_at)),
			('event_lag', extract(epoch FROM b.completed_at - b.event_time)),
			('batch_parse_duration', b.parse_ms / 1000),
			('batch_fetch_duration', CASE WHEN b.object IS NOT NULL THEN b.fetch_ms / 1000 END)) AS m(metric, seconds)
		WHERE m.seconds IS NOT NULL
	), recomputed AS (
		SELECT o.metric, o.platform, count(*) AS observations, sum(o.seconds) AS seconds, (
			SELECT array_agg((SELECT count(*) FROM observed AS p WHERE p.metric = o.metric AND p.platform = o.platform AND p.seconds <= b.bound) ORDER BY b.bound)
			FROM unnest(CASE o.metric WHEN 'event_lag' THEN analytics.age_bounds() ELSE analytics.histogram_bounds() END) AS b(bound)) AS buckets
		FROM observed AS o GROUP BY 1, 2
	)
	SELECT metric, platform, r.observations, h.seconds_count, r.seconds, h.seconds_sum, r.buckets, h.seconds_bucket
	FROM recomputed AS r FULL JOIN (SELECT * FROM analytics.counter_histograms WHERE metric <> 'event_processing_duration') AS h USING (metric, platform)
	WHERE r.observations = h.seconds_count AND r.buckets = h.seconds_bucket AND abs(r.seconds - h.seconds_sum) < 1e-6 * r.observations + 1e-9 * r.seconds};

is($test->sql("SELECT string_agg(metric || ' ' || platform, ', ' ORDER BY metric, platform) FROM ($HISTOGRAMS) AS x"),
	join(', ', map { ("$_ tiktok", "$_ youtube") } qw(batch_fetch_duration batch_parse_duration batch_processing_duration event_lag)),
	'every histogram is that of the tables');
is( $test->sql(q{SELECT sum(seconds_count) FROM analytics.metric_event_processing_duration}),
	$test->sql(q{SELECT (SELECT count(*) FROM analytics.batches) + (SELECT count(*) FROM analytics.dead_letters)}),
	'every event is observed once, dead letters too');

# --- what the views tell ---

sub metric
{
	my ($name, %labels) = @_;
	my $of = join '', map { " AND labels ->> '$_' = '$labels{$_}'" } sort keys %labels;
	return $test->sql("SELECT sum(value) FROM analytics.metrics WHERE name = 'analytics_$name'$of");
}

is(metric('batches_fetched_total'), $test->sql('SELECT count(*) FROM analytics.batches WHERE object IS NOT NULL AND consumer IS NOT NULL'), 'batches fetched');
is(metric('errors_by_code_total'), $test->sql('SELECT count(*) FROM analytics.crawl_errors'), 'errors by code');
is(metric('errors_by_category_total'), metric('errors_by_code_total'), 'as many by category');
is(metric('dead_letters'), 3, 'dead letters that are pending');
is(metric('redeliveries_total', consumer => 'posts') > 0, 1, 'what dying workers held was delivered again');
is(metric('worker_up', consumer => 'posts'), 2, 'two workers run');
is(metric('database_connection_pool_size'), 2, 'and are connected');
$test->wait_for_sql(q{SELECT queue_messages_ready FROM analytics.metric_queue_messages_ready}, 0);

# --- it survives an orderly restart as it does a crash ---

my $kept = q{SELECT string_agg(m::text, ' ' ORDER BY name, labels::text) FROM analytics.metrics AS m
	WHERE type <> 'gauge' AND name !~ 'reconnects|retries|minio' OR name = 'analytics_last_commit_timestamp_seconds'};
my $before = $test->sql($kept);
$node->restart;
is($test->sql($kept), $before, 'a restart changes no counter and not the time of the last commit');

# --- what belongs to no transaction ---

# With no group to go along with: the workers are idle.
$run->wait_for_workers(2);
$test->wait_for_sql(q{SELECT count(*) FROM analytics.stat_worker WHERE broker_connected}, 2);
my $reconnects = metric('rabbitmq_reconnects_total', consumer => 'posts');
my $last_commit = metric('last_commit_timestamp_seconds', consumer => 'posts');
$run->tell_proxy('cut');
$test->wait_for_sql(q{SELECT sum(total) FROM analytics.metric_rabbitmq_reconnects}, $reconnects + 2);
is(metric('last_commit_timestamp_seconds', consumer => 'posts'), $last_commit, 'that is written, and is no commit of an event');

# What the workers of the next consumer know from the start.
$test->sql(q{INSERT INTO analytics.platforms (name, weight) SELECT CASE n WHEN 9 THEN repeat('x', 63) WHEN 10 THEN repeat('y', 64) ELSE 'own' || n END, 1
	FROM generate_series(1, 10) AS n});

# Along with a group: the store fails twice, then the database does.
my $store = $run->faulty_store;
$run->create_faulty_store('faulty', $store);
$test->create_consumer('faulty', broker => undef, store => 'faulty');
my $event = $test->event(event_id => 'evt_retried', minio_path => 'b/fail-2-times-503-then', content_count => 1);
my $batches = $test->sql('SELECT count(*) FROM analytics.batches');
$test->sql("SELECT analytics.submit(\$\$$event\$\$, 'faulty')");
$test->wait_for_batches($batches + 1);
is(metric('retries_total', consumer => 'faulty', stage => 'fetch'), 2, 'two fetches were tried again');
is(metric('minio_connection_errors_total', reason => 'server_error'), 2, 'for errors of the store');
is( $test->sql(q{SELECT to_timestamp(seconds) = (SELECT completed_at FROM analytics.batches WHERE event_id = 'evt_retried')
	FROM analytics.metric_last_commit_timestamp WHERE consumer = 'faulty'}),
	't', 'the last commit is that of the batch');

$test->sql(q{
	CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE SQLSTATE '53100'; END$$;
	CREATE TRIGGER refuse BEFORE INSERT ON analytics.batches FOR EACH ROW EXECUTE FUNCTION public.refuse()});
$event = $test->event(event_id => 'evt_refused', minio_path => 'b/good', content_count => 1);
$test->sql("SELECT analytics.submit(\$\$$event\$\$, 'faulty')");
$test->wait_for_sql(q{SELECT attempts > 0 FROM analytics.stat_worker WHERE consumer = 'faulty' AND last_error_sqlstate = '53100'});
$test->sql('DROP TRIGGER refuse ON analytics.batches');
$test->wait_for_batches($batches + 2);
cmp_ok(metric('retries_total', consumer => 'faulty', stage => 'commit'), '>=', 1, 'a commit was tried again');
is(metric('retries_total', consumer => 'posts'), 0, 'and nothing of the other consumer');

# --- rates of the last minutes, of more platforms than a few ---

# Of platform n, n errors among ten items; of the last a dead letter besides.
$test->sql(q{
	SELECT analytics.submit(jsonb_build_object('event_id', 'evt_rate_' || n, 'payload', jsonb_build_object('job_id', 'proj_a-b-0',
		'platform', CASE n WHEN 9 THEN repeat('x', 63) ELSE 'own' || n END, 'content_count', 10, 'items', (
			SELECT jsonb_agg(jsonb_build_object('meta', CASE WHEN i <= n THEN jsonb_build_object('id', i, 'fetch_status', 'error', 'error_code', 'TIMEOUT')
				ELSE jsonb_build_object('id', i) END, 'content', '{"text": "x"}'::jsonb)) FROM generate_series(1, 10) AS i))), 'faulty')
	FROM generate_series(1, 9) AS n});
$test->wait_for_batches($batches + 11);
$test->sql(q{SELECT analytics.submit('{"event_id": "evt_rate_8", "payload": {"job_id": "proj_other-b-0", "platform": "own8", "content_count": 1, "items": []}}', 'faulty')});
$test->wait_for_sql(q{SELECT reason FROM analytics.dead_letters WHERE event_id = 'evt_rate_8'}, 'KEY_CONFLICT');
my $rates = q{SELECT string_agg(round(error_rate::numeric, 3) || '/' || round(success_rate::numeric, 3), ' ' ORDER BY platform)
	FROM analytics.metric_error_rate JOIN analytics.metric_success_rate USING (platform) WHERE platform ~ '^own|xxx'};
$test->wait_for_sql($rates, '10.000/90.000 20.000/80.000 30.000/70.000 40.000/60.000 50.000/50.000 60.000/40.000 70.000/30.000 81.818/18.182 90.000/10.000');
my ($good, $bad) = map { metric('items_processed_total', platform => 'own3', status => $_) } qw(success error);
is(metric('error_rate', platform => 'own3'), 100 * $bad / ($good + $bad), 'nine platforms have the rates that are theirs, as the counters do');

# One with a name that is too long to be told apart may be any that has not been told of.
$test->sql(q{SELECT analytics.submit(jsonb_build_object('event_id', 'evt_rate_long', 'payload', jsonb_build_object('job_id', 'proj_a-b-0', 'platform', repeat('y', 64),
	'content_count', 1, 'items', '[{"meta": {"id": 1}, "content": {"text": "x"}}]'::jsonb)), 'faulty')});
$test->wait_for_batches($batches + 12);
$test->wait_for_sql(q{SELECT count(*) FROM analytics.metric_error_rate WHERE platform IN (repeat('y', 64), 'facebook')}, 0);
is($test->sql(q{SELECT count(*) FROM analytics.metric_error_rate WHERE platform ~ '^own|xxx'}), 9, 'no rate is told of what a worker does not tell apart');

# --- sessions share their rows, and never wait for each other ---

my $ingest = q{SELECT status FROM analytics.ingest(jsonb_build_object('event_id', 'evt_session_' || random(), 'payload', '{"job_id": "proj_a-b-0", "platform": "tiktok", "content_count": 1}'::jsonb),
	jsonb_build_array(jsonb_build_object('meta', jsonb_build_object('id', random()::text), 'content', '{"text": "x"}'::jsonb)))};
my $numbers = q{SELECT string_agg(DISTINCT worker::text, ' ' ORDER BY worker::text) FROM analytics.counters WHERE consumer = '' AND metric = 'events_processed'};
my @sessions = map { $node->background_psql('postgres') } 1 .. 3;
is($_->query_safe($ingest), 'processed', 'a session, one after the other') for @sessions;
is($test->sql($numbers), '-1', 'all counted under one number');
for my $session (@sessions)
{
	$session->query_safe('BEGIN; SAVEPOINT before');
	is($session->query_safe($ingest), 'processed', 'while others have not committed');
}
$sessions[0]->query_safe('ROLLBACK TO before');
is($sessions[2]->query_safe($ingest), 'processed', 'a second of one transaction');
is($sessions[0]->query_safe($ingest), 'processed', 'after one that was rolled back');
$_->query_safe('COMMIT') for @sessions;
is($test->sql($numbers), '-1 -2 -3', 'three transactions at once have three numbers');
is($test->sql(q{SELECT sum(value) FROM analytics.counters WHERE consumer = '' AND metric = 'events_processed'}), 3 + 4, 'and nothing is lost');
$_->quit for @sessions;
is(metric('error_rate', platform => 'tiktok') + metric('success_rate', platform => 'tiktok'), 100, 'what sessions do is in no rate');

done_testing();
