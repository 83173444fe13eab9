# The metrics as a real postgres_exporter shows them, scraped as pg_monitor.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use HTTP::Tiny;
use PostgreSQL::Test::Utils;
use Test::More;

my $test = AnalyticsTest->new('exporter');
$test->create_extension;
$test->sql(q{CREATE ROLE exporter LOGIN IN ROLE pg_monitor});
$test->create_consumer('posts');
my $load = $test->generate(tiktok => 12, youtube => 4, seed => 3);
my $expect = $load->{expect};
$test->publish($load);
$test->wait_for_batches($expect->{batches});

my $port = PostgreSQL::Test::Cluster::get_free_port();
my $queries = "$FindBin::RealBin/../../deploy/postgres_exporter/queries.yaml";
my ($out, $err) = ('', '');
local $ENV{DATA_SOURCE_NAME} = sprintf 'host=%s port=%d user=exporter dbname=postgres sslmode=disable',
  $test->node->host, $test->node->port;
my $exporter = IPC::Run::start(
	[ 'prometheus-postgres-exporter', '--extend.query-path', $queries,
	  '--disable-default-metrics', '--disable-settings-metrics',
	  "--web.listen-address=127.0.0.1:$port" ],
	'>', \$out, '2>', \$err);

my $page = poll_until(sub {
		$exporter->pump_nb;
		my $answer = HTTP::Tiny->new(timeout => 5)->get("http://127.0.0.1:$port/metrics");
		return $answer->{success} && $answer->{content} =~ /^analytics_/m ? $answer->{content} : 0;
	}, 'a scrape with our metrics');

sub value
{
	my ($name, %labels) = @_;
	my $sum;
	for my $line (grep { /^\Q$name\E[{ ]/ } split /\n/, $page)
	{
		next if grep { $line !~ /\b$_="\Q$labels{$_}\E"/ } keys %labels;
		$sum = ($sum // 0) + ($line =~ /\s(\S+)$/)[0];
	}
	return $sum;
}

is(value('analytics_items_processed_total', platform => 'tiktok', status => 'success'), $expect->{'tiktok.posts'}, 'items, tiktok');
is(value('analytics_items_processed_total', status => 'error'), $expect->{errors}, 'error items');
is(value('analytics_batch_processing_total', status => 'success'), $expect->{batches}, 'batches');
is(value('analytics_batch_processing_total', platform => 'facebook', status => 'failed'), 0, 'a label set that has not occurred is 0');
is(value('analytics_batch_size_mismatch_total') // 0, $expect->{mismatches}, 'mismatches');
is(value('analytics_processing_errors_total'), $expect->{errors}, 'errors by category');
is(value('analytics_batch_processing_duration_seconds_count'), $expect->{batches}, 'histogram: count');
is(value('analytics_batch_processing_duration_seconds_bucket', le => '+Inf'), $expect->{batches}, 'histogram: +Inf');
is(value('analytics_active_batches'), 0, 'no batch is active');
is(value('analytics_rabbitmq_connection_status', consumer => 'posts'), 1, 'the broker is connected');
unlike($page, qr/exporter_last_scrape_error\S* 1/, 'no scrape error');
unlike($err, qr/level=error/, 'the exporter logs no error') or diag $err;

$exporter->signal('TERM');
$exporter->finish;
done_testing();
