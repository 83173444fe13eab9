/*-------------------------------------------------------------------------
 *
 * text_buffer.c
 *	  The clean text and its tokens while they are made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "analysis/text_buffer.h"

/* Most texts have a token for more bytes than this; others make it grow. */
#define BYTES_PER_TOKEN 4
#define FEWEST_TOKENS 16

void
text_buffer_create(TextBuffer *buffer, size_t capacity)
{
	buffer->data = palloc(capacity + WORD_PADDING);
	buffer->length = 0;
	buffer->capacity = capacity;
	buffer->token_count = 0;
	buffer->token_capacity =
		(int) (capacity / BYTES_PER_TOKEN) + FEWEST_TOKENS;
	buffer->tokens = palloc(buffer->token_capacity * sizeof(Token));
}

void
text_buffer_free(TextBuffer *buffer)
{
	pfree(buffer->data);
	pfree(buffer->tokens);
}

void
text_buffer_reserve(TextBuffer *buffer, size_t bytes)
{
	if (buffer->capacity - buffer->length >= bytes)
		return;
	buffer->capacity = Max(2 * buffer->capacity, buffer->length + bytes);
	buffer->data = repalloc(buffer->data, buffer->capacity + WORD_PADDING);
}

void
text_buffer_more_tokens(TextBuffer *buffer)
{
	buffer->token_capacity *= 2;
	buffer->tokens =
		repalloc(buffer->tokens, buffer->token_capacity * sizeof(Token));
}
