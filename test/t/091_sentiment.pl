# The shipped rules against texts of the project's own, labelled by hand:
# test/data/sentiment/*.tsv.  They are no part of the rules, though some rules
# were written after a look at them; a change that costs much is seen here.
#
# Also: each shipped rule passes the checks that a user's row must pass.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use Test::More;

# Right signs among the texts that have one, and macro-F1 of three classes.
my %floor = (
	reviews_vi => [ 0.85, 0.68 ],
	feedback_vi => [ 0.86, 0.70 ],
	tweets_en => [ 0.84, 0.73 ]);

my $test = AnalyticsTest->new('sentiment', servers => []);
$test->create_extension;
$test->sql('CREATE TABLE texts (file text, label text, text text)');

sub load
{
	my ($name) = @_;
	my $file = "$FindBin::RealBin/../data/sentiment/$name.tsv";
	my @rows;

	open my $in, '<:raw', $file or die "$file: $!";
	my $header = <$in>;
	while (my $line = <$in>)
	{
		$line =~ s/\R\z//;
		my ($label, $text) = split /\t/, $line, 2;
		s/'/''/g for $label, $text;
		push @rows, "('$name', '$label', '$text')";
	}
	close $in;
	$test->sql('INSERT INTO texts VALUES ' . join ', ', @rows);
	return scalar @rows;
}

foreach my $name (sort keys %floor)
{
	my $count = load($name);
	cmp_ok($count, '>=', 300, "$name: $count texts");
	my ($signs, $f1) = split /\|/, $test->sql(<<~"END");
		WITH judged AS (
			SELECT t.label, a.scored_sentiment_score AS score,
				CASE WHEN a.scored_sentiment_score > 0.25 THEN 'POSITIVE' WHEN a.scored_sentiment_score < -0.25 THEN 'NEGATIVE' ELSE 'NEUTRAL' END AS answer
			FROM texts AS t, analytics.analyze(jsonb_build_object('meta', '{"id": "1"}'::jsonb, 'content', jsonb_build_object('text', t.text))) AS a
			WHERE t.file = '$name'
		), f1 AS (
			SELECT 2.0 * count(*) FILTER (WHERE label = c AND answer = c)
				/ (count(*) FILTER (WHERE label = c) + count(*) FILTER (WHERE answer = c)) AS f1
			FROM judged, (VALUES ('POSITIVE'), ('NEUTRAL'), ('NEGATIVE')) AS class(c) GROUP BY c
		)
		SELECT (SELECT round(avg((sign(score) = CASE label WHEN 'POSITIVE' THEN 1 ELSE -1 END)::int), 4) FROM judged WHERE label <> 'NEUTRAL'),
			(SELECT round(avg(f1), 4) FROM f1)
		END
	cmp_ok($signs, '>=', $floor{$name}[0], "$name: right sign of $signs");
	cmp_ok($f1, '>=', $floor{$name}[1], "$name: macro-F1 of $f1");
}

done_testing();
