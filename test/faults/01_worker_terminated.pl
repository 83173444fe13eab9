# Row 1: SIGTERM to a worker at a random instant; it is gone within 2 s.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use Test::More;
use Time::HiRes qw(time);

my $run = FaultRun->new('worker_terminated', times => [ 20, 500 ], workers => 4);
my $slowest = 0;

$run->start_load(rate => 40);
$run->wait_for_progress;
$run->repeat(
	sub {
		my $pid = $run->random_worker;
		pause_up_to(0.3);
		my $started = time;
		kill 'TERM', $pid;
		poll_until(sub { process_gone($pid) }, "worker $pid ends", 30);
		my $seconds = time - $started;
		$slowest = $seconds if $seconds > $slowest;
	});
cmp_ok($slowest, '<', 2, 'each is gone within 2 s');
note("slowest: $slowest s");
$run->finish;
