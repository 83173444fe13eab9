/*-------------------------------------------------------------------------
 *
 * scorer_check.h
 *	  Whether a role may have a function score for a consumer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SCORER_CHECK_H
#define ANALYTICS_SCORER_CHECK_H

#include "postgres.h"

/*
 * The function of this name.  Raises, with a hint, as scorer_find() does, and
 * when the role may not use it as a scorer.
 */
extern Oid scorer_check(const char *name, Oid role);

#endif /* ANALYTICS_SCORER_CHECK_H */
