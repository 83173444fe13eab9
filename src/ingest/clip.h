/*-------------------------------------------------------------------------
 *
 * clip.h
 *	  Copy a text into a field of fixed size.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_CLIP_H
#define ANALYTICS_CLIP_H

#include "postgres.h"

#include "mb/pg_wchar.h"

/*
 * Copy text (NULL: "") into field, which has room for size bytes, cut at the
 * edge of a character of the database's encoding.
 */
static inline void
clip_text(char *field, const char *text, size_t size)
{
	int length = text == NULL ? 0 : (int) strlen(text);

	if (length >= (int) size)
		length = pg_mbcliplen(text, length, (int) size - 1);
	if (length > 0)
		memcpy(field, text, length);
	field[length] = '\0';
}

#endif /* ANALYTICS_CLIP_H */
