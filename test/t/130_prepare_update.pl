# The project index of version 1.1, built beforehand while others write, and
# what the update script does with what it finds.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use LargeTable;
use PostgreSQL::Test::Utils;
use Test::More;

my $INDEX = 'idx_post_analytics_project_id';
my $DEFINITION = "CREATE INDEX $INDEX ON analytics.post_analytics USING btree (project_id)";
my $ROWS = 200000;

my $test = AnalyticsTest->new('prepare_update', servers => [], conf => <<~'END');
	restart_after_crash = on
	wal_level = replica
	max_wal_senders = 2
	synchronous_commit = local
	max_prepared_transactions = 2
	END
my $node = $test->node;

sub sql { return $test->sql(@_) }

# What stat_update says, some columns of its row.
sub stat_is
{
	my ($columns, $expected, $name) = @_;
	my $found = eval { $test->wait_for_sql("SELECT $columns FROM analytics.stat_update", $expected, 60) } // $@;
	return ref $expected ? like($found, $expected, $name) : is($found, $expected, $name);
}

sub index_oid { return sql("SELECT to_regclass('analytics.$INDEX')::oid") }

sub is_valid
{
	return sql("SELECT indisvalid AND indisready AND indislive FROM pg_index WHERE indexrelid = to_regclass('analytics.$INDEX')");
}

sub error_is
{
	my ($statement, $expected, $name) = @_;
	return like($test->sql_error($statement), $expected, $name);
}

sub update_to { return sql("SET lock_timeout = '20s'; ALTER EXTENSION analytics UPDATE TO '$_[0]'") }

sub prepare { return sql(q{SELECT analytics.prepare_update('1.1')}) }

sub builder { return sql(q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'analytics update builder' AND datname = current_database()}) }

# A session whose transaction has written to the table and stays open.
sub open_writer
{
	my $session = $node->background_psql('postgres', on_error_stop => 1);
	$session->query_safe(q{BEGIN; UPDATE analytics.post_analytics SET view_count = view_count + 1 WHERE id = 'p1'});
	return ($session, $session->query_safe('SELECT pg_backend_pid()'));
}

sub close_writer
{
	my ($session) = @_;
	$session->query_safe('COMMIT');
	$session->quit;
}

# Events of the consumer, of ten items each; each is a write of a worker.
my $events = 0;

sub write_events
{
	my ($count) = @_;
	sql(<<~"END");
		SELECT count(analytics.submit(jsonb_build_object('event_id', 'evt_' || e, 'payload', jsonb_build_object(
			'job_id', 'proj_' || e % 7 || '-brand-0', 'platform', 'tiktok', 'content_count', 10, 'items', (
				SELECT jsonb_agg(jsonb_build_object('meta', jsonb_build_object('id', e || '_' || i), 'content', jsonb_build_object('text', 'good')))
				FROM generate_series(1, 10) AS i)))))
		FROM generate_series($events + 1, $events + $count) AS e
		END
	return $events += $count;
}

# ---------------------------------------------------------------------
# A large table, of version 1.0
# ---------------------------------------------------------------------

sql(q{CREATE EXTENSION analytics VERSION '1.0'; CREATE EXTENSION amcheck; CREATE ROLE watcher IN ROLE pg_monitor});
fill_posts($node, 'postgres', $ROWS);
sql(q{SELECT analytics.create_consumer('posts', workers => 2)});

stat_is('version, object, state, requested_by IS NULL, hint', "1.1|$INDEX|absent|t|SELECT analytics.prepare_update('1.1');", 'nobody has built it yet');
error_is(q{ALTER EXTENSION analytics UPDATE}, qr/55000: index "$INDEX", which version 1\.1 adds, is not there.*HINT:  SELECT analytics\.prepare_update\('1\.1'\).*allow_blocking_update/s,
	'the update does not keep writers of a large table waiting');
is(sql(q{SELECT extversion FROM pg_extension WHERE extname = 'analytics'}), '1.0', 'and has changed nothing');
is(sql(q{SELECT status, finding FROM analytics.check(false) WHERE name = 'update'}),
	qq{ok|version 1.1 is available; index "$INDEX", which it adds, is not there yet}, 'check() tells of the version');

# ---------------------------------------------------------------------
# Building while others write
# ---------------------------------------------------------------------

my ($writer, $writer_pid) = open_writer();
is(prepare(), 'building', 'a builder is started');
stat_is('state, phase, waits_for_pid, requested_by = current_user, attempts', "building|waiting for writers before build|$writer_pid|t|1",
	'it waits for an old transaction, and says for whose');
stat_is('hint', "It waits for the transaction of process $writer_pid: see pg_stat_activity.", 'and what to do');
is(sql(q{SELECT backend_type = 'analytics update builder' AND application_name = 'analytics update builder' FROM pg_stat_activity WHERE pid = (SELECT pid FROM analytics.stat_update)}),
	't', 'the process is seen for what it is');
write_events(20);
is($test->wait_for_batches(20), 20, 'workers write meanwhile');
is(sql('SET ROLE watcher; SELECT state, phase FROM analytics.stat_update'), 'building|waiting for writers before build', 'monitoring sees it');
is(sql(q{SELECT status, subject, finding, hint IS NOT NULL FROM analytics.check(false) WHERE name IN ('update', 'index') ORDER BY name}),
	qq{ok||all that were made are there, and as they were made (}
	  . sql(q{SELECT count(*) FROM analytics.shipped_objects WHERE kind = 'index'})
	  . qq{)|f\nok|$INDEX|version 1.1 is available; index "$INDEX", which it adds, is being built: waiting for writers before build, 0.0 %|t},
	'so does check(), which does not take an index under way for a broken one');

my $pid = builder();
my ($status, $out, $err) = $node->psql('postgres', q{SELECT analytics.prepare_update('1.1')});
is($out, 'building', 'asked for again it joins');
like($err, qr/NOTICE:  process $pid prepares an update already/, 'and says whom');
error_is('ALTER EXTENSION analytics UPDATE', qr/55006: process $pid is building an index of table "analytics\.post_analytics".*HINT:  .*ready/s, 'an update now is refused');
error_is($_, qr/55006: cannot drop extension "analytics" while an update of it is being prepared.*pg_terminate_backend\($pid\)/s, "refused: $_")
  for 'DROP EXTENSION analytics', 'DROP SCHEMA analytics CASCADE';
is(builder(), $pid, 'and the builder goes on');

# ---------------------------------------------------------------------
# Ended midway, and begun again
# ---------------------------------------------------------------------

sql("SELECT pg_terminate_backend($pid)");
stat_is('state, pid IS NULL, hint', q{interrupted|t|SELECT analytics.prepare_update('1.1'); begins again.}, 'terminated midway: interrupted');
is(is_valid(), 'f', 'its leftover is there');
is(sql(q{SELECT status FROM analytics.check(false) WHERE name = 'update'}), 'warning', 'of which check() warns');
error_is('ALTER EXTENSION analytics UPDATE', qr/55000: index "$INDEX", which version 1\.1 adds, is not there/, 'the update does not build it anew on a large table');

# a snapshot that the end of the build waits for
my $reader = $node->background_psql('postgres', on_error_stop => 1);
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
my $leftover = index_oid();
is(prepare(), 'building', 'begun again');
write_events(20);
close_writer($writer);
stat_is('state, phase, waits_for_pid, attempts', 'building|waiting for old snapshots|' . $reader->query_safe('SELECT pg_backend_pid()') . '|2', 'it gets to its end, and waits for an old snapshot');
stat_is('blocks_total > 1000 AND blocks_done > 0.9 * blocks_total, percent', qr/^t\|\d/, 'it has told how far it came');
isnt(index_oid(), $leftover, 'the leftover was replaced');
is($test->wait_for_batches(40), 40, 'workers write meanwhile');

my $position = $test->log_position;
kill 'KILL', builder();
$test->wait_for_log(qr/all server processes terminated; reinitializing/, $position);
eval { $reader->quit };
ok($node->poll_query_until('postgres', 'SELECT true'), 'killed, the server starts again');
stat_is('state, attempts', 'interrupted|2', 'and it was interrupted');

write_events(200);
is(prepare(), 'building', 'begun a third time, under load');
stat_is('state, attempts, error IS NULL, finished_at IS NOT NULL, hint', q{ready|3|t|t|ALTER EXTENSION analytics UPDATE TO '1.1';}, 'it is built');
is($test->wait_for_batches(240), 240, 'and everything was written');
is(is_valid(), 't', 'the index is valid');
is(sql("SELECT bt_index_check('analytics.$INDEX', heapallindexed => true)"), '', 'and holds every row');
is(sql(q{SELECT count(*) FROM analytics.post_analytics}), $ROWS + 1 + 2400, 'of which none is missing');
is(prepare(), 'ready', 'prepared it is said to be ready');
is(builder(), '', 'and no process is started');

# ---------------------------------------------------------------------
# Adopted by the update
# ---------------------------------------------------------------------

my $oid = index_oid();
($writer, $writer_pid) = open_writer();
update_to('1.1');
is(index_oid(), $oid, 'the update adopts it, and waits for no writer');
close_writer($writer);
stat_is('state, requested_by IS NULL, hint IS NULL', 'installed|t|t', 'the version is installed');
is(sql(q{SELECT name, status FROM analytics.check(false) WHERE name IN ('update', 'index')}), "index|ok\nupdate|ok", 'check() finds everything in order');
is(sql(qq{SELECT definition FROM analytics.shipped_objects WHERE name = '$INDEX'}), "$DEFINITION;", 'and misses it when it is gone');
is(sql(qq{SELECT obj_description('analytics.$INDEX'::regclass)}), 'posts of a project', 'it is commented');
error_is(q{SELECT analytics.prepare_update('1.1')}, qr/55000: version "1\.1" is installed/, 'there is nothing more to prepare');

update_to('1.0');
is(index_oid(), '', 'the downgrade drops it');
is(sql(qq{SELECT count(*) FROM analytics.shipped_objects WHERE name = '$INDEX'}), 0, 'and does not miss it');
stat_is('state, attempts IS NULL', 'absent|t', 'nothing is left of the preparation');

# ---------------------------------------------------------------------
# Built by somebody else
# ---------------------------------------------------------------------

sql($DEFINITION);
$oid = index_oid();
stat_is('state, requested_by IS NULL', 'ready|t', 'an index that somebody has built is as good');
is(prepare(), 'ready', 'and nothing is built');
update_to('1.1');
is(index_oid(), $oid, 'the update adopts it');
update_to('1.0');

# under way, as the builder comes
($writer, $writer_pid) = open_writer();
my $stranger = $node->background_psql('postgres', on_error_stop => 1);
my $stranger_pid = $stranger->query_safe('SELECT pg_backend_pid()');
$stranger->query_until(qr//, ($DEFINITION =~ s/INDEX/INDEX CONCURRENTLY/r) . ";\n");
stat_is('state, pid, phase, waits_for_pid', "building|$stranger_pid|waiting for writers before build|$writer_pid", 'its progress is shown');
$oid = index_oid();
error_is('SET analytics.allow_blocking_update = on; ALTER EXTENSION analytics UPDATE', qr/55006: process $stranger_pid is building an index/, 'an update now is refused');
is(prepare(), 'building', 'a builder joins');
is($test->wait_for_sql('SELECT pg_blocking_pids(' . builder() . ')', "{$stranger_pid}"), "{$stranger_pid}", 'and waits for it');
close_writer($writer);
stat_is('state, attempts', 'ready|1', 'both are done');
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'analytics update builder'}), 'the builder has ended');
is(index_oid(), $oid, 'and has not taken what was under way for a leftover');

# in its last commit, when it holds no lock any more: let that wait for a standby
sub set_standby_names
{
	my ($names) = @_;
	return sql("ALTER SYSTEM SET synchronous_standby_names = '$names'; SELECT pg_reload_conf()");
}

sql("DROP INDEX analytics.$INDEX");
my $holder = $node->background_psql('postgres', on_error_stop => 1);
$holder->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
$stranger->query_safe('SET synchronous_commit = on');
$stranger->query_until(qr//, ($DEFINITION =~ s/INDEX/INDEX CONCURRENTLY/r) . ";\n");
stat_is('phase', 'waiting for old snapshots', 'another, nearly done');
$oid = index_oid();
set_standby_names('nobody');
is($test->wait_for_sql(q{SELECT current_setting('synchronous_standby_names')}, 'nobody'), 'nobody', 'commits are to wait');
sql('CHECKPOINT');    # the checkpointer is who lets them wait
$holder->query_safe('COMMIT');
$holder->quit;
is($test->wait_for_sql("SELECT wait_event FROM pg_stat_activity WHERE pid = $stranger_pid", 'SyncRep'), 'SyncRep', 'it commits');
is(prepare(), 'building', 'a builder comes just then');
stat_is('state, phase, waits_for_pid', "building|waiting for the table|$stranger_pid", 'and waits for that too');
set_standby_names('');
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'analytics update builder'}), 'the builder has ended');
stat_is('state, error IS NULL', 'ready|t', 'without an error');
is(index_oid(), $oid, 'and has kept the index');
$stranger->quit;

# ---------------------------------------------------------------------
# Broken, or another
# ---------------------------------------------------------------------

my $BREAK = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'analytics.$INDEX'::regclass";
sql($BREAK);
stat_is('state', 'interrupted', 'a broken index is a leftover');
sql('SET analytics.allow_blocking_update = on; ALTER EXTENSION analytics UPDATE');
isnt(index_oid(), $oid, 'which the update replaces');
is(is_valid(), 't', 'by a valid one');
update_to('1.0');

sql("CREATE INDEX $INDEX ON analytics.post_analytics (platform)");
$oid = index_oid();
for my $statement (q{SELECT analytics.prepare_update('1.1')}, 'SET analytics.allow_blocking_update = on; ALTER EXTENSION analytics UPDATE')
{
	error_is($statement, qr/42P07: relation "analytics\.$INDEX" is there and is not what version 1\.1 adds.*\(platform\).*\(project_id\).*HINT:  .*RENAME TO/s,
		"another of the same name is refused: $statement");
}
stat_is('state, sqlstate', 'refused|42P07', 'and told');
is(sql(q{SELECT status FROM analytics.check(false) WHERE name = 'update'}), 'warning', 'check() warns of it');
sql($BREAK);
error_is(q{SELECT analytics.prepare_update('1.1')}, qr/42P07/, 'even when it is not valid');
is(index_oid(), $oid, 'nobody has touched it');
sql("DROP INDEX analytics.$INDEX; CREATE INDEX $INDEX ON analytics.post_analytics (project_id) WHERE project_id <> ''");
error_is('ALTER EXTENSION analytics UPDATE', qr/42P07/, 'nor is one that holds a part of the rows');
sql("DROP INDEX analytics.$INDEX; CREATE INDEX $INDEX ON analytics.post_analytics (project_id) WITH (fillfactor = 80)");
stat_is('state', 'refused', 'nor is one that is stored in another way');
sql("ALTER INDEX analytics.$INDEX RESET (fillfactor)");
stat_is('state', 'ready', 'until that is taken back');
sql("DROP INDEX analytics.$INDEX; CREATE VIEW analytics.$INDEX AS SELECT 1");
error_is('ALTER EXTENSION analytics UPDATE', qr/42P07.*no index of a table/s, 'nor what is no index');
sql("DROP VIEW analytics.$INDEX; SET analytics.allow_blocking_update = on; ALTER EXTENSION analytics UPDATE");
is(is_valid(), 't', 'where the user says so, the update builds it');
sql("DROP INDEX analytics.$INDEX");
update_to('1.0');
is(sql(q{SELECT extversion FROM pg_extension WHERE extname = 'analytics'}), '1.0', 'the downgrade does not need it');

# ---------------------------------------------------------------------
# Failures, and whose rights
# ---------------------------------------------------------------------

($writer, $writer_pid) = open_writer();
prepare();
stat_is('state, waits_for_pid', "building|$writer_pid", 'another build');
sql('SELECT pg_cancel_backend(' . builder() . ')');
close_writer($writer);
stat_is('state, sqlstate, error', 'failed|57014|canceling statement due to user request', 'cancelled: failed, and why');
is(index_oid(), '', 'its leftover was removed before');
stat_is('state, hint', q{failed|SELECT analytics.prepare_update('1.1'); tries again.}, 'that it failed is still known');

# The record of the failure fails too.
sql(<<~'END');
	CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
	CREATE TRIGGER refuse BEFORE UPDATE ON analytics.update_preparations FOR EACH ROW WHEN (NEW.state = 'failed') EXECUTE FUNCTION public.refuse();
	END
($writer, $writer_pid) = open_writer();
prepare();
stat_is('state, waits_for_pid', "building|$writer_pid", 'one whose failure cannot be recorded');
isnt(index_oid(), '', 'is half built');
sql('SELECT pg_cancel_backend(' . builder() . ')');
close_writer($writer);
stat_is('state', 'interrupted', 'it is told to have ended');
is(index_oid(), '', 'and its leftover is removed');
sql('DROP TRIGGER refuse ON analytics.update_preparations');

# A prepared transaction has no process.
sql(q{BEGIN; UPDATE analytics.post_analytics SET view_count = view_count + 1 WHERE id = 'p1'; PREPARE TRANSACTION 'held'});
prepare();
stat_is('state, waits_for_pid, hint', 'building|0|It waits for a prepared transaction: see pg_prepared_xacts.', 'a prepared transaction is told of');
sql(q{ROLLBACK PREPARED 'held'});
stat_is('state', 'ready', 'and it goes on');
sql("DROP INDEX analytics.$INDEX");

# An owner who cannot log in, and limits of time; a superuser's trigger tells who does it.
sql(<<~'END');
	CREATE ROLE keeper;
	GRANT ALL ON SCHEMA analytics TO keeper;
	ALTER TABLE analytics.post_analytics OWNER TO keeper;
	CREATE TABLE public.who (name text);
	CREATE FUNCTION public.who() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO public.who VALUES (session_user); END $$;
	CREATE EVENT TRIGGER who ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION public.who();
	ALTER DATABASE postgres SET lock_timeout = '1s';
	ALTER DATABASE postgres SET statement_timeout = '1s';
	END
($writer, $writer_pid) = open_writer();
is(sql('SET statement_timeout = 0; SELECT analytics.prepare_update(\'1.1\')'), 'building', 'built for an owner who cannot log in');
is($test->wait_for_sql("SELECT waits_for_pid = $writer_pid AND clock_timestamp() - started_at > '1500 ms' FROM analytics.stat_update"),
	't', 'no limit of time ends it');
close_writer($writer);
sql('ALTER DATABASE postgres RESET ALL');
stat_is('state', 'ready', 'and it is done');
is(sql('SELECT DISTINCT name FROM public.who'), 'keeper', 'by nobody else than the owner');
sql("DROP EVENT TRIGGER who; DROP INDEX analytics.$INDEX; ALTER TABLE analytics.post_analytics OWNER TO CURRENT_USER; REVOKE ALL ON SCHEMA analytics FROM keeper");

# In a transaction it cannot but wait for that.
($status, $out, $err) = $node->psql('postgres', q{BEGIN; SELECT analytics.prepare_update('1.1'); SELECT count(*) FROM analytics.post_analytics WHERE id = 'p1'; ROLLBACK});
is($out, "building\n1", 'called in a transaction');
like($err, qr/NOTICE:  the build waits for this transaction to end/, 'it says what that means');
stat_is('state', 'ready', 'and is done when that has ended');

# ---------------------------------------------------------------------
# A small table; a database that is read-only by default
# ---------------------------------------------------------------------

sql('CREATE DATABASE small');
$node->safe_psql('small', q{CREATE EXTENSION analytics VERSION '1.0'});
fill_posts($node, 'small', 10);
$writer = $node->background_psql('small', on_error_stop => 1);
$writer->query_safe(q{BEGIN; UPDATE analytics.post_analytics SET view_count = 1});
for my $setting ('', q{SET lock_timeout = '100ms';})
{
	($status, $out, $err) = $node->psql('small', "\\set VERBOSITY verbose\n$setting ALTER EXTENSION analytics UPDATE");
	like($err, qr/55P03: canceling statement due to lock timeout.*HINT:  A transaction that has written to table "analytics\.post_analytics" is open.*prepare_update\('1\.1'\)/s,
		"the update does not wait for a writer for long: $setting");
}
is($node->safe_psql('small', q{SELECT extversion FROM pg_extension WHERE extname = 'analytics'}), '1.0', 'and has changed nothing');
close_writer($writer);
is($node->safe_psql('small', q{BEGIN; ALTER EXTENSION analytics UPDATE; SHOW lock_timeout; ROLLBACK}), '0', 'without one it builds, and leaves lock_timeout as it was');
$node->safe_psql('small', 'ALTER DATABASE small SET default_transaction_read_only = on');
is($node->safe_psql('small', q{SET default_transaction_read_only = off; SELECT analytics.prepare_update('1.1')}), 'building', 'a database is read-only by default');
ok($node->poll_query_until('small', q{SELECT state = 'ready' FROM analytics.stat_update}), 'its index is built nonetheless');
sql('DROP DATABASE small');

# ---------------------------------------------------------------------
# In the way of others
# ---------------------------------------------------------------------

# A database in which to build takes long.
sub slow_database
{
	my ($database) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, <<~'END');
		CREATE EXTENSION analytics VERSION '1.0';
		CREATE FUNCTION public.slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); END $$;
		CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION public.slow();
		END
	fill_posts($node, $database, 10);
	is($node->safe_psql($database, q{SELECT analytics.prepare_update('1.1')}), 'building', "a build in database $database");
}

sub no_builder_in
{
	my ($database, $name) = @_;
	return ok($node->poll_query_until('postgres',
			"SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'analytics update builder' AND datname = '$database'"), $name);
}

slow_database('slow');
sql('CREATE ROLE stranger');
($status, $out, $err) = $node->psql('slow', 'SET ROLE stranger; SET analytics.allow_drop = on; DROP EXTENSION analytics');
like($err, qr/must be owner of extension analytics/, 'who may not drop the extension');
is($node->safe_psql('slow', q{SELECT state FROM analytics.stat_update}), 'building', 'does not end a build');
$node->safe_psql('slow', 'SET analytics.allow_drop = on; DROP EXTENSION analytics');
no_builder_in('slow', 'DROP EXTENSION in earnest ends it');
sql('DROP DATABASE slow');
slow_database('gone');
sql('DROP DATABASE gone');
no_builder_in('gone', 'and so does DROP DATABASE');

# ---------------------------------------------------------------------
# A standby; no free slot; no preloading
# ---------------------------------------------------------------------

sql($BREAK);
$node->stop;
$node->set_standby_mode;
$node->start;
error_is(q{SELECT analytics.prepare_update('1.1')}, qr/25006: cannot prepare an update on a standby.*HINT:  Call it on the primary/s, 'not on a standby');
is(sql('SELECT state, phase, pid IS NULL, error IS NULL, hint FROM analytics.stat_update'), 'building|on the primary|t|t|See analytics.stat_update on the primary.',
	'where an index that is not valid is for the primary to judge');
$node->promote;
$node->append_conf('postgresql.conf', "max_worker_processes = 0\nmax_logical_replication_workers = 0\nshared_preload_libraries = ''");
$node->restart;
error_is(q{SELECT analytics.prepare_update('1.1')}, qr/53400: no background worker slot is free to prepare the update.*HINT:  Raise max_worker_processes/s, 'without a free slot');
$node->append_conf('postgresql.conf', 'max_worker_processes = 8');
$node->restart;
is(prepare(), 'building', 'without preloading');
stat_is('state', 'ready', 'it is built as well');
update_to('1.1');
is(is_valid(), 't', 'and adopted');

$node->stop;
done_testing();
