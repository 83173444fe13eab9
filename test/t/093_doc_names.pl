# What the documentation names is there, and what is there is documented: names
# of schema analytics, settings of the server, rules, arguments and options,
# compared with the catalogs and tables of a database that has the extension.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $ROOT = "$FindBin::RealBin/../..";
my $test = AnalyticsTest->new('doc_names', servers => []);
$test->create_extension;

my %page = map { s{^\Q$ROOT\E/}{}r => slurp_file($_) } "$ROOT/README.md", glob("$ROOT/docs/*.md");
my $all = join "\n", map { $page{$_} } sort keys %page;

sub names
{
	my ($query) = @_;
	return map { $_ => 1 } split /\n/, $test->sql($query);
}

# What is in both must be everything.
sub same_names
{
	my ($what, $documented, $there) = @_;
	is_deeply([ grep { !$there->{$_} } sort keys %$documented ], [], "$what: what is documented is there");
	is_deeply([ grep { !$documented->{$_} } sort keys %$there ], [], "$what: what is there is documented");
	cmp_ok(scalar keys %$there, '>=', 3, "$what: some");
}

# The rows of the table whose heading begins so, on a page: cells without their backquotes.
sub table_rows
{
	my ($name, $heading) = @_;
	my ($rows) = $page{$name} =~ /^\| \Q$heading\E.*\n\| ---.*\n((?:\|.*\n)+)/m or die "no table \"$heading\" in $name";
	return map { my $row = $_; [ map { s/^\s+|\s+$//gr } split /(?<!\\)\|/, $row =~ s/^\||\|$//gr ] } split /\n/, $rows;
}

sub in_backquotes { return $_[0] =~ /`([^`]+)`/g }

# ---------------------------------------------------------------------
# Names with their schema
# ---------------------------------------------------------------------

# loads the library, and so the settings
$test->sql(q{SELECT analytics.project_id('a-b-0', NULL)});
# those of crash points are in a library built for tests alone
my %settings = names(q{SELECT name FROM pg_settings WHERE name LIKE 'analytics.%' AND name NOT LIKE 'analytics.crash\_%'});
my %functions = names(q{SELECT 'analytics.' || proname FROM pg_proc WHERE pronamespace = 'analytics'::regnamespace});
my %relations = names(q{SELECT 'analytics.' || relname FROM pg_class WHERE relnamespace = 'analytics'::regnamespace AND relkind IN ('r', 'v', 'i', 'S')});
my %columns = names(<<~'END');
	SELECT format('analytics.%s.%s', c.relname, a.attname) FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
	WHERE c.relnamespace = 'analytics'::regnamespace AND a.attnum > 0
	END

# Objects of the broker, and files.
my $OTHER = qr/^analytics\.(?:data|by_project|html|json|c|collector|\d+)$/;
my %named;
for my $name (sort keys %page)
{
	while ($page{$name} =~ /(?<![\w.\/-])(analytics\.\w+)((?:\.\w+)*)(\.\.\.)?/g)
	{
		my ($first, $rest, $open) = ($1, $2, $3);
		next if $first =~ $OTHER || "$first$rest" =~ /\.(?:yml|html|json|md|svg|sql)$/;
		if ($open || $first =~ /_$/)
		{
			ok(scalar(grep { index($_, $first) == 0 } keys %relations, keys %functions), "$name: something begins with $first");
			next;
		}
		$named{$first}{$name} = 1;
		ok($columns{"$first$rest"}, "$name: column $first$rest") if $rest ne '';
	}
}
for my $name (sort keys %named)
{
	ok($settings{$name} || $functions{$name} || $relations{$name}, "$name is there")
	  or diag 'named in ' . join ', ', sort keys %{ $named{$name} };
}
cmp_ok(scalar keys %named, '>=', 50, 'names are documented');

# ---------------------------------------------------------------------
# What must be documented
# ---------------------------------------------------------------------

# Whether a page says the name, with its schema or without.
sub documented
{
	my ($name) = @_;
	my $short = $name =~ s/^analytics\.//r;
	return $all =~ /(?<![\w])(?:analytics\.)?\Q$short\E(?!\w)/;
}

for my $name (sort keys %settings)
{
	ok($page{'docs/configuration.md'} =~ /`\Q$name\E`/, "setting $name is in configuration.md");
}
my %public = names(<<~'END');
	SELECT 'analytics.' || p.proname FROM pg_proc AS p WHERE p.pronamespace = 'analytics'::regnamespace
	AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
	AND coalesce(obj_description(p.oid, 'pg_proc'), '') NOT LIKE 'internal%'
	END
my %internal = map { $_ => 1 } qw(analytics.rabbitmq_validator analytics.object_store_validator);
my @public = grep { !$internal{$_} } sort keys %public;
cmp_ok(scalar @public, '>=', 20, 'functions for everybody');
ok(documented($_), "function $_ is documented") for @public;

my %tables = names(<<~'END');
	SELECT 'analytics.' || relname FROM pg_class WHERE relnamespace = 'analytics'::regnamespace AND relkind IN ('r', 'v')
	AND relname NOT LIKE 'metric\_%' AND coalesce(obj_description(oid, 'pg_class'), '') NOT LIKE 'internal%'
	END
ok(documented($_), "table or view $_ is documented") for sort keys %tables;

# ---------------------------------------------------------------------
# Tables of the pages that say the same as tables of the database
# ---------------------------------------------------------------------

my %arguments = names(q{SELECT unnest(proargnames) FROM pg_proc WHERE oid::regproc = 'analytics.create_consumer'::regproc});
same_names('arguments of create_consumer()', { map { $_ => 1 } map { in_backquotes($_->[0]) } table_rows('docs/configuration.md', 'argument |') }, \%arguments);

# Of each wrapper the options that a server and a mapping may have, as it says itself.
sub valid_options
{
	my ($statement) = @_;
	my ($list) = $test->sql_error("$statement OPTIONS (nonsense 'x')") =~ /Valid options in this context are: (.*)/ or die "no hint for $statement";
	return map { $_ => 1 } split /, /, $list;
}

for my $wrapper ('analytics_rabbitmq', 'analytics_object_store')
{
	my ($section) = $page{'docs/configuration.md'} =~ /^### Servers of `$wrapper`\n(.*?)^###/ms or die "no section of $wrapper";
	$test->sql($wrapper eq 'analytics_rabbitmq' ? "CREATE SERVER $wrapper FOREIGN DATA WRAPPER $wrapper"
		: "CREATE SERVER $wrapper FOREIGN DATA WRAPPER $wrapper OPTIONS (endpoint 'http://localhost:9')");
	my ($mapping) = $section =~ /^User mapping: (.*(?:\n.+)*)/m or die "no mapping of $wrapper";
	$mapping =~ s/\..*//s;
	same_names("options of servers of $wrapper", { map { $_ => 1 } map { in_backquotes((split /\|/)[1]) } grep { /^\| `/ } split /\n/, $section },
		{ valid_options("CREATE SERVER x FOREIGN DATA WRAPPER $wrapper") });
	same_names("options of mappings of $wrapper", { map { $_ => 1 } in_backquotes($mapping) },
		{ valid_options("CREATE USER MAPPING FOR CURRENT_USER SERVER $wrapper") });
}

# name => value, of the tables that say what the rules' settings are
my %values;
$values{ (in_backquotes($_->[0]))[0] } = $_->[1] for table_rows('docs/analysis.md', 'name | value |'), table_rows('docs/reliability.md', 'setting | default |');
$values{ (in_backquotes($_->[0]))[0] } = $_->[2] for table_rows('docs/operations.md', 'setting | notifies');
my %stored = map { split /\|/ } split /\n/, $test->sql('SELECT name, value FROM analytics.settings');
same_names('settings of the rules', \%values, \%stored);
for my $name (grep { defined $values{$_} } sort keys %stored)
{
	cmp_ok($values{$name}, '==', $stored{$name}, "$name is as shipped");
}

my %weights;
for my $row (table_rows('docs/analysis.md', 'platform | weight'))
{
	$weights{$_} = $row->[1] for in_backquotes($row->[0]);
}
my %weights_stored = map { split /\|/ } split /\n/, $test->sql('SELECT name, weight FROM analytics.platforms');
same_names('platforms', \%weights, \%weights_stored);
cmp_ok($weights{$_} // -1, '==', $weights_stored{$_}, "weight of $_") for sort keys %weights_stored;

# code => category, and whether it is worth another crawl
my %codes;
for my $row (table_rows('docs/contract.md', 'category | codes'))
{
	my ($category) = in_backquotes($row->[0]);
	$codes{"$category $2 " . ($1 ? 't' : 'f')} = 1 while $row->[1] =~ /(\*\*)?\b([A-Z][A-Z_]+)\b/g;
}
same_names('codes of crawl errors', \%codes, { names(q{SELECT concat_ws(' ', category, code, left(retryable::text, 1)) FROM analytics.error_codes}) });

my %reasons = map { $_ => 1 } map { in_backquotes($_->[0]) } table_rows('docs/reliability.md', 'reason | the event');
same_names('reasons of dead letters', \%reasons, { names('SELECT DISTINCT reason FROM analytics.metric_dead_letters') });

# Packages that the scripts install, but for PostgreSQL's, whose names have its version.
my ($lists) = slurp_file("$ROOT/scripts/install-dependencies") =~ /^packages_of\(\)\n\{(.*?)^\}/ms or die 'no packages_of()';
my %packages = map { $_ => 1 } grep { /^[a-z][a-z0-9.+-]+$/ && !/^postgresql-/ } map { s/\$\([^)]*\)//gr =~ /\S+/g } $lists =~ /echo "([^"]*(?:"\$2"[^"]*)*)"/g;
cmp_ok(scalar keys %packages, '>=', 25, 'packages are installed');
ok($page{'README.md'} =~ /`\Q$_\E`/, "package $_ is in README.md") for sort keys %packages;

my $check_page = $page{'docs/check.md'};
my %checks = map { $_ => 1 } map { in_backquotes($_) } $check_page =~ /^\| (`\w+`(?:, `\w+`)*) \|/mg;
my %checked = names('SELECT DISTINCT name FROM analytics.check(network => false)');
is_deeply([ grep { !$checks{$_} } sort keys %checked ], [], 'what check() looks at is documented');

done_testing();
