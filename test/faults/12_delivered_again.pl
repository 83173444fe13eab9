# Row 12: each event delivered 1 to 5 times, in any order, to 4 workers.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use Test::More;

my $run = FaultRun->new('delivered_again', times => [ 5000, 100000 ], workers => 4);
my $times = $run->times;
my %mixed = (shuffle => \1, duplicates => 5, window => 1000);

# Some of the batches lie in the store, the others in their event.
my $stored = $run->generate(tiktok => 800, youtube => 200, tiktok_size => 2, youtube_size => 1, odd => 0.1);
my @inline = map {
	my $id = "evt_inline_$_";
	my $at = sprintf '2025-12-06T10:%02d:%02dZ', $_ / 60 % 60, $_ % 60;
	[ $id, 'proj_inline' . $_ % 7, map { [ "${id}_$_", $at ] } 0 .. $_ % 2 ]
} 1 .. $times - $stored->{expect}{batches};

# What memory the workers need for their work they have after the first.
my $delivered = $run->publish($stored, %mixed, seed => 1);
$run->settle;
$run->workers_are_warm;
$delivered += $run->publish_inline(\@inline, %mixed, seed => 2);
$run->settle;
$run->happened($times);

cmp_ok($delivered, '>', 2.8 * $times, "$delivered deliveries of $times events");
is($run->sql('SELECT count(*) FROM analytics.batches'), $times, 'one row of the ledger for each event');
is($run->sql('SELECT count(DISTINCT worker) FROM analytics.batches'), 4, 'all workers had some');
$run->finish(duplicates => $delivered - $times);
