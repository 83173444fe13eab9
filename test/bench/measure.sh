# shellcheck shell=bash
#
# The bench's measurements.  Each leaves its figures with `record NAME VALUE`;
# none prints.  Sourced by test/bench/run, whose variables it uses.

# --- figures ------------------------------------------------------------------

record() { printf '%s %s\n' "$1" "$2" >>"$WORK/figures"; }

# The median of all that was recorded under a name.
median()
{
	awk -v name="$1" '$1 == name { print $2 }' "$WORK/figures" | sort -g |
		awk '{ v[NR] = $1 } END { if (NR == 0) exit 1; print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }' ||
		fail "no figure \"$1\" was recorded"
}

largest() { awk -v name="$1" '$1 == name { print $2 }' "$WORK/figures" | sort -g | tail -n 1; }

# compute EXPRESSION: awk's arithmetic, six digits.
compute() { awk "BEGIN { printf \"%.6g\\n\", ($1) }"; }

# --- the queue ------------------------------------------------------------------

# publish_events SET EXCHANGE QUEUE
publish_events()
{
	"$LOADGEN" publish --events "$WORK/$1/events.jsonl" --declare --mandatory --exchange "$2" --queue "$3" \
		--limit "$BATCHES" >"$WORK/publish.log" || {
		cat "$WORK/publish.log" >&2
		fail "could not publish the workload"
	}
}

# --- the extension ------------------------------------------------------------

clear_tables()
{
	sql -c "TRUNCATE analytics.post_analytics, analytics.crawl_errors, analytics.batches"
	settle
}

# The same state of the write-ahead log and of the disk before each run: none
# pays for what the one before left to be written.
settle()
{
	sql -c "CHECKPOINT"
	sync -f "$DIR"
}

# use_consumer STORE WORKERS: paused, with its queue empty.
use_consumer()
{
	value "SELECT analytics.alter_consumer('bench', store => '$1', workers => $2)" >/dev/null
	await_consumer bench
	value "SELECT analytics.pause('bench', 'bench')" >/dev/null
	wait_until 20 consumer_paused || fail "the consumer does not pause"
}

consumer_paused()
{
	[[ $(value "SELECT bool_and(state = 'paused') AND sum(unacknowledged) = 0 FROM analytics.stat_worker") == t ]]
}

worker_pids() { value "SELECT pid FROM analytics.stat_worker WHERE pid IS NOT NULL ORDER BY worker"; }

# The kilobytes of memory that the worker $1 has for itself.
private_memory() { sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status" 2>/dev/null; }

# Watch the memory of the workers, until the file $1 goes.
watch_memory()
{
	local guard=$1 pid kilobytes
	shift
	while [[ -e $guard ]]; do
		for pid in "$@"; do
			kilobytes=$(private_memory "$pid")
			[[ -z $kilobytes ]] || echo "worker_rss_kb $kilobytes" >>"$WORK/figures"
		done
		sleep 0.05
	done
}

cpu_nanoseconds()
{
	local total=0 pid used rest
	for pid in "$@"; do
		read -r used rest <"/proc/$pid/schedstat"
		total=$((total + used))
	done
	echo "$total"
}

# Release the queue and wait for the last batch; one session does both, so that
# nothing starts in between.  The question every 10 ms costs a fraction of one.
release_and_wait()
{
	sql <<SQL
SELECT analytics.resume('bench') \\g /dev/null
DO \$\$
DECLARE
	deadline timestamptz := clock_timestamp() + interval '600 s';
BEGIN
	WHILE (SELECT count(*) FROM analytics.batches) < $BATCHES LOOP
		IF clock_timestamp() > deadline THEN
			RAISE 'only % of $BATCHES batches after 600 s', (SELECT count(*) FROM analytics.batches);
		END IF;
		PERFORM pg_sleep(0.01);
	END LOOP;
END
\$\$;
SELECT extract(epoch FROM clock_timestamp() - min(received_at)), sum(actual_count) FROM analytics.batches;
SQL
}

# run_extension SET STORE WORKERS: items/s from the first delivery to the last
# commit as seen by another session, as e2e_SET_STORE_WORKERS.
run_extension()
{
	local label=e2e_$1_$2_$3 seconds items before after watcher
	local -a pids
	clear_tables
	use_consumer "$2" "$3"
	publish_events "$1" smap.events analytics.data.collected
	mapfile -t pids < <(worker_pids)
	touch "$WORK/watching"
	watch_memory "$WORK/watching" "${pids[@]}" &
	watcher=$!
	before=$(cpu_nanoseconds "${pids[@]}")
	IFS='|' read -r seconds items < <(release_and_wait)
	after=$(cpu_nanoseconds "${pids[@]}")
	rm "$WORK/watching"
	wait "$watcher"
	[[ $items == "$(expected_items "$1")" ]] || fail "$items items came of $(expected_items "$1") ($label)"
	record "$label" "$(compute "$items / $seconds")"
	record "cpu_$label" "$(compute "($after - $before) / 1000 / $items")"
	record_stages "$1_$2_$3"
}

expected_items()
{
	"$LOADGEN" expect "$WORK/$1/manifest.tsv" | sed -n 's/^items=//p'
}

# Microseconds an item by stage, and posts a second of the time that writing
# took, of the ledger.
record_stages()
{
	local parse analysis commit posts
	IFS='|' read -r parse analysis commit posts < <(value "
		SELECT sum(parse_ms) * 1000 / sum(actual_count), sum(analyse_ms) * 1000 / sum(actual_count),
			sum(write_ms) * 1000 / sum(actual_count), sum(success_count) / sum(write_ms) * 1000
		FROM analytics.batches")
	record "parse_$1" "$parse"
	record "analysis_$1" "$analysis"
	record "commit_$1" "$commit"
	record "commit_rate_$1" "$posts"
}

# --- the ceiling and the peer --------------------------------------------------

# Posts a second of one typed INSERT SELECT of what the last run left behind.
run_ceiling()
{
	local seconds rows
	sql -c "CREATE SCHEMA IF NOT EXISTS ceiling" -c "DROP TABLE IF EXISTS ceiling.post_analytics" \
		-c "CREATE TABLE ceiling.post_analytics (LIKE analytics.post_analytics INCLUDING ALL)" 2>/dev/null
	settle
	IFS='|' read -r seconds rows < <(sql <<'END'
SELECT count(*) FROM analytics.post_analytics WHERE impact_breakdown IS NOT NULL \g /dev/null
SELECT clock_timestamp() AS started \gset
INSERT INTO ceiling.post_analytics SELECT * FROM analytics.post_analytics;
SELECT extract(epoch FROM clock_timestamp() - :'started'), (SELECT count(*) FROM ceiling.post_analytics);
END
	)
	sql -c "DROP TABLE ceiling.post_analytics"
	record ceiling "$(compute "$rows / $seconds")"
}

# run_peer SET s3|file
run_peer()
{
	local output
	local -a settings=("NODE_PATH=$PEER_MODULES" QUEUE=bench.peer)
	[[ $2 == s3 ]] || settings+=("STORE_FOLDER=$DIR/store")
	publish_events "$1" bench.peer bench.peer
	settle
	output=$(env "${settings[@]}" timeout 900 node "$ROOT/test/peer/peer.js" "$BATCHES") || fail "the peer failed: $output"
	record "peer_$1_$2" "$(sed -n 's/.*items_per_s=\([0-9]*\).*/\1/p' <<<"$output")"
	record "peer_cpu_$1_$2" "$(sed -n 's/^items=\([0-9]*\) .*cpu_s=\([0-9.]*\)$/\2 \1/p' <<<"$output" |
		awk '{ print $1 / $2 * 1e6 }')"
	sql -c "DROP SCHEMA peer CASCADE" 2>/dev/null
}

# --- the stages of the analysis ---------------------------------------------------

STAGE_ROUNDS=30
STAGE_BATCHES=20

# Microseconds an item in each stage, by one process on items of the workload:
# the median of rounds over the same batches, the first two not counted.
run_stages()
{
	local name figure library=$DIR/stages.so
	local -a files
	quietly "$WORK/stages.log" make -C "$ROOT/test/bench" "PG_CONFIG=$PG_CONFIG" stages.so
	write_file "$library" <"$ROOT/test/bench/stages.so"
	mapfile -t files < <(find "$DIR/store" -type f | LC_ALL=C sort | head -n "$STAGE_BATCHES")
	while IFS='|' read -r name figure; do
		record "stage_$name" "$figure"
	done < <(sql -v library="$library" -v files="$(printf '%s\n' "${files[@]}")" -v rounds="$STAGE_ROUNDS" <<'END'
CREATE FUNCTION bench_stages(batches text[], round integer, OUT stage text, OUT mean float8)
RETURNS SETOF record LANGUAGE c AS :'library';
WITH workload AS MATERIALIZED (
	SELECT array_agg(pg_read_file(f.path)) AS batches FROM string_to_table(:'files', E'\n') AS f(path)
)
SELECT s.stage, percentile_cont(0.5) WITHIN GROUP (ORDER BY s.mean)
FROM workload AS w CROSS JOIN generate_series(0, :rounds) AS round
CROSS JOIN LATERAL bench_stages(w.batches, round) AS s
WHERE round > 1
GROUP BY s.stage;
END
	)
	sql -c "DROP FUNCTION bench_stages"
}

# --- an idle system ---------------------------------------------------------------

resume_consumer()
{
	value "SELECT analytics.resume('bench')" >/dev/null
	await_consumer bench
}

# run_latency SET COUNT FIGURE: of so many batches, one at a time.
run_latency()
{
	local output name
	clear_tables
	use_consumer store 1
	resume_consumer
	output=$(env "NODE_PATH=$PEER_MODULES" EXCHANGE=smap.events ROUTING_KEY=data.collected timeout 300 \
		node "$ROOT/test/bench/latency.js" "$WORK/$1/events.jsonl" "$2") || fail "measuring latency failed: $output"
	for name in p50_ms p90_ms p99_ms max_ms; do
		record "$3_$name" "$(sed -n "s/.*$name=\([0-9.]*\).*/\1/p" <<<"$output")"
	done
}

# Percent of a core that a connected worker with nothing to do uses in 20 s.
run_idle()
{
	local pid before after started
	pid=$(worker_pids)
	sleep 2
	started=$(milliseconds)
	before=$(cpu_nanoseconds "$pid")
	sleep 20
	after=$(cpu_nanoseconds "$pid")
	record idle_cpu_percent "$(compute "($after - $before) / 10000 / ($(milliseconds) - $started)")"
}

# timed_rounds FILE: how long each of 20 rounds of the statements of a file takes, in
# milliseconds, in a session that has had one before.
timed_rounds()
{
	local number
	{
		printf '%s\n' '\timing on'
		for ((number = 0; number <= 20; number++)); do
			cat "$1"
		done
	} | sql | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' |
		awk -v "count=$(wc -l <"$1")" '{ sum += $1 } NR % count == 0 { if (NR > count) print sum; sum = 0 }'
}

# A scrape of all metrics, over the tables as they are now: by the function, which
# keeps its plans, and by the queries of postgres_exporter, which are planned each
# time, as the server is set.
run_scrape()
{
	local number
	echo 'SELECT length(analytics.prometheus_text());' >"$WORK/scrape.sql"
	sed -n 's/^  query: "\(.*\)"$/\1;/p' "$ROOT/deploy/postgres_exporter/queries.yaml" >"$WORK/queries.sql"
	for number in $(timed_rounds "$WORK/scrape.sql"); do
		record scrape_ms "$number"
	done
	for number in $(timed_rounds "$WORK/queries.sql"); do
		record scrape_queries_ms "$number"
	done
}
