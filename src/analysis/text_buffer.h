/*-------------------------------------------------------------------------
 *
 * text_buffer.h
 *	  The clean text and its tokens while they are made.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_TEXT_BUFFER_H
#define ANALYTICS_TEXT_BUFFER_H

#include "analysis/text.h"
#include "analysis/word_table.h"

typedef struct TextBuffer
{
	char *data; /* WORD_PADDING bytes behind `capacity` may be read */
	size_t length;
	size_t capacity;
	Token *tokens;
	int token_count;
	int token_capacity;
} TextBuffer;

extern void text_buffer_create(TextBuffer *buffer, size_t capacity);

extern void text_buffer_free(TextBuffer *buffer);

/* See to it that so many more bytes have room. */
extern void text_buffer_reserve(TextBuffer *buffer, size_t bytes);

extern void text_buffer_more_tokens(TextBuffer *buffer);

/* A new token at the end; the caller fills all of it. */
static inline Token *
text_buffer_add_token(TextBuffer *buffer)
{
	if (buffer->token_count == buffer->token_capacity)
		text_buffer_more_tokens(buffer);
	return &buffer->tokens[buffer->token_count++];
}

#endif /* ANALYTICS_TEXT_BUFFER_H */
