/*-------------------------------------------------------------------------
 *
 * session_rules.c
 *	  The rules for functions that a session calls, kept between calls.
 *
 * Loading rules costs thousands of times what the analysis of a text does,
 * and even to ask whether they have changed costs as much as one.  So that
 * is asked once for each state of the database that the session sees: while
 * snapshots see the same, the rules are the same.  If they may have changed,
 * their stamp tells whether they have.
 *
 * Background workers do without this: they are told of changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "compat.h"
#include "ingest/session_rules.h"

/*
 * What a snapshot sees, as far as it can be told cheaply.  Within one
 * transaction, two snapshots with equal marks see the same rows: others that
 * commit in between change one of the first four, commands of our own the
 * fifth, and a rollback to a savepoint is counted.
 */
typedef struct SnapshotMark
{
	TransactionId oldest;
	TransactionId next;
	uint32 running;
	int32 running_children;
	CommandId command;
	LocalTransactionId transaction;
	uint64 rollbacks;
} SnapshotMark;

/* One set of rules, freed when it is neither the newest nor held. */
typedef struct KeptRules
{
	IngestRules *rules;
	int holders;
	bool is_outdated;
} KeptRules;

static KeptRules *kept = NULL;
static SnapshotMark kept_mark;
static uint64 rollbacks = 0;
static bool counting_rollbacks = false;

static void
count_rollback(SubXactEvent event, SubTransactionId self,
			   SubTransactionId parent, void *unused)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		rollbacks++;
}

static SnapshotMark
snapshot_mark(Snapshot snapshot)
{
	SnapshotMark mark;

	memset(&mark, 0, sizeof(mark)); /* padding is compared too */
	mark.oldest = snapshot->xmin;
	mark.next = snapshot->xmax;
	mark.running = snapshot->xcnt;
	mark.running_children = snapshot->subxcnt;
	mark.command = snapshot->curcid;
	mark.transaction = compat_local_transaction();
	mark.rollbacks = rollbacks;
	return mark;
}

static void
free_unless_needed(KeptRules *set)
{
	if (set->is_outdated && set->holders == 0)
		MemoryContextDelete(set->rules->context);
}

/* Load the rules, and let them take the place of those that are kept. */
static void
keep_newest(void)
{
	IngestRules *rules = rules_load(TopMemoryContext);
	KeptRules *old = kept;

	kept = MemoryContextAllocZero(rules->context, sizeof(KeptRules));
	kept->rules = rules;
	if (old != NULL)
	{
		old->is_outdated = true;
		free_unless_needed(old);
	}
}

/*
 * Who may call a function may have its rules read: as the owner of the rule
 * tables, since their content is no secret from whoever sees the results.
 */
static void
become_owner(void)
{
	Oid user;
	int security;
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(rules_table()));

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("table analytics.rule_sets does not exist"),
						errhint("ALTER EXTENSION analytics UPDATE;")));
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(((Form_pg_class) GETSTRUCT(tuple))->relowner,
						   security | SECURITY_LOCAL_USERID_CHANGE);
	ReleaseSysCache(tuple);
}

static bool
are_newest(const IngestRules *rules)
{
	int64 stamp;

	if (rules->table != rules_table())
		return false;
	if (SPI_connect() != SPI_OK_CONNECT)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not connect to SPI to read the rule tables")));
	stamp = rules_stamp();
	SPI_finish();
	return stamp == rules->stamp;
}

static void
refresh(void)
{
	SnapshotMark mark = snapshot_mark(GetActiveSnapshot());
	Oid user;
	int security;

	if (kept != NULL && memcmp(&mark, &kept_mark, sizeof(mark)) == 0)
		return;
	if (!counting_rollbacks)
		RegisterSubXactCallback(count_rollback, NULL);
	counting_rollbacks = true;
	GetUserIdAndSecContext(&user, &security);
	become_owner();
	if (kept == NULL || !are_newest(kept->rules))
		keep_newest();
	SetUserIdAndSecContext(user, security);
	kept_mark = mark;
}

const IngestRules *
session_rules(void)
{
	refresh();
	return kept->rules;
}

static void
release(void *set)
{
	((KeptRules *) set)->holders--;
	free_unless_needed(set);
}

const IngestRules *
session_rules_hold(MemoryContext holder)
{
	MemoryContextCallback *callback =
		MemoryContextAlloc(holder, sizeof(MemoryContextCallback));

	refresh();
	callback->func = release;
	callback->arg = kept;
	kept->holders++;
	MemoryContextRegisterResetCallback(holder, callback);
	return kept->rules;
}
