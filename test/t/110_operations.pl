# Operating a running consumer: drain, restart, its log, and a change of every
# one of its settings while it works; each event is processed once.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use IO::Socket::INET;
use IPC::Run ();
use Test::More;

my $test = AnalyticsTest->new('operations');
my $node = $test->node;
my $silent = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', Proto => 'tcp') || die "could not listen: $!";
$test->create_extension;
$test->create_consumer('posts', workers => 2, prefetch => 10);
my $endpoint = $test->env('S3_ENDPOINT');

my $published = 0;    # events that must be processed, once
my $number = 0;

# A store that never answers, so that what is taken stays in flight.
sub store_hangs { $test->sql('ALTER SERVER store OPTIONS (SET endpoint \'http://127.0.0.1:' . $silent->sockport . '\')') }
sub store_answers { $test->sql("ALTER SERVER store OPTIONS (SET endpoint '$endpoint')") }

# Events whose items are in the store.
sub publish_stored
{
	my ($count, %options) = @_;
	for (1 .. $count)
	{
		my $name = 'stored_' . ++$number;
		$test->put_object("b/$name", qq([{"meta": {"id": "$name"}}]));
		$test->publish_body($test->event(event_id => $name, content_count => 1, minio_path => $test->bucket . "/b/$name"), %options);
		$published++;
	}
	return "stored_$number";
}

# One that brings its item.
sub publish_inline
{
	my (%options) = @_;
	my $name = 'inline_' . ++$number;
	$test->publish_body($test->event(event_id => $name, content_count => 1,
		items => [ { meta => { id => $name }, content => { text => delete $options{text} // 'this phone is used by many people every day' } } ]), %options);
	$published++;
	return $name;
}

sub wait_for_event
{
	my ($name) = @_;
	$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$name'", 1);
	return $name;
}

sub wait_in_flight
{
	my ($count) = @_;
	$test->wait_for_sql(q{SELECT in_flight FROM analytics.status WHERE name = 'posts'}, $count);
}

sub alter
{
	my ($arguments) = @_;
	$test->sql("SELECT analytics.alter_consumer('posts', $arguments)");
}

# A statement in a session of its own, meanwhile.
sub begin_call
{
	my ($statement) = @_;
	my %call = (out => '', err => '');
	$call{run} = IPC::Run::start([ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('postgres'), '-c', $statement ],
		'<', \undef, '>', \$call{out}, '2>', \$call{err}, IPC::Run::timeout(120));
	return \%call;
}

sub end_call
{
	my ($call) = @_;
	$call->{run}->finish;
	return $call->{run}->result(0);
}

my $DRAIN = q{FROM pg_stat_activity WHERE query LIKE 'CALL analytics.drain%' AND pid <> pg_backend_pid()};

# --- drain: what is taken is finished, nothing more is taken -----------------

store_hangs();
publish_stored(6);
wait_in_flight(6);
my $call = begin_call(q{CALL analytics.drain('posts', '1 minute')});
$test->wait_for_sql(q{SELECT bool_and(paused) FROM analytics.consumers});
publish_stored(3);
$test->wait_for_sql("SELECT count(*) $DRAIN AND wait_event_type = 'Extension'", 1);
is($test->sql("SELECT backend_xmin IS NULL, backend_xid IS NULL, now() - xact_start < '5 s', (SELECT count(*) FROM pg_locks l WHERE l.pid = a.pid AND relation IS NOT NULL) " . ($DRAIN =~ s/pg_stat_activity/$& AS a/r)),
	't|t|t|0', 'while it waits it holds no snapshot, no old transaction and no lock');
is($test->sql('SELECT count(*) FROM analytics.batches'), 0, 'and it waits');
store_answers();
is(end_call($call), 0, "it returns: $call->{err}");
is($test->sql('SELECT count(*) FROM analytics.batches'), 6, 'when all that was taken is committed');
is($test->sql(q{SELECT state, in_flight, reason LIKE '%: drain()' FROM analytics.status}), 'paused|0|t', 'and leaves the consumer paused');
poll_until(sub { my $queue = $test->queue; $queue->{ready} == 3 && $queue->{unacked} == 0 }, 'the rest to be in the queue');
pass('what came meanwhile is in the queue');
$test->sql(q{CALL analytics.drain('posts', '10 s')});
pass('a drained consumer is drained at once');

# --- what does not end in time, is cancelled, or resumed -----------------------

store_hangs();
$test->sql(q{SELECT analytics.resume('posts')});
wait_in_flight(3);
my $error = $test->sql_error(q{CALL analytics.drain('posts', '300 ms')});
like($error, qr/55006: consumer "posts" is not drained: 3 events are in flight in \d workers/, 'after the timeout it says what is left');
like($error, qr/DETAIL:  worker "posts\/\d" holds \d+ events and is paused.*HINT:  It stays paused\. .*analytics\.restart\('posts'\)/s, 'where, and what to do');
is($test->sql('SELECT paused, pause_reason FROM analytics.consumers'), 't|drain()', 'it stays paused');

$call = begin_call(q{CALL analytics.drain('posts')});
$test->wait_for_sql("SELECT count(pg_cancel_backend(pid)) $DRAIN AND wait_event_type = 'Extension'", 1);
isnt(end_call($call), 0, 'it can be cancelled');
like($call->{err}, qr/57014/, 'like any statement');
is($test->sql('SELECT paused FROM analytics.consumers'), 't', 'and then it stays paused, too');

$call = begin_call(q{CALL analytics.drain('posts')});
$test->wait_for_sql("SELECT count(*) $DRAIN AND wait_event_type = 'Extension'", 1);
$test->sql(q{SELECT analytics.resume('posts')});
isnt(end_call($call), 0, 'one that is resumed meanwhile');
like($call->{err}, qr/55000: consumer "posts" was resumed while it was drained/, 'does not wait for ever');

# --- its time is the time of its locks, too --------------------------------------

my $holder = $node->background_psql('postgres');
$holder->query_safe(q{BEGIN});
$holder->query_safe(q{SELECT analytics.pause('posts')});
$error = $test->sql_error(q{CALL analytics.drain('posts', '300 ms')});
like($error, qr/55P03: consumer "posts" is not drained: another transaction that has changed it is open.*DETAIL:  It could not be paused/s, 'a pause that somebody has not committed is not waited for longer');
is($test->sql('SELECT paused FROM analytics.consumers'), 'f', 'and it is not paused');
$holder->query_safe('ROLLBACK');
$holder->quit;

# --- restart -------------------------------------------------------------------

my $before = join ' ', $test->worker_pids;
my $position = $test->log_position;
$test->sql(q{BEGIN; SELECT analytics.restart('posts'); ROLLBACK});
is(join(' ', $test->worker_pids), $before, 'a restart that is rolled back is none');
$test->sql(q{SELECT analytics.restart('posts')});
$test->wait_for_sql(qq{SELECT count(*) FROM analytics.stat_worker WHERE pid IS NOT NULL AND pid NOT IN (${\ join ', ', split / /, $before }) AND state = 'running'}, qr/^[12]$/);
$test->wait_for_sql(q{SELECT count(pid) FROM analytics.stat_worker}, 2);
is($test->sql(qq{SELECT count(*) FROM analytics.stat_worker WHERE pid IN (${\ join ', ', split / /, $before })}), 0, 'both workers are new ones');
wait_in_flight(3);
store_answers();
$test->wait_for_batches(9);
is($test->sql('SELECT count(*) FROM analytics.dead_letters'), 0, 'what they held is processed after all');
unlike($test->log_since($position), qr/unexpectedly/, 'it does not look like a crash');
is($test->sql('SELECT max(attempts) FROM analytics.stat_worker'), 0, 'nor count as one');

$test->sql(q{CREATE ROLE ingester LOGIN; CREATE ROLE operator; CREATE ROLE stranger;
	GRANT USAGE ON SCHEMA analytics TO operator, stranger;
	GRANT EXECUTE ON FUNCTION analytics.restart(text) TO operator;
	GRANT EXECUTE ON PROCEDURE analytics.drain(text, interval) TO operator});
$test->create_consumer('theirs', broker => undef, store => undef, role => 'ingester');
$test->wait_for_sql(q{SELECT state FROM analytics.status WHERE name = 'theirs'}, 'idle');
my $pid = $test->sql(q{SELECT pid FROM analytics.stat_worker WHERE consumer = 'theirs'});
$test->sql(q{SET ROLE operator; SELECT analytics.restart('theirs')});
$test->wait_for_sql(qq{SELECT pid <> $pid FROM analytics.stat_worker WHERE consumer = 'theirs' AND state = 'idle'});
$test->sql(q{SET ROLE operator; CALL analytics.drain('theirs', '20 s')});
is($test->sql(q{SELECT paused_by FROM analytics.consumers WHERE name = 'theirs'}), 'operator', 'who may execute them may restart and drain the consumer of any role');
like($test->sql_error(q{SET ROLE stranger; SELECT analytics.restart('theirs')}), qr/42501/, 'nobody else may restart it');
like($test->sql_error(q{SET ROLE stranger; CALL analytics.drain('theirs')}), qr/42501/, 'nor drain it');
$test->sql(q{SELECT analytics.drop_consumer('theirs')});

# --- every setting, while it works -----------------------------------------------

my %SETTINGS;
alter(q{workers => 1});
$test->wait_for_sql('SELECT count(pid) FROM analytics.stat_worker', 1);
my %to = (declare => 0);

sub change
{
	my ($setting, $what) = @_;
	$SETTINGS{$setting}++;
	wait_for_event(publish_inline(%to));
	pass("$setting: $what");
}

$SETTINGS{workers}++;
alter(q{workers => 3});
$test->wait_for_sql('SELECT count(pid) FROM analytics.stat_worker', 3);
poll_until(sub { $test->queue->{consumers} == 3 }, 'three consumers at the broker');
alter(q{workers => 1});
$test->wait_for_sql('SELECT count(pid) FROM analytics.stat_worker', 1);
change('workers', 'as many as asked for');

sub log_of
{
	my ($level, $work) = @_;
	my $start = $test->log_position;
	alter("log_level => '$level'");
	$work->();
	return $test->log_since($start);
}

my $secret = 'unmistakable phrase of a post';
my $log = log_of('log', sub { wait_for_event(publish_inline(text => $secret, %to)) for 1, 2 });
unlike($log, qr/inline_\d+/, 'log_level log: nothing of an event that is processed');
my $letters = 0;

sub bad_event
{
	my ($id) = @_;
	$test->publish_body(qq({"event_id": "$id", "payload": {"job_id": "proj_l-brand-0", "batch_index": 3, "total_batches": 7, "platform": "tiktok", "content_count": 1, "minio_path": "elsewhere/x"}}), %to);
	$test->wait_for_dead_letters(++$letters);
	wait_for_event(publish_inline(%to));
}
$log = log_of('log', sub { bad_event('bad\nLOG: f\u009bo\u0085r\u202eg\u2028e\u2066d') });
is(scalar(() = $log =~ /is a dead letter/g), 1, 'one line of one that is not');
like($log, qr/LOG:  analytics worker "posts\/1": event "bad\?LOG: f\?o\?r\?g\?e\?d" of job "proj_l-brand-0", batch 3 of 7 is a dead letter: \w+$/m, 'with event, job and batch, and none of its own making');
$log = log_of('warning', sub { bad_event('bad_quiet') });
unlike($log, qr/bad_quiet/, 'log_level warning: not even that');
$log = log_of('debug', sub {
	wait_for_event(publish_inline(text => $secret, %to));
	$test->wait_for_log(qr/inline_$number" of job "proj_test-brand-0", batch 1 of 10 is processed: 1 posts \(0 skipped\) and 0 errors/, $position);
	bad_event('bad_loud');
	$test->wait_for_log(qr/inline_$number" of job/, $position);
});
is(scalar(() = $log =~ /LOG: .* event "inline_\d+"/g), 2, 'log_level debug: one line for each event');
like($log, qr/bad_loud/, 'whatever becomes of it');
unlike($test->log_since(0), qr/$secret/, 'never the text of a post');
alter(q{log_level => 'log'});
change('log_level', 'taken up');

sub broker_prefetch
{
	return join ' ', map { $_->{prefetch_count} } @{ $test->broker_api('GET', 'consumers/VHOST') };
}
alter('prefetch => 7');
poll_until(sub { broker_prefetch() eq '7' }, 'the new prefetch at the broker');
change('prefetch', 'told to the broker');
alter('prefetch => 20');

store_hangs();
publish_stored(8, %to);
wait_in_flight(8);
alter('max_fetches => 3');
$test->wait_for_sql('SELECT fetching FROM analytics.stat_worker', 3);
alter('max_fetches => 6');
$test->wait_for_sql('SELECT fetching FROM analytics.stat_worker', 6);
alter('max_fetches => 16');
$test->wait_for_sql('SELECT fetching FROM analytics.stat_worker', 8);
change('max_fetches', 'so many at once');
alter(q{commit_delay => '10 s'});
my $delayed = publish_inline(%to);
wait_in_flight(9);
is($test->sql("SELECT count(*) FROM analytics.batches WHERE key = '$delayed'"), 0, 'commit_delay: a batch waits for others');
alter(q{commit_delay => '0 ms'});
$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$delayed'", 1, 8);
change('commit_delay', 'and does not when told so');
store_answers();
wait_in_flight(0);

sub declared
{
	my ($name) = @_;
	return poll_until(sub { eval { $test->broker_api('GET', "queues/VHOST/$name") } }, "queue $name");
}

sub wait_for_binding
{
	my ($exchange, $key) = @_;
	poll_until(sub { scalar grep { $_->{source} eq $exchange && $_->{routing_key} eq $key } @{ $test->broker_api('GET', 'queues/VHOST/second/bindings') } },
		"the binding of $key at $exchange");
}
alter(q{queue => 'second'});
poll_until(sub { my $q = $test->queue('second'); $q && $q->{consumers} == 1 && $test->queue->{consumers} == 0 }, 'the worker at the second queue');
$test->broker_api('DELETE', 'queues/VHOST/analytics.data.collected');
change('queue', 'works off the other queue');
alter(q{routing_key => 'other.key'});
wait_for_binding('smap.events', 'other.key');
%to = (declare => 0, routing_key => 'other.key');
change('routing_key', 'is bound to it');
alter(q{exchange => 'other.exchange'});
wait_for_binding('other.exchange', 'other.key');
%to = (%to, exchange => 'other.exchange');
change('exchange', 'takes what is published there');
alter(q{queue => 'third', queue_type => 'quorum'});
is(declared('third')->{type}, 'quorum', 'queue_type: declared so');
poll_until(sub { my $q = $test->queue('third'); $q && $q->{consumers} == 1 }, 'the worker at the third queue');
change('queue_type', 'works off it');
alter(q{queue => 'fourth', queue_type => 'classic', queue_arguments => '{"x-max-length": 1000}'});
is(declared('fourth')->{arguments}{'x-max-length'}, 1000, 'queue_arguments: declared so');
poll_until(sub { my $q = $test->queue('fourth'); $q && $q->{consumers} == 1 }, 'the worker at the fourth queue');
change('queue_arguments', 'works off it');
alter(q{queue => 'fifth', queue_arguments => '{}', passive => true});
$test->wait_for_sql(q{SELECT state FROM analytics.status}, 'misconfigured');
ok(!defined $test->queue('fifth'), 'passive: declares nothing');
alter(q{passive => false});
poll_until(sub { my $q = $test->queue('fifth'); $q && $q->{consumers} == 1 }, 'the worker at the fifth queue');
change('passive', 'and does again');

alter(q{broker => ''});
poll_until(sub { $test->queue('fifth')->{consumers} == 0 }, 'no consumer at the broker');
is($test->sql('SELECT broker_connected IS NULL FROM analytics.status'), 't', 'broker: taken away');
alter(q{broker => 'broker'});
poll_until(sub { $test->queue('fifth')->{consumers} == 1 }, 'a consumer at the broker');
change('broker', 'and given again');
alter(q{store => ''});
publish_stored(1, %to);
$published--;
$test->wait_for_dead_letters(++$letters);
is($test->sql('SELECT reason FROM analytics.dead_letters ORDER BY id DESC LIMIT 1'), 'NO_STORE', 'store: taken away');
alter(q{store => 'store'});
wait_for_event(publish_stored(1, %to));
change('store', 'and given again');

$test->sql(sprintf q{GRANT USAGE ON FOREIGN SERVER broker, store TO ingester;
	CREATE USER MAPPING FOR ingester SERVER broker OPTIONS (user '%s', password '%s');
	CREATE USER MAPPING FOR ingester SERVER store OPTIONS (access_key '%s', secret_key '%s')},
	map { $test->env($_) } qw(AMQP_USER AMQP_PASSWORD S3_ACCESS_KEY S3_SECRET_KEY));
alter(q{role => 'ingester'});
$test->wait_for_sql(q{SELECT string_agg(DISTINCT usename, ',') FROM pg_stat_activity WHERE backend_type = 'analytics worker'}, 'ingester');
change('role', 'its worker is another role\'s');
alter(q{enabled => false});
$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'analytics worker'}, 0);
alter(q{enabled => true});
$test->wait_for_sql(q{SELECT application_name FROM pg_stat_activity WHERE backend_type = 'analytics worker'}, 'analytics worker posts/1');
change('enabled', 'its workers end and start');

$test->sql(q{CREATE ROLE scientist; CREATE SCHEMA science AUTHORIZATION scientist; SET ROLE scientist;
	CREATE FUNCTION science.praise(texts text[]) RETURNS float8[] LANGUAGE sql AS 'SELECT array_fill(1.0::float8, ARRAY[cardinality(texts)])';
	CREATE FUNCTION science.slow(texts text[]) RETURNS float8[] LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN array_fill(1.0::float8, ARRAY[cardinality(texts)]); END'});
sub sentiment
{
	return $test->sql("SELECT overall_sentiment FROM analytics.post_analytics WHERE id = '" . wait_for_event(publish_inline(%to)) . "'");
}
isnt(sentiment(), 'POSITIVE', 'scorer: none yet');
alter(q{scorer => 'science.praise(text[])'});
is(sentiment(), 'POSITIVE', 'it judges');
alter(q{scorer => 'science.slow(text[])'});
change('scorer', 'and so does another');
alter(q{scorer_timeout => '100 ms'});
is(sentiment(), 'NEUTRAL', 'scorer_timeout: it is too slow');
like($test->sql('SELECT last_error_sqlstate, last_error FROM analytics.status'), qr/^57014\|.*scorer science\.slow/, 'and the status says so, with SQLSTATE');
alter(q{scorer_timeout => '20 s'});
is(sentiment(), 'POSITIVE', 'and is not, given more time');
alter(q{scorer => ''});
change('scorer_timeout', 'taken up');

is( join(' ', sort keys %SETTINGS),
	$test->sql(q{SELECT string_agg(attname, ' ' ORDER BY attname COLLATE "C") FROM pg_attribute WHERE attrelid = 'analytics.consumers'::regclass AND attnum > 0
		AND attname NOT IN ('name', 'scorer_by', 'restarts', 'paused', 'paused_at', 'paused_by', 'pause_reason', 'stopped_at', 'created_at', 'created_by')}),
	'no setting is left out');

# --- and nothing was lost --------------------------------------------------------

$test->wait_for_sql('SELECT count(*) FROM analytics.batches', $published);
is($test->sql('SELECT count(*) FROM analytics.dead_letters'), $letters, 'no event became a dead letter that should not');
is($test->sql(q{SELECT batches, items, posts, errors FROM (SELECT sum(batches) AS batches, sum(items) AS items, sum(posts) AS posts, sum(errors) AS errors FROM analytics.stat_batches) s}),
	"$published|$published|$published|0", 'stat_batches adds up to what was published');
$test->wait_for_sql('SELECT events_per_second > 0 AND items_per_second > 0 FROM analytics.status');
pass('the status has rates');
is($test->sql('SELECT count(*) FROM analytics.stat_worker WHERE events_per_second > 0'), 1, 'and so has the worker');

done_testing();
