# Row 5: the broker's connection is cut after each number of bytes from 0 on,
# which is amid the handshake and the first deliveries, and at random places
# later.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use Test::More;

# Of `make test`: 40 early ones spread over all of those of `make faults`.
my $run = FaultRun->new('connection_cut', times => [ 50, 2501 ], workers => 4, proxy => 1);
my @early = is_full() ? (0 .. 2000) : (map { 7 + 49 * $_ } 0 .. 39);
my $cuts = $run->times;

$run->start_load(rate => 40);
$run->wait_for_progress;

# What is planned for a connection happens to the next one, whoever makes it.  The cut of what
# is open now is none of those that were planned.
sub cut_all
{
	my (@places) = @_;
	my $before = $run->proxy_status->{met};

	$run->tell_proxy("plan @{[ map { qq(cut:$_) } @places ]}");
	$run->tell_proxy('cut');
	poll_until(
		sub {
			my $status = $run->proxy_status;
			return $status->{planned} == 0 && $status->{met} == $before + @places;
		},
		'the connections to be cut, each at its place',
		60 + @places);
}

cut_all(splice @early, 0, 100) while @early;

# 20 kB are some thirty deliveries
my $late = $cuts - (is_full() ? 2001 : 40);
while ($late > 0)
{
	my $some = $late > 50 ? 50 : $late;
	cut_all(map { 2001 + int rand 20_000 } 1 .. $some);
	$late -= $some;
}
$run->happened($cuts);
is($run->proxy_status->{met}, $cuts, 'so many connections were cut where they should be');
$run->wait_for_progress;
$run->finish;
