# shellcheck shell=bash
#
# Moving in: rows a second of adopt() beside one INSERT ... SELECT of the same
# rows into a table like ours, which is as fast as anything can store them.
# Sourced by test/bench/run beside measure.sh;
# docs/migrating-from-the-python-service.md reports what it prints.
#
# The posts are those of a worker in the shape of the old service, again and
# again under other ids; the errors are made.

ADOPT_POSTS=${ADOPT_POSTS:-100000}
ADOPT_ERRORS=${ADOPT_ERRORS:-100000}
ADOPT_BATCHES=100 # of which the rows are multiplied

make_adopt_rows()
{
	generate adopt "$ADOPT_BATCHES" --compress zstd
	use_consumer store 1
	BATCHES=$ADOPT_BATCHES publish_events adopt smap.events analytics.data.collected
	BATCHES=$ADOPT_BATCHES release_and_wait >/dev/null
	sql -c "CREATE SCHEMA old"
	(echo "SET search_path = old;" && cat "$ROOT/test/data/python_service_schema.sql") | sql
	sql <<SQL
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute
WHERE attrelid = 'old.post_analytics'::regclass AND attnum > 1 AND NOT attisdropped \\gset
CREATE TABLE bench_rows AS SELECT row_number() OVER () - 1 AS n, p.* FROM analytics.python_post_analytics AS p;
INSERT INTO old.post_analytics (id, :columns)
	SELECT 'c' || lpad(g.copy::text, 6, '0') || '_' || r.n, :columns FROM generate_series(0, $ADOPT_POSTS / (SELECT count(*) FROM bench_rows)) AS g(copy)
	CROSS JOIN bench_rows AS r ORDER BY g.copy, r.n LIMIT $ADOPT_POSTS;
INSERT INTO old.crawl_errors (content_id, project_id, job_id, platform, error_code, error_category, error_message, error_details, permalink, created_at)
	SELECT * FROM old.old_errors(1, $ADOPT_ERRORS);
DROP TABLE bench_rows;
VACUUM (ANALYZE) old.post_analytics, old.crawl_errors;
SQL
	value "SELECT analytics.pause('bench', 'bench')" >/dev/null
	wait_until 60 consumer_paused || fail "the consumer does not pause"
}

# adopt_limit NAME TABLE: rows a second of one INSERT ... SELECT of what has been adopted.
adopt_limit()
{
	local seconds rows
	sql -c "CREATE TABLE bench_limit (LIKE analytics.$2 INCLUDING ALL)"
	settle
	IFS='|' read -r seconds rows < <(sql <<END
SELECT clock_timestamp() AS started \\gset
INSERT INTO bench_limit OVERRIDING SYSTEM VALUE SELECT * FROM analytics.$2;
SELECT extract(epoch FROM clock_timestamp() - :'started'), (SELECT count(*) FROM bench_limit);
END
	)
	sql -c "DROP TABLE bench_limit"
	record "$1_limit" "$(compute "$rows / $seconds")"
}

# adopt_table NAME TABLE ROWS: copied, compared, and taken once more with nothing to do.
adopt_table()
{
	local started
	sql -c "TRUNCATE analytics.$2" -c "DELETE FROM analytics.adoptions"
	settle
	sql -c "CALL analytics.adopt('old', '{$2}')" 2>/dev/null
	[[ $(value "SELECT state = 'verified' AND copied = $3 FROM analytics.stat_adoption") == t ]] || fail "not all of $2 was adopted"
	record "$1_copy" "$(value "SELECT rows_read / seconds FROM analytics.adoptions")"
	record "$1_verify" "$(value "SELECT verify_read / verify_seconds FROM analytics.adoptions")"
	adopt_limit "$1" "$2"
	settle
	started=$(milliseconds)
	sql -c "CALL analytics.adopt('old', '{$2}')" 2>/dev/null
	record "$1_again" "$(compute "$3 * 1000 / ($(milliseconds) - $started)")"
}

measure_adopt()
{
	local round
	say "making $ADOPT_POSTS posts and $ADOPT_ERRORS errors of the old service"
	make_adopt_rows
	for ((round = 1; round <= ROUNDS; round++)); do
		say "moving in, round $round of $ROUNDS"
		adopt_table adopt_posts post_analytics "$ADOPT_POSTS"
		adopt_table adopt_errors crawl_errors "$ADOPT_ERRORS"
	done
}

adopt_row()
{
	printf '  %-14s  %10.0f  %14.0f  %9.2f  %10.0f  %22.0f\n' "$1" "$(median "$2_copy")" "$(median "$2_limit")" \
		"$(compute "$(median "$2_copy") / $(median "$2_limit")")" "$(median "$2_verify")" "$(median "$2_again")"
}

print_adopt()
{
	cat <<END

Moving in: $ADOPT_POSTS posts and $ADOPT_ERRORS crawl errors of the old service, rows/s; medians of $ROUNDS rounds
$(machine); load average $(cut -d' ' -f1-3 /proc/loadavg) at the end
$(settings)

  rows             copying  INSERT SELECT      ratio   comparing  a call with nothing new
$(adopt_row posts adopt_posts)
$(adopt_row "crawl errors" adopt_errors)
  copying: chunks of 5000, each read, judged, looked up, stored and committed; INSERT SELECT: of the adopted rows into a table like ours, one
  statement; comparing: what adopt() does behind it

END
	figure adopt_posts_per_s "$(rounded "$(median adopt_posts_copy)")"
	figure adopt_posts_ratio_limit "$(ratio "$(median adopt_posts_copy) / $(median adopt_posts_limit)")"
	figure adopt_errors_per_s "$(rounded "$(median adopt_errors_copy)")"
	figure adopt_errors_ratio_limit "$(ratio "$(median adopt_errors_copy) / $(median adopt_errors_limit)")"
}
