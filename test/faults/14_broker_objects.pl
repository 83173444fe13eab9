# Row 14: the queue is deleted, recreated, of another type; the exchange is
# missing; a permission is taken away and given back.  Each is said, with a hint,
# and mends itself or is mended by what the hint says.
#
# With a queue goes what is in it.  So it is deleted while nothing is ready in it
# and all its messages are with the workers: these must not be lost.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use JSON::PP ();
use PostgreSQL::Test::Utils;
use Test::More;

my $QUEUE = 'analytics.data.collected';
my $EXCHANGE = 'smap.events';
my $EVENTS = 40;
my $WORKERS = 2;

# Long enough for the workers to hold what they have while a lock keeps it from
# its commit: 18 s.
my $run = FaultRun->new('broker_objects', times => [ 1, 50 ], workers => $WORKERS, conf => 'analytics.debug_retry_scale = 0.3');
my $test = $run->test;
my $locker;    # its time-out is of its whole life, so one for each use

sub load { return $run->generate(tiktok => $EVENTS - 5, youtube => 5) }

# To what the workers have declared, and only if it leads to a queue.
sub publish
{
	$run->publish(load(), declare => 0, mandatory => \1);
}

sub processed
{
	my ($what) = @_;
	$test->wait_for_sql("SELECT count(*) >= $run->{events} FROM analytics.batches", 't', 120);
	is($test->sql('SELECT count(*), (SELECT count(*) FROM analytics.dead_letters) FROM analytics.batches'),
		"$run->{events}|0", "$what: each event is processed once");
}

# The state, whether it says what is wrong, and a hint.
sub says
{
	my ($what, $state, $reason, $hint) = @_;
	$test->wait_for_sql(q{SELECT concat_ws(' ; ', state, reason, hint) FROM analytics.status}, qr/^$state ; .*$reason.* ; .*$hint/);
	pass("$what: $state, with reason and hint");
}

sub connected
{
	$test->wait_for_sql('SELECT count(*) FROM analytics.stat_worker WHERE broker_connected', $WORKERS);
	poll_until(sub { ($test->queue // { consumers => 0 })->{consumers} == $WORKERS }, 'all workers to consume');
}

sub connect_anew
{
	kill 'TERM', $run->worker_pids;
}

sub set_consumer
{
	my ($what) = @_;
	$test->sql("SELECT analytics.alter_consumer('posts', $what)");
}

# The same, and wait until all workers have taken it up.
sub reconnects
{
	my ($what) = @_;
	my $before = $test->sql('SELECT sum(reconnects) FROM analytics.stat_worker');
	set_consumer($what);
	$test->wait_for_sql("SELECT sum(reconnects) >= $before + $WORKERS FROM analytics.stat_worker");
}

# Have the workers hold all events of a load, none committed, and delete the
# queue under them.  The broker itself makes sure that nothing is ready in it.
sub delete_held_queue
{
	my ($type) = @_;
	my $position = $test->log_position;
	my $load = load();

	# a condition that quorum queues do not know; nothing is published any more
	my $condition = ($type // 'classic') eq 'classic' ? '?if-empty=true' : '';
	connected();
	$locker = $test->node->background_psql('postgres', timeout => 600);
	$locker->query_safe('BEGIN; LOCK TABLE analytics.post_analytics IN ACCESS EXCLUSIVE MODE');
	$run->publish($load, declare => 0, mandatory => \1);
	poll_until(
		sub {
			my $queue = $test->queue;
			return $queue->{unacked} == $EVENTS
			  && $queue->{ready} == 0
			  && eval { $test->broker_api('DELETE', "queues/VHOST/$QUEUE$condition"); 1 };
		},
		'the workers to hold all that is in the queue',
		120);
	return $position;
}

sub release
{
	my ($what, $position) = @_;
	$locker->query_safe('ROLLBACK');
	$locker->quit;
	$test->wait_for_log(qr/broker stopped delivering from queue "$QUEUE" .*the queue was deleted/, $position);
	pass("$what: it is said that the queue was deleted");
}

# The broker's word that the queue is gone lies in the socket of each worker, more
# than the eight bytes of each heartbeat: who closes the connection before it has come
# cannot know of it.
sub await_cancels
{
	my $port = sprintf '%04X', $test->env('AMQP_PORT');
	my %is_worker = map { (readlink($_) // '') =~ /^socket:\[(\d+)\]/ ? ($1 => 1) : () } map { glob "/proc/$_/fd/*" } $run->worker_pids;
	poll_until(
		sub {
			my $waiting = 0;
			for my $line (map { split /\n/, slurp_file($_) } '/proc/net/tcp', '/proc/net/tcp6')
			{
				my (undef, undef, $peer, undef, $bytes, undef, undef, undef, undef, $inode) = split ' ', $line;
				$waiting++ if $peer =~ /:$port$/ && $is_worker{$inode} && hex(($bytes =~ /:(\w+)/)[0]) >= 25;
			}
			return $waiting == $WORKERS;
		},
		'the broker to tell all workers');
}

# Declared anew by the workers themselves.
sub queue_deleted
{
	my $position = delete_held_queue();
	release('queue deleted', $position);
	connected();
	processed('queue deleted');
	publish();
	processed('queue declared anew');
}

# Nobody may declare it but its owner.
sub queue_deleted_passive
{
	reconnects('passive => true');
	my $position = delete_held_queue();
	release('queue deleted, passive', $position);
	says('queue deleted, passive', 'misconfigured', qr/no queue '$QUEUE'/, qr/Create it/);
	processed('queue deleted, passive');
	$run->publish(load());
	processed('queue created by its owner');
	set_consumer('passive => false');
	connected();
}

# While the workers wait for the lock they cannot be first.
sub queue_of_another_type
{
	my $position = delete_held_queue();
	$test->broker_api('PUT', "queues/VHOST/$QUEUE", { durable => JSON::PP::true(), arguments => { 'x-queue-type' => 'quorum' } });
	$test->broker_api('POST', "bindings/VHOST/e/$EXCHANGE/q/$QUEUE", { routing_key => 'data.collected' });
	publish();
	release('queue of another type', $position);
	says('queue of another type', 'misconfigured', qr/x-queue-type/, qr/"queue_type" and "queue_arguments"/);
	set_consumer(q{queue_type => 'quorum'});
	connected();
	processed('queue of another type');

	$position = delete_held_queue('quorum');
	await_cancels();
	set_consumer(q{queue_type => 'classic'});
	release('queue of the old type', $position);
	connected();
	processed('queue of the old type');
	publish();
	processed('queue of the old type, declared anew');
}

sub exchange_missing
{
	set_consumer('passive => true');
	connected();
	$test->broker_api('DELETE', "exchanges/VHOST/$EXCHANGE");
	connect_anew();
	says('exchange missing', 'misconfigured', qr/no exchange '$EXCHANGE'/, qr/Create it/);
	$run->publish(load());
	processed('exchange created by its owner');
	set_consumer('passive => false');
	connected();
	$test->broker_api('DELETE', "exchanges/VHOST/$EXCHANGE");
	connect_anew();
	poll_until(sub { eval { $test->broker_api('GET', "exchanges/VHOST/$EXCHANGE"); 1 } }, 'the exchange to be declared anew');
	connected();
	publish();
	processed('exchange declared anew');
}

# Of reading, then of everything: the vhost is closed to the user.
sub permission_removed
{
	my $user = $test->env('AMQP_USER');

	for my $rights ([ '.*', '.*', '^$' ], undef)
	{
		publish();
		$rights
		  ? $test->set_permissions($user, @$rights)
		  : $test->broker_api('DELETE', "permissions/VHOST/$user");
		publish();
		connect_anew();
		says('permission removed', 'misconfigured', qr/refused/, $rights ? qr/set_permissions/ : qr/its user may enter it/);
		publish();
		$test->set_permissions($user, '.*', '.*', '.*');
		connected();
		processed('permission given back');
	}
}

connected();
$run->repeat(
	sub {
		queue_deleted();
		queue_deleted_passive();
		queue_of_another_type();
		exchange_missing();
		permission_removed();
	});
$run->happened(4 * $run->times);    # five faults each time
$run->finish;
