# The main job on real servers: events and objects in, rows, ledger, dead
# letters and counters out, each event once.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use Encode qw(decode_utf8);
use Test::More;

my $test = AnalyticsTest->new('main_job');
$test->create_extension;
$test->create_consumer('posts', workers => 2);

# --- a load as the crawlers send it ---

my $load = $test->generate(tiktok => 30, youtube => 10, seed => 7);
my $expect = $load->{expect};
cmp_ok($expect->{errors}, '>', 0, 'the load has error items');
is($test->publish($load), $expect->{batches}, 'all events are confirmed');
$test->wait_for_batches($expect->{batches});

is( $test->sql(q{SELECT count(*), sum(actual_count), sum(success_count), sum(error_count) FROM analytics.batches}),
	"$expect->{batches}|$expect->{items}|$expect->{posts}|$expect->{errors}",
	'the ledger counts what the manifest does');
is($test->sql('SELECT count(*) FROM analytics.post_analytics'),
	$expect->{posts}, 'every post is a row');
is($test->sql('SELECT count(*) FROM analytics.crawl_errors'),
	$expect->{errors}, 'every error item is a crawl error');
for my $platform (qw(tiktok youtube))
{
	is( $test->sql("SELECT count(*) FROM analytics.post_analytics WHERE platform = upper('$platform')"),
		$expect->{"$platform.posts"},
		"posts of $platform");
}
is( $test->sql(q{SELECT count(*) FROM analytics.post_analytics p
	WHERE NOT EXISTS (SELECT FROM analytics.batches b WHERE b.event_id = p.event_id
		AND b.job_id = p.job_id AND b.project_id IS NOT DISTINCT FROM p.project_id)}),
	0, 'every post names its event, job and project');
$test->wait_for_empty_queue;
is($test->sql('SELECT count(*) FROM analytics.dead_letters'),
	0, 'no dead letters');

sub counter
{
	my ($metric, $condition) = @_;
	return $test->sql("SELECT COALESCE(sum(value), 0) FROM analytics.counters WHERE metric = '$metric'"
		  . ($condition ? " AND $condition" : ''));
}

is(counter('batch_processing', "label = 'success'"),
	$expect->{batches}, 'counter: batches');
is(counter('items_processed', "label = 'success'"),
	$expect->{posts}, 'counter: successful items');
is(counter('items_processed', "label = 'error'"),
	$expect->{errors}, 'counter: error items');
is(counter('batch_size_mismatch'),
	$expect->{mismatches}, 'counter: batch size mismatches');
is(counter('processing_errors'),
	$expect->{errors}, 'counter: errors by category');

# --- the same events again ---

is($test->publish($load), $expect->{batches}, 'all events once more');
$test->wait_for_sql(
	q{SELECT sum(value) FROM analytics.counters WHERE metric = 'duplicates_skipped'},
	$expect->{batches});
$test->wait_for_empty_queue;
is($test->sql('SELECT count(*) FROM analytics.batches'),
	$expect->{batches}, 'duplicates add nothing to the ledger');
is($test->sql('SELECT count(*) FROM analytics.crawl_errors'),
	$expect->{errors}, 'nor to the crawl errors');

# --- the same event id with another body ---

my $item = sub {
	my ($id) = @_;
	return qq({"meta":{"id":"$id","platform":"tiktok","crawled_at":"2025-12-06T10:15:30.123Z"},)
	  . q("content":{"description":"Xe đẹp","view_count":10},"author":{"username":"u","follower_count":5},"comments":[]});
};
my $one = '[' . $item->('k1') . ']';
$test->put_object('one.json', $one);
$test->put_object('other.json', $one);
my %conflict = (event_id => 'evt_conflict', content_count => 1);
$test->publish_body($test->event(%conflict, minio_path => $test->bucket . '/one.json'));
$test->wait_for_sql(q{SELECT count(*) FROM analytics.batches WHERE key = 'evt_conflict'}, 1);
$test->publish_body($test->event(%conflict, minio_path => $test->bucket . '/other.json'));
$test->wait_for_dead_letters(1);
is( $test->sql(q{SELECT event_id, reason, state, convert_from(body, 'UTF8')::jsonb #>> '{payload,minio_path}' FROM analytics.dead_letters}),
	'evt_conflict|KEY_CONFLICT|pending|' . $test->bucket . '/other.json',
	'another body is a dead letter, kept whole');

# --- bodies that are no event ---

my %bad_bodies = (
	'not JSON' => 'hello',
	'empty' => '',
	'not an object' => '[1, 2]',
	'not UTF-8' => "{\"event_id\": \"\xff\xfe\"}",
	'no event_id' => $test->event(event_id => undef, minio_path => 'b/k'),
	'other type' => $test->event(event_type => 'data.deleted', minio_path => 'b/k'),
	'no object' => $test->event(minio_path => 'nobucket'),
	'no job' => $test->event(job_id => undef, minio_path => 'b/k'));
my $letters = 1;
for my $name (sort keys %bad_bodies)
{
	$test->publish_body($bad_bodies{$name}, headers => { case => $name });
	$test->wait_for_dead_letters(++$letters);
	is( $test->sql("SELECT reason FROM analytics.dead_letters WHERE headers #>> '{headers,case}' = '$name'"),
		'INVALID_EVENT', "$name: a dead letter that keeps its headers");
}

# A body beyond 64 MiB is not taken into memory, and not lost either.
$test->publish_body(' ' x (65 * 1024 * 1024), headers => { case => 'large' });
$test->wait_for_dead_letters(++$letters);
is( $test->sql(q{SELECT reason, length(body), message ~ '68157440' FROM analytics.dead_letters WHERE headers #>> '{headers,case}' = 'large'}),
	'EVENT_TOO_LARGE|0|t', 'a body that is too large: a dead letter that says so');

# --- objects of every shape ---

my $sent = 0;
sub object_event
{
	my ($key, $content, %options) = @_;
	my $id = 'evt_object_' . ++$sent;
	$test->put_object($key, $content, %options);
	$test->publish_body(
		$test->event(
			event_id => $id,
			content_count => 1,
			minio_path => decode_utf8($test->bucket . "/$key")));
	return $id;
}

sub zstd
{
	my ($plain) = @_;
	my ($in, $out) = map { $test->folder . "/$_" } qw(plain packed);
	open my $file, '>:raw', $in or die $!;
	print {$file} $plain;
	close $file;
	system('zstd', '-q', '-f', $in, '-o', $out) == 0 or die 'zstd failed';
	open $file, '<:raw', $out or die $!;
	local $/;
	return scalar <$file>;
}

my %good = (
	'plain' => [ 'o/plain.json', '[' . $item->('g1') . ']' ],
	'zstd by key' => [ 'o/key.json.zst', zstd('[' . $item->('g2') . ']') ],
	'zstd by metadata' => [ 'o/meta.json', zstd('[' . $item->('g3') . ']'), meta => { compressed => 'true' } ],
	'zstd by algorithm' => [ 'o/algo.json', zstd('[' . $item->('g4') . ']'), meta => { 'compression-algorithm' => 'zstd' } ],
	'zstd by encoding' => [ 'o/enc.json', zstd('[' . $item->('g5') . ']'), encoding => 'zstd' ],
	'zstd by magic' => [ 'o/magic.json', zstd('[' . $item->('g6') . ']') ],
	'wrapper' => [ 'o/wrapper.json', '{"items": [' . $item->('g7') . ']}' ],
	'lone object' => [ 'o/lone.json', $item->('g8') ],
	'odd key' => [ 'o/a b+c%41=đ/../x.json', '[' . $item->('g9') . ']' ]);
for my $name (sort keys %good)
{
	my ($key, $content, %options) = @{ $good{$name} };
	my $id = object_event($key, $content, %options);
	$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$id'", 1);
	is( $test->sql("SELECT actual_count, success_count, (SELECT count(*) FROM analytics.post_analytics WHERE event_id = '$id') FROM analytics.batches WHERE key = '$id'"),
		'1|1|1', "object: $name");
}
my $empty = object_event('o/empty.json', '[]');
$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$empty'", 1);
is($test->sql("SELECT actual_count FROM analytics.batches WHERE key = '$empty'"),
	0, 'object: an empty array is a batch of no items');

my %bad_objects = (
	'a number' => [ 'b/number.json', '5', 'INVALID_BATCH' ],
	'a string' => [ 'b/string.json', '"x"', 'INVALID_BATCH' ],
	'truncated' => [ 'b/cut.json', '[' . substr($item->('x'), 0, 60), 'INVALID_BATCH' ],
	'nothing' => [ 'b/nothing.json', '', 'INVALID_BATCH' ],
	'a broken frame' => [ 'b/frame.zst', 'no zstd at all', 'INVALID_BATCH' ],
	'a bomb' => [ 'b/bomb.zst', zstd(' ' x (257 * 1024 * 1024)), 'BATCH_TOO_LARGE' ]);
for my $name (sort keys %bad_objects)
{
	my ($key, $content, $reason) = @{ $bad_objects{$name} };
	my $id = object_event($key, $content);
	$test->wait_for_dead_letters(++$letters);
	is($test->sql("SELECT reason FROM analytics.dead_letters WHERE event_id = '$id'"),
		$reason, "object: $name is a dead letter");
}
$test->publish_body($test->event(event_id => 'evt_forbidden', minio_path => 'other-bucket/x.json'));
$test->wait_for_dead_letters(++$letters);
is($test->sql(q{SELECT reason FROM analytics.dead_letters WHERE event_id = 'evt_forbidden'}),
	'FORBIDDEN_BUCKET', 'a bucket outside the store\'s list is never asked');

# --- one bad item costs itself ---

my $mixed = object_event('m/mixed.json',
	'[' . join(',', $item->('m1'), '{"meta":{"id":"m2"},"content":{"description":"\u0000"}}',
		'{"meta":{"id":tru}}', '7', $item->('m5')) . ']');
$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$mixed'", 1);
is( $test->sql("SELECT string_agg(content_id || ' ' || error_code, ', ' ORDER BY item_index) FROM analytics.crawl_errors WHERE event_id = '$mixed'"),
	'unknown:1 PARSE_ERROR, unknown:2 PARSE_ERROR, unknown:3 PARSE_ERROR',
	'bad items are crawl errors');
is($test->sql("SELECT string_agg(id, ' ' ORDER BY id) FROM analytics.post_analytics WHERE event_id = '$mixed'"),
	'm1 m5', 'and their neighbours are posts');

# --- a row that the table refuses ---

$test->sql(q{ALTER TABLE analytics.post_analytics ADD CONSTRAINT no_thirteen CHECK (id <> 'r13')});
my $refused = object_event('m/refused.json', '[' . join(',', map { $item->("r$_") } 11 .. 15) . ']');
$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$refused'", 1);
is( $test->sql("SELECT success_count, error_count FROM analytics.batches WHERE key = '$refused'"),
	'4|1', 'a row that the table refuses costs itself alone');
is( $test->sql("SELECT content_id, error_code, error_details->>'sqlstate' FROM analytics.crawl_errors WHERE event_id = '$refused'"),
	'r13|INTERNAL_ERROR|23514', 'and says why');

# --- the newest crawl wins ---

my $newer = object_event('n/new.json', '[' . ($item->('n1') =~ s/2025-12-06/2025-12-08/r =~ s/:10,?}/:20}/r) . ']');
$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$newer'", 1);
my $older = object_event('n/old.json', '[' . $item->('n1') . ']');
$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$older'", 1);
is($test->sql(q{SELECT event_id FROM analytics.post_analytics WHERE id = 'n1'}),
	$newer, 'an older crawl does not replace a newer one');
is($test->sql("SELECT skipped_count FROM analytics.batches WHERE key = '$older'"),
	1, 'and is counted as skipped');

# --- at the end ---

$test->wait_for_empty_queue;
is( $test->sql(q{SELECT count(*) FROM (
		SELECT sum(value) AS counted, (SELECT count(*) FROM analytics.batches) AS there
		FROM analytics.counters WHERE metric = 'batch_processing' AND label = 'success'
		UNION ALL
		SELECT sum(value), (SELECT sum(success_count) FROM analytics.batches)
		FROM analytics.counters WHERE metric = 'items_processed' AND label = 'success'
		UNION ALL
		SELECT sum(value), (SELECT sum(error_count) FROM analytics.batches)
		FROM analytics.counters WHERE metric = 'items_processed' AND label = 'error'
		UNION ALL
		SELECT sum(value), (SELECT sum(skipped_count) FROM analytics.batches)
		FROM analytics.counters WHERE metric = 'items_processed' AND label = 'skipped'
		UNION ALL
		SELECT sum(value), (SELECT count(*) FROM analytics.dead_letters)
		FROM analytics.counters WHERE metric = 'dead_letters') c WHERE counted = there}),
	5, 'every counter equals its recomputation from the tables');
my $log = $test->log_since(0);
unlike($log, qr/terminating any other active server processes/, 'nothing crashed');
for my $secret (qw(AMQP_PASSWORD S3_SECRET_KEY))
{
	is(index($log, $test->env($secret)), -1, "no $secret in the log");
}

done_testing();
