-- Options of servers and user mappings are checked when they are written.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE ROLE regress_analytics_plain;
CREATE ROLE regress_analytics_reader;
GRANT pg_read_server_files TO regress_analytics_reader;

-- A broker: what is left out has a default.
CREATE SERVER broker FOREIGN DATA WRAPPER analytics_rabbitmq;
ALTER SERVER broker OPTIONS (host 'rabbit.internal', port '5671', vhost 'team/a', tls 'on', tls_ca_file '/etc/ssl/ca.pem', heartbeat '1min', connect_timeout '5');

-- Unknown options, and known ones in the wrong place.
ALTER SERVER broker OPTIONS (ADD hots 'x');
ALTER SERVER broker OPTIONS (ADD password 'hunter2');
ALTER FOREIGN DATA WRAPPER analytics_rabbitmq OPTIONS (ADD host 'x');
CREATE USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (username 'x');

-- Type and range.
ALTER SERVER broker OPTIONS (SET port '65536');
ALTER SERVER broker OPTIONS (SET port 'amqp');
ALTER SERVER broker OPTIONS (SET heartbeat '0');
ALTER SERVER broker OPTIONS (SET connect_timeout '2min');
ALTER SERVER broker OPTIONS (SET tls 'perhaps');
ALTER SERVER broker OPTIONS (SET host 'amqp://rabbit');
ALTER SERVER broker OPTIONS (SET host '');
ALTER SERVER broker OPTIONS (SET tls_ca_file 'ca.pem');

-- Options that contradict each other.
ALTER SERVER broker OPTIONS (SET tls 'off');
ALTER SERVER broker OPTIONS (ADD tls_cert_file '/etc/ssl/me.pem');
ALTER SERVER broker OPTIONS (ADD uri 'amqps://rabbit.internal');

-- One address instead of its parts.
CREATE SERVER address FOREIGN DATA WRAPPER analytics_rabbitmq OPTIONS (uri 'amqps://[::1]:5671/team%2Fa', tls_ca_file '/etc/ssl/ca.pem');
ALTER SERVER address OPTIONS (SET uri 'amqp://user:secret@rabbit');
ALTER SERVER address OPTIONS (SET uri 'http://rabbit');
ALTER SERVER address OPTIONS (SET uri 'amqps://rabbit:0');
ALTER SERVER address OPTIONS (SET uri 'amqps://rabbit/a/b');
ALTER SERVER address OPTIONS (SET uri 'amqps://rabbit/%zz');
ALTER SERVER address OPTIONS (SET uri 'amqp://rabbit');

-- What may hold a password is not repeated, wherever it was written.
ALTER SERVER address OPTIONS (SET uri 'amqp://user:hunter2');
ALTER SERVER address OPTIONS (SET uri 'amqp://user:hunter2%40rabbit/');
ALTER SERVER address OPTIONS (SET uri 'amqp://rabbit/?password=hunter2');
ALTER SERVER address OPTIONS (SET uri 'amqp://rabbit#hunter2');
ALTER SERVER address OPTIONS (SET uri 'rabbit:hunter2@rabbit');
ALTER SERVER broker OPTIONS (SET host 'user:hunter2@rabbit');
ALTER SERVER broker OPTIONS (SET host 'user:hunter2');
ALTER SERVER broker OPTIONS (SET host 'rabbit?password=hunter2');
ALTER SERVER broker OPTIONS (SET host 'rabbit:5672');
ALTER SERVER broker OPTIONS (SET host '::1');
ALTER SERVER broker OPTIONS (SET host 'fe80::1%eth0');
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'http://key:hunter2%40minio:9000');
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'http://minio:9000/?secret_key=hunter2');

-- Credentials: needed, not twice, never repeated.
CREATE USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (user 'analytics');
CREATE USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (password 'hunter2');
CREATE USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (user 'analytics', password 'hunter2', password_file '/run/secret');
CREATE USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (user 'analytics', password '');
CREATE USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (user 'analytics', password 'hunter2');
ALTER USER MAPPING FOR CURRENT_USER SERVER broker OPTIONS (DROP password, ADD password_file '/run/secret');

-- An object store.
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store;
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'minio:9000');
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'http://key:secret@minio:9000');
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'http://127.0.0.1:9000', path_style 'off');
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'http://minio:9000', tls_verify 'off');
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'http://minio:9000', buckets 'a,,b');
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'http://minio:9000', max_object_size '2GB');
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'http://minio:9000', region 'eu west');
CREATE SERVER store FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'https://minio:9000', buckets 'crawl-results, archive', max_object_size '64MB', tls_ca_file '/etc/ssl/ca.pem');
ALTER SERVER store OPTIONS (DROP endpoint);
CREATE USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (access_key 'key');
CREATE USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (secret_key 'hunter2');
CREATE USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (access_key 'key', secret_key 'hunter2', secret_key_file '/run/secret');
CREATE USER MAPPING FOR CURRENT_USER SERVER store OPTIONS (access_key 'key', secret_key 'hunter2', session_token 'token');
CREATE SERVER folder FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'file://srv/batches');
CREATE SERVER folder FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'file:///srv/batches');

-- Files of the server are for superusers and pg_read_server_files.
GRANT USAGE ON FOREIGN DATA WRAPPER analytics_rabbitmq, analytics_object_store TO regress_analytics_plain, regress_analytics_reader;
SET ROLE regress_analytics_plain;
CREATE SERVER mine FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'file:///etc');
CREATE SERVER mine FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'https://minio', tls_ca_file '/etc/ssl/ca.pem');
CREATE SERVER mine FOREIGN DATA WRAPPER analytics_rabbitmq;
CREATE USER MAPPING FOR CURRENT_USER SERVER mine OPTIONS (user 'x', password_file '/etc/passwd');
SET ROLE regress_analytics_reader;
CREATE SERVER theirs FOREIGN DATA WRAPPER analytics_object_store OPTIONS (endpoint 'file:///etc');
RESET ROLE;

DROP SERVER broker, address, store, folder, mine, theirs CASCADE;
REVOKE USAGE ON FOREIGN DATA WRAPPER analytics_rabbitmq, analytics_object_store FROM regress_analytics_plain, regress_analytics_reader;
DROP ROLE regress_analytics_plain, regress_analytics_reader;
