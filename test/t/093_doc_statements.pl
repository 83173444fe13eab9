# Every block of SQL in README.md and docs/*.md works: it is run as it stands,
# and must succeed. Where the page shows an answer below it, the answer must be
# of that shape: the same columns and rows, with other numbers at most.
#
# A page is one database, its blocks are run in their order, and what one
# changes the next one finds, as with a reader who does it all. A block that
# begins with CREATE EXTENSION analytics begins in a new database without it.
# Otherwise the database has what %PREPARED says: the extension, most often with
# a broker, a store, a consumer "posts" and some batches.
#
# Substituted are hosts, files and credentials, for the servers of this test.
#
# What cannot be run says why in a comment before it, <!-- not run: reason -->.
# What another test runs is left to that: %ELSEWHERE.

use strict;
use warnings FATAL => 'all';

use Encode qw(decode_utf8);
use FindBin;
use IPC::Run ();
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $ROOT = "$FindBin::RealBin/../..";

# Page, or page and section => the test that runs its blocks.
my %ELSEWHERE = (
	'docs/analysis.md' => '092_docs.pl',
	'docs/monitoring.md#From a fresh database to a fired alert' => '230_newcomer.pl',
	'docs/migrating-from-the-python-service.md' => '141_migration_doc.pl');

my $test = AnalyticsTest->new('doc_statements');
my $folder = $test->folder;
$test->sql(q{ALTER DATABASE template1 SET timezone = 'UTC'});

# ---------------------------------------------------------------------
# What is substituted
# ---------------------------------------------------------------------

sub write_file
{
	my ($path, $text) = @_;
	open my $file, '>', $path or die "$path: $!";
	print {$file} $text;
	close $file or die "$path: $!";
	return $path;
}

my $password_file = write_file("$folder/password", $test->env('AMQP_PASSWORD'));
my $secret_key_file = write_file("$folder/secret_key", $test->env('S3_SECRET_KEY'));
my $tls = sprintf "host 'localhost', port '%s', vhost '%s', tls 'on', tls_ca_file '%s'", $test->env('AMQP_TLS_PORT'), $test->vhost, $test->env('TLS_CA');
my $endpoint = "endpoint '" . $test->env('S3_ENDPOINT') . "', buckets '" . $test->bucket . q{'};
my $keys = "access_key '" . $test->env('S3_ACCESS_KEY') . "', secret_key_file '$secret_key_file'";
my @SUBSTITUTIONS = (
	[ "host 'rabbit.example.com', tls 'on'", $tls ],
	[ "host 'rabbit.internal', tls 'on', tls_ca_file '/etc/ssl/internal-ca.pem'", $tls ],
	[ "endpoint 'https://s3.example.com:9000', buckets 'crawl-results'", $endpoint ],
	[ "endpoint 'https://minio.internal:9000', buckets 'crawl-results'", $endpoint ],
	(map { [ "password_file '$_'", "password_file '$password_file'" ] } '/etc/analytics/rabbitmq', '/run/secrets/rabbit', '/etc/analytics/broker'),
	[ "access_key 'analytics', secret_key_file '/etc/analytics/s3'", $keys ],
	(map { [ "access_key '...', secret_key_file '$_'", $keys ] } '/run/secrets/minio', '/etc/analytics/store'));
my %substituted;

sub here
{
	my ($sql) = @_;
	for my $pair (@SUBSTITUTIONS)
	{
		$substituted{ $pair->[0] }++ if $sql =~ s/\Q$pair->[0]\E/$pair->[1]/g;
	}
	return $sql;
}

# ---------------------------------------------------------------------
# Databases
# ---------------------------------------------------------------------

# A batch of one post for each platform and risk, some errors, and what the
# pages name.
my $BATCHES = <<~'END';
	SELECT count(*) FROM (VALUES ('evt_abc123', 'proj_xyz789-brand-0', 'tiktok', 30), ('evt_2', 'proj_a-brand-0', 'tiktok', 50000),
		('evt_3', 'proj_a-brand-0', 'youtube', 30), ('evt_4', 'proj_a-brand-0', 'youtube', 50000)) AS e (id, job, platform, likes),
	LATERAL analytics.ingest(
		jsonb_build_object('event_id', e.id, 'payload', jsonb_build_object('job_id', e.job, 'platform', e.platform, 'content_count', 1, 'minio_path', 'crawl-results/a.json')),
		jsonb_build_array(jsonb_build_object('meta', jsonb_build_object('id', e.id), 'content', jsonb_build_object('text', 'I drove this car today', 'like_count', e.likes),
			'author', jsonb_build_object('follower_count', 125000)),
			jsonb_build_object('meta', jsonb_build_object('id', e.id || 'x', 'fetch_status', 'error', 'error_code', 'TIMEOUT'))));
	INSERT INTO analytics.dead_letters (id, consumer, event_id, reason, message, body, body_hash, received_at) OVERRIDING SYSTEM VALUE
	SELECT n, 'posts', 'evt_dead' || n, 'OBJECT_NOT_FOUND', 'not there', b, sha256(b), now()
	FROM generate_series(42, 45) AS n,
	LATERAL convert_to(format('{"event_id": "evt_dead%s", "payload": {"job_id": "a-b-0", "platform": "tiktok", "content_count": 1, "minio_path": "x/y"}}', n), 'UTF8') AS b;
	END

# Page => what its database has beyond the extension, as SQL; undef: nothing.
my $CONSUMER = q{SELECT analytics.create_consumer('posts', broker => 'broker', store => 'store');};
my $PAUSED = q{SELECT analytics.create_consumer('other', store => 'store'); SELECT analytics.pause(name, 'test') FROM analytics.consumers;};
my %PREPARED = (
	'docs/configuration.md' => undef,
	'docs/operations.md' => q{CREATE TABLE backlog AS SELECT convert_from(body, 'UTF8')::jsonb AS event FROM analytics.dead_letters;},
	# 43 is none of those that the statements before it replay
	'docs/reliability.md' => $PAUSED . q{UPDATE analytics.dead_letters SET reason = 'INVALID_EVENT', last_delivered_at = now() - interval '1 day' WHERE id = 43;},
	'docs/scaling.md' => q{SELECT analytics.drop_consumer('posts');});
my $databases = 0;

# A new database, with the extension unless EMPTY, with all else where it is
# prepared; the test's methods are of that database then.
sub enter_database
{
	my ($page, $empty) = @_;

	leave_database();
	$test->{database} = 'page_' . ++$databases;
	$test->node->safe_psql('postgres', "CREATE DATABASE $test->{database}");
	return if $empty;
	$test->sql('CREATE EXTENSION analytics');
	return if exists $PREPARED{$page} && !defined $PREPARED{$page};
	$test->create_broker('broker');
	$test->create_store('store');
	$test->sql($CONSUMER . $BATCHES . ($PREPARED{$page} // ''));
}

sub leave_database
{
	return if $test->{database} eq 'postgres';
	$test->node->safe_psql('postgres', "DROP DATABASE $test->{database}");
	$test->{database} = 'postgres';
}

# What psql prints, and whether it was content.
sub answer_to
{
	my ($sql) = @_;
	my $output = '';
	my $content = IPC::Run::run(
		[ 'psql', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--dbname', $test->node->connstr($test->{database}) ],
		'<', \$sql, '>', \$output, '2>&1', IPC::Run::timeout(60));
	$output =~ s/[ \t]+$//mg;
	return ($content, decode_utf8($output =~ s/\A\n+|\s+\z//gr));
}

# ---------------------------------------------------------------------
# Pages
# ---------------------------------------------------------------------

# The blocks of SQL of a page, in their order: what each is, what is shown as
# its answer, and why it is not run.
sub blocks
{
	my ($page) = @_;
	my $text = decode_utf8(slurp_file("$ROOT/$page"));
	my ($section, $reason, @blocks) = ('');

	while ($text =~ /\G(?:^\#\#\ (?<section>.*)\n
			| ^<!--\ not\ run:\ (?<reason>.+?)\ *-->\n\s*(?=```sql\n)
			| ^```sql\n(?<sql>(?:(?!```).*\n)*)```\n (?:\n```\n(?<answer>(?:(?!```).*\n)*)```\n)?
			| ^(?<fence>```+).*\n(?:(?!\g{fence}).*\n)*\g{fence}\n
			| .*\n)/xgcm)
	{
		my %found = %+;
		if (defined $found{section}) { $section = $found{section} }
		elsif (defined $found{reason}) { $reason = $found{reason} }
		elsif (defined $found{sql})
		{
			# an answer of psql, not lines of a log
			delete $found{answer} if defined $found{answer} && $found{answer} !~ /^-+(?:\+-+)*$/m;
			push @blocks, { page => $page, section => $section, reason => $reason, %found };
			undef $reason;
		}
	}
	return @blocks;
}

sub elsewhere
{
	my ($block) = @_;
	return $ELSEWHERE{ $block->{page} } // $ELSEWHERE{"$block->{page}#$block->{section}"};
}

# Another number is no other shape.
sub shape
{
	my ($answer) = @_;
	$answer =~ s/-?\d+(?:\.\d+)?/0/g;
	$answer =~ s/-{2,}/--/g;
	$answer =~ s/[ \t]+/ /g;
	$answer =~ s/^ | $//mg;
	return $answer =~ s/\A\n+|\s+\z//gr;
}

my @pages = map { s{^\Q$ROOT\E/}{}r } "$ROOT/README.md", glob("$ROOT/docs/*.md");
my %count = (run => 0, compared => 0, marked => 0, elsewhere => 0);

sub run_block
{
	my ($block, $name) = @_;
	my ($content, $answer) = answer_to(here($block->{sql}));

	ok($content, "runs: $name") or diag "$block->{sql}\n$answer";
	$count{run}++;
	return unless defined $block->{answer};
	is(shape($answer), shape($block->{answer}), "as shown: $name");
	$count{compared}++;
}

for my $page (@pages)
{
	my @here;
	for my $block (blocks($page))
	{
		if (elsewhere($block)) { $count{elsewhere}++ }
		elsif (defined $block->{reason})
		{
			$count{marked}++;
			note "not run: $page, \"$block->{section}\": $block->{reason}";
			cmp_ok(length $block->{reason}, '>=', 10, "$page: there is a reason");
		}
		else { push @here, $block }
	}
	enter_database($page) if @here && $here[0]{sql} !~ /^CREATE EXTENSION analytics;/;
	for my $block (@here)
	{
		my ($name) = $block->{sql} =~ /\A(.{0,60})/;
		enter_database($page, 1) if $block->{sql} =~ /^CREATE EXTENSION analytics;/;
		run_block($block, "$page: $name");
	}

	# what the first page promises
	$test->wait_for_sql(q{SELECT state || ' ' || broker_connected FROM analytics.status}, 'idle true') if $page eq 'README.md';
}
leave_database();

# Each test that is named runs the page, and each substitution is of something.
for my $where (sort keys %ELSEWHERE)
{
	my ($page) = split /#/, $where;
	next if !-e "$ROOT/$page";
	like(slurp_file("$FindBin::RealBin/$ELSEWHERE{$where}"), qr/\Q$page\E/, "$page is run by $ELSEWHERE{$where}");
}
is_deeply([ grep { !$substituted{ $_->[0] } } @SUBSTITUTIONS ], [], 'nothing is substituted that no page says');

cmp_ok($count{elsewhere}, '>=', 15, 'blocks are left to other tests');
note join ', ', map { "$count{$_} $_" } sort keys %count;
cmp_ok($count{run}, '>', 50, 'blocks of SQL were run');
cmp_ok($count{compared}, '>=', 2, 'answers were compared');
cmp_ok($count{marked}, '<=', 12, 'few are not');
done_testing();
