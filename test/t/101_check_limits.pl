# analytics.check() where it could wait for ever, and on servers that are not as
# they should be: it ends, tells what it could not look at and why, and goes on
# with the others.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use CheckRows;
use Test::More;

my $test = AnalyticsTest->new('check_limits', conf => 'wal_level = replica');
my $port = $test->env('AMQP_PORT');
my $endpoint = $test->env('S3_ENDPOINT');
my $silent = listener();
my $silent_port = $silent->sockport;

# The rows of one name and subject, by lines.
sub rows
{
	my ($found, $name, $subject) = @_;
	return join "\n", @{ $found->{$name}{ $subject // '' } // ["no row $name"] };
}

$test->create_extension;
$test->create_consumer('posts', enabled => 'false');
$test->create_consumer('second', enabled => 'false');

# --- locks ---

my $holder = meanwhile($test, 'BEGIN; LOCK TABLE analytics.batches; SELECT pg_sleep(100)');
$test->wait_for_sql(q{SELECT count(*) FROM pg_locks WHERE relation = 'analytics.batches'::regclass AND mode = 'AccessExclusiveLock' AND granted}, 1);
my $found = look($test, q{SET statement_timeout = '60s'});
my $locked = rows($found, 'retention');
like($locked, qr/^error: canceling statement due to lock timeout \(SQLSTATE 55P03\) -> .*SELECT pid, .* FROM pg_locks /, 'a lock is not waited for, and is told of');
is_deeply([ map { rows($found, $_) =~ /^(\w+)/ } qw(version rules autovacuum) ], [qw(ok ok ok)], 'what needs no such lock is looked at');
my ($query) = $locked =~ /(SELECT pid, .*?);/;
my $holder_pid = $test->sql(q{SELECT pid FROM pg_stat_activity WHERE query LIKE '%LOCK TABLE%' AND pid <> pg_backend_pid()});
like($test->sql($query), qr/^$holder_pid\|analytics\.batches\|t\|\{\}\|.*pg_sleep/m, 'the query in the hint finds who holds it');
my $waiter = meanwhile($test, 'BEGIN; LOCK TABLE analytics.batches; COMMIT');
$test->wait_for_sql(q{SELECT count(*) FROM pg_locks WHERE relation = 'analytics.batches'::regclass AND NOT granted}, 1);
like($test->sql($query), qr/^\d+\|analytics\.batches\|f\|\{$holder_pid\}\|/m, 'and who waits for it, and for whom');
$test->sql("SELECT pg_terminate_backend($holder_pid)");
isnt(finish($holder), 0, 'the lock is gone');
is(finish($waiter), 0, 'for the next, too');
like(rows(look($test), 'retention', 'batches'), qr/^ok: /, 'and what it hid is looked at again');

# --- peers that say nothing ---

# It would be cancelled, were it not done by then.
$test->sql("ALTER SERVER broker OPTIONS (SET port '$silent_port')");
$found = look($test, q{SET statement_timeout = '30s'});
like(rows($found, 'broker', 'broker'), qr/^error: could not connect to broker ".*": broker does not answer/, 'a broker that says nothing is waited for');
is(scalar(@{ $found->{broker}{broker} }), 1, 'once for both consumers');
is_deeply([ map { rows($found, 'queue', $_) } qw(posts second) ], [ ('skipped: the broker cannot be asked') x 2 ], 'and nothing is asked of it');
like(rows($found, 'store', 'store'), qr/^ok: /, 'the store is');

sub begin_check
{
	my $session = meanwhile($test, 'SELECT count(*) FROM analytics.check()');
	$test->wait_for_sql(q{SELECT wait_event FROM pg_stat_activity WHERE query LIKE '%analytics.check()%' AND pid <> pg_backend_pid() AND wait_event_type = 'Extension'},
		$test->sql(q{SELECT CASE WHEN current_setting('server_version_num')::integer < 170000 THEN 'Extension' ELSE 'AnalyticsCheck' END}));
	return $session;
}

sub cancelled
{
	my ($session, $what) = @_;
	$test->sql(q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%analytics.check()%' AND pid <> pg_backend_pid()});
	isnt(finish($session), 0, "the wait for $what can be cancelled");
	like($session->{err}, qr/57014.*user request/s, 'as any statement can');
}

cancelled(begin_check(), 'a broker');
$test->sql("ALTER SERVER broker OPTIONS (SET port '$port'); ALTER SERVER store OPTIONS (SET endpoint 'http://127.0.0.1:$silent_port')");
cancelled(begin_check(), 'a store');

# Less than the five seconds that the store itself may take: so we end it.
$found = look($test, q{SET statement_timeout = '6s'});
like(rows($found, 'store', 'store'), qr/^error: object store "http:\/\/127\.0\.0\.1:$silent_port" did not answer within [1-4]\d{3} ms -> See whether the store is overloaded/, 'a store that says nothing in time');
is(rows($found, 'bucket', 'store'), 'skipped: the store cannot be asked', 'and its bucket');
$test->sql("ALTER SERVER store OPTIONS (SET endpoint '$endpoint')");

# --- all the time there is ---

$test->create_broker('silent_one', port => $silent_port);
$test->create_broker('silent_two', port => $silent_port);
$test->sql(q{SELECT analytics.alter_consumer('posts', broker => 'silent_one'), analytics.alter_consumer('second', broker => 'silent_two')});
$found = look($test, q{SET statement_timeout = '5s'});
like(rows($found, 'broker', 'silent_one'), qr/^error: .*broker does not answer/, 'the first may take the time that a statement_timeout leaves');
like(rows($found, 'broker', 'silent_two'), qr/^skipped: the time for talking to servers was used up by those before -> /, 'there is none for the next');
like(rows($found, 'rules'), qr/^ok: /, 'there is for what comes after');
like(rows(look($test, q{SET statement_timeout = '2s'}), 'broker', 'silent_one'), qr/^skipped: the time/, 'with less none is asked');
$test->sql(q{SELECT analytics.alter_consumer('posts', broker => 'broker', enabled => true), analytics.drop_consumer('second')});

# --- a vhost that a shell would read otherwise ---

$test->broker_api('PUT', 'vhosts/VHOST%27s');
$test->broker_api('PUT', 'permissions/VHOST%27s/' . $test->env('AMQP_USER'), { configure => '.*', write => '.*', read => '.*' });
$test->sql('ALTER SERVER broker OPTIONS (SET vhost $$' . $test->vhost . q{'s$$)});
like(rows(look($test, q{SELECT analytics.alter_consumer('posts', passive => true)}), 'delivery_limit', 'posts'),
	qr/rabbitmqctl list_queues -p '\Q@{[ $test->vhost ]}\E'\\''s' name/, 'it is quoted in a command');
$test->sql('ALTER SERVER broker OPTIONS (SET vhost $$' . $test->vhost . q{$$); SELECT analytics.alter_consumer('posts', passive => false)});
$test->broker_api('DELETE', 'vhosts/VHOST%27s');

# --- settings of the one who asks ---

$test->sql(q{CREATE ROLE worker LOGIN; GRANT CREATE ON SCHEMA public TO worker; SELECT analytics.create_consumer('of_worker', role => 'worker', enabled => false)});
like(rows(look($test), 'synchronous_commit', 'worker'), qr/^ok: synchronous_commit is on for role "worker"$/, 'what the server has');
$test->sql('ALTER ROLE CURRENT_USER SET synchronous_commit = off');
like(rows(look($test), 'synchronous_commit', 'worker'), qr/^unknown: .* is hidden by this session's own \(source: user\) -> Call it in a session that has no synchronous_commit of its own/, 'what the caller has is not taken for it');
$test->sql('ALTER ROLE CURRENT_USER RESET synchronous_commit');
$test->sql(q{SELECT analytics.drop_consumer('of_worker')});

# --- a standby ---

$test->wait_for_sql(q{SELECT state FROM analytics.status}, 'idle');
$test->node->stop;
$test->node->set_standby_mode;
$test->node->start;
is($test->sql('SELECT pg_is_in_recovery()'), 't', 'a standby');
$found = look($test);
like(rows($found, 'supervisor', 'postgres'), qr/^skipped: this server is a standby -> Workers start when it is promoted\.$/, 'has no supervisor');
like(rows($found, 'consumer', 'posts'), qr/^skipped: consumer "posts" is stopped: /, 'nor a worker, and need not');
is_deeply([ grep { /^error/ && !/fsync/ } map { @$_ } map { values %$_ } values %$found ], [], 'that is no error');
$test->node->stop;

# --- a server that was not prepared ---

my $bare = AnalyticsTest->new('check_bare', servers => [], preload => 0, conf => "max_worker_processes = 4\nautovacuum = off\nsynchronous_commit = off\nwal_level = logical\nmax_wal_senders = 2\nmax_replication_slots = 2");
$bare->create_extension;
$bare->sql(q{SELECT analytics.create_consumer('posts', workers => 4)});
$found = look($bare);
like(rows($found, 'preload'), qr/^error: analytics is not in shared_preload_libraries, so no worker runs -> Add analytics to shared_preload_libraries and restart/, 'not preloaded');
like(rows($found, 'supervisor', 'postgres'), qr/^skipped: analytics is not preloaded$/, 'not preloaded: no supervisor');
like(rows($found, 'consumer', 'posts'), qr/^error: consumer "posts" is stopped: analytics is not in shared_preload_libraries/, 'not preloaded: the consumer');
like(rows($found, 'worker_slots'), qr/^error: max_worker_processes is 4; 6 are wanted here .* and 1 are taken by others -> Raise max_worker_processes to 15 or more/, 'few worker slots');
like(rows($found, 'autovacuum'), qr/^error: autovacuum or track_counts is off -> /, 'no autovacuum');
like(join("\n", map { @$_ } values %{ $found->{synchronous_commit} }), qr/^warning: synchronous_commit is off for role .* -> Set synchronous_commit to local or higher in postgresql\.conf/, 'synchronous_commit');

# --- and that has too little ---

$bare->node->append_conf('postgresql.conf', "shared_preload_libraries = 'analytics'\nanalytics.databases = 'elsewhere'");
$bare->node->restart;
$bare->node->safe_psql('postgres', 'CREATE DATABASE published');
$bare->node->safe_psql('published', q{CREATE PUBLICATION everything FOR ALL TABLES; SELECT pg_create_logical_replication_slot('subscribed', 'pgoutput')});
$bare->sql('CREATE SUBSCRIPTION subscribed CONNECTION $$' . $bare->node->connstr('published') . '$$ PUBLICATION everything WITH (create_slot = false)');
$bare->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'logical replication%' AND datname = 'postgres'}, 1);
$found = look($bare);
like(rows($found, 'supervisor', 'postgres'), qr/^error: no supervisor runs for this database, so no worker does -> .*analytics\.databases/, 'left out');
like(rows($found, 'worker_slots'), qr/; 6 are wanted here .* and 2 are taken by others -> Raise max_worker_processes to 16 or more/, 'background workers of others are counted');
$bare->sql('DROP SUBSCRIPTION subscribed');
$bare->node->append_conf('postgresql.conf', q{analytics.databases = ''});
$bare->node->restart;
$bare->wait_for_sql(q{SELECT problem FROM analytics.supervisor_report()}, 'no free background worker slot for all wanted workers');
$found = look($bare);
like(rows($found, 'supervisor', 'postgres'), qr/^error: no free background worker slot for all wanted workers -> Raise max_worker_processes/, 'a supervisor that cannot start its workers');
like(rows($found, 'worker_slots'), qr/^error: .*: no free background worker slot for all wanted workers -> Raise max_worker_processes/, 'has too few slots');
like(rows(look($bare, q{BEGIN; SELECT analytics.alter_consumer('posts', workers => 0)}), 'worker_slots'),
	qr/^error: max_worker_processes is 4; 2 are wanted here .* and 1 are taken by others: no free background worker slot/, 'whatever the count comes to');
$bare->node->stop;
done_testing();
