# shellcheck shell=bash
#
# postgres_exporter for test/servers.  DATA_SOURCE_NAME names the database, as
# the exporter itself has it; ANALYTICS_QUERIES the file of queries (default:
# the one of deploy/).  Both are kept for a restart.

exporter_prepare()
{
	local port queries=${ANALYTICS_QUERIES:-$TEST_FOLDER/../deploy/postgres_exporter/queries.yaml}
	command -v prometheus-postgres-exporter >/dev/null ||
		fail "prometheus-postgres-exporter is not installed: scripts/install-dependencies test"
	[[ -n ${DATA_SOURCE_NAME:-} ]] || fail "the exporter needs DATA_SOURCE_NAME, a connection string"
	[[ -r $queries ]] || fail "cannot read the exporter's queries, $queries"
	choose_ports port
	as_server mkdir -p "$DIR/exporter"
	write_file "$DIR/exporter/queries.yaml" <"$queries"
	printf '%s' "$DATA_SOURCE_NAME" | write_file "$DIR/exporter/data-source"
	write_file "$DIR/exporter/run" <<END
#!/bin/sh
DATA_SOURCE_NAME=\$(cat '$DIR/exporter/data-source')
export DATA_SOURCE_NAME
exec prometheus-postgres-exporter --web.listen-address=127.0.0.1:$port --disable-default-metrics \\
	--disable-settings-metrics --extend.query-path='$DIR/exporter/queries.yaml'
END
	as_server chmod 700 "$DIR/exporter/run"
	set_env EXPORTER_URL "http://127.0.0.1:$port/metrics"
}

exporter_run()
{
	launch exporter "$DIR/exporter/run"
	load_env
	local port=${EXPORTER_URL##*:}
	wait_ready exporter 20 port_answers "${port%%/*}"
}
