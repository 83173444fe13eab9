/*-------------------------------------------------------------------------
 *
 * intent_pattern.c
 *	  One intent pattern: is it well written, and how does it read without
 *	  Vietnamese marks?
 *
 * Patterns are written by analysts, so what is wrong with one is said in
 * words that help to mend it.  Nothing here knows of texts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <utf8proc.h>

#include "analysis/intent.h"
#include "analysis/intent_pattern.h"

bool
has_non_ascii(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char) text[i] >= 0x80)
			return true;
	return false;
}

/* --- reading a pattern --- */

size_t
pattern_escape_length(const char *pattern)
{
	size_t length = pattern[1] == '\0' ? 1 : 2;

	if (length == 2 && strchr("pPx", pattern[1]) != NULL && pattern[2] == '{')
	{
		const char *close = strchr(pattern, '}');

		return close == NULL ? strlen(pattern) : close - pattern + 1;
	}
	if (length == 2 && strchr("pPc", pattern[1]) != NULL && pattern[2] != '\0')
		length++;
	if (length == 2 && pattern[1] == 'x')
		length += Min(strspn(pattern + 2, "0123456789abcdefABCDEF"), 2);
	return length;
}

size_t
pattern_class_length(const char *pattern)
{
	size_t i = 1;

	if (pattern[i] == '^')
		i++;
	if (pattern[i] == ']')
		i++;
	while (pattern[i] != '\0' && pattern[i] != ']')
	{
		const char *posix = pattern[i] == '[' && pattern[i + 1] == ':'
								? strstr(pattern + i, ":]")
								: NULL;

		if (posix != NULL)
			i = posix + 2 - pattern;
		else
			i += pattern[i] == '\\' ? pattern_escape_length(pattern + i) : 1;
	}
	return pattern[i] == ']' ? i + 1 : i;
}

size_t
pattern_group_opening_length(const char *pattern)
{
	size_t i = 1;

	if (pattern[i] != '?')
		return i;
	while (pattern[i] != '\0' && strchr(":)>=!", pattern[i]) == NULL)
		i++;
	return pattern[i] == '\0' ? i : i + 1;
}

size_t
pattern_quantifier_length(const char *pattern)
{
	size_t length;

	if (*pattern == '?' || *pattern == '*' || *pattern == '+')
		return 1;
	if (*pattern != '{')
		return 0;
	length = strcspn(pattern, "}");
	return pattern[length] == '}' ? length + 1 : length;
}

/* --- words as whole words --- */

/* What a piece of a pattern is, for telling where its words end. */
typedef enum PieceKind
{
	PIECE_EDGE,       /* start, end, | */
	PIECE_GROUP,      /* what opens or closes one */
	PIECE_ANY,        /* a dot */
	PIECE_LETTER,     /* a letter or digit that stands for itself */
	PIECE_QUANTIFIER, /* belongs to the piece before it */
	PIECE_OTHER       /* classes, escapes, blanks, marks */
} PieceKind;

static PieceKind
read_piece(const char *pattern, size_t *length)
{
	unsigned char first = (unsigned char) *pattern;

	*length = 1;
	if (first == '\0' || first == '|')
		return PIECE_EDGE;
	if (first == '(' || first == ')')
	{
		if (first == '(')
			*length = pattern_group_opening_length(pattern);
		return PIECE_GROUP;
	}
	if (first == '.')
		return PIECE_ANY;
	if ((first >= 'a' && first <= 'z') || (first >= '0' && first <= '9'))
		return PIECE_LETTER;
	if (pattern_quantifier_length(pattern) > 0)
	{
		*length = pattern_quantifier_length(pattern);
		return PIECE_QUANTIFIER;
	}
	if (first == '\\')
		*length = pattern_escape_length(pattern);
	else if (first == '[')
		*length = pattern_class_length(pattern);
	return PIECE_OTHER;
}

/* Can a word go on, unseen, on the other side of such a piece? */
static bool
hides_a_word(PieceKind kind)
{
	return kind == PIECE_EDGE || kind == PIECE_GROUP || kind == PIECE_ANY;
}

static char *
bound_words(const char *pattern)
{
	/* each byte may get a \b before it, and the end one more */
	char *bound = palloc(3 * strlen(pattern) + 3);
	char *to = bound;
	PieceKind before = PIECE_EDGE;

	for (;;)
	{
		size_t length;
		PieceKind kind = read_piece(pattern, &length);

		if ((kind == PIECE_LETTER && hides_a_word(before)) ||
			(before == PIECE_LETTER && hides_a_word(kind)))
		{
			*to++ = '\\';
			*to++ = 'b';
		}
		if (*pattern == '\0')
			break;
		memcpy(to, pattern, length);
		to += length;
		pattern += length;
		if (kind != PIECE_QUANTIFIER)
			before = kind;
	}
	*to = '\0';
	return bound;
}

char *
intent_pattern_unsigned(const char *pattern)
{
	char *folded = text_fold_term(pattern);
	char *bound = bound_words(folded);

	pfree(folded);
	return bound;
}

/* --- \b beside letters that it does not know --- */

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

/*
 * Nowhere may a \b have to find the edge of a word that is a letter beyond
 * ASCII: there it finds none, or one within a word.
 */
static bool
boundaries_work(const char *pattern, char *error, size_t error_size)
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

/* --- what is checked before a pattern is stored --- */

/*
 * Find an upper case letter that stands for itself.  `at` gets its place,
 * *size its bytes.
 */
static bool
find_upper_case(const char *pattern, const char **at, int *size)
{
	while (*pattern != '\0')
	{
		utf8proc_int32_t character;
		utf8proc_ssize_t length;

		if (*pattern == '\\')
		{
			pattern += pattern_escape_length(pattern);
			continue;
		}
		if (pattern[0] == '(' && pattern[1] == '?')
		{
			pattern += pattern_group_opening_length(pattern);
			continue;
		}
		length = utf8proc_iterate((const utf8proc_uint8_t *) pattern, -1,
								  &character);
		if (length <= 0)
			length = 1;
		else if (utf8proc_tolower(character) != character)
		{
			*at = pattern;
			*size = (int) length;
			return true;
		}
		pattern += length;
	}
	return false;
}

static bool
compiles(const char *expression, char *error, size_t error_size)
{
	hs_database_t *database = NULL;
	hs_compile_error_t *failure = NULL;
	hs_error_t result = hs_compile(expression, PATTERN_FLAGS_WITH_START,
								   HS_MODE_BLOCK, NULL, &database, &failure);

	if (result == HS_SUCCESS)
	{
		hs_free_database(database);
		return true;
	}
	snprintf(error, error_size, "%s",
			 failure ? failure->message : "out of memory");
	hs_free_compile_error(failure);
	return false;
}

static bool
compiles_unsigned(const char *pattern, char *error, size_t error_size)
{
	char message[256];
	char *expression;
	bool works;

	if (!has_non_ascii(pattern, strlen(pattern)))
		return true;
	expression = intent_pattern_unsigned(pattern);
	works = compiles(expression, message, sizeof(message));
	if (!works)
		snprintf(error, error_size, "without Vietnamese marks, as \"%s\": %s",
				 expression, message);
	pfree(expression);
	return works;
}

bool
intent_check_pattern(const char *pattern, char *error, size_t error_size)
{
	size_t length = strlen(pattern);
	const char *upper;
	int upper_size;

	if (pattern[strspn(pattern, " \t\r\n")] == '\0')
	{
		snprintf(error, error_size, "the pattern is empty");
		return false;
	}
	if (length > INTENT_PATTERN_MAX)
	{
		snprintf(error, error_size,
				 "the pattern has %zu bytes, more than %d are not allowed",
				 length, INTENT_PATTERN_MAX);
		return false;
	}
	if (find_upper_case(pattern, &upper, &upper_size))
	{
		snprintf(error, error_size,
				 "texts are lower case, so \"%.*s\" can never match",
				 upper_size, upper);
		return false;
	}
	return compiles(pattern, error, error_size) &&
		   boundaries_work(pattern, error, error_size) &&
		   compiles_unsigned(pattern, error, error_size);
}
