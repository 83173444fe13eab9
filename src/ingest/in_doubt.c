/*-------------------------------------------------------------------------
 *
 * in_doubt.c
 *	  Rows of other transactions that are neither committed nor rolled back.
 *
 * What is unique over two tables no index can guard: each of two writers would
 * find the other table empty, and both commit.  So it is done as the server
 * guards an exclusion constraint: who has written its own row looks for those
 * of others with a snapshot that shows what is not committed, and waits for
 * the transactions that have written them.  Whichever of two writes last sees
 * the other.
 *
 * Only waits, and reads no more than who has written a row; it takes no lock
 * that outlasts the call but that on the table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "ingest/in_doubt.h"

/* One that the table's index can find, as its column compares. */
static void
make_key(ScanKey key, Relation table, const char *column, const char *value)
{
	AttrNumber number = get_attnum(RelationGetRelid(table), column);

	if (number == InvalidAttrNumber)
		elog(ERROR, "table \"%s\" has no column \"%s\"",
			 RelationGetRelationName(table), column);
	ScanKeyEntryInitialize(
		key, 0, number, BTEqualStrategyNumber, InvalidOid,
		TupleDescAttr(RelationGetDescr(table), number - 1)->attcollation,
		F_TEXTEQ, CStringGetTextDatum(value));
}

/*
 * A transaction that keeps its snapshot would not see, in its next statement,
 * what it has waited for.
 */
static void
check_visible(HeapTuple row)
{
	TransactionId writer = HeapTupleHeaderGetXmin(row->t_data);

	if (IsolationUsesXactSnapshot() &&
		!TransactionIdIsCurrentTransactionId(writer) &&
		XidInMVCCSnapshot(writer, GetActiveSnapshot()))
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("could not serialize access due to concurrent "
							   "processing of the same event")));
}

/* Somebody who has written such a row and has not ended; invalid: nobody. */
static TransactionId
find_writer(Relation table, Oid index, const char *column, const char *value)
{
	TransactionId writer = InvalidTransactionId;
	SnapshotData dirty;
	ScanKeyData key; /* anew for each scan, which changes it */
	SysScanDesc scan;
	HeapTuple row;

	InitDirtySnapshot(dirty);
	make_key(&key, table, column, value);
	scan =
		systable_beginscan(table, index, OidIsValid(index), &dirty, 1, &key);
	while (!TransactionIdIsValid(writer) &&
		   HeapTupleIsValid(row = systable_getnext(scan)))
	{
		writer = dirty.xmin;
		if (!TransactionIdIsValid(writer))
			check_visible(row);
	}
	systable_endscan(scan);
	return writer;
}

static Oid
usable_index(const InDoubtPlace *place, Oid namespace)
{
	Oid index = get_relname_relid(place->index, namespace);

	return OidIsValid(index) && get_index_isvalid(index) ? index : InvalidOid;
}

static Relation
open_table(const InDoubtPlace *place, Oid namespace)
{
	Oid table = get_relname_relid(place->table, namespace);

	if (!OidIsValid(table))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation \"analytics.%s\" does not exist",
							   place->table)));
	return table_open(table, AccessShareLock);
}

void
in_doubt_wait(const InDoubtPlace *place, const char *const *keys, int count)
{
	Oid namespace = get_namespace_oid("analytics", false);
	Relation table = open_table(place, namespace);
	Oid index = usable_index(place, namespace);

	for (int i = 0; i < count; i++)
	{
		TransactionId writer;

		/* Each turn ends with the end of a transaction. */
		while (TransactionIdIsValid(
			writer = find_writer(table, index, place->column, keys[i])))
		{
			CHECK_FOR_INTERRUPTS();
			XactLockTableWait(writer, NULL, NULL, XLTW_None);
		}
	}
	table_close(table, NoLock);
}
