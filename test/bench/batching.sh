# shellcheck shell=bash
#
# What batches are for: the same posts in batches of different sizes, by one
# worker, from S3.  Sourced by test/bench/run beside measure.sh, whose
# functions it uses; docs/batching.md draws the conclusions.

BATCH_SIZES="1 10 50 200"
BATCHING_ITEMS=20000
BATCHING_SINGLES=60

# What a million posts cost is said for these prices, in US dollars.
PRICE_CPU_HOUR=0.04
PRICE_PUT_1000=0.005
PRICE_GET_1000=0.0004
PRICE_WAL_GB=0.10

# Nanoseconds that this machine's cores have been at work, whoever for.
machine_cpu_nanoseconds()
{
	awk -v tick="$(getconf CLK_TCK)" '$1 == "cpu" { print ($2 + $3 + $4 + $7 + $8) * 1e9 / tick }' OFMT=%.0f /proc/stat
}

make_batching_workload()
{
	local size
	for size in $BATCH_SIZES; do
		generate "size$size" $((BATCHING_ITEMS / size)) --compress zstd --tiktok-size "$size"
		generate "single$size" "$BATCHING_SINGLES" --compress zstd --tiktok-size "$size"
	done
}

# run_batch_size SIZE: throughput, CPU and WAL of a full queue of such batches.
run_batch_size()
{
	local size=$1 seconds items worker worker_before worker_after machine_before machine_after wal
	local BATCHES=$((BATCHING_ITEMS / size))
	clear_tables
	use_consumer store 1
	publish_events "size$size" smap.events analytics.data.collected
	worker=$(worker_pids)
	wal=$(value "SELECT pg_current_wal_insert_lsn()")
	worker_before=$(cpu_nanoseconds "$worker")
	machine_before=$(machine_cpu_nanoseconds)
	IFS='|' read -r seconds items < <(release_and_wait)
	machine_after=$(machine_cpu_nanoseconds)
	worker_after=$(cpu_nanoseconds "$worker")
	[[ $items == "$(expected_items "size$size")" ]] || fail "$items items came of $(expected_items "size$size") (batches of $size)"
	record "batching_items_$size" "$(compute "$items / $seconds")"
	record "batching_worker_$size" "$(compute "($worker_after - $worker_before) / 1000 / $items")"
	record "batching_machine_$size" "$(compute "($machine_after - $machine_before) / 1000 / $items")"
	record "batching_wal_$size" "$(value "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '$wal') / $items")"
}

run_batching_round()
{
	local size
	for size in $BATCH_SIZES; do
		run_batch_size "$size"
	done
}

run_batching_latency()
{
	local size
	for size in $BATCH_SIZES; do
		run_latency "single$size" "$BATCHING_SINGLES" "batching_latency_$size"
	done
}

# Dollars for a million posts in batches of $1: computing, requests, WAL.
batching_cost()
{
	local computing requests wal
	computing=$(compute "$(median "batching_machine_$1") / 3600 * $PRICE_CPU_HOUR")
	requests=$(compute "1e6 / $1 / 1000 * ($PRICE_PUT_1000 + $PRICE_GET_1000)")
	wal=$(compute "$(median "batching_wal_$1") * 1e6 / 1e9 * $PRICE_WAL_GB")
	compute "$computing + $requests + $wal"
}

batching_rows()
{
	local size
	for size in $BATCH_SIZES; do
		printf '  %4d  %10.0f  %14.1f  %15.1f  %11.0f  %10.1f  %10.1f  %17.3f\n' "$size" "$(median "batching_items_$size")" \
			"$(median "batching_worker_$size")" "$(median "batching_machine_$size")" "$(median "batching_wal_$size")" \
			"$(median "batching_latency_${size}_p50_ms")" "$(median "batching_latency_${size}_p99_ms")" "$(batching_cost "$size")"
	done
}

print_batching_table()
{
	cat <<END

Batches of different sizes: $BATCHING_ITEMS items in all, 5 % error items, zstd objects on S3, one worker; medians of $ROUNDS rounds
$(machine)
$(settings)

  size     items/s  worker us/item  machine us/item  WAL B/item  p50 ms      p99 ms       USD per million posts
$(batching_rows)
  machine: all cores' work meanwhile, of broker, S3 server and PostgreSQL together; latency: one batch, idle system, publish to visible
  prices in USD: a core's hour $PRICE_CPU_HOUR, 1,000 PUTs $PRICE_PUT_1000, 1,000 GETs $PRICE_GET_1000, a GB of WAL kept or sent $PRICE_WAL_GB

END
}

print_batching_figures()
{
	local size
	for size in $BATCH_SIZES; do
		figure "batching_${size}_items_per_s" "$(rounded "$(median "batching_items_$size")")"
		figure "batching_${size}_machine_us_per_item" "$(compute "$(median "batching_machine_$size")")"
		figure "batching_${size}_wal_bytes_per_item" "$(rounded "$(median "batching_wal_$size")")"
		figure "batching_${size}_latency_p50_ms" "$(median "batching_latency_${size}_p50_ms")"
	done
	figure batching_50_ratio_1 "$(ratio "$(median batching_items_50) / $(median batching_items_1)")"
}
