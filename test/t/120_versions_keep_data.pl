# Every version keeps its data: on the way to every other and back, and through
# a dump in either format.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use FilledDatabase;
use PostgreSQL::Test::Utils;
use Test::More;
use VersionChain;

my $test = AnalyticsTest->new('keep_data', servers => []);
my $node = $test->node;
my @versions = versions($node);
my $newest = $versions[-1];
my $folder = $test->folder;
my @port = ('--port', $node->port, '--host', $node->host);

# A table that held nothing would prove nothing.
my @FILLED = map { "analytics.$_" } qw(settings platforms error_codes slang spam_keywords stop_words aspect_terms sentiment_terms intent_patterns
  rule_sets rule_changes post_analytics crawl_errors batches dead_letters dead_letter_history batch_replays local_queue counters consumers submissions);

sub same
{
	my ($got, $expected, $name) = @_;
	my @others = grep { ($got->{$_} // '') ne ($expected->{$_} // '') } sort keys %{ { %$got, %$expected } };
	ok(!@others, $name);
	diag("$_ was\n$expected->{$_}\nand is\n$got->{$_}") for @others;
}

# Processed by the workers of this version, under the next numbers.
my $events = 0;
sub works
{
	my ($database, $name) = @_;
	my $id = 'more' . ++$events;
	my $errors = $node->safe_psql($database, 'SELECT coalesce(max(id), 0) FROM analytics.crawl_errors');

	$node->safe_psql($database, 'SELECT analytics.submit($$' . collected($id) . '$$)');
	ok($node->poll_query_until($database, "SELECT count(*) = 1 FROM analytics.batches WHERE key = 'evt_$id' AND error_count = 1 AND expected_count = 30"), "$name: an event is processed, by the user's rules");
	is($node->safe_psql($database, "SELECT count(*) FROM analytics.crawl_errors WHERE event_id = 'evt_$id' AND id > $errors"), 1, "$name: numbers go on");
}

sub is_version
{
	my ($database, $version, $name) = @_;
	is($node->safe_psql($database, q{SELECT extversion FROM pg_extension WHERE extname = 'analytics'}), $version, "$name: it is $version");
	is($node->safe_psql($database, q{SELECT string_agg(concat_ws(' ', name, subject, finding), '; ') FROM analytics.check(false) WHERE status = 'error' AND name IN ('version', 'objects', 'rules', 'role')}), '', "$name: check() finds nothing wrong");
}

# ---------------------------------------------------------------------
# Up, down and up again, with workers at it
# ---------------------------------------------------------------------

sub goes_to_every_other
{
	my ($database, $version) = @_;

	for my $other (grep { $_ ne $version } @versions)
	{
		for my $to ($other, $version)
		{
			my ($before, $counts, $rights) = (contents($node, $database), counts($node, $database), rights($node, $database));

			$node->safe_psql($database, "ALTER EXTENSION analytics UPDATE TO '$to'");
			same(contents($node, $database), $before, "$version to $to: what it holds is as it was");
			same(counts($node, $database), $counts, "$version to $to: and how many rows");
			is(rights($node, $database), $rights, "$version to $to: and who may do what");
			is_version($database, $to, "$version to $to");
			works($database, "$version to $to");
		}
	}
}

# ---------------------------------------------------------------------
# Dumped, and restored
# ---------------------------------------------------------------------

sub restore
{
	my ($dump, $format, $database) = @_;
	return [ 'pg_restore', @port, '--exit-on-error', '--dbname', $database, $dump ] if $format eq 'custom';
	return [ 'psql', @port, '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--dbname', $database, '--file', $dump ];
}

sub is_as_it_was
{
	my ($database, $copy, $version, $name) = @_;
	is_version($copy, $version, $name);
	same(contents($node, $copy, restored => 1), contents($node, $database, restored => 1), "$name: what it holds is as it was");
	same(counts($node, $copy), counts($node, $database), "$name: and how many rows");
	is(rights($node, $copy), rights($node, $database), "$name: and who may do what");
}

# A dump does not say which version it was of: it comes back as the newest, from where
# the one that it was can be reached.
sub survives_a_dump
{
	my ($database, $version) = @_;

	for my $format ('custom', 'plain')
	{
		my ($dump, $copy, $name) = ("$folder/$database.$format", "${database}_$format", "$version, $format");

		command_ok([ 'pg_dump', @port, '--format', $format, '--file', $dump, $database ], "$name: dumped");
		$node->safe_psql('postgres', "CREATE DATABASE $copy TEMPLATE template0");
		command_ok(restore($dump, $format, $copy), "$name: restored");
		is_as_it_was($database, $copy, $newest, "$name, restored");
		is($node->safe_psql($copy, 'SELECT string_agg(name, $$,$$ ORDER BY name) FROM analytics.consumers WHERE paused'), 'local,paused', "$name: consumers wait to be resumed");
		$node->safe_psql($copy, "ALTER EXTENSION analytics UPDATE TO '$version'");
		is_as_it_was($database, $copy, $version, "$name, restored and as $version again") if $version ne $newest;
		same_catalogs($database, $copy, $name);
		$node->safe_psql($copy, q{SELECT analytics.resume('local')});
		works($copy, $name);
	}
}

# Objects, comments, rights: of the copy as of the original.  Each in its own database,
# so they are compared as files.
sub same_catalogs
{
	my ($database, $copy, $name) = @_;
	my %lines;

	for my $where ($database, $copy)
	{
		my $session = fingerprint_session($node, $where);
		keep_fingerprint($session, 'all');
		$session->query_safe(qq{COPY (SELECT * FROM "all" WHERE class <> 'row' ORDER BY "all"::text COLLATE "C") TO '$folder/$where.fingerprint'});
		$session->quit;
		$lines{$_}{$where} = 1 for split /\n/, slurp_file("$folder/$where.fingerprint");
	}
	cmp_ok(scalar keys %lines, '>', 10000, "$name: fingerprints are taken");
	is_deeply([ grep { keys %{ $lines{$_} } != 2 } sort keys %lines ], [], "$name: the catalogs of the copy are those of the original");
}

for my $version (@versions)
{
	my $database = 'v' . $version =~ tr/./_/r;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$test->{database} = $database;
	$test->sql("CREATE EXTENSION analytics VERSION '$version'");
	fill_database($test);
	my $contents = contents($node, $database);
	is_deeply([ grep { ($contents->{$_} // '') eq '' } @FILLED ], [], "$version: every table holds something");
	unlike(rights($node, $database), qr/ - /, "$version: PUBLIC may do nothing");
	goes_to_every_other($database, $version);
	survives_a_dump($database, $version);
}

$node->stop;
done_testing();
