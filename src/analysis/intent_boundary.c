/*-------------------------------------------------------------------------
 *
 * intent_boundary.c
 *	  Does each \b of an intent pattern do what its writer means?
 *
 * It knows ASCII letters only, so beside another letter it finds the edge of a
 * word where there is none.  The pattern is cut into spots, of which groups know
 * their alternatives, and from each \b all that may stand beside it is walked
 * to.  Nothing here knows of texts, or compiles anything.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <utf8proc.h>

#include "analysis/intent_boundary.h"
#include "analysis/intent_pattern.h"

/* What a piece of a pattern is, for telling what stands beside it. */
typedef enum SpotKind
{
	SPOT_KNOWN_LETTER,   /* of ASCII, or a digit */
	SPOT_UNKNOWN_LETTER, /* beyond ASCII */
	SPOT_GAP,            /* a blank, a mark, a dot: words end there */
	SPOT_BOUNDARY,       /* \b */
	SPOT_NOTHING,        /* takes no character: ^, $, (?i) */
	SPOT_OPEN,
	SPOT_BAR,
	SPOT_CLOSE
} SpotKind;

/*
 * Groups are known by their SPOT_OPEN.  What a group does not have is at -1
 * or, if it would be to the right, at the count of spots.
 */
typedef struct Spot
{
	SpotKind kind;
	bool is_optional; /* by its quantifier */
	const char *text;
	size_t length;
	int open;  /* the group that a SPOT_OPEN, _BAR or _CLOSE belongs to */
	int close; /* of SPOT_OPEN: where the group ends */
	int next;  /* of SPOT_OPEN and SPOT_BAR: the next bar, or the end */
} Spot;

typedef struct Spots
{
	Spot *spot;
	int count;
} Spots;

/* Is it a letter, or a mark on one, of which \b does not know? */
static bool
is_unknown_letter(utf8proc_int32_t character)
{
	utf8proc_category_t category;

	if (character < 0x80)
		return false;
	category = utf8proc_category(character);
	return category >= UTF8PROC_CATEGORY_LU &&
		   category <= UTF8PROC_CATEGORY_ME;
}

/* The character of an escape in hexadecimal: \xe1, \x{1ef9}. */
static utf8proc_int32_t
character_of_escape(const char *escape)
{
	char digits[16];
	size_t length = pattern_escape_length(escape);
	size_t skipped = escape[2] == '{' ? 3 : 2;

	if (length <= skipped || length - skipped >= sizeof(digits))
		return 0;
	memcpy(digits, escape + skipped, length - skipped);
	digits[length - skipped] = '\0';
	return (utf8proc_int32_t) Min(strtoul(digits, NULL, 16), 0x10FFFF);
}

static SpotKind
kind_of_escape(const char *escape)
{
	if (escape[1] == 'b')
		return SPOT_BOUNDARY;
	if (escape[1] != '\0' && strchr("ABGZz", escape[1]) != NULL)
		return SPOT_NOTHING;
	if (escape[1] == 'x' && is_unknown_letter(character_of_escape(escape)))
		return SPOT_UNKNOWN_LETTER;
	return SPOT_GAP;
}

/* The kind of the character at `text`; *length gets its bytes. */
static SpotKind
kind_of_character(const char *text, size_t *length)
{
	utf8proc_int32_t character;
	utf8proc_ssize_t bytes =
		utf8proc_iterate((const utf8proc_uint8_t *) text, -1, &character);

	*length = bytes > 0 ? (size_t) bytes : 1;
	if (bytes > 0 && is_unknown_letter(character))
		return SPOT_UNKNOWN_LETTER;
	return (*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9')
			   ? SPOT_KNOWN_LETTER
			   : SPOT_GAP;
}

/* Does it list such a letter?  All that it does not list is no letter. */
static SpotKind
kind_of_class(const char *class, size_t length)
{
	size_t bytes;

	if (class[1] == '^')
		return SPOT_GAP;
	for (size_t i = 1; i < length; i += bytes)
	{
		bytes = class[i] == '\\' ? pattern_escape_length(class + i) : 1;
		if ((class[i] == '\\' ? kind_of_escape(class + i)
							  : kind_of_character(class + i, &bytes)) ==
			SPOT_UNKNOWN_LETTER)
			return SPOT_UNKNOWN_LETTER;
	}
	return SPOT_GAP;
}

static SpotKind
read_spot(const char *pattern, size_t *length)
{
	*length = 1;
	switch (*pattern)
	{
		case '\\':
			*length = pattern_escape_length(pattern);
			return kind_of_escape(pattern);
		case '[':
			*length = pattern_class_length(pattern);
			return kind_of_class(pattern, *length);
		case '(':
			*length = pattern_group_opening_length(pattern);
			return pattern[*length - 1] == ')' ? SPOT_NOTHING : SPOT_OPEN;
		case '|':
			return SPOT_BAR;
		case ')':
			return SPOT_CLOSE;
		case '^':
		case '$':
			return SPOT_NOTHING;
		default:
			return kind_of_character(pattern, length);
	}
}

static bool
allows_none(const char *quantifier)
{
	return *quantifier == '?' || *quantifier == '*' ||
		   (quantifier[0] == '{' && quantifier[1] == '0' &&
			(quantifier[2] == ',' || quantifier[2] == '}'));
}

/* Cut a pattern into spots.  A quantifier is a mark on what precedes it. */
static void
read_spots(const char *pattern, Spots *spots)
{
	bool is_quantified = true; /* what follows a quantifier belongs to it */

	spots->spot = palloc0((strlen(pattern) + 1) * sizeof(Spot));
	spots->count = 0;
	while (*pattern != '\0')
	{
		size_t length = pattern_quantifier_length(pattern);

		if (length > 0)
		{
			if (!is_quantified)
				spots->spot[spots->count - 1].is_optional =
					allows_none(pattern);
			is_quantified = true;
		}
		else
		{
			Spot *spot = &spots->spot[spots->count++];

			spot->kind = read_spot(pattern, &spot->length);
			spot->text = pattern;
			length = spot->length;
			is_quantified = false;
		}
		pattern += length;
	}
}

/* Tell groups and their alternatives of each other. */
static void
join_groups(Spots *spots)
{
	int *last = palloc((spots->count + 1) * sizeof(int)); /* of each group */
	int depth = 0;

	for (int i = 0; i < spots->count; i++)
	{
		Spot *spot = &spots->spot[i];

		spot->open = -1;
		spot->close = spot->next = spots->count;
		if (spot->kind == SPOT_OPEN)
		{
			spot->open = last[depth++] = i;
			continue;
		}
		if (depth == 0 || (spot->kind != SPOT_BAR && spot->kind != SPOT_CLOSE))
			continue;
		spot->open = spots->spot[last[depth - 1]].open;
		spots->spot[last[depth - 1]].next = i;
		last[depth - 1] = i;
		if (spot->kind == SPOT_CLOSE)
		{
			spots->spot[spot->open].close = spot->close = i;
			spots->spot[spot->open].is_optional = spot->is_optional;
			depth--;
		}
	}
	pfree(last);
}

/* A walk from a boundary, to the right (step 1) or left (step -1). */
typedef struct Walk
{
	const Spots *spots;
	int step;
	bool *is_met; /* so that each spot is met once */
	int *todo;
	int waiting;
} Walk;

static void
walk_to(Walk *walk, int at)
{
	if (at < 0 || at >= walk->spots->count || walk->is_met[at])
		return;
	walk->is_met[at] = true;
	walk->todo[walk->waiting++] = at;
}

/* Into each alternative of the group, and past it if it may be missing. */
static void
walk_into(Walk *walk, int at)
{
	const Spot *spots = walk->spots->spot;
	const Spot *open = &spots[spots[at].open];

	walk_to(walk, at + walk->step);
	for (int i = open->next;
		 i < walk->spots->count && spots[i].kind == SPOT_BAR;
		 i = spots[i].next)
		walk_to(walk, i + walk->step);
	if (open->is_optional)
		walk_to(walk,
				(walk->step > 0 ? open->close : open->open) + walk->step);
}

/* To whatever stands beside a spot, when it takes no character itself. */
static void
walk_on(Walk *walk, int at)
{
	const Spot *spots = walk->spots->spot;
	const Spot *spot = &spots[at];

	if (spot->kind == (walk->step > 0 ? SPOT_OPEN : SPOT_CLOSE) &&
		spot->open >= 0)
		walk_into(walk, at);
	else if (spot->kind != SPOT_BAR)
		walk_to(walk, at + walk->step);
	else if (spot->open >= 0)
		walk_to(walk, (walk->step > 0 ? spots[spot->open].close : spot->open) +
						  walk->step);
}

/* A letter beyond ASCII that may stand beside the boundary, or NULL. */
static const Spot *
find_letter_beside(const Spots *spots, int boundary, int step)
{
	Walk walk = {.spots = spots, .step = step};
	const Spot *found = NULL;

	walk.is_met = palloc0(spots->count * sizeof(bool));
	walk.todo = palloc(spots->count * sizeof(int));
	walk_to(&walk, boundary + step);
	while (walk.waiting > 0 && found == NULL)
	{
		int at = walk.todo[--walk.waiting];
		const Spot *spot = &spots->spot[at];

		if (spot->kind == SPOT_UNKNOWN_LETTER)
			found = spot;
		else if (spot->kind != SPOT_GAP &&
				 (spot->kind != SPOT_KNOWN_LETTER || spot->is_optional))
			walk_on(&walk, at);
	}
	pfree(walk.is_met);
	pfree(walk.todo);
	return found;
}

bool
intent_boundaries_work(const char *pattern, char *error, size_t error_size)
{
	Spots spots;
	const Spot *letter = NULL;

	read_spots(pattern, &spots);
	join_groups(&spots);
	for (int i = 0; i < spots.count && letter == NULL; i++)
	{
		const char *instead = "(^|\\W)";

		if (spots.spot[i].kind != SPOT_BOUNDARY)
			continue;
		letter = find_letter_beside(&spots, i, 1);
		if (letter == NULL)
		{
			letter = find_letter_beside(&spots, i, -1);
			instead = "(\\W|$)";
		}
		if (letter != NULL)
			snprintf(error, error_size,
					 "\\b knows ASCII letters only, and stands beside "
					 "\"%.*s\": write a blank there, or %s",
					 (int) Min(letter->length, 64), letter->text, instead);
	}
	pfree(spots.spot);
	return letter == NULL;
}
