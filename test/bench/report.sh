# shellcheck shell=bash
#
# What the bench prints: a table for people, lines for programs.  Sourced by
# test/bench/run; everything comes from what measure.sh recorded.

figure()
{
	[[ $2 =~ ^[0-9.e+-]+$ ]] || fail "figure \"$1\" has no value"
	printf 'bench: %s %s\n' "$1" "$2"
}

# ratio EXPRESSION: two decimals, not rounded up.
ratio() { awk "BEGIN { printf \"%.2f\\n\", int(($1) * 100) / 100 }"; }
rounded() { printf '%.0f' "$1"; }
percent() { printf '%.3f' "$1"; }

# larger A B
larger() { compute "$1 > $2 ? $1 : $2"; }

# best SET STORE: of one and of two workers
best() { larger "$(median "e2e_$1_$2_1")" "$(median "e2e_$1_$2_2")"; }

# row TITLE SET STORE PEER-FIGURE
row()
{
	local one two peer
	one=$(median "e2e_$2_$3_1")
	two=$(median "e2e_$2_$3_2")
	peer=$(median "$4")
	printf '  %-22s %10.0f %10.0f %10.0f %9.2f x  %7.0f / %.0f\n' "$1" "$one" "$two" "$peer" \
		"$(compute "$(larger "$one" "$two") / $peer")" "$(median "cpu_e2e_$2_$3_1")" "$(median "${4/peer_/peer_cpu_}")"
}

# Of test/bench/stages.c, in the order of the analysis.
ANALYSIS_STAGES="prepare terms intent keywords sentiment impact memory"

machine()
{
	printf '%s x %s; Linux %s\n' "$(nproc)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(uname -r)"
}

settings()
{
	value "SELECT format('PostgreSQL %s, its defaults: fsync %s, synchronous_commit %s, shared_buffers %s, max_wal_size %s',
		current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'),
		current_setting('shared_buffers'), current_setting('max_wal_size'))"
}

print_table()
{
	local items
	items=$(expected_items zstd)
	cat <<END

Workload: $BATCHES TikTok batches of 50 items ($items items), 5 % error items; medians of $ROUNDS rounds
$(machine)
$(settings)
Extension, peer and all servers on this machine, extension and peer on the same PostgreSQL server.

End to end, items/s       1 worker  2 workers       peer       best/peer  CPU us/item: worker / peer
$(row "S3, zstd objects" zstd store peer_zstd_s3)
$(row "S3, plain objects" plain store peer_plain_s3)
$(row "files, plain" plain folder peer_plain_s3)
  (files are set beside the peer on plain S3 objects; the peer on the same files: $(rounded "$(median peer_plain_file)"))
  From the first delivery of a full queue to the last commit, for both.

Stages of one worker      us/item on files   on S3, zstd    (elapsed, of the ledger: parse_ms, analyse_ms, write_ms)
  parse                   $(printf '%16.2f %13.2f' "$(median parse_plain_folder_1)" "$(median parse_zstd_store_1)")
  analysis                $(printf '%16.2f %13.2f' "$(median analysis_plain_folder_1)" "$(median analysis_zstd_store_1)")
  commit                  $(printf '%16.2f %13.2f' "$(median commit_plain_folder_1)" "$(median commit_zstd_store_1)")

Stages of the analysis, us/item in one process, clean texts of $(rounded "$(median stage_text_bytes)") bytes on average (target: 25 in all)
$(stage_rows)
  in all                  $(printf '%16.2f' "$(median stage_all)")

Commit stage: $(rounded "$(median commit_rate_plain_folder_1)") posts/s of one worker on files; ceiling (typed INSERT SELECT of the same posts): $(rounded "$(median ceiling)") posts/s
  (the stage also writes ledger, crawl errors and counters; the ledger cannot hold the time of its own COMMIT)

Latency of a single batch, idle system, S3 zstd, publish to visible ($SINGLES batches, asked every ms):
  p50 $(median latency_p50_ms) ms, p90 $(median latency_p90_ms) ms, p99 $(median latency_p99_ms) ms, most $(median latency_max_ms) ms
Memory of a worker, largest seen while it held a full prefetch of 64 batches (RssAnon: without shared buffers): $(rounded "$(memory)") MB
Idle worker over 20 s: $(percent "$(median idle_cpu_percent)") % of a core
Scrape of all metrics by prometheus_text(): $(percent "$(median scrape_ms)") ms, by the queries of postgres_exporter: $(percent "$(median scrape_queries_ms)") ms

END
}

stage_rows()
{
	local stage
	for stage in $ANALYSIS_STAGES; do
		printf '  %-22s  %16.2f\n' "$stage" "$(median "stage_$stage")"
	done
}

memory() { compute "$(largest worker_rss_kb) / 1024"; }

print_figures()
{
	local stage
	figure e2e_s3_zstd_ratio_peer "$(ratio "$(best zstd store) / $(median peer_zstd_s3)")"
	figure e2e_s3_plain_ratio_peer "$(ratio "$(best plain store) / $(median peer_plain_s3)")"
	figure e2e_file_ratio_peer "$(ratio "$(best plain folder) / $(median peer_plain_s3)")"
	figure e2e_s3_zstd_items_per_s "$(rounded "$(best zstd store)")"
	figure e2e_file_items_per_s "$(rounded "$(best plain folder)")"
	figure two_workers_ratio_one "$(ratio "$(median e2e_plain_folder_2) / $(median e2e_plain_folder_1)")"
	figure commit_ratio_ceiling "$(ratio "$(median commit_rate_plain_folder_1) / $(median ceiling)")"
	figure latency_p50_ms "$(median latency_p50_ms)"
	figure latency_p99_ms "$(median latency_p99_ms)"
	figure worker_rss_mb "$(compute "int($(memory) * 10) / 10")"
	figure idle_cpu_percent "$(percent "$(median idle_cpu_percent)")"
	figure scrape_ms "$(percent "$(median scrape_ms)")"
	figure scrape_queries_ms "$(percent "$(median scrape_queries_ms)")"
	figure cpu_us_per_item_parse "$(compute "$(median parse_plain_folder_1)")"
	figure cpu_us_per_item_analysis "$(compute "$(median analysis_plain_folder_1)")"
	for stage in $ANALYSIS_STAGES; do
		figure "analysis_${stage}_us_per_item" "$(compute "$(median "stage_$stage")")"
	done
	figure analysis_text_us_per_item "$(compute "$(median stage_all)")"
	figure cpu_us_per_item_commit "$(compute "$(median commit_plain_folder_1)")"
}

print_main()
{
	print_table
	print_figures
}

print_batching()
{
	print_batching_table
	print_batching_figures
}
