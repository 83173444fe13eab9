
=head1 NAME

CheckRows - the rows of analytics.check(), and peers that misbehave

=head1 DESCRIPTION

What the tests of check() share, beside L<AnalyticsTest>.  All that check() has
ever said in a test is kept, so that it can be searched for secrets.

=cut

package CheckRows;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use IO::Select;
use IO::Socket::INET;
use IPC::Run ();
use POSIX ();

our @EXPORT = qw(look everything_said meanwhile finish serve stop_serving listener relay);

# No child outlives its test, nor this many seconds.
use constant LONGEST_CHILD => 240;

my $said = '';
my $owner = $$;
my %children;

=over

=item look(TEST, STATEMENTS)

The rows, as name to subject to a list of "status: finding -> hint"; the
subject '' stands for NULL.  STATEMENTS are executed before, in the session.

=cut

sub look
{
	my ($test, $before) = @_;
	my $out = $test->sql(($before // '')
		  . q{;SELECT string_agg(concat_ws(E'\x01', name, coalesce(subject, ''), status || ': ' || finding || coalesce(' -> ' || hint, '')), E'\x02') FROM analytics.check()});
	my %found;

	$out =~ s/\A\n+//;    # of STATEMENTS
	$said .= "$out\n";
	for my $row (split /\x02/, $out)
	{
		my ($name, $subject, $text) = split /\x01/, $row;
		push @{ $found{$name}{$subject} }, $text;
	}
	return \%found;
}

=item everything_said()

By all that looked.

=cut

sub everything_said { return $said }

=item meanwhile(TEST, STATEMENTS), finish(SESSION)

Begin statements in a session of its own; wait for their end, and give the exit status of psql.
C<< $session->{err} >> has the errors.

=cut

sub meanwhile
{
	my ($test, $statements) = @_;
	my %session = (out => '', err => '');
	$session{run} = IPC::Run::start([ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $test->node->connstr('postgres'), '-c', $statements ],
		'<', \undef, '>', \$session{out}, '2>', \$session{err}, IPC::Run::timeout(120));
	return \%session;
}

sub finish
{
	my ($session) = @_;
	$session->{run}->finish;
	return $session->{run}->result(0);
}

=item listener()

A socket of 127.0.0.1 that listens, and that nobody accepts from.

=item serve(SOCKET, CODE), stop_serving(CHILD)

A child that calls CODE with each connection, one after the other.

=item relay(CLIENT, HOST, PORT, EDIT)

Pass on what both sides say.  EDIT is called with the bytes in C<$_> and whether the client said
them; it may change them, and hangs up on both by returning false.

=cut

sub listener
{
	return IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1', Proto => 'tcp') || die "could not listen: $!";
}

sub serve
{
	my ($socket, $code) = @_;
	my $pid = fork // die "could not fork: $!";

	if ($pid == 0)
	{
		# Not through the parent's handlers: its servers are not ours to stop.
		$SIG{$_} = 'DEFAULT' for qw(ALRM TERM INT __DIE__);
		$SIG{PIPE} = 'IGNORE';
		alarm LONGEST_CHILD;
		eval {
			while (my $client = $socket->accept) { $code->($client) }
		};
		POSIX::_exit(0);
	}
	$children{$pid} = 1;
	return $pid;
}

sub stop_serving
{
	my ($pid) = @_;
	kill 'KILL', $pid;
	waitpid $pid, 0;
	delete $children{$pid};
}

END
{
	if ($$ == $owner)
	{
		local $?;
		stop_serving($_) for keys %children;
	}
}

sub relay
{
	my ($client, $host, $port, $edit) = @_;
	my $server = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Timeout => 10) or return;
	my $both = IO::Select->new($client, $server);

	while (1)
	{
		for my $from ($both->can_read)
		{
			sysread($from, local $_, 65536) or return;
			$edit->($from == $client) or return;
			syswrite $from == $client ? $server : $client, $_;
		}
	}
}

=back

=cut

1;
