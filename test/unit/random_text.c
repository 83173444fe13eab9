/*-------------------------------------------------------------------------
 *
 * random_text.c
 *	  Texts of every kind that an analysis may meet, and of some that it
 *	  should never.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <utf8proc.h>

#include "random_text.h"

/* Longest unit that is written at once. */
#define UNIT_BYTES 48

/* As bytes, so that no editor obeys them. */
static const char override_left[] = {'\xE2', '\x80', '\xAE', '\0'};
static const char override_right[] = {'\xE2', '\x80', '\xAD', '\0'};

typedef struct Draft
{
	RandomSource *source;
	const char *const *words;
	int word_count;
	char *to;
	char *end;
} Draft;

static const char *const emoji[] = {
	"😀",       "😍", "❤️", "👍🏽",      "👨‍👩‍👧", "🇻🇳",
	"1️⃣", "☎", "™",      "🤷‍♀️", "🏳️‍🌈",     "\u200D",
	"\uFE0F"};

static const char *const chat[] = {
	":)",     ":))))",  "=))",    "T_T",  ":v",    "^^",    "<3",
	"đẹpppp", "quáaaa", "gooood", "ko",   "k",     "a",     "VF8",
	"e",      "IPHONE", "don’t",  "12,5", "10:30", "@shop", "#giá_rẻ",
};

static const char *const addresses[] = {
	"https://a.vn/x?y=1.",
	"www.shop.vn",
	"http://",
	"www.",
	"a@b.vn",
	"0912.345.678",
	"+84 912 345 678",
	"1.000.000đ",
	"user-friendly",
};

static const char *const punctuation[] = {
	"!!!", "...", "?", ",", ";", ":", "\n", "\t", "…",
	"\"",  "(",   ")", "-", "/", "_", "#",  "@",  "'",
};

static const char *const right_to_left[] = {
	"سيارة",        "جميلة",  "שלום", override_left,
	override_right, "\u200F", "؟",    "،",
	"123",          "ﷺ",      "ﷲ"};

static const char *const marks[] = {
	"\u0300", "\u0301", "\u0302", "\u0303", "\u0306", "\u0309", "\u031B",
	"\u0323", "\u0345", "\u20DD", "\u0E31", "\u064B", "\u1161", "\u11A8",
	"\u3099", "\u0F73", "\u0308", "\u030A", "\u030C", "\u0331"};

static const char *const bases[] = {"a", "e", "o", "U",  "đ",  "ư",
									"J", "T", "İ", "か", "ᄀ", "가",
									"ا", " ", "1", "Ϋ",  "y",  "a\u200D"};

/* --- drawing --- */

/* splitmix64 */
static uint64
next(RandomSource *source)
{
	uint64 z = source->state += UINT64CONST(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

uint32
random_below(RandomSource *source, uint32 limit)
{
	return (uint32) ((next(source) >> 32) * limit >> 32);
}

static uint32
draw(Draft *draft, uint32 limit)
{
	return random_below(draft->source, limit);
}

#define DRAW_FROM(draft, list) ((list)[draw(draft, lengthof(list))])

static void
put(Draft *draft, const char *unit)
{
	size_t length = Min(strlen(unit), UNIT_BYTES);

	memcpy(draft->to, unit, length);
	draft->to += length;
}

/* --- kinds --- */

/* Any code point but NUL: assigned or not, surrogates as their bytes. */
static void
put_code_point(Draft *draft)
{
	static const uint32 planes[] = {0x80,    0x250,   0x2000,  0x3000,
									0x10000, 0x20000, 0x110000};
	uint32 c = 1 + draw(draft, DRAW_FROM(draft, planes) - 1);

	if (c >= 0xD800 && c < 0xE000)
	{
		*draft->to++ = (char) 0xED;
		*draft->to++ = (char) (0x80 | (c >> 6 & 0x3F));
		*draft->to++ = (char) (0x80 | (c & 0x3F));
	}
	else
		draft->to += utf8proc_encode_char((utf8proc_int32_t) c,
										  (utf8proc_uint8_t *) draft->to);
}

static void
put_byte(Draft *draft)
{
	*draft->to++ = (char) (1 + draw(draft, 255));
}

static void
put_word(Draft *draft)
{
	put(draft, draft->words[draw(draft, (uint32) draft->word_count)]);
	put(draft, draw(draft, 8) == 0 ? ", " : " ");
}

static void
put_chat(Draft *draft)
{
	switch (draw(draft, 10))
	{
		case 0:
			put(draft, DRAW_FROM(draft, emoji));
			break;
		case 1:
			put(draft, DRAW_FROM(draft, addresses));
			break;
		case 2:
		case 3:
			put(draft, DRAW_FROM(draft, punctuation));
			break;
		case 4:
		case 5:
			put(draft, DRAW_FROM(draft, chat));
			break;
		default:
			put_word(draft);
			break;
	}
	if (draw(draft, 2) == 0)
		put(draft, " ");
}

static void
put_emoji(Draft *draft)
{
	put(draft, DRAW_FROM(draft, emoji));
}

static void
put_right_to_left(Draft *draft)
{
	put(draft, DRAW_FROM(draft, right_to_left));
	if (draw(draft, 2) == 0)
		put(draft, " ");
}

static void
put_marks(Draft *draft)
{
	put(draft, DRAW_FROM(draft, bases));
	for (uint32 i = draw(draft, 10); i > 0; i--)
		put(draft, DRAW_FROM(draft, marks));
}

static void
put_mixture(Draft *draft)
{
	switch (draw(draft, 6))
	{
		case 0:
			put_code_point(draft);
			break;
		case 1:
			put_byte(draft);
			break;
		case 2:
			put_marks(draft);
			break;
		default:
			put_chat(draft);
			break;
	}
}

static void
put_repeated(Draft *draft)
{
	const char *word = draft->words[draw(draft, (uint32) draft->word_count)];
	const char *gap = draw(draft, 2) == 0 ? " " : "";

	while (draft->to < draft->end)
	{
		put(draft, word);
		put(draft, gap);
	}
}

void
random_text(RandomSource *source, const char *const *words, int word_count,
			size_t bytes, char *to)
{
	static void (*const kinds[])(Draft *) = {
		put_code_point, put_byte,  put_word,     put_chat,         put_chat,
		put_chat,       put_emoji, put_marks,    put_mixture,      put_mixture,
		put_word,       put_word,  put_repeated, put_right_to_left};
	Draft draft = {source, words, word_count, to, to + bytes};
	void (*kind)(Draft *) = kinds[random_below(source, lengthof(kinds))];

	*to = '\0';
	while (draft.to < draft.end)
		kind(&draft);
	*draft.to = '\0';
}

void
repeat_text(const char *unit, size_t bytes, char *to)
{
	size_t length = strlen(unit);

	for (size_t i = 0; i < bytes; i++)
		to[i] = unit[i % length];
	to[bytes] = '\0';
}
