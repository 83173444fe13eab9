# shellcheck shell=bash
#
# RabbitMQ for test/servers: one node with a plain and a TLS listener, its own
# epmd, and the management API, through which a vhost costs 30 ms where a
# command of rabbitmqctl costs half a second of CPU (the plugin does not
# lengthen the start, which is 6 to 9 s either way).
#
# Users: `admin` may do all; `analytics` is the consumer.  DIR/rabbitmqctl runs
# rabbitmqctl for this node; DIR/rabbitmq-eval evaluates Erlang from standard
# input inside it, in milliseconds.

RABBITMQ_LIBRARY=/usr/lib/rabbitmq

rabbitmq_prepare()
{
	local amqp tls management distribution epmd password admin_password
	[[ -x $RABBITMQ_LIBRARY/bin/rabbitmq-server ]] ||
		fail "rabbitmq-server is not installed: scripts/install-dependencies test"
	tls_prepare
	choose_ports amqp tls management distribution epmd
	password=$(random_secret)
	admin_password=$(random_secret)
	as_server mkdir -p "$DIR/rabbitmq"
	rabbitmq_configuration "$amqp" "$tls" "$management" | write_file "$DIR/rabbitmq/rabbitmq.conf"
	rabbitmq_definitions "$password" "$admin_password" | write_file "$DIR/rabbitmq/definitions.json"
	echo "[rabbitmq_management, rabbitmq_consistent_hash_exchange]." | write_file "$DIR/rabbitmq/enabled_plugins"
	random_secret | tr -d '\n' | write_file "$DIR/rabbitmq/.erlang.cookie"
	as_server chmod 400 "$DIR/rabbitmq/.erlang.cookie"
	rabbitmq_commands "$distribution" "$epmd"

	set_env AMQP_HOST localhost
	set_env AMQP_PORT "$amqp"
	set_env AMQP_TLS_PORT "$tls"
	set_env AMQP_USER analytics
	set_env AMQP_PASSWORD "$password"
	set_env AMQP_URL "amqp://analytics:$password@localhost:$amqp/%2F"
	set_env AMQP_ADMIN_USER admin
	set_env AMQP_ADMIN_PASSWORD "$admin_password"
	set_env AMQP_ADMIN_URL "amqp://admin:$admin_password@localhost:$amqp/%2F"
	set_env AMQP_API "http://127.0.0.1:$management/api"
}

# $1: AMQP port, $2: its TLS port, $3: port of the management API
rabbitmq_configuration()
{
	cat <<END
listeners.tcp.1 = 127.0.0.1:$1
listeners.ssl.1 = 127.0.0.1:$2
ssl_options.cacertfile = $DIR/tls/ca.pem
ssl_options.certfile = $DIR/tls/server.pem
ssl_options.keyfile = $DIR/tls/server.key
# a client certificate is not asked for, but one that is shown must verify
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
management.tcp.ip = 127.0.0.1
management.tcp.port = $3
load_definitions = $DIR/rabbitmq/definitions.json
# 128 MB, as until RabbitMQ 3.13: a message that is too large is ours to refuse
max_message_size = 134217728
log.console = true
log.console.level = info
log.file = false
END
}

rabbitmq_password_hash()
{
	printf 'salt%s' "$1" | openssl dgst -sha256 -binary | { printf 'salt' && cat; } | base64 -w 0
}

# $1: password of analytics, $2: password of admin
rabbitmq_definitions()
{
	cat <<END
{"users": [
  {"name": "analytics", "password_hash": "$(rabbitmq_password_hash "$1")",
   "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ""},
  {"name": "admin", "password_hash": "$(rabbitmq_password_hash "$2")",
   "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": "administrator"}],
 "vhosts": [{"name": "/"}],
 "permissions": [
  {"user": "analytics", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
  {"user": "admin", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}]}
END
}

# The scripts of DIR.  $1: distribution port, $2: epmd's port
rabbitmq_commands()
{
	write_file "$DIR/rabbitmq/environment" <<END
export HOME='$DIR/rabbitmq' LC_ALL=C.UTF-8
export ERL_EPMD_PORT=$2 ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_NODENAME=analytics-$1@localhost RABBITMQ_DIST_PORT=$1
export RABBITMQ_CONF_ENV_FILE=/dev/null
export RABBITMQ_CONFIG_FILE='$DIR/rabbitmq/rabbitmq.conf'
export RABBITMQ_ADVANCED_CONFIG_FILE='$DIR/rabbitmq/advanced.config'
export RABBITMQ_ENABLED_PLUGINS_FILE='$DIR/rabbitmq/enabled_plugins'
export RABBITMQ_MNESIA_BASE='$DIR/rabbitmq/data' RABBITMQ_LOG_BASE='$DIR/rabbitmq'
# one process that ends on SIGTERM, without a shell around it
export RUNNING_UNDER_SYSTEMD=true
END
	rabbitmq_command rabbitmq/run "exec $RABBITMQ_LIBRARY/bin/rabbitmq-server"
	rabbitmq_command rabbitmq/run-epmd "exec epmd -port $2 -address 127.0.0.1"
	# asked for a node that is down, rabbitmqctl would leave an epmd of its own behind
	rabbitmq_command rabbitmqctl "test -e '$DIR/pid/rabbitmq' || { echo 'this node is stopped' >&2; exit 69; }
exec $RABBITMQ_LIBRARY/bin/rabbitmqctl -n analytics-$1@localhost \"\$@\""
	# under a name of its own: the node refuses a second caller of the same name
	rabbitmq_command rabbitmq-eval \
		"exec erl_call -h call\$\$ -address localhost:$1 -c \"\$(cat '$DIR/rabbitmq/.erlang.cookie')\" -e"
}

# $1: name under DIR, $2: what it does in the node's environment
rabbitmq_command()
{
	write_file "$DIR/$1" <<END
#!/bin/sh
. '$DIR/rabbitmq/environment'
$2
END
	as_server chmod 700 "$DIR/$1"
}

rabbitmq_run()
{
	local epmd
	epmd=$(sed -n 's/^export ERL_EPMD_PORT=\([0-9]*\).*/\1/p' "$DIR/rabbitmq/environment")
	process_alive epmd || launch epmd "$DIR/rabbitmq/run-epmd"
	wait_ready epmd 10 port_answers "$epmd" || return 1
	launch rabbitmq "$DIR/rabbitmq/run"
	wait_ready rabbitmq 180 rabbitmq_is_up
}

rabbitmq_is_up() { grep -q 'Server startup complete' "$DIR/log/rabbitmq.log"; }

# rabbitmq_api METHOD PATH [JSON]
rabbitmq_api()
{
	curl -sS -f --max-time 20 -o /dev/null -X "$1" -H 'content-type: application/json' \
		-K - ${3:+--data "$3"} "$AMQP_API/$2" <<<"user = \"$AMQP_ADMIN_USER:$AMQP_ADMIN_PASSWORD\""
}

# A vhost of this name without anything in it, open to both users.
rabbitmq_make_vhost()
{
	local user
	load_env
	[[ $1 =~ ^[A-Za-z0-9_.-]+$ ]] || fail "a vhost's name here is of letters, digits, _ . and -, not \"$1\""
	rabbitmq_api DELETE "vhosts/$1" 2>/dev/null || true
	rabbitmq_api PUT "vhosts/$1"
	for user in "$AMQP_USER" "$AMQP_ADMIN_USER"; do
		rabbitmq_api PUT "permissions/$1/$user" '{"configure": ".*", "write": ".*", "read": ".*"}'
	done
}
