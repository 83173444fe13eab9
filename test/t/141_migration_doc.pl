# docs/migrating-from-the-python-service.md, block by block: every command is
# run in the order of the page, beside a stand-in for the old service that works
# on its own queue and tables, and must print what the page shows below it.
# The step "Switch over" is run, undone by "Going back", and run again.
#
# Substituted are the servers, their users and passwords, the vhost and the
# bucket, and nothing else.  The page as this run would have it is written
# beside the test's logs.

use strict;
use warnings FATAL => 'all';

use FindBin;
use IPC::Run ();
use JSON::PP ();
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $PAGE = "$FindBin::RealBin/../../docs/migrating-from-the-python-service.md";
my $OLD_QUEUE = 'analytics.data.collected';
my $NEW_QUEUE = "$OLD_QUEUE.postgres";
my $PROJECT = '550e8400-e29b-41d4-a716-446655440003';

# A command that shows something is run again until it prints that, so long.
my $SHOWN_LIMIT = 40;

my $test = AnalyticsTest->new('migration_doc');
my $node = $test->node;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;

# ---------------------------------------------------------------------
# What is substituted
# ---------------------------------------------------------------------

my ($api) = $test->env('AMQP_API') =~ m{\Ahttp://(.*)/api\z} or die 'no address of the API';
my @substitutions = (
	[ "host 'rabbit.example.com', port '5672', vhost '/'", sprintf q{host '%s', port '%s', vhost '%s'}, $test->env('AMQP_HOST'), $test->env('AMQP_PORT'), $test->vhost ],
	[ "user 'analytics', password 'rabbit-password'", sprintf q{user '%s', password '%s'}, $test->env('AMQP_USER'), $test->env('AMQP_PASSWORD') ],
	[ 'https://s3.example.com:9000', $test->env('S3_ENDPOINT') ],
	[ "access_key 's3-user', secret_key 's3-password'", sprintf q{access_key '%s', secret_key '%s'}, $test->env('S3_ACCESS_KEY'), $test->env('S3_SECRET_KEY') ],
	[ "buckets 'crawl-results'", sprintf q{buckets '%s'}, $test->bucket ],
	[ 'crawl-results/tiktok', $test->bucket . '/tiktok' ],
	[ 'admin:admin-password', $test->env('AMQP_ADMIN_USER') . ':' . $test->env('AMQP_ADMIN_PASSWORD') ],
	[ 'rabbit.example.com:15672', $api ],
	[ '/queues/%2F/', '/queues/' . $test->vhost . '/' ]);

sub here
{
	my ($text) = @_;
	$text =~ s/\Q$_->[0]\E/$_->[1]/g for @substitutions;
	return $text;
}

# ---------------------------------------------------------------------
# The old service
# ---------------------------------------------------------------------

sub literal { return defined $_[0] ? "'" . ($_[0] =~ s/'/''/gr) . "'" : 'NULL' }

sub old_service_stores
{
	my ($event, $item) = @_;
	my ($payload, $meta) = ($event->{payload}, $item->{meta});
	my ($id, $job, $crawled) = map { literal($_) } $meta->{id}, $payload->{job_id}, $meta->{crawled_at} =~ s/Z\z//r;
	my $project = literal($payload->{project_id});

	return "INSERT INTO public.crawl_errors (content_id, project_id, job_id, platform, error_code, error_category, error_message, error_details, created_at)
		VALUES ($id, $project, $job, 'TIKTOK', 'TIMEOUT', 'network', 'slow', '{}', now() AT TIME ZONE 'UTC');"
	  if $meta->{fetch_status} // '' eq 'error';
	return "INSERT INTO public.post_analytics (id, project_id, platform, published_at, analyzed_at, overall_sentiment, overall_sentiment_score, overall_confidence,
			primary_intent, intent_confidence, impact_score, risk_level, is_viral, is_kol, view_count, job_id, crawled_at, pipeline_version)
		VALUES ($id, $project, 'TIKTOK', $crawled, now() AT TIME ZONE 'UTC', 'NEUTRAL', 0, 0.5, 'DISCUSSION', 0.5, 1, 'LOW', false, false,
			$item->{content}{view_count}, $job, $crawled, 'crawler_tiktok_v3')
		ON CONFLICT (id) DO UPDATE SET view_count = excluded.view_count, crawled_at = excluded.crawled_at, analyzed_at = excluded.analyzed_at;";
}

# It takes what is in its queue, stores it and acknowledges; how many events.
sub old_service_works
{
	my $messages = $test->broker_api('POST', "queues/VHOST/$OLD_QUEUE/get", { count => 100, ackmode => 'ack_requeue_false', encoding => 'auto' });

	for my $event (map { JSON::PP->new->utf8->decode($_->{payload}) } @$messages)
	{
		$test->sql(join "\n", map { old_service_stores($event, $_) } @{ $event->{payload}{items} });
	}
	return scalar @$messages;
}

# ---------------------------------------------------------------------
# The crawlers
# ---------------------------------------------------------------------

my @published;

sub event_of
{
	my ($name, $minute, $posts, $errors) = @_;
	my $crawled = sprintf '2025-12-07T10:%02d:00Z', $minute;
	my @items = map { { meta => { id => "new_$_", crawled_at => $crawled }, content => { text => 'đẹp', view_count => 100 + $minute } } } @$posts;

	push @items, map { { meta => { id => "failed_$_", crawled_at => $crawled, fetch_status => 'error', error_code => 'TIMEOUT' } } } @{ $errors // [] };
	return $test->event(event_id => $name, minio_path => undef, items => \@items, content_count => scalar @items, job_id => "$PROJECT-brand-0", project_id => $PROJECT);
}

sub publish
{
	my ($name, @content) = @_;
	push @published, $name;
	$test->publish_body(event_of($name, @content));
}

sub wait_for_ours { $test->wait_for_sql('SELECT count(*) FROM analytics.batches', scalar @published) }

# ---------------------------------------------------------------------
# Blocks
# ---------------------------------------------------------------------

sub run_psql
{
	my ($sql) = @_;
	my ($out, $err) = ('', '');
	my $statements = here($sql);

	IPC::Run::run([ 'psql', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--dbname=postgres' ],
		'<', \$statements, '>', \$out, '2>', \$err, IPC::Run::timeout(90)) or die "$err\n$sql";
	$out =~ s/[ \t]+$//mg;
	return $out =~ s/\A\n+|\s+\z//gr;
}

sub run_shell
{
	my ($command) = @_;
	my ($out, $err) = ('', '');

	IPC::Run::run([ 'bash', '-o', 'pipefail', '-c', here($command) ], '>', \$out, '2>', \$err, IPC::Run::timeout(60)) or die "$err\n$command";
	return $out =~ s/\s+\z//r;
}

my %count = (blocks => 0, shown => 0);

# As shown; $changes: nothing that may be run twice.
sub compare
{
	my ($name, $code, $expected) = @_;
	my $printed = $code->();

	$count{blocks}++;
	if (!defined $expected)
	{
		pass("runs: $name");
		return '';
	}
	my $deadline = time + $SHOWN_LIMIT;
	while ($printed ne $expected && $name =~ /\ASELECT (?!analytics\.)|\Acurl -s / && time < $deadline)
	{
		sleep 0.3;
		$printed = $code->();
	}
	is($printed, $expected, "as shown: $name");
	$count{shown}++;
	return $printed;
}

my $page = slurp_file($PAGE);
my %sections = $page =~ /^## ([^\n]*)\n(.*?)(?=^## |\z)/msg;
my %updated;

sub run_section
{
	my ($heading) = @_;
	my $text = $sections{$heading} // die "no section \"$heading\"";

	$text =~ s{(```console\n\$ )([^\n]*)\n(.*?)(```\n)|(```sql\n)(.*?)(```\n)(?:(\n```\n)(.*?)(\n```\n))?}{
		if (defined $1)
		{
			my ($open, $command, $expected, $close) = ($1, $2, $3, $4);
			my $printed = compare($command, sub { run_shell($command) }, $expected =~ s/\n\z//r);
			"$open$command\n" . ($printed eq '' ? '' : "$printed\n") . $close;
		}
		else
		{
			my ($open, $sql, $close, $from, $expected, $to) = ($5, $6, $7, $8, $9, $10);
			my ($name) = $sql =~ /\A(.*)/;
			my $printed = compare($name, sub { run_psql($sql) }, $expected);
			$open . $sql . $close . (defined $from ? $from . $printed . $to : '');
		}
	}seg;
	$updated{$heading} = $text;
}

# ---------------------------------------------------------------------
# The page
# ---------------------------------------------------------------------

$test->sql(slurp_file("$FindBin::RealBin/../data/python_service_schema.sql"));
$test->sql(q{
	INSERT INTO post_analytics SELECT * FROM old_posts(1, 2000);
	UPDATE post_analytics SET overall_sentiment_score = 'NaN' WHERE id = 'post_44';
	INSERT INTO crawl_errors (content_id, project_id, job_id, platform, error_code, error_category, error_message, error_details, permalink, created_at)
		SELECT * FROM old_errors(1, 200);
	DROP FUNCTION old_posts, old_errors});

run_section('1. Look');
run_section('2. Side by side');
publish('evt_both', 1, [ 1 .. 20 ], [ 1, 2 ]);
is(old_service_works(), 1, 'the old service processes an event');
wait_for_ours();
is($test->sql(q{SELECT count(*) FROM analytics.post_analytics WHERE event_id = 'evt_both'}), 20, 'and so do we');
is($test->sql(q{SELECT count(*) FROM public.post_analytics WHERE id LIKE 'new%'}), 20, 'each into its own tables');

run_section('3. Take the rows');
publish('evt_newer', 2, [ 11 .. 30 ]);
is(old_service_works(), 1, 'another event');
wait_for_ours();
$test->sql(q{UPDATE public.post_analytics SET project_id = '550e8400-e29b-41d4-a716-446655440002' WHERE id = 'post_50'});
run_section('4. Compare');
is($test->sql(q{SELECT count(*) FROM analytics.post_analytics WHERE id = 'post_50'}), 0, 'a post of another project is here no more under the old one');
is(run_psql($sections{'4. Compare'} =~ /```sql\n(.*?)```/s) =~ /^ +30 \| +30 \| /m, 1, 'of the same crawls both have the same figures');


# What would go on reading the tables under their new names is not overlooked.
my ($rename) = $sections{'5. Switch over'} =~ /```sql\n(BEGIN;\n.*?)```/s;
$test->sql(q{
	CREATE VIEW public.by_sentiment AS SELECT overall_sentiment, count(*) FROM public.post_analytics GROUP BY 1;
	CREATE FUNCTION public.failures() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM public.crawl_errors; END;
	CREATE FUNCTION public.failures_by_name() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.crawl_errors'});
like($test->sql_error($rename), qr/P0001: post_analytics: under another name it would still be read by view public\.by_sentiment; crawl_errors: under another name it would still be read by function public\.failures\(\)\n/,
	'what follows a table to its new name keeps it from being renamed');
is($test->sql(q{SELECT string_agg(relkind::text, '') FROM pg_class WHERE oid IN ('public.post_analytics'::regclass, 'public.crawl_errors'::regclass)}), 'rr', 'and nothing has been');
$test->sql('DROP VIEW public.by_sentiment; DROP FUNCTION public.failures()');

run_section('5. Switch over');
is($test->sql('SELECT public.failures_by_name() = (SELECT count(*) FROM analytics.crawl_errors)'), 't', 'a function that looks the name up reads what we write');
is($test->sql('SELECT count(*), min(view_count) FROM public.post_analytics WHERE id LIKE \'new%\''), '30|101', 'dashboards read on under the same name');
is($test->sql(q{SELECT string_agg(state, ' ') FROM analytics.stat_adoption}), 'verified verified', 'and all is here');
publish('evt_after', 3, [ 31 .. 40 ]);
wait_for_ours();
is($test->sql('SELECT count(*) FROM public.post_analytics WHERE id LIKE \'new%\''), 40, 'and they see what we write');

is($test->sql_error(q{CALL analytics.adopt('public')}) =~ s/\n.*//sr =~ s/.*ERROR: *//r, '55000: the tables in schema "public" cannot be adopted, for 2 reasons', 'our own posts are not taken for those of the old service');
my $posts = $test->sql(q{SELECT md5(string_agg(p::text, '' ORDER BY id, project_id)) FROM analytics.post_analytics AS p});
$test->sql(q{CALL analytics.adopt('public', '{post_analytics_python,crawl_errors_python}')});
is($test->sql(q{SELECT string_agg(state || ' ' || copied || ' ' || replaced, ', ') FROM analytics.stat_adoption WHERE source_table LIKE '%\_python'}), 'verified 0 0, verified 0 0', 'the tables that were set aside can be named, and hold nothing new');
is($test->sql(q{SELECT md5(string_agg(p::text, '' ORDER BY id, project_id)) FROM analytics.post_analytics AS p}), $posts, 'and nothing has changed');
$test->sql(q{DELETE FROM analytics.adoptions WHERE source_table LIKE '%\_python'; DELETE FROM analytics.adoption_rejects WHERE source_table LIKE '%\_python'});

run_section('Going back');
is(old_service_works(), 1, 'the old service goes on with what waits in its queue');
is($test->sql('SELECT count(*) FROM public.post_analytics WHERE id LIKE \'new%\''), 40, 'and has missed nothing');
publish('evt_back', 4, [ 35 .. 45 ]);
is(old_service_works(), 1, 'nor what comes then');
wait_for_ours();
is($test->sql('SELECT count(*) FROM analytics.post_analytics WHERE event_id = \'evt_back\''), 11, 'which we have processed, too, once resumed');

run_section('5. Switch over');
publish('evt_last', 5, [ 46 .. 50 ]);
wait_for_ours();

# as if it had been published before our queue was there
push @published, 'evt_early';
$test->broker_api('POST', 'exchanges/VHOST/amq.default/publish',
	{ properties => {}, routing_key => $OLD_QUEUE, payload_encoding => 'string', payload => event_of('evt_early', 0, [ 51 .. 60 ]) });
poll_until(sub { ($test->broker_api('GET', "queues/VHOST/$OLD_QUEUE")->{messages} // 0) == 2 }, 'the broker to have counted two messages');
run_section('6. For good');
is($test->queue($OLD_QUEUE), undef, 'the old queue is gone');

$test->put_object('tiktok/proj_xyz/brand/batch_000.json', '[{"meta": {"id": "found_1"}, "content": {"text": "đẹp"}}]');
push @published, 'evt_lost_1';
run_section('Events that the old service lost');
wait_for_ours();

# ---------------------------------------------------------------------
# What has come of it
# ---------------------------------------------------------------------

is($test->sql('SELECT string_agg(event_id, \' \' ORDER BY event_id) FROM analytics.batches'), join(' ', sort @published), 'every event was processed, once');
is($test->sql('SELECT sum(total) FROM analytics.metric_duplicates_skipped'), 1, 'that which was left in both queues was skipped in one');
is($test->sql('SELECT count(*) FROM analytics.dead_letters'), 0, 'none has failed');
is($test->sql('SELECT count(*), count(DISTINCT (id, project_id)) FROM analytics.post_analytics'), '2061|2061', 'every post is here, once');
is($test->sql('SELECT count(*), count(DISTINCT content_id) FROM analytics.crawl_errors'), '202|202', 'and every error');
is($test->sql(q{SELECT count(*) FROM analytics.post_analytics WHERE id LIKE 'new%' AND event_id = ''}), 0, 'what we have analysed ourselves has not been replaced');
is($test->sql('SELECT count(*) FROM public.post_analytics'), 2061, 'under the old names, too');
is($test->queue($NEW_QUEUE)->{ready}, 0, 'our queue is worked off');

open my $out, '>', "$PostgreSQL::Test::Utils::log_path/migrating_md.log" or die $!;
print {$out} $page =~ s{^## ([^\n]*)\n(.*?)(?=^## |\z)}{"## $1\n" . ($updated{$1} // $2)}msegr;
close $out or die $!;
my @others = grep { $sections{$_} =~ /```/ && !defined $updated{$_} } sort keys %sections;
is("@others", '', 'no block of the page was left out');
cmp_ok($count{blocks}, '>=', 20, 'blocks were run');
cmp_ok($count{shown}, '>=', 10, 'answers were compared');
done_testing();
