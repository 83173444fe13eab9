# Row 15: ALTER EXTENSION UPDATE, DROP and CREATE EXTENSION, DROP DATABASE, with
# and without FORCE, all under load.  No statement hangs.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use Test::More;
use Time::HiRes qw(time);

my @TIMES = (2, 100);
my $BOUND = 30;
my $WORKERS = 2;
my $PREFETCH = 64;    # the default

# Run it, in less than $BOUND seconds.  The server ends it after those.
my $slowest = 0;
sub bounded
{
	my ($node, $database, $statements) = @_;
	my $started = time;
	my ($status, $out, $err) = $node->psql($database, "SET statement_timeout = '${BOUND}s'; $statements", timeout => 4 * $BOUND, on_error_stop => 1);
	my $seconds = time - $started;

	$slowest = $seconds if $seconds > $slowest;
	return $err unless $status == 0;
	return;
}

# A deadlock is the server's way not to hang: whoever met it tries again.
sub done_in_time
{
	my ($run, $database, $statements, $what) = @_;
	my $error;

	for (1 .. 5)
	{
		$error = bounded($run->test->node, $database, $statements);
		last if !defined $error || $error !~ /deadlock detected/;
		note("$what: $error");
	}
	is($error, undef, "$what in time");
}

sub none_hung
{
	my ($what) = @_;
	cmp_ok($slowest, '<', $BOUND, "$what: nothing hung");
	note("$what: the slowest statement took $slowest s");
	$slowest = 0;
}

# ---------------------------------------------------------------------
# ALTER EXTENSION UPDATE, down and up again
# ---------------------------------------------------------------------

sub extension_updated
{
	my $run = FaultRun->new('extension_updated', times => \@TIMES, workers => $WORKERS);

	$run->start_load(rate => 20, batches => 20);
	$run->wait_for_progress;
	$run->repeat(
		sub {
			for my $version ('1.0', '1.1')
			{
				pause_up_to(0.3);
				done_in_time($run, 'postgres', "ALTER EXTENSION analytics UPDATE TO '$version'", "ALTER EXTENSION UPDATE TO '$version'");
				$run->wait_for_progress;
			}
		});
	is($run->sql(q{SELECT extversion FROM pg_extension WHERE extname = 'analytics'}), '1.1', 'it is of the version that it was');
	none_hung('ALTER EXTENSION');
	$run->finish(done => 0);
	$run->test->node->stop;
}

# ---------------------------------------------------------------------
# DROP EXTENSION, and CREATE again
# ---------------------------------------------------------------------

# What was there is kept in a table of ours, in the transaction that drops it.  The
# wait for the workers may be a deadlock, since they hold a lock on the extension
# while they wait for ours on the table: it is theirs to give way, they try again.
my $DROP = <<'END';
	BEGIN;
	SET LOCAL deadlock_timeout = '20s';
	SET LOCAL analytics.allow_drop = on;
	LOCK TABLE analytics.batches, analytics.dead_letters, analytics.local_queue IN ACCESS EXCLUSIVE MODE;
	INSERT INTO public.settled SELECT %1$d, event_id, 'batch' FROM analytics.batches;
	INSERT INTO public.settled SELECT %1$d, event_id, 'letter' FROM analytics.dead_letters;
	INSERT INTO public.settled SELECT %1$d, convert_from(body, 'UTF8')::jsonb ->> 'event_id', 'queued' FROM analytics.local_queue;
	DROP EXTENSION analytics CASCADE;
	COMMIT
END

sub extension_dropped
{
	my $run = FaultRun->new('extension_dropped', times => \@TIMES, workers => $WORKERS);
	my $test = $run->test;

	$run->sql('CREATE TABLE public.settled (incarnation integer NOT NULL, event_id text NOT NULL, place text NOT NULL)');
	$run->start_load(rate => 20, batches => 20);
	$run->repeat(
		sub {
			my ($number) = @_;
			$run->wait_for_progress;
			pause_up_to(0.3);
			done_in_time($run, 'postgres', sprintf($DROP, $number), 'DROP EXTENSION');
			$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'analytics worker%'}, 0);
			done_in_time($run, 'postgres', 'CREATE EXTENSION analytics', 'CREATE EXTENSION');
			$run->lighten;
			$test->create_broker('broker');
			$test->create_store('store');
			$run->create_consumer;
		});
	none_hung('DROP EXTENSION');
	$run->settle;
	$run->finish(done => 0, outcome => 0, over_incarnations($run));
	$run->test->node->stop;
}

# I1 and I2 over all incarnations.  An event whose commit was not acknowledged when
# the extension was dropped comes again, to a ledger that does not know it: that is
# not twice in the same tables, and is counted apart.  One that was parked in the
# local queue has gone with the extension, like all that it held.
sub over_incarnations
{
	my ($run) = @_;
	my $last = $run->times + 1;
	# what an earlier one has settled is not expected of the last
	$run->forget_fates;
	my $figures = $run->figures;

	$run->sql(<<~END);
		INSERT INTO public.settled SELECT $last, event_id, 'batch' FROM analytics.batches;
		INSERT INTO public.settled SELECT $last, event_id, 'letter' FROM analytics.dead_letters;
		CREATE TABLE public.sent (event_id text, fate text);
		COPY public.sent FROM '$run->{folder}/sent.tsv'
		END
	my $lost = $run->sql('SELECT count(*) FROM public.sent AS s WHERE NOT EXISTS (SELECT FROM public.settled AS t WHERE t.event_id = s.event_id)');
	my $twice = $run->sql(q{SELECT count(*) FROM (SELECT FROM public.settled WHERE place <> 'queued' GROUP BY incarnation, event_id HAVING count(*) > 1) AS x});
	my $letters = $run->sql(q{SELECT count(*) FROM public.settled WHERE place = 'letter'});
	my $dropped = $run->sql(q{SELECT count(DISTINCT event_id) FROM public.settled AS q WHERE place = 'queued'
		AND NOT EXISTS (SELECT FROM public.settled AS t WHERE t.event_id = q.event_id AND t.place <> 'queued')});
	my $most = $run->sql(q{SELECT coalesce(max(count), 0) FROM (
		SELECT b.incarnation, count(*) FROM public.settled AS a JOIN public.settled AS b USING (event_id)
		WHERE a.place = 'batch' AND b.place = 'batch' AND a.incarnation < b.incarnation GROUP BY 1) AS x});
	my $again = $run->sql(q{SELECT count(*) FROM (SELECT FROM public.settled WHERE place = 'batch' GROUP BY event_id HAVING count(*) > 1) AS x});

	is($lost, 0, 'I1: no event is lost over all incarnations');
	is($twice, 0, 'I1: none is twice in one of them');
	is($letters, 0, 'I1: none is a dead letter');
	cmp_ok($most, '<=', $WORKERS * $PREFETCH, 'no more come again than the workers held');
	is($figures->{$_}, 0, "I2, of the last: $_") for qw(events_twice posts_missing posts_wrong posts_extra errors_missing errors_extra);
	note("committed but not acknowledged when the extension was dropped, so processed by the next again: $again");
	note("parked in the local queue when it was dropped: $dropped");
	return (lost => $lost + $figures->{posts_missing} + $figures->{posts_wrong} + $figures->{errors_missing},
		twice => $twice + $figures->{posts_extra} + $figures->{errors_extra});
}

# ---------------------------------------------------------------------
# DROP DATABASE, beside one that goes on
# ---------------------------------------------------------------------

# A database whose consumer has a queue of its own, to which the same events come.
sub make_victim
{
	my ($run, $database) = @_;
	my $test = $run->test;
	local $test->{database} = 'postgres';
	local $test->{connections} = {};

	$test->create_extension($database);
	$run->lighten;
	$test->create_consumer('posts', queue => $database, workers => $WORKERS);
	$test->wait_for_sql('SELECT count(*) > 0 FROM analytics.batches', 't', 120);
}

sub database_dropped
{
	my $run = FaultRun->new('database_dropped', times => \@TIMES, workers => $WORKERS);
	my $node = $run->test->node;

	$run->start_load(rate => 20, batches => 20);
	$run->wait_for_progress;
	$run->repeat(
		sub {
			my ($number) = @_;
			my $database = "victim$number";
			my @force = $number % 2 ? ('WITH (FORCE)', 'with FORCE') : ('', 'without');

			make_victim($run, $database);
			pause_up_to(0.3);
			done_in_time($run, 'postgres', "DROP DATABASE $database $force[0]", "DROP DATABASE $force[1]");
			is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE datname = '$database'"), 0, 'nothing is left in it');
			$run->wait_for_progress;
			$run->test->broker_api('DELETE', "queues/VHOST/$database");
		});
	none_hung('DROP DATABASE');
	$run->finish(done => 0);
	$node->stop;
}

extension_updated();
extension_dropped();
database_dropped();
done_testing();
