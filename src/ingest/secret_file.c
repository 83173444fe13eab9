/*-------------------------------------------------------------------------
 *
 * secret_file.c
 *	  Read a secret out of a file of the database server.
 *
 * The file is opened without waiting, so that a pipe in its place cannot hold
 * a worker, and read into a bounded buffer.  What was read never appears in a
 * message.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/fd.h"

#include "ingest/secret_file.h"

#define LONGEST_SECRET 4096

static void
raise_unusable(const char *option, const char *path, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("file \"%s\" of option \"%s\" %s", path, option, problem),
			 errhint("Write the secret alone into it, as one line of at most "
					 "%d bytes.",
					 LONGEST_SECRET)));
}

static void
raise_unreadable(const char *option, const char *path)
{
	ereport(ERROR, (errcode_for_file_access(),
					errmsg("could not read file \"%s\" of option \"%s\": %m",
						   path, option),
					errhint("The operating system user of the database server "
							"must be able to read the file.")));
}

/* At most LONGEST_SECRET + 1 bytes; how many. */
static size_t
read_bounded(const char *option, const char *path, char *buffer)
{
	struct stat status;
	size_t length = 0;
	ssize_t got = 0;
	int fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);

	if (fd < 0 || fstat(fd, &status) != 0)
		raise_unreadable(option, path);
	if (!S_ISREG(status.st_mode))
		raise_unusable(option, path, "is no regular file");
	do
	{
		got = read(fd, buffer + length, LONGEST_SECRET + 1 - length);
		if (got < 0 && errno != EINTR)
			raise_unreadable(option, path);
		if (got > 0)
			length += (size_t) got;
	} while (got != 0 && length <= LONGEST_SECRET);
	if (CloseTransientFile(fd) != 0)
		raise_unreadable(option, path);
	return length;
}

char *
secret_file_read(const char *option, const char *path)
{
	char *secret = palloc(LONGEST_SECRET + 2);
	size_t length = read_bounded(option, path, secret);

	if (length > LONGEST_SECRET)
		raise_unusable(option, path, "is too long");
	if (length > 0 && secret[length - 1] == '\n')
		length--;
	if (length > 0 && secret[length - 1] == '\r')
		length--;
	secret[length] = '\0';
	if (length == 0)
		raise_unusable(option, path, "is empty");
	if (strlen(secret) != length)
		raise_unusable(option, path, "holds a NUL byte");
	return secret;
}
