/*-------------------------------------------------------------------------
 *
 * adopt_own.c
 *	  Moving in: the crawl errors that are here already, gathered once.
 *
 * They are looked up by what has no index in crawl_errors, and shall have
 * none: so a temporary table of the session holds what a phase looks up,
 * between its transactions.  What is written here meanwhile is not in it, and
 * is for the next pass.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"

#include "sql/adopt.h"

void
adopt_forget_own(void)
{
	adopt_run("SELECT to_regclass('pg_temp.analytics_own_errors')", 0, NULL,
			  SPI_OK_SELECT);
	if (adopt_value(1, CurrentMemoryContext) != NULL)
		adopt_run("DROP TABLE pg_temp.analytics_own_errors", 0, NULL,
				  SPI_OK_UTILITY);
}

bool
adopt_gather_own(const Adoption *adoption)
{
	const char *values[] = {adoption->schema, adoption->table};
	char *fill;
	char *finish;
	char *make;

	adopt_forget_own();
	if (strcmp(adoption->target, "crawl_errors") != 0)
		return false;
	adopt_run("SELECT make, fill, finish FROM analytics.adoption_gathering()",
			  0, NULL, SPI_OK_SELECT);
	make = adopt_value(1, CurrentMemoryContext);
	fill = adopt_value(2, CurrentMemoryContext);
	finish = adopt_value(3, CurrentMemoryContext);
	adopt_run(make, 0, NULL, SPI_OK_UTILITY);
	adopt_run(fill, lengthof(values), values, SPI_OK_INSERT);
	adopt_run(finish, 0, NULL, SPI_OK_UTILITY);
	return true;
}
