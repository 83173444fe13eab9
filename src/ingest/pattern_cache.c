/*-------------------------------------------------------------------------
 *
 * pattern_cache.c
 *	  Compiled intent patterns, in files that all processes share.
 *
 * Every worker and every session that analyses needs the patterns compiled,
 * and to compile them takes more than a second of a CPU.  So whoever has
 * compiled them leaves the result in the server's folder for temporary
 * statistics, which base backups leave out.  A file's name is the SHA-256 of
 * the key, so files never change; it is written under another name and
 * renamed.  Nothing is flushed to disk: a file that is torn, or anything but
 * what was written, is found out by its length and SHA-256, and never handed
 * on, since Vectorscan trusts what it reads.
 *
 * Only the newest files are kept.  No failure here may be an error: without
 * the file the patterns are compiled.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "ingest/pattern_cache.h"

#define FILE_PREFIX PG_STAT_TMP_DIR "/analytics_patterns_"
#define NAME_PREFIX "analytics_patterns_"
#define TEMPORARY_SUFFIX ".tmp"

#define MAX_FILES 8
#define MAX_FILE_SIZE ((off_t) 256 * 1024 * 1024)

/* To write a file takes milliseconds, so by then its writer has died. */
#define TEMPORARY_SECONDS 600

#define HASH_LENGTH 32
#define HASH_DIGITS (2 * HASH_LENGTH)

/*
 * The start of a file.  Whatever is changed here, or in what the analysis
 * writes behind it, takes another FORMAT.
 */
#define MAGIC "analytics"
#define FORMAT 1

typedef struct FileHeader
{
	char magic[12];
	uint32 format;
	uint64 length;           /* of the content */
	uint8 key[HASH_LENGTH];  /* SHA-256 of the key */
	uint8 hash[HASH_LENGTH]; /* SHA-256 of the content */
} FileHeader;

static bool
hash_bytes(const char *bytes, size_t length, uint8 hash[HASH_LENGTH])
{
	if (EVP_Digest(bytes, length, hash, NULL, EVP_sha256(), NULL) == 1)
		return true;
	ereport(LOG, (errcode(ERRCODE_SYSTEM_ERROR),
				  errmsg("could not compute the SHA-256 hash of the intent "
						 "patterns")));
	return false;
}

static bool
fill_header(FileHeader *header, const uint8 key[HASH_LENGTH],
			const char *content, size_t length)
{
	memset(header, 0, sizeof(*header)); /* padding is compared too */
	strlcpy(header->magic, MAGIC, sizeof(header->magic));
	header->format = FORMAT;
	header->length = length;
	memcpy(header->key, key, HASH_LENGTH);
	return hash_bytes(content, length, header->hash);
}

static void
file_path(char path[MAXPGPATH], const uint8 key[HASH_LENGTH])
{
	char digits[HASH_DIGITS + 1];

	(void) hex_encode((const char *) key, HASH_LENGTH, digits);
	digits[HASH_DIGITS] = '\0';
	snprintf(path, MAXPGPATH, FILE_PREFIX "%s", digits);
}

static void
log_failure(const char *what, const char *path)
{
	ereport(LOG, (errcode_for_file_access(),
				  errmsg("could not %s file \"%s\": %m", what, path),
				  errdetail("The file is to spare other processes the "
							"compiling of the intent patterns; without it "
							"each of them compiles.")));
}

/* --- fetch --- */

/* Just so many bytes; false, with errno, when there are fewer. */
static bool
read_bytes(int fd, void *buffer, size_t length)
{
	size_t done = 0;

	while (done < length)
	{
		ssize_t got = read(fd, (char *) buffer + done, length - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = EIO;
		if (got <= 0)
			return false;
		done += (size_t) got;
	}
	return true;
}

/*
 * The whole file into memory, of which *size gets the bytes; NULL if it
 * cannot be read, or can be no file of ours.
 */
static char *
read_open_file(int fd, const char *path, size_t *size)
{
	struct stat status;
	char *bytes;

	if (fstat(fd, &status) != 0)
	{
		log_failure("read", path);
		return NULL;
	}
	if (!S_ISREG(status.st_mode) || status.st_size > MAX_FILE_SIZE)
		*size = 0;
	else
		*size = (size_t) status.st_size;
	bytes = MemoryContextAllocExtended(CurrentMemoryContext, Max(*size, 1),
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (bytes == NULL || read_bytes(fd, bytes, *size))
		return bytes;
	log_failure("read", path);
	pfree(bytes);
	return NULL;
}

static char *
read_file(const char *path, size_t *size)
{
	int fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);
	char *bytes;

	if (fd < 0)
	{
		if (errno != ENOENT)
			log_failure("open", path);
		return NULL;
	}
	bytes = read_open_file(fd, path, size);
	(void) CloseTransientFile(fd);
	return bytes;
}

/* Is a file just what was once written under this key? */
static bool
is_intact(const char *bytes, size_t size, const uint8 key[HASH_LENGTH])
{
	FileHeader expected;

	return size >= sizeof(expected) &&
		   fill_header(&expected, key, bytes + sizeof(expected),
					   size - sizeof(expected)) &&
		   memcmp(bytes, &expected, sizeof(expected)) == 0;
}

static char *
fetch(void *unused, const char *key, size_t key_length, size_t *length)
{
	uint8 hash[HASH_LENGTH];
	char path[MAXPGPATH];
	size_t size;
	char *bytes;

	if (!hash_bytes(key, key_length, hash))
		return NULL;
	file_path(path, hash);
	bytes = read_file(path, &size);
	if (bytes == NULL)
		return NULL;
	if (!is_intact(bytes, size, hash))
	{
		ereport(LOG, (errcode(ERRCODE_DATA_CORRUPTED),
					  errmsg("file \"%s\" is not as it was written", path),
					  errdetail("The intent patterns are compiled again, and "
								"the file is replaced.")));
		pfree(bytes);
		return NULL;
	}
	ereport(DEBUG1,
			(errmsg_internal("took the compiled intent patterns from \"%s\"",
							 path)));
	*length = size - sizeof(FileHeader);
	memmove(bytes, bytes + sizeof(FileHeader), *length);
	return bytes;
}

/* --- save --- */

static bool
write_bytes(int fd, const void *buffer, size_t length)
{
	size_t done = 0;

	while (done < length)
	{
		ssize_t put = write(fd, (const char *) buffer + done, length - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put == 0)
			errno = ENOSPC;
		if (put <= 0)
			return false;
		done += (size_t) put;
	}
	return true;
}

static bool
write_file(const char *path, const FileHeader *header, const char *content)
{
	int fd = OpenTransientFile(path, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY);
	bool works;
	int save_errno;

	if (fd < 0)
		return false;
	works = write_bytes(fd, header, sizeof(*header)) &&
			write_bytes(fd, content, header->length);
	save_errno = errno;
	if (CloseTransientFile(fd) == 0 || !works)
		errno = save_errno;
	else
		works = false;
	return works;
}

/* A file of ours in the folder. */
typedef struct CacheFile
{
	char path[MAXPGPATH];
	struct timespec written;
} CacheFile;

/* The newest first. */
static int
compare_files(const void *one, const void *other)
{
	const CacheFile *a = one;
	const CacheFile *b = other;

	if (a->written.tv_sec != b->written.tv_sec)
		return a->written.tv_sec > b->written.tv_sec ? -1 : 1;
	if (a->written.tv_nsec != b->written.tv_nsec)
		return a->written.tv_nsec > b->written.tv_nsec ? -1 : 1;
	return strcmp(a->path, b->path);
}

static void
remove_file(const char *path)
{
	if (unlink(path) != 0 && errno != ENOENT)
		log_failure("remove", path);
}

static bool
is_temporary(const char *path)
{
	size_t length = strlen(path);
	size_t suffix = strlen(TEMPORARY_SUFFIX);

	return length > suffix &&
		   strcmp(path + length - suffix, TEMPORARY_SUFFIX) == 0;
}

/* One of the folder's files: add it to those from which the newest stay. */
static bool
look_at_file(const char *name, CacheFile *file)
{
	struct stat status;

	if (strncmp(name, NAME_PREFIX, strlen(NAME_PREFIX)) != 0)
		return false;
	snprintf(file->path, MAXPGPATH, PG_STAT_TMP_DIR "/%s", name);
	if (lstat(file->path, &status) != 0 || !S_ISREG(status.st_mode))
		return false; /* somebody else has removed it */
	file->written = status.st_mtim;
	if (!is_temporary(file->path))
		return true;
	if (status.st_mtim.tv_sec < time(NULL) - TEMPORARY_SECONDS)
		remove_file(file->path);
	return false;
}

/* Each process that writes removes what is too many, so there are few. */
static void
remove_old_files(void)
{
	DIR *folder = AllocateDir(PG_STAT_TMP_DIR);
	int room = 2 * MAX_FILES;
	int count = 0;
	CacheFile *files = palloc(room * sizeof(CacheFile));
	struct dirent *entry;

	while ((entry = ReadDirExtended(folder, PG_STAT_TMP_DIR, LOG)) != NULL)
	{
		if (count == room)
		{
			room *= 2;
			files = repalloc(files, room * sizeof(CacheFile));
		}
		if (look_at_file(entry->d_name, &files[count]))
			count++;
	}
	if (folder != NULL)
		FreeDir(folder);
	qsort(files, count, sizeof(CacheFile), compare_files);
	for (int i = MAX_FILES; i < count; i++)
		remove_file(files[i].path);
	pfree(files);
}

static void
save(void *unused, const char *key, size_t key_length, const char *bytes,
	 size_t length)
{
	uint8 hash[HASH_LENGTH];
	FileHeader header;
	char path[MAXPGPATH];
	char temporary[MAXPGPATH];

	if (!hash_bytes(key, key_length, hash) ||
		!fill_header(&header, hash, bytes, length))
		return;
	file_path(path, hash);
	snprintf(temporary, sizeof(temporary), "%s.%d" TEMPORARY_SUFFIX, path,
			 MyProcPid);
	if (!write_file(temporary, &header, bytes))
	{
		log_failure("write", temporary);
		(void) unlink(temporary);
		return;
	}
	if (rename(temporary, path) != 0)
	{
		log_failure("rename", temporary);
		(void) unlink(temporary);
		return;
	}
	ereport(DEBUG1,
			(errmsg_internal("wrote the compiled intent patterns to \"%s\"",
							 path)));
	remove_old_files();
}

const IntentCache *
pattern_cache(void)
{
	static const IntentCache cache = {.fetch = fetch, .save = save};

	return &cache;
}
