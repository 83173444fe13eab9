# shellcheck shell=bash
#
# Certificates for the servers of test/servers, made once per DIR: a CA, a
# certificate of localhost and 127.0.0.1, a client certificate, and a second CA
# that signed neither.

tls_prepare()
{
	[[ ! -e $DIR/tls/ready ]] || return 0
	as_server mkdir -p "$DIR/tls"
	logged tls sh -s "$DIR/tls" <<'END' || fail "openssl could not make the certificates"
set -eu
umask 077
cd "$1"
days=30
new_ca()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days $days -subj "/CN=$2" \
		-addext keyUsage=critical,keyCertSign,cRLSign -keyout "$1.key" -out "$1.pem"
}
new_certificate()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$1.key" -out "$1.csr"
	printf '%s\n' "basicConstraints=CA:FALSE" "$3" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -set_serial "$4" -days $days -extfile "$1.ext" -out "$1.pem"
}
new_ca ca "analytics test CA"
new_ca wrong-ca "another CA"
new_certificate server localhost "subjectAltName=DNS:localhost,IP:127.0.0.1" 2
new_certificate client analytics "extendedKeyUsage=clientAuth" 3
rm -f *.csr *.ext
touch ready
END
	set_env TLS_CA "$DIR/tls/ca.pem"
	set_env TLS_WRONG_CA "$DIR/tls/wrong-ca.pem"
	set_env TLS_WRONG_CA_KEY "$DIR/tls/wrong-ca.key"
	set_env TLS_SERVER_CERT "$DIR/tls/server.pem"
	set_env TLS_SERVER_KEY "$DIR/tls/server.key"
	set_env TLS_CLIENT_CERT "$DIR/tls/client.pem"
	set_env TLS_CLIENT_KEY "$DIR/tls/client.key"
}
