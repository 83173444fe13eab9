# The background processes: who runs where, and that they are never in the
# way of CREATE and DROP EXTENSION, of DROP, CREATE and ALTER DATABASE, nor of
# an administrator.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $test = AnalyticsTest->new('processes', servers => [],
	conf => "max_prepared_transactions = 4\nallow_in_place_tablespaces = on\nrestart_after_crash = on");
my $node = $test->node;

sub sql
{
	my ($database, $query) = @_;
	return $node->safe_psql($database, $query);
}

# The processes of all databases, as "database: supervisors/workers".
my $ROSTER = q{
	SELECT coalesce(string_agg(line, ', ' ORDER BY line COLLATE "C"), '') FROM (
		SELECT datname || ': ' ||
			count(*) FILTER (WHERE backend_type = 'analytics supervisor') || '/' ||
			count(*) FILTER (WHERE backend_type = 'analytics worker') AS line
		FROM pg_stat_activity
		WHERE backend_type IN ('analytics supervisor', 'analytics worker') AND datname IS NOT NULL
		GROUP BY datname) AS lines};

# Wait until just these processes run.
sub roster_is
{
	my ($expected, $name, $where) = @_;
	my $on = $where // $node;

	ok($on->poll_query_until('postgres', "SELECT ($ROSTER) = '$expected'"), $name)
	  or diag('there are: ' . $on->safe_psql('postgres', $ROSTER));
}

sub pid_of
{
	my ($application, $database) = @_;
	my $where = defined $database ? "AND datname = '$database'" : '';
	return sql('postgres', "SELECT pid FROM pg_stat_activity WHERE application_name = '$application' $where");
}

# The one row of a worker in its database, or of the supervisor.
sub worker_becomes
{
	my ($database, $condition, $name, $worker) = @_;
	my $number = $worker // 1;

	ok($node->poll_query_until($database,
			"SELECT count(*) = 1 FROM analytics.stat_worker WHERE worker = $number AND $condition"), $name)
	  or diag(sql($database, 'SELECT * FROM analytics.stat_worker'));
}

sub seconds
{
	my ($code) = @_;
	my $begin = time;
	$code->();
	return time - $begin;
}

sub make_database
{
	my ($database, $workers) = @_;
	sql('postgres', "CREATE DATABASE $database");
	sql($database, 'CREATE EXTENSION analytics');
	sql($database, "SELECT analytics.create_consumer('posts', workers => $workers)") if $workers > 0;
}

sub drop_database
{
	sql('postgres', "DROP DATABASE $_[0]");
}

# What was asked of the launcher before is done once it has served this.
sub launcher_has_caught_up
{
	make_database('catch_up', 0);
	$node->poll_query_until('postgres',
		q{SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = 'catch_up' AND backend_type = 'analytics supervisor'})
	  or die 'the launcher does not answer';
	drop_database('catch_up');
}

# ---------------------------------------------------------------------
# Databases with and without the extension
# ---------------------------------------------------------------------

is(sql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'analytics launcher'}),
	1, 'there is one launcher');
roster_is('', 'and nothing else while no database has the extension');

sql('postgres', "CREATE DATABASE empty$_") for 1 .. 6;
make_database('one', 2);
make_database('two', 1);
roster_is('one: 1/2, two: 1/1', 'CREATE EXTENSION brings a supervisor, a consumer its workers');

sql('empty1', 'BEGIN; CREATE EXTENSION analytics; ROLLBACK');
sql('empty2', 'BEGIN; SAVEPOINT s; CREATE EXTENSION analytics; ROLLBACK TO s; COMMIT');
launcher_has_caught_up();
roster_is('one: 1/2, two: 1/1', 'CREATE EXTENSION that is rolled back brings nothing');

$node->restart;
roster_is('one: 1/2, two: 1/1', 'at start every database is looked into, and those with the extension are found');

my @workers = (pid_of('analytics worker posts/1', 'one'), pid_of('analytics worker posts/2', 'one'));
sql('one', 'BEGIN; DROP EXTENSION analytics; ROLLBACK');
launcher_has_caught_up();
is_deeply([ pid_of('analytics worker posts/1', 'one'), pid_of('analytics worker posts/2', 'one') ],
	\@workers, 'DROP EXTENSION that is rolled back leaves the workers as they are');

cmp_ok(seconds(sub { sql('one', 'DROP EXTENSION analytics') }), '<', 2, 'DROP EXTENSION does not wait for the workers');
roster_is('two: 1/1', 'and ends supervisor and workers');
sql('one', 'CREATE EXTENSION analytics');
roster_is('one: 1/0, two: 1/1', 'CREATE EXTENSION again begins anew');
sql('one', 'DROP EXTENSION analytics; CREATE EXTENSION analytics');
sql('one', q{SELECT analytics.create_consumer('posts')});
roster_is('one: 1/1, two: 1/1', 'and so when both commit together');

# ---------------------------------------------------------------------
# Two-phase commit
# ---------------------------------------------------------------------

sql('empty1', q{BEGIN; CREATE EXTENSION analytics; PREPARE TRANSACTION 'p'});
launcher_has_caught_up();
roster_is('one: 1/1, two: 1/1', 'a prepared CREATE EXTENSION brings nothing yet');
sql('empty1', q{COMMIT PREPARED 'p'});
roster_is('empty1: 1/0, one: 1/1, two: 1/1', 'COMMIT PREPARED does');
sql('empty1', 'DROP EXTENSION analytics');
roster_is('one: 1/1, two: 1/1', 'and it goes again');

# ---------------------------------------------------------------------
# Consumers
# ---------------------------------------------------------------------

sql('one', q{SELECT analytics.alter_consumer('posts', workers => 3)});
roster_is('one: 1/3, two: 1/1', 'more workers');
sql('one', q{SELECT analytics.alter_consumer('posts', workers => 1)});
roster_is('one: 1/1, two: 1/1', 'fewer workers');
is(pid_of('analytics worker posts/1', 'one') ne '', 1, 'the last of them go first');
sql('one', q{SELECT analytics.create_consumer('more', workers => 2)});
roster_is('one: 1/3, two: 1/1', 'a second consumer');
sql('one', q{SELECT analytics.alter_consumer('more', enabled => false)});
roster_is('one: 1/1, two: 1/1', 'disabled');
sql('one', q{BEGIN; SELECT analytics.alter_consumer('more', enabled => true); ROLLBACK});
sql('one', q{SELECT analytics.drop_consumer('more')});
roster_is('one: 1/1, two: 1/1', 'dropped');

sql('one', q{CREATE ROLE tiller LOGIN; SELECT analytics.alter_consumer('posts', role => 'tiller')});
ok($node->poll_query_until('postgres',
		q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'analytics worker' AND datname = 'one' AND usename = 'tiller'}),
	'a worker runs as the role of its consumer');
sql('one', 'ALTER ROLE tiller NOLOGIN');
worker_becomes('one', q{pid IS NULL AND state = 'misconfigured' AND reason LIKE '%"tiller"%log in%' AND hint LIKE 'ALTER ROLE tiller LOGIN%'},
	'a role that may not log in: no worker, and a hint');
sql('one', 'ALTER ROLE tiller LOGIN');
worker_becomes('one', q{pid IS NOT NULL}, 'mended, it runs');
sql('postgres', 'REVOKE CONNECT ON DATABASE one FROM PUBLIC');
worker_becomes('one', q{pid IS NULL AND state = 'misconfigured' AND hint LIKE 'GRANT CONNECT%'},
	'a role that may not connect: no worker, and a hint');
sql('postgres', 'GRANT CONNECT ON DATABASE one TO PUBLIC');
worker_becomes('one', q{pid IS NOT NULL}, 'granted, it runs');
sql('one', 'ALTER ROLE tiller RENAME TO sower');
worker_becomes('one', q{pid IS NULL AND state = 'misconfigured' AND reason LIKE '%"tiller" does not exist'},
	'a role that is gone: no worker, and a hint');
sql('one', 'ALTER ROLE sower RENAME TO tiller');
worker_becomes('one', q{pid IS NOT NULL}, 'back again, it runs');
sql('one', q{SELECT analytics.alter_consumer('posts', role => current_user::text)});
roster_is('one: 1/1, two: 1/1', 'as before');

sql('one', q{UPDATE pg_extension SET extversion = '77.1' WHERE extname = 'analytics'; SELECT pg_reload_conf()});
roster_is('one: 1/0, two: 1/1', 'a version that the library does not serve: no workers');
like(sql('one', 'SELECT problem, hint FROM analytics.supervisor_report()'),
	qr/"77\.1" is not served.*ALTER EXTENSION analytics UPDATE/, 'and the supervisor says why');
sql('one', q{UPDATE pg_extension SET extversion = '1.1' WHERE extname = 'analytics'; SELECT pg_reload_conf()});
roster_is('one: 1/1, two: 1/1', 'served again');

# ---------------------------------------------------------------------
# Databases that somebody wants for himself
# ---------------------------------------------------------------------

cmp_ok(seconds(sub { sql('postgres', 'CREATE DATABASE copy TEMPLATE one') }), '<', 4, 'CREATE DATABASE ... TEMPLATE a busy one');
roster_is('copy: 1/1, one: 1/1, two: 1/1', 'and both have their workers then');
sql('postgres', 'ALTER DATABASE copy RENAME TO renamed');
roster_is('one: 1/1, renamed: 1/1, two: 1/1', 'ALTER DATABASE ... RENAME');
sql('postgres', 'BEGIN; ALTER DATABASE renamed RENAME TO other; ROLLBACK');
roster_is('one: 1/1, renamed: 1/1, two: 1/1', 'the same rolled back');
sql('postgres', q{CREATE TABLESPACE elsewhere LOCATION ''});
sql('postgres', 'ALTER DATABASE renamed SET TABLESPACE elsewhere');
roster_is('one: 1/1, renamed: 1/1, two: 1/1', 'ALTER DATABASE ... SET TABLESPACE');
sql('postgres', 'DROP DATABASE renamed');
roster_is('one: 1/1, two: 1/1', 'DROP DATABASE');

make_database('forced', 2);
roster_is('forced: 1/2, one: 1/1, two: 1/1', 'a database to be dropped');
sql('postgres', 'CREATE ROLE owner LOGIN; ALTER DATABASE forced OWNER TO owner');
sql('postgres', 'SET SESSION AUTHORIZATION owner; DROP DATABASE forced WITH (FORCE)');
roster_is('one: 1/1, two: 1/1', 'DROP DATABASE ... (FORCE), by an owner who is no superuser');

my $supervisor = pid_of('analytics supervisor', 'one');
my ($status, $out, $err) = $node->psql('postgres', 'SET SESSION AUTHORIZATION owner; DROP DATABASE one');
like($err, qr/must be owner of database one/, 'who may not drop a database');
is(pid_of('analytics supervisor', 'one'), $supervisor, 'does not disturb what runs there');

my $session = $node->background_psql('one');
$session->query_safe('SELECT 1');
($status, $out, $err) = $node->psql('postgres', 'DROP DATABASE one');
like($err, qr/is being accessed by other users.*There is 1 other session/s, 'a DROP DATABASE that fails');
roster_is('one: 1/1, two: 1/1', 'gives the database its processes back');
$session->quit;

sql('postgres', 'ALTER DATABASE one IS_TEMPLATE true');
roster_is('two: 1/1', 'a template has no processes');
sql('postgres', 'ALTER DATABASE one IS_TEMPLATE false');
roster_is('one: 1/1, two: 1/1', 'until it is one no more');
sql('postgres', 'ALTER DATABASE one ALLOW_CONNECTIONS false');
roster_is('two: 1/1', 'nor has a database that allows no connections');
sql('postgres', 'ALTER DATABASE one ALLOW_CONNECTIONS true');
roster_is('one: 1/1, two: 1/1', 'until it does');

$node->safe_psql('postgres', q{ALTER SYSTEM SET analytics.databases = 'two, "Three"'});
$node->reload;
roster_is('two: 1/1', 'analytics.databases narrows it');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET analytics.databases');
$node->reload;
roster_is('one: 1/1, two: 1/1', 'and empty means all');

# ---------------------------------------------------------------------
# Processes that end
# ---------------------------------------------------------------------

sub replaced
{
	my ($application, $database, $pid) = @_;
	return $node->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = '$application' AND pid <> $pid"
		  . (defined $database ? " AND datname = '$database'" : ''));
}

my $pid = pid_of('analytics worker posts/1', 'one');
sql('postgres', "SELECT pg_terminate_backend($pid)");
worker_becomes('one', q{pid IS NULL AND reason LIKE '%starts again in 1 s'}, 'a worker that ends is missed');
ok(replaced('analytics worker posts/1', 'one', $pid), 'and started again');
$pid = pid_of('analytics worker posts/1', 'one');
sql('postgres', "SELECT pg_terminate_backend($pid)");
worker_becomes('one', q{pid IS NULL AND reason LIKE '%starts again in 2 s' AND attempts = 2}, 'the second time after twice the delay');
ok(replaced('analytics worker posts/1', 'one', $pid), 'and started again');

$supervisor = pid_of('analytics supervisor', 'one');
$pid = pid_of('analytics worker posts/1', 'one');
sql('postgres', "SELECT pg_terminate_backend($supervisor)");
ok(replaced('analytics supervisor', 'one', $supervisor), 'a supervisor that ends is started again');
ok(replaced('analytics worker posts/1', 'one', $pid), 'with new workers');
roster_is('one: 1/1, two: 1/1', 'and as many as before');

my $launcher = pid_of('analytics launcher');
sql('postgres', "SELECT pg_terminate_backend($launcher)");
ok(replaced('analytics launcher', undef, $launcher), 'a launcher that ends is started again');
roster_is('one: 1/1, two: 1/1', 'and everything with it');

$pid = pid_of('analytics worker posts/1', 'one');
sql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE backend_type LIKE 'analytics %'});
launcher_has_caught_up();
is(pid_of('analytics worker posts/1', 'one'), $pid, 'cancelling idle processes does nothing');

# A worker in a wait for a lock.
my $locker = $node->background_psql('one');
$locker->query_safe('BEGIN; LOCK TABLE analytics.consumers; LOCK TABLE analytics.local_queue');
sql('one', q{CREATE SERVER nudge FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'http://127.0.0.1:1')});
$node->poll_query_until('postgres',
	"SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = $pid AND wait_event_type = 'Lock'")
  or die 'the worker does not wait for the lock';
cmp_ok(seconds(sub {
	sql('postgres', "SELECT pg_terminate_backend($pid, 5000)");
}), '<', 2, 'a worker that waits for a lock ends within 2 s');
is(sql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE pid = $pid"), 0, 'really');
$locker->query_safe('ROLLBACK');
$locker->quit;
roster_is('one: 1/1, two: 1/1', 'and is back when the lock is gone');
sql('one', 'DROP SERVER nudge');

# An uncommitted DROP EXTENSION stops work, but nobody is lost.
$session = $node->background_psql('one');
$session->query_safe('BEGIN; DROP EXTENSION analytics');
$supervisor = pid_of('analytics supervisor', 'one');
sql('postgres', "SELECT pg_terminate_backend($supervisor)");
ok(replaced('analytics supervisor', 'one', $supervisor), 'a supervisor waits for an open DROP EXTENSION');
sql('empty2', 'CREATE EXTENSION analytics');
$session->query_safe('ROLLBACK');
$session->quit;
roster_is('empty2: 1/0, one: 1/1, two: 1/1', 'and goes on when that is rolled back; other databases too');
sql('empty2', 'DROP EXTENSION analytics');

# kill -9 makes PostgreSQL restart all processes; while it does, no connection
# is to be had.
$pid = pid_of('analytics worker posts/1', 'one');
kill KILL => $pid;
poll_until(
	sub {
		my $found = eval { pid_of('analytics worker posts/1', 'one') } // '';
		return $found =~ /^\d+$/ && $found != $pid;
	},
	'a new worker after kill -9');
roster_is('one: 1/1, two: 1/1', 'after kill -9 of a worker everything comes back');

# ---------------------------------------------------------------------
# A standby
# ---------------------------------------------------------------------

$node->append_conf('postgresql.conf', "wal_level = replica\nmax_wal_senders = 4");
$node->append_conf('pg_hba.conf', 'local replication all trust');
$node->restart;
$node->backup('for_standby');
my $standby = PostgreSQL::Test::Cluster->new('processes_standby');
$standby->init_from_backup($node, 'for_standby', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby) if $node->safe_psql('postgres', 'SELECT count(*) FROM pg_stat_replication') > 0;
is($standby->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'analytics %'}),
	0, 'nothing runs on a standby');
is($standby->safe_psql('one', q{SELECT bool_and(state = 'stopped' AND reason = 'this server is a standby' AND since = pg_postmaster_start_time()) FROM analytics.status}),
	't', 'the status says so, and since when');
$standby->promote;
roster_is('one: 1/1, two: 1/1', 'everything runs once it is promoted', $standby);
$standby->stop;

# ---------------------------------------------------------------------
# Too few worker slots
# ---------------------------------------------------------------------

# Two for the launchers of logical replication and of analytics, one for each
# supervisor: one is left.
$node->append_conf('postgresql.conf', 'max_worker_processes = 5');
sql('one', q{SELECT analytics.alter_consumer('posts', workers => 3)});
$node->restart;
ok($node->poll_query_until('postgres',
		q{SELECT count(*) FILTER (WHERE backend_type = 'analytics supervisor') = 2
			AND count(*) FILTER (WHERE backend_type = 'analytics worker') = 1 FROM pg_stat_activity}),
	'as many run as there are worker slots');
ok($node->poll_query_until('one',
		q{SELECT count(*) >= 2 FROM analytics.stat_worker WHERE pid IS NULL AND state = 'blocked'
			AND reason = 'no free background worker slot' AND hint LIKE 'Raise max_worker_processes%'}),
	'the others say what they lack');
my $said = () = slurp_file($node->logfile) =~ /LOG:  no free background worker slot for an analytics worker/g;
cmp_ok($said, '<=', 2, 'which is logged once a streak and database, not again and again');
sql('postgres', 'DROP DATABASE two');
ok($node->poll_query_until('postgres',
		q{SELECT count(*) = 2 FROM pg_stat_activity WHERE backend_type = 'analytics worker' AND datname = 'one'}),
	'slots that become free are taken');

$node->append_conf('postgresql.conf', 'max_worker_processes = 2');
$node->restart;
ok($node->poll_query_until('one',
		q{SELECT count(*) = 1 FROM analytics.supervisor_report() WHERE problem LIKE 'no free background worker slot for a supervisor' AND hint LIKE 'Raise max_worker_processes%'}),
	'without a slot for the supervisor the launcher says so');
$node->append_conf('postgresql.conf', 'max_worker_processes = 24');

# ---------------------------------------------------------------------
# Not preloaded; not UTF8; a schema of somebody else's
# ---------------------------------------------------------------------

$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;
sql('postgres', 'CREATE DATABASE unloaded');
sql('unloaded', 'CREATE EXTENSION analytics');
is(sql('unloaded', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'analytics %'}),
	0, 'without shared_preload_libraries CREATE EXTENSION works, and nothing runs');
($status, $out, $err) = $node->psql('unloaded', q{SELECT analytics.create_consumer('posts')});
like($err, qr/shared_preload_libraries/, 'creating a consumer says what to set');
is(sql('unloaded', q{SELECT s.state, s.since = c.created_at FROM analytics.status AS s JOIN analytics.consumers AS c USING (name)}), 'stopped|t', 'and so does its status, since it was created');
sql('unloaded', 'DROP EXTENSION analytics');

sql('postgres', q{CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0});
($status, $out, $err) = $node->psql('latin', "\\set VERBOSITY verbose\nCREATE EXTENSION analytics");
like($err, qr/0A000: .*UTF8, this one has LATIN1.*HINT:  .*ENCODING 'UTF8'/s, 'a database of another encoding is refused');

sql('unloaded', 'CREATE ROLE stranger; ALTER SCHEMA analytics OWNER TO stranger');
($status, $out, $err) = $node->psql('unloaded', 'CREATE EXTENSION analytics');
like($err, qr/schema "analytics" exists already and belongs to role "stranger"/, 'so is a schema that belongs to no superuser');

$node->stop;
done_testing();
