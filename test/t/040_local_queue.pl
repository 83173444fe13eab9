# Without a broker: submit(), a folder as the store, and keys that would like
# to leave it.

use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use Test::More;

my $test = AnalyticsTest->new('local_queue', servers => []);
my $folder = abs_path($test->folder) . '/batches';
make_path("$folder/crawl-results/sub");

sub write_file
{
	my ($path, $content) = @_;
	open my $file, '>:raw', $path or die "$path: $!";
	print {$file} $content;
	close $file;
}

my $item = '{"meta":{"id":"ID","crawled_at":"2025-12-06T10:15:30Z"},"content":{"text":"x"}}';
write_file("$folder/crawl-results/one.json", '[' . ($item =~ s/ID/p1/r) . ']');
write_file("$folder/secret.json", '[' . ($item =~ s/ID/stolen/r) . ']');
symlink("$folder/secret.json", "$folder/crawl-results/link.json") or die $!;
symlink($folder, "$folder/crawl-results/up") or die $!;

$test->create_extension;
$test->sql("CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'file://$folder')");
$test->sql("CREATE USER MAPPING FOR CURRENT_USER SERVER store");
$test->sql("SELECT analytics.create_consumer('local', store => 'store')");

sub submit
{
	my ($id, $path) = @_;
	$test->sql("SELECT analytics.submit(jsonb '" . $test->event(event_id => $id, content_count => 1, minio_path => $path) . "')");
}

submit('evt_local', 'crawl-results/one.json');
$test->wait_for_batches(1);
is($test->sql(q{SELECT id, event_id FROM analytics.post_analytics}), 'p1|evt_local', 'a submitted event becomes rows');
is($test->sql('SELECT count(*) FROM analytics.local_queue'), 0, 'and leaves the queue');

my $letters = 0;
for my $path ('crawl-results/../secret.json', 'crawl-results/sub/../../secret.json', 'crawl-results/link.json', 'crawl-results/up/secret.json', 'crawl-results/./one.json', 'crawl-results/sub', '../batches/secret.json')
{
	submit('evt_escape_' . ++$letters, $path);
	$test->wait_for_dead_letters($letters);
	is($test->sql("SELECT reason FROM analytics.dead_letters WHERE event_id = 'evt_escape_$letters'"),
		'OBJECT_REFUSED', "$path is refused");
}
is($test->sql(q{SELECT count(*) FROM analytics.post_analytics WHERE id = 'stolen'}), 0, 'nothing outside the bucket was read');

# what is queued while no worker runs is worked off later
$test->sql(q{SELECT analytics.alter_consumer('local', enabled => false)});
$test->wait_for_sql(q{SELECT state FROM analytics.status}, 'stopped');
submit('evt_later', 'crawl-results/one.json');
is($test->sql('SELECT count(*) FROM analytics.local_queue'), 1, 'a stopped consumer leaves it queued');
$test->sql(q{SELECT analytics.alter_consumer('local', enabled => true)});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.batches WHERE key = 'evt_later'}, 1);
$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0);

# an event that is rolled back was never there; one for another consumer waits
$test->sql(q{BEGIN; SELECT analytics.submit('{"event_id": "evt_never"}'); ROLLBACK});
is($test->sql('SELECT count(*) FROM analytics.local_queue'), 0, 'a rolled back submit leaves nothing');

# inline items need no store
$test->sql(q{SELECT analytics.submit('{"event_id": "evt_inline", "payload": {"job_id": "proj_a-brand-0", "platform": "tiktok", "content_count": 1, "items": [{"meta": {"id": "inline1"}}]}}')});
$test->wait_for_sql(q{SELECT project_id FROM analytics.post_analytics WHERE id = 'inline1'}, 'proj_a');
pass('inline items');

# many at once, by several workers, each once
$test->sql(q{SELECT analytics.alter_consumer('local', workers => 3)});
$test->sql(q{SELECT count(analytics.submit(jsonb_build_object('event_id', 'evt_many_' || i, 'payload', jsonb_build_object('job_id', 'proj_b-brand-0', 'platform', 'youtube', 'content_count', 1, 'items', jsonb_build_array(jsonb_build_object('meta', jsonb_build_object('id', 'many' || i))))))) FROM generate_series(1, 2000) i});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.post_analytics WHERE project_id = 'proj_b'}, 2000);
$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0);
is($test->sql(q{SELECT COALESCE(sum(value), 0) FROM analytics.counters WHERE metric = 'duplicates_skipped'}), 0, 'no event was taken twice');
is($test->sql(q{SELECT count(*) FROM analytics.batches WHERE key LIKE 'evt_many_%'}), 2000, 'each of 2000 events is in the ledger');

# --- as a role that may do nothing else ---

$test->sql('CREATE ROLE ingester LOGIN; GRANT USAGE ON FOREIGN SERVER store TO ingester; CREATE USER MAPPING FOR ingester SERVER store');
$test->sql(q{SELECT analytics.alter_consumer('local', role => 'ingester', workers => 1)});
$test->wait_for_sql(q{SELECT string_agg(DISTINCT usename, ',') FROM pg_stat_activity WHERE backend_type = 'analytics worker'}, 'ingester');
my $event = '{"event_id": "evt_%s", "payload": {"job_id": "proj_r-brand-0", "platform": "tiktok", "content_count": 2, "items": [{"meta": {"id": "role1", "crawled_at": "2025-12-0%dT10:00:00Z"}}, {"meta": {"id": "e", "fetch_status": "error"}}]}}';
for my $case ([ 'new', 8 ], [ 'old', 7 ], [ 'newest', 9 ])
{
	my ($name, $day) = @$case;
	$test->sql("SELECT analytics.submit('" . sprintf($event, "role_$name", $day) . "')");
	$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = 'evt_role_$name'", 1);
}
is($test->sql(q{SELECT event_id FROM analytics.post_analytics WHERE id = 'role1'}), 'evt_role_newest', 'a role with the rights of a worker and no others writes posts');
is($test->sql(q{SELECT skipped_count FROM analytics.batches WHERE key = 'evt_role_old'}), 1, 'and the ledger');
$letters = $test->sql('SELECT count(*) FROM analytics.dead_letters');
$test->sql(q{SELECT analytics.submit('{"event_id": "evt_role_bad"}'), analytics.submit('{"event_id": "evt_role_bad"}')});
$test->wait_for_dead_letters($letters + 1);
$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0);
is($test->sql(q{SELECT deliveries FROM analytics.dead_letters WHERE event_id = 'evt_role_bad'}), 2, 'and dead letters');
is($test->sql(q{SELECT rolsuper OR pg_has_role('ingester', 'pg_write_all_data', 'USAGE') FROM pg_roles WHERE rolname = 'ingester'}), 'f', 'it is no more than it was');

# --- dropped with events in hand ---

# The object is not there: the event waits in the worker, which holds its lease.
$test->sql("SELECT analytics.submit(jsonb '" . $test->event(event_id => 'evt_held', content_count => 1, minio_path => 'crawl-results/held.json') . "')");
$test->wait_for_sql(q{SELECT leased_by FROM analytics.local_queue}, 'local/1');
my $position = $test->log_position;
$test->sql(q{SELECT analytics.drop_consumer('local')});
$test->wait_for_sql(q{SELECT leased_by IS NULL AND leased_until IS NULL FROM analytics.local_queue}, 't', 20);
pass('what a dropped consumer held goes back to the queue at once');
is($test->sql(q{SELECT has_schema_privilege('ingester', 'analytics', 'USAGE')}), 'f', 'though its role has lost its rights');
$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'analytics worker'}, 0);
unlike($test->log_since($position), qr/permission denied|cannot use its configuration|Grant the consumer's role/, 'and nothing about rights is in the log');

write_file("$folder/crawl-results/held.json", '[' . ($item =~ s/ID/held/r) . ']');
$test->sql("SELECT analytics.create_consumer('other', store => 'store', role => 'ingester')");
$test->wait_for_sql(q{SELECT event_id FROM analytics.post_analytics WHERE id = 'held'}, 'evt_held', 20);
$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0);
pass('another consumer takes it');

# A worker that dies leaves its leases too.
$test->sql("SELECT analytics.submit(jsonb '" . $test->event(event_id => 'evt_died', content_count => 1, minio_path => 'crawl-results/died.json') . "')");
$test->wait_for_sql(q{SELECT leased_by FROM analytics.local_queue}, 'other/1');
# one that cannot come back: nobody but the supervisor can release them
$test->sql('REVOKE CONNECT ON DATABASE postgres FROM PUBLIC');
$test->sql(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'analytics worker'});
$test->wait_for_sql(q{SELECT leased_by IS NULL FROM analytics.local_queue}, 't', 20);
pass('what a worker held that cannot start again goes back');
$test->sql('GRANT CONNECT ON DATABASE postgres TO PUBLIC');
write_file("$folder/crawl-results/died.json", '[' . ($item =~ s/ID/died/r) . ']');
$test->sql(q{SELECT analytics.alter_consumer('other', prefetch => 7)});
$test->wait_for_sql(q{SELECT event_id FROM analytics.post_analytics WHERE id = 'died'}, 'evt_died', 30);
pass('and is processed when it can');

done_testing();
