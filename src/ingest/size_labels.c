/*-------------------------------------------------------------------------
 *
 * size_labels.c
 *	  Which sizes of batches are counted by themselves.
 *
 * Producers may make batches of any size, and each size that is counted is a
 * row that every scrape reads, for ever.  So the first sizes of a platform are
 * told apart, whoever counts them, and what comes later is "other".
 *
 * That a size is told apart is decided once: its rows in analytics.counters say
 * so to all, and it stays so.  What they say is remembered, and read again
 * before one more size is added.  Those who add one in the same moment do not
 * see each other's; then there are a few more, which is no harm, and nobody
 * waits.  What was added in a transaction that is rolled back was never
 * decided, and is forgotten.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
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
	int room;
	OddSize *sizes;
} PlatformSizes;

/* The limit is far beyond what is told apart, and bounds the memory. */
static const char sizes_query[] =
	"SELECT DISTINCT label, detail FROM analytics.counters "
	"WHERE metric OPERATOR(pg_catalog.=) 'batch_size_mismatch' "
	"AND platform OPERATOR(pg_catalog.=) $1 "
	"AND detail OPERATOR(pg_catalog.<>) '" OTHER "' LIMIT 5000";

static MemoryContext remembered_context = NULL;
static PlatformSizes *remembered = NULL;

/* Has the running transaction added to it? */
static bool added = false;

/* A session's next transaction may find another extension. */
static LocalTransactionId remembered_transaction = InvalidLocalTransactionId;

static void
forget(void)
{
	MemoryContextReset(remembered_context);
	remembered = NULL;
	added = false;
}

static void
forget_aborted(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE)
		added = false;
	else if (event == XACT_EVENT_ABORT && added)
		forget();
}

static void
forget_aborted_part(SubXactEvent event, SubTransactionId part,
					SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB && added)
		forget();
}

static void
forget_others(const BatchGroup *group)
{
	LocalTransactionId transaction = group->worker < 0
										 ? compat_local_transaction()
										 : InvalidLocalTransactionId;

	if (remembered_context == NULL)
	{
		remembered_context = AllocSetContextCreate(
			TopMemoryContext, "analytics sizes", ALLOCSET_SMALL_SIZES);
		RegisterXactCallback(forget_aborted, NULL);
		RegisterSubXactCallback(forget_aborted_part, NULL);
	}
	else if (remembered_transaction != transaction)
		forget();
	remembered_transaction = transaction;
}

static void
run_query(const char *platform)
{
	static SPIPlanPtr plan = NULL;
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(platform)};
	int result;

	if (plan == NULL)
	{
		SPIPlanPtr prepared = SPI_prepare(sizes_query, lengthof(types), types);

		if (prepared == NULL || SPI_keepplan(prepared) != 0)
			elog(ERROR, "could not prepare the sizes of batches: %s",
				 SPI_result_code_string(SPI_result));
		plan = prepared;
	}
	result = SPI_execute_plan(plan, values, NULL, false, 0);
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

static bool
has_size(const PlatformSizes *of, OddSize size)
{
	for (int i = 0; i < of->count; i++)
		if (of->sizes[i].expected == size.expected &&
			of->sizes[i].actual == size.actual)
			return true;
	return false;
}

static void
remember_size(PlatformSizes *of, OddSize size)
{
	if (of->count == of->room)
	{
		of->room *= 2;
		of->sizes = repalloc(of->sizes, of->room * sizeof(OddSize));
	}
	of->sizes[of->count++] = size;
}

/* Also what others have added since we last did. */
static void
read_sizes(PlatformSizes *of)
{
	run_query(of->platform);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple row = SPI_tuptable->vals[i];
		OddSize size = {number_in(row, 1), number_in(row, 2)};

		if (!has_size(of, size))
			remember_size(of, size);
	}
	SPI_freetuptable(SPI_tuptable);
}

static PlatformSizes *
sizes_of(const BatchGroup *group, const char *platform)
{
	PlatformSizes *of;

	forget_others(group);
	for (of = remembered; of != NULL; of = of->next)
		if (strcmp(of->platform, platform) == 0)
			return of;
	of = MemoryContextAllocZero(remembered_context, sizeof(*of));
	of->platform = MemoryContextStrdup(remembered_context, platform);
	of->room = SIZE_LABELS;
	of->sizes =
		MemoryContextAlloc(remembered_context, of->room * sizeof(OddSize));
	of->next = remembered;
	remembered = of;
	return of;
}

const char *
size_label(const BatchGroup *group, const char *platform, int expected,
		   int actual)
{
	PlatformSizes *of = sizes_of(group, platform);
	OddSize size = {expected, actual};

	if (!has_size(of, size) && of->count < SIZE_LABELS)
		read_sizes(of);
	if (!has_size(of, size))
	{
		if (of->count >= SIZE_LABELS)
			return OTHER;
		remember_size(of, size);
		added = true;
	}
	return psprintf("%d", actual);
}
