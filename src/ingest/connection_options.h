/*-------------------------------------------------------------------------
 *
 * connection_options.h
 *	  Options of servers and mappings, read into fields.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CONNECTION_OPTIONS_H
#define ANALYTICS_CONNECTION_OPTIONS_H

#include "ingest/connections.h"

/* What the options of a server and of a mapping say, together. */
typedef struct ConnectionFields
{
	BrokerOptions broker; /* of CONNECTION_RABBITMQ */
	StoreOptions store;   /* of CONNECTION_OBJECT_STORE */
	const char *uri;
	const char *buckets;     /* as written; store.buckets is made of it */
	const char *secret_file; /* password_file or secret_key_file */
	bool tls_verify;         /* the tls_* options, of either kind */
	const char *tls_ca_file;
	const char *tls_cert_file;
	const char *tls_key_file;
} ConnectionFields;

/* The defaults. */
extern void connection_fields_init(ConnectionFields *fields);

/*
 * Add the options (a List of DefElem) of one catalog entry.  Raises for
 * unknown options and bad values.  Strings point into the list.
 */
extern void connection_fields_read(ConnectionFields *fields,
								   ConnectionKind kind, List *options,
								   Oid catalog);

/* Is there such an option, and is its value a file that the server reads? */
extern bool connection_option_is_file(ConnectionKind kind, Oid catalog,
									  const char *name);

/*
 * Once all options of a server have been read: raise for those that
 * contradict each other, take the uri and the list of buckets apart, and fill
 * in what depends on other options.  Allocates in the current memory context.
 */
extern void connection_fields_finish(ConnectionFields *fields,
									 ConnectionKind kind);

/* Does the endpoint name a folder of this machine? */
extern bool connection_is_folder(const StoreOptions *store);

#endif /* ANALYTICS_CONNECTION_OPTIONS_H */
