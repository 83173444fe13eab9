/*-------------------------------------------------------------------------
 *
 * saved_plans.c
 *	  Queries that a session plans once.
 *
 * For what is asked every few seconds in one session, and takes longer to plan
 * than to run.  A plan is made anew by itself when what it is of changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "sql/saved_plans.h"

typedef struct SavedPlan
{
	char name[NAMEDATALEN];
	SPIPlanPtr plan;
} SavedPlan;

static SPIPlanPtr
prepare(const char *query)
{
	SPIPlanPtr plan = SPI_prepare(query, 0, NULL);

	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare \"%s\": %s", query,
			 SPI_result_code_string(SPI_result));
	return plan;
}

static SPIPlanPtr
find_plan(HTAB **plans, const char *name, const char *query)
{
	SavedPlan *saved;
	bool found;

	if (*plans == NULL)
	{
		HASHCTL control = {.keysize = NAMEDATALEN,
						   .entrysize = sizeof(SavedPlan)};

		*plans = hash_create("analytics saved plans", 64, &control,
							 HASH_ELEM | HASH_STRINGS);
	}
	saved = hash_search(*plans, name, HASH_ENTER, &found);
	if (!found)
		saved->plan = NULL; /* what follows may raise */
	if (saved->plan == NULL)
		saved->plan = prepare(query);
	return saved->plan;
}

SPITupleTable *
saved_plan_run(HTAB **plans, const char *name, const char *query)
{
	SPIPlanPtr plan = find_plan(plans, name, query);
	int result = SPI_execute_plan(plan, NULL, NULL, true, 0);

	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\": %s", query,
			 SPI_result_code_string(result));
	return SPI_tuptable;
}
