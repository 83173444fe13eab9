# shellcheck shell=bash
#
# What the demo and the bench share: building and installing the extension,
# and a throwaway PostgreSQL beside the servers of test/servers.  Sourced with
# ROOT (the checkout) and DIR (the folder of all the servers' state) set, and
# NAME, which begins every line that is said.  Never touches a cluster or a
# server that it did not start, and never puts a secret on a command line.
#
# The servers run as the calling user, or, called by root, as
# $ANALYTICS_TEST_USER (default postgres); see test/servers.

# shellcheck source=test/lib/servers/common.sh
. "$ROOT/test/lib/servers/common.sh"

say() { echo "$NAME: $*"; }
fail()
{
	echo "$NAME: $*" >&2
	exit 1
}

# --- building -----------------------------------------------------------

# quietly LOG COMMAND...: its output goes to the file, and to standard error
# when it fails.
quietly()
{
	local log=$1
	shift
	"$@" >"$log" 2>&1 || {
		tail -n 30 "$log" >&2
		fail "\"$*\" failed (its last lines are above)"
	}
}

as_root()
{
	if [[ $(id -u) == 0 ]]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		fail "installing into PostgreSQL's folders needs root, and sudo is not there; as root: make install"
	fi
}

# install_missing GROUP...: the Debian packages of these groups.
install_missing()
{
	if command -v dpkg-query >/dev/null; then
		"$ROOT/scripts/install-dependencies" "$@"
	else
		say "this is not Debian: what README.md lists must be installed already"
	fi
}

# Whether what would be installed is there already, to the byte.
installed_already()
{
	local file library share
	library=$("$PG_CONFIG" --pkglibdir)
	share=$("$PG_CONFIG" --sharedir)/extension
	cmp -s "$ROOT/analytics.so" "$library/analytics.so" || return 1
	for file in "$ROOT/analytics.control" "$ROOT"/sql/analytics--*.sql; do
		cmp -s "$file" "$share/${file##*/}" || return 1
	done
}

# Build the extension and install it, with root's rights only where the
# folders ask for them; build the load generator.  Sets PG_CONFIG and PG_BIN.
# $1: file for the output
build_and_install()
{
	local log=$1 jobs
	local -a make
	jobs=$(nproc 2>/dev/null || echo 2)
	# what the calling make was told about itself is not for these
	unset MAKEFLAGS MAKELEVEL MFLAGS
	PG_CONFIG=${PG_CONFIG:-pg_config}
	command -v "$PG_CONFIG" >/dev/null || fail "pg_config was not found: set PG_CONFIG"
	PG_BIN=$("$PG_CONFIG" --bindir)
	make=(make -C "$ROOT" "PG_CONFIG=$PG_CONFIG")
	quietly "$log" "${make[@]}" -j "$jobs"
	if installed_already; then
		:
	elif [[ -w $("$PG_CONFIG" --pkglibdir) && -w $("$PG_CONFIG" --sharedir)/extension ]]; then
		quietly "$log" "${make[@]}" install
	else
		quietly "$log" as_root "${make[@]}" install
	fi
	quietly "$log" make -C "$ROOT/test/tools" -j "$jobs"
	# shellcheck disable=SC2034  # for the caller
	LOADGEN=$ROOT/test/tools/loadgen
}

# --- the folder -----------------------------------------------------------

# Whether the servers' user can work in DIR's place $1, and a socket fits there.
folder_serves()
{
	local longest_socket="$1/postgresql/.s.PGSQL.65535"
	((${#longest_socket} < 104)) && [[ $1 =~ ^[A-Za-z0-9_./+-]+$ ]] && as_server test -x "$(dirname "$1")"
}

# --- PostgreSQL -------------------------------------------------------------

postgresql_control()
{
	# pg_ctl wants a current folder that its user may enter
	(cd / && as_server "$PG_BIN/pg_ctl" -D "$DIR/postgresql/data" -s "$@")
}

# A new cluster in DIR/postgresql with the setting lines of standard input
# added, reached through a socket in a folder of the servers' user alone, or
# with a password over TCP.  Sets and exports PGHOST, PGPORT, PGUSER,
# PGPASSWORD.
postgresql_create()
{
	local port
	choose_ports port
	export PGHOST=$DIR/postgresql PGPORT=$port PGUSER=postgres PGPASSWORD
	PGPASSWORD=$(random_secret)
	as_server mkdir -p -m 700 "$DIR/postgresql"
	echo "$PGPASSWORD" | write_file "$DIR/postgresql/password"
	(cd / && logged initdb "$PG_BIN/initdb" -D "$DIR/postgresql/data" -U "$PGUSER" --encoding=UTF8 --no-locale \
		--no-sync --auth-local=trust --auth-host=scram-sha-256 --pwfile="$DIR/postgresql/password") ||
		fail "initdb failed"
	{
		echo "listen_addresses = '127.0.0.1'"
		echo "port = $PGPORT"
		echo "unix_socket_directories = '$PGHOST'"
		echo "unix_socket_permissions = 0700"
		echo "shared_preload_libraries = 'analytics'"
		cat
	} | write_file "$DIR/postgresql/data/throwaway.conf"
	# shellcheck disable=SC2016  # expanded by the inner shell
	as_server sh -c 'echo "include = '\''throwaway.conf'\''" >>"$1"' sh "$DIR/postgresql/data/postgresql.conf"
}

postgresql_start()
{
	: | write_file "$DIR/log/postgresql.log"
	postgresql_control -w -t 60 -l "$DIR/log/postgresql.log" start || {
		show_log postgresql
		fail "PostgreSQL did not start"
	}
}

postgresql_running() { [[ -d $DIR/postgresql/data ]] && postgresql_control status >/dev/null 2>&1; }

postgresql_stop()
{
	postgresql_running || return 0
	postgresql_control -w -t 20 -m fast stop || postgresql_control -w -t 20 -m immediate stop
}

# sql [PSQL OPTION...]: statements on standard input, unaligned rows out.
sql() { "$PG_BIN/psql" -X -q -P pager=off -A -t -v ON_ERROR_STOP=1 "$@"; }

# value STATEMENT: one statement, its rows.
value() { sql -c "$1"; }

# The two secrets as files that PostgreSQL reads, so that neither stands in a
# catalog, a log or on a command line.
write_secrets()
{
	echo "$AMQP_PASSWORD" | write_file "$DIR/amqp-password"
	echo "$S3_SECRET_KEY" | write_file "$DIR/s3-secret-key"
}

# The foreign servers broker and store with their user mappings, of the
# variables of test/servers.
create_connections()
{
	write_secrets
	sql -v host=127.0.0.1 -v port="$AMQP_PORT" -v user="$AMQP_USER" -v password_file="$DIR/amqp-password" \
		-v endpoint="$S3_ENDPOINT" -v bucket="$S3_BUCKET" -v access_key="$S3_ACCESS_KEY" \
		-v secret_file="$DIR/s3-secret-key" <<'END'
CREATE SERVER broker FOREIGN DATA WRAPPER analytics_rabbitmq OPTIONS (host :'host', port :'port');
CREATE USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (user :'user', password_file :'password_file');
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint :'endpoint', buckets :'bucket');
CREATE USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (access_key :'access_key', secret_key_file :'secret_file');
END
}

# consumer_connected NAME: all its workers run and are connected.
consumer_connected()
{
	[[ $(value "SELECT state IN ('running', 'idle') AND broker_connected AND workers_running = workers
		AND (SELECT bool_and(w.broker_connected) FROM analytics.stat_worker AS w WHERE w.consumer = s.name)
		FROM analytics.status AS s WHERE s.name = '$1'") == t ]]
}

# Wait until the consumer $1 works; after 30 s say what it says is wrong.
await_consumer()
{
	wait_until 30 consumer_connected "$1" && return
	show_status >&2
	fail "the consumer \"$1\" does not run (see reason and hint above, and $DIR/log/postgresql.log)"
}

show_status()
{
	"$PG_BIN/psql" -X -q -P pager=off -x -c 'SELECT * FROM analytics.status'
	"$PG_BIN/psql" -X -q -P pager=off -x -c 'SELECT consumer, worker, pid, state, reason, hint, broker_connected, active_batches, last_error FROM analytics.stat_worker'
}
