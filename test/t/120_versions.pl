# The chain of SQL versions: a version is the same whichever way it was reached,
# and what says so would notice a difference of any kind.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use PostgreSQL::Test::Utils;
use Test::More;
use VersionChain;

my $test = AnalyticsTest->new('versions', servers => []);
my $node = $test->node;
my @versions = versions($node);
my $scripts = join "\n", map { s/.*\///r } glob "$FindBin::RealBin/../../sql/analytics--*--*.sql";

# ---------------------------------------------------------------------
# Every version, and every way from one to another
# ---------------------------------------------------------------------

cmp_ok(scalar @versions, '>', 1, 'there are several versions: ' . join(', ', @versions));
is($versions[-1], $test->sql(q{SELECT default_version FROM pg_available_extensions WHERE name = 'analytics'}), 'the newest is what is installed by default');
for my $script (split /\n/, $scripts)
{
	my ($from, $to) = $script =~ /^analytics--(.+)--(.+)\.sql$/;
	is_deeply([ grep { $_ eq $from || $_ eq $to } @versions ], [ sort { $a cmp $b } $from, $to ], "$script is installed");
}

my $session = fingerprint_session($node, 'postgres');

sub same
{
	my ($first, $second, $name) = @_;
	my $differences = differences($session, $first, $second);
	is($differences, '', $name);
}

sub update
{
	my ($version) = @_;
	$session->query_safe("ALTER EXTENSION analytics UPDATE TO '$version'");
}

for my $version (@versions)
{
	$session->query_safe("CREATE EXTENSION analytics VERSION '$version'");
	cmp_ok(keep_fingerprint($session, $version), '>', 10000, "$version: its fingerprint is that of a whole extension");
	$session->query_safe('DROP EXTENSION analytics');
}
isnt(differences($session, $versions[0], $versions[-1]), '', 'the fingerprints of different versions differ');

for my $from (@versions)
{
	for my $to (grep { $_ ne $from } @versions)
	{
		my $way = reachable($node, $from, $to);
		isnt($way, undef, "$to can be reached from $from") or next;

		$session->query_safe("CREATE EXTENSION analytics VERSION '$from'");
		update($to);
		keep_fingerprint($session, "$way");
		same($to, $way, "$way is $to");
		update($from);
		keep_fingerprint($session, "$way and back");
		same($from, "$way and back", "$way and back is $from");
		update($to);
		keep_fingerprint($session, "$way again");
		same($to, "$way again", "$way, back, and again is $to");
		is($session->query_safe(q{SELECT string_agg(concat_ws(' ', name, subject, status, finding), '; ') FROM analytics.check(false) WHERE name IN ('version', 'objects', 'rules') AND status <> 'ok'}),
			'', "$way: check() finds nothing amiss");
		$session->query_safe('DROP EXTENSION analytics');
	}
}
is($session->query_safe(q{SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('analytics')}), 0, 'and nothing is left of any');

# ---------------------------------------------------------------------
# Every version of which something can be built beforehand
# ---------------------------------------------------------------------

# A dump of all, without what is another in each.
sub dump_of_all
{
	my ($out, $err) = run_command([ 'pg_dump', '--port', $node->port, '--host', $node->host, '--schema', 'analytics', '--extension', 'analytics', 'postgres' ]);
	die "pg_dump: $err" if $out !~ /CREATE EXTENSION IF NOT EXISTS analytics/;
	return $out =~ s/^\\(?:un)?restrict .*\n//mgr;
}

sub is_prepared
{
	my ($version) = @_;
	return $node->poll_query_until('postgres', "SELECT bool_and(state = 'ready') FROM analytics.stat_update WHERE version = '$version'");
}

# Of what the update to this version adds, in the order of its building.
sub definitions
{
	my ($version) = @_;
	return split /\n/, $session->query_safe("SELECT definition FROM analytics.update_steps() WHERE version = '$version'");
}

my %BEFOREHAND = (
	'prepare_update()' => sub { $session->query_safe("SELECT analytics.prepare_update('$_[0]')") },
	'somebody else' => sub {
		my @definitions = definitions(@_);
		$session->query_safe('SET ROLE another');
		$session->query_safe('SET quote_all_identifiers = on');
		for my $definition (@definitions)
		{
			my ($index) = $definition =~ /INDEX (\S+) /;
			$session->query_safe($definition =~ s/INDEX /INDEX CONCURRENTLY /r);
			$session->query_safe("COMMENT ON INDEX analytics.$index IS 'a comment of somebody else'");
		}
		$session->query_safe('RESET ROLE');
		$session->query_safe('RESET quote_all_identifiers');
	});

$session->query_safe('CREATE ROLE another SUPERUSER');
$session->query_safe('CREATE EXTENSION analytics');
my @prepared = split /\n/, $session->query_safe('SELECT DISTINCT version FROM analytics.update_steps() ORDER BY version');
cmp_ok(scalar @prepared, '>', 0, 'there is something to build beforehand: ' . join(', ', @prepared));
$session->query_safe('DROP EXTENSION analytics');

for my $to (@prepared)
{
	$session->query_safe("CREATE EXTENSION analytics VERSION '$to'");
	my $dump = dump_of_all();
	$session->query_safe('DROP EXTENSION analytics');

	for my $from (grep { version_before($_, $to) } @versions)
	{
		for my $who (sort keys %BEFOREHAND)
		{
			my $name = "$to of $from, built beforehand by $who";
			$session->query_safe("CREATE EXTENSION analytics VERSION '$from'");
			my $before = dump_of_all();
			$BEFOREHAND{$who}->($to);
			ok(is_prepared($to), "$name: it is ready");
			is(dump_of_all(), $before, "$name: a dump does not hold it yet");
			my @built = split /\n/, $session->query_safe('SELECT index_oid FROM analytics.update_steps() ORDER BY 1');
			update($to);
			is($session->query_safe('SELECT string_agg(index_oid::text, $$ $$ ORDER BY index_oid) FROM analytics.update_steps()'), "@built", "$name: it is adopted");
			keep_fingerprint($session, $name);
			same($to, $name, "$name: it is $to");
			is(dump_of_all(), $dump, "$name: a dump is that of $to");
			update($from);
			keep_fingerprint($session, "$name and back");
			same($from, "$name and back", "$name, and back: it is $from");
			$session->query_safe('DROP EXTENSION analytics');
		}
	}
}
$session->quit;

# ---------------------------------------------------------------------
# What a fingerprint notices
# ---------------------------------------------------------------------

# A small extension to be harmed: another's, with members of ours.
$node->safe_psql('postgres', 'CREATE DATABASE harmed');
$session = fingerprint_session($node, 'harmed');
$session->query_safe(<<~'END');
	CREATE ROLE reader;
	CREATE SCHEMA probe;
	CREATE FUNCTION probe.f(a integer, b text DEFAULT 'x') RETURNS integer LANGUAGE sql STABLE SET search_path = pg_catalog AS 'SELECT a';
	CREATE PROCEDURE probe.p() LANGUAGE sql AS 'SELECT 1';
	CREATE AGGREGATE probe.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
	CREATE FUNCTION probe.fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
	CREATE FUNCTION probe.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
	CREATE SEQUENCE probe.numbers;
	CREATE TABLE probe.parent (id integer PRIMARY KEY, at timestamptz DEFAULT now(), label text);
	CREATE TABLE probe.t (id integer NOT NULL DEFAULT 1, name text NOT NULL, parent integer REFERENCES probe.parent, doubled integer GENERATED ALWAYS AS (id * 2) STORED,
		own bigint GENERATED BY DEFAULT AS IDENTITY, CONSTRAINT positive CHECK (id > 0));
	INSERT INTO probe.t (id, name) VALUES (1, 'one'), (2, 'two');
	CREATE INDEX by_name ON probe.t (name);
	CREATE STATISTICS probe.together ON id, name FROM probe.t;
	CREATE VIEW probe.v AS SELECT id, name FROM probe.t;
	CREATE TRIGGER fires AFTER INSERT ON probe.t FOR EACH STATEMENT EXECUTE FUNCTION probe.fire();
	CREATE TYPE probe.colour AS ENUM ('red', 'green');
	CREATE TYPE probe.pair AS (a integer, b text);
	CREATE DOMAIN probe.positive AS integer CHECK (VALUE > 0);
	CREATE FOREIGN DATA WRAPPER probe_wrapper;
	CREATE EVENT TRIGGER probe_ddl ON sql_drop EXECUTE FUNCTION probe.on_ddl();
	COMMENT ON TABLE probe.t IS 'a table';
	COMMENT ON COLUMN probe.t.name IS 'a column';
	COMMENT ON FUNCTION probe.f(integer, text) IS 'a function';
	GRANT SELECT ON probe.t TO reader;
	ALTER EXTENSION plpgsql ADD SCHEMA probe;
	ALTER EXTENSION plpgsql ADD FUNCTION probe.f(integer, text);
	ALTER EXTENSION plpgsql ADD PROCEDURE probe.p();
	ALTER EXTENSION plpgsql ADD AGGREGATE probe.total(integer);
	ALTER EXTENSION plpgsql ADD FUNCTION probe.fire();
	ALTER EXTENSION plpgsql ADD FUNCTION probe.on_ddl();
	ALTER EXTENSION plpgsql ADD SEQUENCE probe.numbers;
	ALTER EXTENSION plpgsql ADD TABLE probe.parent;
	ALTER EXTENSION plpgsql ADD TABLE probe.t;
	ALTER EXTENSION plpgsql ADD VIEW probe.v;
	ALTER EXTENSION plpgsql ADD TYPE probe.colour;
	ALTER EXTENSION plpgsql ADD TYPE probe.pair;
	ALTER EXTENSION plpgsql ADD DOMAIN probe.positive;
	ALTER EXTENSION plpgsql ADD FOREIGN DATA WRAPPER probe_wrapper;
	ALTER EXTENSION plpgsql ADD EVENT TRIGGER probe_ddl;
	UPDATE pg_extension SET extconfig = ARRAY['probe.t'::regclass, 'probe.parent'::regclass]::oid[], extcondition = ARRAY['WHERE id > 1', ''] WHERE extname = 'plpgsql';
	END
keep_fingerprint($session, 'sound', 'plpgsql');

# A difference, and what must be told of it: class, object, property.
my @harms = (
	[ 'a column more', 'ALTER TABLE probe.t ADD COLUMN more integer', qr/\+\|pg_attribute\|table column probe\.t\.more\|/ ],
	[ 'a column less', 'ALTER TABLE probe.parent DROP COLUMN at', qr/-\|pg_attribute\|table column probe\.parent\.at\|/ ],
	[ 'columns in another order', 'ALTER TABLE probe.t DROP CONSTRAINT t_parent_fkey; ALTER TABLE probe.parent DROP COLUMN id; ALTER TABLE probe.parent ADD COLUMN id integer PRIMARY KEY; ALTER TABLE probe.t ADD FOREIGN KEY (parent) REFERENCES probe.parent', qr/columns\|table probe\.parent\|columns\|at, label, id/ ],
	[ 'the type of a column', 'ALTER TABLE probe.parent ALTER COLUMN at TYPE timestamp', qr/pg_attribute\|table column probe\.parent\.at\|atttypid/ ],
	[ 'the length of a column', 'ALTER TABLE probe.parent ALTER COLUMN at TYPE timestamptz(3)', qr/pg_attribute\|table column probe\.parent\.at\|atttypmod/ ],
	[ 'a default', 'ALTER TABLE probe.t ALTER COLUMN id SET DEFAULT 2', qr/definition\|default value for probe\.t\.id\|/ ],
	[ 'no default', 'ALTER TABLE probe.t ALTER COLUMN id DROP DEFAULT', qr/pg_attribute\|table column probe\.t\.id\|atthasdef\|f/ ],
	[ 'NULL allowed', 'ALTER TABLE probe.t ALTER COLUMN name DROP NOT NULL', qr/pg_attribute\|table column probe\.t\.name\|attnotnull\|f/ ],
	[ 'the storage of a column', 'ALTER TABLE probe.t ALTER COLUMN name SET STORAGE EXTERNAL', qr/table column probe\.t\.name\|attstorage\|e/ ],
	[ 'the compression of a column', 'ALTER TABLE probe.t ALTER COLUMN name SET COMPRESSION pglz', qr/table column probe\.t\.name\|attcompression\|p/ ],
	[ 'the statistics target', 'ALTER TABLE probe.t ALTER COLUMN name SET STATISTICS 7', qr/table column probe\.t\.name\|attstattarget\|7/ ],
	[ 'an option of a column', 'ALTER TABLE probe.t ALTER COLUMN name SET (n_distinct = 7)', qr/table column probe\.t\.name\|attoptions\|n_distinct=7/ ],
	[ 'the collation of a column', 'ALTER TABLE probe.parent ALTER COLUMN label TYPE text COLLATE "C"', qr/table column probe\.parent\.label\|attcollation/ ],
	[ 'a generated column', 'ALTER TABLE probe.t ALTER COLUMN doubled DROP EXPRESSION', qr/table column probe\.t\.doubled\|attgenerated/ ],
	[ 'an identity column', 'ALTER TABLE probe.t ALTER COLUMN own SET GENERATED ALWAYS', qr/table column probe\.t\.own\|attidentity\|a/ ],
	[ 'a comment on a column', q{COMMENT ON COLUMN probe.t.name IS 'other'}, qr/comment\|table column probe\.t\.name\|comment\|other/ ],
	[ 'a comment gone', 'COMMENT ON TABLE probe.t IS NULL', qr/-\|comment\|table probe\.t\|/ ],
	[ 'a comment on a function', q{COMMENT ON FUNCTION probe.f(integer, text) IS 'other'}, qr/comment\|function probe\.f\(integer,pg_catalog\.text\)\|comment\|other/ ],
	[ 'a constraint more', 'ALTER TABLE probe.t ADD CONSTRAINT small CHECK (id < 100)', qr/\+\|definition\|table constraint small on probe\.t\|/ ],
	[ 'a constraint of another kind', 'ALTER TABLE probe.t DROP CONSTRAINT positive; ALTER TABLE probe.t ADD CONSTRAINT positive CHECK (id >= 1)', qr/definition\|table constraint positive on probe\.t\|definition\|CHECK \(\(id >= 1\)\)/ ],
	[ 'a constraint not validated', 'ALTER TABLE probe.t DROP CONSTRAINT positive; ALTER TABLE probe.t ADD CONSTRAINT positive CHECK (id > 0) NOT VALID', qr/table constraint positive on probe\.t\|convalidated\|f/ ],
	[ 'a foreign key', 'ALTER TABLE probe.t DROP CONSTRAINT t_parent_fkey', qr/-\|pg_constraint\|table constraint t_parent_fkey on probe\.t\|/ ],
	[ 'an index more', 'CREATE INDEX by_id ON probe.t (id)', qr/\+\|definition\|index probe\.by_id\|/ ],
	[ 'an index gone', 'DROP INDEX probe.by_name', qr/-\|definition\|index probe\.by_name\|/ ],
	[ 'an index of the same name', 'DROP INDEX probe.by_name; CREATE INDEX by_name ON probe.t (name, id)', qr/definition\|index probe\.by_name\|definition\|.*\(name, id\)/ ],
	[ 'an index that is not valid', q{UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'probe.by_name'::regclass}, qr/pg_index\|index probe\.by_name\|indisvalid\|f/ ],
	[ 'an option of an index', 'ALTER INDEX probe.by_name SET (fillfactor = 70)', qr/pg_class\|index probe\.by_name\|reloptions/ ],
	[ 'a statistics object', 'DROP STATISTICS probe.together', qr/-\|definition\|statistics object probe\.together\|/ ],
	[ 'the body of a function', q{CREATE OR REPLACE FUNCTION probe.f(a integer, b text DEFAULT 'x') RETURNS integer LANGUAGE sql STABLE SET search_path = pg_catalog AS 'SELECT a + 0'}, qr/definition\|function probe\.f\(integer,pg_catalog\.text\)\|/ ],
	[ 'a default of an argument', q{CREATE OR REPLACE FUNCTION probe.f(a integer, b text DEFAULT 'y') RETURNS integer LANGUAGE sql STABLE SET search_path = pg_catalog AS 'SELECT a'}, qr/definition\|function probe\.f\(integer,pg_catalog\.text\)\|/ ],
	[ 'volatility', 'ALTER FUNCTION probe.f(integer, text) VOLATILE', qr/function probe\.f\(integer,pg_catalog\.text\)\|provolatile\|v/ ],
	[ 'a setting of a function', 'ALTER FUNCTION probe.f(integer, text) RESET search_path', qr/function probe\.f\(integer,pg_catalog\.text\)\|proconfig/ ],
	[ 'security definer', 'ALTER FUNCTION probe.f(integer, text) SECURITY DEFINER', qr/function probe\.f\(integer,pg_catalog\.text\)\|prosecdef\|t/ ],
	[ 'strictness', 'ALTER FUNCTION probe.f(integer, text) STRICT', qr/function probe\.f\(integer,pg_catalog\.text\)\|proisstrict\|t/ ],
	[ 'an overload', q{CREATE FUNCTION probe.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER EXTENSION plpgsql ADD FUNCTION probe.f()}, qr/\+\|member\|function probe\.f\(\)\|/ ],
	[ 'a procedure', 'ALTER EXTENSION plpgsql DROP PROCEDURE probe.p(); DROP PROCEDURE probe.p()', qr/-\|definition\|procedure probe\.p\(\)\|/ ],
	[ 'an aggregate', q{CREATE OR REPLACE AGGREGATE probe.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '1')}, qr/pg_aggregate\|aggregate probe\.total\(integer\)\|agginitval\|1/ ],
	[ 'rights on a function', 'REVOKE ALL ON FUNCTION probe.f(integer, text) FROM PUBLIC', qr/function probe\.f\(integer,pg_catalog\.text\)\|proacl/ ],
	[ 'rights on a table', 'GRANT UPDATE ON probe.t TO reader', qr/pg_class\|table probe\.t\|relacl\|.*reader=rw/ ],
	[ 'rights on a column', 'GRANT UPDATE (name) ON probe.t TO reader', qr/table column probe\.t\.name\|attacl\|.*reader=w/ ],
	[ 'rights on a schema', 'GRANT USAGE ON SCHEMA probe TO reader', qr/pg_namespace\|schema probe\|nspacl/ ],
	[ 'rights on a wrapper', 'GRANT USAGE ON FOREIGN DATA WRAPPER probe_wrapper TO reader', qr/foreign-data wrapper probe_wrapper\|fdwacl/ ],
	[ 'what rights there were at first', q{DELETE FROM pg_init_privs WHERE objoid = 'probe.t'::regclass}, qr/-\|initial privileges\|table probe\.t\|/ ],
	[ 'an owner', 'ALTER TABLE probe.t OWNER TO reader', qr/pg_class\|table probe\.t\|relowner\|role reader/ ],
	[ 'a view', 'CREATE OR REPLACE VIEW probe.v AS SELECT id, name FROM probe.t WHERE id > 0', qr/definition\|view probe\.v\|/ ],
	[ 'an option of a view', 'ALTER VIEW probe.v SET (security_barrier = true)', qr/pg_class\|view probe\.v\|reloptions/ ],
	[ 'a trigger gone', 'DROP TRIGGER fires ON probe.t', qr/-\|definition\|trigger fires on probe\.t\|/ ],
	[ 'a trigger of another event', 'DROP TRIGGER fires ON probe.t; CREATE TRIGGER fires AFTER DELETE ON probe.t FOR EACH STATEMENT EXECUTE FUNCTION probe.fire()', qr/definition\|trigger fires on probe\.t\|/ ],
	[ 'a trigger switched off', 'ALTER TABLE probe.t DISABLE TRIGGER fires', qr/pg_trigger\|trigger fires on probe\.t\|tgenabled\|D/ ],
	[ 'an event trigger switched off', 'ALTER EVENT TRIGGER probe_ddl DISABLE', qr/pg_event_trigger\|event trigger probe_ddl\|evtenabled\|D/ ],
	[ 'a rule', 'CREATE RULE quiet AS ON UPDATE TO probe.t DO INSTEAD NOTHING', qr/\+\|definition\|rule quiet on probe\.t\|/ ],
	[ 'a policy', 'CREATE POLICY mine ON probe.t USING (id > 0)', qr/\+\|definition\|policy mine on probe\.t\|/ ],
	[ 'row security', 'ALTER TABLE probe.t ENABLE ROW LEVEL SECURITY', qr/table probe\.t\|relrowsecurity\|t/ ],
	[ 'an option of a table', 'ALTER TABLE probe.t SET (autovacuum_enabled = false)', qr/pg_class\|table probe\.t\|reloptions/ ],
	[ 'an unlogged table', 'ALTER TABLE probe.t SET UNLOGGED', qr/pg_class\|table probe\.t\|relpersistence\|u/ ],
	[ 'the step of a sequence', 'ALTER SEQUENCE probe.numbers INCREMENT 5', qr/pg_sequence\|sequence probe\.numbers\|seqincrement\|5/ ],
	[ 'the owner of a sequence', 'ALTER SEQUENCE probe.numbers OWNED BY probe.t.id', qr/\+\|dependency\|sequence probe\.numbers\|a\|table column probe\.t\.id/ ],
	[ 'a label of an enum', q{ALTER TYPE probe.colour RENAME VALUE 'red' TO 'blue'}, qr/pg_enum\|type probe\.colour\|enumlabel\|blue/ ],
	[ 'an attribute of a type', 'ALTER TYPE probe.pair ADD ATTRIBUTE c integer', qr/composite type column probe\.pair\.c|\|composite type probe\.pair\|columns\|a, b, c/ ],
	[ 'a domain', 'ALTER DOMAIN probe.positive SET NOT NULL', qr/pg_type\|type probe\.positive\|typnotnull\|t/ ],
	[ 'an option of a wrapper', q{ALTER FOREIGN DATA WRAPPER probe_wrapper OPTIONS (ADD debug 'true')}, qr/foreign-data wrapper probe_wrapper\|fdwoptions/ ],
	[ 'a member less', 'ALTER EXTENSION plpgsql DROP VIEW probe.v', qr/-\|member\|view probe\.v\|/ ],
	[ 'a member more', 'CREATE TABLE probe.other (); ALTER EXTENSION plpgsql ADD TABLE probe.other', qr/\+\|member\|table probe\.other\|/ ],
	[ 'what dumps hold', q{UPDATE pg_extension SET extconfig = extconfig[2:], extcondition = extcondition[2:] WHERE extname = 'plpgsql'}, qr/-\|held by dumps\|table probe\.t\|/ ],
	[ 'which rows dumps hold', q{UPDATE pg_extension SET extcondition = ARRAY['WHERE id > 2', ''] WHERE extname = 'plpgsql'}, qr/held by dumps\|table probe\.t\|condition\|WHERE id > 2/ ],
	[ 'a row more', q{INSERT INTO probe.t (id, name, own) VALUES (3, 'three', 3)}, qr/\+\|row\|probe\.t\|row\|.*three/ ],
	[ 'a value', q{UPDATE probe.t SET name = 'deux' WHERE id = 2}, qr/\+\|row\|probe\.t\|row\|.*deux/ ],
	[ 'the version', q{UPDATE pg_extension SET extversion = '9.9' WHERE extname = 'plpgsql'}, qr/\+\|pg_extension\|extension plpgsql\|extversion\|9\.9/ ]);

for my $harm (@harms)
{
	my ($name, $statements, $told) = @$harm;
	$session->query_safe("BEGIN; $statements");
	keep_fingerprint($session, 'harmed', 'plpgsql');
	like(differences($session, 'sound', 'harmed'), $told, "noticed: $name");
	$session->query_safe('ROLLBACK');
}

# What it must not notice: the way by which an object became what it is.
for my $detour (
	[ 'a column that was there for a while', 'ALTER TABLE probe.parent ADD COLUMN passing integer DEFAULT 7; ALTER TABLE probe.parent DROP COLUMN passing' ],
	[ 'a table that is written anew', 'VACUUM FULL probe.t' ],
	[ 'statistics', 'ANALYZE probe.t' ],
	[ 'an index that is built again', 'DROP INDEX probe.by_name; CREATE INDEX by_name ON probe.t (name)' ],
	[ 'rights given and taken', 'GRANT INSERT ON probe.t TO reader; REVOKE INSERT ON probe.t FROM reader' ],
	[ 'marks in another order', q{UPDATE pg_extension SET extconfig = ARRAY['probe.parent'::regclass, 'probe.t'::regclass]::oid[], extcondition = ARRAY['', 'WHERE id > 1'] WHERE extname = 'plpgsql'} ])
{
	my ($name, $statements) = @$detour;
	$session->query_safe($_) for split /; /, $statements;
	keep_fingerprint($session, 'detour', 'plpgsql');
	is(differences($session, 'sound', 'detour'), '', "not noticed: $name");
	$session->query_safe('DROP TABLE detour');
}
$session->quit;

$node->stop;
done_testing();
