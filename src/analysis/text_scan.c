/*-------------------------------------------------------------------------
 *
 * text_scan.c
 *	  One pass over a text: clean bytes and tokens out of what was written.
 *
 * The hot path of the analysis.  A character is looked at once: a word is
 * copied in lower case, looked up, and becomes a token; white space is
 * folded; addresses, emoji and emoticons are left out of the bytes.  Whether
 * a text is in normal form is found out on the way, from the first character
 * that may not be.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/text_scan_state.h"

#define ELLIPSIS 0x2026
#define ARABIC_QUESTION 0x061F

/* As many ! or ? are counted. */
#define MOST_MARKS 3

/* --- what is written --- */

/* Of a word or, beyond ASCII, most probably so. */
static inline bool
is_word_byte(char c)
{
	return (c & 0x80) != 0 ||
		   (ascii_class[(unsigned char) c] & CHARACTER_WORD) != 0;
}

/* A mark that ends something goes to the word before what was left out. */
static void
end_words(Scan *scan, uint8 boundary)
{
	if (scan->left_out)
		scan->space_pending = false;
	if (boundary > scan->boundary)
		scan->boundary = boundary;
}

static void
put_bytes(Scan *scan, const char *bytes, int length)
{
	put_pending_space(scan);
	memcpy(scan->to, bytes, length);
	scan->to += length;
	scan->in_hashtag = false;
}

/* --- marks --- */

void
scan_settle_marks(Scan *scan)
{
	Token *last;

	if (scan->buffer->token_count == scan->first_token)
		return;
	last = &scan->buffer->tokens[scan->buffer->token_count - 1];
	last->exclamations = scan->exclamations;
	last->questions = scan->questions;
}

static void
scan_space(Scan *scan, bool is_line, int bytes)
{
	pend_space(scan);
	scan->in_hashtag = false;
	scan->at += bytes;
	if (is_line)
	{
		scan->boundary = Max(scan->boundary, BOUNDARY_SENTENCE);
		scan->line_broken = true;
	}
}

/*
 * "#word" becomes a word of its own, its underscores spaces; of "@name" the
 * name is left.  False: it is a mark like others.
 */
static bool
scan_name_mark(Scan *scan)
{
	switch (*scan->at)
	{
		case '#':
			if (!is_word_at(scan, scan->at + 1))
				return false;
			scan->in_hashtag = true;
			scan->summary->hashtags++;
			if (scan->to > scan->start && is_word_byte(scan->to[-1]))
				pend_space(scan);
			break;
		case '@':
			if (!is_word_at(scan, scan->at + 1) ||
				(scan->at > scan->begin && is_word_byte(scan->at[-1])))
				return false;
			break;
		case '_':
			if (!scan->in_hashtag)
				return false;
			pend_space(scan);
			break;
		default:
			return false;
	}
	scan->at++;
	return true;
}

static void
count_mark(Scan *scan, int32 mark)
{
	if (mark == '!')
		scan->exclamations = Min(scan->exclamations + 1, MOST_MARKS);
	else if (mark == '?' || mark == ARABIC_QUESTION)
		scan->questions = Min(scan->questions + 1, MOST_MARKS);
}

/* A character of ASCII that is no part of a word. */
static void
scan_mark(Scan *scan)
{
	unsigned char c = (unsigned char) *scan->at;
	uint8 class = ascii_class[c];

	if (class == CHARACTER_SPACE || class == CHARACTER_LINE)
	{
		scan_space(scan, class == CHARACTER_LINE, 1);
		return;
	}
	if ((may_be_emoticon(scan) && scan_emoticon(scan)) || scan_name_mark(scan))
		return;
	if (class == CHARACTER_SENTENCE)
		end_words(scan, BOUNDARY_SENTENCE);
	else if (class == CHARACTER_CLAUSE &&
			 !(c == ':' && between_digits(scan, scan->at)))
		end_words(scan, BOUNDARY_CLAUSE);
	count_mark(scan, c);
	put_bytes(scan, scan->at, 1);
	scan->at++;
}

/* Likewise, of other characters. */
static void
scan_other_mark(Scan *scan, uint8 class, int32 character, int bytes)
{
	if (class == CHARACTER_SENTENCE)
		end_words(scan, BOUNDARY_SENTENCE);
	else if (class == CHARACTER_CLAUSE)
		end_words(scan, BOUNDARY_CLAUSE);
	count_mark(scan, character);
	if (character == ELLIPSIS)
		put_bytes(scan, "...", 3);
	else
		put_bytes(scan, scan->at, bytes);
	scan->at += bytes;
}

/* --- the pass --- */

static void
scan_other(Scan *scan)
{
	int32 character;
	int bytes = character_decode(scan->at, scan->end, &character);
	uint8 class = bytes == 0 ? CHARACTER_UNSTABLE : character_class(character);

	if ((class & CHARACTER_UNSTABLE) != 0 && !scan->is_normal)
		scan->must_normalise = true;
	else if (may_be_emoticon(scan) && scan_emoticon(scan))
		return;
	else if (class & CHARACTER_WORD)
		scan_word(scan);
	else if (class == CHARACTER_EMOJI)
		scan_emoji(scan, bytes);
	else if (class == CHARACTER_SPACE || class == CHARACTER_LINE)
		scan_space(scan, class == CHARACTER_LINE, bytes);
	else if (class == CHARACTER_DROPPED)
		scan->at += bytes;
	else
		scan_other_mark(scan, class & CHARACTER_KIND, character, bytes);
}

/* A letter, or what only begins like a word. */
static inline void
scan_letter(Scan *scan)
{
	unsigned char first = ascii_lower((unsigned char) *scan->at);

	if ((first == 'h' || first == 'w') && scan_address(scan))
		return;
	if (may_be_emoticon(scan) && scan_emoticon(scan))
		return;
	scan_word(scan);
}

bool
text_scan(const Dictionary *dictionary, const char *text, size_t length,
		  bool is_normal, TextBuffer *buffer, ScanSummary *summary)
{
	Scan scan = {.dictionary = dictionary,
				 .begin = text,
				 .at = text,
				 .end = text + length,
				 .is_normal = is_normal,
				 .buffer = buffer,
				 .summary = summary,
				 .start = buffer->data + buffer->length,
				 .to = buffer->data + buffer->length,
				 .first_token = buffer->token_count,
				 .line_broken = true,
				 .boundary = BOUNDARY_PART};
	int bytes;

	memset(summary, 0, sizeof(*summary));
	while (scan.at < scan.end && !scan.must_normalise)
	{
		unsigned char c = (unsigned char) *scan.at;

		if (c >= 0x80)
		{
			if (latin_letter(scan.at, &bytes)->class != 0)
				scan_letter(&scan);
			else
				scan_other(&scan);
		}
		else if (ascii_class[c] & CHARACTER_WORD)
			scan_letter(&scan);
		else
			scan_mark(&scan);
	}
	if (scan.must_normalise)
	{
		buffer->token_count = scan.first_token;
		return false;
	}
	scan_settle_marks(&scan);
	buffer->length = scan.to - buffer->data;
	return true;
}
