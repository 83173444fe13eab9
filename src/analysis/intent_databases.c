/*-------------------------------------------------------------------------
 *
 * intent_databases.c
 *	  The databases that a matcher scans with: compiled, or as they were
 *	  compiled before.
 *
 * To compile them takes most of the time that a matcher takes, so whoever
 * calls may keep them, as bytes.  Kept under a key are the databases and all
 * that they were compiled of: what reads the factors out of the patterns, or
 * pads them, may be another version of this library by then, and databases
 * that do not belong to its literals would find nonsense.  The bytes must
 * come back whole; that is for the cache to see to, since Vectorscan trusts
 * most of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdlib.h>

#include "analysis/intent_databases.h"
#include "analysis/intent_padding.h"
#include "analysis/intent_pattern.h"

#define ALWAYS_FLAGS (PATTERN_FLAGS | HS_FLAG_SINGLEMATCH)

/* Of each spelling the literals, and what is always run. */
#define DATABASE_COUNT (2 * SPELLING_COUNT)

/*
 * The place of a database in the matcher: this order is that of the bytes.
 */
static hs_database_t **
database(IntentMatcher *matcher, int number)
{
	PatternSet *set = &matcher->sets[number / 2];

	return number % 2 == 0 ? &set->literals : &set->always;
}

/* Vectorscan's reason, or that memory is short. */
static void
fail(const CompileFailure *failure, int rule, hs_compile_error_t *error)
{
	*failure->rule = rule;
	snprintf(failure->error, failure->error_size, "%s",
			 error ? error->message : "out of memory");
	hs_free_compile_error(error);
}

/* --- compile --- */

bool
intent_databases_check(const IntentMatcher *matcher,
					   const CompileFailure *failure)
{
	for (int rule = 0; rule < matcher->count; rule++)
	{
		hs_compile_error_t *error = NULL;
		hs_expr_info_t *info = NULL;

		if (hs_expression_info(matcher->rules[rule].pattern, PATTERN_FLAGS,
							   &info, &error) != HS_SUCCESS)
		{
			fail(failure, rule, error);
			return false;
		}
		free(info); /* Vectorscan's allocator is left at malloc() */
	}
	return true;
}

static bool
compile_literals(PatternSet *set, const DatabaseSource *source,
				 const CompileFailure *failure)
{
	hs_compile_error_t *error = NULL;

	if (source->literal_count > 0 &&
		intent_compile_literals_padded(source->literals, source->literal_count,
									   &set->literals, &error) != HS_SUCCESS)
	{
		fail(failure, 0, error);
		return false;
	}
	return true;
}

static bool
compile_always(PatternSet *set, const DatabaseSource *source,
			   const CompileFailure *failure)
{
	int count = source->always_count;
	unsigned int *flags = palloc(Max(count, 1) * sizeof(unsigned int));
	hs_compile_error_t *error = NULL;
	bool works = true;

	for (int i = 0; i < count; i++)
		flags[i] = ALWAYS_FLAGS;
	if (count > 0 &&
		intent_compile_padded(source->always, flags, source->always_rules,
							  count, &set->always, &error) != HS_SUCCESS)
	{
		int which =
			error != NULL && error->expression >= 0 ? error->expression : 0;

		fail(failure, (int) source->always_rules[which], error);
		works = false;
	}
	pfree(flags);
	return works;
}

static bool
compile_all(IntentMatcher *matcher, const DatabaseSource *sources,
			const CompileFailure *failure)
{
	for (int i = 0; i < SPELLING_COUNT; i++)
		if (!compile_literals(&matcher->sets[i], &sources[i], failure) ||
			!compile_always(&matcher->sets[i], &sources[i], failure))
			return false;
	return true;
}

/* --- bytes --- */

/* Bytes one after the other; they are only counted while there is no room. */
typedef struct Writer
{
	char *room; /* or NULL */
	size_t length;
} Writer;

static void
put(Writer *writer, const void *bytes, size_t length)
{
	if (writer->room != NULL)
		memcpy(writer->room + writer->length, bytes, length);
	writer->length += length;
}

static void
put_number(Writer *writer, uint64 number)
{
	put(writer, &number, sizeof(number));
}

static void
put_text(Writer *writer, const char *text)
{
	put(writer, text, strlen(text) + 1);
}

/* What decides whether each rule is a pattern, and how it is spelled. */
static void
put_rules(Writer *writer, const IntentMatcher *matcher)
{
	hs_platform_info_t platform = {0};

	(void) hs_populate_platform(&platform);
	put_text(writer, hs_version());
	put_number(writer, platform.tune);
	put_number(writer, platform.cpu_features);
	put_number(writer, PATTERN_FLAGS);
	put_number(writer, matcher->count);
	for (int i = 0; i < matcher->count; i++)
	{
		put_text(writer, matcher->rules[i].pattern);
		put_number(writer, matcher->rules[i].matches_unsigned);
	}
}

/* All that is handed to the compiler. */
static void
put_sources(Writer *writer, const DatabaseSource *sources)
{
	put_number(writer, ALWAYS_FLAGS);
	put(writer, intent_padding(), INTENT_PADDING_SIZE);
	for (int i = 0; i < SPELLING_COUNT; i++)
	{
		const DatabaseSource *source = &sources[i];

		put_number(writer, source->literal_count);
		for (int j = 0; j < source->literal_count; j++)
			put_text(writer, source->literals[j]);
		put_number(writer, source->always_count);
		for (int j = 0; j < source->always_count; j++)
		{
			put_number(writer, source->always_rules[j]);
			put_text(writer, source->always[j]);
		}
	}
}

static Writer
written_rules(const IntentMatcher *matcher)
{
	Writer count = {NULL, 0};
	Writer rules = {NULL, 0};

	put_rules(&count, matcher);
	rules.room = MemoryContextAllocHuge(CurrentMemoryContext, count.length);
	put_rules(&rules, matcher);
	return rules;
}

static Writer
written_sources(const DatabaseSource *sources)
{
	Writer count = {NULL, 0};
	Writer written = {NULL, 0};

	put_sources(&count, sources);
	written.room = MemoryContextAllocHuge(CurrentMemoryContext, count.length);
	put_sources(&written, sources);
	return written;
}

/* --- save --- */

/* A database as Vectorscan writes it, malloc'd. */
typedef struct Serial
{
	char *bytes; /* NULL: there is no database */
	size_t length;
} Serial;

/* False: not all could be. */
static bool
serialize_all(IntentMatcher *matcher, Serial *serials)
{
	for (int i = 0; i < DATABASE_COUNT; i++)
	{
		const hs_database_t *compiled = *database(matcher, i);

		if (compiled != NULL &&
			hs_serialize_database(compiled, &serials[i].bytes,
								  &serials[i].length) != HS_SUCCESS)
			return false;
	}
	return true;
}

static void
put_all(Writer *writer, const Writer *sources, const Serial *serials)
{
	put_number(writer, sources->length);
	put(writer, sources->room, sources->length);
	for (int i = 0; i < DATABASE_COUNT; i++)
	{
		put_number(writer, serials[i].length);
		if (serials[i].length > 0)
			put(writer, serials[i].bytes, serials[i].length);
	}
}

/*
 * What is not in memory contexts is copied and freed before the cache is
 * called, as that one may raise; to allocate the copy may raise no error.
 */
static Writer
written_databases(IntentMatcher *matcher, const Writer *sources)
{
	Serial serials[DATABASE_COUNT] = {{NULL, 0}};
	Writer count = {NULL, 0};
	Writer written = {NULL, 0};

	if (serialize_all(matcher, serials))
	{
		put_all(&count, sources, serials);
		written.room =
			MemoryContextAllocExtended(CurrentMemoryContext, count.length,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
		if (written.room != NULL)
			put_all(&written, sources, serials);
	}
	for (int i = 0; i < DATABASE_COUNT; i++)
		free(serials[i].bytes);
	return written;
}

static void
save(IntentMatcher *matcher, const Writer *sources, const IntentCache *cache)
{
	Writer written = written_databases(matcher, sources);
	Writer rules;

	if (written.room == NULL)
		return;
	rules = written_rules(matcher);
	cache->save(cache->context, rules.room, rules.length, written.room,
				written.length);
}

/* --- restore --- */

SavedDatabases
intent_databases_fetch(const IntentMatcher *matcher, const IntentCache *cache)
{
	SavedDatabases saved = {NULL, 0};

	if (cache != NULL)
	{
		Writer rules = written_rules(matcher);

		saved.bytes = cache->fetch(cache->context, rules.room, rules.length,
								   &saved.length);
	}
	return saved;
}

/* The next part of the saved bytes, its length before it; false: none. */
static bool
take_part(SavedDatabases *rest, const char **part, size_t *length)
{
	uint64 number;

	if (rest->length < sizeof(number))
		return false;
	memcpy(&number, rest->bytes, sizeof(number));
	if (number > rest->length - sizeof(number))
		return false;
	*part = rest->bytes + sizeof(number);
	*length = (size_t) number;
	rest->bytes += sizeof(number) + number;
	rest->length -= sizeof(number) + number;
	return true;
}

static void
free_all(IntentMatcher *matcher)
{
	for (int i = 0; i < DATABASE_COUNT; i++)
	{
		hs_free_database(*database(matcher, i));
		*database(matcher, i) = NULL;
	}
}

/* Another version of Vectorscan, or another CPU, says no itself. */
static bool
restore_all(IntentMatcher *matcher, const Writer *sources,
			const SavedDatabases *saved)
{
	SavedDatabases rest = *saved;
	const char *part;
	size_t length;

	if (saved->bytes == NULL || !take_part(&rest, &part, &length) ||
		length != sources->length || memcmp(part, sources->room, length) != 0)
		return false;
	for (int i = 0; i < DATABASE_COUNT; i++)
	{
		if (!take_part(&rest, &part, &length) ||
			(length > 0 &&
			 hs_deserialize_database(part, length, database(matcher, i)) !=
				 HS_SUCCESS))
		{
			free_all(matcher);
			return false;
		}
	}
	return true;
}

/* --- the whole --- */

static bool
allocate_scratch(IntentMatcher *matcher, const CompileFailure *failure)
{
	for (int i = 0; i < DATABASE_COUNT; i++)
	{
		const hs_database_t *compiled = *database(matcher, i);

		if (compiled != NULL &&
			hs_alloc_scratch(compiled, &matcher->scratch) != HS_SUCCESS)
		{
			fail(failure, 0, NULL);
			return false;
		}
	}
	return true;
}

bool
intent_databases_make(IntentMatcher *matcher, const DatabaseSource *sources,
					  const SavedDatabases *saved, const IntentCache *cache,
					  const CompileFailure *failure)
{
	Writer written = written_sources(sources);

	if (!restore_all(matcher, &written, saved))
	{
		if (!compile_all(matcher, sources, failure))
			return false;
		if (cache != NULL)
			save(matcher, &written, cache);
	}
	return allocate_scratch(matcher, failure);
}
