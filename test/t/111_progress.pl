# The progress of what submit() has queued: it counts each event once, whatever
# becomes of it and whatever crashes, and nothing else that lies in the queue.

use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use Test::More;

my $test = AnalyticsTest->new('progress', servers => [], conf => "restart_after_crash = on\nanalytics.debug_retry_scale = 0.01");
my $folder = abs_path($test->folder) . '/batches';
make_path("$folder/crawl");

$test->create_extension;
$test->sql("CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'file://$folder')");
$test->sql('CREATE USER MAPPING FOR CURRENT_USER SERVER store');
$test->sql(q{SELECT analytics.create_consumer('posts', store => 'store', workers => 2, prefetch => 4)});
$test->sql(q{SELECT analytics.pause('posts')});

my $EVENT = q{jsonb_build_object('event_id', '%s_' || i, 'payload', jsonb_build_object('job_id', 'p-brand-0', 'platform', 'tiktok',
	'content_count', 1, 'items', jsonb_build_array(jsonb_build_object('meta', jsonb_build_object('id', '%s_' || i)))))};

sub submit
{
	my ($name, $count, $consumer) = @_;
	$test->sql('SELECT count(analytics.submit(' . sprintf($EVENT, $name, $name) . ", $consumer)) FROM generate_series(1, $count) AS i");
}

sub progress
{
	my ($columns, $consumer) = @_;
	return $test->sql("SELECT $columns FROM analytics.progress WHERE consumer IS NOT DISTINCT FROM " . ($consumer // q{'posts'}));
}

sub wait_for_progress
{
	my ($done, $consumer) = @_;
	$test->wait_for_sql('SELECT done, waiting FROM analytics.progress WHERE consumer IS NOT DISTINCT FROM ' . ($consumer // q{'posts'}), "$done|0");
}

# --- a run: good events, dead letters, duplicates ---

submit('good', 300, q{'posts'});
$test->sql(q{SELECT count(analytics.submit('{"event_id": "bad"}'::jsonb || jsonb_build_object('n', i), 'posts')) FROM generate_series(1, 5) AS i});
submit('good', 20, q{'posts'}); # once more: duplicates
is(progress('total, done, failed, waiting, in_flight, percent, eta, finished_at'), '325|0|0|325|0|0.0||', 'while it is paused all waits');

# --- what a broker's event or a replay puts there does not count ---

$test->sql(q{INSERT INTO analytics.local_queue (consumer, body, due_at) VALUES ('posts', '{"event_id": "parked"}', now() + interval '1 hour')});
is(progress('total'), 325, 'a parked event is none of it');

$test->sql(q{SELECT analytics.resume('posts')});
wait_for_progress(325);
is(progress('total, failed, percent, eta, finished_at > started_at'), '325|5|100.0||t', 'all of it is done, the failed ones too');
is($test->sql('SELECT count(*) FROM analytics.batches'), 300, 'of which 300 were new');
cmp_ok(progress('per_second'), '>', 0, 'there is a rate');
is($test->sql(q{SELECT sum(done) FROM analytics.submissions}), 325, 'counted durably');

$test->sql(q{SELECT analytics.replay_all(); SELECT analytics.replay_batch('good_1')});
$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 1);
$test->wait_for_sql('SELECT count(*) FROM analytics.batch_replays', 1);
is(progress('total, done, failed'), '325|325|5', 'replays are none of it');

# --- the next run begins at 0 ---

$test->sql(q{SELECT analytics.pause('posts')});
submit('second', 100, q{'posts'});
is(progress('total, done, waiting'), '100|0|100', 'the next run counts from 0');
$test->sql(q{SELECT analytics.resume('posts')});
wait_for_progress(100);
is($test->sql(q{SELECT sum(done) FROM analytics.submissions}), 425, 'what was done before is kept');

# --- part of it done: rate and time left ---

submit('early', 40, q{'posts'});
wait_for_progress(40);
my $first_run = progress('started_at');
$test->sql(q{INSERT INTO analytics.local_queue (consumer, body, due_at, submitted_run) SELECT 'posts', '{}', now() + interval '1 hour', started_at FROM analytics.progress WHERE consumer = 'posts'});
submit('late', 20, q{'posts'});
$test->wait_for_sql(q{SELECT done FROM analytics.progress WHERE consumer = 'posts'}, 60);
is(progress('total, waiting, percent, finished_at'), '61|1|98.4|', 'while one waits it is the same run');
is(progress('started_at'), $first_run, 'which began then');
is(progress("eta BETWEEN '1 s' AND '60 s'"), 't', 'the time left follows from the rate');
$test->sql(q{DELETE FROM analytics.local_queue WHERE submitted_run IS NOT NULL});

# --- one that has to wait for its object stays in the queue ---

sub wait_file
{
	my ($name) = @_;
	open my $file, '>', "$folder/crawl/$name" or die "$name: $!";
	print {$file} '[{"meta": {"id": "waits"}}]';
	close $file;
}
$test->sql("SELECT analytics.submit(jsonb '" . $test->event(event_id => 'waits', content_count => 1, minio_path => 'crawl/waits.json') . "', 'posts')");
$test->wait_for_sql(q{SELECT max(attempts) > 0 AND bool_and(leased_until IS NULL) FROM analytics.local_queue WHERE submitted_run IS NOT NULL}, 't');
is(progress('total, done, waiting'), '1|0|1', 'a parked event is not done');
wait_file('waits.json');
wait_for_progress(1);
is(progress('failed'), 0, 'until it is');

# --- for any consumer ---

submit('any', 50, 'NULL');
wait_for_progress(50, 'NULL');
is(progress('total, done', 'NULL'), '50|50', 'events for any consumer are counted by themselves');

# --- a crash in the middle ---

$test->sql(q{SELECT analytics.pause('posts')});
submit('crash', 1500, q{'posts'});
$test->sql(q{SELECT analytics.resume('posts')});
$test->wait_for_sql(q{SELECT done > 50 FROM analytics.progress WHERE consumer = 'posts'});
my ($pid) = $test->worker_pids;
kill 'KILL', $pid;
$test->wait_for_sql("SELECT count(*) FROM pg_stat_activity WHERE pid = $pid", 0);
$test->wait_for_sql(q{SELECT total FROM analytics.progress WHERE consumer = 'posts'}, 1500);
pass('the total is the same after a crash');
wait_for_progress(1500);
is($test->sql(q{SELECT count(*) FROM analytics.batches WHERE key LIKE 'crash\_%'}), 1500, 'and so is what is done');
is($test->sql(q{SELECT pg_has_role('pg_monitor', 'pg_monitor', 'USAGE') AND has_table_privilege('pg_monitor', 'analytics.progress', 'SELECT')}), 't', 'monitoring may read it');

done_testing();
