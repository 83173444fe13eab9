# pg_upgrade of a server with the extension in use: rows, rules, counters, consumers, queue
# and rights are as they were, no process of ours runs while it goes on, and afterwards the
# consumers go on where they had stopped.  So do those of databases whose SQL objects are
# still of version 1.0, one of them with an index that was prepared and not yet adopted.
# For test/matrix/upgrade.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old_installation = $ENV{ANALYTICS_OLD_INSTALLATION} // die 'ANALYTICS_OLD_INSTALLATION is not set';
my $test = AnalyticsTest->new('upgraded', install_path => $old_installation);
my $old = $test->node;

sub event_with
{
	my ($id, @posts) = @_;
	my $items = join ', ', map { qq({"meta": {"id": "$_"}, "content": {"text": "đẹp quá zz pin"}}) } @posts;
	my $count = @posts;
	return qq({"event_id": "$id", "payload": {"job_id": "proj_u-brand-0", "platform": "zalo", "content_count": $count, "items": [$items]}});
}

sub submit
{
	my ($consumer, @event) = @_;
	$test->sql('SELECT analytics.submit($$' . event_with(@event) . "\$\$, '$consumer')");
}

# --- a server on which everything is in use ---

$test->create_extension;
$test->sql(<<~'END');
	CREATE ROLE ingester LOGIN;
	CREATE ROLE dashboard;
	GRANT USAGE ON SCHEMA analytics TO dashboard;
	GRANT SELECT ON analytics.post_analytics TO dashboard;
	ALTER ROLE dashboard SET analytics.allow_drop = off;
	ALTER DATABASE postgres SET analytics.allow_drop = off;
	INSERT INTO analytics.platforms (name, weight, expected_size) VALUES ('zalo', 1.3, 30);
	INSERT INTO analytics.aspect_terms (term, aspect) VALUES ('zz pin', 'PERFORMANCE');
	UPDATE analytics.settings SET value = 80 WHERE name = 'impact.viral_threshold';
	SELECT analytics.create_consumer('local', role => 'ingester', workers => 2);
	SELECT analytics.create_consumer('waiting', enabled => false);
	SELECT analytics.create_consumer('paused');
	SELECT analytics.pause('paused', 'for a reason');
	END
$test->create_consumer('posts', workers => 2);
$test->sql('CREATE DATABASE second');
$old->safe_psql('second', 'CREATE EXTENSION analytics');

# Databases of version 1.0, in use as well: as it is; with the index of 1.1 prepared; with
# one that is half built.
my @BEHIND = qw(behind prepared broken);
my $INDEX = 'analytics.idx_post_analytics_project_id';

sub submit_in
{
	my ($database, @event) = @_;
	$test->node->safe_psql($database, 'SELECT analytics.submit($$' . event_with(@event) . '$$)');
}

sub wait_in
{
	my ($database, $query, $expected) = @_;
	my $found = $test->node->poll_query_until($database, $query, $expected // 't');
	die "$database: $query does not become " . ($expected // 't') unless $found;
}

for my $database (@BEHIND)
{
	$test->sql("CREATE DATABASE $database");
	$old->safe_psql($database, q{CREATE EXTENSION analytics VERSION '1.0'; SELECT analytics.create_consumer('local')});
	submit_in($database, "evt_$database", "${database}1", "${database}2");
	wait_in($database, 'SELECT count(*) FROM analytics.post_analytics', 2);
}
for my $database (qw(prepared broken))
{
	is($old->safe_psql($database, q{SELECT analytics.prepare_update('1.1')}), 'building', "$database: the index of 1.1 is built beforehand");
	wait_in($database, q{SELECT state = 'ready' FROM analytics.stat_update});
}
$old->safe_psql('broken', qq{UPDATE pg_index SET indisvalid = false WHERE indexrelid = '$INDEX'::regclass; UPDATE analytics.update_preparations SET state = 'building'});
is($old->safe_psql('broken', 'SELECT state FROM analytics.stat_update'), 'interrupted', 'broken: as when its builder had been ended');

my $first = $test->generate(tiktok => 12, youtube => 6, compress => 'zstd');
$test->publish($first);
submit('local', "evt_local_$_", "local$_") for 1 .. 3;
$test->wait_for_batches($first->{expect}{batches} + 3);
$test->sql(q{SELECT analytics.submit('{"event_id": "evt_bad"}', 'local')});
$test->wait_for_dead_letters(1);
$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0);
$test->wait_for_empty_queue;
submit('waiting', 'evt_waiting', 'waiting1', 'waiting2');
submit('paused', 'evt_paused', 'paused1');

# --- what is compared ---

# Every table of the extension, whichever there are.
sub tables
{
	return split /\n/, $test->sql(<<~'END');
		SELECT d.objid::regclass FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p')
		WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e'
			AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'analytics') ORDER BY d.objid::regclass::text COLLATE "C"
		END
}

sub fingerprint
{
	my ($table, $database) = @_;
	return $test->node->safe_psql($database // 'postgres', qq{SELECT count(*) || ' rows, ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C")), 'none') FROM $table t});
}

my @tables;

# Of a database whose version is 1.0.
sub all_of
{
	my ($database) = @_;
	return join "\n", map { "$_: " . fingerprint($_, $database) } @tables;
}

my %compared = (
	sequences => q{SELECT string_agg(sequencename || ' ' || coalesce(last_value::text, 'unused'), E'\n' ORDER BY sequencename) FROM pg_sequences WHERE schemaname = 'analytics'},
	# but for the types of rows, which belong to an extension or not, by version
	objects => <<~'END',
		SELECT string_agg(pg_describe_object(classid, objid, objsubid), E'\n' ORDER BY pg_describe_object(classid, objid, objsubid) COLLATE "C")
		FROM pg_depend WHERE deptype = 'e' AND classid <> 'pg_type'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'analytics')
		END
	dumped => <<~'END',
		SELECT extversion || E'\n' || (SELECT string_agg(u.r::regclass || ' ' || u.c, E'\n' ORDER BY u.r::regclass::text COLLATE "C") FROM unnest(extconfig, extcondition) AS u(r, c))
		FROM pg_extension WHERE extname = 'analytics'
		END
	rights => <<~'END',
		SELECT string_agg(o.what || ' ' || a.grantee::regrole || ' ' || a.privilege_type, E'\n' ORDER BY o.what COLLATE "C", a.grantee::regrole::text, a.privilege_type)
		FROM (SELECT c.oid::regclass::text, coalesce(c.relacl, acldefault(CASE WHEN c.relkind = 'S' THEN 's' ELSE 'r' END::"char", c.relowner))
			FROM pg_class c WHERE c.relkind IN ('r', 'v', 'S') AND c.relnamespace = 'analytics'::regnamespace
			UNION ALL SELECT t.attrelid::regclass || '.' || t.attname, t.attacl FROM pg_attribute t WHERE t.attacl IS NOT NULL AND t.attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'analytics'::regnamespace)
			UNION ALL SELECT p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner)) FROM pg_proc p WHERE p.pronamespace = 'analytics'::regnamespace
		) AS o(what, acl), aclexplode(o.acl) AS a WHERE a.privilege_type <> 'MAINTAIN'
		END
	analysis => q{SELECT a::text FROM analytics.analyze_text('zz tay, zz pin rất tệ, đẹp quá') AS a});
my $check_query = q{SELECT string_agg(name || coalesce(' of ' || subject, '') || ': ' || status, E'\n' ORDER BY name, subject) FROM analytics.check() WHERE name <> 'fsync'};
my $check = $test->sql($check_query);
unlike($check, qr/: error/, 'check() finds nothing wrong before');

# Without our processes nothing changes any more, in the old server and in the new.
sub restart_with
{
	my ($library) = @_;
	$test->node->append_conf('postgresql.conf', "shared_preload_libraries = '$library'");
	$test->node->restart;
}

restart_with('');
@tables = tables();
my %before = map { ($_ => fingerprint($_)) } @tables;
my %said = map { ($_ => $test->sql($compared{$_})) } sort keys %compared;
my %behind = map { ($_ => all_of($_)) } @BEHIND;
cmp_ok(scalar @tables, '>', 20, 'the tables of the extension are compared');
is((grep { $before{"analytics.$_"} !~ /^0 rows/ } qw(post_analytics crawl_errors batches dead_letters counters consumers local_queue aspect_terms rule_sets)),
	9, 'and those that matter are not empty');
$old->append_conf('postgresql.conf', "shared_preload_libraries = 'analytics'");
$old->stop;
my $second = $test->generate(tiktok => 4, youtube => 2, seed => 2, name => 'later');
my $again = $test->publish($first);
$test->publish($second);
is($test->queue->{ready}, $again + $second->{expect}{batches}, 'events wait in the broker while no server runs');

# --- pg_upgrade ---

my $new = PostgreSQL::Test::Cluster->new('upgraded_new');
my $major = (split /\D/, $new->pg_version)[0];
$new->init(extra => [ '--encoding=UTF8', '--no-locale', ($major >= 18 ? '--no-data-checksums' : ()) ]);
$new->append_conf('postgresql.conf', <<~'END');
	shared_preload_libraries = 'analytics'
	fsync = off
	max_worker_processes = 24
	log_line_prefix = '%m [%p] %b %d '
	END
note('from ' . $old->pg_version . ' to ' . $new->pg_version);

sub pg_upgrade
{
	my (@more) = @_;
	my ($out, $folder) = ('', $test->folder);
	my $ok = IPC::Run::run(
		[
			'pg_upgrade', '--retain', '--old-bindir', $old->config_data('--bindir'), '--new-bindir', $new->config_data('--bindir'),
			'--old-datadir', $old->data_dir, '--new-datadir', $new->data_dir, '--old-port', $old->port, '--new-port', $new->port,
			'--socketdir', $new->host, @more
		],
		init => sub { chdir $folder or die "$folder: $!" },
		'<' => \undef, '>&' => \$out);
	note($out);
	return $ok;
}

ok(pg_upgrade('--check'), 'pg_upgrade --check finds nothing against it');
ok(pg_upgrade(), 'pg_upgrade');

my $logs = '';
for my $file (glob($new->data_dir . '/pg_upgrade_output.d/*/log/*.log'))
{
	$logs .= slurp_file($file);
}
my $ours = qr/ analytics (?:launcher|supervisor|worker) /;
like(slurp_file($old->logfile), $ours, 'our processes are heard of in the log of a server that starts them');
like($logs, qr/database system is ready/, 'pg_upgrade had servers started');
unlike($logs, $ours, 'and none of our processes in them');

# --- the same, before anything works on it ---

$test->{node} = $new;
$new->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$new->start;
is(join(' ', tables()), "@tables", 'the tables are the same');
is(fingerprint($_), $before{$_}, "$_ is as it was") for @tables;
is($test->sql($compared{$_}), $said{$_}, "$_: as before") for sort keys %compared;
is($new->safe_psql('second', 'SELECT extversion FROM pg_extension WHERE extname = $$analytics$$'),
	$test->sql('SELECT extversion FROM pg_extension WHERE extname = $$analytics$$'), 'a second database has it too');

for my $database (@BEHIND)
{
	is(all_of($database), $behind{$database}, "$database: every table is as it was");
	is($new->safe_psql($database, 'SELECT extversion FROM pg_extension WHERE extname = $$analytics$$'), '1.0', "$database: it is still 1.0");
}
is($new->safe_psql('behind', 'SELECT state, index_state FROM analytics.stat_update CROSS JOIN analytics.update_steps()'), 'absent|absent', 'behind: nobody has built the index');
is($new->safe_psql('prepared', 'SELECT state, index_state, attempts FROM analytics.stat_update CROSS JOIN analytics.update_steps()'), 'ready|valid|1', 'prepared: the index is ready');
# what is not valid pg_upgrade leaves out
is($new->safe_psql('broken', 'SELECT state, index_state, attempts FROM analytics.stat_update CROSS JOIN analytics.update_steps()'), 'interrupted|absent|1', 'broken: it was interrupted, and is gone');

# --- and it goes on ---

restart_with('analytics');
my $batches = $first->{expect}{batches} + $second->{expect}{batches} + 3;
$test->wait_for_batches($batches);
$test->wait_for_empty_queue;
$test->wait_for_sql(q{SELECT sum(value) FROM analytics.counters WHERE metric = 'duplicates_skipped'}, $again);
is($test->sql('SELECT count(*) FROM analytics.batches'), $batches, 'of what waited in the broker, what is new is processed, and what came again is known');
is($test->sql('SELECT count(*) FROM analytics.post_analytics'), $first->{expect}{posts} + $second->{expect}{posts} + 3, 'and every post is a row');

submit('local', 'evt_after', 'after1', 'after2');
$test->sql(q{SELECT analytics.alter_consumer('waiting', enabled => true)});
$test->wait_for_batches($batches + 2);
is($test->sql(q{SELECT string_agg(id, ' ' ORDER BY id) FROM analytics.post_analytics WHERE event_id IN ('evt_after', 'evt_waiting')}),
	'after1 after2 waiting1 waiting2', 'what had waited in the local queue becomes rows, and so does what comes new');
is($test->sql(q{SELECT consumer FROM analytics.local_queue}), 'paused', 'a paused consumer stays paused');
is($test->sql(q{SELECT pause_reason FROM analytics.consumers WHERE paused}), 'for a reason', 'and no other is');

for my $database (@BEHIND)
{
	my $index = $new->safe_psql($database, "SELECT to_regclass('$INDEX')::oid");
	submit_in($database, "evt_${database}_later", "${database}3");
	wait_in($database, 'SELECT count(*) FROM analytics.post_analytics', 3);
	pass("$database: version 1.0 works under the new package");
	is($new->safe_psql($database, q{SELECT string_agg(concat_ws(' ', name, subject, finding), '; ') FROM analytics.check(false) WHERE status = 'error' AND name <> 'fsync'}), '', "$database: check() finds nothing wrong");
	$new->safe_psql($database, 'ALTER EXTENSION analytics UPDATE');
	is($new->safe_psql($database, 'SELECT state FROM analytics.stat_update'), 'installed', "$database: and is updated");
	is($new->safe_psql($database, "SELECT to_regclass('$INDEX')::oid"), $index, "$database: by the index that was prepared") if $database eq 'prepared';
	is($new->safe_psql($database, qq{SELECT indisvalid AND indisready FROM pg_index WHERE indexrelid = '$INDEX'::regclass}), 't', "$database: the index is valid");
	is($new->safe_psql($database, qq{SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT count(*) FROM analytics.post_analytics WHERE project_id = 'proj_u'}), 3, "$database: and holds every row");
	is($new->safe_psql($database, q{SELECT string_agg(concat_ws(' ', name, subject, finding), '; ') FROM analytics.check(false) WHERE status <> 'ok' AND name IN ('version', 'update', 'index', 'table', 'column', 'constraint', 'trigger')}), '', "$database: check() finds nothing amiss");
	submit_in($database, "evt_${database}_last", "${database}4");
	wait_in($database, 'SELECT count(*) FROM analytics.post_analytics', 4);
	pass("$database: and it goes on");
}

$check =~ s/^(consumer of waiting: )warning$/$1ok/m;
$test->wait_for_sql($check_query, $check);
pass('check() says what it said before');

done_testing();
