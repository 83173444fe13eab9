# The metrics as a real postgres_exporter shows them, as sql_exporter would, and as
# the extension writes them itself: scraped as a role that is in pg_monitor and
# nothing else, and each the same.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use HTTP::Tiny;
use JSON::PP ();
use PostgreSQL::Test::Utils;
use Test::More;

my $test = AnalyticsTest->new('exporter', conf => "wal_level = replica\nmax_wal_senders = 4\nhot_standby = on");
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
is(value('analytics_worker_up', consumer => 'posts'), 1, 'its worker runs');
is(value('analytics_workers_configured', consumer => 'posts'), 1, 'and is all that there should be');
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
my %queries = $collector =~ /^  - query_name: (\w+)\n    query: \|\n((?:      .*\n)+)/mg;
my %asked;
for my $metric (split /^  - metric_name: /m, $collector =~ s/^queries:\n.*//msr)
{
	my ($name, $type, $rest) = $metric =~ /^(\w+)\n    type: (counter|gauge)\n(.*)/s or next;
	my @labels = split /, /, ($rest =~ /^    key_labels: \[(.*)\]$/m)[0] // '';
	my ($value_label) = $rest =~ /^    value_label: (\w+)$/m;
	my @values = map { s/"//gr } split /, /, ($rest =~ /^    values: \[(.+)\]$/m)[0] // die "no value of $name";
	my ($query) = $rest =~ /^    query_ref: (\w+)$/m or die "no query of $name";
	my $rows = $asked{$query} //= [ split /\n/, query("SELECT to_jsonb(q) FROM ($queries{$query}) AS q") ];

	for my $row (map { JSON::PP::decode_json($_) } @$rows)
	{
		for my $value (@values)
		{
			my @pairs = map { qq($_="$row->{$_}") } @labels;
			push @pairs, qq($value_label="$value") if defined $value_label;
			$collected{"$name\{" . join(',', sort @pairs) . '}'} = $row->{$value};
		}
	}
}
is_deeply([ sort keys %asked ], [ sort keys %queries ], 'sql_exporter: each query is used');
is(scalar keys %queries, query('SELECT count(DISTINCT view_name) FROM analytics.exported_metrics') + 0, 'and each view is asked once');
is(differences(\%collected, $own), '', 'the collector for sql_exporter has the same');

# --- what waits, and where ---

# The broker's depth is asked for every ten seconds.
sub metric
{
	my ($name, %labels) = @_;
	my $of = join '', map { " AND labels ->> '$_' = '$labels{$_}'" } sort keys %labels;
	return "SELECT value FROM analytics.metrics WHERE name = 'analytics_$name'$of";
}

# While another holds a table, what is taken stays in hand.
sub locked
{
	my ($code) = @_;
	my $holder = $test->node->background_psql('postgres');

	$holder->query_safe('BEGIN; LOCK TABLE analytics.post_analytics IN ACCESS EXCLUSIVE MODE');
	$code->();
	$holder->query_safe('ROLLBACK');
	$holder->quit;
}

my $before = $test->sql('SELECT count(*) FROM analytics.batches');
$test->sql(q{SELECT analytics.pause('posts')});
$test->wait_for_sql(q{SELECT state FROM analytics.status}, 'paused');
$test->publish($test->generate(youtube => 30, youtube_size => 1, seed => 4));
$test->wait_for_sql(metric('queue_messages_ready', consumer => 'posts'), 30);
is($test->sql(metric('unacked_deliveries', consumer => 'posts')), 0, 'ready: none of them is delivered');
locked(
	sub {
		$test->sql(q{SELECT analytics.resume('posts')});
		$test->wait_for_sql(metric('unacked_deliveries', consumer => 'posts'), 30);
		is($test->sql(metric('active_batches')), 30, 'unacknowledged: as many batches are active');
		$test->wait_for_sql(metric('queue_messages_ready', consumer => 'posts'), 0);
	});
$test->wait_for_batches($before + 30);
$test->wait_for_sql(metric('unacked_deliveries', consumer => 'posts'), 0);
$test->wait_for_sql(metric('active_batches'), 0);

# Of a consumer without a broker, what it has is in the local queue: what it
# works on, and what waits behind that.
$test->create_consumer('local', broker => undef, prefetch => 4, workers => 2);
$test->wait_for_sql(q{SELECT count(*) FROM analytics.stat_worker WHERE consumer = 'local' AND state = 'idle'}, 2);
locked(
	sub {
		$test->sql(sprintf 'SELECT analytics.submit(%s, %s) FROM generate_series(1, 20) AS n',
			q{jsonb_build_object('event_id', 'evt_local_' || n, 'payload', '{"job_id": "proj_a-b-0", "platform": "tiktok", "content_count": 1,
				"items": [{"meta": {"id": "1"}, "content": {"text": "x"}}]}'::jsonb)}, q{'local'});
		$test->wait_for_sql(metric('active_batches'), 8);
		is($test->sql(metric('local_queue_events', consumer => 'local')), 20, 'local queue: all wait, those in hand, too');
		is($test->sql(metric('local_queue_events', consumer => 'posts')), 0, 'and none for the other consumer');
		$test->wait_for_sql(metric('local_queue_age_seconds', consumer => 'local') =~ s/value/value > 0.1/r);
	});
$test->wait_for_batches($before + 50);
$test->wait_for_sql(metric('local_queue_events', consumer => 'local'), 0);
is($test->sql(metric('local_queue_age_seconds', consumer => 'local')), 0, 'and then nothing is overdue');

# --- a standby tells what it has of its primary, and nothing of workers ---

my $primary = $test->node;
my $standby = PostgreSQL::Test::Cluster->new('standby');
$primary->backup('standby');
$standby->init_from_backup($primary, 'standby', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup('standby', 'replay', $primary->lsn('insert'));

my $told = q{SELECT name || labels || ' ' || value FROM analytics.metrics WHERE name ~ '^analytics_%s$' ORDER BY 1};
is($standby->safe_psql('postgres', sprintf $told, '(worker_up|workers_.*|rabbitmq_connection_status|unacked_deliveries|queue_messages_ready|local_queue_.*)'), '', 'standby: nothing of workers');
is( $standby->safe_psql('postgres', q{SELECT name, labels ->> 'consumer', value FROM analytics.metrics WHERE name IN ('analytics_consumer_paused', 'analytics_in_recovery') ORDER BY 1, 2}),
	"analytics_consumer_paused|local|1\nanalytics_consumer_paused|posts|1\nanalytics_in_recovery||1", 'standby: that is meant to be so');
is($primary->safe_psql('postgres', q{SELECT in_recovery FROM analytics.metric_in_recovery}), 0, 'the primary is none');
is($standby->safe_psql('postgres', q{SELECT sum(dead_letters) FROM analytics.metric_dead_letters}), 0, 'standby: no dead letter waits for anybody');
is($test->sql(q{SELECT sum(dead_letters) FROM analytics.metric_dead_letters}), 1, 'as one does on the primary');
my $counters = sprintf($told, '.*') =~ s/WHERE/WHERE type <> 'gauge' AND/r;
is($standby->safe_psql('postgres', $counters), $test->sql($counters), 'standby: the counters are the same');
$standby->stop;

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
