
=head1 NAME

MonitoringChain - postgres_exporter, Prometheus and a browser beside a test's node

=head1 SYNOPSIS

  my $test = AnalyticsTest->new('chain');
  $test->create_extension;
  my $chain = MonitoringChain->new($test);
  $chain->wait_for_value('analytics_rabbitmq_connection_status', 1);
  $chain->wait_for_alert('AnalyticsConnectionLost', 'firing');
  $chain->wait_for_no_alert('AnalyticsConnectionLost');

=head1 DESCRIPTION

Starts a postgres_exporter with deploy/postgres_exporter/queries.yaml, as a role
that is a member of pg_monitor and nothing else, and a Prometheus with a copy of
deploy/prometheus, which scrapes it.  Of the copy only these are other than what
an operator would run:

  - the exporter's port;
  - the intervals: scraped and evaluated each second;
  - with C<shorten>, the times in the rules, as C<shortened_rules> says.

Both are ended when the object goes, and in any case when the test does.

=cut

package MonitoringChain;

use strict;
use warnings FATAL => 'all';

use AnalyticsTest;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use HTTP::Tiny;
use IPC::Run ();
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT_OK = qw(shortened_rules chromium);

my $DEPLOY = dirname(dirname(dirname(abs_path(__FILE__)))) . '/deploy';

# Every process that was started, as IPC::Run has it.
my %running;
my $owner = $$;

=head1 METHODS

=over

=item MonitoringChain->new($test, %options)

C<shorten>: an array of what is to be shortened in the rules, see C<shortened_rules>.
C<role>: the exporter's role, which is made if it is not there (default C<exporter>).

=cut

sub new
{
	my ($class, $test, %options) = @_;
	my $self = bless {
		test => $test,
		folder => $test->folder . '/monitoring',
		role => $options{role} // 'exporter',
		processes => [],
	}, $class;

	make_path("$self->{folder}/consoles");
	$self->_start_exporter;
	$self->_configure(@{ $options{shorten} // [] });
	$self->_start_prometheus;
	return $self;
}

# ---------------------------------------------------------------------
# Processes
# ---------------------------------------------------------------------

sub _start
{
	my ($self, $name, @command) = @_;
	my $log = "$PostgreSQL::Test::Utils::log_path/" . $self->{test}->name . "_$name.log";
	my $process = IPC::Run::start(\@command, '<', \undef, '>', $log, '2>&1');

	$running{$process} = $process;
	push @{ $self->{processes} }, $process;
	$self->{logs}{$name} = $log;
}

sub _wait_until_up
{
	my ($self, $name, $url) = @_;
	eval { poll_until(sub { HTTP::Tiny->new(timeout => 5)->get($url)->{success} }, "$name at $url"); 1 }
	  or die "$@; its log says: " . slurp_file($self->{logs}{$name});
}

sub _start_exporter
{
	my ($self) = @_;
	my $node = $self->{test}->node;

	$self->{test}->sql(<<~END);
		DO \$\$
		BEGIN
			IF to_regrole('$self->{role}') IS NULL THEN
				CREATE ROLE $self->{role} LOGIN IN ROLE pg_monitor;
			END IF;
		END \$\$
		END
	$self->{exporter_port} = PostgreSQL::Test::Cluster::get_free_port();
	local $ENV{DATA_SOURCE_NAME} = sprintf 'host=%s port=%d user=%s dbname=%s sslmode=disable',
	  $node->host, $node->port, $self->{role}, $self->{test}{database};
	$self->_start(
		'exporter', 'prometheus-postgres-exporter',
		"--extend.query-path=$DEPLOY/postgres_exporter/queries.yaml",
		'--disable-default-metrics', '--disable-settings-metrics', _collectors_off(),
		"--web.listen-address=127.0.0.1:$self->{exporter_port}");
	$self->_wait_until_up('exporter', "http://127.0.0.1:$self->{exporter_port}/");
}

# A newer exporter measures every table too, which --disable-default-metrics does not end: its
# whole scrape then waits for whoever has locked one.
sub _collectors_off
{
	my $help = '';
	IPC::Run::run([ 'prometheus-postgres-exporter', '--help' ], '<', \undef, '>&', \$help);
	return map { "--no-collector.$_" } grep { $help =~ /--(?:\[no-\])?collector\.$_\b/ } qw(stat_user_tables statio_user_tables);
}

# Text of FILE of deploy/prometheus, changed by CODE, into the chain's folder.
sub _copy
{
	my ($self, $file, $code) = @_;
	local $_ = slurp_file("$DEPLOY/prometheus/$file");
	$code->() if $code;
	open my $out, '>', "$self->{folder}/$file" or die "$file: $!";
	print {$out} $_;
	close $out or die "$file: $!";
}

sub _configure
{
	my ($self, @shorten) = @_;

	$self->_copy('prometheus.yml', sub {
		s/127\.0\.0\.1:9187/127.0.0.1:$self->{exporter_port}/ or die 'no exporter in prometheus.yml';
		s/_interval: 15s/_interval: 1s/g;
	});
	$self->_copy('rules.yml', sub { $_ = shortened_rules($_, @shorten) });
	$self->_copy('consoles/analytics.html');
}

=item shortened_rules(TEXT, KIND ...)

The rules with times shortened, so that a test need not wait for minutes; KINDs
are C<for> (alerts wait for 2 s), C<windows> (those of five minutes are 10 s long,
those of an hour 20 s), C<hour_ago> (it is 40 s ago) and C<commit> (one is old
after 5 s).  Thresholds and expressions stay as they are.  A function.

=cut

my %SHORTEN = (
	for => sub { s/^(\s+for: )\d+m$/${1}2s/mg },
	windows => sub { s/\[5m\]/[10s]/g && s/\[1h\]/[20s]/g },
	hour_ago => sub { s/offset 1h/offset 40s/g },
	commit => sub { s/< 5 \* 60\)/< 5)/g });

sub shortened_rules
{
	my ($text, @kinds) = @_;
	local $_ = $text;

	for my $kind (@kinds)
	{
		$SHORTEN{$kind}->() or die "nothing to shorten in the rules: $kind";
	}
	return $_;
}

sub _start_prometheus
{
	my ($self) = @_;

	$self->{prometheus_port} = PostgreSQL::Test::Cluster::get_free_port();
	$self->_start(
		'prometheus', 'prometheus', "--config.file=$self->{folder}/prometheus.yml",
		"--storage.tsdb.path=$self->{folder}/data", '--log.level=warn',
		"--web.console.templates=$self->{folder}/consoles",
		"--web.listen-address=127.0.0.1:$self->{prometheus_port}");
	$self->_wait_until_up('prometheus', $self->url('-/ready'));
}

=item $chain->stop

End both.  Safe to be called twice.

=cut

sub stop
{
	my ($self) = @_;

	for my $process (splice @{ $self->{processes} })
	{
		_end($process);
	}
}

sub _end
{
	my ($process) = @_;
	delete $running{$process};
	$process->signal('TERM');
	$process->kill_kill(grace => 5);
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@);
	$self->stop if $$ == $owner;
}

END
{
	if ($$ == $owner)
	{
		local $?;
		_end($_) for values %running;
	}
}

# ---------------------------------------------------------------------
# What they say
# ---------------------------------------------------------------------

=item $chain->url(PATH)

Of Prometheus.

=item $chain->get(PATH)

The page there; dies unless it is 200.

=item $chain->scrape

What the exporter shows, as Prometheus would get it.

=item $chain->log(NAME)

What C<exporter> or C<prometheus> has logged.

=cut

sub url
{
	my ($self, $path) = @_;
	return "http://127.0.0.1:$self->{prometheus_port}/" . ($path // '');
}

sub _get
{
	my ($url) = @_;
	my $answer = HTTP::Tiny->new(timeout => 20)->get($url);
	die "$url: $answer->{status} $answer->{content}" unless $answer->{success};
	return $answer->{content};
}

sub get
{
	my ($self, $path) = @_;
	return _get($self->url($path));
}

sub scrape
{
	my ($self) = @_;
	return _get("http://127.0.0.1:$self->{exporter_port}/metrics");
}

sub log
{
	my ($self, $name) = @_;
	return slurp_file($self->{logs}{$name});
}

=item $chain->query(PROMQL)

What it is now: an array of C<{ labels =E<gt> {}, value =E<gt> number }>.  Dies when
Prometheus refuses the query.

=item $chain->value(PROMQL)

The value of the only series; undef when there is none, dies when there are more.

=item $chain->wait_for_value(PROMQL, EXPECTED, TIMEOUT)

Until that equals EXPECTED; with a code reference, until it returns true for it.

=cut

sub _api
{
	my ($self, $path, %parameters) = @_;
	my $query = HTTP::Tiny->new->www_form_urlencode(\%parameters);
	my $answer = HTTP::Tiny->new(timeout => 20)->get($self->url("api/v1/$path?$query"));
	my $json = eval { JSON::PP->new->utf8->decode($answer->{content}) } // {};

	die "Prometheus said to $path "
	  . join(' ', values %parameters)
	  . ": $answer->{status} "
	  . ($json->{error} // $answer->{content})
	  unless ($json->{status} // '') eq 'success';
	return $json->{data};
}

sub query
{
	my ($self, $promql) = @_;
	my $data = $self->_api('query', query => $promql);

	return [ { labels => {}, value => $data->{result}[1] } ] if $data->{resultType} eq 'scalar';
	return [ map { { labels => $_->{metric}, value => $_->{value}[1] } } @{ $data->{result} } ];
}

sub value
{
	my ($self, $promql) = @_;
	my $series = $self->query($promql);

	die 'more than one series of ' . $promql if @$series > 1;
	return @$series ? $series->[0]{value} : undef;
}

sub wait_for_value
{
	my ($self, $promql, $expected, $timeout) = @_;
	my $last;

	eval {
		poll_until(
			sub {
				$last = $self->value($promql);
				return 0 unless defined $last;
				return ref $expected ? $expected->($last) : $last == $expected;
			},
			$promql, $timeout);
		1;
	} or die "$@: it is " . ($last // 'not there') . (ref $expected ? '' : ", expected was $expected");
	return $last;
}

=item $chain->alerts(NAME)

Those that are pending or firing now, as Prometheus has them.

=item $chain->wait_for_alert(NAME, STATE, TIMEOUT, %labels)

Until one with these labels is C<pending> or C<firing>; returns it.

=item $chain->wait_for_no_alert(NAME, TIMEOUT)

Until it is neither, which is what is told as resolved; without a NAME, until no
alert is either.

=cut

sub alerts
{
	my ($self, $name) = @_;
	return [ grep { !defined $name || $_->{labels}{alertname} eq $name } @{ $self->_api('alerts')->{alerts} } ];
}

sub _described
{
	my ($self) = @_;
	return join ', ', map { "$_->{labels}{alertname} $_->{state}" } @{ $self->alerts };
}

sub wait_for_alert
{
	my ($self, $name, $state, $timeout, %labels) = @_;
	my $found;

	eval {
		poll_until(
			sub {
				($found) = grep {
					my $alert = $_;
					$alert->{state} eq $state && !grep { ($alert->{labels}{$_} // '') ne $labels{$_} } keys %labels
				} @{ $self->alerts($name) };
				return $found;
			},
			"alert $name to be $state", $timeout);
		1;
	} or die "$@; there are: " . $self->_described;
	return $found;
}

sub wait_for_no_alert
{
	my ($self, $name, $timeout) = @_;
	my $which = $name // 'of any name';
	eval { poll_until(sub { !@{ $self->alerts($name) } }, "alert $which to be resolved", $timeout); 1 }
	  or die "$@; there are: " . $self->_described;
}

# ---------------------------------------------------------------------
# A browser
# ---------------------------------------------------------------------

=item chromium

The path of the program; undef when it is not installed.  A function.

=item $chain->browse(URL, %options)

Open it in a headless Chromium; returns the document as it is once its scripts
have run.  C<screenshot>: file for a picture of it, C<size>: of the window.

=cut

sub chromium
{
	for my $folder (split /:/, $ENV{PATH})
	{
		return "$folder/chromium" if -x "$folder/chromium";
	}
	return;
}

sub _chromium
{
	my ($self, $url, @arguments) = @_;
	my $profile = "$self->{folder}/browser" . ++$self->{profiles};
	my ($out, $err) = ('', '');

	IPC::Run::run(
		[
			chromium(), '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
			'--disable-background-networking', '--disable-component-update', '--disable-sync',
			'--disable-dev-shm-usage', '--hide-scrollbars', "--user-data-dir=$profile",
			# time for the scripts of the page, as it passes for them
			'--virtual-time-budget=5000', @arguments, $url
		],
		'<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(60)) or die "chromium failed: $err";
	return $out;
}

sub browse
{
	my ($self, $url, %options) = @_;
	my $size = '--window-size=' . ($options{size} // '1280,900');

	$self->_chromium($url, $size, "--screenshot=$options{screenshot}") if defined $options{screenshot};
	return $self->_chromium($url, $size, '--dump-dom');
}

=back

=cut

1;
