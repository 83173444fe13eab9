# shellcheck shell=bash
#
# For test/matrix/run: Debian roots.  Sourced; as root.
#
#   CACHE/base-RELEASE    Debian without anything, made by mmdebstrap
#   CACHE/small-RELEASE   the same with what the build, unit, regress and isolation need
#   CACHE/root-RELEASE    the same with what all suites need
#   CACHE/clean.XXXXXX    a copy of base-RELEASE, of this run
#   CACHE/packages        what apt has fetched, for all of them
#
# A root that was made with other scripts than these is made anew, and one that
# could not be finished is removed.  A command in a root has namespaces of its
# own for mounts and processes: what it mounts and starts ends with it.

# How they are made; a higher number has them made anew.
ROOTS_VERSION=1

# $1: base, small or root, $2: release
roots_stamp()
{
	{
		echo "$ROOTS_VERSION"
		sources_of "$2"
		[[ $1 == base ]] || cat "$CHECKOUT/scripts/install-dependencies"
	} | sha256sum | cut -c 1-16
}

has_root() { [[ $(cat "$CACHE/$1/.analytics-matrix" 2>/dev/null) == "$(roots_stamp "${1%%-*}" "${1#*-}")" ]]; }

# The machine's settings of how to fetch (proxies, dates), for apt in the root.
fetch_settings() { apt-config dump | grep -E '^Acquire::(http|https|ftp|Retries|Check-|ForceIPv)[^ ]* "[^"]'; }

# --- commands in a root ---------------------------------------------------------------

# bounded SECONDS COMMAND...: in the background, so that a signal to this script is not kept
# waiting for its end.
bounded()
{
	local seconds=$1 status=0
	shift
	timeout -k 5 "$seconds" "$@" </dev/null &
	CHILD=$!
	wait "$CHILD" || status=$?
	CHILD=
	return "$status"
}

# However this script ends.
end_child()
{
	[[ -n ${CHILD:-} ]] || return 0
	kill -TERM "$CHILD" 2>/dev/null || true
	wait "$CHILD" || true
	CHILD=
}

# inside SECONDS ROOT COMMAND...: as root of it, in its folder /checkout.
inside()
{
	local seconds=$1 root=$2
	shift 2
	# shellcheck disable=SC2016  # expanded by the inner shells
	bounded "$seconds" unshare --mount --pid --ipc --fork --kill-child bash -ec '
		root=$1 packages=$2
		shift 2
		mkdir -p "$root/checkout" "$root/var/cache/apt/archives"
		mount -t proc proc "$root/proc"
		mount --rbind /sys "$root/sys"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
		mount --bind "$packages" "$root/var/cache/apt/archives"
		cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
		chroot "$root" /usr/bin/env -i -C /checkout HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
			PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' bash "$root" "$CACHE/packages" "$@"
}

# The same into a log that is shown when the command fails.
inside_quietly()
{
	local log=$RESULTS/quiet.log
	if ! inside "$@" >"$log" 2>&1; then
		tail -n 40 "$log" >&2
		return 1
	fi
}

# The checkout's files as git would take them, new ones included.  $1: root
copy_checkout()
{
	rm -rf "${1:?}/checkout"
	mkdir -p "$1/checkout"
	tar -C "$CHECKOUT" --exclude-vcs --exclude='*.o' --exclude='*.bc' --exclude='*.so' --exclude='*.deb' \
		--exclude=node_modules --exclude=./sql/analytics--1.0.sql --exclude=./.demo --exclude=./test/fuzz/build \
		--exclude=./tmp_check --exclude=./results --exclude=./log -cf - . |
		tar -C "$1/checkout" --no-same-owner -xf -
}

# --- making them ----------------------------------------------------------------------

# $1: seconds; they, or less if that would be past the time for making roots.
at_most()
{
	local left=$((${ROOTS_UNTIL:-999999} - SECONDS))
	((left > 0)) || left=1
	echo $((left < $1 ? left : $1))
}

# make_root NAME MAKER ARGUMENT...: call MAKER with a folder, which becomes CACHE/NAME.
make_root()
{
	local name=$1 folder started=$SECONDS
	shift
	[[ -z $FRESH ]] || rm -rf "${CACHE:?}/$name"
	if has_root "$name"; then
		return
	fi
	folder=$(mktemp -d "$CACHE/making.XXXXXX")
	say "making $CACHE/$name"
	if ! "$1" "$folder" "${@:2}"; then
		rm -rf "$folder"
		return 1
	fi
	roots_stamp "${name%%-*}" "${name#*-}" >"$folder/.analytics-matrix"
	rm -rf "${CACHE:?}/$name"
	mv "$folder" "$CACHE/$name"
	say "made it in $((SECONDS - started)) s, $(du -sm "$CACHE/$name" | cut -f1) MB"
}

# $1: folder, $2: release
bootstrap()
{
	local release
	local -a sources
	mapfile -t sources < <(sources_of "$2")
	fetch_settings >"$RESULTS/apt.conf" || true
	prepare_apt "$RESULTS/apt-$2" "${sources[@]}"
	mkdir -p "$CACHE/packages/partial"
	bounded "$(at_most 1200)" mmdebstrap --mode=root --variant=apt --format=directory --include=ca-certificates \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
		--aptopt="$RESULTS/apt.conf" "${sources[0]}" "$1" "$RESULTS/apt-$2/sources.list" >"$RESULTS/quiet.log" 2>&1 || {
		tail -n 20 "$RESULTS/quiet.log" | sed -E 's,[a-z]+://[^ ]*/dists/,,' >&2
		return 1
	}
	chmod 755 "$1"
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
	chmod 755 "$1/usr/sbin/policy-rc.d"
	# Experimental never wins by itself, and what it needs of itself must.
	[[ $2 != experimental ]] ||
		printf 'Package: src:postgresql-*\nPin: release a=experimental\nPin-Priority: 990\n' >"$1/etc/apt/preferences.d/matrix"
	inside_quietly "$(at_most 300)" "$1" apt-get -q update
}

base_root() { make_root "base-$1" bootstrap "$1"; }

# $1: folder, $2: release, $3: kind; what the suites need, by the project's own script
furnish()
{
	local -a groups=(build)
	[[ $3 == small ]] || groups+=(test)
	cp -a "$CACHE/base-$2/." "$1/"
	copy_checkout "$1"
	inside_quietly "$(at_most 2400)" "$1" scripts/install-dependencies "${groups[@]}" &&
		inside_quietly "$(at_most 600)" "$1" apt-get -q -y install --no-install-recommends clang perl
}

# Set ROOT.  $1: release; the small one will do if no servers are wanted.
build_root()
{
	local kind=small
	if wanted tap || wanted upgrade || { [[ -z $FRESH ]] && has_root "root-$1"; }; then
		kind=root
	fi
	ROOT=$CACHE/$kind-$1
	base_root "$1" && make_root "$kind-$1" furnish "$1" "$kind"
}

# add_postgresql ROOT VERSION RELEASE: another one beside that of the root.
add_postgresql()
{
	local root=$1 version=$2 release=$3
	[[ ! -x $root/usr/lib/postgresql/$version/bin/postgres || ! -d $root/usr/lib/postgresql/$version/lib/pgxs ]] || return 0
	cat "$LISTS/$release/sources.list" >"$root/etc/apt/sources.list.d/older.list"
	# for what only it has
	printf 'Package: *\nPin: release n=%s\nPin-Priority: 100\n' "$release" >"$root/etc/apt/preferences.d/older"
	inside_quietly 300 "$root" apt-get -q update &&
		inside_quietly 1200 "$root" apt-get -q -y install --no-install-recommends "postgresql-$version" "postgresql-server-dev-$version"
}

# Set CLEAN: a root without anything, of this run alone.  $1: release
clean_root()
{
	base_root "$1" || return 1
	CLEAN=$(mktemp -d "$CACHE/clean.XXXXXX")
	CLEANS+=("$CLEAN")
	cp -a --reflink=auto "$CACHE/base-$1/." "$CLEAN/"
}

remove_clean_roots()
{
	((${#CLEANS[@]} == 0)) || rm -rf "${CLEANS[@]}"
	rm -rf "${CACHE:?}"/making.*
	CLEANS=()
}
