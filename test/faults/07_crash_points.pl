# Row 7: death at each named point of the worker's loop, of a fault and of
# SIGKILL, over events of every fate: batches, dead letters, events that are parked
# as their object is missing or late, and such as were submitted.

use strict;
use warnings FATAL => 'all';

use File::Find qw(find);
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use PostgreSQL::Test::Utils;
use Test::More;

my $AT = '2025-12-06T10:15:30Z';

# What is sent, and its fate.
my %FATE = (batch => 'batch', submitted => 'batch', late => 'batch', missing => 'OBJECT_NOT_FOUND', refused => 'FORBIDDEN_BUCKET');
my @KINDS = sort keys %FATE;

# Points that not all come to, or not at once.
my %COMING = (
	decode => [qw(batch submitted)],
	commit => [qw(batch submitted)],
	written => [qw(batch submitted)],
	letter => [qw(refused)],
	parked => [qw(late missing)],
	leased => [qw(late missing submitted)]);

# Those that the library has.
sub crash_points
{
	my %points;
	my $read = sub {
		return unless /\.c$/;
		$points{$_} = 1 for slurp_file($_) =~ /\bcrash_point\("(\w+)"/g;
	};
	find({ wanted => $read, no_chdir => 1 }, "$FindBin::RealBin/../../src");
	return sort keys %points;
}

# Ten minutes of waiting for an object become one; see hurry().
my @points = crash_points();
my $run = FaultRun->new('crash_points', times => [ 1, 20 ], conf => 'analytics.debug_retry_scale = 0.1');
my $test = $run->test;
my (@late, $sent);

cmp_ok(scalar @points, '>=', 8, "the points: @points");

sub configure
{
	my (%settings) = @_;
	$run->sql("ALTER SYSTEM SET $_ = '$settings{$_}'") for sort keys %settings;
	$run->sql('SELECT pg_reload_conf()');
}

# ---------------------------------------------------------------------
# Events
# ---------------------------------------------------------------------

sub put_objects
{
	my (@events) = @_;
	return unless @events;
	make_path(my $folder = $test->folder . '/objects' . ++$sent);
	for my $event (@events)
	{
		append_to_file("$folder/$event->{id}", qq([{"meta":{"id":"$event->{id}","crawled_at":"$AT"},"content":{"text":"x","view_count":$event->{views}}}]));
	}
	$test->put_folder($folder);
}

sub new_event
{
	my ($kind) = @_;
	my $id = "${kind}_" . ++$sent;
	my $event = { kind => $kind, id => $id, views => int rand 1000 };
	my $bucket = $kind eq 'refused' ? 'elsewhere' : $test->bucket;

	$event->{body} = $test->event(event_id => "evt_$id", minio_path => "$bucket/$id", project_id => undef, job_id => 'proj_points-brand-0', content_count => 1);
	$run->sent("evt_$id", $FATE{$kind});
	$run->item("evt_$id", 0, 'post', $id, 'proj_points', $AT, $event->{views});
	return $event;
}

# So many of each of these kinds, mixed.
sub send_events
{
	my ($count, @kinds) = @_;
	my @events = map { my $kind = $_; map { new_event($kind) } 1 .. $count } @kinds;
	my @published = map { $_->{body} } grep { $_->{kind} ne 'submitted' } @events;

	put_objects(grep { $_->{kind} =~ /batch|submitted/ } @events);
	@published = map { splice @published, rand @published, 1 } 1 .. @published;
	$run->submit([ map { $_->{body} } grep { $_->{kind} eq 'submitted' } @events ]);
	$run->publish_bodies(\@published) if @published;
	push @late, grep { $_->{kind} eq 'late' } @events;
}

# Once each has been asked for in vain.
sub put_late_objects
{
	$test->wait_for_sql(q{SELECT count(DISTINCT body) FROM analytics.local_queue WHERE attempts > 0 AND convert_from(body, 'UTF8') LIKE '%/late\_%'}, scalar @late);
	put_objects(splice @late);
}

# Whatever is parked is due.
sub hurry
{
	poll_until(
		sub {
			# the trigger that tells the workers is one of this column
			$run->sql('UPDATE analytics.local_queue SET due_at = now(), consumer = consumer WHERE due_at > now()');
			return $run->sql('SELECT count(*) FROM analytics.local_queue') == 0;
		},
		'what was parked to be settled',
		120);
}

# ---------------------------------------------------------------------
# Deaths
# ---------------------------------------------------------------------

# The first that comes may have met a worker that did not know of the point yet.
sub await_crash
{
	my ($point, $kind, $position) = @_;
	my $tries = 6;

	until (eval { $test->wait_for_log(qr/all server processes terminated; reinitializing/, $position, 20) })
	{
		die "no worker came to \"$point\" with what is \"$kind\"" if $tries-- == 0;
		send_events(3, $kind);
	}
	$test->wait_for_log(qr/database system is ready to accept connections/, $position, 120);
}

# All is settled before the next, so that no event meets two deaths.
$run->repeat(
	sub {
		my ($number) = @_;
		my $round = int(($number - 1) / @points);
		my $point = $points[ $number % @points ];
		my @coming = @{ $COMING{$point} // \@KINDS };
		my $kind = $coming[ ($number + $round) % @coming ];
		my $signal = ($number + $round) % 2 ? 6 : 9;

		my $position = $test->log_position;

		note("$point, $kind, signal $signal");
		configure('analytics.crash_signal' => $signal, 'analytics.crash_point' => "$point once $number");
		$run->caused_crash;
		send_events(3, $kind);
		await_crash($point, $kind, $position);
		send_events(2, @KINDS);
		put_late_objects();
		hurry();
		$run->settle;
	},
	$run->times * @points);
configure('analytics.crash_point' => '');
cmp_ok($run->sql(q{SELECT count(*) FROM analytics.dead_letters WHERE reason = 'OBJECT_NOT_FOUND' AND attempts = 5}), '>', 0, 'what is missing is given up after five tries');

# What is parked and not yet acknowledged as its worker dies comes again without a mark.
$run->finish(unmarked => 1);
