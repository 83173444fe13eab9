/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  What differs between the PostgreSQL versions that we build for.
 *
 * Every test of PG_VERSION_NUM stands here, so that the rest of the source
 * reads as if there were one version.  Nothing here may hold behaviour of
 * our own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_COMPAT_H
#define ANALYTICS_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "analytics needs PostgreSQL 15 or newer"
#endif

#include "access/tableam.h"
#include "catalog/pg_database.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "common/jsonapi.h"
#include "mb/pg_wchar.h"
#include "storage/proc.h"
#include "tcop/pquery.h"
#include "utils/acl.h"
#include "utils/jsonb.h"
#include "utils/wait_event.h"

/* In front of a declaration from 18 on; until 17 it had another name. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* From 16 on a semantic action of the JSON parser returns a result. */
#if PG_VERSION_NUM >= 160000
typedef JsonParseErrorType JsonActionResult;
#define JSON_ACTION_RETURN() return JSON_SUCCESS
#else
typedef void JsonActionResult;
#define JSON_ACTION_RETURN() return
#endif

/*
 * A lexer over UTF-8 text that reports where tokens lie and decodes none of
 * them.  From 17 on it can live in the caller's memory and has a destructor.
 */
static inline JsonLexContext *
compat_json_lexer(const char *text, size_t length)
{
#if PG_VERSION_NUM >= 170000
	return makeJsonLexContextCstringLen(NULL, unconstify(char *, text), length,
										PG_UTF8, false);
#else
	return makeJsonLexContextCstringLen(unconstify(char *, text), (int) length,
										PG_UTF8, false);
#endif
}

static inline void
compat_json_lexer_free(JsonLexContext *lexer)
{
#if PG_VERSION_NUM >= 170000
	freeJsonLexContext(lexer);
#else
	pfree(lexer);
#endif
}

/* The ownership checks became one function in 16. */
static inline bool
compat_owns_database(Oid database, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(DatabaseRelationId, database, role);
#else
	return pg_database_ownercheck(database, role);
#endif
}

static inline bool
compat_owns_extension(Oid extension, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(ExtensionRelationId, extension, role);
#else
	return pg_extension_ownercheck(extension, role);
#endif
}

/*
 * May member become role?  Until 15 every membership allowed it, from 16 on
 * one that was granted for administration alone does not.
 */
static inline bool
compat_may_set_role(Oid member, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return member_can_set_role(member, role);
#else
	return is_member_of_role(member, role);
#endif
}

static inline bool
compat_may_execute(Oid function, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) ==
		   ACLCHECK_OK;
#else
	return pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

/*
 * A jsonb that is put together piece by piece; all zeros to begin with.  From
 * 19 on the server has a struct for it, which keeps the whole value too.
 */
#if PG_VERSION_NUM >= 190000
typedef JsonbInState JsonbBuilder;
#else
typedef struct JsonbBuilder
{
	JsonbParseState *state;
	JsonbValue *result;
} JsonbBuilder;
#endif

static inline void
compat_jsonb_push(JsonbBuilder *builder, JsonbIteratorToken token,
				  JsonbValue *value)
{
#if PG_VERSION_NUM >= 190000
	pushJsonbValue(builder, token, value);
#else
	builder->result = pushJsonbValue(&builder->state, token, value);
#endif
}

/* What ends the outermost value: the whole of it, in the caller's memory. */
static inline Jsonb *
compat_jsonb_end(JsonbBuilder *builder, JsonbIteratorToken token)
{
	compat_jsonb_push(builder, token, NULL);
	return JsonbValueToJsonb(builder->result);
}

/* A scan of all rows, in any order; from 19 on it may be given hints. */
static inline TableScanDesc
compat_begin_scan(Relation table, Snapshot snapshot)
{
#if PG_VERSION_NUM >= 190000
	return table_beginscan(table, snapshot, 0, NULL, SO_NONE);
#else
	return table_beginscan(table, snapshot, 0, NULL);
#endif
}

/* In a signal handler: what another one is called with to do its part. */
#if PG_VERSION_NUM >= 190000
#define COMPAT_PASS_SIGNAL postgres_signal_arg, pg_siginfo
#else
#define COMPAT_PASS_SIGNAL postgres_signal_arg
#endif

/* A number of this backend among all that may run, from 1. */
#if PG_VERSION_NUM >= 170000
#define compat_backend_number() ((int) MyProcNumber + 1)
#else
#define compat_backend_number() ((int) MyBackendId)
#endif

/* The transaction of this backend, told from those before it. */
#if PG_VERSION_NUM >= 170000
#define compat_local_transaction() (MyProc->vxid.lxid)
#else
#define compat_local_transaction() (MyProc->lxid)
#endif

/* Run a portal to its end, at the top level, as for a client. */
static inline void
compat_portal_run(Portal portal, DestReceiver *receiver)
{
#if PG_VERSION_NUM >= 180000
	(void) PortalRun(portal, FETCH_ALL, true, receiver, receiver, NULL);
#else
	(void) PortalRun(portal, FETCH_ALL, true, true, receiver, receiver, NULL);
#endif
}

/* A wait set that lives until it is freed. */
#if PG_VERSION_NUM >= 170000
#define compat_wait_event_set(size) CreateWaitEventSet(NULL, size)
#else
#define compat_wait_event_set(size) CreateWaitEventSet(TopMemoryContext, size)
#endif

/*
 * The number of a wait event of this name, as pg_stat_activity shows it;
 * *event, 0 at first, keeps it.  Until 16 all extensions share one.
 */
static inline uint32
compat_wait_event(uint32 *event, const char *name)
{
#if PG_VERSION_NUM >= 170000
	if (*event == 0)
		*event = WaitEventExtensionNew(name);
#else
	*event = PG_WAIT_EXTENSION;
#endif
	return *event;
}

#endif /* ANALYTICS_COMPAT_H */
