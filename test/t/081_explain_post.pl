# explain_post(): a stored post is analysed again, from the object that it came
# in, and whoever cannot have that is told why and what to do.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use Test::More;

my $test = AnalyticsTest->new('explain_post');
$test->create_extension;
$test->create_consumer('posts');

sub object
{
	my ($key, @items) = @_;
	$test->put_object($key, '[' . join(',', @items) . ']');
}

sub item
{
	my ($id, $text, $crawled_at) = @_;
	return sprintf '{"meta": {"id": "%s", "crawled_at": "%s"}, "content": {"text": "%s", "like_count": 500}, "author": {"follower_count": 9000}}',
	  $id, $crawled_at // '2025-12-06T10:00:00Z', $text;
}

sub process
{
	my ($id, $key, %payload) = @_;
	$test->publish_body($test->event(event_id => $id, ($key ? (minio_path => $test->bucket . "/$key") : ()), %payload));
	$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE key = '$id'", 1);
}

sub explained { return $test->sql('SELECT ' . shift . ' FROM analytics.explain_post(' . shift . ')') }

sub refused
{
	my ($arguments, $pattern, $name) = @_;
	like($test->sql_error("SELECT analytics.explain_post($arguments)"), $pattern, $name);
}

# --- a load, explained throughout ---

my $load = $test->generate(tiktok => 4, youtube => 2, seed => 5);
$test->publish($load);
$test->wait_for_batches($load->{expect}{batches});
is( $test->sql(q{SELECT count(*), count(*) FILTER (WHERE p.overall_sentiment_score = e.overall_sentiment_score
		AND p.overall_sentiment = e.overall_sentiment AND p.primary_intent = e.primary_intent AND p.impact_score = e.impact_score
		AND p.keywords = e.keywords AND p.aspects_breakdown = e.aspects_breakdown AND p.risk_level = e.risk_level
		AND p.impact_breakdown = e.impact_breakdown AND p.id = e.id AND p.platform = e.platform AND p.model_version = e.model_version)
	FROM (SELECT * FROM analytics.post_analytics ORDER BY id LIMIT 60) AS p
	CROSS JOIN LATERAL analytics.explain_post(p.id, p.project_id) AS e}),
	'60|60', 'what is explained is what is stored');
my $compressed = $test->generate(tiktok => 1, youtube => 0, seed => 6, compress => 'zstd', name => 'zstd');
$test->publish($compressed);
$test->wait_for_batches($load->{expect}{batches} + 1);
is( $test->sql(q{SELECT count(e.clean_text) FROM (SELECT p.* FROM analytics.post_analytics AS p JOIN analytics.batches AS b ON b.key = p.event_id
		WHERE b.object LIKE '%zst%' ORDER BY p.id LIMIT 1) AS p CROSS JOIN LATERAL analytics.explain_post(p.id, p.project_id) AS e}),
	1, 'a compressed object is read too');

# --- which post ---

object('two.json', item('twin', 'the older crawl of this post', '2025-12-06T09:00:00Z'), item('twin', 'the newer crawl of this post', '2025-12-06T11:00:00Z'), item('other', 'another post of this batch'));
process('evt_two', 'two.json', job_id => 'proj_two-brand-0', project_id => 'proj_two');
is(explained('clean_text', "'twin', 'proj_two'"), 'the newer crawl of this post', 'of two crawls of a post, the one that was stored');
object('none.json', item('alone', 'a post of no project at all'));
process('evt_none', 'none.json', job_id => '2b6c1a56-98ad-4f0c-b3d5-0d6f2f0a7a11', project_id => undef);
is(explained('id, clean_text', "'alone'"), 'alone|a post of no project at all', 'a post without a project');
refused("'twin'", qr/42704.*there is no post "twin" of project NULL.*HINT:.*project_id: 'proj_two'/s, 'a post of another project');
refused("'nothing', 'x'", qr/42704.*there is no post "nothing" of project 'x'.*HINT/s, 'a post that is not there');
refused('NULL', qr/22004.*"id" must not be null/s, 'no id');

# --- whose text is not to be had ---

process('evt_inline', undef, items => [ { meta => { id => 'inline' }, content => { text => 'a text inside the event' } } ]);
refused("'inline', 'proj_test'", qr/55000.*evt_inline.*DETAIL:.*came in the event itself.*HINT:.*analytics\.analyze\(\)/s, 'items that came in the event');
$test->sql(q{SELECT analytics.ingest('{"event_id": "evt_hand", "payload": {"job_id": "p-brand-0", "platform": "tiktok", "content_count": 1, "minio_path": "a/b"}}',
	'[{"meta": {"id": "by_hand"}, "content": {"text": "given by hand"}}]')});
refused("'by_hand', 'p'", qr/55000.*analytics\.ingest\(\).*HINT/s, 'items given to ingest()');
object('two.json', item('other', 'another post of this batch'));
refused("'twin', 'proj_two'", qr/42704.*post "twin" is not in object ".*\/two\.json"/s, 'an object that was replaced');
object('two.json', 'not json');
refused("'twin', 'proj_two'", qr/XX001.*two\.json" is another/s, 'by what is no batch');
$test->delete_object('two.json');
refused("'twin', 'proj_two'", qr/42704.*two\.json.*HINT:.*not kept/s, 'an object that is gone');

# --- with the caller's rights ---

$test->sql(q{CREATE ROLE reader; GRANT USAGE ON SCHEMA analytics TO reader; GRANT EXECUTE ON FUNCTION analytics.explain_post(text, text) TO reader;
	GRANT SELECT ON analytics.post_analytics, analytics.batches, analytics.consumers TO reader});
my $as_reader = 'SET ROLE reader; SELECT clean_text FROM analytics.explain_post(\'alone\')';
like($test->sql_error($as_reader), qr/42501.*may not use server "store".*HINT:.*GRANT USAGE/s, 'a caller who may not use the server');
$test->sql('GRANT USAGE ON FOREIGN SERVER store TO reader');
like($test->sql_error($as_reader), qr/42704.*no user mapping.*HINT:.*CREATE USER MAPPING/s, 'a caller without a user mapping');
$test->sql(sprintf q{CREATE USER MAPPING FOR reader SERVER store OPTIONS (access_key '%s', secret_key '%s')}, $test->env('S3_ACCESS_KEY'), $test->env('S3_SECRET_KEY'));
is($test->sql($as_reader), 'a post of no project at all', 'a caller with one');

# --- a store that does not answer ---

$test->sql(q{ALTER SERVER store OPTIONS (SET endpoint 'http://127.0.0.1:1')});
refused("'alone'", qr/08006/, 'a store that is not there');
$test->sql(q{SELECT analytics.alter_consumer('posts', store => '')});
refused("'alone'", qr/55000.*"posts" has no store.*HINT:.*alter_consumer\('posts', store/s, 'a consumer without a store');
$test->sql(q{SELECT analytics.drop_consumer('posts')});
refused("'alone'", qr/55000.*"posts" was dropped.*HINT:.*Create a consumer/s, 'a consumer that was dropped');
$test->sql('DELETE FROM analytics.batches');
refused("'alone'", qr/55000.*no longer in analytics\.batches/s, 'an event that the ledger has forgotten');

done_testing();
