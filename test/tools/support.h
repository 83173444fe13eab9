/*-------------------------------------------------------------------------
 *
 * support.h
 *	  What all parts of the load generator share: a buffer, random numbers,
 *	  options, files.
 *
 * Everything that fails ends the program with a message: die().
 *
 *-------------------------------------------------------------------------
 */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern void die(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* An environment variable that must be set; `what` says what it is. */
extern const char *require_env(const char *name, const char *what);

/* Seconds of a monotonic clock. */
extern double seconds_now(void);

/* ---- bytes that grow; zero-initialised is empty ---- */

typedef struct Buffer
{
	char *data; /* NUL-terminated once anything was added */
	size_t length;
	size_t size;
} Buffer;

extern void buffer_reserve(Buffer *buffer, size_t more);
extern void buffer_add(Buffer *buffer, const char *data, size_t length);
extern void buffer_text(Buffer *buffer, const char *text);
extern void buffer_printf(Buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
extern void buffer_free(Buffer *buffer);

/* ---- random numbers: splitmix64, the same everywhere ---- */

typedef struct Random
{
	uint64_t state;
} Random;

extern uint64_t random_mix(uint64_t value); /* a bijection */
extern uint64_t random_hash(const char *text, uint64_t seed);
extern uint64_t random_next(Random *random);
extern uint64_t random_below(Random *random, uint64_t limit);
extern bool random_chance(Random *random, double share);

/* ---- options: --name value ---- */

typedef enum OptionKind
{
	OPTION_TEXT,  /* const char ** */
	OPTION_COUNT, /* long *, not negative */
	OPTION_SHARE, /* double *, 0 to 1 */
	OPTION_FLAG,  /* bool *, takes no value */
	OPTION_LIST   /* TextList * , may be given again and again */
} OptionKind;

typedef struct TextList
{
	const char *texts[64];
	int count;
} TextList;

typedef struct Option
{
	const char *name;
	OptionKind kind;
	void *target; /* holds the default */
	const char *help;
} Option;

/*
 * Read argv (argv[0] is the command).  Ends with a NULL name.  What is no
 * option goes to `rest`; NULL: there may be none.
 */
extern void options_parse(int argc, char **argv, const Option *options,
						  TextList *rest);

/* ---- files ---- */

/* "-" is standard input. */
extern void read_whole_file(const char *path, Buffer *into);

/* Make the file and the folders above it. */
extern void write_whole_file(const char *path, const char *data,
							 size_t length);
extern void make_folders(char *path); /* of all up to the last slash */

/* 64 hexadecimal digits and NUL. */
extern void sha256_hex(const void *data, size_t length, char hex[65]);

#endif /* SUPPORT_H */
