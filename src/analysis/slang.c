/*-------------------------------------------------------------------------
 *
 * slang.c
 *	  Chat slang to its formal words.
 *
 * From the first slang word on, what was scanned is moved aside and written
 * anew.  A text may not grow without bound by it: when formal words are half
 * of its size and some kilobytes more, the rest stays as it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/slang.h"

/* Bytes of formal words that a text of any size may get. */
#define GROWTH_SLACK 4096

/* What was scanned, and is to be written anew. */
typedef struct Rewrite
{
	const Dictionary *dictionary;
	bool is_english;
	TextBuffer *buffer;
	const char *bytes; /* old, from `offset` of the buffer on */
	uint32 offset;
	uint32 copied; /* offset in the old text up to which all is written */
	const Token *tokens; /* old */
	int token_count;
	size_t room; /* bytes of formal words still to be had; 0: no more */
} Rewrite;

/* --- finding --- */

/* The first entry that begins with the word. */
static int
first_entry(const Dictionary *dictionary, WordId word)
{
	int low = 0;
	int high = dictionary->slang_count;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (dictionary->slang[middle].word[0] < word)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
words_match(const Slang *slang, const Token *tokens, int token_count, int at)
{
	if (at + slang->count > token_count)
		return false;
	for (int i = 1; i < slang->count; i++)
	{
		const Token *token = &tokens[at + i];

		if (token->word != slang->word[i] || token->boundary != BOUNDARY_NONE)
			return false;
	}
	return true;
}

/*
 * Is the token a name, or a code?  A word that the rules know and that has
 * its capital from the start of the sentence is not.
 */
static bool
looks_like_name(const Token *token)
{
	if (token->flags & (TOKEN_HAS_DIGIT | TOKEN_ALL_CAPS))
		return true;
	return (token->flags & TOKEN_CAPITALISED) != 0 &&
		   (token->word == NO_WORD || token->boundary < BOUNDARY_SENTENCE);
}

/* Neighbours beyond a sentence's end are none. */
static bool
beside_name(const Token *tokens, int token_count, int at)
{
	if (at > 0 && tokens[at].boundary < BOUNDARY_SENTENCE &&
		looks_like_name(&tokens[at - 1]))
		return true;
	return at + 1 < token_count &&
		   tokens[at + 1].boundary < BOUNDARY_SENTENCE &&
		   looks_like_name(&tokens[at + 1]);
}

static bool
is_upper(const Token *token)
{
	return (token->flags & (TOKEN_CAPITALISED | TOKEN_ALL_CAPS)) != 0;
}

static const Slang *
find_slang(const Dictionary *dictionary, bool is_english, const Token *tokens,
		   int token_count, int at)
{
	WordId word = tokens[at].word;

	if (word == NO_WORD || (tokens[at].flags & TOKEN_EMOJI) != 0 ||
		(word_slot(&dictionary->words, word)->flags & WORD_SLANG) == 0)
		return NULL;
	for (int i = first_entry(dictionary, word);
		 i < dictionary->slang_count && dictionary->slang[i].word[0] == word;
		 i++)
	{
		const Slang *slang = &dictionary->slang[i];

		if (slang->is_english != is_english ||
			!words_match(slang, tokens, token_count, at))
			continue;
		if (slang->is_one_letter &&
			(is_upper(&tokens[at]) || beside_name(tokens, token_count, at)))
			continue;
		return slang;
	}
	return NULL;
}

/* --- writing --- */

/* Copy the old bytes up to `end`, an offset in the old text. */
static void
copy_bytes(Rewrite *rewrite, uint32 end)
{
	TextBuffer *buffer = rewrite->buffer;
	uint32 length = end - rewrite->copied;

	text_buffer_reserve(buffer, length);
	memcpy(buffer->data + buffer->length,
		   rewrite->bytes + (rewrite->copied - rewrite->offset), length);
	buffer->length += length;
	rewrite->copied = end;
}

static void
copy_token(Rewrite *rewrite, const Token *old)
{
	Token *token;
	uint32 moved;

	copy_bytes(rewrite, old->end);
	moved = (uint32) rewrite->buffer->length - old->end;
	token = text_buffer_add_token(rewrite->buffer);
	*token = *old;
	token->start += moved;
	token->end += moved;
}

/* The formal words in the place of `count` old tokens. */
static void
write_formal(Rewrite *rewrite, const Slang *slang, const Token *old)
{
	TextBuffer *buffer = rewrite->buffer;
	const Token *last = &old[slang->count - 1];
	uint32 start;

	copy_bytes(rewrite, old->start);
	start = (uint32) buffer->length;
	text_buffer_reserve(buffer, slang->formal_length);
	memcpy(buffer->data + start, slang->formal, slang->formal_length);
	buffer->length += slang->formal_length;
	rewrite->copied = last->end;
	for (int i = 0; i < slang->token_count; i++)
	{
		Token *token = text_buffer_add_token(buffer);

		*token = slang->tokens[i];
		token->start += start;
		token->end += start;
		token->flags |=
			TOKEN_SLANG | (old->flags & ~(TOKEN_HAS_DIGIT | TOKEN_NUMBER));
		token->boundary = i == 0 ? old->boundary : BOUNDARY_NONE;
	}
	buffer->tokens[buffer->token_count - 1].exclamations = last->exclamations;
	buffer->tokens[buffer->token_count - 1].questions = last->questions;
}

static bool
has_room(Rewrite *rewrite, const Slang *slang)
{
	if (slang->formal_length > rewrite->room)
	{
		rewrite->room = 0;
		return false;
	}
	rewrite->room -= slang->formal_length;
	return true;
}

static void
rewrite_tokens(Rewrite *rewrite, int first)
{
	for (int i = first; i < rewrite->token_count;)
	{
		const Slang *slang =
			find_slang(rewrite->dictionary, rewrite->is_english,
					   rewrite->tokens, rewrite->token_count, i);

		int words = slang == NULL ? 1 : slang->count;

		if (slang != NULL && slang->formal != NULL && has_room(rewrite, slang))
			write_formal(rewrite, slang, &rewrite->tokens[i]);
		else
			for (int k = 0; k < words; k++)
				copy_token(rewrite, &rewrite->tokens[i + k]);
		i += words;
	}
}

/*
 * Write anew from a token on.  The one before it is only shown, as its
 * neighbour.
 */
static void
rewrite_from(const Dictionary *dictionary, TextBuffer *buffer, int token,
			 int first_token, bool is_english)
{
	int kept = token > first_token ? token - 1 : token;
	int count = buffer->token_count - kept;
	uint32 offset = buffer->tokens[token].start;
	size_t length = buffer->length - offset;
	Token *tokens = palloc(count * sizeof(Token));
	char *bytes = palloc(length + 1);
	Rewrite rewrite = {.dictionary = dictionary,
					   .is_english = is_english,
					   .buffer = buffer,
					   .bytes = bytes,
					   .offset = offset,
					   .copied = offset,
					   .tokens = tokens,
					   .token_count = count,
					   .room = length / 2 + GROWTH_SLACK};

	memcpy(tokens, buffer->tokens + kept, count * sizeof(Token));
	memcpy(bytes, buffer->data + offset, length);
	buffer->length = offset;
	buffer->token_count = token;
	rewrite_tokens(&rewrite, token - kept);
	copy_bytes(&rewrite, (uint32) (offset + length));
	pfree(bytes);
	pfree(tokens);
}

void
slang_replace(const Dictionary *dictionary, TextBuffer *buffer,
			  int first_token, bool is_english)
{
	const Token *tokens = buffer->tokens + first_token;
	int count = buffer->token_count - first_token;

	for (int i = 0; i < count;)
	{
		const Slang *slang =
			find_slang(dictionary, is_english, tokens, count, i);

		if (slang != NULL && slang->formal != NULL)
		{
			rewrite_from(dictionary, buffer, first_token + i, first_token,
						 is_english);
			return;
		}
		i += slang == NULL ? 1 : slang->count;
	}
}
