# Links of the documentation lead somewhere: scripts/check-docs has no finding,
# and has one for each way in which a link, a name, a table or a block of code
# can be broken, which is tried with pages that are broken so.

use strict;
use warnings FATAL => 'all';

use File::Path qw(make_path);
use File::Temp ();
use FindBin;
use IPC::Run ();
use Test::More;

my $ROOT = "$FindBin::RealBin/../..";

# Whether it is content with the pages of this folder, and what it said.
sub check_docs
{
	my ($root) = @_;
	my $said = '';
	my $content = IPC::Run::run([ "$ROOT/scripts/check-docs", $root ], '<', \undef, '>', \$said, '2>&1', IPC::Run::timeout(60));
	return ($content, $said);
}

my ($content, $said) = check_docs($ROOT);
ok($content, 'the pages of this repository') or diag $said;
cmp_ok(($said =~ /: (\d+) links of/)[0] // 0, '>', 100, 'links were followed');

my $whole = <<'END';
# A page

![A picture](picture.svg), [another](b.md#a-heading-of-two-1), [itself](#a-page), [elsewhere](https://example.com/x), `docs/b.md`.

| one | two |
| --- | --- |
| `a | b` | [c](../README.md) |
END

sub with_page
{
	my ($text, %others) = @_;
	my $folder = File::Temp->newdir;
	my %files = (
		'README.md' => "| page | for |\n| --- | --- |\n| [a](docs/a.md), [b](docs/b.md) | reading |\n",
		'docs/a.md' => $text,
		'docs/b.md' => "# B\n\n## A heading of two\n\n## A `heading` of *two*\n\n```\n# no heading\n[no link](nowhere.md)\n```\n",
		'docs/picture.svg' => '<svg/>',
		%others);

	make_path("$folder/docs");
	for my $name (keys %files)
	{
		open my $out, '>', "$folder/$name" or die "$name: $!";
		print {$out} $files{$name};
		close $out or die "$name: $!";
	}
	return check_docs("$folder");
}

($content, $said) = with_page($whole);
ok($content, 'a page without a fault') or diag $said;

for my $fault (
	[ 'a file', '(b.md#', '(c.md#', qr{^docs/a\.md:3: link to "c\.md.*no such file}m ],
	[ 'a file above the root', '(b.md#', '(../../b.md#', qr{^docs/a\.md:3: .*no such file}m ],
	[ 'an anchor', '-two-1', '-two-2', qr{^docs/a\.md:3: .*no heading}m ],
	[ 'an anchor of its own', '#a-page', '#no-page', qr{^docs/a\.md:3: .*no heading}m ],
	[ 'an anchor in a block of code', 'b.md#a-heading-of-two-1', 'b.md#no-heading', qr{^docs/a\.md:3: .*no heading}m ],
	[ 'a picture', 'picture.svg', 'picture.png', qr{^docs/a\.md:3: link to "picture\.png".*no such file}m ],
	[ 'a name', '`docs/b.md`', '`docs/c.md`', qr{^docs/a\.md:3: `docs/c\.md`}m ],
	[ 'a table', '| two |', '| two | three |', qr{^docs/a\.md:6: 2 cells in a table of 3}m ],
	[ 'a block of code', '| one', "```\n| one", qr{^docs/a\.md:5: .*does not end}m ])
{
	my ($what, $from, $to, $finding) = @$fault;
	my $broken = $whole =~ s/\Q$from\E/$to/r;

	isnt($broken, $whole, "$what: is broken");
	($content, $said) = with_page($broken);
	ok(!$content, "$what: the check fails");
	like($said, $finding, "$what: says where");
}

($content, $said) = with_page($whole, 'docs/c.md' => "# C\n");
ok(!$content, 'a page that nothing leads to: the check fails');
like($said, qr{^README\.md:1: no table links to docs/c\.md$}m, 'a page that nothing leads to: says which');

done_testing();
