# shellcheck shell=bash
#
# The S3 server of test/servers: radosgw with its database backend, one process
# without a Ceph cluster, with an http and an https endpoint.  It checks
# signatures.  scripts/s3-server-root says where the programs are.

S3_DEFAULT_BUCKET=crawl-results

s3_prepare()
{
	local plain tls access_key secret_key
	S3_PROGRAMS=$("$TEST_FOLDER/../scripts/s3-server-root")
	tls_prepare
	choose_ports plain tls
	access_key=AKIA$(openssl rand -hex 8 | tr a-f A-F)
	secret_key=$(random_secret)
	as_server mkdir -p "$DIR/s3/data" "$DIR/s3/state"
	s3_configuration "$plain" "$tls" | write_file "$DIR/s3/ceph.conf"
	s3_command run radosgw -f
	s3_command admin radosgw-admin
	logged s3-admin "$DIR/s3/admin" user create --uid=analytics --display-name=analytics \
		"--access-key=$access_key" "--secret=$secret_key" ||
		fail "radosgw-admin could not create a user"
	set_env S3_ENDPOINT "http://127.0.0.1:$plain"
	set_env S3_TLS_ENDPOINT "https://localhost:$tls"
	set_env S3_ACCESS_KEY "$access_key"
	set_env S3_SECRET_KEY "$secret_key"
	set_env S3_BUCKET "$S3_DEFAULT_BUCKET"
	set_env S3_REGION us-east-1
}

# $1: port, $2: TLS port.  Without tcp_nodelay every GET stalls for 40 ms.
s3_configuration()
{
	cat <<END
[global]
fsid = 00000000-0000-0000-0000-000000000001
log_file = $DIR/log/radosgw.log
log_to_stderr = false
plugin_dir = $S3_PROGRAMS/../tree/usr/lib
[client]
admin_socket =
keyring = /dev/null
run_dir = $DIR/s3/state
rgw_data = $DIR/s3/state
rgw_backend_store = dbstore
rgw_config_store = dbstore
dbstore_config_uri = file:$DIR/s3/data/config.db
dbstore_db_dir = $DIR/s3/data
rgw_enable_usage_log = false
rgw_frontends = beast endpoint=127.0.0.1:$1 ssl_endpoint=127.0.0.1:$2 ssl_certificate=$DIR/tls/server.pem ssl_private_key=$DIR/tls/server.key tcp_nodelay=1
END
}

# $1: name under DIR/s3, $2: program, $3: its first argument, if any
s3_command()
{
	write_file "$DIR/s3/$1" <<END
#!/bin/sh
cd '$DIR/s3/state'
exec '$S3_PROGRAMS/$2' -c '$DIR/s3/ceph.conf' --no-mon-config -n client.rgw ${3:-} "\$@"
END
	as_server chmod 700 "$DIR/s3/$1"
}

s3_run()
{
	launch s3 "$DIR/s3/run"
	load_env
	wait_ready s3 30 port_answers "${S3_ENDPOINT##*:}" && wait_ready s3 30 s3_try_bucket "$S3_BUCKET"
}

# The answer's status; 000 for none, as while the server is still starting.
s3_put_bucket()
{
	local empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
	curl -sS --max-time 20 -o /dev/null -w '%{http_code}' -X PUT --aws-sigv4 "aws:amz:$S3_REGION:s3" \
		-H "x-amz-content-sha256: $empty" -K - "$S3_ENDPOINT/$1" <<<"user = \"$S3_ACCESS_KEY:$S3_SECRET_KEY\"" || true
}

s3_try_bucket() { [[ $(s3_put_bucket "$1" 2>/dev/null) =~ ^(200|409)$ ]]; }

s3_make_bucket()
{
	local status
	load_env
	status=$(s3_put_bucket "$1")
	[[ $status == 200 || $status == 409 ]] || fail "the S3 server answered $status to creating bucket \"$1\""
}
