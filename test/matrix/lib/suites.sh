# shellcheck shell=bash
#
# For test/matrix/run: what is done in a root with a PostgreSQL, and the lines
# that tell of it.  Sourced.

# result WHAT PASSED FAILED: a line, and the totals.
result()
{
	echo "matrix: $TITLE: $1: $2 passed, $3 failed"
	PASSED=$((PASSED + $2))
	FAILED=$((FAILED + $3))
}

# A suite that came to nothing.
failed() { result "$1" 0 1; }

wanted() { [[ " ${SUITES[*]} " == *" $1 "* ]]; }

run_version()
{
	local version=$1 release=$2
	TITLE="PostgreSQL $version"
	if wanted package; then
		run_package "$version" "$release"
	fi
	if [[ ${SUITES[*]} != package ]]; then
		run_in_root "$version" "$release"
	fi
	read_container_tag
	if wanted package && [[ $CONTAINER_VERSION == "$version" ]]; then
		run_container
	fi
}

run_in_root()
{
	local version=$1 release=$2
	if ! build_root "$release"; then
		if [[ -n $OPTIONAL ]]; then
			echo "not run: $TITLE: no root of Debian $release could be made within $OPTIONAL_SECONDS seconds"
		else
			failed "root of Debian $release"
		fi
		return
	fi
	PG_CONFIG=/usr/lib/postgresql/$version/bin/pg_config
	copy_checkout "$ROOT"
	title "$version"
	! wanted build || run_build
	run_suites
	! wanted upgrade || run_upgrade "$version" "$release"
	rm -rf "${ROOT:?}/checkout" "$ROOT"/tmp/analytics-test.*
}

# What is tested, by the root's own word.
title()
{
	local server library
	server=$(inside 60 "$ROOT" "$PG_CONFIG" --version | sed 's/ (.*//') || true
	library=$(inside 60 "$ROOT" dpkg-query -W -f '${Version}' librabbitmq-dev | sed 's/-[^-]*$//') || true
	TITLE="${server:-PostgreSQL $1}, librabbitmq ${library:-of no version}"
}

# --- build --------------------------------------------------------------------------

# compile COMPILER ARGUMENT...: with make's arguments; fails on a warning too.
compile()
{
	local compiler=$1 log=$RESULTS/${PG_CONFIG//[!0-9]/}-$1.log
	shift
	if inside 1800 "$ROOT" bash -c '"$@" clean && "$@" all' bash \
		make -s "-j$(nproc)" "PG_CONFIG=$PG_CONFIG" "CC=$compiler" "$@" >"$log" 2>&1 && ! grep -q 'warning:' "$log"; then
		return
	fi
	tail -n 40 "$log" >&2
	return 1
}

# The flags that PostgreSQL was built with are gcc's, and its headers are not for clang to judge.
run_build()
{
	local passed=0 compilers=0 compiler
	local -a extra
	for compiler in gcc clang; do
		compilers=$((compilers + 1))
		extra=()
		[[ $compiler == gcc ]] || extra=("CFLAGS=-O2 -g -std=gnu11 -Wno-unknown-warning-option -isystem $(inside 60 "$ROOT" "$PG_CONFIG" --includedir-server)")
		if compile "$compiler" "${extra[@]}"; then
			passed=$((passed + 1))
		else
			say "$TITLE: $compiler does not build it without a warning"
		fi
	done
	if ((passed == compilers)); then
		echo "matrix: $TITLE: build ok"
	fi
	result build "$passed" "$((compilers - passed))"
}

# --- the suites of test/run ---------------------------------------------------------

# In one call, so that it builds once; 50 minutes a suite at most.
run_suites()
{
	local suite log=$RESULTS/${PG_CONFIG//[!0-9]/}-suites.log before=$FAILED
	local -a suites=()
	for suite in unit regress isolation tap; do
		! wanted "$suite" || suites+=("$suite")
	done
	((${#suites[@]} > 0)) || return 0
	inside $((3000 * ${#suites[@]})) "$ROOT" env "PG_CONFIG=$PG_CONFIG" ${ANALYTICS_TEST_JOBS:+"ANALYTICS_TEST_JOBS=$ANALYTICS_TEST_JOBS"} \
		test/run "${suites[@]}" "${FILES[@]}" >"$log" 2>&1 || true
	for suite in "${suites[@]}"; do
		report "$suite" "$log" "--- $suite: "
	done
	((FAILED == before)) || tail -n 60 "$log" >&2
}

# report WHAT LOG PREFIX: the totals in the last line that begins with PREFIX; what explains a
# failure is above it.
report()
{
	local what=$1 log=$2 prefix=$3 passed= failed=
	read -r passed failed < <(sed -nE "s/^$prefix([0-9]+) passed, ([0-9]+) failed.*/\\1 \\2/p" "$log" | tail -n 1) || true
	result "$what" "${passed:-0}" "${failed:-1}"
	[[ ${failed:-1} == 0 ]] || say "what $what said is in ${log#"$CHECKOUT/"}"
}

# --- pg_upgrade -----------------------------------------------------------------------

# The oldest version that the mirror has, and its release.
oldest_version()
{
	local version release
	for version in "${VERSIONS_KNOWN[@]}"; do
		release=$(release_of "$version")
		if [[ -n $release ]]; then
			echo "$version $release"
			return
		fi
	done
}

# run_upgrade VERSION RELEASE: the oldest is installed beside it from its own release.
run_upgrade()
{
	local old release log=$RESULTS/$1-upgrade.log
	read -r old release < <(oldest_version)
	((old < $1)) || return 0
	if ! add_postgresql "$ROOT" "$old" "$release"; then
		failed "upgrade from $old"
		return
	fi
	inside 1800 "$ROOT" test/matrix/upgrade "/usr/lib/postgresql/$old/bin/pg_config" "$PG_CONFIG" >"$log" 2>&1 || true
	report "upgrade from $old" "$log" ""
}
