# Row 13: the same posts in 8 concurrent batches, in another order in each: the
# newest crawl wins, and of two of the same moment that of the later event.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use List::Util qw(shuffle);
use Test::More;

my $BATCHES = 8;
my $POSTS = 10;    # of a batch

my $run = FaultRun->new('same_post', times => [ 500, 10000 ], workers => 4, consumer => { prefetch => 8 });
my @moments = map { "2025-12-06T10:15:3$_.000Z" } 0 .. 3;
my (@events, %winner);
my ($number, $ties) = (0, 0);

for my $set (1 .. $run->times / $POSTS)
{
	my @ids = map { "same_${set}_$_" } 1 .. $POSTS;
	my @batches = map { [ sprintf('evt_%04x_%d', rand 65536, ++$number), 'proj_same' . $set % 3 ] } 1 .. $BATCHES;

	for my $batch (@batches)
	{
		push @$batch, map { [ $_, $moments[ rand @moments ], $number * 100 + int rand 100 ] } shuffle @ids;
	}
	push @events, @batches;
}

# Who must win, by another account than that of check.sql.
for my $event (@events)
{
	my ($event_id, undef, @items) = @$event;
	for my $item (@items)
	{
		my ($id, $at, $views) = @$item;
		my $now = $winner{$id} // [ '', '' ];
		$ties++ if $at eq $now->[0];
		$winner{$id} = [ $at, $event_id, $views ] if "$at $event_id" gt "$now->[0] $now->[1]";
	}
}

$run->wait_for_workers(4);
$run->sql(q{SELECT analytics.pause('posts', 'until all are there')});
$run->publish_inline(\@events);
$run->sql(q{SELECT analytics.resume('posts')});
$run->settle;
$run->happened($run->times);

cmp_ok($ties, '>', $run->times, "$ties times two crawls of a post had the same moment");
cmp_ok($run->sql('SELECT count(*) FROM (SELECT FROM analytics.post_analytics AS p JOIN analytics.batches AS b USING (event_id) GROUP BY split_part(p.id, \'_\', 2) HAVING count(DISTINCT b.worker) > 1) AS s'),
	'>', 0, 'several workers wrote the same posts');
is($run->sql(q{SELECT string_agg(id || ' ' || event_id || ' ' || view_count, ',' ORDER BY id COLLATE "C") FROM analytics.post_analytics}),
	join(',', map { "$_ $winner{$_}[1] $winner{$_}[2]" } sort keys %winner), 'each post is the crawl that wins, with its figures');
is($run->sql('SELECT sum(success_count) FROM analytics.batches'), $BATCHES * $run->times, 'every batch counts all its posts');
cmp_ok($run->sql('SELECT sum(skipped_count) FROM analytics.batches'), '>', 0, 'those that came too late as skipped');
$run->finish(duplicates => 0);
