# The dashboard and the console page of deploy/ on live data: every query of
# every panel is run, against a real Prometheus and against the database, and
# returns something; the page is opened in a browser if there is one.
#
# Of the rules only the time for which an alert waits is shortened.
#
# Leaves console.png, the picture for the documentation, beside the test's logs
# (scripts/screenshots takes it from there).

use strict;
use warnings FATAL => 'all';

use FindBin;
use JSON::PP ();
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use MonitoringChain qw(chromium);
use PostgreSQL::Test::Utils;
use Test::More;

my $DEPLOY = "$FindBin::RealBin/../../deploy";
my $dashboard = JSON::PP->new->utf8->decode(slurp_file("$DEPLOY/grafana/analytics.json"));
my $page_text = slurp_file("$DEPLOY/prometheus/consoles/analytics.html");
my @panels = grep { $_->{type} ne 'row' } @{ $dashboard->{panels} };

# ---------------------------------------------------------------------
# What the files say, without any server
# ---------------------------------------------------------------------

# The panels of a row, in their order.
sub panels_of
{
	my ($title) = @_;
	my ($row, @found) = ('');

	for my $panel (@{ $dashboard->{panels} })
	{
		$row = $panel->{title} if $panel->{type} eq 'row';
		push @found, $panel if $row eq $title && $panel->{type} ne 'row';
	}
	return @found;
}

sub overlapping
{
	my ($a, $b) = map { $_->{gridPos} } @_;
	return $a->{x} < $b->{x} + $b->{w} && $b->{x} < $a->{x} + $a->{w} && $a->{y} < $b->{y} + $b->{h} && $b->{y} < $a->{y} + $a->{h};
}

is_deeply(
	[ map { $_->{title} } grep { $_->{type} eq 'row' } @{ $dashboard->{panels} } ],
	[ 'Health', 'Throughput', 'Latency', 'Errors', 'Dead letters', 'Posts' ],
	'the rows of the dashboard');
is(scalar(grep { !@{ $_->{targets} // [] } } @panels), 0, 'each panel asks something');
my @crossing = map {
	my $i = $_;
	map { "$panels[$i]{title}, $panels[$_]{title}" } grep { overlapping($panels[$i], $panels[$_]) } $i + 1 .. $#panels
} 0 .. $#panels;
is_deeply(\@crossing, [], 'no panel lies over another');

# The top row of both, as title and query without the choice of databases.
my @tiles = $page_text =~ /template "tile" \(args "([^"]+)" "([^"]+)"/g;
my @stats = map { ($_->{title}, $_->{targets}[0]{expr} =~ s/\{instance=~"\$instance"\}//gr) } grep { $_->{type} eq 'stat' } panels_of('Health');
is_deeply(\@tiles, \@stats, 'the console page has the same top row');
is(scalar @tiles, 16, 'of eight');

# ---------------------------------------------------------------------
# Something to be seen
# ---------------------------------------------------------------------

my $test = AnalyticsTest->new('dashboard');
$test->create_extension;
$test->create_consumer('posts', workers => 2);
my $chain = MonitoringChain->new($test, shorten => ['for']);

$chain->wait_for_value('analytics_rabbitmq_connection_status', 1);
my $load = $test->generate(tiktok => 30, youtube => 15, errors => 0.08, odd => 0.2, compress => 'mixed', seed => 11);
$test->publish($load, rate => 5, seed => 11, shuffle => \1);
$test->publish_body('{"event_id": "evt_cut_off", "payload":');
$test->wait_for_batches($load->{expect}{batches});
$test->wait_for_dead_letters(1);
$chain->wait_for_value('sum(analytics_items_processed_total{status=~"success|error"})', $load->{expect}{items});
$chain->wait_for_value(q{sum(analytics_queue_messages_ready) + sum(analytics_unacked_deliveries)}, 0);
$chain->wait_for_alert('AnalyticsDeadLettersPending', 'firing', undef, reason => 'INVALID_EVENT');

# ---------------------------------------------------------------------
# Every panel
# ---------------------------------------------------------------------

sub numbers
{
	my ($series) = @_;
	return grep { $_->{value} !~ /nan/i } @$series;
}

# As Grafana would ask, for all databases.
sub check_prometheus
{
	my ($title, $target) = @_;
	my $query = $target->{expr} =~ s/\$instance/.*/gr =~ s/\$__rate_interval/5m/gr;
	my $series;

	unlike($query, qr/\$/, "$title: no variable is unknown");
	eval { poll_until(sub { $series = $chain->query($query); scalar numbers($series) }, "data of $query", 15); 1 };
	ok(scalar numbers($series // []), "$title: data of $target->{refId}") or diag $query;
	for my $label (($target->{legendFormat} // '') =~ /\{\{(\w+)\}\}/g)
	{
		is(scalar(grep { !defined $_->{labels}{$label} } @{ $series // [] }), 0, "$title: each series has $label");
	}
}

# Its role has the rights that the documentation gives it.
my ($grants) = slurp_file("$FindBin::RealBin/../../docs/monitoring.md") =~ /The role of that data source needs\n\n```sql\n(.*?)```/s;
$test->sql($grants);
my $project = $test->sql(<<~'END');
	SELECT project_id FROM analytics.post_analytics WHERE project_id IS NOT NULL
	GROUP BY 1 ORDER BY count(*) DESC LIMIT 1
	END

sub check_sql
{
	my ($title, $sql) = @_;
	$sql =~ s/\$\{project:sqlstring\}/'$project'/g;
	$sql =~ s/\$__timeFilter\((\w+)\)/$1 BETWEEN now() - interval '3 hours' AND now()/g;
	unlike($sql, qr/\$/, "$title: no variable is unknown");
	cmp_ok($test->sql("SET ROLE dashboard; SELECT count(*) FROM ($sql) AS panel"), '>=', 1, "$title: rows");
}

for my $panel (@panels)
{
	for my $target (@{ $panel->{targets} })
	{
		if ($target->{datasource}{type} eq 'prometheus')
		{
			check_prometheus($panel->{title}, $target);
		}
		else
		{
			check_sql($panel->{title}, $target->{rawSql});
		}
	}
}
for my $variable (@{ $dashboard->{templating}{list} })
{
	check_sql("variable $variable->{name}", $variable->{query}) if $variable->{type} eq 'query' && $variable->{datasource}{type} ne 'prometheus';
}
is($chain->value('count(count by (instance) (analytics_build_info))'), 1, 'variable instance: the database');

# ---------------------------------------------------------------------
# The console page
# ---------------------------------------------------------------------

# title => [ class, text ] of the tiles in a document
sub shown_tiles
{
	my ($document) = @_;
	my %shown;

	while ($document =~ m{<div class="tile (\w+)"><h2>([^<]+)</h2><p>([^<]*)</p></div>}g)
	{
		$shown{$2} = [ $1, $3 ];
	}
	return \%shown;
}

sub check_page
{
	my ($how, $document) = @_;
	my $shown = shown_tiles($document);

	is(scalar keys %$shown, 8, "$how: eight tiles");
	is_deeply([ grep { $shown->{$_}[1] eq 'no data' || $shown->{$_}[1] eq '' } sort keys %$shown ], [], "$how: each has a value");
	is_deeply($shown->{Broker}, [ 'good', 'connected' ], "$how: the broker");
	is_deeply($shown->{'Workers missing'}, [ 'good', '0' ], "$how: the workers");
	is_deeply($shown->{'Dead letters pending'}, [ 'bad', '1' ], "$how: the dead letter");
	like($document, qr{<td>AnalyticsDeadLettersPending</td><td class="text">INVALID_EVENT</td><td class="text firing">firing</td>}, "$how: its alert");
	like($document, qr{<tr><td>posts</td>\s*<td class="text">connected</td>\s*<td>2 of 2</td>\s*<td>0</td>\s*<td>0</td>\s*<td>0</td>}, "$how: the consumer");
	like($document, qr{<tr><td>tiktok</td>\s*<td>[\d.]+</td>\s*<td>[\d.]+</td>\s*<td>[\d.]+%</td>\s*<td>[\d.]+m?s</td>}, "$how: a platform");
}

check_page('page', $chain->get('consoles/analytics.html'));

SKIP:
{
	skip 'chromium is not installed: the console page was read over HTTP only, its scripts were not run', 10
	  unless chromium();
	my $picture = "$PostgreSQL::Test::Utils::log_path/console.png";
	my $document = $chain->browse($chain->url('consoles/analytics.html?minutes=1'), screenshot => $picture, size => '1280,1000');

	check_page('browser', $document);
	my @paths = $document =~ m{<path stroke="#\w+" d="(M[^"]+L[^"]+)"}g;
	cmp_ok(scalar @paths, '>=', 2, 'browser: the scripts have drawn the series');
	cmp_ok(-s $picture // 0, '>', 20_000, 'browser: a picture');
}

# ---------------------------------------------------------------------
# The SQL of the pages for operators
# ---------------------------------------------------------------------

# Each block as it stands, in a transaction that is undone.
for my $name (qw(runbook troubleshooting))
{
	my $page = slurp_file("$FindBin::RealBin/../../docs/$name.md");
	my $number = 0;

	while ($page =~ /```sql\n(.*?)```/sg)
	{
		my $sql = $1;
		my ($status, undef, $said) = $test->node->psql('postgres', "BEGIN;\n$sql\nROLLBACK;", on_error_stop => 1);
		is($status, 0, "$name.md: block " . ++$number . ' of SQL runs') or diag "$sql\n$said";
	}
	cmp_ok($number, '>=', 4, "$name.md: blocks of SQL");
}

unlike($chain->log('exporter'), qr/level=error/, 'the exporter logs no error') or diag $chain->log('exporter');
unlike($chain->log('prometheus'), qr/level=(error|warn)/, 'nor does Prometheus') or diag $chain->log('prometheus');
$chain->stop;
done_testing();
