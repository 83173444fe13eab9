/*-------------------------------------------------------------------------
 *
 * json_walk.h
 *	  Walk a JSON text with PostgreSQL's parser, seeing fields as spans.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_JSON_WALK_H
#define ANALYTICS_JSON_WALK_H

#include "postgres.h"

/*
 * What the walker calls; any may be NULL, none may raise.  A level is that of
 * the containers around the field or element: 1 in the outermost one.  Keys
 * are decoded, not terminated, and last for the call only.
 */
typedef struct JsonVisitor
{
	int max_level; /* deeper fields and elements are not shown */
	void (*field_start)(void *state, int level, const char *key,
						size_t key_length, const char *value, bool is_null);
	void (*field_end)(void *state, int level, const char *value_end);
	void (*element_start)(void *state, int level, const char *value);
	void *state;
} JsonVisitor;

/*
 * Parse text, which must be valid UTF-8 and nested no deeper than the stack
 * allows.  False: it is no JSON, error (of error_size bytes) says why at
 * which byte, counted from 1; what was called before that stays called.
 * Raises only when memory is out.
 */
extern bool json_walk(const char *text, size_t length,
					  const JsonVisitor *visitor, char *error,
					  size_t error_size);

#endif /* ANALYTICS_JSON_WALK_H */
