# shellcheck shell=bash
#
# For test/matrix/run: which Debian release has which PostgreSQL, asked of the
# machine's own mirror.  Sourced.
#
# LISTS has a folder of apt's for each release that was looked at; what the mirror
# has is asked anew in each run.

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

# Forget what an earlier run has read.
forget_lists()
{
	LISTS=$CACHE/lists
	rm -rf "$LISTS"
	mkdir -p "$LISTS"
}

# $1: release; its list is there, or cannot be read, which is said once.
has_list()
{
	local release=$1 log=$LISTS/$1.log
	local -a options
	[[ ! -e $log ]] || {
		[[ -d $LISTS/$release ]]
		return
	}
	prepare_apt "$LISTS/$release" "$release"
	mapfile -t options < <(private_apt_options "$LISTS/$release")
	if ! timeout -k 5 "$(at_most 300)" apt-get -q "${options[@]}" update </dev/null >"$log" 2>&1; then
		say "Debian $release cannot be read: $(grep -m 1 '^E:' "$log" | sed 's,[a-z]*://[^ ]*/dists/,,')"
		rm -rf "${LISTS:?}/$release"
		return 1
	fi
}

# $1: release, $2: package; its version, or nothing
packaged_version()
{
	local -a options
	has_list "$1" || return 0
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
