/*-------------------------------------------------------------------------
 *
 * normal_form.c
 *	  Bring a text into NFKC.
 *
 * For the few texts that are not: most are, and are never copied.  Done
 * cluster by cluster, a character with all that may combine with it, since
 * putting marks into their order takes time that is quadratic in their
 * number; a cluster is cut as in Unicode's Stream-Safe Text Format.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <utf8proc.h>

#include "analysis/characters.h"
#include "analysis/normal_form.h"

/* Characters of a cluster: a base and the marks of UAX #15, section 13. */
#define CLUSTER_CHARACTERS 31
#define CLUSTER_BYTES (CLUSTER_CHARACTERS * 4)

/* No character maps to more than 18. */
#define CLUSTER_MAPPED (CLUSTER_CHARACTERS * 18)

#define REPLACEMENT 0xFFFD
#define NO_CHARACTER (-1)
#define BEYOND_LATIN (LATIN_ADDITIONAL_FIRST + LATIN_ADDITIONAL_COUNT)

/* Bytes that a text of any size may grow by. */
#define GROWTH_SLACK 1024

typedef struct Cluster
{
	char bytes[CLUSTER_BYTES];
	int length;
	int characters;
} Cluster;

typedef struct NormalForm
{
	const char *at; /* behind the next character */
	const char *end;
	int32 next; /* NO_CHARACTER: the end */
	uint8 next_class;
	const char *next_at;
	char *to;
	char *limit; /* room for one more cluster is behind it */
} NormalForm;

/* --- reading --- */

/* Behind the bytes that are part of no character. */
static const char *
skip_invalid(const char *at, const char *end)
{
	int32 character;

	while (at < end && character_decode(at, end, &character) == 0)
		at++;
	return at;
}

/* Make the next character that is not dropped the next. */
static void
advance(NormalForm *form)
{
	while (form->at < form->end)
	{
		int bytes = character_decode(form->at, form->end, &form->next);

		form->next_at = form->at;
		if (bytes == 0)
		{
			form->next = REPLACEMENT;
			form->at = skip_invalid(form->at, form->end);
		}
		form->at += bytes;
		form->next_class = character_class(form->next);
		if (form->next_class != CHARACTER_DROPPED)
			return;
	}
	form->next = NO_CHARACTER;
}

/*
 * Copy what is ASCII or a usual letter from the next character on, but the
 * last one, which may be the base of a cluster.
 */
static void
copy_stretch(NormalForm *form)
{
	const char *start = form->next_at;
	const char *at = start;
	const char *last = start;
	int bytes = 1;

	while (at < form->end &&
		   ((*at & 0x80) == 0 || latin_letter(at, &bytes)->class != 0))
	{
		last = at;
		at += (*at & 0x80) == 0 ? 1 : bytes;
	}
	if (last - start > form->limit - form->to)
		return;
	memcpy(form->to, start, last - start);
	form->to += last - start;
	form->at = last;
	advance(form);
}

static inline bool
next_extends(const NormalForm *form)
{
	return form->next != NO_CHARACTER &&
		   (form->next_class & CHARACTER_UNSTABLE) != 0 &&
		   character_extends(form->next);
}

/* --- clusters --- */

static void
add_next(NormalForm *form, Cluster *cluster)
{
	if (cluster->characters < CLUSTER_CHARACTERS)
	{
		cluster->length +=
			character_encode(form->next, cluster->bytes + cluster->length);
		cluster->characters++;
	}
	advance(form);
}

static int
compose(int32 *characters, int count)
{
	return (int) utf8proc_normalize_utf32(characters, count,
										  UTF8PROC_COMPOSE | UTF8PROC_STABLE);
}

/*
 * Some letters with marks are one character in lower case only ("ǰ").  Texts
 * become lower case, and must be NFKC then.
 */
static int
compose_lower(const int32 *characters, int count, int32 *lower)
{
	for (int i = 0; i < count; i++)
		lower[i] = character_lower(characters[i]);
	return compose(lower, count);
}

static void
put_normalised(NormalForm *form, const Cluster *cluster)
{
	int32 characters[CLUSTER_MAPPED];
	int32 lower[CLUSTER_MAPPED];
	const int32 *best = characters;
	int count = (int) utf8proc_decompose(
		(const utf8proc_uint8_t *) cluster->bytes, cluster->length, characters,
		CLUSTER_MAPPED,
		UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STABLE);

	if (count <= 0 || count > CLUSTER_MAPPED)
		return;
	count = compose(characters, count);
	if (cluster->characters > 1)
	{
		int shorter = compose_lower(characters, count, lower);

		if (shorter < count)
		{
			best = lower;
			count = shorter;
		}
	}
	for (int i = 0; i < count && form->to < form->limit; i++)
		form->to += character_encode(best[i], form->to);
}

/* Pass over the next character and what may combine with it. */
static void
put_cluster(NormalForm *form)
{
	Cluster cluster; /* not all of it need be cleared */
	uint8 class = form->next_class;

	cluster.length = cluster.characters = 0;
	add_next(form, &cluster);
	while (next_extends(form))
		add_next(form, &cluster);
	if (cluster.characters == 1 && (class & CHARACTER_UNSTABLE) == 0)
	{
		memcpy(form->to, cluster.bytes, cluster.length);
		form->to += cluster.length;
	}
	else
		put_normalised(form, &cluster);
}

char *
normal_form(const char *text, size_t length, size_t *result, bool *cut)
{
	size_t most = length + length / 2 + GROWTH_SLACK;
	char *copy = palloc(most + CLUSTER_BYTES + 1);
	NormalForm form = {
		.at = text, .end = text + length, .to = copy, .limit = copy + most};

	advance(&form);
	while (form.next != NO_CHARACTER && form.to < form.limit)
	{
		if (form.next < BEYOND_LATIN)
			copy_stretch(&form);
		put_cluster(&form);
	}
	*cut = form.next != NO_CHARACTER;
	*form.to = '\0';
	*result = form.to - copy;
	return copy;
}
