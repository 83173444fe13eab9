/*-------------------------------------------------------------------------
 *
 * support.c
 *	  Buffer, random numbers, options and files of the load generator.
 *
 *-------------------------------------------------------------------------
 */
#include "support.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

void
die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("loadgen: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

const char *
require_env(const char *name, const char *what)
{
	const char *value = getenv(name);

	if (value == NULL || value[0] == '\0')
		die("environment variable %s (%s) is not set", name, what);
	return value;
}

double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* ---- Buffer ---- */

void
buffer_reserve(Buffer *buffer, size_t more)
{
	size_t needed = buffer->length + more + 1;

	if (needed <= buffer->size)
		return;
	buffer->size = needed * 2;
	buffer->data = realloc(buffer->data, buffer->size);
	if (buffer->data == NULL)
		die("out of memory (%zu bytes)", buffer->size);
}

void
buffer_add(Buffer *buffer, const char *data, size_t length)
{
	buffer_reserve(buffer, length);
	if (length > 0)
		memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
}

void
buffer_text(Buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void
buffer_printf(Buffer *buffer, const char *format, ...)
{
	va_list args;
	int length;

	buffer_reserve(buffer, 256);
	va_start(args, format);
	length = vsnprintf(buffer->data + buffer->length,
					   buffer->size - buffer->length, format, args);
	va_end(args);
	if (length < 0)
		die("could not format a text");
	if ((size_t) length >= buffer->size - buffer->length)
	{
		buffer_reserve(buffer, (size_t) length);
		va_start(args, format);
		vsnprintf(buffer->data + buffer->length, buffer->size - buffer->length,
				  format, args);
		va_end(args);
	}
	buffer->length += (size_t) length;
}

void
buffer_free(Buffer *buffer)
{
	free(buffer->data);
	*buffer = (Buffer){0};
}

/* ---- Random ---- */

uint64_t
random_mix(uint64_t value)
{
	value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

uint64_t
random_hash(const char *text, uint64_t seed)
{
	uint64_t hash = random_mix(seed + 1);

	for (; *text != '\0'; text++)
		hash = random_mix(hash + (unsigned char) *text + 1);
	return hash;
}

uint64_t
random_next(Random *random)
{
	random->state += UINT64_C(0x9e3779b97f4a7c15);
	return random_mix(random->state);
}

uint64_t
random_below(Random *random, uint64_t limit)
{
	return random_next(random) % limit;
}

bool
random_chance(Random *random, double share)
{
	return (double) (random_next(random) >> 11) * 0x1p-53 < share;
}

/* ---- options ---- */

static void
options_help(const char *command, const Option *options)
{
	fprintf(stderr, "loadgen %s\n", command);
	for (; options->name != NULL; options++)
		fprintf(stderr, "  --%-16s %s\n", options->name, options->help);
	exit(2);
}

static void
option_number(const Option *option, const char *value)
{
	char *end;
	double number;

	errno = 0;
	number = strtod(value, &end);
	if (end == value || *end != '\0' || errno != 0 || !(number >= 0) ||
		(option->kind == OPTION_SHARE && number > 1) ||
		(option->kind == OPTION_COUNT && number > 1e15))
		die("option --%s takes %s, not \"%.100s\"", option->name,
			option->kind == OPTION_SHARE ? "a share from 0 to 1"
										 : "a number from 0",
			value);
	if (option->kind == OPTION_SHARE)
		*(double *) option->target = number;
	else
		*(long *) option->target = (long) number;
}

static void
list_add(TextList *list, const char *text)
{
	if (list->count == (int) (sizeof(list->texts) / sizeof(list->texts[0])))
		die("too many arguments at \"%.100s\"", text);
	list->texts[list->count++] = text;
}

static void
option_set(const Option *option, const char *value)
{
	switch (option->kind)
	{
		case OPTION_TEXT:
			*(const char **) option->target = value;
			break;
		case OPTION_COUNT:
		case OPTION_SHARE:
			option_number(option, value);
			break;
		case OPTION_LIST:
			list_add(option->target, value);
			break;
		case OPTION_FLAG:
			*(bool *) option->target = true;
			break;
	}
}

void
options_parse(int argc, char **argv, const Option *options, TextList *rest)
{
	for (int i = 1; i < argc; i++)
	{
		const Option *option = options;

		if (strncmp(argv[i], "--", 2) != 0)
		{
			if (rest == NULL)
				die("unexpected argument \"%.100s\"", argv[i]);
			list_add(rest, argv[i]);
			continue;
		}
		while (option->name != NULL && strcmp(option->name, argv[i] + 2) != 0)
			option++;
		if (option->name == NULL)
			options_help(argv[0], options);
		if (option->kind != OPTION_FLAG && ++i >= argc)
			die("option --%s needs a value", option->name);
		option_set(option, argv[i]);
	}
}

/* ---- files ---- */

void
read_whole_file(const char *path, Buffer *into)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	char chunk[65536];
	size_t got;

	if (file == NULL)
		die("could not open \"%s\": %s", path, strerror(errno));
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buffer_add(into, chunk, got);
	if (ferror(file))
		die("could not read \"%s\": %s", path, strerror(errno));
	if (file != stdin)
		fclose(file);
}

void
make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL;
		 slash = strchr(slash + 1, '/'))
	{
		*slash = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			die("could not create folder \"%s\": %s", path, strerror(errno));
		*slash = '/';
	}
}

void
write_whole_file(const char *path, const char *data, size_t length)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL && errno == ENOENT)
	{
		char *copy = strdup(path);

		if (copy == NULL)
			die("out of memory");
		make_folders(copy);
		free(copy);
		file = fopen(path, "wb");
	}
	if (file == NULL)
		die("could not create \"%s\": %s", path, strerror(errno));
	if (fwrite(data, 1, length, file) != length || fclose(file) != 0)
		die("could not write \"%s\": %s", path, strerror(errno));
}

void
sha256_hex(const void *data, size_t length, char hex[65])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256(data, length, digest);
	for (int i = 0; i < SHA256_DIGEST_LENGTH; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}
