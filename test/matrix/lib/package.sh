# shellcheck shell=bash
#
# For test/matrix/run: the Debian package.  Sourced.

# Built in a root without anything but what debian/control asks for, and installed in another
# without anything: each step is a test.
run_package()
{
	local version=$1 release=$2 build log=$RESULTS/$1-package.log
	if ! { clean_root "$release" && build=$CLEAN && clean_root "$release"; }; then
		failed "package"
		return
	fi
	STEPS_PASSED=0
	STEPS_FAILED=0
	: >"$log"
	copy_checkout "$build"
	copy_checkout "$CLEAN"
	step "built" "$log" 1800 "$build" bash -ec "$BUILD_PACKAGE" bash "$version" &&
		step "lintian clean" "$log" 600 "$build" bash -ec "$LINT_PACKAGE" || true
	if cp "$build"/packages/postgresql-*-analytics_*.deb "$CLEAN/" 2>/dev/null; then
		step "installed, and an event goes through a worker" "$log" 900 "$CLEAN" bash -ec "$TRY_PACKAGE" bash "$version" || true
		step "autopkgtest's regression tests" "$log" 900 "$build" bash -ec "$CHECK_PACKAGE" bash "$version" || true
		step "removed without a trace" "$log" 300 "$CLEAN" bash -ec "$REMOVE_PACKAGE" bash "$version" || true
	fi
	result package "$STEPS_PASSED" "$STEPS_FAILED"
	rm -rf "$build" "$CLEAN"
}

# step WHAT LOG SECONDS ROOT COMMAND...: counted; fails when the command did.
step()
{
	local what=$1 log=$2
	shift 2
	echo "=== $what" >>"$log"
	if inside "$@" >>"$log" 2>&1; then
		STEPS_PASSED=$((STEPS_PASSED + 1))
		return
	fi
	STEPS_FAILED=$((STEPS_FAILED + 1))
	say "$TITLE: package: not $what; its log is ${log#"$CHECKOUT/"}"
	tail -n 25 "$log" >&2
	return 1
}

# shellcheck disable=SC2016  # for the shells of the roots
{
	BUILD_PACKAGE='
		apt-get -q -y install --no-install-recommends build-essential debhelper "postgresql-server-dev-$1" postgresql-server-dev-all
		PG_SUPPORTED_VERSIONS=$1 pg_buildext updatecontrol
		apt-get -q -y build-dep --no-install-recommends ./
		PG_CONFIG=/usr/lib/postgresql/$1/bin/pg_config scripts/package /packages'
	LINT_PACKAGE='
		apt-get -q -y install --no-install-recommends lintian
		# it is not for the archive of Debian, so no bug there asks for it
		lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs /packages/*.changes'
	TRY_PACKAGE='
		apt-get -q -y install --no-install-recommends /postgresql-"$1"-analytics_*.deb
		debian/tests/worker'
	CHECK_PACKAGE='
		apt-get -q -y install --no-install-recommends make /packages/postgresql-"$1"-analytics_*.deb
		debian/tests/installcheck'
	REMOVE_PACKAGE='
		apt-get -q -y purge "postgresql-$1-analytics"
		left=$(find /usr /etc /var/lib -name "*analytics*" ! -path "/var/lib/dpkg/*" ! -path "/var/lib/apt/*")
		[ -z "$left" ] || { echo "left: $left"; exit 1; }'
}
