/*-------------------------------------------------------------------------
 *
 * function_owner.h
 *	  Whose is the function that is being called?
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_FUNCTION_OWNER_H
#define ANALYTICS_FUNCTION_OWNER_H

#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "utils/syscache.h"

/* For functions that act as their owner.  Raises if there is no such one. */
static inline Oid
function_owner(Oid function)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return owner;
}

#endif /* ANALYTICS_FUNCTION_OWNER_H */
