/*-------------------------------------------------------------------------
 *
 * characters.c
 *	  What a character is to the analysis, and its lower case.
 *
 * The letters of Vietnamese and its neighbours are in tables that give class
 * and lower case at once; other characters are classed when first met.  The
 * tables hold what Unicode says of a character and nothing of any text, so
 * they are the process's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <utf8proc.h>

#include "analysis/characters.h"

/* Characters of which the longest compatibility mapping consists. */
#define LONGEST_MAPPING 18

#define HANGUL_VOWEL_FIRST 0x1160
#define HANGUL_TRAILING_LAST 0x11FF
#define ENCLOSING_KEYCAP 0x20E3
#define SKIN_TONE_FIRST 0x1F3FB
#define SKIN_TONE_LAST 0x1F3FF
#define REGIONAL_FIRST 0x1F1E6
#define REGIONAL_LAST 0x1F1FF

#define L CHARACTER_LOWER
#define U CHARACTER_UPPER
#define D CHARACTER_DIGIT
#define O CHARACTER_OTHER
#define S CHARACTER_SPACE
#define N CHARACTER_LINE
#define E CHARACTER_SENTENCE
#define C CHARACTER_CLAUSE

const uint8 ascii_class[128] = {
	S, S, S, S, S, S, S, S, S, S, N, N, N, N, S, S, /* control */
	S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, /* control */
	S, E, O, O, O, O, O, O, O, O, O, O, C, O, E, O, /* space to slash */
	D, D, D, D, D, D, D, D, D, D, C, C, O, O, O, E, /* 0 to ? */
	O, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, /* @ to O */
	U, U, U, U, U, U, U, U, U, U, U, O, O, O, O, O, /* P to _ */
	O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* ` to o */
	L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, S, /* p to DEL */
};

#undef L
#undef U
#undef D
#undef O
#undef S
#undef N
#undef E
#undef C

const LatinLetter latin_no_letter = {{0}, 0};
LatinLetter latin_letters[LATIN_COUNT];
LatinLetter latin_additional[LATIN_ADDITIONAL_COUNT];
uint8 character_classes[CHARACTER_TABLE_SIZE];

int
character_decode(const char *at, const char *end, int32 *character)
{
	utf8proc_int32_t decoded;
	utf8proc_ssize_t bytes =
		utf8proc_iterate((const utf8proc_uint8_t *) at, end - at, &decoded);

	*character = decoded;
	return bytes > 0 && decoded >= 0 ? (int) bytes : 0;
}

int
character_encode(int32 character, char *to)
{
	return (int) utf8proc_encode_char(character, (utf8proc_uint8_t *) to);
}

int32
character_lower(int32 character)
{
	return utf8proc_tolower(character);
}

/* --- normal form --- */

/* Its full compatibility decomposition; returns the number of characters. */
static int
decompose(int32 character, int32 mapping[LONGEST_MAPPING])
{
	int last_class = 0;
	utf8proc_ssize_t count = utf8proc_decompose_char(
		character, mapping, LONGEST_MAPPING,
		UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STABLE, &last_class);

	return count < 0 || count > LONGEST_MAPPING ? 0 : (int) count;
}

static bool
is_mark(int32 character)
{
	utf8proc_category_t category = utf8proc_category(character);

	return category == UTF8PROC_CATEGORY_MN ||
		   category == UTF8PROC_CATEGORY_MC ||
		   category == UTF8PROC_CATEGORY_ME;
}

bool
character_extends(int32 character)
{
	int32 mapping[LONGEST_MAPPING];

	if (decompose(character, mapping) == 0)
		return false;
	return is_mark(mapping[0]) || (mapping[0] >= HANGUL_VOWEL_FIRST &&
								   mapping[0] <= HANGUL_TRAILING_LAST);
}

/* Is it in NFKC, whatever stands before it? */
static bool
is_stable(int32 character)
{
	int32 mapping[LONGEST_MAPPING];
	int count = decompose(character, mapping);

	if (character_extends(character))
		return false;
	if (count > 1)
		count = (int) utf8proc_normalize_utf32(
			mapping, count, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
	return count == 1 && mapping[0] == character;
}

/* --- classes --- */

static bool
is_emoji(int32 character)
{
	if (character >= SKIN_TONE_FIRST && character <= SKIN_TONE_LAST)
		return false; /* changes the one before it */
	return utf8proc_get_property(character)->boundclass ==
		   UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/* Characters that show nothing by themselves. */
static bool
is_dropped(int32 character, const utf8proc_property_t *property)
{
	return property->ignorable || property->category == UTF8PROC_CATEGORY_CF ||
		   character == ENCLOSING_KEYCAP ||
		   (character >= SKIN_TONE_FIRST && character <= SKIN_TONE_LAST) ||
		   (character >= REGIONAL_FIRST && character <= REGIONAL_LAST);
}

/* Marks that end sentences and clauses, of scripts that have their own. */
static uint8
kind_of_mark(int32 character)
{
	switch (character)
	{
		case 0x0964: /* danda */
		case 0x0965:
		case 0x061F: /* Arabic question mark */
		case 0x06D4: /* Arabic full stop */
		case 0x2026: /* ellipsis */
		case 0x3002: /* ideographic full stop */
			return CHARACTER_SENTENCE;
		case 0x060C: /* Arabic comma */
		case 0x061B: /* Arabic semicolon */
		case 0x3001: /* ideographic comma */
			return CHARACTER_CLAUSE;
		default:
			return CHARACTER_OTHER;
	}
}

/* Only Vietnamese uses them: ă đ ĩ ũ ơ ư, and what has two marks or a dot. */
static bool
is_vietnamese(int32 character)
{
	switch (character)
	{
		case 0x0103:
		case 0x0111:
		case 0x0129:
		case 0x0169:
		case 0x01A1:
		case 0x01B0:
			return true;
		default:
			return character >= 0x1EA0 && character <= 0x1EF9;
	}
}

/* Used by Vietnamese and by others: à á â ã è é ê ì í ò ó ô õ ù ú ý. */
static bool
is_shared(int32 character)
{
	static const char shared[] = {
		[0x00] = 1, [0x01] = 1, [0x02] = 1, [0x03] = 1, [0x08] = 1, [0x09] = 1,
		[0x0A] = 1, [0x0C] = 1, [0x0D] = 1, [0x12] = 1, [0x13] = 1, [0x14] = 1,
		[0x15] = 1, [0x19] = 1, [0x1A] = 1, [0x1D] = 1,
	};

	return character >= 0xE0 && character < 0xE0 + (int) sizeof(shared) &&
		   shared[character - 0xE0];
}

static uint8
marks_of(int32 lower)
{
	if (is_vietnamese(lower))
		return CHARACTER_VIETNAMESE;
	return is_shared(lower) ? CHARACTER_TONE : 0;
}

static uint8
class_of_category(int32 character, utf8proc_propval_t category)
{
	switch ((utf8proc_category_t) category)
	{
		case UTF8PROC_CATEGORY_LU:
		case UTF8PROC_CATEGORY_LT:
			return CHARACTER_UPPER;
		case UTF8PROC_CATEGORY_LL:
			return CHARACTER_LOWER;
		case UTF8PROC_CATEGORY_LM:
		case UTF8PROC_CATEGORY_LO:
		case UTF8PROC_CATEGORY_MN:
		case UTF8PROC_CATEGORY_MC:
		case UTF8PROC_CATEGORY_ME:
			return CHARACTER_LETTER;
		case UTF8PROC_CATEGORY_ND:
		case UTF8PROC_CATEGORY_NL:
		case UTF8PROC_CATEGORY_NO:
			return CHARACTER_DIGIT;
		case UTF8PROC_CATEGORY_CC:
			return character == 0x85 ? CHARACTER_LINE : CHARACTER_SPACE;
		case UTF8PROC_CATEGORY_ZS:
			return CHARACTER_SPACE;
		case UTF8PROC_CATEGORY_ZL:
		case UTF8PROC_CATEGORY_ZP:
			return CHARACTER_LINE;
		default:
			return kind_of_mark(character);
	}
}

static uint8
compute_class(int32 character)
{
	const utf8proc_property_t *property = utf8proc_get_property(character);
	uint8 class;

	if (is_emoji(character))
		return CHARACTER_EMOJI;
	if (is_dropped(character, property))
		return CHARACTER_DROPPED;
	class = class_of_category(character, property->category);
	if (class == CHARACTER_SPACE || class == CHARACTER_LINE ||
		character == 0x2026)
		return class;
	if (class & CHARACTER_WORD)
		class |= marks_of(character_lower(character));
	return is_stable(character) ? class : class | CHARACTER_UNSTABLE;
}

uint8
character_find_class(int32 character)
{
	uint8 class =
		character < 128 ? ascii_class[character] : compute_class(character);

	if (character < CHARACTER_TABLE_SIZE)
		character_classes[character] = class;
	return class;
}

/* --- tables --- */

static void
fill_letter(LatinLetter *letter, int32 character)
{
	uint8 class = character_class(character);
	int32 lower = character_lower(character);
	char bytes[4];
	char original[4];
	int length = character_encode(lower, bytes);

	if ((class & (CHARACTER_LOWER | CHARACTER_UPPER)) == 0 ||
		(class & CHARACTER_UNSTABLE) != 0 ||
		(character_class(lower) & CHARACTER_UNSTABLE) != 0 ||
		length != character_encode(character, original))
		return;
	memcpy(letter->bytes, bytes, length);
	letter->class = class;
}

void
characters_prepare(void)
{
	static bool prepared = false;

	if (prepared)
		return;
	for (int i = 0; i < LATIN_COUNT; i++)
		fill_letter(&latin_letters[i], LATIN_FIRST + i);
	for (int i = 0; i < LATIN_ADDITIONAL_COUNT; i++)
		fill_letter(&latin_additional[i], LATIN_ADDITIONAL_FIRST + i);
	prepared = true;
}

/* --- counting --- */

/* Eight bytes at a time: a continuation has its high bit set, the next not. */
int
characters_count(const char *text, size_t length)
{
	const uint64 ones = UINT64CONST(0x0101010101010101);
	size_t continuations = 0;
	size_t i = 0;

	for (; i + 8 <= length; i += 8)
	{
		uint64 bytes;

		memcpy(&bytes, text + i, 8);
		bytes = (bytes >> 7) & ~(bytes >> 6) & ones;
		continuations += (bytes * ones) >> 56;
	}
	for (; i < length; i++)
		if (((unsigned char) text[i] & 0xC0) == 0x80)
			continuations++;
	return (int) (length - continuations);
}
