/*-------------------------------------------------------------------------
 *
 * intent_factors.c
 *	  What a text must hold for a pattern to match it at all.
 *
 * Most patterns need certain words, and looking for words alone is so cheap
 * that a pattern need not be run, nor even compiled, before its words have
 * been seen.  A pattern is read here as far as that takes: literals,
 * alternatives, groups and quantifiers.  All else stands for any text, which
 * makes a factor weaker but never wrong.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/intent_factors.h"
#include "analysis/intent_pattern.h"

/* More strings than these are taken for any text. */
#define MAX_STRINGS 64
#define MAX_ALTERNATIVES 256

/* A shorter literal is in nearly every text. */
#define MIN_LITERAL 2

/* A pattern with more groups inside each other is not read. */
#define MAX_DEPTH 50

/*
 * What a piece of a pattern stands for: just the strings of `exact`, or
 * something that needs all of `factors`.
 */
typedef struct Piece
{
	bool is_exact;
	LiteralSet exact;
	Factors factors;
} Piece;

typedef struct Reader
{
	const char *at;
	int depth;
	bool gave_up;
} Reader;

static void read_alternatives(Reader *reader, Piece *piece);

/* --- sets of strings --- */

static LiteralSet
one_literal(const char *text, size_t length)
{
	LiteralSet set;

	set.literal = palloc(sizeof(char *));
	set.literal[0] = pnstrdup(text, length);
	set.count = 1;
	return set;
}

static LiteralSet
join_sets(const LiteralSet *one, const LiteralSet *other)
{
	LiteralSet set;

	set.count = one->count + other->count;
	set.literal = palloc(Max(set.count, 1) * sizeof(char *));
	for (int i = 0; i < one->count; i++)
		set.literal[i] = one->literal[i];
	for (int i = 0; i < other->count; i++)
		set.literal[one->count + i] = other->literal[i];
	return set;
}

/* Each string of one followed by each of the other. */
static LiteralSet
concatenate_sets(const LiteralSet *one, const LiteralSet *other)
{
	LiteralSet set;

	set.count = 0;
	set.literal = palloc(one->count * other->count * sizeof(char *));
	for (int i = 0; i < one->count; i++)
		for (int j = 0; j < other->count; j++)
		{
			size_t head = strlen(one->literal[i]);
			size_t tail = strlen(other->literal[j]);
			char *joined = palloc(head + tail + 1);

			memcpy(joined, one->literal[i], head);
			memcpy(joined + head, other->literal[j], tail + 1);
			set.literal[set.count++] = joined;
		}
	return set;
}

static bool
is_useful(const LiteralSet *set)
{
	for (int i = 0; i < set->count; i++)
		if (strlen(set->literal[i]) < MIN_LITERAL)
			return false;
	return set->count > 0;
}

static void
add_factor(Factors *factors, const LiteralSet *set)
{
	if (is_useful(set) && factors->count < MAX_FACTORS)
		factors->set[factors->count++] = *set;
}

/* --- pieces --- */

static void
set_exact(Piece *piece, const char *text, size_t length)
{
	memset(piece, 0, sizeof(*piece));
	piece->is_exact = true;
	piece->exact = one_literal(text, length);
}

/* Any text at all. */
static void
set_any(Piece *piece)
{
	memset(piece, 0, sizeof(*piece));
}

/* The piece may be repeated, but is there. */
static void
set_repeated(Piece *piece)
{
	if (!piece->is_exact)
		return;
	piece->is_exact = false;
	piece->factors.count = 0;
	add_factor(&piece->factors, &piece->exact);
}

static void
set_optional(Piece *piece)
{
	LiteralSet empty;

	if (!piece->is_exact || piece->exact.count >= MAX_STRINGS)
	{
		set_any(piece);
		return;
	}
	empty = one_literal("", 0);
	piece->exact = join_sets(&piece->exact, &empty);
}

static size_t
shortest_literal(const LiteralSet *set)
{
	size_t shortest = SIZE_MAX;

	for (int i = 0; i < set->count; i++)
		shortest = Min(shortest, strlen(set->literal[i]));
	return shortest;
}

/* The set that says most of a piece; NULL if none is known. */
static const LiteralSet *
best_factor(const Piece *piece)
{
	const LiteralSet *best = NULL;

	if (piece->is_exact)
		return is_useful(&piece->exact) ? &piece->exact : NULL;
	for (int i = 0; i < piece->factors.count; i++)
	{
		const LiteralSet *set = &piece->factors.set[i];

		if (best == NULL || shortest_literal(set) > shortest_literal(best))
			best = set;
	}
	return best;
}

/* --- reading --- */

static size_t
character_length(const char *text)
{
	size_t length = 1;

	if ((unsigned char) *text < 0x80)
		return 1;
	while (((unsigned char) text[length] & 0xC0) == 0x80)
		length++;
	return length;
}

/*
 * The characters that stand for themselves, of which none is quantified; one
 * that is comes alone.
 */
static size_t
plain_length(const char *text)
{
	size_t length = character_length(text);

	while (pattern_quantifier_length(text + length) == 0 &&
		   text[length] != '\0' && strchr("()[].^$|\\", text[length]) == NULL)
	{
		size_t next = character_length(text + length);

		if (pattern_quantifier_length(text + length + next) != 0)
			break;
		length += next;
	}
	return length;
}

/* An escape: an assertion takes no text; a mark stands for itself. */
static void
read_escape(Reader *reader, Piece *piece)
{
	char what = reader->at[1];

	if (what == 'b' || what == 'B' || what == 'A' || what == 'z')
		set_exact(piece, "", 0);
	else if (what != '\0' && strchr(".?*+()[]{}|^$\\/-\"'#", what) != NULL)
		set_exact(piece, reader->at + 1, 1);
	else if (what != '\0' && strchr("dDsSwWpPxtn", what) != NULL)
		set_any(piece);
	else
	{
		set_any(piece);
		reader->gave_up = true;
	}
	reader->at += pattern_escape_length(reader->at);
}

static void
read_group(Reader *reader, Piece *piece)
{
	size_t opening = pattern_group_opening_length(reader->at);

	set_any(piece);
	if ((opening > 1 && strncmp(reader->at, "(?:", 3) != 0) ||
		reader->depth >= MAX_DEPTH)
	{
		reader->gave_up = true;
		return;
	}
	reader->at += opening;
	reader->depth++;
	read_alternatives(reader, piece);
	reader->depth--;
	if (*reader->at == ')')
		reader->at++;
	else
		reader->gave_up = true;
}

static void
read_atom(Reader *reader, Piece *piece)
{
	size_t length;

	switch (*reader->at)
	{
		case '(':
			read_group(reader, piece);
			return;
		case '\\':
			read_escape(reader, piece);
			return;
		case '[':
			set_any(piece);
			reader->at += pattern_class_length(reader->at);
			return;
		case '.':
			set_any(piece);
			reader->at++;
			return;
		case '^':
		case '$':
			set_exact(piece, "", 0);
			reader->at++;
			return;
		default:
			length = plain_length(reader->at);
			set_exact(piece, reader->at, length);
			reader->at += length;
	}
}

static void
read_quantifier(Reader *reader, Piece *piece)
{
	const char *quantifier = reader->at;
	size_t length = pattern_quantifier_length(quantifier);

	if (length == 0)
		return;
	if (*quantifier == '?')
		set_optional(piece);
	else if (*quantifier == '+' ||
			 (*quantifier == '{' && quantifier[1] >= '1' &&
			  quantifier[1] <= '9'))
		set_repeated(piece);
	else
		set_any(piece);
	reader->at += length;
	if (*reader->at == '?' || *reader->at == '+') /* lazy, possessive */
		reader->at++;
}

/*
 * Pieces one after the other.  `run` is what stands at the end so far, as
 * long as it is exact.
 */
static void
read_sequence(Reader *reader, Piece *whole)
{
	LiteralSet run = one_literal("", 0);

	memset(whole, 0, sizeof(*whole));
	whole->is_exact = true;
	while (*reader->at != '\0' && strchr("|)", *reader->at) == NULL &&
		   !reader->gave_up)
	{
		Piece piece;

		read_atom(reader, &piece);
		read_quantifier(reader, &piece);
		if (piece.is_exact && run.count * piece.exact.count <= MAX_STRINGS)
		{
			run = concatenate_sets(&run, &piece.exact);
			continue;
		}
		add_factor(&whole->factors, &run);
		whole->is_exact = false;
		if (piece.is_exact)
			run = piece.exact;
		else
			run = one_literal("", 0);
		for (int i = 0; i < piece.factors.count; i++)
			add_factor(&whole->factors, &piece.factors.set[i]);
	}
	if (whole->is_exact)
		whole->exact = run;
	else
		add_factor(&whole->factors, &run);
}

/* One of two pieces. */
static void
add_alternative(Piece *piece, const Piece *other)
{
	const LiteralSet *one = best_factor(piece);
	const LiteralSet *two = best_factor(other);
	LiteralSet either;

	if (piece->is_exact && other->is_exact &&
		piece->exact.count + other->exact.count <= MAX_ALTERNATIVES)
	{
		piece->exact = join_sets(&piece->exact, &other->exact);
		return;
	}
	if (one == NULL || two == NULL ||
		one->count + two->count > MAX_ALTERNATIVES)
	{
		set_any(piece);
		return;
	}
	either = join_sets(one, two);
	set_any(piece);
	add_factor(&piece->factors, &either);
}

static void
read_alternatives(Reader *reader, Piece *piece)
{
	read_sequence(reader, piece);
	while (*reader->at == '|' && !reader->gave_up)
	{
		Piece other;

		reader->at++;
		read_sequence(reader, &other);
		add_alternative(piece, &other);
	}
}

void
intent_factors(const char *pattern, Factors *factors)
{
	Reader reader = {.at = pattern};
	Piece whole;

	read_alternatives(&reader, &whole);
	memset(factors, 0, sizeof(*factors));
	if (reader.gave_up || *reader.at != '\0')
		return;
	if (whole.is_exact)
		add_factor(factors, &whole.exact);
	else
		*factors = whole.factors;
}
