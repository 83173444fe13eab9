# What docs/analysis.md shows is what the extension answers: each block of SQL
# that a block of output follows is run, in the order of the page, and must
# print just that.
#
# The page as this run would have it is written beside the test's logs.

use strict;
use warnings FATAL => 'all';

use Encode qw(decode_utf8);
use FindBin;
use IPC::Run ();
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $PAGE = "$FindBin::RealBin/../../docs/analysis.md";

my $test = AnalyticsTest->new('docs', servers => []);
$test->create_extension;

sub slurp
{
	my ($file) = @_;
	open my $in, '<:raw', $file or die "$file: $!";
	local $/ = undef;
	my $text = <$in>;
	close $in;
	return $text;
}

sub answer_to
{
	my ($sql) = @_;
	my $output = '';
	IPC::Run::run(
		[
			'psql', '--no-psqlrc', '--quiet', '--dbname',
			$test->node->connstr($test->{database})
		],
		'<', \$sql, '>', \$output, '2>&1', IPC::Run::timeout(60));
	$output =~ s/[ \t]+$//mg;
	$output =~ s/\A\n+|\s+\z//g;
	return $output;
}

my $page = slurp($PAGE);
my $shown = 0;
my $updated = $page =~ s{(```sql\n((?:(?!```).)*)\n```\n\n```\n)((?:(?!```).)*)(\n```\n)}{
	my ($before, $sql, $expected, $after) = ($1, $2, $3, $4);
	my $answer = answer_to($sql);
	my ($name) = $sql =~ /\A(.*)/;
	is(decode_utf8($answer), decode_utf8($expected), 'as shown: ' . decode_utf8(substr $name, 0, 60));
	$shown++;
	"$before$answer$after";
}segr;

cmp_ok($shown, '>=', 10, 'the page shows what is answered');
unlike($page, qr/\@\@/, 'the page is finished');

my $file = "$PostgreSQL::Test::Utils::log_path/analysis_md.log";
open my $out, '>:raw', $file or die "$file: $!";
print {$out} $updated;
close $out or die "$file: $!";

done_testing();
