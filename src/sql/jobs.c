/*-------------------------------------------------------------------------
 *
 * jobs.c
 *	  project_id() and subject(): what a job id says, for queries and tests.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "ingest/event.h"
#include "process/version.h"

PG_FUNCTION_INFO_V1(analytics_project_id);
PG_FUNCTION_INFO_V1(analytics_subject);

/* Arguments: job_id text, payload_project text; both may be NULL. */
static void
identify(FunctionCallInfo fcinfo, char **project_id, char **subject)
{
	char *payload_project =
		PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));

	*project_id = NULL;
	*subject = NULL;
	if (!PG_ARGISNULL(0))
		job_identify(text_to_cstring(PG_GETARG_TEXT_PP(0)), payload_project,
					 project_id, subject);
}

SERVED_FUNCTION(analytics_project_id)
{
	char *project_id;
	char *subject;

	identify(fcinfo, &project_id, &subject);
	if (project_id == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(project_id));
}

SERVED_FUNCTION(analytics_subject)
{
	char *project_id;
	char *subject;

	identify(fcinfo, &project_id, &subject);
	if (subject == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(subject));
}
