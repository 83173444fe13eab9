# A server that does not restart after a crash: an event that crashes its worker
# takes it down twice, not for ever.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $test = AnalyticsTest->new('crash_without_restart', servers => [], conf => "restart_after_crash = off\nanalytics.crash_point = 'decode always evt_bad'\nanalytics.crash_signal = 6");
my $node = $test->node;
my $file = $node->data_dir . '/pg_stat/analytics_crashes.stat';

sub submit
{
	my ($id) = @_;
	$test->sql(qq(SELECT analytics.submit('{"event_id": "$id", "payload": {"job_id": "p-brand-0", "platform": "tiktok", "content_count": 1, "items": [{"meta": {"id": "$id"}}]}}')));
}

sub goes_down
{
	my ($postmaster) = @_;
	poll_until(sub { process_gone($postmaster) }, 'the server to end');
	$node->_update_pid(0); # nobody has stopped it
}

sub postmaster { return (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0] }

$test->create_extension;
$test->create_consumer('posts', broker => undef, store => undef);
my $postmaster = postmaster();
submit('evt_bad');
for my $crash (1, 2)
{
	goes_down($postmaster);
	ok(-s $file, "crash $crash is remembered");
	$node->start;
	$postmaster = postmaster();
}
$test->wait_for_sql(q{SELECT count(*) FROM analytics.dead_letters WHERE reason = 'WORKER_CRASH'}, 1);
is($test->sql('SELECT attempts, message FROM analytics.dead_letters'), '3|a worker crashed 2 times and was killed 0 times while it worked on this event', 'then it is a dead letter');
is($test->sql('SELECT count(*) FROM analytics.attempts'), 0, 'and no longer counted');
ok(!-e $file, 'the file is read once');

submit('evt_good');
$test->wait_for_sql('SELECT string_agg(key, \' \') FROM analytics.batches', 'evt_good');
$node->restart;
ok(!-e $file, 'a server that is stopped leaves none');
is(scalar(() = slurp_file($node->logfile) =~ /because restart_after_crash is off/g), 2, 'it went down twice');

done_testing();
