/*-------------------------------------------------------------------------
 *
 * text_terms.c
 *	  Terms of the rules, cut into words just as texts are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/characters.h"
#include "analysis/normal_form.h"
#include "analysis/text_scan.h"
#include "analysis/text_terms.h"
#include "analysis/vietnamese.h"

void
text_scan_term(const char *term, TextBuffer *buffer)
{
	size_t length = strlen(term);
	ScanSummary summary;
	char *normal;
	bool cut;

	characters_prepare();
	text_buffer_create(buffer, text_scan_room(length));
	if (text_scan(NULL, term, length, false, buffer, &summary))
		return;
	normal = normal_form(term, length, &length, &cut);
	text_buffer_reserve(buffer, text_scan_room(length));
	text_scan(NULL, normal, length, true, buffer, &summary);
	pfree(normal);
}

/* The first emoji of the term, or "". */
static char *
emoji_of(const char *term)
{
	const char *end = term + strlen(term);
	int32 character;
	int bytes;

	for (; term < end; term += Max(bytes, 1))
	{
		bytes = character_decode(term, end, &character);
		if (bytes > 0 && character_class(character) == CHARACTER_EMOJI)
			return pnstrdup(term, bytes);
	}
	return pstrdup("");
}

static char *
lower_emoticon(const char *term)
{
	char *lower = pstrdup(term);

	for (char *at = lower; *at != '\0'; at++)
		*at = (char) ascii_lower((unsigned char) *at);
	return lower;
}

/* The words of the buffer with single spaces between; the tone is unified. */
static char *
join_words(const TextBuffer *buffer, int *words)
{
	char *joined = palloc(buffer->length + buffer->token_count + 1);
	char *to = joined;
	char unified[WORD_MAX_BYTES + WORD_PADDING];

	*words = 0;
	for (int i = 0; i < buffer->token_count; i++)
	{
		const Token *token = &buffer->tokens[i];
		const char *word = buffer->data + token->start;
		size_t length = token->end - token->start;

		if (length == 0)
			continue;
		if (length <= WORD_MAX_BYTES && word_may_have_variant(word, length))
			word = word_unify_tone(word, length, unified);
		if ((*words)++ > 0)
			*to++ = ' ';
		memcpy(to, word, length);
		to += length;
	}
	*to = '\0';
	return joined;
}

char *
text_normalise_term(const char *term, int *words)
{
	TextBuffer buffer;
	char *joined;

	characters_prepare();
	*words = 1;
	if (emoticon_is(term))
		return lower_emoticon(term);
	text_scan_term(term, &buffer);
	joined = join_words(&buffer, words);
	text_buffer_free(&buffer);
	if (*words > 0)
		return joined;
	pfree(joined);
	joined = emoji_of(term);
	*words = joined[0] != '\0' ? 1 : 0;
	return joined;
}

char *
text_fold_term(const char *normalised)
{
	size_t length = strlen(normalised);
	char *folded = palloc(length + 1);

	folded[vietnamese_fold(normalised, length, folded)] = '\0';
	return folded;
}
