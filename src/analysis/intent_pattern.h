/*-------------------------------------------------------------------------
 *
 * intent_pattern.h
 *	  One intent pattern: how it is written, and how it reads without marks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ANALYTICS_INTENT_PATTERN_H
#define ANALYTICS_INTENT_PATTERN_H

#include <hs/hs.h>

#include "c.h"

/*
 * Flags of a pattern.  A dot means any character, which costs less than all
 * but a line's end; texts have none.  Where a match starts is asked for only
 * where it is needed.  Never HS_FLAG_UCP: \b is refused together with it.
 */
#define PATTERN_FLAGS (HS_FLAG_UTF8 | HS_FLAG_DOTALL)
#define PATTERN_FLAGS_WITH_START (PATTERN_FLAGS | HS_FLAG_SOM_LEFTMOST)

/* Does a text hold anything but ASCII? */
extern bool has_non_ascii(const char *text, size_t length);

/*
 * The pattern for texts that are written without marks: its letters folded
 * ("giá" to "gia"), and each of its words made to match whole words only,
 * since "gia" is also the beginning of "giao".  Palloc'd.
 */
extern char *intent_pattern_unsigned(const char *pattern);

/* Bytes of the escape at `pattern`: \b, \x41, \x{1ef9}, \p{L}, \pL, \cA. */
extern size_t pattern_escape_length(const char *pattern);

/* Bytes of the class at `pattern`, brackets included: [abc], [^]x], [\]]. */
extern size_t pattern_class_length(const char *pattern);

/* Bytes of what opens the group at `pattern`: (, (?:, (?i), (?<name>. */
extern size_t pattern_group_opening_length(const char *pattern);

/* Bytes of the quantifier at `pattern`, 0 if there is none: ?, *, +, {2,3}. */
extern size_t pattern_quantifier_length(const char *pattern);

#endif /* ANALYTICS_INTENT_PATTERN_H */
