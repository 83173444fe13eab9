# Row 4: kill -9 of the broker, and it is started again; the queue is durable.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use Test::More;

my $run = FaultRun->new('broker_killed', times => [ 3, 200 ], own_servers => 1);

$run->start_load(rate => 20);
$run->wait_for_progress;
$run->repeat(
	sub {
		pause_up_to(1);
		$run->test->server_command('kill', 'rabbitmq');
		$run->test->wait_for_sql('SELECT NOT bool_or(broker_connected) FROM analytics.stat_worker');
		$run->test->server_command('start', 'rabbitmq');
		$run->wait_for_progress;
	});
# Whether a broker that was killed remembers what it had delivered is its own affair.
$run->finish(unmarked => 1);
