# shellcheck shell=bash
#
# For test/matrix/run: deploy/Containerfile without an engine.  Sourced.
#
# Its instructions are carried out in clean Debian roots, one a stage.  In the
# place of PostgreSQL's image stands the Debian release that its tag names, with
# that release's packages of the PostgreSQL that it names.

# Set CONTAINER_VERSION and CONTAINER_RELEASE, of the image's tag.
read_container_tag()
{
	local tag
	tag=$("$CHECKOUT/scripts/check-containerfile" --steps | sed -nE 's/^.*\tFROM\t.*:([0-9]+-[a-z]+)"\]$/\1/p' | head -n 1)
	CONTAINER_VERSION=${tag%%-*}
	CONTAINER_RELEASE=${tag#*-}
}

# A root with what the image has.  Set CLEAN.
stand_in()
{
	clean_root "$CONTAINER_RELEASE" &&
		inside 900 "$CLEAN" apt-get -q -y install --no-install-recommends "postgresql-$CONTAINER_VERSION"
}

# json_words JSON: its strings, each ended by a zero byte
json_words() { perl -MJSON::PP -0777 -ne 'print map { "$_\0" } @{ JSON::PP->new->decode($_) }' <<<"$1"; }

# What COPY says; the words are the stage to copy from or nothing, the sources, the target.
copy_into()
{
	local root=$1 folder=$2 from=$3 source target
	shift 3
	target=${*: -1}
	[[ $target == /* ]] || target=$folder/$target
	mkdir -p "$root/$target"
	for source in "${@:1:$#-1}"; do
		if [[ -n $from ]]; then
			cp -a "${STAGE_ROOTS[$from]}/$source/." "$root/$target/"
		elif [[ $source == . ]]; then
			copy_checkout "$root" && cp -a "$root/checkout/." "$root/$target/"
		else
			cp "$CHECKOUT/$source" "$root/$target/"
		fi
	done
}

# All steps; the root of the last stage is CLEAN then.
build_container()
{
	local stage instruction json folder=/
	local -a words
	declare -gA STAGE_ROOTS=()
	while IFS=$'\t' read -r stage instruction json; do
		mapfile -d '' words < <(json_words "$json")
		case $instruction in
		FROM)
			stand_in || return 1
			STAGE_ROOTS[$stage]=$CLEAN
			folder=/
			;;
		WORKDIR)
			folder=${words[0]}
			mkdir -p "$CLEAN/$folder"
			;;
		COPY) copy_into "$CLEAN" "$folder" "${words[@]}" || return 1 ;;
		RUN) inside 1800 "$CLEAN" env -C "$folder" "PG_MAJOR=$CONTAINER_VERSION" sh -ec "${words[0]}" || return 1 ;;
		CMD) CONTAINER_COMMAND=("${words[@]}") ;;
		*)
			say "no stand-in for $instruction"
			return 1
			;;
		esac
	done < <("$CHECKOUT/scripts/check-containerfile" --steps)
}

# As the image does: the server as the command has it, and what is in its folder of scripts.
try_container()
{
	inside 300 "$CLEAN" env "PATH=/usr/lib/postgresql/$CONTAINER_VERSION/bin:/usr/bin:/bin" sh -ec '
		install -d -o postgres -g postgres /try /var/run/postgresql
		as() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
		as initdb -D /try/data -E UTF8 --locale C.UTF-8 >/dev/null
		as "$@" -D /try/data >/try/log 2>&1 &
		for try in $(seq 600); do ! as pg_isready -q || break; sleep 0.1; done
		as psql -X -v ON_ERROR_STOP=1 -f /docker-entrypoint-initdb.d/analytics.sql
		as psql -X -A -t -c "SELECT extname, extversion FROM pg_extension WHERE extname = \$\$analytics\$\$" | grep analytics
		for try in $(seq 600); do
			found=$(as psql -X -A -t -c "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE \$\$analytics %\$\$")
			[ "$found" -lt 2 ] || break
			sleep 0.1
		done
		[ "$found" -ge 2 ] || { cat /try/log; exit 1; }
		as pg_ctl -D /try/data -m fast -w stop' sh "${CONTAINER_COMMAND[@]}"
}

run_container()
{
	local log=$RESULTS/container.log
	TITLE="PostgreSQL $CONTAINER_VERSION, Containerfile"
	CONTAINER_COMMAND=()
	if build_container >"$log" 2>&1 && try_container >>"$log" 2>&1; then
		result "its steps, carried out in roots" 1 0
	else
		tail -n 25 "$log" >&2
		failed "its steps, carried out in roots"
	fi
	remove_clean_roots
}
