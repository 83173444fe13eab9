# A library and SQL objects that do not belong together, each the newer one, and a
# library that is replaced under a running server: workers end and it is said why,
# sessions get an error that says what to do, and there is always a way out.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PrivateInstallation;
use PostgreSQL::Test::Utils;
use Test::More;

# The sanitizers' server finds its library by a path of its own.
plan skip_all => 'the server cannot be copied' if $ENV{ANALYTICS_TEST_SANITIZED};

my $installation = PrivateInstallation->new(PostgreSQL::Test::Utils::tempdir('installation') . '/private');
my $library = $installation->library;
my $test = AnalyticsTest->new('library_versions', servers => [], install_path => $installation->path);
my $node = $test->node;

# SQL versions that this library does not know; the second needs what is not in it.
my $guard = qq{\\echo Use "ALTER EXTENSION analytics UPDATE" to load this file. \\quit\n};
$installation->add_script('1.1--9.9', "$guard ALTER TABLE analytics.batches ADD COLUMN novelty integer; CREATE FUNCTION analytics.novelty() RETURNS integer LANGUAGE sql AS 'SELECT 9';");
$installation->add_script('9.9--1.1', "$guard DROP FUNCTION analytics.novelty(); ALTER TABLE analytics.batches DROP COLUMN novelty;");
$installation->add_script('1.1--9.8', "$guard CREATE FUNCTION analytics.future() RETURNS integer LANGUAGE c AS 'MODULE_PATHNAME', 'analytics_future';");

# SQLSTATE, message, detail and hint of what a statement raises.
sub create_probe
{
	$test->sql(<<~'SQL');
		CREATE FUNCTION public.probe(statement text) RETURNS text LANGUAGE plpgsql AS $$
		DECLARE
			message text; detail text; hint text;
		BEGIN
			EXECUTE statement;
			RETURN 'no error';
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
			RETURN concat_ws('|', SQLSTATE, message, detail, hint);
		END
		$$
		SQL
}

sub probe
{
	my ($statement) = @_;
	return $test->sql(qq{SELECT public.probe(\$probe\$$statement\$probe\$)});
}

sub not_served
{
	my ($version) = @_;
	return qr/^55000\|extension version "\Q$version\E" is not served by the loaded library\|The library serves 1\.0, 1\.1\.\|Run ALTER EXTENSION analytics UPDATE, or install the library of that version and restart/;
}

sub extension_version { return $test->sql(q{SELECT extversion FROM pg_extension WHERE extname = 'analytics'}) }

# An event goes through the workers.
my $events = 0;
sub works
{
	my ($name) = @_;
	my $id = 'e' . ++$events;
	$test->sql(qq{SELECT analytics.submit('{"event_id": "$id", "payload": {"job_id": "p-brand-0", "platform": "tiktok", "content_count": 1, "items": [{"meta": {"id": "$id"}, "content": {"text": "xin chào"}}]}}')});
	$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$id'", 1);
	pass("$name: an event is processed");
}

# No worker runs, which is told wherever one may look.
sub idles
{
	my ($version, $name, $position) = @_;
	my $problem = qq{extension version "$version" is not served by this library, which serves 1.0, 1.1};

	$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'analytics worker%'}, 0);
	$test->wait_for_sql(q{SELECT state, reason FROM analytics.status}, "stopped|$problem");
	like($test->sql(q{SELECT hint FROM analytics.status}), qr/^Run ALTER EXTENSION analytics UPDATE, or install the library of that version and restart/, "$name: no worker runs, and status says what to do");
	$test->wait_for_sql(q{SELECT state, query FROM pg_stat_activity WHERE backend_type LIKE 'analytics supervisor%'}, "idle|$problem");
	pass("$name: so does the supervisor in pg_stat_activity");
	like($test->wait_for_log(qr/LOG:  extension version "\Q$version\E".*no worker runs in this database/, $position), qr/HINT:  Run ALTER EXTENSION analytics UPDATE/, "$name: so does the log");
	is($test->sql(q{SELECT status, finding FROM analytics.check(false) WHERE name = 'version'}),
		"error|the installed SQL version is $version; the library serves 1.0, 1.1", "$name: so does check()");
	is($test->sql(q{SELECT count(*) FROM analytics.check(false) WHERE name IN ('encoding', 'fsync', 'preload', 'consumer')}), 4, "$name: check() goes on behind that");
	is($test->sql(q{SELECT status FROM analytics.check() WHERE name = 'rules'}), 'skipped', "$name: but for what would read tables of another version");
}

$test->create_extension;
create_probe();
$test->sql(q{SELECT analytics.create_consumer('local')});
works('before all');

# ---------------------------------------------------------------------
# A library that is older than the script: it lacks a function
# ---------------------------------------------------------------------

my $missing = $test->sql_error(q{ALTER EXTENSION analytics UPDATE TO '9.8'});
like($missing, qr/42883: .*"analytics_future".*HINT:  The library and the SQL objects of the extension are of different versions.*restart the server/s,
	'an update that needs what the library has not says so, and what to do');
is(extension_version(), '1.1', 'and leaves the extension as it was');
works('after an update that failed');

# ---------------------------------------------------------------------
# A library that would build beforehand something else than the script adds
# ---------------------------------------------------------------------

my $added = 'CREATE INDEX idx_post_analytics_project_id ON analytics.post_analytics USING btree (project_id)';
my $script = slurp_file("$FindBin::RealBin/../../sql/analytics--1.0--1.1.sql");

$test->sql(q{ALTER EXTENSION analytics UPDATE TO '1.0'});
for my $case (
	[ 'another index', "'" . ($added =~ s/\)$/, id)/r) . "'", qr/The library adds: \Q$added\E\n/ ],
	[ 'one more', "'$added', '" . ($added =~ s/project/other/gr) . "'", qr/The script adds more than the library knows/ ],
	[ 'none', q{VARIADIC '{}'}, qr/The library adds: \Q$added\E\n/ ])
{
	my ($name, $definitions, $detail) = @$case;
	my $changed = $script =~ s/\Q'$added'\E/$definitions/r;
	isnt($changed, $script, "a script that adds $name");
	$installation->add_script('1.0--1.1', $changed);
	like($test->sql_error('ALTER EXTENSION analytics UPDATE'), qr/55000: library and update script do not agree on what version "1\.1" adds.*DETAIL:  $detail.*HINT:  Install library and scripts of one package/s, 'is refused');
}
$installation->add_script('1.0--1.1', $script);
$test->sql('ALTER EXTENSION analytics UPDATE');
is(extension_version(), '1.1', 'and the right one is not');

# ---------------------------------------------------------------------
# A library that is older than the SQL objects
# ---------------------------------------------------------------------

is($test->sql(q{BEGIN; SELECT public.probe('SELECT analytics.analyze_text($$a$$)'); ALTER EXTENSION analytics UPDATE TO '9.9'; SELECT split_part(public.probe('SELECT analytics.analyze_text($$a$$)'), '|', 1); ROLLBACK; SELECT public.probe('SELECT analytics.analyze_text($$a$$)')}),
	"no error\n55000\nno error", 'a session notices its own update at once, and that it was undone');

my $position = $test->log_position;
my $supervisor = join ' ', $test->process_pids('supervisor');
my ($status, $out, $err) = $node->psql('postgres', q{ALTER EXTENSION analytics UPDATE TO '9.9'});
is($status, 0, 'an update to a version that the library does not know is done');
like($err, qr/WARNING:  extension version "9\.9" is not served by the loaded library, so no worker runs.*HINT:  Install the library of that version and restart the server, or go back with ALTER EXTENSION analytics UPDATE TO '1\.1';/s, 'with a warning');
idles('9.9', 'newer SQL', $position);
is(join(' ', $test->process_pids('supervisor')), $supervisor, 'newer SQL: the supervisor stays, to see it mended');

like(probe($_), not_served('9.9'), "newer SQL: $_") for (
	q{SELECT analytics.submit('{"event_id": "x"}')}, q{SELECT analytics.ingest('{"event_id": "x"}')}, q{SELECT analytics.analyze_text('a')},
	q{SELECT analytics.explain_post('a')}, q{SELECT analytics.pause('local')}, q{SELECT analytics.create_consumer('more')},
	q{SELECT analytics.project_id('a', NULL)}, q{CALL analytics.drain('local')}, q{TABLE analytics.metrics}, q{SELECT analytics.prometheus_text()},
	q{INSERT INTO analytics.spam_keywords (keyword) VALUES ('x')}, q{UPDATE analytics.settings SET value = value}, q{DELETE FROM analytics.consumers},
	q{UPDATE analytics.dead_letters SET state = 'discarded'; INSERT INTO analytics.local_queue (body) VALUES ('{}')});
is(probe('TABLE analytics.post_analytics'), 'no error', 'newer SQL: tables can be read');
is($test->sql('SELECT count(*) FROM analytics.post_analytics'), $events, 'newer SQL: and hold what they held');

# Every function of the library, as an SQL that has changed them all might declare it.
$test->sql(<<~'END');
	CREATE SCHEMA strange;
	DO $$
	DECLARE
		symbol text;
	BEGIN
		FOR symbol IN SELECT DISTINCT p.prosrc FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = 'analytics'::regnamespace AND l.lanname = 'c' LOOP
			EXECUTE format('CREATE FUNCTION strange.%I() RETURNS integer LANGUAGE c AS %L, %L', symbol, '$libdir/analytics', symbol);
			EXECUTE format('CREATE FUNCTION strange.%I(integer, integer) RETURNS text LANGUAGE c AS %L, %L', symbol, '$libdir/analytics', symbol);
			EXECUTE format('CREATE FUNCTION strange.%I(text) RETURNS TABLE (a integer) LANGUAGE c AS %L, %L', symbol, '$libdir/analytics', symbol);
			EXECUTE format('CREATE FUNCTION strange.%I(bigint) RETURNS TABLE (%s) LANGUAGE c AS %L, %L', symbol,
				(SELECT string_agg('c' || n || ' integer', ', ') FROM generate_series(1, 27) AS n), '$libdir/analytics', symbol);
		END LOOP;
	END $$
	END
my @symbols = split /\n/, $test->sql(q{SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'strange'::regnamespace ORDER BY 1});
cmp_ok(scalar @symbols, '>', 40, 'all functions of the library are declared anew');

# These work under every version, and look at how they are declared; what the workers'
# transactions stage is nothing in a session.
my %every = map { ("analytics_$_" => 1) } qw(check worker_reports supervisor_report recent_work rabbitmq_validator object_store_validator load_drop_guard
  staged_batches staged_posts staged_crawl_errors staged_dead_letters staged_counters);
for my $symbol (@symbols)
{
	my %said = map { ($_ => probe("SELECT * FROM strange.$symbol($_)")) } '', '7, 7', q{'x'::text}, '7::bigint';
	my @wrong = $every{$symbol}
	  ? grep { $said{$_} !~ not_served('9.9') && $said{$_} !~ /^39P03\|not called as an event trigger|^XX000\|return type must be a row type|^no error$/ } sort keys %said
	  : grep { $said{$_} !~ not_served('9.9') } sort keys %said;
	is_deeply([ map { "($_): $said{$_}" } @wrong ], [], "newer SQL: $symbol does not look at what it does not know");
}
is($test->sql(q{SELECT count(*) FROM strange.analytics_staged_posts(7::bigint)}), 0, 'newer SQL: what is staged is nothing');
unlike($test->log_since($position), qr/terminated by signal|PANIC/, 'newer SQL: nothing has crashed');

$node->command_ok([ 'pg_dump', '--file', $test->folder . '/newer.sql', $node->connstr('postgres') ], 'newer SQL: the database can be dumped');
like(probe('DROP EXTENSION analytics CASCADE'), qr/^2BP01\|cannot drop extension "analytics" because its table/, 'newer SQL: rows are guarded against DROP EXTENSION');
is($test->sql(q{BEGIN; SET LOCAL client_min_messages = error; SET LOCAL analytics.allow_drop = on; DROP EXTENSION analytics CASCADE; SELECT count(*) FROM pg_extension WHERE extname = 'analytics'; ROLLBACK}), 0, 'newer SQL: which drops it when that is wanted');

$test->sql(q{ALTER EXTENSION analytics UPDATE TO '1.1'});
works('newer SQL, and taken back');
is($test->sql('SELECT state, reason FROM analytics.status'), $test->wait_for_sql('SELECT state, reason FROM analytics.status', qr/^(idle|running)\|$/), 'newer SQL, and taken back: status has forgotten it');

# ---------------------------------------------------------------------
# SQL objects of a version that the library serves no more
# ---------------------------------------------------------------------

$position = $test->log_position;
$test->sql(q{UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'analytics'; SELECT pg_reload_conf()});
idles('0.9', 'older SQL', $position);
like(probe(q{SELECT analytics.analyze_text('a')}), not_served('0.9'), 'older SQL: a session is told');
$test->sql(q{UPDATE pg_extension SET extversion = '1.1' WHERE extname = 'analytics'; SELECT pg_reload_conf()});
works('older SQL, and updated');

# ---------------------------------------------------------------------
# The library is replaced under the running server
# ---------------------------------------------------------------------

# The newer one serves 9.9 in the place of 1.1.
my $session = $node->background_psql('postgres');
is($session->query_safe(q{SELECT public.probe('SELECT analytics.analyze_text($$a$$)')}), 'no error', 'a session that has the library');
my @workers = $test->worker_pids;
$installation->replace_library(PrivateInstallation::changed($library, "1.1\0", "9.9\0"));
works('replaced');
is_deeply([ $test->worker_pids ], \@workers, 'replaced: workers go on with the library that the server has');
is($session->query_safe(q{SELECT public.probe('SELECT analytics.analyze_text($$a$$)')}), 'no error', 'replaced: so does the session');
is(probe(q{SELECT analytics.analyze_text('a')}), 'no error', 'replaced: and a new one');
kill TERM => $workers[0];
$test->wait_for_sql("SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'analytics worker%' AND pid <> $workers[0]", 1);
works('replaced, and a worker started again');
$position = $test->log_position;
(undef, undef, $err) = $node->psql('postgres', q{ALTER EXTENSION analytics UPDATE TO '9.9'});
like($err, qr/WARNING:  extension version "9\.9" is not served by the loaded library.*restart the server/s, 'replaced, and updated: the server must be restarted, which is said');
idles('9.9', 'replaced, and updated', $position);
like($session->query_safe(q{SELECT public.probe('SELECT analytics.analyze_text($$a$$)')}), not_served('9.9'), 'replaced, and updated: the session is told');
$session->quit;

$node->restart;
works('replaced, updated and restarted');
is(probe(q{SELECT analytics.analyze_text('a')}), 'no error', 'replaced, updated and restarted: sessions have what they need');
is($test->sql(q{SELECT status, finding FROM analytics.check(false) WHERE name = 'version'}), 'ok|the installed SQL version is 9.9; the library serves 1.0, 9.9', 'replaced, updated and restarted: check() finds it so');

# ---------------------------------------------------------------------
# The older one comes back, under SQL objects that are newer
# ---------------------------------------------------------------------

$installation->replace_library($library);
$position = $test->log_position;
$node->restart;
idles('9.9', 'older library', $position);
like(probe(q{SELECT analytics.analyze_text('a')}), not_served('9.9'), 'older library: a session is told');
$test->sql(q{ALTER EXTENSION analytics UPDATE TO '1.1'});
works('older library, and taken back');

# ---------------------------------------------------------------------
# A library without a function that the SQL objects have, and none at all
# ---------------------------------------------------------------------

$installation->replace_library(PrivateInstallation::changed($library, "analytics_explain_post\0", "analytics_explain_past\0"));
$node->restart;
like($test->sql_error(q{SELECT analytics.explain_post('a')}), qr/42883: .*"analytics_explain_post".*HINT:  The library and the SQL objects of the extension are of different versions/s, 'a function that the library lacks');
is(probe(q{SELECT analytics.analyze_text('a')}), 'no error', 'takes no other along');
works('a function that the library lacks');

$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;
$test->sql(q{ALTER EXTENSION analytics UPDATE TO '9.9'});
like(probe(q{SELECT analytics.analyze_text('a')}), not_served('9.9'), 'not preloaded: a session is told just the same');
is($test->sql(q{SELECT status, finding FROM analytics.check(false) WHERE name IN ('version', 'preload') ORDER BY name}), "error|analytics is not in shared_preload_libraries, so no worker runs\nerror|the installed SQL version is 9.9; the library serves 1.0, 1.1", 'not preloaded: check() finds both');
$test->sql(q{SET analytics.allow_drop = on; SET client_min_messages = error; DROP EXTENSION analytics CASCADE});
is($test->sql(q{SELECT count(*) FROM pg_extension WHERE extname = 'analytics'}), 0, 'not preloaded: it can be dropped');

$node->stop;
done_testing();
