# Each thing that can be set wrong: a clear state with a hint, no hot loop,
# and recovery by itself when it is mended, with nothing lost meanwhile.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use Test::More;

my $test = AnalyticsTest->new('misconfigured');
$test->create_extension;
$test->create_consumer('posts');

sub wait_for_state
{
	my ($state, $what) = @_;
	$test->wait_for_sql(q{SELECT state FROM analytics.status}, $state);
	pass("$what: $state");
}

# That it tries again ever more slowly: in three seconds two more attempts at
# most, since the waits are of about 1, 2, 4 ... seconds.  By the server's clock,
# read with the count, so that a slow machine only makes the window longer, and
# the bound with it.
sub tries_slowly
{
	my ($what) = @_;
	my $now = 'SELECT attempts, extract(epoch FROM clock_timestamp()) FROM analytics.stat_worker';

	$test->wait_for_sql('SELECT attempts >= 2 FROM analytics.stat_worker', 't');
	my ($before, $begin) = split /\|/, $test->sql($now);
	my ($after, $end);
	poll_until(
		sub {
			($after, $end) = split /\|/, $test->sql($now);
			return $end >= $begin + 3;
		},
		'three seconds');
	cmp_ok($after, '>=', $before, "$what: it is still trying");
	cmp_ok($after - $before, '<=', 2 + int(($end - $begin - 3) / 3), "$what: no hot loop");
}

# The state, its reason and hint, and that the worker tries again in good time
# rather than in a loop.
sub is_misconfigured
{
	my ($what, $state, $reason, $hint) = @_;
	wait_for_state($state, $what);
	$test->wait_for_sql(q{SELECT reason FROM analytics.status}, $reason);
	like($test->sql(q{SELECT hint FROM analytics.status}), $hint, "$what: a hint");
	my $position = $test->log_position;
	my $pid = ($test->worker_pids)[0];
	tries_slowly($what);
	is(($test->worker_pids)[0], $pid, "$what: the worker stays");
	my @lines = $test->log_since($position) =~ /analytics/g;
	cmp_ok(scalar(@lines), '<', 5, "$what: it does not fill the log");
}

my $done = 0;
sub works
{
	my ($what) = @_;
	my $load = $test->generate(tiktok => 1, youtube => 0, name => 'w' . ++$done);
	$test->publish($load);
	$test->wait_for_batches($done);
	is($test->sql('SELECT count(*) FROM analytics.batches'), $done, "$what: works");
	$test->wait_for_sql(q{SELECT state FROM analytics.status}, 'idle');
}

works('at first');

# --- store ---

my $key = $test->env('S3_SECRET_KEY');
$test->sql(q{ALTER USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (SET secret_key 'wrong')});
my $load = $test->generate(tiktok => 2, youtube => 0, name => 'secret');
$test->publish($load);
is_misconfigured('wrong secret key', 'misconfigured', qr/signature|SignatureDoesNotMatch/i, qr/secret_key or secret_key_file of the user mapping/);
is($test->sql('SELECT count(*) FROM analytics.batches'), $done, 'wrong secret key: nothing is processed');
$test->sql("ALTER USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (SET secret_key '$key')");
$done += 2;
$test->wait_for_batches($done);
is($test->sql('SELECT count(*) FROM analytics.dead_letters'), 0, 'wrong secret key: no event was given up');
works('secret key mended');

$test->sql(q{ALTER SERVER store OPTIONS (SET buckets 'no-such-bucket-here')});
$test->publish_body($test->event(event_id => 'evt_bucket', content_count => 0, minio_path => 'no-such-bucket-here/x.json'));
is_misconfigured('missing bucket', 'misconfigured', qr/bucket/i, qr/^Create the bucket, or check the server options "endpoint"/);
$test->sql(q{ALTER SERVER store OPTIONS (SET buckets '} . $test->bucket . q{')});
$test->wait_for_dead_letters(1);
is($test->sql(q{SELECT reason FROM analytics.dead_letters WHERE event_id = 'evt_bucket'}),
	'FORBIDDEN_BUCKET', 'missing bucket: once it is off the list the event is a dead letter');
works('bucket mended');

$test->publish_body($test->event(event_id => 'evt_object', content_count => 0, minio_path => $test->bucket . '/late.json'));
$test->wait_for_sql('SELECT state, reason, hint FROM analytics.status', qr/^blocked\|.*late\.json.*\|It is asked for again by itself: put the object there/);
pass('missing object: the status says so');
$test->wait_for_sql(q{SELECT attempts, due_at - now() BETWEEN interval '5 s' AND interval '20 s' FROM analytics.local_queue}, '2|t');
pass('missing object: the event soon waits in the local queue, no delivery is held for it');
$test->put_object('late.json', '[]');
$test->wait_for_sql(q{SELECT count(*) FROM analytics.batches WHERE key = 'evt_object'}, 1);
$done++;
pass('missing object: processed once it is there');

# --- broker ---

my $password = $test->env('AMQP_PASSWORD');
$test->sql(q{ALTER USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (SET password 'wrong')});
is_misconfigured('wrong password', 'misconfigured', qr/refused|ACCESS_REFUSED/i, qr/options "user" and "password" of the user mapping/);
$test->sql("ALTER USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (SET password '$password')");
works('password mended');

$test->sql(q{ALTER SERVER broker OPTIONS (SET vhost 'nowhere')});
is_misconfigured('missing vhost', 'misconfigured', qr/nowhere/, qr/option "vhost" of the broker's server, and that the vhost exists/);
$test->sql(q{ALTER SERVER broker OPTIONS (SET vhost '} . $test->vhost . q{')});
works('vhost mended');

$test->sql(q{SELECT analytics.alter_consumer('posts', queue_type => 'quorum')});
is_misconfigured('queue of another type', 'misconfigured', qr/analytics\.data\.collected/, qr/"queue_type" and "queue_arguments" to those of the queue/);
$test->sql(q{SELECT analytics.alter_consumer('posts', queue_type => 'classic')});
works('queue type mended');

$test->sql(q{SELECT analytics.alter_consumer('posts', queue => 'not.there', passive => true)});
is_misconfigured('missing queue, passive', 'misconfigured', qr/not\.there/, qr/^Create it, or set the consumer's "passive" to false/);
$test->sql(q{SELECT analytics.alter_consumer('posts', queue => 'analytics.data.collected', passive => false)});
works('queue mended');

# --- TLS ---

my $tls_port = $test->env('AMQP_TLS_PORT');
my $ca = $test->env('TLS_CA');
my $wrong_ca = $test->env('TLS_WRONG_CA');
$test->sql("ALTER SERVER broker OPTIONS (SET port '$tls_port', ADD tls 'on', ADD tls_ca_file '$wrong_ca')");
is_misconfigured('broker certificate of another authority', 'misconfigured', qr/certificate|verif/i, qr/^Set "tls_ca_file" of the broker's server/);
$test->sql("ALTER SERVER broker OPTIONS (SET tls_ca_file '$ca')");
works('TLS to the broker');

my $tls_endpoint = $test->env('S3_TLS_ENDPOINT');
my $endpoint = $test->env('S3_ENDPOINT');
$test->sql("ALTER SERVER store OPTIONS (SET endpoint '$tls_endpoint', ADD tls_ca_file '$wrong_ca')");
$load = $test->generate(tiktok => 1, youtube => 0, name => 'tls');
$test->publish($load);
is_misconfigured('store certificate of another authority', 'misconfigured', qr/certificate|verif/i, qr/^Set the server option "tls_ca_file"/);
$test->sql("ALTER SERVER store OPTIONS (SET tls_ca_file '$ca')");
$test->wait_for_batches(++$done);
works('TLS to the store');

# --- pausing ---

$test->sql(q{SELECT analytics.pause('posts', 'moving the bucket')});
wait_for_state('paused', 'pause');
like($test->sql('SELECT reason FROM analytics.status'), qr/moving the bucket/, 'pause: says why');
$test->publish($test->generate(tiktok => 3, youtube => 0, name => 'paused'));
$test->wait_for_sql('SELECT broker_connected AND unacknowledged = 0 FROM analytics.stat_worker', 't');
is($test->queue->{ready}, 3, 'pause: the messages stay in the queue');
$test->sql(q{SELECT analytics.resume('posts')});
$test->wait_for_batches($done += 3);
$test->wait_for_empty_queue;
pass('resume: they are processed');

my $log = $test->log_since(0);
is(index($log, $password), -1, 'no password in the log');
is(index($log, $key), -1, 'no secret key in the log');
done_testing();
