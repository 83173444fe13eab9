/*-------------------------------------------------------------------------
 *
 * consumer.h
 *	  One row of analytics.consumers with all it refers to, loaded.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CONSUMER_H
#define ANALYTICS_CONSUMER_H

#include "postgres.h"

#include "ingest/log_level.h"
#include "io/broker.h"
#include "io/object_store.h"

typedef struct ConsumerConfig
{
	MemoryContext context; /* holds this struct and all below */
	char *name;
	Oid role;
	bool enabled;
	bool paused;
	char *pause_reason;
	int workers;
	int prefetch;
	int max_fetches;
	int commit_delay_ms;
	char *scorer;    /* NULL: none; as scorer_name() gives it */
	char *scorer_by; /* who named it; NULL: nobody knows */
	int scorer_timeout_ms;
	LogLevel log_level;

	char *broker_name; /* of the server; NULL: none */
	bool has_broker;
	BrokerOptions broker; /* connection_name left for the worker */
	BrokerTopology topology;
	char *store_name; /* likewise */
	bool has_store;
	StoreOptions store;

	uint64 broker_fingerprint; /* changes when any of broker or topology
									 * does: reconnect */
	uint64 store_fingerprint;  /* likewise: make a new client */
} ConsumerConfig;

/*
 * Load consumer `name`, in the current transaction (SPI is connected here),
 * into a new child of `parent`.  NULL: there is no such consumer.  Raises as
 * connection_load_*() do.  Free it by deleting config->context.
 */
extern ConsumerConfig *consumer_load(MemoryContext parent, const char *name);

/*
 * The row alone: servers and mappings are not looked at, and broker, store
 * and the fingerprints stay empty.
 */
extern ConsumerConfig *consumer_load_row(MemoryContext parent,
										 const char *name);

#endif /* ANALYTICS_CONSUMER_H */
