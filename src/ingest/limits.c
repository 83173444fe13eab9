/*-------------------------------------------------------------------------
 *
 * limits.c
 *	  The settings that bound what is taken.
 *
 * They bound memory and time, so they are the server's and not a consumer's:
 * a reload changes them for every worker and for ingest().  What lies beyond
 * one ends as a dead letter or a crawl error with a reason of its own, but for
 * bytes in flight, beyond which a worker only takes nothing more.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "ingest/json_scan.h"
#include "ingest/limits.h"

#define MEBIBYTE 1024 /* in the unit of the settings, which is kB */

/*
 * A batch has 20 to 50 items.  The bound is on memory: a text of commas and
 * digits would otherwise become hundreds of bytes for each of its own.
 */
int limit_batch_items = 100000;

static int event_kb = 64 * MEBIBYTE;
static int decoded_kb = 256 * MEBIBYTE;
static int in_flight_kb = 256 * MEBIBYTE;

size_t
limit_event_bytes(void)
{
	return (size_t) event_kb * 1024;
}

size_t
limit_decoded_bytes(void)
{
	return (size_t) decoded_kb * 1024;
}

int64
limit_bytes_in_flight(void)
{
	return (int64) in_flight_kb * 1024;
}

static void
define_sizes(void)
{
	DefineCustomIntVariable(
		"analytics.max_event_size", "Largest body of an event that is taken.",
		"A larger one is a dead letter EVENT_TOO_LARGE, without its body.",
		&event_kb, event_kb, 1, 256 * MEBIBYTE, PGC_SIGHUP, GUC_UNIT_KB, NULL,
		NULL, NULL);
	/* A text of more than 1 GB - 1 fits into no allocation. */
	DefineCustomIntVariable("analytics.max_decoded_size",
							"Largest size of a batch, decompressed.",
							"A larger one is a dead letter BATCH_TOO_LARGE.",
							&decoded_kb, decoded_kb, 1, 1024 * MEBIBYTE - 1,
							PGC_SIGHUP, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"analytics.max_bytes_in_flight",
		"Bytes of events and batches from which on a worker takes no more.",
		"It takes deliveries again when what it holds has been committed.",
		&in_flight_kb, in_flight_kb, 1, MAX_KILOBYTES, PGC_SIGHUP, GUC_UNIT_KB,
		NULL, NULL, NULL);
}

void
limits_define_settings(void)
{
	define_sizes();
	DefineCustomIntVariable(
		"analytics.max_batch_items", "Most items of a batch.",
		"A batch of more is a dead letter TOO_MANY_ITEMS.", &limit_batch_items,
		limit_batch_items, 1, 1000000, PGC_SIGHUP, 0, NULL, NULL, NULL);
	/* The bounds are those of the server's parser and of its numbers. */
	DefineCustomIntVariable(
		"analytics.max_nesting", "Most levels of nesting of an item.",
		"A deeper item is a crawl error PARSE_ERROR, a deeper event a dead "
		"letter INVALID_EVENT.",
		&json_max_depth, json_max_depth, 4, 1000, PGC_SIGHUP, 0, NULL, NULL,
		NULL);
	DefineCustomIntVariable(
		"analytics.max_number_digits", "Most digits of a number in an item.",
		"An item with a longer one is a crawl error PARSE_ERROR.",
		&json_max_digits, json_max_digits, 20, 1000, PGC_SIGHUP, 0, NULL, NULL,
		NULL);
}
