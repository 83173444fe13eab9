# The compiled intent patterns are kept in files that all processes share:
# whatever becomes of these files, the analysis is the same.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $test = AnalyticsTest->new('pattern_cache', servers => []);
my $folder = $test->node->data_dir . '/pg_stat_tmp';
my $took = qr/took the compiled intent patterns from "pg_stat_tmp\/analytics_patterns_[0-9a-f]{64}"/;
my $wrote = qr/wrote the compiled intent patterns to "pg_stat_tmp\/analytics_patterns_[0-9a-f]{64}"/;
my $broken = qr/LOG:  file "pg_stat_tmp\/analytics_patterns_[0-9a-f]{64}" is not as it was written/;

$test->create_extension;

sub files
{
	my @files = sort glob("$folder/analytics_patterns_*");
	return @files;
}

sub only_file
{
	my @files = files();
	die 'files: ' . join(' ', @files) if @files != 1;
	return $files[0];
}

# What a new session makes of some texts, and what it said.
my $texts = q{SELECT t.text, a.* FROM unnest(ARRAY['xe này giá bao nhiêu vậy shop', 'gia xe bao nhieu vay shop', 'bọn lừa đảo, tẩy chay đi',
	'hôm nay trời đẹp', 'How much is this car?', 'cho mình hỏi cách sạc pin']) WITH ORDINALITY AS t(text, place)
	CROSS JOIN LATERAL analytics.analyze_text(t.text) AS a ORDER BY t.place};

sub new_session
{
	my ($query) = @_;
	my ($status, $out, $err) = $test->node->psql('postgres', "SET client_min_messages = debug1;\n$query");
	die $err if $status != 0;
	return ($out, $err);
}

sub write_file
{
	my ($path, $bytes) = @_;
	open(my $file, '>:raw', $path) or die "$path: $!";
	print {$file} $bytes;
	close($file) or die "$path: $!";
}

# --- all patterns, once compiled ---

is(scalar files(), 0, 'no file before the first analysis');
my ($result, $said) = new_session($texts);
like($result, qr/\|LEAD\|.*\|CRISIS\|/s, 'the first session finds intents');
like($said, $wrote, 'and writes what it has compiled');
unlike($said, $took, 'as there was nothing to take');
my @first = stat(only_file());
is(sprintf('%o', $first[2] & 07777), '600', 'for the server alone');
my ($second, $second_said) = new_session($texts);
is($second, $result, 'the second session finds the same');
like($second_said, $took, 'with what the first had compiled');
unlike($second_said, $wrote, 'and writes nothing');
my @second = stat(only_file());
is("@second[1, 7, 9]", "@first[1, 7, 9]", 'the file is the one that was written first');
$test->node->restart;
($second, $second_said) = new_session($texts);
is($second, $result, 'after a restart the same');
like($second_said, $took, 'with the same file');

# --- files that are not as they were written; few patterns from here on ---

$test->sql(q{UPDATE analytics.intent_patterns SET enabled = false WHERE intent <> 'LEAD'});
unlink(files());
($result, $said) = new_session($texts);
like($result, qr/\|LEAD\|/, 'with patterns of one intent');
unlike($result, qr/\|CRISIS\|/, 'there are no others');
like($said, $wrote, 'which are compiled anew');
my $good = slurp_file(only_file());

sub flipped
{
	my ($place) = @_;
	my $bytes = $good;
	substr($bytes, $place, 1) ^= "\x10";
	return $bytes;
}

my @damages = (
	[ 'another magic', flipped(0) ],
	[ 'another format', flipped(12) ],
	[ 'another length', flipped(16) ],
	[ 'another key', flipped(24) ],
	[ 'another hash', flipped(56) ],
	[ 'its content begins otherwise', flipped(88) ],
	[ 'a bit turned in the middle', flipped(length($good) / 2) ],
	[ 'a bit turned at the end', flipped(length($good) - 1) ],
	[ 'the last byte missing', substr($good, 0, -1) ],
	[ 'half of it', substr($good, 0, length($good) / 2) ],
	[ 'a header alone', substr($good, 0, 88) ],
	[ 'half a header', substr($good, 0, 40) ],
	[ 'nothing in it', '' ],
	[ 'a byte too many', "$good\0" ],
	[ 'zeros, as after a crash', "\0" x length($good) ],
);
for my $damage (@damages)
{
	my ($name, $bytes) = @$damage;

	write_file(only_file(), $bytes);
	my ($got, $err) = new_session($texts);
	is($got, $result, "$name: the analysis is the same");
	like($err, $broken, "$name: it is found out");
	like($err, $wrote, "$name: and mended");
	is(-s only_file(), length($good), "$name: by a whole file");
}
($second, $second_said) = new_session($texts);
is($second, $result, 'the file that was written last');
like($second_said, $took, 'serves again');
unlike($second_said, $broken, 'and is whole');

# A good file under a wrong name holds other patterns.
my $lead_file = only_file();
$test->sql(q{INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('xyzzy', 'CRISIS')});
my $crisis = q{SELECT primary_intent FROM analytics.analyze_text('the magic word is xyzzy')};
is((new_session($crisis))[0], 'CRISIS', 'a new pattern counts');
my ($crisis_file) = grep { $_ ne $lead_file } files();
ok(defined $crisis_file, 'and has a file of its own');
write_file($crisis_file, $good);
($second, $second_said) = new_session($crisis);
is($second, 'CRISIS', 'also with the old file in the place of the new one');
like($second_said, $broken, 'which is found out');

# --- files that cannot be read or written ---

chmod(0000, $crisis_file) or die "chmod: $!";
($second, $second_said) = new_session($crisis);
is($second, 'CRISIS', 'a file that cannot be read changes nothing');
like($second_said, qr/LOG:  could not open file "pg_stat_tmp\/analytics_patterns_.*Permission denied/, 'which is logged');
like((new_session($crisis))[1], $took, 'it is replaced by one that can');

unlink(files());
chmod(0500, $folder) or die "chmod: $!";
($second, $second_said) = new_session($crisis);
chmod(0700, $folder) or die "chmod: $!";
is($second, 'CRISIS', 'a folder that cannot be written to changes nothing');
like($second_said, qr/LOG:  could not write file "pg_stat_tmp\/analytics_patterns_.*Permission denied/, 'which is logged');
is(scalar files(), 0, 'and leaves no file');

# --- few files ---

write_file("$folder/analytics_patterns_old.1.tmp", 'x');
utime(time() - 3600, time() - 3600, "$folder/analytics_patterns_old.1.tmp") or die "utime: $!";
write_file("$folder/analytics_patterns_new.2.tmp", 'x');
write_file("$folder/of_others", 'x');
my @changes = map { ("INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('xyzzy $_', 'SPAM');", 'SELECT FROM analytics.analyze_text(\'a text\');') } 1 .. 12;
(undef, $said) = new_session(join("\n", @changes));
is(scalar(() = $said =~ /$wrote/g), 12, 'each of 12 changes of patterns is written');
is(scalar(grep { !/\.tmp$/ } files()), 8, 'eight files stay');
ok(!-e "$folder/analytics_patterns_old.1.tmp", 'what a writer left behind goes');
ok(-e "$folder/analytics_patterns_new.2.tmp", 'but not what one may be writing');
ok(-e "$folder/of_others", 'nor what is not ours');
($second, $second_said) = new_session($crisis);
is($second, 'CRISIS', 'the last patterns');
like($second_said, $took, 'are among the files that stay');

done_testing();
