/*-------------------------------------------------------------------------
 *
 * item_fields.h
 *	  The fields of an item that we know, found in its text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_ITEM_FIELDS_H
#define ANALYTICS_ITEM_FIELDS_H

#include "postgres.h"

#include "ingest/json_value.h"

/* Comments kept of an item; the analysis reads those with the most likes. */
#define ITEM_MAX_COMMENTS 1000

/* Aliases stand beside each other, the one that wins first. */
typedef enum ItemField
{
	META_ID,
	META_PLATFORM,
	META_CRAWLED_AT,
	META_PUBLISHED_AT,
	META_PERMALINK,
	CONTENT_URL,
	META_TASK_TYPE,
	META_KEYWORD_SOURCE,
	META_PIPELINE_VERSION,
	META_FETCH_STATUS,
	META_FETCH_ERROR,
	META_ERROR_MESSAGE,
	META_ERROR_CODE,
	META_ERROR_DETAILS,
	CONTENT_TEXT,
	CONTENT_DESCRIPTION,
	CONTENT_TRANSCRIPTION,
	CONTENT_VIEWS,
	INTERACTION_VIEWS,
	INTERACTIONS_VIEWS,
	CONTENT_LIKES,
	INTERACTION_LIKES,
	INTERACTIONS_LIKES,
	CONTENT_COMMENTS,
	INTERACTION_COMMENTS,
	INTERACTIONS_COMMENTS,
	CONTENT_SHARES,
	INTERACTION_SHARES,
	INTERACTIONS_SHARES,
	CONTENT_SAVES,
	INTERACTION_SAVES,
	INTERACTIONS_SAVES,
	AUTHOR_USERNAME,
	AUTHOR_FOLLOWER_COUNT,
	AUTHOR_FOLLOWERS,
	AUTHOR_VERIFIED,
	AUTHOR_IS_VERIFIED
} ItemField;

#define ITEM_FIELD_COUNT (AUTHOR_IS_VERIFIED + 1)

typedef enum CommentField
{
	COMMENT_TEXT,
	COMMENT_LIKE_COUNT,
	COMMENT_LIKES
} CommentField;

#define COMMENT_FIELD_COUNT (COMMENT_LIKES + 1)

typedef struct CommentSpans
{
	JsonSpan field[COMMENT_FIELD_COUNT];
} CommentSpans;

typedef struct ItemFields
{
	JsonSpan field[ITEM_FIELD_COUNT];
	CommentSpans *comments; /* the first ITEM_MAX_COMMENTS */
	int comment_count;
	int comment_room;
} ItemFields;

/* Prepare *fields, once for many items; allocates in the current context. */
extern void item_fields_init(ItemFields *fields);

/*
 * Fill *fields with spans of text, which must be valid UTF-8 and an object.
 * Of equal keys the last counts.  False: it is no JSON, error says why.
 */
extern bool item_fields_read(ItemFields *fields, const char *text,
							 size_t length, char *error, size_t error_size);

#endif /* ANALYTICS_ITEM_FIELDS_H */
