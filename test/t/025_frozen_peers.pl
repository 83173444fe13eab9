# Peers that accept a connection and then say nothing: the worker says so,
# ends at once when told to, and holds up nobody else.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils qw(slurp_file);
use IO::Socket::INET;
use Time::HiRes qw(time);
use Test::More;

# Listens and never accepts: the kernel completes the handshake, and what is
# sent to it stays unread.
sub silent_listener
{
	return IO::Socket::INET->new(
		Listen => 16,
		LocalAddr => '127.0.0.1',
		Proto => 'tcp') || die "could not listen: $!";
}

my $test = AnalyticsTest->new('frozen_peers');
my $silent = silent_listener();
$test->create_extension;
$test->create_consumer('posts');

sub ends_in_time
{
	my ($what) = @_;
	my ($pid) = $test->worker_pids;
	my $started = time;
	kill 'TERM', $pid;
	poll_until(sub { process_gone($pid) }, "worker $pid ends", 20);
	cmp_ok(time - $started, '<', 2, "$what: gone within 2 s of SIGTERM");
}

sub works
{
	my ($name, $count) = @_;
	$test->publish($test->generate(tiktok => 1, youtube => 0, name => $name));
	$test->wait_for_batches($count);
	$test->wait_for_empty_queue;
	pass("$name: works");
}

works('before', 1);

# --- a store that never answers ---

my $endpoint = $test->env('S3_ENDPOINT');
$test->sql('ALTER SERVER store OPTIONS (SET endpoint \'http://127.0.0.1:' . $silent->sockport . '\')');
$test->sql(q{SELECT analytics.alter_consumer('posts', max_fetches => 1)});
$test->publish($test->generate(tiktok => 2, youtube => 0, name => 'hanging'));
$test->wait_for_sql('SELECT fetching, active_batches FROM analytics.stat_worker', '1|2');
is($test->sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'analytics worker' AND xact_start IS NOT NULL}),
	0, 'no transaction is open while a fetch hangs');
$test->sql(q{SELECT analytics.submit('{"event_id": "evt_inline", "payload": {"job_id": "p-brand-0", "platform": "tiktok", "content_count": 1,
	"items": [{"meta": {"id": "1"}}]}}', 'posts')});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.batches WHERE event_id = 'evt_inline'}, 1);
is($test->sql('SELECT fetching, active_batches FROM analytics.stat_worker'), '1|2', 'what needs no fetch does not wait behind those that hang');
ends_in_time('silent store');
$test->sql("ALTER SERVER store OPTIONS (SET endpoint '$endpoint')");
$test->wait_for_batches(4);
pass('the fetch is done again elsewhere');

# --- a broker that never answers ---

my $port = $test->env('AMQP_PORT');
$test->sql('ALTER SERVER broker OPTIONS (SET port \'' . $silent->sockport . '\')');
$test->wait_for_sql('SELECT state FROM analytics.status', 'connecting');
is($test->sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'analytics worker' AND xact_start IS NOT NULL}),
	0, 'no transaction is open while the broker is silent');
ends_in_time('silent broker');
$test->wait_for_sql('SELECT count(*) FROM analytics.stat_worker WHERE pid IS NOT NULL', 1);
ends_in_time('silent broker, the next worker');
$test->sql("ALTER SERVER broker OPTIONS (SET port '$port')");
works('after', 5);

# --- a lock that somebody holds ---

my $holder = $test->node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE analytics.post_analytics IN ACCESS EXCLUSIVE MODE');
$test->publish($test->generate(tiktok => 1, youtube => 0, name => 'locked'));
$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'analytics worker' AND wait_event_type = 'Lock'}, 1);
ends_in_time('waiting for a lock');
$test->wait_for_sql(q{SELECT state FROM analytics.status}, 'blocked');
like($test->sql('SELECT hint FROM analytics.status'), qr/pg_locks/, 'a held lock: the status says where to look');
$holder->query_safe('ROLLBACK');
$holder->quit;
$test->wait_for_batches(6);
$test->wait_for_empty_queue;
pass('the lock is gone: it goes on');

# --- a database that refuses to write ---

$test->sql('ALTER SYSTEM SET analytics.debug_retry_scale = 0.02');
$test->sql('ALTER SYSTEM SET analytics.restart_delay_max = 1');
$test->node->reload;
$test->sql(q{ALTER DATABASE postgres SET default_transaction_read_only = on});
ends_in_time('before read-only');
$test->sql(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'analytics supervisor'});
$test->wait_for_sql(q{SELECT count(*) FROM analytics.stat_worker WHERE last_error_sqlstate = '25006'}, 1);
my $position = -s $test->node->logfile;
$test->publish($test->generate(tiktok => 1, youtube => 0, name => 'readonly'));
$test->wait_for_sql(q{SELECT state FROM analytics.status}, 'blocked');
like($test->sql('SELECT reason FROM analytics.status'), qr/read-only/, 'read-only: the status says so');
my $processes = q{SELECT string_agg(pid::text, ' ' ORDER BY pid) FROM pg_stat_activity WHERE backend_type IN ('analytics worker', 'analytics supervisor')};
my $before = $test->sql($processes);
$test->wait_for_sql(q{SELECT attempts > 9 FROM analytics.stat_worker}, 't');
is($test->sql($processes), $before, 'who cannot write waits, and does not end');
is($test->sql('SELECT sum(received) FROM analytics.stat_worker'), 0, 'a worker that cannot write from its start takes no delivery');
unlike(slurp_file($test->node->logfile, $position), qr/analytics/, 'and says no word more');
# As long as a try apart would be, nobody waits for one.
$test->sql(q{SET default_transaction_read_only = off; ALTER SYSTEM RESET analytics.debug_retry_scale});
$test->node->reload;
$test->sql(q{SET default_transaction_read_only = off; ALTER DATABASE postgres RESET default_transaction_read_only});
$test->wait_for_batches(7);
$test->wait_for_empty_queue;
my $said = slurp_file($test->node->logfile, $position);
unlike($said, qr/unexpectedly/, 'it is over: new sessions, in good order');
like($said, qr/analytics worker "\S+" ends: its session is read-only, but a new one is not/, 'and why, once') or diag($said);
is($test->sql('SELECT redelivered FROM analytics.batches ORDER BY completed_at DESC LIMIT 1'), 'f', 'and when it is over, takes it for the first time');
is($test->sql('SELECT count(*) FROM analytics.dead_letters'), 0, 'nothing was given up');

done_testing();
