/*-------------------------------------------------------------------------
 *
 * connection_options.c
 *	  The table of options of servers and user mappings, and their values.
 *
 * What a validator accepts when an option is written (connection_validator.c)
 * and what a worker makes of it later are decided by the same code: both read
 * the options into a ConnectionFields, the one throws it away.  Nothing here
 * looks anything up in a catalog or in the file system, and no message ever
 * repeats a secret.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "ingest/amqp_uri.h"
#include "ingest/connection_options.h"
#include "io/s3_address.h"

#define FILE_SCHEME "file://"
#define DEFAULT_PORT 5672
#define DEFAULT_TLS_PORT 5671
#define SHOWN_BYTES 64
#define LONGEST_BUCKET 255

typedef enum OptionKind
{
	OPTION_TEXT,    /* any characters, `maximum` bytes */
	OPTION_HOST,    /* a host name or address */
	OPTION_TOKEN,   /* printable ASCII without spaces, `maximum` bytes */
	OPTION_SECRET,  /* likewise of any characters, never shown */
	OPTION_INTEGER, /* `minimum` to `maximum` */
	OPTION_SECONDS, /* likewise; kept in units of 1/scale seconds */
	OPTION_BYTES,   /* a size_t */
	OPTION_BOOLEAN,
	OPTION_FILE /* absolute path; for those who may read files */
} OptionKind;

typedef struct OptionRule
{
	ConnectionKind connection;
	Oid catalog;
	const char *name;
	OptionKind kind;
	int minimum;
	int maximum;
	int scale;
	size_t offset; /* in ConnectionFields */
} OptionRule;

#define OFFSET(member) offsetof(ConnectionFields, member)
#define BROKER_SERVER CONNECTION_RABBITMQ, ForeignServerRelationId
#define BROKER_MAPPING CONNECTION_RABBITMQ, UserMappingRelationId
#define STORE_SERVER CONNECTION_OBJECT_STORE, ForeignServerRelationId
#define STORE_MAPPING CONNECTION_OBJECT_STORE, UserMappingRelationId

/* clang-format off */
static const OptionRule rules[] = {
	{BROKER_SERVER, "uri", OPTION_TEXT, 1, 1024, 1, OFFSET(uri)},
	{BROKER_SERVER, "host", OPTION_HOST, 1, 253, 1, OFFSET(broker.host)},
	{BROKER_SERVER, "port", OPTION_INTEGER, 1, 65535, 1, OFFSET(broker.port)},
	{BROKER_SERVER, "vhost", OPTION_TEXT, 0, 255, 1, OFFSET(broker.vhost)},
	{BROKER_SERVER, "tls", OPTION_BOOLEAN, 0, 0, 1, OFFSET(broker.tls)},
	{BROKER_SERVER, "tls_verify", OPTION_BOOLEAN, 0, 0, 1, OFFSET(tls_verify)},
	{BROKER_SERVER, "tls_ca_file", OPTION_FILE, 0, 0, 1, OFFSET(tls_ca_file)},
	{BROKER_SERVER, "tls_cert_file", OPTION_FILE, 0, 0, 1, OFFSET(tls_cert_file)},
	{BROKER_SERVER, "tls_key_file", OPTION_FILE, 0, 0, 1, OFFSET(tls_key_file)},
	{BROKER_SERVER, "heartbeat", OPTION_SECONDS, 1, 600, 1, OFFSET(broker.heartbeat_seconds)},
	{BROKER_SERVER, "connect_timeout", OPTION_SECONDS, 1, 60, 1000, OFFSET(broker.connect_timeout_ms)},

	{BROKER_MAPPING, "user", OPTION_TEXT, 1, 255, 1, OFFSET(broker.user)},
	{BROKER_MAPPING, "password", OPTION_SECRET, 1, 1024, 1, OFFSET(broker.password)},
	{BROKER_MAPPING, "password_file", OPTION_FILE, 0, 0, 1, OFFSET(secret_file)},

	{STORE_SERVER, "endpoint", OPTION_TEXT, 1, 1024, 1, OFFSET(store.endpoint)},
	{STORE_SERVER, "buckets", OPTION_TEXT, 1, 65536, 1, OFFSET(buckets)},
	{STORE_SERVER, "region", OPTION_TOKEN, 1, 64, 1, OFFSET(store.region)},
	{STORE_SERVER, "path_style", OPTION_BOOLEAN, 0, 0, 1, OFFSET(store.path_style)},
	{STORE_SERVER, "tls_verify", OPTION_BOOLEAN, 0, 0, 1, OFFSET(tls_verify)},
	{STORE_SERVER, "tls_ca_file", OPTION_FILE, 0, 0, 1, OFFSET(tls_ca_file)},
	{STORE_SERVER, "tls_cert_file", OPTION_FILE, 0, 0, 1, OFFSET(tls_cert_file)},
	{STORE_SERVER, "tls_key_file", OPTION_FILE, 0, 0, 1, OFFSET(tls_key_file)},
	{STORE_SERVER, "connect_timeout", OPTION_SECONDS, 1, 60, 1000, OFFSET(store.connect_timeout_ms)},
	{STORE_SERVER, "stall_timeout", OPTION_SECONDS, 1, 600, 1, OFFSET(store.stall_timeout_s)},
	{STORE_SERVER, "total_timeout", OPTION_SECONDS, 1, 3600, 1, OFFSET(store.total_timeout_s)},
	{STORE_SERVER, "max_object_size", OPTION_BYTES, 1024, 1024 * 1024 * 1024, 1, OFFSET(store.max_bytes)},

	{STORE_MAPPING, "access_key", OPTION_TOKEN, 1, 256, 1, OFFSET(store.access_key)},
	{STORE_MAPPING, "secret_key", OPTION_SECRET, 1, 1024, 1, OFFSET(store.secret_key)},
	{STORE_MAPPING, "secret_key_file", OPTION_FILE, 0, 0, 1, OFFSET(secret_file)},
	{STORE_MAPPING, "session_token", OPTION_SECRET, 1, 8192, 1, OFFSET(store.session_token)},
};
/* clang-format on */

void
connection_fields_init(ConnectionFields *fields)
{
	memset(fields, 0, sizeof(*fields));
	fields->broker.vhost = "/";
	fields->broker.heartbeat_seconds = 30;
	fields->broker.connect_timeout_ms = 10000;
	fields->store.path_style = true;
	fields->tls_verify = true;
}

bool
connection_is_folder(const StoreOptions *store)
{
	return store->endpoint != NULL &&
		   strncmp(store->endpoint, FILE_SCHEME, strlen(FILE_SCHEME)) == 0;
}

/* "a, b, c": the names that are valid for this catalog. */
static char *
valid_names(ConnectionKind kind, Oid catalog)
{
	StringInfoData names;

	initStringInfo(&names);
	for (size_t i = 0; i < lengthof(rules); i++)
	{
		if (rules[i].connection == kind && rules[i].catalog == catalog)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "",
							 rules[i].name);
	}
	return names.data;
}

static const OptionRule *
find_rule(ConnectionKind kind, Oid catalog, const char *name)
{
	for (size_t i = 0; i < lengthof(rules); i++)
	{
		if (rules[i].connection == kind && rules[i].catalog == catalog &&
			strcmp(rules[i].name, name) == 0)
			return &rules[i];
	}
	return NULL;
}

bool
connection_option_is_file(ConnectionKind kind, Oid catalog, const char *name)
{
	const OptionRule *rule = find_rule(kind, catalog, name);

	return rule != NULL && rule->kind == OPTION_FILE;
}

static void
raise_unknown_option(ConnectionKind kind, Oid catalog, const char *name)
{
	bool is_server = catalog == ForeignServerRelationId;
	bool is_mapping = catalog == UserMappingRelationId;
	Oid other = is_server ? UserMappingRelationId : ForeignServerRelationId;

	ereport(
		ERROR,
		(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
		 errmsg("invalid option \"%s\"", name),
		 find_rule(kind, other, name) != NULL
			 ? errdetail("It is an option of the %s.",
						 is_server ? "user mapping" : "server")
			 : 0,
		 is_server || is_mapping
			 ? errhint("Valid options in this context are: %s",
					   valid_names(kind, catalog))
			 : errhint(
				   "There are no valid options in this context; connections "
				   "are described by servers and user mappings.")));
}

/* ":" and a port, up to the end or the path. */
static bool
is_port(const char *colon)
{
	size_t digits = strspn(colon + 1, "0123456789");

	return digits >= 1 && digits <= 5 &&
		   (colon[1 + digits] == '\0' || colon[1 + digits] == '/');
}

/*
 * Could a password be in this address, written where none belongs?  So it
 * could if anything stands in it beside scheme, host, port and path.
 */
static bool
may_hold_secret(const char *address)
{
	const char *scheme = strstr(address, "://");
	const char *host = scheme != NULL ? scheme + 3 : address;
	const char *colon;

	if (strpbrk(address, "@?#") != NULL || strstr(address, "%40") != NULL ||
		memchr(host, '%', strcspn(host, "/")) != NULL)
		return true;
	if (host[0] == '[')
		host += strspn(host + 1, "0123456789abcdefABCDEF:.") + 1;
	colon = strchr(host, ':');
	return colon != NULL && !is_port(colon);
}

/* Is it an option that says where a server is? */
static bool
is_address(const OptionRule *rule)
{
	return rule->kind == OPTION_HOST || strcmp(rule->name, "uri") == 0 ||
		   strcmp(rule->name, "endpoint") == 0;
}

pg_noreturn static void raise_bad_value(const OptionRule *rule,
										const char *value, const char *hint);

/* Refuse a value; a secret is not repeated, nor is what may hold one. */
static void
raise_bad_value(const OptionRule *rule, const char *value, const char *hint)
{
	int shown = pg_mbcliplen(value, (int) strlen(value), SHOWN_BYTES);
	bool is_secret = rule->kind == OPTION_SECRET ||
					 (is_address(rule) && may_hold_secret(value));

	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 is_secret ? errmsg("invalid value for option \"%s\"", rule->name)
					   : errmsg("invalid value for option \"%s\": \"%.*s\"",
								rule->name, shown, value),
			 errhint("%s", hint)));
}

/* A name, or an address: only one of IPv6 has colons, and maybe a zone. */
static bool
is_host(const char *value)
{
	const char *rest = value;

	if (strpbrk(value, "/@?#[] \t\r\n") != NULL)
		return false;
	if (strchr(value, ':') == NULL)
		return true;
	rest += strspn(rest, "0123456789abcdefABCDEF:.");
	return (rest[0] == '\0' || rest[0] == '%') && strchr(rest, ':') == NULL &&
		   strchr(strchr(value, ':') + 1, ':') != NULL;
}

static void
set_text(const OptionRule *rule, const char *value, void *field)
{
	size_t length = strlen(value);

	if (length < (size_t) rule->minimum || length > (size_t) rule->maximum)
		raise_bad_value(rule, value,
						psprintf("A text of %d to %d bytes is expected.",
								 rule->minimum, rule->maximum));
	for (const char *c = value; rule->kind == OPTION_TOKEN && *c != '\0'; c++)
	{
		if (*c <= ' ' || *c > '~')
			raise_bad_value(
				rule, value,
				"Printable ASCII characters without spaces are expected.");
	}
	if (rule->kind == OPTION_HOST && !is_host(value))
		raise_bad_value(rule, value,
						"A host name or an address is expected, without "
						"scheme, port or brackets.");
	*(const char **) field = value;
}

static void
set_number(const OptionRule *rule, const char *value, void *field)
{
	int flags = rule->kind == OPTION_SECONDS ? GUC_UNIT_S
				: rule->kind == OPTION_BYTES ? GUC_UNIT_BYTE
											 : 0;
	const char *unit = rule->kind == OPTION_SECONDS ? " seconds"
					   : rule->kind == OPTION_BYTES ? " bytes"
													: "";
	const char *hint = NULL;
	int number;

	if (!parse_int(value, &number, flags, &hint) || number < rule->minimum ||
		number > rule->maximum)
		raise_bad_value(rule, value,
						psprintf("A whole number of %d to %d%s is expected.",
								 rule->minimum, rule->maximum, unit));
	if (rule->kind == OPTION_BYTES)
		*(size_t *) field = (size_t) number;
	else
		*(int *) field = number * rule->scale;
}

static void
set_file(const OptionRule *rule, const char *value, void *field)
{
	if (!is_absolute_path(value) || strlen(value) >= MAXPGPATH)
		raise_bad_value(
			rule, value,
			"The absolute path of a file on the database server is expected.");
	*(const char **) field = value;
}

static void
set_field(ConnectionFields *fields, const OptionRule *rule, const char *value)
{
	void *field = (char *) fields + rule->offset;

	switch (rule->kind)
	{
		case OPTION_TEXT:
		case OPTION_HOST:
		case OPTION_TOKEN:
		case OPTION_SECRET:
			set_text(rule, value, field);
			break;
		case OPTION_INTEGER:
		case OPTION_SECONDS:
		case OPTION_BYTES:
			set_number(rule, value, field);
			break;
		case OPTION_BOOLEAN:
			if (!parse_bool(value, (bool *) field))
				raise_bad_value(rule, value, "Valid values are on and off.");
			break;
		case OPTION_FILE:
			set_file(rule, value, field);
			break;
	}
}

void
connection_fields_read(ConnectionFields *fields, ConnectionKind kind,
					   List *options, Oid catalog)
{
	ListCell *cell;

	foreach (cell, options)
	{
		DefElem *option = (DefElem *) lfirst(cell);
		const OptionRule *rule = find_rule(kind, catalog, option->defname);

		if (rule == NULL)
			raise_unknown_option(kind, catalog, option->defname);
		else
			set_field(fields, rule, defGetString(option));
	}
}

/* The list of buckets, taken apart. */
static void
split_buckets(ConnectionFields *fields)
{
	const OptionRule *rule = find_rule(STORE_SERVER, "buckets");
	char *list = pstrdup(fields->buckets);
	const char **buckets = palloc(sizeof(char *) * (strlen(list) + 1));
	int count = 0;

	for (char *name = list, *comma; name != NULL; name = comma)
	{
		size_t length;

		comma = strchr(name, ',');
		if (comma != NULL)
			*comma++ = '\0';
		name += strspn(name, " ");
		for (length = strlen(name); length > 0 && name[length - 1] == ' ';)
			name[--length] = '\0';
		if (length == 0 || length > LONGEST_BUCKET ||
			strchr(name, '/') != NULL)
			raise_bad_value(rule, fields->buckets,
							"Names of buckets separated by commas are "
							"expected; drop the option to allow any bucket.");
		buckets[count++] = name;
	}
	fields->store.buckets = buckets;
	fields->store.bucket_count = count;
}

static void
check_endpoint(const StoreOptions *store)
{
	S3Address address;
	IoError error;

	if (connection_is_folder(store))
	{
		const char *folder = store->endpoint + strlen(FILE_SCHEME);

		if (!is_absolute_path(folder) || strlen(folder) >= MAXPGPATH)
			raise_bad_value(find_rule(STORE_SERVER, "endpoint"),
							store->endpoint,
							"Write a folder as file:// and its absolute path: "
							"file:///srv/batches.");
		return;
	}
	if (s3_address_parse(store->endpoint, store->path_style, &address, &error))
		return;
	/* One with "@" names a user: the parser says so, and does not repeat it. */
	/* NOLINTNEXTLINE(clang-analyzer-core.*): a server without is refused */
	if (strchr(store->endpoint, '@') == NULL &&
		may_hold_secret(store->endpoint))
		raise_bad_value(find_rule(STORE_SERVER, "endpoint"), store->endpoint,
						"Write it as http://host:port or https://host:port.");
	ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					errmsg("%s", error.message),
					error.hint[0] != '\0' ? errhint("%s", error.hint) : 0));
}

static void
take_uri_apart(ConnectionFields *fields)
{
	AmqpUri uri;
	const char *problem;

	if (strchr(fields->uri, '@') != NULL)
		ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
						errmsg("option \"uri\" contains a user name"),
						errhint("Credentials belong into the user mapping, as "
								"user and password.")));
	problem = amqp_uri_parse(fields->uri, &uri);
	if (problem != NULL)
		raise_bad_value(find_rule(BROKER_SERVER, "uri"), fields->uri, problem);
	fields->broker.host = uri.host;
	fields->broker.port = uri.port;
	fields->broker.vhost = uri.vhost;
	fields->broker.tls = uri.tls;
}

void
connection_fields_finish(ConnectionFields *fields, ConnectionKind kind)
{
	BrokerOptions *broker = &fields->broker;
	StoreOptions *store = &fields->store;

	if (kind == CONNECTION_RABBITMQ)
	{
		if (fields->uri != NULL)
			take_uri_apart(fields);
		if (broker->host == NULL)
			broker->host = "localhost";
		if (broker->port == 0)
			broker->port = broker->tls ? DEFAULT_TLS_PORT : DEFAULT_PORT;
	}
	else
	{
		check_endpoint(store);
		if (fields->buckets != NULL)
			split_buckets(fields);
	}
	broker->tls_verify = store->tls_verify = fields->tls_verify;
	broker->tls_ca_file = store->tls_ca_file = fields->tls_ca_file;
	broker->tls_cert_file = store->tls_cert_file = fields->tls_cert_file;
	broker->tls_key_file = store->tls_key_file = fields->tls_key_file;
}
