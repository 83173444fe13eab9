# shellcheck shell=bash
#
# For test/matrix/run: which Debian release has which PostgreSQL, asked of the
# machine's own mirror.  Sourced.
#
# LISTS is a folder of apt's for each release; they are asked anew in each run.

# Where to look, first match first.  What is in experimental needs sid besides.
RELEASES=(bookworm trixie forky sid experimental)

# $1: release; what its sources are called in sources.list, one a line
sources_of()
{
	case $1 in
	experimental) printf '%s\n' sid experimental ;;
	*) echo "$1" ;;
	esac
}

# The lists of every release that the mirror has.
fetch_lists()
{
	local release
	LISTS=$CACHE/lists
	for release in "${RELEASES[@]}"; do
		rm -rf "${LISTS:?}/$release"
		prepare_apt "$LISTS/$release" "$release"
		if ! private_apt "$LISTS/$release" update >"$LISTS/$release/log" 2>&1; then
			say "Debian $release cannot be read: $(grep -m 1 '^E:' "$LISTS/$release/log" | sed 's,[a-z]*://[^ ]*/dists/,,')"
			rm -rf "${LISTS:?}/$release"
		fi
	done
}

# $1: release, $2: package; its version, or nothing
packaged_version()
{
	local -a options
	[[ -d $LISTS/$1 ]] || return 0
	mapfile -t options < <(private_apt_options "$LISTS/$1")
	apt-cache "${options[@]}" show --no-all-versions "$2" 2>/dev/null | sed -n 's/^Version: //p' | head -n 1
}

# $1: PostgreSQL's major version; the first release that has it, or nothing
release_of()
{
	local release
	for release in "${RELEASES[@]}"; do
		if [[ -n $(packaged_version "$release" "postgresql-server-dev-$1") ]]; then
			echo "$release"
			return
		fi
	done
}
