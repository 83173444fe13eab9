# shellcheck shell=bash disable=SC2034  # variables serve the other parts
#
# For test/run: copy the sources, build them, and install them into a private
# copy of the PostgreSQL installation.  Sourced.
#
# A PostgreSQL finds its libraries and its extensions relative to its own
# program, so programs copied to another prefix, with links to everything else,
# are an installation of their own.

JOBS=$(nproc)

copy_sources()
{
	tar -C "$CHECKOUT" --exclude-vcs --exclude='*.o' --exclude='*.bc' --exclude='*.so' --exclude=node_modules \
		--exclude=./sql/analytics--1.0.sql --exclude=./.demo --exclude=./test/fuzz/build --exclude=./tmp_check --exclude=./results --exclude=./log -cf - . |
		"${AS_TESTER[@]}" tar -C "$WORK/source" --no-same-owner -xf - || {
		say "could not copy the sources"
		return 1
	}
	PG_CONFIG=$(command -v "${PG_CONFIG:-pg_config}") || {
		say "pg_config is not there: scripts/install-dependencies build, or name one in PG_CONFIG"
		return 1
	}
	PG_BIN=$("$PG_CONFIG" --bindir)
	PG_LIB=$("$PG_CONFIG" --pkglibdir)
	PG_SHARE=$("$PG_CONFIG" --sharedir)
	PG_TEST=$(dirname "$("$PG_CONFIG" --pgxs)")/../test
	STAGE=$WORK/stage
	BIN=$STAGE$PG_BIN
	TESTER_ENV+=("PG_CONFIG=$PG_CONFIG")
}

# What make is told besides, for all our code.
build_flags()
{
	# The crash points of src/ingest/crash_point.c are for tests alone.
	printf '%s\n' "ANALYTICS_CFLAGS=-DANALYTICS_TESTING ${SANITIZE:+$SANITIZER_CFLAGS}"
	[[ -z $SANITIZE ]] || printf '%s\n' "ANALYTICS_LDFLAGS=$SANITIZER_LDFLAGS"
}

build_extension()
{
	local -a flags
	mapfile -t flags < <(build_flags)
	echo "$("$PG_CONFIG" --version), $(gcc --version | head -n 1)"
	tester_quietly 900 make -s "-j$JOBS" "${flags[@]}" || {
		say "the extension does not build"
		return 1
	}
	if ! { tester_quietly 300 make -s "-j$JOBS" -C test/unit "${flags[@]}" &&
		tester_quietly 300 make -s "-j$JOBS" -C test/tools; }; then
		say "the tests' programs do not build"
		return 1
	fi
}

# link_entries FROM TO: a link in TO for each entry of FROM, but ours.
link_entries()
{
	tester_quietly 60 find "$1" -mindepth 1 -maxdepth 1 ! -name 'analytics*' ! -name extension \
		-exec ln -s -t "$2" {} +
}

copy_postgresql()
{
	tester_quietly 60 mkdir -p "$BIN" "$STAGE$PG_LIB" "$STAGE$PG_SHARE/extension" &&
		tester_quietly 60 cp -rL "$PG_BIN/." "$BIN" &&
		link_entries "$PG_LIB" "$STAGE$PG_LIB" &&
		link_entries "$PG_SHARE" "$STAGE$PG_SHARE" &&
		link_entries "$PG_SHARE/extension" "$STAGE$PG_SHARE/extension"
}

install_privately()
{
	local -a flags
	mapfile -t flags < <(build_flags)
	if ! { copy_postgresql && tester_quietly 300 make -s install "DESTDIR=$STAGE" "${flags[@]}"; }; then
		say "could not install into the private copy of PostgreSQL"
		return 1
	fi
	TESTER_ENV+=("PATH=$BIN:$PATH:/usr/sbin:/sbin")
	[[ $(tester 60 "$BIN/pg_config" --pkglibdir) == "$STAGE$PG_LIB" ]] || {
		say "this PostgreSQL cannot be relocated: its programs do not find their files relative to $PG_BIN"
		return 1
	}
}
