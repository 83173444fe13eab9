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
#include "analysis/intent_boundary.h"
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
		   intent_boundaries_work(pattern, error, error_size) &&
		   compiles_unsigned(pattern, error, error_size);
}
