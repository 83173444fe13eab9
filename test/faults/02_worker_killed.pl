# Row 2: kill -9 of a worker at a random instant; PostgreSQL restarts all its
# sessions.  fsync is on.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use Test::More;

my $run = FaultRun->new('worker_killed', times => [ 5, 200 ]);

$run->start_load(rate => 20);
$run->wait_for_progress;
$run->repeat(
	sub {
		my $position = $run->test->log_position;
		my $pid = $run->random_worker;
		pause_up_to(1);
		kill 'KILL', $pid;
		$run->caused_crash;
		$run->test->wait_for_log(qr/database system is ready to accept connections/, $position);
		$run->wait_for_progress;
	});
$run->finish;
