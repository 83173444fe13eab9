/*-------------------------------------------------------------------------
 *
 * size_labels.c
 *	  Which sizes of batches are counted by themselves.
 *
 * Producers may make batches of any size, and each size that is counted is a
 * row that every scrape reads, for ever.  So who counts tells the first sizes
 * of a platform apart, and what comes later is "other".
 *
 * Which these are is read once, and remembered: no one else writes rows of our
 * number, a worker's for as long as it runs, a session's until its transaction
 * ends.  What is remembered of a group that is rolled back takes a place away
 * from others, and adds none.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "compat.h"
#include "ingest/size_labels.h"

#define OTHER "other"

typedef struct OddSize
{
	int expected;
	int actual;
} OddSize;

typedef struct PlatformSizes
{
	struct PlatformSizes *next;
	char *platform;
	int count;
	OddSize sizes[SIZE_LABELS];
} PlatformSizes;

static const char sizes_query[] =
	"SELECT label, detail FROM analytics.counters "
	"WHERE consumer OPERATOR(pg_catalog.=) $1 "
	"AND worker OPERATOR(pg_catalog.=) $2 "
	"AND metric OPERATOR(pg_catalog.=) 'batch_size_mismatch' "
	"AND platform OPERATOR(pg_catalog.=) $3 "
	"AND detail OPERATOR(pg_catalog.<>) '" OTHER "'";

static MemoryContext remembered_context = NULL;
static PlatformSizes *remembered = NULL;

/* Whose sizes these are. */
static int remembered_worker = 0;
static LocalTransactionId remembered_transaction = InvalidLocalTransactionId;

/* Forget what was read under another number, or before others had ours. */
static void
forget_others(const BatchGroup *group)
{
	LocalTransactionId transaction = group->worker < 0
										 ? compat_local_transaction()
										 : InvalidLocalTransactionId;

	if (remembered_context == NULL)
		remembered_context = AllocSetContextCreate(
			TopMemoryContext, "analytics sizes", ALLOCSET_SMALL_SIZES);
	else if (remembered_worker == group->worker &&
			 remembered_transaction == transaction)
		return;
	MemoryContextReset(remembered_context);
	remembered = NULL;
	remembered_worker = group->worker;
	remembered_transaction = transaction;
}

static void
run_query(const BatchGroup *group, const char *platform)
{
	static SPIPlanPtr plan = NULL;
	Oid types[] = {TEXTOID, INT4OID, TEXTOID};
	Datum values[] = {CStringGetTextDatum(group->consumer),
					  Int32GetDatum(group->worker),
					  CStringGetTextDatum(platform)};
	int result;

	if (plan == NULL)
	{
		SPIPlanPtr prepared = SPI_prepare(sizes_query, 3, types);

		if (prepared == NULL || SPI_keepplan(prepared) != 0)
			elog(ERROR, "could not prepare the sizes of batches: %s",
				 SPI_result_code_string(SPI_result));
		plan = prepared;
	}
	result = SPI_execute_plan(plan, values, NULL, false, SIZE_LABELS);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not read the sizes of batches: %s",
			 SPI_result_code_string(result));
}

/* Of a label that we have written. */
static int
number_in(HeapTuple row, int column)
{
	return (int) strtol(SPI_getvalue(row, SPI_tuptable->tupdesc, column), NULL,
						10);
}

static PlatformSizes *
read_sizes(const BatchGroup *group, const char *platform)
{
	PlatformSizes *found;

	run_query(group, platform);
	found = MemoryContextAllocZero(remembered_context, sizeof(*found));
	found->platform = MemoryContextStrdup(remembered_context, platform);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple row = SPI_tuptable->vals[i];
		OddSize *size = &found->sizes[found->count++];

		size->expected = number_in(row, 1);
		size->actual = number_in(row, 2);
	}
	SPI_freetuptable(SPI_tuptable);
	found->next = remembered;
	remembered = found;
	return found;
}

static PlatformSizes *
sizes_of(const BatchGroup *group, const char *platform)
{
	forget_others(group);
	for (PlatformSizes *of = remembered; of != NULL; of = of->next)
		if (strcmp(of->platform, platform) == 0)
			return of;
	return read_sizes(group, platform);
}

const char *
size_label(const BatchGroup *group, const char *platform, int expected,
		   int actual)
{
	PlatformSizes *of = sizes_of(group, platform);
	int place = 0;

	while (place < of->count && (of->sizes[place].expected != expected ||
								 of->sizes[place].actual != actual))
		place++;
	if (place == SIZE_LABELS)
		return OTHER;
	if (place == of->count)
		of->sizes[of->count++] = (OddSize){expected, actual};
	return psprintf("%d", actual);
}
