# Row 6: a connection stands still for 1 to 120 s amid a frame; nothing is lost,
# and a worker that is told to end meanwhile is gone within 2 s.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use Test::More;
use Time::HiRes qw(time);

# So many connections stand still at a time.
my $width = is_full() ? 10 : 3;
my $longest = is_full() ? 119 : 4;

my $run = FaultRun->new(
	'connection_frozen',
	times => [ 3, 100 ],
	workers => $width,
	proxy => 1,
	broker => { heartbeat => 10 });
my $slowest = 0;

$run->start_load(rate => 20);
$run->wait_for_progress;

sub end_worker
{
	my ($pid) = @_;
	my $started = time;

	kill 'TERM', $pid;
	poll_until(sub { process_gone($pid) }, "worker $pid ends", 30);
	my $seconds = time - $started;
	$slowest = $seconds if $seconds > $slowest;
}

for (my $done = 0; $done < $run->times; $done += $width)
{
	my $count = $run->times - $done < $width ? $run->times - $done : $width;
	my $end = time;

	# the handshake is some 900 bytes, a delivery some 600
	for (1 .. $count)
	{
		my $seconds = 1 + rand $longest;
		$run->tell_proxy('plan freeze:' . (950 + int rand 3000) . ":$seconds");
		$end = time + $seconds if time + $seconds > $end;
	}
	$run->tell_proxy('cut');
	poll_until(sub { my $status = $run->proxy_status; $status->{planned} == 0 && $status->{frozen} > 0 }, 'connections that stand still', 60);
	end_worker($run->random_worker) for 1 .. 2;
	poll_until(sub { $run->proxy_status->{frozen} == 0 || time > $end + 30 }, 'the connections to move again', $longest + 60);
	$run->happened($count);
}
cmp_ok($slowest, '<', 2, 'a worker is gone within 2 s meanwhile');
note("slowest: $slowest s");
$run->wait_for_progress;
$run->finish;
