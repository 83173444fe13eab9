/*-------------------------------------------------------------------------
 *
 * version.h
 *	  Which SQL versions this library serves, and what becomes of calls from
 *	  others.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_VERSION_H
#define ANALYTICS_VERSION_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "fmgr.h"

/*
 * Defines a function that SQL calls, in the place of `Datum NAME(PG_FUNCTION_ARGS)`;
 * PG_FUNCTION_INFO_V1 goes before it as ever.  Its body runs only under an SQL
 * version that this library serves: what an argument is, and whether it is
 * there at all, is known of these alone.
 */
#define SERVED_FUNCTION(name)                                                 \
	static Datum name##_served(PG_FUNCTION_ARGS);                             \
	Datum name(PG_FUNCTION_ARGS)                                              \
	{                                                                         \
		version_require();                                                    \
		return name##_served(fcinfo);                                         \
	}                                                                         \
	static Datum name##_served(PG_FUNCTION_ARGS)

/* Is that an SQL version that this library serves? */
extern bool version_is_served(const char *version);

/* For messages: "1.0, 1.1". */
extern const char *version_served(void);

/* What to do about another; for a hint. */
extern const char *version_hint(void);

/*
 * OID of the installed extension in this database, InvalidOid: none.  Inside
 * a transaction.  *version, unless NULL, gets its SQL version, palloc'd.
 */
extern Oid version_extension_oid(char **version);

/*
 * Raises unless the extension is installed here in a version that this library
 * serves.  Inside a transaction; asked again at no cost until something
 * in the database was changed by it.
 */
extern void version_require(void);

/*
 * For the few that work under every version, before they look at an argument,
 * before they begin a set of rows, and before they return one: raises when the
 * function is declared otherwise than with these types.
 */
extern void version_require_arguments(FunctionCallInfo fcinfo,
									  const Oid *types, int count);
extern void version_require_rows(FunctionCallInfo fcinfo);
extern void version_require_columns(FunctionCallInfo fcinfo,
									TupleDesc declared, const Oid *types,
									int count);

/* Warns when the extension now has a version that is not served. */
extern void version_warn(void);

/* From now on errors about functions that the library lacks have a hint. */
extern void version_install(void);

#endif /* ANALYTICS_VERSION_H */
