# Row 9: objects that are no batch, or hardly one: mutated JSON, zstd frames cut off
# and flipped, frames that decompress to far too much.  Each event is a batch whose
# items are all accounted for, or a dead letter with a reason.

use strict;
use warnings FATAL => 'all';

use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use JSON::PP ();
use Mutation;
use PostgreSQL::Test::Utils;
use Test::More;

my $LIMIT = 128 * 1024;    # of analytics.max_decoded_size

my $run = FaultRun->new('mutated_batches', times => [ 500, 5000 ], workers => 2, conf => "analytics.max_decoded_size = '128kB'");
my $test = $run->test;
my $good = $run->generate(
	tiktok => int($run->times * 0.7), youtube => $run->times - int($run->times * 0.7), tiktok_size => 3, youtube_size => 2,
	odd => 0.1, errors => 0.2, to_file_store => $test->folder . '/good');

# --- items ---

my $PAIR = qr/"(\w+)":\s*("(?:[^"\\]|\\.)*"|-?\d+|true|false|null)/;

# Change one of the pairs of key and value that the text holds.
sub change_pair
{
	my @places;
	push @places, [ $-[0], $+[0] - $-[0], $1, $2 ] while $_[0] =~ /$PAIR/g;
	return unless @places;
	my ($at, $length, $key, $value) = @{ any(@places) };
	substr($_[0], $at, $length) = any(
		qq("$key":) . strange_value(),
		qq("$key":$value,"$key":) . strange_value(),
		qq("$key":) . strange_value() . qq(,"$key":$value),
		any('"id"', '"meta"', '"fetch_status"', '""', '"\\u0000"') . ":$value",
		qq("$value":"$key"),
		qq("$key"));
}

sub add_item
{
	my $item = any(strange_value(), '{"meta":{"id":' . strange_value() . '}}', '{"meta":' . strange_value() . '}', '{"meta":{"id":"m"},"comments":' . strange_value() . '}');
	$_[0] =~ s/^\[(?!\s*\])/[$item,/ if rand() < 0.5;
	$_[0] =~ s/(?<!\[)\]\s*$/,$item]/;
}

sub other_batch
{
	my $text = $_[0];
	$_[0] = any(
		strange_value(), "{\"items\":$text}", "{\"items\":$text,\"meta\":null}", "{\"meta\":1,\"items\":$text}", "[$text]", "$text$text",
		"{\"items\":" . strange_value() . '}', '[' . strange_value() . ']', '[' x 100000, ' ' x 1000, '[' . ' ' x $LIMIT . ']', '[' . '1,' x 20000 . '1]');
}

sub mutate_json
{
	my ($text) = @_;
	my $kind = rand;

	if ($kind < 0.5) { any(\&change_pair, \&change_pair, \&add_item)->($text) for 0 .. rand 3 }
	elsif ($kind < 0.6) { other_batch($text) }
	else { $text = mutate_bytes($text) }
	return $text;
}

# --- frames ---

# A frame of these blocks: literal text, or [BYTE, LENGTH], which takes four bytes of it.
sub frame
{
	my ($head, @blocks) = @_;
	my $frame = "\x28\xb5\x2f\xfd$head";

	for my $i (0 .. $#blocks)
	{
		my ($type, $size, $bytes) = ref $blocks[$i] ? (1, $blocks[$i][1], $blocks[$i][0]) : (0, length $blocks[$i], $blocks[$i]);
		$frame .= substr(pack('V', ($i == $#blocks) | $type << 1 | $size << 3), 0, 3) . $bytes;
	}
	return $frame;
}

my $WINDOW = "\x00\x58";    # 2 MB, and no word of the whole size

# [what must become of it, bytes]: 128 kB for each four bytes of the frame.
sub bomb
{
	my $many = any(2, 10, 1000, 4000);
	return any(
		[ 'BATCH_TOO_LARGE', frame($WINDOW, '[', ([ ' ', 131072 ]) x $many, ']') ],
		[ 'BATCH_TOO_LARGE', frame($WINDOW, '["', ([ 'x', 131072 ]) x $many) ],
		[ 'BATCH_TOO_LARGE', frame($WINDOW, '[', ([ '[', 131072 ]) x $many) ],
		[ 'BATCH_TOO_LARGE', frame($WINDOW, '[', [ ' ', $LIMIT - 1 ], ']') ],
		[ 'batch', frame($WINDOW, '[', [ ' ', $LIMIT - 2 ], ']') ],
		# that say how large they are: truly, and not
		[ 'BATCH_TOO_LARGE', frame("\x80\x58" . pack('V', 131072 * $many), ([ ' ', 131072 ]) x $many) ],
		[ 'any', frame("\xc0\x58" . pack('Q<', 2**60), '[]') ],
		[ 'any', frame("\xc0\x58" . pack('Q<', 7), '[', ([ ' ', 131072 ]) x $many, ']') ],
		# a window of more than may be
		[ 'any', frame("\x00\xff", '[]') ],
		[ 'INVALID_BATCH', substr(frame($WINDOW, '[', [ ' ', 1000 ], ']'), 0, 8) ]);
}

sub mutate_frame
{
	my ($frame) = @_;
	my $kind = rand;

	return ('INVALID_BATCH', substr $frame, 0, 1 + rand(length($frame) - 1)) if $kind < 0.25;
	return @{ bomb() } if $kind < 0.45;
	return ('any', any($frame . $frame, $frame . "\0", "\x50\x2a\x4d\x18" . pack('V', 3) . "abc$frame", "\x50\x2a\x4d\x18" . pack('V', 2**32 - 1) . $frame)) if $kind < 0.5;
	return ('any', mutate_bytes($frame));
}

# --- all of them ---

# Every event has a project of its own, and so has its posts to itself.  Columns:
# event_id, what must become of it (json: what its text says), items and posts, or empty, text.
my @manifest = map { [ split /\t/ ] } split /\n/, slurp_file($good->{manifest});
my @events = split /\n/, slurp_file($good->{events});
my (%folder, @bodies, @sent, %kinds);
for my $marked ('plain', 'marked')
{
	make_path($folder{$marked} = $test->folder . "/$marked");
}
for my $i (0 .. $#events)
{
	my ($event_id, $object, undef, undef, $actual, $success) = @{ $manifest[$i] };
	my $content = slurp_file($test->folder . "/good/$object");
	my $is_frame = $content =~ /^\x28\xb5\x2f\xfd/;
	my ($fate, $changed) = rand() < 0.05 ? ('good', $content) : $is_frame ? mutate_frame($content) : ('json', mutate_json($content));
	my $where = $is_frame && rand() < 0.5 ? 'marked' : 'plain';

	# what happens to look like a frame is none of PostgreSQL's business
	$fate = 'any' if $fate eq 'json' && $changed =~ /^\x28\xb5\x2f\xfd/;
	append_to_file("$folder{$where}/$where$i", $changed);
	my $event = JSON::PP::decode_json($events[$i]);
	$event->{payload}{minio_path} = $test->bucket . "/$where$i";
	$event->{payload}{project_id} = "p$i";
	$event->{payload}{job_id} = "p$i-brand-0";
	push @bodies, JSON::PP->new->canonical->utf8->encode($event);
	push @sent, join("\t", $event_id, $fate, $fate eq 'good' ? ($actual, $success) : ('\N', '\N'), '\\\\x' . ($fate eq 'json' ? unpack('H*', $changed) : '')) . "\n";
	$kinds{ $is_frame ? "frame $fate" : $fate }++;
}
note(join ', ', map { "$_: $kinds{$_}" } sort keys %kinds);
$test->put_folder($folder{plain});
$test->put_folder($folder{marked}, meta => { compressed => 'true' });

$run->publish_bodies([ @bodies[ 0 .. 49 ] ]);
$run->settle;
$run->workers_are_warm;
$run->publish_bodies([ @bodies[ 50 .. $#bodies ] ]);
$run->settle;
$run->happened(scalar @bodies);
$run->judged(scalar @bodies);

# --- the verdict ---

my $file = $test->folder . '/sent_objects';
append_to_file($file, join '', @sent);
my $out = $run->sql(slurp_file("$FindBin::RealBin/../lib/faults/objects.sql") =~ s/:'objects'/'$file'/gr =~ s/:limit/$LIMIT/gr);
note($out);
my %figures = $out =~ /^(\w+)=(\d+)$/mg;
cmp_ok($figures{batches}, '>', 0.2 * @bodies, "$figures{batches} became a batch");
cmp_ok($figures{letters}, '>', 0.2 * @bodies, "$figures{letters} became a dead letter");
cmp_ok($figures{bombs}, '>', 0, "$figures{bombs} of them for their size");
cmp_ok($figures{known}, '>', 0.6 * @bodies, "of $figures{known} it was known what must become of them");
is($figures{lost}, 0, 'I1: no event is lost');
is($figures{twice}, 0, 'I1: none is there twice');
is($figures{wrong}, 0, 'each is what its bytes say');
is($figures{reasonless}, 0, 'each letter has a reason that the documentation knows, and a message');
is($figures{unaccounted}, 0, 'I2: every item of a batch is a post or a crawl error');
$run->finish(outcome => 0, duplicates => 0, lost => $figures{lost}, twice => $figures{twice});
