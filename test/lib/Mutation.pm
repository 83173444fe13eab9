
=head1 NAME

Mutation - bytes and JSON values that are not as they should be

=head1 DESCRIPTION

Everything is drawn with rand(), so that a seed makes the same again.

=head1 FUNCTIONS

=over

=item any(VALUES)

One of them.

=item some_bytes(MOST)

1 to MOST bytes.

=item strange_value

A value as JSON, or nearly so: of any type, too large, too deep, at a limit, or no JSON.

=item mutate_bytes(BYTES)

These, changed at one to three places without regard to what they mean; never empty.

=back

=cut

package Mutation;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);

our @EXPORT = qw(any some_bytes strange_value mutate_bytes);

sub any { return $_[ rand @_ ] }
sub some_bytes { my ($most) = @_; return join '', map { chr int rand 256 } 0 .. rand $most }

# Values of a wrong type, too large, or at the edge of what is allowed.
sub strange_value
{
	my $deep = any(2, 60, 126 .. 133, 3000);
	return any(
		'null', 'true', 'false', '{}', '[]', '[1]', '[null]', '[{}]', '""', '"/"', '"x"', '0', '-0', '-1', '1.0', '1e0', '007', '1e999999', '18446744073709551616',
		'9223372036854775808', '9' x any(100, 101, 500, 1500), '"' . 'y' x any(200, 201, 2001) . '"', '"\u0000"', '"\ud800"', '"\ud83d\ude00"',
		"\"\xff\"", "\"\xed\xa0\x80\"", "\"\x00\"", "\"\n\"", 'tru', 'NaN', "'x'", '[' x $deep . ']' x $deep, '{"a":' x $deep . '1' . '}' x $deep,
		'[' x any(10000, 100000), '"2025-13-06T10:30:00Z"', '"2025-12-06"', '"tiktok2"', '"error"');
}

sub _place { my ($body) = @_; return int rand length $body }

my %CHANGES = (
	flipped => sub { substr($_[0], _place($_[0]), 1) =~ s/(.)/chr(ord($1) ^ 1 << rand 8)/se for 0 .. rand 3 },
	replaced => sub { substr($_[0], _place($_[0]), 1) = some_bytes(1) for 0 .. rand 3 },
	deleted => sub { my $at = _place($_[0]); substr($_[0], $at, 1 + rand 20) = '' },
	inserted => sub { substr($_[0], _place($_[0]), 0) = some_bytes(10) },
	truncated => sub { $_[0] = substr $_[0], 0, 1 + rand(length($_[0]) - 1) },
	repeated => sub { my $at = _place($_[0]); substr($_[0], $at, 0) = substr $_[0], $at, rand 60 },
	moved => sub { my $part = substr $_[0], _place($_[0]), 1 + rand 30, ''; substr($_[0], _place($_[0] . ' '), 0) = $part },
	nul => sub { substr($_[0], _place($_[0]), any(0, 1)) = any("\0", '\u0000', "\0" x 9) },
	bad_utf8 => sub { substr($_[0], _place($_[0]), 0) = any("\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe1\xbb", "\x80", "\xf8\x88\x80\x80\x80", "\xef\xbf\xbe") },
	surrounded => sub { $_[0] = any("\xef\xbb\xbf", ' ', "\r\n", '[', '"', "\xff\xfe", "\x1f\x8b") . $_[0] . any('', ' ', "\n", ',', '{}', ']', "\0") });

my @CHANGES = map { $CHANGES{$_} } sort keys %CHANGES;

sub mutate_bytes
{
	my ($bytes) = @_;

	any(@CHANGES)->($bytes) for 0 .. rand 2;
	return $bytes eq '' ? ' ' : $bytes;
}

1;
