/*-------------------------------------------------------------------------
 *
 * text_test.c
 *	  What was written becomes clean text, tokens and signals.
 *
 * Prints TAP; needs no server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdio.h>

#include "analysis/text.h"

/* postgres.h replaces them by those of the server's library */
#undef printf
#undef snprintf

static int tests = 0;
static int failures = 0;

static Dictionary *dictionary;

static const SentimentTermRule sentiments[] = {
	{"đẹp", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.6, 1},
	{"tốt", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.6, 1},
	{"sản phẩm tốt", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.6, 1},
	{"quá", ROLE_INTENSIFIER, LANGUAGE_VIETNAMESE, 0, 1.5},
	{"nhiều", ROLE_INTENSIFIER, LANGUAGE_VIETNAMESE, 0, 1.5},
	{"good", ROLE_TERM, LANGUAGE_ENGLISH, 0.6, 1},
	{"happy", ROLE_TERM, LANGUAGE_ENGLISH, 0.6, 1},
	{"so", ROLE_INTENSIFIER, LANGUAGE_ENGLISH, 0, 1.2},
	{"don't", ROLE_NEGATOR, LANGUAGE_ENGLISH, 0, 1},
	{"ok", ROLE_TERM, LANGUAGE_ANY, 0.4, 1},
	{"khỏe", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.4, 1},
	{"quý", ROLE_TERM, LANGUAGE_VIETNAMESE, 0.4, 1},
	{"hmmm", ROLE_TERM, LANGUAGE_ANY, -0.1, 1},
	{"e ngại", ROLE_TERM, LANGUAGE_VIETNAMESE, -0.4, 1},
	{"a lot", ROLE_INTENSIFIER, LANGUAGE_ENGLISH, 0, 1.2},
	{":)", ROLE_TERM, LANGUAGE_ANY, 0.4, 1},
	{":))", ROLE_TERM, LANGUAGE_ANY, 0.5, 1},
	{":D", ROLE_TERM, LANGUAGE_ANY, 0.5, 1},
	{":v", ROLE_TERM, LANGUAGE_ANY, 0.1, 1},
	{":3", ROLE_TERM, LANGUAGE_ANY, 0.3, 1},
	{":/", ROLE_TERM, LANGUAGE_ANY, -0.3, 1},
	{":(", ROLE_TERM, LANGUAGE_ANY, -0.4, 1},
	{"<3", ROLE_TERM, LANGUAGE_ANY, 0.7, 1},
	{"t_t", ROLE_TERM, LANGUAGE_ANY, -0.4, 1},
	{"^^", ROLE_TERM, LANGUAGE_ANY, 0.4, 1},
	{"😍", ROLE_TERM, LANGUAGE_ANY, 0.8, 1},
	{"❤️", ROLE_TERM, LANGUAGE_ANY, 0.7, 1},
};

static const SlangRule slang[] = {
	{"ko", "không", false},
	{"k", "không", false},
	{"a", "anh", false},
	{"e", "em", false},
	{"ae", "anh em", false},
	{"thì ml", "thì", false},
	{"đc", "được", false},
	{"sp", "sản phẩm", false},
	{"u", "you", true},
	{"gr8", "great", true},
	{"idk", "i don't know", true},
};

static const StopWordRule stop_words[] = {
	{"và", false},  {"của", false}, {"được", false}, {"không", false},
	{"cho", false}, {"này", false}, {"the", true},   {"is", true},
	{"and", true},  {"this", true}, {"with", true},  {"i", true},
};

static const TextSettings settings = {
	.min_length = 10, .max_bytes = 1000000, .max_comments = 5};

static void
ok(bool passed, const char *name)
{
	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, name);
}

static void
is_text(const char *got, const char *expected, const char *name)
{
	ok(strcmp(got, expected) == 0, name);
	if (strcmp(got, expected) != 0)
		printf("# got      \"%s\"\n# expected \"%s\"\n", got, expected);
}

static void
is_number(double got, double expected, const char *name)
{
	bool same = got - expected < 1e-9 && expected - got < 1e-9;

	ok(same, name);
	if (!same)
		printf("# got      %.10g\n# expected %.10g\n", got, expected);
}

/* --- what the tests are made of --- */

static CleanText
prepare_all(const char *transcription, const char *caption)
{
	PostText post = {(char *) transcription, (char *) caption, NULL, 0};
	CleanText text;

	text_prepare(&settings, dictionary, &post, &text);
	return text;
}

static CleanText
prepare(const char *caption)
{
	return prepare_all(NULL, caption);
}

static void
cleans_to(const char *caption, const char *expected, const char *name)
{
	is_text(prepare(caption).data, expected, name);
}

static char *
quote(const char *text, const char *suffix)
{
	size_t size = strlen(text) + strlen(suffix) + 3;
	char *quoted = palloc(size);

	snprintf(quoted, size, "%s%s ", text, suffix);
	return quoted;
}

static char *
append(char *list, const char *item)
{
	size_t length = strlen(list);
	size_t item_length = strlen(item);

	list = repalloc(list, length + item_length + 1);
	memcpy(list + length, item, item_length + 1);
	return list;
}

/*
 * The tokens as a list: an emoji is "*", a boundary before a token "," or
 * "|" or "||".
 */
static char *
tokens_of(const CleanText *text)
{
	static const char *const boundaries[] = {"", ", ", "| ", "|| "};
	char *list = pstrdup("");

	for (int i = 0; i < text->token_count; i++)
	{
		const Token *token = &text->tokens[i];
		char *word =
			pnstrdup(text->data + token->start, token->end - token->start);

		list = append(list, boundaries[token->boundary]);
		list =
			append(list, quote(token->flags & TOKEN_EMOJI ? "*" : word, ""));
	}
	if (list[0] != '\0')
		list[strlen(list) - 1] = '\0';
	return list;
}

static void
tokens_are(const char *caption, const char *expected, const char *name)
{
	CleanText text = prepare(caption);

	is_text(tokens_of(&text), expected, name);
}

/* The flags of a token. */
static int
flags_of(const char *caption, int token)
{
	CleanText text = prepare(caption);

	return token < text.token_count ? text.tokens[token].flags : -1;
}

static char *
sentences_of(const char *caption)
{
	CleanText text = prepare(caption);
	char *list = pstrdup("");

	for (int i = 0; i < text.sentence_count; i++)
	{
		const Sentence *sentence = &text.sentences[i];
		char *bytes = pnstrdup(text.data + sentence->start,
							   sentence->end - sentence->start);

		list = append(list, quote(bytes, "/"));
	}
	return list;
}

/* "vi", "unsigned", "en" or "". */
static const char *
language_of(const char *caption)
{
	CleanText text = prepare(caption);

	if (text.part_count == 0)
		return "no part";
	return text.parts[0].is_vietnamese ? "vi"
		   : text.parts[0].is_unsigned ? "unsigned"
		   : text.parts[0].is_english  ? "en"
									   : "";
}

/* --- tests --- */

static void
parts(void)
{
	PostComment comments[] = {
		{"thứ ba!", 3},    {"thứ nhất", 9},      {"   ", 100},
		{"thứ nhì", 9},    {"không còn chỗ", 1}, {"thứ tư", 2},
		{"thứ năm...", 1}, {NULL, 50},
	};
	PostText post = {" Lời nói. ", "Chú thích!?\n", comments,
					 lengthof(comments)};
	CleanText text;

	text_prepare(&settings, dictionary, &post, &text);
	is_text(text.data,
			"lời nói. chú thích. thứ nhất. thứ nhì. thứ ba. thứ tư. không "
			"còn chỗ",
			"parts are trimmed and joined, comments by likes");
	is_number(text.part_count, 7, "a part for each");
	is_number(text.author_parts, 2, "two of the author");
	is_number(text.author_length, 18, "length of the author's text");
	is_number(text.total_length, text_characters(&text, text.length),
			  "length of all");
	ok(text.has_transcription, "has a transcription");
	ok(text.parts[2].source == SOURCE_COMMENT &&
		   strncmp(text.data + text.parts[2].start, "thứ nhất",
				   text.parts[2].end - text.parts[2].start) == 0,
	   "a part knows its place");
	ok(text.tokens[text.parts[1].first_token].boundary == BOUNDARY_PART,
	   "a part begins with its boundary");

	text = prepare_all("", "  \n ");
	is_number(text.part_count, 0, "blank texts make no part");
	is_text(text.data, "", "and no text");
	ok(text.is_too_short, "which is too short");
	text = prepare_all("😍", "đẹp lắm nhé");
	is_text(text.data, "đẹp lắm nhé", "emoji alone leave no separator");
	is_number(text.part_count, 2, "but are a part");
	text = prepare_all("đẹp lắm nhé", "... 😍!");
	is_text(text.data, "đẹp lắm nhé", "also behind a text");
	is_number(text.tokens[3].start, text.length, "and lie at its end");
}

static void
normalising(void)
{
	cleans_to("  Xin\t CHÀO \r\n bạn ", "xin chào bạn",
			  "white space and case are folded");
	cleans_to("ĐẸP QUÁ ỨNG Ỹ", "đẹp quá ứng ỹ", "Vietnamese capitals");
	cleans_to("e\xCC\xA3\xCC\x82 Đe\xCC\xA3p", "ệ đẹp",
			  "combining marks are composed");
	cleans_to("Ｇｉá ﬁne ①", "giá fine 1", "compatibility characters");
	cleans_to("x\xFF\xFE b\xC3", "x\xEF\xBF\xBD b\xEF\xBF\xBD",
			  "invalid bytes become U+FFFD");
	cleans_to("zero\xE2\x80\x8Bwidth\xE2\x80\x8F x\xC2\xADy", "zerowidth xy",
			  "invisible characters are dropped");
	cleans_to("这个手机很好用。とても 좋아요", "这个手机很好用。とても 좋아요",
			  "Chinese, Japanese and Korean stay");
	cleans_to("สวยมาก جميل ПРИВЕТ ΣΟΦΙΑ", "สวยมาก جميل привет σοφια",
			  "other scripts stay, in lower case");
	cleans_to("T\xCC\x88 J\xCC\x8C", "\xE1\xBA\x97 \xC7\xB0",
			  "what composes in lower case only is composed");
	cleans_to("chờ… mãi", "chờ... mãi", "an ellipsis is three dots");
	cleans_to("x\x01\x02 y\x7Fz", "x y z", "control characters are space");
	cleans_to("giá\xC2\xA0rẻ", "giá rẻ", "a no-break space is space");
	cleans_to("!!!", "", "marks alone are nothing");
}

static void
leaving_out(void)
{
	cleans_to("xem https://shop.vn/a?b=1. Đẹp", "xem. đẹp", "an address");
	cleans_to("HTTP://A.VN www.shop.vn/x xong", "xong", "with www., too");
	cleans_to("whttp http:// ww.x", "whttp http:// ww.x",
			  "what only looks like one");
	cleans_to("đẹp😍quá 👍🏽 nhé 😍, ừ", "đẹp quá nhé, ừ",
			  "emoji");
	cleans_to("nhà 👨‍👩‍👧 🇻🇳 1️⃣ ❤️", "nhà 1",
			  "sequences, flags, keycaps");
	cleans_to("#MuaNgay #giá_rẻ_quá @shop abc@d.vn",
			  "muangay giá rẻ quá shop abc@d.vn", "marks of names");
	cleans_to("x#y # z", "x y # z", "a hashtag begins a word");
	cleans_to("bán iPhone™ mới", "bán iphone mới", "a trade mark sign");
	tokens_are("đẹp 😍👍🏽 ❤️‍🔥!", "|| đẹp * * *",
			   "emoji are tokens, sequences one");
	tokens_are("Đẹp! 😍 Giá", "|| đẹp * | giá",
			   "an emoji belongs to what precedes it");
	tokens_are("Đẹp!\n✅ Giá", "|| đẹp | * giá", "but not at a line's start");
}

static void
emoticons(void)
{
	cleans_to("vui :) quá", "vui quá", "an emoticon is left out");
	cleans_to("vui:))))))) quá :D", "vui quá", "with its repetitions");
	tokens_are("đẹp:v nhé T_T", "|| đẹp * nhé *", "case does not matter");
	cleans_to("lúc 10:30 và 8:3", "lúc 10:30 và 8:3", "a time is none");
	cleans_to("ghi chú:vui lòng", "ghi chú:vui lòng", "nor part of a word");
	cleans_to("chú ý:(xem hình)", "chú ý:(xem hình)", "nor a bracket");
	cleans_to("tải ftp://x.vn", "tải ftp://x.vn", "nor part of an address");
	cleans_to("dưới <30k", "dưới <30k", "nor part of a number");
	cleans_to("yêu <3333 ^^^^", "yêu", "a run of the last character");
	is_number(prepare(":) :D 😍 x").emoji_count, 3, "they count as emoji");
}

static void
tokens(void)
{
	tokens_are("user-friendly (tốt) \"đẹp\"", "|| user friendly tốt đẹp",
			   "hyphens and brackets separate");
	tokens_are("Don’t, can't; 'x' o'clock", "|| don't , can't , x o'clock",
			   "apostrophes join");
	tokens_are("1.000.000đ 12,5 0912.345.678 5.Giao",
			   "|| 1.000.000đ 12,5 0912.345.678 5 | giao",
			   "numbers are one token");
	tokens_are("x. b, c! d\ny: f", "|| x | b , c | d | y , f", "boundaries");
	is_number(flags_of("iPhone", 0), 0, "a later capital is none");
	is_number(flags_of("Đẹp", 0), TOKEN_CAPITALISED, "capitalised");
	is_number(flags_of("ĐẸP", 0), TOKEN_CAPITALISED | TOKEN_ALL_CAPS,
			  "all capitals");
	is_number(flags_of("Ý", 0), TOKEN_CAPITALISED, "one letter is not all");
	is_number(flags_of("VF8", 0),
			  TOKEN_CAPITALISED | TOKEN_ALL_CAPS | TOKEN_HAS_DIGIT,
			  "with a digit");
	is_number(flags_of("1.000", 0), TOKEN_HAS_DIGIT | TOKEN_NUMBER,
			  "a number");
	is_number(flags_of("#đẹp", 0), TOKEN_HASHTAG, "a hashtag");
	{
		CleanText text = prepare("Đẹp quá!!!! 😍 Sao?? Ừ");

		ok(text.tokens[1].exclamations == 3 &&
			   text.tokens[2].exclamations == 3,
		   "exclamations count to three, an emoji shares them");
		ok(text.tokens[3].questions == 2 && text.tokens[3].exclamations == 0,
		   "question marks");
	}
	is_text(sentences_of("Đẹp. \"Tốt\"!  Giá\nrẻ 3.5 ok"),
			"đẹp./ \"tốt\"!/ giá/ rẻ 3.5 ok/ ", "sentences");
}

static void
repeated_letters(void)
{
	cleans_to("đẹppppp", "đẹp", "to one letter");
	cleans_to("gooood", "good", "to two letters");
	cleans_to("haaappppy", "happy", "to one and two letters");
	cleans_to("quáaaa quááá", "quá quá", "after a marked vowel");
	cleans_to("đẹpp okk quáa", "đẹp ok quá", "a doubled last letter");
	cleans_to("nhiềuuuu", "nhiều", "a diphthong");
	cleans_to("xyzzzzz", "xyz", "of a word that is not known");
	cleans_to("hmmm", "hmmm", "unless it is known so");
	cleans_to("10000", "10000", "not digits");
	cleans_to("zoo", "zoo", "a double letter stays");
	is_number(flags_of("đẹppp", 0), TOKEN_ELONGATED, "marked");
}

static void
slang_words(void)
{
	cleans_to("ko đẹp", "không đẹp", "a word");
	cleans_to("AE ơi, sp đc", "anh em ơi, sản phẩm được", "to two words");
	cleans_to("thì ml đẹp", "thì đẹp", "of two words");
	cleans_to("thì, ml đẹp", "thì, ml đẹp", "but not over a comma");
	cleans_to("a VF8 e SUV", "a vf8 e suv", "a letter beside a name");
	cleans_to("xe của e rất đẹp", "xe của em rất đẹp", "a letter");
	cleans_to("Vitamin E tốt", "vitamin e tốt", "a capital letter");
	cleans_to("đẹp k? Shop ơi", "đẹp không? shop ơi",
			  "beyond the sentence is no neighbour");
	cleans_to("Đẹp k nhỉ", "đẹp không nhỉ",
			  "a known word at the sentence's start is no name");
	cleans_to("hàng Toyota k đẹp", "hàng toyota k đẹp", "a name is");
	cleans_to("e ngại, e đẹp", "e ngại, em đẹp", "a term that only looks so");
	cleans_to("xyz a lot", "xyz a lot", "in English, too");
	cleans_to("this is gr8, idk", "this is great, i don't know",
			  "English in English");
	cleans_to("xe đẹp gr8", "xe đẹp gr8", "not in Vietnamese");
	cleans_to("this is the ko", "this is the ko", "nor the other way");
	cleans_to("kooooo đẹp", "không đẹp", "with repeated letters");
	is_number(flags_of("Ko đẹp", 0), TOKEN_SLANG | TOKEN_CAPITALISED,
			  "marked");
	tokens_are("ko! ae, đẹp 😍 k", "|| không | anh em , đẹp * không",
			   "boundaries stay");
}

static void
languages(void)
{
	is_text(language_of("xe này đẹp"), "vi", "marks");
	is_text(language_of("xe nay khong cho"), "unsigned", "no marks");
	is_text(language_of("san pham tot"), "unsigned", "words of a term");
	is_text(language_of("sp ko tot"), "unsigned", "slang");
	is_text(language_of("this is a car"), "en", "English");
	is_text(language_of("this is the café"), "en", "with a mark");
	is_text(language_of("VinFast"), "", "none");
	is_text(language_of("这个手机"), "", "another one");
}

static void
signals(void)
{
	CleanText text = prepare("#xe đẹp #tốt_lắm quá");

	is_number(text.hashtag_count, 2, "hashtags");
	is_number(text.word_count, 5, "words");
	is_number(text.hashtag_ratio, 0.4, "their ratio");
	is_number(prepare("đẹp   đẹp   ").reduction_ratio, 1 - 7.0 / 12.0,
			  "reduction");
	is_number(prepare("ko").reduction_ratio, 0, "never below zero");
	ok(prepare("123456789").is_too_short, "nine characters are too short");
	ok(!prepare("1234567890").is_too_short, "ten are not");
	ok(prepare("gọi 0912345678 nhé").has_phone, "a number");
	ok(prepare("0912.345.678").has_phone, "with dots");
	ok(prepare("sđt 09 1234 5678").has_phone, "with spaces");
	ok(prepare("(+84) 912-345-678").has_phone, "with the country code");
	ok(prepare("84912345678").has_phone, "without its plus");
	ok(prepare("01681234567").has_phone, "of eleven digits");
	ok(!prepare("đơn 0212345678").has_phone, "not another prefix");
	ok(!prepare("đơn 1009123456789").has_phone, "not in a longer number");
	ok(!prepare("09123456789").has_phone, "not with a digit more");
	ok(!prepare("ngày 08.12.2023 10:30").has_phone, "not a date");
	{
		PostComment comment = {"gọi 0912345678", 1};
		PostText post = {NULL, "xe đẹp", &comment, 1};

		text_prepare(&settings, dictionary, &post, &text);
		ok(!text.has_phone, "not one in a comment");
	}
}

static void
limits(void)
{
	TextSettings small = settings;
	PostText post = {"đẹp đẹp", "tốt", NULL, 0};
	CleanText text;

	small.max_bytes = 8;
	text_prepare(&small, dictionary, &post, &text);
	is_text(text.data, "đẹp", "only whole characters are read");
	ok(text.is_truncated, "and that is told");
	small.max_bytes = 13;
	text_prepare(&small, dictionary, &post, &text);
	is_text(text.data, "đẹp đẹp", "a part beyond the limit is left out");
	small.max_bytes = 13 + 5;
	text_prepare(&small, dictionary, &post, &text);
	ok(!text.is_truncated, "what just fits is not cut");
	small.max_comments = 0;
	post.comments = &(PostComment){"x", 1};
	post.comment_count = 1;
	text_prepare(&small, dictionary, &post, &text);
	is_number(text.part_count, 2, "no comments, if none are wanted");
}

static void
term_is(const char *term, const char *expected, int expected_words)
{
	int words;
	char *normalised = text_normalise_term(term, &words);

	is_text(normalised, expected, term);
	is_number(words, expected_words, "its words");
}

static void
terms(void)
{
	term_is("  Thiết   Kế ", "thiết kế", 2);
	term_is("user-friendly", "user friendly", 2);
	term_is(":-D", ":-d", 1);
	term_is("T_T", "t_t", 1);
	term_is("❤️", "❤", 1);
	term_is("Don’t", "don't", 1);
	term_is("24/7", "24 7", 2);
	term_is("khoẻ", "khỏe", 1);
	term_is("quý", "quý", 1);
	term_is(" ... ", "", 0);
	term_is("", "", 0);
	is_text(text_fold_term("đẹp ƯỢ ngỡ ngàng café"), "dep ƯỢ ngo ngang cafe",
			"a term without its marks");
	ok(dictionary_word(dictionary, "khoẻ", strlen("khoẻ")) != NO_WORD &&
		   prepare("khoẻ").tokens[0].word == prepare("khỏe").tokens[0].word,
	   "both places of the tone are one word");
}

int
main(void)
{
	DictionarySource source = {
		.sentiments = sentiments,
		.sentiment_count = lengthof(sentiments),
		.slang = slang,
		.slang_count = lengthof(slang),
		.stop_words = stop_words,
		.stop_word_count = lengthof(stop_words),
	};

	dictionary = dictionary_build(&source);
	parts();
	normalising();
	leaving_out();
	emoticons();
	tokens();
	repeated_letters();
	slang_words();
	languages();
	signals();
	limits();
	terms();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
