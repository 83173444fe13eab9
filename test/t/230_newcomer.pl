# docs/monitoring.md, "From a fresh database to a fired alert", line by line:
# every command of its blocks is run in their order, in one shell and one
# database, and must print what the page shows below it.
#
# Substituted are the ports and folders that the page names as free to choose,
# and nothing else: 5432 (reached over TCP there, and through the socket of the
# test's node here), 9187, also in prometheus.yml, of which a copy is used, 9090,
# 5679 and /tmp/analytics-prometheus.
#
# The page as this run would have it is written beside the test's logs.

use strict;
use warnings FATAL => 'all';

use File::Copy qw(copy);
use File::Path qw(make_path);
use FindBin;
use IPC::Run ();
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $ROOT = "$FindBin::RealBin/../..";
my $PAGE = "$ROOT/docs/monitoring.md";
my $SECTION = 'From a fresh database to a fired alert';

# Of one command, in seconds: the alert waits for a minute, and for two scrapes.
my $COMMAND_LIMIT = 150;

my $test = AnalyticsTest->new('newcomer', servers => []);
my $node = $test->node;
my $folder = $test->folder;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
chdir $ROOT or die "$ROOT: $!";

# ---------------------------------------------------------------------
# What is substituted
# ---------------------------------------------------------------------

my %ports = map { $_ => PostgreSQL::Test::Cluster::get_free_port() } qw(9187 9090 5679);
my $prometheus = "$folder/deploy-prometheus";
my @substitutions = (
	[ 'host=127.0.0.1 port=5432', 'host=' . $node->host . ' port=' . $node->port ],
	[ '/tmp/analytics-prometheus', "$folder/prometheus-data" ],
	[ 'deploy/prometheus/prometheus.yml', "$prometheus/prometheus.yml" ],
	map { [ $_, $ports{$_} ] } sort keys %ports);

make_path($prometheus);
copy("$ROOT/deploy/prometheus/rules.yml", $prometheus) or die "rules.yml: $!";
write_file("$prometheus/prometheus.yml", slurp_file("$ROOT/deploy/prometheus/prometheus.yml") =~ s/\b9187\b/$ports{9187}/gr);

sub write_file
{
	my ($file, $text) = @_;
	open my $out, '>', $file or die "$file: $!";
	print {$out} $text;
	close $out or die "$file: $!";
}

sub replaced
{
	my ($text, @pairs) = @_;
	$text =~ s/\Q$_->[0]\E/$_->[1]/g for @pairs;
	return $text;
}

# As it is run, and what came of it as the page would show it.
sub here { return replaced($_[0], @substitutions) }
sub on_the_page { return replaced($_[0], map { [ $_->[1], $_->[0] ] } @substitutions) }

# ---------------------------------------------------------------------
# One shell, one database
# ---------------------------------------------------------------------

my ($shell_in, $shell_out, $shell_err) = ('', '', '');
my $shell = IPC::Run::start([ 'bash', '--norc' ], '<', \$shell_in, '>', \$shell_out, '2>', \$shell_err);

# What a command prints; dies unless it succeeds in time.
sub run_in_shell
{
	my ($command) = @_;
	my $deadline = time + $COMMAND_LIMIT;
	my $status;
	$shell_out = '';
	$shell_in .= here($command) . "\nprintf '\\n<%s>\\n' \$?\n";
	until (defined($status = ($shell_out =~ /\n<(\d+)>\n\z/)[0]))
	{
		die "not done in $COMMAND_LIMIT s: $command" if time > $deadline;
		$shell->pump_nb;
		select undef, undef, undef, 0.02;
	}
	die "status $status: $command\n$shell_err" if $status;
	return on_the_page($shell_out =~ s/\n<\d+>\n\z//r);
}

sub run_in_database
{
	my ($sql) = @_;
	my ($out, $err) = ('', '');
	my $statement = here($sql);

	IPC::Run::run([ 'psql', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--dbname=newcomer' ],
		'<', \$statement, '>', \$out, '2>', \$err, IPC::Run::timeout(60)) or die "$err\n$sql";
	$out =~ s/[ \t]+$//mg;
	return on_the_page($out =~ s/\A\n+|\s+\z//gr);
}

END
{
	local $?;
	if (defined $shell)
	{
		# what the page has begun, if the test ends before it does
		eval { $shell_in .= "\nkill \$(jobs -p) 2>/dev/null\nexit\n"; $shell->finish; 1 } or $shell->kill_kill;
	}
}

# ---------------------------------------------------------------------
# The page
# ---------------------------------------------------------------------

my $page = slurp_file($PAGE);
my ($before, $section, $after) = $page =~ /\A(.*?^## \Q$SECTION\E$)(.*?)(^## .*)\z/sm or die "no section \"$SECTION\"";
my %count = (commands => 0, statements => 0, shown => 0);

sub console_block
{
	my ($text) = @_;
	my $new = '';

	for my $part (split /^(?=\$ )/m, $text)
	{
		my ($command, $expected) = $part =~ /\A\$ (.*)\n((?s:.*))\z/ or die "not a command: $part";
		my $printed = run_in_shell($command);

		$printed .= "\n" if length $printed && $printed !~ /\n\z/;
		is($printed, $expected, 'as shown: ' . substr $command, 0, 70);
		$count{commands}++;
		$count{shown}++ if $expected ne '';
		$new .= "\$ $command\n$printed";
	}
	return $new;
}

sub sql_block
{
	my ($text, $expected) = @_;
	my $printed = run_in_database($text);

	my ($first_line) = $text =~ /\A(.*)/;

	$count{statements}++;
	if (!defined $expected)
	{
		pass("runs: $first_line");
		return;
	}
	is($printed, $expected, "as shown: $first_line");
	$count{shown}++;
	return $printed;
}

$section =~ s{```console\n(.*?)```\n|(```sql\n)(.*?)(```\n)(?:(\n```\n)(.*?)(\n```\n))?}{
	if (defined $1)
	{
		"```console\n" . console_block($1) . "```\n";
	}
	else
	{
		my ($opening, $sql, $closing, $from, $expected, $to) = ($2, $3, $4, $5, $6, $7);
		my $printed = sql_block($sql, $expected);
		$opening . $sql . $closing . (defined $from ? $from . $printed . $to : '');
	}
}seg;

write_file("$PostgreSQL::Test::Utils::log_path/monitoring_md.log", $before . $section . $after);
cmp_ok($count{commands}, '>=', 12, 'commands were run');
cmp_ok($count{statements}, '>=', 5, 'statements were run');
cmp_ok($count{shown}, '>=', 5, 'answers were compared');
is($test->sql(q{SELECT count(*) FROM pg_database WHERE datname = 'newcomer'}), 0, 'nothing is left');
done_testing();
