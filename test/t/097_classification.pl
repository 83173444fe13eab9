# What a failure means, by its SQLSTATE: each row of the table in
# docs/reliability.md, made by a trigger on post_analytics, and the dead letters
# that no other test makes.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use Test::More;

my $test = AnalyticsTest->new('classification', conf => "analytics.debug_retry_scale = 0.02\n");
$test->create_extension;
# A worker that is up again asks for deliveries at once, not at the next heartbeat.
$test->create_broker('broker', heartbeat => 60);
$test->create_consumer('posts');

# While it is there the trigger refuses the posts named bad..., with this
# SQLSTATE, the first so many times.  What it counts with survives a rollback.
$test->sql(q{CREATE SEQUENCE public.turns;
	CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('public.turns') <= TG_ARGV[1]::bigint THEN
			RAISE EXCEPTION 'refused with %', TG_ARGV[0] USING ERRCODE = TG_ARGV[0];
		END IF;
		RETURN NEW; END $$});

sub refuse
{
	my ($sqlstate, $times) = @_;
	$test->sql("ALTER SEQUENCE public.turns RESTART;
		CREATE TRIGGER refuse BEFORE INSERT ON analytics.post_analytics FOR EACH ROW WHEN (NEW.id LIKE 'bad%')
			EXECUTE FUNCTION public.refuse('$sqlstate', '$times')");
}

sub mend { $test->sql('DROP TRIGGER refuse ON analytics.post_analytics') }

my $number = 0;

# A batch of three, the second of which is bad.
sub publish
{
	my $id = 'evt_' . ++$number;
	my @items = map { { meta => { id => "$_$number" } } } qw(good bad fine);
	$test->publish_body($test->event(event_id => $id, content_count => 3, items => \@items, minio_path => undef));
	return $id;
}

sub processed
{
	my ($id) = @_;
	$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$id'", 1, 120);
	return $test->sql("SELECT success_count, error_count FROM analytics.batches WHERE key = '$id'");
}

# --- a conflict: again at once ---

for my $sqlstate (qw(40P01 40001))
{
	refuse($sqlstate, 2);
	my $id = publish();
	is(processed($id), '3|0', "$sqlstate: a conflict is tried again");
	is($test->sql('SELECT last_value FROM public.turns'), 3, 'three times in all');
	is($test->sql('SELECT count(*) FROM analytics.stat_worker WHERE last_error_sqlstate IS NOT NULL'), 0, 'and is no failure');
	mend();
}

# --- the configuration: held until it is mended ---

for my $case ([ '42501', qr/Grant the consumer's role what analytics\.create_consumer\(\) grants/ ], [ '42P01', qr/^Restore it if it is of the extension: .* or SET search_path on the function/ ], [ '42703', qr/In a trigger of yours qualify names with their schema/ ])
{
	my ($sqlstate, $hint) = @$case;
	refuse($sqlstate, 1_000_000);
	my $id = publish();
	$test->wait_for_sql('SELECT state || attempts FROM analytics.stat_worker WHERE attempts > 1', qr/^misconfigured/);
	is($test->sql("SELECT reason FROM analytics.status"), "refused with $sqlstate", "$sqlstate: the consumer is misconfigured, and says why");
	like($test->sql("SELECT coalesce(hint, '') FROM analytics.status"), $hint, 'with what mends it');
	is($test->sql("SELECT last_error_sqlstate FROM analytics.stat_worker"), $sqlstate, 'and the SQLSTATE');
	my $next = publish();
	mend();
	is(processed($_), '3|0', 'mended: all is processed') for $id, $next;
}

# --- the system's state: held until it is over ---

for my $sqlstate (qw(25006 53100 53200 53300 55P03 57P03 58030 08006 0A000 XX001))
{
	refuse($sqlstate, 1_000_000);
	my $id = publish();
	$test->wait_for_sql('SELECT state || attempts FROM analytics.stat_worker WHERE attempts > 1', qr/^blocked/);
	is($test->sql("SELECT reason FROM analytics.status"), "refused with $sqlstate", "$sqlstate: the consumer is blocked, and says why");
	mend();
	is(processed($id), '3|0', 'over: all is processed');
}
# held for a minute, which is little over a second here: given back
refuse('53100', 1_000_000);
my $held = publish();
poll_until(sub { my $queue = $test->queue; return $queue->{ready} == 1 && $queue->{unacked} == 0 }, 'the delivery to be given back');
pass('what is held too long goes back to the queue');
my $tries = $test->sql('SELECT last_value FROM public.turns');
$test->wait_for_sql("SELECT last_value > $tries + 3 FROM public.turns", 't', 120);
my $waiting = $test->queue;
is("$waiting->{ready}|$waiting->{unacked}", '1|0', 'and stays there while it is tried again');
mend();
is(processed($held), '3|0', 'and is processed in the end');

# --- the data: narrowed down to the item ---

for my $sqlstate (qw(21000 22001 22P05 23505 23514 38000 39000 54000 P0001))
{
	refuse($sqlstate, 1_000_000);
	is(processed(publish()), '2|1', "$sqlstate: one item is bad, and the others are stored");
	is($test->sql("SELECT content_id, error_code, error_details ->> 'sqlstate', item_index FROM analytics.crawl_errors WHERE event_id = 'evt_$number'"),
		"bad$number|INTERNAL_ERROR|$sqlstate|1", 'it is a crawl error with the SQLSTATE');
	mend();
}

# An error that comes again and again is the row's.
for my $sqlstate (qw(57014 XX000))
{
	refuse($sqlstate, 1);
	is(processed(publish()), '3|0', "$sqlstate: once, it is the system's");
	mend();
	refuse($sqlstate, 1_000_000);
	is(processed(publish()), '2|1', "$sqlstate: again and again, it is the row's");
	mend();
}
# Unless no other can be stored either: then it is the system's, for ever so long.
for my $sqlstate (qw(57014 XX000))
{
	refuse($sqlstate, 1_000_000);
	my $id = 'evt_' . ++$number;
	$test->publish_body($test->event(event_id => $id, content_count => 2, minio_path => undef,
		items => [ map { { meta => { id => "bad$_$number" } } } 1, 2 ]));
	$test->wait_for_sql('SELECT last_value > 12 FROM public.turns', 't', 120);
	$test->wait_for_sql('SELECT state, reason FROM analytics.status', "blocked|refused with $sqlstate");
	pass("$sqlstate of every item: the consumer is blocked");
	mend();
	is(processed($id), '2|0', 'over: all is processed');
}
is($test->sql('SELECT count(*) FROM analytics.dead_letters'), 0, 'nothing of all this cost an event');
$test->wait_for_empty_queue;

# --- an event is in the ledger or a dead letter, not both ---

sub letters { return $test->sql("SELECT reason, state, state_note FROM analytics.dead_letters WHERE event_id = '$_[0]'") }
my $duplicates = "SELECT total FROM analytics.metric_duplicates_skipped WHERE consumer = 'posts'";

$test->put_object('kept.json', '[{"meta":{"id":"kept"}}]');
my $kept = $test->event(event_id => 'evt_kept', minio_path => $test->bucket . '/kept.json');
$test->publish_body($kept);
is(processed('evt_kept'), '1|0', 'a batch is processed');
$test->delete_object('kept.json');
my $before = $test->sql($duplicates);
$test->publish_body($kept);
$test->wait_for_sql($duplicates, $before + 1, 120);
is(letters('evt_kept'), '', 'delivered again when its object is gone, the event is a duplicate and no dead letter');
is($test->sql('SELECT count(*) FROM analytics.local_queue'), 0, 'and waits nowhere');

my $late = $test->event(event_id => 'evt_late', minio_path => $test->bucket . '/late.json');
$test->publish_body($late);
$test->wait_for_sql("SELECT state FROM analytics.dead_letters WHERE event_id = 'evt_late'", 'pending', 120);
$test->put_object('late.json', '[{"meta":{"id":"late"}}]');
$test->publish_body($late);
is(processed('evt_late'), '1|0', 'an event whose object came too late is published again, and processed');
is(letters('evt_late'), 'OBJECT_NOT_FOUND|replayed|processed by another delivery', 'which settles its dead letter');
is($test->sql("SELECT from_state, to_state, note FROM analytics.dead_letter_history h JOIN analytics.dead_letters d ON d.id = h.dead_letter WHERE event_id = 'evt_late'"),
	'pending|replayed|processed by another delivery', 'and is in its history');

# --- dead letters that no other test makes ---

$test->sql(q{SELECT analytics.create_consumer('storeless', broker => 'broker', queue => 'storeless', routing_key => 'storeless')});
$test->wait_for_sql(q{SELECT state FROM analytics.status WHERE name = 'storeless'}, 'idle');
$test->publish_body($test->event(event_id => 'evt_no_store', minio_path => 'b/x'), routing_key => 'storeless', queue => 'storeless');
$test->wait_for_sql(q{SELECT reason FROM analytics.dead_letters WHERE event_id = 'evt_no_store'}, 'NO_STORE');
pass('an event that names an object, without a store');

$test->sql(q{ALTER SYSTEM SET analytics.crash_point = 'decode error evt_too_much'});
$test->sql('SELECT pg_reload_conf()');
$test->put_object('large.json', '[{"meta":{"id":"large"}}]');
$test->publish_body($test->event(event_id => 'evt_too_much', minio_path => $test->bucket . '/large.json'));
$test->wait_for_sql(q{SELECT state, reason ~ '^could not decode the batch of event "evt_too_much".*: out of memory' FROM analytics.status WHERE name = 'posts'}, 'blocked|t', 60);
$test->wait_for_sql(q{SELECT reason, sqlstate, attempts FROM analytics.dead_letters WHERE event_id = 'evt_too_much'}, 'DECODE_FAILED|53200|8', 120);
pass('a batch for which memory is short each time that it is taken, and nothing else is held');
is(processed(publish()), '3|0', 'the next event is processed');

done_testing();
