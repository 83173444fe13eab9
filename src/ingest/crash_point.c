/*-------------------------------------------------------------------------
 *
 * crash_point.c
 *	  Named places at which a worker can be made to die, for tests.
 *
 * analytics.crash_point says where, and of which event:
 *
 *		decode always evt_poison	whenever the event's body has that text
 *		decode once 17				one worker, at whichever event; and again
 *									only after the setting has changed, for
 *									which the third word is there
 *		decode error evt_large		no death: out of memory, as an error,
 *									whenever the body has that text
 *
 * analytics.crash_signal says of which signal (SIGABRT unless told).  A library that was not built
 * for tests has none of this.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ingest/crash_point.h"

#ifdef ANALYTICS_TESTING

#include <signal.h>
#include <unistd.h>

#include "utils/guc.h"

#include "ingest/crash_record.h"

static char *setting = NULL;
static int signal_number = SIGABRT;

void
crash_point_define_settings(void)
{
	DefineCustomStringVariable(
		"analytics.crash_point", "Where a worker is to die; for tests.", NULL,
		&setting, "", PGC_SIGHUP, GUC_NOT_IN_SAMPLE, NULL, NULL, NULL);
	DefineCustomIntVariable("analytics.crash_signal",
							"Of which signal it is to die; for tests.", NULL,
							&signal_number, SIGABRT, 1, 64, PGC_SIGHUP,
							GUC_NOT_IN_SAMPLE, NULL, NULL, NULL);
}

static bool
body_has(const Delivery *delivery, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i + length <= delivery->body_length; i++)
		if (memcmp(delivery->body + i, text, length) == 0)
			return true;
	return false;
}

/* Forget the oldest of the lines, until there is room for another. */
static void
make_room(char *note, size_t length)
{
	while (note[0] != '\0' && strlen(note) + length >= CRASH_RECORD_NOTE)
	{
		const char *rest = strchr(note, '\n') + 1;

		memmove(note, rest, strlen(rest) + 1);
	}
}

/*
 * Has this very setting struck before?  If not, it has now.  Older ones are
 * kept in mind as well: a worker may not have read the newest yet.
 */
static bool
has_struck(void)
{
	char *note = crash_record_note();
	char line[128];

	snprintf(line, sizeof(line), "%.120s\n", setting);
	if (note == NULL || strstr(note, line) != NULL)
		return true;
	make_room(note, strlen(line));
	strlcat(note, line, CRASH_RECORD_NOTE);
	return false;
}

void
crash_point(const char *name, const Delivery *delivery)
{
	char point[32];
	char mode[16];
	char argument[64];

	if (setting == NULL || setting[0] == '\0' ||
		sscanf(setting, "%31s %15s %63s", point, mode, argument) != 3 ||
		strcmp(point, name) != 0)
		return;
	if (strcmp(mode, "once") == 0 ? has_struck()
								  : !body_has(delivery, argument))
		return;
	if (strcmp(mode, "error") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory, as analytics.crash_point says")));
	(void) kill(getpid(), signal_number);
	pause(); /* a signal that another thread may take is still on its way */
}

#endif /* ANALYTICS_TESTING */
