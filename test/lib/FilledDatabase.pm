
=head1 NAME

FilledDatabase - a database in which everything is there, and what is in it

=head1 SYNOPSIS

  use FilledDatabase;

  fill_database($test);
  my $before = contents($node, 'postgres');
  ...
  is_deeply(contents($node, 'restored', restored => 1), $before, 'nothing is lost');

=head1 DESCRIPTION

For tests of what must keep the extension's data: dumps, updates of the extension,
another server.  What is looked at is found out from the marks of what a dump holds, so
that a new table is compared on the day it is added.

=cut

package FilledDatabase;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);

our @EXPORT = qw(fill_database contents counts rights collected);

=over

=item collected(ID)

The JSON of an event of that id, with two items: a post and an error.

=cut

my $EVENT = q({"event_id": "evt_%1$s", "payload": {"job_id": "proj_d-brand-0", "platform": "zalo", "content_count": 3, "items": [{"meta": {"id": "%1$s"}, "content": {"text": "đẹp \"quá\"\t✨"}}, {"meta": {"id": "e", "fetch_status": "error"}}]}});

sub collected { return sprintf $EVENT, $_[0] }

=item fill_database($test)

The test's database, which has the extension: own rules of every kind, changed ones,
rights, connections, consumers, posts, errors, dead letters with their history, counters,
events that wait in the local queue.  Batches C<evt_1> to C<evt_3> are processed.

=cut

sub fill_database
{
	my ($test) = @_;
	my $folder = $test->folder;

	$test->sql(<<~"END");
		DO \$\$ BEGIN
			IF to_regrole('ingester') IS NULL THEN CREATE ROLE ingester LOGIN; CREATE ROLE dashboard; END IF;
		END \$\$;
		GRANT USAGE ON SCHEMA analytics TO dashboard;
		GRANT SELECT ON analytics.post_analytics TO dashboard;
		GRANT EXECUTE ON FUNCTION analytics.submit(jsonb, text) TO dashboard;
		CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'file://$folder');
		GRANT USAGE ON FOREIGN SERVER store TO ingester;
		CREATE USER MAPPING FOR ingester SERVER store;
		UPDATE analytics.settings SET value = 80 WHERE name = 'impact.viral_threshold';
		UPDATE analytics.platforms SET expected_size = 40 WHERE name = 'tiktok';
		INSERT INTO analytics.platforms (name, weight, expected_size) VALUES ('zalo', 1.3, 30);
		INSERT INTO analytics.error_codes (code, category, retryable) VALUES ('OUR_ERROR', 'media', true);
		UPDATE analytics.error_codes SET category = 'network' WHERE code = 'STORAGE_ERROR';
		INSERT INTO analytics.slang (source, formal) VALUES ('zzk', 'không');
		INSERT INTO analytics.spam_keywords (keyword) VALUES ('zz vay');
		INSERT INTO analytics.stop_words (word) VALUES ('zz');
		INSERT INTO analytics.aspect_terms (term, aspect) VALUES ('zz pin', 'PERFORMANCE');
		INSERT INTO analytics.sentiment_terms (term, valence) VALUES ('zz hay', 0.8);
		INSERT INTO analytics.intent_patterns (pattern, intent) VALUES ('zz\\s+(chay|tay)', 'CRISIS');
		UPDATE analytics.settings SET value = 3 WHERE name = 'text.min_length';
		UPDATE analytics.rule_sets SET description = 'mine' WHERE version = (SELECT max(version) FROM analytics.rule_sets);
		SELECT analytics.create_consumer('local', store => 'store', role => 'ingester', workers => 2);
		SELECT analytics.create_consumer('paused', prefetch => 7, queue_arguments => '{"x-max-length": 5}', enabled => false);
		SELECT analytics.pause('paused', 'for a reason');
		END
	$test->sql('SELECT analytics.submit($$' . collected($_) . '$$)') for 1 .. 3;
	$test->wait_for_batches(3);
	$test->sql(q{SELECT analytics.submit('{"event_id": "evt_bad"}')});
	$test->wait_for_dead_letters(1);
	$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0);
	$test->sql(q{SELECT analytics.submit('{"event_id": "evt_waits"}', 'paused')});
	$test->sql(q{SELECT analytics.discard(max(id), 'to be kept') FROM analytics.dead_letters});
	$test->sql(q{SELECT analytics.replay_batch('evt_1')});
	$test->wait_for_sql('SELECT count(*) FROM analytics.batch_replays', 1);
	$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 1);
}

# Tables and sequences that a dump holds, with the condition on their rows.
sub _held
{
	my ($node, $database) = @_;
	my @lines = split /\n/, $node->safe_psql($database, q{
		SELECT c.oid::regclass, c.relkind, m.condition
		FROM pg_extension e CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) AS m(oid, condition) JOIN pg_class c ON c.oid = m.oid
		WHERE e.extname = 'analytics' ORDER BY c.oid::regclass::text COLLATE "C"});
	die 'nothing is held by dumps' unless @lines;
	return map { [ split /\|/, $_, 3 ] } @lines;
}

# What a restored consumer is apart from its pause, which stands for itself.
my $CONSUMERS = q{(SELECT to_jsonb(c) - '{paused,paused_at,paused_by,pause_reason}'::text[] AS consumer FROM analytics.consumers AS c)};

=item contents($node, DATABASE, %options)

Hash of all that is in it: each table that a dump holds, as text, and of each sequence
where it is.  Consumers without their pauses when C<restored> is given.

=item counts($node, DATABASE)

Hash of the number of rows of each of these tables, shipped ones included.

=item rights($node, DATABASE)

All rights on schema, tables, columns and functions, a line each; PUBLIC is C<->.

=back

=cut

sub contents
{
	my ($node, $database, %options) = @_;
	my @queries;

	for my $held (_held($node, $database))
	{
		my ($name, $kind, $condition) = @$held;
		my $rows = $options{restored} && $name eq 'analytics.consumers' ? $CONSUMERS : $name;
		push @queries, $kind eq 'S'
		  ? "SELECT '$name' AS name, (SELECT concat_ws(' ', last_value, is_called) FROM $name) AS held"
		  : qq{SELECT '$name', (SELECT string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C") FROM $rows AS t $condition)};
	}
	return _hash($node, $database, @queries);
}

sub counts
{
	my ($node, $database) = @_;
	return _hash($node, $database, map { "SELECT '$_->[0]' AS name, count(*)::text AS held FROM $_->[0]" } grep { $_->[1] eq 'r' } _held($node, $database));
}

# One statement, so that all is of one moment.
sub _hash
{
	my ($node, $database, @queries) = @_;
	my $out = $node->safe_psql($database, "SELECT name || E'\\x1f' || coalesce(held, '') || E'\\x1e' FROM (" . join(' UNION ALL ', @queries) . ') AS q(name, held)');
	return { map { s/^\n//r } map { split /\x1f/, $_, 2 } grep { /\x1f/ } split /\x1e/, $out };
}

sub rights
{
	my ($node, $database) = @_;
	return $node->safe_psql($database, <<~'END');
		SELECT string_agg(o.what || ' ' || a.grantee::regrole || ' ' || a.privilege_type, E'\n' ORDER BY o.what COLLATE "C", a.grantee::regrole::text, a.privilege_type)
		FROM (SELECT c.oid::regclass::text, c.relacl FROM pg_class c WHERE c.relnamespace = 'analytics'::regnamespace
			UNION ALL SELECT t.attrelid::regclass || '.' || t.attname, t.attacl FROM pg_attribute t WHERE t.attacl IS NOT NULL AND t.attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'analytics'::regnamespace)
			UNION ALL SELECT p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner)) FROM pg_proc p WHERE p.pronamespace = 'analytics'::regnamespace
			UNION ALL SELECT nspname, nspacl FROM pg_namespace WHERE nspname = 'analytics'
		) AS o(what, acl), aclexplode(o.acl) AS a
		END
}

1;
