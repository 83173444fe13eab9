# What a dump holds comes back: rules, results, ledger, counters, consumers and
# rights; and nothing begins to work before somebody says so.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $test = AnalyticsTest->new('dump_restore', servers => []);
my $node = $test->node;
my $folder = $test->folder;

sub sql_in
{
	my ($database, $query) = @_;
	return $node->safe_psql($database, $query);
}

# --- a database in which everything is there ---

$test->create_extension;
$test->sql(<<~"END");
	CREATE ROLE ingester LOGIN;
	CREATE ROLE dashboard;
	GRANT USAGE ON SCHEMA analytics TO dashboard;
	GRANT SELECT ON analytics.post_analytics TO dashboard;
	GRANT EXECUTE ON FUNCTION analytics.submit(jsonb, text) TO dashboard;
	CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'file://$folder');
	GRANT USAGE ON FOREIGN SERVER store TO ingester;
	CREATE USER MAPPING FOR ingester SERVER store;
	UPDATE analytics.settings SET value = 80 WHERE name = 'impact.viral_threshold';
	UPDATE analytics.platforms SET expected_size = 40 WHERE name = 'tiktok';
	INSERT INTO analytics.platforms (name, weight, expected_size) VALUES ('zalo', 1.3, 30);
	INSERT INTO analytics.error_codes (code, category, retryable) VALUES ('OUR_ERROR', 'media', true);
	UPDATE analytics.error_codes SET category = 'network' WHERE code = 'STORAGE_ERROR';
	INSERT INTO analytics.slang (source, formal) VALUES ('zzk', 'không');
	INSERT INTO analytics.spam_keywords (keyword) VALUES ('zz vay');
	INSERT INTO analytics.stop_words (word) VALUES ('zz');
	INSERT INTO analytics.aspect_terms (term, aspect) VALUES ('zz pin', 'PERFORMANCE');
	INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('zz hay', 0.8);
	INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('zz\\s+(chay|tay)', 'CRISIS');
	UPDATE analytics.settings SET value = 3 WHERE name = 'text.min_length';
	UPDATE analytics.rule_sets SET description = 'mine' WHERE version = (SELECT max(version) FROM analytics.rule_sets);
	SELECT analytics.create_consumer('local', store => 'store', role => 'ingester', workers => 2);
	SELECT analytics.create_consumer('paused', prefetch => 7, queue_arguments => '{"x-max-length": 5}', enabled => false);
	SELECT analytics.pause('paused', 'for a reason');
	END
my $event = q({"event_id": "evt_%s", "payload": {"job_id": "proj_d-brand-0", "platform": "zalo", "content_count": 3, "items": [{"meta": {"id": "%s"}, "content": {"text": "đẹp \"quá\"\t✨"}}, {"meta": {"id": "e", "fetch_status": "error"}}]}});
$test->sql('SELECT analytics.submit($$' . sprintf($event, $_, $_) . '$$)') for 1 .. 3;
$test->wait_for_batches(3);
$test->sql(q{SELECT analytics.submit('{"event_id": "evt_bad"}')});
$test->wait_for_dead_letters(1);
$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0);
$test->sql(q{SELECT analytics.submit('{"event_id": "evt_waits"}', 'paused')});
my $letter = $test->sql('SELECT max(id) FROM analytics.dead_letters');
$test->sql("SELECT analytics.discard($letter, 'to be kept')");
$test->sql(q{SELECT analytics.replay_batch('evt_1')});
$test->wait_for_sql('SELECT count(*) FROM analytics.batch_replays', 1);
$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 1);

# --- what is compared ---

my %tables = map {
	my ($table, $key) = @$_;
	($table => $test->sql("SELECT string_agg(t::text, E'\\n' ORDER BY $key) FROM analytics.$table t"))
} my @tables = (
	[ 'settings', 'name' ], [ 'platforms', 'name' ], [ 'error_codes', 'code' ],
	[ 'slang', 'source' ], [ 'spam_keywords', 'keyword' ], [ 'stop_words', 'word' ], [ 'aspect_terms', 'term' ],
	[ 'sentiment_terms', 'term' ], [ 'intent_patterns', 'pattern' ], [ 'rule_changes', 'place' ],
	[ 'post_analytics', 'id' ], [ 'crawl_errors', 'id' ], [ 'batches', 'key' ],
	[ 'dead_letters', 'id' ], [ 'dead_letter_history', 'id' ], [ 'batch_replays', 'id' ], [ 'local_queue', 'id' ],
	[ 'counters', 'consumer, worker, metric, platform, label, detail' ], [ 'submissions', 'consumer, worker' ]);
my $sets_query = q{SELECT string_agg(concat_ws('|', version, name, created_at, created_by, description), E'\n' ORDER BY version) FROM analytics.rule_sets WHERE version > 1};
my $sets = $test->sql($sets_query);
my $analysis_query = q{SELECT (a, (SELECT model_version FROM analytics.analyze('{"meta": {"id": "1"}}'))) FROM analytics.analyze_text('zz tay, zzk sao, zz pin zz hay') AS a};
my $consumers_query = q{SELECT string_agg((to_jsonb(c) - 'paused' - 'paused_at' - 'paused_by' - 'pause_reason')::text, E'\n' ORDER BY name) FROM analytics.consumers c};
my $consumers = $test->sql($consumers_query);
my $analysis = $test->sql($analysis_query);
like($analysis, qr/CRISIS.*zz pin/, 'a text is judged by our own rules');
my $rights_query = <<~'END';
	SELECT string_agg(o.what || ' ' || a.grantee::regrole || ' ' || a.privilege_type, E'\n' ORDER BY o.what COLLATE "C", a.grantee::regrole::text, a.privilege_type)
	FROM (SELECT c.oid::regclass::text, c.relacl FROM pg_class c WHERE c.relnamespace = 'analytics'::regnamespace
		UNION ALL SELECT t.attrelid::regclass || '.' || t.attname, t.attacl FROM pg_attribute t WHERE t.attacl IS NOT NULL AND t.attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'analytics'::regnamespace)
		UNION ALL SELECT p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner)) FROM pg_proc p WHERE p.pronamespace = 'analytics'::regnamespace
		UNION ALL SELECT nspname, nspacl FROM pg_namespace WHERE nspname = 'analytics'
	) AS o(what, acl), aclexplode(o.acl) AS a
	END
my $rights = $test->sql($rights_query);
like($rights, qr/^analytics\.local_queue\.leased_by ingester UPDATE$/m, 'the rights of a consumer\'s role are among what is compared');
unlike($rights, qr/ - /, 'PUBLIC has none');

# --- there and back ---

my @port = ('--port', $node->port, '--host', $node->host);
my %restore = (
	custom => [ 'pg_restore', @port, '--exit-on-error', '--dbname', 'custom', "$folder/custom.dump" ],
	plain => [ 'psql', @port, '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--dbname', 'plain', '--file', "$folder/plain.dump" ]);

for my $format (sort keys %restore)
{
	command_ok([ 'pg_dump', @port, '--format', $format, '--file', "$folder/$format.dump", 'postgres' ], "$format: dumped");
	sql_in('postgres', "CREATE DATABASE $format TEMPLATE template0");
	command_ok($restore{$format}, "$format: restored");

	for my $table (map { $_->[0] } @tables)
	{
		my ($key) = map { $_->[1] } grep { $_->[0] eq $table } @tables;
		isnt($tables{$table}, '', "$format: $table held something") if $format eq 'custom';
		is(sql_in($format, "SELECT string_agg(t::text, E'\\n' ORDER BY $key) FROM analytics.$table t"), $tables{$table}, "$format: $table is as it was");
	}
	is(sql_in($format, $consumers_query), $consumers, "$format: consumers are as they were, pauses apart");
	is(sql_in($format, 'SELECT name, paused, pause_reason FROM analytics.consumers ORDER BY name'),
		"local|t|restored from a dump\npaused|t|for a reason", "$format: all of them are paused, each with its reason");
	is(sql_in($format, $rights_query), $rights, "$format: rights are as they were");
	is(sql_in($format, $sets_query), $sets, "$format: the rule sets are as they were");
	is(sql_in($format, $analysis_query), $analysis, "$format: a text is judged as it was, by a set of the same name");

	# stamps were drawn while the dump was restored, and their sequence was set back
	my $viral = q{SELECT model_version = (SELECT name FROM analytics.rule_sets ORDER BY version DESC LIMIT 1), is_viral FROM analytics.analyze('{"meta": {"id": "1"}, "content": {"text": "đây là một bài đăng", "like_count": 50000}}')};
	is(sql_in($format, join ";\n", $viral, map { ("UPDATE analytics.settings SET value = $_ WHERE name = 'impact.viral_threshold'", $viral) } 100, 0, 80),
		"t|f\nt|f\nt|t\nt|f", "$format: a session that has analysed sees each change of a rule that it makes");

	is(sql_in($format, q{WITH before AS (SELECT max(version) AS version FROM analytics.rule_sets) UPDATE analytics.spam_keywords SET enabled = false WHERE keyword = 'zz vay' RETURNING (SELECT version FROM before)}),
		sql_in($format, q{SELECT max(version) - 1 FROM analytics.rule_sets}), "$format: the next set has the next number");

	# what was lost of a restore would show in what is written after it
	is(sql_in($format, q{SELECT min(analytics.submit('{"event_id": "evt_after"}', 'local')) > (SELECT min(id) FROM analytics.local_queue WHERE consumer = 'paused')}),
		't', "$format: numbers of the local queue go on");
	is(sql_in($format, q{UPDATE analytics.settings SET value = 60 WHERE name = 'risk.high_impact' RETURNING builtin, modified}),
		't|t', "$format: rules are guarded again");

	sql_in($format, q{SELECT analytics.resume('local')});
	ok($node->poll_query_until($format, "SELECT max(id) > $letter FROM analytics.dead_letters WHERE event_id = 'evt_after'"),
		"$format: a resumed consumer works, under the next number of dead letters");
	sql_in($format, 'SELECT analytics.submit($$' . sprintf($event, 'new', 'new') . '$$)');
	ok($node->poll_query_until($format, q{SELECT EXISTS (SELECT FROM analytics.batches WHERE key = 'evt_new' AND error_count = 1 AND expected_count = 30)}),
		"$format: and applies the restored rules");
	sql_in($format, 'SELECT analytics.submit($$' . sprintf($event, 1, 1) . '$$)');
	ok($node->poll_query_until($format, q{SELECT sum(value) = 1 FROM analytics.counters WHERE metric = 'duplicates_skipped'}),
		"$format: and knows the restored ledger");
}

done_testing();
