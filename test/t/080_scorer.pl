# A consumer's own scorer: what it says is stored, it is called once for a
# batch, it can do no more than its owner, and whatever it does wrong costs the
# batch its sentiment and nothing else.

use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use Test::More;
use Time::HiRes qw(time);

my $test = AnalyticsTest->new('scorer', servers => []);
$test->create_extension;
$test->sql(q{
	CREATE ROLE scientist;
	CREATE SCHEMA science AUTHORIZATION scientist;
	SET ROLE scientist;
	CREATE TABLE science.calls (texts text[], called_by name DEFAULT current_user, path text DEFAULT current_setting('search_path'));
	CREATE SEQUENCE science.tries;
	CREATE SEQUENCE science.turns;
});

# The body of the scorer, in PL/pgSQL, from now on.
sub scorer_is
{
	my ($body) = @_;
	$test->sql(qq{SET ROLE scientist;
		CREATE OR REPLACE FUNCTION science.score(texts text[]) RETURNS float8[] LANGUAGE plpgsql AS \$f\$
		DECLARE result float8[]; BEGIN PERFORM nextval('science.tries'); $body END \$f\$});
}

my $events = 0;
my $consumer = 'posts';
my @texts = ('máy này dùng alpha cũng được đấy', 'máy này dùng beta cũng được đấy', 'máy này dùng gamma cũng được đấy');

# Queue an event with these texts as posts of 1000 likes; returns its id.
sub submit
{
	my (@posts) = @_;
	my $id = 'evt_' . ++$events;
	my $place = 0;
	my $items = join ',', map {
		sprintf '{"meta": {"id": "%s_%d"}, "content": {"text": "%s", "like_count": 1000}, "author": {"follower_count": 1000}}',
		  $id, $place++, $_
	} @posts;
	$test->sql(sprintf q{SELECT analytics.submit('{"event_id": "%s", "payload": {"job_id": "p-brand-0", "platform": "tiktok", "content_count": %d, "items": [%s]}}', '%s')},
		$id, scalar @posts, $items, $consumer);
	return $id;
}

sub process
{
	my $id = submit(@_);
	$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$id'", 1);
	return $id;
}

sub stored
{
	my ($id, $columns) = @_;
	return $test->sql("SELECT $columns FROM analytics.post_analytics WHERE event_id = '$id' ORDER BY id");
}

sub failures { return $test->sql(q{SELECT coalesce(sum(total), 0) FROM analytics.metric_scorer_failures}) }
sub tries { return $test->sql('SELECT last_value FROM science.tries') }

# --- what is refused -----------------------------------------------------------

sub refused
{
	my ($scorer, $pattern, $name, $role) = @_;
	my $become = $role ? "SET ROLE $role;" : '';
	my $runs_as = $role ? ", role => '$role'" : '';
	like($test->sql_error("$become SELECT analytics.create_consumer('no', scorer => '$scorer' $runs_as)"), $pattern, $name);
}

$test->sql(q{
	CREATE FUNCTION public.of_set(text[]) RETURNS SETOF float8[] LANGUAGE sql AS 'SELECT NULL::float8[]';
	CREATE FUNCTION public.of_text(text) RETURNS float8[] LANGUAGE sql AS 'SELECT NULL::float8[]';
	CREATE FUNCTION public.to_float4(text[]) RETURNS float4[] LANGUAGE sql AS 'SELECT NULL::float4[]';
	CREATE PROCEDURE public.procedure(text[]) LANGUAGE sql AS '';
	CREATE AGGREGATE public.aggregate(text[]) (SFUNC = array_cat, STYPE = text[]);
	CREATE FUNCTION public.owned_by_superuser(text[]) RETURNS float8[] LANGUAGE sql AS 'SELECT NULL::float8[]';
	CREATE FUNCTION public.nobodys(text[]) RETURNS float8[] LANGUAGE sql SECURITY DEFINER AS 'SELECT NULL::float8[]';
	REVOKE EXECUTE ON FUNCTION public.nobodys(text[]) FROM PUBLIC;
	CREATE ROLE analyst LOGIN;
	GRANT USAGE ON SCHEMA analytics TO analyst;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA analytics TO analyst;
	GRANT ALL ON analytics.consumers TO analyst;
});
refused('public.missing(text[])', qr/42883.*function "public\.missing\(text\[\]\)" does not exist.*HINT/s, 'a function that is not there');
refused('of_set(text[])', qr/42883/, 'a function without its schema');
refused('public.of_set(text[])', qr/42809.*returns a set/s, 'one that returns a set');
refused('public.of_text(text)', qr/42809.*argument is not of type text\[\]/s, 'one of another signature');
refused('public.to_float4(text[])', qr/42809.*does not return float8\[\]/s, 'one of another result');
refused('public.procedure(text[])', qr/42809.*no function/s, 'a procedure');
refused('public.aggregate(text[])', qr/42809.*no function/s, 'an aggregate');
refused('public.nobodys(text[])', qr/42501.*GRANT EXECUTE ON FUNCTION public\.nobodys\(text\[\]\) TO analyst/s, 'one that the caller may not execute', 'analyst');
refused('public.owned_by_superuser(text[])', qr/42501.*as its owner.*SECURITY DEFINER/s, 'one that would lend the caller the rights of another', 'analyst');
for my $timeout ('99 ms', '301 s', '1 day')
{
	like($test->sql_error("SELECT analytics.create_consumer('no', scorer_timeout => '$timeout')"), qr/22023.*scorer_timeout.*100 ms to 5 minutes/s, "a timeout of $timeout");
}

# --- a good one ----------------------------------------------------------------

my $good = q{
	INSERT INTO science.calls (texts) VALUES (texts);
	SELECT array_agg(CASE WHEN t LIKE '%alpha%' THEN 0.9 WHEN t LIKE '%beta%' THEN -0.9 ELSE 0 END ORDER BY n)
	INTO result FROM unnest(texts) WITH ORDINALITY AS u(t, n);
	RETURN result;};
scorer_is($good);
$test->create_consumer('posts', broker => undef, store => undef, scorer => 'science.score(text[])', commit_delay => '0 ms');
is($test->sql('SELECT scorer, scorer_timeout FROM analytics.consumers'), 'science.score(text[])|00:00:05', 'its name and the timeout are kept');
my $scored = process(@texts, 'ngắn');
is(stored($scored, q{overall_sentiment, overall_sentiment_score, impact_breakdown ->> 'amplifier'}),
	"POSITIVE|0.9|1.100000\nNEGATIVE|-0.9|1.500000\nNEUTRAL|0|1.000000\nNEUTRAL|0|1.000000", 'its scores are the posts\', and the impact follows');
cmp_ok(stored($scored, 'impact_score') =~ s/\n.*//sr, '>', 0, 'there is an impact');
is($test->sql('SELECT count(*), max(array_to_string(texts, \'/\')), max(called_by), max(path) FROM science.calls'),
	join('|', 1, join('/', @texts), 'scientist', 'pg_catalog, pg_temp'), 'it was called once, as its owner, with the clean texts of what is no noise');
process('ngắn');
is(tries(), 1, 'it is not called for a batch of noise');
is(failures(), 0, 'nothing failed');

# --- the group written again ---------------------------------------------------

$test->sql(q{CREATE SEQUENCE public.writes; GRANT ALL ON SEQUENCE public.writes TO PUBLIC;
	CREATE FUNCTION public.fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('public.writes') = 1 THEN RAISE 'the disk is full' USING ERRCODE = '53100'; END IF; RETURN NEW; END $$;
	CREATE TRIGGER fail_once BEFORE INSERT ON analytics.post_analytics FOR EACH ROW EXECUTE FUNCTION public.fail_once()});
my $before = tries();
my $again = process(@texts);
is(stored($again, 'overall_sentiment'), "POSITIVE\nNEGATIVE\nNEUTRAL", 'a group that is written again keeps its scores');
is(tries() - $before, 1, 'and is not scored again');
$test->sql('DROP TRIGGER fail_once ON analytics.post_analytics');

# --- what can go wrong ---------------------------------------------------------

$test->sql(q{SET ROLE scientist; CREATE TABLE science.late (a integer);
	CREATE FUNCTION science.late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN CREATE ROLE intruder SUPERUSER; RETURN NULL; END $$;
	CREATE CONSTRAINT TRIGGER late AFTER INSERT ON science.late DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION science.late()});

my @faults = (
	[ 'no array', 'RETURN NULL;', qr/failed: the result is NULL/ ],
	[ 'too few scores', q{RETURN '{0.5}';}, qr/failed: the result has 1 scores for 3 texts/ ],
	[ 'no score', q{RETURN '{}';}, qr/failed: the result has 0 scores for 3 texts/ ],
	[ 'two dimensions', q{RETURN '{{1},{1},{1}}';}, qr/failed: the result is an array of 2 dimensions/ ],
	[ 'a score that is NULL', q{RETURN '{0,NULL,0}';}, qr/failed: score 2 of the result is NULL/ ],
	[ 'NaN', q{RETURN '{0,0,NaN}';}, qr/failed: score 3 of the result is NaN/i ],
	[ 'an infinite score', q{RETURN '{-Infinity,0,0}';}, qr/failed: score 1 of the result is -Infinity/ ],
	[ 'a score above 1', q{RETURN '{0,1.0001,0}';}, qr/failed: score 2 of the result is 1\.0001, not from -1 to 1/ ],
	[ 'an error', q{RAISE 'out of ideas';}, qr/failed: out of ideas/ ],
	[ 'an error that quotes a text', q{PERFORM texts[2]::integer; RETURN NULL;}, qr/failed with SQLSTATE 22P02, and a message that quotes a text/ ],
	[ 'a long time', q{PERFORM pg_sleep(60); RETURN NULL;}, qr/took longer than 300 ms/ ],
	[ 'a long time, deaf to cancels', q{BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; PERFORM pg_sleep(60); RETURN NULL;}, qr/took longer than 300 ms/ ],
	[ 'another role', q{SET ROLE pg_monitor; RETURN '{0,0,0}';}, qr/failed: cannot set parameter "role" within security-restricted operation/ ],
	[ 'another session user', q{SET SESSION AUTHORIZATION DEFAULT; RETURN '{0,0,0}';}, qr/failed: cannot set parameter "session_authorization" within security-restricted operation/ ],
	[ 'a temporary table', q{CREATE TEMPORARY TABLE batches (a integer); RETURN '{0,0,0}';}, qr/failed: cannot create temporary table within security-restricted operation/ ],
	[ 'a trigger left for the commit', q{INSERT INTO science.late VALUES (1); RETURN '{0,0,0}';}, qr/failed: cannot fire deferred trigger within security-restricted operation/ ],
	[ 'more rights than its owner has', q{DELETE FROM analytics.batches; RETURN '{0,0,0}';}, qr/failed: permission denied/ ],
	[ 'the end of our transaction', q{ROLLBACK; RETURN '{0,0,0}';}, qr/failed: invalid transaction termination/ ]);

$test->sql(q{SELECT analytics.alter_consumer('posts', scorer_timeout => '300 ms')});
my $position = $test->log_position;
for my $fault (@faults)
{
	my ($name, $body, $message) = @$fault;
	my $counted = failures();

	scorer_is($body);
	my $id = process(@texts);
	is(stored($id, 'overall_sentiment, overall_sentiment_score, overall_confidence'), join("\n", ('NEUTRAL|0|0') x 3), "$name: the posts are stored, neutral");
	is(failures() - $counted, 1, "$name: it is counted");
	like($test->sql('SELECT last_error FROM analytics.status'), $message, "$name: it is reported");
}
my $log = $test->log_since($position);
like($log, qr/LOG:.*scorer science\.score\(text\[\]\) failed: out of ideas/, 'it is in the log');
unlike($log, qr/alpha|beta/, 'the log quotes no text');
is($test->sql(q{SELECT state, workers_running FROM analytics.status}), 'idle|1', 'the consumer works all the while');
is($test->sql(q{SELECT count(*) FROM pg_roles WHERE rolname = 'intruder'}), 0, 'nobody came in');

$position = $test->log_position;
scorer_is(q{RAISE 'still out of ideas';});
process(@texts) for 1 .. 3;
is(() = $test->log_since($position) =~ /still out of ideas/g, 1, 'a failure is logged once while it lasts');
scorer_is($good);
process(@texts);
like($test->log_since($position), qr/works again/, 'and its end is');

# --- a setting that it leaves behind -------------------------------------------

scorer_is(q{PERFORM set_config('search_path', 'science', false); SET synchronous_commit = off; RETURN '{0.9,0.9,0.9}';});
process(@texts);
scorer_is($good);
is(stored(process(@texts), 'overall_sentiment'), "POSITIVE\nNEGATIVE\nNEUTRAL", 'no setting of it survives');
is($test->sql('SELECT DISTINCT path FROM science.calls'), 'pg_catalog, pg_temp', 'nor its search_path');

# --- not the scorer's fault ----------------------------------------------------

scorer_is(qq{IF nextval('science.turns') = 1 THEN RAISE 'try again' USING ERRCODE = '40001'; END IF; $good});
my $counted = failures();
is(stored(process(@texts), 'overall_sentiment'), "POSITIVE\nNEGATIVE\nNEUTRAL", 'a serialization failure is tried again');
is(failures(), $counted, 'and counts for nothing');
scorer_is(q{RAISE 'try again' USING ERRCODE = '40001';});
is(stored(process(@texts), 'overall_sentiment'), join("\n", ('NEUTRAL') x 3), 'but not for ever');

# --- a stop in the middle ------------------------------------------------------

scorer_is(q{PERFORM pg_sleep(200); RETURN NULL;});
$test->sql(q{SELECT analytics.alter_consumer('posts', scorer_timeout => '5 min')});
my $stopped = submit(@texts);
$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'}, 1);
my ($pid) = $test->worker_pids;
my $started = time;
$test->sql("SELECT pg_terminate_backend($pid)");
poll_until(sub { process_gone($pid) }, "the end of the worker");
cmp_ok(time - $started, '<', 3, 'a worker ends at once while the scorer runs');
scorer_is($good);
$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$stopped'", 1);
is(stored($stopped, 'overall_sentiment'), "POSITIVE\nNEGATIVE\nNEUTRAL", 'and the batch is scored by the next');

# --- no more is held than can be through it in time ------------------------------

scorer_is(q{PERFORM pg_sleep(200); RETURN NULL;});
$test->sql(q{SELECT analytics.pause('posts')});
$test->wait_for_sql(q{SELECT state FROM analytics.status WHERE name = 'posts'}, 'paused');
$test->sql(q{SELECT analytics.alter_consumer('posts', scorer_timeout => '40 s')});
my @held = map { submit(@texts) } 1 .. 5;
$test->sql(q{SELECT analytics.resume('posts')});
$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'}, 1);
is($test->sql('SELECT count(*) FROM analytics.local_queue WHERE leased_by IS NOT NULL'), 3, 'of calls of 40 s, three fit into two minutes');
scorer_is($good);
$test->sql('SELECT pg_terminate_backend(' . ($test->worker_pids)[0] . ')');
$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = ANY ('{" . join(',', @held) . "}')", 5);
$test->sql(q{SELECT analytics.alter_consumer('posts', scorer_timeout => '5 min')});

# --- with the rights of who named it ---------------------------------------------

$test->sql(q{GRANT scientist TO analyst});
$test->sql(q{SET ROLE analyst; SELECT analytics.create_consumer('theirs', role => 'analyst', scorer => '"science".score(text[])')});
is($test->sql(q{SELECT scorer, scorer_by FROM analytics.consumers WHERE name = 'theirs'}), 'science.score(text[])|analyst', 'who named it is kept');
like($test->sql_error(q{SET ROLE analyst; UPDATE analytics.consumers SET scorer = 'public.owned_by_superuser(text[])', scorer_by = 'postgres' WHERE name = 'theirs'}),
	qr/42501/, 'an update is held to the same rules');
$test->sql(q{SET ROLE analyst; UPDATE analytics.consumers SET scorer_by = 'postgres' WHERE name = 'theirs'});
is($test->sql(q{SELECT scorer_by FROM analytics.consumers WHERE name = 'theirs'}), 'analyst', 'and nobody says it was somebody else');
$consumer = 'theirs';
is(stored(process(@texts), 'overall_sentiment'), "POSITIVE\nNEGATIVE\nNEUTRAL", 'it is called for him');
$test->sql(q{REVOKE scientist FROM analyst});
is(stored(process(@texts), 'overall_sentiment'), join("\n", ('NEUTRAL') x 3), 'not any more when who named it may not use it');
like($test->sql(q{SELECT last_error FROM analytics.status WHERE name = 'theirs'}), qr/failed: permission denied/, 'and the status says so');
is($test->sql(q{SELECT total FROM analytics.metric_scorer_failures WHERE consumer = 'theirs'}), 1, 'counted for the consumer');
$test->sql(q{SELECT analytics.alter_consumer('theirs', scorer => ''); SELECT analytics.alter_consumer('theirs', scorer => 'science.score(text[])')});
is(stored(process(@texts), 'overall_sentiment'), "POSITIVE\nNEGATIVE\nNEUTRAL", 'the worker\'s own role needs no right to it');
$test->sql(q{SELECT analytics.drop_consumer('theirs')});
$consumer = 'posts';

# --- deaf to cancels for ever ----------------------------------------------------

my $deaf = q{IF texts[1] LIKE '%alpha%' THEN
	LOOP BEGIN PERFORM pg_sleep(1000); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END IF; };
$test->create_consumer('others', broker => undef, store => undef, commit_delay => '0 ms');
$consumer = 'others';
process($texts[0]); # its worker is there
$consumer = 'posts';
$test->sql(q{SELECT analytics.alter_consumer('posts', scorer_timeout => '200 ms')});
scorer_is($deaf . $good);
$counted = failures();
$before = tries();
$position = $test->log_position;
$started = time;
my $swallowed = submit(@texts);
$test->wait_for_sql(q{SELECT state || ': ' || reason FROM analytics.status WHERE name = 'posts'},
	'running: calling scorer science.score(text[])');
$consumer = 'others';
process(@texts);
is($test->sql("SELECT count(*) FROM analytics.batches WHERE key = '$swallowed'"), 0, 'another consumer works meanwhile');
$consumer = 'posts';
$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$swallowed'", 1);
cmp_ok(time - $started, '<', 30, 'a scorer that catches every cancel holds its worker for a short time');
is(stored($swallowed, 'overall_sentiment, overall_confidence'), join("\n", ('NEUTRAL|0') x 3), 'the posts are stored, neutral');
is(failures() - $counted, 1, 'it is counted');
is(tries() - $before, 1, 'it was called once');
my $DEAF = qr/scorer science\.score\(text\[\]\) took longer than 200 ms and ignored being cancelled/;
like($test->sql(q{SELECT last_error FROM analytics.status WHERE name = 'posts'}), qr/^$DEAF, it is not called before 2/, 'the status says so');
like($test->log_since($position), qr/LOG:.*worker "posts\/1" ends: $DEAF/, 'and the log');

is(stored(process(@texts), 'overall_sentiment'), join("\n", ('NEUTRAL') x 3), 'it is not called again');
is(tries() - $before, 1, 'not once');
is(failures() - $counted, 2, 'which is counted as well');
scorer_is($good);
is(stored(process(@texts), 'overall_sentiment'), "POSITIVE\nNEGATIVE\nNEUTRAL", 'until it has been changed');

scorer_is($deaf . $good);
$position = $test->log_position;
submit(@texts);
$test->wait_for_sql(q{SELECT state || ': ' || reason FROM analytics.status WHERE name = 'posts'}, qr/^running: calling/);
$test->sql(q{SELECT analytics.alter_consumer('posts', scorer => '')});
$started = time;
my $freed = process($texts[0]);
cmp_ok(time - $started, '<', 30, 'that there is no scorer any more gets through to a worker whose scorer is deaf');
cmp_ok(stored($freed, 'overall_confidence'), '>', 0, 'and is heeded');
$test->sql(q{SELECT analytics.alter_consumer('posts', scorer => 'science.score(text[])', scorer_timeout => '5 s')});
$test->sql(q{SELECT analytics.drop_consumer('others')});

# --- gone ----------------------------------------------------------------------

$test->sql('DROP FUNCTION science.score(text[])');
is(stored(process(@texts), 'overall_sentiment'), join("\n", ('NEUTRAL') x 3), 'without its function the posts are neutral');
like($test->sql('SELECT last_error FROM analytics.status'), qr/function "science\.score\(text\[\]\)" does not exist/, 'and the status says why');
$test->sql(q{SELECT analytics.alter_consumer('posts', scorer => '')});
is($test->sql('SELECT scorer IS NULL FROM analytics.consumers'), 't', 'it can be taken away');
cmp_ok(stored(process($texts[0]), 'overall_confidence'), '>', 0, 'then the lexicon scores again');

done_testing();
