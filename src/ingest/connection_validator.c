/*-------------------------------------------------------------------------
 *
 * connection_validator.c
 *	  What is asked of the options of a server or a mapping as they are written.
 *
 * Beside what each option says alone (connection_options.c): which belong
 * together, which exclude each other, and who may have the server read a file.
 * A worker asks none of this again: it uses what was allowed then.  Nothing
 * here looks anything up but the rights of the current user.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"

#include "ingest/connection_options.h"

/*
 * A file that the server reads on somebody's behalf could be sent to a broker
 * of their own, or be looked for.
 */
static void
require_file_access(const char *option)
{
	if (superuser() ||
		has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		return;
	ereport(
		ERROR,
		(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		 errmsg("permission denied to set option \"%s\"", option),
		 errdetail("Only superusers and members of role pg_read_server_files "
				   "may have the server read a file."),
		 errhint("Ask a superuser to run the statement, or to GRANT "
				 "pg_read_server_files.")));
}

/* Only when an option is written: a worker uses what was allowed then. */
static void
check_file_access(ConnectionKind kind, List *options, Oid catalog)
{
	ListCell *cell;

	foreach (cell, options)
	{
		const char *name = ((DefElem *) lfirst(cell))->defname;

		if (connection_option_is_file(kind, catalog, name))
			require_file_access(name);
	}
}

static bool
has_option(List *options, const char *name)
{
	ListCell *cell;

	foreach (cell, options)
	{
		if (strcmp(((DefElem *) lfirst(cell))->defname, name) == 0)
			return true;
	}
	return false;
}

static void
refuse_both(List *options, const char *one, const char *other)
{
	if (!has_option(options, one) || !has_option(options, other))
		return;
	ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					errmsg("options \"%s\" and \"%s\" exclude each other", one,
						   other),
					errhint("Drop one of them; ALTER ... OPTIONS (DROP %s, "
							"ADD %s ...) exchanges them in one statement.",
							one, other)));
}

static void
require_option(List *options, const char *name, const char *hint)
{
	if (has_option(options, name))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
			 errmsg("option \"%s\" is missing", name), errhint("%s", hint)));
}

static void
check_broker_mapping(List *options)
{
	refuse_both(options, "password", "password_file");
	require_option(options, "user", "Name the user of the broker.");
	if (!has_option(options, "password_file"))
		require_option(options, "password",
					   "Set password, or password_file, which keeps the "
					   "password out of the catalogs and of dumps.");
}

static void
check_store_mapping(List *options)
{
	bool has_secret = has_option(options, "secret_key") ||
					  has_option(options, "secret_key_file");

	refuse_both(options, "secret_key", "secret_key_file");
	if (has_option(options, "access_key") && !has_secret)
		require_option(options, "secret_key",
					   "Set secret_key, or secret_key_file, which keeps the "
					   "key out of the catalogs and of dumps.");
	if (has_secret || has_option(options, "session_token"))
		require_option(options, "access_key",
					   "Set access_key, or drop the other options for "
					   "requests without signature.");
}

static void
check_broker_server(List *options)
{
	refuse_both(options, "uri", "host");
	refuse_both(options, "uri", "port");
	refuse_both(options, "uri", "vhost");
	refuse_both(options, "uri", "tls");
}

/* TLS options that nothing would heed are an error in somebody's head. */
static void
check_tls_options(List *options, bool tls, const char *hint)
{
	ListCell *cell;

	foreach (cell, options)
	{
		const char *name = ((DefElem *) lfirst(cell))->defname;

		if (!tls && strncmp(name, "tls_", 4) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("option \"%s\" has no effect without TLS", name),
					 errhint("%s", hint)));
	}
	if (has_option(options, "tls_cert_file"))
		require_option(options, "tls_key_file",
					   "A client certificate needs its key.");
	if (has_option(options, "tls_key_file"))
		require_option(options, "tls_cert_file",
					   "A client key needs its certificate.");
}

static void
check_server(ConnectionFields *fields, ConnectionKind kind, List *options)
{
	if (kind == CONNECTION_RABBITMQ)
	{
		check_broker_server(options);
		connection_fields_finish(fields, kind);
		check_tls_options(
			options, fields->broker.tls,
			"Set option \"tls\" to on, or write the uri as amqps://.");
		return;
	}
	require_option(
		options, "endpoint",
		"Write it as http://host:port, https://host:port or file:///folder.");
	if (connection_is_folder(&fields->store))
		require_file_access("endpoint");
	connection_fields_finish(fields, kind);
	check_tls_options(options,
					  /* NOLINTNEXTLINE(clang-analyzer-core.*): it is there */
					  strncmp(fields->store.endpoint, "https:", 6) == 0,
					  "Write the endpoint as https://.");
}

void
connection_check_options(ConnectionKind kind, List *options, Oid catalog)
{
	ConnectionFields fields;

	connection_fields_init(&fields);
	connection_fields_read(&fields, kind, options, catalog);
	check_file_access(kind, options, catalog);
	if (catalog == ForeignServerRelationId)
		check_server(&fields, kind, options);
	else if (catalog == UserMappingRelationId && kind == CONNECTION_RABBITMQ)
		check_broker_mapping(options);
	else if (catalog == UserMappingRelationId)
		check_store_mapping(options);
}
