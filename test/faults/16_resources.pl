# Row 16: the database is in the way.  Disk full, a lock that somebody holds,
# read-only, no connection slots, no worker slots, limits of a role and of a
# database.  Each is said, costs no event an attempt, and is over by itself once
# its cause is.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use FaultRun;
use File::Temp ();
use Test::More;

my $WORKERS = 2;
my $MAX_CONNECTIONS = 24;
my $RESERVED = 3;

my $run = FaultRun->new(
	'resources',
	times => [ 1, 20 ],
	workers => $WORKERS,
	setup => 0,
	consumer => { role => 'ingester' },
	conf => "max_connections = $MAX_CONNECTIONS\nsuperuser_reserved_connections = $RESERVED\nmax_worker_processes = 10\nmax_parallel_workers = 10");
my $test = $run->test;
my $node = $test->node;

# The workers' role is an ordinary one: limits do not hold for superusers.
sub setup
{
	$test->create_extension;
	$test->create_broker('broker');
	$test->create_store('store');
	my %mapping = (
		broker => { user => $test->env('AMQP_USER'), password => $test->env('AMQP_PASSWORD') },
		store => { access_key => $test->env('S3_ACCESS_KEY'), secret_key => $test->env('S3_SECRET_KEY') });
	$run->sql('CREATE ROLE ingester LOGIN');
	for my $server (sort keys %mapping)
	{
		my $options = join ', ', map { "$_ " . AnalyticsTest::literal("$mapping{$server}{$_}") } sort keys %{ $mapping{$server} };
		$run->sql("GRANT USAGE ON FOREIGN SERVER $server TO ingester; CREATE USER MAPPING FOR ingester SERVER $server OPTIONS ($options)");
	}
	$run->create_consumer;
}

sub publish { return $run->publish($run->generate(tiktok => 30, youtube => 5)) }

sub says
{
	my ($what, $state, $reason, $hint) = @_;
	# all at once: it is tried again and again
	$test->wait_for_sql(q{SELECT concat_ws(' ; ', state, reason, hint) FROM analytics.status}, qr/^$state ; .*$reason.* ; .*$hint/, 120);
	pass("$what: $state, with reason and hint");
}

sub processed
{
	my ($what) = @_;
	$test->wait_for_sql("SELECT count(*) >= $run->{events} FROM analytics.batches", 't', 180);
	is($test->sql('SELECT count(*), (SELECT count(*) FROM analytics.dead_letters) FROM analytics.batches'),
		"$run->{events}|0", "$what: each event is processed once, none is given up");
	is($test->sql('SELECT (SELECT count(*) FROM analytics.attempts), (SELECT coalesce(sum(attempts), 0) FROM analytics.local_queue)'),
		'0|0', "$what: none has lost an attempt");
}

sub end_workers { kill 'TERM', $run->worker_pids }

sub session
{
	my ($user) = @_;
	return $node->background_psql('postgres', timeout => 900, extra_params => [ '-U', $user ]);
}

# ---------------------------------------------------------------------

my $disk = $ENV{ANALYTICS_SMALL_DISK} // '';

# With all its indexes.
sub move_posts
{
	my ($tablespace) = @_;
	my $indexes = $test->sql(q{SELECT string_agg(indexrelid::regclass::text, ' ') FROM pg_index WHERE indrelid = 'analytics.post_analytics'::regclass});
	$test->sql(join ';', "ALTER TABLE analytics.post_analytics SET TABLESPACE $tablespace",
		map { "ALTER INDEX $_ SET TABLESPACE $tablespace" } split / /, $indexes);
}

# With all that is left.
sub fill_disk
{
	my ($path) = @_;
	my $block = 'x' x 8192;
	open my $file, '>', $path or die "could not create \"$path\": $!";
	while (1)
	{
		my $written = syswrite $file, $block;
		last unless defined $written && $written == length $block;
	}
	my $full = $!{ENOSPC};
	close $file;
	die "the disk \"$disk\" is not full: $!" unless $full;
}

sub disk_full
{
	my $redelivered = $test->sql('SELECT count(*) FROM analytics.batches WHERE redelivered');
	my $sent = 0;

	my $folder = File::Temp->newdir('postsXXXXXX', DIR => $disk);
	my $filler = File::Temp->new(DIR => $disk, TEMPLATE => 'fillerXXXXXX');
	$test->sql("CREATE TABLESPACE small LOCATION '$folder'");
	move_posts('small');
	close $filler;    # or its blocks would outlive its name
	fill_disk("$filler");
	poll_until(
		sub {
			# what is free in its pages is filled first
			my $queue = $test->queue;
			publish() if $sent < 20 && $queue->{ready} + $queue->{unacked} == 0 && ++$sent;
			return $test->sql('SELECT state FROM analytics.status') eq 'blocked';
		},
		'a commit to fail',
		120);
	says('disk full', 'blocked', qr/could not (extend|write).*No space left on device/, qr/[Ff]ree disk space/);
	is($test->sql(q{SELECT DISTINCT last_error_sqlstate FROM analytics.stat_worker WHERE last_error_sqlstate IS NOT NULL}), '53100', 'disk full: as 53100');
	poll_until(sub { my $queue = $test->queue; $queue->{ready} > 0 && $queue->{unacked} == 0 }, 'the deliveries to be given back', 120);
	pass('disk full: the deliveries are given back');
	is($test->sql('SELECT count(*) FROM analytics.dead_letters'), 0, 'disk full: no event is given up');
	unlink "$filler" or die "could not remove \"$filler\": $!";
	processed('disk full');
	cmp_ok($test->sql('SELECT count(*) FROM analytics.batches WHERE redelivered'), '>', $redelivered, 'disk full: they came again');
	move_posts('pg_default');
	$test->sql('DROP TABLESPACE small');
}

sub lock_held
{
	my $holder = session('postgres_owner');
	$holder->query_safe('BEGIN; LOCK TABLE analytics.post_analytics IN ACCESS EXCLUSIVE MODE');
	publish();
	says('lock held', 'blocked', qr/lock timeout/, qr/pg_locks/);
	$holder->query_safe('ROLLBACK');
	$holder->quit;
	processed('lock held');
}

sub read_only
{
	$test->sql('ALTER SYSTEM SET default_transaction_read_only = on');
	$node->reload;
	$test->wait_for_sql('SHOW default_transaction_read_only', 'on');
	publish();
	says('read-only', 'blocked', qr/read-only/, qr/default_transaction_read_only = off/);
	$test->sql('ALTER SYSTEM RESET default_transaction_read_only');
	$node->reload;
	processed('read-only');
}

# By a limit of time for everybody, which workers must neither take over nor suffer from.
sub short_timeouts
{
	$test->sql("ALTER ROLE ingester SET $_ = '1ms'") for qw(statement_timeout lock_timeout idle_in_transaction_session_timeout);
	end_workers();
	publish();
	processed('time limits of the role');
	$test->sql('ALTER ROLE ingester RESET ALL');
	end_workers();
}

# Fillers connect until no ordinary role can; the superuser's slots are ours.
sub no_connections
{
	my @idle;
	while (@idle < $MAX_CONNECTIONS)
	{
		my ($status) = $node->psql('postgres', 'SELECT 1', extra_params => [ '-U', 'idler' ]);
		last if $status != 0;
		push @idle, session('idler');
	}
	my ($status, $out, $err) = $node->psql('postgres', 'SELECT 1', extra_params => [ '-U', 'idler' ]);
	like($err, qr/remaining connection slots are reserved/, 'no connection slots: ' . @idle . ' sessions hold them all');
	my @before = $run->worker_pids;
	end_workers();
	publish();
	processed('no connection slots');
	my %old = map { $_ => 1 } @before;
	is(scalar(grep { $old{$_} } $run->worker_pids), 0, 'no connection slots: it was done by new workers');
	$_->quit for @idle;
}

# Parallel queries take every slot, and those of the workers as these end.
my $PARALLEL = <<'END' =~ s/\n/ /gr;
	SET max_parallel_workers_per_gather = 8; SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
	SELECT count(pg_sleep(0.05)) FROM public.rows;
END

sub take_slots
{
	my $session = session('postgres_owner');
	$session->query_until(qr/begun/, "\\echo begun\n$PARALLEL\n");
	return $session;
}

sub no_worker_slots
{
	my @sessions = take_slots();
	poll_until(sub { $test->sql(q{SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'}) eq 't' }, 'parallel workers');
	my $state = q{SELECT count(*) FROM analytics.stat_worker WHERE pid IS NULL AND state = 'blocked' AND reason = 'no free background worker slot' AND hint LIKE 'Raise max_worker_processes%'};
	poll_until(
		sub {
			return 1 if $test->sql($state) > 0;
			my ($pid) = $test->worker_pids;
			kill 'TERM', $pid if $pid;
			poll_until(sub { process_gone($pid) }, 'a worker to end') if $pid;
			push @sessions, take_slots() if @sessions < 8;
			return $test->sql($state) > 0;
		},
		'no free worker slot',
		120);
	pass('no worker slots: the workers that have none say so');
	publish();
	$test->sql(q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.05)%' AND pid <> pg_backend_pid() AND backend_type = 'client backend'});
	$_->{run}->kill_kill for @sessions;
	$run->wait_for_workers($WORKERS);
	processed('no worker slots');
}

# Sessions of the role were there before the limit was set: it holds for who comes now.
sub all_processed { return $test->sql("SELECT count(*) >= $run->{events} FROM analytics.batches") eq 't' }

sub connection_limit
{
	my ($what, $set, $reset, $log) = @_;
	my @sessions = map { session('ingester') } 1 .. 2;
	my $position = $test->log_position;

	$test->sql($set);
	end_workers();
	publish();
	# By version of the server, a limit holds for its own processes, or not.
	poll_until(sub { return $test->log_since($position) =~ $log || all_processed() }, 'the limit to hold, or not to', 60);
	if (!all_processed())
	{
		$test->wait_for_sql(q{SELECT count(*) > 0 FROM analytics.stat_worker WHERE pid IS NULL AND state = 'stopped' AND reason LIKE 'the worker ended unexpectedly%' AND hint LIKE 'See the server%'});
		pass("$what: it is said that the workers do not stay");
	}
	$test->sql($reset);
	$run->wait_for_workers($WORKERS);
	processed($what);
	$_->quit for @sessions;
}

# ---------------------------------------------------------------------

setup();
$run->sql(<<~'END');
	CREATE ROLE idler LOGIN;
	CREATE ROLE postgres_owner LOGIN SUPERUSER;
	CREATE TABLE public.rows WITH (fillfactor = 10, parallel_workers = 8) AS SELECT repeat('x', 500) AS filler FROM generate_series(1, 4000);
	ANALYZE public.rows
	END
$test->wait_for_sql('SELECT count(*) FROM analytics.stat_worker WHERE broker_connected', $WORKERS);
my @faults = (
	\&lock_held, \&read_only, \&short_timeouts, \&no_connections, \&no_worker_slots,
	sub { connection_limit('limit of the role', 'ALTER ROLE ingester CONNECTION LIMIT 1', 'ALTER ROLE ingester CONNECTION LIMIT -1', qr/too many connections for role "ingester"/) },
	sub { connection_limit('limit of the database', 'ALTER DATABASE postgres CONNECTION LIMIT 1', 'ALTER DATABASE postgres CONNECTION LIMIT -1', qr/too many connections for database "postgres"/) });
if ($disk ne '')
{
	unshift @faults, \&disk_full;
}
else
{
	diag('NOT TESTED: a full disk.  It needs a small one, which root or sudo can mount: see test/run.');
	SKIP: { is_full() ? fail('a full disk is tested') : skip 'no small disk in ANALYTICS_SMALL_DISK: a full disk is not tested', 1 }
}
for my $fault (@faults)
{
	$run->repeat($fault);
}
$run->finish($disk eq '' ? (remark => 'disk full not tested') : ());
