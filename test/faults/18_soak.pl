# Row 18: random faults of all kinds, one after the other, for as long as
# SOAK_SECONDS says (a minute, or in full an hour).

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use List::Util qw(shuffle);
use Test::More;
use Time::HiRes qw(time sleep);

my $run = FaultRun->new('soak', times => [ 0, 0 ], workers => 3, own_servers => 1, proxy => 1, broker => { heartbeat => 5 }, whole_analysis => 1);
my $test = $run->test;
my $node = $test->node;
my $seconds = $ENV{SOAK_SECONDS} || (is_full() ? 3600 : 60);
my $end = time + $seconds;

# A fault leaves the system in order, or about to come back to it by itself.
my %faults = (
	'a worker terminated' => sub { kill 'TERM', $run->random_worker },
	'all workers terminated' => sub { kill 'TERM', $run->worker_pids },
	'a worker killed' => sub {
		my $position = $test->log_position;
		kill 'KILL', $run->random_worker;
		$run->caused_crash;
		$test->wait_for_log(qr/all server processes terminated/, $position);
		$test->wait_for_log(qr/database system is ready to accept connections/, $position);
	},
	'the server killed' => sub {
		my @pids = $run->server_pids;
		$node->kill9;
		poll_until(sub { !grep { !process_gone($_) } @pids }, 'every process of the server to end', 60);
		$node->start;
	},
	'the server restarted' => sub { $node->restart },
	'the broker killed' => sub {
		$test->server_command('kill', 'rabbitmq');
		pause_up_to(2);
		$test->server_command('start', 'rabbitmq');
	},
	'the store killed' => sub {
		$test->server_command('kill', 's3');
		pause_up_to(2);
		$test->server_command('start', 's3');
	},
	'connections cut' => sub { $run->tell_proxy('cut') },
	'connections cut early' => sub {
		$run->tell_proxy('plan ' . join ' ', map { 'cut:' . int rand 3000 } 1 .. 6);
		$run->tell_proxy('cut');
	},
	'connections frozen' => sub { $run->tell_proxy('freeze ' . (1 + rand 8)) },
	'consumer paused' => sub {
		$run->sql(q{SELECT analytics.pause('posts', 'soak')});
		pause_up_to(1);
		$run->sql(q{SELECT analytics.resume('posts')});
	},
	'workers changed' => sub { $run->sql('SELECT analytics.alter_consumer(\'posts\', workers => ' . (1 + int rand 4) . ')') },
	'rules changed' => sub { $run->sql(q{UPDATE analytics.settings SET value = 31 + (random() * 9)::int WHERE name = 'retention.ledger_days'}) },
	'a lock held' => sub { $run->sql('BEGIN; LOCK TABLE analytics.post_analytics IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(random()); COMMIT') },
	'read only' => sub {
		$run->sql('ALTER DATABASE postgres SET default_transaction_read_only = on');
		kill 'TERM', $run->worker_pids;
		pause_up_to(2);
		$run->sql('SET default_transaction_read_only = off; ALTER DATABASE postgres RESET default_transaction_read_only');
		kill 'TERM', $run->worker_pids;
	},
	'vacuum and reload' => sub { $run->sql('VACUUM FULL analytics.counters'); $node->reload },
);

# What needs half a minute is not for a run of one.
delete $faults{'the broker killed'} if $seconds < 300;

# Every fault once, and then again in another order.
my (@left, %count);
sub next_fault
{
	@left = shuffle(sort keys %faults) unless @left;
	return shift @left;
}

$run->start_load(rate => 20);
$run->wait_for_progress;
while (time < $end)
{
	my $fault = next_fault();
	note("$fault");
	$faults{$fault}->();
	$count{$fault}++;
	$run->happened;
	sleep 0.5 + rand 3;
	$run->wait_for_progress if rand() < 0.3;
	diag(sprintf '%d faults, %d s left', $run->{done}, $end - time) if is_full() && $run->{done} % 100 == 0;
}
$run->wait_for_progress;
note(join ', ', map { "$_: $count{$_}" } sort keys %count);
cmp_ok(scalar keys %count, '==', scalar keys %faults, 'every fault happened') if is_full();
# The broker may forget what it had delivered, and what is parked comes again as if for the first time.
$run->finish(unmarked => 1);
