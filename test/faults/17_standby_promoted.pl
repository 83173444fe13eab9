# Row 17: the primary is lost in mid-stream and its synchronous standby promoted:
# what was acknowledged to the broker is on the standby, what was not is delivered
# again, to the workers of the new primary.  And a worker that waits for a standby
# which does not answer neither acknowledges early nor holds up its end.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $WORKERS = 2;
my $EVENTS = 40;

my $run = FaultRun->new(
	'standby_promoted',
	times => [ 1, 20 ],
	workers => $WORKERS,
	conf => "wal_level = replica\nmax_wal_senders = 10\nhot_standby = on\nwal_sender_timeout = 30s");
my $test = $run->test;
my @logs;
my $standbys = 0;

# A standby of the current node, for which it then waits with each commit.
sub make_standby
{
	my ($level) = @_;
	my $primary = $test->node;
	my $name = 'standby' . ++$standbys;
	my $standby = PostgreSQL::Test::Cluster->new($name);

	$primary->backup($name);
	$standby->init_from_backup($primary, $name, has_streaming => 1);
	$standby->append_conf('postgresql.conf', "synchronous_standby_names = ''");
	$standby->start;
	wait_for_sync_level($primary, $name, $level);
	return $standby;
}

sub wait_for_sync_level
{
	my ($primary, $name, $level) = @_;
	$primary->append_conf('postgresql.conf', "synchronous_standby_names = '\"$name\"'\nsynchronous_commit = $level");
	$primary->reload;
	$test->wait_for_sql(q{SELECT string_agg(sync_state, ',') FROM pg_stat_replication}, 'sync', 120);
}

# Its processes must be gone, also those of a postmaster that was killed: one that
# worked on would be no fault of a server but a second server.
sub lose
{
	my ($primary, $how) = @_;
	my @pids = split /\n/, $primary->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()});

	push @logs, $primary->logfile;
	$how eq 'kill' ? $primary->kill9 : $primary->stop('immediate');
	poll_until(sub { !grep { !process_gone($_) } @pids }, 'the processes of the lost server to end', 60);
}

sub promote
{
	my ($number) = @_;
	my $old = $test->node;
	my $standby = make_standby($number % 2 ? 'remote_apply' : 'on');

	$run->wait_for_progress;
	pause_up_to(1);
	lose($old, $number % 4 < 2 ? 'kill' : 'immediate');
	is($standby->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'analytics %'}), 0, 'no worker runs on a standby');
	$standby->promote;
	$test->{node} = $standby;
	$run->wait_for_workers($WORKERS);
	$run->wait_for_progress;
	pass('the workers of the new primary go on');
	$old->clean_node;
}

# ---------------------------------------------------------------------

sub waiting_for_standby
{
	return $test->sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'analytics worker' AND wait_event = 'SyncRep'});
}

sub held_by_broker
{
	my $queue = $test->queue;
	return $queue->{ready} + $queue->{unacked};
}

# The manifest counts the events when they are confirmed, which is before.
sub standby_silent
{
	# Commits that notify wait one for the other, the standby's answer included.
	$test->sql(q{SET synchronous_commit = local; UPDATE analytics.settings SET value = 0 WHERE name LIKE 'alerts.%'});
	my $standby = make_standby('on');
	$standby->stop;
	my $load = $run->generate(tiktok => $EVENTS - 5, youtube => 5);
	# so that each has its share
	poll_until(sub { ($test->queue // { consumers => 0 })->{consumers} == $WORKERS }, 'all workers to consume', 60);
	$run->publish($load);
	poll_until(sub { waiting_for_standby() == $WORKERS }, 'the workers to wait for the standby', 180);
	is(held_by_broker(), $EVENTS, 'no standby: nothing is acknowledged');

	my $slowest = 0;
	for my $pid ($run->worker_pids)
	{
		my $started = time;
		kill 'TERM', $pid;
		poll_until(sub { process_gone($pid) }, "worker $pid ends", 30);
		$slowest = time - $started if time - $started > $slowest;
	}
	cmp_ok($slowest, '<', 2, 'no standby: a worker that waits for it is gone within 2 s of SIGTERM');
	poll_until(sub { waiting_for_standby() > 0 }, 'a next worker, to whom it all may come, to wait for the standby', 180);
	is(held_by_broker(), $EVENTS, 'no standby: what is committed here and not there is not acknowledged by the next workers either');

	# The postmaster's death ends the wait, too.
	lose($test->node, 'kill');
	poll_until(sub { ($test->queue // { consumers => 1 })->{consumers} == 0 }, 'the broker to know that they are gone', 60);
	is(held_by_broker(), $EVENTS, 'no standby: nor is it when the server dies over it');
	pop @logs;
	$test->node->start;
	$standby->start;
	$test->wait_for_empty_queue(undef, 120);
	cmp_ok($test->sql(q{SELECT sum(value) FROM analytics.counters WHERE metric = 'duplicates_skipped'}), '>', 0, 'what came again was known');
	return $standby;
}

$run->start_load(rate => 20, batches => 20);
$run->repeat(\&promote);
$run->settle;
my $standby = standby_silent();
$run->happened;
is(join('', map { slurp_file($_) } @logs) =~ /terminating any other active server processes/ ? 'crashed' : '', '', 'I5, of the servers that were lost');
$run->finish(done => 0);
$standby->stop;
done_testing();
