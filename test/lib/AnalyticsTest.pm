
=head1 NAME

AnalyticsTest - a PostgreSQL node with analytics, beside real servers

=head1 SYNOPSIS

  use AnalyticsTest;

  my $test = AnalyticsTest->new('happy_path');
  $test->create_extension;
  $test->create_consumer('posts', workers => 2);
  my $load = $test->generate(tiktok => 20, youtube => 5, compress => 'zstd');
  $test->publish($load);
  $test->wait_for_batches($load->{expect}{batches});
  is($test->sql('SELECT count(*) FROM analytics.post_analytics'),
      $load->{expect}{posts}, 'every post became a row');
  done_testing();

=head1 DESCRIPTION

Starts a node with C<shared_preload_libraries = 'analytics'>, and gives it a
vhost and a bucket of its own on the servers that test/servers started in
C<$ANALYTICS_SERVERS_DIR>.  Without that variable, or when the test asks for
C<own_servers> because it kills and restarts them, it starts its own and stops
them when the test ends.

Nothing here sleeps for a fixed time: whatever can be waited for is polled, and
every wait has an end, after which the test dies with what it was waiting for.

=cut

package AnalyticsTest;

use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use HTTP::Tiny;
use IPC::Run ();
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

our @EXPORT = qw(poll_until process_gone);

# Of every wait that does not say otherwise, in seconds.
our $DEFAULT_TIMEOUT = $PostgreSQL::Test::Utils::timeout_default;

my $TEST_FOLDER = dirname(dirname(abs_path(__FILE__)));
my $EXCHANGE_QUEUE = 'analytics.data.collected';

# Folders of the servers that this process started, and the process that did:
# a forked child must not stop them.
my %own_servers;
my $owner = $$;

=head1 METHODS

=over

=item AnalyticsTest->new(NAME, %options)

NAME (letters, digits, underscores) becomes the node's, the vhost's and, with
hyphens, the bucket's.  Options: C<servers> (array of names, default rabbitmq
and s3; an empty array for a test without any), C<own_servers>, C<conf> (more
lines for postgresql.conf), C<preload> (false: analytics is not preloaded),
C<start> (false: initialise the node only), C<install_path> (of another
PostgreSQL than the one in PATH).

=cut

sub new
{
	my ($class, $name, %options) = @_;
	my $self = bless {
		name => $name,
		bucket => lc($name =~ tr/_/-/r) . "-$$",
		vhost => "$name-$$",
		database => 'postgres',
		folder => PostgreSQL::Test::Utils::tempdir("analytics_$name"),
		servers => $options{servers} // [ 'rabbitmq', 's3' ],
		loads => 0,
	}, $class;

	$self->_init_node(%options);
	$self->_use_servers($options{own_servers}) if @{ $self->{servers} };
	return $self;
}

sub _init_node
{
	my ($self, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($self->{name},
		($options{install_path} ? (install_path => $options{install_path}) : ()));

	# The extension needs UTF8, whatever the locale the tests run in.
	$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
	$node->append_conf('postgresql.conf',
		"shared_preload_libraries = 'analytics'")
	  if $options{preload} // 1;
	$node->append_conf('postgresql.conf', <<~'END');
		fsync = off
		log_statement = none
		log_min_messages = info
		log_line_prefix = '%m [%p] %b %d '
		max_worker_processes = 24
		shared_buffers = 64MB
		max_wal_size = 1GB
		autovacuum_naptime = 10s
		END
	$node->append_conf('postgresql.conf', $options{conf})
	  if defined $options{conf};
	$node->start if $options{start} // 1;
	$self->{node} = $node;
}

=item $test->node, $test->name, $test->vhost, $test->bucket, $test->folder

The PostgreSQL::Test::Cluster; the names; a folder for the test's files.

=cut

sub node { return $_[0]{node} }
sub name { return $_[0]{name} }
sub vhost { return $_[0]{vhost} }
sub bucket { return $_[0]{bucket} }
sub folder { return $_[0]{folder} }

# ---------------------------------------------------------------------
# Servers
# ---------------------------------------------------------------------

sub _use_servers
{
	my ($self, $own) = @_;
	my $folder = $ENV{ANALYTICS_SERVERS_DIR};

	if ($own || !defined $folder || $folder eq '')
	{
		$folder = "$self->{folder}/servers";
		$own_servers{$folder} = 1;
		_run("$TEST_FOLDER/servers", 'start', $folder, @{ $self->{servers} });
	}
	$self->{servers_dir} = $folder;
	$self->{env} = _read_env("$folder/env");
	$self->server_command('vhost', $self->{vhost})
	  if $self->_uses('rabbitmq');
	$self->server_command('bucket', $self->{bucket}) if $self->_uses('s3');
}

sub _uses
{
	my ($self, $server) = @_;
	return scalar grep { $_ eq $server } @{ $self->{servers} };
}

sub _read_env
{
	my ($path) = @_;
	my %env;

	for my $line (split /\n/, slurp_file($path))
	{
		$env{$1} = $2 if $line =~ /^(\w+)='(.*)'$/;
	}
	return \%env;
}

=item $test->env(NAME)

A variable of test/servers, such as AMQP_PORT or TLS_CA.

=cut

sub env
{
	my ($self, $name) = @_;
	return $self->{env}{$name} // die "test/servers gave no variable $name";
}

=item $test->server_command(ACTION, NAME ...)

C<test/servers ACTION DIR NAME ...>: stop, start, kill or restart of rabbitmq or
s3.  Only for a test with C<own_servers>, since the shared ones serve others.

=cut

sub server_command
{
	my ($self, $action, @names) = @_;

	die "a test that says \"$action\" needs own_servers"
	  if $action !~ /^(vhost|bucket|status)$/
	  && !$own_servers{ $self->{servers_dir} };
	return _run("$TEST_FOLDER/servers", $action, $self->{servers_dir},
		@names);
}

# One value for all tests: what is left of these servers goes with the test.
END
{
	if ($$ == $owner)
	{
		local $?;
		system("$TEST_FOLDER/servers", 'stop', $_) for keys %own_servers;
	}
}

# What a test dies of belongs beside its results, not only in the log that
# PostgreSQL::Test sends standard error to.
$SIG{__DIE__} = sub { diag("died: $_[0]") if defined $^S && !$^S };

# Run a program that must succeed; its output.
sub _run
{
	my (@command) = @_;
	my ($out, $err) = ('', '');

	IPC::Run::run(\@command, '<', \undef, '>', \$out, '2>', \$err)
	  or die "\"@command[0 .. ($#command > 2 ? 2 : $#command)] ...\" failed: $err";
	return $out;
}

# ---------------------------------------------------------------------
# SQL
# ---------------------------------------------------------------------

=item $test->sql(QUERY)

Its output, unaligned; dies on an error.

=item $test->sql_error(QUERY)

The error that it must raise, with detail, hint and SQLSTATE.

=cut

sub sql
{
	my ($self, $query) = @_;
	return $self->{node}->safe_psql($self->{database}, $query);
}

sub sql_error
{
	my ($self, $query) = @_;
	my ($status, $out, $err) = $self->{node}->psql($self->{database},
		"\\set VERBOSITY verbose\n$query");

	die "no error from: $query" if $status == 0;
	return $err;
}

sub literal
{
	my ($value) = @_;
	return 'NULL' unless defined $value;
	return $value if $value =~ /^-?\d+$/;
	return "'" . ($value =~ s/'/''/gr) . "'";
}

# OPTIONS (...) of a server or mapping
sub _option_list
{
	my (%options) = @_;
	my @list = map { "$_ '" . ($options{$_} =~ s/'/''/gr) . "'" }
	  grep { defined $options{$_} } sort keys %options;
	return @list ? 'OPTIONS (' . join(', ', @list) . ')' : '';
}

=item $test->create_extension

In the test's database; also switches later methods to $database if given.

=item $test->create_broker(NAME, %options), $test->create_store(NAME, %options)

The foreign server and the current user's mapping, for this test's vhost and
bucket.  Options override those of the server or of the mapping; undef leaves
one out.

=item $test->create_consumer(NAME, %arguments)

With broker C<broker> and store C<store>, created if they are not there yet.
Arguments of analytics.create_consumer() override the defaults.

=cut

sub create_extension
{
	my ($self, $database) = @_;

	if (defined $database)
	{
		$self->{node}->safe_psql('postgres', "CREATE DATABASE $database");
		$self->{database} = $database;
	}
	$self->sql('CREATE EXTENSION analytics');
}

my %MAPPING_OPTIONS = map { $_ => 1 }
  qw(user password password_file access_key secret_key secret_key_file session_token);

sub _create_connection
{
	my ($self, $name, $wrapper, %options) = @_;
	my %mapping;

	$mapping{$_} = delete $options{$_}
	  for grep { $MAPPING_OPTIONS{$_} } keys %options;
	$self->sql("CREATE SERVER $name FOREIGN DATA WRAPPER $wrapper "
		  . _option_list(%options) . ";"
		  . "CREATE USER MAPPING FOR CURRENT_USER SERVER $name "
		  . _option_list(%mapping));
	$self->{connections}{$name} = 1;
}

sub create_broker
{
	my ($self, $name, %options) = @_;

	$self->_create_connection(
		$name, 'analytics_rabbitmq',
		host => $self->env('AMQP_HOST'),
		port => $self->env('AMQP_PORT'),
		vhost => $self->{vhost},
		user => $self->env('AMQP_USER'),
		password => $self->env('AMQP_PASSWORD'),
		%options);
}

sub create_store
{
	my ($self, $name, %options) = @_;

	$self->_create_connection(
		$name, 'analytics_object_store',
		endpoint => $self->env('S3_ENDPOINT'),
		buckets => $self->{bucket},
		access_key => $self->env('S3_ACCESS_KEY'),
		secret_key => $self->env('S3_SECRET_KEY'),
		%options);
}

sub create_consumer
{
	my ($self, $name, %arguments) = @_;
	my %all = (broker => 'broker', store => 'store', %arguments);

	$self->create_broker('broker')
	  if ($all{broker} // '') eq 'broker' && !$self->{connections}{broker};
	$self->create_store('store')
	  if ($all{store} // '') eq 'store' && !$self->{connections}{store};
	my $list =
	  join(', ', map { "$_ => " . literal($all{$_}) } sort keys %all);
	$self->sql(
		"SELECT analytics.create_consumer(" . literal($name) . ", $list)");
}

# ---------------------------------------------------------------------
# Load
# ---------------------------------------------------------------------

sub _loadgen
{
	my ($self, $command, @arguments) = @_;
	my $program = "$TEST_FOLDER/tools/loadgen";

	die "$program is not there: make -C test/tools" unless -x $program;
	local %ENV = (%ENV, %{ $self->{env} // {} });
	return _run($program, $command, @arguments);
}

# (name => value) as --name value; a true flag is given as \1
sub _arguments
{
	my (%options) = @_;
	return map {
		my $name = '--' . ($_ =~ tr/_/-/r);
		ref $options{$_} ? ($name) : ($name, $options{$_})
	} sort keys %options;
}

=item $test->generate(%options)

Make a workload and put its objects into the test's bucket (C<to_file_store =E<gt>
FOLDER>: into that folder instead).  Options are those of C<loadgen generate>,
without hyphens in front and with underscores within.  Returns a hash: C<folder>,
C<manifest>, C<events> (paths), C<expect> (totals by name).

=item $test->publish(LOAD, %options)

Publish its events into the test's vhost with confirms, declaring exchange,
queue and binding first.  Options are those of C<loadgen publish>; a flag is
given as \1.  Returns the number of confirmed messages.

=item $test->publish_body(TEXT, %options)

One message of this body, whatever it is.

=item $test->published

How many messages were published so far, those included that were published again
since no confirm had come.

=cut

sub published { return $_[0]{published} // 0 }

sub generate
{
	my ($self, %options) = @_;
	my $number = ++$self->{loads};
	my $folder = "$self->{folder}/load$number";
	my $store = delete $options{to_file_store};

	make_path($folder);
	$self->_loadgen('generate', '--out', $folder,
		defined $store
		? ('--store', $store)
		: ('--s3', $self->env('S3_ENDPOINT')),
		_arguments(
			bucket => $self->{bucket},
			name => "load$number",
			%options));
	my %load = (
		folder => $folder,
		manifest => "$folder/manifest.tsv",
		events => "$folder/events.jsonl");
	$load{expect} = $self->expect(\%load);
	return \%load;
}

=item $test->expect(LOAD ...)

The totals that all of these together must come to: batches, items, posts,
errors, mismatches, without_project, and the same with tiktok. and youtube.
before it.

=cut

sub expect
{
	my ($self, @loads) = @_;
	my $out =
	  $self->_loadgen('expect', map { $_->{manifest} } @loads);
	my %totals = $out =~ /^(\S+)=(\d+)$/mg;
	return \%totals;
}

sub amqp_url
{
	my ($self) = @_;
	return sprintf 'amqp://%s:%s@%s:%s/%s', $self->env('AMQP_ADMIN_USER'),
	  $self->env('AMQP_ADMIN_PASSWORD'), $self->env('AMQP_HOST'),
	  $self->env('AMQP_PORT'), $self->{vhost};
}

sub publish
{
	my ($self, $load, %options) = @_;
	return $self->_publish('--events', $load->{events}, %options);
}

sub publish_body
{
	my ($self, $body, %options) = @_;
	my $path = "$self->{folder}/body";

	_write_file($path, $body);
	return $self->_publish('--body', $path, %options);
}

sub _publish
{
	my ($self, $what, $path, %options) = @_;
	my $declare = delete $options{declare} // 1;
	my $headers = delete $options{headers} // {};
	my $out = $self->_loadgen('publish', '--url', $self->amqp_url, $what,
		$path, ($declare ? ('--declare', '--mandatory') : ()),
		(map { ('--header', "$_=$headers->{$_}") } sort keys %$headers),
		_arguments(%options));

	$out =~ /^confirmed=(\d+) published=(\d+)/ or die "loadgen publish said: $out";
	$self->{published} += $2;
	return $1;
}

=item $test->event(%payload)

The JSON of an event with these payload fields over sensible ones; C<event_id>
and C<timestamp> are taken out of the payload.  A value of undef leaves a field
out.

=cut

my $event_number = 0;

sub event
{
	my ($self, %payload) = @_;
	my %event = (
		event_id => 'evt_' . ++$event_number,
		event_type => 'data.collected',
		timestamp => '2025-12-06T10:30:00.000Z');
	my %all = (
		project_id => 'proj_test',
		job_id => 'proj_test-brand-0',
		batch_index => 1,
		content_count => 50,
		total_batches => 10,
		platform => 'tiktok',
		task_type => 'research_and_crawl',
		keyword => 'VinFast VF8',
		%payload);

	for my $field (qw(event_id event_type timestamp))
	{
		$event{$field} = delete $all{$field} if exists $all{$field};
	}
	delete $all{$_} for grep { !defined $all{$_} } keys %all;
	delete $event{$_} for grep { !defined $event{$_} } keys %event;
	return JSON::PP->new->canonical->utf8->encode(
		{ %event, payload => \%all });
}

=item $test->put_object(KEY, CONTENT, %options), $test->delete_object(KEY)

In the test's bucket.  Options: C<meta> (hash of user metadata), C<encoding>, C<owner> (of
create_store_user(): into its bucket).

=item $test->put_folder(FOLDER, %options)

Its files, each under its name; the same options, and C<prefix> of the keys.

=cut

sub put_object
{
	my ($self, $key, $content, %options) = @_;
	my $path = "$self->{folder}/object";

	_write_file($path, $content);
	if (my $owner = delete $options{owner})
	{
		$self->_as_owner($owner, 'put', '--bucket', $owner->{bucket}, '--key', $key, '--file', $path, _object_options(%options));
		return;
	}
	$self->_put('--key', $key, '--file', $path, _object_options(%options));
}

sub put_folder
{
	my ($self, $folder, %options) = @_;
	my $prefix = delete $options{prefix};

	$self->_put('--folder', $folder, (defined $prefix ? ('--key', $prefix) : ()), _object_options(%options));
}

sub _put
{
	my ($self, @arguments) = @_;
	$self->_loadgen('put', '--bucket', $self->{bucket}, @arguments);
}

sub _object_options
{
	my (%options) = @_;
	my $meta = $options{meta} // {};

	return ((map { ('--meta', "$_=$meta->{$_}") } sort keys %$meta),
		(defined $options{encoding} ? ('--encoding', $options{encoding}) : ()));
}

=item $test->create_store_user(NAME)

Another user of the S3 server, with a bucket that only it may read: a hash of
C<access_key>, C<secret_key> and C<bucket>.

=cut

sub create_store_user
{
	my ($self, $name) = @_;
	my %user = (
		access_key => 'OTHER' . uc "$name$$",
		secret_key => join('', map { ('a' .. 'z', 0 .. 9)[ rand 36 ] } 1 .. 40),
		bucket => "$self->{bucket}-$name");

	# the server's database may be locked for a moment, or for longer than anybody waits
	my @command = ('timeout', '-k', '5', '20', "$self->{servers_dir}/s3/admin", 'user', 'create', "--uid=$name-$$", "--display-name=$name",
		"--access-key=$user{access_key}", "--secret=$user{secret_key}");
	poll_until(sub { eval { _run(@command); 1 } }, "a user \"$name\" of the S3 server");
	$self->_as_owner(\%user, 'bucket', '--bucket', $user{bucket});
	return \%user;
}

# loadgen with the keys of a user of create_store_user().
sub _as_owner
{
	my ($self, $user, @command) = @_;
	local $self->{env} = { %{ $self->{env} }, S3_ACCESS_KEY => $user->{access_key}, S3_SECRET_KEY => $user->{secret_key} };
	$self->_loadgen(@command);
}

sub delete_object
{
	my ($self, $key) = @_;
	$self->_loadgen('delete', '--bucket', $self->{bucket}, '--key', $key);
}

sub _write_file
{
	my ($path, $content) = @_;

	open my $file, '>:raw', $path or die "could not create \"$path\": $!";
	print {$file} $content or die "could not write \"$path\": $!";
	close $file or die "could not write \"$path\": $!";
}

# ---------------------------------------------------------------------
# Waiting
# ---------------------------------------------------------------------

=item poll_until(CODE, WHAT, TIMEOUT)

Call CODE until it returns true, and return that; dies after TIMEOUT seconds,
naming WHAT.  A function, not a method.

=item $test->wait_for_sql(QUERY, EXPECTED, TIMEOUT)

Until the query's output is EXPECTED (default C<t>) or, given qr//, matches it;
dies with the last output and the end of the server's log.

=item $test->wait_for_batches(COUNT), $test->wait_for_dead_letters(COUNT)

Until so many rows, or more, are there; returns how many.

=cut

sub poll_until
{
	my ($code, $what, $timeout) = @_;
	my $deadline = time + ($timeout // $DEFAULT_TIMEOUT);
	my $pause = 0.01;

	while (1)
	{
		my $result = $code->();
		return $result if $result;
		die "timed out waiting for $what" if time > $deadline;
		sleep $pause;
		$pause *= 1.5 if $pause < 0.2;
	}
}

sub wait_for_sql
{
	my ($self, $query, $expected, $timeout) = @_;
	my $last = '';

	$expected //= 't';
	eval {
		poll_until(
			sub {
				my ($status, $out, $err) =
				  $self->{node}->psql($self->{database}, $query);
				$last = $status == 0 ? $out : $err;
				return $status == 0
				  && (ref $expected ? $out =~ $expected : $out eq $expected);
			},
			$query, $timeout);
		1;
	} or die "$@ last: \"$last\", expected \"$expected\"; "
	  . "the server's log ends with:\n"
	  . $self->_log_tail;
	return $last;
}

sub _wait_for_rows
{
	my ($self, $table, $count, $timeout) = @_;

	$self->wait_for_sql(
		"SELECT count(*) >= $count FROM analytics.$table",
		't', $timeout);
	return $self->sql("SELECT count(*) FROM analytics.$table");
}

sub wait_for_batches { return shift->_wait_for_rows('batches', @_) }
sub wait_for_dead_letters { return shift->_wait_for_rows('dead_letters', @_) }

# ---------------------------------------------------------------------
# The server's log and processes
# ---------------------------------------------------------------------

=item $test->log_position, $test->log_since(POSITION)

The size of the server's log now, and what was added since.

=item $test->wait_for_log(qr//, POSITION, TIMEOUT)

Until what was added since POSITION matches; returns it.

=item $test->worker_pids, $test->process_pids(KIND)

Pids of the running workers; of KIND C<launcher>, C<supervisor> or C<worker>.

=cut

sub log_position
{
	my ($self) = @_;
	return -s $self->{node}->logfile;
}

sub log_since
{
	my ($self, $position) = @_;
	return slurp_file($self->{node}->logfile, $position);
}

sub _log_tail
{
	my ($self) = @_;
	my @lines = split /\n/, slurp_file($self->{node}->logfile);
	return join("\n", splice(@lines, -20 < -@lines ? 0 : -20)) . "\n";
}

sub wait_for_log
{
	my ($self, $pattern, $position, $timeout) = @_;
	return poll_until(
		sub {
			my $text = $self->log_since($position // 0);
			return $text =~ $pattern ? $text : undef;
		},
		"$pattern in the server's log",
		$timeout);
}

sub process_pids
{
	my ($self, $kind) = @_;
	return split /\n/,
	  $self->{node}->safe_psql('postgres',
		"SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'analytics $kind%' ORDER BY backend_start, pid"
	  );
}

sub worker_pids { return $_[0]->process_pids('worker') }

=item process_gone(PID)

Whether the process has ended.  A function, not a method.

=cut

sub process_gone
{
	my ($pid) = @_;
	return !kill 0, $pid;
}

# ---------------------------------------------------------------------
# The broker, from its own side
# ---------------------------------------------------------------------

=item $test->queue(NAME)

What the broker itself counts at this moment, as a hash of C<ready>, C<unacked>
and C<consumers>; undef when there is no such queue.  NAME defaults to the
consumers' default queue.

=item $test->wait_for_empty_queue(NAME, TIMEOUT)

Until it holds nothing, ready or unacknowledged.

=cut

sub queue
{
	my ($self, $name) = @_;
	$name //= $EXCHANGE_QUEUE;
	my $answer = $self->erlang(<<~END);
		case rabbit_amqqueue:lookup(rabbit_misc:r(<<"$self->{vhost}">>, queue, <<"$name">>)) of
		    {ok, Q} ->
		        I = rabbit_amqqueue:info(Q, [messages_ready, messages_unacknowledged, consumers]),
		        list_to_atom(lists:flatten(io_lib:format("q_~p_~p_~p",
		            [V || {_, V} <- I])));
		    _ -> none
		end.
		END

	return undef if $answer =~ /\bnone\b/;
	$answer =~ /q_(\d+)_(\d+)_(\d+)/
	  or die "the broker said of queue \"$name\": $answer";
	return { ready => $1, unacked => $2, consumers => $3 };
}

sub wait_for_empty_queue
{
	my ($self, $name, $timeout) = @_;

	poll_until(
		sub {
			my $queue = $self->queue($name);
			return $queue && $queue->{ready} + $queue->{unacked} == 0;
		},
		'an empty queue',
		$timeout);
}

=item $test->erlang(EXPRESSION)

Evaluate it inside the broker, in milliseconds.

=cut

sub erlang
{
	my ($self, $expression) = @_;
	my ($out, $err);

	# On a busy machine erl_call may give up before the broker has answered it.
	for (1 .. 5)
	{
		($out, $err) = ('', '');
		return $out
		  if IPC::Run::run([ "$self->{servers_dir}/rabbitmq-eval" ],
			'<', \$expression, '>', \$out, '2>', \$err);
		sleep 0.2;
	}
	die "the broker refused $expression: $out $err";
}

=item $test->broker_api(METHOD, PATH, BODY)

The broker's management API as its administrator; BODY is a structure to send.
Returns the decoded answer.  In PATH, C<VHOST> stands for the test's vhost.
Its message counts are seconds old: use C<queue>.

=cut

sub broker_api
{
	my ($self, $method, $path, $body) = @_;
	my $json = JSON::PP->new->utf8->allow_nonref;
	my $user = join ':', $self->env('AMQP_ADMIN_USER'),
	  $self->env('AMQP_ADMIN_PASSWORD');

	$path =~ s/VHOST/$self->{vhost}/g;
	my $response = HTTP::Tiny->new(timeout => 20)->request(
		$method,
		$self->env('AMQP_API') . "/$path",
		{
			headers => {
				'authorization' => 'Basic ' . encode_base64($user, ''),
				'content-type' => 'application/json'
			},
			(defined $body ? (content => $json->encode($body)) : ())
		});
	die "$method $path: $response->{status} $response->{content}"
	  unless $response->{success};
	return ($response->{content} // q{}) =~ /\S/
	  ? $json->decode($response->{content})
	  : undef;
}

=item $test->set_permissions(USER, CONFIGURE, WRITE, READ)

Of a user on the test's vhost, as regular expressions.

=cut

sub set_permissions
{
	my ($self, $user, $configure, $write, $read) = @_;

	$self->broker_api('PUT', "permissions/VHOST/$user",
		{ configure => $configure, write => $write, read => $read });
}

=back

=cut

1;
