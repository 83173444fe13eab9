# Dead letters that are replayed, batches that are processed again, and what
# retention deletes, with a worker.

use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use Test::More;

my $test = AnalyticsTest->new('replay', servers => []);
my $folder = abs_path($test->folder) . '/batches';
make_path("$folder/crawl-results");

sub write_batch
{
	my ($name, @items) = @_;
	open my $file, '>:raw', "$folder/crawl-results/$name" or die $!;
	print {$file} '[' . join(',', @items) . ']';
	close $file;
}

sub post { return qq({"meta":{"id":"$_[0]","crawled_at":"2025-12-06T10:15:30Z"},"content":{"text":"xin chào các bạn","view_count":$_[1]},"author":{"follower_count":1000}}) }
sub failed { return qq({"meta":{"id":"$_[0]","fetch_status":"error","error_code":"TIMEOUT"}}) }

sub submit
{
	my ($id, $path) = @_;
	$test->sql("SELECT analytics.submit(jsonb '" . $test->event(event_id => $id, content_count => 1, minio_path => $path) . "')");
}

sub settled { $test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0) }

sub counted
{
	my ($metric, $label, $detail) = @_;
	return $test->sql("SELECT COALESCE(sum(value), 0) FROM analytics.counters WHERE metric = '$metric' AND ('" . ($label // '') . "' IN ('', label)) AND ('" . ($detail // '') . "' IN ('', detail))");
}

# Every counter is what the tables say.
sub counters_agree
{
	my ($when) = @_;
	is($test->sql(q{SELECT
		(SELECT sum(value) FROM analytics.counters WHERE metric = 'events_processed') - (SELECT count(*) FROM analytics.batches),
		(SELECT COALESCE(sum(value), 0) FROM analytics.counters WHERE metric = 'replays' AND label = 'batch' AND detail = 'processed') - (SELECT count(*) FROM analytics.batch_replays),
		(SELECT sum(value) FROM analytics.counters WHERE metric = 'items_processed' AND label = 'success') - (SELECT sum(COALESCE(r.previous_success_count, b.success_count))
			FROM analytics.batches b LEFT JOIN (SELECT DISTINCT ON (key) * FROM analytics.batch_replays ORDER BY key, id) r ON r.key = b.key),
		(SELECT COALESCE(sum(value), 0) FROM analytics.counters WHERE metric = 'dead_letters') - (SELECT count(*) FROM analytics.dead_letters)}),
		'0|0|0|0', "the counters agree with the tables $when");
}

$test->create_extension;
$test->sql("CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'file://$folder')");
$test->sql('CREATE ROLE ingester LOGIN; GRANT USAGE ON FOREIGN SERVER store TO ingester; CREATE USER MAPPING FOR ingester SERVER store');
$test->sql("SELECT analytics.create_consumer('local', store => 'store', role => 'ingester')");

# --- a letter is mended and replayed ---

write_batch('mended.json', 'no json');
submit('evt_mended', 'crawl-results/mended.json');
$test->wait_for_dead_letters(1);
settled();
my $letter = $test->sql(q{SELECT id FROM analytics.dead_letters WHERE reason = 'INVALID_BATCH' AND state = 'pending' AND consumer = 'local'});

$test->sql("SELECT analytics.replay($letter)");
$test->wait_for_sql("SELECT state, deliveries FROM analytics.dead_letters WHERE id = $letter", 'pending|2');
settled();
is($test->sql("SELECT string_agg(concat_ws(' ', from_state, to_state, changed_by, note), ', ' ORDER BY id) FROM analytics.dead_letter_history WHERE dead_letter = $letter"),
	'pending replayed ' . $test->sql('SELECT current_user') . ', replayed pending ingester failed again', 'a replay that fails brings its letter back, and that is recorded');
is($test->sql('SELECT count(*) FROM analytics.dead_letters'), 1, 'and makes no other');
is(counted('replays', 'dead_letter', 'failed'), 1, 'and is counted');

write_batch('mended.json', post('mended', 1), failed('broken'));
$test->sql("SELECT analytics.replay($letter)");
$test->wait_for_sql(q{SELECT count(*) FROM analytics.post_analytics WHERE id = 'mended'}, 1);
settled();
is($test->sql(q{SELECT (SELECT count(*) FROM analytics.batches), (SELECT count(*) FROM analytics.post_analytics), (SELECT count(*) FROM analytics.crawl_errors)}),
	'1|1|1', 'once mended its posts are there, once');
is($test->sql("SELECT state FROM analytics.dead_letters WHERE id = $letter"), 'replayed', 'and the letter stays replayed');
like($test->sql_error("SELECT analytics.replay($letter)"), qr/dead letter $letter was replayed.*replay_batch\('evt_mended'\)/s, 'replaying it again is refused, with what to do instead');
counters_agree('after a replay');

# --- it fails for another reason: another letter ---

submit('evt_other', '../x.json');
$test->wait_for_sql(q{SELECT count(*) FROM analytics.dead_letters WHERE event_id = 'evt_other'}, 1);
settled();
$test->sql(q{UPDATE analytics.dead_letters SET reason = 'OBJECT_NOT_FOUND' WHERE event_id = 'evt_other'});
$test->sql(q{UPDATE analytics.counters SET label = 'OBJECT_NOT_FOUND' WHERE label = 'OBJECT_REFUSED'});
$test->sql(q{SELECT analytics.replay_all(reason => 'OBJECT_NOT_FOUND')});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.dead_letters WHERE event_id = 'evt_other'}, 2);
is($test->sql(q{SELECT string_agg(concat_ws(' ', reason, state, state_note), ', ' ORDER BY id) FROM analytics.dead_letters WHERE event_id = 'evt_other'}),
	'OBJECT_NOT_FOUND replayed failed again, as OBJECT_REFUSED, OBJECT_REFUSED pending', 'another reason makes another letter, and the first one says so');

# --- the body that was replayed is lost by hand, and comes again ---

$test->sql(q{SELECT analytics.pause('local', 'to lose one')});
$test->wait_for_sql('SELECT state FROM analytics.status', 'paused');
$test->sql(q{SELECT analytics.replay(id) FROM analytics.dead_letters WHERE reason = 'OBJECT_REFUSED'});
$test->sql('DELETE FROM analytics.local_queue');
$test->sql(q{INSERT INTO analytics.local_queue (consumer, body) SELECT consumer, body FROM analytics.dead_letters WHERE reason = 'OBJECT_REFUSED'});
$test->sql(q{SELECT analytics.resume('local')});
$test->wait_for_sql(q{SELECT state FROM analytics.dead_letters WHERE reason = 'OBJECT_REFUSED'}, 'pending');
pass('a letter whose event nobody processes is pending again when that comes again');
settled();

# --- a processed batch again, under other rules and with another object ---

write_batch('again.json', post('a1', 100), post('a2', 100), failed('e1'), failed('e2'));
submit('evt_again', 'crawl-results/again.json');
$test->wait_for_sql(q{SELECT count(*) FROM analytics.batches WHERE key = 'evt_again'}, 1);
settled();
my $before = $test->sql(q{SELECT impact_score FROM analytics.post_analytics WHERE id = 'a1'});
my @counters = map { counted($_) } qw(events_processed items_processed processing_errors batch_processing batch_size_mismatch);
write_batch('again.json', post('a1', 100), post('a2', 100), post('e1', 5), failed('e2'));
$test->sql(q{UPDATE analytics.settings SET value = 10 WHERE name = 'impact.weight_view'});
$test->sql(q{SELECT analytics.replay_batch('evt_again')});
$test->wait_for_sql('SELECT count(*) FROM analytics.batch_replays', 1);
settled();
ok($test->sql(q{SELECT impact_score FROM analytics.post_analytics WHERE id = 'a1'}) > $before, 'the rules of now apply');
is($test->sql(q{SELECT string_agg(content_id, ',' ORDER BY content_id) FROM analytics.crawl_errors WHERE event_id = 'evt_again'}), 'e2', 'the crawl errors of the first run are replaced');
is($test->sql(q{SELECT string_agg(id, ',' ORDER BY id) FROM analytics.post_analytics WHERE event_id = 'evt_again'}), 'a1,a2,e1', 'the posts are there once');
is($test->sql(q{SELECT actual_count, success_count, error_count, skipped_count, consumer FROM analytics.batches WHERE key = 'evt_again'}), '4|3|1|0|local', 'its row of the ledger says what the second run did');
is($test->sql(q{SELECT key, requested_by = current_user, worker, previous_success_count, previous_error_count FROM analytics.batch_replays}), 'evt_again|t|local/1|2|2', 'what the first one did is kept, with who asked');
is_deeply([ map { counted($_) } qw(events_processed items_processed processing_errors batch_processing batch_size_mismatch) ], \@counters, 'and nothing is counted as new');
is(counted('replays', 'batch', 'processed'), 1, 'but as a replay');
is($test->sql(q{SELECT total FROM analytics.metric_replays WHERE kind = 'batch' AND status = 'processed'}), 1, 'which the view tells');
counters_agree('after a batch was processed again');

# The newest crawl still wins.
$test->sql(q{SELECT analytics.submit('{"event_id": "evt_newer", "payload": {"job_id": "proj_test-brand-0", "project_id": "proj_test", "platform": "tiktok", "content_count": 1, "items": [{"meta": {"id": "a1", "crawled_at": "2025-12-08T00:00:00Z"}}]}}')});
$test->wait_for_sql(q{SELECT event_id FROM analytics.post_analytics WHERE id = 'a1'}, 'evt_newer');
$test->sql(q{SELECT analytics.replay_batch('evt_again')});
$test->wait_for_sql('SELECT count(*) FROM analytics.batch_replays', 2);
is($test->sql(q{SELECT event_id FROM analytics.post_analytics WHERE id = 'a1'}), 'evt_newer', 'a replay does not bring back an older crawl');
is($test->sql(q{SELECT skipped_count FROM analytics.batches WHERE key = 'evt_again'}), 1, 'and says that it skipped it');

# Together with a duplicate of the same event, and twice the same group.
settled();
$test->sql(q{SELECT analytics.pause('local', 'to make a group')});
$test->wait_for_sql('SELECT state FROM analytics.status', 'paused');
my $duplicates = counted('duplicates_skipped');
submit('evt_again', 'crawl-results/again.json');
$test->sql(q{SELECT analytics.replay_batch('evt_again'), analytics.replay_batch('evt_mended')});
submit('evt_again', 'crawl-results/again.json');
submit('evt_fresh', 'crawl-results/again.json');
$test->sql(q{SELECT analytics.resume('local')});
settled();
is($test->sql('SELECT count(*) FROM analytics.batch_replays'), 4, 'a replay is told from a duplicate in the same group');
is(counted('duplicates_skipped') - $duplicates, 2, 'and a duplicate from a replay');
is($test->sql(q{SELECT count(*) FROM analytics.batches WHERE key = 'evt_fresh'}), 1, 'and the new event is processed');
counters_agree('after that group');

# It fails: what was there stays, and its letter can be replayed.
write_batch('again.json', 'no json');
$test->sql(q{SELECT analytics.replay_batch('evt_again')});
$test->wait_for_sql(q{SELECT replays_batch FROM analytics.dead_letters WHERE event_id = 'evt_again'}, 't');
settled();
is($test->sql(q{SELECT success_count FROM analytics.batches WHERE key = 'evt_again'}), 3, 'a replay that fails leaves all as it was');
write_batch('again.json', post('a1', 100), post('a2', 100));
$test->sql(q{SELECT analytics.replay(id) FROM analytics.dead_letters WHERE event_id = 'evt_again'});
$test->wait_for_sql(q{SELECT success_count FROM analytics.batches WHERE key = 'evt_again'}, 2);
is($test->sql(q{SELECT count(*) FROM analytics.crawl_errors WHERE event_id = 'evt_again'}), 0, 'its letter, replayed, processes it again');

# Its ledger row went meanwhile: it is a new event.
settled();
$test->sql(q{SELECT analytics.pause('local', 'to forget one')});
$test->wait_for_sql('SELECT state FROM analytics.status', 'paused');
$test->sql(q{SELECT analytics.replay_batch('evt_again')});
$test->sql(q{DELETE FROM analytics.batches WHERE key = 'evt_again'});
$test->sql(q{SELECT analytics.resume('local')});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.batches WHERE key = 'evt_again'}, 1);
pass('a replay of an event that the ledger has forgotten is a new event');
settled();

# --- many letters in one statement ---

$test->sql(q{SELECT analytics.pause('local', 'to collect')});
$test->wait_for_sql('SELECT state FROM analytics.status', 'paused');
$test->sql(q{INSERT INTO analytics.dead_letters (event_id, reason, message, body, body_hash, received_at)
	SELECT 'evt_bulk_' || i, 'BULK', 'x', b, sha256(b), now() FROM generate_series(1, 20000) i,
	LATERAL (SELECT convert_to(jsonb_build_object('event_id', 'evt_bulk_' || i, 'payload', jsonb_build_object('job_id', 'proj_b-brand-0', 'platform', 'youtube', 'content_count', 1, 'items', jsonb_build_array(jsonb_build_object('meta', jsonb_build_object('id', 'bulk' || i)))))::text, 'UTF8')) AS t(b)});
is($test->sql(q{SELECT analytics.replay_all(reason => 'BULK')}), 20000, 'many letters are queued in one statement');
$test->sql(q{SELECT analytics.alter_consumer('local', workers => 2)});
$test->sql(q{SELECT analytics.resume('local')});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.batches WHERE key LIKE 'evt\_bulk\_%'}, 20000, 120);
settled();
is($test->sql(q{SELECT count(DISTINCT dead_letter), count(*) FROM analytics.dead_letter_history h JOIN analytics.dead_letters d ON d.id = h.dead_letter WHERE d.reason = 'BULK'}), '20000|20000', 'each is recorded once');

# --- retention ---

sub deleted { return $test->sql("SELECT deleted_total FROM analytics.metric_retention WHERE table_name = '$_[0]'") }

$test->sql(q{UPDATE analytics.batches SET completed_at = now() - interval '31 days' WHERE key LIKE 'evt\_bulk\_%' AND right(key, 1) < '5'});
my $old = $test->sql(q{SELECT count(*) FROM analytics.batches WHERE completed_at < now() - interval '30 days'});
$test->sql(q{UPDATE analytics.dead_letters SET state_changed_at = now() - interval '91 days', created_at = now() - interval '200 days' WHERE reason = 'BULK' AND right(event_id, 1) = '0'});
$test->sql(q{UPDATE analytics.dead_letters SET state = 'pending' WHERE id IN (SELECT id FROM analytics.dead_letters WHERE reason = 'BULK' AND right(event_id, 1) = '0' LIMIT 7)});
$test->sql(q{UPDATE analytics.dead_letter_history h SET changed_at = d.state_changed_at FROM analytics.dead_letters d WHERE d.id = h.dead_letter AND d.state <> 'pending'});
$test->sql(q{UPDATE analytics.crawl_errors SET created_at = now() - interval '91 days' WHERE event_id = 'evt_mended'});
my $errors = $test->sql('SELECT count(*) FROM analytics.crawl_errors');
my $biggest = 0;
$test->node->reload;
AnalyticsTest::poll_until(
	sub {
		my $count = $test->sql(q{SELECT count(*) FROM analytics.batches WHERE completed_at < now() - interval '30 days'});
		$biggest = $count if $count < $old && $count > $biggest;
		return $count == 0;
	}, 'retention', 60);
ok($biggest >= $old - 5000, "the ledger is deleted in steps (of $old, $biggest were seen left)");
is(deleted('batches'), $old, 'all of them counted');
$test->wait_for_sql(q{SELECT count(*) FROM analytics.dead_letters WHERE state <> 'pending' AND state_changed_at < now() - interval '90 days'}, 0, 30);
is(deleted('dead_letters'), 2000 - 7, 'old letters go once they are settled');
is($test->sql(q{SELECT kept FROM analytics.metric_retention WHERE table_name = 'dead_letters'}), 7, 'pending ones stay, and are counted');
$test->wait_for_sql('SELECT count(*) FROM analytics.dead_letter_history WHERE dead_letter NOT IN (SELECT id FROM analytics.dead_letters)', 0, 30);
pass('their history goes along');
is($test->sql('SELECT count(*) FROM analytics.crawl_errors'), $errors - 1, 'old crawl errors go');
is($test->sql('SELECT count(*) FROM analytics.post_analytics'), $test->sql(q{SELECT count(DISTINCT (id, project_id)) FROM analytics.post_analytics}), 'posts stay');
is($test->sql(q{SELECT count(*) FROM analytics.post_analytics WHERE id LIKE 'bulk%'}), 20000, 'all of them');
is($test->sql('SELECT count(*) FROM analytics.batch_replays WHERE key NOT IN (SELECT key FROM analytics.batches)'), 0, 'records of replays go with their row of the ledger');

# A lock in its way stops nothing else.
my $holder = $test->node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE analytics.crawl_errors IN ACCESS EXCLUSIVE MODE');
my $position = $test->log_position;
$test->node->reload;
$test->wait_for_log(qr/retention could not delete old rows/, $position);
$test->sql(q{SELECT analytics.alter_consumer('local', workers => 1)});
$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'analytics worker'}, 1, 10);
pass('the supervisor goes on while retention waits for a lock');
$holder->query_safe('ROLLBACK');
$holder->quit;

done_testing();
