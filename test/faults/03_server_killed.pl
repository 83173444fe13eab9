# Row 3: kill -9 of the postmaster, and the server is started again.  fsync is
# on.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use Test::More;

my $run = FaultRun->new('server_killed', times => [ 5, 200 ]);
my $node = $run->test->node;

$run->start_load(rate => 20);
$run->wait_for_progress;
$run->repeat(
	sub {
		my @pids = $run->server_pids;
		pause_up_to(1);
		$node->kill9;
		poll_until(sub { !grep { !process_gone($_) } @pids }, 'every process of the server to end', 60);
		$node->start;
		$run->wait_for_progress;
	});
$run->finish;
