
=head1 NAME

FaultRun - one fault, many times, under load, and then every invariant

=head1 SYNOPSIS

  use FaultRun;

  my $run = FaultRun->new('worker_terminated', times => [ 20, 500 ], workers => 4);
  $run->start_load(rate => 200);
  $run->repeat(sub { kill 'TERM', $run->random_worker });
  $run->stop_load;
  $run->finish;

=head1 DESCRIPTION

A run has a node, a consumer, a load, and a manifest of all that was confirmed
to the publisher.  finish() waits until all is settled, and looks from outside
whether

=over

=item I1

every confirmed event is in batches or dead_letters, exactly once, and where it
should be;

=item I2

post_analytics and crawl_errors hold the rows of every event that had to become a
batch, none missing, none twice, the newest crawl of each post, with the figures of
its item;

=item I3

every counter equals its recomputation from the tables, and what no table
tells is within what was published and delivered;

=item I4

the queue holds nothing, ready or unacknowledged, and local_queue and attempts
are empty;

=item I5

no process of the server crashed but those that the run made crash;

=item I6

memory and open files of the workers were bounded all the time, and of one that lived
through the run have not grown (WorkerUsage.pm);

=item I7

no password and no secret key is in the server's log, in any table or view that
people read, or in the title of a process.

=back

It then adds a line to the table of the run (file C<$ANALYTICS_FAULTS_TABLE>):

  faults: NAME times=N events=N lost=N twice=N ok|FAILED

In the file, the name of the test's own file stands before it.  A run that does not get as far as
finish() has a line, too: C<lost=? twice=? FAILED>.

The counts are those of C<make test> unless C<$ANALYTICS_FAULTS> is C<full>.

=cut

package FaultRun;

use strict;
use warnings FATAL => 'all';

use AnalyticsTest;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(basename dirname);
use IO::Select;
use IPC::Open2 qw(open2);
use JSON::PP ();
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);
use WorkerUsage;

our @EXPORT = qw(poll_until process_gone is_full pause_up_to);

my $LIB = dirname(abs_path(__FILE__));

# How long publisher and workers may take to settle all, in seconds.
my $SETTLE = 600;

# Runs that have no line in the table yet, and the process that began them.
my @unfinished;
my $owner = $$;

=head1 FUNCTIONS

=over

=item is_full

Are these the counts of C<make faults>?

=item pause_up_to(SECONDS)

A random instant: the fault must not always meet the same moment.

=back

=cut

sub is_full { return ($ENV{ANALYTICS_FAULTS} // '') eq 'full' }

sub pause_up_to
{
	my ($seconds) = @_;
	sleep rand $seconds;
}

=head1 METHODS

=over

=item FaultRun->new(NAME, %options)

Options: C<times> (counts of make test and make faults), C<conf> (more lines for
postgresql.conf), C<own_servers>, C<servers>, C<workers> (2), C<consumer> (hash of arguments
of create_consumer()), C<broker> and C<store> (hashes of options of the servers),
C<proxy> (the broker is reached through one, see proxy()), C<whole_analysis> (see
lighten()), C<setup> (false: no extension and no consumer yet).

=cut

sub new
{
	my ($class, $name, %options) = @_;
	my $self = bless {
		name => $name,
		times => $options{times}[ is_full() ? 1 : 0 ],
		done => 0,
		events => 0,
		crashes => 0,
		loads => [],
		options => \%options,
	}, $class;

	push @unfinished, $self;
	$self->{test} = AnalyticsTest->new(
		"fault_$name",
		own_servers => $options{own_servers},
		(defined $options{servers} ? (servers => $options{servers}) : ()),
		conf => join "\n",
		'fsync = on',
		'restart_after_crash = on',
		'max_connections = 60',
		'max_worker_processes = 48',
		'analytics.restart_delay_max = 1',
		'analytics.debug_retry_scale = 0.02',
		$options{conf} // '');
	$self->{folder} = $self->{test}->folder;
	$self->{usage} = WorkerUsage->new("$self->{folder}/usage.tsv",
		dirname(dirname($self->{test}->node->data_dir)) . '/t_' . basename($0, '.pl') . '_');
	$self->{sent} = _create("$self->{folder}/sent.tsv");
	$self->{items} = _create("$self->{folder}/items.tsv");
	srand($ENV{ANALYTICS_FAULTS_SEED} // ($self->{seed} = int rand 1e9));
	note('ANALYTICS_FAULTS_SEED=' . ($ENV{ANALYTICS_FAULTS_SEED} // $self->{seed}));
	$self->_setup if $options{setup} // 1;
	return $self;
}

sub _create
{
	my ($path) = @_;
	open my $file, '>', $path or die "could not create \"$path\": $!";
	$file->autoflush(1);
	return $file;
}

sub _setup
{
	my ($self) = @_;
	my ($test, $options) = @$self{qw(test options)};

	$test->create_extension;
	$self->lighten unless $options->{whole_analysis};
	if ($options->{proxy})
	{
		$self->{proxy} = $self->proxy($test->env('AMQP_HOST'), $test->env('AMQP_PORT'));
		$options->{broker}{host} = '127.0.0.1';
		$options->{broker}{port} = $self->{proxy}{port};
	}
	$test->create_broker('broker', %{ $options->{broker} // {} });
	$test->create_store('store', %{ $options->{store} // {} });
	$self->create_consumer;
}

=item $run->lighten

Do without intent patterns.  A worker that has just been started compiles them as
its texts need them, which takes seconds of a CPU, and most runs start hundreds.

=cut

sub lighten
{
	my ($self) = @_;
	$self->{test}->sql('ALTER TABLE analytics.intent_patterns DISABLE TRIGGER USER;
		UPDATE analytics.intent_patterns SET enabled = false;
		ALTER TABLE analytics.intent_patterns ENABLE TRIGGER USER');
}

=item $run->create_consumer

C<posts>, as the options say; where the database was made anew.

=cut

sub create_consumer
{
	my ($self) = @_;
	$self->{test}->create_consumer('posts', workers => $self->{options}{workers} // 2, %{ $self->{options}{consumer} // {} });
}

=item $run->test, $run->times, $run->sql(QUERY)

=cut

sub test { return $_[0]{test} }
sub times { return $_[0]{times} }
sub sql { my ($self, @arguments) = @_; return $self->{test}->sql(@arguments) }

=item $run->repeat(CODE, TIMES)

Call CODE with 1, 2, ... as often as the run says, or TIMES.

=cut

sub repeat
{
	my ($self, $code, $times) = @_;
	$times //= $self->{times};
	for my $number (1 .. $times)
	{
		$code->($number);
		$self->{done}++;
		diag("$self->{name}: $number of $times") if is_full() && $number % (int($times / 10) || 1) == 0;
	}
}

=item $run->happened(TIMES)

So many more faults, where repeat() does not count them.

=item $run->caused_crash(TIMES)

So many more times the server will have restarted all its sessions because of us.

=cut

sub happened { my ($self, $times) = @_; $self->{done} += $times // 1 }
sub caused_crash { my ($self, $times) = @_; $self->{crashes} += $times // 1 }

# ---------------------------------------------------------------------
# The manifest
# ---------------------------------------------------------------------

=item $run->sent(EVENT_ID, FATE)

The event was confirmed.  FATE: C<batch> (the default), the reason of a dead letter,
or C<any> of the two.

=item $run->judged(COUNT)

So many events whose outcome the caller judges by other means than their id, and
tells finish() of.

=item $run->item(EVENT_ID, INDEX, KIND, ID, PROJECT, CRAWLED_AT, FIGURES)

A C<post> or an C<error> that its batch holds.  PROJECT may be undef.  FIGURES are what the item
says of views, likes, comments, shares, saves and followers; what is left out is 0.

=item $run->sent_load(LOAD)

All of a load of AnalyticsTest::generate().

=item $run->forget_fates

Each event of the manifest may have become a batch or not: the caller tells by other means
which had to.

=cut

sub sent
{
	my ($self, $event_id, $fate) = @_;
	$self->{events}++;
	print { $self->{sent} } join("\t", $event_id, $fate // 'batch'), "\n";
}

sub judged { my ($self, $count) = @_; $self->{events} += $count }

sub item
{
	my ($self, @columns) = @_;
	$columns[$_] //= 0 for 6 .. 11;
	print { $self->{items} } join("\t", map { $_ // '' } @columns), "\n";
}

sub forget_fates
{
	my ($self) = @_;
	my $path = "$self->{folder}/sent.tsv";
	my $text = slurp_file($path) =~ s/\t.*/\tany/gr;

	$self->{sent} = _create($path);
	print { $self->{sent} } $text;
}

sub sent_load
{
	my ($self, $load) = @_;
	for (split /\n/, slurp_file($load->{manifest}))
	{
		$self->sent((split /\t/)[0]);
	}
	print { $self->{items} } slurp_file("$load->{folder}/items.tsv");
}

# ---------------------------------------------------------------------
# Load
# ---------------------------------------------------------------------

my %SMALL = (tiktok_size => 6, youtube_size => 3, tiktok_bytes => 900, youtube_bytes => 1500, compress => 'mixed');

=item $run->generate(%options)

A load of small batches; options as those of AnalyticsTest::generate().

=item $run->publish(LOAD, %options)

With confirms, connecting again as often as it takes, and note it in the manifest.

=cut

sub generate
{
	my ($self, %options) = @_;
	return $self->{test}->generate(%SMALL, name => "$self->{name}" =~ tr/_//dr . ++$self->{generated}, %options);
}

sub publish
{
	my ($self, $load, %options) = @_;
	my $confirmed = $self->{test}->publish($load, persist => 120, %options);
	$self->sent_load($load);
	return $confirmed;
}

=item $run->publish_bodies(BODIES, %options)

The messages of an array, whatever bytes they are of, in this order, with confirms;
returns how many were confirmed.  Nothing is noted in the manifest.

=item $run->publish_inline(EVENTS, %options)

The same of events with their items inside them, C<[EVENT_ID, PROJECT, ITEM ...]> with
an ITEM as C<[ID, CRAWLED_AT, VIEW_COUNT, KIND]>; noted in the manifest as a batch of such
items, posts unless KIND says C<error>.

=item $run->submit(EVENTS)

Put the events of an array, JSON, into the local queue, again and again until it is certain that
they are there.  Nothing is noted in the manifest.

=item $run->start_load(rate => 100, batches => 100)

A process that makes C<batches> at a time and publishes them, C<rate> a second, until
stop_load() is called.  Broker and store may go and come back meanwhile.

=item $run->stop_load

Waits until what was begun is confirmed, and notes all of it in the manifest.

=cut

sub publish_bodies
{
	my ($self, $bodies, %options) = @_;
	my $path = "$self->{folder}/bodies" . ++$self->{bodies};
	my $file = _create($path);

	# an empty line would be no message
	die 'an empty body must be published by itself' if grep { $_ eq '' } @$bodies;
	$file->autoflush(0);
	print {$file} unpack('H*', $_), "\n" for @$bodies;
	close $file or die "could not write \"$path\": $!";
	return $self->{test}->publish({ events => $path }, persist => 120, hex => \1, %options);
}

sub publish_inline
{
	my ($self, $events, %options) = @_;
	my @bodies;

	for my $event (@$events)
	{
		my ($event_id, $project, @items) = @$event;
		my @json = map { sprintf '{"meta":{"id":"%s","crawled_at":"%s"},"content":{"text":"x","view_count":%d}}', $_->[0], $_->[1], $_->[2] // 0 } @items;
		push @bodies,
		  sprintf '{"event_id":"%s","timestamp":"2025-12-06T10:30:00Z","payload":{"job_id":"%s-brand-0","platform":"tiktok","content_count":%d,"items":[%s]}}',
		  $event_id, $project, scalar @items, join ',', @json;
		$self->sent($event_id);
		$self->item($event_id, $_, $items[$_][3] // 'post', $items[$_][0], $project, $items[$_][1], $items[$_][2]) for 0 .. $#items;
	}
	return $self->publish_bodies(\@bodies, %options);
}

sub submit
{
	my ($self, $events) = @_;
	my $test = $self->{test};
	my $list = join ', ', map { AnalyticsTest::literal($_) } @$events;

	return unless @$events;
	poll_until(
		sub {
			$self->{submitted} += @$events;
			my ($status) = $test->node->psql($test->{database}, "SELECT analytics.submit(e::jsonb) FROM unnest(ARRAY[$list]) AS e");
			return $status == 0;
		},
		'events to be submitted',
		120);
}

sub start_load
{
	my ($self, %options) = @_;
	my $rate = $options{rate} // 100;
	my $batches = $options{batches} // $rate;

	$self->{loader_end} = "$self->{folder}/end" . ++$self->{loaders};
	$self->{loader_log} = "$self->{folder}/loaded$self->{loaders}";
	my $log = _create($self->{loader_log});
	my $pid = fork // die "could not fork: $!";
	if ($pid == 0)
	{
		my $status = eval { $self->_load($log, $rate, $batches); 1 } ? 0 : 1;
		print STDERR "the load failed: $@" if $status;
		POSIX::_exit($status);
	}
	$self->{loader} = $pid;
	$self->{publishes} = 1;
}

sub _load
{
	my ($self, $log, $rate, $batches) = @_;

	my $parent = getppid;

	$self->{generated} = 1000 * $self->{loaders};
	until (-e $self->{loader_end} || getppid != $parent)
	{
		my $load = $self->_generate_persistently($batches);
		my $before = $self->{test}->published;
		$self->{test}->publish($load, persist => 120, rate => $rate);
		print {$log} "$load->{folder}\t" . ($self->{test}->published - $before) . "\n";
	}
}

# The store may be down for a while.
sub _generate_persistently
{
	my ($self, $batches) = @_;
	my $youtube = int($batches / 4);
	my $end = time + 120;

	while (1)
	{
		my $load = eval { $self->generate(tiktok => $batches - $youtube, youtube => $youtube) };
		return $load if $load;
		die $@ if time > $end;
		sleep 0.1;
	}
}

sub stop_load
{
	my ($self) = @_;
	my $pid = delete $self->{loader} or return;

	_create($self->{loader_end});
	poll_until(sub { waitpid($pid, POSIX::WNOHANG()) == $pid }, 'the load to be confirmed', 300);
	die 'the load failed' if $? != 0;
	for my $line (split /\n/, slurp_file($self->{loader_log}))
	{
		my ($folder, $published) = split /\t/, $line;
		$self->{submitted} += $published;
		$self->sent_load({ folder => $folder, manifest => "$folder/manifest.tsv" });
	}
}

# Whatever the test ends of, its time limit too.
$SIG{TERM} = sub { $$ == $owner ? exit 1 : POSIX::_exit(1) };
END
{
	local $?;
	if ($$ == $owner)
	{
		$_->_add_to_table('lost=? twice=? FAILED') for @unfinished;
		$_->{usage} && $_->{usage}->stop for @unfinished;
	}
	for my $process (@FaultRun::processes)
	{
		kill 'TERM', $process;
		waitpid $process, 0;
	}
}

# ---------------------------------------------------------------------
# Processes
# ---------------------------------------------------------------------

=item $run->worker_pids, $run->random_worker

Of the node; both wait until there is one.

=item $run->server_pids

Of all processes of the node, the postmaster first.

=item $run->wait_for_workers(COUNT)

Until so many run.

=item $run->wait_for_progress

Until one more batch is committed than there were: the fault met a working system.

=cut

sub worker_pids
{
	my ($self) = @_;
	return @{
		poll_until(
			sub {
				my ($status, $out) = $self->{test}->node->psql('postgres',
					q{SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'analytics worker%'});
				my @pids = $status == 0 ? split /\n/, $out : ();
				return @pids ? \@pids : undef;
			},
			'a worker',
			60)
	};
}

sub random_worker
{
	my ($self) = @_;
	my @pids = $self->worker_pids;
	return $pids[ rand @pids ];
}

sub server_pids
{
	my ($self) = @_;
	my ($postmaster) = split /\n/, slurp_file($self->{test}->node->data_dir . '/postmaster.pid');
	my $children = eval { slurp_file("/proc/$postmaster/task/$postmaster/children") } // '';
	return ($postmaster, split ' ', $children);
}

sub wait_for_workers
{
	my ($self, $count) = @_;
	$self->{test}->wait_for_sql("SELECT count(*) FROM analytics.stat_worker WHERE pid IS NOT NULL", $count);
}

sub wait_for_progress
{
	my ($self) = @_;
	my ($test) = $self->{test};
	my $before = poll_until(
		sub {
			my ($status, $out) = $test->node->psql($test->{database}, 'SELECT count(*) FROM analytics.batches');
			return $status == 0 ? "$out " : undef;
		},
		'the server',
		60);
	$test->wait_for_sql('SELECT count(*) > ' . ($before + 0) . ' FROM analytics.batches', 't', 120);
}

=item $run->workers_are_warm

What memory and files the workers need they have now; unless this is called, ten seconds after their
start.  finish() compares.

=item $run->owner_of_port(PORT, TO)

The worker whose connection to port TO is from PORT; undef: none has one.

=cut

sub workers_are_warm
{
	my ($self) = @_;
	$self->worker_pids;
	$self->{usage}->warm;
}

sub owner_of_port
{
	my ($self, $port, $to) = @_;
	my $ends = sprintf '[0-9A-F]{8}:%04X [0-9A-F]{8}:%04X', $port, $to;
	my ($inode) = slurp_file('/proc/net/tcp') =~ /^\s*\d+: $ends(?: \S+){4}\s+\d+\s+\d+ (\d+)/m or return;

	for my $pid ($self->worker_pids)
	{
		return $pid if grep { (readlink($_) // '') eq "socket:[$inode]" } glob "/proc/$pid/fd/*";
	}
	return;
}

# ---------------------------------------------------------------------
# The proxy
# ---------------------------------------------------------------------

=item $run->proxy(HOST, PORT)

Start test/lib/faulty-proxy in front of it: a hash with C<port>.

=item $run->tell_proxy(COMMAND), $run->proxy_status

One of its commands, and its answer; its counts as a hash.

=item $run->frozen_links

Of the connections that stand still: for how many seconds yet, and in all, as an array by the port of
the worker's end.

=cut

sub proxy
{
	my ($self, $host, $port) = @_;
	my $proxy = { name => "$host:$port" };

	$proxy->{pid} = open2($proxy->{out}, $proxy->{in}, "$LIB/faulty-proxy", $host, $port);
	push @FaultRun::processes, $proxy->{pid};
	$proxy->{in}->autoflush(1);
	$proxy->{port} = _answer_line($proxy);
	return $proxy;
}

# The next line that a program of ours prints.
sub _answer_line
{
	my ($program) = @_;
	die "$program->{name} does not answer" unless IO::Select->new($program->{out})->can_read(30);
	my $line = readline $program->{out} // die "$program->{name} has ended";
	chomp $line;
	return $line;
}

sub tell_proxy
{
	my ($self, $command, $proxy) = @_;
	$proxy //= $self->{proxy};
	print { $proxy->{in} } "$command\n";
	my $answer = _answer_line($proxy);
	die "the proxy said to \"$command\": $answer" if $answer =~ /unknown/;
	return $answer;
}

sub proxy_status
{
	my ($self, $proxy) = @_;
	my %status = $self->tell_proxy('status', $proxy) =~ /(\w+)=(\d+)/g;
	return \%status;
}

sub frozen_links
{
	my ($self, $proxy) = @_;
	my $answer = $self->tell_proxy('frozen', $proxy);
	return map { my ($port, @seconds) = split /:/; ($port => \@seconds) } split / /, $answer;
}

# ---------------------------------------------------------------------
# The store that fails
# ---------------------------------------------------------------------

=item $run->faulty_store

Start test/lib/faulty-store: a hash with C<endpoint>, and C<log>, the file of the paths
that were asked for.

=item $run->create_faulty_store(NAME, STORE, %options)

It as a foreign server, whose only bucket is C<b>.

=cut

sub faulty_store
{
	my ($self) = @_;
	my $store = { log => "$self->{folder}/requests" . ++$self->{stores} };

	$store->{name} = 'the store';
	$store->{pid} = open2($store->{out}, $store->{in}, "$LIB/faulty-store", $store->{log});
	push @FaultRun::processes, $store->{pid};
	$store->{endpoint} = 'http://127.0.0.1:' . _answer_line($store);
	return $store;
}

sub create_faulty_store
{
	my ($self, $name, $store, %options) = @_;
	$self->{test}->create_store($name, endpoint => $store->{endpoint}, buckets => 'b', access_key => undef, secret_key => undef, %options);
}

# ---------------------------------------------------------------------
# The invariants
# ---------------------------------------------------------------------

=item $run->settle

Wait until the queue and the local queue are empty and everything has an outcome.

=item $run->figures

Those of test/lib/faults/check.sql, by name; for a run that finish() cannot judge.

=item $run->finish(%options)

settle(), check every invariant, and print the run's line.  Options: C<outcome>
(false: I1 and I2 were checked by the caller, who gives C<lost> and C<twice>), C<done>
(false: there is more to test), C<duplicates> (so many deliveries must have been skipped, exactly),
C<unmarked> (true: events may have come again without the broker's mark, as the parked ones do, so
it is not known how many at most), C<remark> (for the run's line).

=cut

sub settle
{
	my ($self, $seconds) = @_;
	my $test = $self->{test};
	my $end = time + ($seconds // $SETTLE);

	$self->stop_load;
	$test->wait_for_empty_queue(undef, $end - time) if $test->_uses('rabbitmq');
	$test->wait_for_sql('SELECT count(*) FROM analytics.local_queue', 0, $end - time);
	$test->wait_for_empty_queue(undef, $end - time) if $test->_uses('rabbitmq');
}

sub figures
{
	my ($self, %options) = @_;
	my %numbers = (
		published => $options{unmarked} ? 'NULL' : $self->{test}->published + ($self->{submitted} // 0),
		duplicates => $options{duplicates} // 'NULL');
	my $script = slurp_file("$LIB/faults/check.sql") =~ s/:'(sent|items)'/'$self->{folder}\/$1.tsv'/gr;
	$script =~ s/(?<!:):(published|duplicates)\b/$numbers{$1}/g;
	my $out = $self->{test}->sql($script);
	my %figures = map { /^(\w+)=(\d+)$/ ? ($1 => $2) : () } split /\n/, $out;

	die "the checks printed no figures: $out" unless exists $figures{events_lost};
	note($out);
	return \%figures;
}

sub _secrets_seen
{
	my ($self) = @_;
	my $test = $self->{test};
	my @secrets = grep { defined && length > 7 } @{ $test->{env} // {} }{qw(AMQP_PASSWORD AMQP_ADMIN_PASSWORD S3_SECRET_KEY)};
	my @seen;

	my $log = slurp_file($test->node->logfile);
	my $views = $test->sql(q{SELECT format('SELECT %L, t::text FROM %s AS t;', c.oid::regclass, c.oid::regclass)
		FROM pg_class AS c WHERE c.relkind IN ('r', 'v') AND (c.relnamespace = 'analytics'::regnamespace OR c.oid = 'pg_stat_activity'::regclass)});
	my $rows = $test->sql($views);
	my $titles = join "\n", map { eval { slurp_file("/proc/$_/cmdline") } // '' } split /\n/, $test->sql('SELECT pid FROM pg_stat_activity');
	for my $secret (@secrets)
	{
		push @seen, 'log' if index($log, $secret) >= 0;
		push @seen, 'a view' if index($rows, $secret) >= 0;
		push @seen, 'a title' if index($titles, $secret) >= 0;
	}
	return join ', ', @seen;
}

sub finish
{
	my ($self, %options) = @_;
	my $test = $self->{test};
	my $checked = $options{outcome} // 1;

	$self->settle;
	my $figures = $self->figures(%options);
	if ($checked)
	{
		is($figures->{events_lost}, 0, 'I1: no event is lost');
		is($figures->{events_twice}, 0, 'I1: none is there twice');
		is($figures->{wrong_fate}, 0, 'I1: each is where it should be');
		is($figures->{posts_missing}, 0, 'I2: no post is missing');
		is($figures->{posts_extra}, 0, 'I2: no post is there that should not be');
		is($figures->{posts_wrong}, 0, 'I2: each is its newest crawl, with its figures');
		is($figures->{errors_missing}, 0, 'I2: no crawl error is missing');
		is($figures->{errors_extra}, 0, 'I2: no crawl error is there twice');
	}
	is($figures->{counters_wrong}, 0, 'I3: every counter equals its recomputation');
	is($test->sql('SELECT (SELECT count(*) FROM analytics.local_queue), (SELECT count(*) FROM analytics.attempts)'), '0|0', 'I4: nothing is left in the queues');
	my $crashes = () = slurp_file($test->node->logfile) =~ /terminating any other active server processes/g;
	is($crashes, $self->{crashes}, 'I5: no process crashed but those that should');
	$self->worker_pids;
	is($self->{usage}->problems, '', 'I6: memory and open files are bounded');
	is($self->_secrets_seen, '', 'I7: no secret is seen anywhere');

	my $lost = $options{lost} // 0;
	my $twice = $options{twice} // 0;
	if ($checked)
	{
		$lost += $figures->{$_} for qw(events_lost posts_missing posts_wrong errors_missing);
		$twice += $figures->{$_} for qw(events_twice posts_extra errors_extra);
	}
	my $verdict = Test::More->builder->is_passing ? 'ok' : 'FAILED';
	$self->_add_to_table("lost=$lost twice=$twice $verdict" . (defined $options{remark} ? " # $options{remark}" : ''));
	@unfinished = grep { $_ != $self } @unfinished;
	done_testing() if $options{done} // 1;
}

sub _add_to_table
{
	my ($self, $result) = @_;
	my $line = sprintf 'faults: %s times=%d events=%d %s', @$self{qw(name done events)}, $result;

	note($line);
	append_to_file($ENV{ANALYTICS_FAULTS_TABLE}, basename($0, '.pl') . " $line\n") if $ENV{ANALYTICS_FAULTS_TABLE};
}

=back

=cut

1;
