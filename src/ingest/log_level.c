/*-------------------------------------------------------------------------
 *
 * log_level.c
 *	  What a process writes to the server's log of its work, and how it
 *	  names an event there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/log_level.h"
#include "io/store_text.h"

/* Of an identifier, which is whatever a producer made up. */
#define SHOWN_BYTES 100

static const char *const names[] = {[LOG_LEVEL_WARNING] = "warning",
									[LOG_LEVEL_LOG] = "log",
									[LOG_LEVEL_DEBUG] = "debug"};

LogLevel log_level = LOG_LEVEL_LOG;

static char speaker[NAMEDATALEN + 64] = "analytics";

void
log_set_worker(const char *name)
{
	snprintf(speaker, sizeof(speaker), "analytics worker \"%s\"", name);
}

const char *
log_speaker(void)
{
	return speaker;
}

bool
log_level_find(const char *name, LogLevel *level)
{
	for (size_t i = 0; i < lengthof(names); i++)
	{
		if (strcmp(name, names[i]) != 0)
			continue;
		*level = (LogLevel) i;
		return true;
	}
	return false;
}

static const char *
shown(char *text, const char *identifier)
{
	store_text_clean(text, SHOWN_BYTES + 1, identifier, strlen(identifier));
	return text;
}

const char *
log_event(char *text, size_t size, const Event *event)
{
	char id[SHOWN_BYTES + 1];
	char job[SHOWN_BYTES + 1];
	int length;

	if (event->event_id == NULL)
		return "an unreadable event";
	length = snprintf(text, size, "event \"%s\"", shown(id, event->event_id));
	if (event->job_id == NULL)
		return text;
	length += snprintf(text + length, size - length, " of job \"%s\"",
					   shown(job, event->job_id));
	if (event->batch_index < 0)
		return text;
	length += snprintf(text + length, size - length, ", batch " INT64_FORMAT,
					   event->batch_index);
	if (event->total_batches >= 0)
		snprintf(text + length, size - length, " of " INT64_FORMAT,
				 event->total_batches);
	return text;
}
