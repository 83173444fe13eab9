# scripts/lint-sql: the scripts of this checkout are clean, and each of its rules
# finds what it is for, and nothing where there is nothing.

use strict;
use warnings FATAL => 'all';

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path remove_tree);
use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

my $checkout = "$FindBin::RealBin/../..";
my $folder = PostgreSQL::Test::Utils::tempdir('lint');

sub lint
{
	my ($root) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run([ "$checkout/scripts/lint-sql", $root ], '<', \undef, '>', \$out, '2>', \$err);
	is($err, '', 'it does not complain') if $err ne '';
	return $out =~ s/^lint-sql: .*\n//mr;
}

sub write_file
{
	my ($path, $text) = @_;
	make_path($path =~ s{/[^/]*$}{}r);
	open my $file, '>:raw', $path or die "could not create $path: $!";
	print {$file} $text;
	close $file or die "could not write $path: $!";
}

# --- this checkout ---

is(lint($checkout), '', 'the scripts of this checkout are clean');
for my $built (grep { !/--.*--/ } glob "$checkout/sql/analytics--*.sql")
{
	my ($version) = $built =~ /analytics--(.+)\.sql$/;
	my $sum = sha256_hex(slurp_file($built));
	my $root = "$folder/joined";

	# what it counts as the install script is what make has joined, byte by byte
	remove_tree($root);
	make_path("$root/sql");
	system('cp', '-r', "$checkout/sql/$version", glob("$checkout/sql/analytics--*--*.sql"), "$root/sql") == 0 or die 'could not copy the scripts';
	write_file("$root/CHANGELOG.md", "# Changelog\n\n## $version (2026-01-01)\n");
	write_file("$root/sql/released.sha256", '');
	like(lint($root), qr/no line "$sum  sql\/analytics--\Q$version\E\.sql"/, "$version: the sum is that of what make has joined");
}

# --- scripts without a fault ---

my $BEGIN = qq{-- complain if script is sourced in psql, rather than via CREATE EXTENSION\n\\echo Use "CREATE EXTENSION analytics" to load this file. \\quit\n};
my %UPDATE = map { ($_ => qq{/* sql/analytics--$_.sql */\n\n\\echo Use "ALTER EXTENSION analytics UPDATE TO '} . ($_ =~ s/.*--//r) . qq{'" to load this file. \\quit\n}) } '1.0--1.1', '1.1--1.0';
my $F = q{CREATE FUNCTION analytics.f(a integer, b text DEFAULT 'x', OUT c integer) LANGUAGE sql SET search_path = pg_catalog AS $f$ SELECT pg_catalog.length(b) + a $f$;};

my %SOUND = (
	'CHANGELOG.md' => "# Changelog\n\n## Unreleased\n\n### 1.1\n",
	'sql/released.sha256' => "# none\n",
	'sql/1.0/00_begin.sql' => $BEGIN,
	'sql/1.0/10_objects.sql' => <<~"SQL",
		/* a comment; with /* another */ and CREATE TABLE nothing (); in it */
		CREATE TABLE analytics.t (
			id integer PRIMARY KEY CHECK (id > 0), -- DROP TABLE t CASCADE;
			name text NOT NULL DEFAULT pg_catalog.lower('A; CREATE OR REPLACE')
		);
		COMMENT ON TABLE analytics.t IS 'it''s IF NOT EXISTS x';
		CREATE INDEX t_name ON analytics.t (name);
		COMMENT ON INDEX analytics.t_name IS 'names';
		$F
		COMMENT ON FUNCTION analytics.f(integer, text) IS 'a function';
		CREATE VIEW analytics.v AS WITH q AS (SELECT t.id FROM analytics.t), r AS MATERIALIZED (SELECT q.id FROM q) SELECT coalesce(r.id, 1) AS id FROM r JOIN q USING (id) CROSS JOIN (VALUES (1)) AS x(n) WHERE r.id IN (1, 2) AND r.id IS DISTINCT FROM id;
		COMMENT ON VIEW analytics.v IS 'a view';
		CREATE FOREIGN DATA WRAPPER analytics_w NO HANDLER;
		COMMENT ON FOREIGN DATA WRAPPER analytics_w IS 'a wrapper';
		INSERT INTO analytics.t (id, name) SELECT x.id, 'y' FROM (VALUES (1), (2)) AS x(id) ON CONFLICT (id) DO NOTHING;
		REVOKE ALL ON ALL TABLES IN SCHEMA analytics FROM PUBLIC;
		REVOKE ALL ON analytics.t FROM PUBLIC;
		SQL
	'sql/analytics--1.0--1.1.sql' => $UPDATE{'1.0--1.1'} . ($F =~ s/CREATE/CREATE OR REPLACE/r) . <<~'SQL',
		DO $do$
		BEGIN
			IF NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.relname = 't_id') THEN
				CREATE INDEX t_id ON analytics.t (id);
			END IF;
		END
		$do$;
		SQL
	'sql/analytics--1.1--1.0.sql' => $UPDATE{'1.1--1.0'} . "DROP INDEX analytics.t_id;\n");

# What lint says of the sound scripts, with these changed: path => text behind, or a code
# that makes of the old text the new; undef: no such file.
my $case = 0;
sub said
{
	my (%changes) = @_;
	my $root = "$folder/case" . ++$case;
	my %files = %SOUND;

	for my $path (keys %changes)
	{
		my $change = $changes{$path};
		$files{$path} = !defined $change ? undef : ref $change ? $change->($files{$path}) : ($files{$path} // '') . "$change\n";
	}
	write_file("$root/$_", $files{$_}) for grep { defined $files{$_} } keys %files;
	return lint($root);
}

is(said(), '', 'nothing is found in sound scripts');

my ($OBJECTS, $UP, $DOWN) = ('sql/1.0/10_objects.sql', 'sql/analytics--1.0--1.1.sql', 'sql/analytics--1.1--1.0.sql');
my $COMMENTED = 'COMMENT ON TABLE analytics.u IS $$$$;';

# Rule, what for, the change, and where it is found; no place: nothing is.
for my $lint (
	[ 'guard', 'no first line in an install script', [ 'sql/1.0/00_begin.sql' => sub { "-- nothing\n" } ], 'sql/1.0/00_begin.sql:1' ],
	[ 'guard', 'no first line in an update script', [ $UP => sub { $_[0] =~ s/^\\echo.*\n//mr } ], "$UP:1" ],
	[ 'guard', 'that of another version', [ $UP => sub { $_[0] =~ s/TO '1\.1'/TO '1.0'/r } ], "$UP:1" ],
	[ 'guard', 'one that does not quit', [ $UP => sub { $_[0] =~ s/ \\quit//r } ], "$UP:1" ],

	[ 'exists', 'in an install script', [ $OBJECTS => "CREATE TABLE IF NOT EXISTS analytics.u (id integer); $COMMENTED" ], "$OBJECTS:18" ],
	[ 'exists', 'in an update script', [ $UP => 'ALTER TABLE analytics.t ADD COLUMN IF NOT EXISTS more integer;' ], "$UP:11" ],
	[ 'exists', 'in code that is run', [ $UP => 'DO $$ BEGIN CREATE INDEX IF NOT EXISTS i ON analytics.t (id); END $$;' ], "$UP:11" ],

	[ 'replace', 'in an install script', [ $OBJECTS => $F =~ s/CREATE/CREATE OR REPLACE/r ], "$OBJECTS:18" ],
	[ 'replace', 'of a view in an install script', [ $OBJECTS => 'CREATE OR REPLACE VIEW analytics.v AS SELECT 1 AS id;' ], "$OBJECTS:18" ],
	[ 'replace', 'of a function that is new', [ $UP => q{CREATE OR REPLACE FUNCTION analytics.g() RETURNS integer LANGUAGE sql AS 'SELECT 1'; COMMENT ON FUNCTION analytics.g() IS 'x';} ], "$UP:11" ],
	[ 'replace', 'of a function with other arguments', [ $UP => q{CREATE OR REPLACE FUNCTION analytics.f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';} ], "$UP:11" ],
	[ 'replace', 'of another kind of object', [ $UP => 'CREATE OR REPLACE VIEW analytics.v AS SELECT 1 AS id;' ], "$UP:11" ],
	[ 'replace', 'on the way back, of what is older', [ $DOWN => $F =~ s/CREATE/CREATE OR REPLACE/r ] ],
	[ 'replace', 'of a function that only another branch has', [ 'sql/analytics--1.0--1.2.sql' => q{\echo Use "ALTER EXTENSION analytics UPDATE TO '1.2'" to load this file. \quit} . qq{\nCREATE FUNCTION analytics.g() RETURNS integer LANGUAGE sql AS 'SELECT 1'; COMMENT ON FUNCTION analytics.g() IS 'x';},
		'sql/analytics--1.2--1.0.sql' => qq{\\echo Use "ALTER EXTENSION analytics UPDATE TO '1.0'" to load this file. \\quit\nDROP FUNCTION analytics.g();},
		$UP => q{CREATE OR REPLACE FUNCTION analytics.g() RETURNS integer LANGUAGE sql AS 'SELECT 1';} ], "$UP:11" ],

	[ 'cascade', 'in an update script', [ $DOWN => 'DROP TABLE analytics.t CASCADE;' ], "$DOWN:5" ],
	[ 'cascade', 'over several lines', [ $DOWN => "DROP FUNCTION analytics.f(integer, text)\n\tCASCADE;" ], "$DOWN:5" ],
	[ 'cascade', 'of a foreign key', [ $UP => 'ALTER TABLE analytics.t ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES analytics.t (id) ON DELETE CASCADE;' ] ],

	[ 'qualified', 'CREATE TABLE', [ $OBJECTS => 'CREATE TABLE u (id integer); COMMENT ON TABLE u IS $$$$;' ], "$OBJECTS:18" ],
	[ 'qualified', 'ALTER TABLE', [ $UP => 'ALTER TABLE t ADD COLUMN more integer;' ], "$UP:11" ],
	[ 'qualified', 'DROP INDEX', [ $DOWN => 'DROP INDEX t_name;' ], "$DOWN:5" ],
	[ 'qualified', 'CREATE INDEX ON', [ $UP => 'CREATE INDEX i ON t (id); COMMENT ON INDEX analytics.i IS $$$$;' ], "$UP:11" ],
	[ 'qualified', 'COMMENT ON COLUMN', [ $UP => 'COMMENT ON COLUMN t.id IS $$$$;' ], "$UP:11" ],
	[ 'qualified', 'COMMENT ON TRIGGER', [ $UP => 'COMMENT ON TRIGGER x ON t IS $$$$;' ], "$UP:11" ],
	[ 'qualified', 'INSERT INTO', [ $UP => 'INSERT INTO t (id) VALUES (1);' ], "$UP:11" ],
	[ 'qualified', 'UPDATE', [ $UP => 'UPDATE t SET id = 1;' ], "$UP:11" ],
	[ 'qualified', 'GRANT', [ $UP => 'GRANT SELECT ON t TO pg_monitor;' ], "$UP:11" ],
	[ 'qualified', 'REFERENCES', [ $UP => 'ALTER TABLE analytics.t ADD COLUMN other integer REFERENCES t;' ], "$UP:11" ],
	[ 'qualified', 'FROM', [ $UP => 'CREATE VIEW analytics.w AS SELECT x.id FROM t AS x; COMMENT ON VIEW analytics.w IS $$$$;' ], "$UP:11" ],
	[ 'qualified', 'JOIN in a body', [ $UP => "CREATE FUNCTION analytics.g() RETURNS bigint LANGUAGE sql AS \$\$\nSELECT a.id FROM analytics.t AS a\nJOIN t AS b ON b.id = a.id\n\$\$; COMMENT ON FUNCTION analytics.g() IS 'x';" ], "$UP:13" ],
	[ 'qualified', 'a call', [ $UP => q{UPDATE analytics.t SET name = upper(name);} ], "$UP:11" ],
	[ 'qualified', 'a call in a default', [ $UP => q{ALTER TABLE analytics.t ADD COLUMN at timestamptz DEFAULT now();} ], "$UP:11" ],
	[ 'qualified', 'EXECUTE FUNCTION', [ $UP => 'CREATE TRIGGER x BEFORE INSERT ON analytics.t EXECUTE FUNCTION f(); COMMENT ON TRIGGER x ON analytics.t IS $$$$;' ], "$UP:11" ],
	[ 'qualified', 'a word in a string', [ $UP => q{UPDATE analytics.t SET name = 'from t, now()';} ] ],

	[ 'comment', 'of a table', [ $UP => 'CREATE TABLE analytics.u (id integer);' ], "$UP:11" ],
	[ 'comment', 'of an index', [ $UP => 'CREATE UNIQUE INDEX i ON analytics.t (id);' ], "$UP:11" ],
	[ 'comment', 'of a function', [ $UP => q{CREATE FUNCTION analytics.f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';} ], "$UP:11" ],
	[ 'comment', 'of a procedure', [ $UP => q{CREATE PROCEDURE analytics.p() LANGUAGE sql AS 'SELECT 1';} ], "$UP:11" ],
	[ 'comment', 'of a trigger', [ $UP => 'CREATE TRIGGER x BEFORE INSERT ON analytics.t EXECUTE FUNCTION analytics.f();' ], "$UP:11" ],
	[ 'comment', 'of an event trigger', [ $UP => 'CREATE EVENT TRIGGER x ON sql_drop EXECUTE FUNCTION analytics.f();' ], "$UP:11" ],
	[ 'comment', 'of a sequence', [ $UP => 'CREATE SEQUENCE analytics.s;' ], "$UP:11" ],
	[ 'comment', 'of a wrapper', [ $UP => 'CREATE FOREIGN DATA WRAPPER w;' ], "$UP:11" ],
	[ 'comment', 'of what has one', [ $UP => "CREATE TABLE analytics.u (id integer);\n$COMMENTED" ] ],

	[ 'counterpart', 'no way back', [ $DOWN => undef ], "$UP:1" ],
	[ 'counterpart', 'no way there', [ $UP => undef ], "$DOWN:1" ],
	[ 'counterpart', 'of another version', [ $DOWN => undef, 'sql/analytics--1.1--0.9.sql' => qq{\\echo Use "ALTER EXTENSION analytics UPDATE TO '0.9'" to load this file. \\quit} ], "$UP:1" ])
{
	my ($rule, $what, $changes, $place) = @$lint;
	my $said = said(@$changes);
	if (defined $place)
	{
		like($said, qr/^\Q$place\E: $rule: /m, "$rule: $what");
		# the other rules have nothing to say of it, but for those of the same line
		unlike($said, qr/^(?!\Q$place\E: |\S+: (?:$rule|counterpart): )./m, "$rule: $what, and nothing else");
	}
	else { is($said, '', "$rule: nothing is found: $what") }
}

# --- what was released ---

my %sums = (
	'sql/analytics--1.0.sql' => sha256_hex("$SOUND{'sql/1.0/00_begin.sql'}\n$SOUND{$OBJECTS}"),
	$UP => sha256_hex($SOUND{$UP}),
	$DOWN => sha256_hex($SOUND{$DOWN}));
my $LIST = 'sql/released.sha256';
my $all = join '', map { "$sums{$_}  $_\n" } sort keys %sums;

is(said($LIST => $all), '', 'released: scripts as their sums have them');
like(said($LIST => $all, $OBJECTS => '-- more'), qr/^\Q$LIST\E: released: sql\/analytics--1\.0\.sql was released and has changed/m, 'released: an install script that was changed');
like(said($LIST => $all, 'sql/1.0/20_more.sql' => '-- more'), qr/^\Q$LIST\E: released: sql\/analytics--1\.0\.sql was released and has changed/m, 'released: one that has got another part');
like(said($LIST => $all, $UP => '-- more'), qr/^\Q$LIST\E: released: \Q$UP\E was released and has changed/m, 'released: an update script that was changed');
like(said($LIST => $all, $UP => undef, $DOWN => undef), qr/^\Q$LIST\E: released: \Q$UP\E was released and is gone/m, 'released: one that is gone');
like(said($LIST => 'what is this'), qr/^\Q$LIST\E: released: this is no line of sha256sum: what is this/m, 'released: a line that is none');
my @missing = sort { $a cmp $b } said('CHANGELOG.md' => sub { "# Changelog\n\n## 1.1 (2026-12-01)\n\n## 1.0\n" }) =~ /there is no line "(\w+  \S+)"/g;
is_deeply(\@missing, [ sort map { "$sums{$_}  $_" } keys %sums ], 'released: the changelog has it so, and no script has its line');
is(said('CHANGELOG.md' => sub { "# Changelog\n\n## 1.1 (2026-12-01)\n\n## 1.0\n" }, $LIST => $all), '', 'released: and all have');
@missing = said('CHANGELOG.md' => sub { "# Changelog\n\n## Unreleased\n\n### 1.1\n\n## 1.0 (2026-12-01)\n" }) =~ /there is no line "\w+  (\S+)"/g;
is_deeply(\@missing, ['sql/analytics--1.0.sql'], 'released: of the first version alone, when the next is not released yet');

done_testing();
