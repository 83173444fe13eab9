# Moving in: 20,000 rows of the old service are taken while it still writes, a
# call is killed midway and gone on with, bad rows cost themselves, the newer
# crawl wins, and a comparison tells when a row is not as it was, on either
# side.  How much it reads does not grow with the square of what is here.

use strict;
use warnings FATAL => 'all';

use FindBin;
use IPC::Run ();
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $test = AnalyticsTest->new('adopt', servers => []);
my $node = $test->node;

# Naive timestamps are UTC, wherever the session is.
$test->sql(q{ALTER DATABASE postgres SET timezone = 'Asia/Ho_Chi_Minh'});
$test->create_extension;

sub load_old_service
{
	my ($schema) = @_;
	$test->sql("CREATE SCHEMA $schema; SET search_path = $schema; " . slurp_file("$FindBin::RealBin/../data/python_service_schema.sql"));
}

sub stat_of
{
	my ($table, @columns) = @_;
	return $test->sql('SELECT ' . join(', ', @columns) . " FROM analytics.stat_adoption WHERE source_schema = 'service' AND source_table = '$table'");
}

# psql beside the test: its process; what it prints is in output_of(NAME).
sub begin_psql
{
	my ($name, $sql) = @_;
	my $file = $test->folder . "/$name";
	open my $in, '>', "$file.sql" or die "$file: $!";
	print {$in} $sql;
	close $in or die "$file: $!";
	return IPC::Run::start([ 'psql', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--dbname', $node->connstr('postgres') ],
		'<', "$file.sql", '>', "$file.out", '2>', "$file.err", IPC::Run::timeout(120));
}

sub output_of
{
	my ($name) = @_;
	return slurp_file($test->folder . "/$name.out") . slurp_file($test->folder . "/$name.err");
}

load_old_service('service');
$test->sql(q{
	SET search_path = service;
	INSERT INTO post_analytics SELECT * FROM old_posts(1, 20000);
	INSERT INTO crawl_errors (content_id, project_id, job_id, platform, error_code, error_category, error_message, error_details, permalink, created_at)
		SELECT * FROM old_errors(1, 2000)});

# --- bad rows, some of which only trying can tell ---

$test->sql(q{
	ALTER TABLE analytics.post_analytics ADD CONSTRAINT users_own CHECK (keyword_source <> 'forbidden');
	SET search_path = service;
	UPDATE post_analytics SET overall_sentiment_score = 'NaN' WHERE id = 'post_11';
	UPDATE post_analytics SET impact_score = 120 WHERE id = 'post_12';
	UPDATE post_analytics SET aspects_breakdown = '"{}"' WHERE id = 'post_13';
	UPDATE post_analytics SET crawled_at = 'infinity' WHERE id = 'post_14';
	UPDATE post_analytics SET keyword_source = 'forbidden' WHERE id IN ('post_15', 'post_9000', 'post_9001', 'post_20000');
	UPDATE post_analytics SET view_count = NULL, job_id = NULL, analyzed_at = NULL WHERE id = 'post_16';
	UPDATE crawl_errors SET created_at = NULL WHERE id = 1;
	UPDATE crawl_errors SET created_at = created_at - interval '1 year' WHERE id <= 11 AND id > 1;
	ANALYZE});
my %reasons = (
	post_11 => '22003|overall_sentiment_score is NaN',
	post_12 => '23514|impact_score is 120, not between 0 and 100',
	post_13 => '22023|aspects_breakdown is a string, not an object or array',
	post_14 => '22008|crawled_at is infinity',
	map { ($_ => '23514|new row for relation "post_analytics" violates check constraint "users_own"') } qw(post_15 post_9000 post_9001 post_20000));

like($test->sql(q{SELECT string_agg(subject || ': ' || finding, E'\n' ORDER BY subject) FROM analytics.check_adoption('service', '{post_analytics}') WHERE status = 'warning'}),
	qr/\Aaspects_breakdown: 1 rows will be refused, as 22023.*^crawled_at: 1 rows.*^impact_score: 1 rows.*^overall_sentiment_score: 1 rows[^\n]*\z/ms,
	'what is known beforehand is told beforehand, counted');

# --- rows that are here already: ours of the same posts ---

sub ingest
{
	my ($event, $job, @items) = @_;
	return $test->sql(qq{SELECT status FROM analytics.ingest('{"event_id": "$event", "payload": {"job_id": "$job", "platform": "tiktok", "content_count": 1}}', \$j\$[}
		  . join(', ', @items) . q{]$j$)});
}

sub item
{
	my ($id, $crawled) = @_;
	return qq({"meta": {"id": "$id", "crawled_at": "$crawled"}, "content": {"text": "đẹp", "view_count": 777}});
}
my $project = '550e8400-e29b-41d4-a716-446655440003';
is(ingest('evt_ours', "$project-brand-1", item(post_3 => '2025-12-06T10:15:31Z'), item(post_10 => '2025-12-06T10:15:30.123Z'), item(post_17 => '2025-12-06T10:15:30Z')),
	'processed', 'three posts are here, of a newer crawl, of the same one, and of an older one');
my $failed = '{"meta": {"id": "gone_1500", "fetch_status": "error", "error_code": "CONTENT_REMOVED"}}';
is(ingest('evt_failed', 'job-brand-1500', $failed), 'processed', 'and an error that the old service has recorded, too');
my $counters = $test->sql('SELECT array_agg(c ORDER BY c) FROM analytics.counters AS c');

# --- while the old service writes, a call is stopped in its middle ---

my $writer = begin_psql('writer', q{
	SET search_path = service;
	DO $$ BEGIN FOR i IN 1 .. 600 LOOP
		INSERT INTO post_analytics SELECT * FROM old_posts(20000 + i, 20000 + i);
		UPDATE post_analytics SET crawled_at = crawled_at + interval '1 hour', view_count = view_count + 1 WHERE id = 'post_' || (i * 31);
		INSERT INTO crawl_errors (content_id, job_id, platform, error_code, error_category, created_at)
			SELECT content_id, job_id, platform, error_code, error_category, created_at FROM old_errors(2000 + i, 2000 + i);
		COMMIT;
		PERFORM pg_sleep(0.002);
	END LOOP; END $$});

# A worker that has not committed the post stops the chunk that it is in.
my $hold = begin_psql('hold', q{
	BEGIN;
	INSERT INTO analytics.post_analytics SELECT (jsonb_populate_record(p, '{"id": "post_5", "project_id": "550e8400-e29b-41d4-a716-446655440005"}')).*
		FROM analytics.post_analytics AS p WHERE id = 'post_3';
	SELECT pg_sleep(60);
	ROLLBACK});
$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND wait_event = 'PgSleep'}, 1);

my $call = begin_psql('call', q{CALL analytics.adopt('service', chunk_rows => 700)});
$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%analytics.adopt(%' AND wait_event_type = 'Lock'}, 1);
my ($state, $pid, $done, $total) = split /\|/, stat_of('post_analytics', qw(state pid done total));
is($state, 'copying', 'progress tells that it is copied');
cmp_ok($done, '>', 0, "so far $done rows of $total");
cmp_ok($total, '>=', 20000, 'of all');
is($test->sql(q{SELECT count(*) FROM analytics.post_analytics WHERE event_id = ''}) + $test->sql('SELECT count(*) FROM analytics.adoption_rejects') >= $done - 3, 1, 'what is done is committed');
like($test->sql_error(q{CALL analytics.adopt('service')}), qr/55006: table "service.post_analytics" is being adopted by process $pid\b/, 'nobody else begins meanwhile');
is($test->sql("SELECT pg_terminate_backend($pid)"), 't', 'the call is killed');
eval { $call->finish };
like(output_of('call'), qr/terminating connection/, 'and ends');
is(stat_of('post_analytics', 'state'), 'interrupted', 'that is told');
$hold->kill_kill;
$test->sql(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()});
$test->wait_for_sql(q{SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()}, 0);

# --- and gone on with ---

my (undef, undef, $notices) = $node->psql('postgres', q{CALL analytics.adopt('service', chunk_rows => 700)});
like($notices, qr/going on with "service.post_analytics" where it was interrupted/, 'the next call goes on');
is($test->sql(q{SELECT string_agg(DISTINCT pass || phase, ' ') FROM analytics.adoptions}), '1done', 'in the same pass');
is($test->sql(q{SELECT count(*) FROM generate_series(1, 20000) AS g(n) WHERE EXISTS (SELECT FROM analytics.post_analytics AS p WHERE p.id = 'post_' || n) <> EXISTS (SELECT FROM analytics.adoption_rejects AS r WHERE r.source_key = 'post_' || n)}),
	20000, 'to the end: each of the rows that were there is here, or is a reject');
$writer->finish;
is(output_of('writer'), '', 'the old service has written all the while');

# --- when it has stopped, one more call makes it whole ---

# New, or changed in one of the two columns that the writer changes.
my $behind = $test->sql(q{
	SELECT count(*) FROM service.post_analytics AS s LEFT JOIN analytics.post_analytics AS p ON p.id = s.id AND p.project_id IS NOT DISTINCT FROM s.project_id::text
	WHERE s.id NOT IN (SELECT source_key FROM analytics.adoption_rejects WHERE source_table = 'post_analytics')
		AND (p.id IS NULL OR p.event_id = '' AND (p.view_count, p.crawled_at) <> (coalesce(s.view_count, 0), s.crawled_at AT TIME ZONE 'UTC'))});
(undef, undef, $notices) = $node->psql('postgres', q{CALL analytics.adopt('service')});
unlike($notices, qr/WARNING|ERROR/, 'now nothing differs');
is(stat_of('post_analytics', qw(pass state rows_read rejected missing different)), '2|verified|20600|8|0|0', 'all posts');
is(stat_of('crawl_errors', qw(pass state rows_read rejected expired kept_newer)), '2|verified|2600|1|10|1', 'all errors');
is(stat_of('post_analytics', 'copied + replaced'), $behind, "and it has taken what was new or changed, $behind rows, no more");
is(stat_of('post_analytics', 'copied + replaced + unchanged + kept_newer + rejected = rows_read'), 't', 'every row is accounted for');

# Independent of the statements of adopt().
is($test->sql(q{
	SELECT count(*) FROM service.post_analytics AS s JOIN analytics.post_analytics AS p ON p.id = s.id AND p.project_id IS NOT DISTINCT FROM s.project_id::text
	WHERE p.event_id = '' AND p.crawled_at = s.crawled_at AT TIME ZONE 'UTC' AND p.published_at = s.published_at AT TIME ZONE 'UTC'
		AND p.analyzed_at = coalesce(s.analyzed_at, s.crawled_at) AT TIME ZONE 'UTC' AND p.platform = s.platform AND p.overall_sentiment = s.overall_sentiment
		AND p.overall_sentiment_score = s.overall_sentiment_score AND p.impact_score = s.impact_score AND p.aspects_breakdown = s.aspects_breakdown
		AND p.keywords = s.keywords AND p.impact_breakdown = s.impact_breakdown AND p.view_count = coalesce(s.view_count, 0) AND p.save_count = s.save_count
		AND p.job_id = coalesce(s.job_id, '') AND p.batch_index = s.batch_index AND p.model_version = s.model_version AND p.is_viral = s.is_viral}),
	20600 - 8 - 2, 'their content is here, field by field');
is($test->sql(q{SELECT count(*) FROM analytics.post_analytics}), 20600 - 8, 'each post is here once');
is($test->sql(q{SELECT count(DISTINCT content_id), count(*), count(*) FILTER (WHERE event_id = 'evt_failed') FROM analytics.crawl_errors}), (2600 - 1 - 10) . '|' . (2600 - 1 - 10) . '|1', 'each error once');
is($test->sql(q{SELECT string_agg(id || ' ' || event_id || ' ' || view_count, ', ' ORDER BY id) FROM analytics.post_analytics WHERE id IN ('post_3', 'post_10', 'post_17')}),
	'post_10 evt_ours 777, post_17  170, post_3 evt_ours 777', 'the newer crawl has won, and of the same crawl our own analysis');
is($test->sql(q{SELECT string_agg(xmax::text, ' ') FROM analytics.post_analytics WHERE id IN ('post_3', 'post_10')}), '0 0', 'without being locked or written');
is($test->sql(q{SELECT min(subject), count(DISTINCT subject) FROM analytics.post_analytics WHERE job_id LIKE '%-brand-%' AND event_id = ''}), 'brand|1', 'subjects are known');

for my $id (sort keys %reasons)
{
	is($test->sql("SELECT sqlstate, reason FROM analytics.adoption_rejects WHERE source_key = '$id' AND source_row ->> 'model_version' = 'phobert-1.0'"),
		$reasons{$id}, "$id was not taken, and is kept with its reason");
}
is($test->sql(q{SELECT count(*), max(reason) FILTER (WHERE source_table = 'crawl_errors') FROM analytics.adoption_rejects}), '9|created_at is null', 'none is there twice');

# --- no event was processed ---

is($test->sql('SELECT array_agg(c ORDER BY c) FROM analytics.counters AS c'), $counters, 'the counters have not moved');
is($test->sql('SELECT count(*) FROM analytics.batches'), 2, 'nor has the ledger');
is( $test->sql(q{SELECT (SELECT sum(total) FROM analytics.metric_errors_by_code) = (SELECT count(*) FROM analytics.crawl_errors WHERE NOT starts_with(event_id, 'adopted:'))}),
	't', 'they are those of the rows that were not adopted');

# --- a row that is not as it was ---

$node->psql('postgres', q{CALL analytics.verify_adoption('service')}, stderr => \$notices);
like($notices, qr/"service.post_analytics": all \d+ rows are accounted for: \d+ are here as they are there.*, \d+ were rejected, see analytics.adoption_rejects.*"service.crawl_errors": all \d+ rows are accounted for/s, 'the comparison by itself agrees');
$test->sql(q{UPDATE analytics.post_analytics SET keywords = '[]' WHERE id = 'post_4242'; DELETE FROM analytics.post_analytics WHERE id = 'post_77'});
$test->sql(q{UPDATE analytics.crawl_errors SET error_code = 'TIMEOUT' WHERE content_id = 'gone_700'});
my $difference = $test->sql_error(q{CALL analytics.verify_adoption('service')});
like($difference, qr/ERROR:  XX001: "service.post_analytics" is not as it is here/, 'a changed row is found');
like($difference, qr/Of 20600 rows, 1 are missing and 1 differ; the checksums are (\d+) there and (?!\1)\d+ here. Keys: (?:post_77, post_4242|post_4242, post_77)\./, 'with what differs');
is($test->sql(q{SELECT string_agg(state || ' ' || missing || ' ' || different, ', ' ORDER BY source_table) FROM analytics.stat_adoption}), 'differs 0 1, differs 1 1', 'of both tables');
$node->psql('postgres', q{CALL analytics.adopt('service')}, stderr => \$notices);
is($test->sql(q{SELECT string_agg(state || ' ' || copied || ' ' || replaced, ', ' ORDER BY source_table) FROM analytics.stat_adoption}), 'verified 0 1, verified 1 1', 'and taken once more');

# A row of either side that is deleted or changed, in each table: what the
# comparison says of it, before all is as it was.
sub told_of
{
	my ($table, $row, $change) = @_;
	my $notices;
	$test->sql(qq{CREATE TABLE kept_there AS SELECT * FROM service.$table WHERE $row; CREATE TABLE kept_here AS SELECT * FROM analytics.$table WHERE $row; $change});
	$node->psql('postgres', qq{CALL analytics.verify_adoption('service', '{$table}')}, stderr => \$notices);
	my $told = stat_of($table, qw(state missing different gone), 'source_checksum = stored_checksum');
	$test->sql(qq{DELETE FROM service.$table WHERE $row; INSERT INTO service.$table TABLE kept_there; DELETE FROM analytics.$table WHERE $row; INSERT INTO analytics.$table OVERRIDING SYSTEM VALUE TABLE kept_here; DROP TABLE kept_there, kept_here});
	return $told . ($notices =~ /Keys: ([^.]*[^. ])\./ ? " $1" : '') . ($notices =~ /(\d+ rows are here by adoption that it does not have)/ ? " $1" : '');
}
my $only_here = '1 rows are here by adoption that it does not have';
is(told_of('post_analytics', q{id = 'post_9999'}, q{DELETE FROM analytics.post_analytics WHERE id = 'post_9999'}), 'differs|1|0|0|f post_9999', 'a post that is deleted here is missed');
is(told_of('post_analytics', q{id = 'post_1'}, q{UPDATE analytics.post_analytics SET job_id = job_id || 'x' WHERE id = 'post_1'}), 'differs|0|1|0|f post_1', 'one that is changed here is told');
is(told_of('post_analytics', q{id = 'post_9999'}, q{DELETE FROM service.post_analytics WHERE id = 'post_9999'}), "verified|0|0|1|t $only_here", 'one that is deleted there, too, though nothing is lost');
is(told_of('post_analytics', q{id = 'post_1'}, q{UPDATE service.post_analytics SET share_count = 77 WHERE id = 'post_1'}), 'differs|0|1|0|f post_1', 'one that is changed there');
is(told_of('post_analytics', q{id = 'post_1'}, q{UPDATE service.post_analytics SET project_id = NULL WHERE id = 'post_1'}), 'differs|1|0|1|f post_1', 'one that is of another project now is missed, and what is left of it is told');
is(told_of('post_analytics', q{id = 'post_3'}, q{DELETE FROM analytics.post_analytics WHERE id = 'post_3'}), 'differs|1|0|0|f post_3', 'a newer one of ours, which stood for a post, is missed');
my $error_id = $test->sql(q{SELECT id FROM service.crawl_errors WHERE content_id = 'gone_800'});
my $of_800 = q{content_id = 'gone_800'};
is(told_of('crawl_errors', $of_800, qq{DELETE FROM analytics.crawl_errors WHERE $of_800}), "differs|1|0|0|f $error_id", 'an error that is deleted here is missed');
is(told_of('crawl_errors', $of_800, qq{UPDATE analytics.crawl_errors SET permalink = NULL WHERE $of_800}), "differs|0|1|0|f $error_id", 'one that is changed here is told');
is(told_of('crawl_errors', $of_800, qq{DELETE FROM service.crawl_errors WHERE $of_800}), "verified|0|0|1|t $only_here", 'one that is deleted there');
is(told_of('crawl_errors', $of_800, qq{UPDATE service.crawl_errors SET error_message = 'other' WHERE $of_800}), "differs|0|1|0|f $error_id", 'one that is changed there');
is(told_of('crawl_errors', q{content_id = 'gone_1500'}, q{DELETE FROM analytics.crawl_errors WHERE event_id = 'evt_failed'}), 'differs|1|0|0|f ' . $test->sql(q{SELECT id FROM service.crawl_errors WHERE content_id = 'gone_1500'}), 'and our own record, which stood for one');

$test->sql(q{UPDATE analytics.adoptions SET phase = 'verify', position = 'post_5' WHERE source_table = 'post_analytics' AND pass = 3;
	INSERT INTO service.post_analytics SELECT * FROM service.old_posts(20601, 20601)});
is(stat_of('post_analytics', 'state'), 'interrupted', 'where a comparison was interrupted');
$test->sql(q{CALL analytics.adopt('service', '{post_analytics}')});
is(stat_of('post_analytics', qw(pass state copied)), '4|verified|1', 'the next call takes what is new all the same');

# --- what was wrong is mended ---

$test->sql(q{ALTER TABLE analytics.post_analytics DROP CONSTRAINT users_own; UPDATE service.post_analytics SET impact_score = 12 WHERE id = 'post_12'});
$test->sql(q{CALL analytics.adopt('service', '{post_analytics}')});
is(stat_of('post_analytics', qw(state copied rejected)), 'verified|5|3', 'then it is taken');
is($test->sql(q{SELECT string_agg(source_key, ' ' ORDER BY source_key) FROM analytics.adoption_rejects WHERE source_table = 'post_analytics'}), 'post_11 post_13 post_14', 'and is no reject any more');

# --- our own record of an error comes later ---

is(ingest('evt_later', 'job-brand-1501', $failed =~ s/1500/1501/r), 'processed', 'an event that the old service processed is processed by us, too');
is($test->sql(q{SELECT count(*) FROM analytics.crawl_errors WHERE content_id = 'gone_1501'}), 2, 'so its error is here twice');
$test->sql(q{CALL analytics.adopt('service', '{crawl_errors}')});
is($test->sql(q{SELECT string_agg(event_id, ' ') FROM analytics.crawl_errors WHERE content_id = 'gone_1501'}), 'evt_later', 'until the next call, which withdraws the adopted one');
is(stat_of('crawl_errors', qw(state kept_newer)), 'verified|2', 'and counts it');

# --- one record of ours stands for one of the old service's ---

$test->sql(q{
	CREATE SCHEMA often;
	CREATE TABLE often.crawl_errors (LIKE service.crawl_errors, PRIMARY KEY (id));
	INSERT INTO often.crawl_errors (id, content_id, job_id, platform, error_code, error_category, created_at)
		SELECT n, 'often', 'job-brand-often', 'TIKTOK', 'CONTENT_REMOVED', 'content', (now() AT TIME ZONE 'UTC') - d::interval
		FROM unnest('{30 days,29 days,1 hour,59 minutes,58 minutes}'::text[]) WITH ORDINALITY AS g(d, n)});
sub often { return $test->sql(q{SELECT string_agg(replace(event_id, 'adopted:often.crawl_errors:', ''), ' ' ORDER BY event_id) FROM analytics.crawl_errors WHERE content_id = 'often'}) }
is(ingest('evt_often_1', 'job-brand-often', $failed =~ s/gone_1500/often/r), 'processed', 'one of five errors that are alike is recorded here, too');
$test->sql(q{CALL analytics.adopt('often', '{crawl_errors}', chunk_rows => 2)});
is(often(), '1 2 4 5 evt_often_1', 'so it is taken for the first of the day before it, and for no other');
is($test->sql(q{SELECT state, copied, kept_newer FROM analytics.stat_adoption WHERE source_schema = 'often'}), 'verified|4|1', 'which is told');
is($test->sql(q{SELECT status FROM analytics.ingest(jsonb_build_object('event_id', 'evt_often_2', 'timestamp', now() - interval '59 minutes 30 seconds', 'payload', '{"job_id": "job-brand-often", "platform": "tiktok", "content_count": 1}'::jsonb), '} . '[' . ($failed =~ s/gone_1500/often/r) . ']' . q{')}), 'processed', 'a second record, of an event whose time is known');
$test->sql(q{CALL analytics.adopt('often', '{crawl_errors}')}) for 1 .. 2;
is(often(), '1 2 5 evt_often_1 evt_often_2', 'is that of the first error behind it which is not accounted for');
is($test->sql(q{SELECT pass, state, unchanged, kept_newer FROM analytics.stat_adoption WHERE source_schema = 'often'}), '3|verified|3|2', 'and a further call changes nothing');
$test->sql(q{DELETE FROM analytics.crawl_errors WHERE content_id = 'often'});

# --- whatever the chunks are, and whenever it was interrupted ---

sub record_often
{
	my ($event, $age) = @_;
	is($test->sql(qq{SELECT status FROM analytics.ingest(jsonb_build_object('event_id', '$event', 'timestamp', now() - interval '$age', 'payload', '{"job_id": "job-brand-often", "platform": "tiktok", "content_count": 1}'::jsonb), '}
			  . '[' . ($failed =~ s/gone_1500/often/r) . ']' . q{')}), 'processed', "a record of an event of $age ago");
}

sub begin_often
{
	my (@ages) = @_;
	$test->sql(q{DELETE FROM analytics.crawl_errors WHERE content_id = 'often'; TRUNCATE often.crawl_errors; DELETE FROM analytics.adoptions WHERE source_schema = 'often'});
	$test->sql(qq{INSERT INTO often.crawl_errors (id, content_id, job_id, platform, error_code, error_category, created_at)
		VALUES ($_, 'often', 'job-brand-often', 'TIKTOK', 'CONTENT_REMOVED', 'content', (now() AT TIME ZONE 'UTC') - interval '$ages[$_ - 1]')}) for 1 .. @ages;
}

begin_often('1 hour', '20 hours');
record_often('evt_often_3', '30 hours');
record_often('evt_often_4', '2 hours');
for my $rows (1, 2, 1)
{
	$test->sql(qq{CALL analytics.adopt('often', '{crawl_errors}', chunk_rows => $rows)});
	is(often(), 'evt_often_3 evt_often_4', "in chunks of $rows, not in the order of their times, each of two errors finds its record");
	$test->sql(qq{CALL analytics.verify_adoption('often', '{crawl_errors}', chunk_rows => } . (3 - $rows) . ')');
	is($test->sql(q{SELECT state, copied, kept_newer, missing FROM analytics.stat_adoption WHERE source_schema = 'often'}), 'verified|0|2|0', 'and does so in chunks of another size');
}

begin_often('3 hours', '2 hours', '1 hour');
record_often('evt_often_5', '4 hours');
$test->sql(q{CALL analytics.adopt('often', '{crawl_errors}', chunk_rows => 1)});
is(often(), '2 3 evt_often_5', 'the first of three errors is that which is recorded');
$test->sql(q{UPDATE analytics.adoptions SET phase = 'copy', position = '1', finished_at = NULL WHERE source_schema = 'often'});
$test->sql(q{CALL analytics.adopt('often', '{crawl_errors}', chunk_rows => 1)});
is(often(), '2 3 evt_often_5', 'it is when a pass goes on behind it, too');
is($test->sql(q{SELECT pass, state, missing FROM analytics.stat_adoption WHERE source_schema = 'often'}), '1|verified|0', 'which is the same pass');
$test->sql(q{DELETE FROM analytics.crawl_errors WHERE content_id = 'often'});

# --- the table gets another name ---

my $errors = $test->sql('SELECT count(*) FROM analytics.crawl_errors');
$test->sql('ALTER TABLE service.crawl_errors RENAME TO set_aside');
$test->sql(q{CALL analytics.adopt('service', '{set_aside}')});
is($test->sql('SELECT count(*) FROM analytics.crawl_errors'), $errors, 'its errors are not taken once more');
is(stat_of('set_aside', qw(state copied kept_newer)), 'verified|0|2589', 'which is told');
$test->sql('ALTER TABLE service.set_aside RENAME TO crawl_errors');

# --- errors that are alike but for their id ---

$test->sql(q{
	CREATE SCHEMA twins;
	CREATE TABLE twins.crawl_errors (LIKE service.crawl_errors, PRIMARY KEY (id));
	INSERT INTO twins.crawl_errors (id, content_id, job_id, platform, error_code, error_category, created_at)
		SELECT n, 'twin', 'job-brand-twin', 'TIKTOK', 'TIMEOUT', 'network', date_trunc('hour', now() AT TIME ZONE 'UTC') FROM generate_series(1, 3) AS g(n)});
for my $expected ('1|verified|3|0|0', '2|verified|0|3|0', '3|verified|0|3|0')
{
	$test->sql(q{CALL analytics.adopt('twins', '{crawl_errors}')});
	is($test->sql(q{SELECT pass, state, copied, unchanged, kept_newer FROM analytics.stat_adoption WHERE source_schema = 'twins'}), $expected, 'errors that are alike are each taken, and stay');
	is($test->sql(q{SELECT string_agg(event_id, ' ' ORDER BY event_id) FROM analytics.crawl_errors WHERE content_id = 'twin'}),
		'adopted:twins.crawl_errors:1 adopted:twins.crawl_errors:2 adopted:twins.crawl_errors:3', 'all of them');
}
$test->sql(q{DELETE FROM analytics.crawl_errors WHERE content_id = 'twin'});

# --- in the shape of the old service ---

is( $test->sql(q{
	SELECT string_agg(format('%s: %s, here %s', n, o.type, v.type), '; ')
	FROM (VALUES ('post_analytics'), ('crawl_errors')) AS t(name)
	CROSS JOIN LATERAL (SELECT attname, format_type(atttypid, NULL), attnum FROM pg_attribute WHERE attrelid = ('service.' || t.name)::regclass AND attnum > 0) AS o(n, type, place)
	LEFT JOIN LATERAL (SELECT format_type(atttypid, NULL), attnum FROM pg_attribute WHERE attrelid = ('analytics.python_' || t.name)::regclass AND attname = o.n) AS v(type, place) ON true
	WHERE v.type IS DISTINCT FROM o.type OR v.place <> o.place}), '', 'the views have the columns of the old tables, in their order, of their types');
is($test->sql(q{SELECT count(*) FROM (SELECT * FROM service.post_analytics INTERSECT SELECT * FROM analytics.python_post_analytics) AS x}), 20601 - 3 - 2 - 1, 'and their rows');
is($test->sql(q{INSERT INTO analytics.post_analytics SELECT (jsonb_populate_record(p, '{"id": "big", "project_id": "proj_x", "view_count": 3000000000}')).* FROM analytics.post_analytics AS p WHERE id = 'post_20';
	SELECT project_id IS NULL, view_count FROM analytics.python_post_analytics WHERE id = 'big'}), 't|2147483647', 'what those types cannot hold is NULL or the greatest that they can');

# --- other kinds of sources ---

$test->sql(q{
	CREATE SCHEMA other;
	CREATE VIEW other.seen AS SELECT p.id, p.project_id, p.platform, p.published_at, p.overall_sentiment, p.primary_intent, p.impact_score, p.risk_level, p.crawled_at + (n * interval '1 second') AS crawled_at, n AS view_count
		FROM service.old_posts(30001, 30050) AS p, generate_series(1, 3) AS n
		UNION ALL SELECT NULL, NULL, 'TIKTOK', now(), 'NEUTRAL', 'OTHER', 0, 'LOW', now(), 0;
	CREATE TABLE other.parted (LIKE service.post_analytics INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY HASH (id);
	CREATE TABLE other.part_0 PARTITION OF other.parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE other.part_1 PARTITION OF other.parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO other.parted SELECT * FROM service.old_posts(40001, 40100)});
$test->sql(q{CALL analytics.adopt('other', '{seen,parted}', chunk_rows => 7)});
is($test->sql(q{SELECT string_agg(concat_ws(' ', source_table, state, rows_read, copied, kept_newer, rejected), ', ' ORDER BY source_table) FROM analytics.stat_adoption WHERE source_schema = 'other'}),
	'parted verified 100 100 0 0, seen verified 151 50 100 1', 'a partitioned table, and a view in which a post is there three times, and one without a key');
is($test->sql(q{SELECT count(*), min(view_count), max(view_count) FROM analytics.post_analytics WHERE id ~ '^post_300[0-9]{2}$' AND event_id = ''}), '50|3|3', 'the newest of each');
SKIP:
{
	skip 'no postgres_fdw here', 1 unless $test->sql(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'});
	my ($host, $port) = ($node->host, $node->port);
	$test->sql('CREATE DATABASE elsewhere');
	$node->safe_psql('elsewhere', slurp_file("$FindBin::RealBin/../data/python_service_schema.sql") . q{; INSERT INTO post_analytics SELECT * FROM old_posts(50001, 50300)});
	$test->sql(qq{
		CREATE EXTENSION postgres_fdw;
		CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'elsewhere');
		CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere;
		CREATE SCHEMA remote;
		IMPORT FOREIGN SCHEMA public LIMIT TO (post_analytics) FROM SERVER elsewhere INTO remote});
	$test->sql(q{CALL analytics.adopt('remote', '{post_analytics}', chunk_rows => 100)});
	is($test->sql(q{SELECT state, copied FROM analytics.stat_adoption WHERE source_schema = 'remote'}), 'verified|300', 'tables of another database, through a foreign data wrapper');
}

$node->psql('postgres', q{DO $$ BEGIN CALL analytics.adopt('other', '{parted}'); RAISE NOTICE 'then: %', current_setting('search_path') || ' ' || current_setting('timezone'); END $$}, stderr => \$notices);
like($notices, qr/then: "\$user", public Asia\/Ho_Chi_Minh/, 'a block that calls it has its own settings afterwards');

# --- rows that do not tell when they were crawled ---

is(ingest('evt_undated', "$project-brand-1", map { item($_, '2025-12-06T10:15:30.123Z') } qw(post_65001 post_65002)), 'processed', 'two posts are here');
$test->sql(q{
	CREATE TABLE other.undated (LIKE service.post_analytics, PRIMARY KEY (id));
	INSERT INTO other.undated SELECT * FROM service.old_posts(65001, 65004);
	UPDATE other.undated SET project_id = '550e8400-e29b-41d4-a716-446655440003', analyzed_at = crawled_at + interval '1 hour';
	UPDATE other.undated SET crawled_at = NULL WHERE id IN ('post_65001', 'post_65003');
	UPDATE other.undated SET crawled_at = analyzed_at WHERE id = 'post_65002'});
for my $expected ('verified|3|1', 'verified|0|1')
{
	$test->sql(q{CALL analytics.adopt('other', '{undated}')});
	is($test->sql(q{SELECT state, copied + replaced, kept_newer FROM analytics.stat_adoption WHERE source_table = 'undated'}), $expected, 'an analysis of ours is not replaced by one whose crawl nobody knows');
	is($test->sql(q{SELECT string_agg(id || ' ' || event_id, ', ' ORDER BY id) FROM analytics.post_analytics WHERE id LIKE 'post_6500_'}), 'post_65001 evt_undated, post_65002 , post_65003 , post_65004 ', 'all others are taken');
}
$test->sql(q{UPDATE other.undated SET view_count = 5, analyzed_at = analyzed_at + interval '1 hour' WHERE crawled_at IS NULL; CALL analytics.adopt('other', '{undated}')});
is($test->sql(q{SELECT string_agg(id, ' ') FROM analytics.post_analytics WHERE id LIKE 'post_6500_' AND view_count = 5}), 'post_65003', 'as is what the old service has changed of its own');

# --- rows that cannot even be read ---

$test->sql(q{
	CREATE TABLE other.raw (id text PRIMARY KEY, content_id text, job_id text, platform text, error_code text, error_category text, created_at text, n text);
	INSERT INTO other.raw SELECT n, 'raw_' || n, 'job-brand-1', 'TIKTOK', 'TIMEOUT', 'network', CASE WHEN n = 33 THEN 'yesterday at noon' ELSE now()::text END, CASE WHEN n = 77 THEN 'x' ELSE '1' END FROM generate_series(1, 100) AS g(n);
	CREATE VIEW other.casts AS SELECT id, content_id, job_id, platform, error_code, error_category, created_at::timestamptz AS created_at, jsonb_build_object('n', n::integer) AS error_details FROM other.raw});
is($test->sql(q{UPDATE other.raw SET n = '1' WHERE id = '77'; SELECT status, finding FROM analytics.check_adoption('other', '{casts}') WHERE status = 'warning' AND finding LIKE '%refused%'; UPDATE other.raw SET n = 'x' WHERE id = '77'}),
	'warning|a row or more will be refused, as 22007: invalid input syntax for type timestamp with time zone: "yesterday at noon"', 'are told beforehand, and keep nothing else from being told');
is($test->sql(q{SELECT count(*) FROM analytics.check_adoption('other', '{casts,parted}') WHERE status = 'ok'}), 2, 'of this table and the next');
$test->sql(q{CREATE SCHEMA "for $3 or $4"; CREATE TABLE "for $3 or $4"."$4" (LIKE service.crawl_errors); ALTER TABLE "for $3 or $4"."$4" ALTER job_id DROP NOT NULL;
	INSERT INTO "for $3 or $4"."$4" (id, content_id, platform, error_code, error_category) VALUES (1, 'x', 'TIKTOK', 'TIMEOUT', 'network')});
is($test->sql(q{SELECT subject, finding FROM analytics.check_adoption('for $3 or $4', '{$4}') WHERE finding LIKE '%refused%'}), 'job_id|1 rows will be refused, as 23502: job_id is null', 'whatever their names are');
$test->sql(q{CALL analytics.adopt('other', '{casts}')});
is($test->sql(q{SELECT state, rows_read, copied, rejected, missing FROM analytics.stat_adoption WHERE source_table = 'casts'}), 'verified|100|98|2|0', 'cost themselves, and no other');
is($test->sql(q{SELECT string_agg(concat_ws(' ', source_key, sqlstate, reason, source_row), ', ' ORDER BY source_key) FROM analytics.adoption_rejects WHERE source_table = 'casts'}),
	'33 22007 invalid input syntax for type timestamp with time zone: "yesterday at noon" {"id" : "33"}, 77 22P02 invalid input syntax for type integer: "x" {"id" : "77"}', 'and are noted by their key, with the reason');
$node->psql('postgres', q{CALL analytics.verify_adoption('other', '{casts}')}, stderr => \$notices);
like($notices, qr/all \d+ rows are accounted for: \d+ are here as they are there, 2 were rejected/, 'a comparison does not trip over them');
$test->sql(q{UPDATE other.raw SET n = 'y' WHERE id = '5'});
like($test->sql_error(q{CALL analytics.verify_adoption('other', '{casts}')}), qr/Of 100 rows, 1 are missing and 0 differ.*Keys: 5\./, 'but tells of one that has become so');
$test->sql(q{UPDATE other.raw SET n = '1'; UPDATE other.raw SET created_at = now()::text WHERE id = '33'});
$test->sql(q{CALL analytics.adopt('other', '{casts}')});
is($test->sql(q{SELECT state, copied, rejected FROM analytics.stat_adoption WHERE source_table = 'casts'}), 'verified|2|0', 'mended, they are taken');

# --- memory does not grow with the chunks ---

$test->sql(q{
	CREATE TABLE other.many (LIKE service.post_analytics, PRIMARY KEY (id));
	INSERT INTO other.many SELECT * FROM service.old_posts(70001, 70500);
	CREATE TABLE other.memory (phase text, chunk bigint, used numeric);
	CREATE FUNCTION other.look() RETURNS trigger LANGUAGE plpgsql AS $$
	DECLARE chunk bigint := CASE NEW.phase WHEN 'copy' THEN NEW.rows_read ELSE NEW.verify_read END;
	BEGIN
		IF chunk IN (100, 500) AND OLD.phase = NEW.phase THEN
			INSERT INTO other.memory SELECT NEW.phase, chunk, sum(used_bytes) FROM pg_backend_memory_contexts;
		END IF;
		RETURN NEW;
	END$$;
	CREATE TRIGGER look AFTER UPDATE ON analytics.adoptions FOR EACH ROW WHEN (NEW.source_table = 'many') EXECUTE FUNCTION other.look()});
$test->sql(q{CALL analytics.adopt('other', '{many}', chunk_rows => 1)});
is($test->sql(q{SELECT state, copied FROM analytics.stat_adoption WHERE source_table = 'many'}), 'verified|500', '500 chunks');
my $growth = $test->sql(q{SELECT phase, max(used) FILTER (WHERE chunk = 500) - max(used) FILTER (WHERE chunk = 100) FROM other.memory GROUP BY 1 ORDER BY 1});
like($growth, qr/\Acopy\|-?\d+\nverify\|-?\d+\z/, 'of both phases the session has told its memory');
cmp_ok($_, '<', 64 * 1024, "400 chunks have added $_ bytes to it") for $growth =~ /\|(-?\d+)$/mg;
$test->sql('DROP TRIGGER look ON analytics.adoptions; DROP FUNCTION other.look()');

# --- a source that takes long to look at keeps nobody waiting ---

$test->sql(q{
	CREATE FUNCTION other.in_time() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN true; END$$;
	CREATE VIEW other.slow AS SELECT p.* FROM service.old_posts(90001, 90010) AS p WHERE other.in_time()});
my $holder = $node->background_psql('postgres');
$holder->query_safe('SELECT pg_advisory_lock(42)');
my $slow = begin_psql('slow', q{CALL analytics.adopt('other', '{slow}')});
$test->wait_for_sql(q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted}, 1);
is($test->sql(q{SELECT count(*) FROM pg_locks WHERE relation = 'analytics.adoptions'::regclass AND mode = 'ShareRowExclusiveLock'}), 0, 'passes over other tables are not locked while its rows are counted');
$test->sql(q{CALL analytics.adopt('twins', '{crawl_errors}')});
is($test->sql(q{SELECT pass, state FROM analytics.stat_adoption WHERE source_schema = 'twins'}), '4|verified', 'and one may begin');
$holder->query_safe('SELECT pg_advisory_unlock(42)');
$holder->quit;
$slow->finish;
is($test->sql(q{SELECT state, copied FROM analytics.stat_adoption WHERE source_table = 'slow'}), 'verified|10', 'in the end its rows are taken');

# --- what it reads does not grow with the square of the rows ---

$test->sql(q{
	CREATE SCHEMA big;
	CREATE TABLE big.crawl_errors (LIKE service.crawl_errors, PRIMARY KEY (id));
	INSERT INTO big.crawl_errors (id, content_id, job_id, platform, error_code, error_category, created_at)
		SELECT n, 'big_' || n, 'job-big-' || n % 100, 'TIKTOK', 'TIMEOUT', 'network', now() AT TIME ZONE 'UTC' FROM generate_series(1, 100000) AS g(n);
	INSERT INTO analytics.crawl_errors (content_id, job_id, platform, error_code, error_category, error_message, event_id, item_index)
		SELECT 'big_' || n, 'job-big-' || n % 100, 'TIKTOK', 'TIMEOUT', 'network', '', 'evt_big_' || n / 50, n % 50 FROM generate_series(1, 100000, 10) AS g(n);
	ALTER TABLE big.crawl_errors SET (autovacuum_enabled = off)});
sub tuples_read { return $test->sql(q{SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_user_tables WHERE schemaname IN ('analytics', 'big') AND relname = 'crawl_errors'}) }
my $read = tuples_read();
$test->sql(q{CALL analytics.adopt('big', '{crawl_errors}', chunk_rows => 1000)});
is($test->sql(q{SELECT state, rows_read, copied, kept_newer FROM analytics.stat_adoption WHERE source_schema = 'big'}), 'verified|100000|90000|10000', '100,000 errors in 100 chunks, a tenth of them recorded here, too');
AnalyticsTest::poll_until(sub { tuples_read() > $read + 500_000 }, 'statistics', 20);
$read = tuples_read() - $read;
cmp_ok($read, '<', 20 * 100_000, "cost $read rows read of both tables, to copy and to compare");
$test->sql(q{DROP SCHEMA big CASCADE; DELETE FROM analytics.crawl_errors WHERE content_id LIKE 'big\_%'});

# --- a trigger that drops rows without a word ---

$test->sql(q{
	CREATE TABLE other.dropped (LIKE service.post_analytics, PRIMARY KEY (id));
	INSERT INTO other.dropped SELECT * FROM service.old_posts(80001, 80040);
	CREATE FUNCTION other.drop_some() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN CASE WHEN NEW.id NOT LIKE '%7' THEN NEW END; END$$;
	CREATE TRIGGER drop_some BEFORE INSERT ON analytics.post_analytics FOR EACH ROW EXECUTE FUNCTION other.drop_some()});
$test->sql(q{CALL analytics.adopt('other', '{dropped}')});
is($test->sql(q{SELECT state, copied, kept_newer, rejected FROM analytics.stat_adoption WHERE source_table = 'dropped'}), 'verified|36|0|4', 'its rows are not counted as kept for a newer one');
is($test->sql(q{SELECT string_agg(DISTINCT sqlstate || ' ' || reason, '; '), string_agg(source_key, ' ' ORDER BY source_key) FROM analytics.adoption_rejects WHERE source_table = 'dropped'}),
	'39P01 a trigger on analytics.post_analytics does not let it in|post_80007 post_80017 post_80027 post_80037', 'but rejected, with the reason');
$test->sql('DROP TRIGGER drop_some ON analytics.post_analytics');

# --- triggers with an SQLSTATE of their own, and such as wait for the commit ---

for my $trigger ([ own => 72000, 'TRIGGER', 'BEFORE INSERT', '' ], [ deferred => 71000, 'CONSTRAINT TRIGGER', 'AFTER INSERT', 'DEFERRABLE INITIALLY DEFERRED' ])
{
	my ($name, $first, $kind, $event, $deferred) = @$trigger;
	$test->sql(qq{
		CREATE TABLE other.$name (LIKE service.post_analytics, PRIMARY KEY (id));
		INSERT INTO other.$name SELECT * FROM service.old_posts($first + 1, $first + 40);
		CREATE FUNCTION other.$name() RETURNS trigger LANGUAGE plpgsql AS \$\$BEGIN
			IF NEW.id LIKE '%7' THEN RAISE 'not this one' USING ERRCODE = 'AN001'; END IF; RETURN NEW; END\$\$;
		CREATE $kind $name $event ON analytics.post_analytics $deferred FOR EACH ROW EXECUTE FUNCTION other.$name()});
	$test->sql(qq{CALL analytics.adopt('other', '{$name}')});
	is($test->sql(qq{SELECT state, copied, rejected FROM analytics.stat_adoption WHERE source_table = '$name'}), 'verified|36|4', "$name: all others are taken");
	is($test->sql(qq{SELECT string_agg(DISTINCT sqlstate || ' ' || reason, '; ') FROM analytics.adoption_rejects WHERE source_table = '$name'}), 'AN001 not this one', 'and the reason is theirs');
	$test->sql("DROP TRIGGER $name ON analytics.post_analytics");
}

like($test->sql_error(q{SET default_transaction_isolation = 'repeatable read'; CALL analytics.adopt('other', '{own}')}),
	qr/55000: adopt\(\) works in transactions of isolation level read committed.*HINT:  SET default_transaction_isolation/s, 'where chunks would not see what others commit, it does not begin');

# --- a trigger that lets nothing in ---

$test->sql(q{
	CREATE TABLE other.refused (LIKE service.post_analytics, PRIMARY KEY (id));
	INSERT INTO other.refused SELECT * FROM service.old_posts(60001, 60120);
	CREATE FUNCTION other.refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'not this one: %', NEW.id; END$$;
	CREATE TRIGGER refuse BEFORE INSERT ON analytics.post_analytics FOR EACH ROW EXECUTE FUNCTION other.refuse()});
$node->psql('postgres', q{CALL analytics.adopt('other', '{refused}')}, stderr => \$notices);
like($notices, qr/WARNING:  the last 100 rows of "other.refused" were all refused.*^DETAIL:  The last of them for: not this one: post_60100$/ms, 'is warned of while it can still be helped');
is($test->sql(q{SELECT state, rows_read, rejected FROM analytics.stat_adoption WHERE source_table = 'refused'}), 'verified|120|120', 'and costs each row, and no other');
$test->sql('DROP TRIGGER refuse ON analytics.post_analytics');
$test->sql(q{CALL analytics.adopt('other', '{refused}')});
is($test->sql(q{SELECT state, copied, rejected FROM analytics.stat_adoption WHERE source_table = 'refused'}), 'verified|120|0', 'until it is gone');

# --- whose rights ---

$test->sql(q{
	CREATE ROLE mover;
	GRANT USAGE ON SCHEMA analytics TO mover;
	GRANT EXECUTE ON PROCEDURE analytics.adopt(text, text[], integer) TO mover});
my $lacking = $test->sql_error(q{SET ROLE mover; CALL analytics.adopt('service', '{post_analytics}')});
like($lacking, qr/42501: permission denied/, 'it is no way around rights');
$test->sql(q{GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA analytics TO mover; REVOKE EXECUTE ON FUNCTION analytics.subject(text, text) FROM mover; REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC});
is($test->sql(q{SET ROLE mover; SELECT string_agg(concat_ws(' ', source_table, status, finding), E'\n') FROM analytics.check_adoption('service')}), join("\n", map {
			my $table = $_;
			map { "$table error role \"mover\" $_" } 'may not read it', 'lacks SELECT, INSERT, UPDATE on analytics.post_analytics', 'lacks SELECT, INSERT, UPDATE, DELETE on analytics.crawl_errors',
			  'lacks SELECT, INSERT, UPDATE on analytics.adoptions', 'lacks SELECT, INSERT, DELETE on analytics.adoption_rejects', 'lacks SELECT on analytics.settings', 'lacks SELECT on analytics.batches',
			  'may not execute analytics.subject()', $table eq 'crawl_errors' ? 'may not make temporary tables' : ()
		} qw(post_analytics crawl_errors)), 'which rights are lacking is told, all of them');
like($test->sql_error(q{SET ROLE mover; CALL analytics.adopt('service')}), qr/55000: the tables in schema "service" cannot be adopted, for 17 reasons/, 'before anything is begun');
$test->sql('GRANT TEMPORARY ON DATABASE postgres TO PUBLIC');
is($test->sql(q{SELECT count(*) FROM aclexplode((SELECT relacl FROM pg_class WHERE oid = 'analytics.adoption_rejects'::regclass)) AS a WHERE a.grantee <> (SELECT relowner FROM pg_class WHERE oid = 'analytics.adoption_rejects'::regclass)}),
	0, 'what was rejected, which holds posts, is the owner\'s');
$test->sql(q{CREATE ROLE watcher IN ROLE pg_monitor});
cmp_ok($test->sql(q{SET ROLE watcher; SELECT count(*) FROM analytics.stat_adoption}), '>=', 4, 'monitoring sees how far it is');
$test->sql(q{ALTER TABLE service.post_analytics ENABLE ROW LEVEL SECURITY; ALTER TABLE service.post_analytics FORCE ROW LEVEL SECURITY; CREATE POLICY a_few ON service.post_analytics USING (id < 'post_5');
	GRANT ALL ON SCHEMA service, analytics TO mover; GRANT ALL ON ALL TABLES IN SCHEMA service TO mover; GRANT ALL ON ALL TABLES IN SCHEMA analytics TO mover;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA analytics TO mover});
$lacking = $test->sql_error(q{SET ROLE mover; CALL analytics.adopt('service', '{post_analytics}')});
like($lacking, qr/row security hides rows of it from role "mover"/, 'rows that are hidden from the caller are not passed over in silence');

# --- retention ---

# Adopted errors come behind a thousand of ours, whatever their age.
my $kept = $test->sql('SELECT count(*) FROM analytics.crawl_errors');
cmp_ok($kept, '>', 2000, 'more errors than retention looks at by their ids');
my @aged = split /\n/, $test->sql(q{UPDATE analytics.crawl_errors SET created_at = now() - interval '91 days' WHERE id IN (SELECT id FROM analytics.crawl_errors WHERE item_index < 0 ORDER BY id DESC LIMIT 20) RETURNING id});
is(scalar @aged, 20, 'some adopted ones of the highest ids are too old now');
$node->reload;
$test->wait_for_sql('SELECT count(*) FROM analytics.crawl_errors WHERE id IN (' . join(', ', @aged) . ')', 0, 40);
is($test->sql('SELECT count(*) FROM analytics.crawl_errors'), $kept - 20, 'they go, and no other');
is($test->sql(q{SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = 'analytics.crawl_errors_adopted_idx'::regclass}), '(item_index < 0)', 'by an index that only adopted rows are in');

# --- in a dump ---

my @port = ('--port', $node->port, '--host', $node->host);
my $dump = $test->folder . '/dump';
command_ok([ 'pg_dump', @port, '--format', 'custom', '--schema', 'service', '--schema', 'analytics', '--extension', 'analytics', '--file', $dump, 'postgres' ], 'a dump');
$test->sql('CREATE DATABASE restored TEMPLATE template0');
$node->command_ok([ 'pg_restore', @port, '--no-owner', '--no-acl', '--exit-on-error', '--dbname', 'restored', $dump ], 'is restored');
for my $table (qw(adoptions adoption_rejects))
{
	my $rows = "SET timezone = 'UTC'; SELECT string_agg(t::text, E'\\n' ORDER BY t::text) FROM analytics.$table AS t";
	is($node->safe_psql('restored', $rows), $test->sql($rows), "$table is as it was");
}
$node->psql('restored', q{CALL analytics.adopt('service', '{post_analytics}')}, stderr => \$notices);
like($notices, qr/20601 rows read: 0 copied, 0 replaced/, 'and a further call there has nothing to do');

done_testing();
