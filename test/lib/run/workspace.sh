# shellcheck shell=bash
#
# For test/run: the work folder, the user of the tests, commands with a time
# limit, and the end, after which nothing of ours runs.  Sourced.
#
# WORK is the folder: source/ the copied tree, stage/ the private installation,
# one folder a suite, servers/ RabbitMQ and the S3 server, home/ and tmp/.

say() { echo "test/run: $*" >&2; }
heading() { printf '\n=== %s ===\n' "$1"; }

# --- the user -----------------------------------------------------------------

# AS_TESTER: the words before a command that make it run as the tests' user.
choose_tester()
{
	AS_TESTER=()
	TESTER=$(id -un)
	[[ $(id -u) == 0 ]] || return 0
	TESTER=${ANALYTICS_TEST_USER:-postgres}
	id "$TESTER" >/dev/null 2>&1 || {
		say "PostgreSQL refuses to run as root, and user \"$TESTER\" does not exist;" \
			"name another in ANALYTICS_TEST_USER"
		exit 1
	}
	AS_TESTER=(setpriv "--reuid=$TESTER" "--regid=$(id -g "$TESTER")" --init-groups)
}

# --- the folder ---------------------------------------------------------------

# A socket's path must fit into 107 bytes, and the tester must reach it.
choose_base()
{
	local base=${TMPDIR:-/tmp}
	if ((${#base} > 40)) || ! "${AS_TESTER[@]}" test -x "$base"; then
		base=/tmp
	fi
	echo "$base"
}

open_workspace()
{
	WORK=
	CHILD=
	trap 'exit_by_signal 130' INT
	trap 'exit_by_signal 143' TERM HUP
	trap 'end_unexpectedly' EXIT
	choose_tester
	WORK=$(mktemp -d "$(choose_base)/analytics-test.XXXXXX")
	mkdir "$WORK/home" "$WORK/tmp" "$WORK/source"
	chmod 755 "$WORK"
	[[ $(id -u) != 0 ]] || chown -R "$TESTER:" "$WORK"
	TESTER_ENV=("HOME=$WORK/home" "TMPDIR=$WORK/tmp" "USER=$TESTER" "LOGNAME=$TESTER"
		LANG=C.UTF-8 "PATH=$PATH:/usr/sbin:/sbin" "SHELL=/bin/sh")
}

exit_by_signal()
{
	say "interrupted"
	exit "$1"
}

# However this ends, the totals are its last line.
end_unexpectedly()
{
	local status=$?
	close_workspace
	print_totals "$PASSED" "$((FAILED + 1))"
	exit $((status == 0 ? 1 : status))
}

# End what runs, and remove the folder.  Safe to be called twice.
close_workspace()
{
	trap '' INT TERM HUP
	trap - EXIT
	end_child
	[[ -n $WORK ]] || return 0
	stop_everything
	unmount_small_disk
	if [[ -n $KEEP ]]; then
		say "the work folder is $WORK"
	else
		rm -rf "$WORK"
	fi
	WORK=
}

# --- a small disk -------------------------------------------------------------

SMALL_DISK_SIZE=24m

# privileged COMMAND...: as root, if that needs no password.
privileged()
{
	if [[ $(id -u) == 0 ]]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

# A file system of a few MB, for what must be tested with a full disk.  Sets
# SMALL_DISK; empty when it cannot be mounted here.
mount_small_disk()
{
	SMALL_DISK=$WORK/small-disk
	mkdir "$SMALL_DISK"
	privileged mount -t tmpfs \
		-o "size=$SMALL_DISK_SIZE,mode=0700,uid=$(id -u "$TESTER"),gid=$(id -g "$TESTER")" \
		analytics-test "$SMALL_DISK" 2>"$WORK/tmp/mount.log" || {
		say "no small disk can be mounted, so nothing is tested with a full one: $(head -n 1 "$WORK/tmp/mount.log")"
		SMALL_DISK=
	}
}

# Safe to be called when it is not mounted, or gone.
unmount_small_disk()
{
	local folder=$WORK/small-disk
	mountpoint -q "$folder" 2>/dev/null || return 0
	privileged umount "$folder" 2>/dev/null || privileged umount -l "$folder" ||
		say "could not unmount $folder"
}

# --- commands -------------------------------------------------------------------

# bounded SECONDS COMMAND...: run it with a time limit.  In the background, so
# that a signal to this script is not kept waiting for its end.
bounded()
{
	local seconds=$1 status=0
	shift
	timeout -k 20 "$seconds" "$@" &
	CHILD=$!
	wait "$CHILD" || status=$?
	CHILD=
	if ((status == 124 || status == 137)); then
		say "ended after $seconds seconds: ${*: -1}"
	fi
	return "$status"
}

# tester SECONDS [NAME=VALUE ...] COMMAND...: bounded, as the tests' user, with
# an environment of its own, in the copied tree.
tester()
{
	local seconds=$1
	shift
	bounded "$seconds" "${AS_TESTER[@]}" env -i -C "$WORK/source" "${TESTER_ENV[@]}" "$@"
}

# The same without output, which is shown when it fails.
tester_quietly()
{
	local log=$WORK/tmp/quiet.log
	if ! tester "$@" >"$log" 2>&1; then
		tail -n 60 "$log" >&2
		return 1
	fi
}

end_child()
{
	local pid=${CHILD:-}
	[[ -n $pid ]] || return 0
	CHILD=
	kill -TERM "$pid" 2>/dev/null || true
	# timeout passes it on, and follows with SIGKILL after a while
	wait "$pid" || true
}

# --- what tests may have left -----------------------------------------------------

stop_everything()
{
	stop_postmasters
	stop_server_folders
}

# Every postmaster whose data folder lies in ours: the folder of a process
# cannot be mistaken, as a stale pid could be.
stop_postmasters()
{
	local file pid
	while read -r file; do
		read -r pid <"$file" || continue
		[[ $(readlink "/proc/$pid/cwd") == "$(dirname "$file")" ]] || continue
		say "ending a server that was left running in $(dirname "$file")"
		kill -QUIT "$pid" 2>/dev/null || true
		wait_gone "$pid" 10 || kill -KILL "$pid" 2>/dev/null || true
	done < <(find "$WORK" -name postmaster.pid 2>/dev/null)
}

stop_server_folders()
{
	local folder
	while read -r folder; do
		"$WORK/source/test/servers" stop "$folder" || say "could not stop the servers of $folder"
	done < <(find "$WORK" -path '*/pid/*' \( -name rabbitmq -o -name s3 -o -name exporter -o -name epmd \) \
		-printf '%h\n' 2>/dev/null | sed 's,/pid$,,' | sort -u)
}

wait_gone()
{
	local pid=$1 tries=$(($2 * 10))
	for ((; tries > 0; tries--)); do
		[[ -d /proc/$pid ]] || return 0
		sleep 0.1
	done
	return 1
}

# --- results ------------------------------------------------------------------------

# Logs, diffs and results, without data folders, to tmp_check/ of the checkout.
keep_results()
{
	local target=$CHECKOUT/tmp_check
	{ rm -rf "$target" && mkdir -p "$target"; } 2>/dev/null || return 0
	(cd "$WORK" && find . -path ./source -prune -o -path ./stage -prune -o -name '*data' -prune -o \
		-name instance -prune -o -type f \
		\( -name '*.log' -o -name 'regress_log_*' -o -name 'regression.*' -o -name '*.out' -o -path '*/reports/*' \
		-o -path './fuzz/crashes/*' \) \
		-print0 | tar -cf - --null -T - 2>/dev/null) | tar -C "$target" --no-same-owner -xf - &&
		say "logs and results are in tmp_check/"
}

# show FILE LINES: the end of a log, indented.
show_tail()
{
	[[ -s $1 ]] || return 0
	echo "    ... end of ${1#"$WORK"/}:"
	tail -n "$2" "$1" | sed 's/^/    /'
}
