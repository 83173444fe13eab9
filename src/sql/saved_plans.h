/*-------------------------------------------------------------------------
 *
 * saved_plans.h
 *	  Queries that a session plans once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_SAVED_PLANS_H
#define ANALYTICS_SAVED_PLANS_H

#include "executor/spi.h"
#include "utils/hsearch.h"

/*
 * Run a query that writes nothing, through SPI, which the caller has connected.
 * Its plan is kept in *plans (NULL at first) under a name of less than
 * NAMEDATALEN bytes; under one name the query must always be the same.
 */
extern SPITupleTable *saved_plan_run(HTAB **plans, const char *name,
									 const char *query);

#endif /* ANALYTICS_SAVED_PLANS_H */
