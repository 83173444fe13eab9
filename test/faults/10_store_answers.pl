# Row 10: whatever the store answers.  What mends itself or is mended is processed, what
# does not ends as a dead letter with its reason, and nobody follows a redirect.
#
# The answers of a real server where one can be had (an object that is not there, another's
# bucket, a wrong secret); the others of test/lib/faulty-store, by a consumer of its own.

use strict;
use warnings FATAL => 'all';

use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use PostgreSQL::Test::Utils;
use Test::More;

my @REDIRECTS = (301, 302, 303, 307, 308);
my $QUEUE = 'faulty';

# Ten minutes become thirty seconds.
my $run = FaultRun->new('store_answers', times => [ 2, 50 ], workers => 1, conf => 'analytics.debug_retry_scale = 0.05');
my $test = $run->test;
my @each = 1 .. $run->times;
my $fault_store = $run->faulty_store;
$run->create_faulty_store('faulty', $fault_store, stall_timeout => 1);
$test->create_consumer('faulty', store => 'faulty', queue => $QUEUE, routing_key => $QUEUE, prefetch => 200);

my @bodies;

# An event that names BUCKET/KEY, for the next publish(), and what must become of it: a FATE
# of the manifest.  The post of it, where it is processed, has the id ID.
sub event
{
	my ($path, $fate, $id) = @_;
	my $event_id = 'evt_' . $path =~ s/\W/_/gr;

	push @bodies,
	  $test->event(event_id => $event_id, minio_path => $path, project_id => undef, job_id => 'proj_store-brand-0', content_count => 1, timestamp => '2025-12-06T10:15:30Z');
	$run->sent($event_id, $fate);
	$run->item($event_id, 0, 'post', $id, 'proj_store', '2025-12-06T10:15:30Z') if $fate eq 'batch';
}

sub publish { $run->publish_bodies([ splice @bodies ], @_) }

sub object { return qq([{"meta":{"id":"$_[0]","crawled_at":"2025-12-06T10:15:30Z"},"content":{"text":"x"}}]) }
sub faulty_event { my ($key, $fate) = @_; event("b/$key", $fate, $key) }

# --- not there for good; for a while; and answers of a store that fails ---

event($test->bucket . "/never-$_", 'OBJECT_NOT_FOUND') for @each;
publish();

my %for_good = (404 => 'OBJECT_NOT_FOUND', 500 => 'RETRY_EXHAUSTED', 503 => 'RETRY_EXHAUSTED', slow => 'RETRY_EXHAUSTED', truncated => 'RETRY_EXHAUSTED');
my %name = (404 => 'gone');
for my $number (@each)
{
	for my $fault (sort keys %for_good)
	{
		my $name = $name{$fault} // $fault;
		faulty_event("good-$fault-$number", 'batch');
		faulty_event("fail-$name-good-$number", $for_good{$fault});
		faulty_event("fail-2-times-$name-$number", 'batch');
		$run->happened(2);
	}
	faulty_event("fail-5-times-403-$number", 'batch');
	my $redirect = $REDIRECTS[ $number % @REDIRECTS ];
	faulty_event("fail-$redirect-$number", 'OBJECT_REFUSED');
	$run->happened(2);
}
publish(routing_key => $QUEUE, queue => $QUEUE);

my $late = $test->bucket . '/late';
event("$late-$_", 'batch', "late-$_") for @each;
publish();
$test->wait_for_sql(q{SELECT count(*) FROM analytics.local_queue WHERE attempts > 0 AND convert_from(body, 'UTF8') LIKE '%/late-%'}, scalar @each);
make_path(my $folder = $test->folder . '/late');
append_to_file("$folder/late-$_", object("late-$_")) for @each;
$test->put_folder($folder);
$test->wait_for_sql(q{SELECT count(*) FROM analytics.batches WHERE event_id LIKE '%\_late\_%'}, scalar @each, 120);
pass('objects that come late are processed');
$run->happened(2 * @each);

# --- configuration, which somebody must mend ---

sub set_keys
{
	my ($access_key, $secret_key) = @_;
	$run->sql("ALTER USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (SET access_key '$access_key', SET secret_key '$secret_key')");
}

# Two events, since one alone need not be the store's fault.
sub misconfigured
{
	my ($bucket, $name, $code) = @_;

	event("$bucket/$name-$_", 'batch', "$name-$_") for 1 .. 2;
	publish();
	$test->wait_for_sql(q{SELECT state || ': ' || reason FROM analytics.status WHERE name = 'posts'}, qr/^misconfigured: .*$code/, 120);
}

sub processed_when_mended
{
	my ($bucket, $name) = @_;
	my $prefix = 'evt_' . "$bucket/$name" =~ s/\W/_/gr;
	$test->wait_for_sql("SELECT count(*) FROM analytics.batches WHERE starts_with(event_id, '${prefix}_')", 2, 120);
}

my @own = ($test->env('S3_ACCESS_KEY'), $test->env('S3_SECRET_KEY'));
for my $number (@each)
{
	$test->put_object("signed-$number-$_", object("signed-$number-$_")) for 1 .. 2;
	set_keys($own[0], "wrong$number");
	misconfigured($test->bucket, "signed-$number", 'SignatureDoesNotMatch');
	set_keys(@own);
	processed_when_mended($test->bucket, "signed-$number");
	$run->happened;
}
pass('with the right secret all are processed');

my $other = $test->create_store_user('other');
$run->sql("ALTER SERVER store OPTIONS (SET buckets '" . $test->bucket . ",$other->{bucket}')");
for my $number (@each)
{
	$test->put_object("other-$number-$_", object("other-$number-$_"), owner => $other) for 1 .. 2;
	misconfigured($other->{bucket}, "other-$number", 'AccessDenied');
	set_keys(@$other{qw(access_key secret_key)});
	processed_when_mended($other->{bucket}, "other-$number");
	set_keys(@own);
	$run->happened;
}
pass("and another's bucket is read when its keys are given");

# --- what became of the others ---

$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0, 300 + 30 * $run->times);
$test->wait_for_empty_queue($QUEUE, 120);
is($run->sql(q{SELECT string_agg(DISTINCT reason || ' ' || attempts, ', ' ORDER BY reason || ' ' || attempts) FROM analytics.dead_letters}),
	'OBJECT_NOT_FOUND 5, OBJECT_REFUSED 0, RETRY_EXHAUSTED 8', 'each is given up after as many tries as its reason has');
for my $fault (sort keys %for_good)
{
	# more often, where a store that seems to be down was probed with it
	my $name = $name{$fault} // $fault;
	my $tries = $fault eq '404' ? 5 : 8;
	my %times;
	/fail-$name-good-(\d+)/ and $times{$1}++ for split /\n/, slurp_file($fault_store->{log});
	is((grep { ($times{$_} // 0) >= $tries } @each), @each, "$fault for good: each was asked for at least $tries times");
}
unlike(slurp_file($fault_store->{log}), qr/redirected/, 'no redirect is followed');
is(scalar(() = slurp_file($fault_store->{log}) =~ m{/fail-30\d-}g), scalar @each, 'nor asked for again');
$run->finish(unmarked => 1);
