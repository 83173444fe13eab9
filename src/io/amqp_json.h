/*-------------------------------------------------------------------------
 *
 * amqp_json.h
 *	  The properties of a message as JSON.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_AMQP_JSON_H
#define ANALYTICS_AMQP_JSON_H

#include "io/amqp_library.h"
#include "io/io.h"

/* Longer than this, the answer is {"truncated":true}. */
#define AMQP_JSON_LIMIT 65536

/* Tables and arrays nested deeper than this become null. */
#define AMQP_JSON_DEPTH 16

/*
 * A JSON object, malloc'd, with each property that is set, "headers" (the
 * header table), "exchange" and "routing_key".  Valid UTF-8 without \u0000:
 * bytes that are no UTF-8, and NUL, become U+FFFD.  Numbers that JSON does
 * not have (NaN, infinities) become null.  properties may be NULL.  NULL
 * when there is no memory.
 */
extern char *amqp_json_properties(const amqp_basic_properties_t *properties,
								  const char *exchange,
								  const char *routing_key);

#endif /* ANALYTICS_AMQP_JSON_H */
