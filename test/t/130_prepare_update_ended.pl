# A build of prepare_update() that is ended in the middle of its scan, in each way in
# which that can be; others who rebuild, drop or move what it builds; and the tablespace.
# Whatever becomes of it is told, and to begin again mends it.

use strict;
use warnings FATAL => 'all';

use FindBin;
use IPC::Run ();
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use LargeTable;
use PostgreSQL::Test::Utils;
use Test::More;

my $INDEX = 'idx_post_analytics_project_id';
my $DEFINITION = "CREATE INDEX $INDEX ON analytics.post_analytics USING btree (project_id)";
my $ROWS = 200000;

# How often a scan may be over before somebody has seen it.
my $MOST_MISSES = 10;

my $test = AnalyticsTest->new('update_ended', servers => [], conf => <<~'END');
	restart_after_crash = on
	autovacuum = off
	allow_in_place_tablespaces = on
	deadlock_timeout = 200ms
	END
my $node = $test->node;

sub sql { return $test->sql(@_) }

sub sql_in { return $node->safe_psql(@_) }

sub error_is
{
	my ($statement, $expected, $name) = @_;
	return like($test->sql_error($statement), $expected, $name);
}

# What stat_update says, some columns of its row.
sub stat_is
{
	my ($columns, $expected, $name) = @_;
	my $found = eval { $test->wait_for_sql("SELECT $columns FROM analytics.stat_update", $expected, 60) } // $@;
	return ref $expected ? like($found, $expected, $name) : is($found, $expected, $name);
}

sub index_is
{
	my ($column, $expected, $name) = @_;
	return is(sql("SELECT $column FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE c.relname = '$INDEX'"), $expected, $name);
}

sub index_oid { return sql("SELECT to_regclass('analytics.$INDEX')::oid") }

sub prepare { return sql(($_[0] // '') . q{SELECT analytics.prepare_update('1.1')}) }

my $BUILDER = q{backend_type = 'analytics update builder'};

sub builder { return sql("SELECT pid FROM pg_stat_activity WHERE $BUILDER") }

sub no_builder
{
	my ($name) = @_;
	return ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE $BUILDER"), $name);
}

# A statement that waits until a scan of ours is in its middle and then executes ACTION at
# once, which has %s for the builder; an error if there is none any more.
sub in_scan
{
	my ($action) = @_;
	return <<~"SQL";
		DO \$do\$
		DECLARE
			builder integer;
			deadline timestamptz := clock_timestamp() + '60 s';
		BEGIN
			LOOP
				PERFORM pg_stat_clear_snapshot();
				SELECT pid INTO builder FROM pg_stat_progress_create_index
				WHERE phase = 'building index: scanning table' AND blocks_done BETWEEN 1 AND blocks_total * 0.9;
				IF FOUND THEN
					EXECUTE format(\$action\$$action\$action\$, builder);
					RETURN;
				END IF;
				IF NOT EXISTS (SELECT FROM pg_stat_activity WHERE $BUILDER) THEN
					RAISE 'the builder has ended';
				ELSIF clock_timestamp() > deadline THEN
					RAISE 'there is no scan';
				END IF;
			END LOOP;
		END
		\$do\$
		SQL
}

# Build in DATABASE, and execute SQL, which begins with in_scan(), in a session of database
# FROM: what it says as errors.  The scan waits for a writer until somebody looks.
sub build_watched
{
	my ($name, $database, $settings, $from, $sql) = @_;
	my $writer = $node->background_psql($database);
	my $file = $test->folder . '/watcher';

	append_to_file("$file.sql", $sql);
	$writer->query_safe('BEGIN; LOCK TABLE analytics.post_analytics IN ROW EXCLUSIVE MODE');
	is(sql_in($database, ($settings // '') . q{SELECT analytics.prepare_update('1.1')}), 'building', "$name: a build");
	$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_progress_create_index WHERE phase = 'waiting for writers before build'}, 1);
	my $watcher = IPC::Run::start([ 'psql', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--dbname', $node->connstr($from) ],
		'<', "$file.sql", '>', '/dev/null', '2>', "$file.err", IPC::Run::timeout(120));
	$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DO %'}, 1);
	$writer->query_safe('ROLLBACK');
	eval { $writer->quit };    # the server may have gone by now
	$watcher->finish;
	unlink "$file.sql" or die "$file: $!";
	return slurp_file("$file.err");
}

# Build, and do that in the middle of the scan.  The builder must end; DONE is a query that
# tells whether it was in time, TOLD what the log tells before anybody may go on.
sub end_in_scan
{
	my ($name, $action, $done, $settings, $told) = @_;

	for my $try (1 .. $MOST_MISSES)
	{
		my $position = $test->log_position;
		my $err = build_watched($name, 'postgres', $settings, 'postgres', in_scan($action));
		$test->wait_for_log($told, $position) if defined $told && $err !~ /the builder has ended/;
		$node->poll_query_until('postgres', 'SELECT true') or die 'the server does not come back';
		$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE $BUILDER") or die 'the builder does not end';
		return pass("$name: in the middle of its scan") if sql($done) eq 't';
		note("$name: the scan was over");
		sql("DROP INDEX IF EXISTS analytics.$INDEX");
	}
	return fail("$name: in the middle of its scan");
}

# What is half built is seen by who looks.
sub check_warns
{
	my ($name) = @_;
	return is(sql(q{SELECT name, status, finding, hint FROM analytics.check(false) WHERE name IN ('index', 'update') ORDER BY name}), <<~"END" =~ s/\n$//r, "$name: check() warns of what is left");
		index|warning|index "$INDEX" of table analytics.post_analytics is not valid|REINDEX INDEX CONCURRENTLY analytics.$INDEX; or, since it is not of the extension, DROP INDEX analytics.$INDEX;
		update|warning|version 1.1 is available; index "$INDEX", which it adds, is not right: the process that built it ended before it was done; writers keep up what it has left, for nothing|SELECT analytics.prepare_update('1.1'); begins again.
		END
}

sub begins_again
{
	my ($name, $attempts) = @_;
	is(prepare(), 'building', "$name: begun again");
	stat_is('state, attempts, error IS NULL', "ready|$attempts|t", "$name: it is built");
	is(sql("SELECT bt_index_check('analytics.$INDEX', heapallindexed => true)"), '', "$name: and holds every row");
	is(sql(q{SELECT name, status FROM analytics.check(false) WHERE name IN ('index', 'update')}), "index|ok\nupdate|ok", "$name: check() finds nothing");
	sql("DROP INDEX analytics.$INDEX; DELETE FROM analytics.update_preparations");
}

sql(q{CREATE EXTENSION analytics VERSION '1.0'; CREATE EXTENSION amcheck});
fill_posts($node, 'postgres', $ROWS);
sql('CHECKPOINT');

# ---------------------------------------------------------------------
# In the middle of the scan
# ---------------------------------------------------------------------

# As long as the first scan is not over, nobody has to keep the index up.
my $UNREADY = "SELECT coalesce((SELECT NOT indisready FROM pg_index WHERE indexrelid = to_regclass('analytics.$INDEX')), false)";
my $ALONE = 'SET max_parallel_maintenance_workers = 0; ';

for my $way (
	[ 'terminated', 'SELECT pg_terminate_backend(%s)', $ALONE ],
	[ 'terminated with parallel workers', 'SELECT pg_terminate_backend(%s)', 'SET max_parallel_maintenance_workers = 2; ' ],
	[ 'killed', q{COPY (SELECT 1) TO PROGRAM 'kill -KILL %s; cat >/dev/null'}, $ALONE, qr/all server processes terminated; reinitializing/ ])
{
	my ($name, $action, $settings, $told) = @$way;
	end_in_scan($name, $action, $UNREADY, $settings, $told);
	stat_is('state, pid IS NULL, phase IS NULL, error, hint', q{interrupted|t|t|the process that built it ended before it was done; writers keep up what it has left, for nothing|SELECT analytics.prepare_update('1.1'); begins again.},
		"$name: it is told");
	check_warns($name);
	error_is('ALTER EXTENSION analytics UPDATE', qr/55000: index "$INDEX", which version 1\.1 adds, is not there.*prepare_update/s, "$name: the update does not take it for whole");
	is(sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'}), 0, "$name: no parallel worker is left");
	begins_again($name, sql('SELECT attempts + 1 FROM analytics.stat_update'));
}

end_in_scan('cancelled', 'SELECT pg_cancel_backend(%s)', q{SELECT state = 'failed' FROM analytics.stat_update}, $ALONE);
stat_is('state, sqlstate, error, hint', q{failed|57014|canceling statement due to user request|SELECT analytics.prepare_update('1.1'); tries again.}, 'cancelled: it is told');
is(index_oid(), '', 'cancelled: nothing half built is left');
begins_again('cancelled', sql('SELECT attempts + 1 FROM analytics.stat_update'));

# An error of its own: no room for what it sorts.
sql(q{ALTER DATABASE postgres SET temp_file_limit = '64kB'});
is(prepare("$ALONE SET maintenance_work_mem = '1MB'; "), 'building', 'without room: a build');
stat_is('state, sqlstate, error', 'failed|53400|temporary file size exceeds temp_file_limit (64kB)', 'without room: it fails, and that is told');
is(index_oid(), '', 'without room: nothing half built is left');
sql('ALTER DATABASE postgres RESET temp_file_limit');
begins_again('without room', 2);

# ---------------------------------------------------------------------
# Others who rebuild it
# ---------------------------------------------------------------------

# A session with an old snapshot: what is built CONCURRENTLY waits for it at its end.
sub open_reader
{
	my $session = $node->background_psql('postgres', on_error_stop => 1);
	$session->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
	return $session;
}

sub close_reader
{
	my ($session) = @_;
	$session->query_safe('COMMIT');
	return $session->quit;
}

# A statement under way that waits for the reader.
sub start_reindex
{
	my ($statement) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 1);
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	$session->query_until(qr//, "$statement;\n");
	is($test->wait_for_sql("SELECT phase FROM pg_stat_progress_create_index WHERE pid = $pid", 'waiting for old snapshots'), 'waiting for old snapshots', "under way: $statement");
	return ($session, $pid);
}

my $COUNT = q{SELECT count(*), count(*) FILTER (WHERE NOT indisvalid) FROM pg_index WHERE indrelid = 'analytics.post_analytics'::regclass};
my $others = sql($COUNT) =~ s/\|0$//r;

# of what a build has left
end_in_scan('for a REINDEX', 'SELECT pg_terminate_backend(%s)', $UNREADY, $ALONE);
my $leftover = index_oid();
my $reader = open_reader();
my ($reindex, $pid) = start_reindex("REINDEX INDEX CONCURRENTLY analytics.$INDEX");
stat_is('state, pid, phase, waits_for_pid', "building|$pid|waiting for old snapshots|" . $reader->query_safe('SELECT pg_backend_pid()'), 'a REINDEX of a leftover is told of as a build');
is(prepare(), 'building', 'a builder joins it');
is($test->wait_for_sql('SELECT pg_blocking_pids(' . builder() . ')', "{$pid}"), "{$pid}", 'and waits for it');
error_is('SET analytics.allow_blocking_update = on; ALTER EXTENSION analytics UPDATE', qr/55006: process \d+ is building an index of table "analytics\.post_analytics"/, 'an update does not');
close_reader($reader);
stat_is('state, error IS NULL', 'ready|t', 'both are done');
no_builder('the builder ends');
$reindex->quit;
isnt(index_oid(), $leftover, 'the index is that of the REINDEX');
is(sql($COUNT), $others + 1 . '|0', 'and nothing else is left');

# of the valid index, at the moment of the update
$reader = open_reader();
($reindex, $pid) = start_reindex("REINDEX INDEX CONCURRENTLY analytics.$INDEX");
error_is('ALTER EXTENSION analytics UPDATE', qr/55006: process $pid is changing index "analytics\.$INDEX".*HINT:  Update when that has ended/s, 'an update at the moment of a REINDEX is refused at once');
is(prepare(), 'ready', 'the index is there nevertheless');
close_reader($reader);
$reindex->query_safe('SELECT 1');
$reindex->quit;
my $oid = index_oid();
sql('ALTER EXTENSION analytics UPDATE');
is(index_oid(), $oid, 'afterwards the update adopts what the REINDEX has made');
sql(q{ALTER EXTENSION analytics UPDATE TO '1.0'});
prepare();
stat_is('state', 'ready', 'prepared once more');
my $holder = $node->background_psql('postgres');
$holder->query_safe("BEGIN; SET LOCAL enable_seqscan = off; SELECT count(*) FROM analytics.post_analytics WHERE project_id = 'proj_1'");
my $waiting = $node->background_psql('postgres');
$pid = $waiting->query_safe('SELECT pg_backend_pid()');
$waiting->query_until(qr//, "REINDEX INDEX analytics.$INDEX;\n");
$test->wait_for_sql("SELECT count(*) FROM pg_locks WHERE pid = $pid AND NOT granted", 1);
error_is('ALTER EXTENSION analytics UPDATE', qr/55006: process $pid is changing index "analytics\.$INDEX".*HINT:  Update when that has ended/s, 'a REINDEX that waits for somebody itself is told of, too');
$holder->query_safe('COMMIT');
$holder->quit;
$waiting->query_safe('SELECT 1');
$waiting->quit;
sql('ALTER EXTENSION analytics UPDATE');
is(sql($COUNT), $others + 1 . '|0', 'and nothing else is left');
is(sql(q{SELECT status FROM analytics.check(false) WHERE name = 'index'}), 'ok', 'which check() finds as it was made');
sql(q{ALTER EXTENSION analytics UPDATE TO '1.0'});

# of the whole table, while it is built: each in the end waits for the other
my $writer = $node->background_psql('postgres', on_error_stop => 1);
$writer->query_safe(q{BEGIN; UPDATE analytics.post_analytics SET view_count = view_count + 1 WHERE id = 'p1'});
is(prepare(), 'building', 'a build');
stat_is('phase', 'waiting for writers before build', 'which waits');
$reindex = $node->background_psql('postgres', on_error_stop => 1);
$pid = $reindex->query_safe('SET client_min_messages = error; SELECT pg_backend_pid()');
$reindex->query_until(qr//, "REINDEX TABLE CONCURRENTLY analytics.post_analytics;\n");
is($test->wait_for_sql("SELECT pg_blocking_pids($pid)", '{' . builder() . '}'), '{' . builder() . '}', 'a REINDEX of the table waits for it');
# it looks for a deadlock only once
$test->wait_for_sql("SELECT clock_timestamp() - waitstart > 2 * current_setting('deadlock_timeout')::interval FROM pg_locks WHERE pid = $pid AND NOT granted");
my $position = $test->log_position;
$writer->query_safe('COMMIT');
$writer->quit;
stat_is('state, attempts, error IS NULL', 'ready|1|t', 'the build is done');
like($test->log_since($position), qr/analytics update builder\b.*ERROR:  deadlock detected/, 'after a deadlock');
no_builder('the builder ends');
$reindex->query_safe('SELECT 1');
$reindex->quit;
is(sql($COUNT), $others + 1 . '|0', 'and the REINDEX is done too');
sql("DROP INDEX analytics.$INDEX");

# ---------------------------------------------------------------------
# Where it lies
# ---------------------------------------------------------------------

sub lies_in { return sql("SELECT coalesce(t.spcname, 'as the database') FROM pg_class AS c LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace WHERE c.oid = to_regclass('analytics.$INDEX')") }

sql(q{CREATE TABLESPACE there LOCATION ''});
sql(q{ALTER DATABASE postgres SET default_tablespace = 'there'});
is(prepare(), 'building', 'with default_tablespace: a build');
stat_is('state', 'ready', 'with default_tablespace: the index is as it should be');
is(lies_in(), 'there', 'with default_tablespace: it lies there');
sql('ALTER EXTENSION analytics UPDATE');
is(sql(q{SELECT name, status FROM analytics.check(false) WHERE name IN ('index', 'update')}), "index|ok\nupdate|ok", 'with default_tablespace: it is adopted, and check() finds nothing');
sql(q{ALTER EXTENSION analytics UPDATE TO '1.0'; SET analytics.allow_blocking_update = on; ALTER EXTENSION analytics UPDATE});
is(lies_in(), 'there', 'where the update itself builds it as well');
sql(q{ALTER EXTENSION analytics UPDATE TO '1.0'});
is(prepare(q{SET default_tablespace = ''; }), 'building', 'with the setting of a session: a build');
stat_is('state', 'ready', 'with the setting of a session: it is done');
is(lies_in(), 'as the database', 'with the setting of a session: it lies where that says');
sql("DROP INDEX analytics.$INDEX");

# the owner of the table must be allowed to
sql('CREATE ROLE keeper; GRANT ALL ON SCHEMA analytics TO keeper; ALTER TABLE analytics.post_analytics OWNER TO keeper');
is(prepare(), 'building', 'for an owner without rights on the tablespace: a build');
stat_is('state, sqlstate, error', 'failed|42501|permission denied for tablespace there', 'for an owner without rights on the tablespace: it fails, and that is told');
sql('GRANT CREATE ON TABLESPACE there TO keeper');
is(prepare(), 'building', 'with them: a build');
stat_is('state', 'ready', 'with them: it is done');
sql("DROP INDEX analytics.$INDEX; ALTER TABLE analytics.post_analytics OWNER TO CURRENT_USER; REVOKE ALL ON SCHEMA analytics FROM keeper; ALTER DATABASE postgres RESET ALL");

# ---------------------------------------------------------------------
# Others who drop what it lies in
# ---------------------------------------------------------------------

my $owner = sql('SELECT current_user');

# A database in which to build takes long, which a superuser of its own has made.
sql('CREATE ROLE boss SUPERUSER LOGIN; CREATE ROLE renter; CREATE ROLE stranger');
sql('CREATE DATABASE slow');
sql_in('slow', q{SET ROLE boss; CREATE EXTENSION analytics VERSION '1.0'});
sql_in('slow', <<~'END');
	ALTER TABLE analytics.post_analytics OWNER TO renter;
	GRANT ALL ON SCHEMA analytics TO renter;
	CREATE FUNCTION public.slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); END $$;
	CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION public.slow();
	CREATE TABLE public.mine (); ALTER TABLE public.mine OWNER TO stranger;
	END

sub build_slowly { return is(sql_in('slow', q{SELECT analytics.prepare_update('1.1')}), 'building', 'a build that takes long') }

build_slowly();
$pid = builder();
for my $role ('boss', 'renter', 'stranger, renter')
{
	my ($status, $out, $err) = $node->psql('slow', "\\set VERBOSITY verbose\nDROP OWNED BY $role CASCADE");
	like($err, qr/55006: cannot drop extension "analytics" while an update of it is being prepared.*pg_terminate_backend\($pid\)/s, "refused: DROP OWNED BY $role");
}
sql_in('slow', 'DROP OWNED BY stranger');
is(sql_in('slow', q{SELECT to_regclass('public.mine') IS NULL, state FROM analytics.stat_update}), 't|building', 'who owns neither extension nor table may drop what he has, and the build goes on');
is(builder(), $pid, 'by the same process');
my ($status, $out, $err) = $node->psql('slow', 'SET ROLE stranger; SET analytics.allow_drop = on; DROP OWNED BY boss');
like($err, qr/permission denied to drop objects/, 'who may not drop it');
is(builder(), $pid, 'does not end a build');
sql_in('slow', 'SET analytics.allow_drop = on; DROP OWNED BY boss CASCADE');
no_builder('DROP OWNED in earnest ends it');
is(sql_in('slow', q{SELECT count(*) FROM pg_extension WHERE extname = 'analytics'}), 0, 'and drops the extension');
sql('DROP DATABASE slow');

# in the middle of a scan, with parallel workers: it may not take longer than with others' processes
for my $drop (
	[ 'DROP EXTENSION', 'victim', 'SET analytics.allow_drop = on', 'DROP EXTENSION analytics' ],
	[ 'DROP DATABASE', 'postgres', 'DROP DATABASE victim' ])
{
	my ($name, $database, @statements) = @$drop;
	my $ended;

	for my $try (1 .. $MOST_MISSES)
	{
		sql('DROP DATABASE IF EXISTS victim');
		sql_in('template1', 'CREATE DATABASE victim TEMPLATE postgres');    # without our supervisor in it
		$position = $test->log_position;
		$err = build_watched($name, 'victim', undef, $database, join ";\n", in_scan('SELECT %s') =~ s/\n\z//r, "SET lock_timeout = '20s'", @statements);
		is("$err", '', "$name: it is dropped in the middle of the scan") if $err !~ /the builder has ended/;
		no_builder("$name: the builder has left");
		$ended = $test->log_since($position) =~ /FATAL:  terminating background worker "analytics update builder" due to administrator command/;
		last if $ended;
		note("$name: the scan was over");
	}
	ok($ended, "$name: it has ended the build");
	is(sql_in($name eq 'DROP DATABASE' ? 'postgres' : 'victim', $name eq 'DROP DATABASE' ? q{SELECT count(*) FROM pg_database WHERE datname = 'victim'} : q{SELECT count(*) FROM pg_extension WHERE extname = 'analytics'}),
		0, "$name: it is gone");
}

$node->stop;
done_testing();
