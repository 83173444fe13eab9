/*-------------------------------------------------------------------------
 *
 * consumer_names.h
 *	  Consumers by name, for functions that take one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CONSUMER_NAMES_H
#define ANALYTICS_CONSUMER_NAMES_H

#include "compat.h"

/* Is there a consumer of this name?  SPI must be connected. */
extern bool consumer_exists(const char *name);

/*
 * Raise for a consumer that does not exist, with a hint listing those that
 * do.  SPI must be connected.
 */
pg_noreturn extern void consumer_raise_unknown(const char *name);

#endif /* ANALYTICS_CONSUMER_NAMES_H */
