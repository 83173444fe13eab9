
=head1 NAME

VersionChain - the SQL versions that there are, and fingerprints of them

=head1 SYNOPSIS

  use VersionChain;

  my @versions = versions($node);
  keep_fingerprint($session, 'first');
  is(differences($session, 'first', 'second'), '', 'the same');

=head1 DESCRIPTION

For tests over every version: whichever are there is found out from the scripts that
are installed, so that a new one is tested on the day it is added.  What a fingerprint
is stands in catalog_fingerprint.sql.

=cut

package VersionChain;

use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);

our @EXPORT = qw(versions version_before reachable fingerprint_session keep_fingerprint differences);

my $FOLDER = dirname(abs_path(__FILE__));

# Differences of a failure beyond these are not told.
my $MOST = 30;

=over

=item versions($node)

Every version that can be installed, lowest first.

=item version_before(A, B)

Whether A is older than B.

=item reachable($node, FROM, TO)

The way from one to the other, as C<1.0--1.1--1.2>; undef when there is none.

=cut

sub versions
{
	my ($node) = @_;
	return split /\n/, $node->safe_psql('postgres', q{
		SELECT version FROM pg_available_extension_versions WHERE name = 'analytics'
		ORDER BY string_to_array(version, '.')::integer[]});
}

sub version_before
{
	my ($first, $second) = @_;
	my @first = split /\./, $first;
	my @second = split /\./, $second;
	while (@first && @second)
	{
		my ($number, $other) = (shift @first, shift @second);
		return $number < $other if $number != $other;
	}
	return @first < @second;
}

sub reachable
{
	my ($node, $from, $to) = @_;
	my $path = $node->safe_psql('postgres',
		"SELECT path FROM pg_extension_update_paths('analytics') WHERE source = '$from' AND target = '$to'");
	return $path eq '' ? undef : $path;
}

=item fingerprint_session($node, DATABASE)

A session that can take fingerprints, as of background_psql().

=item keep_fingerprint($session, NAME, EXTENSION)

Take one and keep it in the session.  EXTENSION: C<analytics> unless said otherwise.

=item differences($session, FIRST, SECOND, WHERE)

Where they differ, a line each, of all or of those that WHERE holds of; empty: nowhere.

=back

=cut

sub fingerprint_session
{
	my ($node, $database) = @_;
	my $session = $node->background_psql($database, on_error_stop => 1);

	$session->query_safe("SET client_min_messages = warning;\n\\i $FOLDER/catalog_fingerprint.sql");
	return $session;
}

sub keep_fingerprint
{
	my ($session, $name, $extension) = @_;
	$extension //= 'analytics';
	$session->query_safe(qq{CREATE TEMP TABLE "$name" AS SELECT * FROM pg_temp.catalog_fingerprint('$extension')});
	my $rows = $session->query_safe(qq{SELECT count(*) FROM "$name"});
	die "the fingerprint \"$name\" is empty" if $rows == 0;
	return $rows;
}

sub differences
{
	my ($session, $first, $second, $where) = @_;
	$where //= 'true';
	return $session->query_safe(qq{SELECT side, class, object, property, left(value, 200) FROM pg_temp.fingerprint_differences('"$first"', '"$second"') WHERE $where LIMIT $MOST});
}

1;
