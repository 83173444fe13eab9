/*-------------------------------------------------------------------------
 *
 * connections.h
 *	  Foreign servers and user mappings, as options of the io layer.
 *
 * The one table of options (name, kind, range, server or mapping) is in
 * connection_options.c and serves both the validators (src/sql/options.c)
 * and the workers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CONNECTIONS_H
#define ANALYTICS_CONNECTIONS_H

#include "io/broker.h"
#include "io/object_store.h"
#include "nodes/pg_list.h"

#define RABBITMQ_FDW_NAME "analytics_rabbitmq"
#define OBJECT_STORE_FDW_NAME "analytics_object_store"

typedef enum ConnectionKind
{
	CONNECTION_RABBITMQ,
	CONNECTION_OBJECT_STORE
} ConnectionKind;

/*
 * Check options (a List of DefElem) written to a catalog: `catalog` is
 * ForeignServerRelationId, UserMappingRelationId, or another (no option is
 * valid there).  Raises with SQLSTATE and a hint listing the valid options.
 */
extern void connection_check_options(ConnectionKind kind, List *options,
									 Oid catalog);

/*
 * Could `role` use server `name`?  Raises (undefined object, wrong wrapper,
 * no USAGE for role, no mapping), always with a hint.  No file is read and
 * nothing is connected to.
 */
extern void connection_check(ConnectionKind kind, const char *name, Oid role);

/*
 * Look up server `name` and the mapping of `role` for it, in the current
 * transaction, and fill *options; all strings in the current memory context.
 * Raises as connection_check() does and when a secret's file cannot be read,
 * always with a hint.  Left to the caller: the broker's connection_name, the
 * store's max_fetches.
 */
extern void connection_load_broker(const char *name, Oid role,
								   BrokerOptions *options);
extern void connection_load_store(const char *name, Oid role,
								  StoreOptions *options);

#endif /* ANALYTICS_CONNECTIONS_H */
