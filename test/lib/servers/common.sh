# shellcheck shell=bash
#
# What all servers of test/servers share: the folder, the user, ports, the
# file of variables, and processes by recorded pid.  Sourced; DIR is set.

say() { echo "servers: $*" >&2; }
fail()
{
	say "$@"
	exit 1
}

milliseconds() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
random_secret() { openssl rand -hex 16; }

# --- the user and the folder ------------------------------------------------

# AS_SERVER: the words before a command that make it run as the servers' user.
choose_user()
{
	AS_SERVER=()
	SERVER_USER=$(id -un)
	if [[ $(id -u) == 0 ]]; then
		SERVER_USER=${ANALYTICS_TEST_USER:-postgres}
		id "$SERVER_USER" >/dev/null 2>&1 ||
			fail "user \"$SERVER_USER\" does not exist; name one in ANALYTICS_TEST_USER"
		AS_SERVER=(setpriv "--reuid=$SERVER_USER" "--regid=$(id -g "$SERVER_USER")" --init-groups)
	fi
}

as_server() { "${AS_SERVER[@]}" "$@"; }

make_folder()
{
	if [[ ! -d $DIR ]]; then
		mkdir -p "$DIR"
		chmod 700 "$DIR"
		[[ $(id -u) != 0 ]] || chown "$SERVER_USER:" "$DIR"
	fi
	as_server test -w "$DIR" -a -x "$DIR" ||
		fail "user \"$SERVER_USER\" cannot write to $DIR: choose a folder that it can reach"
	as_server mkdir -p "$DIR/log" "$DIR/pid"
}

# Write standard input to a file as the servers' user, for nobody else to read.
write_file()
{
	# shellcheck disable=SC2016  # expanded by the inner shell
	as_server sh -c 'umask 077 && cat >"$1"' sh "$1"
}

# logged NAME COMMAND...: run as the servers' user, its output to DIR/log/NAME.log
# and, when it fails, its end to standard error.
logged()
{
	local log=$1
	shift
	# shellcheck disable=SC2016  # expanded by the inner shell
	as_server sh -c 'log=$1 && shift && exec "$@" >"$log" 2>&1' sh "$DIR/log/$log.log" "$@" || {
		show_log "$log"
		return 1
	}
}

# --- the file of variables ------------------------------------------------

# set_env NAME VALUE: values are our own words; none holds a quote.
set_env()
{
	# shellcheck disable=SC2016  # expanded by the inner shell
	as_server sh -c 'umask 077 && printf "%s='\''%s'\''\n" "$2" "$3" >>"$1"' sh "$DIR/env" "$1" "$2"
}

# Read the variables of DIR into this shell.
load_env()
{
	[[ -r $DIR/env ]] || fail "no servers were started in $DIR"
	# shellcheck disable=SC1091
	. "$DIR/env"
}

# --- ports ------------------------------------------------------------------

port_is_free()
{
	local hex
	hex=$(printf '%04X' "$1")
	! grep -qs -E "^ *[0-9]+: [0-9A-F]+:$hex " /proc/net/tcp /proc/net/tcp6
}

# Set the named variables to free ports below the range that the kernel hands
# out by itself, so that none is taken before its server starts.
choose_ports()
{
	local variable candidate attempt
	for variable in "$@"; do
		for ((attempt = 0; attempt < 200; attempt++)); do
			candidate=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
			if port_is_free "$candidate" && [[ " ${CHOSEN_PORTS:-} " != *" $candidate "* ]]; then
				CHOSEN_PORTS="${CHOSEN_PORTS:-} $candidate"
				printf -v "$variable" '%s' "$candidate"
				continue 2
			fi
		done
		fail "no free port found between 20000 and 32000"
	done
}

# --- processes --------------------------------------------------------------

# When a process was started, in clock ticks since boot; fails when it is gone
# or a zombie.  With the pid it names one process for ever.
process_start_time()
{
	local text
	local -a fields
	text=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	# the program's name, in parentheses, may hold anything
	read -ra fields <<<"${text##*) }"
	[[ ${fields[0]} != Z ]] || return 1
	echo "${fields[19]}"
}

# launch NAME COMMAND...: run as a daemon of its own session with its output in
# DIR/log/NAME.log, and record it.
launch()
{
	local name=$1 pid
	shift
	: | write_file "$DIR/log/$name.log"
	setsid "${AS_SERVER[@]}" "$@" </dev/null >>"$DIR/log/$name.log" 2>&1 &
	pid=$!
	disown "$pid"
	echo "$pid $(process_start_time "$pid" || echo gone)" | write_file "$DIR/pid/$name"
}

recorded_pid()
{
	local pid started
	[[ -r $DIR/pid/$1 ]] || return 1
	read -r pid started <"$DIR/pid/$1"
	[[ $(process_start_time "$pid") == "$started" ]] || return 1
	echo "$pid"
}

process_alive() { recorded_pid "$1" >/dev/null; }

# end_process NAME SIGNAL SECONDS: send it, SIGKILL after so many seconds, and
# return when the process is gone.
end_process()
{
	local name=$1 signal=$2 seconds=$3 pid
	pid=$(recorded_pid "$name") || return 0
	kill "-$signal" "$pid" 2>/dev/null || true
	wait_until "$seconds" process_gone "$name" || {
		kill -KILL "$pid" 2>/dev/null || true
		wait_until 5 process_gone "$name" || fail "$name (pid $pid) does not end"
	}
	rm -f "$DIR/pid/$name"
}

process_gone() { ! process_alive "$1"; }

# wait_until SECONDS COMMAND...: poll the command, at most so long; ever less
# often, since each look costs processes.
wait_until()
{
	local deadline=$(($(milliseconds) + $1 * 1000)) pause=30
	shift
	until "$@"; do
		(($(milliseconds) < deadline)) || return 1
		sleep "0.$(printf '%03d' "$pause")"
		((pause >= 250)) || pause=$((pause * 5 / 4))
	done
}

# wait_ready NAME SECONDS COMMAND...: as wait_until, but no longer than the
# process lives.
wait_ready()
{
	local name=$1 seconds=$2
	shift 2
	wait_until "$seconds" ready_or_dead "$name" "$@" && process_alive "$name"
}

ready_or_dead()
{
	local name=$1
	shift
	"$@" || ! process_alive "$name"
}

port_answers() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

show_log() { tail -n 20 "$DIR/log/$1.log" >&2; }
