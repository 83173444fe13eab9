# Row 6: a connection stands still for 1 to 120 s amid a frame; nothing is lost,
# a worker that is told to end meanwhile is gone within 2 s, and one whose connection
# stands still for more than two heartbeats gives it up.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use Test::More;
use Time::HiRes qw(time);

# So many connections stand still at a time.
my $width = is_full() ? 10 : 3;
my $HEARTBEAT = 4;
my $LONG = 3 * $HEARTBEAT;

my $run = FaultRun->new(
	'connection_frozen',
	times => [ 3, 100 ],
	workers => $width,
	proxy => 1,
	broker => { heartbeat => $HEARTBEAT });
my ($slowest, $ended, $held, $given_up) = (0, 0, 0, 0);

$run->start_load(rate => 20);
$run->wait_for_progress;

# One of each round is a long one, so that also the few of `make test` have one.
sub seconds
{
	my ($number) = @_;
	return $LONG + 2 + rand($number == 1 && is_full() ? 106 : 2) if $number == 1;
	return is_full() ? 1 + rand 119 : 3 + rand 2;
}

sub end_worker
{
	my ($port, $thaws) = @_;
	my $pid = $run->owner_of_port($port, $run->{proxy}{port}) or return;
	my $started = time;

	kill 'TERM', $pid;
	poll_until(sub { process_gone($pid) }, "worker $pid ends", 30);
	my $now = time;
	$slowest = $now - $started if $now - $started > $slowest;
	$ended++ if $now < $thaws;    # else its connection may have moved again before
	return 1;
}

# The long ones are left alone, and two of the others lose their workers.
sub freeze_round
{
	my ($count) = @_;
	my $before = $run->proxy_status->{met};
	my (%seen, %long);
	my $to_end = 2;

	# the handshake is some 900 bytes, a delivery some 600
	$run->tell_proxy('plan ' . join ' ', map { sprintf 'freeze:%d:%.3f', 950 + int rand 3000, seconds($_) } 1 .. $count);
	$run->tell_proxy('cut');
	poll_until(
		sub {
			my $all_are = $run->proxy_status->{met} == $before + $count;
			my ($now, %frozen) = (time, $run->frozen_links);
			for my $port (grep { !$seen{$_}++ } keys %frozen)
			{
				my ($left, $whole) = @{ $frozen{$port} };
				if ($whole > $LONG) { $long{$port} = $now + $left }
				elsif ($to_end > 0 && end_worker($port, $now + $left)) { $to_end-- }
			}
			return $all_are;
		},
		'connections that stand still',
		120);
	for my $port (sort { $long{$a} <=> $long{$b} } keys %long)
	{
		$held++;
		poll_until(sub { !$run->owner_of_port($port, $run->{proxy}{port}) || time > $long{$port} }, 'a worker to give its connection up', 150);
		$given_up++ if time < $long{$port};
	}
	poll_until(sub { $run->proxy_status->{frozen} == 0 }, 'the connections to move again', 150);
	$run->happened($count);
}

for (my $done = 0; $done < $run->times; $done += $width)
{
	freeze_round($run->times - $done < $width ? $run->times - $done : $width);
}
cmp_ok($ended, '>', 0, "$ended workers were ended while their connection stood still");
cmp_ok($slowest, '<', 2, 'each was gone within 2 s');
note("slowest: $slowest s");
cmp_ok($held, '>', 0, "$held connections stood still for more than two heartbeats");
is($given_up, $held, 'and were given up by their workers');
$run->wait_for_progress;
$run->finish;
