# The whole chain with real servers: RabbitMQ, worker, view, postgres_exporter,
# Prometheus, an alert that fires and is resolved; for a mismatch of batch
# sizes, an error spike, a stalled consumer and a lost broker.
#
# An operator's alert waits for minutes.  Here Prometheus scrapes and evaluates
# each second, and the rules are a copy of deploy/prometheus/rules.yml in which
# every time is shorter (MonitoringChain says which); conditions and thresholds
# are those of the file.  That the times of the file are kept is tested by
# 200_rules.pl, with a clock that promtool moves.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use MonitoringChain;
use Test::More;

my $test = AnalyticsTest->new('chain', own_servers => 1);
$test->create_extension;
$test->create_consumer('posts', prefetch => 4);
my $chain = MonitoringChain->new($test, shorten => [qw(for windows hour_ago commit)]);
my @loads;

sub load
{
	my (%options) = @_;
	my $load = $test->generate(seed => 20 + @loads, %options);
	push @loads, $load;
	$test->publish($load);
	return $load;
}

sub labels
{
	my ($alert, @names) = @_;
	return join ' ', map { $alert->{labels}{$_} // '-' } @names;
}

$chain->wait_for_value('analytics_rabbitmq_connection_status{consumer="posts"}', 1);
$chain->wait_for_value('sum(analytics:batch_size_mismatches:rate5m) + sum(analytics:item_errors:rate5m)', 0);
$chain->wait_for_no_alert;
pass('nothing is wrong at first');

# ---------------------------------------------------------------------
# A mismatch of batch sizes, and a spike of errors, each of a platform
# ---------------------------------------------------------------------

load(youtube => 20, youtube_size => 19, errors => 0, odd => 0);
load(tiktok => 10, errors => 0.5, odd => 0);
my $expect = $test->expect(@loads);

my $alert = $chain->wait_for_alert('AnalyticsBatchSizeMismatch', 'firing');
is(labels($alert, qw(platform severity job)), 'youtube warning analytics', 'mismatch: the alert, of the platform');
cmp_ok($alert->{value}, '>', 0.1, 'mismatch: its rate');
is(scalar @{ $chain->alerts('AnalyticsBatchSizeMismatch') }, 1, 'mismatch: of no other');
$test->wait_for_batches($expect->{batches});
is($test->sql('SELECT count(*) FROM analytics.batches WHERE expected_count = 20 AND actual_count = 19'), 20, 'mismatch: as the ledger has it');
$chain->wait_for_value('sum(analytics_batch_size_mismatch_total)', 20);
is($chain->value('analytics_batch_size_mismatch_total{platform="youtube", expected_size="20", actual_size="19"}'), 20, 'mismatch: as Prometheus has it, by size');

$alert = $chain->wait_for_alert('AnalyticsErrorSpike', 'firing');
is(labels($alert, qw(platform severity)), 'tiktok warning', 'errors: the alert, of the platform');
is(labels($chain->wait_for_alert('AnalyticsErrorRateCritical', 'firing'), qw(platform severity)), 'tiktok critical', 'errors: more than 20 % of the items');
is_deeply([ grep { $_->{labels}{platform} ne 'tiktok' } @{ $chain->alerts('AnalyticsErrorSpike') } ], [], 'errors: of no other');
$chain->wait_for_value('sum(analytics_items_processed_total{status="error"})', $expect->{errors});
is($test->sql('SELECT count(*) FROM analytics.crawl_errors'), $expect->{errors}, 'errors: as the table has them');

$chain->wait_for_no_alert($_) for qw(AnalyticsBatchSizeMismatch AnalyticsErrorSpike AnalyticsErrorRateCritical AnalyticsErrorRateHigh);
pass('mismatch and errors: resolved');

# ---------------------------------------------------------------------
# A stalled consumer: it is connected, and its commits wait for a lock
# ---------------------------------------------------------------------

my $holder = $test->node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE analytics.post_analytics IN ACCESS EXCLUSIVE MODE');
load(youtube => 12, errors => 0, odd => 0);

$alert = $chain->wait_for_alert('AnalyticsConsumerStalled', 'firing');
is(labels($alert, qw(consumer severity)), 'posts critical', 'stalled: the alert, of the consumer');
is($chain->value('analytics_rabbitmq_connection_status{consumer="posts"}'), 1, 'stalled: the broker is not at fault');
is_deeply($chain->alerts('AnalyticsConnectionLost'), [], 'stalled: and no alert says so');
$test->wait_for_sql("SELECT state FROM analytics.status WHERE name = 'posts'", 'blocked');
like($test->sql("SELECT reason FROM analytics.status WHERE name = 'posts'"), qr/lock/, 'stalled: the status says why');

$holder->query_safe('ROLLBACK');
$holder->quit;
$test->wait_for_batches($test->expect(@loads)->{batches});
$chain->wait_for_no_alert('AnalyticsConsumerStalled');
pass('stalled: resolved');

# ---------------------------------------------------------------------
# A lost broker
# ---------------------------------------------------------------------

$test->server_command('kill', 'rabbitmq');
$alert = $chain->wait_for_alert('AnalyticsConnectionLost', 'firing');
is(labels($alert, qw(consumer severity)), 'posts critical', 'broker: the alert, of the consumer');
is($alert->{annotations}{summary}, 'Consumer posts has no connection to its broker', 'broker: in words');
is($test->sql("SELECT state FROM analytics.status WHERE name = 'posts'"), 'connecting', 'broker: the status says the same');
$test->server_command('start', 'rabbitmq');
$chain->wait_for_no_alert('AnalyticsConnectionLost');
pass('broker: resolved');
$chain->wait_for_value('sum(analytics_rabbitmq_reconnects_total{consumer="posts"}) >= 1', sub { 1 });

# ---------------------------------------------------------------------
# All is well again, and the same on both ends
# ---------------------------------------------------------------------

load(tiktok => 2, errors => 0, odd => 0);
$expect = $test->expect(@loads);
$test->wait_for_batches($expect->{batches});
$chain->wait_for_value('sum(analytics_batch_processing_total{status="success"})', $expect->{batches});
$chain->wait_for_value('sum(analytics_items_processed_total{status=~"success|error"})', $expect->{items});
is($test->sql('SELECT count(*) FROM analytics.post_analytics'), $expect->{posts}, 'every post is there');
is($chain->value('sum(analytics_items_processed_total{status="success"})'), $expect->{posts}, 'and counted');
is($chain->value('analytics_batch_processing_duration_seconds_count{platform="youtube"}'), 32, 'each batch was timed');
is($chain->value('max(pg_exporter_last_scrape_error)'), 0, 'no scrape was incomplete');
is($chain->value('max_over_time(pg_exporter_last_scrape_error[10m])'), 0, 'nor was one before');
is($chain->value('min_over_time(up[10m])'), 1, 'or missing');

$chain->stop;
done_testing();
