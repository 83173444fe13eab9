/*-------------------------------------------------------------------------
 *
 * restoring.h
 *	  Is a dump being restored?
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_RESTORING_H
#define ANALYTICS_RESTORING_H

#include "miscadmin.h"
#include "utils/guc.h"

/*
 * Dumps turn check_function_bodies off, for what is referred to may not be
 * there yet; so do we understand it.  Only from a superuser, who could do
 * without our checks anyhow; the owner of a function that somebody else calls
 * does not count.  Whoever acts on it tells so where somebody who
 * turned the setting off for another reason would be surprised.
 */
static inline bool
restoring_a_dump(void)
{
	return !check_function_bodies && superuser_arg(GetOuterUserId());
}

#endif /* ANALYTICS_RESTORING_H */
