/*-------------------------------------------------------------------------
 *
 * vietnamese.c
 *	  Vietnamese letters without their marks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/characters.h"
#include "analysis/vietnamese.h"

typedef struct MarkedLetters
{
	char base;
	const char *letters;
} MarkedLetters;

static const MarkedLetters marked[] = {
	{'a', "àáảãạăằắẳẵặâầấẩẫậ"},
	{'d', "đ"},
	{'e', "èéẻẽẹêềếểễệ"},
	{'i', "ìíỉĩị"},
	{'o', "òóỏõọôồốổỗộơờớởỡợ"},
	{'u', "ùúủũụưừứửữự"},
	{'y', "ỳýỷỹỵ"},
};

/* By code point, for the two blocks where they are. */
static char latin_base[0x1B1 - 0xE0];
static char additional_base[0x1EFA - 0x1EA0];

static char *
base_of(int32 character)
{
	if (character >= 0xE0 && character < 0x1B1)
		return &latin_base[character - 0xE0];
	if (character >= 0x1EA0 && character < 0x1EFA)
		return &additional_base[character - 0x1EA0];
	return NULL;
}

static void
fill_bases(void)
{
	static bool filled = false;

	if (filled)
		return;
	for (int i = 0; i < lengthof(marked); i++)
	{
		const char *at = marked[i].letters;
		const char *end = at + strlen(at);

		while (at < end)
		{
			int32 character;

			at += character_decode(at, end, &character);
			*base_of(character) = marked[i].base;
		}
	}
	filled = true;
}

char
vietnamese_base(const char *letter, size_t bytes)
{
	int32 character;
	char *base;

	fill_bases();
	if (character_decode(letter, letter + bytes, &character) != bytes)
		return '\0';
	base = base_of(character);
	return base == NULL ? '\0' : *base;
}

size_t
vietnamese_fold(const char *text, size_t length, char *to)
{
	const char *end = text + length;
	char *start = to;

	while (text < end)
	{
		size_t bytes = 1;
		char base = *text;

		if ((*text & 0x80) != 0)
		{
			while (text + bytes < end &&
				   ((unsigned char) text[bytes] & 0xC0) == 0x80)
				bytes++;
			base = vietnamese_base(text, bytes);
		}
		if (base != '\0')
			*to++ = base;
		else
		{
			memcpy(to, text, bytes);
			to += bytes;
		}
		text += bytes;
	}
	return to - start;
}
