# The alert rules of deploy/prometheus: well formed, documented, each with a
# case in which it fires and one in which it stays silent.
#
# That the cases can fail is tried, too: with alerts that never fire each
# firing case must fail, and with alerts that always do each silent one.

use strict;
use warnings FATAL => 'all';

use FindBin;
use File::Temp ();
use IPC::Run ();
use Test::More;

my $ROOT = "$FindBin::RealBin/../..";
my $FOLDER = "$ROOT/deploy/prometheus";

sub slurp
{
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!";
	local $/ = undef;
	return scalar <$in>;
}

# Whether promtool is content, and what it said.
sub promtool
{
	my (@arguments) = @_;
	my $said = '';
	my $content = IPC::Run::run([ 'promtool', @arguments ], '<', \undef, '>', \$said, '2>&1', IPC::Run::timeout(120));
	return ($content, $said);
}

for my $check ([ 'check', 'rules', "$FOLDER/rules.yml" ],
	[ 'check', 'config', "$FOLDER/prometheus.yml" ],
	[ 'test', 'rules', "$FOLDER/rules_test.yml" ])
{
	my ($content, $said) = promtool(@$check);
	ok($content, "promtool @$check[0, 1]") or diag $said;
}

# ---------------------------------------------------------------------
# What each alert has
# ---------------------------------------------------------------------

# name => the lines of the rule
sub alerts
{
	my ($text) = @_;
	my %rules = $text =~ /^      - alert: (\w+)\n((?:(?:        .*)?\n)+)/mg;
	return \%rules;
}

# The cases of rules_test.yml: name => { fires => n, silent => n }
sub cases
{
	my ($text) = @_;
	my %cases;

	while ($text =~ /^        alertname: (\w+)\n        exp_alerts:( \[\])?$/mg)
	{
		$cases{$1}{ defined $2 ? 'silent' : 'fires' }++;
	}
	return \%cases;
}

# Headings of a page as the fragments of links to them.
sub anchors
{
	my ($page) = @_;
	my %anchors = map { my $name = lc; $name =~ s/[^\w\s-]//g; $name =~ s/\s/-/g; $name => 1 }
	  $page =~ /^#+ +(.+?)\s*$/mg;
	return \%anchors;
}

my $rules = slurp("$FOLDER/rules.yml");
my $alerts = alerts($rules);
my $cases = cases(slurp("$FOLDER/rules_test.yml"));
my $runbook = anchors(slurp("$ROOT/docs/runbook.md"));
my $declared = () = $rules =~ /^\s*-\s+alert:/mg;

is(scalar keys %$alerts, $declared, 'each alert is read by this test, and has a name of its own');
cmp_ok($declared, '>=', 14, 'alerts');
is_deeply([ grep { !$alerts->{$_} } sort keys %$cases ], [], 'no case is of an alert that is not there');

for my $name (sort keys %$alerts)
{
	my $rule = $alerts->{$name};
	my ($url) = $rule =~ /^ {10}runbook_url: docs\/runbook\.md#(\S+)$/m;

	ok($cases->{$name}{fires}, "$name: a case in which it fires");
	ok($cases->{$name}{silent}, "$name: a case in which it stays silent");
	like($rule, qr/^ {10}severity: (warning|critical)$/m, "$name: a severity");
	like($rule, qr/^ {10}summary: '.{10,80}'$/m, "$name: a summary");
	like($rule, qr/^ {10}description: '.{30,}'$/m, "$name: a description");
	is($url, lc $name, "$name: the address of its section");
	ok($runbook->{ $url // '' }, "$name: a section of the runbook");
}

# ---------------------------------------------------------------------
# That its cases can fail
# ---------------------------------------------------------------------

# The alerts with cases that fail when every alert has this expression: those
# that were to fire, and those that were to stay silent.
sub failing_with
{
	my ($expression) = @_;
	my $folder = File::Temp->newdir;
	my $copy = $rules;
	my (%fires, %silent);

	$copy =~ s/(- alert: \w+\n {8}expr: )(?:\|\n(?: {10}.*\n)+|.*\n)/$1$expression\n/g;
	for my $file ([ 'rules.yml', $copy ], [ 'rules_test.yml', slurp("$FOLDER/rules_test.yml") ])
	{
		open my $out, '>', "$folder/$file->[0]" or die $!;
		print {$out} $file->[1];
		close $out or die $!;
	}
	my ($content, $said) = promtool('test', 'rules', "$folder/rules_test.yml");
	while ($said =~ /alertname: (\w+), time: \w+,\s+exp:\[(\]?)/g)
	{
		$2 eq ']' ? $silent{$1}++ : $fires{$1}++;
	}
	return (\%fires, \%silent);
}

my ($unfired) = failing_with('vector(0) > 1');
my (undef, $unsilent) = failing_with('vector(1)');
is_deeply([ sort keys %$unfired ], [ sort keys %$alerts ], 'an alert that never fires fails its test');
is_deeply([ sort keys %$unsilent ], [ sort keys %$alerts ], 'an alert that always fires fails its test');

done_testing();
