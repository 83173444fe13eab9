# The extension is not dropped by accident: while post_analytics holds rows,
# every way to drop it is refused, unless analytics.allow_drop is on.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $test = AnalyticsTest->new('drop', servers => [], conf => 'max_prepared_transactions = 2');
my $node = $test->node;
my $folder = $test->folder;

sub sql
{
	my ($database, $query) = @_;
	return $node->safe_psql($database, $query);
}

# A statement that writes one row, and needs nothing but the table.
sub insert
{
	my ($id) = @_;
	return <<~"END" =~ s/\s*\n\s*/ /gr;
		INSERT INTO analytics.post_analytics
		SELECT (jsonb_populate_record(NULL::analytics.post_analytics, '{"id": "$id", "platform": "tiktok",
			"analyzed_at": "2026-01-01", "overall_sentiment": "NEUTRAL", "overall_sentiment_score": 0, "overall_confidence": 0,
			"primary_intent": "DISCUSSION", "intent_confidence": 0, "impact_score": 0, "risk_level": "LOW", "is_viral": false, "is_kol": false,
			"aspects_breakdown": {}, "keywords": [], "sentiment_probabilities": {}, "impact_breakdown": {},
			"view_count": 0, "like_count": 0, "comment_count": 0, "share_count": 0, "save_count": 0, "follower_count": 0,
			"processing_time_ms": 0, "model_version": "v", "job_id": "job", "crawled_at": "2026-01-01", "pipeline_version": "v",
			"fetch_status": "success", "event_id": "evt_$id"}')).*
		END
}

# A database with the extension, which belongs to the role installer, and rows.
sub make_database
{
	my ($database, $rows) = @_;

	sql('postgres', "CREATE DATABASE $database");
	sql($database, 'SET SESSION AUTHORIZATION installer; CREATE EXTENSION analytics');
	sql($database, insert($_)) for 1 .. $rows;
}

my $REFUSED = qr/2BP01: cannot drop extension "analytics" because its table "\w+\.post_analytics" holds rows/;

# In a session of its own, so that nothing has loaded the library before.
sub refused
{
	my ($database, $statement, $name) = @_;
	my ($status, $out, $err) = $node->psql($database, "\\set VERBOSITY verbose\n$statement");

	like($err, $REFUSED, "refused: $name");
	is(sql($database, q{SELECT count(*) > 0 FROM analytics.post_analytics}), 't', "and all is there: $name");
	return $err;
}

# What it does is undone again.
sub allowed
{
	my ($database, $statements, $name) = @_;
	my ($status, $out, $err) = $node->psql($database, <<~"END", on_error_stop => 1);
		BEGIN;
		$statements;
		SELECT 'extensions: ' || count(*) FROM pg_extension WHERE extname = 'analytics';
		ROLLBACK
		END
	is($status, 0, "allowed: $name") or diag($err);
	like($out, qr/^extensions: 0$/m, "and it is dropped: $name");
}

# Every way to drop it.
my %WAYS = (
	'DROP EXTENSION' => 'DROP EXTENSION analytics',
	'DROP EXTENSION ... CASCADE' => 'DROP EXTENSION IF EXISTS analytics CASCADE',
	'DROP EXTENSION beside another' => 'DROP EXTENSION plpgsql, analytics CASCADE',
	'DROP SCHEMA ... CASCADE' => 'DROP SCHEMA analytics CASCADE',
	'DROP SCHEMA ... CASCADE beside another' => 'DROP SCHEMA public, analytics CASCADE',
	'DROP OWNED BY' => 'DROP OWNED BY installer',
	'DROP OWNED BY ... CASCADE' => 'DROP OWNED BY installer CASCADE',
	'in a block' => 'DO $$ BEGIN EXECUTE \'DROP SCHEMA analytics CASCADE\'; END $$');

sql('postgres', 'CREATE ROLE installer SUPERUSER LOGIN; CREATE ROLE stranger LOGIN');

# ---------------------------------------------------------------------
# With the library preloaded
# ---------------------------------------------------------------------

make_database('empty', 0);
allowed('empty', $WAYS{$_}, "$_, without a row") for sort keys %WAYS;

make_database('filled', 3);
refused('filled', $WAYS{$_}, $_) for sort keys %WAYS;
my $err = refused('filled', 'SET analytics.allow_drop = off; DROP EXTENSION analytics', 'with the setting off');
like($err, qr/DETAIL:  The table holds 3 rows\..*HINT:  .*pg_dump.*SET analytics\.allow_drop = on/s, 'it says how many rows there are, and what to do');

my ($status, $out);
for my $cascade ('', 'CASCADE')
{
	($status, $out, $err) = $node->psql('filled', "DROP TABLE analytics.post_analytics $cascade");
	like($err, qr/extension analytics requires it/, "DROP TABLE $cascade is refused by PostgreSQL itself");
}

# Whatever the transaction sees, and whatever it did before.
my $session = $node->background_psql('empty', on_error_stop => 0);
$session->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM analytics.post_analytics; SAVEPOINT s');
sql('empty', insert('late'));
$session->query("DROP EXTENSION analytics");
like($session->{stderr}, qr/cannot drop extension "analytics" because its table "analytics\.post_analytics" holds rows/,
	'refused: rows that came after the snapshot of the transaction');
$session->{stderr} = '';
is($session->query_safe('ROLLBACK TO s; SELECT count(*) FROM analytics.post_analytics'), '0', 'and its savepoint is good');
$session->query_safe('COMMIT');
$session->quit;
sql('empty', 'TRUNCATE analytics.post_analytics');
($status, $out, $err) = $node->psql('empty', 'BEGIN; ' . insert('own') . '; DROP EXTENSION analytics');
like($err, qr/holds rows/, 'refused: rows of the own transaction');
is(sql('filled', <<~'END'), 'caught', 'refused in a subtransaction, of which the transaction lives on');
	DO $$ BEGIN DROP EXTENSION analytics; EXCEPTION WHEN dependent_objects_still_exist THEN RAISE NOTICE 'caught'; PERFORM set_config('test.caught', 'caught', false); END $$;
	SELECT current_setting('test.caught');
	END
allowed('filled', 'DELETE FROM analytics.post_analytics; DROP EXTENSION analytics', 'rows that the transaction has deleted');
allowed('filled', 'TRUNCATE analytics.post_analytics; DROP SCHEMA analytics CASCADE', 'and those that it has truncated');
allowed('filled', insert('before') . '; TRUNCATE analytics.post_analytics; DROP EXTENSION analytics', 'its own ones, truncated');
refused('filled', "BEGIN; TRUNCATE analytics.post_analytics; SAVEPOINT s; DELETE FROM analytics.batches; " . insert('again') . '; DROP EXTENSION analytics',
	'rows that came after the truncation');
refused('filled', 'BEGIN; ALTER SCHEMA analytics RENAME TO other; DROP SCHEMA other CASCADE', 'under another name of the schema');

# More than are counted.
($status, $out, $err) = $node->psql('filled', <<~'END');
	BEGIN;
	ALTER TABLE analytics.post_analytics DROP CONSTRAINT post_analytics_id_project_id_key;
	INSERT INTO analytics.post_analytics SELECT p.* FROM analytics.post_analytics p, generate_series(1, 4000);
	DROP EXTENSION analytics;
	END
like($err, qr/DETAIL:  The table holds more than 10000 rows\./, 'many rows are not counted to the end');

# Who may drop it may also set it.
sql('filled', 'ALTER SCHEMA analytics OWNER TO stranger');
refused('filled', 'SET SESSION AUTHORIZATION stranger; DROP SCHEMA analytics CASCADE', 'by an owner who is no superuser');
allowed('filled', 'SET SESSION AUTHORIZATION stranger; SET LOCAL analytics.allow_drop = on; DROP SCHEMA analytics CASCADE; RESET SESSION AUTHORIZATION',
	'the same, with the setting on');
sql('filled', 'ALTER SCHEMA analytics OWNER TO installer');

# Nothing else is hindered.
sql('filled', <<~'END');
	CREATE SCHEMA theirs AUTHORIZATION stranger;
	CREATE TABLE theirs.post_analytics AS SELECT * FROM analytics.post_analytics;
	DROP TABLE theirs.post_analytics;
	CREATE TABLE theirs.post_analytics AS SELECT * FROM analytics.post_analytics;
	DROP SCHEMA theirs CASCADE;
	DROP EXTENSION plpgsql;
	CREATE EXTENSION plpgsql;
	ALTER EXTENSION analytics UPDATE TO '1.0';
	ALTER EXTENSION analytics UPDATE;
	VACUUM FULL analytics.post_analytics;
	ALTER TABLE analytics.post_analytics ADD COLUMN note double precision DEFAULT random();
	ALTER TABLE analytics.post_analytics DROP COLUMN note;
	REINDEX TABLE CONCURRENTLY analytics.post_analytics;
	END
sql('filled', q{SET SESSION AUTHORIZATION stranger; CREATE TEMP TABLE post_analytics AS SELECT 1; DROP OWNED BY stranger});
is(sql('filled', 'SELECT count(*) FROM analytics.post_analytics'), 3, 'other objects, other schemas, an update and a rewrite are not hindered');
is(sql('filled', <<~'END'), 't', 'who takes the table out of the extension keeps it');
	BEGIN;
	ALTER EXTENSION analytics DROP TABLE analytics.post_analytics;
	DROP EXTENSION analytics;
	SELECT count(*) = 3 FROM analytics.post_analytics;
	ROLLBACK
	END
sql('postgres', 'BEGIN; CREATE EXTENSION analytics; ROLLBACK');
($status, $out, $err) = $node->psql('postgres', 'BEGIN; CREATE EXTENSION analytics; SELECT 1/0');
is(sql('postgres', q{SELECT count(*) FROM pg_extension WHERE extname = 'analytics'}), 0, 'nor is a CREATE EXTENSION that is rolled back');
($status, $out, $err) = $node->psql('filled', 'SET default_transaction_read_only = on; DROP EXTENSION analytics');
like($err, qr/read-only transaction/, 'where nothing may be dropped PostgreSQL says so itself');

# ---------------------------------------------------------------------
# Restoring over it
# ---------------------------------------------------------------------

my @port = ('--port', $node->port, '--host', $node->host);
my @restore = ('pg_restore', @port, '--username', 'installer', '--clean', '--if-exists', '--exit-on-error', '--single-transaction', '--dbname', 'filled', "$folder/filled.dump");

command_ok([ 'pg_dump', @port, '--format', 'custom', '--file', "$folder/filled.dump", 'filled' ], 'the copy that the hint speaks of');
sql('filled', insert('newer'));
command_fails_like(\@restore, qr/holds rows/, 'pg_restore --clean over rows is refused');
is(sql('filled', 'SELECT count(*) FROM analytics.post_analytics'), 4, 'and has changed nothing');
{
	local $ENV{PGOPTIONS} = '-c analytics.allow_drop=on';
	command_ok(\@restore, 'with the setting on it is done');
}
is(sql('filled', 'SELECT count(*) FROM analytics.post_analytics'), 3, 'and has brought what was dumped');

# ---------------------------------------------------------------------
# Dropped on purpose
# ---------------------------------------------------------------------

sub workers_are
{
	my ($database, $number, $name) = @_;
	ok($node->poll_query_until('postgres',
			"SELECT count(*) = $number FROM pg_stat_activity WHERE backend_type = 'analytics worker' AND datname = '$database'"), $name);
}

allowed('filled', "SET LOCAL analytics.allow_drop = on; $WAYS{$_}", "$_, with the setting on") for sort keys %WAYS;

make_database('busy', 1);
sql('busy', q{SELECT analytics.create_consumer('posts', workers => 2)});
workers_are('busy', 2, 'workers run');
refused('busy', 'DROP EXTENSION analytics', 'while workers run');
sql('busy', q[SELECT analytics.submit('{"event_id": "evt_next", "payload": {"job_id": "proj_d-brand-0", "platform": "tiktok", "content_count": 1, "items": [{"meta": {"id": "next"}, "content": {"text": "good"}}]}}')]);
ok($node->poll_query_until('busy', q{SELECT count(*) = 2 FROM analytics.post_analytics}), 'they go on after a refusal');
sql('busy', q{SET analytics.allow_drop = on; BEGIN; DROP EXTENSION analytics; PREPARE TRANSACTION 'drop'});
sql('busy', q{COMMIT PREPARED 'drop'});
workers_are('busy', 0, 'once it is dropped they end');
ok($node->poll_query_until('postgres',
		q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type LIKE 'analytics %' AND datname = 'busy'}), 'and so does the supervisor');
is(sql('busy', q{SELECT to_regnamespace('analytics') IS NULL OR NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('analytics'))}),
	't', 'nothing is left of it');
sql('busy', 'CREATE EXTENSION analytics; ' . insert('new') . q{; SELECT analytics.create_consumer('posts')});
workers_are('busy', 1, 'created anew it works');
sql('postgres', 'DROP DATABASE busy');
is(sql('postgres', q{SELECT count(*) FROM pg_database WHERE datname = 'busy'}), 0, 'DROP DATABASE is not hindered');

# ---------------------------------------------------------------------
# Without preloading
# ---------------------------------------------------------------------

$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;

refused('filled', $WAYS{$_}, "$_, not preloaded") for sort keys %WAYS;
refused('filled', "SET session_replication_role = replica; $WAYS{'DROP EXTENSION'}", 'not preloaded, as a replica');
refused('filled', 'ALTER SCHEMA analytics OWNER TO stranger; SET SESSION AUTHORIZATION stranger; DROP SCHEMA analytics CASCADE', 'not preloaded, by an owner who is no superuser');
sql('filled', 'ALTER SCHEMA analytics OWNER TO installer');
allowed('filled', "SET LOCAL analytics.allow_drop = on; $WAYS{$_}", "$_, not preloaded, with the setting on") for sort keys %WAYS;
allowed('filled', 'SET SESSION AUTHORIZATION stranger; SET LOCAL analytics.allow_drop = on; RESET SESSION AUTHORIZATION; DROP EXTENSION analytics',
	'not preloaded, set by who is no superuser');
allowed('filled', "TRUNCATE analytics.post_analytics; $WAYS{$_}", "$_, not preloaded, without a row") for sort keys %WAYS;
is(sql('filled', q{SET SESSION AUTHORIZATION stranger; CREATE TEMP TABLE t (); DROP OWNED BY stranger; SELECT 'done'}), 'done',
	'who may not call anything of the extension is not hindered to drop what is theirs');

sql('filled', 'ALTER EVENT TRIGGER analytics_drop_guard DISABLE');
refused('filled', "SELECT analytics.project_id('proj_d-brand-0'); DROP EXTENSION analytics", 'by the library alone, which a function call has loaded');
sql('filled', 'ALTER EVENT TRIGGER analytics_drop_guard ENABLE ALWAYS');

# ---------------------------------------------------------------------
# A table that cannot be read
# ---------------------------------------------------------------------

my $file = sql('filled', q{SELECT pg_relation_filepath('analytics.post_analytics')});
$node->stop;
unlink $node->data_dir . "/$file" or die "could not remove $file: $!";
$node->start;
($status, $out, $err) = $node->psql('filled', 'DROP EXTENSION analytics');
like($err, qr/could not open file.*CONTEXT:  .*post_analytics.*skipped with analytics\.allow_drop = on/s, 'a table that cannot be read: it says how to be rid of it');
sql('filled', 'SET analytics.allow_drop = on; DROP EXTENSION analytics');
is(sql('filled', q{SELECT count(*) FROM pg_extension WHERE extname = 'analytics'}), 0, 'and that is so');

$node->stop;
done_testing();
