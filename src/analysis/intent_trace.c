/*-------------------------------------------------------------------------
 *
 * intent_trace.c
 *	  Where intent patterns matched, for those who look for the reason.
 *
 * Where matches start costs too much to ask for in every post, so each
 * candidate looks at its window once more, compiled so as to tell.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/intent_matcher.h"

#define FIRST_ROOM 16

/* A match within a window, in bytes of what was scanned. */
typedef struct Span
{
	uint32 start;
	uint32 end;
} Span;

/* What a look at a window found: the leftmost match, the longest of these. */
typedef struct Look
{
	const PlaceSet *cancelled; /* NULL: nothing is */
	Span best;
	bool is_any;
	bool is_cancelled; /* best is */
} Look;

/* Matches that count go before cancelled ones. */
static int
keep_best(unsigned int id, unsigned long long from, unsigned long long to,
		  unsigned int flags, void *context)
{
	Look *look = context;
	bool is_cancelled =
		look->cancelled != NULL && has_place(look->cancelled, to);
	bool is_better;

	if (!look->is_any)
		is_better = true;
	else if (is_cancelled != look->is_cancelled)
		is_better = !is_cancelled;
	else
		is_better = from < look->best.start ||
					(from == look->best.start && to > look->best.end);
	if (is_better)
	{
		look->best.start = (uint32) from;
		look->best.end = (uint32) to;
		look->is_cancelled = is_cancelled;
	}
	look->is_any = true;
	return 0;
}

static Look
look_at_window(IntentMatcher *matcher, const Window *window, int rule)
{
	const hs_database_t *database =
		intent_compiled(matcher, window->spelling, rule, true);
	Look look = {0};

	look.cancelled =
		intent_cancelled(matcher, window, matcher->rules[rule].intent);
	if (database != NULL)
		hs_scan(database, window->data, window->length, 0, matcher->scratch,
				keep_best, &look);
	return look;
}

/* Bytes of the first `count` characters. */
static uint32
bytes_of(const char *data, uint32 length, uint32 count)
{
	uint32 at = 0;

	while (at < length && count-- > 0)
	{
		at++;
		while (at < length && ((unsigned char) data[at] & 0xC0) == 0x80)
			at++;
	}
	return at;
}

static uint32
characters_of(const char *data, uint32 length)
{
	uint32 count = 0;

	for (uint32 i = 0; i < length; i++)
		if (((unsigned char) data[i] & 0xC0) != 0x80)
			count++;
	return count;
}

/* Folding keeps the number of characters, though not of bytes. */
static uint32
place_in_text(const CleanText *text, const Window *window, uint32 place)
{
	const char *original = text->data + window->start;

	if (window->data == original)
		return window->start + place;
	return window->start + bytes_of(original, window->end - window->start,
									characters_of(window->data, place));
}

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == ',' || byte == ';' || byte == ':' ||
		   byte == '.' || byte == '!' || byte == '?';
}

/* A pattern may take the blank beside a word to see where the word ends. */
static void
trim(const CleanText *text, IntentMatch *match)
{
	while (match->end > match->start + 1 &&
		   is_blank(text->data[match->end - 1]))
		match->end--;
	while (match->start + 1 < match->end && is_blank(text->data[match->start]))
		match->start++;
}

static void
append_match(IntentMatches *trace, const IntentMatch *match)
{
	bool is_full =
		trace->count >= FIRST_ROOM && (trace->count & (trace->count - 1)) == 0;

	if (trace->match == NULL)
		trace->match = palloc(FIRST_ROOM * sizeof(IntentMatch));
	else if (is_full)
		trace->match = repalloc_huge(trace->match, (Size) trace->count * 2 *
													   sizeof(IntentMatch));
	trace->match[trace->count++] = *match;
}

/* One match of a rule for each sentence: the first that counts. */
static void
add_match(IntentMatches *trace, int first, const IntentMatch *match)
{
	for (int i = first; i < trace->count; i++)
	{
		IntentMatch *earlier = &trace->match[i];

		if (earlier->pattern != match->pattern)
			continue;
		if (earlier->is_cancelled && !match->is_cancelled)
			*earlier = *match;
		return;
	}
	append_match(trace, match);
}

void
intent_trace_window(IntentMatcher *matcher, const CleanText *text,
					const Window *window, IntentMatches *trace, int first)
{
	if (trace->count >= TRACE_MAX_MATCHES || matcher->trace_runs >= MAX_RUNS)
		return;
	for (int i = 0; i < matcher->candidate_count; i++)
	{
		int rule = matcher->candidates[i];
		IntentMatch match = {0};
		Look look;

		if (matcher->rules[rule].is_exception)
			continue;
		matcher->trace_runs++;
		look = look_at_window(matcher, window, rule);
		if (!look.is_any)
			continue;
		match.pattern = rule;
		match.start = place_in_text(text, window, look.best.start);
		match.end = place_in_text(text, window, look.best.end);
		match.is_cancelled = look.is_cancelled;
		trim(text, &match);
		add_match(trace, first, &match);
	}
}
