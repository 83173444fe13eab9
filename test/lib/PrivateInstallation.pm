
=head1 NAME

PrivateInstallation - a PostgreSQL installation of one test's own

=head1 SYNOPSIS

  my $installation = PrivateInstallation->new($folder);
  $installation->add_script('1.1--9.9', 'SELECT 1;');
  my $test = AnalyticsTest->new('name', install_path => $installation->path);

=head1 DESCRIPTION

For tests that change what is installed, the library or the scripts, which those that
run at the same time must not meet.  It is a copy of the one whose pg_config is the
first in PATH, its programs copied, all else but our own files linked.

=cut

package PrivateInstallation;

use strict;
use warnings FATAL => 'all';

use File::Basename qw(basename dirname);
use File::Copy qw(copy);
use File::Path qw(make_path);
use PostgreSQL::Test::Utils;

=over

=item PrivateInstallation->new(FOLDER)

Makes it there.

=item $installation->path

What PostgreSQL::Test::Cluster takes as C<install_path>.

=cut

sub new
{
	my ($class, $folder) = @_;
	my %from = map { chomp(my $path = `pg_config --$_`); ($_ => $path) } qw(bindir pkglibdir sharedir);
	my $root = $from{bindir};

	# what the three have in common: programs find the rest relative to themselves
	$root = dirname($root) until 3 == grep { index("$_/", "$root/") == 0 } values %from;
	my %to = map { ($_ => $folder . substr($from{$_}, length $root)) } keys %from;
	my $self = bless { library => "$to{pkglibdir}/analytics.so", scripts => "$to{sharedir}/extension", path => dirname($to{bindir}) }, $class;

	die "programs are not in a folder bin: $to{bindir}" if basename($to{bindir}) ne 'bin';
	make_path(values %to, $self->{scripts});
	_link_all($from{pkglibdir}, $to{pkglibdir});
	_link_all($from{sharedir}, $to{sharedir});
	_link_all("$from{sharedir}/extension", $self->{scripts});
	_copy_all(glob("$from{bindir}/*"), $to{bindir});
	_copy_all("$from{pkglibdir}/analytics.so", $to{pkglibdir});
	_copy_all(glob("$from{sharedir}/extension/analytics*"), $self->{scripts});
	return $self;
}

# But for what is ours, and folders of which we have our own.
sub _link_all
{
	my ($from, $to) = @_;
	for my $entry (grep { basename($_) !~ /^analytics/ && !-e "$to/" . basename($_) } glob "$from/*")
	{
		symlink $entry, "$to/" . basename($entry) or die "could not link $entry: $!";
	}
}

sub _copy_all
{
	my ($to, @files) = (pop, @_);
	for my $file (@files)
	{
		my $copy = "$to/" . basename($file);
		copy($file, $copy) or die "could not copy $file: $!";
		chmod 0755, $copy;
	}
}

sub path { return $_[0]{path} }

=item $installation->add_script(NAME, TEXT)

C<analytics--NAME.sql>.

=item $installation->library

The bytes of the library that is installed.

=item $installation->replace_library(BYTES)

In the way of a package manager: a new file in the place of the old one, so that whoever
has loaded that keeps it.

=item changed(BYTES, FROM, TO)

Bytes of a library with each FROM made a TO of the same length; dies when there is none.
A function.

=back

=cut

sub add_script
{
	my ($self, $name, $text) = @_;
	_write("$self->{scripts}/analytics--$name.sql", $text);
}

sub library
{
	my ($self) = @_;
	open my $file, '<:raw', $self->{library} or die "could not open $self->{library}: $!";
	local $/;
	return scalar <$file>;
}

sub replace_library
{
	my ($self, $bytes) = @_;
	_write("$self->{library}.new", $bytes);
	chmod 0755, "$self->{library}.new";
	rename "$self->{library}.new", $self->{library} or die "could not replace $self->{library}: $!";
}

sub _write
{
	my ($path, $bytes) = @_;
	open my $file, '>:raw', $path or die "could not create $path: $!";
	print {$file} $bytes or die "could not write $path: $!";
	close $file or die "could not write $path: $!";
}

sub changed
{
	my ($bytes, $from, $to) = @_;
	die 'the library must keep its size' if length $from != length $to;
	my $times = $bytes =~ s/\Q$from\E/$to/g;
	die "the library does not hold \"$from\"" unless $times;
	return $bytes;
}

1;
