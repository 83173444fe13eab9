/*-------------------------------------------------------------------------
 *
 * scorer_check.c
 *	  Whether a role may have a function score for a consumer.
 *
 * A scorer runs with its owner's rights, over texts that others may choose.  A
 * function that was not written for that (SECURITY DEFINER) may therefore be
 * named only by those who could run as its owner anyhow.  This is looked at
 * when a consumer is written and again before each call: the name may stand
 * for another function then, and a restored one was not looked at before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "compat.h"
#include "ingest/scorer.h"
#include "ingest/scorer_check.h"

static void
check_may_execute(const char *name, Oid function, Oid role)
{
	if (compat_may_execute(function, role))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for scorer \"%s\"", name),
			 errhint("GRANT EXECUTE ON FUNCTION %s TO %s;", name,
					 quote_identifier(GetUserNameFromId(role, false)))));
}

static void
check_may_be_owner(const char *name, Oid function, Oid role)
{
	bool is_security_definer;
	Oid owner = scorer_owner(function, &is_security_definer);

	if (is_security_definer || has_privs_of_role(role, owner))
		return;
	ereport(
		ERROR,
		(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		 errmsg("permission denied to run scorer \"%s\" as its owner", name),
		 errdetail("A scorer runs with the rights of its owner, here role "
				   "\"%s\".",
				   GetUserNameFromId(owner, false)),
		 errhint("Let its owner agree: ALTER FUNCTION %s SECURITY "
				 "DEFINER; or make a function of your own.",
				 name)));
}

Oid
scorer_check(const char *name, Oid role)
{
	Oid function = scorer_find(name);
	char *full_name = scorer_name(function);

	check_may_execute(full_name, function, role);
	check_may_be_owner(full_name, function, role);
	return function;
}
