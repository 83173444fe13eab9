/*-------------------------------------------------------------------------
 *
 * job.c
 *	  The project and the subject that a job id names.
 *
 * Crawlers write them into the id, {project}-{subject}-{n}, where both may
 * hold hyphens; only the event's own project can tell where one ends.  This
 * file decides by the text alone and looks nothing up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/event.h"

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
		   (c >= 'A' && c <= 'F');
}

/* A dry run has a UUID for its job. */
static bool
is_uuid(const char *text)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < sizeof(shape) - 1; i++)
	{
		if (shape[i] == '-' ? text[i] != '-' : !is_hex(text[i]))
			return false;
	}
	return true;
}

/* The hyphen before the digits that end the text; NULL: it does not so end. */
static const char *
number_hyphen(const char *text)
{
	const char *hyphen = strrchr(text, '-');

	if (hyphen == NULL || hyphen[1] == '\0' ||
		strspn(hyphen + 1, "0123456789") != strlen(hyphen + 1))
		return NULL;
	return hyphen;
}

/* [from, past) as a string of its own; NULL when it is empty. */
static char *
part(const char *from, const char *past)
{
	return past > from ? pnstrdup(from, past - from) : NULL;
}

/*
 * What follows the project and its hyphen, where the job id begins with them;
 * NULL: it does not.
 */
static const char *
after_project(const char *job_id, const char *project)
{
	size_t length = strlen(project);

	if (strncmp(job_id, project, length) != 0 || job_id[length] != '-')
		return NULL;
	return job_id + length + 1;
}

/* The subject of {subject}-{n}; NULL: that is not the shape, or it is empty. */
static char *
subject_of(const char *rest)
{
	const char *hyphen = number_hyphen(rest);

	return hyphen != NULL ? part(rest, hyphen) : NULL;
}

/*
 * {project}-{subject}-{n} where the project is not known: the subject is then
 * what has no hyphen.  False: that is not the shape.
 */
static bool
split_job(const char *job_id, char **project_id, char **subject)
{
	const char *number = number_hyphen(job_id);
	const char *middle;

	if (number == NULL)
		return false;
	for (middle = number - 1; middle >= job_id && *middle != '-';)
		middle--;
	if (middle <= job_id)
		return false; /* two parts, or an empty project */
	*project_id = part(job_id, middle);
	*subject = part(middle + 1, number);
	return true;
}

void
job_identify(const char *job_id, const char *payload_project,
			 char **project_id, char **subject)
{
	bool has_project = payload_project != NULL && payload_project[0] != '\0';
	const char *rest;

	*project_id = NULL;
	*subject = NULL;
	if (is_uuid(job_id))
		return;
	rest = has_project ? after_project(job_id, payload_project) : NULL;
	if (rest != NULL)
	{
		*project_id = pstrdup(payload_project);
		*subject = subject_of(rest);
	}
	else if (!split_job(job_id, project_id, subject) && has_project)
		*project_id = pstrdup(payload_project);
}
