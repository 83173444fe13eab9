# NOTIFY analytics_alerts: said when posts commit that somebody should know of,
# and only then; bounded, without a text of a post; and turned off.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use JSON::PP ();
use Test::More;

my $test = AnalyticsTest->new('alerts', servers => [], conf => 'max_prepared_transactions = 2');
$test->create_extension;
$test->sql(q{SELECT analytics.create_consumer('posts', commit_delay => '0 ms')});

my $NEGATIVE = 'This phone is terrible and awful, I hate it. The worst and most disappointing thing I ever bought.';
my $CRISIS = 'Boycott this brand, they are scammers and this is a scam';
my $number = 0;

sub item
{
	my ($id, $text, $likes) = @_;
	return { meta => { id => $id }, content => { text => $text, view_count => $likes * 10, like_count => $likes, comment_count => $likes, share_count => $likes },
		author => { follower_count => $likes * 10, is_verified => JSON::PP::true } };
}
sub critical { return item($_[0], $NEGATIVE, 1_000_000) }
sub crisis { return item($_[0], $CRISIS, 1) }
sub harmless { return item($_[0], 'This phone comes with a cable and a charger in the box', 1) }

sub literal
{
	my ($value) = @_;
	return q{'} . (JSON::PP->new->ascii->canonical->encode($value) =~ s/'/''/gr) . q{'::jsonb};
}

sub event
{
	my ($items, %payload) = @_;
	return { event_id => 'evt_' . ++$number, event_type => 'data.collected',
		payload => { job_id => 'proj_a-brand-0', project_id => 'proj_a', platform => 'tiktok', content_count => scalar @$items, items => $items, %payload } };
}

is($test->sql('SELECT risk_level FROM analytics.analyze(' . literal(critical('c')) . ')'), 'CRITICAL', 'a CRITICAL post');
is($test->sql('SELECT primary_intent, risk_level <> \'CRITICAL\' FROM analytics.analyze(' . literal(crisis('c')) . ')'), 'CRISIS|t', 'a post of intent CRISIS');
is($test->sql('SELECT risk_level, primary_intent FROM analytics.analyze(' . literal(harmless('c')) . ')'), 'LOW|DISCUSSION', 'a harmless post');

# --- who listens -------------------------------------------------------------------

my $listener = $test->node->background_psql('postgres');
$listener->query_safe('LISTEN analytics_alerts');

# What came since this was last asked; a marker of our own ends it, since
# notifications come in the order of their commits.
my $longest = 0;

sub alerts
{
	my $marker = 'marker ' . ++$number;
	my $heard = '';

	$test->sql("NOTIFY analytics_alerts, '$marker'");
	poll_until(sub { ($heard .= $listener->query('SELECT')) =~ /$marker/ }, 'a notification');
	my @payloads = $heard =~ /with payload "(\{.*?\})" received/g;
	for my $payload (@payloads)
	{
		$longest = length $payload if length $payload > $longest;
	}
	return map { JSON::PP->new->decode($_) } @payloads;
}

sub process
{
	my ($event) = @_;
	$test->sql('SELECT analytics.submit(' . literal($event) . ", 'posts')");
	$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$event->{event_id}'", 1);
	return $event;
}

# --- CRITICAL ----------------------------------------------------------------------

process(event([ harmless('h1'), harmless('h2') ]));
is(scalar(() = alerts()), 0, 'nothing to say, nothing said');

my $event = process(event([ critical('c1'), harmless('h3'), critical('c2') ]));
is_deeply([ alerts() ],
	[ { consumer => 'posts', critical => { posts => 2, omitted => 0, projects => [ { project_id => 'proj_a', posts => 2, ids => [ 'c1', 'c2' ] } ] } } ],
	'one for the group: how many, of which project, which');

process(event([ map { critical("many$_") } 1 .. 9 ]));
my ($alert) = alerts();
is($alert->{critical}{posts}, 9, 'all are counted');
is_deeply($alert->{critical}{projects}[0]{ids}, [ map { "many$_" } 1 .. 5 ], 'the first are named');

$test->sql('SELECT analytics.submit(' . literal($event) . ", 'posts')");
$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0);
is(scalar(() = alerts()), 0, 'a duplicate says nothing');
$test->sql("SELECT analytics.replay_batch('$event->{event_id}')");
$test->wait_for_sql('SELECT count(*) FROM analytics.batch_replays', 1);
is(scalar(() = alerts()), 0, 'nor does what is processed again');

# --- what is not written ---------------------------------------------------------------

sub crawled
{
	my ($item, $at) = @_;
	$item->{meta}{crawled_at} = $at;
	return $item;
}
process(event([ crawled(harmless('newer'), '2026-02-01T00:00:00Z') ]));
$event = process(event([ crawled(critical('newer'), '2026-01-01T00:00:00Z'), crawled(critical('first'), '2026-01-01T00:00:00Z') ]));
is($test->sql("SELECT success_count, skipped_count FROM analytics.batches WHERE key = '$event->{event_id}'"), '2|1', 'a post of which a newer crawl is there is skipped');
is($test->sql(q{SELECT id, risk_level FROM analytics.post_analytics WHERE id IN ('newer', 'first') ORDER BY id}), "first|CRITICAL\nnewer|LOW", 'and stays as it is');
is_deeply([ map { $_->{critical} } alerts() ], [ { posts => 1, omitted => 0, projects => [ { project_id => 'proj_a', posts => 1, ids => ['first'] } ] } ], 'so only the other is told of');
process(event([ crawled(critical('newer'), '2026-01-01T00:00:00Z') ]));
is(scalar(() = alerts()), 0, 'and where nothing else is, nothing');

# --- in the transaction --------------------------------------------------------------

my $ingest = 'SELECT status FROM analytics.ingest(' . literal(event([ critical('i1') ])) . ')';
$test->sql("BEGIN; $ingest; ROLLBACK");
is(scalar(() = alerts()), 0, 'what is rolled back says nothing');
is($test->sql($ingest), 'processed', 'ingest()');
is_deeply([ map { [ $_->{consumer}, $_->{critical}{posts} ] } alerts() ], [ [ '', 1 ] ], 'says so when it commits, of no consumer');

# Who prepares transactions submits, or turns alerts off.
my $prepared = literal(event([ critical('prepared') ]));
like($test->sql_error("BEGIN; SELECT status FROM analytics.ingest($prepared); PREPARE TRANSACTION 'alerts'"), qr/0A000.*NOTIFY/, 'a transaction with an alert cannot be prepared');
$test->sql("BEGIN; SELECT analytics.submit($prepared, 'posts'); PREPARE TRANSACTION 'alerts'");
is(scalar(() = alerts()), 0, 'one that submits can');
$test->sql(q{COMMIT PREPARED 'alerts'});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.post_analytics WHERE id = 'prepared'}, 1);
is_deeply([ map { $_->{critical}{posts} } alerts() ], [1], 'and the worker tells of it');

# --- CRISIS ----------------------------------------------------------------------------

process(event([ map { crisis("few$_") } 1 .. 9 ]));
is(scalar(() = alerts()), 0, 'a few of intent CRISIS are no spike');
process(event([ map { crisis("spike$_") } 1 .. 10 ]));
is_deeply([ alerts() ],
	[ { consumer => 'posts', crisis => { posts => 10, omitted => 0, projects => [ { project_id => 'proj_a', posts => 10, ids => [ 'spike1', 'spike10', 'spike2', 'spike3', 'spike4' ] } ] } } ],
	'ten are');
$test->sql(q{UPDATE analytics.settings SET value = 2 WHERE name = 'alerts.crisis_posts'});
process(event([ map { crisis("pair$_") } 1, 2 ]));
is_deeply([ map { $_->{crisis}{posts} } alerts() ], [2], 'the threshold is a setting, taken up at once');
process(event([ critical('both'), crisis('both1'), crisis('both2') ]));
is_deeply([ map { [ $_->{critical}{posts}, $_->{crisis}{posts} ] } alerts() ], [ [ 1, 2 ] ], 'both kinds in one');

# --- bounded -----------------------------------------------------------------------------

$test->sql(q{SELECT analytics.pause('posts')});
for my $project (1 .. 60)
{
	my $id = ("\"\\" x 60) . " project $project";
	$test->sql('SELECT analytics.submit(' . literal(event([ map { critical("$id $_") } 1 .. 6 ], job_id => "$id-brand-0")) . ", 'posts')");
}
$test->sql(q{SELECT analytics.resume('posts')});
$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0);
my @alerts = alerts();
my ($posts, $projects, $omitted) = (0, 0, 0);
for my $each (@alerts)
{
	$posts += $each->{critical}{posts};
	$projects += @{ $each->{critical}{projects} };
	$omitted += $each->{critical}{omitted};
}
is($posts, 360, 'all posts of many projects are counted');
is($projects + $omitted, 60, 'each project is named or counted');
cmp_ok($omitted, '>', 0, 'not all fit');
cmp_ok($longest, '<', 8000, 'and none is too long to be sent');
is($test->sql('SELECT count(*) FROM analytics.dead_letters'), 0, 'nothing failed for it');
unlike(JSON::PP->new->encode(\@alerts), qr/terrible|awful/, 'no text of a post is in it');

process(event([ critical('x' x 300) ]));
is_deeply([ map { $_->{critical}{projects}[0] } alerts() ], [ { project_id => 'proj_a', posts => 1, ids => [] } ], 'an id too long to be named is left out, not cut');

# --- off -------------------------------------------------------------------------------------

$test->sql(q{UPDATE analytics.settings SET value = 0 WHERE name LIKE 'alerts.%'});
process(event([ critical('off1'), map { crisis("off$_") } 2 .. 20 ]));
is(scalar(() = alerts()), 0, 'turned off');
$listener->quit;

# --- the script for psql --------------------------------------------------------------------

$test->sql('CREATE ROLE watcher LOGIN IN ROLE pg_monitor');
my ($out, $err) = ('', '');
my $top = IPC::Run::start([ 'psql', '-X', '-U', 'watcher', '-d', $test->node->connstr('postgres'), '-v', 'every=1', '-f', "$FindBin::RealBin/../../deploy/psql/analytics_top.sql" ],
	'<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(60));
poll_until(sub { $top->pump_nb; (() = $out =~ /^ posts +\| all +\| idle +\|/mg) >= 2 || $err =~ /ERROR/ }, 'analytics_top.sql twice');
$top->kill_kill;
is($err, '', 'analytics_top.sql runs as a member of pg_monitor');
like($out, qr/^ posts +\| 1 +\| idle +\|/m, 'and shows workers');

done_testing();
