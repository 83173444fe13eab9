# Row 8: event bodies that are not as they should be.  Each ends as a row or as
# a dead letter with a reason, once.
#
# What must become of a body is judged by SQL of PostgreSQL's own JSON, without
# the code under test; a body is found again by its bytes.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use Mutation;
use PostgreSQL::Test::Utils;
use Test::More;

my $run = FaultRun->new('mutated_events', times => [ 1000, 10000 ], workers => 2);
my $test = $run->test;
my $shared = $test->bucket . '/shared';
$test->put_object('shared', '[{"meta":{"id":"shared"},"content":{"text":"x"}}]');

# --- events, as lists of keys and of values that are JSON ---

# Every event has an id, a project and a post of its own.
sub valid_event
{
	my $id = sprintf '%08x%08x', rand 2**32, rand 2**32;
	my @items = map { qq({"meta":{"id":"post_${id}_$_","crawled_at":"2025-12-06T10:15:30Z"},"content":{"text":"t\\u1ed1t \xe1\xbb\x91","view_count":$_}}) } 0 .. rand 2;
	my @batch = rand() < 0.8 ? ('items', '[' . join(',', @items) . ']') : ('minio_path', qq("$shared"));

	return {
		top => [ [ 'event_id', qq("evt_$id") ], [ 'event_type', '"data.collected"' ], [ 'timestamp', '"2025-12-06T10:30:00.000Z"' ] ],
		payload => [
			[@batch],
			[ 'project_id', qq("p_$id") ],
			[ 'job_id', qq("p_$id-brand-0") ],
			[ 'batch_index', 1 ],
			[ 'content_count', 2 ],
			[ 'total_batches', 10 ],
			[ 'platform', '"tiktok"' ],
			[ 'task_type', '"research_and_crawl"' ],
			[ 'keyword', '"VinFast VF8"' ]
		]
	};
}

sub fields { return join ',', map { qq("$_->[0]":$_->[1]) } @{ $_[0] } }

sub body
{
	my ($event) = @_;
	return '{' . fields([ @{ $event->{top} }, [ 'payload', '{' . fields($event->{payload}) . '}' ] ]) . '}';
}

sub some_list { my ($event) = @_; return rand() < 0.3 ? $event->{top} : $event->{payload} }
sub some_field { my ($event) = @_; return any(@{ some_list($event) }) }

# Some are the names of objects.
sub some_value { return rand() < 0.1 ? any('"no/such-object"', qq("$shared-that-is-not-there")) : strange_value() }

my %structure = (
	wrong_value => sub { some_field($_[0])->[1] = some_value() },
	missing => sub { my $list = some_list($_[0]); splice @$list, rand @$list, 1 },
	swapped_values => sub { my ($one, $other) = (some_field($_[0]), some_field($_[0])); ($one->[1], $other->[1]) = ($other->[1], $one->[1]) },
	swapped_keys => sub { my ($one, $other) = (some_field($_[0]), some_field($_[0])); ($one->[0], $other->[0]) = ($other->[0], $one->[0]) },
	renamed_key => sub { some_field($_[0])->[0] = any('', 'x', '\u0000', 'EVENT_ID', 'items', 'minio_path', 'payload', some_bytes(4)) },
	duplicate_field => sub {
		my $list = some_list($_[0]);
		my $copy = [ @{ any(@$list) } ];
		$copy->[1] = some_value() if rand() < 0.7;
		splice @$list, rand(@$list + 1), 0, $copy;
	},
	two_payloads => sub { push @{ $_[0]{top} }, [ 'payload', any('null', '{}', '7', '{"job_id":7}') ] },
	broken_item => sub { my $field = $_[0]{payload}[0]; $field->[1] = '[{"meta":{"id":"i"},"x":' . some_value() . '}]' if $field->[0] eq 'items' });

# In one order, so that a seed makes the same bodies again.
my @structure = map { $structure{$_} } sort keys %structure;

sub mutated
{
	my $event = valid_event();
	my $kind = rand;

	return body($event) if $kind < 0.05;    # these must be processed
	if ($kind < 0.55)
	{
		any(@structure)->($event) for 0 .. rand 2;
		return body($event);
	}
	return mutate_bytes(body($event));
}

my @bodies = map { mutated() } 1 .. $run->times;
my $delivered = $run->publish_bodies(\@bodies);
is($delivered, @bodies, 'all were confirmed');
$run->settle;
$run->happened(scalar @bodies);
$run->judged(scalar @bodies);

# --- the verdict ---

my $file = $test->folder . '/sent_bodies';
append_to_file($file, join '', map { '\\\\x' . unpack('H*', $_) . "\n" } @bodies);
my $out = $run->sql(slurp_file("$FindBin::RealBin/../lib/faults/event_bodies.sql") =~ s/:'bodies'/'$file'/gr =~ s/:'shared'/'$shared'/gr);
note($out);
my %figures = $out =~ /^(\w+)=(\d+)$/mg;
cmp_ok($figures{batches}, '>=', 0.05 * @bodies, "$figures{batches} became a row");
cmp_ok($figures{letters}, '>=', 0.3 * @bodies, "$figures{letters} became a dead letter");
cmp_ok($figures{known}, '>=', 0.7 * @bodies, "of $figures{known} it was known what must become of them");
is($figures{lost}, 0, 'I1: no body is lost');
is($figures{twice}, 0, 'I1: none is there twice');
is($figures{uncounted}, 0, 'equal bodies are one, with as many deliveries');
is($figures{strangers}, 0, 'and nothing is there that was not sent');
is($figures{wrong}, 0, 'each is what its bytes say');
is($figures{reasonless}, 0, 'each letter has a reason that the documentation knows, and a message');
is($figures{rows_wrong}, 0, 'I2: posts and crawl errors are as many as the ledger says');
$run->finish(outcome => 0, duplicates => @bodies - $figures{batches} - $figures{letters}, lost => $figures{lost}, twice => $figures{twice});
