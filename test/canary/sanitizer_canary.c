/*-------------------------------------------------------------------------
 *
 * sanitizer_canary.c
 *	  Planted faults, to see that the sanitizers report them.
 *
 * Built and called by `make sanitize` alone, in a server of its own, and never
 * part of the extension.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#define LENGTH 8

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(canary_nothing);
PG_FUNCTION_INFO_V1(canary_heap_buffer_overflow);
PG_FUNCTION_INFO_V1(canary_out_of_bounds);

/*
 * Volatile, here and below, so that no compiler sees the fault coming, nor
 * UBSan the one that is for AddressSanitizer.
 */
static volatile int position = LENGTH;

Datum
canary_nothing(PG_FUNCTION_ARGS)
{
	char *volatile block = malloc(LENGTH);
	char last;

	if (block == NULL)
		PG_RETURN_NULL();
	memset(block, 1, LENGTH);
	last = block[position - 1];
	free(block);
	PG_RETURN_INT32(last);
}

Datum
canary_heap_buffer_overflow(PG_FUNCTION_ARGS)
{
	char *volatile block = malloc(LENGTH);
	char beyond;

	if (block == NULL)
		PG_RETURN_NULL();
	memset(block, 1, LENGTH);
	beyond = block[position];
	free(block);
	PG_RETURN_INT32(beyond);
}

Datum
canary_out_of_bounds(PG_FUNCTION_ARGS)
{
	static const int32 numbers[LENGTH] = {1};

	PG_RETURN_INT32(numbers[position]);
}
