# What workers say of themselves is true while they work, not only between
# two turns of their loop: drain() and the status can be relied on.  And who
# has nothing to do does nothing.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils qw(slurp_file);
use Test::More;
use Time::HiRes qw(sleep);

my $test = AnalyticsTest->new('reports', servers => ['rabbitmq']);
$test->create_extension;
$test->create_consumer('local', broker => undef, store => undef, prefetch => 50);
$test->create_consumer('broker', store => undef, prefetch => 50);
my $published = 0;

$test->sql(q{CREATE FUNCTION event(name text, items integer) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('event_id', name, 'payload', jsonb_build_object('job_id', 'p-brand-0', 'platform', 'tiktok', 'content_count', items,
		'items', (SELECT jsonb_agg(jsonb_build_object('meta', jsonb_build_object('id', name || '_' || i), 'content',
			jsonb_build_object('text', 'this phone is used by many people every day'))) FROM generate_series(1, items) AS i)))
$$;
CREATE FUNCTION slow(texts text[]) RETURNS float8[] LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN array_fill(0.0::float8, ARRAY[cardinality(texts)]); END $$});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.status WHERE state = 'idle'}, 2, 60);

sub submit
{
	my ($name, $events, $items) = @_;
	$test->sql("SELECT count(analytics.submit(event('${name}_' || i, $items), 'local')) FROM generate_series(1, $events) AS i");
	$published += $events;
}

sub publish
{
	my ($name, $events, $items) = @_;
	for (1 .. $events)
	{
		$test->publish_body($test->sql("SELECT event('${name}_$_', $items)"), declare => 0);
		$published++;
	}
}

my $LEASED = q{SELECT count(*) FROM analytics.local_queue WHERE leased_until > now()};

# --- drain() right after resume() -----------------------------------------------

# What a worker had said last is that it is paused, and holds nothing.
my $left = 0;
for my $round (1 .. 12)
{
	$test->sql(q{CALL analytics.drain('local')});
	submit("round$round", 20, 50);
	my $pause = 0.0005 * $round;
	$test->sql("SELECT analytics.resume('local'); SELECT pg_sleep($pause)");
	$left += ($test->sql("CALL analytics.drain('local');\n$LEASED") =~ /(\d+)$/)[0];
}
is($left, 0, 'a drained consumer holds nothing of the local queue, however soon it was drained');
$test->sql(q{SELECT analytics.resume('local')});
$test->wait_for_batches($published);

# --- a scorer that takes long: one turn of many seconds -----------------------

$test->sql(q{SELECT analytics.alter_consumer(name, scorer => 'public.slow(text[])', scorer_timeout => '10 s'), analytics.pause(name) FROM analytics.consumers});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.stat_worker WHERE state = 'paused'}, 2);
submit('scored', 4, 1);
publish('delivered', 4, 1);
$test->sql(q{SELECT analytics.resume(name) FROM analytics.consumers});
$test->wait_for_sql($LEASED, 4);
$test->wait_for_sql(q{SELECT s.state, s.in_flight, s.lag_seconds > 0, w.active_batches, g.active_batches >= 4 FROM analytics.status AS s JOIN analytics.stat_worker AS w ON w.consumer = s.name
	CROSS JOIN analytics.metric_active_batches AS g WHERE s.name = 'local'}, 'running|4|t|4|t', 5);
pass('status, stat_worker and gauges know what it has taken while its turn lasts');
$test->wait_for_sql(q{SELECT state, in_flight FROM analytics.status WHERE name = 'broker'}, 'running|4', 5);
my $error = $test->sql_error(q{CALL analytics.drain('local', '0')});
like($error, qr/55006: consumer "local" is not drained: 1 workers have not taken note of the pause yet.*DETAIL:  worker "local\/1" has not taken note of the pause yet, holds 4 events and is running/s,
	'a worker that does not know of the pause yet is waited for');
$test->sql(q{CALL analytics.drain('local')});
is($test->sql($LEASED), 0, 'until it holds nothing');
is($test->sql(q{SELECT count(*) FROM analytics.batches WHERE key LIKE 'scored\_%'}), 4, 'but has finished it');
$test->sql(q{CALL analytics.drain('broker')});
is($test->sql(q{SELECT count(*) FROM analytics.batches WHERE key LIKE 'delivered\_%'}), 4, 'the same of deliveries of a broker');
is($test->queue->{unacked}, 0, 'which are acknowledged');
$test->sql(q{SELECT analytics.alter_consumer(name, scorer => ''), analytics.resume(name) FROM analytics.consumers});

# --- nothing to do: asleep ----------------------------------------------------

sub switches
{
	my ($pid) = @_;
	return slurp_status($pid) =~ /^voluntary_ctxt_switches:\s+(\d+)/m ? $1 : die "no count of process $pid";
}

sub slurp_status
{
	my ($pid) = @_;
	open my $file, '<', "/proc/$pid/status" or die "process $pid: $!";
	local $/;
	return <$file>;
}

$test->wait_for_sql(q{SELECT count(*) FROM analytics.status WHERE state = 'idle'}, 2);
SKIP:
{
	skip 'no /proc', 3 unless -r "/proc/$$/status";
	# what their last work has left to do is written within three seconds
	sleep 4;
	my %before = map { $_ => switches($_) } map { $test->process_pids($_) } qw(worker supervisor launcher);
	sleep 4;
	is(scalar(keys %before), 4, 'two workers, a supervisor and a launcher');
	is(join(' ', sort keys %before), join(' ', sort map { $test->process_pids($_) } qw(worker supervisor launcher)), 'that run on');
	# a worker with a broker answers its heartbeats, and asks for its queue's length when awake
	cmp_ok((sort { $b <=> $a } map { switches($_) - $before{$_} } keys %before)[0], '<=', 8, 'sleep while there is nothing to do');
}

# A paused worker in a session that is read-only has nothing to do either.
$test->sql(q{SELECT analytics.pause(name) FROM analytics.consumers});
$test->sql(q{ALTER DATABASE postgres SET default_transaction_read_only = on});
my @old = $test->worker_pids;
kill 'TERM', @old;
$test->wait_for_sql(q{SELECT count(*) FROM analytics.stat_worker WHERE last_error_sqlstate = '25006' AND pid IS NOT NULL}, 2);
SKIP:
{
	skip 'no /proc', 1 unless -r "/proc/$$/stat";
	sub ticks { my ($pid) = @_; my @fields = split / /, slurp_file("/proc/$pid/stat") =~ s/.*\) //r; return $fields[11] + $fields[12] }
	# the first try is over after a second and a quarter at most
	sleep 3;
	my %before = map { $_ => ticks($_) } $test->worker_pids;
	sleep 3;
	cmp_ok((sort { $b <=> $a } map { ticks($_) - $before{$_} } keys %before)[0], '<=', 50, 'a paused worker that may not write sleeps, too');
}
$test->sql(q{SET default_transaction_read_only = off; ALTER DATABASE postgres RESET default_transaction_read_only;
	SELECT analytics.resume(name), analytics.restart(name) FROM analytics.consumers});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.status WHERE state = 'idle'}, 2);

# --- restart() of a worker that waits to be started again -------------------------

my ($delay, $pid) = (0);
while ($delay < 8)
{
	$pid = $test->wait_for_sql(q{SELECT pid FROM analytics.stat_worker WHERE consumer = 'local' AND state = 'idle'}, qr/^\d+$/);
	$test->sql("SELECT pg_terminate_backend($pid)");
	($delay) = $test->wait_for_sql(q{SELECT reason FROM analytics.stat_worker WHERE consumer = 'local'}, qr/starts again in \d+ s$/) =~ /(\d+) s$/;
}
my $died = $test->sql(q{SELECT state_since FROM analytics.stat_worker WHERE consumer = 'local'});
is($test->sql(q{SELECT state, attempts FROM analytics.stat_worker WHERE consumer = 'local'}), 'stopped|4', 'a worker that died again and again waits');
$test->sql(q{SELECT analytics.restart('local')});
$test->wait_for_sql(q{SELECT state FROM analytics.stat_worker WHERE consumer = 'local'}, 'idle');
is($test->sql("SELECT started_at < timestamptz '$died' + interval '$delay s', attempts FROM analytics.stat_worker WHERE consumer = 'local'"), 't|0', 'restart() starts it before its time');
$pid = $test->sql(q{SELECT pid FROM analytics.stat_worker WHERE consumer = 'local'});
$test->sql("SELECT pg_terminate_backend($pid)");
$test->wait_for_sql(q{SELECT reason FROM analytics.stat_worker WHERE consumer = 'local'}, qr/starts again in 1 s$/);
pass('and its delay begins anew');

done_testing();
