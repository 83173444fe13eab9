# analytics.check() beside real servers: what is well is called well, each thing
# that is wrong is named with what mends it, and nothing is changed anywhere.

use strict;
use warnings FATAL => 'all';

use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::RealBin/../lib";
use AnalyticsTest;
use CheckRows;
use POSIX qw(strftime);
use Test::More;

my $test = AnalyticsTest->new('check');
my $password = $test->env('AMQP_PASSWORD');
my $secret_key = $test->env('S3_SECRET_KEY');
my $user = $test->env('AMQP_USER');
my $vhost = $test->vhost;
my $bucket = $test->bucket;

# The rows of check(), kept until something is changed.
my %rows;

# One check, as "status: finding -> hint"; what it says of several times, by lines.
sub found
{
	my ($name, $subject) = @_;
	%rows = %{ look($test) } unless %rows;
	return join "\n", @{ $rows{$name}{ $subject // '' } // ["no row $name of " . ($subject // 'NULL')] };
}

sub finds
{
	my ($what, $name, $subject, $pattern) = @_;
	like(found($name, $subject), $pattern, "$what: $name");
}

sub change
{
	my ($statement) = @_;
	%rows = ();
	$test->sql($statement);
}

sub alter_consumer
{
	my ($consumer, %arguments) = @_;
	my $list = join ', ', map { "$_ => $arguments{$_}" } sort keys %arguments;
	change("SELECT analytics.alter_consumer('$consumer', $list)");
}

# Everything that the vhost holds, from the broker's own side.
sub broker_objects
{
	my @exchanges = map { "$_->{name} $_->{type}" } @{ $test->broker_api('GET', 'exchanges/VHOST') };
	my @queues = map { $_->{name} } @{ $test->broker_api('GET', 'queues/VHOST') };
	my @bindings = map { "$_->{source}>$_->{destination}:$_->{routing_key}" } @{ $test->broker_api('GET', 'bindings/VHOST') };
	return join "\n", sort @exchanges, @queues, @bindings;
}

sub declare_exchange
{
	my ($name, %how) = @_;
	$test->broker_api('PUT', "exchanges/VHOST/$name", { type => 'topic', durable => \1, auto_delete => \0, arguments => {}, %how });
}

sub declare_queue
{
	my ($name, %arguments) = @_;
	$test->broker_api('PUT', "queues/VHOST/$name", { durable => \1, auto_delete => \0, arguments => \%arguments });
}

# --- all is well ---

$test->create_extension;
$test->create_consumer('posts');
$test->wait_for_sql('SELECT state FROM analytics.status', 'idle');
is($test->sql(q{SELECT string_agg(name || ' ' || status, ', ' ORDER BY name) FROM analytics.check() WHERE status <> 'ok'}),
	'consumer_timeout unknown, dead_letter_exchange skipped, delivery_limit skipped, exporter_role skipped, fsync error',
	'all is well, but that tests do without fsync');
finds('well', 'broker', 'broker', qr/^ok: RabbitMQ [\d.]+ at "[^"]+:\d+" lets user "$user" into vhost "\Q$vhost\E"$/);
finds('well', 'exchange', 'posts', qr/^ok: exchange "smap\.events" is a durable topic exchange$/);
finds('well', 'queue', 'posts', qr/^ok: classic queue "analytics\.data\.collected" is there, with the consumer's arguments: 0 messages ready, 1 consumers$/);
finds('well', 'store', 'store', qr/^ok: "\Q@{[ $test->env('S3_ENDPOINT') ]}\E" answers, asked as role "/);
finds('well', 'bucket', "store/$bucket", qr/^ok: bucket "\Q$bucket\E" can be read$/);
finds('well', 'clock', 'store', qr/^ok: the store's clock and this machine's agree$/);
finds('well', 'consumer_timeout', 'posts', qr/^unknown: .* 240000 ms at most -> .*rabbitmqctl eval 'application:get_env\(rabbit, consumer_timeout\)\.'$/);

# --- nothing is taken, and nothing is made ---

change(q{SELECT analytics.pause('posts')});
$test->publish($test->generate(tiktok => 3, youtube => 0, name => 'kept'));
poll_until(sub { $test->queue->{ready} == 3 }, 'three messages in the queue');
%rows = ();
finds('with messages', 'queue', 'posts', qr/^ok: .*: 3 messages ready/);
is_deeply([ @{ $test->queue }{qw(ready unacked)} ], [ 3, 0 ], 'no message was taken');
change(q{SELECT analytics.resume('posts')});
$test->wait_for_batches(3);
is($test->sql('SELECT count(*) FROM analytics.batches WHERE redelivered'), 0, 'nor was one delivered before');

%rows = ();
$test->create_consumer('other', enabled => 'false', exchange => 'other.events', queue => 'other.queue');
my $before = broker_objects();
finds('not there yet', 'exchange', 'other', qr/^warning: exchange "other\.events" is not there yet: a worker declares it when it connects -> /);
finds('not there yet', 'queue', 'other', qr/^warning: queue "other\.queue" is not there yet/);
is(broker_objects(), $before, 'neither was made');
is(scalar(split(/\n/, found('broker', 'broker'))), 1, 'a broker of two consumers is told of once');

alter_consumer('other', passive => 'true');
finds('passive, and missing', 'exchange', 'other', qr/^error: .*other\.events.*NOT_FOUND.* -> Create it, or set the consumer's "passive" to false/);
finds('passive, and missing', 'queue', 'other', qr/^error: .*other\.queue.*NOT_FOUND.* -> Create it, or set the consumer's "passive" to false/);
is(broker_objects(), $before, 'still neither was made');

# --- exchanges ---

declare_exchange('other.direct', type => 'direct');
declare_exchange('other.transient', durable => \0);
declare_exchange('other.alternate', arguments => { 'alternate-exchange' => 'amq.fanout' });
$before = broker_objects();
alter_consumer('other', passive => 'false', exchange => "'other.direct'");
finds('of another type', 'exchange', 'other', qr/^error: .*inequivalent arg 'type'.* current is 'direct'.* -> The consumer declares a durable topic exchange/);
alter_consumer('other', passive => 'true');
finds('of another type, passive', 'exchange', 'other', qr/^warning: exchange "other\.direct" is of type 'direct', not a topic exchange -> .*rabbitmqctl list_bindings -p '\Q$vhost\E'/);
alter_consumer('other', exchange => "'other.transient'");
finds('not durable, passive', 'exchange', 'other', qr/^ok: exchange "other\.transient" is there \(durable is 'false'\)$/);
alter_consumer('other', passive => 'false');
finds('not durable', 'exchange', 'other', qr/^error: .*inequivalent arg 'durable'/);
alter_consumer('other', exchange => "'other.alternate'");
finds('with an alternate', 'exchange', 'other', qr/^error: .*inequivalent arg 'alternate-exchange'/);
alter_consumer('other', exchange => "'smap.events'");
finds('as it should be', 'exchange', 'other', qr/^ok: /);

# --- queues ---

declare_queue('other.classic');
declare_queue('other.quorum', 'x-queue-type' => 'quorum', 'x-delivery-limit' => 5, 'x-dead-letter-exchange' => 'other.direct');
declare_queue('other.low', 'x-queue-type' => 'quorum', 'x-delivery-limit' => 2, 'x-dead-letter-exchange' => 'nowhere');
declare_queue('other.plain', 'x-queue-type' => 'quorum');
# from RabbitMQ 4.3 on only quorum queues have a consumer timeout of their own
my ($major, $minor) = split /\./, $test->broker_api('GET', 'overview')->{rabbitmq_version};
my $patient_type = $major > 4 || ($major == 4 && $minor >= 3) ? 'quorum' : 'classic';
my @patient_type = $patient_type eq 'quorum' ? ('x-queue-type' => 'quorum') : ();
declare_queue('other.patient', 'x-consumer-timeout' => 3600000, @patient_type);
$before = broker_objects();
alter_consumer('other', queue => "'other.classic'", queue_type => "'quorum'");
finds('of another type', 'queue', 'other', qr/^error: .*inequivalent arg 'x-queue-type'.* -> Set the consumer's "queue_type" and "queue_arguments"/);
alter_consumer('other', queue_type => "'classic'", queue_arguments => q{'{"x-message-ttl": 60000}'});
finds('with other arguments', 'queue', 'other', qr/^error: .*inequivalent arg 'x-message-ttl'/);
alter_consumer('other', passive => 'true');
finds('with other arguments, passive', 'queue', 'other', qr/^ok: queue "other\.classic" is there: 0 messages ready, 0 consumers$/);

alter_consumer('other', passive => 'false', queue => "'other.quorum'", queue_type => "'quorum'", queue_arguments => q{'{"x-delivery-limit": 5, "x-dead-letter-exchange": "other.direct"}'});
finds('with a limit', 'queue', 'other', qr/^ok: quorum queue/);
finds('with a limit', 'delivery_limit', 'other', qr/^ok: the delivery limit of queue "other\.quorum" is 5$/);
finds('with a limit', 'dead_letter_exchange', 'other', qr/^ok: what the broker takes away goes to exchange "other\.direct"$/);
alter_consumer('other', queue => "'other.low'", queue_arguments => q{'{"x-delivery-limit": 2, "x-dead-letter-exchange": "nowhere"}'});
finds('with a low limit', 'delivery_limit', 'other', qr/^warning: the delivery limit of queue "other\.low" is 2: .* -> Give it an x-delivery-limit of 3 or more/);
finds('and no dead letter exchange', 'dead_letter_exchange', 'other', qr/^error: exchange "nowhere" is not there: what the broker takes away is lost -> Create the exchange/);
alter_consumer('other', queue => "'other.plain'", queue_arguments => q{'{}'});
finds('by a policy or not', 'delivery_limit', 'other', qr/^unknown: .* -> rabbitmqctl list_queues -p '\Q$vhost\E' .*effective_policy_definition/);
finds('by a policy or not', 'dead_letter_exchange', 'other', qr/^unknown: .* -> rabbitmqctl list_queues/);
alter_consumer('other', queue => "'other.patient'", queue_type => "'$patient_type'", queue_arguments => q{'{"x-consumer-timeout": 3600000}'});
# the argument counts from RabbitMQ 3.12 on
finds("the queue's own, as RabbitMQ $major.$minor takes it", 'consumer_timeout', 'other',
	$major > 3 || $minor >= 12
	? qr/^ok: the consumer timeout of queue "other\.patient" is 3600000 ms, /
	: qr/^unknown: /);

alter_consumer('other', queue => "'other.quorum'", queue_type => "'quorum'", queue_arguments => q{'{"x-delivery-limit": 50, "x-dead-letter-exchange": "other.direct"}'});
finds('with another limit', 'queue', 'other', qr/^error: .*inequivalent arg 'x-delivery-limit'/);
finds('with another limit', 'delivery_limit', 'other', qr/^unknown: /);
is(broker_objects(), $before, 'no question made or changed anything');
is($test->sql(q{SELECT count(*) FROM analytics.check() WHERE subject = 'posts' AND name IN ('exchange', 'queue') AND status = 'ok'}), 2, 'refusals of one consumer do not touch the other');

# --- newer brokers, by their own word ---

# What a broker says passes through $edit, see relay().
sub through
{
	my ($edit, $check) = @_;
	my ($host, $port) = ($test->env('AMQP_HOST'), $test->env('AMQP_PORT'));
	my $socket = listener();
	my $child = serve($socket, sub { relay($_[0], $host, $port, $edit) });

	change('ALTER SERVER broker OPTIONS (SET port \'' . $socket->sockport . '\')');
	$check->();
	change("ALTER SERVER broker OPTIONS (SET port '$port')");
	stop_serving($child);
}

# Passes everything on, but another version of the same length.
sub as_version
{
	my ($version, $check) = @_;
	through(sub { s/(versionS\0\0\0)(.)([\d.]+)/$1 . $2 . substr($version . '0' x 20, 0, length $3)/e; return 1 }, $check);
}

# from RabbitMQ 4.3 on a declaration with another timeout is refused
sub declare_patient
{
	my ($timeout) = @_;
	$test->broker_api('DELETE', 'queues/VHOST/other.patient');
	declare_queue('other.patient', 'x-consumer-timeout' => $timeout, @patient_type);
	alter_consumer('other', queue_arguments => qq{'{"x-consumer-timeout": $timeout}'});
}

alter_consumer('posts', enabled => 'false');
as_version('3.12.', sub {
	alter_consumer('other', queue => "'other.patient'", queue_type => "'$patient_type'");
	declare_patient(60000);
	finds('3.12', 'broker', 'broker', qr/^ok: RabbitMQ 3\.12/);
	finds('of a minute', 'consumer_timeout', 'other', qr/^error: the consumer timeout of queue "other\.patient" is 60000 ms, and a delivery is held for 240000 ms at most -> Give it an x-consumer-timeout of more than 240000/);
	declare_patient(3600000);
	finds('of an hour', 'consumer_timeout', 'other', qr/^ok: /) });
as_version('4.0.', sub {
	alter_consumer('other', queue => "'other.plain'", queue_type => "'quorum'", queue_arguments => q{'{}'});
	finds('4.0', 'delivery_limit', 'other', qr/^unknown: RabbitMQ 4\.0\S* takes a message of a quorum queue away after 20 deliveries, unless a policy says otherwise.* -> rabbitmqctl list_queues/) });
alter_consumer('other', queue_type => "'classic'");

# --- a broker that goes away in the middle ---

# 50, 10: queue.declare; 40, 10: exchange.declare
through(sub { return !($_[0] && /\x01\0\x01.{4}\0\x28\0\x0a/s) }, sub {
	finds('lost before the exchange', 'broker', 'broker', qr/^ok: /);
	finds('lost before the exchange', 'exchange', 'other', qr/^error: .*(closed|lost)/);
	finds('lost before the exchange', 'queue', 'other', qr/^error: .*(closed|lost)/) });
through(sub { return !($_[0] && /\x01\0\x01.{4}\0\x32\0\x0a/s) }, sub {
	finds('lost before the queue', 'exchange', 'other', qr/^(ok|warning): /);
	finds('lost before the queue', 'queue', 'other', qr/^error: .*(closed|lost)/) });

# --- rights of the broker's user ---

alter_consumer('other', queue => "'analytics.data.collected'", queue_arguments => q{'{}'});
%rows = ();
$test->set_permissions($user, '^$', '.*', '.*');
finds('may not declare', 'exchange', 'other', qr/^error: .*ACCESS_REFUSED.* -> Let the broker's user configure, write and read there/);
finds('may not declare', 'queue', 'other', qr/^error: .*ACCESS_REFUSED/);
alter_consumer('other', passive => 'true');
finds('may not declare, passive', 'exchange', 'other', qr/^unknown: exchange "smap\.events" is there; of what type is not told to user "$user" -> rabbitmqctl list_exchanges/);
finds('may not declare, passive', 'queue', 'other', qr/^ok: /);
%rows = ();
$test->set_permissions($user, '.*', '.*', '.*');
change(q{SELECT analytics.drop_consumer('other')});

# --- the broker ---

my $port = $test->env('AMQP_PORT');
change(q{SELECT analytics.alter_consumer('posts', enabled => false)});
change(q{ALTER USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (SET password 'wrong-password')});
finds('wrong password', 'broker', 'broker', qr/^error: .*login of user "$user".*ACCESS_REFUSED.* -> Check the options "user" and "password"/);
finds('wrong password', 'queue', 'posts', qr/^skipped: the broker cannot be asked$/);
change("ALTER USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (SET password '$password')");
change(q{ALTER SERVER broker OPTIONS (SET vhost 'nowhere')});
finds('wrong vhost', 'broker', 'broker', qr/^error: .*vhost "nowhere".* -> Check the option "vhost"/);
change("ALTER SERVER broker OPTIONS (SET vhost '$vhost', SET port '1')");
finds('wrong port', 'broker', 'broker', qr/^error: could not connect to broker "[^"]+:1": connection refused -> Check the options "host" and "port"/);
change("ALTER SERVER broker OPTIONS (SET port '" . $test->env('AMQP_TLS_PORT') . "', ADD tls 'on', ADD tls_ca_file '" . $test->env('TLS_WRONG_CA') . "')");
finds('another authority', 'broker', 'broker', qr/^error: .*(certificate|verif).* -> Set "tls_ca_file"/i);
change("ALTER SERVER broker OPTIONS (SET tls_ca_file '" . $test->env('TLS_CA') . "')");
finds('TLS', 'broker', 'broker', qr/^ok: .*, over TLS$/);
change("ALTER SERVER broker OPTIONS (SET port '$port', DROP tls, DROP tls_ca_file)");
change('DROP USER MAPPING FOR CURRENT_USER SERVER broker');
finds('no user mapping', 'broker', 'broker', qr/^error: role ".*" has no user mapping for server "broker" .* -> CREATE USER MAPPING FOR/);
change("CREATE USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (user '$user', password_file '/nowhere')");
finds('no password file', 'broker', 'broker', qr/^error: could not read file "\/nowhere" of option "password_file"/);
change("ALTER USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (DROP password_file, ADD password '$password')");
finds('mended', 'broker', 'broker', qr/^ok: /);

# --- the store ---

change(q{ALTER USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (SET secret_key 'wrong-secret')});
finds('wrong secret key', 'store', 'store', qr/^error: .*SignatureDoesNotMatch.* -> Check secret_key or secret_key_file/);
finds('wrong secret key', 'bucket', 'store', qr/^skipped: /);
finds('wrong secret key', 'clock', 'store', qr/^ok: /);
change("ALTER USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (SET secret_key '$secret_key', SET access_key 'NOBODY')");
finds('wrong access key', 'store', 'store', qr/^error: .*InvalidAccessKeyId.* -> Check access_key/);
change("ALTER USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (SET access_key '" . $test->env('S3_ACCESS_KEY') . "')");
my $stranger = $test->create_store_user('stranger');
change("ALTER SERVER store OPTIONS (SET buckets '$bucket,no-such-bucket-here,$stranger->{bucket}')");
finds('of three', 'bucket', "store/$bucket", qr/^ok: /);
finds('missing', 'bucket', 'store/no-such-bucket-here', qr/^error: .*no-such-bucket-here.* -> Create the bucket/);
finds('forbidden', 'bucket', "store/$stranger->{bucket}", qr/^error: .*AccessDenied.* -> Allow this access key s3:GetObject/);
finds('of three', 'store', 'store', qr/^ok: /);
change('ALTER SERVER store OPTIONS (DROP buckets)');
finds('any bucket', 'bucket', 'store', qr/^warning: events may name any bucket.* -> ALTER SERVER store OPTIONS \(ADD buckets '\.\.\.'\);$/);
finds('any bucket', 'store', 'store', qr/^ok: /);
change("ALTER SERVER store OPTIONS (ADD buckets '$bucket', SET endpoint 'http://127.0.0.1:1')");
finds('wrong port', 'store', 'store', qr/^error: .*127\.0\.0\.1:1/);
change("ALTER SERVER store OPTIONS (SET endpoint '" . $test->env('S3_TLS_ENDPOINT') . "', ADD tls_ca_file '" . $test->env('TLS_WRONG_CA') . "')");
finds('another authority', 'store', 'store', qr/^error: .*(certificate|verif).* -> Set the server option "tls_ca_file"/i);
change('ALTER SERVER store OPTIONS (DROP tls_ca_file)');

# A server with a clock of its own.
sub with_clock
{
	my ($what, $date, $status, $code, $check) = @_;
	my $socket = listener();
	my $body = "<Error><Code>$code</Code></Error>";
	my $child = serve($socket, sub {
		my ($client) = @_;
		sysread $client, my $request, 8192;
		print {$client} "HTTP/1.1 $status X\r\n$date" . 'Content-Length: ' . length($body) . "\r\nConnection: close\r\n\r\n$body";
		close $client });

	change("ALTER SERVER store OPTIONS (SET endpoint 'http://127.0.0.1:" . $socket->sockport . q{')});
	$check->();
	stop_serving($child);
}

sub date_line { return strftime("Date: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime(time + $_[0])) }

with_clock('ahead', date_line(300), 404, 'NoSuchKey', sub { finds('ahead', 'clock', 'store', qr/^warning: the store's clock is (29\d|30\d) s ahead of this machine's -> Let both machines keep time/) });
with_clock('behind', date_line(-2000), 403, 'RequestTimeTooSkewed', sub {
	like($test->sql(q{SELECT string_agg(name || ' ' || status || ': ' || finding, E'\n' ORDER BY name) FROM analytics.check() WHERE name IN ('clock', 'store')}),
		qr/^clock error: the store's clock is (1999|2000|2001) s behind this machine's\nstore error: .*RequestTimeTooSkewed/, 'behind: clock and store') });
with_clock('no clock', '', 404, 'NoSuchKey', sub { finds('no clock', 'clock', 'store', qr/^unknown: the store does not say what time it has -> /) });
with_clock('nonsense', "Date: tomorrow\r\n", 404, 'NoSuchKey', sub { finds('nonsense', 'clock', 'store', qr/^unknown: /) });

my $folder = $test->folder . '/store';
make_path("$folder/here");
change("ALTER SERVER store OPTIONS (SET endpoint 'file://$folder', SET buckets 'here,gone')");
finds('folder', 'bucket', 'store/here', qr/^ok: /);
finds('folder', 'bucket', 'store/gone', qr/^error: .* -> Create the bucket's folder/);
finds('folder', 'clock', 'store', qr/^skipped: a folder has no clock of its own$/);
change("ALTER SERVER store OPTIONS (SET endpoint 'file://$folder/nowhere')");
finds('folder', 'store', 'store', qr/^error: .*nowhere/);

# --- who may see it ---

$test->sql(q{CREATE ROLE operator LOGIN; GRANT USAGE ON SCHEMA analytics TO operator; GRANT EXECUTE ON FUNCTION analytics.check TO operator});
like($test->sql(q{SET ROLE operator; SELECT string_agg(name || ' ' || status, ', ' ORDER BY name) FROM analytics.check() WHERE name IN ('broker', 'store', 'connections', 'preload')}),
	qr/^connections skipped, preload ok$/, 'who may not act as the role of a consumer does not connect as it');
# --- a standstill of the processes ---

change(q{SELECT analytics.alter_consumer('posts', enabled => true)});
$test->wait_for_sql(q{SELECT state FROM analytics.status}, qr/^(misconfigured|idle|running|blocked|connecting)$/);
change(q{ALTER USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (SET password 'wrong-password')});
$test->wait_for_sql(q{SELECT state FROM analytics.status}, 'misconfigured');
finds('as status says', 'consumer', 'posts', qr/^error: consumer "posts" is misconfigured: .* -> Check the options "user" and "password"/);
$test->node->stop;

# --- what nobody sees ---

like(everything_said(), $_, 'what was looked at has told of a login that failed') for qr/ACCESS_REFUSED/, qr/SignatureDoesNotMatch/, qr/InvalidAccessKeyId/, qr/of option "password_file"/;
unlike(everything_said() . $test->log_since(0), qr/\Q$_\E/, 'no secret is in a finding or in the log')
  for $password, $secret_key, $test->env('S3_ACCESS_KEY'), 'wrong-password', 'wrong-secret', 'NOBODY';
done_testing();
