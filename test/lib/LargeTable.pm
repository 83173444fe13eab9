
=head1 NAME

LargeTable - as many posts as one likes, made by the server itself

=head1 SYNOPSIS

  use LargeTable;

  fill_posts($node, 'postgres', 200000);

=head1 DESCRIPTION

For tests to which the size of C<post_analytics> matters and what is in it does not.

=over

=item fill_posts($node, DATABASE, ROWS)

Posts C<p1>, C<p2>, ... of a hundred projects, 50 one behind the other of the same, and
C<p0> besides; about 0.7 kB each.

=back

=cut

package LargeTable;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);

our @EXPORT = qw(fill_posts);

sub fill_posts
{
	my ($node, $database, $rows) = @_;
	$node->safe_psql($database, <<~"END");
		INSERT INTO analytics.post_analytics
		SELECT (jsonb_populate_record(NULL::analytics.post_analytics, '{"id": "p0", "platform": "TIKTOK",
			"analyzed_at": "2026-01-01", "overall_sentiment": "NEUTRAL", "overall_sentiment_score": 0, "overall_confidence": 0,
			"primary_intent": "DISCUSSION", "intent_confidence": 0, "impact_score": 0, "risk_level": "LOW", "is_viral": false, "is_kol": false,
			"aspects_breakdown": {}, "keywords": [], "sentiment_probabilities": {}, "impact_breakdown": {},
			"view_count": 0, "like_count": 0, "comment_count": 0, "share_count": 0, "save_count": 0, "follower_count": 0,
			"processing_time_ms": 0, "model_version": "v", "job_id": "job", "crawled_at": "2026-01-01", "pipeline_version": "v",
			"fetch_status": "success", "event_id": "evt"}')).*;
		SELECT format('INSERT INTO analytics.post_analytics SELECT %s FROM analytics.post_analytics AS p, generate_series(1, $rows) AS i WHERE p.id = ''p0''',
			string_agg(CASE attname WHEN 'id' THEN '''p'' || i' WHEN 'project_id' THEN '''proj_'' || i / 50 % 100'
				WHEN 'permalink' THEN 'repeat(''x'', 200)' ELSE 'p.' || attname END, ', ' ORDER BY attnum))
		FROM pg_attribute WHERE attrelid = 'analytics.post_analytics'::regclass AND attnum > 0 AND NOT attisdropped \\gexec
		END
}

1;
