/*-------------------------------------------------------------------------
 *
 * store_config.h
 *	  A store's own, checked copy of its options.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_STORE_CONFIG_H
#define ANALYTICS_STORE_CONFIG_H

#include "io/object_store.h"
#include "io/s3_address.h"

typedef struct StoreConfig
{
	StoreOptions options; /* strings are malloc'd; no number is 0 */
	const char *folder;   /* of a file:// endpoint, within options.endpoint;
						   * NULL: an S3 server */
	S3Address address;    /* of an S3 server */
} StoreConfig;

/*
 * Check and copy.  False with *error set and nothing left allocated.
 * Free with store_config_free(), which wipes the secrets.
 */
extern bool store_config_init(StoreConfig *config, const StoreOptions *options,
							  IoError *error);
extern void store_config_free(StoreConfig *config);

/* May objects of this bucket be fetched? */
extern bool store_config_allows(const StoreConfig *config, const char *bucket);

#endif /* ANALYTICS_STORE_CONFIG_H */
