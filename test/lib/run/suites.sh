# shellcheck shell=bash
#
# For test/run: the suites.  Each runs its tests, prints their results and
# sets SUITE_PASSED and SUITE_FAILED.  Sourced.

TAP_FILE_SECONDS=300
WAIT_SECONDS=60
REGRESS_SECONDS=600

# They wait more than they compute.
TAP_JOBS=${ANALYTICS_TEST_JOBS:-2}
FAULT_JOBS=${FAULT_JOBS:-3}
SANITIZER_PROGRAM_ENV=()

FUZZ_SECONDS=${FUZZ_SECONDS:-60}
FUZZ_JOBS=2

# chosen_files FOLDER PATTERN [FILE ...]: the files named, else those that
# match, as bare names; a file that is not there is an error.
chosen_files()
{
	local folder=$1 pattern=$2 file
	shift 2
	if (($# == 0)); then
		find "$WORK/source/$folder" -maxdepth 1 -name "$pattern" -printf '%f\n' | LC_ALL=C sort
		return
	fi
	for file in "$@"; do
		file=${file##*/}
		[[ -e $WORK/source/$folder/$file ]] || file=${pattern/\*/$file}
		if [[ -e $WORK/source/$folder/$file ]]; then
			echo "$file"
		else
			say "there is no ${file} in $folder"
		fi
	done
}

suite_folder()
{
	SUITE_FOLDER=$WORK/$1
	mkdir "$SUITE_FOLDER"
	[[ $(id -u) != 0 ]] || chown "$TESTER:" "$SUITE_FOLDER"
}

# --- what the last lines tell -------------------------------------------------

FAILURES=()

# remember_failure NAME LOG PATTERN: for the end of the output, of which CI may show no
# more: the last lines of the log that say why.
remember_failure()
{
	FAILURES+=("$1" "$(grep -sE "$3" "$2" | tail -n 5 | cut -c 1-240 | sed 's/^/    /' || true)")
}

show_remembered_failures()
{
	((${#FAILURES[@]} > 0)) || return 0
	heading "failed"
	printf '%s\n' "${FAILURES[@]}" | sed '/^$/d' | tail -n 40
}

# --- TAP: unit and tap ----------------------------------------------------------

# run_tap SECONDS_A_FILE JOBS [NAME=VALUE ...] FILE...: set the counts and
# FAILED_FILES.
run_tap()
{
	local seconds=$1 jobs=$2 kind value counts=$SUITE_FOLDER/counts
	shift 2
	local -a environment=()
	while [[ ${1:-} == [A-Z]*=* ]]; do
		environment+=("$1")
		shift
	done
	FAILED_FILES=()
	(($# > 0)) || return 0
	tester $((seconds * $# + 60)) "${environment[@]}" perl test/lib/run/tap-files \
		--jobs "$jobs" --timeout "$seconds" --counts "$counts" "$@" || true
	[[ -r $counts ]] || {
		say "the results of the suite are lost"
		SUITE_FAILED=1
		FAILED_FILES=("$@")
		return 0
	}
	while read -r kind value; do
		case $kind in
		passed) SUITE_PASSED=$value ;;
		failed) SUITE_FAILED=$value ;;
		file) FAILED_FILES+=("$value") ;;
		esac
	done <"$counts"
}

suite_unit()
{
	local -a programs
	suite_folder unit
	mapfile -t programs < <(chosen_files test/unit '*_test.c' "$@")
	programs=("${programs[@]/#/test/unit/}")
	run_tap 120 1 "${SANITIZER_PROGRAM_ENV[@]}" "${programs[@]%.c}"
}

suite_tap()
{
	suite_folder tap
	run_with_servers test/t "$TAP_FILE_SECONDS" "$TAP_JOBS" -- "$@"
}

# As often as the suite has time for, or in full.
suite_faults()
{
	local seconds=$TAP_FILE_SECONDS
	[[ -z $FULL ]] || seconds=$((4 * 3600 + ${SOAK_SECONDS:-0}))
	suite_folder faults
	mount_small_disk
	run_with_servers test/faults "$seconds" "$FAULT_JOBS" "ANALYTICS_FAULTS_TABLE=$SUITE_FOLDER/table" \
		${SMALL_DISK:+"ANALYTICS_SMALL_DISK=$SMALL_DISK"} \
		${FULL:+ANALYTICS_FAULTS=full} ${SOAK_SECONDS:+"SOAK_SECONDS=$SOAK_SECONDS"} -- "$@"
	unmount_small_disk
	add_missing_lines
	((${#RAN_FILES[@]} == 0)) || fault_table
}

# A file that left no line, as one that was killed, or failed and all its lines are of
# scenarios that had not.
add_missing_lines()
{
	local file name table=$SUITE_FOLDER/table
	touch "$table"
	for file in "${RAN_FILES[@]}"; do
		name=$(basename "$file" .pl)
		if grep -q "^$name " "$table" && { ! has_failed "$file" || grep -q "^$name .* FAILED" "$table"; }; then
			continue
		fi
		echo "$name faults: ${name#*_} times=? events=? lost=? twice=? FAILED" >>"$table"
	done
}

has_failed()
{
	local file
	for file in "${FAILED_FILES[@]}"; do
		[[ ${file##*/} != "${1##*/}" ]] || return 0
	done
	return 1
}

# The lines of the faults, and the same for people.
fault_table()
{
	local lines
	lines=$(cut -d ' ' -f 2- "$SUITE_FOLDER/table" | sort)
	echo "$lines"
	echo
	sed 's/^faults: //; s/[a-z]*=//g' <<<"$lines" |
		awk 'BEGIN { print "| fault | times | events | lost | twice | verdict |"; print "| --- | ---: | ---: | ---: | ---: | --- |" }
			{ verdict = $6; for (i = 8; i <= NF; i++) verdict = verdict (i == 8 ? ", " : " ") $i
			printf "| %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, verdict }'
}

# run_with_servers FOLDER SECONDS_A_FILE JOBS [NAME=VALUE ...] -- [FILE ...]: set RAN_FILES,
# and what run_tap sets.
run_with_servers()
{
	local folder=$1 seconds=$2 jobs=$3
	local -a environment=() files
	shift 3
	while [[ $1 != -- ]]; do
		environment+=("$1")
		shift
	done
	shift
	mapfile -t files < <(chosen_files "$folder" '*.pl' "$@")
	RAN_FILES=("${files[@]}")
	FAILED_FILES=("${files[@]}") # until their results are there
	((${#files[@]} > 0)) || return 0
	# By the caller: it may have to fetch the S3 server into the caller's cache.
	bounded 600 "$WORK/source/test/servers" start "$SUITE_FOLDER/servers" rabbitmq s3 || {
		say "the servers of the tests do not start"
		SUITE_FAILED=1
		return 0
	}
	run_tap "$seconds" "$jobs" "PG_REGRESS=$PG_TEST/regress/pg_regress" \
		"PERL5LIB=$PG_TEST/perl:$WORK/source/test/lib" "TESTDIR=$SUITE_FOLDER" \
		"TESTDATADIR=$SUITE_FOLDER/tmp_check" "TESTLOGDIR=$SUITE_FOLDER/tmp_check/log" \
		"PG_TEST_TIMEOUT_DEFAULT=$WAIT_SECONDS" "ANALYTICS_SERVERS_DIR=$SUITE_FOLDER/servers" \
		${ANALYTICS_CACHE_DIR:+"ANALYTICS_CACHE_DIR=$ANALYTICS_CACHE_DIR"} \
		${SANITIZE:+ANALYTICS_TEST_SANITIZED=1} "${environment[@]}" "${files[@]/#/$folder/}"
	show_tap_failures
	bounded 60 "$WORK/source/test/servers" stop "$SUITE_FOLDER/servers" ||
		say "the servers of the tests did not stop"
}

show_tap_failures()
{
	local file name log
	for file in "${FAILED_FILES[@]}"; do
		name=$(basename "$file" .pl)
		echo "--- $file failed"
		log=$SUITE_FOLDER/tmp_check/log/regress_log_$name
		remember_failure "$file" "$log" '(^|s\) )(not ok|#     .)|timed out|^[^# ].* at .+ line [0-9]+\.?$'
		show_tail "$log" 40
		for log in "$SUITE_FOLDER/tmp_check/log/$name"_*.log; do
			show_tail "$log" 40
		done
	done
	((${#FAILED_FILES[@]} == 0)) || for log in "$SUITE_FOLDER"/servers/log/{rabbitmq,s3}.log; do
		show_tail "$log" 15
	done
}

# --- pg_regress: regress and isolation ----------------------------------------------

suite_regress()
{
	local -a cases
	mapfile -t cases < <(chosen_files sql '*.sql' "$@" | grep -v '^analytics--')
	run_regress regress "$PG_TEST/regress/pg_regress" . contrib_regression "${cases[@]%.sql}"
}

suite_isolation()
{
	local -a cases
	mapfile -t cases < <(chosen_files test/specs '*.spec' "$@")
	run_regress isolation "$PG_TEST/isolation/pg_isolation_regress" test isolation_regression "${cases[@]%.spec}"
}

regress_configuration()
{
	cat <<-END
		shared_preload_libraries = 'analytics'
		fsync = off
		max_worker_processes = 24
		shared_buffers = 64MB
		log_line_prefix = '%m [%p] %b %d '
	END
}

# pg_regress gives up at a case without expected output: it gets an empty one, in
# the copy, and the output of the case is among the kept results.
missing_expected()
{
	local folder=$WORK/source/$1/expected case
	shift
	for case in "$@"; do
		[[ ! -e $folder/$case.out ]] || continue
		say "there is no expected output of $case"
		"${AS_TESTER[@]}" touch "$folder/$case.out"
	done
}

# run_regress NAME PROGRAM INPUT DATABASE [CASE ...]: the cases in order, in a
# temporary instance.
run_regress()
{
	local name=$1 program=$2 input=$3 database=$4 status=0
	shift 4
	(($# > 0)) || return 0
	suite_folder "$name"
	missing_expected "$input" "$@"
	regress_configuration >"$SUITE_FOLDER/instance.conf"
	exec 3> >(tee "$SUITE_FOLDER/results.log")
	local reader=$!
	tester "$REGRESS_SECONDS" "$program" "--inputdir=$input" "--outputdir=$SUITE_FOLDER" \
		"--temp-instance=$SUITE_FOLDER/instance" "--temp-config=$SUITE_FOLDER/instance.conf" \
		"--bindir=$BIN" --encoding=UTF8 --no-locale "--dbname=$database" --load-extension=analytics \
		"$@" >&3 2>&3 3>&- || status=$?
	((status == 0)) || stop_postmasters 3>&-
	exec 3>&-
	wait "$reader" || true
	count_regress "$status" $#
	((SUITE_FAILED == 0)) || show_regress_failures
}

# From the result lines: "test NAME ... ok" up to PostgreSQL 15, TAP from 16
# on.  $1: exit status, $2: how many cases were asked for.
count_regress()
{
	local log=$SUITE_FOLDER/results.log missing
	SUITE_PASSED=$(grep -cE '^(ok [0-9]|test .*\.\.\. ok )' "$log" || true)
	SUITE_FAILED=$(grep -cE '^(not ok [0-9]|test .*\.\.\. FAILED)' "$log" || true)
	missing=$(($2 - SUITE_PASSED - SUITE_FAILED))
	if ((missing > 0)); then
		say "$missing cases have no result"
		SUITE_FAILED=$((SUITE_FAILED + missing))
	elif (($1 != 0 && SUITE_FAILED == 0)); then
		say "${SUITE_FOLDER##*/} ended with status $1"
		SUITE_FAILED=1
	fi
}

show_regress_failures()
{
	remember_failure "${SUITE_FOLDER##*/}" "$SUITE_FOLDER/results.log" '^not ok|FAILED'
	if [[ -s $SUITE_FOLDER/regression.diffs ]]; then
		head -n 600 "$SUITE_FOLDER/regression.diffs"
	fi
	if grep -qsE 'PANIC|was terminated by signal|could not (load|access)' "$SUITE_FOLDER/log/postmaster.log" ||
		[[ ! -s $SUITE_FOLDER/regression.diffs ]]; then
		show_tail "$SUITE_FOLDER/log/postmaster.log" 60
	fi
}

# --- fuzz ---------------------------------------------------------------------------

# Whatever does not build is told by its own line.
suite_fuzz()
{
	local -a targets
	local kind value
	suite_folder fuzz
	mapfile -t targets < <(chosen_files test/fuzz '*_fuzz.c' "$@")
	targets=("${targets[@]%_fuzz.c}")
	((${#targets[@]} > 0)) || return 0
	if ! [[ $FUZZ_SECONDS =~ ^[1-9][0-9]{0,5}$ ]]; then
		say "FUZZ_SECONDS must be a number from 1 to 999999, not \"$FUZZ_SECONDS\""
		SUITE_FAILED=${#targets[@]}
		return 0
	fi
	if ! has_fuzzer; then
		SUITE_FAILED=${#targets[@]}
		return 0
	fi
	tester_quietly 900 make -s -k "-j$JOBS" -C test/fuzz "${targets[@]/%/_fuzz}" || true
	tester $(((FUZZ_SECONDS + 140) * ${#targets[@]})) env -C test/fuzz ../lib/run/fuzz-targets \
		"$FUZZ_SECONDS" "$FUZZ_JOBS" "$SUITE_FOLDER" "${targets[@]}" || true
	[[ -r $SUITE_FOLDER/counts ]] || {
		say "the results of the suite are lost"
		SUITE_FAILED=1
		return 0
	}
	while read -r kind value; do
		case $kind in
		passed) SUITE_PASSED=$value ;;
		failed) SUITE_FAILED=$value ;;
		esac
	done <"$SUITE_FOLDER/counts"
}

has_fuzzer()
{
	# shellcheck disable=SC2016  # expanded by the inner shell
	tester_quietly 60 sh -c 'echo "int LLVMFuzzerTestOneInput(const char *data, unsigned long size) { return 0; }" |
		clang -fsanitize=fuzzer,address,undefined -x c -o "$TMPDIR/fuzzer" -' || {
		say "clang with libFuzzer and its sanitizers is not there: scripts/install-dependencies test"
		return 1
	}
}
