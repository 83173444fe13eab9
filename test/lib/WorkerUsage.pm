
=head1 NAME

WorkerUsage - what the workers of a test take of memory and descriptors

=head1 SYNOPSIS

  my $usage = WorkerUsage->new($file, "$tmp_check/t_01_some_test_");
  ...
  is($usage->problems, '', 'memory and open files are bounded');

=head1 DESCRIPTION

A process of its own looks every other second at each worker whose data directory
begins as given, whichever server runs it, from outside: by /proc alone, so
that it costs the workers nothing and sees them also while nothing of the
database answers.  It writes what it saw into a file, and judges nothing;
problems() does, at the end.

No look may show more than a worker may ever have.  At the end a worker that has lived
through the run has hardly more than it had once it was warm, which is ten seconds after its
start, or at warm(); a younger one has hardly more than the most that any had then.

=cut

package WorkerUsage;

use strict;
use warnings FATAL => 'all';

use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $WARM_AGE = 10;

# By what is counted: the most that a worker may have, and by how much it may
# have grown.
#
# memory: kB of its own; batches in flight are bounded, so is this.
# files:  descriptors of all but the server's relations.  A store may keep one
#         connection for each fetch at once (16).
# data:   files of relations and of the WAL, which the server opens as it needs
#         them, and keeps.
# copies: descriptors of one and the same file among these: it needs one.
my %LIMITS = (
	memory => [ 400 * 1024, 48 * 1024, 'kB' ],
	files => [ 60, 24, 'open files' ],
	data => [ 300, 60, 'open files of relations' ],
	copies => [ 3, 3, 'descriptors of one file of a relation' ]);
my @COUNTED = sort keys %LIMITS;

=head1 METHODS

=over

=item WorkerUsage->new(FILE, PREFIX)

Begin to look at workers whose data directory begins with PREFIX.

=item $usage->warm

From now on each worker has what it needs for its work.

=item $usage->stop

End to look.

=item $usage->problems

stop(), a last look, and what is wrong, as a text; empty: nothing.

=back

=cut

sub new
{
	my ($class, $file, $prefix) = @_;
	my $self = bless { file => $file, prefix => $prefix }, $class;
	my $parent = $$;

	open $self->{log}, '>>', $file or die "could not create \"$file\": $!";
	$self->{log}->autoflush(1);
	$self->{pid} = fork // die "could not fork: $!";
	return $self if $self->{pid};

	# nothing of the test's own may happen as this process ends
	$SIG{$_} = 'DEFAULT' for qw(TERM INT __DIE__ __WARN__);
	while (getppid == $parent)
	{
		eval { $self->_look };
		sleep 2;
	}
	POSIX::_exit(0);
}

sub warm
{
	my ($self) = @_;
	$self->{warm} = time;
	$self->_look;
}

sub stop
{
	my ($self) = @_;
	my $pid = delete $self->{pid} or return;
	kill 'TERM', $pid;
	waitpid $pid, 0;
}

# A line for each worker: time, pid, start, age, and what is counted.
sub _look
{
	my ($self) = @_;
	my $text = join '', map { join("\t", time, @$_{ 'pid', 'start', 'age', @COUNTED }) . "\n" } $self->_workers;
	print { $self->{log} } $text;
}

sub _workers
{
	my ($self) = @_;
	return map { _usage($_) // () } grep { $self->_is_worker($_) } map { m{(\d+)$} } glob '/proc/[0-9]*';
}

sub _is_worker
{
	my ($self, $pid) = @_;
	my $title = _read("/proc/$pid/cmdline") // return;

	return unless $title =~ /^postgres: .*analytics worker /;
	return index(readlink("/proc/$pid/cwd") // '', $self->{prefix}) == 0;
}

# Of a process that may end at any moment.
sub _read
{
	my ($path) = @_;
	open my $file, '<', $path or return;
	local $/;
	return scalar readline $file;
}

sub _usage
{
	my ($pid) = @_;
	my ($memory) = (_read("/proc/$pid/status") // '') =~ /^RssAnon:\s+(\d+)/m;
	my ($start) = (_read("/proc/$pid/stat") // '') =~ /^.*\) (?:\S+ ){19}(\d+)/s;
	my ($uptime) = _read('/proc/uptime') =~ /^(\S+)/;
	my $folder = readlink "/proc/$pid/cwd";
	my ($files, $data, %copies) = (0, 0);

	return unless defined $memory && defined $start && defined $folder;
	for my $link (map { readlink($_) // () } glob "/proc/$pid/fd/*")
	{
		if (index($link, "$folder/") != 0 && $link !~ m{/PG_\d+_\d+/}) { $files++; next }
		$data++;
		$copies{$link}++;
	}
	my ($copies) = sort { $b <=> $a } values %copies, 0;
	return {
		pid => $pid,
		start => $start,
		age => $uptime - $start / POSIX::sysconf(POSIX::_SC_CLK_TCK()),
		memory => $memory,
		files => $files,
		data => $data,
		copies => $copies
	};
}

# ---------------------------------------------------------------------
# The judgement
# ---------------------------------------------------------------------

sub problems
{
	my ($self) = @_;
	my (@problems, %worker, %warm);

	$self->stop;
	my $now = time;
	$self->_look;
	for my $line (split /\n/, slurp_file($self->{file}))
	{
		my %seen;
		@seen{ 'time', 'pid', 'start', 'age', @COUNTED } = split /\t/, $line;
		my $worker = $worker{"$seen{pid} $seen{start}"} //= {};
		$worker->{last} = \%seen;
		$worker->{warm} //= \%seen if defined $self->{warm} ? $seen{time} >= $self->{warm} : $seen{age} >= $WARM_AGE;
		push @problems, _above_limit($worker, \%seen);
	}
	for my $of (@COUNTED)
	{
		($warm{$of}) = sort { $b <=> $a } map { $_->{warm} ? $_->{warm}{$of} : () } values %worker;
	}

	my @alive = grep { $_->{last}{time} >= $now } values %worker;
	push @problems, _grown($_, \%warm) for @alive;
	note(sprintf '%d workers were looked at, %d of them to the end', scalar keys %worker, scalar @alive);
	push @problems, 'no worker was seen' unless @alive;
	return join '; ', @problems;
}

# Each once; a build that looks for leaks itself needs memory for that.
sub _above_limit
{
	my ($worker, $seen) = @_;
	return map { "worker $seen->{pid} had $seen->{$_} $LIMITS{$_}[2]" }
	  grep { $seen->{$_} > $LIMITS{$_}[0] && !_is_free($_) && !$worker->{above}{$_}++ } @COUNTED;
}

sub _is_free { return $_[0] eq 'memory' && $ENV{ANALYTICS_TEST_SANITIZED} }

sub _grown
{
	my ($worker, $warm) = @_;
	my ($own, $last) = @$worker{qw(warm last)};
	my $before = $own // $warm;
	my @problems;

	note("worker $last->{pid}: " . join ', ', map { ($own ? "$own->{$_} to " : '') . "$last->{$_} $LIMITS{$_}[2]" } @COUNTED);
	for my $of (grep { defined $before->{$_} && !_is_free($_) } @COUNTED)
	{
		push @problems, "worker $last->{pid} went from $before->{$of} to $last->{$of} $LIMITS{$of}[2]" if $last->{$of} > $before->{$of} + $LIMITS{$of}[1];
	}
	return @problems;
}

1;
