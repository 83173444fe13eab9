# What comes out of a dump works as it did: nothing begins before somebody says so,
# then numbers go on, and rules and ledger hold.  That all of it comes back is
# 120_versions_keep_data.pl's to say.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use FilledDatabase;
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
fill_database($test);
my $letter = $test->sql('SELECT max(id) FROM analytics.dead_letters');

# --- what is compared ---

my $sets_query = q{SELECT string_agg(concat_ws('|', version, name, created_at, created_by, description), E'\n' ORDER BY version) FROM analytics.rule_sets WHERE version > 1};
my $sets = $test->sql($sets_query);
my $analysis_query = q{SELECT (a, (SELECT model_version FROM analytics.analyze('{"meta": {"id": "1"}}'))) FROM analytics.analyze_text('zz tay, zzk sao, zz pin zz hay') AS a};
my $analysis = $test->sql($analysis_query);
like($analysis, qr/CRISIS.*zz pin/, 'a text is judged by our own rules');
my $rights = rights($node, 'postgres');
like($rights, qr/^analytics\.local_queue\.leased_by ingester UPDATE$/m, 'the rights of a consumer\'s role are among those that there are');

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

	is(sql_in($format, 'SELECT name, paused, pause_reason FROM analytics.consumers ORDER BY name'),
		"local|t|restored from a dump\npaused|t|for a reason", "$format: all of them are paused, each with its reason");
	is(rights($node, $format), $rights, "$format: rights are as they were");
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
	sql_in($format, 'SELECT analytics.submit($$' . collected('new') . '$$)');
	ok($node->poll_query_until($format, q{SELECT EXISTS (SELECT FROM analytics.batches WHERE key = 'evt_new' AND error_count = 1 AND expected_count = 30)}),
		"$format: and applies the restored rules");
	sql_in($format, 'SELECT analytics.submit($$' . collected(1) . '$$)');
	ok($node->poll_query_until($format, q{SELECT sum(value) = 1 FROM analytics.counters WHERE metric = 'duplicates_skipped'}),
		"$format: and knows the restored ledger");
}

done_testing();
