# Row 7: death at each named point of the worker's loop, of a fault and of
# SIGKILL.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use Test::More;

my @points = qw(receive parse decode commit written committed settled);
my $run = FaultRun->new('crash_points', times => [ 1, 20 ]);

sub configure
{
	my (%settings) = @_;
	$run->sql("ALTER SYSTEM SET $_ = '$settings{$_}'") for sort keys %settings;
	$run->sql('SELECT pg_reload_conf()');
}

$run->start_load(rate => 20);
$run->wait_for_progress;
$run->repeat(
	sub {
		my ($number) = @_;
		my $point = $points[ $number % @points ];
		my $position = $run->test->log_position;

		configure('analytics.crash_signal' => $number % 2 ? 6 : 9, 'analytics.crash_point' => "$point once $number");
		$run->caused_crash;
		$run->test->wait_for_log(qr/all server processes terminated; reinitializing/, $position, 120);
		$run->test->wait_for_log(qr/database system is ready to accept connections/, $position, 120);
		$run->wait_for_progress;
	},
	$run->times * @points);
configure('analytics.crash_point' => '');
$run->finish;
