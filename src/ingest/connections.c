/*-------------------------------------------------------------------------
 *
 * connections.c
 *	  From the name of a foreign server to options of the io layer.
 *
 * The rights that count are those of the consumer's role, whoever asks: its
 * USAGE on the server, its user mapping or that of PUBLIC.  What the options
 * mean is connection_options.c's; here they are only found and put together.
 * Nothing is connected to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "foreign/foreign.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/syscache.h"

#include "ingest/connection_options.h"
#include "ingest/secret_file.h"

static const char *
wrapper_name(ConnectionKind kind)
{
	return kind == CONNECTION_RABBITMQ ? RABBITMQ_FDW_NAME
									   : OBJECT_STORE_FDW_NAME;
}

static const char *
example_options(ConnectionKind kind)
{
	return kind == CONNECTION_RABBITMQ ? "user '...', password '...'"
									   : "access_key '...', secret_key '...'";
}

static const char *
quoted_role(Oid role)
{
	return quote_identifier(GetUserNameFromId(role, false));
}

/* The server of this name, if it is one of ours and role may use it. */
static ForeignServer *
find_server(ConnectionKind kind, const char *name, Oid role)
{
	ForeignServer *server = GetForeignServerByName(name, true);
	ForeignDataWrapper *wrapper;

	if (server == NULL)
		ereport(
			ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("server \"%s\" does not exist", name),
			 errhint("CREATE SERVER %s FOREIGN DATA WRAPPER %s OPTIONS (...)",
					 quote_identifier(name), wrapper_name(kind))));
	wrapper = GetForeignDataWrapper(server->fdwid);
	if (strcmp(wrapper->fdwname, wrapper_name(kind)) != 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("server \"%s\" is of foreign-data wrapper \"%s\", not of "
					"\"%s\"",
					name, wrapper->fdwname, wrapper_name(kind)),
			 errhint(
				 "Name a server that was made with FOREIGN DATA WRAPPER %s.",
				 wrapper_name(kind))));
	if (!DatumGetBool(DirectFunctionCall3(
			has_server_privilege_id_id, ObjectIdGetDatum(role),
			ObjectIdGetDatum(server->serverid), CStringGetTextDatum("USAGE"))))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("role \"%s\" may not use server \"%s\"",
							   GetUserNameFromId(role, false), name),
						errhint("GRANT USAGE ON FOREIGN SERVER %s TO %s;",
								quote_identifier(name), quoted_role(role))));
	return server;
}

static bool
has_mapping(Oid user, Oid server)
{
	return SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(user),
								 ObjectIdGetDatum(server));
}

/* The options of role's mapping, or of everybody's. */
static List *
find_mapping(ConnectionKind kind, const ForeignServer *server, Oid role)
{
	if (!has_mapping(role, server->serverid) &&
		!has_mapping(InvalidOid, server->serverid))
		ereport(
			ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("role \"%s\" has no user mapping for server \"%s\"",
					GetUserNameFromId(role, false), server->servername),
			 errhint("CREATE USER MAPPING FOR %s SERVER %s OPTIONS (%s);",
					 quoted_role(role), quote_identifier(server->servername),
					 example_options(kind))));
	return GetUserMapping(role, server->serverid)->options;
}

/* Server and mapping, the secret's file not yet read.  A folder needs no
 * mapping. */
static void
load_fields(ConnectionKind kind, const char *name, Oid role,
			ConnectionFields *fields)
{
	ForeignServer *server = find_server(kind, name, role);

	connection_fields_init(fields);
	connection_fields_read(fields, kind, server->options,
						   ForeignServerRelationId);
	connection_fields_finish(fields, kind);
	if (kind == CONNECTION_OBJECT_STORE &&
		connection_is_folder(&fields->store))
		return;
	connection_fields_read(fields, kind, find_mapping(kind, server, role),
						   UserMappingRelationId);
}

void
connection_check(ConnectionKind kind, const char *name, Oid role)
{
	ConnectionFields fields;

	load_fields(kind, name, role, &fields);
}

void
connection_load_broker(const char *name, Oid role, BrokerOptions *options)
{
	ConnectionFields fields;

	load_fields(CONNECTION_RABBITMQ, name, role, &fields);
	if (fields.secret_file != NULL)
		fields.broker.password =
			secret_file_read("password_file", fields.secret_file);
	*options = fields.broker;
}

void
connection_load_store(const char *name, Oid role, StoreOptions *options)
{
	ConnectionFields fields;

	load_fields(CONNECTION_OBJECT_STORE, name, role, &fields);
	if (fields.secret_file != NULL)
		fields.store.secret_key =
			secret_file_read("secret_key_file", fields.secret_file);
	*options = fields.store;
}
