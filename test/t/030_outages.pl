# Broker, store, workers and server stopped in mid-stream: nothing lost,
# nothing twice.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(time);
use Test::More;

my $test = AnalyticsTest->new('outages', own_servers => 1, conf => "fsync = on\nrestart_after_crash = on\n");
$test->create_extension;
$test->create_consumer('posts', workers => 2);

my @loads;
sub generate_some
{
	my ($name) = @_;
	push @loads, $test->generate(tiktok => 300, youtube => 100, name => $name);
}

sub publish_some
{
	my ($name) = @_;
	generate_some($name);
	$test->publish($loads[-1]);
}

sub nothing_lost
{
	my ($what) = @_;
	my $expect = $test->expect(@loads);
	$test->wait_for_batches($expect->{batches});
	$test->wait_for_empty_queue;
	is( $test->sql(q{SELECT count(*), sum(success_count), sum(error_count) FROM analytics.batches}),
		"$expect->{batches}|$expect->{posts}|$expect->{errors}",
		"$what: every event once");
	is( $test->sql(q{SELECT (SELECT count(*) FROM analytics.post_analytics), (SELECT count(*) FROM analytics.crawl_errors), (SELECT count(*) FROM analytics.dead_letters)}),
		"$expect->{posts}|$expect->{errors}|0",
		"$what: every row once");
	is( $test->sql(q{SELECT sum(value) FROM analytics.counters WHERE metric = 'items_processed' AND label = 'success'}),
		$expect->{posts}, "$what: the counters agree");
}

# Wait until the stream of the last load runs.
sub mid_stream
{
	my $before = @loads > 2 ? $test->expect(@loads[0 .. $#loads - 1])->{batches} : 0;
	$test->wait_for_sql("SELECT count(*) > $before FROM analytics.batches", 't');
}

generate_some('storedown');
publish_some('store');
mid_stream();
$test->server_command('kill', 's3');
$test->publish($loads[0]);
$test->wait_for_sql(q{SELECT bool_or(state = 'blocked') FROM analytics.status}, 't');
like($test->sql('SELECT reason FROM analytics.status'), qr/./, 'store down: says so');
$test->server_command('start', 's3');
nothing_lost('store stopped and started');

publish_some('broker');
mid_stream();
$test->server_command('kill', 'rabbitmq');
$test->wait_for_sql(q{SELECT bool_and(NOT broker_connected) FROM analytics.stat_worker}, 't');
$test->wait_for_sql(q{SELECT state FROM analytics.status}, 'connecting');
like($test->sql('SELECT reason FROM analytics.status'), qr/refused|connect|closed|broker/i, 'broker down: says so');
$test->server_command('start', 'rabbitmq');
nothing_lost('broker killed and started');

publish_some('term');
mid_stream();
for my $pid ($test->worker_pids)
{
	my $started = time;
	kill 'TERM', $pid;
	poll_until(sub { process_gone($pid) }, "worker $pid ends", 10);
	cmp_ok(time - $started, '<', 2, 'a worker is gone within 2 s of SIGTERM');
}
nothing_lost('workers terminated');

publish_some('kill');
mid_stream();
my $position = $test->log_position;
my ($victim) = $test->worker_pids;
kill 'KILL', $victim;
$test->wait_for_log(qr/all server processes terminated; reinitializing/, $position);
$test->wait_for_log(qr/database system is ready to accept connections/, $position);
nothing_lost('a worker killed, and the cluster recovered');

publish_some('immediate');
mid_stream();
$test->node->stop('immediate');
$test->node->start;
nothing_lost('server stopped at once and started');

publish_some('restart');
mid_stream();
$test->node->restart;
nothing_lost('server restarted');

done_testing();
