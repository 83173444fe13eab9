# The README's "Quick start by hand", block by block, from CREATE EXTENSION to the first
# post: its statements, and its commands that store a batch and publish the event. What
# comes before them, packages and files of root's, is tried with the package in a clean
# root: test/matrix/lib/package.sh.
#
# Substituted are hosts, ports, the vhost, certificates, login and key, which the page
# tells the reader to replace, and the folder of the secrets.

use strict;
use warnings FATAL => 'all';

use FindBin;
use IPC::Run ();
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $test = AnalyticsTest->new('quick_start', servers => [ 'rabbitmq', 's3' ]);
my $node = $test->node;
my $secrets = $test->folder . '/secrets';
my $ca = $test->env('TLS_CA');
my ($amqp_port, $vhost, $user) = ($test->env('AMQP_TLS_PORT'), $test->vhost, $test->env('AMQP_USER'));
my ($store) = $test->env('S3_TLS_ENDPOINT') =~ m{^(https://.*?)/?$};

my @SUBSTITUTIONS = (
	[ q{host 'rabbit.example.com', tls 'on'}, qq{host 'localhost', port '$amqp_port', vhost '$vhost', tls 'on', tls_ca_file '$ca'} ],
	[ q{user 'analytics'}, qq{user '$user'} ],
	[ q{endpoint 'https://s3.example.com:9000'}, qq{endpoint '$store', tls_ca_file '$ca'} ],
	[ q{access_key 'analytics'}, q{access_key '} . $test->env('S3_ACCESS_KEY') . q{'} ],
	[ '/etc/analytics', $secrets ],
	[ '--upload-file', "--cacert $ca --upload-file" ],
	[ 'https://s3.example.com:9000', $store ],
	[ 'amqps://analytics:$PASSWORD@rabbit.example.com', "amqps://$user:\$PASSWORD\@localhost:$amqp_port/$vhost" ],
	[ '/etc/ssl/certs/ca-certificates.crt', $ca ]);

# The blocks of the section from CREATE EXTENSION on, as [LANGUAGE, TEXT].
my ($section) = slurp_file("$FindBin::RealBin/../../README.md") =~ /^## Quick start by hand\n(.*?)^## /ms or die 'README.md has no quick start';
my @blocks;
while ($section =~ /^```(sql|sh)\n(.*?)^```$/msg)
{
	my ($language, $text) = ($1, $2);
	push @blocks, [ $language, $text ] if @blocks || $text =~ /^CREATE EXTENSION analytics;$/m;
}
is(join(' ', map { $_->[0] } @blocks[ 0 .. 2 ]), 'sql sh sql', 'the section sets up, publishes and looks');

my %used;

sub replaced
{
	my ($text) = @_;
	for my $pair (@SUBSTITUTIONS)
	{
		$used{ $pair->[0] } = 1 if $text =~ s/\Q$pair->[0]\E/$pair->[1]/g;
	}
	return $text;
}

# The page has them typed into files that only the server's user can read.
umask 077;
mkdir $secrets or die "$secrets: $!";
append_to_file("$secrets/rabbitmq", $test->env('AMQP_PASSWORD') . "\n");
append_to_file("$secrets/s3", $test->env('S3_SECRET_KEY') . "\n");

# --- servers and consumer ---

my $out = $node->safe_psql('postgres', replaced($blocks[0][1]));
like($out, qr/^posts\|[a-z]+\|/m, 'the consumer is there');
$test->wait_for_sql(q{SELECT state FROM analytics.status WHERE name = 'posts'}, 'idle', 60);
pass('and waits for events, with no other mending');

# --- a batch and its event ---

my ($commands, $printed) = (replaced($blocks[1][1]), '');
{
	local @ENV{qw(PASSWORD ACCESS_KEY SECRET_KEY)} = map { $test->env($_) } qw(AMQP_PASSWORD S3_ACCESS_KEY S3_SECRET_KEY);
	my $folder = $test->folder;
	ok(IPC::Run::run([ 'bash', '-euc', "cd '$folder'\n$commands" ], '<', '/dev/null', '>', \$printed, '2>&1', IPC::Run::timeout(60)), 'the commands end well');
}
is($printed, '', 'and say nothing');

# --- what came of it ---

$test->wait_for_batches(1);
my @looks = split /^(?=SELECT )/m, $blocks[2][1];
is(scalar @looks, 4, 'four looks');
like($node->safe_psql('postgres', $looks[0]), qr/^evt_first\|1\|1\|\d{4}-/, 'the ledger has the event, with one post and one crawl error');
like($node->safe_psql('postgres', $looks[1]), qr/^7312345678901234568\|POSITIVE\|0\.\d+\|\d/, 'the post is judged');
like($node->safe_psql('postgres', $looks[2]), qr/^posts\|(?:idle|running)\|/, 'the consumer works');
is($node->safe_psql('postgres', "SELECT string_agg(name || ': ' || finding, E'\\n') FROM (" . ($looks[3] =~ s/;\s*$//r) . ") AS l WHERE status <> 'unknown' AND name <> 'fsync'"), '', 'check() finds nothing amiss');
is($test->sql(q{SELECT concat_ws('|', content_id, error_code) FROM analytics.crawl_errors}), '7312345678901234569|TIMEOUT', 'the crawl error is kept');

# --- without broker and store ---

my ($own) = grep { $_->[0] eq 'sql' && $_->[1] =~ /analytics\.ingest\(/ } @blocks;
like($node->safe_psql('postgres', $own->[1]), qr/^evt_1\|processed\|1\|1\|0\|0\|/m, 'the event that needs neither is processed');
is($test->sql(q{SELECT count(*) FROM analytics.post_analytics}), 2, 'and its post is there');

is(join(', ', grep { !$used{$_} } map { $_->[0] } @SUBSTITUTIONS), '', 'nothing is substituted that the page does not say');
done_testing();
