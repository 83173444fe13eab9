# One event must not stop the others: an object that nobody may read, a change
# of configuration in mid-stream, a wake-up in the middle of a commit.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use Test::More;

my $test = AnalyticsTest->new('isolation_of_faults');
$test->create_extension;
$test->create_store('store', buckets => undef);
$test->create_consumer('posts');

# --- an event that names a bucket that is not there, before any other ---

$test->publish_body($test->event(event_id => 'evt_nowhere', minio_path => 'nosuchbucket-zz/x.json'));
$test->wait_for_sql('SELECT state FROM analytics.status', 'misconfigured');
like($test->sql('SELECT reason FROM analytics.status'), qr/nosuchbucket-zz/, 'the status names the bucket');
my $load = $test->generate(tiktok => 20, youtube => 0, name => 'good');
$test->publish($load);
$test->wait_for_batches(20);
is($test->sql(q{SELECT count(*) FROM analytics.batches WHERE key <> 'evt_nowhere'}), 20, 'the events after it are processed');
$test->wait_for_sql(q{SELECT count(*) FROM analytics.local_queue WHERE convert_from(body, 'UTF8') LIKE '%evt_nowhere%'}, 1, 60);
pass('it is parked, and no longer held');
$test->wait_for_empty_queue;
$test->sql(q{SELECT analytics.alter_consumer('posts', store => 'store')});
$test->sql('DELETE FROM analytics.local_queue');

# --- the prefetch changed again and again under load ---

my $more = $test->generate(tiktok => 400, youtube => 0, name => 'altered');
$test->publish($more);
for my $prefetch (1 .. 15)
{
	$test->sql("SELECT analytics.alter_consumer('posts', prefetch => $prefetch)");
}
$test->wait_for_batches(420);
$test->wait_for_empty_queue;
is($test->sql('SELECT count(*) FROM analytics.batches'), 420, 'no delivery is forgotten by a reconnect');
$test->wait_for_sql('SELECT unacknowledged FROM analytics.stat_worker', 0);

# --- a queued event while a commit waits for a lock ---

my $holder = $test->node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE analytics.post_analytics IN ACCESS EXCLUSIVE MODE');
$test->publish($test->generate(tiktok => 1, youtube => 0, name => 'locked'));
$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'analytics worker' AND wait_event_type = 'Lock'}, 1);
$test->sql(q{SELECT analytics.submit('{"event_id": "evt_meanwhile", "payload": {"job_id": "p-brand-0", "platform": "tiktok", "content_count": 1, "items": [{"meta": {"id": "meanwhile"}}]}}')});
$test->sql(q{SELECT analytics.pause('posts', 'in the middle')});
$holder->query_safe('ROLLBACK');
$holder->quit;
$test->wait_for_sql('SELECT state FROM analytics.status', 'paused');
pass('a pause during a commit is not lost');
$test->sql(q{SELECT analytics.resume('posts')});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.post_analytics WHERE id = 'meanwhile'}, 1);
pass('nor is a queued event');

# --- the same event with two bodies in one group, again and again ---

my @bodies = map { $test->event(event_id => 'evt_two', content_count => $_, minio_path => undef, items => []) } (1, 2);
$test->publish_body($bodies[0]);
$test->wait_for_sql(q{SELECT count(*) FROM analytics.batches WHERE key = 'evt_two'}, 1);
$test->sql(q{SELECT analytics.pause('posts', 'to make a group')});
$test->wait_for_sql('SELECT state FROM analytics.status', 'paused');
$test->publish_body($bodies[$_]) for (1, 0, 1, 0);
$test->sql(q{SELECT analytics.resume('posts')});
$test->wait_for_sql(q{SELECT sum(deliveries) FROM analytics.dead_letters WHERE event_id = 'evt_two'}, 2);
is( $test->sql(q{SELECT count(*), string_agg(convert_from(body, 'UTF8')::jsonb #>> '{payload,content_count}', ',') FROM analytics.dead_letters WHERE event_id = 'evt_two'}),
	'1|2', 'only the other body is a conflict, and one letter');
$test->wait_for_empty_queue;

# --- a message cut in the middle of a character ---

$test->sql(q{CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', repeat('ế', 300); END $$;
	CREATE TRIGGER refuse BEFORE INSERT ON analytics.crawl_errors FOR EACH ROW EXECUTE FUNCTION public.refuse()});
$test->sql(q{SELECT analytics.submit('{"event_id": "evt_cut", "payload": {"job_id": "p-brand-0", "platform": "tiktok", "content_count": 1, "items": [{}]}}')});
$test->wait_for_sql(q{SELECT reason FROM analytics.dead_letters WHERE event_id = 'evt_cut'}, 'WRITE_FAILED');
is($test->sql(q{SELECT message = repeat('ế', length(message)) AND length(message) > 50 FROM analytics.dead_letters WHERE event_id = 'evt_cut'}), 't', 'a long message is cut between characters');

done_testing();
