# The contract where SQL cannot say it: bodies and objects as bytes that are no
# JSON, no UTF-8, cut off, or not what any text column could hold.  Every one
# ends as a dead letter or as a crawl error, none is lost, and no worker dies.

use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use Test::More;

my $test = AnalyticsTest->new('contract', servers => []);
my $folder = abs_path($test->folder) . '/batches';
make_path("$folder/b");

$test->create_extension;
$test->sql("CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'file://$folder')");
$test->sql('CREATE USER MAPPING FOR CURRENT_USER SERVER store');
$test->sql("SELECT analytics.create_consumer('raw', store => 'store')");
$test->wait_for_sql('SELECT workers_running FROM analytics.status', 1);
my @workers = $test->worker_pids;

# Queue bodies, each under its name, which its dead letter will bear as well.
sub queue
{
	my (@cases) = @_;
	my $values = join ', ', map { "('\\x" . unpack('H*', $_->[1]) . "', '{\"case\": \"$_->[0]\"}')" } @cases;
	$test->sql("INSERT INTO analytics.local_queue (body, headers) VALUES $values");
}

# An event, as bytes; of its batch, when it has one in the store.
sub event
{
	my ($id, $payload) = @_;
	$payload //= qq("minio_path":"b/$id");
	return qq({"event_id":"$id","timestamp":"2025-12-06T10:30:00Z","payload":{$payload,"job_id":"proj_raw-brand-0","platform":"tiktok","content_count":1}});
}

sub store
{
	my ($id, $content) = @_;
	open my $file, '>:raw', "$folder/b/$id" or die "$folder/b/$id: $!";
	print {$file} $content;
	close $file or die "$folder/b/$id: $!";
	return [ $id, event($id) ];
}

my $letters = 0;

sub letters_arrive
{
	my ($count, $what) = @_;
	$letters += $count;
	$test->wait_for_dead_letters($letters);
	$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0);
	is($test->sql('SELECT count(*) FROM analytics.dead_letters'), $letters, "$what: a dead letter each");
}

# The cases are [name, bytes, message].
sub each_is
{
	my ($reason, @cases) = @_;
	for my $case (@cases)
	{
		my ($name, undef, $message) = @$case;
		like($test->sql("SELECT reason || ': ' || message FROM analytics.dead_letters WHERE headers ->> 'case' = '$name'"),
			qr/^$reason: .*$message/, $name);
	}
}

# --- events ---

my $good = event('evt');
my @events = (
	[ 'empty', '', 'event is empty' ],
	[ 'white space', " \t\r\n", 'event is empty' ],
	[ 'byte order mark only', "\xef\xbb\xbf", 'event is empty' ],
	[ 'a word', 'hello', 'not a JSON object: "hello"' ],
	[ 'a number', '5', 'not a JSON object' ],
	[ 'an array', '[{}]', 'not a JSON object' ],
	[ 'bad literal', '{"event_id":"evt","x":tru}', 'not valid JSON at byte 23' ],
	[ 'single quotes', "{'event_id':'evt'}", 'not valid JSON' ],
	[ 'no quotes', '{event_id:"evt"}', 'not valid JSON' ],
	[ 'trailing comma', '{"event_id":"evt",}', 'not valid JSON' ],
	[ 'text behind it', $good . 'x', 'not valid JSON' ],
	[ 'two events', $good . $good, 'not valid JSON' ],
	[ 'a NUL behind it', $good . "\0", 'not valid UTF-8' ],
	[ 'wrong brackets', ($good =~ s/}}$/]}/r), 'not valid JSON' ],
	[ 'a comment', '/* event */' . $good, 'not a JSON object' ],
	[ 'bad escape', '{"event_id":"\x"}', 'not valid JSON' ],
	[ 'line feed in a string', "{\"event_id\":\"a\nb\"}", 'not valid JSON' ],
	[ 'NUL escaped', ($good =~ s/"evt"/"e\\u0000"/r), 'event_id must be' ],
	[ 'high surrogate alone', ($good =~ s/"evt"/"\\ud800"/r), 'event_id must be' ],
	[ 'low surrogate alone', ($good =~ s/proj_raw/\\udc00/r), 'job_id must be' ],
	[ 'two high surrogates', ($good =~ s/tiktok/\\ud800\\ud800/r), 'platform must be' ],
	[ 'byte ff', ($good =~ s/proj_raw/proj\xffraw/r), 'not valid UTF-8 at byte \d' ],
	[ 'overlong', ($good =~ s/proj_raw/\xc0\x80/r), 'not valid UTF-8' ],
	[ 'surrogate as UTF-8', ($good =~ s/proj_raw/\xed\xa0\x80/r), 'not valid UTF-8' ],
	[ 'over U+10FFFF', ($good =~ s/proj_raw/\xf4\x90\x80\x80/r), 'not valid UTF-8' ],
	[ 'UTF-16', "\xff\xfe" . join('', map { "$_\0" } split //, $good), 'not valid UTF-8' ],
	[ 'Latin-1', ($good =~ s/proj_raw/caf\xe9/r), 'not valid UTF-8' ],
	[ 'gzip', "\x1f\x8b\x08\x00\x00", 'not valid UTF-8' ],
	[ 'depth 132', '{"a":' x 132 . '1' . '}' x 132, 'nested deeper than 131 levels' ],
	[ 'depth 50000', '[' x 50000, 'nested deeper' ],
	[ 'last payload counts', ($good =~ s/}$/,"payload":{"job_id":"x"}}/r), 'minio_path is missing' ],
	[ 'null comes last', ($good =~ s/}$/,"payload":null}/r), 'payload is missing' ],
	[ 'count 1.0', ($good =~ s/:1}/:1.0}/r), 'content_count must be .* not "1.0"' ],
	[ 'count 1e0', ($good =~ s/:1}/:1e0}/r), 'content_count must be' ],
	[ 'count -0', ($good =~ s/:1}/:-0}/r), 'content_count must be' ]);
queue(@events);
letters_arrive(scalar @events, 'bodies that are no event');
each_is('INVALID_EVENT', @events);
is($test->sql(q{SELECT encode(body, 'escape') FROM analytics.dead_letters WHERE headers ->> 'case' = 'byte ff'}) =~ s/\\377/\xff/r,
	$events[21][1], 'a letter keeps the bytes as they came');
is( $test->sql(q{SELECT string_agg(headers ->> 'case', ', ' ORDER BY headers ->> 'case' COLLATE "C") FROM analytics.dead_letters WHERE event_id = 'evt'}),
	join(', ', sort 'bad literal', 'trailing comma', 'text behind it', 'two events', 'wrong brackets', 'low surrogate alone', 'two high surrogates',
		'last payload counts', 'null comes last', 'count 1.0', 'count 1e0', 'count -0'),
	'and the event id where there is one to be read');

my @prefixes = map { [ "cut at $_", substr($good, 0, $_) ] } 1 .. length($good) - 1;
queue(@prefixes);
letters_arrive(scalar @prefixes, 'an event cut at every byte');
is( $test->sql(q{SELECT count(*), count(DISTINCT body), sum(length(body)) FROM analytics.dead_letters WHERE reason = 'INVALID_EVENT' AND headers ->> 'case' LIKE 'cut%'}),
	@prefixes . '|' . @prefixes . '|' . @prefixes * (@prefixes + 1) / 2,
	'each with the bytes that came');

# --- one event, however it is written ---

my $inline = '"items":[{"meta":{"id":"inline"}}]';
my $plain = event('evt_same', $inline);
(my $escaped = $plain) =~ s/"event_id"/"\\u0065vent\\u005fid"/;
$escaped =~ s/"job_id":"proj_raw/"job\\u005Fid":"\\u0070roj_raw/;
my @same = (
	[ 'as it is', $plain ],
	[ 'byte order mark', "\xef\xbb\xbf$plain" ],
	[ 'spaces', "\r\n\t $plain \n" ],
	[ 'escaped keys and values', $escaped ],
	[ 'an equal key before', ($plain =~ s/^\{/{"event_id":"other","payload":{"job_id":7},/r) ],
	[ 'unknown fields', ($plain =~ s/^\{/{"x":[1,{"event_id":"no"}],"z":1e999999,"":null,"\\u0000":1,/r) ],
	[ 'order of keys', ($plain =~ s/^\{("event_id":"evt_same"),(.*)\}$/{$2,$1}/r) ],
	[ 'another time zone', ($plain =~ s/T10:30:00Z/T17:30:00.000+07:00/r) ]);
queue($_) for @same;
$test->wait_for_sql(q{SELECT COALESCE(sum(value), 0) FROM analytics.counters WHERE metric = 'duplicates_skipped'}, @same - 1);
is($test->sql(q{SELECT key, event_time = '2025-12-06 10:30Z', project_id FROM analytics.batches}), 'evt_same|t|proj_raw', 'the same event in other bytes is a duplicate');
queue([ 'a digit more', ($plain =~ s/:1\}/:11}/r) ]);
letters_arrive(1, 'another one of that id');
each_is('KEY_CONFLICT', [ 'a digit more', undef, '' ]);

# --- objects that are no batch ---

my $item = '{"meta":{"id":"x"}}';
my @batches = (
	[ 'nothing', '', 'text ends at byte 1' ],
	[ 'number', '5', 'an array or an object expected at byte 1, found "5"' ],
	[ 'string', '"x"', 'an array or an object expected' ],
	[ 'null', 'null', 'an array or an object expected' ],
	[ 'brace', '}', 'an array or an object expected' ],
	[ 'open array', '[', 'text ends at byte 2 where an item was expected' ],
	[ 'ends after comma', "[$item,", 'text ends at byte 22 where an item' ],
	[ 'ends in an item', '[{"meta":{"id":"x"', 'text ends at byte 19 within the value that begins at byte 2' ],
	[ 'ends in a string', '[{"meta":{"id":"x', 'within the value that begins at byte 2' ],
	[ 'ends in an escape', '["\\', 'within the value' ],
	[ 'text behind it', '[] x', 'the end of the text expected at byte 4, found "x"' ],
	[ 'two arrays', '[][]', 'the end of the text expected' ],
	[ 'two objects', "$item $item", 'the end of the text expected' ],
	[ 'comma at the end', "[$item,]", 'a value expected' ],
	[ 'comma at the start', "[,$item]", 'a value expected at byte 2' ],
	[ 'no comma', "[$item $item]", '"," or "]" expected' ],
	[ 'wrapper with a comma', qq({"items":[$item,]}), 'a value expected' ],
	[ 'wrapper broken later', qq({"items":[$item],"x"}), '":" expected' ],
	[ 'lone item cut off', '{"meta":', 'within the value that begins at byte 1' ],
	[ 'gzip', "\x1f\x8b\x08\x00garbage", 'an array or an object expected' ]);
my @many = ([ 'too many', '[' . '1,' x 100000 . '1]', 'more than the 100000 items' ]);
my $number = 0;
my %name_of;
queue(map { my ($name, $content) = @$_; my $id = 'evt_b' . ++$number; $name_of{$name} = $id; [ "batch: $name", store($id, $content)->[1] ] } @batches, @many);
letters_arrive(@batches + @many, 'objects that are no batch');
each_is('INVALID_BATCH', map { [ "batch: $_->[0]", undef, quotemeta $_->[2] ] } @batches);
each_is('TOO_MANY_ITEMS', map { [ "batch: $_->[0]", undef, quotemeta $_->[2] ] } @many);

my $small = qq([{"meta":{"id":"\\u00e0\\"]"},"content":{"view_count":-1.5e2}},{"a":[[{}],true]}]);
queue(map { [ "batch cut at $_", store("evt_cut$_", substr($small, 0, $_))->[1] ] } 0 .. length($small) - 1);
letters_arrive(length $small, 'a batch cut at every byte');
is($test->sql(q{SELECT count(*) FROM analytics.dead_letters WHERE reason = 'INVALID_BATCH' AND event_id LIKE 'evt\_cut%'}), length $small, 'each an INVALID_BATCH');
is($test->sql('SELECT count(*) FROM analytics.batches'), 1, 'the ledger knows none of all these');

# --- items that cannot be read, each between two good ones ---

my @bad = (
	[ 'null', 'item is not an object: "null"' ],
	[ '5', 'not an object' ],
	[ '"a]b"', 'not an object' ],
	[ '[1]', 'not an object' ],
	[ 'tru', 'not an object: "tru"' ],
	[ '{}', 'no meta.id' ],
	[ '{"meta":{"id":""}}', 'no meta.id' ],
	[ '{"meta":{"id":"b"},"meta":null}', 'no meta.id' ],
	[ '{"meta":{"id":"b"},"x":tru}', 'not valid JSON at byte 24' ],
	[ '{"meta":{"id":"b"},"x":nul,"y":}', 'not valid JSON' ],
	[ '{"meta":{"id":"b\x"}}', 'not valid JSON' ],
	[ "{\"meta\":{\"id\":\"b\nc\"}}", 'not valid JSON' ],
	[ '{"meta":{"id":"b"},}', 'not valid JSON' ],
	[ '{meta:{"id":"b"}}', 'not valid JSON' ],
	[ "{'meta':{'id':'b'}}", 'not valid JSON' ],
	[ '{"meta":{"id":"b"]]', 'not valid JSON' ],
	[ '{"meta":{"id":"b"},"x":[1}}', 'not valid JSON' ],
	[ '{"meta":{"id":"b"},"x":01}', 'not valid JSON' ],
	[ '{"meta":{"id":"b"},"x":+1}', 'not valid JSON' ],
	[ '{"meta":{"id":"b"},"x":NaN}', 'not valid JSON' ],
	[ '{"meta":{"id":"b"},"x":"\u0000"}', 'holds a character that text cannot hold, "\u0000" at byte' ],
	[ '{"meta":{"id":"b\u0000"}}', '"\u0000" at byte' ],
	[ '{"meta":{"id":"b"},"\u0000":1}', '"\u0000" at byte' ],
	[ '{"meta":{"id":"b"},"x":"\ud800"}', '"\ud800" at byte' ],
	[ '{"meta":{"id":"b"},"x":"\uDC00"}', '"\uDC00" at byte' ],
	[ '{"meta":{"id":"b"},"x":"\ud83d\ud83d"}', '"\ud83d" at byte' ],
	[ '{"meta":{"id":"b"},"x":"\ud83dabc"}', '"\ud83d" at byte' ],
	[ "{\"meta\":{\"id\":\"b\"},\"x\":\"\xff\"}", 'not valid UTF-8 at byte 25' ],
	[ "{\"meta\":{\"id\":\"b\"},\"x\":\"\xc0\x80\"}", 'not valid UTF-8' ],
	[ "{\"meta\":{\"id\":\"b\"},\"x\":\"\xed\xa0\x80\"}", 'not valid UTF-8' ],
	[ "{\"meta\":{\"id\":\"b\"},\"x\":\"\0\"}", 'not valid UTF-8' ],
	[ '{"meta":{"id":"b"},"x":' . '[' x 128 . ']' x 128 . '}', 'nested deeper than 128 levels' ],
	[ '{"meta":{"id":"b"},"x":' . '[' x 100000 . ']' x 100000 . '}', 'nested deeper than 128 levels' ],
	[ '{"meta":{"id":"b"},"x":' . '1' x 101 . '}', 'number of more than 100 digits' ],
	[ '{"meta":{"id":"b"},"x":1e401}', 'exponent over 400' ],
	[ '{"meta":{"id":"b"},"x":1E-131071}', 'exponent over 400' ]);
my $mixed = '[' . join(',', (map { (qq({"meta":{"id":"good$_"}}), $bad[$_][0]) } 0 .. $#bad), '{"meta":{"id":"good_last"}}') . ']';
queue(store('evt_mixed', $mixed));
$test->wait_for_sql(q{SELECT count(*) FROM analytics.batches WHERE key = 'evt_mixed'}, 1);
is($test->sql(q{SELECT actual_count, success_count, error_count FROM analytics.batches WHERE key = 'evt_mixed'}),
	join('|', 2 * @bad + 1, @bad + 1, scalar @bad), scalar(@bad) . ' bad items among good ones');
is($test->sql(q{SELECT count(*) FROM analytics.post_analytics WHERE event_id = 'evt_mixed' AND id LIKE 'good%'}), @bad + 1, 'every good one is a post');
for my $i (0 .. $#bad)
{
	my ($content, $message) = @{ $bad[$i] };
	my $index = 2 * $i + 1;
	(my $shown = substr($content, 0, 50)) =~ s/[^ -~]/?/g;
	$shown =~ s/#/?/g;
	like($test->sql("SELECT content_id || ' ' || error_code || ' ' || error_message FROM analytics.crawl_errors WHERE event_id = 'evt_mixed' AND item_index = $index"),
		qr/^unknown:$index PARSE_ERROR .*\Q$message\E/, "item $shown");
}

# --- and what is just within the limits ---

my @within = (
	[ 'depth 128', '{"meta":{"id":"ID"},"x":' . '[' x 127 . ']' x 127 . '}' ],
	[ '100 digits', '{"meta":{"id":"ID"},"x":' . '1' x 100 . '}' ],
	[ '101 digits in a string', '{"meta":{"id":"ID"},"x":"' . '1' x 101 . '"}' ],
	[ 'exponent 400', '{"meta":{"id":"ID"},"x":1e400,"y":-1.5E-400}' ],
	[ 'escaped keys', '{"m\u0065ta" : {"i\u0064" : "ID"},"conten\u0074":{"view\u005fcount":7}}', 7 ],
	[ 'the last of equal keys', '{"meta":{"id":"no"},"content":{"view_count":1,"view_count":2},"meta":{"id":"no","id":"ID"}}', 2 ],
	[ 'the last of equal sections', '{"meta":{"id":"ID"},"content":{"view_count":1},"content":{"like_count":2}}' ],
	[ 'keys that look alike', '{"\\\\":1,"meta":{"id\\\\":2,"":3,"id":"ID"},"\\\\\"meta":{"id":"no"},"x":{"meta":{"id":"no"}}}' ],
	[ 'escapes that are none', '{"meta":{"id":"ID"},"x":"\\\\u0000 \\\\ud800"}' ],
	[ 'surrogate pair', '{"meta":{"id":"ID"},"author":{"username":"\ud83d\uDE00 \u1ebf\t\"\/\\\\"}}' ],
	[ 'white space', " {\r\n\t\"meta\" :\n{ \"id\" : \"ID\" } } " ],
	[ 'count 0e400', '{"meta":{"id":"ID"},"content":{"view_count":0e400}}' ],
	[ 'count 700e-2', '{"meta":{"id":"ID"},"content":{"view_count":700e-2}}', 7 ],
	[ 'count of 100 digits', '{"meta":{"id":"ID"},"content":{"view_count":' . '1' x 100 . '}}' ],
	[ '1001 comments', '{"meta":{"id":"ID"},"comments":[' . join(',', ('{"text":"c","like_count":1}') x 1001) . ']}' ]);
queue(store('evt_within', "\xef\xbb\xbf[" . join(',', map { $within[$_][1] =~ s/"ID"/"within$_"/r } 0 .. $#within) . "]\n"));
$test->wait_for_sql(q{SELECT success_count || ' of ' || actual_count FROM analytics.batches WHERE key = 'evt_within'}, @within . ' of ' . @within);
for my $i (0 .. $#within)
{
	is($test->sql("SELECT view_count FROM analytics.post_analytics WHERE id = 'within$i'"), $within[$i][2] // 0, $within[$i][0]);
}
is($test->sql(q{SELECT encode(convert_to(author_username, 'UTF8'), 'hex') FROM analytics.post_analytics WHERE id = 'within9'}),
	unpack('H*', "\xf0\x9f\x98\x80 \xe1\xba\xbf\t\"/\\"), 'escapes are decoded');

# items inside an event: 128 levels are left for each, and one costs no other
my $deep = '[' x 127 . ']' x 127;
queue([ 'inline', event('evt_inline', qq("items":[{"meta":{"id":"i1"},"x":$deep},{"meta":{"id":"i2"},"x":"\\u0000"},{"meta":{"id":"i3"}}])) ]);
$test->wait_for_sql(q{SELECT count(*) FROM analytics.batches WHERE key = 'evt_inline'}, 1);
is($test->sql(q{SELECT string_agg(id, ' ' ORDER BY id) FROM analytics.post_analytics WHERE event_id = 'evt_inline'}), 'i1 i3', 'items inside an event');
is($test->sql(q{SELECT content_id, error_code FROM analytics.crawl_errors WHERE event_id = 'evt_inline'}), 'unknown:1|PARSE_ERROR', 'and a bad one among them');

# --- nothing is left, nobody died ---

$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0);
is($test->sql('SELECT count(*) FROM analytics.dead_letters'), $letters, 'no letter more');
is_deeply([ $test->worker_pids ], \@workers, 'the worker is the one that was started');

done_testing();
