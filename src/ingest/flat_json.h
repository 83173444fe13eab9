/*-------------------------------------------------------------------------
 *
 * flat_json.h
 *	  Arrays of flat objects, written as jsonb in its stored form.
 *
 * Built value by value, as the server's functions do, the keywords or the
 * matches of a post cost as much as its whole analysis: every object is
 * sorted, copied and written down again.  Ours have keys in an order that is
 * known beforehand.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_FLAT_JSON_H
#define ANALYTICS_FLAT_JSON_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/jsonb.h"

/*
 * One key of an object and its value: text, or else a number, or else true.
 * The key is a constant.
 */
typedef struct FlatField
{
	const char *key;
	const char *text; /* NULL: none; not terminated */
	size_t length;    /* of the text */
	Numeric number;   /* NULL: none */
} FlatField;

#define FLAT_MAX_FIELDS (JB_OFFSET_STRIDE / 2)

typedef struct FlatArray
{
	StringInfoData data;
	int count; /* objects written */

	/* the keys of the last object, which are often those of the next */
	const char *keys[FLAT_MAX_FIELDS];
	JEntry key_entries[FLAT_MAX_FIELDS];
	int key_count;
	int keys_at; /* in data */
	int keys_length;
} FlatArray;

/*
 * Begin an array that will have `count` objects; add them, with the fields
 * of each sorted as jsonb wants it: shorter keys first, those of a length by
 * their bytes, and FLAT_MAX_FIELDS at most; end it, which gives the Jsonb,
 * palloc'd in what was the CurrentMemoryContext at the beginning.
 */
extern void flat_array_begin(FlatArray *array, int count);
extern void flat_array_add(FlatArray *array, const FlatField *fields,
						   int count);
extern Datum flat_array_end(FlatArray *array);

/*
 * Numbers as they are written: whole, and with six decimals.  Not to be
 * freed; some are kept for the life of the process.
 */
extern Numeric flat_whole(int64 number);
extern Numeric flat_decimal(double number);

#endif /* ANALYTICS_FLAT_JSON_H */
