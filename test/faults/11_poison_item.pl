# Row 11: one item that the table refuses, at each position of a group of 64 batches:
# it becomes a crawl error, and everything else of the group is committed.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use PostgreSQL::Test::Utils;
use Test::More;

my $GROUP = 64;
my $AT = '2025-12-06T10:15:30Z';

# A group is committed when it is full, for the store holds back one object more.
my $run = FaultRun->new('poison_item', times => [ 8, 64 ], workers => 1, setup => 0,
	conf => 'analytics.debug_retry_scale = 1', consumer => { store => 'holding', prefetch => 2 * $GROUP, commit_delay => '10 s' });
my $test = $run->test;
my $store = $run->faulty_store;
$test->create_extension;
$run->create_faulty_store('holding', $store, stall_timeout => 600, total_timeout => 3600);
$run->create_consumer;

# What the user has made of the table: a constraint, and a trigger.  The latter also keeps,
# where no rollback takes it along, of how many batches the transaction was that it ended.
$run->sql(<<'END');
CREATE SEQUENCE public.refused_group MINVALUE 0;
CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	batches bigint := (SELECT count(*) FROM analytics.batches WHERE xmin = pg_current_xact_id()::xid);
BEGIN
	IF batches > (SELECT last_value FROM public.refused_group) THEN
		PERFORM setval('public.refused_group', batches);
	END IF;
	IF NEW.id LIKE 'poison\_raised%' THEN
		RAISE EXCEPTION 'nobody wants %', NEW.id USING ERRCODE = '22023';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON analytics.post_analytics FOR EACH ROW WHEN (NEW.id LIKE 'poison%') EXECUTE FUNCTION public.refuse();
ALTER TABLE analytics.post_analytics ADD CONSTRAINT no_poison CHECK (id NOT LIKE 'poison\_checked%');
END

my %expected = (
	raised => ['22023', 'nobody wants ID'],
	checked => ['23514', 'new row for relation "post_analytics" violates check constraint "no_poison"']);

$run->repeat(
	sub {
		my ($number) = @_;
		my $position = is_full() ? $number : 1 + ($number - 1) * 9;
		my $kind = $number % 2 ? 'raised' : 'checked';
		my $poison = "poison_${kind}_$position";
		my $held = "held-$position";

		$run->sql(q{SELECT setval('public.refused_group', 0)});
		$test->publish_body($test->event(event_id => "evt_$held", minio_path => "b/$held", job_id => 'proj_held-brand-0', project_id => undef, content_count => 1));
		$run->sent("evt_$held");
		$run->item("evt_$held", 0, 'post', $held, 'proj_held', $AT);
		$test->wait_for_sql('SELECT fetching, unacknowledged FROM analytics.stat_worker', '1|1');

		my @events = map { [ "evt_${position}_$_", 'proj_poison', [ "post_${position}_$_", $AT ] ] } 1 .. $GROUP;
		push @{ $events[ $position - 1 ] }, [ $poison, $AT, 0, 'error' ], [ "post_${position}_behind", $AT ];
		$run->publish_inline(\@events);
		$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE event_id LIKE 'evt\\_${position}\\_%'", $GROUP);

		is($run->sql('SELECT last_value FROM public.refused_group'), $GROUP, "position $position ($kind): all were one group");
		is($run->sql("SELECT success_count, error_count FROM analytics.batches WHERE event_id = 'evt_${position}_$position'"), '2|1', 'its batch is stored without the item');
		my ($sqlstate, $message) = @{ $expected{$kind} };
		$message =~ s/ID/$poison/;
		is($run->sql("SELECT error_code, error_category, error_details ->> 'sqlstate', error_details ->> 'message', error_message, event_id FROM analytics.crawl_errors WHERE content_id = '$poison'"),
			"INTERNAL_ERROR|generic|$sqlstate|$message|$message|evt_${position}_$position", 'which is a crawl error with SQLSTATE and message');

		append_to_file("$store->{log}.$position", '');
		$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE event_id = 'evt_$held'", 1);
	});
is($run->sql('SELECT count(*) FROM analytics.dead_letters'), 0, 'no event is a dead letter');
is($run->sql('SELECT count(*) FROM analytics.crawl_errors'), $run->times, 'no other item suffers');
$run->finish(duplicates => 0);
