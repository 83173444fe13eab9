/*-------------------------------------------------------------------------
 *
 * crash_file.c
 *	  What is remembered of crashes from one postmaster to the next.
 *
 * A server that does not restart after a crash takes the memory of
 * crash_record.c along.  The file is written as the postmaster exits and read by
 * the next one, beside the statistics that the server keeps in the same way.
 * It knows nothing of what it holds but the size.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "pgstat.h"
#include "storage/fd.h"

#include "ingest/crash_file.h"

#define CRASH_FILE PGSTAT_STAT_PERMANENT_DIRECTORY "/analytics_crashes.stat"
#define CRASH_FILE_NEW CRASH_FILE ".new"
#define CRASH_FILE_MAGIC 0x616E6331 /* another with every format */

typedef struct Head
{
	uint32 magic;
	uint32 size; /* of a record */
	uint32 count;
} Head;

static void
tell(const char *what)
{
	ereport(LOG, (errcode_for_file_access(),
				  errmsg("analytics: could not %s file \"%s\": %m", what,
						 CRASH_FILE)));
}

static bool
write_records(const Head *head, const void *records)
{
	FILE *file = AllocateFile(CRASH_FILE_NEW, PG_BINARY_W);
	bool written;

	if (file == NULL)
		return false;
	written = fwrite(head, sizeof(*head), 1, file) == 1 &&
			  fwrite(records, head->size, head->count, file) == head->count;
	return FreeFile(file) == 0 && written;
}

void
crash_file_write(const void *records, size_t size, int count)
{
	Head head = {CRASH_FILE_MAGIC, (uint32) size, (uint32) count};

	if (write_records(&head, records))
		(void) durable_rename(CRASH_FILE_NEW, CRASH_FILE, LOG);
	else
		tell("write");
}

int
crash_file_read(void *records, size_t size, int limit)
{
	FILE *file = AllocateFile(CRASH_FILE, PG_BINARY_R);
	Head head;
	int count = 0;

	if (file == NULL)
	{
		if (errno != ENOENT)
			tell("read");
		return 0;
	}
	/* That of another version of the library is none. */
	if (fread(&head, sizeof(head), 1, file) == 1 &&
		head.magic == CRASH_FILE_MAGIC && head.size == size &&
		head.count <= limit)
		count = (int) fread(records, size, head.count, file);
	(void) FreeFile(file);
	if (unlink(CRASH_FILE) != 0)
		tell("remove");
	return count;
}
