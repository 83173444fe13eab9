# The metrics as a real postgres_exporter shows them, as sql_exporter would, and as
# the extension writes them itself: scraped as a role that is in pg_monitor and
# nothing else, and each the same.

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
$test->publish_body('no JSON');
$test->wait_for_dead_letters(1);
$test->wait_for_empty_queue;
$test->wait_for_sql(q{SELECT active_batches FROM analytics.metric_active_batches}, 0);

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

# --- all of them, by what the extension says of itself ---

my $root = "$FindBin::RealBin/../..";
my $as_exporter = $test->node->connstr('postgres') . ' user=exporter';

sub run_program
{
	my ($input, @command) = @_;
	my ($output, $errors) = ('', '');
	my $done = IPC::Run::run(\@command, '<', \$input, '>', \$output, '2>', \$errors, IPC::Run::timeout(60));
	return ($output, $errors, $done);
}

sub query
{
	my ($sql) = @_;
	my ($output, $errors, $done) = run_program($sql, 'psql', '-XqAt', '-F', "\t", '-v', 'ON_ERROR_STOP=1', $as_exporter);
	die "as exporter: $errors" unless $done;
	return $output;
}

# {name and sorted labels => value}; "server" is a label of the exporter's own.
sub samples
{
	my ($text) = @_;
	my %samples;
	for (grep { /^analytics_/ } split /\n/, $text)
	{
		my ($name, $labels, $value) = /^(\w+)(?:\{(.*)\})? (\S+)$/ or die "no sample: $_";
		my @labels = grep { !/^server=/ } ($labels // '') =~ /(\w+="(?:[^"\\]|\\.)*")/g;
		my $key = "$name\{" . join(',', sort @labels) . '}';
		die "twice: $key" if exists $samples{$key};
		$samples{$key} = $value;
	}
	return \%samples;
}

# Those of %$got that are not as in %$want, and the other way round.
sub differences
{
	my ($got, $want) = @_;
	my %all = (%$got, %$want);
	return join "\n", grep {
		my ($one, $other) = ($got->{$_}, $want->{$_});
		!defined $one || !defined $other || abs($one - $other) > 1e-9 * abs($other);
	} sort keys %all;
}

my $text = query('SELECT analytics.prometheus_text()');
my $own = samples($text);
cmp_ok(scalar keys %$own, '>', 500, 'the extension writes all metrics');
is(differences(samples($page), $own), '', 'the exporter shows the same');

my %type = $text =~ /^# TYPE (\S+) (\S+)$/mg;
my %known = map { split /\t/ } split /\n/, query('SELECT name, type FROM analytics.exported_metrics');
is(delete $known{analytics_scorer_failures_total}, 'counter', 'no consumer has a scorer, all else is there');
is_deeply(\%type, \%known, 'every metric that there is, by its type');
my %shown = grep { defined } $page =~ /^# TYPE (analytics_\S+) (\S+)$/mg;
is_deeply(\%shown, \%known, 'and the exporter says so, too');
unlike($text, qr/^# (?:HELP \S+|TYPE \S+) *$/m, 'each is described');

my ($lint, $complaints, $clean) = run_program($text, 'promtool', 'check', 'metrics');
ok($clean, 'promtool finds nothing wrong with them');
is($lint . $complaints, '', 'and has nothing to say');

my %flat = map { my ($name, $labels, $value) = split /\t/; ("$name$labels" => $value) } split /\n/, query(q{
	SELECT name, '{' || coalesce((SELECT string_agg(format('%s="%s"', key, value), ',' ORDER BY key COLLATE "C") FROM jsonb_each_text(labels)), '') || '}', value
	FROM analytics.metrics});
is(differences(\%flat, $own), '', 'the view metrics has the same');

# --- sql_exporter: what its queries answer ---

my %collected;
my $collector = slurp_file("$root/deploy/sql_exporter/analytics.collector.yml");
for my $metric (split /^  - metric_name: /m, $collector)
{
	my ($name, $type, $rest) = $metric =~ /^(\w+)\n    type: (counter|gauge)\n(.*)/s or next;
	my ($labels) = $rest =~ /^    key_labels: \[(.*)\]$/m;
	my ($value) = $rest =~ /^    values: \[(\w+)\]$/m or die "no value of $name";
	my ($sql) = $rest =~ /^    query: \|\n(.*)/ms or die "no query of $name";
	my @labels = split /, /, $labels // '';
	my $list = join ', ', map { "q.$_" } @labels, $value;

	for (split /\n/, query("SELECT $list FROM ($sql) AS q"))
	{
		my @values = split /\t/, $_, -1;
		my $key = "$name\{" . join(',', sort map { qq($labels[$_]="$values[$_]") } 0 .. $#labels) . '}';
		$collected{$key} = $values[-1];
	}
}
is(differences(\%collected, $own), '', 'the collector for sql_exporter has the same');

# --- what is made of the views' comments is what the repository holds ---

my $made = "$PostgreSQL::Test::Utils::tmp_check/made";
{
	local $ENV{PGHOST} = $test->node->host;
	local $ENV{PGPORT} = $test->node->port;
	local $ENV{PGDATABASE} = 'postgres';
	my (undef, $errors, $done) = run_program('', "$root/scripts/metrics-reference", $made);
	ok($done, 'scripts/metrics-reference') or diag $errors;
}
for my $file ('docs/metrics.md', 'deploy/postgres_exporter/queries.yaml', 'deploy/sql_exporter/analytics.collector.yml')
{
	is(slurp_file("$made/$file"), slurp_file("$root/$file"), "$file is as the comments on the views are");
}

done_testing();
