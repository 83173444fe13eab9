/*-------------------------------------------------------------------------
 *
 * text_scan_symbols.c
 *	  Addresses, emoji and emoticons of a text, while it is scanned.
 *
 * None of them leaves bytes in the clean text; emoji and emoticons are tokens
 * without length.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/text_scan_state.h"

#define ZERO_WIDTH_JOINER 0x200D

/* --- addresses --- */

/* The bytes of "http://", "https://" or "www." there; 0: none of them. */
static int
address_prefix(const Scan *scan)
{
	static const char *const prefixes[] = {"http://", "https://", "www."};

	for (int i = 0; i < lengthof(prefixes); i++)
	{
		int length = (int) strlen(prefixes[i]);
		int same = 0;

		if (scan->end - scan->at <= length)
			continue;
		while (same < length && ascii_lower((unsigned char) scan->at[same]) ==
									(unsigned char) prefixes[i][same])
			same++;
		if (same == length && is_word_at(scan, scan->at + length))
			return length;
	}
	return 0;
}

static bool
ends_address(const Scan *scan, const char *at, int *bytes)
{
	uint8 class = class_at(scan, at, bytes);

	if ((*at & 0x80) == 0)
		return class == CHARACTER_SPACE || class == CHARACTER_LINE ||
			   strchr("<>\"", *at) != NULL;
	return (class & CHARACTER_WORD) == 0;
}

/* Pass over an address, but for the marks at its end. */
bool
scan_address(Scan *scan)
{
	int bytes = address_prefix(scan);
	const char *at = scan->at + bytes;

	if (bytes == 0)
		return false;
	while (at < scan->end && !ends_address(scan, at, &bytes))
		at += bytes;
	while (strchr(".,!?;:)]}'*", at[-1]) != NULL)
		at--;
	scan->at = at;
	leave_out(scan);
	return true;
}

/* --- emoji --- */

/*
 * An emoji belongs to the sentence that it follows on its line, and shares
 * the marks at its end; the boundary is before the word that comes next.
 */
static void
add_emoji(Scan *scan, WordId word)
{
	uint32 place = (uint32) (scan->to - scan->buffer->data);
	Token *token;

	scan_settle_marks(scan);
	token = text_buffer_add_token(scan->buffer);
	*token = (Token){place, place, word, TOKEN_EMOJI, BOUNDARY_NONE, 0, 0};
	if (scan->line_broken)
	{
		token->boundary = scan->boundary;
		scan->boundary = BOUNDARY_NONE;
		scan->line_broken = false;
		scan->exclamations = scan->questions = 0;
	}
	scan->summary->emoji++;
	leave_out(scan);
}

bool
scan_emoticon(Scan *scan)
{
	WordId word;
	size_t bytes;

	if (scan->dictionary == NULL)
		return false;
	bytes = emoticons_match(&scan->dictionary->emoticons, scan->begin,
							scan->at, scan->end, &word);
	if (bytes == 0)
		return false;
	scan->at += bytes;
	add_emoji(scan, word);
	return true;
}

/* Pass over what changes the emoji before it, or is joined to it. */
static void
skip_emoji_sequence(Scan *scan)
{
	int32 character;
	int bytes;
	int next_bytes;

	while ((bytes = character_decode(scan->at, scan->end, &character)) > 0 &&
		   character_class(character) == CHARACTER_DROPPED)
	{
		scan->at += bytes;
		if (character == ZERO_WIDTH_JOINER &&
			class_at(scan, scan->at, &next_bytes) == CHARACTER_EMOJI)
			scan->at += next_bytes;
	}
}

void
scan_emoji(Scan *scan, int bytes)
{
	WordId word = NO_WORD;

	if (scan->dictionary != NULL)
		word =
			word_table_find(&scan->dictionary->words, scan->at, bytes)->word;
	scan->at += bytes;
	add_emoji(scan, word);
	skip_emoji_sequence(scan);
}
