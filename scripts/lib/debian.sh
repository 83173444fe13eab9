# shellcheck shell=bash
#
# What scripts/s3-server-root and test/matrix/run share: the cache folder, and
# packages of Debian releases other than the machine's own, from the machine's
# own Debian mirror.  Sourced, with a function fail.  Never writes to apt's own
# folders, and never holds the address of a mirror: apt is asked for it.
#
#   $ANALYTICS_CACHE_DIR, else /var/cache/analytics-pg for root,
#   else ~/.cache/analytics-pg

DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# Where something may have been cached before.
cache_candidates()
{
	if [[ -n ${ANALYTICS_CACHE_DIR:-} ]]; then
		echo "$ANALYTICS_CACHE_DIR"
		return
	fi
	echo /var/cache/analytics-pg
	[[ $(id -u) == 0 ]] || echo "${HOME:?}/.cache/analytics-pg"
}

# The cache to write to.
cache_folder() { cache_candidates | tail -n 1; }

# The address of the machine's own Debian mirror, whatever the format of its
# sources: apt reads them for us.  The origin is known once the machine's
# package lists were fetched; before that the release's name has to do.
mirror_address()
{
	local codename targets
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	# shellcheck disable=SC2016  # the fields are apt's
	targets=$(apt-get indextargets \
		--format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' 2>/dev/null)
	awk -v codename="$codename" '
		$2 == codename && $3 == "main" && $4 == "Debian" { known = known ? known : $1 }
		$2 == codename && $3 == "main" { likely = likely ? likely : $1 }
		END { print known ? known : likely }' <<<"$targets"
}

# apt's options for a state folder of our own.  A machine's own settings
# (proxies and so on) stay in force; only the sources and the folders are ours.
# $1: the folder
private_apt_options()
{
	local state=$1
	printf '%s\n' -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
		-o Dir::State="$state" -o Dir::State::status="$state/status" \
		-o Dir::State::extended_states="$state/extended_states" \
		-o Dir::Cache="$state/cache" -o APT::Sandbox::User="$(id -un)" \
		-o APT::Install-Recommends=false -o Acquire::Languages=none
}

# private_apt FOLDER ARGUMENT...: apt-get with that folder.
private_apt()
{
	local -a options
	mapfile -t options < <(private_apt_options "$1")
	shift
	apt-get -q "${options[@]}" "$@"
}

# prepare_apt FOLDER RELEASE...: a state folder for these releases.
prepare_apt()
{
	local state=$1 address
	shift
	address=$(mirror_address)
	[[ -n $address ]] ||
		fail "no Debian source with component main in the machine's apt sources, so nowhere to fetch from"
	[[ -r $DEBIAN_KEYRING ]] ||
		fail "$DEBIAN_KEYRING is missing: apt-get install debian-archive-keyring"
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	: >"$state/status"
	printf "deb [signed-by=$DEBIAN_KEYRING] $address %s main\n" "$@" >"$state/sources.list"
}
