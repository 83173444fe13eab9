# What fails for itself: each reason of the classification, with its limit, and
# events that crash their worker.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;

# Minutes become tenths of seconds, in the same proportions.
my $test = AnalyticsTest->new('failures', conf => "restart_after_crash = on\nanalytics.debug_retry_scale = 0.005\n");
my $log = $test->folder . '/requests';
my ($port, $errors) = ('', '');
my $store = IPC::Run::start([ "$FindBin::RealBin/../lib/faulty-store", $log ], '<', \undef, '>', \$port, '2>', \$errors);
poll_until(sub { $store->pump_nb; $port =~ /\n/ }, 'the store');
chomp $port;
END { local $?; $store->kill_kill if $store }

$test->create_extension;
$test->create_store('store', endpoint => "http://127.0.0.1:$port", buckets => 'b', access_key => undef, secret_key => undef);
$test->create_consumer('posts');

# Of the event: the letter's reason and number of attempts.
sub letter
{
	my ($id) = @_;
	$test->wait_for_sql("SELECT count(*) FROM analytics.dead_letters WHERE event_id = '$id'", 1, 120);
	return $test->sql("SELECT reason, attempts FROM analytics.dead_letters WHERE event_id = '$id'");
}

sub publish
{
	my ($id, $path) = @_;
	$test->publish_body($test->event(event_id => $id, content_count => 1, minio_path => "b/$path"));
}

sub processed
{
	my ($id) = @_;
	$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$id'", 1);
}

sub requests
{
	my ($pattern) = @_;
	return scalar grep { /$pattern/ } split /\n/, slurp_file($log);
}

# --- an object ---

publish('evt_first', 'first');
processed('evt_first');

publish('evt_gone', 'fail-gone');
is(letter('evt_gone'), 'OBJECT_NOT_FOUND|5', 'an object that is not there is asked for five times');
is(requests('fail-gone'), 5, 'and no more');

for my $fault ('500', '503', '429', 'truncated')
{
	publish("evt_$fault", "fail-$fault");
	is(letter("evt_$fault"), 'RETRY_EXHAUSTED|8', "$fault: the object is asked for eight times");
	# Nothing else shows meanwhile that the store works: probes ask for it, too.
	my $requests = requests("fail-$fault");
	ok($requests >= 8 && $requests <= 16, 'and little more') or diag "$requests requests";
	publish("evt_after_$fault", "after-$fault");
	processed("evt_after_$fault");
}

publish('evt_400', 'fail-400');
is(letter('evt_400'), 'OBJECT_REFUSED|0', 'a refusal is final at once');
$test->publish_body($test->event(event_id => 'evt_elsewhere', minio_path => 'other/x'));
is(letter('evt_elsewhere'), 'FORBIDDEN_BUCKET|0', 'so is a bucket that may not be named');

publish('evt_denied', 'fail-403');
$test->wait_for_sql(q{SELECT attempts FROM analytics.local_queue WHERE convert_from(body, 'UTF8') LIKE '%evt_denied%'}, 0);
publish('evt_after_denied', 'after-denied');
processed('evt_after_denied');
poll_until(sub { requests('fail-403') > 10 }, 'many tries');
is($test->sql(q{SELECT count(*), max(attempts) FROM analytics.local_queue}), '1|0', 'a missing right costs the event no attempt');
$test->wait_for_empty_queue;
pass('and holds no delivery');
$test->wait_for_sql(q{DELETE FROM analytics.local_queue WHERE leased_by IS NULL RETURNING 1}, qr/^1/);

# attempts outlive the worker
publish('evt_again', 'fail-gone-again');
$test->wait_for_sql(q{SELECT attempts FROM analytics.local_queue WHERE convert_from(body, 'UTF8') LIKE '%evt_again%'}, qr/^[234]$/);
$test->node->restart;
is(letter('evt_again'), 'OBJECT_NOT_FOUND|5', 'a restart forgets no attempt');
is(requests('fail-gone-again'), 5, 'nor makes more of them');

# --- the store ---

# A single event cannot tell a store that fails from an object that does.
$test->sql(q{SELECT analytics.pause('posts', 'restart')});
append_to_file("$log.down", '');
$test->node->restart;
publish('evt_alone', 'alone');
$test->sql(q{SELECT analytics.resume('posts')});
$test->wait_for_sql(q{SELECT state FROM analytics.status}, 'blocked');
$test->wait_for_sql(q{SELECT attempts > 2 FROM analytics.stat_worker WHERE reason LIKE '%503%' OR reason LIKE '%ServiceUnavailable%'}, 't', 120);
is($test->sql(q{SELECT count(*) FROM analytics.dead_letters WHERE event_id = 'evt_alone'}), 0, 'while the store fails its only event is not given up');
unlink "$log.down";
processed('evt_alone');
pass('and is processed when it works again');

# --- crashes ---

sub configure
{
	my (%settings) = @_;
	$test->sql("ALTER SYSTEM SET $_ = '$settings{$_}'") for sort keys %settings;
	$test->sql('SELECT pg_reload_conf()');
}

sub crashes
{
	my ($position) = @_;
	return scalar(() = $test->log_since($position) =~ /all server processes terminated; reinitializing/g);
}

my $number = 0;
my $inline = '[{"meta":{"id":"ID"},"content":{"text":"x"}}]';

# Events with one of them bad among them; the ids of all others.
sub publish_among_others
{
	my ($bad) = @_;
	my $name = 'among_' . ++$number;
	for my $i (1 .. 30)
	{
		my $id = $i == 12 ? $bad : "evt_${name}_$i";
		my $items = $i % 2 ? undef : [ { meta => { id => "${name}_$i" } } ];
		$test->publish_body($test->event(event_id => $id, content_count => 1, items => $items,
			minio_path => $items ? undef : "b/${name}_$i"));
	}
	return $name;
}

# Not at "receive", where nobody knows of the event.  AddressSanitizer would
# report SIGSEGV, even where it is asked for.
for my $point (qw(parse decode commit written))
{
	configure('analytics.crash_signal' => $point eq 'decode' && !$ENV{ANALYTICS_TEST_SANITIZED} ? 11 : 6);
	my $bad = "evt_crash_$point";
	my $position = $test->log_position;
	configure('analytics.crash_point' => "$point always $bad");
	my $name = publish_among_others($bad);
	$test->wait_for_sql("SELECT count(*) FROM analytics.dead_letters WHERE reason = 'WORKER_CRASH' AND convert_from(body, 'UTF8') LIKE '%$bad\"%'", 1, 120);
	$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key LIKE 'evt_${name}_%'", 29);
	is(crashes($position), 2, "an event that crashes its worker ($point) does so twice");
	is($test->sql("SELECT event_id IS NULL, attempts FROM analytics.dead_letters WHERE convert_from(body, 'UTF8') LIKE '%$bad\"%'"), 't|3', 'at the third delivery it is a dead letter, unread');
	$test->wait_for_empty_queue;
	is($test->sql('SELECT count(*) FROM analytics.attempts'), 0, 'and no longer counted');
	is($test->sql("SELECT count(*) FROM analytics.post_analytics p JOIN analytics.batches b ON b.key = p.event_id WHERE b.key LIKE 'evt_${name}_%'"), 29, 'all others are processed');
}

# out of the local queue
my $before = $test->log_position;
configure('analytics.crash_point' => 'decode always evt_crash_queue');
$test->sql(q{SELECT analytics.submit('{"event_id": "evt_crash_queue", "payload": {"job_id": "p-brand-0", "platform": "tiktok", "content_count": 1, "items": [{"meta": {"id": "q"}}]}}')});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.dead_letters WHERE reason = 'WORKER_CRASH' AND convert_from(body, 'UTF8') LIKE '%evt_crash_queue%'}, 1, 120);
is(crashes($before), 2, 'an event of the local queue is taken up three times too');
$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0);

# killed from outside, at any place, an event is not to blame
for my $point (qw(receive parse decode commit written committed settled))
{
	$before = $test->log_position;
	configure('analytics.crash_signal' => 9, 'analytics.crash_point' => "$point once $point-9");
	my $name = publish_among_others("evt_killed_$point");
	$test->wait_for_log(qr/database system is ready to accept connections/, $before);
	$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key LIKE 'evt_${name}_%' OR key = 'evt_killed_$point'", 30);
	$test->wait_for_empty_queue;
	is(crashes($before), 1, "killed at \"$point\"");
	is($test->sql("SELECT count(*) FROM analytics.post_analytics WHERE event_id LIKE 'evt_${name}_%'"), 29, 'nothing is lost');
}
is($test->sql(q{SELECT count(*) FROM analytics.dead_letters WHERE reason = 'WORKER_CRASH'}), 5, 'and nothing is blamed');
is($test->sql('SELECT count(*) FROM analytics.attempts'), 0, 'nor stays suspected');
configure('analytics.crash_point' => '');

# --- limits: the last that is taken, and the first that is not ---

sub inline_event
{
	my ($id, @items) = @_;
	return qq({"event_id": "$id", "payload": {"job_id": "p-brand-0", "platform": "tiktok", "content_count": 1, "items": [) . join(',', @items) . ']}}';
}

# A zstd frame of one block that is not compressed.
sub zstd
{
	my ($text) = @_;
	return pack('V C V', 0xFD2FB528, 0xA0, length $text) . substr(pack('V', 1 | length($text) << 3), 0, 3) . $text;
}

configure(
	'analytics.max_batch_items' => 3,
	'analytics.max_event_size' => '4kB',
	'analytics.max_nesting' => 6,
	'analytics.max_number_digits' => 20);
$test->wait_for_sql('SELECT state FROM analytics.status', qr/idle|running/);

$test->publish_body(inline_event('evt_3_items', map { qq({"meta":{"id":"n$_"}}) } 1 .. 3));
processed('evt_3_items');
$test->publish_body(inline_event('evt_4_items', map { qq({"meta":{"id":"n$_"}}) } 1 .. 4));
is(letter('evt_4_items'), 'TOO_MANY_ITEMS|0', 'items');

# at most max_event_size, however the rest of the event is
my $padding = 4096 - length inline_event('evt_size', '{"meta":{"id":"s"},"x":""}');
$test->publish_body(inline_event('evt_size', '{"meta":{"id":"s"},"x":"' . 'x' x $padding . '"}'));
processed('evt_size');
$test->publish_body(inline_event('evt_size', '{"meta":{"id":"s"},"x":"' . 'x' x ($padding + 1) . '"}'));
$test->wait_for_sql(q{SELECT count(*) FROM analytics.dead_letters WHERE reason = 'EVENT_TOO_LARGE' AND message LIKE '% 4097 bytes%'}, 1);
pass('bytes of an event');
like($test->sql_error("SELECT analytics.submit('" . inline_event('evt_size', '{"x":"' . 'x' x 4096 . '"}') . "')"), qr/54000.*more than the 4096.*analytics\.max_event_size/s, 'and of one that is submitted');

sub nested { my ($depth) = @_; return '{"meta":{"id":"d' . $depth . '"},"x":' . '[' x ($depth - 1) . ']' x ($depth - 1) . '}' }
sub digits { my ($count) = @_; return '{"meta":{"id":"g' . $count . '"},"x":' . '1' x $count . '}' }
$test->publish_body(inline_event('evt_at', nested(6), digits(20)));
processed('evt_at');
is($test->sql(q{SELECT string_agg(id, ',' ORDER BY id) FROM analytics.post_analytics WHERE event_id = 'evt_at'}), 'd6,g20', 'nesting and digits at their limit');
$test->publish_body(inline_event('evt_deep', nested(7)));
$test->wait_for_sql(q{SELECT message FROM analytics.dead_letters WHERE reason = 'INVALID_EVENT'}, 'event is nested deeper than 9 levels');
pass('an event nested beyond: an inline item lies three levels deep');

# the real server has objects of one's own choice
$test->create_store('real');
$test->sql(q{SELECT analytics.alter_consumer('posts', store => 'real')});
$test->put_object('beyond', '[' . join(',', nested(7), digits(21), nested(6)) . ']');
$test->publish_body($test->event(event_id => 'evt_beyond', minio_path => $test->bucket . '/beyond'));
processed('evt_beyond');
is($test->sql(q{SELECT string_agg(error_code || ': ' || error_message, '; ' ORDER BY item_index) FROM analytics.crawl_errors WHERE event_id = 'evt_beyond'}),
	'PARSE_ERROR: item cannot be read: it is nested deeper than 6 levels; PARSE_ERROR: item cannot be read: it holds a number of more than 20 digits',
	'and items beyond, which cost no others');

configure(map { ("analytics.$_" => { max_batch_items => 1000, max_event_size => '1MB', max_decoded_size => '1kB', max_bytes_in_flight => '64kB', max_nesting => 128 }->{$_}) }
	  qw(max_batch_items max_event_size max_decoded_size max_bytes_in_flight max_nesting));

# decompressed
my $item = '[{"meta":{"id":"z"},"x":"XX"}]';
for my $size (1024, 1025)
{
	$test->put_object("$size.zst", zstd($item =~ s/XX/'x' x ($size + 2 - length $item)/er));
	$test->publish_body($test->event(event_id => "evt_zstd_$size", minio_path => $test->bucket . "/$size.zst"));
}
processed('evt_zstd_1024');
is(letter('evt_zstd_1025'), 'BATCH_TOO_LARGE|0', 'bytes decompressed');

# as transferred
$test->create_store('small', max_object_size => '1kB');
$test->sql(q{SELECT analytics.alter_consumer('posts', store => 'small')});
for my $size (1024, 1025)
{
	$test->put_object("$size.json", $item =~ s/XX/'x' x ($size + 2 - length $item)/er);
	$test->publish_body($test->event(event_id => "evt_object_$size", minio_path => $test->bucket . "/$size.json"));
}
processed('evt_object_1024');
is(letter('evt_object_1025'), 'BATCH_TOO_LARGE|0', 'bytes transferred');

# --- a store that refuses, and one event only: it is parked most of the time, which is no reason to look idle ---

$test->wait_for_empty_queue;
$test->sql(q{CREATE SERVER nowhere FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'file:///nonexistent', buckets 'b')});
my $position = $test->log_position;
$test->sql(q{SELECT analytics.alter_consumer('posts', store => 'nowhere')});
publish('evt_nowhere', 'anything');
$test->wait_for_sql(q{SELECT s.state, w.active_batches, (SELECT count(*) FROM analytics.local_queue WHERE leased_until IS NULL)
	FROM analytics.status s, analytics.stat_worker w}, 'misconfigured|0|1');
like($test->sql('SELECT last_error_sqlstate, last_error FROM analytics.status'), qr/^08004\|.*nonexistent/, 'a store that refuses: it is the last error');
my @said = $test->log_since($position) =~ m{store "file:///nonexistent" (?:refuses|does not work)}g;
cmp_ok(scalar @said, '>=', 1, 'it is in the log');
cmp_ok(scalar @said, '<=', 2, 'and not at every try');
$test->sql(q{SELECT analytics.alter_consumer('posts', store => 'store')});
processed('evt_nowhere');
$test->wait_for_sql('SELECT state FROM analytics.status', 'idle');

# deliveries: what is beyond stays in the queue, where the broker counts it
$test->wait_for_empty_queue;
$test->sql(q{SELECT analytics.alter_consumer('posts', store => 'store', prefetch => 5)});
publish("evt_prefetch_$_", "fail-slow-$_") for 1 .. 5;
poll_until(sub { my $queue = $test->queue; $queue->{unacked} == 5 && $queue->{ready} == 0 }, 'five deliveries in hand');
publish('evt_prefetch_6', 'sixth');
poll_until(sub { $test->queue->{ready} == 1 }, 'the sixth to stay');
is($test->queue->{unacked}, 5, 'deliveries: as many as prefetch, and no more');
$test->sql(q{SELECT analytics.alter_consumer('posts', prefetch => 6)});
processed('evt_prefetch_6');
pass('one more when it is raised');
$test->sql(q{SELECT analytics.alter_consumer('posts', prefetch => 64)});

# in flight: a batch that does not arrive keeps the others from their commit
$test->sql(q{SELECT analytics.alter_consumer('posts', store => 'store', commit_delay => '10 s')});
publish('evt_slow', 'fail-slow');
$test->wait_for_sql('SELECT fetching >= 1 FROM analytics.stat_worker', 't');
my $large = '{"meta":{"id":"L"},"x":"' . 'x' x 10000 . '"}';
$test->publish_body(inline_event("evt_large_$_", $large =~ s/L/large$_/r)) for 1 .. 20;
$test->wait_for_sql('SELECT bytes_in_flight > 65536 FROM analytics.stat_worker', 't');
is($test->sql('SELECT bytes_in_flight < 65536 + 2 * 10100 FROM analytics.stat_worker'), 't', 'bytes in flight: no more than the event that reaches it');
cmp_ok($test->sql('SELECT unacknowledged FROM analytics.stat_worker'), '<', 20, 'the others are left to the broker');
$test->wait_for_sql(q{SELECT count(*) FROM analytics.batches WHERE key LIKE 'evt_large_%'}, 20, 120);
pass('and are taken when these are committed');

done_testing();
