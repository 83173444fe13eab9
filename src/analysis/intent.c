/*-------------------------------------------------------------------------
 *
 * intent.c
 *	  Stage 2 of the analysis: what the author wants, by patterns.
 *
 * The author's sentences are looked at one by one, long ones in overlapping
 * windows.  The patterns that may match in a window (intent_matcher.h) are
 * run.  Where one matches, the exceptions of its intent are run: they cancel
 * the matches that end within their own.  Of the intents with a match left
 * the one with the highest priority is the post's.
 *
 * Nothing allocates while Vectorscan calls back: an error must not jump out
 * of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/intent_matcher.h"
#include "analysis/intent_pattern.h"

/* --- places --- */

bool
has_place(const PlaceSet *set, unsigned int place)
{
	return (set->word[place / 64] >> (place % 64)) & 1;
}

/* All places after `from`, up to and with `to`. */
static void
add_places(PlaceSet *set, unsigned int from, unsigned int to)
{
	for (unsigned int place = from + 1; place <= to; place++)
		set->word[place / 64] |= UINT64CONST(1) << (place % 64);
}

/* --- candidates --- */

static void
add_candidate(IntentMatcher *matcher, int rule)
{
	matcher->candidates[matcher->candidate_count++] = rule;
}

/* A literal was found: the rules that look for it are nearer to a match. */
static void
meet_literal(IntentMatcher *matcher, int literal)
{
	const PatternSet *set = matcher->set;

	for (int i = set->first_posting[literal];
		 i < set->first_posting[literal + 1]; i++)
	{
		int rule = set->postings[i].rule;
		uint8 met = matcher->met[rule];

		if (met == 0)
			matcher->touched[matcher->touched_count++] = rule;
		matcher->met[rule] |= set->postings[i].factor;
		if (matcher->met[rule] == set->factors[rule] &&
			matcher->met[rule] != met)
			add_candidate(matcher, rule);
	}
}

static int
note_literal(unsigned int literal, unsigned long long from,
			 unsigned long long to, unsigned int flags, void *context)
{
	meet_literal(context, (int) literal);
	return 0;
}

/* Vectorscan tells of matches in the order of their ends. */
static int
note_hit(unsigned int literal, unsigned long long from, unsigned long long to,
		 unsigned int flags, void *context)
{
	IntentMatcher *matcher = context;

	if (matcher->hit_count >= MAX_HITS)
	{
		matcher->has_hits = false;
		return 1;
	}
	matcher->hits[matcher->hit_count].literal = (int) literal;
	matcher->hits[matcher->hit_count++].end =
		matcher->hits_start + (uint32) to;
	return 0;
}

/* Of the part's literals, those that lie in the window. */
static void
meet_hits(IntentMatcher *matcher, const Window *window)
{
	const int *length = matcher->set->literal_length;

	while (matcher->next_hit < matcher->hit_count &&
		   matcher->hits[matcher->next_hit].end <= window->start)
		matcher->next_hit++;
	for (int i = matcher->next_hit; i < matcher->hit_count; i++)
	{
		const LiteralHit *hit = &matcher->hits[i];

		if (hit->end > window->end)
			break;
		if (hit->end >= window->start + length[hit->literal])
			meet_literal(matcher, hit->literal);
	}
}

static int
note_pattern(unsigned int rule, unsigned long long from, unsigned long long to,
			 unsigned int flags, void *context)
{
	add_candidate(context, rule);
	return 0;
}

static void
find_candidates(IntentMatcher *matcher, const Window *window)
{
	const PatternSet *set = &matcher->sets[window->spelling];

	matcher->set = set;
	if (matcher->has_hits)
		meet_hits(matcher, window);
	else if (set->literals != NULL)
		hs_scan(set->literals, window->data, window->length, 0,
				matcher->scratch, note_literal, matcher);
	if (set->always != NULL)
		hs_scan(set->always, window->data, window->length, 0, matcher->scratch,
				note_pattern, matcher);
}

static void
forget_window(IntentMatcher *matcher)
{
	for (int i = 0; i < matcher->touched_count; i++)
		matcher->met[matcher->touched[i]] = 0;
	matcher->touched_count = 0;
	matcher->candidate_count = 0;
	memset(matcher->is_cancelling, 0, sizeof(matcher->is_cancelling));
}

/* --- candidates that match --- */

typedef struct Cancellation
{
	const Window *window;
	PlaceSet *cancelled;
} Cancellation;

/* A blank or a mark of ASCII. */
static bool
ends_word(char byte)
{
	return strchr(" ,;:.!?()[]{}\"'/-+*&%$#@~^_=<>|`\\", byte) != NULL;
}

/*
 * A pattern may take the blank or mark after its last word, to see where it
 * ends.
 */
static int
note_cancelled(unsigned int id, unsigned long long from, unsigned long long to,
			   unsigned int flags, void *context)
{
	Cancellation *cancellation = context;
	unsigned int end = (unsigned int) to;

	if (end < cancellation->window->length &&
		ends_word(cancellation->window->data[end]))
		end++;
	add_places(cancellation->cancelled, (unsigned int) from, end);
	return 0;
}

typedef struct Confirmation
{
	const PlaceSet *cancelled; /* NULL: nothing is */
	bool is_confirmed;
} Confirmation;

static int
note_match(unsigned int id, unsigned long long from, unsigned long long to,
		   unsigned int flags, void *context)
{
	Confirmation *confirmation = context;

	if (confirmation->cancelled != NULL &&
		has_place(confirmation->cancelled, (unsigned int) to))
		return 0;
	confirmation->is_confirmed = true;
	return 1; /* that is enough */
}

/* Run one pattern over a window. */
static void
run_pattern(IntentMatcher *matcher, const Window *window, int rule,
			bool with_start, match_event_handler note, void *context)
{
	const hs_database_t *database;

	if (matcher->runs >= MAX_RUNS)
		return;
	database = intent_compiled(matcher, window->spelling, rule, with_start);
	if (database == NULL)
		return;
	matcher->runs++;
	hs_scan(database, window->data, window->length, 0, matcher->scratch, note,
			context);
}

const PlaceSet *
intent_cancelled(IntentMatcher *matcher, const Window *window, Intent intent)
{
	PlaceSet *cancelled = &matcher->cancelled[intent];
	Cancellation cancellation = {window, cancelled};

	if (matcher->is_cancelling[intent])
		return cancelled;
	for (int i = 0; i < matcher->candidate_count; i++)
	{
		int rule = matcher->candidates[i];

		if (!matcher->rules[rule].is_exception ||
			matcher->rules[rule].intent != intent)
			continue;
		if (!matcher->is_cancelling[intent])
			memset(cancelled, 0, sizeof(*cancelled));
		matcher->is_cancelling[intent] = true;
		run_pattern(matcher, window, rule, true, note_cancelled,
					&cancellation);
	}
	return matcher->is_cancelling[intent] ? cancelled : NULL;
}

/* Exceptions are dear, so they are asked for after a match, not before. */
static bool
candidate_matches(IntentMatcher *matcher, const Window *window, int rule)
{
	Confirmation confirmation = {0};

	run_pattern(matcher, window, rule, false, note_match, &confirmation);
	if (!confirmation.is_confirmed)
		return false;
	confirmation.cancelled =
		intent_cancelled(matcher, window, matcher->rules[rule].intent);
	if (confirmation.cancelled == NULL)
		return true;
	confirmation.is_confirmed = false;
	run_pattern(matcher, window, rule, false, note_match, &confirmation);
	return confirmation.is_confirmed;
}

static void
run_candidates(IntentMatcher *matcher, const Window *window)
{
	for (int i = 0; i < matcher->candidate_count; i++)
	{
		int rule = matcher->candidates[i];

		if (matcher->rules[rule].is_exception || matcher->has_matched[rule])
			continue;
		if (!candidate_matches(matcher, window, rule))
			continue;
		matcher->has_matched[rule] = true;
		matcher->matched[matcher->rules[rule].intent]++;
	}
}

static void
scan_window(IntentMatcher *matcher, const Window *window)
{
	find_candidates(matcher, window);
	run_candidates(matcher, window);
}

/* --- windows of a sentence --- */

/* The start of the character that is `count` after the one at `at`. */
static uint32
skip_characters(const CleanText *text, uint32 at, uint32 end, int count)
{
	while (count-- > 0 && at < end)
	{
		at++;
		while (at < end && ((unsigned char) text->data[at] & 0xC0) == 0x80)
			at++;
	}
	return at;
}

/* The blank before `at`, so as to cut no word; `at` if there is none. */
static uint32
blank_before(const CleanText *text, uint32 start, uint32 at)
{
	for (uint32 blank = at; blank > start; blank--)
		if (text->data[blank] == ' ')
			return blank;
	return at;
}

static uint32
window_end(const CleanText *text, uint32 start, uint32 end)
{
	uint32 at;

	if (end - start <= WINDOW_CHARACTERS) /* bytes, so characters too */
		return end;
	at = skip_characters(text, start, end, WINDOW_CHARACTERS);
	return at == end ? end : blank_before(text, start, at);
}

/* Where the window after the one from `start` to `end` begins. */
static uint32
next_window(const CleanText *text, uint32 start, uint32 end)
{
	uint32 at = skip_characters(text, start, end, WINDOW_STRIDE);

	return at == end ? end : blank_before(text, start, at);
}

/*
 * Words that were slang have marks even where the author wrote none, so a
 * text that is to be read without them is folded first.
 */
static void
set_window(const CleanText *text, Spelling spelling, uint32 start, uint32 end,
		   Window *window)
{
	window->data = text->data + start;
	window->length = end - start;
	window->start = start;
	window->end = end;
	window->spelling = spelling;
	if (spelling == SPELLING_UNSIGNED &&
		has_non_ascii(window->data, window->length))
	{
		char *copy = pnstrdup(window->data, window->length);

		window->data = text_fold_term(copy);
		window->length = strlen(window->data);
		pfree(copy);
	}
}

static void
free_window(const CleanText *text, Window *window)
{
	if (window->data != text->data + window->start)
		pfree(unconstify(char *, window->data));
}

static void
scan_sentence(IntentMatcher *matcher, const CleanText *text,
			  const Sentence *sentence, Spelling spelling,
			  IntentMatches *trace)
{
	uint32 start = sentence->start;
	int first = trace != NULL ? trace->count : 0;

	while (start < sentence->end)
	{
		uint32 end = window_end(text, start, sentence->end);
		Window window;

		set_window(text, spelling, start, end, &window);
		window.length = Min(window.length, WINDOW_BYTES);
		scan_window(matcher, &window);
		if (trace != NULL)
			intent_trace_window(matcher, text, &window, trace, first);
		forget_window(matcher);
		free_window(text, &window);
		start = end == sentence->end ? end : next_window(text, start, end);
	}
}

/* --- the text --- */

/*
 * A part that is of no certain language is short, and has no mark: as good
 * as unsigned.
 */
static Spelling
spelling_of(const TextPart *part)
{
	return part->is_vietnamese || part->is_english ? SPELLING_AS_WRITTEN
												   : SPELLING_UNSIGNED;
}

/*
 * Find the literals of a whole part at once, which is cheaper than window by
 * window.  Not where windows are folded first: places are others then.
 */
static void
find_hits(IntentMatcher *matcher, const CleanText *text, const TextPart *part,
		  Spelling spelling)
{
	const PatternSet *set = &matcher->sets[spelling];
	const char *data = text->data + part->start;
	uint32 length = part->end - part->start;

	matcher->hit_count = 0;
	matcher->next_hit = 0;
	matcher->hits_start = part->start;
	matcher->has_hits =
		spelling == SPELLING_AS_WRITTEN || !has_non_ascii(data, length);
	if (matcher->has_hits && set->literals != NULL)
		hs_scan(set->literals, data, length, 0, matcher->scratch, note_hit,
				matcher);
}

static void
scan_author(IntentMatcher *matcher, const CleanText *text,
			IntentMatches *trace)
{
	int part = -1;

	matcher->runs = 0;
	matcher->trace_runs = 0;
	memset(matcher->matched, 0, sizeof(matcher->matched));
	memset(matcher->has_matched, 0, matcher->count * sizeof(bool));
	for (int i = 0; i < text->sentence_count; i++)
	{
		const Sentence *sentence = &text->sentences[i];
		Spelling spelling;

		if (sentence->part >= text->author_parts)
			break;
		spelling = spelling_of(&text->parts[sentence->part]);
		if (sentence->part != part)
		{
			part = sentence->part;
			find_hits(matcher, text, &text->parts[part], spelling);
		}
		scan_sentence(matcher, text, sentence, spelling, trace);
	}
}

Intent
intent_classify(IntentMatcher *matcher, const IntentSettings *settings,
				const CleanText *text, double *confidence,
				IntentMatches *trace)
{
	Intent intent = INTENT_CRISIS;

	if (trace != NULL)
		memset(trace, 0, sizeof(*trace));
	scan_author(matcher, text, trace);
	while (intent < INTENT_DISCUSSION && matcher->matched[intent] == 0)
		intent++;
	*confidence = 1.0;
	if (intent != INTENT_DISCUSSION)
		*confidence =
			Min(settings->confidence_base +
					settings->confidence_step * matcher->matched[intent],
				1.0);
	return intent;
}
