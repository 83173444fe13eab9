# Secrets that are kept in files, client certificates, and TLS without
# verification: each works when it is right, says what is wrong when it is not,
# and loses nothing in between.

use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use IO::Socket::INET;
use IPC::Run ();
use POSIX qw(mkfifo);
use PostgreSQL::Test::Cluster;
use Test::More;
use Time::HiRes qw(time);

my $test = AnalyticsTest->new('credentials_and_tls');
my $folder = abs_path($test->folder);
my $password = $test->env('AMQP_PASSWORD');
my $secret_key = $test->env('S3_SECRET_KEY');
my $password_file = "$folder/password";
my $secret_key_file = "$folder/secret_key";

sub write_file
{
	my ($path, $content) = @_;
	open my $file, '>:raw', $path or die "$path: $!";
	print {$file} $content or die "$path: $!";
	close $file or die "$path: $!";
}

# Any change tells the worker to read its configuration anew.
my $prefetch = 100;
sub read_again
{
	$test->sql('SELECT analytics.alter_consumer(\'posts\', prefetch => ' . ++$prefetch . ')');
}

sub is_refused
{
	my ($what, $reason, $hint) = @_;
	$test->wait_for_sql(q{SELECT state || ': ' || reason FROM analytics.status}, qr/^misconfigured: .*$reason/);
	like($test->sql('SELECT hint FROM analytics.status'), $hint, "$what: misconfigured, with a hint");
}

my $published = 0;
sub publish
{
	$published++;
	$test->publish($test->generate(tiktok => 1, youtube => 0, name => "c$published"));
}

sub is_done
{
	my ($what) = @_;
	$test->wait_for_batches($published);
	$test->wait_for_sql('SELECT state FROM analytics.status', 'idle');
	is($test->sql('SELECT count(*) FROM analytics.batches') . ', ' . $test->sql('SELECT count(*) FROM analytics.dead_letters'),
		"$published, 0", "$what: all that was published is processed");
}

sub works
{
	my ($what) = @_;
	publish();
	is_done($what);
}

# --- secrets in files ---

write_file($password_file, "$password\n");
write_file($secret_key_file, "$secret_key\r\n");
$test->create_extension;
$test->create_broker('broker', password => undef, password_file => $password_file);
$test->create_store('store', secret_key => undef, secret_key_file => $secret_key_file);
$test->create_consumer('posts');
works('secrets in files, with line ends');
is($test->sql("SELECT count(*) FROM pg_user_mapping WHERE umoptions::text ~ '\Q$password\E|\Q$secret_key\E'"), 0, 'no secret is in the catalogs');

write_file($password_file, 'not-the-password');
read_again();
is_refused('wrong password in the file', 'refused', qr/options "user" and "password" of the user mapping/);
publish();
write_file($password_file, $password);
read_again();
is_done('password mended, without a line end');

write_file($secret_key_file, "not-the-key\n");
read_again();
publish();
is_refused('wrong secret key in the file', 'SignatureDoesNotMatch', qr/secret_key or secret_key_file of the user mapping/);
write_file($secret_key_file, "$secret_key\n");
read_again();
is_done('secret key mended');

my $one_line = qr/^Write the secret alone into it, as one line of at most 4096 bytes\.$/;
for my $case (
	[ 'no file', sub { }, 'could not read file .* of option "%s": No such file', qr/operating system user of the database server/ ],
	[ 'empty file', sub { write_file($_[0], "\n") }, 'of option "%s" is empty', $one_line ],
	[ 'file that is too long', sub { write_file($_[0], 'secret' x 700) }, 'of option "%s" is too long', $one_line ],
	[ 'file with a NUL byte', sub { write_file($_[0], "sec\0ret") }, 'of option "%s" holds a NUL byte', $one_line ],
	[ 'folder', sub { make_path($_[0]) }, 'of option "%s" is no regular file', $one_line ],
	[ 'pipe', sub { mkfifo($_[0], 0600) or die "mkfifo: $!" }, 'of option "%s" is no regular file', $one_line ])
{
	my ($what, $make, $reason, $hint) = @$case;
	for my $option ([ password_file => $password_file, $password ], [ secret_key_file => $secret_key_file, $secret_key ])
	{
		my ($name, $path, $secret) = @$option;
		unlink $path or die "$path: $!";
		$make->($path);
		read_again();
		is_refused("$name, $what", sprintf($reason, $name), $hint);
		-d $path ? rmdir $path : unlink $path;
		write_file($path, "$secret\n");
		read_again();
	}
}
works('all mended');

# a file that comes late needs nobody's word
unlink $password_file;
read_again();
is_refused('no file yet', 'could not read file', qr/operating system user/);
publish();
write_file($password_file, "$password\n");
is_done('the file has come');

# nor does one that is mended while a single event waits
write_file($secret_key_file, "not-the-key\n");
read_again();
publish();
is_refused('wrong secret key for one event', 'SignatureDoesNotMatch', qr/secret_key or secret_key_file of the user mapping/);
write_file($secret_key_file, "$secret_key\n");
is_done('the secret key is mended, and nobody says so');

# a worker that cannot read it is none that cannot end
unlink $password_file;
mkfifo($password_file, 0600) or die "mkfifo: $!";
read_again();
is_refused('pipe', 'no regular file', $one_line);
my ($pid) = $test->worker_pids;
my $started = time;
kill 'TERM', $pid;
poll_until(sub { process_gone($pid) }, "worker $pid ends", 20);
cmp_ok(time - $started, '<', 5, 'pipe: the worker ends when it is told to');
unlink $password_file;
write_file($password_file, "$password\n");
read_again();
works('pipe mended');

# --- the broker wants a client certificate ---

my ($ca, $wrong_ca) = ($test->env('TLS_CA'), $test->env('TLS_WRONG_CA'));
my ($own_cert, $own_key) = ($test->env('TLS_CLIENT_CERT'), $test->env('TLS_CLIENT_KEY'));
my ($wrong_cert, $wrong_key) = ($wrong_ca, $test->env('TLS_WRONG_CA_KEY'));

# One more listener of the same broker, that takes nobody without one.
my $strict_port = PostgreSQL::Test::Cluster::get_free_port();
like($test->erlang(<<~"END"), qr/ok/, 'the broker listens for those with a certificate');
	{ok, Options} = application:get_env(rabbit, ssl_options),
	Strict = lists:keystore(fail_if_no_peer_cert, 1, Options, {fail_if_no_peer_cert, true}),
	rabbit_networking:start_ssl_listener({"127.0.0.1", $strict_port, auto}, Strict, 1).
	END

# The broker closes as soon as it has said no, often with some of ours unread: its
# word must be heard each time all the same.
my $attempts = 12;
sub is_turned_away
{
	my ($what, $alert, $hint) = @_;
	my $reason = qr/no TLS connection to broker "localhost:$strict_port": [^:]*alert $alert/;

	is_refused($what, $reason, $hint);
	is(grep({ broker_says($reason) } 1 .. $attempts), $attempts, "$what: heard in $attempts of $attempts attempts");
}

sub broker_says
{
	my ($reason) = @_;
	return $test->sql(q{SELECT finding FROM analytics.check() WHERE name = 'broker'}) =~ $reason;
}

$test->sql("ALTER SERVER broker OPTIONS (SET port '$strict_port', ADD tls 'on', ADD tls_ca_file '$ca')");
is_turned_away('broker, no certificate', 'certificate required', qr/"tls_cert_file"/);
publish();
$test->sql("ALTER SERVER broker OPTIONS (ADD tls_cert_file '$wrong_cert', ADD tls_key_file '$wrong_key')");
is_turned_away('broker, certificate of another authority', 'bad certificate', qr/"tls_cert_file" and "tls_key_file"/);
$test->sql("ALTER SERVER broker OPTIONS (SET tls_cert_file '$own_cert')");
is_refused('broker, key of another certificate', 'tls_key_file', qr/"tls_cert_file" and "tls_key_file"/);
$test->sql("ALTER SERVER broker OPTIONS (SET tls_key_file '$own_key')");
is_done('broker, certificate and key');

# --- the store wants a client certificate ---

# An https front that takes nobody without one.  Host is part of what is
# signed, so it must arrive as it was sent.
sub start_front
{
	my ($port) = @_;
	my $base = "$folder/front";
	my $backend = $test->env('S3_ENDPOINT');
	my ($cert, $key) = ($test->env('TLS_SERVER_CERT'), $test->env('TLS_SERVER_KEY'));

	make_path($base);
	write_file("$base/nginx.conf", <<~"END");
		daemon off;
		worker_processes 1;
		pid $base/pid;
		error_log $base/error.log;
		events { worker_connections 64; }
		http {
			access_log off;
			client_body_temp_path $base/body;
			proxy_temp_path $base/proxy;
			fastcgi_temp_path $base/fastcgi;
			uwsgi_temp_path $base/uwsgi;
			scgi_temp_path $base/scgi;
			server {
				listen 127.0.0.1:$port ssl;
				ssl_certificate $cert;
				ssl_certificate_key $key;
				ssl_client_certificate $ca;
				ssl_verify_client on;
				location / {
					proxy_pass $backend;
					proxy_set_header Host \$http_host;
				}
			}
		}
		END
	my $front = IPC::Run::start([ 'nginx', '-p', $base, '-c', "$base/nginx.conf", '-e', "$base/error.log" ],
		'<', \undef, '>', "$base/output", '2>&1');
	poll_until(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) }, 'nginx', 20);
	return $front;
}

my $front_port = PostgreSQL::Test::Cluster::get_free_port();
my $front = start_front($front_port);
END
{
	if (defined $front)
	{
		local $?;
		$front->kill_kill(grace => 5);
	}
}

$test->sql("ALTER SERVER store OPTIONS (SET endpoint 'https://localhost:$front_port', ADD tls_ca_file '$ca')");
publish();
is_refused('store, no certificate', 'HTTP 400', qr/tls_cert_file and tls_key_file if the server asks for a certificate/);
$test->sql("ALTER SERVER store OPTIONS (ADD tls_cert_file '$wrong_cert', ADD tls_key_file '$wrong_key')");
is_refused('store, certificate of another authority', 'HTTP 400', qr/tls_cert_file and tls_key_file/);
$test->sql("ALTER SERVER store OPTIONS (SET tls_cert_file '$own_cert')");
is_refused('store, key of another certificate', '', qr/"tls_cert_file" and "tls_key_file"/);
$test->sql("ALTER SERVER store OPTIONS (SET tls_key_file '$own_key')");
is_done('store, certificate and key');

# --- without verification ---

$test->sql("ALTER SERVER store OPTIONS (SET tls_ca_file '$wrong_ca')");
publish();
is_refused('store, wrong authority', '(?i:certificate)', qr/^Set the server option "tls_ca_file"/);
$test->sql("ALTER SERVER store OPTIONS (ADD tls_verify 'off')");
is_done('store, wrong authority, tls_verify off');

$test->sql("ALTER SERVER broker OPTIONS (SET tls_ca_file '$wrong_ca')");
is_refused('broker, wrong authority', '(?i:certificate)', qr/^Set "tls_ca_file" of the broker's server/);
publish();
$test->sql("ALTER SERVER broker OPTIONS (ADD tls_verify 'off')");
is_done('broker, wrong authority, tls_verify off');

$test->sql("ALTER SERVER broker OPTIONS (SET tls_verify 'on', SET tls_ca_file '$ca')");
$test->sql("ALTER SERVER store OPTIONS (SET tls_verify 'on', SET tls_ca_file '$ca')");
works('verified again');

# --- nothing of it is told ---

my $log = $test->log_since(0);
is(index($log, $password), -1, 'no password in the log');
is(index($log, $secret_key), -1, 'no secret key in the log');
is(index($log, 'secret' x 10), -1, 'nor what was too long for one');
unlike($log, qr/not-the-(?:password|key)/, 'nor what was wrong');
done_testing();
