# shellcheck shell=bash
#
# The project index of version 1.1: how long a write waits while it is built
# in each way, and what it does for the queries of a project.  Fails when a write
# waits for the online build.  Sourced by test/bench/run beside measure.sh;
# docs/upgrading.md reports what it prints.
#
# The rows are those of real posts as a worker has written them, again and
# again under other ids, in batches of 50 of one project as crawls come in.

ONLINE_SIZES=${ONLINE_SIZES:-100000 2000000} # thousands; the last is built online
ONLINE_BATCHES=220       # of which the rows are multiplied
ONLINE_LOAD_BATCHES=2000 # that the worker has to do while the index is built
ONLINE_WRITERS=2
ONLINE_BASELINE_S=20
ONLINE_BUILD_S=600 # no longer than this
ONLINE_WAIT_MS=200 # nor may a write take longer meanwhile, unless others do without a build
ONLINE_STATES="without with"
ONLINE_PROJECTS="rare five_percent"

# --- rows -----------------------------------------------------------------

# Rows, and a writer: groups of 50 posts, half of them written before.
make_online_rows()
{
	generate online "$ONLINE_BATCHES" --compress zstd
	generate onlineload "$ONLINE_LOAD_BATCHES" --compress zstd
	use_consumer store 1
	BATCHES=$ONLINE_BATCHES publish_events online smap.events analytics.data.collected
	BATCHES=$ONLINE_BATCHES release_and_wait >/dev/null
	pause_consumer
	sql <<'SQL'
ALTER EXTENSION analytics UPDATE TO '1.0';
CREATE TABLE bench_rows AS SELECT row_number() OVER () - 1 AS n, * FROM analytics.post_analytics LIMIT 10000;
CREATE TABLE bench_writing (kind text);
CREATE TABLE bench_waits (kind text, ms float8);
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns,
	string_agg(CASE attname WHEN 'id' THEN '$1 || r.n' WHEN 'project_id' THEN '$2' ELSE 'r.' || quote_ident(attname) END, ', ' ORDER BY attnum) AS multiplied
FROM pg_attribute WHERE attrelid = 'analytics.post_analytics'::regclass AND attnum > 0 AND NOT attisdropped \gset
SELECT set_config('bench.columns', :'columns', false), set_config('bench.multiplied', :'multiplied', false) \g /dev/null
DO $do$
BEGIN
	EXECUTE format($f$
		CREATE PROCEDURE bench_fill(copy bigint) LANGUAGE sql AS $p$
			INSERT INTO analytics.post_analytics (%s) SELECT %s FROM (
				SELECT (copy * (SELECT count(*) FROM bench_rows) + n) / 50 AS batch, * FROM bench_rows) AS r ORDER BY r.n
		$p$ $f$, current_setting('bench.columns'),
		replace(replace(current_setting('bench.multiplied'), '$1', $r$'c' || copy || '_'$r$), '$2',
			$r$CASE WHEN r.batch IN (500, 1500) THEN 'rare' WHEN r.batch % 20 = 0 THEN 'five_percent' ELSE 'other_' || r.batch % 997 END$r$));
	EXECUTE format($f$
		CREATE PROCEDURE bench_write(writer integer) LANGUAGE plpgsql AS $p$
		DECLARE
			turn bigint := 0; started timestamptz; took float8; load text;
		BEGIN
			LOOP
				SELECT kind INTO load FROM bench_writing;
				EXIT WHEN load IS NULL;
				started := clock_timestamp();
				INSERT INTO analytics.post_analytics (%s) SELECT %s FROM bench_rows AS r WHERE r.n BETWEEN (turn * 25) %% 9951 AND (turn * 25) %% 9951 + 49
				ON CONFLICT (id, project_id) DO UPDATE SET view_count = excluded.view_count + 1, analyzed_at = excluded.analyzed_at;
				COMMIT;
				took := extract(epoch FROM clock_timestamp() - started) * 1000;
				INSERT INTO bench_waits VALUES (load, took);
				COMMIT;
				turn := turn + 1;
				PERFORM pg_sleep(0.02);
			END LOOP;
		END
		$p$ $f$, current_setting('bench.columns'),
		replace(replace(current_setting('bench.multiplied'), '$1', $r$'w' || writer || '_'$r$), '$2', $r$'writer_' || writer$r$));
END
$do$;
CREATE INDEX ON bench_rows (n);
TRUNCATE analytics.post_analytics;
ANALYZE bench_rows;
SQL
}

# fill_to ROWS: so many at least, and as a table is that has been there for long.
fill_to()
{
	local each copies
	each=$(value "SELECT count(*) FROM bench_rows")
	copies=$(((${1} + each - 1) / each))
	sql <<SQL
DO \$\$
BEGIN
	FOR copy IN $ONLINE_COPIES .. $copies - 1 LOOP
		CALL bench_fill(copy);
		COMMIT;
	END LOOP;
END
\$\$;
VACUUM (ANALYZE) analytics.post_analytics;
SQL
	ONLINE_COPIES=$copies
	settle
}

# --- queries ----------------------------------------------------------------

# Everything that the server and the system have kept of the tables is forgotten.
forget_caches()
{
	postgresql_stop
	sync -f "$DIR"
	if [[ $(id -u) == 0 ]] && echo 1 2>/dev/null >/proc/sys/vm/drop_caches; then
		ONLINE_FORGETS="restart, and drop_caches"
	else
		ONLINE_FORGETS="restart, and posix_fadvise(DONTNEED) on each file (dd iflag=nocache)"
		as_server find "$DIR/postgresql/data" -type f -size +64k -exec dd if={} iflag=nocache count=0 status=none \;
	fi
	postgresql_start
}

# explain NAME PROJECT: time, buffers from memory and from elsewhere, and scan.
explain()
{
	local plan hit read
	plan=$(value "EXPLAIN (ANALYZE, BUFFERS) SELECT overall_sentiment, count(*), avg(impact_score)
		FROM analytics.post_analytics WHERE project_id = '$2' GROUP BY overall_sentiment")
	hit=$(sed -n '0,/Buffers:/s/.*Buffers: shared.* hit=\([0-9]*\).*/\1/p' <<<"$plan")
	read=$(sed -n '0,/Buffers:/s/.*Buffers: shared.* read=\([0-9]*\).*/\1/p' <<<"$plan")
	record "$1_ms" "$(sed -n 's/^Execution Time: \([0-9.]*\) ms/\1/p' <<<"$plan")"
	record "$1_hit" "${hit:-0}"
	record "$1_read" "${read:-0}"
	echo "$1 $(grep -oE '(Parallel )?(Seq|Index Only|Index|Bitmap Heap) Scan' <<<"$plan" | head -n 1)" >>"$WORK/plans"
}

# query_all SIZE with|without
query_all()
{
	local round project
	for ((round = 1; round <= ROUNDS; round++)); do
		for project in $ONLINE_PROJECTS; do
			forget_caches
			explain "query_$1_$2_${project}_cold" "$project"
			explain "prewarm" "$project"
			explain "query_$1_$2_${project}_warm" "$project"
		done
	done
}

# --- writers ----------------------------------------------------------------

pause_consumer()
{
	value "SELECT analytics.pause('bench', 'bench')" >/dev/null
	wait_until 60 consumer_paused || fail "the consumer does not pause"
}

# start_writers KIND: the writers, and a worker that has batches to do.
start_writers()
{
	local number
	settle
	sql -c "INSERT INTO bench_writing VALUES ('$1')" -c "TRUNCATE analytics.batches"
	ONLINE_PIDS=()
	for ((number = 1; number <= ONLINE_WRITERS; number++)); do
		sql -c "CALL bench_write($number)" &
		ONLINE_PIDS+=($!)
	done
	BATCHES=$ONLINE_LOAD_BATCHES publish_events onlineload smap.events analytics.data.collected
	resume_consumer
	wait_until 30 batches_come || fail "no worker writes"
}

batches_come() { [[ $(value "SELECT count(*) > 10 FROM analytics.batches") == t ]]; }

stop_writers()
{
	local pid
	sql -c "DELETE FROM bench_writing"
	for pid in "${ONLINE_PIDS[@]}"; do
		wait "$pid" || fail "a writer failed"
	done
	pause_consumer
	record "$1_group" "$(value "SELECT max(ms) FROM (SELECT sum(write_ms) AS ms FROM analytics.batches GROUP BY xmin::text) AS g")"
	record "$1_batches" "$(value "SELECT count(*) FROM analytics.batches")"
	record "$1_max" "$(value "SELECT max(ms) FROM bench_waits WHERE kind = '$1'")"
	record "$1_p99" "$(value "SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) FROM bench_waits WHERE kind = '$1'")"
	record "$1_writes" "$(value "SELECT count(*) FROM bench_waits WHERE kind = '$1'")"
}

index_ready() { [[ $(value "SELECT state FROM analytics.stat_update") == ready ]]; }

load_alone()
{
	start_writers alone
	record alone_s "$ONLINE_BASELINE_S"
	sleep "$ONLINE_BASELINE_S"
	stop_writers alone
}

load_online()
{
	local started
	start_writers online
	started=$(milliseconds)
	value "SELECT analytics.prepare_update('1.1')" >/dev/null
	wait_until "$ONLINE_BUILD_S" index_ready || fail "the index is not built: $(value "SELECT to_jsonb(u) FROM analytics.stat_update AS u")"
	record online_s "$(compute "($(milliseconds) - $started) / 1000")"
	started=$(milliseconds)
	sql -c "ALTER EXTENSION analytics UPDATE TO '1.1'"
	record adopt_ms "$(($(milliseconds) - started))"
	stop_writers online
}

load_blocking()
{
	local started
	sql -c "ALTER EXTENSION analytics UPDATE TO '1.0'"
	start_writers blocking
	started=$(milliseconds)
	sql -c "SET analytics.allow_blocking_update = on" -c "ALTER EXTENSION analytics UPDATE TO '1.1'"
	record blocking_s "$(compute "($(milliseconds) - $started) / 1000")"
	stop_writers blocking
}

# --- all of it ----------------------------------------------------------------

measure_online_index()
{
	local size
	ONLINE_COPIES=0
	say "making rows"
	make_online_rows
	for size in $ONLINE_SIZES; do
		say "filling to $size rows"
		fill_to "$size"
		record "size_$size" "$(value "SELECT pg_relation_size('analytics.post_analytics') / 1048576.0")"
		say "$size rows, without the index"
		query_all "$size" without
		if [[ $size == "${ONLINE_SIZES##* }" ]]; then
			say "writing, building while others write"
			load_alone
			load_online
			sql -c "VACUUM (ANALYZE) analytics.post_analytics"
		else
			sql -c "SET analytics.allow_blocking_update = on" -c "ALTER EXTENSION analytics UPDATE TO '1.1'"
		fi
		record "index_$size" "$(value "SELECT pg_relation_size('analytics.idx_post_analytics_project_id') / 1048576.0")"
		say "$size rows, with the index"
		query_all "$size" with
		[[ $size == "${ONLINE_SIZES##* }" ]] || sql -c "ALTER EXTENSION analytics UPDATE TO '1.0'"
	done
	say "building while others wait"
	load_blocking
}

online_query_rows()
{
	local size project state temperature name
	for size in $ONLINE_SIZES; do
		for project in $ONLINE_PROJECTS; do
			for temperature in cold warm; do
				for state in $ONLINE_STATES; do
					name=query_${size}_${state}_${project}_${temperature}
					printf '  %8d  %-12s  %-4s  %-7s  %10.1f  %8.0f  %8.0f  %s\n' "$size" "$project" "$temperature" "$state" \
						"$(median "${name}_ms")" "$(median "${name}_hit")" "$(median "${name}_read")" \
						"$(sed -n "s/^$name //p" "$WORK/plans" | tail -n 1)"
				done
			done
		done
	done
}

online_write_rows()
{
	local kind
	for kind in alone online blocking; do
		printf '  %-9s  %8.1f  %8.0f  %10.1f  %12.1f  %15.0f  %16.1f\n' "$kind" "$(median "${kind}_s")" "$(median "${kind}_writes")" \
			"$(median "${kind}_p99")" "$(median "${kind}_max")" "$(median "${kind}_batches")" "$(median "${kind}_group")"
	done
}

print_online_index()
{
	cat <<END

The project index: $ONLINE_WRITERS writers of 50 posts at a time and one worker, while it is built on ${ONLINE_SIZES##* } rows
$(machine); load average $(cut -d' ' -f1-3 /proc/loadavg) at the end
$(settings)

  building   seconds    writes     p99 ms    longest ms  worker's batches  longest group ms
$(online_write_rows)
  longest: one write, from its statement to its commit, as its session sees it; group: the same of the worker; adopting took $(median adopt_ms) ms

Queries of a project (sentiment, count and average impact of all its posts); medians of $ROUNDS; cold: $ONLINE_FORGETS
$(for size in $ONLINE_SIZES; do printf '  %s rows: table %.0f MB, index %.1f MB\n' "$size" "$(median "size_$size")" "$(median "index_$size")"; done)

      rows  project       cache  index    time in ms   buffers: hit  read  scan
$(online_query_rows)

END
	figure online_longest_write_ms "$(median online_max)"
	figure online_longest_group_ms "$(median online_group)"
	figure online_build_s "$(median online_s)"
	figure blocking_longest_write_ms "$(median blocking_max)"
	figure alone_longest_write_ms "$(median alone_max)"
	require_short_waits max "write of a session"
	require_short_waits group "group of the worker"
}

# require_short_waits FIGURE WHAT: none took long because of the build.  On a machine that
# is busy with something else writes take long without it too, and nothing can be said.
require_short_waits()
{
	local online alone
	online=$(median "online_$1")
	alone=$(median "alone_$1")
	[[ $(compute "$online > $ONLINE_WAIT_MS && $alone > $ONLINE_WAIT_MS") == 0 ]] ||
		fail "nothing is proved: the longest $2 took $alone ms before the index was built, too ($online ms meanwhile): this machine is busy"
	[[ $(compute "$online > $ONLINE_WAIT_MS") == 0 ]] ||
		fail "the longest $2 took $online ms while the index was built, and $alone ms before: $ONLINE_WAIT_MS ms are allowed"
}
