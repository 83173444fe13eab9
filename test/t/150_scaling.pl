# Several databases behind a consistent-hash exchange, as docs/scaling.md sets
# it up, with the commands of that page: each event is in exactly one database,
# a project always in the same one, and an event that is published again is a
# duplicate there. What the page says of another queue is tried, too: it takes
# projects from the others and changes nothing else, and what is published
# again of a project that has moved is written a second time.

use strict;
use warnings FATAL => 'all';

use FindBin;
use IPC::Run ();
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $EVENTS = 500;
my $PROJECTS = 40;
my @DATABASES = ('posts_0', 'posts_1');

my $test = AnalyticsTest->new('scaling', servers => ['rabbitmq']);
my $page = slurp_file("$FindBin::RealBin/../../docs/scaling.md");

sub in_database
{
	my ($database, $code) = @_;
	local $test->{database} = $database;
	return $code->();
}

sub sql_in
{
	my ($database, $query) = @_;
	return in_database($database, sub { $test->sql($query) });
}

# The block of commands that follows this line of the page.
sub commands_after
{
	my ($line) = @_;
	my ($block) = $page =~ /^\Q$line\E\n.*?^```sh\n(.*?)^```$/ms or die "no commands after \"$line\"";
	return $block;
}

# The page's broker, login and vhost, and those of the test.
my $login = $test->env('AMQP_ADMIN_USER') . ':' . $test->env('AMQP_ADMIN_PASSWORD');
my @SUBSTITUTIONS = (
	[ 'http://rabbit.example.com:15672/api', $test->env('AMQP_API') ],
	[ 'admin:change-me', $login ],
	[ '%2F', $test->vhost ]);
my ($api) = $page =~ /^(broker=.*\nlogin=.*\napi\(\) .*\n)/m or die 'the page has no api()';

sub run_commands
{
	my ($commands) = @_;
	my ($out, $err) = ('', '');
	my $script = $commands =~ /^api\(\)/m ? $commands : "$api$commands";

	$script =~ s/\Q$_->[0]\E/$_->[1]/g for @SUBSTITUTIONS;
	IPC::Run::run([ 'bash', '-e' ], '<', \$script, '>', \$out, '2>', \$err, IPC::Run::timeout(60))
	  or die "$commands: $out$err";
}

sub write_file
{
	my ($path, $text) = @_;
	open my $file, '>', $path or die "$path: $!";
	print {$file} $text;
	close $file or die "$path: $!";
}

# ---------------------------------------------------------------------
# As on the page
# ---------------------------------------------------------------------

run_commands(commands_after('## Several databases'));

sub start_database
{
	my ($database, $number) = @_;

	$test->create_extension($database);
	$test->create_broker('broker');
	my ($statement) = $page =~ /^(SELECT analytics\.create_consumer\('posts'.*?queue => 'analytics\.0'.*?;)$/ms or die 'no consumer on the page';
	$statement =~ s/analytics\.0/analytics.$number/;
	$statement =~ s/store => 'store', //;
	$test->sql($statement);
	$test->wait_for_sql('SELECT broker_connected FROM analytics.status');
}

start_database($DATABASES[$_], $_) for 0 .. $#DATABASES;

# Event NUMBER: a post of its own, and one that every event of its project has
# crawled anew.
sub project_of { return 'proj_' . ($_[0] % $PROJECTS) }

sub event
{
	my ($number) = @_;
	my $project = project_of($number);
	my @items = map { { meta => { id => $_, crawled_at => sprintf('2025-12-06T10:%02d:%02d.000Z', $number / 60, $number % 60) },
		content => { view_count => $number } } } "post_$number", 'shared';

	return $test->event(event_id => "evt_$number", project_id => $project, job_id => "$project-brand-0", content_count => 2, items => \@items);
}

my %events_of;
push @{ $events_of{ project_of($_) } }, event($_) for 1 .. $EVENTS;

# Every event with its project as a header; how many were confirmed. A message
# that no queue takes comes back, and fails the test.
sub publish_all
{
	my $confirmed = 0;

	for my $project (sort keys %events_of)
	{
		my $file = $test->folder . '/events';
		write_file($file, join '', map { "$_\n" } @{ $events_of{$project} });
		$confirmed += $test->publish({ events => $file }, declare => 0, mandatory => \1, headers => { project => $project });
	}
	return $confirmed;
}

sub wait_until_done
{
	my (@databases) = @_;
	$test->wait_for_empty_queue("analytics.$_") for 0 .. $#databases;
}

# project => database, from the rows; dies if one is in two.
sub places
{
	my ($table) = @_;
	my %place;

	for my $database (@DATABASES)
	{
		for my $project (split /\n/, sql_in($database, "SELECT DISTINCT project_id FROM analytics.$table"))
		{
			fail("$project is in one database") if exists $place{$project};
			$place{$project} = $database;
		}
	}
	return \%place;
}

sub keys_in
{
	my ($database) = @_;
	return split /\n/, sql_in($database, 'SELECT key FROM analytics.batches');
}

is(publish_all(), $EVENTS, 'all events are confirmed');
wait_until_done(@DATABASES);

my %times;
for my $database (@DATABASES)
{
	my @keys = keys_in($database);
	cmp_ok(scalar @keys, '>=', $EVENTS / 10, "$database has its part of the events");
	$times{$_}++ for @keys;
}
is(scalar keys %times, $EVENTS, 'every event is in a database');
is_deeply([ grep { $times{$_} != 1 } sort keys %times ], [], '... in exactly one');

my $places = places('batches');
is(scalar keys %$places, $PROJECTS, 'every project is in a database, and in no other');
is_deeply(places('post_analytics'), $places, 'its posts are where its events are');

# The newest crawl wins, since all crawls of a post come to the same database.
for my $database (@DATABASES)
{
	is(sql_in($database, <<~"END"), 0, "$database: of a post that was crawled again and again it has the newest");
		SELECT count(*) FROM analytics.post_analytics WHERE id = 'shared' AND view_count <= $EVENTS - $PROJECTS
		END
	is(sql_in($database, q{SELECT count(*) FROM analytics.dead_letters}), 0, "$database: no dead letters");
	is(sql_in($database, q{SELECT count(*) FROM analytics.check() WHERE subject LIKE '%posts%' AND status = 'error'}),
		0, "$database: check() finds nothing wrong with the consumer");
}

# Published again: to the same database, which knows them.
is(publish_all(), $EVENTS, 'all events are published again');
wait_until_done(@DATABASES);
is(sql_in($DATABASES[0], 'SELECT count(*) FROM analytics.batches') + sql_in($DATABASES[1], 'SELECT count(*) FROM analytics.batches'),
	$EVENTS, 'no event is processed twice');
my $duplicates = 0;
$duplicates += sql_in($_, 'SELECT coalesce(sum(total), 0) FROM analytics.metric_duplicates_skipped') for @DATABASES;
is($duplicates, $EVENTS, 'each is a duplicate, in its database');

# ---------------------------------------------------------------------
# Without the header
# ---------------------------------------------------------------------

my @without = map { $test->event(event_id => "evt_without_$_", job_id => "proj_x$_-brand-0", content_count => 0, items => []) } 1 .. 10;
write_file($test->folder . '/events', join '', map { "$_\n" } @without);
is($test->publish({ events => $test->folder . '/events' }, declare => 0, mandatory => \1), 10, 'events without the header are taken');
wait_until_done(@DATABASES);
is_deeply([ sort map { sql_in($_, q{SELECT count(*) FROM analytics.batches WHERE event_id LIKE 'evt\_without\_%'}) } @DATABASES ],
	[ 0, 10 ], '... and all come to the same database');

# ---------------------------------------------------------------------
# All databases as one
# ---------------------------------------------------------------------

my ($reading) = $page =~ /^### Reading all of them\n.*?^```sql\n(.*?)^```$/ms or die 'no statements for reading';
my %replaced = (
	"host 'db1.internal'" => "host '" . $test->node->host . "', port '" . $test->node->port . "'",
	"dbname 'posts'" => "dbname '$DATABASES[1]'",
	"(user 'reader', password 'change-me')" => "(user '" . $test->sql('SELECT current_user') . "')");
for my $from (sort keys %replaced)
{
	$reading =~ s/\Q$from\E/$replaced{$from}/ or die "the page no longer has $from";
}
sql_in($DATABASES[0], $reading);
is(sql_in($DATABASES[0], q{SELECT count(*) FROM everything.post_analytics WHERE project_id ~ '^proj_\d'}),
	$EVENTS + $PROJECTS, 'all posts are read in one place');

# A crawl of yesterday that a database was given which is not the project's.
my ($of_first) = grep { $places->{$_} eq $DATABASES[0] } sort keys %$places;
sql_in($DATABASES[1], <<~"END");
	SELECT status FROM analytics.ingest('{"event_id": "evt_stray", "payload": {"job_id": "$of_first-brand-0", "platform": "tiktok", "content_count": 1}}',
		'[{"meta": {"id": "shared", "crawled_at": "2025-12-05T00:00:00Z"}, "content": {"view_count": 0}}]')
	END
is(sql_in($DATABASES[0], "SELECT count(*), min(view_count) > 0 FROM everything.post_analytics WHERE id = 'shared' AND project_id = '$of_first'"),
	'1|t', '... each once, the newest crawl of all databases');

# ---------------------------------------------------------------------
# One more
# ---------------------------------------------------------------------

run_commands(commands_after('### One more'));
start_database('posts_2', 2);
push @DATABASES, 'posts_2';
is(publish_all(), $EVENTS, 'all events are published once more');
wait_until_done(@DATABASES);

my %moved = map { $_ => 1 } split /\n/, sql_in('posts_2', 'SELECT DISTINCT project_id FROM analytics.batches');
my $moved_events = sql_in('posts_2', 'SELECT count(*) FROM analytics.batches');
cmp_ok(scalar keys %moved, '>=', $PROJECTS / 10, 'projects have moved to the new database');
cmp_ok(scalar keys %moved, '<=', $PROJECTS / 2, '... not most of them');
is($moved_events, scalar(map { @{ $events_of{$_} } } keys %moved), '... with all of their events, which are written a second time');
my $elsewhere = 0;
$elsewhere += sql_in($_, q{SELECT count(*) FROM analytics.batches WHERE event_id ~ '^evt_\d'}) for @DATABASES[ 0, 1 ];
is($elsewhere, $EVENTS, 'the others have taken nothing new');

done_testing();
