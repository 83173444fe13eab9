/*-------------------------------------------------------------------------
 *
 * text_scan_state.h
 *	  Where a scan stands, for the files that it is made of.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_TEXT_SCAN_STATE_H
#define ANALYTICS_TEXT_SCAN_STATE_H

#include "analysis/characters.h"
#include "analysis/text_scan.h"

typedef struct Scan
{
	const Dictionary *dictionary;
	const char *begin;
	const char *at;
	const char *end;
	bool is_normal;
	bool must_normalise; /* and all of this was in vain */
	TextBuffer *buffer;
	ScanSummary *summary;
	char *start; /* of this text in the buffer */
	char *to;
	int first_token;
	/* since the last token */
	bool space_pending;
	bool left_out; /* something was, right here */
	bool line_broken;
	bool in_hashtag;
	uint8 boundary;
	uint8 exclamations;
	uint8 questions;
} Scan;

/* Class of the character there, which need not be valid; 0 at the end. */
static inline uint8
class_at(const Scan *scan, const char *at, int *bytes)
{
	int32 character;

	*bytes = 1;
	if (at >= scan->end)
		return 0;
	if ((*at & 0x80) == 0)
		return ascii_class[(unsigned char) *at];
	*bytes = character_decode(at, scan->end, &character);
	return *bytes == 0 ? 0 : character_class(character);
}

static inline bool
is_word_at(const Scan *scan, const char *at)
{
	int bytes;

	return (class_at(scan, at, &bytes) & CHARACTER_WORD) != 0;
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
between_digits(const Scan *scan, const char *at)
{
	return at > scan->begin && is_digit(at[-1]) && at + 1 < scan->end &&
		   is_digit(at[1]);
}

/* White space counts once, and not at the start. */
static inline void
pend_space(Scan *scan)
{
	scan->space_pending = scan->to > scan->start;
}

static inline void
put_pending_space(Scan *scan)
{
	if (scan->space_pending)
		*scan->to++ = ' ';
	scan->space_pending = false;
	scan->left_out = false;
}

/* The words around what is left out stay apart. */
static inline void
leave_out(Scan *scan)
{
	scan->left_out = true;
	scan->in_hashtag = false;
	pend_space(scan);
}

/* Tell the last token what marks followed it. */
extern void scan_settle_marks(Scan *scan);

/* Each of these passes over what it finds; false, or nothing: not found. */

/* The word there, which begins with a letter or digit. */
extern void scan_word(Scan *scan);

/* An address: "http://", "https://" or "www." */
extern bool scan_address(Scan *scan);

/* One of the rules' emoticons. */
extern bool scan_emoticon(Scan *scan);

/* The emoji of so many bytes, and what is joined to it. */
extern void scan_emoji(Scan *scan, int bytes);

static inline bool
may_be_emoticon(const Scan *scan)
{
	return scan->dictionary != NULL &&
		   scan->dictionary->emoticons.starts[(unsigned char) *scan->at];
}

#endif /* ANALYTICS_TEXT_SCAN_STATE_H */
