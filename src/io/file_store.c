/*-------------------------------------------------------------------------
 *
 * file_store.c
 *	  Objects that are files below a folder.
 *
 * The key comes from an event and is trusted with nothing: the path is walked
 * component by component from the folder's descriptor, each opened without
 * following links, so that no key and no race with somebody who renames
 * things leads out of the folder.  Opening never waits (a FIFO would) and
 * never creates.  No path is ever handed to the kernel as a whole but the
 * folder's own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_PATH */
#endif

#include "io/file_store.h"
#include "io/store_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_FOLDER (O_PATH | O_DIRECTORY | O_CLOEXEC)
#define OPEN_OBJECT (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

#define HINT_READABLE                                                         \
	"Let the operating system user of the server read the file and enter "    \
	"its folders."

/* One walk from the folder down to the object. */
typedef struct Walk
{
	const char *bucket;
	const char *key;
	IoError *error;
	StoreOutcome outcome;
} Walk;

static int
fail(Walk *walk, StoreOutcome outcome, const char *code, const char *hint,
	 const char *reason)
{
	char object[128];

	store_text_object(object, sizeof(object), walk->bucket, walk->key);
	io_error_set(walk->error, code, hint, "file of object \"%s\" %s", object,
				 reason);
	walk->outcome = outcome;
	return -1;
}

static int
fail_link(Walk *walk)
{
	return fail(walk, STORE_REFUSED, "SYMLINK",
				"Move the files themselves below the folder, or make the "
				"folder of the endpoint the link.",
				"is, or lies behind, a symbolic link");
}

/* is_bucket: the component that failed is the first one. */
static int
fail_errno(Walk *walk, int reason, bool is_bucket)
{
	char why[48];
	char text[80];

	switch (reason)
	{
		case ENOENT:
		case ENOTDIR:
			if (is_bucket)
				return fail(walk, STORE_NO_BUCKET, "NoSuchBucket",
							"Create the bucket's folder below the folder of "
							"the server option \"endpoint\".",
							"is in a bucket that does not exist");
			return fail(walk, STORE_NOT_FOUND, "NoSuchKey",
						"It is asked for again by itself: put the file there.",
						"does not exist");
		case EACCES:
		case EPERM:
			return fail(walk, STORE_DENIED, "AccessDenied", HINT_READABLE,
						"may not be read");
		case ELOOP:
			return fail_link(walk);
		case ENAMETOOLONG:
			return fail(walk, STORE_REFUSED, "KeyTooLongError", "",
						"has a name that is too long");
		case ENXIO:
			return fail(walk, STORE_REFUSED, "NOT_A_FILE", "",
						"is not a regular file");
		case ENOMEM:
			return fail(walk, STORE_UNAVAILABLE, "NO_MEMORY", "",
						"cannot be read: out of memory");
		default:
			store_text_clean(why, sizeof(why), strerror(reason),
							 strlen(strerror(reason)));
			snprintf(text, sizeof(text), "cannot be read: %s", why);
			return fail(walk, STORE_UNAVAILABLE, "IO_ERROR", "", text);
	}
}

/* Open one component below parent, which is closed.  -1: failed. */
static int
open_component(Walk *walk, int parent, const char *name, int flags,
			   bool is_bucket)
{
	struct stat status;
	int fd = openat(parent, name, flags | O_NOFOLLOW);
	int reason = errno;

	/* With O_DIRECTORY a link is "not a directory": tell them apart. */
	if (fd < 0 && reason == ENOTDIR &&
		fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISLNK(status.st_mode))
		reason = ELOOP;
	close(parent);
	return fd < 0 ? fail_errno(walk, reason, is_bucket) : fd;
}

/*
 * Open what path leads to below parent, which is closed: folders on the way,
 * a file at the end unless the path is the bucket.
 */
static int
open_path(Walk *walk, int parent, const char *path, bool is_bucket)
{
	char name[256];
	size_t length;

	/* Ends with the path: each turn takes at least one byte of it. */
	for (;; path += length + 1)
	{
		bool is_last;

		length = strcspn(path, "/");
		is_last = path[length] == '\0' && !is_bucket;
		if (length >= sizeof(name))
		{
			close(parent);
			return fail_errno(walk, ENAMETOOLONG, is_bucket);
		}
		memcpy(name, path, length);
		name[length] = '\0';
		if (length == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		{
			close(parent);
			return fail(walk, STORE_REFUSED, "BAD_KEY",
						"A key for a folder has no empty part, no \".\" and "
						"no \"..\".",
						"has a name that leads nowhere");
		}
		parent =
			open_component(walk, parent, name,
						   is_last ? OPEN_OBJECT : OPEN_FOLDER, is_bucket);
		if (parent < 0 || path[length] == '\0')
			return parent;
	}
}

static int
fail_size(Walk *walk, size_t max_bytes)
{
	char reason[64];

	snprintf(reason, sizeof(reason), "is larger than %zu bytes", max_bytes);
	return fail(walk, STORE_TOO_LARGE, "TOO_LARGE", "", reason);
}

/* Read to the end, which may have moved since fstat().  -1: failed. */
static int
read_all(Walk *walk, int fd, size_t max_bytes, IoBuffer *body)
{
	/* Ends at the limit at the latest: every turn adds a byte or more. */
	for (;;)
	{
		ssize_t got;

		if (body->length == body->capacity)
		{
			size_t extra = max_bytes + 1 - body->length;

			if (extra > 65536)
				extra = 65536;
			if (!io_buffer_reserve(body, extra, max_bytes + 1))
				return fail_errno(walk, ENOMEM, false);
		}
		got =
			read(fd, body->data + body->length, body->capacity - body->length);
		if (got < 0)
			return fail_errno(walk, errno, false);
		if (got == 0)
			return 0;
		body->length += (size_t) got;
		if (body->length > max_bytes)
			return fail_size(walk, max_bytes);
	}
}

static int
read_object(Walk *walk, int fd, size_t max_bytes, IoBuffer *body)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return fail_errno(walk, errno, false);
	if (!S_ISREG(status.st_mode))
		return fail_errno(walk, ENXIO, false);
	if ((uintmax_t) status.st_size > max_bytes)
		return fail_size(walk, max_bytes);
	/* One byte more, so that the end is seen without growing. */
	if (!io_buffer_reserve(body, (size_t) status.st_size + 1, max_bytes + 1))
		return fail_errno(walk, ENOMEM, false);
	return read_all(walk, fd, max_bytes, body);
}

static int
open_endpoint(Walk *walk, const char *folder)
{
	int fd = open(folder, OPEN_FOLDER);
	char name[128];

	if (fd >= 0)
		return fd;
	if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
		return fail_errno(walk, errno, true);
	store_text_clean(name, sizeof(name), folder, strlen(folder));
	io_error_set(walk->error, "NO_FOLDER",
				 "Create the folder, let the operating system user of the "
				 "server enter it, or check the server option \"endpoint\".",
				 "folder \"%s\" of the object store %s", name,
				 errno == EACCES ? "may not be entered" : "does not exist");
	walk->outcome = STORE_MISCONFIGURED;
	return -1;
}

StoreOutcome
file_store_read(const char *folder, const char *bucket, const char *key,
				size_t max_bytes, IoBuffer *body, IoError *error)
{
	Walk walk = {bucket, key, error, STORE_OK};
	int fd = open_endpoint(&walk, folder);

	memset(body, 0, sizeof(*body));
	if (fd >= 0)
		fd = open_path(&walk, fd, bucket, true);
	if (fd >= 0)
		fd = open_path(&walk, fd, key, false);
	if (fd >= 0)
	{
		if (read_object(&walk, fd, max_bytes, body) < 0)
			io_buffer_free(body);
		close(fd);
	}
	return walk.outcome;
}
