# shellcheck shell=bash disable=SC2034  # variables serve the other parts
#
# For test/run --sanitize: the extension under AddressSanitizer and UBSan, in a
# PostgreSQL that was not built with them.  Sourced.
#
# Their runtime must be loaded before anything else, so the private
# installation's `postgres` becomes a script that preloads it.  A report of
# AddressSanitizer goes to a file of its own in WORK/reports, one of UBSan to the
# server's log; both are looked for after each suite.  Before the suites a
# library with planted faults shows that reports do arrive.
#
# Memory contexts hide small overflows from AddressSanitizer: it sees what
# comes from malloc, which are blocks of a context, the large chunks, and all
# that the libraries and io/ allocate.

SANITIZER_CFLAGS="-O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -Wno-maybe-uninitialized"
SANITIZER_LDFLAGS="-fsanitize=address,undefined"

# The server frees nothing at exit, so leaks are looked for in unit tests only.
# Functions must see the real stack: PostgreSQL measures its depth.
SERVER_ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0:quarantine_size_mb=16

if [[ -n $SANITIZE ]]; then
	TAP_FILE_SECONDS=900
	WAIT_SECONDS=180
	REGRESS_SECONDS=1800
	SANITIZER_PROGRAM_ENV=(ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1)
fi

prepare_sanitizers()
{
	REPORTS=$WORK/reports
	COUNTED_REPORTS=0
	tester_quietly 60 mkdir "$REPORTS" && preload_runtime && check_sanitizers
}

# gcc's runtime library, or nothing.
runtime_library()
{
	local path
	path=$(gcc -print-file-name=libasan.so)
	[[ $path == /* ]] && readlink -f "$path"
}

# Looking for the demangler of Swift, libasan calls dlsym() before it is ready;
# the error text that this makes is translated, and translating waits for
# libasan.  Whoever defines the symbol ends that.  The server must know itself by
# the script's name: pg_ctl restarts what it calls itself.
preload_runtime()
{
	local runtime demangler=$WORK/stage/swift_demangle.so
	runtime=$(runtime_library) || {
		say "gcc has no AddressSanitizer runtime here (Debian: libasan comes with libgcc-dev)"
		return 1
	}
	# shellcheck disable=SC2016  # expanded by the inner shell
	tester_quietly 60 sh -c 'echo "char *swift_demangle(void); char *swift_demangle(void) { return 0; }" |
		gcc -shared -fPIC -x c -o "$1" -' sh "$demangler" || return 1
	"${AS_TESTER[@]}" mv "$BIN/postgres" "$BIN/postgres.real"
	"${AS_TESTER[@]}" tee "$BIN/postgres" >/dev/null <<-END
		#!/bin/bash
		export LD_PRELOAD='$runtime:$demangler'
		export ASAN_OPTIONS='$SERVER_ASAN_OPTIONS:log_path=$REPORTS/asan'
		export UBSAN_OPTIONS='abort_on_error=1:print_stacktrace=1:log_path=$REPORTS/ubsan'
		exec -a '$BIN/postgres' '$BIN/postgres.real' "\$@"
	END
	"${AS_TESTER[@]}" chmod 755 "$BIN/postgres"
}

# --- does it work? ----------------------------------------------------------------

# Each planted fault must be reported, and the function without one must not.
check_sanitizers()
{
	local fault library=$STAGE$PG_LIB/sanitizer_canary.so
	tester_quietly 60 gcc -g -Wall -Wextra -Werror -shared -fPIC -isystem "$("$PG_CONFIG" --includedir-server)" \
		-D_GNU_SOURCE -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
		-o "$library" test/canary/sanitizer_canary.c &&
		tester_quietly 120 "$BIN/initdb" -D "$WORK/canary-data" --no-sync --no-locale -E UTF8 || return 1
	call_canary nothing
	[[ -z $(reports) ]] || {
		say "a function without a fault was reported:"
		show_reports
		return 1
	}
	for fault in heap-buffer-overflow out-of-bounds; do
		call_canary "${fault//-/_}"
		grep -qsE -- "ERROR: AddressSanitizer: $fault|: runtime error: .*${fault//-/ }" "$REPORTS"/* \
			"$WORK/tmp/canary.log" || {
			say "the sanitizers did not report the planted fault \"$fault\""
			tail -n 20 "$WORK/tmp/canary.log" >&2
			return 1
		}
		rm -f "$REPORTS"/*
	done
	rm -f "$library"
	echo "planted faults are reported"
}

# call_canary FUNCTION: in a server of a single process.
call_canary()
{
	tester 120 sh -c "$(printf 'echo "%s" | postgres --single -D "%s" postgres' \
		"CREATE OR REPLACE FUNCTION canary() RETURNS int LANGUAGE c AS 'sanitizer_canary', 'canary_$1'; SELECT canary();" \
		"$WORK/canary-data")" >"$WORK/tmp/canary.log" 2>&1 || true
}

# --- reports ------------------------------------------------------------------------

reports()
{
	find "$REPORTS" -type f -size +0 | sort
	# what went past the files
	find "$WORK" -path "$WORK/source" -prune -o -path "$WORK/tmp" -prune -o -name '*.log' -type f \
		-exec grep -qE 'ERROR: AddressSanitizer|: runtime error: ' {} \; -print | sort
}

show_reports()
{
	local file
	while read -r file; do
		echo "--- $file"
		head -n 60 "$file"
	done < <(reports)
}

# Each report of the suite that just ran is a failure of it.
count_sanitizer_reports()
{
	local count
	count=$(reports | wc -l)
	((count > COUNTED_REPORTS)) || return 0
	say "$((count - COUNTED_REPORTS)) reports of the sanitizers:"
	show_reports
	SUITE_FAILED=$((SUITE_FAILED + count - COUNTED_REPORTS))
	COUNTED_REPORTS=$count
}
