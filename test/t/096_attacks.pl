# What an attacker may try, from each side: planted triggers and functions in
# the database, hostile paths in events, hostile answers of a store, and text
# that would like to be a line of the log.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;

my $test = AnalyticsTest->new('attacks', conf => "analytics.debug_retry_scale = 0.01\n");
$test->create_extension;

# A consumer as the docs advise: with a role of its own that may do little.
$test->create_broker('broker');
$test->create_store('store');
my $role = 'analytics_worker';
$test->sql("CREATE ROLE $role LOGIN; CREATE ROLE mallory LOGIN; GRANT USAGE ON FOREIGN SERVER broker, store TO $role");
for my $server ([ 'broker', user => 'AMQP_USER', password => 'AMQP_PASSWORD' ], [ 'store', access_key => 'S3_ACCESS_KEY', secret_key => 'S3_SECRET_KEY' ])
{
	my ($name, %options) = @$server;
	my $list = join ', ', map { "$_ '" . $test->env($options{$_}) . "'" } sort keys %options;
	$test->sql("CREATE USER MAPPING FOR $role SERVER $name OPTIONS ($list)");
}
$test->create_consumer('posts', role => $role);

my $number = 0;

sub inline
{
	my (%payload) = @_;
	my $id = delete $payload{event_id} // 'evt_attack_' . ++$number;
	return $test->event(event_id => $id, content_count => 1, items => [ { meta => { id => "post_$id" }, content => { text => 'x' } } ], %payload);
}

sub settled
{
	my ($count) = @_;
	$test->wait_for_sql('SELECT (SELECT count(*) FROM analytics.batches) + (SELECT count(*) FROM analytics.dead_letters)', $count, 120);
	$test->wait_for_empty_queue;
}

sub as_mallory { return $test->sql_error("SET ROLE mallory; $_[0]") }

# --- planted triggers ---

like(as_mallory('SELECT * FROM analytics.post_analytics'), qr/42501/, 'a role without rights reads nothing');
$test->sql(q{CREATE TABLE public.seen (who text, what text, superuser boolean); GRANT ALL ON public.seen TO PUBLIC;
	GRANT CREATE ON SCHEMA public TO mallory;
	CREATE FUNCTION public.spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		INSERT INTO public.seen VALUES (current_user, 'trigger', (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user));
		RETURN NEW; END $$});
for my $table (split /\n/, $test->sql(q{SELECT c.oid::regclass FROM pg_class AS c WHERE c.relnamespace = 'analytics'::regnamespace AND c.relkind = 'r' ORDER BY 1}))
{
	like(as_mallory("CREATE TRIGGER spy BEFORE INSERT OR UPDATE OR DELETE ON $table FOR EACH ROW EXECUTE FUNCTION public.spy()"), qr/42501/, "no stranger plants a trigger on $table");
}
like(as_mallory('CREATE FUNCTION analytics.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT NULL $$'), qr/42501/, 'nor a function in our schema');

# Who was trusted with TRIGGER gets the rights of the consumer, and no more.
$test->sql('GRANT USAGE ON SCHEMA analytics TO mallory; GRANT TRIGGER ON analytics.post_analytics TO mallory; GRANT EXECUTE ON FUNCTION public.spy() TO mallory');
$test->sql('SET ROLE mallory; CREATE TRIGGER spy BEFORE INSERT ON analytics.post_analytics FOR EACH ROW EXECUTE FUNCTION public.spy()');
$test->publish_body(inline());
settled(1);
is($test->sql('SELECT DISTINCT who, superuser FROM public.seen'), "$role|f", 'a trigger of one who was trusted with it runs as the consumer, not as superuser');
$test->sql('DROP TRIGGER spy ON analytics.post_analytics; TRUNCATE public.seen');

# --- planted functions and operators ---

# In the way of what our statements call, for everybody's search_path but that
# of the statements by which this test looks.
$ENV{PGOPTIONS} = '-c search_path=pg_catalog,public';
my $careless = 'SET search_path = public, pg_catalog;';
my %planted = (
	'now()' => 'timestamptz', 'clock_timestamp()' => 'timestamptz', 'count(bigint)' => 'bigint', 'upper(text)' => 'text', 'lower(text)' => 'text',
	'coalesce_text(text)' => 'text', 'format(text)' => 'text', 'sha256(bytea)' => 'bytea', 'unnest(text[])' => 'text', 'array_fill(bigint, int[])' => 'bigint[]',
	'date_part(text, interval)' => 'float8', 'nextval(regclass)' => 'bigint', 'pg_notify(text, text)' => 'void', 'set_config(text, text, boolean)' => 'text',
	'cardinality(float8[])' => 'int', 'histogram_bounds()' => 'float8[]', 'convert_to(text, name)' => 'bytea', 'jsonb_build_object(text, text)' => 'jsonb');
for my $function (sort keys %planted)
{
	$test->sql("CREATE FUNCTION public.$function RETURNS $planted{$function} LANGUAGE plpgsql AS \$\$ BEGIN
		INSERT INTO public.seen VALUES (current_user, '$function'); RETURN NULL; END \$\$") unless $planted{$function} eq 'void';
}
my %types = ('=' => [qw(text bigint bytea integer name)], '<' => [qw(timestamptz bigint)], '+' => [qw(bigint integer)], '-' => ['bigint'], '||' => ['text']);
for my $operator (sort keys %types)
{
	for my $type (@{ $types{$operator} })
	{
		my $result = $operator =~ /[=<]/ ? 'boolean' : $type;
		my $name = 'op_' . join '_', map { ord } split //, "$operator$type";
		$test->sql("CREATE FUNCTION public.$name($type, $type) RETURNS $result LANGUAGE plpgsql AS \$\$ BEGIN
			INSERT INTO public.seen VALUES (current_user, '$operator $type'); RETURN NULL; END \$\$;
			CREATE OPERATOR public.$operator (LEFTARG = $type, RIGHTARG = $type, FUNCTION = public.$name)");
	}
}
$test->sql("ALTER DATABASE postgres SET search_path = public, pg_catalog; ALTER ROLE $role SET search_path = public, pg_catalog");
$test->node->restart;
is($test->sql("$careless SELECT 'planted'::text = 'planted'::text; SELECT what FROM public.seen"), "\n= text", 'planted operators are in the way of careless statements');
$test->sql('TRUNCATE public.seen');

my $bucket = $test->bucket;
$test->put_object('one.json', '[{"meta":{"id":"one"},"content":{"text":"đẹp quá","view_count":"12"}},{"meta":{"id":"bad","fetch_status":"error"}}]');
$test->publish_body($test->event(event_id => 'evt_one', content_count => 2, minio_path => "$bucket/one.json"));
$test->publish_body('no event');
$test->publish_body($test->event(event_id => 'evt_forbidden', minio_path => 'elsewhere/x'));
settled(4);
# the functions and views that people call, as superuser
$test->sql($careless . q{SELECT * FROM analytics.status; SELECT * FROM analytics.stat_worker;
	SELECT analytics.submit('{"event_id": "evt_submitted", "payload": {"job_id": "p-brand-0", "platform": "tiktok", "content_count": 1, "items": [{"meta": {"id": "s"}}]}}');
	SELECT * FROM analytics.ingest('{"event_id": "evt_ingested", "payload": {"job_id": "p-brand-0", "platform": "tiktok", "content_count": 1}}', '[{"meta": {"id": "i"}}]');
	SELECT overall_sentiment FROM analytics.analyze_text('giá quá đắt');
	UPDATE analytics.settings SET value = 45 WHERE name OPERATOR(pg_catalog.=) 'retention.ledger_days';
	SELECT analytics.alter_consumer('posts', prefetch => 10); SELECT analytics.pause('posts', 'x'); SELECT analytics.resume('posts');
	SELECT analytics.discard(d.id, 'x') FROM analytics.dead_letters AS d WHERE d.reason OPERATOR(pg_catalog.=) 'FORBIDDEN_BUCKET';
	SELECT analytics.replay_batch('evt_one'::text)});
my $views = $test->sql(q{SELECT string_agg(pg_catalog.format('SELECT pg_catalog.count(*) FROM %s', c.oid::regclass), '; ') FROM pg_class AS c
	WHERE c.relnamespace OPERATOR(pg_catalog.=) 'analytics'::regnamespace AND c.relkind OPERATOR(pg_catalog.=) 'v'});
$test->sql("$careless $views");
$test->wait_for_sql('SELECT pg_catalog.count(*) FROM analytics.batches', 4);
$test->wait_for_sql('SELECT pg_catalog.count(*) FROM analytics.batch_replays', 1);
is($test->sql('SELECT DISTINCT who, what FROM public.seen'), '', 'and in the way of none of ours');
is($test->sql('SELECT pg_catalog.count(*) FROM analytics.post_analytics'), 4, 'while all of them worked');
$test->sql("ALTER DATABASE postgres RESET search_path; ALTER ROLE $role RESET search_path");
$test->node->restart;

# --- hostile paths ---

# A store that writes down each request as it came, and answers as the test says.
my $record = $test->folder . '/requests';
append_to_file($record, '');
my $listener = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "could not listen: $!";
my %answers;    # by the last part of the path
my $object = '[{"meta":{"id":"ID"},"content":{"text":"x"}}]';

sub answer_of
{
	my ($name) = @_;
	my $body = $object =~ s/ID/$name/r;
	my $answer = $answers{$name} // "HTTP/1.1 200 OK\r\nContent-Length: LENGTH\r\n\r\n";
	$answer =~ s/LENGTH/length $body/e;
	return $answer =~ s/BODY$// ? $answer : "$answer$body";
}

sub serve
{
	while (my $client = $listener->accept)
	{
		my $request = '';
		while ($request !~ /\r\n\r\n/)
		{
			last unless IO::Select->new($client)->can_read(5) && sysread($client, $request, 65536, length $request);
		}
		append_to_file($record, $request);
		my ($name) = $request =~ m{^GET \S*/([^/ ]+) };
		syswrite($client, answer_of($name // ''));
		close $client;
	}
}

my $long = 'a' x 90_000;
%answers = (
	'large-header' => "HTTP/1.1 200 OK\r\nX-Long: $long\r\nContent-Length: LENGTH\r\n\r\n",
	'many-headers' => "HTTP/1.1 200 OK\r\n" . join('', map { "X-$_: $_\r\n" } 1 .. 3000) . "Content-Length: LENGTH\r\n\r\n",
	'endless-headers' => "HTTP/1.1 200 OK\r\n" . ("X-Long: $long\r\n" x 40),
	'length-huge' => "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
	'length-negative' => "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
	'length-twice' => "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\n",
	'no-utf8' => "HTTP/1.1 200 OK\r\nX-Amz-Meta-\xff: \xfe\xff\r\nContent-Length: LENGTH\r\n\r\n",
	'nul-in-header' => "HTTP/1.1 200 OK\r\nX-Amz-Meta-Compressed: tr\0ue\r\nContent-Length: LENGTH\r\n\r\n",
	'says-zstd' => "HTTP/1.1 200 OK\r\nX-Amz-Meta-Compressed: true\r\nContent-Length: LENGTH\r\n\r\n",
	'says-other' => "HTTP/1.1 200 OK\r\nX-Amz-Meta-Compression-Algorithm: ../../etc/passwd\r\nContent-Length: LENGTH\r\n\r\n",
	'says-gzip' => "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: LENGTH\r\n\r\n",
	'chunk-huge' => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
	'cookie' => "HTTP/1.1 200 OK\r\nSet-Cookie: session=evil; Path=/\r\nContent-Length: LENGTH\r\n\r\n",
	'redirect' => "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" . $listener->sockport . "/b/redirected\r\nContent-Length: 0\r\n\r\nBODY",
	'to-file' => "HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\nBODY",
	'old' => 'BODY',
	'forges-log' => "HTTP/1.1 400 Bad\r\nContent-Type: application/xml\r\nContent-Length: 94\r\n\r\n<Error><Code>Evil</Code><Message>x\n2026-01-01 00:00:00 UTC [1] FATAL:  forged</Message></Error>BODY");

my $server = fork // die "could not fork: $!";
if ($server == 0)
{
	serve();
	POSIX::_exit(0);
}
END { local $?; kill 'TERM', $server if $server }

# No such server may make a consumer believe that the store as a whole is down
# for long: each other event is good.
$test->sql("CREATE SERVER hostile FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'http://127.0.0.1:" . $listener->sockport . "', buckets 'b', stall_timeout '1');
	CREATE USER MAPPING FOR $role SERVER hostile OPTIONS (access_key 'AKIAHOSTILE', secret_key 'kept-from-the-store');
	GRANT USAGE ON FOREIGN SERVER hostile TO $role; SELECT analytics.alter_consumer('posts', store => 'hostile')");

# Whoever works from here on has the new configuration.
my ($old_worker) = $test->worker_pids;
kill 'TERM', $old_worker;
my $pid = poll_until(sub { my ($new) = $test->worker_pids; return $new && $new != $old_worker && $new }, 'a new worker');

sub outcome
{
	my ($id) = @_;
	$test->wait_for_sql("SELECT count(*) FROM (SELECT event_id FROM analytics.batches UNION ALL SELECT event_id FROM analytics.dead_letters) AS o WHERE event_id = '$id'", 1, 120);
	return $test->sql("SELECT 'row' FROM analytics.batches WHERE event_id = '$id' UNION ALL SELECT reason FROM analytics.dead_letters WHERE event_id = '$id'");
}

my %paths = (
	'b/../../etc/passwd' => '/b/../../etc/passwd',
	'b/%2e%2e%2fpasswd' => '/b/%252e%252e%252fpasswd',
	'b//double' => '/b//double',
	'b/./dot' => '/b/./dot',
	'b/question?versions&acl' => '/b/question%3Fversions%26acl',
	'b/fragment#x' => '/b/fragment%23x',
	"b/line\r\nX-Evil: 1\r\n\r\nGET /b/second HTTP/1.1" => '/b/line%0D%0AX-Evil%3A%201%0D%0A%0D%0AGET%20/b/second%20HTTP/1.1',
	'b/http://elsewhere.example/x' => '/b/http%3A//elsewhere.example/x',
	'b/@elsewhere.example:80/x' => '/b/%40elsewhere.example%3A80/x',
	'b/back\\slash' => '/b/back%5Cslash');
my $event = 0;
for my $path (sort keys %paths)
{
	my $id = 'evt_path_' . ++$event;
	$test->publish_body($test->event(event_id => $id, content_count => 1, minio_path => $path));
	like(outcome($id), qr/^(row|OBJECT_REFUSED)$/, 'a path has an outcome: ' . $path =~ s/[\r\n]+/ /gr);
	my @lines = slurp_file($record) =~ /^GET (\S+) HTTP/mg;
	ok((grep { $_ eq $paths{$path} } @lines) || $test->sql("SELECT reason FROM analytics.dead_letters WHERE event_id = '$id'") eq 'OBJECT_REFUSED', 'and is asked for literally, or not at all');
}
unlike(slurp_file($record), qr/^X-Evil/m, 'no path becomes a header');
unlike(slurp_file($record), qr{^GET /b/second}m, 'or another request');
for my $path ('other/x', 'b.evil/x', 'B/x', ' b/x')
{
	my $id = 'evt_path_' . ++$event;
	$test->publish_body($test->event(event_id => $id, content_count => 1, minio_path => $path));
	is(outcome($id), 'FORBIDDEN_BUCKET', "\"$path\" lies outside of the buckets that are allowed");
}
$test->publish_body($test->event(event_id => 'evt_nul', content_count => 1, minio_path => "b/nul\0x"));
$test->wait_for_sql(q{SELECT count(*) FROM analytics.dead_letters WHERE reason = 'INVALID_EVENT' AND convert_from(body, 'UTF8') LIKE '%evt_nul%'}, 1);
pass('a NUL in a path: not an event');

# --- hostile answers ---

my %fates = (
	'says-zstd' => 'INVALID_BATCH',
	'redirect' => 'OBJECT_REFUSED',
	'to-file' => 'OBJECT_REFUSED',
	'forges-log' => 'OBJECT_REFUSED');
for my $name (sort keys %answers)
{
	$test->publish_body($test->event(event_id => "evt_$name", content_count => 1, minio_path => "b/$name"));
	my $wanted = $fates{$name} // qr/^(row|INVALID_BATCH|RETRY_EXHAUSTED|BATCH_TOO_LARGE|OBJECT_REFUSED)$/;
	like(outcome("evt_$name"), ref $wanted ? $wanted : qr/^$wanted$/, "$name: an outcome");
	$test->publish_body($test->event(event_id => "evt_after_$name", content_count => 1, minio_path => "b/after-$name"));
	is(outcome("evt_after_$name"), 'row', 'and the next event is processed');
}
is(($test->worker_pids)[0], $pid, 'the worker is still the same');
like(slurp_file($record), qr/^Authorization: AWS4-HMAC-SHA256 Credential=AKIAHOSTILE/m, 'requests are signed');
unlike(slurp_file($record), qr/kept-from-the-store/, 'and do not tell the secret key');
unlike(slurp_file($record), qr/^Cookie/mi, 'a cookie is not given back');
unlike(slurp_file($record), qr{/b/redirected}, 'a redirect is not followed');

# --- lines of the log ---

my $position = $test->log_position;
my $forged = "x\n2026-01-01 00:00:00.000 UTC [1] client backend postgres FATAL:  forged\r\n";
my %fields = (event_id => "evt_$forged", job_id => $forged, platform => $forged, keyword => $forged, minio_path => "b/$forged", project_id => $forged);
for my $field (sort keys %fields)
{
	$test->publish_body($test->event(event_id => "evt_log_$field", content_count => 1, minio_path => 'b/fail-log', $field => $fields{$field}));
	$test->publish_body($test->event(event_id => "evt_dead_$field", content_count => 1, minio_path => 'other/x', $field => $fields{$field}));
	$test->publish_body($test->event(event_id => "evt_invalid_$field", content_count => -1, minio_path => 'b/x', $field => $fields{$field}));
}
$test->publish_body('{"event_id": "' . ('y' x 150) . '\\n2026-01-01 FATAL:  forged", "payload": {}}', headers => { "forged" => "x\n2026 FATAL:  forged" });
$test->wait_for_empty_queue;
$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0, 120);
unlike($test->log_since(0), qr/^[0-9]{4}-01-01 .*FATAL:  forged/m, 'no text from outside begins a line of the log');
cmp_ok($test->sql(q{SELECT count(*) FROM analytics.dead_letters WHERE convert_from(body, 'UTF8') LIKE '%forged%'}), '>=', 12, 'though the events are there');
is($test->sql(q{SELECT count(*) FROM analytics.stat_worker WHERE last_error ~ E'[\\n\\r]' OR reason ~ E'[\\n\\r]'}), 0, 'nor breaks a line of a view');

is($test->sql('SELECT count(*) FROM analytics.attempts'), 0, 'no worker died');
unlike(slurp_file($test->node->logfile), qr/terminating any other active server processes/, 'and nothing crashed');
done_testing();
